//! Cuts a stream of bytes into the pieces of interchanges: headers, trailers and whole transaction sets.
//!
//! A push parser without I/O, as csv-core does it: the caller owns the buffer, calls [`Framer::next`] with what is
//! there, and removes the bytes that were consumed. However the input is cut into chunks, the pieces are the same.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::isa::IsaRead;
use super::tape::is_layout;
use super::{Delimiters, IsaFault};

/// Limits of framing, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameLimits {
    /// A segment longer than this is skipped and reported.
    pub segment_bytes_max: usize,
    /// A set longer than this is given in parts, each of whole segments.
    pub part_bytes_max: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        FrameLimits { segment_bytes_max: 1 << 20, part_bytes_max: 4 << 20 }
    }
}

/// What a piece is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PieceKind {
    /// Bytes outside any interchange that are not blank.
    Garbage,
    /// An ISA whose separators could be read; `fault` says what is wrong with its widths.
    Isa {
        /// What is wrong, if anything.
        fault: Option<IsaFault>,
    },
    /// A GS.
    Gs,
    /// Segments of a transaction set: all of it when `start` and `end`.
    Set {
        /// The piece begins with the ST.
        start: bool,
        /// The set ends here, with its SE or without.
        end: bool,
    },
    /// A GE.
    Ge,
    /// An IEA.
    Iea,
    /// A TA1.
    Ta1,
    /// Any other segment outside a set.
    Stray,
    /// The beginning of a segment that is over the limit; the rest of it is dropped.
    Oversized,
}

/// A piece of the input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its bytes in the buffer; single segments without their terminator, sets with theirs.
    pub span: Range<usize>,
    /// How many bytes of the buffer are done with.
    pub consumed: usize,
    /// False when the input ended before the terminator of the last segment.
    pub terminated: bool,
    /// The separators in force.
    pub delimiters: Delimiters,
}

/// The outcome of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Framed {
    /// The buffer does not hold a whole piece: call again with the same bytes, less `consumed`, and more after them.
    NeedMore {
        /// How many bytes can be dropped from the front already.
        consumed: usize,
    },
    /// The next piece.
    Piece(Piece),
    /// The input has ended and everything was given.
    End,
}

/// Where in an interchange the front of the buffer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// Before an ISA.
    #[default]
    Outside,
    /// Between an ISA and its IEA, in no set.
    Between,
    /// In a set; `begun` when an earlier part of it was given.
    Set { begun: bool },
    /// In a segment over the limit, inside a set or not.
    Skipping { set: bool },
}

/// The framing state machine.
#[derive(Clone, Debug)]
pub struct Framer {
    limits: FrameLimits,
    state: State,
    delimiters: Delimiters,
    /// Start of the piece that is growing, in the buffer.
    begin: usize,
    /// Start of the segment that is looked for.
    cursor: usize,
    /// Bytes after `cursor` that hold no terminator.
    scanned: usize,
}

impl Default for Framer {
    fn default() -> Self {
        Framer::new(FrameLimits::default())
    }
}

impl Framer {
    /// A framer with these limits.
    pub fn new(limits: FrameLimits) -> Self {
        Framer {
            limits,
            state: State::Outside,
            delimiters: Delimiters::STANDARD,
            begin: 0,
            cursor: 0,
            scanned: 0,
        }
    }

    /// True between an ISA and its IEA.
    pub fn is_inside(&self) -> bool {
        self.state != State::Outside
    }

    /// Gives the next piece of `buffer`; `end` says that no more bytes will come.
    pub fn next(&mut self, buffer: &[u8], end: bool) -> Framed {
        match self.state {
            State::Outside => self.outside(buffer, 0, end),
            State::Skipping { set } => self.skip(buffer, set, end),
            State::Between | State::Set { .. } => self.within(buffer, end),
        }
    }

