//! Answers services reviews (278): requests, inquiries about them, and notifications.
//!
//! ```text
//! question -> payer, requester (may they ask?) -> patient (who is it?) -> event: rules (request), ledger (inquiry), receipt
//!             (notification) -> answer and what it adds to the review ledger
//! ```
//!
//! Decisions of the reviewing system come back as responses (`decisions`). What is refused with AAA is not stored. A review that waits has a receipt and never an authorization number.

mod book;
mod clock;
mod compose;
mod decisions;
mod final_answer;
mod inquiry;
mod judge;
mod keys;
mod lookups;
mod notice;
mod numbers;
mod places;
mod request;
mod rules;
#[cfg(test)]
mod tests;
mod text;
mod trial;

pub use clock::{ReviewClock, Reviewed};
pub use decisions::DecisionService;
pub use final_answer::{FinalAnswer, Verdict, close, decide, told};
pub use lookups::{Found, ReviewPlan};
pub use rules::{
    Conditions, Facts, NetworkSide, Outcome, QuantityRange, Range, RequesterIs, Rule, Rules, Wanted,
};
pub use trial::{Trial, TrialStep};

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use time::PrimitiveDateTime;

use super::Responder;
use crate::acknowledge::ReplyKind;
use crate::config::reviews::Decisions;
use crate::config::{Config, EligibilityPolicy, LocalTime, ReviewPolicy};
use crate::partner::Partner;
use crate::store::{
    Batch, ClockChange, Plan, ReviewEntry, ReviewRecord, ReviewState, StoreError, Stores,
};
use crate::tree::LoopRef;
use crate::txn::advice::Party;
use crate::txn::review::{Purpose, Review, Side};
use crate::wire::{EmitError, Emitter};
use book::RuleBook;
use numbers::ReviewNumbers;

/// What decides about an answer besides the question and the store.
#[derive(Clone, Debug)]
pub struct ReviewSettings {
    /// How reviews are answered.
    pub reviews: Arc<ReviewPolicy>,
    /// How members are found, and who we are.
    pub members: Arc<EligibilityPolicy>,
    /// Key of the partner who asks.
    pub partner: Box<str>,
    /// Who that is, by name and electronic id.
    pub sender: Party,
}

impl ReviewSettings {
    /// Those of a partner.
    fn of(partner: &Partner) -> Arc<ReviewSettings> {
        let id = partner.isa.first().map_or("", |isa| &isa.id);
        Arc::new(ReviewSettings {
            reviews: partner.reviews.clone(),
            members: partner.eligibility.clone(),
            partner: (*partner.id).into(),
            sender: Party { name: partner.name.clone(), id: id.into() },
        })
    }
}

/// Everything an answer depends on besides the question and the store.
pub type AnswerContext = super::AnswerContext<ReviewSettings>;

/// One of the three questions that a 278 can be.
pub trait ReviewPurpose: fmt::Debug + Send + Sync + 'static {
    /// Which.
    const PURPOSE: Purpose;
    /// The reply that answers it.
    const REPLY: ReplyKind;
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $purpose:ident, $order:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl ReviewPurpose for $name {
            const PURPOSE: Purpose = Purpose::$purpose;
            const REPLY: ReplyKind = ReplyKind {
                order: ReplyKind::FIRST_ANSWER + $order,
                name: "278",
                functional: "HI",
                version: Purpose::$purpose.guide(),
            };
        }
    )+};
}

purposes! {
    /// Services are to be reviewed.
    Requests = Request, 2;
    /// Reviews are asked about.
    Inquiries = Inquiry, 3;
    /// An event is told.
    Notifications = Notification, 4;
}

/// What the services share.
#[derive(Debug)]
pub struct ReviewShared {
    plans: FxHashMap<Box<str>, Plan>,
    local_time: LocalTime,
    /// The payer's settings, for what comes from elsewhere than the partner who asked.
    policy: Arc<ReviewPolicy>,
    book: RuleBook,
    numbers: ReviewNumbers,
}

impl ReviewShared {
    /// For these plans.
    pub fn new(plans: Vec<Plan>, config: &Config) -> Arc<ReviewShared> {
        Arc::new(ReviewShared {
            plans: plans.into_iter().map(|plan| (plan.id.clone(), plan)).collect(),
            local_time: config.identity.local_time(),
            policy: Arc::new(config.reviews.clone()),
            book: RuleBook::default(),
            numbers: ReviewNumbers::default(),
        })
    }

