//! How reviews are found, and what is found.

use time::Date;

use super::{Attestation, ReviewKind, ReviewRecord, ReviewState};
use crate::phi::redacted;
use crate::store::Attachment;
use crate::store::Owner;

/// How to look for reviews.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ReviewKey {
    /// By receipt or authorization number: the review that stands now, whichever of its chain has the number.
    Number(Box<str>),
    /// By [`ReviewRecord::request_key`].
    Request(u64),
    /// By [`ReviewRecord::service_key`]: those that stand, pended and certified.
    Service(u64),
    /// Of a member, with a day in this range: those that stand, the newest first.
    Member {
        /// The member.
        owner: Owner,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// By a trace number (TRN02) of the request: those that stand.
    Trace(Box<str>),
    /// By the control number of a document that is announced or asked for (PWK06): those that stand.
    Document(Box<str>),
    /// Those that wait for what was asked for, and are closed before this instant.
    Closing(i64),
    /// Those whose requester is still to be told how they were decided.
    Untold,
    /// Of a provider who asked or is to give services, with a day in this range: those that stand, the newest first.
    Provider {
        /// NPI.
        id: Box<str>,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
}

redacted!(ReviewKey {});

/// One event in the history of a review.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewEvent {
    /// The receipt of the review.
    pub receipt: Box<str>,
    /// When, microseconds since 1970 UTC.
    pub at_micros: i64,
    /// The partner's key, or `operator`.
    pub who: Box<str>,
    /// The interchange that brought it; 0 for none.
    pub interchange: u64,
    /// `received`, `decided`, `cancelled`, `replaced`, `joined`, `ignored`, `documents`, `extended`, `told`.
    pub kind: Box<str>,
    /// How the review stood afterwards.
    pub state: ReviewState,
    /// A few words for people: rule and reasons. Never about the patient.
    pub detail: Box<str>,
}

/// All that is known of a review.
#[derive(Clone, PartialEq, Eq)]
pub struct ReviewHistory {
    /// Every review of its chain, the first one first.
    pub reviews: Vec<ReviewRecord>,
    /// What happened, in order.
    pub events: Vec<ReviewEvent>,
    /// Attestations about it.
    pub attestations: Vec<Attestation>,
    /// Documents that came for it, whichever came first.
    pub documents: Vec<Attachment>,
    /// How many claims that name its number were received and neither denied nor voided.
    pub used: u64,
}

redacted!(ReviewHistory { used });

/// A search. What is absent restricts nothing.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ReviewQuery {
    /// Words that must all match, each the beginning of a word in any field: numbers, names, ids, codes, states.
    pub words: Vec<Box<str>>,
    /// In any of these states.
    pub states: Vec<ReviewState>,
    /// Of this kind.
    pub kind: Option<ReviewKind>,
    /// Only what waits and has to be decided before this instant, the next first.
    pub due_before_micros: Option<i64>,
    /// Only reviews that this provider asked for or is to give services of.
    pub provider: Option<Box<str>>,
    /// With a day in this range.
    pub period: Option<(Date, Date)>,
    /// How many to pass over.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

redacted!(ReviewQuery { states, offset, limit });

/// What a search found.
#[derive(Clone, PartialEq, Eq)]
pub struct ReviewPage {
    /// How many there are in all.
    pub total: u64,
    /// Those asked for, without their text.
    pub reviews: Vec<ReviewRecord>,
}

redacted!(ReviewPage { total });
