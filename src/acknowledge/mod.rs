//! The acknowledger: writes the TA1, the 999s and the 277CAs for an interchange while it is checked, and adds the
//! answers to its sets, each kind in an interchange of its own.
//!
//! It decides what is acknowledged by an [`AcknowledgePolicy`]; it does no I/O but to the spools it is given, and gets its
//! control numbers from the caller. The `ack` command, `check --format 999` and the gateway all use it.
//!
//! The acknowledgment matrix (CORE, with the partner's choices) is here and nowhere else:
//!
//! | received | real time | a file |
//! |---|---|---|
//! | the interchange is rejected | TA1 `R`, nothing else | the same |
//! | it is accepted and ISA14 is 1 | TA1 `A` before the rest | the same |
//! | a group or set is rejected | 999 instead of its answer | 999 |
//! | everything is accepted | the answer only; a 999 only when there is no answer | 999 and the answer |
//! | an 837 is accepted, its claims all or in part | 277CA, and a 999 when there are errors | 999 and 277CA |
//! | a 999 or TA1 | nothing | nothing |
//!
//! Replies are written while sets come in, so that their length does not matter, and dropped when the interchange turns out
//! to be rejected or known.

mod error;
mod group;
mod input;
mod kind;
mod policy;
mod reply;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::{
    ClaimEvent, ClaimTally, GroupHeader, GroupReport, InterchangeHeader, SetReport,
};
use crate::guide::Guide;
use crate::txn::Spool;
use crate::txn::ack::{FunctionalAck, InterchangeAck, write_ta1};
use crate::txn::claim_ack::{ClaimAck, ClaimDecision};
use crate::txn::envelope::EnvelopeWriter;

pub use error::AcknowledgeError;
use group::OpenGroup;
pub use input::{InputAcknowledger, InputPolicy, acknowledge};
pub use kind::ReplyKind;
pub use policy::{
    AcknowledgePolicy, FunctionalPolicy, GroupParties, InterchangePolicy, Numbering, RejectedGroups,
};
use reply::OpenReply;
pub use reply::{FinishedReply, Numbers};

/// Creates the spools that replies are written to.
pub trait Spools {
    /// The spool.
    type Spool: Spool;

    /// An empty spool for a reply that is to be sent.
    ///
    /// # Errors
    /// The spool could not be created.
    fn reply(&mut self) -> std::io::Result<Self::Spool>;

    /// An empty spool for text that is kept for later.
    ///
    /// # Errors
    /// The spool could not be created.
    fn scratch(&mut self) -> std::io::Result<Self::Spool>;
}

/// What a reply needs before a set of the current group can be written to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// A number for its group.
    Group,
    /// A number for the interchange of the reply, and one for its group.
    ReplyAndGroup,
}

/// The result of giving the acknowledger an event.
pub type Result<T> = std::result::Result<T, AcknowledgeError>;

/// Writes the replies to one interchange.
///
/// It is given groups, claims and sets in the order of the input. Before each event it may ask for a reply to be begun
/// ([`Acknowledger::due_at_group`] and its siblings); the caller takes the control numbers and calls
/// [`Acknowledger::begin`].
#[derive(Debug)]
pub struct Acknowledger<P: Spools> {
    header: InterchangeHeader,
    envelope: Arc<EnvelopeWriter>,
    policy: AcknowledgePolicy,
    spools: P,
    replies: BTreeMap<ReplyKind, OpenReply<P::Spool>>,
    group: Option<OpenGroup>,
    /// The claims of the current set; created when the first claim comes.
    claim_ack: Option<ClaimAck<P::Spool>>,
    /// Claims accepted and rejected in groups that have ended.
    claims: (u32, u32),
    /// A group was rejected, in whole or in part.
    rejects: bool,
}

impl<P: Spools> Acknowledger<P> {
    /// An acknowledger without replies yet. `envelope` is that of the replies.
    pub fn new(
        header: InterchangeHeader,
        envelope: Arc<EnvelopeWriter>,
        policy: AcknowledgePolicy,
        spools: P,
    ) -> Self {
        Acknowledger {
            header,
            envelope,
            policy,
            spools,
            replies: BTreeMap::new(),
            group: None,
            claim_ack: None,
            claims: (0, 0),
            rejects: false,
        }
    }

