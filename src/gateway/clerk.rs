//! Puts an interchange together in the order it came: keeps its books and writes its replies. Which of them leave is
//! decided at its end, in [`super::closing`].
//!
//! The acknowledgment matrix (CORE, with the partner's choices) is here and there, and nowhere else:
//!
//! | what came | real time | a file |
//! |---|---|---|
//! | the interchange is rejected | TA1 `R`, nothing else | the same |
//! | it is accepted and ISA14 is 1 | TA1 `A` before the rest | the same |
//! | a group or set is rejected | 999 instead of its answer | 999 |
//! | everything is accepted | the answer only; a 999 only when there is no answer | 999 and the answer |
//! | an 837 is accepted, its claims all or in part | 277CA, and a 999 when there are errors | 999 and 277CA |
//! | a 999 or TA1 | nothing | nothing |
//!
//! Replies are written while sets come in, so that their length is no concern, and thrown away when the interchange turns
//! out to be rejected or known.

use std::sync::Arc;
use std::time::Instant;

use time::OffsetDateTime;

use super::bundle::Worked;
use super::closing::key;
use super::delivery::Origin;
use super::error::ServiceError;
use super::gateway::Gateway;
use super::intake::{EnvelopeSegment, Opening};
use super::ledger::Tally;
use super::reply::Kind;
use super::sheet::Paper;
use super::writer::ReplyWriter;
use crate::check::{Envelope, GroupHeader, GroupReport, SetReport};
use crate::config::{Ack999, ReceiverPolicy, UsagePolicy};
use crate::finding::{Code, Detail, Finding, Policy, Severity};
use crate::partner::Lane;
use crate::partner::{Partner, Sender};
use crate::store::InterchangeRow;
use crate::txn::ack::{AckOptions, FunctionalAck, GUIDE_999};
use crate::txn::claim_ack::GUIDE_277CA;
use crate::txn::envelope::{EnvelopeWriter, GroupForm, OutputForm, Party, ReplyIdentity};
use crate::wire::IsaFault;

/// Our groups of acknowledgments.
const ACK_GROUP: GroupForm = GroupForm { functional: "FA", version: GUIDE_999 };

/// Our groups of eligibility answers.
const ANSWER_GROUP: GroupForm = GroupForm { functional: "HB", version: "005010X279A1" };

/// Our groups of claim acknowledgments.
const CLAIM_ACK_GROUP: GroupForm = GroupForm { functional: "HN", version: GUIDE_277CA };

/// GS01 of acknowledgments, which are never acknowledged.
const NEVER_ACKNOWLEDGED: &str = "FA";

/// Takes the steps of one input in order.
pub(super) struct Clerk<'g> {
    pub(super) desk: &'g Gateway,
    pub(super) lane: Lane,
    pub(super) origin: &'g Origin,
    pub(super) paper: Paper<'g>,
    pub(super) books: Envelope<'g>,
    pub(super) exchange: Option<Exchange>,
    /// The store cannot be written to: everything is answered that it cannot be at the moment, and nothing is recorded.
    pub(super) outage: bool,
}

/// The interchange that is open.
pub(super) struct Exchange {
    pub(super) opening: Arc<Opening>,
    pub(super) envelope: Arc<EnvelopeWriter>,
    pub(super) received: OffsetDateTime,
    pub(super) begun: Instant,
    /// What is known of an interchange with this control number.
    pub(super) prior: Option<InterchangeRow>,
    pub(super) acks: Option<ReplyWriter>,
    pub(super) claim_acks: Option<ReplyWriter>,
    pub(super) answers: Option<ReplyWriter>,
    pub(super) group: Option<OpenGroup>,
    pub(super) tally: Tally,
    /// Some answers say that the store could not be reached, so that the same question may come again.
    pub(super) outage: bool,
}

/// The functional group that is open.
pub(super) struct OpenGroup {
    pub(super) header: GroupHeader,
    /// Whether there may be a 999 for it at all.
    pub(super) is_acknowledged: bool,
    /// Its GS alone rejects it.
    pub(super) is_refused: bool,
    /// The 999 of a file's group, written as the sets come in.
    pub(super) ack: Option<FunctionalAck>,
    /// In real time nearly every 999 is left out, so that it is written only when it is known to be wanted.
    pub(super) reports: Vec<SetReport>,
    /// Sets of it that were answered.
    pub(super) answered: u32,
    /// Sets of claims in it that were acknowledged claim by claim.
    pub(super) claim_acks: u32,
}

