//! The index of one run of complete segments: where each begins and where its separators are.

use super::binary::{self, Reach};
use super::delimiters::is_layout;
use super::index::{self, Marks};
use super::{Delimiters, Segment, Tag};

/// An index over a text of complete segments; filled again and again, so that nothing is allocated per segment.
#[derive(Debug)]
pub struct Tape {
    delimiters: Delimiters,
    marks: Marks,
    segments: Vec<Slot>,
}

/// One segment: its bytes and its ranges of marks.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    end: u32,
    /// Its element separators.
    marks: u32,
    marks_end: u32,
    /// Its component and repetition separators.
    inner: u32,
    inner_end: u32,
    tag: Tag,
}

/// How far the index has come.
#[derive(Clone, Copy, Debug, Default)]
struct Front {
    /// Bytes that are indexed, or passed over.
    indexed: usize,
    /// Where the next segment begins, layout included.
    start: u32,
    /// Its first marks.
    marks: u32,
    inner: u32,
    /// Its terminator, where there is one, among the terminators.
    terminators: usize,
}

/// Bytes indexed together.
const STRIDE_BYTES: usize = 256 << 10;

impl Default for Tape {
    fn default() -> Self {
        Tape { delimiters: Delimiters::STANDARD, marks: Marks::default(), segments: Vec::new() }
    }
}

impl Tape {
    /// Indexes `text`. Blanks and line breaks between segments belong to none of them; a last segment without a
    /// terminator is kept as it is. `text` must be shorter than 4 GiB (framing keeps it far below).
    ///
    /// It is indexed in strides, so that binary data that goes beyond one is passed over and not indexed.
    pub fn fill(&mut self, text: &[u8], delimiters: Delimiters) {
        self.delimiters = delimiters;
        self.segments.clear();
        self.marks.clear();
        let mut front = Front::default();
        while front.indexed < text.len() {
            let stride = front.indexed..text.len().min(front.indexed + STRIDE_BYTES);
            let base = stride.start as u32;
            front.indexed = stride.end;
            index::index(&text[stride], base, delimiters, &mut self.marks);
            while let Some(&marks_end) = self.marks.terminators.get(front.terminators) {
                let end = self.marks.positions[marks_end as usize];
                let slot = self.slot(text, &front, end, marks_end);
                if slot.tag.is_binary() && self.binary(text, slot, &mut front) {
                    continue;
                }
                front.start = end + 1;
                front.marks = marks_end + 1;
                front.inner = slot.inner_end;
                front.terminators += 1;
                self.push(slot);
            }
            // Data without a terminator need not be indexed to its end.
            if front.start >= base && front.indexed < text.len() {
                let slot = self.rest(text, front);
                if slot.tag.is_binary() {
                    self.binary(text, slot, &mut front);
                }
            }
        }
        let slot = self.rest(text, front);
        if !(slot.tag.is_binary() && self.binary(text, slot, &mut front)) {
            self.push(slot);
        }
    }

    /// What follows the last terminator.
    fn rest(&self, text: &[u8], front: Front) -> Slot {
        let marks_end = self.marks.positions.len() as u32;
        self.slot(text, &front, text.len() as u32, marks_end)
    }

    /// The segment from the front to `end`.
    #[inline]
    fn slot(&self, text: &[u8], front: &Front, end: u32, marks_end: u32) -> Slot {
        let Front { mut start, marks, inner, .. } = *front;
        let mut inner_end = inner;
        if let Some(next) = self.marks.inner.get(inner as usize)
            && *next < end
        {
            let rest = &self.marks.inner[inner as usize..];
            inner_end += rest.iter().take_while(|mark| **mark < end).count() as u32;
        }
        let marks_here = &self.marks.positions[marks as usize..marks_end as usize];
        let mut tag_end = marks_here.first().map_or(end, |mark| *mark);
        if start < tag_end && is_layout(text[start as usize]) {
            // A separator is never layout, even where a line break was chosen as one.
            if inner_end > inner {
                tag_end = tag_end.min(self.marks.inner[inner as usize]);
            }
            while start < tag_end && is_layout(text[start as usize]) {
                start += 1;
            }
            tag_end = marks_here.first().map_or(end, |mark| *mark);
        }
        let tag = Tag::new(&text[start as usize..tag_end as usize]);
        Slot { start, end, marks, marks_end, inner, inner_end, tag }
    }