    /// True when the claims of 837s are to be reported to it.
    pub fn wants_claims(&self) -> bool {
        self.policy.claims.is_some()
    }

    /// A group begins; `is_refused` when it is rejected by its GS alone. [`Acknowledger::due_at_group`] comes next.
    pub fn group(&mut self, header: &GroupHeader, is_refused: bool) {
        let is_acknowledged = self.policy.acknowledges(header);
        self.group = Some(OpenGroup::new(*header, is_acknowledged, is_refused));
    }

    /// True while a group is open.
    pub fn is_in_group(&self) -> bool {
        self.group.is_some()
    }

    /// The reply to begin now that a group has begun.
    pub fn due_at_group(&self) -> Option<ReplyKind> {
        let group = self.group.as_ref()?;
        (group.is_acknowledged && !self.policy.defers_functional).then_some(ReplyKind::ACK_999)
    }

    /// The reply to begin before this set is given.
    pub fn due_at_set(&self, report: &SetReport) -> Option<ReplyKind> {
        let group = self.group.as_ref()?;
        let has_claims = self.wants_claims() && !group.is_acknowledgment();
        (has_claims && report.claims.is_some() && report.is_accepted())
            .then_some(ReplyKind::ACK_277CA)
    }

    /// The reply to begin before the end of the group is given.
    pub fn due_at_group_end(&self, report: &GroupReport) -> Option<ReplyKind> {
        let group = self.group.as_ref()?;
        let is_late = group.is_acknowledged && group.ack.is_none();
        (is_late && !self.policy.is_needless(group, report)).then_some(ReplyKind::ACK_999)
    }

    /// What a reply of this kind needs to take a set of the current group; none when it takes it already.
    pub fn need(&self, kind: ReplyKind) -> Option<Need> {
        match self.replies.get(&kind) {
            None => Some(Need::ReplyAndGroup),
            Some(reply) => (!reply.is_in_group()).then_some(Need::Group),
        }
    }

    /// The number of the next group in the reply of this kind, where groups are numbered from one.
    pub fn next_group(&self, kind: ReplyKind) -> u32 {
        self.replies.get(&kind).map_or(1, |reply| reply.groups() + 1)
    }

