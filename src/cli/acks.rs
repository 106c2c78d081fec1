//! Acknowledgments of an input, written while it is checked: for each interchange a TA1 where one is due, a 999 for each of
//! its groups unless the whole interchange is rejected, and a 277CA for each 837 that is accepted.

use std::path::Path;

use time::PrimitiveDateTime;

use super::failure::{Failure, Result};
use super::spool::Waiting;
use crate::check::{
    ClaimEvent, ClaimTally, Excerpt, GroupHeader, GroupReport, InterchangeHeader, SetReport, Sink,
};
use crate::finding::{Code, Finding};
use crate::guide::Guide;
use crate::txn::ack::{AckOptions, FunctionalAck, GUIDE_999, InterchangeAck, write_ta1};
use crate::txn::claim_ack::{ClaimAck, ClaimAckError, ClaimAckOptions, GUIDE_277CA, Spool};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use crate::wire::{Delimiters, EmitError, Emitter};

/// Groups of 999s.
const FUNCTIONAL: GroupForm = GroupForm { functional: "FA", version: GUIDE_999 };

/// Groups of 277CAs.
const CLAIMS: GroupForm = GroupForm { functional: "HN", version: GUIDE_277CA };

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

    /// `ta1`, `999`, `277ca`: the ending of its files.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            AckKind::Ta1 => "ta1",
            AckKind::Functional => "999",
            AckKind::Claims => "277ca",
        }
    }
}

/// One interchange with acknowledgments of one kind in it.
pub(super) struct Acknowledgment {
    pub(super) kind: AckKind,
    /// Its ISA13.
    pub(super) control: u32,
    /// True when it rejects anything.
    pub(super) rejects: bool,
    /// Claims accepted and rejected in it, where it speaks of claims.
    pub(super) claims: Option<(u32, u32)>,
    /// ISA to IEA.
    pub(super) body: Waiting,
}

/// Groups of acknowledgments, before it is known whether they leave.
struct Body {
    text: Waiting,
    groups: u32,
    /// Sets in the group that is open.
    sets: u32,
    /// Where that begins.
    begin: u64,
    is_open: bool,
}

impl Body {
    fn new(folder: &Path) -> Self {
        Body { text: Waiting::new(folder), groups: 0, sets: 0, begin: 0, is_open: false }
    }

    fn begin_group(&mut self, envelope: &EnvelopeWriter, form: GroupForm) -> Result<()> {
        (self.sets, self.begin, self.is_open) = (0, self.text.len(), true);
        let mut out = Emitter::new(Delimiters::STANDARD);
        envelope.gs(&mut out, form, self.groups + 1).map_err(emit)?;
        self.push(&out.take())
    }

    fn end_group(&mut self) -> Result<()> {
        self.groups += 1;
        self.is_open = false;
        let mut out = Emitter::new(Delimiters::STANDARD);
        write_ge(&mut out, self.sets, self.groups).map_err(emit)?;
        self.push(&out.take())
    }

    /// Takes the group back, as if it had never been begun.
    fn drop_group(&mut self) -> Result<()> {
        self.is_open = false;
        self.text.truncate(self.begin).map_err(wait)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.text.push(bytes).map_err(wait)
    }

    fn clear(&mut self) -> Result<()> {
        (self.groups, self.is_open) = (0, false);
        self.text.clear().map_err(wait)
    }
}

