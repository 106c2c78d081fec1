//! The index of one run of complete segments: where each begins and where its separators stand.

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

/// Where the next segment begins: its first byte and its first marks.
#[derive(Clone, Copy, Debug, Default)]
struct Front {
    start: u32,
    marks: u32,
    inner: u32,
}

impl Default for Tape {
    fn default() -> Self {
        Tape { delimiters: Delimiters::STANDARD, marks: Marks::default(), segments: Vec::new() }
    }
}

impl Tape {
    /// Indexes `text`. Blanks and line breaks between segments belong to none of them; a last segment without a
    /// terminator is kept as it is. `text` must be shorter than 4 GiB (framing keeps it far below).
    pub fn fill(&mut self, text: &[u8], delimiters: Delimiters) {
        self.delimiters = delimiters;
        self.segments.clear();
        index::index(text, delimiters, &mut self.marks);
        let mut front = Front::default();
        for at in 0..self.marks.terminators.len() {
            let marks_end = self.marks.terminators[at];
            let end = self.marks.positions[marks_end as usize];
            self.cut(text, &mut front, end, marks_end);
            front.start = end + 1;
            front.marks = marks_end + 1;
        }
        self.cut(text, &mut front, text.len() as u32, self.marks.positions.len() as u32);
    }

    /// Cuts the segment from the front to `end`.
    #[inline]
    fn cut(&mut self, text: &[u8], front: &mut Front, end: u32, marks_end: u32) {
        let Front { mut start, marks, inner } = *front;
        if let Some(next) = self.marks.inner.get(inner as usize)
            && *next < end
        {
            let rest = &self.marks.inner[inner as usize..];
            front.inner += rest.iter().take_while(|mark| **mark < end).count() as u32;
        }
        let marks_here = &self.marks.positions[marks as usize..marks_end as usize];
        let mut tag_end = marks_here.first().map_or(end, |mark| *mark);
        if start < tag_end && is_layout(text[start as usize]) {
            // A separator is never layout, even where somebody chose a line break as one.
            if front.inner > inner {
                tag_end = tag_end.min(self.marks.inner[inner as usize]);
            }
            while start < tag_end && is_layout(text[start as usize]) {
                start += 1;
            }
            tag_end = marks_here.first().map_or(end, |mark| *mark);
        }
        if start < end {
            let tag = Tag::new(&text[start as usize..tag_end as usize]);
            let inner_end = front.inner;
            self.segments.push(Slot { start, end, marks, marks_end, inner, inner_end, tag });
        }
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

    /// Offsets of bytes outside the extended character set, ascending; line breaks between segments are among them.
    pub fn suspects(&self) -> &[u32] {
        &self.marks.suspects
    }
}

/// True for what may stand between a terminator and the next segment: blanks and line breaks.
#[inline]
pub(super) fn is_layout(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The slow reference: `split`, as anybody would write it.
    fn reference(text: &[u8], d: Delimiters) -> Vec<Vec<Vec<Vec<u8>>>> {
        text.split(|b| *b == d.terminator)
            .map(|s| s.trim_ascii_start())
            .filter(|s| !s.is_empty())
            .map(|s| {
                s.split(|b| *b == d.element)
                    .skip(1)
                    .map(|e| e.split(|b| *b == d.component).map(<[u8]>::to_vec).collect())
                    .collect()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn agrees_with_split(text in "[A-C1-3 *:~\n]{0,300}") {
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
