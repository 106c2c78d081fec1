//! SNIP 3: amounts that must balance, as the guides state them. Exact to the sixth decimal; nothing of the message is kept
//! but running totals.

use crate::guide::{Measure, Reference, Term};
use crate::tree::GuideMap;
use crate::wire::{Segment, Tag};

/// Totals are kept in millionths.
const SCALE_DIGITS: usize = 6;
const ONE: i128 = 1_000_000;
/// Digits and point that certainly fit into 64 bits in millionths.
const SHORT_MAX: usize = 12;
const POWERS: [i64; SCALE_DIGITS + 1] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// One running total.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::check) struct Account {
    pub(in crate::check) total: i128,
    pub(in crate::check) is_there: bool,
    /// A value in it is not a number of at most six decimals: the sum is unknown.
    pub(in crate::check) is_spoiled: bool,
    /// The first segment of the current instance was taken.
    is_latched: bool,
}

impl Account {
    /// Takes what a segment contributes by this measure.
    #[inline]
    pub(in crate::check) fn take(
        &mut self,
        measure: Measure,
        of: Reference,
        segment: &Segment<'_>,
    ) {
        let text = match measure {
            Measure::Count => {
                self.total += ONE;
                self.is_there = true;
                return;
            }
            Measure::Elements => {
                self.total = ONE * segment.elements().filter(|e| !e.is_empty()).count() as i128;
                self.is_there = true;
                return;
            }
            Measure::Number(_) => return,
            Measure::Value | Measure::Sum => value(of, segment),
        };
        if text.is_empty() {
            return;
        }
        self.is_there = true;
        match millionths(text) {
            Some(value) if measure == Measure::Value => self.total = value,
            Some(value) => self.add(value),
            None => self.is_spoiled = true,
        }
    }

    /// Totals beyond any real amount are not sums of amounts.
    fn add(&mut self, value: i128) {
        match self.total.checked_add(value) {
            Some(total) => self.total = total,
            None => self.is_spoiled = true,
        }
    }

    /// Adds what was taken elsewhere for the same key.
    pub(in crate::check) fn merge(&mut self, other: Account) {
        self.add(other.total);
        self.is_there |= other.is_there;
        self.is_spoiled |= other.is_spoiled;
    }
}

/// The text of an element or component; of a segment nothing.
#[inline]
pub(in crate::check) fn value<'a>(of: Reference, segment: &Segment<'a>) -> &'a [u8] {
    segment.text_at(of.element, of.component)
}

/// One side of a balance; `None` when a value it needs is missing or not a number.
pub(in crate::check) fn side(terms: &[Term], account: impl Fn(usize) -> Account) -> Option<i128> {
    terms.iter().enumerate().try_fold(0, |sum, (at, term)| {
        let account = account(at);
        let (known, total) = match term.measure {
            Measure::Number(number) => (true, ONE * i128::from(number)),
            Measure::Sum | Measure::Count => (true, account.total),
            Measure::Value | Measure::Elements => (account.is_there, account.total),
        };
        let signed = if term.minus { total.saturating_neg() } else { total };
        (known && !account.is_spoiled).then(|| i128::saturating_add(sum, signed))
    })
}

/// The totals of one set.
#[derive(Debug, Default)]
pub(in crate::check) struct Accounts {
    accounts: Vec<Account>,
}

impl Accounts {
    /// Begins a set.
    pub(in crate::check) fn begin(&mut self, map: GuideMap<'_>) {
        self.accounts.clear();
        self.accounts.resize(map.plan.account_count(), Account::default());
    }

    /// A loop instance begins.
    #[inline]
    pub(in crate::check) fn open(&mut self, map: GuideMap<'_>, index: u16) {
        for account in &map.plan.account_clears[index as usize] {
            self.accounts[*account as usize] = Account::default();
        }
        for account in &map.plan.latch_clears[index as usize] {
            self.accounts[*account as usize].is_latched = false;
        }
    }

    /// A segment with this id that may belong to this loop was not recognised: the sums that it may be part of are unknown;
    /// without an id all sums.
    pub(in crate::check) fn spoil(&mut self, map: GuideMap<'_>, index: u16, tag: Option<Tag>) {
        for account in &map.plan.account_clears[index as usize] {
            let takes = |tag: Tag| {
                let mut entries = map.plan.entries.iter().filter(|e| e.account == *account);
                entries.any(|entry| map.tag(entry.of.segment) == tag)
            };
            self.accounts[*account as usize].is_spoiled |= tag.is_none_or(takes);
        }
    }

