//! Notifications: a receipt, and never a decision.

use super::compose::{World, receipt_reference, refuse_event, repeat};
use super::judge;
use super::lookups::{FoundSet, servicing};
use super::request::provider;
use super::{ReviewAnswer, text};
use crate::store::{ReviewChange, ReviewEntry, ReviewKind, ReviewRecord, ReviewState};
use crate::txn::review::{Event, Purpose, Review};
use crate::wire::Code;

/// Answers a notification whose patient is known.
pub(super) fn answer(
    world: &World<'_>,
    found: &FoundSet,
    number: Option<u32>,
    mut answer: Review,
) -> ReviewAnswer {
    let (Some(patient), Some(event)) = (&found.patient, answer.events.first().cloned()) else {
        return ReviewAnswer::only(answer);
    };
    let context = world.context;
    let before = world.before.iter().find(|review| review.request_key == found.request_key);
    if let Some(same) = before.or(found.same_request.as_ref()) {
        let receipt = same.receipt.clone();
        acknowledge(&mut answer, &receipt);
        return ReviewAnswer::only(answer);
    }
    let days = match judge::check_event(&event, patient, context) {
        Ok(days) => days,
        Err(reasons) => {
            refuse_event(&mut answer, &reasons.rejections());
            answer.header.purpose = Code::new("44");
            return ReviewAnswer::only(answer);
        }
    };
    let owner = super::lookups::owner(patient);
    let base = found.numbered.iter().map(|review| world.now(review));
    let base = base
        .filter(|review| review.owner() == owner && review.kind == ReviewKind::Notification)
        .find(|review| review.state == ReviewState::Noted);
    let form = &context.policy.reviews.receipt;
    let receipt: Box<str> =
        form.replace("{sequence}", &format!("{:08}", number.unwrap_or_default())).into();
    acknowledge(&mut answer, &receipt);
    let is_withdrawn = event.um.certification == "3";
    let mut rows = Vec::new();
    if let Some(base) = base.filter(|_| is_withdrawn) {
        let change = ReviewChange::cancellation(&base.receipt, "requester");
        rows.push(ReviewEntry::Change(Box::new(change)));
    }
    let um = &event.um;
    let now = world.clock().micros(context.now);
    let kept = base.filter(|_| !is_withdrawn);
    rows.push(
        ReviewRecord {
            receipt: receipt.clone(),
            number: None,
            first: kept.map_or_else(|| receipt.clone(), |base| base.first.clone()),
            follows: kept.map(|base| base.receipt.clone()),
            successor: None,
            kind: ReviewKind::Notification,
            certification: um.certification.as_str().into(),
            service_type: um.service_type.as_str().into(),
            place: um.facility.as_str().into(),
            level: um.urgency.as_str().into(),
            subscriber: owner.subscriber,
            suffix: owner.suffix,
            last: patient.member.last.clone(),
            first_name: patient.member.first.clone(),
            plan: judge::plan_on(patient, days.0).unwrap_or("").into(),
            requester: provider(&answer.requester),
            providers: servicing(&event).map(provider).collect(),
            from: days.0,
            to: days.1,
            asked: judge::asked(event.delivery.as_ref()),
            granted: None,
            services: Vec::new(),
            state: ReviewState::Noted,
            action: Box::default(),
            reasons: Vec::new(),
            message: Box::default(),
            rule: Box::default(),
            received_micros: now,
            decided_micros: None,
            due_micros: None,
            closes_micros: None,
            extended: false,
            traces: event.traces.iter().map(|trace| trace.number.clone()).collect(),
            reference: answer.header.reference.clone(),
            request_key: found.request_key,
            service_key: 0,
            documents: announced(&event),
            partner: context.policy.partner.clone(),
            interchange: 0,
            text: text::write(&answer, Purpose::Notification),
        }
        .into(),
    );
    ReviewAnswer { rows, ..ReviewAnswer::only(answer) }
}

fn announced(event: &Event) -> Vec<Box<str>> {
    let numbers = event.attachments.iter().map(|notice| notice.number.clone());
    numbers.filter(|number| !number.is_empty()).collect()
}

/// Gives a receipt.
fn acknowledge(answer: &mut Review, receipt: &str) {
    for event in &mut answer.events {
        repeat(event);
        event.decision = None;
        event.delivery = None;
        event.references = vec![receipt_reference(receipt)];
        event.services.clear();
    }
}
