//! What all rewriting has in common: an input read segment by segment, each with its place in the guide.

use std::sync::Arc;

use crate::check::{EventKind, InputEvent, InputReader, Read, SetChecker, SetLimits};
use crate::finding::Policy;
use crate::guide::{Guide, Registry, SegmentUse};
use crate::wire::{Delimiters, FrameLimits, IsaFault, Segment, Tape};

/// A segment in its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) segment: Segment<'a>,
    /// Offset in the input.
    pub(super) offset: u64,
    /// Ordinal of its set in the input, from 1; 0 outside a set.
    pub(super) set: u32,
    /// Its position in the set, ST being 1; 0 outside a set.
    pub(super) position: u32,
    /// The guide of its set, and its use there.
    pub(super) guide: Option<&'a Guide>,
    pub(super) used: Option<&'a SegmentUse>,
    /// It has a place in the guide; else `guide` and `used` are those of the base standard.
    pub(super) has_place: bool,
    /// Its terminator follows.
    pub(super) terminated: bool,
}

/// An ISA.
#[derive(Clone, Copy)]
pub(super) struct Isa<'a> {
    /// Its text, without the terminator.
    pub(super) text: &'a [u8],
    pub(super) delimiters: Delimiters,
    pub(super) fault: Option<IsaFault>,
    pub(super) offset: u64,
    pub(super) terminated: bool,
}

/// Writes what is read.
pub(super) trait Rewrite {
    /// Why the input cannot be rewritten.
    type Error;
    /// Blanks and line breaks between segments.
    fn layout(&mut self, bytes: &[u8], out: &mut Vec<u8>);
    /// Bytes that are no segment, or are of one that is too long to be read.
    fn unread(&mut self, bytes: &[u8], offset: u64, out: &mut Vec<u8>);
    /// An ISA.
    fn isa(&mut self, isa: Isa<'_>, out: &mut Vec<u8>) -> Result<(), Self::Error>;
    /// Any other segment.
    fn segment(&mut self, placed: &Placed<'_>, out: &mut Vec<u8>) -> Result<(), Self::Error>;
    /// The input has ended, at this offset.
    fn end(&mut self, offset: u64, out: &mut Vec<u8>);
}

/// Reads an input for a [`Rewrite`].
pub(super) struct Input<'r> {
    registry: &'r Registry,
    reader: InputReader,
    /// Finds the place of each segment; none where places are not wanted.
    checker: Option<SetChecker<'r>>,
    tape: Tape,
    /// What is read now is the rest of a segment over the limit.
    is_in_oversized: bool,
    position: u32,
    ordinal: u32,
    /// The base standard of the set being read.
    standard: Option<&'static Arc<Guide>>,
}

impl<'r> Input<'r> {
    /// Starts before the first byte; `wants_places` says whether segments are to have their use in the guide.
    pub(super) fn new(registry: &'r Registry, wants_places: bool) -> Self {
        let limits = SetLimits { segments_max: u32::MAX - 1, ..SetLimits::default() };
        let checker =
            || SetChecker::new(registry, &Policy::default()).with_limits(limits).with_places();
        Input {
            registry,
            reader: InputReader::new(FrameLimits { fragments: true, ..FrameLimits::default() }),
            checker: wants_places.then(checker),
            tape: Tape::default(),
            is_in_oversized: false,
            position: 0,
            ordinal: 0,
            standard: None,
        }
    }

    /// Takes the available input, appends what is written for it to `out` and returns how many bytes are consumed; the rest
    /// has to be given again, with more after it. `end` says that there is no more.
    pub(super) fn feed<R: Rewrite>(
        &mut self,
        buffer: &[u8],
        end: bool,
        to: &mut R,
        out: &mut Vec<u8>,
    ) -> Result<usize, R::Error> {
        let mut done = 0;
        loop {
            let offset = self.reader.offset();
            match self.reader.next(&buffer[done..], end) {
                Read::NeedMore { consumed } => {
                    self.between(&buffer[done..done + consumed], offset, to, out);
                    return Ok(done + consumed);
                }
                Read::End => {
                    self.between(&buffer[done..], offset, to, out);
                    to.end(offset + (buffer.len() - done) as u64, out);
                    return Ok(buffer.len());
                }
                Read::Event(event) => {
                    let raw = &buffer[done..done + event.consumed];
                    self.between(&raw[..event.span.start], offset, to, out);
                    self.event(raw, &event, to, out)?;
                    done += event.consumed;
                }
            }
        }
    }

