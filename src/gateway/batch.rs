//! Works on a batch of sets: checks them, looks up everybody asked about in one go, and writes the answers.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::blocking::work_on;
use super::error::ServiceError;
use super::gateway::Gateway;
use super::reader::{HeldSet, SetBatch, SetEnd, SetPart, set_id};
use super::reference::ReferenceData;
use crate::acknowledge::ReplyKind;
use crate::answer::{AnswerContext, Clash, Questions, SetResponder, SetTable, Treatment, Written};
use crate::check::{GroupHeader, SetChecker, SetPlace, SetReport};
use crate::finding::{Code, Detail};
use crate::partner::{Lane, Partner};
use crate::store::Batch;
use crate::tree::LoopRef;

/// A batch that was worked on.
#[derive(Debug, Default)]
pub(super) struct BatchResult {
    pub(super) sets: Vec<CheckedSet>,
    /// The answers, in wire form and in the partner's separators.
    pub(super) answers: Vec<u8>,
    /// Patients asked about.
    pub(super) patients: u64,
    /// Those of them who were left out.
    pub(super) left_out: u64,
    /// The store could not be reached, and the answers say so.
    pub(super) outage: bool,
    /// Offset in the input after the last of them.
    pub(super) end: u64,
}

/// A set that was checked.
#[derive(Debug)]
pub(super) struct CheckedSet {
    pub(super) report: SetReport,
    /// Its answer: of what kind, and where in [`BatchResult::answers`].
    pub(super) answer: Option<(ReplyKind, Range<usize>)>,
    /// What its answer adds to the store.
    pub(super) rows: Vec<Batch>,
    /// What its answer takes for itself, and what is answered where that is taken.
    pub(super) clashes: Option<(ReplyKind, Vec<Clash>)>,
    pub(super) end: SetEnd,
}

/// What batches are worked on with.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchContext<'a> {
    pub(super) lane: Lane,
    pub(super) reference: &'a ReferenceData,
    /// When the caller stops waiting for the answer.
    pub(super) deadline: Option<Instant>,
    /// Nothing is looked up; the answers say that the store cannot be reached.
    pub(super) outage: bool,
}

/// The questions of one kind in a batch, and the indices of the sets they came in.
struct Asked<'a> {
    responder: &'a dyn SetResponder,
    questions: Box<dyn Questions + 'a>,
    sets: Vec<usize>,
}

impl Gateway {
    /// Checks the sets of a batch and answers those that can be answered.
    pub(super) async fn work(
        &self,
        batch: &SetBatch,
        context: BatchContext<'_>,
    ) -> Result<BatchResult, ServiceError> {
        if batch.opening.is_settled() {
            return Ok(BatchResult { end: batch.end, ..BatchResult::default() });
        }
        let (mut result, asked) = in_lane(context.lane, batch.bytes, || self.check(batch, context));
        for mut asked in asked {
            result.outage |= self.look_up(&mut asked, context).await?;
            in_lane(context.lane, batch.bytes, || {
                asked.questions.answer();
                self.write_answers(batch, asked, context, &mut result)
            })?;
        }
        Ok(result)
    }

