//! A list of codes as a guide uses it: which values are allowed, found by one probe of a packed table.

use std::sync::Arc;

use super::form::{self, Form};
use super::listing::{Listing, listing_of};
use super::set::{CodeSet, Standing};

/// A longer list is looked up in its packed form alone.
const INDEXED_MAX: usize = 4096;

/// A list of code values.
#[derive(Debug, Default)]
pub struct CodeList {
    /// The name of a list that is kept outside the guide (`states`), or empty for codes written in the guide.
    pub name: Box<str>,
    /// True for an external list: a code that is not in it is SNIP 5, not 2.
    pub external: bool,
    /// True for an external list that is not loaded: nothing is checked against it, which is reported once.
    pub absent: bool,
    /// What is known of a list outside the guide, whether it is loaded or not.
    pub listing: Option<&'static Listing>,
    /// Codes of this form are looked up in another list of the guide instead.
    pub other: Option<(u16, Form)>,
    /// The codes, sorted; a range of codes of one length is written `A0425..A0999`. For a list outside the guide only while
    /// they are few.
    pub codes: Vec<Box<[u8]>>,
    /// Values of this form are in it too, however many there are.
    rest: Option<Form>,
    /// First and last code of each range.
    ranges: Vec<CodeRange>,
    /// The list outside the guide, with its dates.
    set: Option<Arc<CodeSet>>,
    /// Codes of at most eight bytes that are valid on every day, packed for look-up; filled by [`CodeList::seal`].
    index: Vec<u64>,
}

impl CodeList {
    /// A list of these codes.
    pub fn new(name: &str, external: bool, codes: impl IntoIterator<Item = Box<[u8]>>) -> Self {
        let mut codes: Vec<_> = codes.into_iter().collect();
        codes.sort_unstable();
        codes.dedup();
        let ranges = codes.iter().filter_map(|code| CodeRange::parse(code)).collect();
        let (name, listing) = (name.into(), listing_of(name));
        let mut list = CodeList { name, external, listing, codes, ranges, ..CodeList::default() };
        let short: Vec<u64> = list.codes.iter().map(|code| packed(code)).collect();
        list.seal(&short);
        list
    }

    /// An external list of this name that is not loaded: nothing can be checked against it.
    pub fn absent(name: &str) -> Self {
        CodeList { absent: true, ..CodeList::new(name, true, []) }
    }

    /// A list of all values of a form, for a rule to compare with; none where no form has this name.
    pub fn of_form(name: &str) -> Option<Self> {
        let rest: Option<Form> = Some(match name {
            "several-days" => form::several_days,
            _ => return None,
        });
        Some(CodeList { rest, ..CodeList::new(name, false, []) })
    }

    /// A list outside the guide.
    pub fn of_set(set: &Arc<CodeSet>, external: bool) -> Self {
        let mut list = CodeList {
            name: set.name().into(),
            external,
            listing: listing_of(set.name()),
            set: Some(Arc::clone(set)),
            ..CodeList::default()
        };
        if set.len() <= INDEXED_MAX {
            list.codes = set.rows().map(|row| row.code.as_bytes().into()).collect();
            list.codes.dedup();
            let always = |code: &&[u8]| set.standing(code) == Standing::Always;
            let short: Vec<u64> =
                list.codes.iter().map(|c| &**c).filter(always).map(packed).collect();
            list.seal(&short);
        }
        list
    }

    /// The list outside the guide, with its dates; none for codes written in the guide and for a list that is not loaded.
    pub fn set(&self) -> Option<&Arc<CodeSet>> {
        self.set.as_ref()
    }

    /// What a code of a list outside the guide means, if its description is loaded; `lists` are those of the guide that
    /// contains this one.
    pub fn label<'l>(&'l self, lists: &'l [CodeList], code: &[u8]) -> Option<&'l str> {
        let other = self.other.filter(|(_, is_other)| is_other(code));
        let list = other.map_or(self, |(other, _)| &lists[usize::from(other)]);
        let row = list.set()?.rows_of(code).last()?;
        Some(row.label).filter(|label| !label.is_empty())
    }

    /// Builds the look-up table.
    fn seal(&mut self, short: &[u64]) {
        let slots = (short.len() * 4).next_power_of_two().max(4);
        self.index = vec![0; slots];
        for key in short.iter().filter(|key| **key != 0) {
            let mut at = slot_of(*key, slots);
            while self.index[at] != 0 {
                at = (at + 1) & (slots - 1);
            }
            self.index[at] = *key;
        }
    }

    /// The look-up table of the codes of at most eight bytes that are valid on every day, [`packed`], 0 where a slot is free: a code is at
    /// [`slot_of`] or in the next slots up to a free one, around the end.
    pub(crate) fn table(&self) -> &[u64] {
        &self.index
    }

    /// True when the list holds `code`, on whatever days.
    pub fn contains(&self, code: &[u8]) -> bool {
        self.contains_packed(packed(code), code)
    }

