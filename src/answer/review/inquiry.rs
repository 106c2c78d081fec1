//! Inquiries: the reviews of a patient that were asked for by number, or by what else is known of them.

use super::compose::{World, refuse_event, rule_event};
use super::judge;
use super::lookups::FoundSet;
use super::request::of_other;
use super::text;
use crate::answer::rejections::{Reason, Reasons};
use crate::store::{Owner, ReviewKind, ReviewRecord, ReviewState};
use crate::txn::review::{Event, PatientEvents, Purpose, Review};
use crate::wire::Code;

/// Reason of a notification, which was received and is not decided.
const RECEIVED: &str = "18";

/// Answers an inquiry whose patient is known.
pub(super) fn answer(world: &World<'_>, found: &FoundSet, mut answer: Review) -> Review {
    let (Some(patient), Some(asked)) = (&found.patient, answer.events.first().cloned()) else {
        return answer;
    };
    let owner = super::lookups::owner(patient);
    let by_number = is_by_number(&asked);
    let asker = &*answer.requester.name.id;
    let reviews: Vec<&ReviewRecord> = match by_number {
        true => found.numbered.iter().filter(|review| review.owner() == owner).collect(),
        false => found.of_patient.iter().filter(|review| fits(world, review, &asked)).collect(),
    };
    let reviews = reviews.into_iter().filter(|review| review.names(asker));
    let mut events: Vec<Event> = reviews.filter_map(|review| event(world, review)).collect();
    events.truncate(world.context.policy.reviews.events_max);
    if events.is_empty() {
        let reason = match by_number {
            false => Reason::NothingFound,
            true if found.numbered.iter().any(|review| review.owner() != owner) => {
                of_other(&world.context.policy.reviews.other_patient)
            }
            true => Reason::NumberUnknown,
        };
        refuse_event(&mut answer, &Reasons::from(reason).rejections());
        return answer;
    }
    if events.iter().any(waits) {
        answer.header.kind = Code::new("19");
    }
    answer.events = events;
    answer
}

/// Answers an inquiry that names no patient: by number, or by provider and date. Only what names the provider who asks is told,
/// each patient as they were named when the review was asked for.
pub(super) fn without_patient(world: &World<'_>, found: &FoundSet, mut answer: Review) -> Review {
    let Some(asked) = answer.events.pop() else { return answer };
    answer.events.clear();
    let by_number = is_by_number(&asked);
    let asker = answer.requester.name.id.clone();
    let reviews: Vec<&ReviewRecord> = match by_number {
        true => found.numbered.iter().collect(),
        false => found.of_patient.iter().filter(|review| fits(world, review, &asked)).collect(),
    };
    let reviews = reviews.into_iter().filter(|review| review.names(&asker));
    let mut patients: Vec<(Owner, PatientEvents)> = Vec::new();
    for review in reviews.take(world.context.policy.reviews.events_max) {
        let (Some(event), Some(told)) = (event(world, review), told(review)) else { continue };
        match patients.iter_mut().find(|(owner, _)| *owner == review.owner()) {
            Some((_, patient)) => patient.events.push(event),
            None => {
                let Review { subscriber, dependent, .. } = told;
                let patient = PatientEvents { subscriber, dependent, events: vec![event] };
                patients.push((review.owner(), patient));
            }
        }
    }
    let mut patients = patients.into_iter().map(|(_, patient)| patient);
    let Some(first) = patients.next() else {
        let is_dated = super::lookups::asked_days(&asked).is_some();
        let reason = match (by_number, is_dated) {
            (true, _) => Reason::NumberUnknown,
            (false, true) => Reason::NothingFound,
            (false, false) => Reason::ServiceDate,
        };
        let rejections = Reasons::from(reason).rejections();
        answer.events.push(Event { rejections, ..Event::default() });
        return answer;
    };
    answer.subscriber = first.subscriber;
    answer.dependent = first.dependent;
    answer.events = first.events;
    answer.others = patients.collect();
    let others = answer.others.iter().flat_map(|patient| &patient.events);
    if answer.events.iter().chain(others).any(waits) {
        answer.header.kind = Code::new("19");
    }
    answer
}

fn is_by_number(asked: &Event) -> bool {
    ["BB", "NT"].iter().any(|qualifier| asked.reference(qualifier).is_some())
}

fn waits(event: &Event) -> bool {
    event.decision.as_ref().is_some_and(|one| one.action == "A4")
}

/// What was answered to the review.
fn told(review: &ReviewRecord) -> Option<Review> {
    let is_notice = review.kind == ReviewKind::Notification;
    text::read(&review.text, if is_notice { Purpose::Notification } else { Purpose::Request })
}

/// True when nothing that the inquiry says of the event speaks against this review.
fn fits(world: &World<'_>, review: &ReviewRecord, asked: &Event) -> bool {
    let um = &asked.um;
    let kind = um.request.is_empty()
        || review.kind == ReviewKind::Notification
        || ReviewKind::of(um.request.as_str()) == Some(review.kind)
        || (um.request == "SC" && is_imaging(world, review));
    let service_type = um.service_type.is_empty() || um.service_type == &*review.service_type;
    let provider = asked.providers.iter().all(|party| {
        party.name.id.is_empty() || review.providers.iter().any(|one| one.id == party.name.id)
    });
    let mut services = asked.services.iter().map(judge::service_code);
    let service = services
        .all(|code| code.is_empty() || review.services.iter().any(|service| service.code == code));
    kind && service_type && provider && service
}

/// True for an authorization of high-tech imaging, which those who ask about referrals see too.
fn is_imaging(world: &World<'_>, review: &ReviewRecord) -> bool {
    let policy = &world.context.policy.reviews;
    let is_code =
        |code: &str| policy.imaging_procedures.iter().any(|begin| code.starts_with(&**begin));
    let is_type = policy.imaging_service_types.iter().any(|code| **code == *review.service_type);
    review.kind == ReviewKind::Service
        && (is_type || review.services.iter().any(|service| is_code(&service.code)))
}

/// The event of a review as it stands.
fn event(world: &World<'_>, review: &ReviewRecord) -> Option<Event> {
    let is_notice = review.kind == ReviewKind::Notification;
    let mut event = told(review)?.events.into_iter().next()?;
    event.traces.clear();
    event.diagnoses.retain(|diagnosis| diagnosis.qualifier != "LOI");
    for service in &mut event.services {
        service.traces.clear();
        service.wanted.clear();
        service.attachments.clear();
    }
    let mut ruling = judge::standing(review);
    if is_notice && review.state == ReviewState::Noted {
        ruling.action = "NA".into();
        ruling.reasons = vec![RECEIVED.into()];
    }
    rule_event(&mut event, &ruling);
    event.attachments.clear();
    event.contact = None;
    let used = review.number.as_ref().and_then(|number| world.found.used.get(number));
    if let (Some(used), Some(granted)) = (used.filter(|used| **used > 0), &review.granted)
        && let Some(delivery) = &mut event.delivery
        && &*granted.unit == "VS"
    {
        // 29: so many remain.
        let left = granted.count - rust_decimal::Decimal::from(*used);
        let left = rust_decimal::prelude::ToPrimitive::to_u32(&left).unwrap_or(0);
        (delivery.period, delivery.periods) = (Code::new("29"), Some(left));
    }
    Some(event)
}
