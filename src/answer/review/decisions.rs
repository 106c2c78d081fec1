//! Decisions of the reviewing system: 278 responses of 005010X217 about reviews that wait here, which become their decisions.
//!
//! A set is applied whole or refused whole by an 824. It is matched by our number of the review (REF*NT), else by an authorization
//! number (REF*BB), else by the trace of the request (TRN). The requester is told by a 278 that `x12gate reviews deliver` writes.

use std::sync::Arc;

use rust_decimal::prelude::ToPrimitive;

use super::final_answer::{Decided, settle, state_of};
use super::judge::{asked, service_code};
use super::lookups::is_answer;
use super::numbers::ReviewNumbers;
use super::{AnswerContext, ReviewSettings, ReviewShared};
use crate::acknowledge::ReplyKind;
use crate::answer::Responder;
use crate::answer::remittance::ANSWER_824;
use crate::config::reviews::Decisions;
use crate::partner::Partner;
use crate::phi::redacted;
use crate::segments::Reference;
use crate::store::{
    Batch, ReviewEntry, ReviewKey, ReviewRecord, ReviewService, ReviewState, StoreError, Stores,
    normalise_id,
};
use crate::tree::LoopRef;
use crate::txn::advice::{
    Advice, Answered, Condition, Item, ItemError, Party, Place, Verdict as Verdict824,
};
use crate::txn::review::{Event, Purpose, Review};
use crate::wire::{Code, EmitError, Emitter};

/// Reviews looked at for one trace.
const CANDIDATES_MAX: u32 = 10;

/// Applies decisions.
#[derive(Clone, Debug)]
pub struct DecisionService {
    shared: Arc<ReviewShared>,
}

impl DecisionService {
    /// A service that shares numbers with those that answer.
    pub fn new(shared: Arc<ReviewShared>) -> DecisionService {
        DecisionService { shared }
    }
}

/// What to look up: for each set its keys, in the order in which they are believed.
pub struct DecisionPlan {
    keys: Vec<ReviewKey>,
    /// Of each set: the keys of the review, and that of the number it gives.
    sets: Vec<(Vec<usize>, Option<usize>)>,
}

redacted!(DecisionPlan {});

/// What was found.
#[derive(Default)]
pub struct DecisionFound {
    reviews: Vec<Vec<ReviewRecord>>,
    numbers: Vec<u32>,
}

redacted!(DecisionFound {});

/// What becomes of a decision.
pub struct Applied {
    rows: Vec<ReviewEntry>,
    advice: Option<Advice>,
}

redacted!(Applied {});

/// Why a decision is not applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
enum Refusal {
    #[error("Only decisions (BHT02 11) are taken")]
    NoAnswer,
    #[error("A rejection (AAA) is no decision")]
    Rejected,
    #[error("It must be about one event")]
    Events,
    #[error("No review has this number or trace")]
    Unknown,
    #[error("More than one review has this trace")]
    Ambiguous,
    #[error("The review is of another patient")]
    OtherPatient,
    #[error("The review does not wait for a decision")]
    Decided,
    #[error("HCR01 is no final decision")]
    NotFinal,
    #[error("A review that is not certified has no number")]
    NumberOfDenied,
    #[error("The number is that of another review")]
    NumberTaken,
    #[error("A denial needs its reason (HCR03)")]
    NoReason,
    #[error("A modification says what is certified (HSD, DTP)")]
    NothingGranted,
    #[error("The services are not those of the review")]
    Services,
    #[error("The services contradict the decision on the event")]
    Contradiction,
    #[error("What was answered before cannot be read")]
    Unreadable,
    #[error("It cannot be applied now; send it again later")]
    Unavailable,
}

impl Refusal {
    fn condition(self) -> Condition {
        match self {
            Refusal::Unknown | Refusal::OtherPatient | Refusal::Services => Condition::NotMatching,
            Refusal::Decided | Refusal::NumberTaken | Refusal::Ambiguous => Condition::Duplicate,
            Refusal::NoReason | Refusal::NothingGranted | Refusal::Events => Condition::Missing,
            Refusal::NumberOfDenied | Refusal::Contradiction => Condition::InvalidCombination,
            Refusal::NoAnswer
            | Refusal::Rejected
            | Refusal::NotFinal
            | Refusal::Unreadable
            | Refusal::Unavailable => Condition::Other,
        }
    }
}

