//! The final answer to a review that waited, once somebody has decided it.

use rust_decimal::Decimal;
use time::{Date, PrimitiveDateTime};

use super::compose::{repeat, rule_event};
use super::judge::Ruling;
use super::text;
use crate::segments::{Header, Sent};
use crate::store::{Quantity, ReviewChange, ReviewRecord, ReviewService, ReviewState};
use crate::txn::review::{LOINC, Purpose, Review};
use crate::wire::Code;

/// Reason of a review that is closed because what was asked for did not come.
const NEVER_CAME: &str = "0P";

/// What a reviewer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Certified as asked.
    Approve,
    /// Certified with another quantity.
    Modify {
        /// How many.
        quantity: u32,
        /// HCR03.
        reason: Box<str>,
    },
    /// Not certified.
    Deny {
        /// HCR03.
        reason: Box<str>,
    },
}

/// A decision: how it changes the ledger, and the unsolicited 278 that tells it.
pub struct FinalAnswer {
    /// The change.
    pub change: ReviewChange,
    /// The 278.
    pub review: Review,
}

crate::phi::redacted!(FinalAnswer {});

/// A decision on a review that waits, whoever made it.
#[derive(Clone, Default)]
pub(super) struct Decided {
    /// HCR01 of the event.
    pub(super) action: Box<str>,
    /// HCR03 of the event.
    pub(super) reasons: Vec<Box<str>>,
    /// The authorization number; only with what is certified.
    pub(super) number: Option<Box<str>>,
    /// What is certified.
    pub(super) granted: Option<Quantity>,
    /// First and last day that are certified.
    pub(super) days: Option<(Date, Date)>,
    /// The decisions on the services; none where all of them follow the event.
    pub(super) services: Vec<ReviewService>,
    /// MSG.
    pub(super) message: Box<str>,
    /// Who or what decided.
    pub(super) rule: Box<str>,
    /// Whether the requester is still to be told.
    pub(super) tell: bool,
}

/// The state that a decision leads to; none where it is no decision.
pub(super) fn state_of(action: &str) -> Option<ReviewState> {
    Some(match action {
        "A1" => ReviewState::Approved,
        "A2" => ReviewState::Partial,
        "A6" => ReviewState::Modified,
        "A3" => ReviewState::Denied,
        "C" => ReviewState::Cancelled,
        _ => return None,
    })
}

/// Decides a review that waits. `number` is the authorization number that it gets if it is certified; `until` another last day.
/// None where the review does not wait, or what was answered to it cannot be read.
pub fn decide(
    review: &ReviewRecord,
    verdict: &Verdict,
    number: &str,
    until: Option<Date>,
    message: &str,
    now: PrimitiveDateTime,
) -> Option<FinalAnswer> {
    let (action, reason, granted) = match verdict {
        Verdict::Approve => ("A1", "", review.asked.clone()),
        Verdict::Modify { quantity, reason } => {
            let unit =
                review.asked.as_ref().map_or_else(|| "VS".into(), |asked| asked.unit.clone());
            let granted = Quantity { unit, count: Decimal::from(*quantity) };
            ("A6", &**reason, Some(granted))
        }
        Verdict::Deny { reason } => ("A3", &**reason, None),
    };
    let certified = action != "A3";
    // What the rules did not certify stays so.
    let is_partial = certified && review.services.iter().any(|service| &*service.action == "A3");
    let decided = Decided {
        action: if is_partial { "A2".into() } else { action.into() },
        reasons: (!reason.is_empty()).then(|| reason.into()).into_iter().collect(),
        number: certified.then(|| number.into()),
        granted,
        days: certified.then(|| (review.from, until.unwrap_or(review.to).max(review.from))),
        services: Vec::new(),
        message: message.into(),
        rule: "operator".into(),
        tell: false,
    };
    settle(review, decided, now)
}

/// Closes a review whose documents were asked for and never came; the requester is still to be told. None where it does not wait.
pub fn close(review: &ReviewRecord, now: PrimitiveDateTime) -> Option<FinalAnswer> {
    let decided = Decided {
        action: "A3".into(),
        reasons: vec![NEVER_CAME.into()],
        rule: "close-out".into(),
        tell: true,
        ..Decided::default()
    };
    settle(review, decided, now)
}

/// The final 278 of a review that was decided, as the ledger keeps it. None where it is not decided, or cannot be read.
pub fn told(review: &ReviewRecord) -> Option<Review> {
    let is_decided = !matches!(review.state, ReviewState::Pended | ReviewState::Noted);
    text::read(&review.text, Purpose::Request).filter(|_| is_decided)
}

/// How a decision changes the ledger, and the 278 that tells it.
pub(super) fn settle(
    review: &ReviewRecord,
    decided: Decided,
    now: PrimitiveDateTime,
) -> Option<FinalAnswer> {
    let state = state_of(&decided.action)?;
    if !review.state.may_become(state) || review.state != ReviewState::Pended {
        return None;
    }
    let mut answer = text::read(&review.text, Purpose::Request)?;
    let services = match decided.services.is_empty() {
        false => decided.services,
        true => follow(review, &decided.action, &decided.reasons),
    };
    let ruling = Ruling {
        state: Some(state),
        action: decided.action.clone(),
        reasons: decided.reasons.clone(),
        number: decided.number.clone(),
        receipt: review.receipt.clone(),
        granted: decided.granted.clone(),
        days: decided.days,
        services,
        message: decided.message.clone(),
        ..Ruling::default()
    };
    answer.header = Header {
        purpose: Code::new("11"),
        reference: review.reference.clone(),
        date: Sent::Value(now.date()),
        time: Sent::Value(now.time()),
        kind: Code::new("18"),
    };
    for event in &mut answer.events {
        repeat(event);
        event.diagnoses.retain(|diagnosis| diagnosis.qualifier != LOINC);
        rule_event(event, &ruling);
    }
    let change = ReviewChange {
        receipt: review.receipt.clone(),
        state,
        number: ruling.number,
        action: decided.action,
        reasons: decided.reasons,
        granted: decided.granted,
        days: ruling.days,
        services: ruling.services,
        message: decided.message,
        rule: decided.rule,
        successor: None,
        text: text::write(&answer, Purpose::Request),
        tell: decided.tell,
    };
    Some(FinalAnswer { change, review: answer })
}

/// The services as the decision on the event leaves them: those that were not to be certified stay so.
fn follow(review: &ReviewRecord, action: &str, reasons: &[Box<str>]) -> Vec<ReviewService> {
    let certified = matches!(action, "A1" | "A2" | "A6");
    let decided = |service: &ReviewService| match &*service.action {
        "A3" | "C" | "NA" | "CT" => service.clone(),
        _ => ReviewService {
            code: service.code.clone(),
            action: if certified { "A1".into() } else { action.into() },
            reasons: if certified { Vec::new() } else { reasons.to_vec() },
        },
    };
    review.services.iter().map(decided).collect()
}
