//! Turns framed pieces and checked sets into what a sink is told, in the order of the input.

use super::claims::ClaimEvent;
use super::envelope::{Envelope, Framing, GroupReport};
use super::header::InterchangeHeader;
use super::report::{Excerpt, GroupHeader, SetReport};
use crate::finding::{Code, Finding};
use crate::guide::Guide;
use crate::wire::{Delimiters, Piece, PieceKind};

/// Is told what comes of an input, in order.
pub trait Sink {
    /// True to be told of the claims of 837s one by one, whatever an error rejects.
    fn wants_claims(&self) -> bool {
        false
    }
    /// An interchange begins.
    fn interchange(&mut self, _header: &InterchangeHeader) {}
    /// A group begins.
    fn group(&mut self, _header: &GroupHeader) {}
    /// Claims of the set that is being checked, where they are told of; before its report, which may still reject them all.
    fn claims(&mut self, _guide: &Guide, _events: Vec<ClaimEvent>) {}
    /// A set was checked.
    fn set(&mut self, report: SetReport);
    /// A group has ended.
    fn group_end(&mut self, _report: &GroupReport) {}
    /// Something was found in an envelope, or outside any; comes before the end of its group or interchange.
    fn envelope(&mut self, finding: &Finding, excerpt: &Excerpt);
    /// An interchange has ended; with the TA105 that rejects it, if any.
    fn interchange_end(&mut self, _header: &InterchangeHeader, _rejection: Option<&'static str>) {}
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
    pub(super) fn piece(&mut self, text: &[u8], piece: &Piece, offset: u64, sink: &mut dyn Sink) {
        let framing =
            Framing { text, delimiters: piece.delimiters, offset, terminated: piece.terminated };
        match piece.kind {
            PieceKind::Garbage => self.envelope.garbage(offset, text.len()),
            PieceKind::Isa { fault } => {
                self.end_without_iea(offset, sink);
                self.inside = true;
                sink.interchange(self.envelope.isa(framing, fault));
            }
            PieceKind::Gs => {
                let unended = self.envelope.gs(framing);
                self.end_group(unended, &framing, sink);
                if let Some(group) = self.envelope.group() {
                    sink.group(group);
                }
            }
            PieceKind::Ge => {
                let ended = self.envelope.ge(framing);
                self.end_group(ended, &framing, sink);
            }
            PieceKind::Iea => {
                let unended = self.envelope.iea(framing);
                self.end_group(unended, &framing, sink);
                self.tell(&framing, sink);
                self.close(sink);
            }
            PieceKind::Ta1 => self.envelope.ta1(framing),
            PieceKind::Stray => self.envelope.stray(framing),
            PieceKind::Set { .. } | PieceKind::Oversized => {}
        }
        self.tell(&framing, sink);
    }

    /// Books a set; `cut_at` is where the input ended inside it, if it did.
    pub(super) fn set(&mut self, mut report: SetReport, cut_at: Option<u64>, sink: &mut dyn Sink) {
        if let Some(offset) = cut_at {
            self.envelope.truncated(offset);
        }
        self.envelope.set(&mut report);
        let offset = report.offset;
        if let (Some(guide), Some(claims)) = (&report.guide, &mut report.claims) {
            sink.claims(guide, std::mem::take(&mut claims.events));
        }
        sink.set(report);
        self.tell(
            &Framing { text: b"", delimiters: Delimiters::STANDARD, offset, terminated: true },
            sink,
        );
    }

    /// The input has ended.
    pub(super) fn finish(&mut self, offset: u64, sink: &mut dyn Sink) {
        self.end_without_iea(offset, sink);
        if self.envelope.is_untouched() {
            self.envelope.not_x12();
            self.tell(&nothing(0), sink);
        }
    }

    fn end_group(
        &mut self,
        ended: Option<GroupReport>,
        framing: &Framing<'_>,
        sink: &mut dyn Sink,
    ) {
        if let Some(report) = ended {
            self.tell(framing, sink);
            sink.group_end(&report);
        }
    }

    fn end_without_iea(&mut self, offset: u64, sink: &mut dyn Sink) {
        if self.inside {
            let unended = self.envelope.no_iea(offset);
            self.end_group(unended, &nothing(offset), sink);
            self.tell(&nothing(offset), sink);
            self.close(sink);
        }
    }

    fn close(&mut self, sink: &mut dyn Sink) {
        self.inside = false;
        self.told = 0;
        let rejection = self.envelope.rejection();
        if let (Some(header), _) = self.envelope.finish() {
            sink.interchange_end(&header, rejection);
        }
    }

    /// Tells the sink what the envelope has found since last time.
    fn tell(&mut self, framing: &Framing<'_>, sink: &mut dyn Sink) {
        let findings = self.envelope.findings();
        for finding in findings.iter().skip(self.told) {
            let text = if finding.code == Code::Garbage { b"" } else { framing.text };
            sink.envelope(finding, &Excerpt::of(text, framing.offset, 0, framing.delimiters));
        }
        self.told = findings.len();
    }
}

fn nothing(offset: u64) -> Framing<'static> {
    Framing { text: b"", delimiters: Delimiters::STANDARD, offset, terminated: true }
}
