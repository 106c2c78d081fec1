//! From 278s and what was found to answers: no store, no clock, the same answer every time.

use super::clock::ReviewClock;
use super::judge::Ruling;
use super::lookups::{Found, FoundSet, ReviewPlan, SetPlan};
use super::{AnswerContext, ReviewAnswer, ReviewShared, inquiry, notice, request};
use crate::answer::payer::{contacts, payer_name};
use crate::answer::rejections::{Reason, Reasons};
use crate::segments::{Contact, Dated, Delivery, Header, Name, Reference, Rejection, Sent, When};
use crate::store::{ReviewEntry, ReviewRecord};
use crate::txn::review::{
    AttachmentNotice, Decision, Event, LOINC, Party, Person, Purpose, Review, ReviewDiagnosis,
};
use crate::wire::Code;

/// Traces of a question that its answer repeats, so that one of our own has room.
const TRACES_MAX: usize = 2;

/// What an answer is made from, besides its question.
pub(super) struct World<'a> {
    pub(super) plan: &'a ReviewPlan,
    pub(super) found: &'a Found,
    pub(super) shared: &'a ReviewShared,
    pub(super) context: &'a AnswerContext,
    /// What the answers before this one in the same run add to the ledger.
    pub(super) before: Vec<ReviewRecord>,
}

/// One answer for each question, in order.
pub(super) fn compose(
    reviews: Vec<Review>,
    plan: &ReviewPlan,
    found: &Found,
    (shared, context): (&ReviewShared, &AnswerContext),
) -> Vec<ReviewAnswer> {
    let mut world = World { plan, found, shared, context, before: Vec::new() };
    let mut answers = Vec::with_capacity(reviews.len());
    for (index, review) in reviews.into_iter().enumerate() {
        let answer = world.answer(index, review);
        for entry in &answer.rows {
            world.note(entry);
        }
        answers.push(answer);
    }
    answers
}

/// The answer that there can be none now.
pub(super) fn unavailable(
    purpose: Purpose,
    review: Review,
    context: &AnswerContext,
) -> ReviewAnswer {
    let mut answer = frame(purpose, review, context);
    answer.rejections = Reasons::from(Reason::Unavailable).rejections();
    answer.events.clear();
    ReviewAnswer::only(answer)
}

/// The question as the beginning of its answer.
fn frame(purpose: Purpose, review: Review, context: &AnswerContext) -> Review {
    let payer = &context.policy.members.payer;
    let mut answer = review;
    let kind = if answer.header.kind == "RU" { "RU" } else { "18" };
    answer.header = Header {
        purpose: Code::new(if purpose == Purpose::Notification { "53" } else { "11" }),
        reference: answer.header.reference.clone(),
        date: Sent::Value(context.now.date()),
        time: Sent::Value(context.now.time()),
        kind: if purpose == Purpose::Notification { Code::NONE } else { Code::new(kind) },
    };
    let name =
        Name { entity: answer.payer.name.entity, ..payer_name(answer.payer.name.clone(), payer) };
    let contact = contacts(payer).into_iter().find(|contact| !contact.numbers.is_empty());
    answer.payer = Party { contacts: contact.into_iter().collect(), ..Party::named(name) };
    answer.requester.contacts.clear();
    answer.requester.address = None;
    answer
}

