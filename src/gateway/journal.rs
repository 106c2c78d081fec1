//! The journal of answered interchanges: what was answered is recorded before it leaves, and what was answered before is
//! given again instead of being worked on twice.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use time::OffsetDateTime;

use super::assembler::count;
use super::blocking::blocking;
use super::content::OriginalBytes;
use super::delivery::Origin;
use super::destination::FinishedReply;
use super::error::ServiceError;
use super::gateway::Gateway;
use super::hash::{hash_of, hex};
use super::reader::Closing;
use super::summary::{InterchangeSummary, Outcome, ReplySummary};
use crate::acknowledge::ReplyKind;
use crate::check::{InterchangeHeader, SetReport, Verdict};
use crate::finding::Severity;
use crate::partner::Partner;
use crate::store::{
    self, Completed, Intake, InterchangeEnd, InterchangeKey, InterchangeRow, NewInterchange,
    Original, ReplyRow, SetRow, StoreError, compress,
};

/// What an interchange holds and what became of it, counted.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Tally {
    pub(super) groups: u32,
    pub(super) groups_rejected: u32,
    pub(super) sets: u32,
    pub(super) accepted: u32,
    pub(super) patients: u64,
    pub(super) left_out: u64,
    pub(super) claims: u64,
    pub(super) claims_rejected: u64,
    pub(super) findings: usize,
}

impl Tally {
    /// Counts a set.
    pub(super) fn count(&mut self, report: &SetReport) {
        self.sets += 1;
        self.accepted += u32::from(report.is_accepted());
        self.findings += count(&report.findings);
        if let Some(claims) = &report.claims {
            self.claims += u64::from(claims.accepted + claims.rejected);
            self.claims_rejected += u64::from(claims.rejected);
        }
    }

    /// What became of an interchange that was worked on.
    pub(super) fn outcome(&self) -> Outcome {
        if self.accepted == self.sets && self.groups_rejected == 0 {
            Outcome::Accepted
        } else if self.accepted == 0 || self.groups_rejected == self.groups {
            Outcome::Rejected
        } else {
            Outcome::Partial
        }
    }
}

/// Microseconds since 1970 UTC.
fn micros(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp_nanos() / 1000) as i64
}

/// A set as it is recorded.
pub(super) fn set_row(group_control: &str, report: &SetReport) -> SetRow {
    let count = |severity| report.findings.iter().filter(|f| f.severity == severity).count();
    SetRow {
        group_control: group_control.into(),
        set_id: report.header.set.as_str().into(),
        control: report.header.control.as_str().into(),
        guide: report.guide.as_ref().map_or_else(Box::default, |guide| (*guide.id).into()),
        outcome: match report.verdict {
            Verdict::Accepted => "accepted",
            Verdict::AcceptedWithErrors => "accepted-with-errors",
            Verdict::Rejected => "rejected",
        }
        .into(),
        errors: count(Severity::Error) as u32,
        warnings: count(Severity::Warning) as u32,
    }
}

/// What makes it the same interchange; none when its control number is not one.
pub(super) fn key(header: &InterchangeHeader) -> Option<InterchangeKey> {
    let party = |qualifier: &str, id: &str| format!("{qualifier}:{id}").into();
    let control = header.control.as_str();
    (control.len() == 9).then_some(())?;
    Some(InterchangeKey {
        sender: party(header.sender_qualifier.as_str(), header.sender.as_str()),
        receiver: party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
        control: control.parse().ok()?,
        test: header.is_test,
    })
}

/// The key under which an interchange that is refused is recorded, with its content: also one whose control number is none.
pub(super) fn key_of_refused(header: &InterchangeHeader, hash: &[u8; 32]) -> InterchangeKey {
    let party = |qualifier: &str, id: &str| format!("{qualifier}:{id}").into();
    let mut key = key(header).unwrap_or_else(|| InterchangeKey {
        sender: party(header.sender_qualifier.as_str(), header.sender.as_str()),
        receiver: party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
        control: 0,
        test: header.is_test,
    });
    key.sender = format!("{}#{}", key.sender, &hex(hash)[..16]).into();
    key
}

/// An interchange in numbers, before its replies have left.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) origin: Origin,
    pub(super) header: InterchangeHeader,
    pub(super) partner: Arc<str>,
    pub(super) outcome: Outcome,
    /// What became of it when it came first, where it is replayed.
    pub(super) earlier: Option<Box<str>>,
    /// Claims rejected and members left out when it came first, where it is replayed.
    pub(super) earlier_declined: u64,
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
            earlier: self.earlier,
            ta105: self.ta105,
            bytes: self.bytes,
            groups: tally.groups,
            sets: tally.sets,
            accepted: tally.accepted,
            patients: tally.patients,
            left_out: tally.left_out,
            claims: tally.claims,
            claims_rejected: tally.claims_rejected,
            findings: tally.findings,
            earlier_declined: self.earlier_declined,
            replies,
            took: self.begun.elapsed(),
        }
    }
}

