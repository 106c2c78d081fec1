//! Views of one segment: `Copy` borrows of the caller's bytes, nothing allocated.

use super::{Delimiters, Tag, binary};
use crate::phi::redacted;

/// One segment, without its terminator.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    bytes: &'a [u8],
    /// Offsets, in the indexed text, of every element separator of this segment, ascending.
    marks: &'a [u32],
    /// Offsets, in the indexed text, of its component and repetition separators, ascending.
    inner: &'a [u32],
    /// Offset of `bytes[0]` in the indexed text.
    base: u32,
    tag: Tag,
    delimiters: Delimiters,
}

redacted!(Segment<'_> { tag });

impl<'a> Segment<'a> {
    /// A view over text that has been indexed: `marks` and `inner` are offsets in that text, `base` is where `bytes`
    /// begins in it.
    #[inline]
    pub(super) fn new(
        bytes: &'a [u8],
        marks: &'a [u32],
        inner: &'a [u32],
        base: u32,
        tag: Tag,
        delimiters: Delimiters,
    ) -> Self {
        Segment { bytes, marks, inner, base, tag, delimiters }
    }

    /// The segment id; the empty tag when the text before the first separator is not two or three bytes.
    #[inline]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The bytes before the first element separator.
    #[inline]
    pub fn tag_bytes(&self) -> &'a [u8] {
        match self.marks.first() {
            Some(mark) => &self.bytes[..(*mark - self.base) as usize],
            None => self.bytes,
        }
    }

    /// The whole text, without the terminator.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its binary data and the length stated for them; `None` for all segments but BIN and BDS, and for those without.
    pub fn binary(&self) -> Option<Binary<'a>> {
        if !self.tag.is_binary() {
            return None;
        }
        let position = binary::data_position(self.bytes);
        let element = self.element(position)?;
        let declared = binary::length(self.value(position - 1));
        Some(Binary {
            position: position as u8,
            declared,
            data: element.bytes,
            offset: element.offset,
        })
    }

    /// The text that may be kept and shown: all of it but binary data.
    pub fn shown(&self) -> &'a [u8] {
        &self.bytes[..binary::shown_length(self.bytes, self.delimiters)]
    }

    /// What is before `end`, and a segment of its own that begins at `begin`; both are positions in the segment.
    pub(crate) fn split(&self, end: usize, begin: usize) -> (Segment<'a>, Segment<'a>) {
        let cut = |marks: &'a [u32], at: usize| {
            marks.partition_point(|mark| ((*mark - self.base) as usize) < at)
        };
        let (marks, inner) = (self.marks, self.inner);
        let first = Segment {
            bytes: &self.bytes[..end],
            marks: &marks[..cut(marks, end)],
            inner: &inner[..cut(inner, end)],
            ..*self
        };
        let mut second = Segment {
            bytes: &self.bytes[begin..],
            marks: &marks[cut(marks, begin)..],
            inner: &inner[cut(inner, begin)..],
            base: self.base + begin as u32,
            ..*self
        };
        second.tag = Tag::new(second.tag_bytes());
        (first, second)
    }

    /// How many elements it holds, empty ones included.
    #[inline]
    pub fn count(&self) -> usize {
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
        Elements { segment: *self, next: 0 }
    }

    /// The element at `position` (1 = first after the tag); `None` where the segment ends before it.
    #[inline]
    pub fn element(&self, position: usize) -> Option<Element<'a>> {
        debug_assert!(position > 0, "element positions count from 1");
        let open = self.marks.get(position - 1)?;
        let close = self.marks.get(position);
        let (start, end) = self.between(*open, close);
        let is_inside = |mark: &u32| (start..end).contains(&((*mark - self.base) as usize));
        Some(Element {
            bytes: &self.bytes[start..end],
            offset: start as u32,
            simple: !self.inner.iter().any(is_inside),
            delimiters: self.delimiters,
        })
    }

    /// Where in the segment the element between these two separators begins and ends.
    #[inline]
    fn between(&self, open: u32, close: Option<&u32>) -> (usize, usize) {
        let start = (open - self.base) as usize + 1;
        (start, close.map_or(self.bytes.len(), |mark| (*mark - self.base) as usize))
    }

    /// The text of the element at `position`, empty where it is absent.
    #[inline]
    pub fn value(&self, position: usize) -> &'a [u8] {
        match self.marks.get(position - 1) {
            Some(open) => {
                let (start, end) = self.between(*open, self.marks.get(position));
                &self.bytes[start..end]
            }
            None => &[],
        }
    }

    /// True when the text of one of its elements or components holds several repetitions.
    #[inline]
    pub(crate) fn is_repeated(&self, text: &[u8]) -> bool {
        let Some(separator) = self.delimiters.repetition else { return false };
        !self.inner.is_empty() && text.contains(&separator)
    }

    /// The text of component `component` of element `position`, both from 1; empty where absent.
    #[inline]
    pub fn component(&self, position: usize, component: usize) -> &'a [u8] {
        self.part(position, component).map_or(&[], |(text, _)| text)
    }

    /// The text of an element (component 0) or of a component of it; empty where absent, and for element 0.
    #[inline]
    pub(crate) fn text_at(&self, element: u8, component: u8) -> &'a [u8] {
        match (element, component) {
            (0, _) => &[],
            (element, 0) => self.value(element as usize),
            (element, component) => self.component(element as usize, component as usize),
        }
    }

    /// The text of an element (component 0) or of a component, both from 1, and where it begins in the segment.
    #[inline]
    pub(crate) fn part(&self, position: usize, component: usize) -> Option<(&'a [u8], u32)> {
        let open = self.marks.get(position.checked_sub(1)?)?;
        let (start, end) = self.between(*open, self.marks.get(position));
        match component {
            0 => Some((&self.bytes[start..end], start as u32)),
            component => self.part_within(start, end, component - 1),
        }
    }

    /// The component after `left` others of the element in these bytes.
    fn part_within(
        &self,
        mut start: usize,
        end: usize,
        mut left: usize,
    ) -> Option<(&'a [u8], u32)> {
        for mark in self.inner {
            let at = (*mark - self.base) as usize;
            if at >= end {
                break;
            }
            if at >= start && self.bytes[at] == self.delimiters.component {
                if left == 0 {
                    return Some((&self.bytes[start..at], start as u32));
                }
                left -= 1;
                start = at + 1;
            }
        }
        (left == 0).then(|| (&self.bytes[start..end], start as u32))
    }
}

