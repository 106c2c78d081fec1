//! Checks an input of any number of interchanges: frames it, keeps the books, checks the sets, and tells a sink what
//! comes of it, in the order of the input.

use std::sync::Arc;

use super::envelope::{Envelope, EnvelopeLimits, Framing, GroupReport};
use super::header::InterchangeHeader;
use super::report::{Excerpt, GroupHeader, SetReport};
use super::set::{SetChecker, SetPlace};
use crate::finding::{Code, Finding, Policy};
use crate::guide::Registry;
use crate::wire::{FrameLimits, Framed, Framer, Piece, PieceKind, Tag};

/// Limits of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// On segments and parts of sets.
    pub frame: FrameLimits,
    /// On interchanges.
    pub envelope: EnvelopeLimits,
}

/// Is told what comes of an input, in order.
pub trait Sink {
    /// An interchange begins.
    fn interchange(&mut self, _header: &InterchangeHeader) {}
    /// A group begins.
    fn group(&mut self, _header: &GroupHeader) {}
    /// A set was checked.
    fn set(&mut self, report: SetReport);
    /// A group has ended.
    fn group_end(&mut self, _report: &GroupReport) {}
    /// Something was found in an envelope, or outside any; comes before the end of its group or interchange.
    fn envelope(&mut self, finding: &Finding, excerpt: &Excerpt);
    /// An interchange has ended; with the TA105 that rejects it, if any.
    fn interchange_end(&mut self, _header: &InterchangeHeader, _rejection: Option<&'static str>) {}
}

/// A set to be checked by somebody: its place and its text.
#[derive(Clone, Debug)]
pub struct Task {
    /// The group it stands in.
    pub group: Arc<GroupHeader>,
    /// What the check needs to know besides.
    pub place: TaskPlace,
}

/// The owned form of [`SetPlace`].
#[derive(Clone, Copy, Debug)]
pub struct TaskPlace {
    /// Offset of the text in the file.
    pub offset: u64,
    /// Length of the text.
    pub length: usize,
    /// See [`SetPlace::ordinal`].
    pub ordinal: u32,
    /// See [`SetPlace::duplicate`].
    pub duplicate: bool,
    /// See [`SetPlace::delimiters`].
    pub delimiters: crate::wire::Delimiters,
    /// False when the input ended inside the set.
    pub terminated: bool,
}

impl Task {
    /// The place as the checker takes it.
    pub fn set_place(&self) -> SetPlace<'_> {
        SetPlace {
            group: &self.group,
            delimiters: self.place.delimiters,
            offset: self.place.offset,
            ordinal: self.place.ordinal,
            duplicate: self.place.duplicate,
        }
    }
}

/// Runs the check of one input on the calling thread.
#[derive(Debug)]
pub struct Stream<'r> {
    framer: Framer,
    limits: Limits,
    envelope: Envelope<'r>,
    checker: SetChecker<'r>,
    group: Arc<GroupHeader>,
    offset: u64,
    inside: bool,
    /// Findings of the envelope already told.
    told: usize,
}

impl<'r> Stream<'r> {
    /// A run over one input.
    pub fn new(registry: &'r Registry, limits: Limits, policy: &Policy) -> Self {
        Stream {
            framer: Framer::new(limits.frame),
            limits,
            envelope: Envelope::new(registry, limits.envelope, policy),
            checker: SetChecker::new(registry, policy),
            group: Arc::default(),
            offset: 0,
            inside: false,
            told: 0,
        }
    }

    /// Bytes of the input done with.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes what there is of the input and gives how many bytes of it are done with; the rest has to come again, with
    /// more after it. `end` says that there is no more.
    pub fn feed(&mut self, buffer: &[u8], end: bool, sink: &mut dyn Sink) -> usize {
        let mut done = 0;
        loop {
            match self.framer.next(&buffer[done..], end) {
                Framed::NeedMore { consumed } => {
                    self.offset += consumed as u64;
                    return done + consumed;
                }
                Framed::End => {
                    self.finish_input(sink);
                    return buffer.len();
                }
                Framed::Piece(piece) => {
                    let text = &buffer[done..][piece.span.clone()];
                    self.piece(text, &piece, sink);
                    self.offset += piece.consumed as u64;
                    done += piece.consumed;
                }
            }
        }
    }