/// What the journal says.
#[derive(Debug)]
pub(super) enum Recorded {
    /// These replies may leave.
    Fresh(Vec<FinishedReply>),
    /// The same interchange was answered before: its replies leave again.
    Replayed(InterchangeRow),
    /// Another interchange was answered under this control number.
    Conflict,
}

impl Gateway {
    /// Begins to record an interchange under this key. Nothing of it is seen before it is recorded.
    pub(super) async fn begin(
        &self,
        key: InterchangeKey,
        partner: &Partner,
        origin: &Origin,
    ) -> Result<Box<dyn Intake>, ServiceError> {
        let opening = NewInterchange {
            key,
            partner: (&*partner.id).into(),
            lane: origin.lane.as_str().into(),
            transport: (&*origin.transport).into(),
            received_micros: micros(origin.received),
        };
        Ok(self.stores().journal.begin(opening).await?)
    }

    /// Records an answered interchange. Nothing of it may leave before this returns. What cannot be recorded `until` then is not
    /// recorded.
    pub(super) async fn record(
        &self,
        intake: Box<dyn Intake>,
        closing: &Closing,
        entry: &Entry,
        mut replies: Vec<FinishedReply>,
        until: Option<Instant>,
    ) -> Result<Recorded, ServiceError> {
        let inline_max = self.config().archive.inline_bytes_max as u64;
        let rows = match replies.iter().all(|reply| reply.text.bytes() <= inline_max) {
            true => self.keep(&mut replies)?,
            false => blocking(|| self.keep(&mut replies))?,
        };
        let completed = Completed {
            end: InterchangeEnd {
                hash: closing.hash,
                bytes: closing.bytes,
                answered_micros: micros(self.now().0),
                outcome: entry.outcome.as_str().into(),
                groups: entry.tally.groups,
                sets: entry.tally.sets,
                accepted: entry.tally.accepted,
                findings: entry.tally.findings as u64,
                declined: entry.tally.claims_rejected + entry.tally.left_out,
            },
            original: self.keep_original(closing)?,
            replies: rows,
            until,
        };
        Ok(match intake.commit(completed).await? {
            store::Recorded::Fresh(_) => Recorded::Fresh(replies),
            store::Recorded::Earlier(row) if row.end.hash == closing.hash => {
                Recorded::Replayed(*row)
            }
            store::Recorded::Earlier(_) => Recorded::Conflict,
        })
    }

    /// Keeps the bytes of the interchange: small ones in the row, large ones in the archive.
    fn keep_original(&self, closing: &Closing) -> Result<Original, ServiceError> {
        match &closing.original {
            OriginalBytes::NotKept => Ok(Original::NotKept),
            OriginalBytes::Archived => Ok(Original::Archived),
            OriginalBytes::Failed(error) => {
                Err(std::io::Error::new(error.kind(), error.to_string()).into())
            }
            OriginalBytes::Memory(body) if body.len() <= self.config().archive.inline_bytes_max => {
                Ok(Original::Inline(compress(body)?))
            }
            OriginalBytes::Memory(body) => {
                blocking(|| self.archive().keep_original(&closing.hash, body))?;
                Ok(Original::Archived)
            }
        }
    }

    /// Keeps the replies where they can be found again: small ones in the row, large ones in the archive.
    fn keep(&self, replies: &mut [FinishedReply]) -> Result<Vec<ReplyRow>, ServiceError> {
        let inline_max = self.config().archive.inline_bytes_max as u64;
        let mut rows = Vec::with_capacity(replies.len());
        for reply in replies {
            let text = &mut reply.text;
            let hash = text.hash()?;
            let body = match text.bytes() <= inline_max {
                true => Some(text.to_vec()?),
                false => {
                    text.sync()?;
                    match text.path()? {
                        Some(path) => self.archive().keep_file(&hash, path)?,
                        None => self.archive().keep_bytes(&hash, &text.to_vec()?)?,
                    }
                    None
                }
            };
            let kind = reply.kind.name.into();
            rows.push(ReplyRow { kind, control: reply.control, body, hash });
        }
        Ok(rows)
    }

    /// The text of a stored reply.
    pub(super) fn stored_reply(&self, row: &ReplyRow) -> Result<(ReplyKind, Bytes), ServiceError> {
        let corrupt = ServiceError::Store(StoreError::Corrupt { what: "reply" });
        let Some(kind) = self.kind(&row.kind) else { return Err(corrupt) };
        let body: Bytes = match &row.body {
            Some(body) => body.clone().into(),
            None => blocking(|| {
                let mut body = Vec::new();
                self.archive().read_reply(&row.hash)?.read_to_end(&mut body)?;
                Ok::<_, std::io::Error>(body)
            })?
            .into(),
        };
        // A reply that was changed in the archive must not pass for ours.
        if hash_of(&body) != row.hash {
            return Err(corrupt);
        }
        Ok((kind, body))
    }
}
