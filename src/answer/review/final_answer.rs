//! The final answer to a review that waited, once somebody has decided it.

use rust_decimal::Decimal;
use time::{Date, PrimitiveDateTime};

use super::compose::{repeat, rule_event};
use super::judge::Ruling;
use super::text;
use crate::segments::{Header, Sent};
use crate::store::{Quantity, ReviewChange, ReviewRecord, ReviewService, ReviewState};
use crate::txn::review::{Purpose, Review};
use crate::wire::Code;

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
    let (state, action, reason, granted) = match verdict {
        Verdict::Approve => (ReviewState::Approved, "A1", "", review.asked.clone()),
        Verdict::Modify { quantity, reason } => {
            let unit =
                review.asked.as_ref().map_or_else(|| "VS".into(), |asked| asked.unit.clone());
            let granted = Quantity { unit, count: Decimal::from(*quantity) };
            (ReviewState::Modified, "A6", &**reason, Some(granted))
        }
        Verdict::Deny { reason } => (ReviewState::Denied, "A3", &**reason, None),
    };
    if !review.state.may_become(state) || state == ReviewState::Cancelled {
        return None;
    }
    let mut answer = text::read(&review.text, Purpose::Request)?;
    let certified = state.is_certified();
    // What the rules did not certify stays so.
    let is_partial = certified && review.services.iter().any(|service| &*service.action == "A3");
    let (state, action) = if is_partial { (ReviewState::Partial, "A2") } else { (state, action) };
    let reasons: Vec<Box<str>> = (!reason.is_empty()).then(|| reason.into()).into_iter().collect();
    let services = review.services.iter().map(|service| match &*service.action {
        "A3" | "C" | "NA" | "CT" => service.clone(),
        _ => ReviewService {
            code: service.code.clone(),
            action: if certified { "A1".into() } else { action.into() },
            reasons: if certified { Vec::new() } else { reasons.clone() },
        },
    });
    let days = (review.from, until.unwrap_or(review.to).max(review.from));
    let ruling = Ruling {
        state: Some(state),
        action: action.into(),
        reasons: reasons.clone(),
        number: certified.then(|| number.into()),
        receipt: review.receipt.clone(),
        granted: granted.clone(),
        days: certified.then_some(days),
        services: services.collect(),
        message: message.into(),
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
        event.diagnoses.retain(|diagnosis| diagnosis.qualifier != "LOI");
        rule_event(event, &ruling);
    }
    let change = ReviewChange {
        receipt: review.receipt.clone(),
        state,
        number: ruling.number.clone(),
        action: action.into(),
        reasons,
        granted,
        days: ruling.days,
        services: ruling.services,
        message: message.into(),
        rule: "operator".into(),
        successor: None,
        text: text::write(&answer, Purpose::Request),
    };
    Some(FinalAnswer { change, review: answer })
}
