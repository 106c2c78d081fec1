//! The steps of answering one kind of set: read, look up, answer, write.
//!
//! [`Responder`] is what a transaction implements, with types of its own; [`SetResponder`] is the same with those types erased,
//! so that the pipeline has a table of them and need not know any.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use time::{Date, PrimitiveDateTime};

use crate::acknowledge::ReplyKind;
use crate::check::GroupHeader;
use crate::partner::{Lane, Partner, ProviderScope};
use crate::store::{Batch, BoxFuture, StoreError, Stores};
use crate::tree::LoopRef;
use crate::wire::{EmitError, Emitter};

/// Everything an answer depends on besides the question and the store.
#[derive(Debug)]
pub struct AnswerContext<P> {
    /// The payer's local date and time.
    pub now: PrimitiveDateTime,
    /// How the question arrived.
    pub lane: Lane,
    /// For which providers the partner may inquire.
    pub scope: ProviderScope,
    /// The payer's settings for this partner.
    pub policy: Arc<P>,
    /// The beginning of our own trace numbers, unique to these questions.
    pub trace: Box<str>,
    /// The group the questions came in.
    pub group: GroupHeader,
}

impl<P> Clone for AnswerContext<P> {
    fn clone(&self) -> Self {
        AnswerContext {
            now: self.now,
            lane: self.lane,
            scope: self.scope.clone(),
            policy: self.policy.clone(),
            trace: self.trace.clone(),
            group: self.group,
        }
    }
}

impl<P> AnswerContext<P> {
    /// The payer's date.
    pub fn today(&self) -> Date {
        self.now.date()
    }
}

/// Answers one kind of set. Pure except for [`Responder::fetch`], so that the slow step is done once for many questions.
pub trait Responder: Debug + Send + Sync + Sized + 'static {
    /// The question of one set.
    type Question: Send + Sync;
    /// What to look up for a run of questions.
    type Lookup: Send + Sync;
    /// What was found.
    type Found: Send;
    /// The answer to one question.
    type Answer: Send;
    /// The payer's settings, or those for one partner.
    type Policy: Send + Sync + 'static;

    /// The set that is answered, ST01.
    const SET: &'static str;
    /// The guide of the sets that are answered, ST03; empty where it is any.
    const GUIDE: &'static str = "";
    /// The kind of reply that answers it.
    const REPLY: ReplyKind;

    /// True when later sets of a group build on earlier ones, so that they are answered at once.
    const TOGETHER: bool = false;

    /// Whether sets of this partner are for this responder; of two for the same set the one that takes them is asked.
    fn serves(partner: &Partner) -> bool {
        let _ = partner;
        true
    }

    /// The policy for this partner.
    fn policy(partner: &Partner) -> Arc<Self::Policy>;

    /// Reads the question of an accepted set.
    fn read(&self, root: LoopRef<'_>) -> Self::Question;

    /// How many patients (or claims, or reviews) a question is about.
    fn weight(&self, question: &Self::Question) -> u64;

    /// Says what to look up.
    fn plan(
        &self,
        questions: &[Self::Question],
        context: &AnswerContext<Self::Policy>,
    ) -> Self::Lookup;

    /// Looks it up: the only part that reads the store.
    fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        lookup: &'a Self::Lookup,
    ) -> impl Future<Output = Result<Self::Found, StoreError>> + Send + 'a;

    /// Answers the questions the search plan was made for, one answer each, in order.
    fn answer(
        &self,
        questions: Vec<Self::Question>,
        lookup: Self::Lookup,
        found: Self::Found,
        context: &AnswerContext<Self::Policy>,
    ) -> Vec<Self::Answer>;

    /// The rows that an answer adds to the store: they become visible with the reply, or not at all.
    fn rows(&self, answer: &mut Self::Answer) -> Vec<Batch> {
        let _ = answer;
        Vec::new()
    }

    /// What an answer takes for itself: keys, and the answer that is given instead when an earlier run of the same interchange,
    /// which this one knows nothing of, has taken one of them. The first that applies counts.
    fn takes(&self, answer: &mut Self::Answer) -> Vec<(Vec<u64>, Self::Answer)> {
        let _ = answer;
        Vec::new()
    }

    /// How many of those a question is about were left out, because something is wrong with each.
    fn left_out(&self, answer: &Self::Answer) -> u64 {
        let _ = answer;
        0
    }

    /// False when this answer is not sent: its set is only acknowledged.
    fn is_sent(&self, answer: &Self::Answer) -> bool {
        let _ = answer;
        true
    }

    /// Answers that there can be no answer now, one answer for each question, in order.
    fn unavailable(
        &self,
        questions: Vec<Self::Question>,
        context: &AnswerContext<Self::Policy>,
    ) -> Vec<Self::Answer>;

    /// Writes an answer as the set with this control number.
    ///
    /// # Errors
    /// The answer contains what X12 cannot carry. It is then answered that there can be no answer now.
    fn write(
        &self,
        answer: Self::Answer,
        control: &str,
        out: &mut Emitter,
    ) -> Result<(), EmitError>;
}

