//! How claims are found, and what is found.

use rust_decimal::Decimal;
use time::Date;

use super::{
    AccumulatorChange, Attachment, ClaimForm, ClaimState, ClaimVersion, Dispute,
    InformationRequest, Payment, Refund,
};
use crate::phi::redacted;
use crate::store::Owner;

/// How to look for claims.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ClaimKey {
    /// By the number of a version: that version.
    Number(Box<str>),
    /// By any number of a chain of versions: its latest version.
    Latest(Box<str>),
    /// Of a member, with a day of service in this range: latest versions, the newest service first.
    Member {
        /// The member.
        owner: Owner,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// By the billing provider's NPI and its own number (CLM01): all versions, the newest first.
    Account {
        /// NPI of the billing provider.
        npi: Box<str>,
        /// CLM01.
        account: Box<str>,
    },
    /// By [`ClaimVersion::service_key`]: latest versions that are not voided.
    Service(u64),
    /// By the control number of an attachment that is announced.
    Announced {
        /// NPI of the billing provider.
        npi: Box<str>,
        /// PWK06.
        control: Box<str>,
    },
}

redacted!(ClaimKey {});

/// What is seen, and how much of it is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ClaimScope {
    /// The number of an intake ([`crate::store::Intake::number`]) whose own claims are seen too, though they are not committed yet.
    pub intake: Option<u64>,
    /// Whether [`ClaimVersion::text`] is given.
    pub with_text: bool,
    /// At most so many for each key; 0 for no limit.
    pub limit: u32,
}

/// One event in the history of a version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimEvent {
    /// Number of the version.
    pub claim: Box<str>,
    /// When, microseconds since 1970 UTC.
    pub at_micros: i64,
    /// The partner's key, `operator` or `sandbox`.
    pub who: Box<str>,
    /// The interchange that brought it; 0 for none.
    pub interchange: u64,
    /// `received`, `state`, `payment`, `reversal`, `dispute`, `attachment`, `request`, `refund`.
    pub kind: Box<str>,
    /// How the version stood afterwards, where the event says so.
    pub state: Option<ClaimState>,
    /// A few words for people: the reason of a state, the number of a check or dispute. Never about the patient.
    pub detail: Box<str>,
}

/// All that is known of a claim, by all its versions.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimHistory {
    /// Its versions, the first one first.
    pub versions: Vec<ClaimVersion>,
    /// What happened, in order.
    pub events: Vec<ClaimEvent>,
    /// What was decided, in order.
    pub payments: Vec<Payment>,
    /// Disputes.
    pub disputes: Vec<Dispute>,
    /// Documents.
    pub attachments: Vec<Attachment>,
    /// What the payer asked for.
    pub requests: Vec<InformationRequest>,
    /// Returned money.
    pub refunds: Vec<Refund>,
    /// What its payments added to accumulators, in order: a reversal gives back what these say.
    pub accumulators: Vec<AccumulatorChange>,
}

redacted!(ClaimHistory {});

/// The order of what a search finds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ClaimOrder {
    /// The best match first; where there are no words, as `Newest`.
    #[default]
    Relevance,
    /// The newest first day of service first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// A search. What is absent restricts nothing.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimQuery {
    /// Words that must all match, each in any field: numbers, dates, months, amounts, accounts, ids, names, status texts,
    /// procedures and their texts.
    pub words: Vec<Box<str>>,
    /// Any of these claim numbers.
    pub numbers: Vec<Box<str>>,
    /// Of these members.
    pub members: Vec<Owner>,
    /// Billing, payee or rendering provider, NPI.
    pub provider: Option<Box<str>>,
    /// A day of service in this range.
    pub period: Option<(Date, Date)>,
    /// A procedure in this range of codes.
    pub procedures: Option<(Box<str>, Box<str>)>,
    /// Only versions that replaced another, or were replaced.
    pub only_adjusted: bool,
    /// Only claims of these payees (NPI); all when none.
    pub payees: Option<Vec<Box<str>>>,
    /// Only claims of this form.
    pub form: Option<ClaimForm>,
    /// Charged exactly.
    pub charge: Option<Decimal>,
    /// The order.
    pub order: ClaimOrder,
    /// How many to pass over.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

redacted!(ClaimQuery { order, offset, limit });

/// What a search found.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimPage {
    /// How many there are in all.
    pub total: u64,
    /// Those asked for, without their text.
    pub claims: Vec<ClaimVersion>,
}

redacted!(ClaimPage { total });
