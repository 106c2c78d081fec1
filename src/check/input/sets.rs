//! An input read part by part, each set with its loop tree: for callers that show or use the contents of a file.

use super::super::{SetChecker, SetPlace, SetReport};
use super::{EventKind, InputReader, Read};
use crate::finding::Policy;
use crate::guide::{Guide, Registry};
use crate::tree::LoopRef;
use crate::wire::{FrameLimits, Segment, Tape};

/// A piece of an input, read.
#[non_exhaustive]
pub enum InputPart<'a> {
    /// ISA, GS, GE, IEA, TA1 or a segment outside any set.
    Envelope(Segment<'a>),
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

/// Reads an input from front to back. Sets too long to be kept whole are left out.
pub fn read_parts(input: &[u8], registry: &Registry, visit: impl FnMut(InputPart<'_>)) {
    read_parts_up_to(u64::MAX, input, registry, visit);
}

/// The same for the first `sets_max` sets.
pub fn read_parts_up_to(
    sets_max: u64,
    input: &[u8],
    registry: &Registry,
    mut visit: impl FnMut(InputPart<'_>),
) {
    let mut checker = SetChecker::new(registry, &Policy::default()).with_tree();
    let limits = FrameLimits { part_bytes_max: SET_BYTES_MAX, ..FrameLimits::default() };
    let mut reader = InputReader::new(limits);
    let (mut more, mut long) = (0, 0);
    let mut tape = Tape::default();
    let mut rest = input;
    let mut ordinal = 0;
    while let Read::Event(event) = reader.next(rest, true) {
        let text = event.text(rest);
        rest = &rest[event.consumed..];
        match event.kind {
            EventKind::Set(part) if part.is_start && u64::from(ordinal) >= sets_max => more += 1,
            EventKind::Set(part) if part.is_start && !part.is_end => long += 1,
            EventKind::Set(part) if part.is_whole() => {
                ordinal += 1;
                let place = SetPlace { ordinal, ..event.place(part) };
                let (report, walked) = checker.walk(text, place);
                match walked {
                    Some(walked) => {
                        let (root, guide) = (walked.root(), walked.guide());
                        visit(InputPart::Set { root, guide, report: &report });
                    }
                    None => {
                        tape.fill(text, event.delimiters);
                        let segments = tape.segments(text).collect();
                        visit(InputPart::Unguided { report: &report, segments });
                    }
                }
            }
            EventKind::Garbage | EventKind::Set(_) | EventKind::Oversized { .. } => {}
            _ => {
                tape.fill(text, event.delimiters);
                if !tape.is_empty() {
                    visit(InputPart::Envelope(tape.segment(text, 0)));
                }
            }
        }
    }
    if more + long > 0 {
        visit(InputPart::LeftOut { more, long });
    }
}
