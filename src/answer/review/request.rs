//! Requests for review: a new one, one that follows another, or the withdrawal of one.

use super::clock::Reviewed;
use super::compose::{World, refuse_event, refuse_patient, repeat, rule_event};
use super::judge::{self, Ruling};
use super::lookups::{FoundSet, asked_days, servicing};
use super::places::Place;
use super::{Facts, ReviewAnswer, text};
use crate::answer::rejections::{Reason, Reasons};
use crate::config::reviews::Duplicates;
use crate::segments::Rejection;
use crate::store::{
    MemberFile, ReviewChange, ReviewEntry, ReviewKind, ReviewProvider, ReviewRecord, ReviewService,
    ReviewState,
};
use crate::txn::review::{Event, Party, Purpose, Review};
use crate::wire::Code;

/// NM101 of those whose location matters: the servicing provider and the facility.
const SERVICING: [&str; 2] = ["SJ", "FA"];

/// Answers a request whose patient is known.
pub(super) fn answer(
    world: &World<'_>,
    found: &FoundSet,
    number: Option<u32>,
    mut answer: Review,
) -> ReviewAnswer {
    let (Some(patient), Some(event)) = (&found.patient, answer.events.first().cloned()) else {
        return ReviewAnswer::only(answer);
    };
    let before = world.before.iter().find(|review| review.request_key == found.request_key);
    if let Some(same) = before.or(found.same_request.as_ref()) {
        let ruling = judge::standing(world.now(same));
        rule(&mut answer, &ruling);
        return ReviewAnswer::only(answer);
    }
    let requester = answer.requester.name.id.clone();
    let number = number.unwrap_or_default();
    let asked = Asked { world, found, patient, event, requester, number };
    match asked.event.um.certification.as_str() {
        "3" => asked.cancel(answer),
        "4" | "S" | "1" | "2" | "N" => match asked.base() {
            Ok(base) => asked.follow(answer, base),
            Err(reason) => asked.refused(answer, reason),
        },
        _ => asked.new_review(answer),
    }
}

/// Puts a ruling into an answer.
fn rule(answer: &mut Review, ruling: &Ruling) {
    for event in &mut answer.events {
        repeat(event);
        rule_event(event, ruling);
    }
    if &*ruling.action == "A4" && answer.header.kind != "RU" {
        answer.header.kind = Code::new("19");
    }
}

/// A request and what was found for it.
struct Asked<'a> {
    world: &'a World<'a>,
    found: &'a FoundSet,
    patient: &'a MemberFile,
    /// The event as it was sent.
    event: Event,
    /// NPI of the requester.
    requester: Box<str>,
    /// A running number.
    number: u32,
}

