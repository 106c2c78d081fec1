//! X12 laid out: a segment a line, indented by loop or not, or all in one line; with other separators where wanted.

use super::input::{Input, Isa, Placed, Rewrite};
use crate::guide::{Guide, Registry, SegmentUse};
use crate::wire::{Delimiters, Element, Segment};

/// How segments are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// A segment a line, with two blanks before it for each loop it is in.
    Indented,
    /// A segment a line.
    Lines,
    /// Nothing between segments.
    Unwrapped,
}

/// Separators that take the place of those in the input; those left open stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Separators {
    /// Between elements.
    pub element: Option<u8>,
    /// Between components.
    pub component: Option<u8>,
    /// Between repetitions; not where the input has none.
    pub repetition: Option<u8>,
    /// After segments.
    pub terminator: Option<u8>,
}

impl Separators {
    fn of(self, old: Delimiters) -> Delimiters {
        Delimiters {
            element: self.element.unwrap_or(old.element),
            component: self.component.unwrap_or(old.component),
            repetition: old.repetition.map(|byte| self.repetition.unwrap_or(byte)),
            terminator: self.terminator.unwrap_or(old.terminator),
        }
    }
}

/// Why an input cannot have these separators. Contains no values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A value contains the separator.
    #[error("{} cannot be a separator: it occurs in the data of the segment at byte {offset}", shown(*separator))]
    InData {
        /// The separator.
        separator: u8,
        /// Offset of the segment in the input.
        offset: u64,
    },
    /// Two of the four would be the same, or one could be data.
    #[error("the separators must be four different characters, and no letters, digits or blanks")]
    Indistinct,
}

fn shown(byte: u8) -> String {
    match byte {
        0x21..0x7f => format!("`{}`", char::from(byte)),
        byte => format!("0x{byte:02X}"),
    }
}

/// Lays an input out as its bytes arrive.
pub struct Formatter<'r> {
    input: Input<'r>,
    writer: Writer,
}

impl<'r> Formatter<'r> {
    /// Starts before the first byte.
    pub fn new(registry: &'r Registry, layout: Layout, separators: Separators) -> Self {
        Formatter {
            input: Input::new(registry, layout == Layout::Indented),
            writer: Writer { layout, separators, depth: 0, unread_end: None, segments: 0 },
        }
    }

    /// Segments written so far.
    pub fn segments(&self) -> u64 {
        self.writer.segments
    }

    /// Takes the available input, appends it laid out to `out` and returns how many bytes are consumed; the rest has to be
    /// given again, with more after it. `end` says that there is no more.
    ///
    /// # Errors
    ///
    /// The first segment that cannot have the separators asked for.
    pub fn feed(&mut self, buffer: &[u8], end: bool, out: &mut Vec<u8>) -> Result<usize, Refusal> {
        self.input.feed(buffer, end, &mut self.writer, out)
    }
}

struct Writer {
    layout: Layout,
    separators: Separators,
    /// How deep the last segment with a place was.
    depth: usize,
    /// The last byte that was written of what is no segment, where no segment has followed.
    unread_end: Option<u8>,
    segments: u64,
}

impl Writer {
    /// What comes before a segment.
    fn open(&mut self, depth: usize, out: &mut Vec<u8>) {
        let end = self.unread_end.take();
        if end.is_some_and(|end| end != b'\n') && self.layout != Layout::Unwrapped {
            out.push(b'\n');
        }
        if self.layout == Layout::Indented {
            out.extend(std::iter::repeat_n(b' ', depth * 2));
        }
        self.segments += 1;
    }

    /// What comes after a segment.
    fn close(&self, terminator: u8, terminated: bool, out: &mut Vec<u8>) {
        if !terminated {
            return;
        }
        out.push(terminator);
        if self.layout != Layout::Unwrapped && terminator != b'\n' {
            out.push(b'\n');
        }
    }
}

impl Rewrite for Writer {
    type Error = Refusal;

    fn layout(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        // What is between bytes that are no segment belongs to them.
        if self.unread_end.is_some() {
            self.unread(bytes, 0, out);
        }
    }

    fn unread(&mut self, bytes: &[u8], _: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(bytes);
        self.unread_end = bytes.last().copied().or(self.unread_end);
    }

    fn isa(&mut self, isa: Isa<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let (old, new) = (isa.delimiters, self.separators.of(isa.delimiters));
        self.open(0, out);
        if new == old {
            out.extend_from_slice(isa.text);
        } else {
            if !new.are_distinct() {
                return Err(Refusal::Indistinct);
            }
            for (position, element) in isa.text.split(|byte| *byte == old.element).enumerate() {
                if position > 0 {
                    out.push(new.element);
                }
                match (position, old.repetition, new.repetition) {
                    (11, Some(before), Some(after)) if element == [before] => out.push(after),
                    (16, ..) => out.push(new.component),
                    _ => data(element, new, isa.offset, out)?,
                }
            }
        }
        self.close(new.terminator, isa.terminated, out);
        Ok(())
    }

    fn segment(&mut self, placed: &Placed<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let old = placed.segment.delimiters();
        let new = self.separators.of(old);
        if placed.position <= 1 {
            self.depth = 0;
        }
        if let Some((guide, used)) = placed.guide.zip(placed.used) {
            self.depth = depth(guide, used);
        }
        self.open(self.depth, out);
        if new == old {
            out.extend_from_slice(placed.segment.bytes());
        } else {
            if !new.are_distinct() {
                return Err(Refusal::Indistinct);
            }
            translate(placed.segment, new, placed.offset, out)?;
        }
        self.close(new.terminator, placed.terminated, out);
        Ok(())
    }

    fn end(&mut self, _: u64, _: &mut Vec<u8>) {}
}

/// How many loops a segment is in, the whole set not counted.
fn depth(guide: &Guide, used: &SegmentUse) -> usize {
    let parent = |index: &u16| guide.loops.get(usize::from(*index)).and_then(|here| here.parent);
    std::iter::successors(Some(used.in_loop), parent).count() - 1
}

/// Writes a segment with other separators.
fn translate(
    segment: Segment<'_>,
    new: Delimiters,
    offset: u64,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    data(segment.tag_bytes(), new, offset, out)?;
    let binary = segment.binary().map(|binary| binary.offset);
    for element in segment.elements() {
        out.push(new.element);
        if Some(element.offset) == binary {
            // Their length says where they end: any byte may be among them.
            out.extend_from_slice(element.bytes);
            continue;
        }
        let repetition = new.repetition.unwrap_or(new.component);
        joined(element.repetitions(), repetition, out, |one: Element<'_>, out| {
            joined(one.components(), new.component, out, |component, out| {
                data(component.bytes, new, offset, out)
            })
        })?;
    }
    Ok(())
}

fn joined<T>(
    parts: impl Iterator<Item = T>,
    separator: u8,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.push(separator);
        }
        write(part, out)?;
    }
    Ok(())
}

/// Writes a value that may not contain a separator.
fn data(value: &[u8], new: Delimiters, offset: u64, out: &mut Vec<u8>) -> Result<(), Refusal> {
    match value.iter().find(|byte| new.contains(**byte)) {
        Some(separator) => Err(Refusal::InData { separator: *separator, offset }),
        None => {
            out.extend_from_slice(value);
            Ok(())
        }
    }
}
