//! What the 270 and the 271 have in common: names, ids, dates, addresses, traces, procedures.
//!
//! Text that is absent is the empty string, a code that is absent is [`Code::NONE`]: X12 makes no
//! difference between the two either. Values with a grammar of their own say also that they were malformed,
//! because that is an answer (AAA 57, 58, 74), not an error.

use crate::wire::Code;
use time::{Date, Time};

/// The guide of both sets, ST03 and GS08.
pub const GUIDE: &str = "005010X279A1";

/// A value that may be absent, or present and unreadable.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sent<T> {
    /// Nothing was sent.
    #[default]
    Absent,
    /// Something was sent that is no such value. It is not kept.
    Malformed,
    /// What was sent.
    Value(T),
}

impl<T> Sent<T> {
    /// The value, when there is a good one.
    pub fn value(self) -> Option<T> {
        match self {
            Sent::Value(value) => Some(value),
            Sent::Absent | Sent::Malformed => None,
        }
    }

    /// True when something unreadable was sent.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Sent::Malformed)
    }

    /// Reads an element: absent when empty, malformed when `grammar` does not know it.
    pub fn from_element(text: &[u8], grammar: impl FnOnce(&[u8]) -> Option<T>) -> Self {
        if text.is_empty() {
            return Sent::Absent;
        }
        grammar(text).map_or(Sent::Malformed, Sent::Value)
    }
}

impl<T> From<Option<T>> for Sent<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Sent::Absent, Sent::Value)
    }
}

/// BHT: what the set is for and how its sender calls it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Header {
    /// BHT02: in a 270 `13` request or `01` cancellation; in a 271 `11` response or `06` confirmation.
    pub purpose: Code,
    /// BHT03: the submitter's own number for the inquiry; the answer carries it back.
    pub reference: Box<str>,
    /// BHT04.
    pub date: Sent<Date>,
    /// BHT05; read to the hundredth, written to the second.
    pub time: Sent<Time>,
    /// BHT06: `RT` for a spend-down; only in a 270.
    pub kind: Code,
}

/// NM1: a payer, provider, subscriber or dependent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Name {
    /// NM101: `PR`, `1P`, `IL`, `03`, `P3`...
    pub entity: Code,
    /// NM102: `1` person, `2` anything else.
    pub kind: Code,
    /// NM103: last name, or the name of an organization.
    pub last: Box<str>,
    /// NM104.
    pub first: Box<str>,
    /// NM105.
    pub middle: Box<str>,
    /// NM107: `JR`, `III`.
    pub suffix: Box<str>,
    /// NM108: what kind of id NM109 is.
    pub id_qualifier: Code,
    /// NM109.
    pub id: Box<str>,
}

/// REF: another identifier.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reference {
    /// REF01.
    pub qualifier: Code,
    /// REF02.
    pub value: Box<str>,
    /// REF03, a name for it.
    pub description: Box<str>,
}

/// N3 and N4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PostalAddress {
    /// N301.
    pub line1: Box<str>,
    /// N302.
    pub line2: Box<str>,
    /// N401.
    pub city: Box<str>,
    /// N402.
    pub state: Box<str>,
    /// N403.
    pub zip: Box<str>,
    /// N404.
    pub country: Box<str>,
    /// N407.
    pub subdivision: Box<str>,
}

/// PRV: what a provider is in this transaction, and their specialty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProviderRole {
    /// PRV01.
    pub role: Code,
    /// PRV02, `PXC` for a taxonomy code.
    pub qualifier: Code,
    /// PRV03.
    pub value: Box<str>,
}

/// TRN: how the sender calls one patient's inquiry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// TRN01: `1` the sender's own, `2` somebody else's brought back.
    pub kind: Code,
    /// TRN02.
    pub number: Box<str>,
    /// TRN03, ten characters: whose number it is.
    pub originator: Box<str>,
    /// TRN04.
    pub secondary: Box<str>,
}

/// DMG03.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Gender {
    /// `F`
    Female,
    /// `M`
    Male,
    /// `U`
    Unknown,
}

