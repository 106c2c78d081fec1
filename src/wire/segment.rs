//! Views of one segment: `Copy` borrows into the caller's bytes, nothing allocated.

use super::{Delimiters, Tag};

/// One segment, without its terminator.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    bytes: &'a [u8],
    /// Offsets, in the indexed text, of every element, component and repetition separator of this segment, ascending.
    marks: &'a [u32],
    /// Offset of `bytes[0]` in the indexed text.
    base: u32,
    tag: Tag,
    delimiters: Delimiters,
}

impl<'a> Segment<'a> {
    /// A view over text that has been indexed: `marks` are offsets in that text, `base` is where `bytes` begins in it.
    #[inline]
    pub fn new(bytes: &'a [u8], marks: &'a [u32], base: u32, delimiters: Delimiters) -> Self {
        let mut segment = Segment { bytes, marks, base, tag: Tag::default(), delimiters };
        segment.tag = Tag::new(segment.tag_bytes());
        segment
    }

    /// The same for a segment whose tag is known.
    #[inline]
    pub(super) fn tagged(
        bytes: &'a [u8],
        marks: &'a [u32],
        base: u32,
        tag: Tag,
        delimiters: Delimiters,
    ) -> Self {
        Segment { bytes, marks, base, tag, delimiters }
    }

    /// The segment id; the empty tag when the text before the first separator is not two or three bytes.
    #[inline]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The bytes before the first element separator.
    #[inline]
    pub fn tag_bytes(&self) -> &'a [u8] {
        match self.marks.get(self.first_mark()) {
            Some(mark) => &self.bytes[..(*mark - self.base) as usize],
            None => self.bytes,
        }
    }

    /// Index of the first element separator; in a malformed tag other separators may stand before it.
    #[inline]
    fn first_mark(&self) -> usize {
        let is_element =
            |mark: &u32| self.bytes[(*mark - self.base) as usize] == self.delimiters.element;
        match self.marks.first() {
            Some(mark) if !is_element(mark) => {
                self.marks.iter().position(is_element).unwrap_or(self.marks.len())
            }
            _ => 0,
        }
    }

    /// The whole text, without the terminator.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many separators it holds, of every kind.
    #[inline]
    pub fn separators(&self) -> usize {
        self.marks.len()
    }

    /// Where the segment begins in the indexed text.
    #[inline]
    pub fn offset(&self) -> u32 {
        self.base
    }

    /// The separators in force.
    #[inline]
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// The elements after the tag, in order, empty ones included.
    #[inline]
    pub fn elements(&self) -> Elements<'a> {
        Elements { segment: *self, next: self.first_mark() }
    }

    /// The element at `position` (1 = first after the tag); `None` where the segment ends before it.
    #[inline]
    pub fn element(&self, position: usize) -> Option<Element<'a>> {
        debug_assert!(position > 0, "element positions count from 1");
        self.elements().nth(position - 1)
    }

    /// The text of the element at `position`, empty where it is absent.
    #[inline]
    pub fn value(&self, position: usize) -> &'a [u8] {
        self.element(position).map_or(&[], |e| e.bytes)
    }

    /// The text of component `component` of element `position`, both from 1; empty where absent.
    #[inline]
    pub fn component(&self, position: usize, component: usize) -> &'a [u8] {
        self.element(position)
            .and_then(|e| e.components().nth(component - 1))
            .map_or(&[], |c| c.bytes)
    }
}

/// Iterator over the elements of a segment.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    segment: Segment<'a>,
    next: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let Segment { bytes, marks, base, delimiters, .. } = self.segment;
        // `next` rests on the element separator that opens the element.
        let open = *marks.get(self.next)?;
        let start = (open - base) as usize + 1;
        let mut at = self.next + 1;
        let mut simple = true;
        let end = loop {
            match marks.get(at) {
                None => break bytes.len(),
                Some(mark) => {
                    let offset = (*mark - base) as usize;
                    if bytes[offset] == delimiters.element {
                        break offset;
                    }
                    simple = false;
                    at += 1;
                }
            }
        };
        self.next = at;
        Some(Element { bytes: &bytes[start..end], offset: start as u32, simple, delimiters })
    }
}

/// One element: simple, composite or repeating.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The text between two element separators.
    pub bytes: &'a [u8],
    /// Where it begins in the segment.
    pub offset: u32,
    /// True when it holds neither a component nor a repetition separator.
    pub simple: bool,
    delimiters: Delimiters,
}

impl<'a> Element<'a> {
    /// True when nothing stands between the separators.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The repetitions, at least one; each is an element of its own.
    pub fn repetitions(&self) -> impl Iterator<Item = Element<'a>> + Clone + use<'a> {
        let (offset, delimiters) = (self.offset, self.delimiters);
        let separator = delimiters.repetition;
        let mut at = offset;
        self.bytes.split(move |b| Some(*b) == separator).map(move |bytes| {
            let element = Element {
                bytes,
                offset: at,
                simple: !bytes.contains(&delimiters.component),
                delimiters,
            };
            at += bytes.len() as u32 + 1;
            element
        })
    }

    /// The components, at least one.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + Clone + use<'a> {
        let separator = self.delimiters.component;
        let mut at = self.offset;
        self.bytes.split(move |b| *b == separator).map(move |bytes| {
            let component = Component { bytes, offset: at };
            at += bytes.len() as u32 + 1;
            component
        })
    }
}

/// One component of a composite.
#[derive(Clone, Copy, Debug)]
pub struct Component<'a> {
    /// The text between two component separators.
    pub bytes: &'a [u8],
    /// Where it begins in the segment.
    pub offset: u32,
}