    #[inline]
    fn push(&mut self, slot: Slot) {
        if slot.start < slot.end {
            self.segments.push(slot);
        }
    }

    /// Takes a whole binary segment and continues after it; false when it has no data.
    #[cold]
    fn binary(&mut self, text: &[u8], mut slot: Slot, front: &mut Front) -> bool {
        let bytes = &text[slot.start as usize..];
        if !binary::begins(bytes, self.delimiters.element) {
            return false;
        }
        let Reach::Data { data, end } = binary::reach(bytes, self.delimiters, usize::MAX, 0, true)
        else {
            return false;
        };
        let Marks { positions, inner, terminators, .. } = &mut self.marks;
        let before = |marks: &[u32], at: u32| marks.partition_point(|mark| *mark < at) as u32;
        let data = slot.start + data as u32;
        slot.end = slot.start + end as u32;
        slot.marks_end = before(positions, data);
        slot.inner_end = before(inner, data);
        front.start = slot.end + 1;
        if front.start as usize > front.indexed {
            // What was indexed of the data is discarded.
            positions.truncate(slot.marks_end as usize);
            inner.truncate(slot.inner_end as usize);
            terminators.truncate(front.terminators);
            front.marks = slot.marks_end;
            front.inner = slot.inner_end;
            front.indexed = text.len().min(front.start as usize);
            front.start = front.indexed as u32;
        } else {
            front.marks = before(positions, front.start);
            front.inner = before(inner, front.start);
            front.terminators = terminators.partition_point(|mark| *mark < front.marks);
        }
        self.segments.push(slot);
        true
    }

    /// How many segments there are.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// True when there are no segments.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// How many separators there are, terminators included.
    pub fn separators(&self) -> usize {
        self.marks.positions.len() + self.marks.inner.len()
    }

    /// The segment at `index` (from 0); `text` must be the text that was indexed.
    #[inline]
    pub fn segment<'a>(&'a self, text: &'a [u8], index: usize) -> Segment<'a> {
        let slot = self.segments[index];
        Segment::new(
            &text[slot.start as usize..slot.end as usize],
            &self.marks.positions[slot.marks as usize..slot.marks_end as usize],
            &self.marks.inner[slot.inner as usize..slot.inner_end as usize],
            slot.start,
            slot.tag,
            self.delimiters,
        )
    }