    /// Bytes that the reader passed over.
    fn between<R: Rewrite>(&mut self, bytes: &[u8], offset: u64, to: &mut R, out: &mut Vec<u8>) {
        match self.is_in_oversized {
            _ if bytes.is_empty() => {}
            true => to.unread(bytes, offset, out),
            false => to.layout(bytes, out),
        }
    }

    fn event<R: Rewrite>(
        &mut self,
        raw: &[u8],
        event: &InputEvent,
        to: &mut R,
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        self.is_in_oversized = matches!(event.kind, EventKind::Oversized { .. });
        let text = &raw[event.span.start..];
        match event.kind {
            EventKind::Garbage | EventKind::Oversized { .. } => {
                self.position += u32::from(self.is_in_oversized);
                to.unread(text, event.offset, out);
                Ok(())
            }
            EventKind::Interchange { fault } => {
                let after = &raw[event.span.end..];
                let terminated = after.first() == Some(&event.delimiters.terminator);
                let isa = Isa {
                    text: event.text(raw),
                    delimiters: event.delimiters,
                    fault,
                    offset: event.offset,
                    terminated,
                };
                to.isa(isa, out)?;
                to.layout(&after[usize::from(terminated)..], out);
                Ok(())
            }
            _ => self.segments(text, event, to, out),
        }
    }

    fn segments<R: Rewrite>(
        &mut self,
        text: &[u8],
        event: &InputEvent,
        to: &mut R,
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        self.tape.fill(text, event.delimiters);
        let part = match event.kind {
            EventKind::Set(part) => Some(part),
            _ => None,
        };
        if let Some(part) = part {
            if part.is_start {
                (self.position, self.ordinal) = (0, part.ordinal);
                let set = (!self.tape.is_empty()).then(|| self.tape.segment(text, 0).value(1));
                self.standard = set.and_then(|set| self.registry.standard(set));
            }
            if let Some(checker) = &mut self.checker {
                match part.is_start {
                    true => checker.begin(text, event.place(part)),
                    false => checker.part(text, event.offset),
                }
            }
        }
        let checker = self.checker.as_ref().filter(|_| part.is_some());
        let guide = checker.and_then(SetChecker::guide);
        let places = checker.map_or(&[][..], SetChecker::places);
        let standard = self.standard.map(|guide| &**guide).filter(|_| part.is_some());
        let mut passed = 0;
        for (index, segment) in self.tape.segments(text).enumerate() {
            let start = segment.offset() as usize;
            let stop = start + segment.bytes().len();
            to.layout(&text[passed..start], out);
            let terminated = text.get(stop) == Some(&event.delimiters.terminator);
            if part.is_some() {
                self.position += 1;
            }
            let node = places.get(index).copied().flatten();
            let by_guide = guide
                .zip(node)
                .map(|(guide, node)| (Some(guide), guide.segments.get(usize::from(node))));
            // A segment without a place is at least one of the standard.
            let by_standard = || {
                let tag = segment.tag();
                let used = standard.and_then(|known| known.segments.iter().find(|s| s.tag == tag));
                (standard.filter(|_| used.is_some()), used)
            };
            let has_place = by_guide.is_some();
            let (guide, used) = by_guide.unwrap_or_else(by_standard);
            let placed = Placed {
                segment,
                offset: event.offset + u64::from(segment.offset()),
                set: if part.is_some() { self.ordinal } else { 0 },
                position: if part.is_some() { self.position } else { 0 },
                guide,
                used,
                has_place,
                terminated,
            };
            to.segment(&placed, out)?;
            passed = stop + usize::from(terminated);
        }
        to.layout(&text[passed..], out);
        if part.is_some_and(|part| part.is_end)
            && let Some(checker) = &mut self.checker
        {
            checker.end();
        }
        Ok(())
    }
}
