//! Checks of segments without a guide.

use super::super::snip::code_dates::CodeDates;
use super::super::snip::element;
use super::SegmentChecker;
use crate::dict::Dictionary;
use crate::finding::{Code, Detail, Locus};
use crate::guide::{Guide, SegmentUse};
use crate::tree::GuideMap;
use crate::wire::{Segment, Tag, Tape};

impl SegmentChecker<'_> {
    /// The rules of the base standard for a single segment; the set has no guide.
    pub(super) fn against_standard(&mut self, standard: &Guide, segment: &Segment<'_>, at: Locus) {
        let tag = segment.tag();
        let place = |used: &SegmentUse| used.tag == tag;
        if let Some(node) = standard.segments.iter().position(place) {
            let (findings, code_dates) = (&mut self.findings, &mut CodeDates::default());
            let out = &mut element::Out { node: node as u16, findings, code_dates };
            element::check(GuideMap::new(standard), segment, &at, out);
        } else if !standard.standard_tags.contains(&tag) {
            let is_known = Dictionary::embedded().segment(tag).is_some();
            let code = if is_known { Code::SegmentNotInSet } else { Code::SegmentUnknown };
            self.findings.push(code, at, Detail::None);
        }
    }

    /// Checks a segment when no guide is known: its id and its characters, and its elements against the base standard,
    /// as far as that has them.
    pub(super) fn segment_without_guide(&mut self, tape: &Tape, text: &[u8], index: usize) {
        let segment = tape.segment(text, index);
        let tag = segment.tag();
        let at = self.set.locus_of(&segment);
        self.places.iter_mut().for_each(|places| places.push(None));
        let before = self.found();
        if self.may_be_over_limit(&segment) {
            self.over_limit(&segment, at);
        }
        if tag.is_malformed() {
            self.findings.push(Code::SegmentUnknown, at, Detail::None);
        } else if let Some(standard) = self.set.standard.clone() {
            self.against_standard(&standard, &segment, at);
        }
        if tag.is_binary() {
            self.measure(&segment, at);
        }
        if self.is_suspect(tape, &segment) {
            element::characters(None, None, &segment, at, &mut self.findings);
        }
        if tag == Tag::new(b"SE") {
            self.trailer(segment, at);
        }
        if self.found() > before {
            self.acknowledge(before..self.found(), Some((tape, text)));
        }
        self.set.position += 1;
    }
}