    /// All segments in order; `text` must be the text that was indexed.
    pub fn segments<'a>(
        &'a self,
        text: &'a [u8],
    ) -> impl ExactSizeIterator<Item = Segment<'a>> + 'a {
        (0..self.segments.len()).map(move |index| self.segment(text, index))
    }

    /// Offsets of bytes outside the extended character set, ascending; line breaks between segments are among them, and
    /// bytes of binary data may be.
    pub fn suspects(&self) -> &[u32] {
        &self.marks.suspects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The slow reference: a plain `split`, and binary segments byte by byte.
    fn reference(text: &[u8], d: Delimiters) -> Vec<Vec<Vec<Vec<u8>>>> {
        let mut found = Vec::new();
        let mut rest = text.trim_ascii_start();
        while !rest.is_empty() {
            if let Some((head, data, after)) = measured(rest, d) {
                let mut elements: Vec<Vec<Vec<u8>>> = split(head, d).skip(1).collect();
                elements.push(vec![data.to_vec()]);
                found.push(elements);
                rest = after;
            } else {
                let end = rest.iter().position(|b| *b == d.terminator);
                let segment = &rest[..end.unwrap_or(rest.len())];
                if !segment.is_empty() {
                    found.push(split(segment, d).skip(1).collect());
                }
                rest = &rest[end.map_or(rest.len(), |at| at + 1)..];
            }
            rest = rest.trim_ascii_start();
        }
        found
    }

    fn split(text: &[u8], d: Delimiters) -> impl Iterator<Item = Vec<Vec<u8>>> {
        text.split(move |b| *b == d.element)
            .map(move |e| e.split(|b| *b == d.component).map(<[u8]>::to_vec).collect())
    }

    /// A binary segment in front: what comes before its data, the data, and what comes after them.
    fn measured(text: &[u8], d: Delimiters) -> Option<(&[u8], &[u8], &[u8])> {
        let before = match text.get(..4)? {
            b"BIN*" => 2,
            b"BDS*" => 3,
            _ => return None,
        };
        let plain = text.iter().position(|b| *b == d.terminator).unwrap_or(text.len());
        let mut separators = (0..plain).filter(|at| text[*at] == d.element);
        let start = separators.nth(before - 1)? + 1;
        let head = &text[..start - 1];
        if head.split(|b| *b == d.element).any(|element| element.len() > 20) {
            return None;
        }
        let digits = std::str::from_utf8(head.rsplit(|b| *b == d.element).next()?).ok()?;
        let told = digits.bytes().all(|b| b.is_ascii_digit()) && digits.len() <= 15;
        let told = digits.parse::<usize>().ok().filter(|_| told);
        let end =
            told.map(|length| start + length).filter(|end| text.get(*end) == Some(&d.terminator));
        let plausible = || {
            (start..text.len()).find(|at| {
                let after = &text[*at + 1..];
                let blanks = after.iter().take_while(|b| is_layout(**b)).count();
                let next = &after[blanks..];
                let tag = next.iter().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                let tag = tag.count();
                let begins = next.first().is_some_and(u8::is_ascii_uppercase)
                    && matches!(tag, 2 | 3)
                    && next.get(tag) == Some(&d.element);
                let closes = next.is_empty() || next.starts_with(b"ISA") || begins;
                text[*at] == d.terminator && blanks <= 64 && closes
            })
        };
        let end = end.or_else(plausible).unwrap_or(text.len());
        Some((head, &text[start..end], text.get(end + 1..).unwrap_or_default()))
    }

    proptest! {
        #[test]
        fn agrees_with_split(parts in proptest::collection::vec(prop_oneof![
            4 => "[A-C1-3 *:~\n]{0,30}",
            1 => "~?\n?(BIN|BDS\\*B64)\\*[0-9x]{1,2}\\*[AB~*:]{0,20}(~(SE)?)?",
        ], 0..12)) {
            let text = parts.concat();
            let d = Delimiters { repetition: None, ..Delimiters::STANDARD };
            let mut tape = Tape::default();
            tape.fill(text.as_bytes(), d);
            let found: Vec<Vec<Vec<Vec<u8>>>> = tape
                .segments(text.as_bytes())
                .map(|s| s.elements().map(|e| e.components().map(|c| c.bytes.to_vec()).collect()).collect())
                .collect();
            prop_assert_eq!(found, reference(text.as_bytes(), d));
        }
    }

    #[test]
    fn data_beyond_a_stride_are_passed_over() {
        let data = vec![b'~'; STRIDE_BYTES * 3];
        let mut text = format!("ST*275*1~\nBIN*{}*", data.len()).into_bytes();
        text.extend_from_slice(&data);
        text.extend_from_slice(b"~\nBIN*3*a~b~SE*4*1~");
        let mut tape = Tape::default();
        tape.fill(&text, Delimiters::STANDARD);
        let lengths: Vec<_> = tape.segments(&text).map(|s| s.bytes().len()).collect();
        assert_eq!(lengths, [8, 11 + data.len(), 9, 6]);
        assert!(tape.separators() < STRIDE_BYTES, "what is passed over is not indexed");
        let binary = tape.segment(&text, 1).binary().expect("data");
        assert_eq!((binary.declared, binary.data.len()), (Some(data.len() as u64), data.len()));
        assert_eq!(tape.segment(&text, 2).value(2), b"a~b");
        assert_eq!(tape.segment(&text, 3).value(1), b"4");
    }

    #[test]
    fn positions_components_and_repetitions() {
        let text = b"EQ*30^A*HC:99:1~\r\n SE*2~";
        let mut tape = Tape::default();
        tape.fill(text, Delimiters::STANDARD);
        let eq = tape.segment(text, 0);
        assert_eq!(eq.tag(), "EQ".into());
        assert_eq!(eq.value(1), b"30^A");
        let repeated: Vec<_> = eq
            .element(1)
            .into_iter()
            .flat_map(|e| e.repetitions())
            .map(|e| (e.offset, e.bytes))
            .collect();
        assert_eq!(repeated, [(3, b"30".as_slice()), (6, b"A")]);
        assert_eq!(eq.component(2, 2), b"99");
        assert_eq!(eq.value(3), b"");
        assert_eq!(tape.segment(text, 1).tag(), "SE".into());
        assert_eq!(tape.segment(text, 1).offset(), 19);
    }
}
