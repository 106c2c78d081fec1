//! The writer: trims trailing separators, counts segments, numbers levels, refuses data that X12 cannot carry.

use super::{Delimiters, Tag};
use crate::phi::redacted;

/// One piece of an element's value as handed to the emitter.
pub type Part<'a> = &'a [u8];

/// Data that cannot be written as X12.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot write {tag}{element:02} in loop {loop_id}: {why}")]
#[non_exhaustive]
pub struct EmitError {
    /// The loop being written, as named by [`Emitter::enter`].
    pub loop_id: String,
    /// The segment.
    pub tag: Tag,
    /// The element position, from 1.
    pub element: u8,
    /// What is wrong with it; never holds the value.
    pub why: &'static str,
}

impl From<EmitError> for std::io::Error {
    fn from(error: EmitError) -> Self {
        std::io::Error::other(error)
    }
}

/// An append-only X12 writer.
///
/// ```
/// use x12gate::wire::{Delimiters, Emitter};
/// let mut out = Emitter::new(Delimiters::STANDARD);
/// out.segment("NM1").text("IL").text("1").text("DOE").text("").end()?;
/// assert_eq!(out.into_bytes(), b"NM1*IL*1*DOE~");
/// # Ok::<(), x12gate::wire::EmitError>(())
/// ```
pub struct Emitter {
    out: Vec<u8>,
    delimiters: Delimiters,
    /// Characters that are not allowed in data: separators in use, and bytes outside the character set.
    refused: [bool; 256],
    loop_id: String,
    line_feed: bool,
    segments: u32,
    levels: u32,
}

redacted!(Emitter { delimiters, segments });

impl Emitter {
    /// An empty writer with these separators.
    pub fn new(delimiters: Delimiters) -> Self {
        debug_assert!(delimiters.are_distinct());
        Emitter {
            out: Vec::new(),
            delimiters,
            refused: std::array::from_fn(|byte| {
                let byte = byte as u8;
                delimiters.contains(byte) || !(0x20..0x7f).contains(&byte)
            }),
            loop_id: String::new(),
            line_feed: false,
            segments: 0,
            levels: 0,
        }
    }

    /// Adds a line feed after each terminator, for readability.
    #[must_use]
    pub fn with_line_feeds(mut self, on: bool) -> Self {
        self.line_feed = on;
        self
    }

    /// The separators in force.
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// Names the loop that following segments belong to, for error messages only.
    pub fn enter(&mut self, loop_id: &str) {
        self.loop_id.clear();
        self.loop_id.push_str(loop_id);
    }

    /// Begins a segment; nothing of it is kept unless its `end` succeeds.
    pub fn segment(&mut self, tag: &str) -> SegmentWriter<'_> {
        let start = self.out.len();
        self.out.extend_from_slice(tag.as_bytes());
        let tag = Tag::from(tag);
        SegmentWriter { start, floor: start, tag, element: 0, fault: None, emitter: self }
    }

    /// Begins a transaction set: resets the segment count and the level numbers.
    pub fn begin_set(
        &mut self,
        set: &str,
        control: &str,
        guide: Option<&str>,
    ) -> Result<(), EmitError> {
        self.segments = 0;
        self.levels = 0;
        let st = self.segment("ST").text(set).text(control);
        match guide {
            Some(guide) => st.text(guide).end(),
            None => st.end(),
        }
    }

    /// Ends a transaction set with its counted SE.
    ///
    /// # Errors
    ///
    /// Where the SE cannot be written.
    pub fn end_set(&mut self, control: &str) -> Result<(), EmitError> {
        let count = self.segments + 1;
        self.segment("SE").number(u64::from(count)).text(control).end()
    }

    /// Writes an HL with the next number under `parent` and returns that number.
    pub fn level(
        &mut self,
        parent: Option<u32>,
        code: &str,
        has_child: bool,
    ) -> Result<u32, EmitError> {
        let number = self.next_level();
        let hl = self.segment("HL").number(u64::from(number));
        let hl = match parent {
            Some(parent) => hl.number(u64::from(parent)),
            None => hl.text(""),
        };
        hl.text(code).text(if has_child { "1" } else { "0" }).end()?;
        Ok(number)
    }

    /// The number of the next HL, for levels that do not state whether they have children (HL04 left out).
    pub fn next_level(&mut self) -> u32 {
        self.levels += 1;
        self.levels
    }

    /// Segments written since the last [`Emitter::begin_set`].
    pub fn segment_count(&self) -> u32 {
        self.segments
    }

    /// What has been written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Takes what has been written and leaves the writer empty, with its counters as they are.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Appends segments that are already in wire form with these same separators (an answered set, say).
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends `count` segments of the set being written, already in wire form with these same separators.
    pub fn raw_segments(&mut self, bytes: &[u8], count: u32) {
        self.out.extend_from_slice(bytes);
        self.segments += count;
    }

    /// True when a line feed follows each terminator.
    pub fn line_feeds(&self) -> bool {
        self.line_feed
    }

    /// Ends the writer.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }
}

/// A segment being written. Errors are remembered and returned by [`SegmentWriter::end`], so that calls can be chained.
#[derive(Debug)]
#[must_use = "a segment is kept only when `end` is called"]
pub struct SegmentWriter<'e> {
    emitter: &'e mut Emitter,
    start: usize,
    /// Nothing before this is a trailing separator.
    floor: usize,
    tag: Tag,
    element: u8,
    fault: Option<(u8, &'static str)>,
}

