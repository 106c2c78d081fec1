//! Cuts an input into valid interchanges, one for each interchange, group or set of it, or for each claim, subscriber,
//! patient or member; no I/O and no checking.
//!
//! Each part has the ISA (and GS) of its origin, its control numbers, and trailers that count what is in the part. What
//! belongs to no part (segments and bytes outside of any set) is left out and counted.

mod unit;

pub use unit::{Refusal, Unit};

use crate::wire::{Delimiters, FrameLimits, Framed, Framer, Piece, PieceKind, Tape};

/// The contents of a part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum By {
    /// An interchange.
    Interchange,
    /// A functional group.
    Group,
    /// A transaction set.
    Set,
    /// A transaction set of one of these.
    Unit(Unit),
}

/// Receives the parts, one after the other. The first failure ends the split.
pub trait Parts {
    /// Why a part could not be taken.
    type Error;
    /// A part begins; `control` has its ISA13, GS06 and ST02, as far as it has them.
    ///
    /// # Errors
    ///
    /// Those of the receiver.
    fn begin(&mut self, control: &[&[u8]]) -> Result<(), Self::Error>;
    /// More of the part.
    ///
    /// # Errors
    ///
    /// Those of the receiver.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
    /// The part ends.
    ///
    /// # Errors
    ///
    /// Those of the receiver.
    fn end(&mut self) -> Result<(), Self::Error>;
}

/// Longest run of line breaks that is repeated between the segments of an envelope.
const LAYOUT_BYTES_MAX: usize = 4;

/// Most bytes of a set that is cut into units.
const CUT_BYTES_MAX: usize = 256 << 20;

/// Cuts an input as its bytes arrive.
#[derive(Debug)]
pub struct Splitter {
    by: By,
    framer: Framer,
    delimiters: Delimiters,
    /// The ISA and GS in force, without terminators; empty where there is none.
    isa: Vec<u8>,
    gs: Vec<u8>,
    layout: Vec<u8>,
    /// A part is being written.
    open: bool,
    /// The part being written has a GS without its GE.
    in_group: bool,
    sets: u64,
    groups: u64,
    left_out: u64,
    tape: Tape,
    refused: u64,
    refusal: Option<Refusal>,
}

impl Splitter {
    /// Starts before the first byte.
    pub fn new(by: By) -> Self {
        Splitter {
            by,
            framer: Framer::new(match by {
                By::Unit(_) => {
                    FrameLimits { part_bytes_max: CUT_BYTES_MAX, ..FrameLimits::default() }
                }
                _ => FrameLimits::default(),
            }),
            delimiters: Delimiters::STANDARD,
            isa: Vec::new(),
            gs: Vec::new(),
            layout: Vec::new(),
            open: false,
            in_group: false,
            sets: 0,
            groups: 0,
            left_out: 0,
            tape: Tape::default(),
            refused: 0,
            refusal: None,
        }
    }

    /// Sets that cannot be cut into what was asked for, and why the first of them cannot; they are in no part.
    pub fn refused(&self) -> Option<(u64, Refusal)> {
        self.refusal.map(|refusal| (self.refused, refusal))
    }

    /// Pieces that belong to no part so far: garbage, stray segments, segments over the limit.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Takes the available input and returns how many bytes of it are consumed; the rest has to be given again, with more
    /// after it. `end` says that there is no more.
    ///
    /// # Errors
    ///
    /// The first of `parts`; nothing can be fed after it.
    pub fn feed<P: Parts>(
        &mut self,
        buffer: &[u8],
        end: bool,
        parts: &mut P,
    ) -> Result<usize, P::Error> {
        let mut done = 0;
        loop {
            match self.framer.next(&buffer[done..], end) {
                Framed::NeedMore { consumed } => return Ok(done + consumed),
                Framed::End => {
                    self.end_part(parts)?;
                    return Ok(buffer.len());
                }
                Framed::Piece(piece) => {
                    let raw = &buffer[done..done + piece.consumed];
                    self.piece(&raw[piece.span.clone()], &raw[..piece.span.start], &piece, parts)?;
                    done += piece.consumed;
                }
            }
        }
    }

