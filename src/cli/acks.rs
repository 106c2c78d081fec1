//! Acknowledgments of an input, handed over as its interchanges end: a TA1 where one is due, a 999 for each group unless the
//! whole interchange is rejected, and a 277CA for each 837 that is accepted.

use std::io;
use std::path::Path;
use std::sync::Arc;

use time::PrimitiveDateTime;

use super::failure::{Failure, Result};
use crate::acknowledge::{
    AcknowledgeError, AcknowledgePolicy, Acknowledger, FinishedReply, FunctionalPolicy,
    GroupParties, InterchangePolicy, Numbering, Numbers, RejectedGroups, ReplyKind, Spools,
};
use crate::check::{
    ClaimEvent, Excerpt, GroupHeader, GroupReport, InterchangeHeader, SetReport, Sink,
};
use crate::finding::{Code, Finding};
use crate::gateway::FileSpool;
use crate::guide::Guide;
use crate::txn::ack::AckOptions;
use crate::txn::claim_ack::ClaimAckOptions;
use crate::txn::envelope::{EnvelopeWriter, Party};

/// The greatest control number; after it comes 1.
const LAST: u32 = 999_999_999;

/// The kinds of acknowledgment, in the order they leave.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AckKind {
    /// Interchange acknowledgment
    Ta1,
    /// Implementation acknowledgment of groups and sets
    #[value(name = "999")]
    Functional,
    /// Claim acknowledgment of 837s
    #[value(name = "277ca")]
    Claims,
}

impl AckKind {
    /// Every kind.
    pub(super) const ALL: [AckKind; 3] = [AckKind::Ta1, AckKind::Functional, AckKind::Claims];
}

/// One interchange with acknowledgments of one kind in it.
pub(super) type Acknowledgment = FinishedReply<FileSpool>;

/// Spools beside the output: what is long waits in files of this folder.
struct InFolder<'f>(&'f Path);

impl Spools for InFolder<'_> {
    type Spool = FileSpool;

    fn reply(&mut self) -> io::Result<FileSpool> {
        Ok(FileSpool::in_folder(self.0))
    }

    fn scratch(&mut self) -> io::Result<FileSpool> {
        Ok(FileSpool::in_folder(self.0))
    }
}

/// Hands over acknowledgments as an input is checked.
pub(super) struct Acks<'d> {
    policy: AcknowledgePolicy,
    folder: &'d Path,
    deliver: &'d mut dyn FnMut(Acknowledgment) -> Result<()>,
    /// The number of what is handed over next.
    control: u32,
    at: PrimitiveDateTime,
    /// The interchange that is open.
    open: Option<Acknowledger<InFolder<'d>>>,
    /// The file held no interchange.
    is_bare: bool,
}

impl<'d> Acks<'d> {
    /// Nothing yet; the first acknowledgment gets this control number. What is long waits in files in `folder`.
    pub(super) fn new(
        kinds: &[AckKind],
        control: u32,
        options: ClaimAckOptions,
        folder: &'d Path,
        deliver: &'d mut dyn FnMut(Acknowledgment) -> Result<()>,
    ) -> Self {
        let is_wanted = |kind| kinds.contains(&kind);
        let at = options.at;
        let policy = AcknowledgePolicy {
            interchange: match is_wanted(AckKind::Ta1) {
                true => InterchangePolicy::Honour,
                false => InterchangePolicy::Never,
            },
            functional: match is_wanted(AckKind::Functional) {
                true => FunctionalPolicy::Always,
                false => FunctionalPolicy::Never,
            },
            defers_functional: false,
            functional_options: AckOptions::default(),
            claims: is_wanted(AckKind::Claims).then_some(options),
            numbering: Numbering::Running,
            group_parties: GroupParties::OfInterchange,
            rejected_groups: RejectedGroups::NameAll,
        };
        Acks { policy, folder, deliver, control, at, open: None, is_bare: false }
    }