impl<'g> Clerk<'g> {
    pub(super) fn new(desk: &'g Gateway, origin: &'g Origin, paper: Paper<'g>) -> Self {
        let lane = origin.lane;
        let limits = desk.envelope_limits(lane);
        // Envelope findings are of SNIP type 1, which no partner's policy changes.
        let books = Envelope::new(desk.registry(), limits, &Policy::default());
        Clerk { desk, lane, origin, paper, books, exchange: None, outage: false }
    }

    /// Records nothing: what is answered says that the store cannot be reached.
    pub(super) fn without_store(mut self) -> Self {
        self.outage = true;
        self
    }

    /// The paper replies are written on.
    pub(super) fn paper(&mut self) -> &mut Paper<'g> {
        &mut self.paper
    }

    /// An ISA.
    pub(super) async fn open(
        &mut self,
        isa: &EnvelopeSegment,
        fault: Option<IsaFault>,
        opening: Arc<Opening>,
        envelope: Arc<EnvelopeWriter>,
    ) -> Result<(), ServiceError> {
        self.books.isa(isa.framing(), fault);
        self.check_parties(&opening);
        let prior = match (self.lane, key(&opening.header)) {
            // What the sender it names was answered is none of this caller's business.
            _ if matches!(opening.sender, Sender::NotCaller(_)) => None,
            // In real time the commit itself tells, which saves a look-up.
            (Lane::Batch, Some(key)) => {
                self.desk.stores().journal.find(&[key]).await?.pop().flatten()
            }
            _ => None,
        };
        if prior.is_some() || self.books.rejection().is_some() {
            opening.settle();
        }
        self.exchange = Some(Exchange {
            opening,
            envelope,
            received: self.origin.received,
            begun: Instant::now(),
            prior,
            acks: None,
            claim_acks: None,
            answers: None,
            group: None,
            tally: Tally::default(),
            outage: self.outage,
        });
        Ok(())
    }

    /// Whether we deal with this sender, receiver and usage at all.
    fn check_parties(&mut self, opening: &Opening) {
        let header = &opening.header;
        match &opening.sender {
            Sender::Served(_) => {}
            Sender::Refused(_) => self.books.note(Code::SenderId, 6, Detail::None),
            Sender::NotCaller(partner) => {
                tracing::warn!(caller = %self.origin.caller, partner = &*partner.id, "ISA06 is no id of the caller");
                self.books.note(Code::SenderId, 6, Detail::None);
            }
        }
        let wanted = match opening.sender.partner().usage {
            UsagePolicy::Both => None,
            UsagePolicy::Production => Some(false),
            UsagePolicy::Test => Some(true),
        };
        if wanted.is_some_and(|test| test != header.is_test) {
            self.books.note(Code::UsageIndicator, 15, Detail::None);
        }
        let ours = &self.desk.config().identity;
        let named = (header.receiver_qualifier.as_str(), header.receiver.as_str());
        if ours.receiver == ReceiverPolicy::Ours && named != (&*ours.qualifier, &*ours.id) {
            self.books.note(Code::ReceiverId, 8, Detail::None);
        }
    }

    /// Says that the interchange is over the limit, when it is known before it has ended.
    pub(super) fn over_limit(&mut self, bytes: u64, limit: u64) {
        self.books.note(Code::InterchangeLimit, 0, Detail::Count { found: bytes, expected: limit });
        if let Some(exchange) = &self.exchange {
            exchange.opening.settle();
        }
    }

    /// A GS.
    pub(super) async fn group(&mut self, gs: &EnvelopeSegment) -> Result<(), ServiceError> {
        let unended = self.books.gs(gs.framing());
        self.end_group(unended).await?;
        let is_settled = self.is_settled();
        let (Some(exchange), Some(header)) = (&mut self.exchange, self.books.group().copied())
        else {
            return Ok(());
        };
        exchange.tally.groups += 1;
        let partner = exchange.opening.sender.partner().clone();
        if !partner.owns_group(header.sender.as_str()) {
            self.books.note_group(Code::GroupHeaderElement, 2);
        }
        let is_refused = !self.books.group_codes().is_empty();
        let is_acknowledged = header.functional.as_str() != NEVER_ACKNOWLEDGED
            && ack_policy(self.lane, &partner) != Ack999::Never
            && !is_settled;
        let mut group = OpenGroup {
            header,
            is_acknowledged,
            is_refused,
            ack: None,
            reports: Vec::new(),
            answered: 0,
            claim_acks: 0,
        };
        if is_acknowledged && self.lane == Lane::Batch {
            group.ack = Some(self.begin_ack(&group.header, &partner).await?);
        }
        if let Some(exchange) = &mut self.exchange {
            exchange.group = Some(group);
        }
        Ok(())
    }

    /// Begins the 999 of a group.
    async fn begin_ack(
        &mut self,
        group: &GroupHeader,
        partner: &Partner,
    ) -> Result<FunctionalAck, ServiceError> {
        let writer = self.begin_group(Kind::Ack999, ACK_GROUP, group).await?;
        let ack = begin_ack_set(writer, group, partner)?;
        writer.flush()?;
        Ok(ack)
    }

    /// Begins a group in the reply of this kind, and the reply itself when it is the first.
    async fn begin_group(
        &mut self,
        kind: Kind,
        form: GroupForm,
        group: &GroupHeader,
    ) -> Result<&mut ReplyWriter, ServiceError> {
        let exchange = self.exchange.as_mut().ok_or(ServiceError::Worker)?;
        let partner = exchange.opening.sender.partner();
        let slot = match kind {
            Kind::Ack999 => &mut exchange.acks,
            Kind::Ack277Ca => &mut exchange.claim_acks,
            Kind::Answer271 | Kind::Ta1 => &mut exchange.answers,
        };
        let writer = match slot {
            Some(writer) => writer,
            None => {
                let control = self.desk.next_control(partner, "isa").await?;
                let sheet = self.paper.sheet()?;
                slot.insert(ReplyWriter::begin(kind, control, &exchange.envelope, sheet)?)
            }
        };
        let control = self.desk.next_control(partner, "gs").await?;
        let parties = (group.sender.as_str(), group.receiver.as_str());
        writer.begin_group(&exchange.envelope, form, parties, control)?;
        Ok(writer)
    }

    /// Sets that were checked, in order.
    pub(super) async fn sets(&mut self, worked: Worked) -> Result<(), ServiceError> {
        if self.is_settled() {
            return Ok(());
        }
        for mut set in worked.sets {
            if !set.terminated {
                self.books.truncated(set.end);
            }
            self.books.set(&mut set.report);
            if let Some(answer) = set.answer.filter(|_| set.report.is_accepted()) {
                self.reply(Kind::Answer271, &worked.answers[answer]).await?;
            }
            if let Some(text) = set.claim_ack.filter(|_| set.report.is_accepted()) {
                self.reply(Kind::Ack277Ca, &text).await?;
            }
            self.acknowledge(set.report)?;
        }
        if let Some(exchange) = &mut self.exchange {
            exchange.tally.patients += worked.patients;
            exchange.outage |= worked.outage;
        }
        Ok(())
    }

    /// Counts a set and puts it into the 999 of its group.
    fn acknowledge(&mut self, report: SetReport) -> Result<(), ServiceError> {
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        exchange.tally.sets += 1;
        exchange.tally.accepted += u32::from(report.is_accepted());
        exchange.tally.findings += count(&report.findings);
        if let Some(claims) = &report.claims {
            exchange.tally.claims += u64::from(claims.accepted + claims.rejected);
            exchange.tally.claims_rejected += u64::from(claims.rejected);
        }
        let Some(group) = &mut exchange.group else { return Ok(()) };
        // No set of a rejected group is accepted: only what is wrong by itself is named.
        if group.is_refused && report.is_accepted() {
            return Ok(());
        }
        match (&group.ack, &mut exchange.acks) {
            (Some(ack), Some(writer)) => {
                ack.set(writer.emitter(), &report)?;
                writer.flush()?;
            }
            _ if group.is_acknowledged && self.lane == Lane::RealTime => group.reports.push(report),
            _ => {}
        }
        Ok(())
    }

    /// Puts what answers a set under the group that is open.
    async fn reply(&mut self, kind: Kind, text: &[u8]) -> Result<(), ServiceError> {
        let group = self.exchange.as_mut().and_then(|exchange| exchange.group.as_mut());
        let Some(group) = group else { return Ok(()) };
        let (count, form) = match kind {
            Kind::Ack277Ca => (&mut group.claim_acks, CLAIM_ACK_GROUP),
            Kind::Answer271 | Kind::Ack999 | Kind::Ta1 => (&mut group.answered, ANSWER_GROUP),
        };
        *count += 1;
        if *count == 1 {
            let header = group.header;
            self.begin_group(kind, form, &header).await?;
        }
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        let writer = match kind {
            Kind::Ack277Ca => &mut exchange.claim_acks,
            Kind::Answer271 | Kind::Ack999 | Kind::Ta1 => &mut exchange.answers,
        };
        writer.as_mut().map_or(Ok(()), |writer| writer.sets(text, 1))
    }

    /// A GE.
    pub(super) async fn group_end(&mut self, ge: &EnvelopeSegment) -> Result<(), ServiceError> {
        let ended = self.books.ge(ge.framing());
        self.end_group(ended).await
    }

    /// A TA1 sent to us: kept out of the way of everything else, and never answered.
    pub(super) fn ta1(&mut self, ta1: &EnvelopeSegment) {
        self.books.ta1(ta1.framing());
    }

    /// A segment that has no business where it stands.
    pub(super) fn stray(&mut self, stray: &EnvelopeSegment) {
        self.books.stray(stray.framing());
    }

    pub(super) async fn end_group(
        &mut self,
        report: Option<GroupReport>,
    ) -> Result<(), ServiceError> {
        let Some(mut report) = report else { return Ok(()) };
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        let Some(group) = exchange.group.take() else { return Ok(()) };
        let partner = exchange.opening.sender.partner().clone();
        exchange.tally.groups_rejected += u32::from(report.disposition() == "R");
        let is_refused = !report.codes.is_empty();
        let answers = exchange.answers.as_mut().filter(|_| group.answered > 0);
        let claim_acks = exchange.claim_acks.as_mut().filter(|_| group.claim_acks > 0);
        for writer in [answers, claim_acks].into_iter().flatten() {
            match is_refused {
                true => writer.drop_group()?,
                false => writer.end_group()?,
            }
        }
        if !group.is_acknowledged {
            return Ok(());
        }
        // Where an answer says it all, the acknowledgment is left out; silence is never an answer.
        let is_clean = !is_refused && report.accepted == report.received;
        // A 277CA says which claims are rejected, the 999 what is wrong with them.
        let is_told = group.claim_acks > 0 && report.with_errors == 0;
        let is_needless = ack_policy(self.lane, &partner) == Ack999::OnReject
            && is_clean
            && (group.answered > 0 || is_told);
        let mut ack = match (group.ack, is_needless) {
            (Some(_), true) => {
                return exchange.acks.as_mut().map_or(Ok(()), ReplyWriter::drop_group);
            }
            (None, true) => return Ok(()),
            (Some(ack), false) => ack,
            (None, false) => self.begin_ack(&group.header, &partner).await?,
        };
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        let Some(writer) = &mut exchange.acks else { return Ok(()) };
        if is_refused {
            report.accepted = 0;
        }
        if is_refused && !group.is_refused {
            // Found at its end: accepted sets may have been named already.
            writer.restart_group()?;
            ack = begin_ack_set(writer, &group.header, &partner)?;
        }
        for set in group.reports.iter().filter(|set| !is_refused || !set.is_accepted()) {
            ack.set(writer.emitter(), set)?;
        }
        ack.end(writer.emitter(), &report)?;
        writer.flush()?;
        writer.sets(&[], 1)?;
        writer.end_group()
    }

    fn is_settled(&self) -> bool {
        self.exchange.as_ref().is_none_or(|exchange| exchange.opening.is_settled())
    }
}