    fn piece<P: Parts>(
        &mut self,
        text: &[u8],
        before: &[u8],
        piece: &Piece,
        parts: &mut P,
    ) -> Result<(), P::Error> {
        match piece.kind {
            PieceKind::Isa { .. } => {
                self.end_part(parts)?;
                self.delimiters = piece.delimiters;
                self.isa = text.to_vec();
                self.gs.clear();
                self.layout.clear();
            }
            PieceKind::Gs => {
                if self.by == By::Interchange {
                    self.end_group(parts)?;
                } else {
                    self.end_part(parts)?;
                }
                self.gs = text.to_vec();
                let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
                if before.len() <= LAYOUT_BYTES_MAX && before.iter().all(is_break) {
                    self.layout = before.to_vec();
                }
                if matches!(self.by, By::Interchange | By::Group) {
                    self.begin_part(b"", parts)?;
                    self.begin_group(parts)?;
                }
            }
            PieceKind::Set { start, end } if matches!(self.by, By::Unit(_)) => {
                let whole = start && end && piece.terminated;
                if whole {
                    self.cut(text, parts)?;
                } else if start {
                    self.refuse("it is cut off or too long to be cut");
                }
            }
            PieceKind::Set { start, end } => {
                if start {
                    if self.by == By::Set {
                        self.end_part(parts)?;
                    }
                    let opening = text.split(|byte| *byte == self.delimiters.terminator).next();
                    let control = self.element(opening.unwrap_or_default(), 2).to_vec();
                    self.begin_part(&control, parts)?;
                    self.begin_group(parts)?;
                    self.sets += 1;
                }
                parts.write(text)?;
                if end {
                    if !piece.terminated {
                        parts.write(&[self.delimiters.terminator])?;
                    }
                    parts.write(&self.layout)?;
                    if self.by == By::Set {
                        self.end_part(parts)?;
                    }
                }
            }
            PieceKind::Ge => {
                self.end_group(parts)?;
                if self.by == By::Group {
                    self.end_part(parts)?;
                }
                self.gs.clear();
            }
            PieceKind::Ta1 => {
                // It belongs to the interchange, whatever groups there are; those become parts of their own.
                if !self.in_group {
                    self.gs.clear();
                    self.begin_part(b"", parts)?;
                    self.segment(text, parts)?;
                } else {
                    self.left_out += 1;
                }
            }
            PieceKind::Iea => {
                // An interchange with nothing in it is a part too.
                if self.by == By::Interchange {
                    self.begin_part(b"", parts)?;
                }
                self.end_part(parts)?;
            }
            PieceKind::Garbage | PieceKind::Stray | PieceKind::Oversized => self.left_out += 1,
        }
        Ok(())
    }

    /// Cuts a whole set into units, a part for each.
    fn cut<P: Parts>(&mut self, text: &[u8], parts: &mut P) -> Result<(), P::Error> {
        let By::Unit(unit) = self.by else { return Ok(()) };
        let mut tape = std::mem::take(&mut self.tape);
        tape.fill(text, self.delimiters);
        let st = (!tape.is_empty()).then(|| tape.segment(text, 0));
        let control = st.map(|st| st.value(2).to_vec()).unwrap_or_default();
        let guide = match st.map_or(&b""[..], |st| st.value(3)) {
            b"" => self.element(&self.gs, 8).to_vec(),
            named => named.to_vec(),
        };
        let delimiters = self.delimiters;
        let mut number = 0;
        let mut take = |set: &[u8]| {
            number += 1;
            self.end_part(parts)?;
            self.begin_part(
                format!("{}-{number}", String::from_utf8_lossy(&control)).as_bytes(),
                parts,
            )?;
            self.begin_group(parts)?;
            self.sets += 1;
            parts.write(set)?;
            // What follows the set in its interchange is not part of it.
            parts.write(&self.layout)?;
            self.end_part(parts)
        };
        let outcome = unit::cut(text, &tape, delimiters, &guide, unit, &mut take)?;
        self.tape = tape;
        if let Err(refusal) = outcome {
            self.refuse(refusal);
        }
        Ok(())
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refused += 1;
        self.refusal.get_or_insert(refusal);
    }

    fn begin_part<P: Parts>(&mut self, set: &[u8], parts: &mut P) -> Result<(), P::Error> {
        if std::mem::replace(&mut self.open, true) {
            return Ok(());
        }
        (self.sets, self.groups, self.in_group) = (0, 0, false);
        let mut control = vec![self.element(&self.isa, 13)];
        if self.by != By::Interchange && !self.gs.is_empty() {
            control.push(self.element(&self.gs, 6));
        }
        if matches!(self.by, By::Set | By::Unit(_)) && !set.is_empty() {
            control.push(set);
        }
        parts.begin(&control)?;
        self.segment(&self.isa, parts)
    }

    fn begin_group<P: Parts>(&mut self, parts: &mut P) -> Result<(), P::Error> {
        if self.in_group || self.gs.is_empty() {
            return Ok(());
        }
        self.in_group = true;
        self.groups += 1;
        self.sets = 0;
        self.segment(&self.gs, parts)
    }

    fn end_group<P: Parts>(&mut self, parts: &mut P) -> Result<(), P::Error> {
        if !std::mem::take(&mut self.in_group) {
            return Ok(());
        }
        let trailer = self.trailer(b"GE", self.sets, self.element(&self.gs, 6));
        self.segment(&trailer, parts)
    }

    fn end_part<P: Parts>(&mut self, parts: &mut P) -> Result<(), P::Error> {
        if !self.open {
            return Ok(());
        }
        self.end_group(parts)?;
        self.open = false;
        let trailer = self.trailer(b"IEA", self.groups, self.element(&self.isa, 13));
        self.segment(&trailer, parts)?;
        parts.end()
    }

    fn trailer(&self, tag: &[u8], count: u64, control: &[u8]) -> Vec<u8> {
        let count = count.to_string();
        [tag, count.as_bytes(), control].join(&self.delimiters.element)
    }

    fn segment<P: Parts>(&self, text: &[u8], parts: &mut P) -> Result<(), P::Error> {
        parts.write(text)?;
        parts.write(&[self.delimiters.terminator])?;
        parts.write(&self.layout)
    }

    fn element<'a>(&self, text: &'a [u8], position: usize) -> &'a [u8] {
        text.split(|byte| *byte == self.delimiters.element).nth(position).unwrap_or_default()
    }
}