    /// The same for a code that is also given [`packed`].
    #[inline]
    pub(crate) fn contains_packed(&self, key: u64, code: &[u8]) -> bool {
        self.holds_packed(key, code)
            || self.set.as_ref().is_some_and(|set| set.standing(code) != Standing::Unknown)
            || (!self.ranges.is_empty() && self.spans(key, code))
            || self.rest.is_some_and(|is_in| is_in(code))
    }

    /// The first bytes its codes may have, by their last six bits: a glance that rules out most values.
    pub(crate) fn first_bytes(&self) -> u64 {
        if self.set.is_some() || self.rest.is_some() {
            return u64::MAX;
        }
        let spans = self.ranges.iter().map(|range| (range.first[0], range.last[0]));
        let single =
            self.codes.iter().filter_map(|code| code.first().map(|first| (*first, *first)));
        single
            .chain(spans)
            .flat_map(|(first, last)| first..=last)
            .fold(0, |mask, b| mask | first_bit(b))
    }

    /// The code of a list that has exactly one.
    pub(crate) fn only(&self) -> Option<&[u8]> {
        let is_single = self.codes.len() == 1 && self.ranges.is_empty() && self.set.is_none();
        self.codes.first().filter(|_| is_single).map(|code| &**code)
    }

    fn spans(&self, key: u64, code: &[u8]) -> bool {
        let order = match key {
            0 => order(code),
            // The same bytes, the first one most significant.
            key => key.swap_bytes() >> (64 - 8 * code.len()),
        };
        self.ranges.iter().any(|range| range.holds(order, code))
    }

    /// True when the list certainly holds `code` on every day; the quick test, which may say false for others.
    #[inline]
    pub fn holds(&self, code: &[u8]) -> bool {
        self.holds_packed(packed(code), code)
    }

    #[inline]
    fn holds_packed(&self, key: u64, code: &[u8]) -> bool {
        if key == 0 {
            return self.holds_long(code);
        }
        let Some(mask) = self.index.len().checked_sub(1) else { return false };
        let mut at = slot_of(key, mask + 1);
        loop {
            match self.index[at] {
                found if found == key => return true,
                0 => return false,
                _ => at = (at + 1) & mask,
            }
        }
    }

    #[cold]
    fn holds_long(&self, code: &[u8]) -> bool {
        code.len() > 8
            && self.set.is_none()
            && self.codes.binary_search_by(|c| (**c).cmp(code)).is_ok()
    }
}

/// `A0425..A0999`: codes of one length, compared byte by byte.
#[derive(Debug)]
struct CodeRange {
    first: Box<[u8]>,
    last: Box<[u8]>,
    /// The order of both.
    order: (u64, u64),
}

impl CodeRange {
    fn parse(code: &[u8]) -> Option<CodeRange> {
        let middle = code.len().checked_sub(2)? / 2;
        let (first, last) = (code.get(..middle)?, code.get(middle + 2..)?);
        let is_range = &code[middle..middle + 2] == b".." && first.len() == last.len();
        let is_range = is_range && first <= last && !first.is_empty();
        let order = (order(first), order(last));
        is_range.then(|| CodeRange { first: first.into(), last: last.into(), order })
    }

    /// `order` is that of the code.
    #[inline]
    fn holds(&self, order: u64, code: &[u8]) -> bool {
        self.first.len() == code.len()
            && (self.order.0..=self.order.1).contains(&order)
            && (code.len() <= 8 || *self.first <= *code && *code <= *self.last)
    }
}

/// Orders texts of one length as their first eight bytes do.
#[inline]
fn order(text: &[u8]) -> u64 {
    text.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// A code of one to eight bytes as one integer that is not 0; 0 for any other text. Written out by length, because a
/// copy of unknown length is a call.
#[inline]
pub(crate) fn packed(code: &[u8]) -> u64 {
    match *code {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c] => u64::from(u32::from_le_bytes([a, b, c, 0])),
        _ => match (code.first_chunk(), code.last_chunk()) {
            (Some(first), Some(last)) if code.len() <= 8 => {
                let four = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
                four(first) | four(last) << ((code.len() - 4) * 8)
            }
            _ => 0,
        },
    }
}

/// The bit of a first byte, see [`CodeList::first_bytes`].
#[inline]
pub(crate) fn first_bit(byte: u8) -> u64 {
    1 << (byte & 63)
}

/// The first slot for a packed code in a table of so many, a power of two.
#[inline]
pub(crate) fn slot_of(key: u64, slots: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (slots - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_codes_is_one_of_its_length() {
        let code = |code: &str| code.as_bytes().into();
        let list = CodeList::new("", false, ["A0425..A0436", "J", "1..1", "9..1"].map(code));
        for good in ["A0425", "A0430", "A0436", "J", "1"] {
            assert!(list.contains(good.as_bytes()), "{good}");
        }
        for bad in ["A0424", "A0437", "A043", "A04300", "K", "5", ""] {
            assert!(!list.contains(bad.as_bytes()), "{bad}");
        }
    }
}
