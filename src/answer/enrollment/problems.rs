//! Why a member is left out, in words and with its place.

use super::Remark;
use crate::store::MemberFault;
use crate::txn::advice::{Condition, ItemError, Place};

/// What is wrong with a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    MalformedId,
    MalformedDate,
    UnknownPlan,
    UndatedEnd,
    Missing,
    MissingEnded,
    Unavailable,
    Store(MemberFault),
}

/// What is wrong with a member, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Problem {
    pub(super) fault: Fault,
    /// The position of its segment; 0 when it is not known.
    pub(super) at: u32,
}

impl Fault {
    /// True when nothing was left out: a line that was verified says something else than the store.
    pub(super) fn is_difference(self) -> bool {
        use MemberFault::{CoverageDiffers, CoverageNotListed, PersonDiffers};
        matches!(self, Fault::Store(PersonDiffers | CoverageDiffers(_) | CoverageNotListed))
    }

    /// The kind of error, our words for it, and the segment and element it is about.
    fn row(self) -> (Condition, &'static str, &'static str, Option<u8>) {
        use Condition::{InvalidDate, Missing, NotMatching, Other};
        use MemberFault as Store;
        match self {
            Fault::MalformedId => (NotMatching, "SUBSCRIBER NUMBER IS MALFORMED", "REF", Some(2)),
            Fault::MalformedDate => (InvalidDate, "DATE IS MALFORMED", "DTP", Some(3)),
            Fault::UnknownPlan => (NotMatching, "PLAN IS NOT ON FILE", "HD", Some(4)),
            Fault::UndatedEnd => (Missing, "END DATE IS MISSING", "DTP", Some(3)),
            Fault::Missing => (NotMatching, "ON FILE AND NOT IN THE FILE OF ALL MEMBERS", "", None),
            Fault::MissingEnded => {
                (NotMatching, "NOT IN THE FILE OF ALL MEMBERS, COVERAGE ENDED", "", None)
            }
            Fault::Unavailable => (Other, "CANNOT BE LOADED NOW, SEND AGAIN LATER", "", None),
            Fault::Store(fault) => match fault {
                Store::MemberUnknown => (NotMatching, "MEMBER IS NOT ON FILE", "INS", None),
                Store::SubscriberUnknown => {
                    (NotMatching, "SUBSCRIBER IS NOT ON FILE", "REF", Some(2))
                }
                Store::OtherPerson => {
                    (NotMatching, "NUMBER IS THAT OF ANOTHER PERSON", "REF", Some(2))
                }
                Store::BirthMissing => (Missing, "BIRTH DATE IS MISSING", "DMG", Some(2)),
                Store::FamilyFull => (Other, "FAMILY HAS TOO MANY MEMBERS", "INS", None),
                Store::CoverageUnknown(_) => {
                    (NotMatching, "COVERAGE IS NOT ON FILE", "HD", Some(4))
                }
                Store::BeginMissing(_) => {
                    (Missing, "START DATE OF COVERAGE IS MISSING", "HD", None)
                }
                Store::DatesInverted(_) => {
                    (InvalidDate, "COVERAGE ENDS BEFORE IT BEGINS", "HD", None)
                }
                Store::NothingEnded => {
                    (NotMatching, "NO COVERAGE ENDED THAT COULD COME BACK", "INS", Some(3))
                }
                Store::PersonDiffers => {
                    (NotMatching, "NAME, BIRTH DATE OR SEX DIFFERS FROM FILE", "NM1", None)
                }
                Store::CoverageDiffers(_) => {
                    (NotMatching, "COVERAGE DIFFERS FROM FILE", "HD", Some(4))
                }
                Store::CoverageNotListed => {
                    (Missing, "COVERAGE ON FILE IS NOT LISTED", "INS", None)
                }
            },
        }
    }
}

impl Problem {
    /// A problem whose place is not known.
    pub(super) fn of(fault: Fault) -> Problem {
        Problem { fault, at: 0 }
    }

    /// As the 824 says it.
    pub(super) fn error(&self) -> ItemError {
        let (condition, words, segment, element) = self.fault.row();
        ItemError {
            condition,
            words: words.into(),
            reason: "".into(),
            place: Place {
                segment: segment.into(),
                position: (self.at > 0).then_some(self.at),
                element,
                component: None,
            },
        }
    }

    /// As a report says it.
    pub(super) fn remark(&self, position: u32) -> Remark {
        let (_, words, segment, _) = self.fault.row();
        Remark { position, words, segment, at: self.at }
    }
}

/// Where the segments of a member are.
#[derive(Clone, Default, Debug)]
pub(super) struct Places {
    /// INS.
    pub(super) member: u32,
    /// HD of each change of coverage.
    pub(super) coverage: Vec<u32>,
}

/// What the store refused, with its place.
pub(super) fn of_store(fault: MemberFault, places: &Places) -> Problem {
    use MemberFault::{
        BeginMissing, CoverageDiffers, CoverageNotListed, CoverageUnknown, DatesInverted,
        FamilyFull, MemberUnknown, NothingEnded,
    };
    let at = match fault {
        CoverageUnknown(index)
        | BeginMissing(index)
        | DatesInverted(index)
        | CoverageDiffers(index) => places.coverage.get(index).copied().unwrap_or(0),
        MemberUnknown | FamilyFull | NothingEnded | CoverageNotListed => places.member,
        _ => 0,
    };
    Problem { fault: Fault::Store(fault), at }
}
