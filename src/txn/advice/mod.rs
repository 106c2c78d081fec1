//! The application advice (824, 005010X186A1): what a system did with a set that was sound, item by item, and why it left out
//! what it left out. For sets that have no answer of their own: an enrollment (834), a remittance (835), attachments.
//!
//! [`Advice`] is filled and written. The first item speaks of the set, those after it of members, claims or payments in it.
//! It decides nothing, and it repeats no value that was wrong: words say what is wrong, positions say where.

#[cfg(test)]
mod tests;
mod write;

use time::{Date, PrimitiveDateTime, Time};

use crate::check::GroupHeader;
use crate::phi::redacted;
use crate::segments::{Contact, Name, Reference};
use crate::wire::value::{date_d8, time_tm};

/// The guide of the 824 we write.
pub const GUIDE_824: &str = "005010X186A1";

/// One 824 set.
#[derive(Clone, PartialEq)]
pub struct Advice {
    /// BGN02: our own number for it, unique to the receiver.
    pub number: Box<str>,
    /// When it is written.
    pub at: PrimitiveDateTime,
    /// BGN06: the sender's number of what is answered; may be empty.
    pub answers: Box<str>,
    /// Who advises.
    pub submitter: Party,
    /// Whom to ask about it.
    pub contact: Option<Contact>,
    /// Who is advised.
    pub receiver: Party,
    /// What was done with the set, and with items of it.
    pub items: Vec<Item>,
}

redacted!(Advice { at });

/// A party by the name and the electronic id it goes by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// N102.
    pub name: Box<str>,
    /// N104.
    pub id: Box<str>,
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// The whole set.
    Set,
    /// Something in it: a member, a claim, a payment.
    Item,
}

/// What was done with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// It was taken.
    Accepted,
    /// It was taken, but for what the errors say.
    WithErrors,
    /// It was taken in another form than it came.
    WithChange,
    /// It was not taken.
    Rejected,
}

impl Verdict {
    /// OTI01.
    pub const fn code(self, scope: Scope) -> &'static str {
        match (scope, self) {
            (Scope::Set, Verdict::Accepted) => "TA",
            (Scope::Set, Verdict::WithErrors) => "TE",
            (Scope::Set, Verdict::WithChange) => "TC",
            (Scope::Set, Verdict::Rejected) => "TR",
            (Scope::Item, Verdict::Accepted) => "IA",
            (Scope::Item, Verdict::WithErrors) => "IE",
            (Scope::Item, Verdict::WithChange) => "IC",
            (Scope::Item, Verdict::Rejected) => "IR",
        }
    }
}

/// The set that is answered: where it was, and what it was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answered {
    /// GS04; the day of the advice where there is none.
    pub date: Option<Date>,
    /// GS05; the time of the advice where there is none.
    pub time: Option<Time>,
    /// GS06.
    pub group: Box<str>,
    /// ST02.
    pub control: Box<str>,
    /// ST01.
    pub set: Box<str>,
    /// GS08.
    pub guide: Box<str>,
}

impl Answered {
    /// The set with this identifier and control number, of this group.
    pub fn of(group: &GroupHeader, set: &str, control: &str) -> Answered {
        Answered {
            date: date_d8(group.date.as_bytes()),
            time: time_tm(group.time.as_bytes()),
            group: group.control.as_str().into(),
            control: control.into(),
            set: set.into(),
            guide: group.version.as_str().into(),
        }
    }
}

/// The set, or something in it: loop 2000.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub scope: Scope,
    /// What was done with it.
    pub verdict: Verdict,
    /// OTI03: the sender's number of it.
    pub reference: Box<str>,
    /// The set it is in.
    pub answered: Answered,
    /// REF: what it is found by, at most 12.
    pub references: Vec<Reference>,
    /// NM1: whom it is about.
    pub name: Option<Name>,
    /// What is wrong with it.
    pub errors: Vec<ItemError>,
}

redacted!(Item { scope, verdict });

impl Item {
    /// The set as a whole.
    pub fn set(verdict: Verdict, reference: &str, answered: Answered) -> Item {
        Item {
            scope: Scope::Set,
            verdict,
            reference: reference.into(),
            answered,
            references: Vec::new(),
            name: None,
            errors: Vec::new(),
        }
    }

    /// Something in the set.
    pub fn part(verdict: Verdict, reference: &str, answered: Answered) -> Item {
        Item { scope: Scope::Item, ..Item::set(verdict, reference, answered) }
    }
}

/// TED01, the application error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Condition {
    /// `006`
    Duplicate,
    /// `007`
    Missing,
    /// `008`
    OutOfRange,
    /// `009`
    InvalidDate,
    /// `010`
    OutOfBalance,
    /// `011`
    NotMatching,
    /// `012`
    InvalidCombination,
    /// `024`
    #[default]
    Other,
}

impl Condition {
    /// TED01.
    pub const fn code(self) -> &'static str {
        match self {
            Condition::Duplicate => "006",
            Condition::Missing => "007",
            Condition::OutOfRange => "008",
            Condition::InvalidDate => "009",
            Condition::OutOfBalance => "010",
            Condition::NotMatching => "011",
            Condition::InvalidCombination => "012",
            Condition::Other => "024",
        }
    }
}

/// One error of an item: loop 2100.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ItemError {
    /// What kind of error it is.
    pub condition: Condition,
    /// TED02: in a few words of our own, at most 60 characters; never a value of the set.
    pub words: Box<str>,
    /// RED06: the business reason, where the partner has a list of them; may be empty.
    pub reason: Box<str>,
    /// Where it is; what is not known stays empty.
    pub place: Place,
}

/// A place in the set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// TED03: the segment, `INS`; may be empty.
    pub segment: Box<str>,
    /// TED04: its position in the set, ST being 1.
    pub position: Option<u32>,
    /// TED05: the position of the element in it.
    pub element: Option<u8>,
    /// TED05: the position of the component in that.
    pub component: Option<u8>,
}
