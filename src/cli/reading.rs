//! An input read part by part, sets with their loop trees: for commands that show what a file says.

use crate::check::{GroupHeader, SetChecker, SetPlace, SetReport};
use crate::finding::Policy;
use crate::guide::{Guide, Registry};
use crate::tree::LoopRef;
use crate::wire::{Framed, Framer, PieceKind, Segment, Tape};

/// A piece of an input, read.
pub(super) enum Part<'a> {
    /// ISA, GS, GE, IEA, TA1 or a segment that belongs to no set.
    Envelope(Segment<'a>),
    /// A set that a guide is known for.
    Set {
        /// Its loops.
        root: LoopRef<'a>,
        guide: &'a Guide,
        report: &'a SetReport,
    },
    /// A set without a guide; its segments.
    Unguided { report: &'a SetReport, segments: Vec<Segment<'a>> },
}

/// Reads an input from front to back. Sets too long to be held whole are left out.
pub(super) fn parts(input: &[u8], registry: &Registry, mut visit: impl FnMut(Part<'_>)) {
    let mut checker = SetChecker::new(registry, &Policy::default()).with_tree();
    let mut framer = Framer::default();
    let mut tape = Tape::default();
    let mut group = GroupHeader::default();
    let mut offset = 0;
    let mut ordinal = 0;
    while let Framed::Piece(piece) = framer.next(&input[offset..], true) {
        let text = &input[offset..][piece.span.clone()];
        let start = (offset + piece.span.start) as u64;
        offset += piece.consumed;
        match piece.kind {
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
                    Some((root, guide)) => visit(Part::Set { root, guide, report: &report }),
                    None => {
                        tape.fill(text, piece.delimiters);
                        let segments = tape.segments(text).collect();
                        visit(Part::Unguided { report: &report, segments });
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
                    visit(Part::Envelope(tape.segment(text, 0)));
                }
            }
        }
    }
}