/// A [`Responder`] whose types are erased.
pub trait SetResponder: Debug + Send + Sync {
    /// The set that is answered, ST01.
    fn set(&self) -> &'static str;

    /// The guide of the sets that are answered, ST03; empty where it is any.
    fn guide(&self) -> &'static str;

    /// The kind of reply that answers it.
    fn reply(&self) -> ReplyKind;

    /// Whether sets of this partner are for it.
    fn serves(&self, partner: &Partner) -> bool;

    /// True when later sets of a group build on earlier ones, so that they are answered at once.
    fn is_together(&self) -> bool;

    /// Begins an empty run of questions of one partner.
    fn begin<'r>(
        &'r self,
        partner: &Partner,
        context: &AnswerContext<()>,
    ) -> Box<dyn Questions + 'r>;
}

/// A run of questions of one kind, and then its answers.
pub trait Questions: Send {
    /// Reads the question of an accepted set; returns how many patients it is about.
    fn read(&mut self, root: LoopRef<'_>) -> u64;

    /// Looks up what the questions need.
    fn fetch<'a>(&'a mut self, stores: &'a Stores) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Answers from what was found, or that there can be no answer now when nothing was.
    fn answer(&mut self);

    /// Writes the next answer, in the order of the questions; none when there are no more. `out` is empty before.
    ///
    /// # Errors
    /// The answer contains what X12 cannot carry.
    fn write_next(
        &mut self,
        control: &str,
        out: &mut Emitter,
    ) -> Result<Option<Written>, EmitError>;
}

/// What became of an answer.
#[derive(Debug)]
pub struct Written {
    /// Whether it was written; else its set is only acknowledged.
    pub is_sent: bool,
    /// The rows it adds to the store.
    pub rows: Vec<Batch>,
    /// How many of those the question is about were left out.
    pub left_out: u64,
    /// What it takes for itself. Where that is taken, its rows are dropped.
    pub clashes: Vec<Clash>,
}

/// Keys that an answer takes for itself, and the answer when one of them is taken by an earlier run of the same interchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clash {
    /// Hashes of what is taken.
    pub keys: Vec<u64>,
    /// The set that is sent then.
    pub text: Vec<u8>,
}

impl<R: Responder> SetResponder for R {
    fn set(&self) -> &'static str {
        R::SET
    }

    fn guide(&self) -> &'static str {
        R::GUIDE
    }

    fn reply(&self) -> ReplyKind {
        R::REPLY
    }

    fn serves(&self, partner: &Partner) -> bool {
        R::serves(partner)
    }

    fn is_together(&self) -> bool {
        R::TOGETHER
    }

    fn begin<'r>(
        &'r self,
        partner: &Partner,
        context: &AnswerContext<()>,
    ) -> Box<dyn Questions + 'r> {
        let AnswerContext { now, lane, scope, trace, group, .. } = context.clone();
        let context = AnswerContext { now, lane, scope, policy: R::policy(partner), trace, group };
        let (questions, answers) = (Vec::new(), Vec::new().into_iter());
        Box::new(Run { responder: self, context, questions, found: None, answers })
    }
}

/// Questions with their types.
struct Run<'r, R: Responder> {
    responder: &'r R,
    context: AnswerContext<R::Policy>,
    questions: Vec<R::Question>,
    found: Option<(R::Lookup, R::Found)>,
    answers: std::vec::IntoIter<R::Answer>,
}

impl<R: Responder> Questions for Run<'_, R> {
    fn read(&mut self, root: LoopRef<'_>) -> u64 {
        let question = self.responder.read(root);
        let weight = self.responder.weight(&question);
        self.questions.push(question);
        weight
    }

    fn fetch<'a>(&'a mut self, stores: &'a Stores) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let lookup = self.responder.plan(&self.questions, &self.context);
            let found = self.responder.fetch(stores, &lookup).await?;
            self.found = Some((lookup, found));
            Ok(())
        })
    }

    fn answer(&mut self) {
        let questions = std::mem::take(&mut self.questions);
        let answers = match self.found.take() {
            Some((lookup, found)) => self.responder.answer(questions, lookup, found, &self.context),
            None => self.responder.unavailable(questions, &self.context),
        };
        self.answers = answers.into_iter();
    }

    fn write_next(
        &mut self,
        control: &str,
        out: &mut Emitter,
    ) -> Result<Option<Written>, EmitError> {
        let Some(mut answer) = self.answers.next() else { return Ok(None) };
        let rows = self.responder.rows(&mut answer);
        let left_out = self.responder.left_out(&answer);
        let is_sent = self.responder.is_sent(&answer);
        let mut clashes = Vec::new();
        for (keys, instead) in self.responder.takes(&mut answer) {
            self.responder.write(instead, control, out)?;
            clashes.push(Clash { keys, text: out.take() });
        }
        if is_sent {
            self.responder.write(answer, control, out)?;
        }
        Ok(Some(Written { is_sent, rows, left_out, clashes }))
    }
}
