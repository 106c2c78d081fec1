//! The ledger of answered interchanges: what was answered is recorded before it leaves, and what was answered before is
//! given again instead of being worked on twice.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use time::OffsetDateTime;

use super::delivery::Origin;
use super::error::ServiceError;
use super::gateway::Gateway;
use super::hash::hash_of;
use super::intake::Closing;
use super::reply::Kind;
use super::sheet::Written;
use super::summary::{InterchangeSummary, Outcome, ReplySummary};
use super::writer::Drafted;
use crate::check::InterchangeHeader;
use crate::store::{InterchangeKey, InterchangeRow, ReplyRow, StoreError};

/// What an interchange holds and what became of it, counted.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Tally {
    pub(super) groups: u32,
    pub(super) groups_rejected: u32,
    pub(super) sets: u32,
    pub(super) accepted: u32,
    pub(super) patients: u64,
    pub(super) claims: u64,
    pub(super) claims_rejected: u64,
    pub(super) findings: usize,
}

/// An interchange in numbers, before its replies have left.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) origin: Origin,
    pub(super) header: InterchangeHeader,
    pub(super) partner: Arc<str>,
    pub(super) outcome: Outcome,
    pub(super) ta105: Option<&'static str>,
    pub(super) bytes: u64,
    pub(super) tally: Tally,
    pub(super) begun: Instant,
}

impl Entry {
    /// The summary, once it is known what left.
    pub(super) fn summary(self, replies: Vec<ReplySummary>) -> InterchangeSummary {
        let Entry { header, tally, .. } = self;
        InterchangeSummary {
            lane: self.origin.lane,
            caller: self.origin.caller,
            transport: self.origin.transport,
            sender: format!("{}:{}", header.sender_qualifier, header.sender),
            receiver: format!("{}:{}", header.receiver_qualifier, header.receiver),
            control: header.control.to_string(),
            test: header.is_test,
            partner: self.partner.to_string(),
            outcome: self.outcome,
            ta105: self.ta105,
            bytes: self.bytes,
            groups: tally.groups,
            sets: tally.sets,
            accepted: tally.accepted,
            patients: tally.patients,
            claims: tally.claims,
            claims_rejected: tally.claims_rejected,
            findings: tally.findings,
            replies,
            took: self.begun.elapsed(),
        }
    }
}

/// What the ledger says.
#[derive(Debug)]
pub(super) enum Filed {
    /// These replies may leave.
    Fresh(Vec<Drafted>),
    /// The same interchange was answered before: its replies leave again.
    Replayed(InterchangeRow),
    /// Another interchange was answered under this control number.
    Conflict,
}

impl Gateway {
    /// Records an answered interchange. Nothing of it may leave before this returns.
    pub(super) async fn record(
        &self,
        key: InterchangeKey,
        closing: &Closing,
        entry: &Entry,
        received: OffsetDateTime,
        drafts: Vec<Drafted>,
    ) -> Result<Filed, ServiceError> {
        let replies = self.keep(&drafts).await?;
        let controls: Vec<u32> = replies.iter().map(|reply| reply.control).collect();
        let row = InterchangeRow {
            key,
            hash: closing.hash,
            received_micros: (received.unix_timestamp_nanos() / 1000) as i64,
            bytes: closing.bytes,
            sets: entry.tally.sets,
            outcome: entry.outcome.as_str().into(),
            replies,
        };
        let micros = row.received_micros;
        let stored = self.stores().journal.record(vec![row]).await?.pop();
        let stored = stored.ok_or(StoreError::Corrupt { what: "number of interchanges" })?;
        // The row that was there first wins. Our control numbers are ours alone, so they tell the rows apart.
        let is_ours = stored.received_micros == micros
            && stored.replies.iter().map(|reply| reply.control).eq(controls);
        Ok(if is_ours {
            Filed::Fresh(drafts)
        } else if stored.hash == closing.hash {
            Filed::Replayed(stored)
        } else {
            Filed::Conflict
        })
    }

    /// Keeps the replies where they can be found again: small ones in the row, large ones in the archive.
    async fn keep(&self, drafts: &[Drafted]) -> Result<Vec<ReplyRow>, ServiceError> {
        let inline_max = self.config().archive.inline_bytes_max as u64;
        let mut rows = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let hash = draft.written.hash();
            let body = if draft.written.bytes() <= inline_max {
                Some(draft.written.body()?.to_vec())
            } else {
                match &draft.written {
                    Written::Memory(body) => self.archive().keep_bytes(&hash, body)?,
                    Written::File(whole) => {
                        whole.sync()?;
                        self.archive().keep_file(&hash, whole.path())?;
                    }
                }
                None
            };
            let kind = draft.kind.as_str().into();
            rows.push(ReplyRow { kind, control: draft.control, body, hash });
        }
        Ok(rows)
    }

    /// The text of a stored reply.
    pub(super) fn stored_reply(&self, row: &ReplyRow) -> Result<(Kind, Bytes), ServiceError> {
        let corrupt = ServiceError::Store(StoreError::Corrupt { what: "reply" });
        let Some(kind) = Kind::from_name(&row.kind) else { return Err(corrupt) };
        let body: Bytes = match &row.body {
            Some(body) => body.clone().into(),
            None => std::fs::read(self.archive().path(&row.hash))?.into(),
        };
        // A reply that was changed in the archive must not pass for ours.
        if hash_of(&body) != row.hash {
            return Err(corrupt);
        }
        Ok((kind, body))
    }
}
