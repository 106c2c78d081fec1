//! An input read part by part, each set with its loop tree: for callers that show or use the contents of a file.

use super::super::{SetChecker, SetPlace, SetReport};
use super::{EventKind, InputEvent, InputReader, Read};
use crate::finding::Policy;
use crate::guide::{Guide, Registry};
use crate::tree::LoopRef;
use crate::wire::{Delimiters, FrameLimits, Segment, Tape};

/// A piece of an input, read.
#[non_exhaustive]
pub enum InputPart<'a> {
    /// ISA, GS, GE, IEA, TA1 or a segment outside any set.
    Envelope(Segment<'a>),
    /// What follows has no ISA: these separators are assumed.
    Fragment(Delimiters),
    /// A set whose guide is known.
    Set {
        /// Its loops.
        root: LoopRef<'a>,
        /// The guide it follows.
        guide: &'a Guide,
        /// Its findings.
        report: &'a SetReport,
    },
    /// A set without a known guide.
    Unguided {
        /// Its findings.
        report: &'a SetReport,
        /// Its segments.
        segments: Vec<Segment<'a>>,
    },
    /// At the end: sets that were not read.
    LeftOut {
        /// How many sets were over the number asked for.
        more: u64,
        /// How many were too long to be kept whole.
        long: u64,
    },
}

/// Longest set that is read, in bytes.
const SET_BYTES_MAX: usize = 64 << 20;

/// Reads the interchanges of an input that is in memory from front to back. Sets too long to be kept whole are left out.
pub fn read_parts(input: &[u8], registry: &Registry, mut visit: impl FnMut(InputPart<'_>)) {
    let reader = InputReader::new(limits(false));
    let mut parts = PartReader { reader, ..PartReader::new(u64::MAX, registry) };
    parts.feed(input, true, &mut visit);
}

fn limits(fragments: bool) -> FrameLimits {
    FrameLimits { part_bytes_max: SET_BYTES_MAX, fragments, ..FrameLimits::default() }
}

/// Reads an input part by part as its bytes come in, sets without an ISA too.
pub struct PartReader<'r> {
    checker: SetChecker<'r>,
    reader: InputReader,
    tape: Tape,
    /// Sets that are wanted.
    sets_max: u64,
    ordinal: u32,
    more: u64,
    long: u64,
    assumed: Option<Delimiters>,
}

impl<'r> PartReader<'r> {
    /// Starts before the first byte; of the sets that are more than `sets_max` only the number is told.
    pub fn new(sets_max: u64, registry: &'r Registry) -> Self {
        PartReader {
            checker: SetChecker::new(registry, &Policy::default()).with_tree(),
            reader: InputReader::new(limits(true)),
            tape: Tape::default(),
            sets_max,
            ordinal: 0,
            more: 0,
            long: 0,
            assumed: None,
        }
    }

    /// Takes the available input and returns how many bytes of it are consumed; the rest has to be given again, with more
    /// after it. `end` says that there is no more.
    pub fn feed(
        &mut self,
        buffer: &[u8],
        end: bool,
        visit: &mut dyn FnMut(InputPart<'_>),
    ) -> usize {
        let mut done = 0;
        loop {
            match self.reader.next(&buffer[done..], end) {
                Read::NeedMore { consumed } => return done + consumed,
                Read::End => {
                    let (more, long) = (self.more, self.long);
                    if more + long > 0 {
                        visit(InputPart::LeftOut { more, long });
                    }
                    return buffer.len();
                }
                Read::Event(event) => {
                    self.event(&event, event.text(&buffer[done..]), visit);
                    done += event.consumed;
                }
            }
        }
    }

    fn event(&mut self, event: &InputEvent, text: &[u8], visit: &mut dyn FnMut(InputPart<'_>)) {
        let separators = event.is_fragment.then_some(event.delimiters);
        if self.assumed != separators && event.kind != EventKind::Garbage {
            self.assumed = separators;
            separators.into_iter().for_each(|separators| visit(InputPart::Fragment(separators)));
        }
        match event.kind {
            EventKind::Set(part) if part.is_start && u64::from(self.ordinal) >= self.sets_max => {
                self.more += 1;
            }
            EventKind::Set(part) if part.is_start && !part.is_end => self.long += 1,
            EventKind::Set(part) if part.is_whole() => {
                self.ordinal += 1;
                let place = SetPlace { ordinal: self.ordinal, ..event.place(part) };
                let (report, walked) = self.checker.walk(text, place);
                match walked {
                    Some(walked) => {
                        let (root, guide) = (walked.root(), walked.guide());
                        visit(InputPart::Set { root, guide, report: &report });
                    }
                    None => {
                        self.tape.fill(text, event.delimiters);
                        let segments = self.tape.segments(text).collect();
                        visit(InputPart::Unguided { report: &report, segments });
                    }
                }
            }
            EventKind::Garbage | EventKind::Set(_) | EventKind::Oversized { .. } => {}
            _ => {
                self.tape.fill(text, event.delimiters);
                if !self.tape.is_empty() {
                    visit(InputPart::Envelope(self.tape.segment(text, 0)));
                }
            }
        }
    }
}
