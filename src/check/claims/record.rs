//! What is known of a claim and of those it is about. All of it is message data, never to be logged.

use rust_decimal::Decimal;
use time::Date;

use crate::finding::Finding;
use crate::phi::redacted;
use crate::segments::Name;
use crate::wire::Inline;

/// Components of a procedure that are kept: qualifier, code, four modifiers.
pub const PROCEDURE_PARTS: usize = 6;

/// An error in a claim, or in whom it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// What was found and where.
    pub finding: Finding,
    /// The code that says which use of its segment it is about (`DTP*434`, `HI*ABK`); empty where there is none.
    pub qualifier: Inline<3>,
}

/// What an 837 says of itself as a whole.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Batch {
    /// BHT03.
    pub reference: Box<str>,
    /// Loop 1000A.
    pub submitter: Name,
    /// Loop 1000B.
    pub receiver: Name,
}

redacted!(Batch {});

/// A billing provider whose claims have all been told.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BillingProvider {
    /// Loop 2010AA.
    pub name: Name,
    /// Its tax id, from REF*EI or REF*SY.
    pub tax_id: Box<str>,
    /// What is wrong with it; if anything is, all its claims are rejected, whatever was told of them.
    pub faults: Vec<Fault>,
}

redacted!(BillingProvider { faults });

/// A claim.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Claim {
    /// Its ordinal in the set, from 1.
    pub ordinal: u32,
    /// Position of its CLM in the set.
    pub position: u32,
    /// Ordinal of its patient in the set, from 1: claims of one patient follow one another.
    pub patient: u32,
    /// The patient, with the subscriber's id where the patient has none.
    pub name: Name,
    /// CLM01.
    pub control: Box<str>,
    /// CLM02; zero where it is no amount.
    pub charge: Decimal,
    /// Of an institutional claim facility type and frequency (`131`); else empty.
    pub bill_type: Box<str>,
    /// REF*D9, the clearinghouse's number.
    pub trace: Box<str>,
    /// The statement dates, or from the first to the last date of service.
    pub dates: Option<(Date, Date)>,
    /// What is wrong with it, its patient or its subscriber.
    pub faults: Vec<Fault>,
    /// The service lines in error.
    pub lines: Vec<Line>,
}

impl Claim {
    /// True when nothing is wrong with it.
    pub fn is_accepted(&self) -> bool {
        self.faults.is_empty() && self.lines.is_empty()
    }
}

redacted!(Claim { ordinal, position, faults, lines });

/// A service line in error.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Line {
    /// Its ordinal in the claim, from 1.
    pub ordinal: u32,
    /// REF*6R, the sender's number of it.
    pub control: Box<str>,
    /// Qualifier, code and modifiers of the procedure.
    pub procedure: [Box<str>; PROCEDURE_PARTS],
    /// The revenue code of an institutional line.
    pub revenue: Box<str>,
    /// The charge; zero where it is no amount.
    pub charge: Decimal,
    /// Units or days; none where it is no number.
    pub units: Option<Decimal>,
    /// Dates of service.
    pub dates: Option<(Date, Date)>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

redacted!(Line { ordinal, faults });

/// What is told of a set as it is checked, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ClaimEvent {
    /// A claim and what was found in it.
    Claim(Box<Claim>),
    /// The billing provider of the claims since the one before has ended.
    Provider(Box<BillingProvider>),
}

/// The claims of a set, counted, once it has ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ClaimTally {
    /// What the set says of itself.
    pub batch: Batch,
    /// Claims accepted; none when the set is rejected.
    pub accepted: u32,
    /// Claims rejected, by themselves, with others or with the set.
    pub rejected: u32,
    /// What has not been told yet.
    pub events: Vec<ClaimEvent>,
}