/// Writes acknowledgments as an input is checked, and hands each over when it is whole.
pub(super) struct Acks<'d> {
    kinds: Vec<AckKind>,
    folder: &'d Path,
    deliver: &'d mut dyn FnMut(Acknowledgment) -> Result<()>,
    control: u32,
    at: PrimitiveDateTime,
    envelope: Option<EnvelopeWriter>,
    /// ISA13 of the interchange that is answered; 0 where it is no number.
    answered: u32,
    functional: Body,
    /// Segments of the 999 that is being written.
    emitter: Emitter,
    running: Option<FunctionalAck>,
    rejects: bool,
    claims: Body,
    claim_ack: ClaimAck<Waiting>,
    /// Claims of the interchange, and of the group that is open.
    counted: (u32, u32),
    of_group: (u32, u32),
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
        let at = options.at;
        let emitter = || Emitter::new(Delimiters::STANDARD);
        let spools = [Waiting::new(folder), Waiting::new(folder)];
        Acks {
            kinds: kinds.to_vec(),
            folder,
            deliver,
            control,
            at,
            envelope: None,
            answered: 0,
            functional: Body::new(folder),
            emitter: emitter(),
            running: None,
            rejects: false,
            claims: Body::new(folder),
            claim_ack: ClaimAck::new(options, emitter(), spools),
            counted: (0, 0),
            of_group: (0, 0),
            is_bare: false,
        }
    }

    /// True when the file held no interchange, so that there is nobody to acknowledge anything to.
    pub(super) fn is_bare(&self) -> bool {
        self.is_bare
    }

    fn is_wanted(&self, kind: AckKind) -> bool {
        self.kinds.contains(&kind)
    }

    fn begin_group(&mut self, group: &GroupHeader) -> Result<()> {
        let Some(envelope) = self.envelope.clone() else { return Ok(()) };
        self.of_group = (0, 0);
        self.functional.begin_group(&envelope, FUNCTIONAL)?;
        let control = format!("{:04}", self.functional.groups + 1);
        let ack = FunctionalAck::begin(&mut self.emitter, &control, group, AckOptions::default());
        self.running = Some(ack.map_err(emit)?);
        Ok(())
    }

    fn add_set(&mut self, report: &SetReport) -> Result<()> {
        let Some(ack) = &self.running else { return Ok(()) };
        ack.set(&mut self.emitter, report).map_err(emit)?;
        self.functional.push(&self.emitter.take())?;
        match &report.claims {
            Some(tally) if self.is_wanted(AckKind::Claims) => {
                if report.is_accepted() {
                    self.claim_set(report, tally)
                } else {
                    self.claim_ack.clear().map_err(claims)
                }
            }
            _ => Ok(()),
        }
    }

    /// Ends the 277CA of an 837 that was accepted.
    fn claim_set(&mut self, report: &SetReport, tally: &ClaimTally) -> Result<()> {
        let Some(envelope) = self.envelope.clone() else { return Ok(()) };
        if !self.claims.is_open {
            self.claims.begin_group(&envelope, CLAIMS)?;
        }
        self.claims.sets += 1;
        let control = format!("{:04}", self.claims.sets);
        let reference = format!("{:09}{:03}{control}", self.answered, self.claims.groups + 1);
        let receipt = format!("{:09}-{}", self.answered, report.header.control);
        let text = &mut self.claims.text;
        self.claim_ack
            .finish(tally, &control, &reference, &receipt, &mut |bytes| text.push(bytes))
            .map_err(claims)?;
        self.of_group.0 += tally.accepted;
        self.of_group.1 += tally.rejected;
        Ok(())
    }

    fn end_group(&mut self, report: &GroupReport) -> Result<()> {
        let Some(ack) = self.running.take() else { return Ok(()) };
        self.rejects |= report.disposition() != "A" && report.disposition() != "E";
        ack.end(&mut self.emitter, report).map_err(emit)?;
        self.functional.push(&self.emitter.take())?;
        self.functional.sets = 1;
        self.functional.end_group()?;
        if !self.claims.is_open {
            return Ok(());
        }
        if report.codes.is_empty() {
            self.counted.0 += self.of_group.0;
            self.counted.1 += self.of_group.1;
            self.claims.end_group()
        } else {
            // Nothing is said of the claims of a group that is rejected.
            self.claims.drop_group()
        }
    }

    fn end_interchange(
        &mut self,
        header: &InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<()> {
        let Some(envelope) = self.envelope.take() else { return Ok(()) };
        let ack = match rejection {
            Some(note) => Some(InterchangeAck::Rejected(note)),
            None => header.wants_ta1.then_some(InterchangeAck::Accepted),
        };
        if let Some(ack) = ack {
            let mut body = Body::new(self.folder);
            let mut out = Emitter::new(Delimiters::STANDARD);
            write_ta1(&mut out, header, ack).map_err(emit)?;
            body.push(&out.take())?;
            self.send(AckKind::Ta1, &envelope, &mut body, rejection.is_some(), None)?;
        }
        let (rejects, claims) = (self.rejects, std::mem::take(&mut self.counted));
        let folder = self.folder;
        let mut functional = std::mem::replace(&mut self.functional, Body::new(folder));
        let mut of_claims = std::mem::replace(&mut self.claims, Body::new(folder));
        if rejection.is_none() && functional.groups > 0 {
            self.send(AckKind::Functional, &envelope, &mut functional, rejects, None)?;
        }
        if rejection.is_none() && of_claims.groups > 0 {
            let rejects = claims.1 > 0;
            self.send(AckKind::Claims, &envelope, &mut of_claims, rejects, Some(claims))?;
        }
        functional.clear()?;
        of_claims.clear()?;
        (self.functional, self.claims) = (functional, of_claims);
        self.claim_ack.clear().map_err(self::claims)
    }

    /// Puts the envelope around acknowledgments and hands them over.
    fn send(
        &mut self,
        kind: AckKind,
        envelope: &EnvelopeWriter,
        body: &mut Body,
        rejects: bool,
        claims: Option<(u32, u32)>,
    ) -> Result<()> {
        if !self.is_wanted(kind) {
            return Ok(());
        }
        let control = self.control;
        self.control = control % 999_999_999 + 1;
        let mut whole = Waiting::new(self.folder);
        let mut out = Emitter::new(Delimiters::STANDARD);
        envelope.isa(&mut out, control).map_err(emit)?;
        whole.push(&out.take()).map_err(wait)?;
        body.text.pour(&mut |bytes| whole.push(bytes)).map_err(wait)?;
        write_iea(&mut out, body.groups, control).map_err(emit)?;
        whole.push(&out.take()).map_err(wait)?;
        (self.deliver)(Acknowledgment { kind, control, rejects, claims, body: whole })
    }
}

