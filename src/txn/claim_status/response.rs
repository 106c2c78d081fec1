//! The 277: the status of each claim found, or why there is none.

use super::levels::{self, Claim, PatientLevel, read_beginning, read_levels, write_set};
use super::request::{line_number, served};
use crate::phi::redacted;
use crate::segments::{ClaimStatus, Header, Reference, Sent, ServiceLine, Trace, When, find};
use crate::tree::LoopRef;
use crate::wire::{EmitError, Emitter};

/// Most references of a claim, one of each kind.
const REFERENCES_MAX: usize = 6;

/// One 277 set.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct StatusResponse {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// 2000A loops: the payers who answer.
    pub sources: Vec<Source>,
}

redacted!(StatusResponse { control });

/// A payer and whom it answers: loop 2000A.
pub type Source = levels::Source<ClaimAnswer>;

/// Who receives the answer: loop 2000B.
pub type Receiver = levels::Receiver<ClaimAnswer>;

/// The provider: loop 2000C.
pub type Provider = levels::Provider<ClaimAnswer>;

/// A subscriber: loop 2000D.
pub type Subscriber = levels::Subscriber<ClaimAnswer>;

/// A dependent: loop 2000E.
pub type Dependent = levels::Dependent<ClaimAnswer>;

/// The status of one claim, or that none was found: loop 2200D or 2200E.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimAnswer {
    /// TRN02: that of the request.
    pub trace: Box<str>,
    /// STC, at least one.
    pub statuses: Vec<ClaimStatus>,
    /// REF, one of each kind: `1K` our number of the claim, `BLT` type of bill, `EJ` the provider's number, `XZ`, `VV`, `D9`.
    pub references: Vec<Reference>,
    /// DTP*472.
    pub service: Sent<When>,
    /// 2220 loops: its service lines.
    pub lines: Vec<LineAnswer>,
}

/// The status of a service line: loop 2220D or 2220E.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct LineAnswer {
    /// SVC.
    pub service: ServiceLine,
    /// STC, at least one.
    pub statuses: Vec<ClaimStatus>,
    /// REF*FJ: the provider's number of the line.
    pub control: Box<str>,
    /// DTP*472.
    pub when: Sent<When>,
}

redacted!(ClaimAnswer { statuses, lines });
redacted!(LineAnswer { statuses });

impl ClaimAnswer {
    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }
}

impl StatusResponse {
    /// Reads a walked 277. `set` is the outermost loop, which contains ST and BHT. Never fails: what does not fit is left
    /// out.
    pub fn read(set: LoopRef<'_>) -> StatusResponse {
        let (control, header) = read_beginning(set);
        let mut sources = Vec::new();
        read_levels(&mut sources, set);
        StatusResponse { control, header, sources }
    }

    /// Writes the set, ST to SE. Text is made to fit the guide's lengths and character set.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        write_set("277", &self.control, &self.header, &self.sources, out)
    }
}

impl Claim for ClaimAnswer {
    const ANSWERS: bool = true;

    fn read(here: LoopRef<'_>) -> ClaimAnswer {
        let mut claim = ClaimAnswer::default();
        for segment in here.segments() {
            match segment.tag_bytes() {
                b"TRN" => claim.trace = Trace::read(segment).number,
                b"STC" => claim.statuses.push(ClaimStatus::read(segment)),
                b"REF" => claim.references.push(Reference::read(segment)),
                b"DTP" => claim.service = When::read(&segment),
                _ => {}
            }
        }
        claim.lines = here.children().map(read_line).collect();
        claim
    }

    fn write(&self, patient: PatientLevel, out: &mut Emitter) -> Result<(), EmitError> {
        levels::write_trace_of(&self.trace, "2", out)?;
        self.statuses.iter().try_for_each(|status| status.write(out))?;
        let mut references = self.references.iter().take(REFERENCES_MAX);
        references.try_for_each(|reference| reference.write_bare(out))?;
        served(self.service).write(out)?;
        out.enter(match patient {
            PatientLevel::Subscriber => "2220D",
            PatientLevel::Dependent => "2220E",
        });
        for line in &self.lines {
            line.service.write(out)?;
            line.statuses.iter().try_for_each(|status| status.write(out))?;
            line_number(&line.control).write_bare(out)?;
            served(line.when).write(out)?;
        }
        Ok(())
    }
}

fn read_line(here: LoopRef<'_>) -> LineAnswer {
    let mut line = LineAnswer::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"SVC" => line.service = ServiceLine::read(segment),
            b"STC" => line.statuses.push(ClaimStatus::read(segment)),
            b"REF" => line.control = Reference::read(segment).value,
            b"DTP" => line.when = When::read(&segment),
            _ => {}
        }
    }
    line
}
