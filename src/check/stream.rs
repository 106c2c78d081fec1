//! Checks an input of any number of interchanges on the calling thread, as its bytes come in.

use std::sync::Arc;

use super::books::{Books, Sink};
use super::envelope::{Envelope, EnvelopeLimits};
use super::report::GroupHeader;
use super::set::{SetChecker, SetLimits, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::wire::{FrameLimits, Framed, Framer, Inline, Piece, PieceKind, Tag};

/// Limits of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// On segments and parts of sets.
    pub frame: FrameLimits,
    /// On interchanges.
    pub envelope: EnvelopeLimits,
    /// On sets.
    pub set: SetLimits,
}

/// What has to be known of the input in front of a set to check it.
#[derive(Debug, Default)]
pub(super) struct Front {
    pub(super) group: Arc<GroupHeader>,
    pub(super) ordinal: u32,
}

impl Front {
    /// Looks at a piece on its way; a GS gives the group for the sets that come.
    pub(super) fn pass(&mut self, text: &[u8], piece: &Piece) {
        match piece.kind {
            PieceKind::Gs => self.group = Arc::new(GroupHeader::read(text, piece.delimiters)),
            PieceKind::Isa { .. } => self.group = Arc::default(),
            PieceKind::Set { start: true, .. } => self.ordinal += 1,
            _ => {}
        }
    }
}

/// Runs the check of one input on the calling thread.
#[derive(Debug)]
pub struct Stream<'r> {
    framer: Framer,
    limits: Limits,
    books: Books<'r>,
    checker: SetChecker<'r>,
    front: Front,
    offset: u64,
}

impl<'r> Stream<'r> {
    /// A run over one input.
    pub fn new(registry: &'r Registry, limits: Limits, policy: &Policy) -> Self {
        Stream {
            framer: Framer::new(limits.frame),
            limits,
            books: Books::new(Envelope::new(registry, limits.envelope, policy)),
            checker: SetChecker::new(registry, policy).with_limits(limits.set),
            front: Front::default(),
            offset: 0,
        }
    }

    /// Tells the sink of the claims of 837s one by one.
    #[must_use]
    pub fn with_claims(mut self, wanted: bool) -> Self {
        self.checker = self.checker.with_claims(wanted);
        self
    }

    /// Takes what there is of the input and gives how many bytes of it are done with; the rest has to come again, with
    /// more after it. `end` says that there is no more.
    ///
    /// # Errors
    ///
    /// The first of the sink; nothing can be fed after it.
    pub fn feed<S: Sink + ?Sized>(
        &mut self,
        buffer: &[u8],
        end: bool,
        sink: &mut S,
    ) -> Result<usize, S::Error> {
        let mut done = 0;
        loop {
            match self.framer.next(&buffer[done..], end) {
                Framed::NeedMore { consumed } => {
                    self.offset += consumed as u64;
                    return Ok(done + consumed);
                }
                Framed::End => {
                    self.books.finish(self.offset, sink)?;
                    return Ok(buffer.len());
                }
                Framed::Piece(piece) => {
                    let text = &buffer[done..][piece.span.clone()];
                    self.piece(text, &piece, sink)?;
                    self.offset += piece.consumed as u64;
                    done += piece.consumed;
                }
            }
        }
    }

    fn piece<S: Sink + ?Sized>(
        &mut self,
        text: &[u8],
        piece: &Piece,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let offset = self.offset + piece.span.start as u64;
        self.front.pass(text, piece);
        match piece.kind {
            PieceKind::Set { start, end } => {
                if start {
                    let (group, ordinal) = (&*self.front.group, self.front.ordinal);
                    self.checker.begin(
                        text,
                        SetPlace { group, delimiters: piece.delimiters, offset, ordinal },
                    );
                } else {
                    self.checker.part(text, offset);
                }
                tell_claims(&mut self.checker, sink)?;
                if end {
                    let cut_at = (!piece.terminated).then_some(offset + text.len() as u64);
                    self.books.set(self.checker.end(), cut_at, sink)?;
                }
            }
            PieceKind::Oversized => {
                let tag = text.split(|b| *b == piece.delimiters.element).next().unwrap_or(&[]);
                let tag = Tag::new(tag);
                self.checker.oversized(tag, offset, self.limits.frame.of(tag));
            }
            _ => self.books.piece(text, piece, offset, sink)?,
        }
        Ok(())
    }
}

/// Tells the sink of the claims that are known by now.
pub(super) fn tell_claims<S: Sink + ?Sized>(
    checker: &mut SetChecker<'_>,
    sink: &mut S,
) -> Result<(), S::Error> {
    match checker.take_claims() {
        Some((guide, events)) => sink.claims(&guide, events),
        None => Ok(()),
    }
}

impl GroupHeader {
    /// Reads a GS.
    pub fn read(gs: &[u8], delimiters: crate::wire::Delimiters) -> Self {
        let at =
            |position: usize| gs.split(|b| *b == delimiters.element).nth(position).unwrap_or(&[]);
        GroupHeader {
            functional: Inline::new(at(1)),
            sender: Inline::new(at(2)),
            receiver: Inline::new(at(3)),
            date: Inline::new(at(4)),
            control: Inline::new(at(6)),
            version: Inline::new(at(8)),
        }
    }
}
