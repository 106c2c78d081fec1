//! Reads an input as events: interchanges, groups, sets and what is between them, each with what has to be known of the
//! input in front of it. No I/O: the caller owns the bytes.

use std::ops::Range;
use std::sync::Arc;

use super::super::envelope::Framing;
use super::super::report::GroupHeader;
use super::super::set::SetPlace;
use crate::wire::{Delimiters, FrameLimits, Framed, Framer, IsaFault, PieceKind, Tag};

/// The outcome of [`InputReader::next`].
#[derive(Clone, Debug)]
pub enum Read {
    /// The buffer does not hold a whole event: call again with the same bytes, less `consumed`, and more after them.
    NeedMore {
        /// How many bytes can be removed from the front already.
        consumed: usize,
    },
    /// The next event.
    Event(InputEvent),
    /// The input has ended and every event was returned.
    End,
}

/// The kinds of event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// An ISA: an interchange begins. One before it that had no IEA has ended.
    Interchange {
        /// What is wrong with its widths, if anything.
        fault: Option<IsaFault>,
    },
    /// A GS: a group begins.
    Group,
    /// A set, or a part of one.
    Set(SetPart),
    /// The beginning of a segment that is over the limit, in a set or outside; the rest of it is dropped.
    Oversized {
        /// Its tag.
        tag: Tag,
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// A GE.
    GroupEnd,
    /// An IEA.
    InterchangeEnd,
    /// A TA1.
    Ta1,
    /// Any other segment outside a set.
    Stray,
    /// Bytes outside any interchange that are not blank.
    Garbage,
}

/// Which part of which set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SetPart {
    /// It begins with the ST.
    pub is_start: bool,
    /// The set ends here, with its SE or without.
    pub is_end: bool,
    /// Ordinal of the set in the input, from 1.
    pub ordinal: u32,
    /// Ordinal of the set in its group, from 1.
    pub ordinal_in_group: u32,
}

impl SetPart {
    /// True for a set that is not in parts.
    pub fn is_whole(&self) -> bool {
        self.is_start && self.is_end
    }
}

/// An event with its place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InputEvent {
    /// Its kind.
    pub kind: EventKind,
    /// Its bytes in the buffer; single segments without their terminator, sets with theirs.
    pub span: Range<usize>,
    /// How many bytes of the buffer are done with.
    pub consumed: usize,
    /// Offset in the input.
    pub offset: u64,
    /// False when the input ended before the terminator of its last segment.
    pub terminated: bool,
    /// The separators in force.
    pub delimiters: Delimiters,
    /// The last GS of the interchange; its own for [`EventKind::Group`], empty where there was none.
    pub group: Arc<GroupHeader>,
    /// True from a GS to its GE.
    pub is_in_group: bool,
    /// True where there is no ISA and the separators are assumed; see [`FrameLimits::fragments`].
    pub is_fragment: bool,
}

impl InputEvent {
    /// Its bytes, out of the buffer it was found in.
    pub fn text<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        &buffer[self.span.clone()]
    }

    /// A segment of the envelope, out of the buffer it was found in.
    pub fn framing<'b>(&self, buffer: &'b [u8]) -> Framing<'b> {
        Framing {
            text: self.text(buffer),
            delimiters: self.delimiters,
            offset: self.offset,
            terminated: self.terminated,
        }
    }

    /// The place of a part of a set, for [`super::super::SetChecker`].
    pub fn place(&self, part: SetPart) -> SetPlace<'_> {
        SetPlace {
            group: &self.group,
            delimiters: self.delimiters,
            offset: self.offset,
            ordinal: part.ordinal,
        }
    }

    /// Where the input ended inside it, if it did.
    pub fn cut_at(&self) -> Option<u64> {
        (!self.terminated).then_some(self.offset + self.span.len() as u64)
    }
}

/// Reads the events of one input as its bytes come in.
///
/// ```
/// use x12gate::check::{EventKind, InputReader, Read};
/// use x12gate::wire::FrameLimits;
///
/// let file = std::fs::read("fixtures/valid/270_subscriber.edi")?;
/// let mut reader = InputReader::new(FrameLimits::default());
/// let (mut rest, mut sets) = (&file[..], Vec::new());
/// while let Read::Event(event) = reader.next(rest, true) {
///     if let EventKind::Set(part) = event.kind {
///         sets.push((part.ordinal, event.group.version, event.text(rest).starts_with(b"ST*270*")));
///     }
///     rest = &rest[event.consumed..];
/// }
/// assert_eq!(sets, [(1, "005010X279A1".into(), true)]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InputReader {
    framer: Framer,
    limits: FrameLimits,
    group: Arc<GroupHeader>,
    is_in_group: bool,
    ordinal: u32,
    ordinal_in_group: u32,
    offset: u64,
}