    /// Looks for an ISA from `base` on.
    fn outside(&mut self, buffer: &[u8], base: usize, end: bool) -> Framed {
        let start = base + blank_run(&buffer[base..]);
        let rest = &buffer[start..];
        if rest.is_empty() {
            return if end { Framed::End } else { Framed::NeedMore { consumed: start } };
        }
        match IsaRead::of(rest, end) {
            IsaRead::NeedMore => Framed::NeedMore { consumed: start },
            IsaRead::Header { delimiters, fault, length } => {
                self.delimiters = delimiters;
                self.restart(State::Between);
                self.piece(
                    PieceKind::Isa { fault },
                    start..start + length,
                    start + length + 1,
                    true,
                )
            }
            IsaRead::No => {
                // Up to the next ISA; two bytes are kept back, they may be the beginning of one.
                let length = match memmem::find(&rest[1..], b"ISA") {
                    Some(at) => at + 1,
                    None if end => rest.len(),
                    None if rest.len() < 3 => return Framed::NeedMore { consumed: start },
                    None => rest.len() - 2,
                };
                self.piece(PieceKind::Garbage, start..start + length, start + length, true)
            }
        }
    }

    /// Inside an interchange: an envelope segment, or the segments of a set up to its end.
    fn within(&mut self, buffer: &[u8], end: bool) -> Framed {
        loop {
            if self.scanned == 0 {
                self.cursor += buffer[self.cursor..].iter().take_while(|b| is_layout(**b)).count();
                if self.state == State::Between {
                    self.begin = self.cursor;
                }
            }
            let rest = &buffer[self.cursor..];
            if rest.starts_with(b"ISA") || (b"ISA".starts_with(rest) && !rest.is_empty() && !end) {
                match IsaRead::of(rest, end) {
                    IsaRead::NeedMore => return self.wait(),
                    // Text that runs over a terminator in use is no header, only a segment that looks like one.
                    IsaRead::Header { delimiters, length, .. }
                        if delimiters.element == self.delimiters.element
                            && rest[..length].contains(&self.delimiters.terminator) => {}
                    // A header where a trailer was due: the interchange ends without its IEA.
                    IsaRead::Header { .. } if self.state == State::Between => {
                        let base = self.cursor;
                        return self.outside(buffer, base, end);
                    }
                    IsaRead::Header { .. } => return self.end_set(self.cursor, true),
                    IsaRead::No => {}
                }
            }
            let stop = memchr(self.delimiters.terminator, &rest[self.scanned..])
                .map(|at| at + self.scanned);
            if stop.unwrap_or(rest.len()) > self.limits.segment_bytes_max {
                return self.oversized();
            }
            let Some(length) = stop else {
                if end {
                    return self.last(buffer);
                }
                self.scanned = rest.len();
                // Blanks without end after a segment of a set: what came before them is given, so that no more than the
                // limits is ever held.
                let held = self.limits.part_bytes_max + self.limits.segment_bytes_max;
                if rest.is_empty()
                    && self.state != State::Between
                    && self.cursor - self.begin > held
                {
                    return self.part(self.cursor);
                }
                return self.wait();
            };
            let after = self.cursor + length + 1;
            let kind = Kind::of(rest, self.delimiters.element);
            match (self.state, kind) {
                (State::Set { .. }, Kind::Se) => return self.end_set(after, true),
                (State::Set { .. }, Kind::Other | Kind::Ta1) => {
                    self.cursor = after;
                    self.scanned = 0;
                    if after - self.begin >= self.limits.part_bytes_max {
                        return self.part(after);
                    }
                }
                // The set ends without its SE; what follows is looked at again.
                (State::Set { .. }, _) => return self.end_set(self.cursor, true),
                (_, Kind::St) => {
                    self.state = State::Set { begun: false };
                    self.begin = self.cursor;
                    self.cursor = after;
                    self.scanned = 0;
                }
                (_, single) => {
                    let span = self.cursor..after - 1;
                    self.restart(if single == Kind::Iea { State::Outside } else { State::Between });
                    return self.piece(single.piece(), span, after, true);
                }
            }
        }
    }

    /// Asks for more; blanks in front of what is looked for can go.
    fn wait(&mut self) -> Framed {
        let consumed = if self.state == State::Between { self.begin } else { 0 };
        self.begin -= consumed;
        self.cursor -= consumed;
        Framed::NeedMore { consumed }
    }

