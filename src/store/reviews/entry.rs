//! What adds to the review ledger, or changes how a review stands.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Quantity, ReviewRecord, ReviewService, ReviewState};
use crate::phi::redacted;
use crate::store::claims::json;

/// A decision on a review that waits, or its cancellation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewChange {
    /// The review.
    pub receipt: Box<str>,
    /// How it stands from now on. What its present state does not allow does not happen.
    pub state: ReviewState,
    /// The authorization number that it gets; only with a state that certifies.
    pub number: Option<Box<str>>,
    /// HCR01.
    pub action: Box<str>,
    /// HCR03.
    pub reasons: Vec<Box<str>>,
    /// What is certified; as it was where there is none.
    pub granted: Option<Quantity>,
    /// First and last day; as they were where there are none.
    #[serde(with = "json::maybe_days")]
    pub days: Option<(Date, Date)>,
    /// The decisions on its services; as they were where there are none.
    pub services: Vec<ReviewService>,
    /// A few words that go with it.
    pub message: Box<str>,
    /// The rule that decided; `operator` for a person, `requester` for a cancellation.
    pub rule: Box<str>,
    /// The receipt of the review that stands in its place from now on.
    pub successor: Option<Box<str>>,
    /// The answer that says so, as [`ReviewRecord::text`].
    pub text: Box<str>,
    /// Whether the requester is still to be told; else the change is the answer to them, or was written for them already.
    pub tell: bool,
}

redacted!(ReviewChange { state });

/// When a review that waits has to be decided from now on, and until when it waits for what was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClockChange {
    /// The review.
    pub receipt: Box<str>,
    /// What happened: `documents` came, or the time was `extended`.
    pub kind: Box<str>,
    /// When it has to be decided; none while no clock runs.
    pub due_micros: Option<i64>,
    /// When it is closed if what was asked for has not come; none where nothing is waited for.
    pub closes_micros: Option<i64>,
    /// A few words for people; never about the patient.
    pub detail: Box<str>,
}

impl ReviewChange {
    /// A cancellation by `whom`.
    pub fn cancellation(receipt: &str, whom: &str) -> ReviewChange {
        ReviewChange {
            receipt: receipt.into(),
            state: ReviewState::Cancelled,
            number: None,
            action: "C".into(),
            reasons: Vec::new(),
            granted: None,
            days: None,
            services: Vec::new(),
            message: Box::default(),
            rule: whom.into(),
            successor: None,
            text: Box::default(),
            tell: false,
        }
    }

    /// Makes the change, which the state of the review must allow.
    pub fn make(&self, review: &mut ReviewRecord, at_micros: i64) {
        review.state = self.state;
        if self.state.is_certified() {
            review.number.clone_from(&self.number);
        }
        review.action.clone_from(&self.action);
        review.reasons.clone_from(&self.reasons);
        if self.granted.is_some() {
            review.granted.clone_from(&self.granted);
        }
        (review.from, review.to) = self.days.unwrap_or((review.from, review.to));
        if !self.services.is_empty() {
            review.services.clone_from(&self.services);
        }
        review.message.clone_from(&self.message);
        review.rule.clone_from(&self.rule);
        review.decided_micros = Some(at_micros);
        review.due_micros = None;
        review.closes_micros = None;
        if !self.text.is_empty() {
            review.text.clone_from(&self.text);
        }
    }
}

/// What a provider attested on a screen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attestation {
    /// What it is about: the receipt of a review, or the NPI of a provider.
    pub subject: Box<str>,
    /// The form: `behavioral_health`, `primary_care`...
    pub form: Box<str>,
    /// Which version of its text was shown.
    pub version: Box<str>,
    /// Who attested: the user of the portal.
    pub user: Box<str>,
    /// When, microseconds since 1970 UTC.
    pub at_micros: i64,
}

/// Something to enter. Entries of one interchange, or of one call, become visible together and in their order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ReviewEntry {
    /// A new review. When it stands in the place of another ([`ReviewRecord::follows`]), the store makes it that one's
    /// successor: at once when it is certified, and when it comes to be so otherwise.
    Review(Box<Texted>),
    /// A decision or a cancellation.
    Change(Box<ReviewChange>),
    /// Another time for a review that waits. For one that does not, nothing changes.
    Clock(ClockChange),
    /// The requester of the review with this receipt has been told how it was decided.
    Told(Box<str>),
    /// An attestation.
    Attestation(Attestation),
}

/// A review with its text, which the JSON of a review leaves out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texted {
    /// The review.
    pub review: ReviewRecord,
    /// Its text.
    pub text: Box<str>,
}

redacted!(Texted {});

impl From<ReviewRecord> for ReviewEntry {
    fn from(mut review: ReviewRecord) -> ReviewEntry {
        let text = std::mem::take(&mut review.text);
        ReviewEntry::Review(Box::new(Texted { review, text }))
    }
}
