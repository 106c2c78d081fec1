//! Turns framed pieces and checked sets into what a sink is told, in the order of the input.

use super::claims::ClaimEvent;
use super::envelope::{Envelope, Framing, GroupReport};
use super::header::InterchangeHeader;
use super::report::{Excerpt, GroupHeader, SetReport};
use crate::finding::{Code, Finding};
use crate::guide::Guide;
use crate::wire::{Delimiters, Piece, PieceKind};

/// Is told what comes of an input, in order. The first failure ends the check.
pub trait Sink {
    /// Why it could not take what it was told; [`std::convert::Infallible`] where it always can.
    type Error;

    /// True to be told of the claims of 837s one by one, whatever an error rejects.
    fn wants_claims(&self) -> bool {
        false
    }

    /// An interchange begins.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn interchange(&mut self, _header: &InterchangeHeader) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A group begins.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn group(&mut self, _header: &GroupHeader) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Claims of the set that is being checked, where they are told of; before its report, which may still reject them all.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn claims(&mut self, _guide: &Guide, _events: Vec<ClaimEvent>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A set was checked.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn set(&mut self, report: SetReport) -> Result<(), Self::Error>;

    /// A group has ended.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn group_end(&mut self, _report: &GroupReport) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Something was found in an envelope, or outside any; comes before the end of its group or interchange.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn envelope(&mut self, finding: &Finding, excerpt: &Excerpt) -> Result<(), Self::Error>;

    /// An interchange has ended; with the TA105 that rejects it, if any.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn interchange_end(
        &mut self,
        _header: &InterchangeHeader,
        _rejection: Option<&'static str>,
    ) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// The books of an input.
#[derive(Debug)]
pub(super) struct Books<'r> {
    envelope: Envelope<'r>,
    inside: bool,
    /// Findings of the envelope already told.
    told: usize,
}

impl<'r> Books<'r> {
    pub(super) fn new(envelope: Envelope<'r>) -> Self {
        Books { envelope, inside: false, told: 0 }
    }

    /// Books a piece that belongs to no set; `text` begins at `offset` in the file.
    pub(super) fn piece<S: Sink + ?Sized>(
        &mut self,
        text: &[u8],
        piece: &Piece,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let framing =
            Framing { text, delimiters: piece.delimiters, offset, terminated: piece.terminated };
        match piece.kind {
            PieceKind::Garbage => self.envelope.garbage(offset, text.len()),
            PieceKind::Isa { fault } => {
                self.end_without_iea(offset, sink)?;
                self.inside = true;
                sink.interchange(self.envelope.isa(framing, fault))?;
            }
            PieceKind::Gs => {
                let unended = self.envelope.gs(framing);
                self.end_group(unended, &framing, sink)?;
                if let Some(group) = self.envelope.group() {
                    sink.group(group)?;
                }
            }
            PieceKind::Ge => {
                let ended = self.envelope.ge(framing);
                self.end_group(ended, &framing, sink)?;
            }
            PieceKind::Iea => {
                let unended = self.envelope.iea(framing);
                self.end_group(unended, &framing, sink)?;
                self.tell(&framing, sink)?;
                self.close(sink)?;
            }
            PieceKind::Ta1 => self.envelope.ta1(framing),
            PieceKind::Stray => self.envelope.stray(framing),
            PieceKind::Set { .. } | PieceKind::Oversized => {}
        }
        self.tell(&framing, sink)
    }

    /// Books a set; `cut_at` is where the input ended inside it, if it did.
    pub(super) fn set<S: Sink + ?Sized>(
        &mut self,
        mut report: SetReport,
        cut_at: Option<u64>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if let Some(offset) = cut_at {
            self.envelope.truncated(offset);
        }
        self.envelope.set(&mut report);
        let offset = report.offset;
        if let (Some(guide), Some(claims)) = (&report.guide, &mut report.claims) {
            sink.claims(guide, std::mem::take(&mut claims.events))?;
        }
        sink.set(report)?;
        self.tell(
            &Framing { text: b"", delimiters: Delimiters::STANDARD, offset, terminated: true },
            sink,
        )
    }

    /// The input has ended.
    pub(super) fn finish<S: Sink + ?Sized>(
        &mut self,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.end_without_iea(offset, sink)?;
        if self.envelope.is_untouched() {
            self.envelope.not_x12();
            self.tell(&nothing(0), sink)?;
        }
        Ok(())
    }

    fn end_group<S: Sink + ?Sized>(
        &mut self,
        ended: Option<GroupReport>,
        framing: &Framing<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if let Some(report) = ended {
            self.tell(framing, sink)?;
            sink.group_end(&report)?;
        }
        Ok(())
    }

    fn end_without_iea<S: Sink + ?Sized>(
        &mut self,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if self.inside {
            let unended = self.envelope.no_iea(offset);
            self.end_group(unended, &nothing(offset), sink)?;
            self.tell(&nothing(offset), sink)?;
            self.close(sink)?;
        }
        Ok(())
    }

    fn close<S: Sink + ?Sized>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.inside = false;
        self.told = 0;
        let rejection = self.envelope.rejection();
        if let (Some(header), _) = self.envelope.finish() {
            sink.interchange_end(&header, rejection)?;
        }
        Ok(())
    }

    /// Tells the sink what the envelope has found since last time.
    fn tell<S: Sink + ?Sized>(
        &mut self,
        framing: &Framing<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let findings = self.envelope.findings();
        for finding in findings.iter().skip(self.told) {
            let text = if finding.code == Code::Garbage { b"" } else { framing.text };
            sink.envelope(finding, &Excerpt::of(text, framing.offset, 0, framing.delimiters))?;
        }
        self.told = findings.len();
        Ok(())
    }
}

fn nothing(offset: u64) -> Framing<'static> {
    Framing { text: b"", delimiters: Delimiters::STANDARD, offset, terminated: true }
}
