//! Cuts a stream of bytes into the pieces of interchanges: headers, trailers and whole transaction sets.
//!
//! A push parser without I/O, as csv-core does it: the caller owns the buffer, calls [`Framer::next`] with the bytes it
//! has, and removes the bytes that were consumed. However the input is cut into chunks, the pieces are the same.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use super::binary::{self, Closing, Reach};
use super::delimiters::is_layout;
use super::fragment::FragmentRead;
use super::isa::IsaRead;
use super::{Delimiters, IsaFault, Tag};

/// Offsets inside a piece are 32 bits wide, so that no setting can allow more binary data than this.
const BINARY_BYTES_MAX: usize = 2 << 30;

/// Limits of framing, in bytes, and what is framed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameLimits {
    /// A segment longer than this is skipped and reported.
    pub segment_bytes_max: usize,
    /// A binary segment (BIN, BDS) with more data than this is skipped and reported. Below 2 GiB.
    pub binary_bytes_max: usize,
    /// A set longer than this is given in parts, each of whole segments.
    pub part_bytes_max: usize,
    /// Sets and groups without an ISA are framed too, with separators that are worked out from their text.
    pub fragments: bool,
}

impl Default for FrameLimits {
    fn default() -> Self {
        FrameLimits {
            segment_bytes_max: 1 << 20,
            binary_bytes_max: 64 << 20,
            part_bytes_max: 4 << 20,
            fragments: false,
        }
    }
}

impl FrameLimits {
    /// The most bytes that a segment of this id may have: for a binary one, its data.
    pub fn of(&self, tag: Tag) -> usize {
        if tag.is_binary() { self.binary_bytes_max } else { self.segment_bytes_max }
    }
}

/// The kinds of piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
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
    /// The beginning of a segment that is over the limit, of a binary one everything before its data; the rest of it
    /// is dropped.
    Oversized,
}

/// A piece of the input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Its kind.
    pub kind: PieceKind,
    /// Its bytes in the buffer; single segments without their terminator, sets with theirs.
    pub span: Range<usize>,
    /// How many bytes of the buffer are done with.
    pub consumed: usize,
    /// False when the input ended before the terminator of the last segment.
    pub terminated: bool,
    /// The separators in force.
    pub delimiters: Delimiters,
    /// True where no ISA states them.
    pub is_fragment: bool,
}

/// The outcome of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Framed {
    /// The buffer does not hold a whole piece: call again with the same bytes, less `consumed`, and more after them.
    NeedMore {
        /// How many bytes can be removed from the front already.
        consumed: usize,
    },
    /// The next piece.
    Piece(Piece),
    /// The input has ended and every piece was returned.
    End,
}

/// Where in an interchange the front of the buffer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// Before an ISA.
    #[default]
    Outside,
    /// Between an ISA and its IEA, outside any set.
    Between,
    /// In a set; `begun` when an earlier part of it was returned.
    Set { begun: bool },
    /// In a segment over the limit, inside a set or not; in binary data not every terminator is one.
    Skipping { set: bool, binary: bool },
}

/// How a binary segment was passed over.
enum Passed {
    /// It has no data: it is a segment like any other.
    Plain,
    /// All of it.
    Whole,
    /// It ends the search for a piece.
    Framed(Framed),
}

/// What follows a piece of a fragment.
enum Reopened {
    /// A segment.
    Yes,
    /// Too few bytes to decide.
    NeedMore,
    /// Something else.
    NoSegment,
}

