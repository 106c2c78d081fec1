//! One interchange in memory, answered while somebody waits (or a small file that was read whole).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout_at;

use super::bundle::Terms;
use super::clerk::{Clerk, reply_envelope};
use super::closing::Closed;
use super::delivery::{Answered, Caller, Delivery, Origin, Service};
use super::error::ServiceError;
use super::gateway::Gateway;
use super::intake::{BundleLimits, Intake, Opening, Step};
use super::knowledge::Knowledge;
use super::ledger::Filed;
use super::reply::{Replies, Reply};
use super::sheet::Paper;
use super::summary::{InterchangeSummary, ReplySummary};
use crate::partner::Lane;
use crate::txn::envelope::EnvelopeWriter;
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

impl Gateway {
    /// Answers one interchange in memory, and says what became of it. Several in one text are answered one after the other.
    /// When the store fails in real time, the answer is that there can be none at the moment, and nothing is recorded.
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
            (Err(error @ (ServiceError::Store(_) | ServiceError::Emit(_))), Lane::RealTime) => {
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
        let Delivery { body: text, origin } = delivery;
        let Origin { lane, deadline, .. } = *origin;
        let mut clerk = Clerk::new(self, origin, Paper::Memory);
        if outage {
            clerk = clerk.without_store();
        } else {
            self.keep_up().await;
        }
        let knowledge = self.knowledge();
        let (mut replies, mut summaries) = (Replies::default(), Vec::new());
        // Everything about the interchange that is open.
        let mut current: Option<(Arc<Opening>, Arc<EnvelopeWriter>, _)> = None;
        for step in self.steps(text, &origin.caller, &knowledge) {
            match step {
                Step::Garbage { offset, bytes } => {
                    tracing::warn!(offset, bytes, "data outside any interchange");
                }
                Step::Open { isa, fault, opening } => {
                    let permit = permit(&knowledge, &opening, origin).await?;
                    let envelope = Arc::new(reply_envelope(self, &opening));
                    current = Some((opening.clone(), envelope.clone(), permit));
                    clerk.open(&isa, fault, opening, envelope).await?;
                    let limit = self.envelope_limits(lane).interchange_bytes_max;
                    // An interchange that was cut off because it was too long has no end to tell by.
                    if text.len() as u64 > limit {
                        clerk.over_limit(text.len() as u64, limit);
                    }
                }
                Step::Group(gs) => clerk.group(&gs).await?,
                Step::Sets(bundle) => {
                    if let Some((opening, envelope, _)) = &current {
                        let (partner, now) = (opening.sender.partner(), self.now().1);
                        let knowledge = &*knowledge;
                        let terms =
                            Terms { lane, knowledge, now, partner, envelope, deadline, outage };
                        let worked = self.work(&bundle, terms).await?;
                        clerk.sets(worked).await?;
                    }
                }
                Step::GroupEnd(ge) => clerk.group_end(&ge).await?,
                Step::Ta1(ta1) => clerk.ta1(&ta1),
                Step::Stray(stray) => clerk.stray(&stray),
                Step::Close(closing) => {
                    current = None;
                    if let Some(closed) = clerk.close(closing).await? {
                        let summary = self.hand_over(closed, &mut replies)?;
                        summary.log();
                        summaries.push(summary);
                    }
                }
            }
        }
        Ok((replies, summaries))
    }

    fn steps(&self, text: &Bytes, caller: &Caller, knowledge: &Knowledge) -> Vec<Step> {
        let limits = BundleLimits {
            bytes: usize::MAX,
            sets: usize::MAX,
            set_bytes_max: self.config().limits.set_bytes_max,
        };
        let mut intake = Intake::new(&knowledge.partners, caller, limits);
        let mut framer = Framer::new(self.frame_limits());
        let mut rest = text.clone();
        let mut steps = Vec::with_capacity(6);
        while let Framed::Piece(piece) = framer.next(&rest, true) {
            let offset = (text.len() - rest.len() + piece.span.start) as u64;
            let whole = rest.split_to(piece.consumed);
            intake.take(&piece, &whole, offset, &mut steps);
        }
        intake.finish(text.len() as u64, &mut steps);
        steps
    }

    /// Gives replies to the caller.
    fn hand_over(
        &self,
        closed: Closed,
        replies: &mut Replies,
    ) -> Result<InterchangeSummary, ServiceError> {
        let first = replies.replies.len();
        match closed.filed {
            Filed::Fresh(drafts) => {
                for draft in drafts {
                    let body = draft.written.body()?;
                    replies.replies.push(Reply { kind: draft.kind, control: draft.control, body });
                }
            }
            Filed::Replayed(row) => {
                replies.replayed = true;
                for stored in &row.replies {
                    let (kind, body) = self.stored_reply(stored)?;
                    replies.replies.push(Reply { kind, control: stored.control, body });
                }
            }
            Filed::Conflict => {}
        }
        let left = replies.replies[first..].iter().map(|reply| ReplySummary {
            kind: reply.kind,
            control: reply.control,
            bytes: reply.body.len() as u64,
            path: None,
        });
        Ok(closed.entry.summary(left.collect()))
    }
}

/// Waits until fewer of the partner's interchanges are being answered than may be at once.
async fn permit(
    knowledge: &Knowledge,
    opening: &Opening,
    origin: &Origin,
) -> Result<Option<OwnedSemaphorePermit>, ServiceError> {
    let semaphore = match origin.lane {
        Lane::Batch => None,
        Lane::RealTime => knowledge.permits(opening.sender.partner()),
    };
    let Some(semaphore) = semaphore else { return Ok(None) };
    let acquired = semaphore.acquire_owned();
    let permit = match origin.deadline {
        Some(deadline) => {
            timeout_at(deadline.into(), acquired).await.map_err(|_| ServiceError::Busy)?
        }
        None => acquired.await,
    };
    Ok(permit.ok())
}