impl InputReader {
    /// Starts before the first byte.
    pub fn new(limits: FrameLimits) -> Self {
        InputReader {
            framer: Framer::new(limits),
            limits,
            group: Arc::default(),
            is_in_group: false,
            ordinal: 0,
            ordinal_in_group: 0,
            offset: 0,
        }
    }

    /// Bytes of the input that are done with.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next event of `buffer`, which begins after the bytes of the last one; `end` says that no more bytes will
    /// come.
    pub fn next(&mut self, buffer: &[u8], end: bool) -> Read {
        let piece = match self.framer.next(buffer, end) {
            Framed::NeedMore { consumed } => {
                self.offset += consumed as u64;
                return Read::NeedMore { consumed };
            }
            Framed::End => return Read::End,
            Framed::Piece(piece) => piece,
        };
        let offset = self.offset + piece.span.start as u64;
        self.offset += piece.consumed as u64;
        if piece.is_fragment && !self.is_in_group && !self.group.is_absent {
            self.group = Arc::new(GroupHeader { is_absent: true, ..GroupHeader::default() });
        }
        let kind = self.kind(piece.kind, &buffer[piece.span.clone()], piece.delimiters);
        Read::Event(InputEvent {
            kind,
            span: piece.span,
            consumed: piece.consumed,
            offset,
            terminated: piece.terminated,
            delimiters: piece.delimiters,
            group: Arc::clone(&self.group),
            is_in_group: self.is_in_group,
            is_fragment: piece.is_fragment,
        })
    }

    /// Keeps what later events need to know of this one.
    fn kind(&mut self, kind: PieceKind, text: &[u8], delimiters: Delimiters) -> EventKind {
        match kind {
            PieceKind::Isa { fault } => {
                self.group = Arc::default();
                self.is_in_group = false;
                EventKind::Interchange { fault }
            }
            PieceKind::Gs => {
                self.group = Arc::new(GroupHeader::read(text, delimiters));
                (self.is_in_group, self.ordinal_in_group) = (true, 0);
                EventKind::Group
            }
            PieceKind::Set { start, end } => {
                self.ordinal += u32::from(start);
                self.ordinal_in_group += u32::from(start);
                EventKind::Set(SetPart {
                    is_start: start,
                    is_end: end,
                    ordinal: self.ordinal,
                    ordinal_in_group: self.ordinal_in_group,
                })
            }
            PieceKind::Oversized => {
                let tag = text.split(|b| *b == delimiters.element).next().unwrap_or(&[]);
                let tag = Tag::new(tag);
                EventKind::Oversized { tag, bytes_max: self.limits.of(tag) }
            }
            PieceKind::Ge => {
                self.is_in_group = false;
                EventKind::GroupEnd
            }
            PieceKind::Iea => {
                self.is_in_group = false;
                EventKind::InterchangeEnd
            }
            PieceKind::Ta1 => EventKind::Ta1,
            PieceKind::Stray => EventKind::Stray,
            PieceKind::Garbage => EventKind::Garbage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "junk\nISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
                        *260105*0930*^*00501*000000101*0*T*:~GS*HS*A*B*****005010X279A1~\nST*270*1~SE*2*1~ST*270*2~SE*2*2~\
                        GE*2*1~ST*270*3~SE*2*3~GS*HC*A*B~ST*837*4~SE*2*4~";

    #[test]
    fn events_know_their_group_and_their_ordinals() {
        let mut reader = InputReader::new(FrameLimits::default());
        let (mut rest, mut found) = (TEXT.as_bytes(), Vec::new());
        while let Read::Event(event) = reader.next(rest, true) {
            assert!(TEXT.as_bytes()[event.offset as usize..].starts_with(event.text(rest)));
            if let EventKind::Set(part) = event.kind {
                assert!(part.is_whole());
                let numbers = (part.ordinal, part.ordinal_in_group);
                found.push((numbers, event.group.functional.to_string(), event.is_in_group));
            }
            rest = &rest[event.consumed..];
        }
        let set = |numbers, functional: &str, inside| (numbers, functional.to_owned(), inside);
        assert_eq!(
            found,
            [
                set((1, 1), "HS", true),
                set((2, 2), "HS", true),
                set((3, 3), "HS", false),
                set((4, 1), "HC", true),
            ]
        );
        assert_eq!(reader.offset(), TEXT.len() as u64);
    }
}
