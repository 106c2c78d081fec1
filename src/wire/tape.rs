//! The index of one run of complete segments: where each begins and where its separators stand.

use super::index::{self, Marks};
use super::{Delimiters, Segment};

/// Text of complete segments with an index over it; cleared and filled again, so that nothing is allocated per segment.
#[derive(Debug)]
pub struct Tape {
    delimiters: Delimiters,
    marks: Marks,
    segments: Vec<Slot>,
}

/// One segment: its bytes and its range of marks.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    end: u32,
    marks: u32,
}

impl Default for Tape {
    fn default() -> Self {
        Tape { delimiters: Delimiters::STANDARD, marks: Marks::default(), segments: Vec::new() }
    }
}

impl Tape {
    /// Indexes `text`. Blanks and line breaks between segments belong to none of them; a last segment without a
    /// terminator is kept as it is. `text` must be shorter than 4 GiB (framing limits it far below).
    pub fn fill(&mut self, text: &[u8], delimiters: Delimiters) {
        self.delimiters = delimiters;
        self.segments.clear();
        index::index(text, delimiters, &mut self.marks);
        let mut start = 0;
        let mut kept = 0;
        let mut first = 0;
        // Terminators are dropped from the list of marks as the segments are cut.
        for at in 0..self.marks.positions.len() {
            let mark = self.marks.positions[at];
            if text[mark as usize] == delimiters.terminator {
                self.cut(text, start, mark, first);
                first = kept as u32;
                start = mark + 1;
            } else {
                self.marks.positions[kept] = mark;
                kept += 1;
            }
        }
        self.marks.positions.truncate(kept);
        self.cut(text, start, text.len() as u32, first);
    }

    fn cut(&mut self, text: &[u8], mut start: u32, end: u32, marks: u32) {
        while start < end && is_layout(text[start as usize]) {
            start += 1;
        }
        if start < end {
            self.segments.push(Slot { start, end, marks });
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

    /// The segment at `index` (from 0); `text` must be the text that was indexed.
    #[inline]
    pub fn segment<'a>(&'a self, text: &'a [u8], index: usize) -> Segment<'a> {
        let slot = self.segments[index];
        let end = self.segments.get(index + 1).map_or(self.marks.positions.len(), |s| s.marks as usize);
        Segment::new(
            &text[slot.start as usize..slot.end as usize],
            &self.marks.positions[slot.marks as usize..end],
            slot.start,
            self.delimiters,
        )
    }

    /// All segments in order; `text` must be the text that was indexed.
    pub fn segments<'a>(&'a self, text: &'a [u8]) -> impl ExactSizeIterator<Item = Segment<'a>> + 'a {
        (0..self.segments.len()).map(move |index| self.segment(text, index))
    }
}

/// True for what may stand between a terminator and the next segment: blanks and line breaks.
#[inline]
pub fn is_layout(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
