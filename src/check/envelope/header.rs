//! The ISA as values, and what can be wrong with each of its elements.

use super::super::snip::value;
use crate::finding::Code;
use crate::wire::{Delimiters, Inline};

/// The header of an interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct InterchangeHeader {
    /// ISA05.
    pub sender_qualifier: Inline<2>,
    /// ISA06, without its padding.
    pub sender: Inline<15>,
    /// ISA07.
    pub receiver_qualifier: Inline<2>,
    /// ISA08, without its padding.
    pub receiver: Inline<15>,
    /// ISA09, YYMMDD.
    pub date: Inline<6>,
    /// ISA10, HHMM.
    pub time: Inline<4>,
    /// ISA12.
    pub version: Inline<5>,
    /// ISA13.
    pub control: Inline<9>,
    /// ISA14 is `1`.
    pub wants_ta1: bool,
    /// ISA15 is `T`.
    pub is_test: bool,
    /// The separators.
    pub delimiters: Delimiters,
}

/// Qualifiers of ISA05 and ISA07 that HIPAA interchanges use.
const ID_QUALIFIERS: [&[u8]; 9] = [b"01", b"14", b"20", b"27", b"28", b"29", b"30", b"33", b"ZZ"];

impl InterchangeHeader {
    /// Reads an ISA, also one whose padding was lost.
    pub fn read(isa: &[u8], delimiters: Delimiters) -> Self {
        let elements = elements(isa, delimiters);
        let at = |position: usize| elements[position];
        InterchangeHeader {
            sender_qualifier: Inline::new(at(5).trim_ascii()),
            sender: Inline::new(at(6).trim_ascii()),
            receiver_qualifier: Inline::new(at(7).trim_ascii()),
            receiver: Inline::new(at(8).trim_ascii()),
            date: Inline::new(at(9).trim_ascii()),
            time: Inline::new(at(10).trim_ascii()),
            version: Inline::new(at(12).trim_ascii()),
            control: Inline::new(at(13).trim_ascii()),
            wants_ta1: at(14).trim_ascii() == b"1",
            is_test: at(15).trim_ascii() == b"T",
            delimiters,
        }
    }

    /// Everything that is wrong with the values of an ISA: the code and the element position.
    pub(super) fn faults(isa: &[u8], delimiters: Delimiters) -> Vec<(Code, u8)> {
        let elements = elements(isa, delimiters);
        let at = |position: usize| elements[position].trim_ascii();
        let digits =
            |text: &[u8], count: usize| text.len() == count && text.iter().all(u8::is_ascii_digit);
        let date =
            || digits(at(9), 6) && value::check(crate::dict::DataType::Dt, 6, 6, at(9)).is_none();
        let Delimiters { element, component, terminator, .. } = delimiters;
        let is_shared = matches!(at(11), [byte] if [element, component, terminator].contains(byte));
        let is_usable = delimiters.repetition.is_some() || at(12) != b"00501";
        let checks: [(bool, Code, u8); 15] = [
            (matches!(at(1), b"00" | b"03"), Code::AuthorizationQualifier, 1),
            (matches!(at(3), b"00" | b"01"), Code::SecurityQualifier, 3),
            (ID_QUALIFIERS.contains(&at(5)), Code::SenderQualifier, 5),
            (!at(6).is_empty(), Code::SenderId, 6),
            (ID_QUALIFIERS.contains(&at(7)), Code::ReceiverQualifier, 7),
            (!at(8).is_empty(), Code::ReceiverId, 8),
            (date(), Code::InterchangeDate, 9),
            (digits(at(10), 4) && value::time(at(10)), Code::InterchangeTime, 10),
            (is_usable || is_shared, Code::RepetitionSeparator, 11),
            (!is_shared, Code::DelimitersIndistinct, 11),
            (at(12) == b"00501", Code::InterchangeVersion, 12),
            (digits(at(13), 9), Code::InterchangeControlNumber, 13),
            (matches!(at(14), b"0" | b"1"), Code::AcknowledgmentRequested, 14),
            (matches!(at(15), b"P" | b"T"), Code::UsageIndicator, 15),
            (is_shared || delimiters.are_distinct(), Code::DelimitersIndistinct, 16),
        ];
        checks
            .into_iter()
            .filter(|(good, ..)| !good)
            .map(|(_, code, position)| (code, position))
            .collect()
    }
}

/// Elements of an ISA, with the segment id.
const ELEMENTS: usize = 17;

/// The elements of an ISA: by its fixed widths, or, where its padding was lost, between the separators. An element may be
/// the separator itself, as ISA11 where it is wrong.
fn elements(isa: &[u8], delimiters: Delimiters) -> [&[u8]; ELEMENTS] {
    let mut elements: [&[u8]; ELEMENTS] = [&[]; ELEMENTS];
    if Delimiters::ISA_SEPARATORS.iter().all(|at| isa.get(*at) == Some(&delimiters.element)) {
        let mut begin = 0;
        for (element, end) in elements.iter_mut().zip(Delimiters::ISA_SEPARATORS) {
            *element = &isa[begin..end];
            begin = end + 1;
        }
        elements[ELEMENTS - 1] = &isa[begin..];
    } else {
        let split = isa.split(|b| *b == delimiters.element);
        elements.iter_mut().zip(split).for_each(|(element, text)| *element = text);
    }
    elements
}