/// The binary data of a segment. They may be a medical document: they are never shown.
#[derive(Clone, Copy)]
pub struct Binary<'a> {
    /// The position of the data among the elements: 2 in BIN, 3 in BDS.
    pub position: u8,
    /// Its length in bytes as the element before it says; `None` where that is no whole number.
    pub declared: Option<u64>,
    /// The data.
    pub data: &'a [u8],
    /// Where it begins in the segment.
    pub offset: u32,
}

/// Iterator over the elements of a segment.
#[derive(Clone)]
pub struct Elements<'a> {
    segment: Segment<'a>,
    next: usize,
}

redacted!(Elements<'_> { next });

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let segment = &mut self.segment;
        let open = *segment.marks.get(self.next)?;
        self.next += 1;
        let close = segment.marks.get(self.next);
        let (start, end) = segment.between(open, close);
        let mut simple = true;
        while let Some((mark, rest)) = segment.inner.split_first()
            && ((*mark - segment.base) as usize) < end
        {
            // What comes before the first element is part of a malformed tag.
            simple &= ((*mark - segment.base) as usize) < start;
            segment.inner = rest;
        }
        let (bytes, delimiters) = (&segment.bytes[start..end], segment.delimiters);
        Some(Element { bytes, offset: start as u32, simple, delimiters })
    }
}

/// One element: simple, composite or repeating.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    /// The text between two element separators.
    pub bytes: &'a [u8],
    /// Where it begins in the segment.
    pub offset: u32,
    /// True when it holds neither a component nor a repetition separator; in binary data they are none.
    pub simple: bool,
    delimiters: Delimiters,
}

redacted!(Element<'_> { offset });

impl<'a> Element<'a> {
    /// True when there is nothing between the separators.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The repetitions, at least one; each is an element of its own.
    pub fn repetitions(&self) -> impl Iterator<Item = Element<'a>> + Clone + use<'a> {
        let (offset, delimiters) = (self.offset, self.delimiters);
        let (separator, simple) = (delimiters.repetition, self.simple);
        let mut at = offset;
        self.bytes.split(move |b| !simple && Some(*b) == separator).map(move |bytes| {
            let element = Element {
                bytes,
                offset: at,
                simple: simple || !bytes.contains(&delimiters.component),
                delimiters,
            };
            at += bytes.len() as u32 + 1;
            element
        })
    }

    /// The components, at least one.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + Clone + use<'a> {
        let (separator, simple) = (self.delimiters.component, self.simple);
        let mut at = self.offset;
        self.bytes.split(move |b| !simple && *b == separator).map(move |bytes| {
            let component = Component { bytes, offset: at };
            at += bytes.len() as u32 + 1;
            component
        })
    }
}

/// One component of a composite.
#[derive(Clone, Copy)]
pub struct Component<'a> {
    /// The text between two component separators.
    pub bytes: &'a [u8],
    /// Where it begins in the segment.
    pub offset: u32,
}

redacted!(Component<'_> { offset });
