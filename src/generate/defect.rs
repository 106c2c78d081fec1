//! Known defects, put into an item after it is written: one element's value is changed, the structure stays.

use super::kind::GenerateKind;
use super::random::Random;
use crate::finding::Code;
use crate::wire::Delimiters;

/// A defect that the checker finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defect {
    /// What is wrong, in a few words.
    pub name: &'static str,
    /// What the checker finds.
    pub finding: Code,
    /// The segment, and the value of its first element where that tells it from others.
    segment: (&'static str, &'static str),
    /// The element, from 1.
    element: usize,
    /// What it becomes.
    value: &'static str,
    /// In which kinds; none for every one that has the segment.
    kinds: &'static [GenerateKind],
}

const CLAIMS: &[GenerateKind] =
    &[GenerateKind::Professional, GenerateKind::Institutional, GenerateKind::Dental];

const STATUSES: &[GenerateKind] =
    &[GenerateKind::Status, GenerateKind::ClaimReceipt, GenerateKind::DocumentRequest];

const fn defect(
    name: &'static str,
    finding: Code,
    segment: (&'static str, &'static str),
    element: usize,
    value: &'static str,
    kinds: &'static [GenerateKind],
) -> Defect {
    Defect { name, finding, segment, element, value, kinds }
}

/// Every defect; one of those that fit is chosen for an item.
pub const DEFECTS: &[Defect] = &[
    defect("an invalid birth date", Code::ElementDateFormat, ("DMG", "D8"), 2, "19801332", &[]),
    defect(
        "a trace number without its company",
        Code::ElementMissing,
        ("TRN", ""),
        3,
        "",
        &[GenerateKind::Inquiry],
    ),
    defect(
        "a date range qualifier with a single date",
        Code::ElementDateFormat,
        ("DTP", "291"),
        2,
        "RD8",
        &[GenerateKind::Inquiry],
    ),
    defect(
        "an invalid service type",
        Code::ElementGuideCode,
        ("EQ", ""),
        1,
        "ZZ",
        &[GenerateKind::Inquiry],
    ),
    defect(
        "an ID without its qualifier",
        Code::SyntaxConditional,
        ("NM1", "IL"),
        8,
        "",
        &[GenerateKind::Inquiry],
    ),
    defect(
        "a claim total that does not equal the sum of its lines",
        Code::Unbalanced,
        ("CLM", ""),
        2,
        "1.01",
        CLAIMS,
    ),
    defect("an invalid assignment code", Code::ElementCode, ("CLM", ""), 8, "Q", CLAIMS),
    defect(
        "a diagnosis code with a decimal point",
        Code::CodeForm,
        ("HI", ""),
        1,
        "ABK:J06.9",
        &[GenerateKind::Professional, GenerateKind::Institutional],
    ),
    defect(
        "a payment that does not balance with its adjustments",
        Code::Unbalanced,
        ("CLP", ""),
        4,
        "0.07",
        &[GenerateKind::Payment],
    ),
    defect(
        "an invalid claim status",
        Code::ElementGuideCode,
        ("CLP", ""),
        2,
        "99",
        &[GenerateKind::Payment],
    ),
    defect(
        "an invalid adjustment group",
        Code::ElementGuideCode,
        ("CAS", ""),
        1,
        "XX",
        &[GenerateKind::Payment],
    ),
    defect(
        "an NPI with a wrong check digit",
        Code::ProviderIdentifier,
        ("NM1", "82"),
        9,
        "1234567890",
        &[],
    ),
    defect(
        "an invalid benefit code",
        Code::ElementGuideCode,
        ("EB", ""),
        1,
        "ZZ",
        &[GenerateKind::Response],
    ),
    defect(
        "a claim without its trace number",
        Code::ElementMandatoryMissing,
        ("TRN", "1"),
        2,
        "",
        &[GenerateKind::StatusRequest],
    ),
    defect(
        "a status with an invalid date",
        Code::ElementDate,
        ("STC", ""),
        2,
        "20261332",
        STATUSES,
    ),
    defect(
        "an invalid action code",
        Code::ElementGuideCode,
        ("STC", ""),
        3,
        "Q",
        &[GenerateKind::ClaimReceipt],
    ),
    defect(
        "an invalid request category",
        Code::ElementGuideCode,
        ("UM", ""),
        1,
        "ZZ",
        GenerateKind::REVIEWS,
    ),
    defect(
        "an invalid maintenance type",
        Code::ElementGuideCode,
        ("INS", ""),
        3,
        "999",
        &[GenerateKind::Enrollment],
    ),
    defect(
        "an invalid kind of coverage",
        Code::ElementGuideCode,
        ("HD", ""),
        3,
        "XXX",
        &[GenerateKind::Enrollment],
    ),
    defect(
        "an invalid attachment format",
        Code::ElementGuideCode,
        ("CAT", ""),
        2,
        "ZZ",
        &[GenerateKind::Attachment],
    ),
    defect(
        "an adjustment without a reason",
        Code::ElementMandatoryMissing,
        ("ADX", ""),
        2,
        "",
        &[GenerateKind::Premium],
    ),
    defect(
        "an invalid entity of a member",
        Code::ElementGuideCode,
        ("ENT", ""),
        2,
        "ZZ",
        &[GenerateKind::Premium],
    ),
    defect(
        "an invalid advice code",
        Code::ElementGuideCode,
        ("OTI", ""),
        1,
        "ZZ",
        &[GenerateKind::Advice],
    ),
    defect(
        "an invalid acknowledgment code",
        Code::ElementCode,
        ("IK5", ""),
        1,
        "Z",
        &[GenerateKind::Acknowledgment],
    ),
];

