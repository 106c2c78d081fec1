//! Puts the replies to interchanges together in the order of the input: keeps the envelope, tells the acknowledger, records
//! what was answered, and only then lets it leave.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{timeout, timeout_at};

use super::batch::{BatchResult, CheckedSet};
use super::claims::OpenClaims;
use super::delivery::Origin;
use super::destination::{FinishedReply, ReplyDestination};
use super::error::ServiceError;
use super::gateway::Gateway;
use super::journal::{Entry, Recorded, Tally, key, key_of_refused, set_row};
use super::reader::{Closing, EnvelopeSegment, LongSet, Opening, SetEnd, SetOrigin, Step, set_id};
use super::reference::ReferenceData;
use super::summary::Outcome;
use super::taken::Taken;
use crate::acknowledge::{Acknowledger, Need, Numbers, ReplyKind};
use crate::answer::Treatment;
use crate::answer::claims::Judged;
use crate::check::{Envelope, GroupReport, SetChecker, SetPlace, SetReport};
use crate::config::{ReceiverPolicy, UsagePolicy};
use crate::finding::{Code, Detail, Finding, Policy, Severity};
use crate::partner::{Lane, Sender};
use crate::store::{Batch, Intake, InterchangeKey, InterchangeRow, SetRow};
use crate::wire::IsaFault;

/// How long an answer that says that the store cannot be reached waits for a control number.
const OUTAGE_PATIENCE: Duration = Duration::from_secs(2);

/// TA105 of a control number that was used for something else.
const DUPLICATE: &str = "025";

/// Where steps come from, in the order of the input.
pub(super) trait Steps: Send {
    /// The next step; none at the end of the input.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Option<Step<BatchResult>>, ServiceError>> + Send;

    /// Bytes of the whole input, where it is one interchange in memory.
    fn bytes(&self) -> Option<u64>;
}

/// Who gets replies, in the order of the input.
pub(super) trait ReplySink: Send {
    /// Bytes that belong to no interchange.
    fn garbage(&mut self, offset: u64, bytes: usize);

    /// Everything before this offset is done with.
    fn reached(&mut self, offset: u64);

    /// An interchange that has ended and was recorded: its replies leave.
    fn interchange(&mut self, closed: Closed) -> Result<(), ServiceError>;
}

/// An interchange that has ended, and what is to leave.
pub(super) struct Closed {
    pub(super) entry: Entry,
    pub(super) recorded: Recorded,
}

/// Puts replies together. Between interchanges it holds nothing of them.
pub(super) struct ReplyAssembler<'g> {
    pub(super) gateway: &'g Gateway,
    reference: &'g ReferenceData,
    pub(super) origin: &'g Origin,
    destination: ReplyDestination<'g>,
    envelope: Envelope<'g>,
    /// The store cannot be written to: everything is answered that it cannot be at the moment, and nothing is recorded.
    outage: bool,
}

/// The interchange that is open.
pub(super) struct OpenInterchange<'g> {
    pub(super) opening: Arc<Opening>,
    begun: Instant,
    /// What is known of an interchange with this control number.
    prior: Option<InterchangeRow>,
    replies: Acknowledger<ReplyDestination<'g>>,
    tally: Tally,
    /// Where it is recorded; none when it is not to be.
    pub(super) intake: Option<Box<dyn Intake>>,
    /// Its claims, where they are stored.
    pub(super) claims: OpenClaims,
    /// Sets that are not put there yet.
    rows: Vec<SetRow>,
    /// What its answers have taken for themselves.
    taken: Taken,
    /// Ledger entries put there before the current group.
    group_entries: u64,
    /// Some answers say that the store could not be reached, so that the same question may come again.
    pub(super) outage: bool,
    /// The set that comes in parts, while one does.
    long: Option<OpenSet<'g>>,
    /// Held while the interchange is answered in real time.
    _permit: Option<OwnedSemaphorePermit>,
}

impl OpenInterchange<'_> {
    /// True while a group is open, whose sets are acknowledged.
    pub(super) fn is_in_group(&self) -> bool {
        self.replies.is_in_group()
    }
}

/// A set that is checked part by part.
struct OpenSet<'g> {
    checker: SetChecker<'g>,
    treatment: Treatment<'g>,
}

