//! Entries of the ledger: all that adds to it or changes what stands.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{ClaimState, ClaimVersion, Payment, Remittance, json};
use crate::phi::redacted;
use crate::store::{AccumulatorKind, Level, Network, Owner};

/// Who enters something that no interchange brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// `operator`, `sandbox`, or the key of a partner.
    pub who: Box<str>,
    /// When, microseconds since 1970 UTC.
    pub at_micros: i64,
}

/// Another state of a version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateChange {
    /// Number of the version.
    pub claim: Box<str>,
    /// How it stands from now on.
    pub state: ClaimState,
    /// Why, in a few words for people: `replaced`, `voided`, `pended for review`...; never about the patient.
    pub why: Box<str>,
}

/// Where a dispute stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum DisputeState {
    /// It waits for a decision.
    Open,
    /// The decision on the claim stands.
    Upheld,
    /// The decision on the claim was changed.
    Overturned,
    /// The provider withdrew it.
    Withdrawn,
}

/// A provider disputes the decision on a claim. One with the same number replaces it, so that its state can change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Its number.
    pub number: Box<str>,
    /// Number of the claim version.
    pub claim: Box<str>,
    /// Where it stands.
    pub state: DisputeState,
    /// When it was opened.
    #[serde(with = "json::day")]
    pub opened: Date,
    /// When it was decided or withdrawn.
    #[serde(with = "json::maybe_day")]
    pub closed: Option<Date>,
    /// Control numbers of the attachments that belong to it.
    pub attachments: Vec<Box<str>>,
    /// What the provider says.
    pub note: Box<str>,
}

redacted!(Dispute { number, state });

/// A document for a claim. Its bytes are in the archive under their hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The provider's control number: TRN02 of the 275, PWK06 of the claim.
    pub control: Box<str>,
    /// NPI of the provider who sent it.
    pub provider: Box<str>,
    /// REF*EJ: the provider's number of the claim.
    pub account: Box<str>,
    /// Member id of the patient as it was sent.
    pub member_id: Box<str>,
    /// The claim version it belongs to; none until that one has come. The store links both, whichever comes first: control
    /// number, provider and account must agree, and the member where the document names one.
    pub claim: Option<Box<str>>,
    /// The trace of the request that it answers; empty when nobody asked.
    pub request: Box<str>,
    /// What it is: a LOINC code or a code of PWK01; may be empty.
    pub kind: Box<str>,
    /// Its media type, `application/pdf`; may be empty.
    pub media: Box<str>,
    /// Name of the file; may be empty.
    pub name: Box<str>,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// How many bytes.
    pub bytes: u64,
    /// When it was received.
    #[serde(with = "json::day")]
    pub received: Date,
}

redacted!(Attachment { bytes, received });

/// The payer asks for information about a claim (277 RFAI). One with the same trace replaces it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InformationRequest {
    /// Our trace, TRN02 of the 277.
    pub trace: Box<str>,
    /// Number of the claim version.
    pub claim: Box<str>,
    /// What is asked for, LOINC codes.
    pub wanted: Vec<Box<str>>,
    /// When it was asked.
    #[serde(with = "json::day")]
    pub asked: Date,
    /// Until when it is waited for.
    #[serde(with = "json::day")]
    pub due: Date,
    /// When it was answered.
    #[serde(with = "json::maybe_day")]
    pub answered: Option<Date>,
}

/// How money comes back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum RefundMethod {
    /// The payer takes it from later payments.
    Recoupment,
    /// The provider sends a check.
    Check,
}

/// A provider returns money.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Number of the claim version that was paid too much.
    pub claim: Box<str>,
    /// The version (a replacement or a void) by which it is returned; none when only a check came.
    pub by: Option<Box<str>>,
    /// How much; none until the new decision says so.
    #[serde(with = "json::maybe_decimal")]
    pub amount: Option<Decimal>,
    /// How it comes back.
    pub method: RefundMethod,
    /// Number of the check; empty for recoupment.
    pub check: Box<str>,
    /// When it was announced or received.
    #[serde(with = "json::day")]
    pub on: Date,
}

redacted!(Refund { method, on });

/// What a payment adds to what a member, or a family, has used in a benefit year. Negative when a reversal gives it back.
#[derive(Clone, PartialEq, Eq)]
pub struct AccumulatorChange {
    /// Whose; the suffix says nothing at the level of the family.
    pub owner: Owner,
    /// Person or family.
    pub level: Level,
    /// Money: deductible or out of pocket; or visits and the like.
    pub kind: AccumulatorKind,
    /// In which network.
    pub network: Network,
    /// First day of the benefit year.
    pub year_begin: Date,
    /// How much more.
    pub amount: Decimal,
    /// Number of the claim version it is counted for.
    pub claim: Box<str>,
}

redacted!(AccumulatorChange { level, network });

impl AccumulatorChange {
    /// True when it counts money, and not visits and the like.
    pub fn is_money(&self) -> bool {
        !matches!(self.kind, AccumulatorKind::Limit(_))
    }
}

/// Something to enter. Entries of one interchange, or of one call, become visible together and in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LedgerEntry {
    /// A new version. When it replaces another, the store makes it that one's successor.
    Claim(Arc<ClaimVersion>),
    /// Another state of a version.
    State(StateChange),
    /// A decision about a version; the store sets its outcome. Its new state comes as [`LedgerEntry::State`].
    Payment(Box<Payment>),
    /// A remittance advice as a whole; it comes before its payments. One that is known is refused.
    Remittance(Box<Remittance>),
    /// What a payment adds to an accumulator.
    Accumulator(AccumulatorChange),
    /// A dispute, new or with another state.
    Dispute(Dispute),
    /// A document.
    Attachment(Attachment),
    /// The payer asks for information.
    Request(InformationRequest),
    /// Money comes back.
    Refund(Refund),
}
