//! One simple value of a segment: type, length, code and pattern.

use super::super::code_dates::{CodeDates, CodeUse};
use super::super::value as kind;
use super::{BINARY_LENGTH, Out};
use crate::dict::{Period, is_npi};
use crate::finding::{Code, Detail, Locus};
use crate::guide::plan::{HotElement, NONE};
use crate::guide::{Pattern, Usage};
use crate::tree::GuideMap;
use crate::wire::{Element, Segment};

/// A simple value, with the one before it in the same segment or composite.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) before: &'a [u8],
    pub(super) position: u8,
    /// The composite that contains the component.
    pub(super) within: Option<Element<'a>>,
}

impl<'a> Value<'a> {
    /// The qualifier at this position: nearly always the previous value, else searched for.
    #[inline]
    fn qualifier(&self, position: u8, segment: &Segment<'a>) -> &'a [u8] {
        if position + 1 == self.position {
            return self.before;
        }
        let index = position as usize;
        match self.within {
            Some(whole) => {
                whole.components().nth(index.wrapping_sub(1)).map_or(&[], |inner| inner.bytes)
            }
            None => segment.value(index),
        }
    }
}

/// The data element of the control number of a group, whose leading zeros are left to its sender.
const GROUP_CONTROL_NUMBER: u16 = 28;

/// Decimal places of an amount of money.
const CENTS: usize = 2;

/// What is wrong with a value.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// This.
    Found(Code, Detail),
    /// Possibly nothing: the list of this index has to be consulted, by the day of the code's use.
    Dated(u16),
}

#[cold]
pub(super) fn push(
    map: GuideMap<'_>,
    hot: &HotElement,
    bytes: &[u8],
    fault: Fault,
    at: Locus,
    out: &mut Out<'_>,
) {
    match fault {
        Fault::Found(code, detail) => out.findings.push(code, at, detail),
        Fault::Dated(list) => {
            let used = CodeUse { list, node: out.node, at };
            if out.code_dates.is_unknown(map, bytes, used, out.findings) {
                let (code, detail) = bad_code(map, hot, list, bytes);
                out.findings.push(code, at, detail);
            }
        }
    }
}

/// What is wrong with the type or the length of a value.
#[inline]
fn misfit(hot: &HotElement, bytes: &[u8]) -> Option<kind::Fault> {
    kind::check(hot.kind, hot.length_min as usize, hot.length_max as usize, bytes)
}

/// One simple value: type, length, code list, pattern. Its place is only determined when something is wrong.
#[inline]
pub(super) fn judge<'a>(
    map: GuideMap<'_>,
    hot: &HotElement,
    value: Value<'a>,
    segment: &Segment<'a>,
    code_dates: &mut CodeDates,
) -> Option<Fault> {
    let bytes = value.bytes;
    if hot.usage == Usage::NotUsed {
        // Reported as a whole; its contents do not matter.
        return None;
    }
    if hot.list != NONE {
        if map.guide.lists[hot.list as usize].holds(bytes) {
            return None;
        }
        return judge_code(map, hot, value, segment, code_dates);
    }
    if let Some(fault) = misfit(hot, bytes) {
        // The length of binary data is checked with the data; an acknowledgment repeats the number of a group as it came.
        let is_told = match hot.data_element {
            BINARY_LENGTH => segment.binary().is_some(),
            GROUP_CONTROL_NUMBER => fault.0 == Code::LeadingZeros,
            _ => false,
        };
        return (!is_told).then(|| bad_value(fault));
    }
    match hot.pattern {
        Some(Pattern::CodeBy(..)) => judge_code(map, hot, value, segment, code_dates),
        Some(pattern) => break_of(pattern, value, segment),
        None => None,
    }
}

/// A code that its list does not contain on every day, or whose list its qualifier names.
fn judge_code<'a>(
    map: GuideMap<'_>,
    hot: &HotElement,
    value: Value<'a>,
    segment: &Segment<'a>,
    code_dates: &mut CodeDates,
) -> Option<Fault> {
    let bytes = value.bytes;
    let named = match hot.pattern {
        Some(Pattern::CodeBy(at, table)) => {
            map.guide.qualified[table as usize].list(value.qualifier(at, segment))
        }
        _ => None,
    };
    let mut index = named.or(Some(hot.list).filter(|list| *list != NONE))?;
    let mut list = &map.guide.lists[index as usize];
    if let Some((other, _)) = list.other.filter(|(_, is_other)| is_other(bytes)) {
        index = other;
        list = &map.guide.lists[index as usize];
    }
    if list.set().is_none() && !list.absent {
        if list.contains(bytes) {
            return None;
        }
        let (code, detail) = bad_code(map, hot, index, bytes);
        return Some(Fault::Found(code, detail));
    }
    if let Some(fault) = misfit(hot, bytes) {
        return Some(bad_value(fault));
    }
    let is_open = list.listing.is_none_or(|listing| listing.in_force == Period::ALWAYS);
    if !list.absent {
        return (!is_open || !list.holds(bytes)).then_some(Fault::Dated(index));
    }
    code_dates.miss(map, index);
    let form = list.listing.and_then(|listing| listing.form);
    if form.is_some_and(|has_form| !has_form(bytes)) {
        return Some(Fault::Found(Code::CodeForm, Detail::CodeList(index)));
    }
    (!is_open).then_some(Fault::Dated(index))
}

