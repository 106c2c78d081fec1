//! What an enrollment changes: one [`MemberChange`] for each member it speaks of, and what becomes of a family by it.
//!
//! A change is an instruction, not a row: it is carried out on what is on file when it is committed, so that files which come
//! at the same time do not undo each other. All of what it says of a member happens, or nothing; then a [`MemberFault`] says
//! why. The same [`FamilyState`] tells an answer beforehand what the store will do.
//!
//! How an 834 is read is not known here: plans are those of the store, and every choice of a payer has been made.

mod apply;
pub(super) mod days;
mod family;
mod spans;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use time::Date;

pub use family::FamilyState;
pub(in crate::store) use family::PersonState;

use super::{Address, Gender, OtherCoverage, Pcp, Relationship};
use crate::phi::redacted;

/// What an enrollment says of one member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChange {
    /// Product prefix of the id; used for a family that is not on file.
    pub prefix: Box<str>,
    /// Subscriber number.
    pub subscriber: Box<str>,
    /// Who of the family.
    pub who: Identity,
    /// What happens to the person.
    pub action: MemberAction,
    /// What is known of the person from now on.
    pub facts: PersonFacts,
    /// What happens to the person's coverage, in order.
    pub coverage: Vec<CoverageChange>,
    /// Other carriers, in place of all there were; none leaves them.
    pub other: Option<Vec<OtherCoverage>>,
    /// The day of the change.
    #[serde(with = "days")]
    pub on: Date,
    /// The day it is loaded, on which its coverage was last changed.
    #[serde(with = "days")]
    pub loaded: Date,
}

redacted!(MemberChange { action });

impl MemberChange {
    /// False for what is only compared.
    pub fn is_written(&self) -> bool {
        self.action != MemberAction::Verify
    }
}

/// By what a person is found in the family.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The suffix that the id names, if it names one.
    pub suffix: Option<Box<str>>,
    /// Relationship to the subscriber.
    pub relationship: Relationship,
    /// Names, birth date and social security number as they are now.
    pub now: Traits,
    /// What they were when they are corrected.
    pub before: Option<Traits>,
}

redacted!(Identity {});

/// What tells a person from others of the family.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Traits {
    /// Last name.
    pub last: Box<str>,
    /// First name; may be empty.
    pub first: Box<str>,
    /// Birth date.
    #[serde(with = "days::maybe")]
    pub birth: Option<Date>,
    /// Social security number.
    pub ssn: Option<Box<str>>,
}

redacted!(Traits {});

/// What happens to a person.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberAction {
    /// The person is added; one who is on file is changed.
    Add,
    /// What is known of the person, or their coverage, changes.
    Change,
    /// Coverage ends.
    End {
        /// The last day of all coverage; none when only that ends which is named.
        #[serde(with = "days::maybe")]
        all: Option<Date>,
        /// That of the subscriber's dependents as well.
        dependents: bool,
    },
    /// The person is eligible again.
    Reinstate {
        /// All coverage that ended last comes back from this day.
        #[serde(with = "days::maybe")]
        from: Option<Date>,
    },
    /// What is on file is compared, and left as it is.
    Verify,
    /// What is on file is replaced: coverage that is not named ends.
    Replace,
}

impl fmt::Debug for MemberAction {
    // The days are a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MemberAction::Add => "Add",
            MemberAction::Change => "Change",
            MemberAction::End { .. } => "End",
            MemberAction::Reinstate { .. } => "Reinstate",
            MemberAction::Verify => "Verify",
            MemberAction::Replace => "Replace",
        })
    }
}

/// What is known of a person; what is absent stays as it was.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Middle name or initial.
    pub middle: Option<Box<str>>,
    /// Generation.
    pub generation: Option<Box<str>>,
    /// Sex.
    pub gender: Option<Gender>,
    /// Death date.
    #[serde(with = "days::maybe")]
    pub death: Option<Date>,
    /// Birth sequence of a twin.
    pub birth_sequence: Option<u8>,
    /// Address.
    pub address: Option<Address>,
    /// Medicare or Medicaid id.
    pub medicare_id: Option<Box<str>>,
    /// Whether a new dependent has an id of their own.
    pub own_id: bool,
}

redacted!(PersonFacts {});

/// What happens to coverage under one plan.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageChange {
    /// What happens.
    pub action: CoverageAction,
    /// [`Plan::id`](super::Plan::id).
    pub plan: Box<str>,
    /// First day.
    #[serde(with = "days::maybe")]
    pub begin: Option<Date>,
    /// Last day.
    #[serde(with = "days::maybe")]
    pub end: Option<Date>,
    /// Employer group number.
    pub group: Option<Box<str>>,
    /// Employer group name.
    pub group_name: Option<Box<str>>,
    /// Primary care provider; none leaves it. One who is chosen already keeps what is not said of them; another one is chosen
    /// from the first day of coverage that begins, or from the day of the change.
    pub pcp: Option<Pcp>,
}

redacted!(CoverageChange { action });

/// What happens to coverage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum CoverageAction {
    /// It begins. What joins or overlaps what is on file becomes one span with it; so does a reinstatement, and what lies between
    /// an end and a later begin stays a gap.
    Begin,
    /// Group or provider change; with a last day it ends.
    Change,
    /// Its days were wrong.
    Correct,
    /// It ends. What ends on or before its first day never was.
    End,
    /// It never was.
    Remove,
    /// It is listed in a file of all members.
    List,
}

/// Why a member is left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MemberFault {
    /// The person is not on file.
    MemberUnknown,
    /// The family has no subscriber on file.
    SubscriberUnknown,
    /// The id is that of another person.
    OtherPerson,
    /// A new person has no birth date.
    BirthMissing,
    /// The family has no suffix left.
    FamilyFull,
    /// The coverage with this place among those of the member is not on file.
    CoverageUnknown(usize),
    /// It has no first day.
    BeginMissing(usize),
    /// It ends before it begins.
    DatesInverted(usize),
    /// No coverage ended that could come back.
    NothingEnded,
    /// What is on file of the person differs from what is listed.
    PersonDiffers,
    /// The coverage with this place differs from what is on file.
    CoverageDiffers(usize),
    /// Coverage is on file that is not listed.
    CoverageNotListed,
}