    /// The values of a use are in error: those of this element, or all of them for 0.
    pub(in crate::check) fn spoil_use(&mut self, map: GuideMap<'_>, node: u16, element: u8) {
        let (first, end) = map.plan.segments[node as usize].entries;
        for entry in &map.plan.entries[first as usize..end as usize] {
            let decides = entry.filter.is_some_and(|(of, _)| of.element == element);
            let is_meant = element == 0 || entry.of.element == element || decides;
            if is_meant || entry.measure == Measure::Elements {
                self.accounts[entry.account as usize].is_spoiled = true;
            }
        }
    }

    /// Adds up the values of an occurrence of a segment use.
    #[inline]
    pub(in crate::check) fn visit(&mut self, map: GuideMap<'_>, node: u16, segment: &Segment<'_>) {
        let (first, end) = map.plan.segments[node as usize].entries;
        for entry in &map.plan.entries[first as usize..end as usize] {
            let account = &mut self.accounts[entry.account as usize];
            if entry.first && std::mem::replace(&mut account.is_latched, true) {
                continue;
            }
            let passes = |(of, list): (Reference, u16)| {
                map.guide.lists[list as usize].contains(value(of, segment))
            };
            if entry.filter.is_none_or(passes) {
                account.take(entry.measure, entry.of, segment);
            }
        }
    }

    /// Both sides of the balance of a rule; `None` when a value it needs is missing or not a number.
    pub(in crate::check) fn sides(
        &self,
        map: GuideMap<'_>,
        rule: u16,
        left: &[Term],
        right: &[Term],
    ) -> Option<(i128, i128)> {
        let (own, others) = map.plan.accounts[rule as usize].split_at_checked(left.len())?;
        let of = |accounts: &[u16], at: usize| self.accounts[accounts[at] as usize];
        Some((side(left, |at| of(own, at))?, side(right, |at| of(others, at))?))
    }
}

/// A decimal in millionths. Amounts are short, so that machine integers are enough.
#[inline]
fn millionths(text: &[u8]) -> Option<i128> {
    let (minus, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > SHORT_MAX {
        return long_millionths(text);
    }
    let mut total = 0_i64;
    let mut point = digits.len();
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => total = total * 10 + i64::from(byte - b'0'),
            b'.' if point == digits.len() => point = at,
            _ => return None,
        }
    }
    let decimals = digits.len().saturating_sub(point + 1);
    let total = total * POWERS.get(SCALE_DIGITS.checked_sub(decimals)?)?;
    (!digits.is_empty()).then_some(i128::from(if minus { -total } else { total }))
}

/// The same for a decimal of any length.
#[cold]
fn long_millionths(text: &[u8]) -> Option<i128> {
    let (minus, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let mut total = 0_i128;
    let mut decimals = None;
    for byte in digits {
        match byte {
            b'0'..=b'9' if total < i128::MAX / 1000 => {
                total = total * 10 + i128::from(byte - b'0');
                decimals = decimals.map(|d: usize| d + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    let missing = SCALE_DIGITS.checked_sub(decimals.unwrap_or(0))?;
    total = total.checked_mul(10_i128.pow(missing as u32))?;
    (!digits.is_empty()).then_some(if minus { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::{Account, long_millionths, millionths};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_and_long_agree(text in "-?[0-9.]{0,12}|[-0-9.A]{0,14}") {
            prop_assert_eq!(millionths(text.as_bytes()), long_millionths(text.as_bytes()));
        }
    }

    #[test]
    fn sums_beyond_all_amounts_say_nothing() {
        let mut account = Account { total: i128::MAX - 1, ..Account::default() };
        account.add(1);
        assert!(!account.is_spoiled);
        account.add(1);
        assert!(account.is_spoiled);
    }

    #[test]
    fn decimals_are_exact() {
        for (text, value) in [
            ("1", 1_000_000),
            (".5", 500_000),
            ("-12.34", -12_340_000),
            ("0", 0),
            ("250.", 250_000_000),
            ("1.000001", 1_000_001),
        ] {
            assert_eq!(millionths(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", "-", "1.2.3", "1.0000001", "A", "1e5"] {
            assert_eq!(millionths(text.as_bytes()), None, "{text}");
        }
    }
}