impl World<'_> {
    /// What counts the time of reviews of this partner.
    pub(super) fn clock(&self) -> ReviewClock {
        self.shared.clock(&self.context.policy.reviews)
    }

    fn answer(&self, index: usize, review: Review) -> ReviewAnswer {
        let set = &self.plan.sets[index];
        if set.is_answer {
            return ReviewAnswer { review: None, rows: Vec::new(), facts: None };
        }
        let purpose = self.plan.purpose;
        let found = &self.found.sets[index];
        let mut answer = frame(purpose, review, self.context);
        if refuse(purpose, set, found, &mut answer) {
            if purpose == Purpose::Notification {
                answer.header.purpose = Code::new("44");
            }
            return ReviewAnswer::only(answer);
        }
        let number = self.found.numbers.get(index).copied();
        match purpose {
            Purpose::Request => request::answer(self, found, number, answer),
            Purpose::Inquiry if set.without_patient => {
                ReviewAnswer::only(inquiry::without_patient(self, found, answer))
            }
            Purpose::Inquiry => ReviewAnswer::only(inquiry::answer(self, found, answer)),
            Purpose::Notification => notice::answer(self, found, number, answer),
        }
    }

    /// Keeps in mind what an answer adds, for those that follow in the run.
    fn note(&mut self, entry: &ReviewEntry) {
        match entry {
            ReviewEntry::Review(texted) => {
                let text = texted.text.clone();
                self.before.push(ReviewRecord { text, ..texted.review.clone() });
            }
            ReviewEntry::Change(change) => {
                let at = self.clock().micros(self.context.now);
                let known = self.before.iter_mut().find(|review| review.receipt == change.receipt);
                match known {
                    Some(review) => change.make(review, at),
                    None => {
                        let sets = self.found.sets.iter();
                        let mut stored = sets.flat_map(|set| &set.numbered);
                        if let Some(review) = stored.find(|review| review.receipt == change.receipt)
                        {
                            let mut review = review.clone();
                            change.make(&mut review, at);
                            self.before.push(review);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// How a review stands after the answers before this one.
    pub(super) fn now<'r>(&'r self, review: &'r ReviewRecord) -> &'r ReviewRecord {
        self.before.iter().rev().find(|known| known.receipt == review.receipt).unwrap_or(review)
    }
}

/// Refuses what is at fault above the event, at the level where it is; true when it did.
fn refuse(purpose: Purpose, set: &SetPlan, found: &FoundSet, answer: &mut Review) -> bool {
    let upper_is_payer = purpose != Purpose::Notification;
    if !set.refused.is_empty() {
        answer.rejections = set.refused.rejections();
    } else if upper_is_payer && !set.payer.is_empty() {
        answer.payer.rejections = set.payer.rejections();
        answer.requester = Party::default();
        answer.subscriber = Person::default();
    } else if !found.requester.is_empty() {
        answer.requester.rejections = found.requester.rejections();
        answer.subscriber = Person::default();
        if !upper_is_payer {
            answer.payer = Party::default();
        }
    } else if !set.payer.is_empty() {
        answer.payer.rejections = set.payer.rejections();
        answer.subscriber = Person::default();
    } else if !found.subscriber.is_empty() {
        answer.subscriber.rejections = found.subscriber.rejections();
    } else if !found.dependent.is_empty() {
        answer.events.clear();
        if let Some(dependent) = &mut answer.dependent {
            dependent.rejections = found.dependent.rejections();
        }
        return true;
    } else {
        return false;
    }
    answer.dependent = None;
    answer.events.clear();
    true
}

/// Refuses the patient, who is known, at their level.
pub(super) fn refuse_patient(answer: &mut Review, reason: Reason) {
    let rejections = Reasons::from(reason).rejections();
    match &mut answer.dependent {
        Some(dependent) => dependent.rejections = rejections,
        None => answer.subscriber.rejections = rejections,
    }
    answer.events.clear();
}

/// Refuses the event. Nothing stands below.
pub(super) fn refuse_event(answer: &mut Review, rejections: &[Rejection]) {
    answer.events.truncate(1);
    for event in &mut answer.events {
        repeat(event);
        event.decision = None;
        event.references.clear();
        event.services.clear();
        event.rejections = rejections.to_vec();
    }
}

/// What an answer repeats of an event that was sent, and what it does not.
pub(super) fn repeat(event: &mut Event) {
    event.traces.truncate(TRACES_MAX);
    event.traces.iter_mut().for_each(|trace| trace.kind = Code::new("2"));
    event.conditions.clear();
    event.admission = None;
    event.attachments.clear();
    event.message = Box::default();
    event.organizations.clear();
    event.providers.iter_mut().for_each(|party| party.contacts.clear());
    for service in &mut event.services {
        service.traces.truncate(TRACES_MAX);
        service.traces.iter_mut().for_each(|trace| trace.kind = Code::new("2"));
        service.attachments.clear();
        service.references.clear();
        service.message = Box::default();
        service.providers.iter_mut().for_each(|party| party.contacts.clear());
    }
}

fn reference(qualifier: &str, value: &str) -> Reference {
    let (qualifier, value) = (Code::from(qualifier), value.into());
    Reference { qualifier, value, description: Box::default() }
}

/// An administrative reference number, REF*NT.
pub(super) fn receipt_reference(receipt: &str) -> Reference {
    reference("NT", receipt)
}

fn decision(action: &str, number: &str, reasons: &[Box<str>]) -> Decision {
    let reasons = reasons.iter().map(|reason| Code::from(&**reason)).collect();
    Decision { reasons, ..Decision::new(action, number, "") }
}

/// Puts a ruling into an event.
pub(super) fn rule_event(event: &mut Event, ruling: &Ruling) {
    let number = ruling.number.as_deref().unwrap_or("");
    event.decision = Some(decision(&ruling.action, number, &ruling.reasons));
    event.references.clear();
    if number.is_empty() && !ruling.receipt.is_empty() {
        event.references.push(receipt_reference(&ruling.receipt));
    }
    if let Some(existing) = &ruling.existing {
        event.references.push(reference("BB", existing));
    }
    event.message.clone_from(&ruling.message);
    if let Some((from, to)) = ruling.days {
        let decided = ["AAH", "007", "036", "102"];
        event.dates.retain(|dated| !decided.iter().any(|qualifier| dated.qualifier == *qualifier));
        event
            .dates
            .push(Dated { qualifier: Code::new("AAH"), when: Sent::Value(When::Span(from, to)) });
    }
    if let Some(granted) = &ruling.granted {
        let same = super::judge::asked(event.delivery.as_ref()).as_ref() == Some(granted);
        if !same {
            event.delivery = Some(Delivery {
                unit: Code::from(&*granted.unit),
                quantity: Some(granted.count),
                ..Delivery::default()
            });
        }
    }
    for (service, ruled) in event.services.iter_mut().zip(&ruling.services) {
        let is_certified = matches!(&*ruled.action, "A1" | "A2" | "A6");
        let number = if is_certified { number } else { "" };
        service.decision = Some(decision(&ruled.action, number, &ruled.reasons));
    }
    let loinc = ruling.documents.iter().filter(|wanted| !wanted.loinc.is_empty());
    event.diagnoses.extend(loinc.map(|wanted| ReviewDiagnosis::new(LOINC.as_str(), &wanted.loinc)));
    event.attachments = ruling
        .documents
        .iter()
        .filter(|wanted| !wanted.report.is_empty())
        .map(|wanted| AttachmentNotice {
            report: Code::from(&*wanted.report),
            transmission: Code::from(&*wanted.transmission),
            number: ruling.receipt.clone(),
            description: Box::default(),
        })
        .collect();
    event.contact = ruling.contact.as_ref().map(|(name, telephone)| Party {
        contacts: vec![Contact {
            name: Box::default(),
            numbers: vec![(Code::new("TE"), telephone.clone())],
        }],
        ..Party::named(Name {
            entity: Code::new("X3"),
            kind: Code::new("2"),
            last: name.clone(),
            ..Name::default()
        })
    });
}