impl<'g> ReplyAssembler<'g> {
    pub(super) fn new(
        gateway: &'g Gateway,
        reference: &'g ReferenceData,
        origin: &'g Origin,
        destination: ReplyDestination<'g>,
        outage: bool,
    ) -> Self {
        let limits = gateway.envelope_limits(origin.lane);
        // Envelope findings are of SNIP type 1, which no partner's policy changes.
        let envelope = Envelope::new(gateway.registry(), limits, &Policy::default());
        ReplyAssembler { gateway, reference, origin, destination, envelope, outage }
    }

    /// Takes all steps of an input.
    pub(super) async fn run(
        &mut self,
        steps: &mut impl Steps,
        sink: &mut impl ReplySink,
    ) -> Result<(), ServiceError> {
        while let Some(step) = steps.next().await? {
            match step {
                Step::Garbage { offset, bytes } => {
                    tracing::warn!(offset, bytes, "data outside any interchange");
                    sink.garbage(offset, bytes);
                    sink.reached(offset);
                }
                Step::Open { isa, fault, opening } => {
                    let open = self.open(&isa, fault, opening, steps.bytes()).await?;
                    self.interchange(open, steps, sink).await?;
                }
                // The reader of interchanges gives nothing else outside of one.
                _ => return Err(ServiceError::OutOfOrder),
            }
        }
        Ok(())
    }

    /// Takes the steps of an interchange up to its end.
    async fn interchange(
        &mut self,
        mut open: OpenInterchange<'g>,
        steps: &mut impl Steps,
        sink: &mut impl ReplySink,
    ) -> Result<(), ServiceError> {
        loop {
            match steps.next().await?.ok_or(ServiceError::OutOfOrder)? {
                Step::Group(gs) => self.group(&mut open, &gs).await?,
                Step::Sets(result) => {
                    let end = result.end;
                    self.sets(&mut open, result).await?;
                    sink.reached(end);
                }
                Step::LongSet(part) => {
                    let end = self.long_set(&mut open, part).await?;
                    sink.reached(end);
                }
                Step::GroupEnd(ge) => {
                    let ended = self.envelope.ge(ge.framing());
                    self.end_group(&mut open, ended).await?;
                }
                // A TA1 sent to us is kept out of the way of everything else, and never answered.
                Step::Ta1(ta1) => self.envelope.ta1(ta1.framing()),
                Step::Stray(stray) => self.envelope.stray(stray.framing()),
                Step::Close(closing) => {
                    let end = closing.offset;
                    sink.interchange(self.close(open, &closing).await?)?;
                    sink.reached(end);
                    return Ok(());
                }
                Step::Garbage { .. } | Step::Open { .. } => return Err(ServiceError::OutOfOrder),
            }
        }
    }