impl SegmentWriter<'_> {
    /// Appends one simple element; the empty string leaves it out.
    #[inline]
    pub fn text(mut self, value: &str) -> Self {
        if value.is_empty() {
            self.open();
        } else if !self.append(value.as_bytes()) {
            self.refuse_value(value.as_bytes());
        }
        self
    }

    /// Appends one simple element, or nothing where there is none.
    #[inline]
    pub fn maybe(self, value: Option<&str>) -> Self {
        self.text(value.unwrap_or(""))
    }

    /// Appends an unsigned integer.
    pub fn number(mut self, value: u64) -> Self {
        self.open();
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = value;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.emitter.out.extend_from_slice(&digits[at..]);
        self
    }

    /// Appends a decimal in the form of the R type: no leading or trailing zeros, no trailing point.
    pub fn decimal(self, value: rust_decimal::Decimal) -> Self {
        self.text(super::value::decimal_text(value).as_str())
    }

    /// Appends a composite of these components.
    pub fn composite(mut self, components: &[&str]) -> Self {
        self.open();
        let begin = self.emitter.out.len();
        let separator = self.emitter.delimiters.component;
        for (index, component) in components.iter().enumerate() {
            if index > 0 {
                self.emitter.out.push(separator);
            }
            self.data(component.as_bytes());
        }
        self.trim(begin, separator);
        self
    }

    /// Appends a repeating simple element.
    pub fn repeat<'v>(mut self, values: impl IntoIterator<Item = &'v str>) -> Self {
        self.open();
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                match self.emitter.delimiters.repetition {
                    Some(separator) => self.emitter.out.push(separator),
                    None => self.refuse("there is no repetition separator"),
                }
            }
            self.data(value.as_bytes());
        }
        self
    }

    /// Appends binary data of any bytes after its length, as the last two elements of a BIN or BDS.
    pub fn binary(mut self, data: &[u8]) -> Self {
        self = self.number(data.len() as u64);
        self.open();
        if !self.tag.is_binary() {
            self.refuse("binary data is not allowed here");
        }
        self.emitter.out.extend_from_slice(data);
        self.floor = self.emitter.out.len();
        self
    }

    /// Leaves out elements up to and including `position`.
    pub fn skip_to(mut self, position: u8) -> Self {
        while self.element + 1 < position {
            self.open();
        }
        self
    }

    /// Ends the segment, or returns the first error and keeps nothing of the segment.
    ///
    /// # Errors
    ///
    /// The first value of the segment that could not be written.
    pub fn end(mut self) -> Result<(), EmitError> {
        if let Some((element, why)) = self.fault {
            self.emitter.out.truncate(self.start);
            return Err(EmitError {
                loop_id: self.emitter.loop_id.clone(),
                tag: self.tag,
                element,
                why,
            });
        }
        self.trim(self.floor, self.emitter.delimiters.element);
        self.emitter.out.push(self.emitter.delimiters.terminator);
        if self.emitter.line_feed {
            self.emitter.out.push(b'\n');
        }
        self.emitter.segments += 1;
        Ok(())
    }

    fn open(&mut self) {
        self.emitter.out.push(self.emitter.delimiters.element);
        self.element += 1;
    }

    /// Appends a separator and a value; false when the value is not to be written.
    #[inline]
    fn append(&mut self, value: &[u8]) -> bool {
        self.element += 1;
        let Emitter { out, delimiters, refused, .. } = &mut *self.emitter;
        out.reserve(value.len() + 1);
        out.push(delimiters.element);
        out.extend_from_slice(value);
        !value.iter().any(|byte| refused[usize::from(*byte)])
    }

    fn data(&mut self, value: &[u8]) {
        if value.iter().any(|byte| self.emitter.refused[usize::from(*byte)]) {
            self.refuse_value(value);
        }
        self.emitter.out.extend_from_slice(value);
    }

    #[cold]
    fn refuse_value(&mut self, value: &[u8]) {
        let separator = value.iter().any(|byte| self.emitter.delimiters.contains(*byte));
        self.refuse(if separator {
            "the value contains a separator in use"
        } else {
            "the value contains a character outside the X12 character set"
        });
    }

    fn refuse(&mut self, why: &'static str) {
        self.fault.get_or_insert((self.element, why));
    }

    fn trim(&mut self, floor: usize, separator: u8) {
        while self.emitter.out.len() > floor && self.emitter.out.last() == Some(&separator) {
            self.emitter.out.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Tape;

    #[test]
    fn binary_data_are_written_as_they_are_and_read_back() -> Result<(), EmitError> {
        let data = b"any~byte*:^\x00\xff**";
        let mut out = Emitter::new(Delimiters::STANDARD);
        out.segment("BIN").binary(data).end()?;
        out.segment("BDS").text("ASC").binary(b"").end()?;
        let text = out.into_bytes();
        let mut tape = Tape::default();
        tape.fill(&text, Delimiters::STANDARD);
        assert_eq!(tape.len(), 2);
        assert_eq!(tape.segment(&text, 0).binary().map(|binary| binary.data), Some(&data[..]));
        assert_eq!(tape.segment(&text, 1).bytes(), b"BDS*ASC*0*");
        let mut out = Emitter::new(Delimiters::STANDARD);
        assert!(out.segment("REF").binary(data).end().is_err());
        assert!(out.into_bytes().is_empty());
        Ok(())
    }
}