    /// Begins the group of a reply that answers the current group, and the reply itself when it is the first.
    ///
    /// # Errors
    /// No group is open, or the reply could not be written.
    pub fn begin(&mut self, kind: ReplyKind, numbers: Numbers) -> Result<()> {
        let group = self.group.as_mut().ok_or(AcknowledgeError::NoGroup)?;
        let reply = match self.replies.entry(kind) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let spool = self.spools.reply()?;
                place.insert(OpenReply::begin(kind, numbers.interchange, &self.envelope, spool)?)
            }
        };
        let parties = match self.policy.group_parties {
            GroupParties::OfInterchange => None,
            GroupParties::OfGroup => {
                Some((group.header.sender.as_str(), group.header.receiver.as_str()))
            }
        };
        reply.begin_group(&self.envelope, parties, numbers.group)?;
        if kind == ReplyKind::ACK_999 {
            group.ack = Some(begin_functional(&self.policy, reply, &group.header)?);
        }
        Ok(())
    }

    /// Claims of the set that is being checked, and what was decided about each beyond what the checker found; nothing where
    /// there are fewer decisions.
    ///
    /// # Errors
    /// They could not be written to their spool.
    pub fn claims(
        &mut self,
        guide: &Guide,
        events: &[ClaimEvent],
        decisions: &[ClaimDecision],
    ) -> Result<()> {
        let is_answered = self.group.as_ref().is_some_and(|group| !group.is_acknowledgment());
        if is_answered && let Some(ack) = self.claim_ack()? {
            ack.take(guide, events, decisions)?;
        }
        Ok(())
    }

    /// A set was checked. The reply that [`Acknowledger::due_at_set`] named has been begun.
    ///
    /// # Errors
    /// No group is open, or the acknowledgment could not be written.
    pub fn set(&mut self, report: SetReport) -> Result<()> {
        let due = self.due_at_set(&report);
        let group = self.group.as_mut().ok_or(AcknowledgeError::NoGroup)?;
        group.sets += 1;
        match &report.claims {
            Some(tally) if due.is_some() => self.claim_set(&report, tally)?,
            // The claims of a rejected set are not acknowledged.
            Some(_) => self.claim_ack.as_mut().map_or(Ok(()), ClaimAck::clear)?,
            None => {}
        }
        let group = self.group.as_mut().ok_or(AcknowledgeError::NoGroup)?;
        // No set of a rejected group is accepted: only those with errors of their own are named.
        let is_left_out = group.is_refused
            && report.is_accepted()
            && self.policy.rejected_groups == RejectedGroups::NameRejected;
        if is_left_out || !group.is_acknowledged {
            return Ok(());
        }
        match &group.ack {
            Some(ack) => {
                let reply = open(&mut self.replies, ReplyKind::ACK_999)?;
                ack.set(reply.emitter(), &report)?;
                reply.flush()
            }
            None => {
                group.reports.push(report);
                Ok(())
            }
        }
    }

    /// A set that answers one of the current group, in wire form. [`Acknowledger::begin`] was called before.
    ///
    /// # Errors
    /// No group of this kind is open, or the answer could not be written.
    pub fn answer(&mut self, kind: ReplyKind, text: &[u8]) -> Result<()> {
        self.group.as_mut().ok_or(AcknowledgeError::NoGroup)?.answers += 1;
        let reply = open(&mut self.replies, kind)?;
        reply.count_set();
        reply.append(text)
    }

    /// The current group has ended. The reply that [`Acknowledger::due_at_group_end`] named has been begun.
    ///
    /// # Errors
    /// No group is open, or its acknowledgments could not be written.
    pub fn group_end(&mut self, report: &GroupReport) -> Result<()> {
        let group = self.group.take().ok_or(AcknowledgeError::NoGroup)?;
        let is_refused = !report.codes.is_empty();
        if !group.is_acknowledgment() {
            self.rejects |= !matches!(report.disposition(), "A" | "E");
        }
        for (kind, reply) in &mut self.replies {
            match (*kind == ReplyKind::ACK_999 || !reply.is_in_group(), is_refused) {
                (true, _) => {}
                // The sets of a rejected group are not answered.
                (false, true) => reply.drop_group()?,
                (false, false) => reply.end_group()?,
            }
        }
        if !is_refused {
            self.claims.0 += group.claims.0;
            self.claims.1 += group.claims.1;
        }
        if group.is_acknowledged { self.end_functional(group, report, is_refused) } else { Ok(()) }
    }

    /// Ends the 999 of a group.
    fn end_functional(
        &mut self,
        group: OpenGroup,
        report: &GroupReport,
        is_refused: bool,
    ) -> Result<()> {
        let is_needless = self.policy.is_needless(&group, report);
        let mut ack = match (group.ack, is_needless) {
            (Some(_), true) => return open(&mut self.replies, ReplyKind::ACK_999)?.drop_group(),
            (None, true) => return Ok(()),
            (Some(ack), false) => ack,
            (None, false) => return Err(AcknowledgeError::NotBegun(ReplyKind::ACK_999)),
        };
        let reply = open(&mut self.replies, ReplyKind::ACK_999)?;
        let mut report = report.clone();
        let names_all = self.policy.rejected_groups == RejectedGroups::NameAll;
        if is_refused && !names_all {
            report.accepted = 0;
            if !group.is_refused {
                // Found at its end: accepted sets may have been named already.
                reply.restart_group()?;
                ack = begin_functional(&self.policy, reply, &group.header)?;
            }
        }
        let is_named = |set: &&SetReport| !is_refused || names_all || !set.is_accepted();
        for set in group.reports.iter().filter(is_named) {
            ack.set(reply.emitter(), set)?;
        }
        ack.end(reply.emitter(), &report)?;
        reply.flush()?;
        reply.count_set();
        reply.end_group()
    }

    /// Ends the 277CA of an 837 that was accepted.
    fn claim_set(&mut self, report: &SetReport, tally: &ClaimTally) -> Result<()> {
        let control = self.header.control;
        let numbering = self.policy.numbering;
        self.claim_ack()?;
        let group = self.group.as_mut().ok_or(AcknowledgeError::NoGroup)?;
        let reply = open(&mut self.replies, ReplyKind::ACK_277CA)?;
        let Some(ack) = &mut self.claim_ack else { return Ok(()) };
        reply.count_set();
        let (own, reference, question) = match numbering {
            Numbering::Running => {
                let own = format!("{:04}", reply.sets());
                let question: u32 = control.as_str().parse().unwrap_or(0);
                let reference = format!("{question:09}{:03}{own}", reply.groups() + 1);
                (own, reference, format!("{question:09}"))
            }
            Numbering::OfQuestion => (
                format!("{:04}", group.sets),
                format!("{control}{:07}", report.ordinal),
                control.to_string(),
            ),
        };
        let receipt = format!("{question}-{}", report.header.control);
        let (accepted, rejected) = ack.finish(tally, &own, &reference, &receipt, reply.spool())?;
        group.claim_sets += 1;
        group.claims.0 += accepted;
        group.claims.1 += rejected;
        Ok(())
    }

    /// The writer of the current 277CA, created when it is first needed; none when claims are not acknowledged.
    fn claim_ack(&mut self) -> Result<Option<&mut ClaimAck<P::Spool>>> {
        let Some(options) = &self.policy.claims else { return Ok(None) };
        if self.claim_ack.is_none() {
            let spools = [self.spools.scratch()?, self.spools.scratch()?];
            let emitter = self.envelope.emitter();
            self.claim_ack = Some(ClaimAck::new(options.clone(), emitter, spools));
        }
        Ok(self.claim_ack.as_mut())
    }

    /// The contents of the TA1 for the interchange; none when there is to be no TA1.
    pub fn due_ta1(&self, rejection: Option<&'static str>) -> Option<InterchangeAck> {
        let is_due = match self.policy.interchange {
            InterchangePolicy::Honour => rejection.is_some() || self.header.wants_ta1,
            InterchangePolicy::Always => true,
            InterchangePolicy::OnReject => rejection.is_some(),
            InterchangePolicy::Never => false,
        };
        is_due.then(|| rejection.map_or(InterchangeAck::Accepted, InterchangeAck::Rejected))
    }

    /// Writes a TA1 as the interchange of this number.
    ///
    /// # Errors
    /// It could not be written.
    pub fn ta1(&mut self, ack: InterchangeAck, control: u32) -> Result<FinishedReply<P::Spool>> {
        let spool = self.spools.reply()?;
        let mut reply = OpenReply::begin(ReplyKind::TA1, control, &self.envelope, spool)?;
        write_ta1(reply.emitter(), &self.header, ack)?;
        let mut finished = reply.finish()?;
        finished.rejects = matches!(ack, InterchangeAck::Rejected(_));
        Ok(finished)
    }

    /// Ends the replies to an interchange that is not rejected; empty ones are left out.
    ///
    /// # Errors
    /// They could not be written.
    pub fn finish(&mut self) -> Result<Vec<FinishedReply<P::Spool>>> {
        let mut finished = Vec::new();
        for (kind, reply) in std::mem::take(&mut self.replies) {
            if reply.is_empty() {
                continue;
            }
            let mut reply = reply.finish()?;
            if kind == ReplyKind::ACK_999 {
                reply.rejects = self.rejects;
            } else if kind == ReplyKind::ACK_277CA {
                reply.rejects = self.claims.1 > 0;
                reply.claims = Some(self.claims);
            }
            finished.push(reply);
        }
        Ok(finished)
    }
}

/// The reply of this kind, which was begun.
fn open<S: Spool>(
    replies: &mut BTreeMap<ReplyKind, OpenReply<S>>,
    kind: ReplyKind,
) -> Result<&mut OpenReply<S>> {
    let reply = replies.get_mut(&kind).filter(|reply| reply.is_in_group());
    reply.ok_or(AcknowledgeError::NotBegun(kind))
}

/// Begins the one 999 set of a reply group: each acknowledges one group.
fn begin_functional<S: Spool>(
    policy: &AcknowledgePolicy,
    reply: &mut OpenReply<S>,
    group: &GroupHeader,
) -> Result<FunctionalAck> {
    let ordinal = match policy.numbering {
        Numbering::Running => reply.groups() + 1,
        Numbering::OfQuestion => 1,
    };
    let options = policy.functional_options;
    let control = format!("{ordinal:04}");
    let ack = FunctionalAck::begin(reply.emitter(), &control, group, options)?;
    reply.flush()?;
    Ok(ack)
}
