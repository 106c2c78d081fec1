//! An input read part by part, each set with its loop tree: for whoever shows or uses what a file says.

use super::{GroupHeader, SetChecker, SetPlace, SetReport};
use crate::finding::Policy;
use crate::guide::{Guide, Registry};
use crate::tree::LoopRef;
use crate::wire::{FrameLimits, Framed, Framer, PieceKind, Segment, Tape};

/// A piece of an input, read.
pub enum InputPart<'a> {
    /// ISA, GS, GE, IEA, TA1 or a segment that belongs to no set.
    Envelope(Segment<'a>),
    /// A set that a guide is known for.
    Set {
        /// Its loops.
        root: LoopRef<'a>,
        /// The guide it follows.
        guide: &'a Guide,
        /// What is wrong with it.
        report: &'a SetReport,
    },
    /// A set without a guide.
    Unguided {
        /// What is wrong with it.
        report: &'a SetReport,
        /// Its segments.
        segments: Vec<Segment<'a>>,
    },
    /// At the end: sets that were not read.
    LeftOut {
        /// How many more there were than asked for.
        more: u64,
        /// How many were too long to be held whole.
        long: u64,
    },
}

/// Longest set that is read, in bytes.
const SET_BYTES_MAX: usize = 64 << 20;

/// Reads an input from front to back. Sets too long to be held whole are left out.
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
    let mut framer = Framer::new(limits);
    let (mut more, mut long) = (0, 0);
    let mut tape = Tape::default();
    let mut group = GroupHeader::default();
    let mut offset = 0;
    let mut ordinal = 0;
    while let Framed::Piece(piece) = framer.next(&input[offset..], true) {
        let text = &input[offset..][piece.span.clone()];
        let start = (offset + piece.span.start) as u64;
        offset += piece.consumed;
        match piece.kind {
            PieceKind::Set { start: true, .. } if u64::from(ordinal) >= sets_max => more += 1,
            PieceKind::Set { start: true, end: false } => long += 1,
            PieceKind::Set { start: true, end: true } => {
                ordinal += 1;
                let place = SetPlace {
                    group: &group,
                    delimiters: piece.delimiters,
                    offset: start,
                    ordinal,
                };
                let report = checker.check(text, place);
                match checker.tree().and_then(|(tree, guide, tape)| {
                    tree.root(guide, text, tape).map(|root| (root, guide))
                }) {
                    Some((root, guide)) => visit(InputPart::Set { root, guide, report: &report }),
                    None => {
                        tape.fill(text, piece.delimiters);
                        let segments = tape.segments(text).collect();
                        visit(InputPart::Unguided { report: &report, segments });
                    }
                }
            }
            PieceKind::Garbage | PieceKind::Set { .. } | PieceKind::Oversized => {}
            _ => {
                if piece.kind == PieceKind::Gs {
                    group = GroupHeader::read(text, piece.delimiters);
                }
                tape.fill(text, piece.delimiters);
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