    /// Checks every set; keeps what is asked in those that are accepted. What stands in no group rejects the interchange:
    /// it is only checked to be named.
    fn check<'a>(
        &self,
        batch: &SetBatch,
        context: BatchContext<'a>,
    ) -> (BatchResult, Vec<Asked<'a>>) {
        let partner = batch.opening.sender.partner();
        let mut checker = self.checker(context.reference, partner).with_tree();
        let mut result = BatchResult { end: batch.end, ..BatchResult::default() };
        let mut asked = Vec::new();
        for (index, set) in batch.sets.iter().enumerate() {
            let report = self.check_set(&mut checker, batch, set, context);
            if let Some(responder) = self.responder(&report, batch, set, context)
                && let Some(root) = root(&checker, set)
            {
                let patients = self.ask(&mut asked, responder, root, index, (batch, context));
                result.patients += patients;
            }
            let (answer, rows, clashes) = (None, Vec::new(), None);
            result.sets.push(CheckedSet { report, answer, rows, clashes, end: set.end });
        }
        (result, asked)
    }

    /// A checker of this partner's sets.
    pub(super) fn checker<'r>(
        &self,
        reference: &'r ReferenceData,
        partner: &Partner,
    ) -> SetChecker<'r> {
        SetChecker::new(reference.guides_of(partner), &partner.policy)
            .with_limits(self.set_limits())
            .with_claims(SetTable::takes_claims(partner))
            .with_claim_text(SetTable::stores_claims(partner))
    }

    fn check_set(
        &self,
        checker: &mut SetChecker<'_>,
        batch: &SetBatch,
        set: &HeldSet,
        context: BatchContext<'_>,
    ) -> SetReport {
        let group = batch.group.unwrap_or_default();
        let mut begun = false;
        for part in &set.parts {
            self.check_part(checker, &group, set, part, &mut begun);
        }
        let id = match set.parts.first() {
            Some(SetPart::Text(text, _)) => set_id(text, batch.delimiters),
            _ => "",
        };
        let partner = batch.opening.sender.partner();
        let id = (id, group.version.as_str());
        let treatment = context.reference.sets.treatment(id, partner, context.lane);
        self.end_set(checker, set.end, treatment)
    }

    fn check_part(
        &self,
        checker: &mut SetChecker<'_>,
        group: &GroupHeader,
        set: &HeldSet,
        part: &SetPart,
        begun: &mut bool,
    ) {
        match part {
            SetPart::Text(text, offset) if !std::mem::replace(begun, true) => {
                let (delimiters, ordinal) = (set.origin.delimiters, set.origin.ordinal);
                checker.begin(text, SetPlace { group, delimiters, offset: *offset, ordinal });
            }
            part => self.check_more(checker, part),
        }
    }

    /// Goes on with a set that was begun.
    pub(super) fn check_more(&self, checker: &mut SetChecker<'_>, part: &SetPart) {
        match part {
            SetPart::Text(text, offset) => checker.part(text, *offset),
            SetPart::Oversized(tag, offset) => {
                checker.oversized(*tag, *offset, self.frame_limits().of(*tag));
            }
        }
    }

    /// Ends a set, and says what is wrong with it as a whole.
    pub(super) fn end_set(
        &self,
        checker: &mut SetChecker<'_>,
        end: SetEnd,
        treatment: Treatment<'_>,
    ) -> SetReport {
        if end.over_limit {
            let limit = self.config().limits.set_bytes_max as u64;
            checker.note(Code::SetLimit, Detail::Count { found: limit + 1, expected: limit });
        }
        // A set without a guide was found unsupported by the check itself.
        if checker.guide().is_some() && matches!(treatment, Treatment::Refused) {
            checker.note(Code::SetUnsupported, Detail::None);
        }
        checker.end()
    }

    /// What answers the set, when it may be answered.
    fn responder<'a>(
        &self,
        report: &SetReport,
        batch: &SetBatch,
        set: &HeldSet,
        context: BatchContext<'a>,
    ) -> Option<&'a dyn SetResponder> {
        // A set in parts was not walked as one.
        if !report.is_accepted() || batch.group.is_none() || set.parts.len() != 1 {
            return None;
        }
        let partner = batch.opening.sender.partner();
        let group = batch.group.unwrap_or_default();
        let id = (report.header.set.as_str(), group.version.as_str());
        match context.reference.sets.treatment(id, partner, context.lane) {
            Treatment::Answered(responder) => Some(&**responder),
            _ => None,
        }
    }

    /// Reads a question and puts it to those of its kind; gives how many patients it is about.
    fn ask<'a>(
        &self,
        asked: &mut Vec<Asked<'a>>,
        responder: &'a dyn SetResponder,
        root: LoopRef<'_>,
        index: usize,
        (batch, context): (&SetBatch, BatchContext<'a>),
    ) -> u64 {
        let known = asked.iter().position(|asked| asked.responder.reply() == responder.reply());
        let at = known.unwrap_or_else(|| {
            let questions = self.begin_questions(responder, batch, context);
            asked.push(Asked { responder, questions, sets: Vec::new() });
            asked.len() - 1
        });
        asked[at].sets.push(index);
        asked[at].questions.read(root)
    }

    fn begin_questions<'a>(
        &self,
        responder: &'a dyn SetResponder,
        batch: &SetBatch,
        context: BatchContext<'_>,
    ) -> Box<dyn Questions + 'a> {
        let partner = batch.opening.sender.partner();
        let first = batch.sets.first().map_or(0, |set| set.origin.ordinal);
        let context = AnswerContext {
            now: self.now().1,
            lane: context.lane,
            scope: partner.scope_of(responder.set()).clone(),
            policy: Default::default(),
            trace: format!("{}{first:07}", batch.opening.header.control).into(),
            group: batch.group.unwrap_or_default(),
        };
        responder.begin(partner, &context)
    }

    /// Looks up what is asked; true when it cannot be answered. In real time an answer comes in any case: "unable to
    /// respond at the current time" when the store fails or takes too long. A file rather waits until the store is back.
    async fn look_up(
        &self,
        asked: &mut Asked<'_>,
        context: BatchContext<'_>,
    ) -> Result<bool, ServiceError> {
        if context.outage {
            return Ok(true);
        }
        let looking = asked.questions.fetch(self.stores());
        if context.lane == Lane::Batch {
            looking.await?;
            return Ok(false);
        }
        let mut patience = Duration::from_millis(self.config().real_time.answer_timeout_ms);
        if let Some(deadline) = context.deadline {
            patience = patience.min(deadline.saturating_duration_since(Instant::now()));
        }
        match tokio::time::timeout(patience, looking).await {
            Ok(Ok(())) => Ok(false),
            Ok(Err(error)) => {
                ServiceError::Store(error).log("a look-up failed");
                Ok(true)
            }
            Err(_) => {
                tracing::error!("a look-up took too long");
                Ok(true)
            }
        }
    }

    fn write_answers(
        &self,
        batch: &SetBatch,
        asked: Asked<'_>,
        context: BatchContext<'_>,
        result: &mut BatchResult,
    ) -> Result<(), ServiceError> {
        let Asked { responder, mut questions, sets } = asked;
        let mut emitter = batch.opening.envelope.emitter();
        for index in sets {
            let set = &batch.sets[index];
            let control = format!("{:04}", set.origin.in_group);
            let written = match questions.write_next(&control, &mut emitter) {
                Ok(Some(written)) => written,
                Ok(None) => break,
                Err(_) => {
                    tracing::error!(
                        set = set.origin.ordinal,
                        "a reply contains data that cannot be written"
                    );
                    emitter.take();
                    let mut again = self.read_again(responder, batch, set, context);
                    again.answer();
                    match again.write_next(&control, &mut emitter)? {
                        Some(written) => written,
                        None => break,
                    }
                }
            };
            let Written { is_sent, rows, left_out, clashes } = written;
            result.left_out += left_out;
            result.sets[index].rows = rows;
            if !clashes.is_empty() {
                result.sets[index].clashes = Some((responder.reply(), clashes));
            }
            if is_sent {
                let begin = result.answers.len();
                result.answers.append(&mut emitter.take());
                result.sets[index].answer = Some((responder.reply(), begin..result.answers.len()));
            }
        }
        Ok(())
    }

    /// An answer that could not be written (a name in the store holds what X12 cannot carry) must not take the others with
    /// it: the set is read once more, to be answered that it cannot be at the moment.
    fn read_again<'a>(
        &self,
        responder: &'a dyn SetResponder,
        batch: &SetBatch,
        set: &HeldSet,
        context: BatchContext<'_>,
    ) -> Box<dyn Questions + 'a> {
        let mut questions = self.begin_questions(responder, batch, context);
        let partner = batch.opening.sender.partner();
        let mut checker = self.checker(context.reference, partner).with_tree();
        self.check_set(&mut checker, batch, set, context);
        if let Some(root) = root(&checker, set) {
            questions.read(root);
        }
        questions
    }
}

/// Does work on so many bytes. Files are worked on by threads of their own; in real time the sockets must not wait for it.
fn in_lane<T>(lane: Lane, bytes: usize, work: impl FnOnce() -> T) -> T {
    match lane {
        Lane::Batch => work(),
        Lane::RealTime => work_on(bytes, work),
    }
}

/// The loops of the set that was checked last.
fn root<'c>(checker: &'c SetChecker<'_>, set: &'c HeldSet) -> Option<LoopRef<'c>> {
    let [SetPart::Text(text, _)] = &set.parts[..] else { return None };
    Some(checker.tree(text)?.root())
}