impl Responder for DecisionService {
    type Question = Review;
    type Lookup = DecisionPlan;
    type Found = DecisionFound;
    type Answer = Applied;
    type Policy = ReviewSettings;

    const SET: &'static str = "278";
    const GUIDE: &'static str = Purpose::Request.guide();
    const REPLY: ReplyKind = ANSWER_824;
    const TOGETHER: bool = true;

    fn serves(partner: &Partner) -> bool {
        partner.reviews.decisions == Decisions::Load
    }

    fn policy(partner: &Partner) -> Arc<ReviewSettings> {
        ReviewSettings::of(partner)
    }

    fn read(&self, root: LoopRef<'_>) -> Review {
        Review::read(root, Purpose::Request)
    }

    fn weight(&self, review: &Review) -> u64 {
        u64::from(!review.events.is_empty())
    }

    fn plan(&self, reviews: &[Review], _context: &AnswerContext) -> DecisionPlan {
        let mut plan = DecisionPlan { keys: Vec::new(), sets: Vec::with_capacity(reviews.len()) };
        for review in reviews {
            let (keys, number) = review.events.first().map(keys_of).unwrap_or_default();
            let first = plan.keys.len();
            plan.keys.extend(keys);
            let places = (first..plan.keys.len()).collect();
            let number = number.map(|number| {
                plan.keys.push(ReviewKey::Number(number));
                plan.keys.len() - 1
            });
            plan.sets.push((places, number));
        }
        plan
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        plan: &'a DecisionPlan,
    ) -> Result<DecisionFound, StoreError> {
        let numbers: &ReviewNumbers = &self.shared.numbers;
        Ok(DecisionFound {
            reviews: match plan.keys.is_empty() {
                true => Vec::new(),
                false => stores.reviews.find(&plan.keys, CANDIDATES_MAX).await?,
            },
            numbers: numbers.take(&*stores.journal, plan.sets.len() as u32).await?,
        })
    }

    fn answer(
        &self,
        reviews: Vec<Review>,
        plan: DecisionPlan,
        found: DecisionFound,
        context: &AnswerContext,
    ) -> Vec<Applied> {
        let mut applying = Applying { found: &found, context, decided: Vec::new() };
        let mut applied = Vec::with_capacity(reviews.len());
        for (place, (review, keys)) in reviews.iter().zip(&plan.sets).enumerate() {
            applied.push(match applying.apply(review, keys, place) {
                Ok(rows) => Applied { rows, advice: None },
                Err(why) => refused(review, why, place, context),
            });
        }
        applied
    }

    fn rows(&self, applied: &mut Applied) -> Vec<Batch> {
        match applied.rows.is_empty() {
            true => Vec::new(),
            false => vec![Batch::Reviews(std::mem::take(&mut applied.rows))],
        }
    }

    fn left_out(&self, applied: &Applied) -> u64 {
        u64::from(applied.advice.is_some())
    }

    fn is_sent(&self, applied: &Applied) -> bool {
        applied.advice.is_some()
    }

    fn unavailable(&self, reviews: Vec<Review>, context: &AnswerContext) -> Vec<Applied> {
        let refused = |(place, review)| refused(review, Refusal::Unavailable, place, context);
        reviews.iter().enumerate().map(refused).collect()
    }

    fn write(&self, applied: Applied, control: &str, out: &mut Emitter) -> Result<(), EmitError> {
        match applied.advice {
            Some(advice) => advice.write(control, out),
            None => Ok(()),
        }
    }
}

/// The keys of the review that an event decides, the surest first, and the number that it gives.
fn keys_of(event: &Event) -> (Vec<ReviewKey>, Option<Box<str>>) {
    let number = |qualifier| event.reference(qualifier).map(str::trim).filter(|n| !n.is_empty());
    let given = event.decision.as_ref().map(|decision| decision.number.trim());
    let given = given.filter(|number| !number.is_empty()).map(Box::from);
    let named = ["NT", "BB"].into_iter().find_map(number);
    let keys = match named {
        Some(number) => vec![ReviewKey::Number(number.into())],
        None => {
            let traces = event.traces.iter().filter(|trace| trace.kind == "2");
            traces.map(|trace| ReviewKey::Trace(trace.number.clone())).collect()
        }
    };
    (keys, given)
}