    /// What counts time by these settings.
    fn clock(&self, policy: &Arc<ReviewPolicy>) -> ReviewClock {
        ReviewClock::new(Arc::clone(policy), self.local_time.clone())
    }

    /// What a document that came now does to a review that waits: its clock begins, and it is not closed any more.
    pub(super) fn after_document(
        &self,
        review: &ReviewRecord,
        now: PrimitiveDateTime,
    ) -> Option<ReviewEntry> {
        if review.state != ReviewState::Pended {
            return None;
        }
        let product = self.plans.get(&review.plan).map_or("", |plan| &*plan.product);
        let reviewed = Reviewed::new(product, &review.level);
        let clock = self.clock(&self.policy);
        Some(ReviewEntry::Clock(ClockChange {
            receipt: review.receipt.clone(),
            kind: "documents".into(),
            due_micros: clock.due_after_document(reviewed, review.due_micros, now),
            closes_micros: None,
            detail: Box::default(),
        }))
    }

    /// The rules that are in force.
    pub fn rules(&self, path: &Path) -> Arc<Rules> {
        self.book.rules(path)
    }
}

/// Answers one of the three questions.
#[derive(Clone, Debug)]
pub struct ReviewService<P> {
    shared: Arc<ReviewShared>,
    purpose: PhantomData<P>,
}

impl<P: ReviewPurpose> ReviewService<P> {
    /// A service that shares plans, rules and numbers with others.
    pub fn new(shared: Arc<ReviewShared>) -> ReviewService<P> {
        ReviewService { shared, purpose: PhantomData }
    }
}

/// An answer.
pub struct ReviewAnswer {
    /// The answer; none for a set that is only taken note of.
    pub review: Option<Review>,
    /// What it adds to the review ledger.
    pub rows: Vec<ReviewEntry>,
    /// What the rules went by, where they were asked.
    pub facts: Option<Facts>,
}

crate::phi::redacted!(ReviewAnswer {});

impl ReviewAnswer {
    /// An answer that adds nothing.
    fn only(review: Review) -> ReviewAnswer {
        ReviewAnswer { review: Some(review), rows: Vec::new(), facts: None }
    }
}

impl<P: ReviewPurpose> Responder for ReviewService<P> {
    type Question = Review;
    type Lookup = ReviewPlan;
    type Found = Found;
    type Answer = ReviewAnswer;
    type Policy = ReviewSettings;

    const SET: &'static str = "278";
    const GUIDE: &'static str = P::PURPOSE.guide();
    const REPLY: ReplyKind = P::REPLY;

    fn policy(partner: &Partner) -> Arc<ReviewSettings> {
        ReviewSettings::of(partner)
    }

    fn serves(partner: &Partner) -> bool {
        P::PURPOSE != Purpose::Request || partner.reviews.decisions == Decisions::Note
    }

    fn read(&self, root: LoopRef<'_>) -> Review {
        Review::read(root, P::PURPOSE)
    }

    fn weight(&self, review: &Review) -> u64 {
        u64::from(!review.events.is_empty())
    }

    fn plan(&self, reviews: &[Review], context: &AnswerContext) -> ReviewPlan {
        ReviewPlan::new(P::PURPOSE, reviews, context)
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        plan: &'a ReviewPlan,
    ) -> Result<Found, StoreError> {
        let rules = self.shared.rules(&plan.settings.reviews.rules);
        lookups::fetch(stores, plan, Some(&self.shared.numbers), rules).await
    }

    fn answer(
        &self,
        reviews: Vec<Review>,
        plan: ReviewPlan,
        found: Found,
        context: &AnswerContext,
    ) -> Vec<ReviewAnswer> {
        compose::compose(reviews, &plan, &found, (&self.shared, context))
    }

    fn rows(&self, answer: &mut ReviewAnswer) -> Vec<Batch> {
        match answer.rows.is_empty() {
            true => Vec::new(),
            false => vec![Batch::Reviews(std::mem::take(&mut answer.rows))],
        }
    }

    fn is_sent(&self, answer: &ReviewAnswer) -> bool {
        answer.review.is_some()
    }

    fn unavailable(&self, reviews: Vec<Review>, context: &AnswerContext) -> Vec<ReviewAnswer> {
        reviews
            .into_iter()
            .map(|review| compose::unavailable(P::PURPOSE, review, context))
            .collect()
    }

    fn write(
        &self,
        answer: ReviewAnswer,
        control: &str,
        out: &mut Emitter,
    ) -> Result<(), EmitError> {
        match answer.review {
            Some(review) => review.write(P::PURPOSE, Side::Answer, control, out),
            None => Ok(()),
        }
    }
}
