//! A review: a referral, an authorization or a notification, as it stands.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::phi::redacted;
use crate::store::claims::json;
use crate::store::{Attachment, Owner, normalise_id};

/// What is reviewed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// A referral to a specialist: UM01 `SC`.
    Referral,
    /// A service: UM01 `HS`.
    Service,
    /// An admission: UM01 `AR`.
    Admission,
    /// A reservation of services: UM01 `IN`.
    Reservation,
    /// A notification, which is never decided.
    Notification,
}

impl ReviewKind {
    /// The kind of a request with this UM01.
    pub fn of(category: &str) -> Option<ReviewKind> {
        Some(match category {
            "SC" => ReviewKind::Referral,
            "HS" => ReviewKind::Service,
            "AR" => ReviewKind::Admission,
            "IN" => ReviewKind::Reservation,
            _ => return None,
        })
    }

    /// Its word in lists and columns.
    pub fn word(self) -> &'static str {
        match self {
            ReviewKind::Referral => "referral",
            ReviewKind::Service => "service",
            ReviewKind::Admission => "admission",
            ReviewKind::Reservation => "reservation",
            ReviewKind::Notification => "notification",
        }
    }
}

/// How a review stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// It waits for a decision.
    Pended,
    /// Certified as asked.
    Approved,
    /// Some services are certified, others are not.
    Partial,
    /// Certified, but not as asked.
    Modified,
    /// Not certified.
    Denied,
    /// Withdrawn by the requester. Nothing follows.
    Cancelled,
    /// A notification was received. There is nothing to decide; it can be withdrawn.
    Noted,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [ReviewState; 7] = [
        ReviewState::Pended,
        ReviewState::Approved,
        ReviewState::Partial,
        ReviewState::Modified,
        ReviewState::Denied,
        ReviewState::Cancelled,
        ReviewState::Noted,
    ];

    /// True when services are certified, so that there is an authorization number.
    pub fn is_certified(self) -> bool {
        matches!(self, ReviewState::Approved | ReviewState::Partial | ReviewState::Modified)
    }

    /// Whether a review in this state may come to stand like that one.
    pub fn may_become(self, next: ReviewState) -> bool {
        match self {
            ReviewState::Pended => {
                next.is_certified() || matches!(next, ReviewState::Denied | ReviewState::Cancelled)
            }
            ReviewState::Approved | ReviewState::Partial | ReviewState::Modified => {
                next == ReviewState::Cancelled
            }
            ReviewState::Noted => next == ReviewState::Cancelled,
            ReviewState::Denied | ReviewState::Cancelled => false,
        }
    }

    /// Its word in lists and columns.
    pub fn word(self) -> &'static str {
        match self {
            ReviewState::Pended => "pended",
            ReviewState::Approved => "approved",
            ReviewState::Partial => "partial",
            ReviewState::Modified => "modified",
            ReviewState::Denied => "denied",
            ReviewState::Cancelled => "cancelled",
            ReviewState::Noted => "noted",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<ReviewState> {
        ReviewState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// So many of a unit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Quantity {
    /// HSD01: `VS` visits, `DY` days, `UN` units...
    pub unit: Box<str>,
    /// How many.
    #[serde(with = "json::decimal")]
    pub count: Decimal,
}

/// A provider in a role of a review. Absent parts are empty.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ReviewProvider {
    /// NM101: `1P`, `SJ`, `FA`...
    pub role: Box<str>,
    /// NPI, or another id.
    pub id: Box<str>,
    /// Last name, or name of an organization.
    pub last: Box<str>,
    /// First name of a person.
    pub first: Box<str>,
}

/// A service of a review, as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReviewService {
    /// The procedure, or else the revenue code.
    pub code: Box<str>,
    /// HCR01 at the service.
    pub action: Box<str>,
    /// HCR03 at the service.
    pub reasons: Vec<Box<str>>,
}

