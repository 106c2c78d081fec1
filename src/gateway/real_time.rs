//! One interchange in memory, answered while the caller waits (or a small file that was read whole).

use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;

use super::assembler::{Closed, ReplyAssembler, ReplySink, Steps};
use super::batch::{BatchContext, BatchResult};
use super::blocking::work_on;
use super::content::Content;
use super::delivery::{Answered, Delivery, Origin, Service};
use super::destination::ReplyDestination;
use super::error::ServiceError;
use super::gateway::Gateway;
use super::journal::Recorded;
use super::reader::{BatchLimits, InterchangeReader, SetBatch, Step};
use super::reference::ReferenceData;
use super::reply::{Replies, Reply};
use super::summary::{InterchangeSummary, ReplySummary};
use crate::partner::Lane;
use crate::wire::{Framed, Framer};

/// How long a caller waits before it asks again, when we could not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Service for Gateway {
    async fn answer(&self, delivery: Delivery) -> Answered {
        let bytes = delivery.body.len();
        match self.respond_to(&delivery).await {
            Ok((_, summaries)) if summaries.is_empty() => {
                tracing::warn!(bytes, caller = %delivery.origin.caller, "the data contains no interchange");
                Answered::NotX12
            }
            Ok((replies, _)) => Answered::Replies(replies),
            Err(error) => {
                error.log("an interchange could not be answered");
                Answered::Unavailable { retry_after: RETRY_AFTER }
            }
        }
    }

    fn now(&self) -> OffsetDateTime {
        Gateway::now(self).0
    }
}

/// The steps of an interchange in memory; sets are worked on when it is their turn.
struct InMemory<'g> {
    gateway: &'g Gateway,
    context: BatchContext<'g>,
    bytes: u64,
    steps: std::vec::IntoIter<Step<SetBatch>>,
}

impl Steps for InMemory<'_> {
    async fn next(&mut self) -> Result<Option<Step<BatchResult>>, ServiceError> {
        let Some(step) = self.steps.next() else { return Ok(None) };
        match step.plain() {
            Ok(step) => Ok(Some(step)),
            Err(batch) => Ok(Some(Step::Sets(self.gateway.work(&batch, self.context).await?))),
        }
    }

    fn bytes(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

/// Replies that are given back to the caller.
struct Collected<'g> {
    gateway: &'g Gateway,
    replies: Replies,
    summaries: Vec<InterchangeSummary>,
}

impl ReplySink for Collected<'_> {
    fn garbage(&mut self, _: u64, _: usize) {}

    fn reached(&mut self, _: u64) {}

    fn interchange(&mut self, closed: Closed) -> Result<(), ServiceError> {
        let replies = &mut self.replies;
        let first = replies.replies.len();
        match closed.recorded {
            Recorded::Fresh(finished) => {
                for reply in finished {
                    let (kind, control) = (reply.kind, reply.control);
                    let body = reply.text.into_text()?;
                    replies.replies.push(Reply { kind, control, body });
                }
            }
            Recorded::Replayed(row) => {
                replies.replayed = true;
                for stored in &row.replies {
                    let (kind, body) = self.gateway.stored_reply(stored)?;
                    replies.replies.push(Reply { kind, control: stored.control, body });
                }
            }
            Recorded::Conflict => {}
        }
        let left = replies.replies[first..].iter().map(|reply| ReplySummary {
            kind: reply.kind,
            control: reply.control,
            bytes: reply.body.len() as u64,
            path: None,
        });
        let summary = closed.entry.summary(left.collect());
        summary.log();
        self.summaries.push(summary);
        Ok(())
    }
}

impl Gateway {
    /// Answers one interchange in memory, and says what became of it. Several in one text are answered one after the other.
    /// When the store or the archive fails in real time, the answer is that there can be none at the moment, and nothing is recorded.
    ///
    /// # Errors
    ///
    /// When no answer can be written or recorded: nothing of it was sent, so it may come again.
    pub async fn respond_to(
        &self,
        delivery: &Delivery,
    ) -> Result<(Replies, Vec<InterchangeSummary>), ServiceError> {
        let outcome = self.respond_with(delivery, false).await;
        match (outcome, delivery.origin.lane) {
            (
                Err(
                    error
                    @ (ServiceError::Store(_) | ServiceError::File(_) | ServiceError::Emit(_)),
                ),
                Lane::RealTime,
            ) => {
                error.log("answering without the store, which failed");
                self.respond_with(delivery, true).await
            }
            (outcome, _) => outcome,
        }
    }

    async fn respond_with(
        &self,
        delivery: &Delivery,
        outage: bool,
    ) -> Result<(Replies, Vec<InterchangeSummary>), ServiceError> {
        let Delivery { body, origin } = delivery;
        if !outage {
            self.keep_up().await;
        }
        let reference = self.reference();
        let Origin { lane, deadline, .. } = *origin;
        let mut steps = InMemory {
            gateway: self,
            context: BatchContext { lane, reference: &reference, deadline, outage },
            bytes: body.len() as u64,
            steps: work_on(body.len(), || self.steps(body, origin, &reference)).into_iter(),
        };
        let mut collected =
            Collected { gateway: self, replies: Replies::default(), summaries: Vec::new() };
        ReplyAssembler::new(self, &reference, origin, ReplyDestination::Memory, outage)
            .run(&mut steps, &mut collected)
            .await?;
        Ok((collected.replies, collected.summaries))
    }

    fn steps(
        &self,
        text: &Bytes,
        origin: &Origin,
        reference: &ReferenceData,
    ) -> Vec<Step<SetBatch>> {
        let set_bytes_max = self.config().limits.set_bytes_max;
        let limits = BatchLimits { bytes: usize::MAX, sets: usize::MAX, set_bytes_max };
        let content = match self.config().archive.originals {
            true => Content::kept(self.archive().clone(), usize::MAX),
            false => Content::hashed(),
        };
        let mut reader = InterchangeReader::new(self, reference, origin, limits, content);
        let mut framer = Framer::new(self.frame_limits());
        let mut rest = text.clone();
        let mut steps = Vec::with_capacity(6);
        while let Framed::Piece(piece) = framer.next(&rest, true) {
            let offset = (text.len() - rest.len() + piece.span.start) as u64;
            let whole = rest.split_to(piece.consumed);
            reader.take(&piece, &whole, offset, &mut steps);
        }
        reader.finish(text.len() as u64, &mut steps);
        steps
    }
}
