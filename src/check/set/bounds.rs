//! The length of segments, and the stated length of binary data.

use super::super::snip::element;
use super::SegmentChecker;
use crate::finding::{Code, Detail, Locus};
use crate::wire::{Element, Segment, Tag};

/// Limits on one transaction set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetLimits {
    /// Segments, ST and SE included. Those beyond it are not checked.
    pub segments_max: u32,
    /// Elements of one segment.
    pub elements_max: u32,
    /// Bytes of one element.
    pub element_bytes_max: u32,
}

impl Default for SetLimits {
    fn default() -> Self {
        SetLimits { segments_max: 50_000_000, elements_max: 200, element_bytes_max: 32 << 10 }
    }
}

impl SegmentChecker<'_> {
    pub(super) fn oversized(&mut self, tag: Tag, offset: u64, limit: usize) {
        // Which of its elements is too long is not known.
        let at = Locus {
            offset,
            set: self.set.ordinal,
            segment: self.set.position,
            tag,
            element: 1,
            ..Locus::default()
        };
        let before = self.found();
        self.findings.push(
            Code::SegmentLimit,
            at,
            Detail::Count { found: limit as u64 + 1, expected: limit as u64 },
        );
        self.acknowledge(before..self.found(), None);
        self.set.position += 1;
    }

    /// False for nearly every segment, which is then within the limits whatever its elements are.
    #[inline]
    pub(super) fn may_be_over_limit(&self, segment: &Segment<'_>) -> bool {
        segment.bytes().len() > self.limits.element_bytes_max as usize
            || segment.count() > self.limits.elements_max as usize
    }

    /// Reports a segment of too many elements, or with an element that is too long.
    #[cold]
    pub(super) fn over_limit(&mut self, segment: &Segment<'_>, at: Locus) {
        let (elements, bytes) = (self.limits.elements_max, self.limits.element_bytes_max);
        let count = segment.elements().count();
        if count > elements as usize {
            let detail = Detail::Count { found: count as u64, expected: u64::from(elements) };
            let at = Locus { element: (elements + 1).min(63) as u8, ..at };
            self.findings.push(Code::SegmentLimit, at, detail);
        }
        let binary = segment.binary().map_or(0, |binary| usize::from(binary.position));
        let long =
            |(at, e): &(usize, Element<'_>)| at + 1 != binary && e.bytes.len() > bytes as usize;
        if let Some((index, element)) = segment.elements().enumerate().find(long) {
            let detail =
                Detail::Count { found: element.bytes.len() as u64, expected: u64::from(bytes) };
            self.findings.push(
                Code::SegmentLimit,
                Locus { element: (index + 1).min(63) as u8, ..at },
                detail,
            );
        }
    }

    /// Compares binary data with the length given for it. No finding points into the data: nothing of them may be shown.
    #[cold]
    pub(super) fn measure(&mut self, segment: &Segment<'_>, at: Locus) {
        let Some(binary) = segment.binary() else { return };
        let found = binary.data.len() as u64;
        let (code, detail) = match binary.declared {
            Some(declared) if declared == found => return,
            Some(expected) => {
                let code = if found < expected { Code::BinaryShort } else { Code::BinaryLong };
                (code, Detail::Count { found, expected })
            }
            None => (Code::BinaryLength, Detail::None),
        };
        let at = if code == Code::BinaryLength {
            let position = binary.position - 1;
            let length = segment.element(usize::from(position));
            Locus {
                element: position,
                data_element: element::BINARY_LENGTH,
                offset: at.offset + length.map_or(0, |length| u64::from(length.offset)),
                length: length.map_or(0, |length| length.bytes.len() as u32),
                ..at
            }
        } else {
            Locus {
                element: binary.position,
                data_element: element::BINARY_DATA,
                offset: at.offset + u64::from(binary.offset),
                length: 0,
                ..at
            }
        };
        self.findings.push(code, at, detail);
    }
}