/// Applies the decisions of a run in their order.
struct Applying<'a> {
    found: &'a DecisionFound,
    context: &'a AnswerContext,
    /// Receipts of what the run has decided already.
    decided: Vec<Box<str>>,
}

impl<'a> Applying<'a> {
    fn apply(
        &mut self,
        sent: &Review,
        (keys, given): &(Vec<usize>, Option<usize>),
        place: usize,
    ) -> Result<Vec<ReviewEntry>, Refusal> {
        if !is_answer(sent) {
            return Err(Refusal::NoAnswer);
        }
        if sent.has_rejections() {
            return Err(Refusal::Rejected);
        }
        let [event] = &sent.events[..] else { return Err(Refusal::Events) };
        let review = self.review(keys)?;
        let member = normalise_id(&sent.subscriber.name.id);
        if !member.contains(&*normalise_id(&review.subscriber)) {
            return Err(Refusal::OtherPatient);
        }
        let holders = given.and_then(|index| self.found.reviews.get(index));
        let is_taken = holders
            .is_some_and(|holders| holders.iter().any(|holder| holder.first != review.first));
        if is_taken {
            return Err(Refusal::NumberTaken);
        }
        let decided = decision(event, review)?;
        if is_told_already(review, &decided) {
            return Ok(Vec::new());
        }
        if review.state != ReviewState::Pended || self.decided.contains(&review.receipt) {
            return Err(Refusal::Decided);
        }
        let certified = state_of(&decided.action).is_some_and(ReviewState::is_certified);
        let number = decided.number.clone().filter(|_| certified).or_else(|| {
            let sequence = self.found.numbers.get(place).copied().unwrap_or_default();
            let form = &self.context.policy.reviews.number;
            certified.then(|| form.replace("{sequence}", &format!("{sequence:08}")).into())
        });
        let decided =
            Decided { number, rule: self.context.policy.partner.clone(), tell: true, ..decided };
        let answer = settle(review, decided, self.context.now).ok_or(Refusal::Unreadable)?;
        self.decided.push(review.receipt.clone());
        Ok(vec![ReviewEntry::Change(Box::new(answer.change))])
    }

    fn review(&self, keys: &[usize]) -> Result<&'a ReviewRecord, Refusal> {
        let found: &'a DecisionFound = self.found;
        let listed = keys.iter().filter_map(|index| found.reviews.get(*index));
        let Some(candidates) = listed.into_iter().find(|reviews| !reviews.is_empty()) else {
            return Err(Refusal::Unknown);
        };
        let waits = |review: &&ReviewRecord| review.state == ReviewState::Pended;
        let mut waiting = candidates.iter().filter(waits);
        match (waiting.next(), waiting.next(), &candidates[..]) {
            (Some(one), None, _) | (None, None, [one]) => Ok(one),
            (None, ..) => Err(Refusal::Decided),
            _ => Err(Refusal::Ambiguous),
        }
    }
}

/// True when the review stands as this decision says, so that nothing is left to do.
fn is_told_already(review: &ReviewRecord, decided: &Decided) -> bool {
    let same_number = decided.number.is_none() || decided.number == review.number;
    review.state != ReviewState::Pended
        && review.action == decided.action
        && review.reasons == decided.reasons
        && same_number
}

