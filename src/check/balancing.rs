//! SNIP 3: amounts that must add up, as the guides state them. Exact to the sixth decimal; nothing of the message is kept
//! but running totals.

use crate::guide::{Measure, Term};
use crate::tree::Map;
use crate::wire::Segment;

/// Totals are kept in millionths.
const SCALE_DIGITS: usize = 6;
const ONE: i128 = 1_000_000;

/// One running total.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    total: i128,
    is_there: bool,
    /// A value in it is no number of six decimals at most: nothing can be said of the sum.
    is_spoiled: bool,
}

/// The totals of one set.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    accounts: Vec<Account>,
}

impl Accounts {
    /// Begins a set.
    pub(super) fn begin(&mut self, map: Map<'_>) {
        self.accounts.clear();
        self.accounts.resize(map.plan.account_count(), Account::default());
    }

    /// A loop instance begins.
    #[inline]
    pub(super) fn open(&mut self, map: Map<'_>, index: u16) {
        for account in &map.plan.account_clears[index as usize] {
            self.accounts[*account as usize] = Account::default();
        }
    }

    /// Something that may belong to this loop was not understood: nothing can be said of its sums.
    pub(super) fn spoil(&mut self, map: Map<'_>, index: u16) {
        for account in &map.plan.account_clears[index as usize] {
            self.accounts[*account as usize].is_spoiled = true;
        }
    }

    /// Adds up what an occurrence of a segment use holds.
    #[inline]
    pub(super) fn visit(&mut self, map: Map<'_>, node: u16, segment: &Segment<'_>) {
        let (first, end) = map.plan.segments[node as usize].entries;
        for entry in &map.plan.entries[first as usize..end as usize] {
            let account = &mut self.accounts[entry.account as usize];
            if entry.measure == Measure::Count {
                account.total += ONE;
                account.is_there = true;
                continue;
            }
            if entry.measure == Measure::Elements {
                account.total = ONE * segment.elements().filter(|e| !e.is_empty()).count() as i128;
                account.is_there = true;
                continue;
            }
            let text = match entry.of.component {
                0 => segment.value(entry.of.element as usize),
                component => segment.component(entry.of.element as usize, component as usize),
            };
            if text.is_empty() {
                continue;
            }
            account.is_there = true;
            match millionths(text) {
                Some(value) if entry.measure == Measure::Value => account.total = value,
                Some(value) => account.total += value,
                None => account.is_spoiled = true,
            }
        }
    }

    /// Both sides of the balance of a rule; `None` when a value it needs is missing or no number.
    pub(super) fn sides(
        &self,
        map: Map<'_>,
        rule: u16,
        left: &[Term],
        right: &[Term],
    ) -> Option<(i128, i128)> {
        let first = map.plan.accounts[rule as usize].0 as usize;
        let side = |terms: &[Term], from: usize| {
            terms.iter().zip(&self.accounts[from..]).try_fold(0, |sum, (term, account)| {
                let known =
                    account.is_there || matches!(term.measure, Measure::Sum | Measure::Count);
                let signed = if term.minus { -account.total } else { account.total };
                (known && !account.is_spoiled).then_some(sum + signed)
            })
        };
        Some((side(left, first)?, side(right, first + left.len())?))
    }
}

/// A decimal in millionths.
fn millionths(text: &[u8]) -> Option<i128> {
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
    use super::millionths;

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
