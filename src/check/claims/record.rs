//! A claim and its parties, as an acknowledgment needs them. All of it is message data, never to be logged.

use std::sync::Arc;

use rust_decimal::Decimal;
use time::Date;

use crate::finding::Finding;
use crate::phi::redacted;
use crate::segments::Name;
use crate::wire::{Delimiters, Inline};

/// Components of a procedure that are kept: qualifier, code, four modifiers.
pub const PROCEDURE_PARTS: usize = 6;

/// An error in a claim, or in one of its parties.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The finding and its place.
    pub finding: Finding,
    /// The code that distinguishes the use of its segment (`DTP*434`, `HI*ABK`); empty where there is none.
    pub qualifier: Inline<3>,
}

/// The header of an 837.
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

/// A billing provider whose claims have all been reported.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BillingProvider {
    /// Loop 2010AA.
    pub name: Name,
    /// Its tax id, from REF*EI or REF*SY.
    pub tax_id: Box<str>,
    /// Its errors; if there are any, all its claims are rejected, whatever was reported for them.
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
    /// CLM02; zero where it is not an amount.
    pub charge: Decimal,
    /// For an institutional claim facility type and frequency (`131`); else empty.
    pub bill_type: Box<str>,
    /// REF*D9, the clearinghouse's number.
    pub trace: Box<str>,
    /// The statement dates, or from the first to the last date of service.
    pub dates: Option<(Date, Date)>,
    /// Its errors, and those of its patient and subscriber.
    pub faults: Vec<Fault>,
    /// The service lines in error.
    pub lines: Vec<Line>,
    /// Its segments and those of its parties; only where they were asked for, and none where they are too many.
    pub text: Option<Box<ClaimText>>,
}

/// The segments of a claim and of its parties, each with its terminator and without HL. Claims share those of their parties.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimText {
    /// The separators in force.
    pub delimiters: Delimiters,
    /// The level of the billing provider.
    pub provider: Arc<[u8]>,
    /// The level of the subscriber.
    pub subscriber: Arc<[u8]>,
    /// The level of the patient, where the subscriber is not the patient.
    pub patient: Arc<[u8]>,
    /// The claim, from CLM on.
    pub claim: Box<[u8]>,
}

redacted!(ClaimText { delimiters });

impl ClaimText {
    /// All of it: the four separators, then the segments in the order they came.
    pub fn to_bytes(&self) -> Vec<u8> {
        let separators = self.delimiters.to_bytes();
        [&separators, &*self.provider, &*self.subscriber, &*self.patient, &*self.claim].concat()
    }
}

impl Claim {
    /// True when it has no errors.
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
    /// The charge; zero where it is not an amount.
    pub charge: Decimal,
    /// Units or days; none where it is not a number.
    pub units: Option<Decimal>,
    /// Dates of service.
    pub dates: Option<(Date, Date)>,
    /// Its errors.
    pub faults: Vec<Fault>,
}

redacted!(Line { ordinal, faults });

/// The claims of a set, reported while it is checked, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ClaimEvent {
    /// A claim with its errors.
    Claim(Box<Claim>),
    /// The billing provider of the preceding claims has ended.
    Provider(Box<BillingProvider>),
}

/// The claims of a set, counted, once it has ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ClaimTally {
    /// The header of the set.
    pub batch: Batch,
    /// Claims accepted; none when the set is rejected.
    pub accepted: u32,
    /// Claims rejected, by their own errors, with others or with the set.
    pub rejected: u32,
    /// What has not been reported yet.
    pub events: Vec<ClaimEvent>,
}

impl ClaimTally {
    /// Counts so many accepted claims as rejected: whoever takes them in refuses them.
    pub fn refuse(&mut self, claims: u32) {
        let claims = claims.min(self.accepted);
        self.accepted -= claims;
        self.rejected += claims;
    }
}