impl Defect {
    /// True when items of this kind may get it.
    pub fn fits(&self, kind: GenerateKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// The kinds it is made for; none for every kind that has the segment.
    pub fn kinds(&self) -> &'static [GenerateKind] {
        self.kinds
    }

    /// Where the element stands, if the item has it.
    fn find(&self, item: &[u8], delimiters: Delimiters) -> Option<std::ops::Range<usize>> {
        let (tag, first) = self.segment;
        let mut at = 0;
        for segment in item.split_inclusive(|byte| *byte == delimiters.terminator) {
            let (begin, end) = (at, at + segment.len() - 1);
            at += segment.len();
            let text = &item[begin..end];
            let blanks = text.iter().take_while(|byte| **byte == b'\n').count();
            let mut position = begin + blanks;
            let mut elements = item[position..end].split(|byte| *byte == delimiters.element);
            let mut number = 0;
            if elements.next() != Some(tag.as_bytes()) {
                continue;
            }
            position += tag.len();
            for element in elements {
                position += 1;
                number += 1;
                if number == 1 && !first.is_empty() && element != first.as_bytes() {
                    break;
                }
                if number == self.element {
                    return Some(position..position + element.len());
                }
                position += element.len();
            }
        }
        None
    }
}

/// Puts a defect into an item in wire form; false when none fits it.
pub(super) fn apply(
    kind: GenerateKind,
    delimiters: Delimiters,
    lot: &mut Random,
    item: &mut Vec<u8>,
) -> bool {
    let first = lot.below(DEFECTS.len() as u64) as usize;
    let in_turn = DEFECTS[first..].iter().chain(&DEFECTS[..first]);
    for defect in in_turn.filter(|defect| defect.fits(kind)) {
        if let Some(place) = defect.find(item, delimiters) {
            let mut begin = place.start;
            let last = item.get(place.end) == Some(&delimiters.terminator);
            while defect.value.is_empty() && last && item[begin - 1] == delimiters.element {
                begin -= 1;
            }
            item.splice(begin..place.end, defect.value.bytes());
            return true;
        }
    }
    false
}