/// A review.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRecord {
    /// The payer's own number of the review: REF*NT. Every review has one.
    pub receipt: Box<str>,
    /// The authorization number: HCR02. Only a certified review has one, and a cancelled one that was certified.
    pub number: Option<Box<str>>,
    /// The receipt of the first review of the chain; its own unless it follows another.
    pub first: Box<str>,
    /// The receipt of the review that this one extends, changes or appeals.
    pub follows: Option<Box<str>>,
    /// The receipt of the review that stands in the place of this one. Set by the store.
    #[serde(skip)]
    pub successor: Option<Box<str>>,
    /// What is reviewed.
    pub kind: ReviewKind,
    /// UM02: `I` initial, `4` extension, `S` revised...
    pub certification: Box<str>,
    /// UM03.
    pub service_type: Box<str>,
    /// UM04-1.
    pub place: Box<str>,
    /// UM06: `U` urgent, `03` emergency, `E` elective.
    pub level: Box<str>,
    /// Number of the family.
    pub subscriber: Box<str>,
    /// Which person of it.
    pub suffix: Box<str>,
    /// Last name of the patient.
    pub last: Box<str>,
    /// First name of the patient.
    pub first_name: Box<str>,
    /// The plan of the patient on the first day.
    pub plan: Box<str>,
    /// Who asks.
    pub requester: ReviewProvider,
    /// Who is to give the services.
    pub providers: Vec<ReviewProvider>,
    /// First day.
    #[serde(with = "json::day")]
    pub from: Date,
    /// Last day.
    #[serde(with = "json::day")]
    pub to: Date,
    /// What was asked for.
    pub asked: Option<Quantity>,
    /// What is certified.
    pub granted: Option<Quantity>,
    /// The services, where they were asked for one by one.
    pub services: Vec<ReviewService>,
    /// How it stands.
    pub state: ReviewState,
    /// HCR01; empty for a notification.
    pub action: Box<str>,
    /// HCR03.
    pub reasons: Vec<Box<str>>,
    /// A few words that go with the decision; never about the patient.
    pub message: Box<str>,
    /// The rule that decided; `operator` for a person.
    pub rule: Box<str>,
    /// When it was received, microseconds since 1970 UTC.
    pub received_micros: i64,
    /// When it was decided.
    pub decided_micros: Option<i64>,
    /// When it has to be decided, where a clock runs.
    pub due_micros: Option<i64>,
    /// When it is closed if what was asked for has not come.
    #[serde(default)]
    pub closes_micros: Option<i64>,
    /// Whether the time to decide it was extended.
    #[serde(default)]
    pub extended: bool,
    /// TRN02 of the request.
    #[serde(default)]
    pub traces: Vec<Box<str>>,
    /// BHT03 of the request.
    pub reference: Box<str>,
    /// A hash of what makes two requests the same one, sent again.
    pub request_key: u64,
    /// A hash of what makes two reviews the same service but for their days: member, provider, service. Of those that stand for
    /// a day in common the store keeps the first, and has the others lead to it; 0 where there may be several.
    pub service_key: u64,
    /// Control numbers of the documents it announces or asks for (PWK06).
    pub documents: Vec<Box<str>>,
    /// Key of the partner who sent it.
    pub partner: Box<str>,
    /// The interchange that brought it; 0 when it came otherwise. Set by the store.
    #[serde(skip)]
    pub interchange: u64,
    /// The answer to it, in standard separators, from ST to SE. Empty where it was not asked for.
    #[serde(skip)]
    pub text: Box<str>,
}

redacted!(ReviewRecord { kind, state });

impl ReviewRecord {
    /// The member.
    pub fn owner(&self) -> Owner {
        Owner { subscriber: self.subscriber.clone(), suffix: self.suffix.clone() }
    }

    /// True while no other review stands in its place.
    pub fn is_latest(&self) -> bool {
        self.successor.is_none()
    }

    /// True when a day of it lies in this range.
    pub fn overlaps(&self, from: Date, to: Date) -> bool {
        self.from <= to && from <= self.to
    }

    /// True when a document may belong to it: one of its providers sent it, and it is about its patient, or says nothing of one.
    pub fn may_have(&self, document: &Attachment) -> bool {
        let member = normalise_id(&document.member_id);
        let is_patients = member.is_empty() || member.contains(&*normalise_id(&self.subscriber));
        is_patients && self.names(&document.provider)
    }

    /// True when this provider asked or is to give services.
    pub fn names(&self, id: &str) -> bool {
        std::iter::once(&self.requester).chain(&self.providers).any(|provider| &*provider.id == id)
    }
}