#[cold]
fn bad_value((code, lengths): kind::Fault) -> Fault {
    let detail = match lengths {
        Some((found, expected)) => Detail::Count { found: found as u64, expected: expected as u64 },
        None => Detail::None,
    };
    Fault::Found(code, detail)
}

#[cold]
fn bad_code(map: GuideMap<'_>, hot: &HotElement, list: u16, bytes: &[u8]) -> (Code, Detail) {
    // A code that is too long or too short for the element is reported for its length.
    if let Some(fault) = misfit(hot, bytes)
        && fault.0 != Code::PaddedValue
        && let Fault::Found(code, detail) = bad_value(fault)
    {
        return (code, detail);
    }
    let unknown_to_standard =
        hot.standard_list != NONE && !map.guide.lists[hot.standard_list as usize].contains(bytes);
    let code = if map.guide.lists[list as usize].external {
        Code::CodeSet
    } else if unknown_to_standard {
        Code::ElementCode
    } else {
        Code::ElementGuideCode
    };
    (code, Detail::CodeList(list))
}

/// False for a value with a character that is reported as such.
#[cold]
fn is_printable(value: &[u8]) -> bool {
    value.iter().all(|b| (0x20..0x7f).contains(b))
}

/// The part of a pattern that is not matched, if any.
#[inline]
fn break_of<'a>(pattern: Pattern, value: Value<'a>, segment: &Segment<'a>) -> Option<Fault> {
    let code = match pattern {
        Pattern::D8 => kind::date(value.bytes).is_none().then_some(Code::ElementDateFormat),
        Pattern::DateBy(qualifier) => {
            kind::period(value.qualifier(qualifier, segment), value.bytes)?.err()
        }
        Pattern::PersonBy(qualifier) => {
            (value.qualifier(qualifier, segment) == b"2").then_some(Code::PersonName)
        }
        Pattern::Telephone(qualifier) => {
            let named = value.qualifier(qualifier, segment);
            let is_bad = !kind::is_telephone(named, value.bytes) && is_printable(value.bytes);
            is_bad.then_some(Code::TelephoneNumber)
        }
        Pattern::PostalCode { country, is_full } => {
            if !matches!(value.qualifier(country, segment), b"" | b"US") {
                return None;
            }
            let is_short = is_full && value.bytes.len() == 5;
            match kind::is_zip(value.bytes) {
                false => is_printable(value.bytes).then_some(Code::PostalCode),
                true => is_short.then_some(Code::PostalCodeShort),
            }
        }
        Pattern::Quantity(most) => {
            let detail = kind::over_places(value.bytes, usize::from(most))?;
            return Some(Fault::Found(Code::DecimalPlaces, detail));
        }
        Pattern::Street => kind::is_post_office_box(value.bytes).then_some(Code::PostOfficeBox),
        Pattern::NpiBy(qualifier) => {
            let is_npi = value.qualifier(qualifier, segment) != b"XX" || is_npi(value.bytes);
            (!is_npi).then_some(Code::ProviderIdentifier)
        }
        // Looked up before.
        Pattern::CodeBy(..) => None,
        Pattern::Amount { digits, is_adjustment } => {
            if let Some(detail) = kind::over_digits(value.bytes, u64::from(digits)) {
                return Some(Fault::Found(Code::AmountTooLong, detail));
            }
            if let Some(detail) = kind::over_places(value.bytes, CENTS) {
                return Some(Fault::Found(Code::DecimalPlaces, detail));
            }
            (is_adjustment && kind::is_zero(value.bytes)).then_some(Code::AdjustmentZero)
        }
    };
    code.map(|code| {
        let why =
            (code == Code::ElementDateFormat).then(|| kind::date_fault(value.bytes)).flatten();
        Fault::Found(code, why.map_or(Detail::None, Detail::Date))
    })
}