    /// What is left when the input ends without a last terminator, or without a trailer.
    fn last(&mut self, buffer: &[u8]) -> Framed {
        if let State::Set { .. } = self.state {
            let whole = self.cursor == buffer.len();
            return self.end_set(buffer.len(), whole);
        }
        if self.cursor == buffer.len() {
            return Framed::End;
        }
        let single = Kind::of(&buffer[self.cursor..], self.delimiters.element);
        let span = self.cursor..buffer.len();
        self.restart(if single == Kind::Iea { State::Outside } else { State::Between });
        self.piece(single.piece(), span, buffer.len(), false)
    }

    /// Gives what there is of the set, then the head of a segment over the limit.
    fn oversized(&mut self) -> Framed {
        if self.cursor > self.begin {
            return self.part(self.cursor);
        }
        let set = matches!(self.state, State::Set { .. });
        let span = self.cursor..self.cursor + self.limits.segment_bytes_max;
        self.restart(State::Skipping { set });
        let consumed = span.end;
        self.piece(PieceKind::Oversized, span, consumed, true)
    }

    /// Drops the rest of a segment over the limit, up to its terminator.
    fn skip(&mut self, buffer: &[u8], set: bool, end: bool) -> Framed {
        match memchr(self.delimiters.terminator, buffer) {
            Some(at) => {
                self.restart(if set { State::Set { begun: true } } else { State::Between });
                self.begin = at + 1;
                self.cursor = at + 1;
                self.within(buffer, end)
            }
            None if end => {
                self.restart(if set { State::Set { begun: true } } else { State::Between });
                self.cursor = buffer.len();
                self.begin = buffer.len();
                self.last(buffer)
            }
            None => Framed::NeedMore { consumed: buffer.len() },
        }
    }

    fn end_set(&mut self, stop: usize, terminated: bool) -> Framed {
        let start = self.state == State::Set { begun: false };
        let span = self.begin..stop;
        self.restart(State::Between);
        self.piece(PieceKind::Set { start, end: true }, span, stop, terminated)
    }

    fn part(&mut self, stop: usize) -> Framed {
        let start = self.state == State::Set { begun: false };
        let span = self.begin..stop;
        self.restart(State::Set { begun: true });
        self.piece(PieceKind::Set { start, end: false }, span, stop, true)
    }

    fn piece(
        &self,
        kind: PieceKind,
        span: Range<usize>,
        consumed: usize,
        terminated: bool,
    ) -> Framed {
        Framed::Piece(Piece { kind, span, consumed, terminated, delimiters: self.delimiters })
    }

    fn restart(&mut self, state: State) {
        self.state = state;
        self.begin = 0;
        self.cursor = 0;
        self.scanned = 0;
    }
}

/// Length of the run of bytes at the front that may stand between interchanges: blanks, a byte order mark, NUL and the
/// end-of-file mark of old systems.
fn blank_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        if rest.starts_with(b"\xef\xbb\xbf") {
            at += 3;
        } else if rest.first().is_some_and(|b| is_layout(*b) || *b == 0 || *b == 0x1a) {
            at += 1;
        } else {
            return at;
        }
    }
}

/// What the framer needs to know of a segment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gs,
    St,
    Se,
    Ge,
    Iea,
    Ta1,
    Other,
}

impl Kind {
    #[inline]
    fn of(segment: &[u8], element: u8) -> Kind {
        match segment {
            [b'S', b'T', e, ..] if *e == element => Kind::St,
            [b'S', b'E', e, ..] if *e == element => Kind::Se,
            [b'G', b'S', e, ..] if *e == element => Kind::Gs,
            [b'G', b'E', e, ..] if *e == element => Kind::Ge,
            [b'I', b'E', b'A', e, ..] if *e == element => Kind::Iea,
            [b'T', b'A', b'1', e, ..] if *e == element => Kind::Ta1,
            _ => Kind::Other,
        }
    }

    fn piece(self) -> PieceKind {
        match self {
            Kind::Gs => PieceKind::Gs,
            Kind::Ge => PieceKind::Ge,
            Kind::Iea => PieceKind::Iea,
            Kind::Ta1 => PieceKind::Ta1,
            Kind::St | Kind::Se | Kind::Other => PieceKind::Stray,
        }
    }
}

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