    fn piece(&mut self, text: &[u8], piece: &Piece, sink: &mut dyn Sink) {
        let offset = self.offset + piece.span.start as u64;
        let framing =
            Framing { text, delimiters: piece.delimiters, offset, terminated: piece.terminated };
        match piece.kind {
            PieceKind::Garbage => self.envelope.garbage(offset, text.len()),
            PieceKind::Isa { fault } => {
                if self.inside {
                    self.end_interchange(None, offset, sink);
                }
                self.inside = true;
                sink.interchange(self.envelope.isa(framing, fault));
            }
            PieceKind::Gs => {
                let unended = self.envelope.gs(framing);
                self.end_group(unended, &framing, sink);
                if let Some(group) = self.envelope.group() {
                    self.group = Arc::new(*group);
                    sink.group(group);
                }
            }
            PieceKind::Set { start, end } => self.set(text, piece, start, end, sink),
            PieceKind::Ge => {
                let ended = self.envelope.ge(framing);
                self.end_group(ended, &framing, sink);
            }
            PieceKind::Iea => {
                let unended = self.envelope.iea(framing);
                self.end_group(unended, &framing, sink);
                self.tell(&framing, sink);
                self.close_interchange(sink);
            }
            PieceKind::Ta1 => self.envelope.ta1(framing),
            PieceKind::Stray => self.envelope.stray(framing),
            PieceKind::Oversized => {
                let tag = text.split(|b| *b == piece.delimiters.element).next().unwrap_or(&[]);
                self.checker.oversized(Tag::new(tag), offset, self.limits.frame.segment_bytes_max);
            }
        }
        self.tell(&framing, sink);
    }

    fn set(&mut self, text: &[u8], piece: &Piece, start: bool, end: bool, sink: &mut dyn Sink) {
        let offset = self.offset + piece.span.start as u64;
        if start {
            let (ordinal, duplicate) = self.envelope.st(text, piece.delimiters, offset);
            let place = SetPlace {
                group: &self.group,
                delimiters: piece.delimiters,
                offset,
                ordinal,
                duplicate,
            };
            self.checker.begin(text, place);
        } else {
            self.checker.part(text, offset);
        }
        if end {
            if !piece.terminated {
                self.envelope.truncated(offset + text.len() as u64);
            }
            let report = self.checker.end();
            self.envelope.set(&report);
            sink.set(report);
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

    /// The interchange ends without its IEA.
    fn end_interchange(&mut self, framing: Option<Framing<'_>>, offset: u64, sink: &mut dyn Sink) {
        let unended = self.envelope.no_iea(offset);
        let delimiters = crate::wire::Delimiters::STANDARD;
        let framing =
            framing.unwrap_or(Framing { text: &[], delimiters, offset, terminated: false });
        self.end_group(unended, &framing, sink);
        self.tell(&framing, sink);
        self.close_interchange(sink);
    }

    fn close_interchange(&mut self, sink: &mut dyn Sink) {
        self.inside = false;
        self.told = 0;
        let rejection = self.envelope.rejection();
        if let (Some(header), _) = self.envelope.finish() {
            sink.interchange_end(&header, rejection);
        }
    }

    fn finish_input(&mut self, sink: &mut dyn Sink) {
        if self.inside {
            self.end_interchange(None, self.offset, sink);
        } else if self.envelope.sets() == 0 && self.envelope.is_untouched() {
            self.envelope.not_x12();
            let framing = Framing {
                text: &[],
                delimiters: crate::wire::Delimiters::STANDARD,
                offset: 0,
                terminated: true,
            };
            self.tell(&framing, sink);
        }
    }

    /// Tells the sink what the envelope has found since last time.
    fn tell(&mut self, framing: &Framing<'_>, sink: &mut dyn Sink) {
        let findings = self.envelope.findings();
        for finding in &findings[self.told.min(findings.len())..] {
            let excerpt = match finding.code {
                Code::Garbage => Excerpt::of(&[], framing.offset, 0, framing.delimiters),
                _ => Excerpt::of(framing.text, framing.offset, 0, framing.delimiters),
            };
            sink.envelope(finding, &excerpt);
        }
        self.told = findings.len();
    }
}