    /// True when the file held no interchange, so that there is nobody to acknowledge anything to.
    pub(super) fn is_bare(&self) -> bool {
        self.is_bare
    }

    fn open(&mut self) -> Result<&mut Acknowledger<InFolder<'d>>> {
        let none = || Failure::new(DOING, AcknowledgeError::NoGroup);
        self.open.as_mut().ok_or_else(none)
    }

    /// Begins what is due. Numbers are those of the order in which replies leave: a TA1 comes before, and a 277CA never
    /// comes without the 999.
    fn begin(&mut self, due: Option<ReplyKind>) -> Result<()> {
        let Some(kind) = due else { return Ok(()) };
        let (first, writes_999) =
            (self.control, self.policy.functional == FunctionalPolicy::Always);
        let open = self.open()?;
        if open.need(kind).is_none() {
            return Ok(());
        }
        let before = u32::from(open.due_ta1(None).is_some())
            + u32::from(kind == ReplyKind::ACK_277CA && writes_999);
        let numbers = Numbers { interchange: later(first, before), group: open.next_group(kind) };
        open.begin(kind, numbers).map_err(fail)
    }

    fn hand_over(&mut self, reply: Acknowledgment) -> Result<()> {
        self.control = later(reply.control, 1);
        (self.deliver)(reply)
    }
}

impl Sink for Acks<'_> {
    type Error = Failure;

    fn wants_claims(&self) -> bool {
        self.policy.claims.is_some()
    }

    fn interchange(&mut self, header: &InterchangeHeader) -> Result<()> {
        let party = |qualifier: &str, id: &str| Party {
            qualifier: if qualifier.len() == 2 { qualifier } else { "ZZ" }.into(),
            id: if id.is_empty() { "?" } else { id }.into(),
        };
        // Sender and receiver change places.
        let envelope = EnvelopeWriter::new(
            party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
            party(header.sender_qualifier.as_str(), header.sender.as_str()),
            !header.is_test,
            self.at,
        );
        let spools = InFolder(self.folder);
        let policy = self.policy.clone();
        self.open = Some(Acknowledger::new(*header, Arc::new(envelope), policy, spools));
        Ok(())
    }

    fn group(&mut self, header: &GroupHeader) -> Result<()> {
        let open = self.open()?;
        open.group(header, false);
        let due = open.due_at_group();
        self.begin(due)
    }

    fn claims(&mut self, guide: &Guide, events: Vec<ClaimEvent>) -> Result<()> {
        match &mut self.open {
            Some(open) => open.claims(guide, &events).map_err(fail),
            None => Ok(()),
        }
    }

    fn set(&mut self, report: SetReport) -> Result<()> {
        let open = self.open()?;
        if !open.is_in_group() {
            return Ok(());
        }
        let due = open.due_at_set(&report);
        self.begin(due)?;
        self.open()?.set(report).map_err(fail)
    }

    fn group_end(&mut self, report: &GroupReport) -> Result<()> {
        self.open()?.group_end(report).map_err(fail)
    }

    fn envelope(&mut self, finding: &Finding, _: &Excerpt) -> Result<()> {
        self.is_bare |= finding.code == Code::NotX12;
        Ok(())
    }

    fn interchange_end(
        &mut self,
        _: &InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if let Some(ack) = open.due_ta1(rejection) {
            let ta1 = open.ta1(ack, self.control).map_err(fail)?;
            self.hand_over(ta1)?;
        }
        if rejection.is_none() {
            for reply in open.finish().map_err(fail)? {
                self.hand_over(reply)?;
            }
        }
        Ok(())
    }
}

const DOING: &str = "write an acknowledgment";

fn fail(error: AcknowledgeError) -> Failure {
    match error {
        AcknowledgeError::Emit(error) => Failure::new(DOING, error),
        AcknowledgeError::Spool(error) => Failure::new(DOING, error),
        error => Failure::new(DOING, error),
    }
}

/// The control number so many after this one.
fn later(control: u32, count: u32) -> u32 {
    (control - 1 + count) % LAST + 1
}