/// When a 999 leaves.
fn ack_policy(lane: Lane, partner: &Partner) -> Ack999 {
    match lane {
        Lane::RealTime => partner.ack.real_time,
        Lane::Batch => partner.ack.batch,
    }
}

/// Begins the one 999 set of our group: each acknowledges one group.
fn begin_ack_set(
    writer: &mut ReplyWriter,
    group: &GroupHeader,
    partner: &Partner,
) -> Result<FunctionalAck, ServiceError> {
    let options = AckOptions {
        list_accepted: partner.ack.list_accepted,
        guide_loop_ids: partner.ack.guide_loop_ids,
        business_units: partner.ack.business_units,
    };
    Ok(FunctionalAck::begin(writer.emitter(), "0001", group, options)?)
}

/// The envelope of the replies to an interchange.
pub(super) fn reply_envelope(desk: &Gateway, opening: &Opening) -> EnvelopeWriter {
    let header = &opening.header;
    let party = |qualifier: &str, id: &str| Party { qualifier: qualifier.into(), id: id.into() };
    let identity = &desk.config().identity;
    let ours = ReplyIdentity {
        party: party(&identity.qualifier, &identity.id),
        group_id: &identity.group_id,
    };
    let output = &opening.sender.partner().output;
    EnvelopeWriter::reply(
        &party(header.sender_qualifier.as_str(), header.sender.as_str()),
        &party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
        &ours,
        !header.is_test,
        desk.now().1,
        OutputForm { delimiters: output.delimiters(), line_feeds: output.line_feeds },
    )
}

/// Errors and warnings.
pub(super) fn count(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.severity != Severity::Note).count()
}