/// What an event decides about a review.
fn decision(event: &Event, review: &ReviewRecord) -> Result<Decided, Refusal> {
    let hcr = event.decision.as_ref().ok_or(Refusal::NotFinal)?;
    let action: Box<str> = hcr.action.as_str().into();
    let state = state_of(&action).ok_or(Refusal::NotFinal)?;
    let number = Some(hcr.number.trim()).filter(|number| !number.is_empty()).map(Box::from);
    if number.is_some() && !state.is_certified() {
        return Err(Refusal::NumberOfDenied);
    }
    let reasons: Vec<Box<str>> = hcr.reasons.iter().map(|reason| reason.as_str().into()).collect();
    if state == ReviewState::Denied && reasons.is_empty() {
        return Err(Refusal::NoReason);
    }
    let days = days(event);
    let said = asked(event.delivery.as_ref()).filter(|said| said.count.to_u32().is_some());
    if state == ReviewState::Modified && said.is_none() && days.is_none() {
        return Err(Refusal::NothingGranted);
    }
    let granted = state.is_certified().then(|| said.or_else(|| review.asked.clone())).flatten();
    let days = state.is_certified().then(|| days.unwrap_or((review.from, review.to)));
    let services = services(event, review, state)?;
    let message = event.message.clone();
    Ok(Decided { action, reasons, number, granted, days, services, message, ..Decided::default() })
}

/// The days that are certified: of the event, or from the effective to the expiration date.
fn days(event: &Event) -> Option<(time::Date, time::Date)> {
    if let Some(when) = event.date("AAH") {
        return Some((when.first(), when.last()));
    }
    let (from, to) = event.date("007").zip(event.date("036"))?;
    (from.first() <= to.last()).then(|| (from.first(), to.last()))
}

/// The decisions on the services, in their order; none where the event alone is decided.
fn services(
    event: &Event,
    review: &ReviewRecord,
    state: ReviewState,
) -> Result<Vec<ReviewService>, Refusal> {
    let is_partial = state == ReviewState::Partial;
    let is_said = event.services.iter().any(|service| service.decision.is_some());
    if !is_said {
        return if is_partial { Err(Refusal::Contradiction) } else { Ok(Vec::new()) };
    }
    let same = event.services.len() == review.services.len()
        && event.services.iter().zip(&review.services).all(|(sent, known)| {
            let code = service_code(sent);
            code.is_empty() || code == known.code
        });
    if !same {
        return Err(Refusal::Services);
    }
    let decided = event.services.iter().zip(&review.services).map(|(sent, known)| {
        let Some(hcr) = &sent.decision else { return Err(Refusal::Services) };
        let action = hcr.action.as_str();
        if !matches!(action, "A1" | "A3" | "A6" | "C" | "NA" | "CT") {
            return Err(Refusal::NotFinal);
        }
        let reasons = hcr.reasons.iter().map(|reason| reason.as_str().into()).collect();
        Ok(ReviewService { code: known.code.clone(), action: action.into(), reasons })
    });
    let decided: Vec<ReviewService> = decided.collect::<Result<_, _>>()?;
    let certified = |service: &ReviewService| matches!(&*service.action, "A1" | "A6");
    let (some, all) = (decided.iter().any(certified), decided.iter().all(certified));
    let agrees = match state {
        ReviewState::Approved | ReviewState::Modified => all,
        ReviewState::Partial => some && !all,
        _ => !some,
    };
    if agrees { Ok(decided) } else { Err(Refusal::Contradiction) }
}

/// The 824 that says why a decision is not applied.
fn refused(review: &Review, why: Refusal, place: usize, context: &AnswerContext) -> Applied {
    let payer = &context.policy.members.payer;
    let answered = Answered::of(&context.group, "278", &review.control);
    let error = ItemError {
        condition: why.condition(),
        words: why.to_string().into(),
        place: Place { segment: "HCR".into(), ..Place::default() },
        ..ItemError::default()
    };
    let event = review.events.first();
    let trace = event.and_then(|event| event.traces.first());
    let references = trace.map(|trace| Reference {
        qualifier: Code::from("2I"),
        value: trace.number.clone(),
        description: Box::default(),
    });
    let item = Item {
        errors: vec![error],
        references: references.into_iter().collect(),
        ..Item::set(Verdict824::Rejected, &review.header.reference, answered)
    };
    let advice = Advice {
        number: format!("{}{:04}", context.trace, place + 1).into(),
        at: context.now,
        answers: review.header.reference.clone(),
        submitter: Party { name: payer.name.as_str().into(), id: payer.id.as_str().into() },
        contact: None,
        receiver: context.policy.sender.clone(),
        items: vec![item],
    };
    Applied { rows: Vec::new(), advice: Some(advice) }
}