/// The framing state machine.
#[derive(Clone, Debug)]
pub struct Framer {
    limits: FrameLimits,
    state: State,
    delimiters: Delimiters,
    /// There was no ISA: the separators are worked out.
    is_fragment: bool,
    /// The last garbage ended inside a line, where no fragment begins.
    is_mid_line: bool,
    /// Start of the piece that is growing, in the buffer.
    begin: usize,
    /// Start of the segment being searched for.
    cursor: usize,
    /// Bytes after `cursor` that contain no terminator.
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
            is_fragment: false,
            is_mid_line: false,
            begin: 0,
            cursor: 0,
            scanned: 0,
        }
    }

    /// True between an ISA and its IEA.
    pub fn is_inside(&self) -> bool {
        self.state != State::Outside
    }

    /// Returns the next piece of `buffer`; `end` says that no more bytes will come.
    pub fn next(&mut self, buffer: &[u8], end: bool) -> Framed {
        match self.state {
            State::Outside => self.outside(buffer, 0, end),
            State::Skipping { set, binary } => self.skip(buffer, set, binary, end),
            State::Between | State::Set { .. } => self.within(buffer, end),
        }
    }

    /// Looks for an ISA from `base` on.
    fn outside(&mut self, buffer: &[u8], base: usize, end: bool) -> Framed {
        let start = base + blank_run(&buffer[base..]);
        let rest = &buffer[start..];
        self.is_mid_line &= !buffer[base..start].contains(&b'\n');
        if rest.is_empty() {
            return if end { Framed::End } else { Framed::NeedMore { consumed: start } };
        }
        match IsaRead::of(rest, end) {
            IsaRead::NeedMore => Framed::NeedMore { consumed: start },
            IsaRead::Header { delimiters, fault, length } => {
                self.delimiters = delimiters;
                self.is_fragment = false;
                self.restart(State::Between);
                self.piece(
                    PieceKind::Isa { fault },
                    start..start + length,
                    start + length + 1,
                    true,
                )
            }
            IsaRead::No if self.limits.fragments && !self.is_mid_line => {
                self.fragment(buffer, start, end)
            }
            IsaRead::No => self.garbage(rest, start, end),
        }
    }

    /// Takes a fragment at `start`, where there is one.
    fn fragment(&mut self, buffer: &[u8], start: usize, end: bool) -> Framed {
        let rest = &buffer[start..];
        let before = self.is_fragment.then_some(self.delimiters);
        match FragmentRead::of(rest, end, before) {
            FragmentRead::NeedMore => Framed::NeedMore { consumed: start },
            FragmentRead::No => self.garbage(rest, start, end),
            FragmentRead::Opening(delimiters) => {
                (self.delimiters, self.is_fragment) = (delimiters, true);
                self.restart(State::Between);
                (self.begin, self.cursor) = (start, start);
                self.within(buffer, end)
            }
        }
    }

    /// What is neither blank nor a header, up to the next ISA or the next line that may begin a fragment.
    fn garbage(&mut self, rest: &[u8], start: usize, end: bool) -> Framed {
        let next = memmem::find(&rest[1..], b"ISA").map(|at| at + 1);
        let up_to = &rest[..next.unwrap_or(rest.len())];
        let line = |at: usize| {
            up_to
                .get(at + 1..)
                .is_some_and(|line| line.starts_with(b"ST") || line.starts_with(b"GS"))
        };
        let fragment = match self.limits.fragments {
            true => memchr_iter(b'\n', up_to).find(|at| line(*at)).map(|at| at + 1),
            false => None,
        };
        let length = match fragment.or(next) {
            Some(at) => at,
            None if end => rest.len(),
            None if rest.len() < 3 => return Framed::NeedMore { consumed: start },
            // Two bytes are kept back, because they may be the beginning of a header.
            None => rest.len() - 2,
        };
        self.is_mid_line = fragment.is_none();
        self.piece(PieceKind::Garbage, start..start + length, start + length, true)
    }

    /// Looks at what follows a piece of a fragment: another one may have other separators, and what is no segment is garbage.
    #[cold]
    fn reopen(&mut self, rest: &[u8], end: bool) -> Reopened {
        if rest.is_empty() {
            return Reopened::Yes;
        }
        match FragmentRead::of(rest, end, Some(self.delimiters)) {
            FragmentRead::NeedMore => return Reopened::NeedMore,
            FragmentRead::Opening(delimiters) => {
                self.delimiters = delimiters;
                return Reopened::Yes;
            }
            FragmentRead::No => {}
        }
        let tag = rest.iter().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit()).count();
        match rest.get(tag) {
            None if !end && tag < 4 => Reopened::NeedMore,
            Some(byte) if *byte == self.delimiters.element && matches!(tag, 2 | 3) => Reopened::Yes,
            _ => Reopened::NoSegment,
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
                    // Text that contains the terminator in use is not a header, only a segment that looks like one.
                    IsaRead::Header { delimiters, length, .. }
                        if delimiters.element == self.delimiters.element
                            && rest[..length].contains(&self.delimiters.terminator) => {}
                    // A header where a trailer was expected: the interchange ends without its IEA.
                    IsaRead::Header { .. } if self.state == State::Between => {
                        let base = self.cursor;
                        return self.outside(buffer, base, end);
                    }
                    IsaRead::Header { .. } => return self.end_set(self.cursor, true),
                    IsaRead::No => {}
                }
            }
            if self.is_fragment && self.state == State::Between && self.scanned == 0 {
                match self.reopen(rest, end) {
                    Reopened::Yes => {}
                    Reopened::NeedMore => return self.wait(),
                    Reopened::NoSegment => {
                        let base = self.cursor;
                        self.restart(State::Outside);
                        return self.outside(buffer, base, end);
                    }
                }
            }
            if binary::begins(rest, self.delimiters.element) {
                match self.binary(buffer, end) {
                    Passed::Plain => {}
                    Passed::Whole => continue,
                    Passed::Framed(framed) => return framed,
                }
            }
            let stop = memchr(self.delimiters.terminator, &rest[self.scanned..])
                .map(|at| at + self.scanned);
            if stop.unwrap_or(rest.len()) > self.limits.segment_bytes_max {
                return self.oversized(self.limits.segment_bytes_max, false);
            }
            let Some(length) = stop else {
                if end {
                    return self.last(buffer);
                }
                self.scanned = rest.len();
                // Endless blanks after a segment of a set: what came before them is returned, so that no more than the
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
                // The set ends without its SE; what follows is read again.
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

    /// Passes over the binary segment at the cursor.
    #[cold]
    fn binary(&mut self, buffer: &[u8], end: bool) -> Passed {
        let rest = &buffer[self.cursor..];
        let limit = self.limits.binary_bytes_max.min(BINARY_BYTES_MAX);
        let stop = match binary::reach(rest, self.delimiters, limit, self.scanned, end) {
            Reach::Plain => return Passed::Plain,
            Reach::NeedMore { searched } => {
                self.scanned = searched;
                return Passed::Framed(self.wait());
            }
            Reach::Over { data } => return Passed::Framed(self.oversized(data, true)),
            Reach::Data { end: stop, .. } => stop,
        };
        if stop == rest.len() {
            return Passed::Framed(self.last(buffer));
        }
        let after = self.cursor + stop + 1;
        if self.state == State::Between {
            let span = self.cursor..after - 1;
            self.restart(State::Between);
            return Passed::Framed(self.piece(PieceKind::Stray, span, after, true));
        }
        self.cursor = after;
        self.scanned = 0;
        match after - self.begin >= self.limits.part_bytes_max {
            true => Passed::Framed(self.part(after)),
            false => Passed::Whole,
        }
    }

    /// Asks for more; blanks before the piece can be dropped.
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

    /// Returns what there is of the set, then the first `head` bytes of a segment over the limit.
    #[cold]
    fn oversized(&mut self, head: usize, binary: bool) -> Framed {
        if self.cursor > self.begin {
            return self.part(self.cursor);
        }
        let set = matches!(self.state, State::Set { .. });
        let span = self.cursor..self.cursor + head;
        self.restart(State::Skipping { set, binary });
        let consumed = span.end;
        self.piece(PieceKind::Oversized, span, consumed, true)
    }

    /// Drops the rest of a segment over the limit, up to its terminator.
    fn skip(&mut self, buffer: &[u8], set: bool, binary: bool, end: bool) -> Framed {
        let closing = if binary {
            binary::closing(buffer, 0, self.delimiters, end)
        } else {
            match memchr(self.delimiters.terminator, buffer) {
                Some(at) => Closing::At(at),
                None if end => Closing::Nowhere,
                None => Closing::NeedMore { searched: buffer.len() },
            }
        };
        let after = match closing {
            Closing::NeedMore { searched } => return Framed::NeedMore { consumed: searched },
            Closing::At(at) => at + 1,
            Closing::Nowhere => buffer.len(),
        };
        self.restart(if set { State::Set { begun: true } } else { State::Between });
        self.begin = after;
        self.cursor = after;
        if closing == Closing::Nowhere { self.last(buffer) } else { self.within(buffer, end) }
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
        let (delimiters, is_fragment) = (self.delimiters, self.is_fragment);
        Framed::Piece(Piece { kind, span, consumed, terminated, delimiters, is_fragment })
    }

    fn restart(&mut self, state: State) {
        self.state = state;
        self.begin = 0;
        self.cursor = 0;
        self.scanned = 0;
    }
}

/// Length of the run of bytes at the front that is allowed between interchanges: blanks, a byte order mark, NUL and the
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