impl Sink for Acks<'_> {
    type Error = Failure;

    fn wants_claims(&self) -> bool {
        self.is_wanted(AckKind::Claims)
    }

    fn interchange(&mut self, header: &InterchangeHeader) -> Result<()> {
        let party = |qualifier: &str, id: &str| Party {
            qualifier: if qualifier.len() == 2 { qualifier } else { "ZZ" }.into(),
            id: if id.is_empty() { "?" } else { id }.into(),
        };
        self.rejects = false;
        self.running = None;
        self.answered = header.control.as_str().parse().unwrap_or(0);
        // Sender and receiver change places.
        self.envelope = Some(EnvelopeWriter::new(
            party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
            party(header.sender_qualifier.as_str(), header.sender.as_str()),
            !header.is_test,
            self.at,
        ));
        Ok(())
    }

    fn group(&mut self, header: &GroupHeader) -> Result<()> {
        // An acknowledgment is never acknowledged.
        if header.functional.as_str() == "FA" {
            return Ok(());
        }
        self.begin_group(header)
    }

    fn claims(&mut self, guide: &Guide, events: Vec<ClaimEvent>) -> Result<()> {
        if !self.is_wanted(AckKind::Claims) {
            return Ok(());
        }
        self.claim_ack.take(guide, &events).map_err(claims)
    }

    fn set(&mut self, report: SetReport) -> Result<()> {
        self.add_set(&report)
    }

    fn group_end(&mut self, report: &GroupReport) -> Result<()> {
        self.end_group(report)
    }

    fn envelope(&mut self, finding: &Finding, _: &Excerpt) -> Result<()> {
        self.is_bare |= finding.code == Code::NotX12;
        Ok(())
    }

    fn interchange_end(
        &mut self,
        header: &InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<()> {
        self.end_interchange(header, rejection)
    }
}

const DOING: &str = "write an acknowledgment";

fn emit(error: EmitError) -> Failure {
    Failure::new(DOING, error)
}

fn wait(error: std::io::Error) -> Failure {
    Failure::new(DOING, error)
}

fn claims(error: ClaimAckError) -> Failure {
    Failure::new(DOING, error)
}