impl Gender {
    /// Reads DMG03.
    pub fn from_code(text: &[u8]) -> Option<Gender> {
        match text {
            b"F" => Some(Gender::Female),
            b"M" => Some(Gender::Male),
            b"U" => Some(Gender::Unknown),
            _ => None,
        }
    }

    /// DMG03.
    pub fn code(self) -> &'static str {
        match self {
            Gender::Female => "F",
            Gender::Male => "M",
            Gender::Unknown => "U",
        }
    }
}

/// INS: relationship, and in an answer that identifying data changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Insured {
    /// INS01: `Y` for the subscriber, `N` for a dependent.
    pub subscriber: Code,
    /// INS02: `18` self, `01` spouse, `19` child, `34` or `G8` somebody else.
    pub relationship: Code,
    /// INS03: `001` change; only in a 271.
    pub maintenance: Code,
    /// INS04: `25` change of identifying data; only in a 271.
    pub reason: Code,
    /// INS17: place among children of one birth.
    pub birth_sequence: Option<u32>,
}

/// One diagnosis of HI.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diagnosis {
    /// `ABK` or `BK` for the principal one, `ABF` or `BF` for the others.
    pub qualifier: Code,
    /// The code, without a point.
    pub code: Box<str>,
}

/// A day or a span of days, DTP02 and DTP03.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum When {
    /// `D8`.
    Day(Date),
    /// `RD8`: first and last day.
    Span(Date, Date),
}

impl When {
    /// The first day.
    pub fn first(self) -> Date {
        match self {
            When::Day(day) | When::Span(day, _) => day,
        }
    }

    /// The last day.
    pub fn last(self) -> Date {
        match self {
            When::Day(day) | When::Span(_, day) => day,
        }
    }
}

/// DTP: a date with its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dated {
    /// DTP01: `291` plan, `346` plan begin, `636` last update...
    pub qualifier: Code,
    /// DTP03.
    pub when: Sent<When>,
}

impl Dated {
    /// One day.
    pub fn day(qualifier: &str, day: Date) -> Dated {
        Dated { qualifier: Code::from(qualifier), when: Sent::Value(When::Day(day)) }
    }

    /// A span of days.
    pub fn span(qualifier: &str, from: Date, to: Date) -> Dated {
        Dated { qualifier: Code::from(qualifier), when: Sent::Value(When::Span(from, to)) }
    }
}

/// A procedure, EQ02 or EB13.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Procedure {
    /// `HC` HCPCS and CPT, `N4` national drug code, `AD` dental...
    pub qualifier: Code,
    /// The code.
    pub code: Box<str>,
    /// Up to four modifiers.
    pub modifiers: Vec<Code>,
    /// The end of a range of codes; only in a 271.
    pub last: Box<str>,
}

/// III: where a service is given, or what it is for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// III01: `ZZ` place of service.
    pub qualifier: Code,
    /// III02.
    pub code: Box<str>,
    /// III03, `44` nature of injury; only in a 271.
    pub category: Code,
    /// III04; only in a 271.
    pub text: Box<str>,
}

/// A subscriber or dependent as one side knows them: loop 2100C or 2100D.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    /// NM1.
    pub name: Name,
    /// REF, up to nine.
    pub references: Vec<Reference>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// PRV.
    pub provider: Option<ProviderRole>,
    /// DMG02.
    pub birth: Sent<Date>,
    /// DMG03.
    pub gender: Sent<Gender>,
    /// INS.
    pub insured: Option<Insured>,
    /// HI, up to eight.
    pub diagnoses: Vec<Diagnosis>,
    /// DTP: two in a 270, nine in a 271.
    pub dates: Vec<Dated>,
}

impl Person {
    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// The first DTP with this qualifier.
    pub fn date(&self, qualifier: &str) -> Sent<When> {
        self.dates.iter().find(|d| d.qualifier == qualifier).map_or(Sent::Absent, |d| d.when)
    }
}

/// The value of the first reference with this qualifier.
pub fn find<'r>(references: &'r [Reference], qualifier: &str) -> Option<&'r str> {
    references.iter().find(|r| r.qualifier == qualifier).map(|r| &*r.value)
}