impl Asked<'_> {
    fn form(&self, form: &str) -> Box<str> {
        form.replace("{sequence}", &format!("{:08}", self.number)).into()
    }

    fn receipt(&self) -> Box<str> {
        self.form(&self.world.context.policy.reviews.receipt)
    }

    fn refused(&self, mut answer: Review, reason: Reason) -> ReviewAnswer {
        refuse_event(&mut answer, &Reasons::from(reason).rejections());
        ReviewAnswer::only(answer)
    }

    fn refused_with(
        &self,
        mut answer: Review,
        why: &[Rejection],
        facts: Option<Facts>,
    ) -> ReviewAnswer {
        refuse_event(&mut answer, why);
        ReviewAnswer { facts, ..ReviewAnswer::only(answer) }
    }

    /// The review that the number in the request leads to, as it stands now.
    fn base(&self) -> Result<&ReviewRecord, Reason> {
        let number = |qualifier| self.event.reference(qualifier).map(str::trim);
        let sent: Vec<&str> =
            ["BB", "NT"].into_iter().filter_map(number).filter(|n| !n.is_empty()).collect();
        if sent.is_empty() {
            return Err(Reason::NumberMissing);
        }
        let owner = super::lookups::owner(self.patient);
        let of_run = self.world.before.iter().rev().find(|review| {
            let named = |n: &&str| **n == *review.receipt || review.number.as_deref() == Some(*n);
            sent.iter().any(named) && review.owner() == owner
        });
        if let Some(review) = of_run {
            return Ok(review);
        }
        match self.found.numbered.iter().find(|review| review.owner() == owner) {
            Some(review) => Ok(self.world.now(review)),
            None if self.found.numbered.is_empty() => Err(Reason::NumberUnknown),
            None => Err(of_other(&self.world.context.policy.reviews.other_patient)),
        }
    }

    /// A review is withdrawn, with all its services.
    fn cancel(&self, mut answer: Review) -> ReviewAnswer {
        let base = match self.base() {
            Ok(base) => base,
            Err(reason) => return self.refused(answer, reason),
        };
        let may = base.state.may_become(ReviewState::Cancelled);
        if !may && base.state != ReviewState::Cancelled {
            return self.refused(answer, Reason::ReviewNotDone);
        }
        let ruling = Ruling {
            action: "C".into(),
            number: base.number.clone(),
            receipt: base.receipt.clone(),
            ..Ruling::default()
        };
        rule(&mut answer, &ruling);
        let mut rows = Vec::new();
        if may {
            let text = text::write(&answer, Purpose::Request);
            let change = ReviewChange::cancellation(&base.receipt, "requester");
            rows.push(ReviewEntry::Change(Box::new(ReviewChange { text, ..change })));
        }
        ReviewAnswer { rows, ..ReviewAnswer::only(answer) }
    }

    /// Refuses the servicing providers who have several locations and say none of them, at their own level; true when it did.
    fn is_unplaced(&self, answer: &mut Review) -> bool {
        let setting = self.world.context.policy.reviews.locations;
        let is_unsettled = |party: &Party| {
            SERVICING.iter().any(|role| party.name.entity == *role)
                && self
                    .world
                    .found
                    .providers
                    .get(&*party.name.id)
                    .is_some_and(|provider| Place::of(party).is_unsettled(provider, setting))
        };
        if !servicing(&self.event).any(is_unsettled) {
            return false;
        }
        refuse_event(answer, &Reasons::from(Reason::Incomplete).rejections());
        for party in answer.events.iter_mut().flat_map(|event| &mut event.providers) {
            if is_unsettled(party) {
                party.rejections = Reasons::from(Reason::Location).rejections();
            }
        }
        true
    }

    fn new_review(&self, mut answer: Review) -> ReviewAnswer {
        let days = match judge::check_event(&self.event, self.patient, self.world.context) {
            Ok(days) => days,
            Err(reasons) => return self.refused_with(answer, &reasons.rejections(), None),
        };
        if self.is_unplaced(&mut answer) {
            return ReviewAnswer::only(answer);
        }
        if judge::plan_on(self.patient, days.0).is_none() {
            refuse_patient(&mut answer, Reason::NotEligible);
            return ReviewAnswer::only(answer);
        }
        let service_key = self.found.service_key;
        let of_run = self.world.before.iter().find(|review| {
            let stands = review.state == ReviewState::Pended || review.state.is_certified();
            service_key != 0
                && review.service_key == service_key
                && stands
                && review.overlaps(days.0, days.1)
        });
        let stored = judge::duplicate(self.found, days).map(|review| self.world.now(review));
        let stored = stored.filter(|review| review.state != ReviewState::Cancelled);
        if let Some(existing) = of_run.or(stored) {
            let ruling = match self.world.context.policy.reviews.duplicates {
                Duplicates::Refuse => refused_as_duplicate(existing),
                Duplicates::Existing | Duplicates::Allow => judge::standing(existing),
            };
            rule(&mut answer, &ruling);
            return ReviewAnswer::only(answer);
        }
        self.judged(answer, days, None)
    }

    /// An extension, a change or an appeal.
    fn follow(&self, mut answer: Review, base: &ReviewRecord) -> ReviewAnswer {
        let is_appeal = matches!(self.event.um.certification.as_str(), "1" | "2" | "N");
        let may_follow = match base.state {
            ReviewState::Pended => !is_appeal,
            ReviewState::Approved | ReviewState::Partial | ReviewState::Modified => true,
            ReviewState::Denied => is_appeal,
            ReviewState::Cancelled | ReviewState::Noted => false,
        };
        if !may_follow {
            return self.refused(answer, Reason::ReviewNotDone);
        }
        if let Some(codes) = self.withdrawn() {
            return self.withdraw(answer, base, &codes);
        }
        let mut days = match judge::check_event(&self.event, self.patient, self.world.context) {
            Ok(days) => days,
            Err(reasons) => return self.refused_with(answer, &reasons.rejections(), None),
        };
        if self.is_unplaced(&mut answer) {
            return ReviewAnswer::only(answer);
        }
        if asked_days(&self.event).is_none() {
            // A change names only what changes.
            days = (base.from, base.to);
        }
        if judge::plan_on(self.patient, days.0).is_none() {
            refuse_patient(&mut answer, Reason::NotEligible);
            return ReviewAnswer::only(answer);
        }
        self.judged(answer, days, Some(base))
    }

    /// The codes of the services that a change withdraws, where it does nothing else.
    fn withdrawn(&self) -> Option<Vec<Box<str>>> {
        let services = &self.event.services;
        let all = services.iter().all(|service| service.um.certification == "3");
        let is_change = self.event.um.certification == "S" && !services.is_empty();
        (is_change && all).then(|| services.iter().map(judge::service_code).collect())
    }

    /// Some services are withdrawn, and the others stay as they are; with the last of them the review is cancelled.
    fn withdraw(
        &self,
        mut answer: Review,
        base: &ReviewRecord,
        codes: &[Box<str>],
    ) -> ReviewAnswer {
        let stands = |code: &str| {
            base.services.iter().any(|service| *service.code == *code && &*service.action != "C")
        };
        let Some(mut kept) = text::read(&base.text, Purpose::Request) else {
            return self.refused(answer, Reason::ReviewNotDone);
        };
        if !codes.iter().all(|code| stands(code)) {
            return self.refused(answer, Reason::ReviewNotDone);
        }
        let cancelled = |code: &str| ReviewService {
            code: code.into(),
            action: "C".into(),
            reasons: Vec::new(),
        };
        let services = base.services.iter().map(|service| match codes.contains(&service.code) {
            true => cancelled(&service.code),
            false => service.clone(),
        });
        let services: Vec<ReviewService> = services.collect();
        if services.iter().all(|service| &*service.action == "C") {
            return self.cancel(answer);
        }
        let standing = Ruling { receipt: self.receipt(), ..judge::standing(base) };
        let said = codes.iter().map(|code| cancelled(code)).collect();
        rule(&mut answer, &Ruling { services: said, ..standing.clone() });
        for event in &mut kept.events {
            rule_event(event, &Ruling { services: services.clone(), ..standing.clone() });
        }
        let clock = self.world.clock();
        let record = ReviewRecord {
            receipt: standing.receipt,
            follows: Some(base.receipt.clone()),
            successor: None,
            certification: "S".into(),
            services,
            received_micros: clock.micros(self.world.context.now),
            traces: self.event.traces.iter().map(|trace| trace.number.clone()).collect(),
            reference: answer.header.reference.clone(),
            request_key: self.found.request_key,
            partner: self.world.context.policy.partner.clone(),
            interchange: 0,
            text: text::write(&kept, Purpose::Request),
            ..base.clone()
        };
        let mut rows = vec![ReviewEntry::from(record.clone())];
        rows.extend(supersede(base, &record));
        ReviewAnswer { rows, ..ReviewAnswer::only(answer) }
    }

    /// What the rules decide.
    fn judged(
        &self,
        mut answer: Review,
        days: (time::Date, time::Date),
        base: Option<&ReviewRecord>,
    ) -> ReviewAnswer {
        let World { shared, found, context, .. } = self.world;
        let world = (*shared, *found);
        let (judged, facts) =
            judge::rule(&self.event, &answer.requester, self.patient, days, world, context.today());
        let mut ruling = match judged {
            Ok(ruling) => ruling,
            Err(why) => return self.refused_with(answer, &why, Some(facts)),
        };
        let facts_of_answer = Some(facts);
        let Some(state) = ruling.state else {
            rule(&mut answer, &ruling);
            return ReviewAnswer { facts: facts_of_answer, ..ReviewAnswer::only(answer) };
        };
        ruling.receipt = self.receipt();
        if state.is_certified() {
            let kept = base.and_then(|base| base.number.clone());
            ruling.number = Some(kept.unwrap_or_else(|| self.form(&context.policy.reviews.number)));
        } else {
            // What it follows still stands.
            ruling.existing = base.and_then(|base| base.number.clone());
        }
        let announced = self.announced();
        if !announced.is_empty() {
            // What is announced will come without being asked for.
            ruling.documents.clear();
        }
        let lacks = self.lacks(&announced, &ruling);
        let announced = announced.into_iter();
        let wanted = (!ruling.documents.is_empty()).then(|| ruling.receipt.clone());
        let documents = announced.chain(wanted).filter(|number| !number.is_empty()).collect();
        rule(&mut answer, &ruling);
        let record = ReviewRecord {
            documents,
            text: text::write(&answer, Purpose::Request),
            ..self.record(&answer, &ruling, (state, lacks), days, base)
        };
        let superseded = base.and_then(|base| supersede(base, &record));
        let mut rows = vec![ReviewEntry::from(record)];
        rows.extend(superseded);
        ReviewAnswer { rows, facts: facts_of_answer, ..ReviewAnswer::only(answer) }
    }

    /// Control numbers of the documents that the request announces.
    fn announced(&self) -> Vec<Box<str>> {
        let numbers = self.event.attachments.iter().map(|notice| notice.number.clone());
        numbers.filter(|number| !number.is_empty()).collect()
    }

    /// Whether documents are still to come: those that are asked for, or those that are announced and not there.
    fn lacks(&self, announced: &[Box<str>], ruling: &Ruling) -> bool {
        let senders = std::iter::once(&*self.requester)
            .chain(servicing(&self.event).map(|party| &*party.name.id));
        let senders: Vec<&str> = senders.collect();
        let is_there = |number: &str| {
            self.found.documents.iter().any(|document| {
                *document.control == *number && senders.contains(&&*document.provider)
            })
        };
        !ruling.documents.is_empty() || !announced.iter().all(|number| is_there(number))
    }

    fn record(
        &self,
        answer: &Review,
        ruling: &Ruling,
        (state, lacks): (ReviewState, bool),
        days: (time::Date, time::Date),
        base: Option<&ReviewRecord>,
    ) -> ReviewRecord {
        let context = self.world.context;
        let um = &self.event.um;
        let plan = judge::plan_on(self.patient, days.0).unwrap_or("");
        let product = self.world.shared.plans.get(plan).map_or("", |plan| &*plan.product);
        let clock = self.world.clock();
        let reviewed = Reviewed::new(product, um.urgency.as_str());
        let due = clock.due(reviewed, lacks, context.now);
        let closes = clock.closes(context.now).filter(|_| lacks);
        let now = clock.micros(context.now);
        let waits = state == ReviewState::Pended;
        let (from, to) = ruling.days.unwrap_or(days);
        let asked = judge::asked(self.event.delivery.as_ref());
        ReviewRecord {
            receipt: ruling.receipt.clone(),
            number: ruling.number.clone(),
            first: base.map_or_else(|| ruling.receipt.clone(), |base| base.first.clone()),
            follows: base.map(|base| base.receipt.clone()),
            successor: None,
            kind: ReviewKind::of(um.request.as_str()).unwrap_or(ReviewKind::Service),
            certification: um.certification.as_str().into(),
            service_type: um.service_type.as_str().into(),
            place: um.facility.as_str().into(),
            level: um.urgency.as_str().into(),
            subscriber: self.patient.member.subscriber.clone(),
            suffix: self.patient.member.suffix.clone(),
            last: self.patient.member.last.clone(),
            first_name: self.patient.member.first.clone(),
            plan: plan.into(),
            requester: provider(&answer.requester),
            providers: servicing(&self.event).map(provider).collect(),
            from,
            to,
            asked,
            granted: ruling.granted.clone(),
            services: ruling.services.clone(),
            state,
            action: ruling.action.clone(),
            reasons: ruling.reasons.clone(),
            message: ruling.message.clone(),
            rule: ruling.rule.clone(),
            received_micros: now,
            decided_micros: (!waits).then_some(now),
            due_micros: due.filter(|_| waits),
            closes_micros: closes.filter(|_| waits),
            extended: false,
            traces: self.event.traces.iter().map(|trace| trace.number.clone()).collect(),
            reference: answer.header.reference.clone(),
            request_key: self.found.request_key,
            // What follows a review is about the same service.
            service_key: base.map_or(self.found.service_key, |base| base.service_key),
            documents: Vec::new(),
            partner: context.policy.partner.clone(),
            interchange: 0,
            text: Box::default(),
        }
    }
}

/// What waited is asked for in another way now.
fn supersede(base: &ReviewRecord, by: &ReviewRecord) -> Option<ReviewEntry> {
    let change = ReviewChange::cancellation(&base.receipt, "revised");
    let successor = Some(by.receipt.clone());
    let change = ReviewEntry::Change(Box::new(ReviewChange { successor, ..change }));
    (base.state == ReviewState::Pended).then_some(change)
}

/// A request for what stands already, refused.
fn refused_as_duplicate(existing: &ReviewRecord) -> Ruling {
    Ruling {
        action: "A3".into(),
        reasons: vec!["0Q".into()],
        receipt: if existing.number.is_none() { existing.receipt.clone() } else { Box::default() },
        existing: existing.number.clone(),
        ..Ruling::default()
    }
}

/// Why a number of another patient is refused.
pub(super) fn of_other(setting: &str) -> Reason {
    if setting == "CI" { Reason::NumberOfOther } else { Reason::NumberUnknown }
}

pub(super) fn provider(party: &Party) -> ReviewProvider {
    ReviewProvider {
        role: party.name.entity.as_str().into(),
        id: party.name.id.clone(),
        last: party.name.last.clone(),
        first: party.name.first.clone(),
    }
}