    /// An ISA. `bytes` is the length of the interchange, where it is known.
    async fn open(
        &mut self,
        isa: &EnvelopeSegment,
        fault: Option<IsaFault>,
        opening: Arc<Opening>,
        bytes: Option<u64>,
    ) -> Result<OpenInterchange<'g>, ServiceError> {
        let permit = self.permit(&opening).await?;
        self.envelope.isa(isa.framing(), fault);
        self.check_parties(&opening);
        let now = self.gateway.now().1;
        let prior = match (self.origin.lane, key(&opening.header)) {
            // What the sender it names was answered is none of this caller's business.
            _ if matches!(opening.sender, Sender::NotCaller(_)) => None,
            // In real time the commit itself tells, which saves a look-up.
            (Lane::Batch, Some(key)) => {
                self.gateway.stores().journal.find(&[key]).await?.pop().flatten()
            }
            // There will be no commit, and what was answered before is never answered otherwise.
            (Lane::RealTime, Some(key)) if self.outage => self.answered_before(key).await,
            _ => None,
        };
        let limit = self.gateway.envelope_limits(self.origin.lane).interchange_bytes_max;
        // An interchange that was cut off because it was too long has no end to tell by.
        if let Some(found) = bytes.filter(|bytes| *bytes > limit) {
            let detail = Detail::Count { found, expected: limit };
            self.envelope.note(Code::InterchangeLimit, 0, detail);
        }
        if prior.is_some() || self.envelope.rejection().is_some() {
            opening.settle();
        }
        let partner = opening.sender.partner();
        let intake = match key(&opening.header).filter(|_| !self.outage && !opening.is_settled()) {
            Some(key) => Some(self.gateway.begin(key, partner, self.origin).await?),
            None => None,
        };
        let policy = self.gateway.acknowledge_policy(partner, self.origin.lane, now);
        let replies =
            Acknowledger::new(opening.header, opening.envelope.clone(), policy, self.destination);
        Ok(OpenInterchange {
            opening,
            begun: Instant::now(),
            prior,
            replies,
            tally: Tally::default(),
            intake,
            claims: OpenClaims::default(),
            rows: Vec::new(),
            taken: Taken::default(),
            group_entries: 0,
            outage: self.outage,
            long: None,
            _permit: permit,
        })
    }

    /// What was answered before, where the store can still be read.
    async fn answered_before(&self, key: InterchangeKey) -> Option<InterchangeRow> {
        let keys = [key];
        let found = self.gateway.stores().journal.find(&keys);
        timeout(OUTAGE_PATIENCE, found).await.ok()?.ok()?.pop().flatten()
    }

    /// Waits until fewer of the partner's interchanges are being answered than may be at once.
    async fn permit(
        &self,
        opening: &Opening,
    ) -> Result<Option<OwnedSemaphorePermit>, ServiceError> {
        let permits = match self.origin.lane {
            Lane::Batch => None,
            Lane::RealTime => self.reference.permits(opening.sender.partner()),
        };
        let Some(permits) = permits else { return Ok(None) };
        let acquired = permits.acquire_owned();
        let permit = match self.origin.deadline {
            Some(deadline) => {
                timeout_at(deadline.into(), acquired).await.map_err(|_| ServiceError::Busy)?
            }
            None => acquired.await,
        };
        Ok(permit.ok())
    }

    /// Whether we deal with this sender, receiver and usage at all.
    fn check_parties(&mut self, opening: &Opening) {
        let header = &opening.header;
        match &opening.sender {
            Sender::Served(_) => {}
            Sender::Refused(_) => self.envelope.note(Code::SenderId, 6, Detail::None),
            Sender::NotCaller(partner) => {
                let (caller, partner) = (&self.origin.caller, &*partner.id);
                tracing::warn!(%caller, partner, "ISA06 is no id of the caller");
                self.envelope.note(Code::SenderId, 6, Detail::None);
            }
        }
        let wanted = match opening.sender.partner().usage {
            UsagePolicy::Both => None,
            UsagePolicy::Production => Some(false),
            UsagePolicy::Test => Some(true),
        };
        if wanted.is_some_and(|test| test != header.is_test) {
            self.envelope.note(Code::UsageIndicator, 15, Detail::None);
        }
        let config = self.gateway.config();
        let ours = &config.identity;
        let named = (header.receiver_qualifier.as_str(), header.receiver.as_str());
        let is_ours = [&ours.id, &config.http.json_receiver]
            .into_iter()
            .any(|id| named == (&*ours.qualifier, &**id));
        if ours.receiver == ReceiverPolicy::Ours && !is_ours {
            self.envelope.note(Code::ReceiverId, 8, Detail::None);
        }
    }

    /// A GS.
    async fn group(
        &mut self,
        open: &mut OpenInterchange<'g>,
        gs: &EnvelopeSegment,
    ) -> Result<(), ServiceError> {
        let unended = self.envelope.gs(gs.framing());
        self.end_group(open, unended).await?;
        open.tally.groups += 1;
        let header = *self.envelope.group().ok_or(ServiceError::OutOfOrder)?;
        if !open.opening.sender.partner().owns_group(header.sender.as_str()) {
            self.envelope.note_group(Code::GroupHeaderElement, 2);
        }
        if open.opening.is_settled() {
            return Ok(());
        }
        let is_refused = !self.envelope.group_codes().is_empty();
        open.group_entries = open.intake.as_ref().map_or(0, |intake| intake.entries());
        open.claims.begin_group(open.group_entries);
        open.taken.begin_group();
        open.replies.group(&header, is_refused);
        let due = open.replies.due_at_group();
        self.begin(open, due).await
    }

    /// Begins what is due in the reply of its kind, with the next control numbers of its receiver.
    async fn begin(
        &self,
        open: &mut OpenInterchange<'g>,
        due: Option<ReplyKind>,
    ) -> Result<(), ServiceError> {
        let Some(kind) = due else { return Ok(()) };
        let interchange = match open.replies.need(kind) {
            None => return Ok(()),
            Some(Need::Group) => 0,
            Some(Need::ReplyAndGroup) => self.next_control(open, "isa").await?,
        };
        let group = self.next_control(open, "gs").await?;
        Ok(open.replies.begin(kind, Numbers { interchange, group })?)
    }

    async fn next_control(
        &self,
        open: &OpenInterchange<'g>,
        of: &'static str,
    ) -> Result<u32, ServiceError> {
        let patience = match (self.until(open), self.outage) {
            (None, _) => None,
            (Some(_), true) => Some(OUTAGE_PATIENCE),
            (Some(until), false) => Some(until.saturating_duration_since(Instant::now())),
        };
        self.gateway.next_control(&open.opening.envelope.receiver, of, patience).await
    }

    /// When nobody waits for the answer any longer; none for files.
    fn until(&self, open: &OpenInterchange<'g>) -> Option<Instant> {
        let Lane::RealTime = self.origin.lane else { return None };
        let patience = Duration::from_millis(self.gateway.config().real_time.answer_timeout_ms);
        let until = open.begun.checked_add(patience)?;
        Some(self.origin.deadline.map_or(until, |deadline| deadline.min(until)))
    }

    /// Sets that were checked, in order.
    async fn sets(
        &mut self,
        open: &mut OpenInterchange<'g>,
        result: BatchResult,
    ) -> Result<(), ServiceError> {
        // They may have been checked before it was known that their results are not needed.
        if open.opening.is_settled() {
            return Ok(());
        }
        let mut sets = result.sets;
        for CheckedSet { report, end, .. } in &mut sets {
            self.envelope_of_set(report, *end);
        }
        let mut decided = self.decide(open, &sets).await?.into_iter();
        for CheckedSet { report, answer, rows, clashes, .. } in sets {
            let mut instead = None;
            if open.replies.is_in_group() && report.is_accepted() {
                instead = clashes.and_then(|(kind, mut clashes)| {
                    let clash = open.taken.clash(&clashes)?;
                    Some((kind, clashes.swap_remove(clash).text))
                });
                if instead.is_none() {
                    self.put_rows(open, rows).await?;
                }
            }
            let events = report.claims.as_ref().map_or(0, |claims| claims.events.len());
            let judged = if report.is_accepted() { events } else { 0 };
            let judged = decided.by_ref().take(judged).collect();
            let answer = match &instead {
                Some((kind, text)) => Some((*kind, &text[..])),
                None => answer.map(|(kind, range)| (kind, &result.answers[range])),
            };
            self.set(open, report, answer, judged).await?;
        }
        open.taken.end_batch();
        open.tally.patients += result.patients;
        open.tally.left_out += result.left_out;
        open.outage |= result.outage;
        self.put(open).await
    }

    /// Puts what the answer to a set adds to the store.
    async fn put_rows(
        &self,
        open: &mut OpenInterchange<'g>,
        rows: Vec<Batch>,
    ) -> Result<(), ServiceError> {
        if let Some(intake) = &mut open.intake {
            for batch in rows {
                intake.put(batch).await?;
            }
        }
        Ok(())
    }

    /// Puts the sets that are done with into the journal.
    async fn put(&self, open: &mut OpenInterchange<'g>) -> Result<(), ServiceError> {
        let rows = std::mem::take(&mut open.rows);
        if let Some(intake) = &mut open.intake {
            intake.put(Batch::Sets(rows)).await?;
        }
        Ok(())
    }

    /// What the envelope has to say of a set.
    fn envelope_of_set(&mut self, report: &mut SetReport, end: SetEnd) {
        if !end.terminated {
            self.envelope.truncated(end.offset, false);
        }
        self.envelope.set(report);
    }

    /// A set that was checked, what answers it, and what was decided about its claims that were not told of yet.
    async fn set(
        &mut self,
        open: &mut OpenInterchange<'g>,
        mut report: SetReport,
        answer: Option<(ReplyKind, &[u8])>,
        judged: Vec<Judged>,
    ) -> Result<(), ServiceError> {
        let mut decisions = Vec::new();
        let is_rejected = !report.is_accepted();
        if let Some(claims) = &mut report.claims {
            decisions = open.claims.put(&mut open.intake, &claims.events, judged).await?;
            let refused = open.claims.end_set(&mut open.intake, is_rejected).await?;
            claims.refuse(refused);
        }
        open.tally.count(&report);
        let group = self.envelope.group().map(|group| group.control);
        let group = group.as_ref().map_or("", |control| control.as_str());
        open.rows.push(set_row(group, &report));
        if !open.replies.is_in_group() {
            return Ok(());
        }
        if let (Some(guide), Some(claims)) = (&report.guide, &mut report.claims) {
            open.replies.claims(guide, &std::mem::take(&mut claims.events), &decisions)?;
        }
        if let Some((kind, text)) = answer.filter(|_| report.is_accepted()) {
            self.begin(open, Some(kind)).await?;
            open.replies.answer(kind, text)?;
        }
        let due = open.replies.due_at_set(&report);
        self.begin(open, due).await?;
        Ok(open.replies.set(report)?)
    }

    /// A part of a set that is checked as it comes; gives the offset where the part ends.
    async fn long_set(
        &mut self,
        open: &mut OpenInterchange<'g>,
        part: LongSet,
    ) -> Result<u64, ServiceError> {
        let end = part.end();
        if open.opening.is_settled() {
            return Ok(end);
        }
        let part = match part {
            LongSet::End(end) => {
                let OpenSet { mut checker, treatment } =
                    open.long.take().ok_or(ServiceError::OutOfOrder)?;
                let mut report = self.gateway.end_set(&mut checker, end, treatment);
                self.envelope_of_set(&mut report, end);
                let events = match &report.claims {
                    Some(claims) if report.is_accepted() => &claims.events[..],
                    _ => &[],
                };
                let judged = self.judge(open, &events.iter().collect::<Vec<_>>()).await?;
                self.set(open, report, None, judged).await?;
                self.put(open).await?;
                return Ok(end.offset);
            }
            LongSet::Begin(origin, text, offset) => {
                open.long = Some(self.begin_long(open, &origin, &text, offset));
                None
            }
            LongSet::Part(part) => Some(part),
        };
        let long = open.long.as_mut().ok_or(ServiceError::OutOfOrder)?;
        if let Some(part) = part {
            self.gateway.check_more(&mut long.checker, &part);
        }
        if let Some((guide, events)) = long.checker.take_claims() {
            let judged = self.judge(open, &events.iter().collect::<Vec<_>>()).await?;
            let decisions = open.claims.put(&mut open.intake, &events, judged).await?;
            open.replies.claims(&guide, &events, &decisions)?;
        }
        Ok(end)
    }

    fn begin_long(
        &self,
        open: &OpenInterchange<'g>,
        origin: &SetOrigin,
        text: &[u8],
        offset: u64,
    ) -> OpenSet<'g> {
        let SetOrigin { group, delimiters, ordinal, .. } = *origin;
        let partner = open.opening.sender.partner();
        let group = &group.unwrap_or_default();
        let id = (set_id(text, delimiters), group.version.as_str());
        let treatment = self.reference.sets.treatment(id, partner, self.origin.lane);
        let mut checker = self.gateway.checker(self.reference, partner);
        checker.begin(text, SetPlace { group, delimiters, offset, ordinal });
        OpenSet { checker, treatment }
    }

    /// A group has ended, with a GE or without.
    async fn end_group(
        &mut self,
        open: &mut OpenInterchange<'g>,
        ended: Option<GroupReport>,
    ) -> Result<(), ServiceError> {
        let Some(report) = ended else { return Ok(()) };
        open.tally.groups_rejected += u32::from(report.disposition() == "R");
        if open.opening.is_settled() {
            return Ok(());
        }
        let group_entries = open.group_entries;
        if let Some(intake) = open.intake.as_mut().filter(|_| !report.codes.is_empty()) {
            // What a rejected group brings does not happen.
            intake.take_back(group_entries).await?;
            open.claims.forget_group();
            open.taken.forget_group();
        }
        let due = open.replies.due_at_group_end(&report);
        self.begin(open, due).await?;
        Ok(open.replies.group_end(&report)?)
    }

    /// The end of the interchange: decides, records, and gives what is to leave.
    async fn close(
        &mut self,
        mut open: OpenInterchange<'g>,
        closing: &Closing,
    ) -> Result<Closed, ServiceError> {
        let unended = match &closing.iea {
            Some(iea) => self.envelope.iea(iea.framing()),
            None => self.envelope.no_iea(closing.offset),
        };
        self.end_group(&mut open, unended).await?;
        let mut rejection = self.envelope.rejection();
        let (_, findings) = self.envelope.finish();
        open.tally.findings += count(&findings);
        let mut entry = self.entry(&open, closing);
        if let Some(prior) = open.prior.take() {
            if prior.end.hash == closing.hash {
                entry.outcome = Outcome::Replayed;
                entry.earlier = Some(prior.end.outcome.clone());
                entry.earlier_declined = prior.end.declined;
                return Ok(Closed { entry, recorded: Recorded::Replayed(prior) });
            }
            rejection = rejection.or(Some(DUPLICATE));
        }
        let recorded = match rejection {
            Some(code) => self.refuse(&mut open, &mut entry, closing, code).await?,
            None => self.settle(&mut open, &mut entry, closing).await?,
        };
        if let Recorded::Replayed(row) = &recorded {
            entry.outcome = Outcome::Replayed;
            entry.earlier = Some(row.end.outcome.clone());
            entry.earlier_declined = row.end.declined;
        }
        Ok(Closed { entry, recorded })
    }

    fn entry(&self, open: &OpenInterchange<'_>, closing: &Closing) -> Entry {
        Entry {
            origin: self.origin.clone(),
            header: open.opening.header,
            partner: open.opening.sender.partner().id.clone(),
            outcome: Outcome::Accepted,
            earlier: None,
            earlier_declined: 0,
            ta105: None,
            bytes: closing.bytes,
            tally: open.tally,
            begun: open.begun,
        }
    }

    /// Ends an interchange that was worked on.
    async fn settle(
        &self,
        open: &mut OpenInterchange<'g>,
        entry: &mut Entry,
        closing: &Closing,
    ) -> Result<Recorded, ServiceError> {
        entry.outcome = open.tally.outcome();
        let mut replies = self.ta1(open, None).await?;
        replies.extend(open.replies.finish()?);
        // What only says "not now" is not an answer to keep: the same question may come again.
        let Some(intake) = open.intake.take().filter(|_| !open.outage) else {
            return Ok(Recorded::Fresh(replies));
        };
        match self.gateway.record(intake, closing, entry, replies, self.until(open)).await? {
            Recorded::Conflict => self.refuse(open, entry, closing, DUPLICATE).await,
            recorded => Ok(recorded),
        }
    }

    /// Rejects the interchange as a whole. It does not use up its control number: it is recorded under that and its
    /// content, so that the same bytes get the same TA1 again, and the mended interchange is a new one.
    async fn refuse(
        &self,
        open: &mut OpenInterchange<'g>,
        entry: &mut Entry,
        closing: &Closing,
        code: &'static str,
    ) -> Result<Recorded, ServiceError> {
        entry.outcome = Outcome::Refused;
        entry.ta105 = Some(code);
        let replies = self.ta1(open, Some(code)).await?;
        if open.outage {
            return Ok(Recorded::Fresh(replies));
        }
        let mut key = key_of_refused(&open.opening.header, &closing.hash);
        if let Sender::NotCaller(caller) = &open.opening.sender {
            // Neither may the sender it names be given this TA1, nor the caller one of that sender's.
            key.sender = format!("{}@{}", key.sender, caller.id).into();
        }
        let partner = open.opening.sender.partner();
        let intake = self.gateway.begin(key, partner, self.origin).await?;
        self.gateway.record(intake, closing, entry, replies, self.until(open)).await
    }

    /// The TA1, where one is due.
    async fn ta1(
        &self,
        open: &mut OpenInterchange<'g>,
        rejection: Option<&'static str>,
    ) -> Result<Vec<FinishedReply>, ServiceError> {
        let Some(ack) = open.replies.due_ta1(rejection) else { return Ok(Vec::new()) };
        let control = self.next_control(open, "isa").await?;
        Ok(vec![open.replies.ta1(ack, control)?])
    }
}

/// Errors and warnings.
pub(super) fn count(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.severity != Severity::Note).count()
}
