//! Checks one transaction set: one pass over its segments, walk, elements, levels and rules together.

mod acknowledge;
mod opening;

use std::sync::Arc;

use super::claims::{ClaimBook, ClaimEvent};
use super::level::Levels;
use super::report::{GroupHeader, SetReport};
use super::situational::Slots;
use super::uses::{Uses, days_of};
use super::{element, value};
use crate::dict::{Dictionary, Period};
use crate::finding::{Code, Detail, Findings, Locus, Policy, Unit};
use crate::guide::{Guide, Registry, SegmentUse};
use crate::tree::{Ahead, Item, LoopTree, Map, NONE, Scene, Walker, Watch};
use crate::wire::{Delimiters, Element, Inline, Segment, Tag, Tape};

/// Longest business unit value kept for the 999, in bytes.
const UNIT_BYTES_MAX: usize = 50;

/// Where a set comes from.
#[derive(Clone, Copy, Debug)]
pub struct SetPlace<'a> {
    /// The group it stands in.
    pub group: &'a GroupHeader,
    /// The separators in force.
    pub delimiters: Delimiters,
    /// Offset in the file of the first byte of the text given.
    pub offset: u64,
    /// Ordinal of the set in the file, from 1.
    pub ordinal: u32,
}

/// Limits on one transaction set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetLimits {
    /// Segments, ST and SE included. What comes after is not looked at.
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

/// Checks sets, one after the other. Keeps its memory from set to set; one for each thread.
#[derive(Debug)]
pub struct SetChecker<'r> {
    registry: &'r Registry,
    limits: SetLimits,
    tape: Tape,
    tree: LoopTree,
    keep_tree: bool,
    walker: Walker,
    levels: Levels,
    slots: Slots,
    uses: Uses,
    /// The day of the group, GS04.
    of_group: Period,
    findings: Findings,
    claims: ClaimBook,
    /// Claims are told of whatever an error rejects.
    wants_claims: bool,
    /// The business unit named last: which context rule, and its value.
    unit: Option<(u16, Inline<UNIT_BYTES_MAX>)>,
    guide: Option<Arc<Guide>>,
    /// Where there is no guide: the segments of the set as the base standard has them.
    standard: Option<Arc<Guide>>,
    report: SetReport,
    /// Position of the segment that comes next.
    position: u32,
    /// Position of the first segment on the tape.
    tape_position: u32,
    /// Several guides share set and id: the second segment tells which is meant.
    undecided: bool,
    /// Segments recognised or not since the set began, by which the tape is counted on.
    suspect: usize,
    ended: bool,
    place: Stand,
}

/// The constant part of every place in the set.
#[derive(Clone, Copy, Debug)]
struct Stand {
    offset: u64,
    ordinal: u32,
    delimiters: Delimiters,
}

impl<'r> SetChecker<'r> {
    /// A checker that knows these guides.
    pub fn new(registry: &'r Registry, policy: &Policy) -> Self {
        SetChecker {
            registry,
            limits: SetLimits::default(),
            tape: Tape::default(),
            tree: LoopTree::default(),
            keep_tree: false,
            walker: Walker::default(),
            levels: Levels::default(),
            slots: Slots::default(),
            uses: Uses::default(),
            of_group: Period::ALWAYS,
            findings: Findings::new(policy.clone()),
            claims: ClaimBook::default(),
            wants_claims: false,
            unit: None,
            guide: None,
            standard: None,
            report: SetReport::default(),
            position: 1,
            tape_position: 1,
            undecided: false,
            suspect: 0,
            ended: false,
            place: Stand { offset: 0, ordinal: 0, delimiters: Delimiters::STANDARD },
        }
    }

    /// Builds the loop tree too, for [`SetChecker::tree`]. Only for sets given whole.
    #[must_use]
    pub fn with_tree(mut self) -> Self {
        self.keep_tree = true;
        self
    }

    /// Holds sets to these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: SetLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells of the claims of an 837 one by one, in [`SetReport::claims`]; without it only where the policy rejects claims
    /// one by one.
    #[must_use]
    pub fn with_claims(mut self, wanted: bool) -> Self {
        self.wants_claims = wanted;
        self
    }

    /// Changes the policy for the sets that come.
    pub fn set_policy(&mut self, policy: &Policy) {
        self.findings.set_policy(policy);
    }

    /// Checks a whole set, ST to SE.
    pub fn check(&mut self, text: &[u8], at: SetPlace<'_>) -> SetReport {
        self.begin(text, at);
        self.end()
    }

    /// Begins a set with its first part, which begins with the ST.
    pub fn begin(&mut self, text: &[u8], at: SetPlace<'_>) {
        self.findings.clear();
        self.findings.track(self.tells_claims());
        self.claims.close();
        self.of_group = days_of(at.group.date.as_bytes()).unwrap_or_default();
        self.report = SetReport { ordinal: at.ordinal, offset: at.offset, ..SetReport::default() };
        self.position = 1;
        self.tape_position = 1;
        self.ended = false;
        self.undecided = false;
        self.levels.clear();
        self.tree.clear();
        self.guide = None;
        self.standard = None;
        self.place = Stand { offset: at.offset, ordinal: at.ordinal, delimiters: at.delimiters };
        self.tape.fill(text, at.delimiters);
        self.suspect = 0;
        if !self.tape.is_empty() {
            let tape = std::mem::take(&mut self.tape);
            self.open(&tape, text, at);
            self.tape = tape;
        }
        self.segments(text);
    }

    /// Goes on with the next part of the set; `offset` is where it begins in the file.
    pub fn part(&mut self, text: &[u8], offset: u64) {
        self.place.offset = offset;
        self.tape_position = self.position;
        self.tape.fill(text, self.place.delimiters);
        self.suspect = 0;
        self.segments(text);
    }

    /// A segment over the limit was skipped at this offset.
    pub fn oversized(&mut self, tag: Tag, offset: u64, limit: usize) {
        // Which of its elements is too long is not known.
        let at = Locus {
            offset,
            set: self.place.ordinal,
            segment: self.position,
            tag,
            element: 1,
            ..Locus::default()
        };
        let before = self.findings.as_slice().len();
        self.findings.push(
            Code::SegmentLimit,
            at,
            Detail::Count { found: limit as u64 + 1, expected: limit as u64 },
        );
        self.acknowledge(before..self.findings.as_slice().len(), None);
        self.position += 1;
    }

    /// Something the envelope or the framing found about this set; `None` for the segment means its last one.
    pub fn note(&mut self, code: Code, detail: Detail) {
        let before = self.findings.as_slice().len();
        let at = Locus {
            offset: self.place.offset,
            set: self.place.ordinal,
            segment: self.position.saturating_sub(1).max(1),
            ..Locus::default()
        };
        self.findings.push(code, at, detail);
        self.acknowledge(before..self.findings.as_slice().len(), None);
    }

    /// Ends the set and gives what was found.
    pub fn end(&mut self) -> SetReport {
        let before = self.findings.as_slice().len();
        if !self.ended {
            let at = self.locus(self.place.offset, self.position, Tag::new(b"SE"), 0);
            if let Some(guide) = self.guide.clone() {
                self.close_walk(&guide, at);
            }
            self.findings.push(Code::SetTrailerMissing, at, Detail::None);
            self.acknowledge(before..self.findings.as_slice().len(), None);
        }
        let mut report = std::mem::take(&mut self.report);
        report.segments = self.position - 1;
        report.absent = self.guide.as_ref().map_or(0, |_| self.uses.absent());
        report.guide = self.guide.clone();
        self.claims.settle(&mut self.findings, None);
        let by_claim = self.claims.is_open() && self.findings.policy().unit == Unit::Claim;
        let is_rejected = match by_claim {
            true => self.claims.rejects_set(),
            false => self.findings.has_errors(),
        };
        report.conclude(is_rejected);
        if self.claims.is_open() {
            report.claims = Some(Box::new(self.claims.tally(is_rejected)));
        }
        report.findings = self.findings.take();
        report
    }

    /// The claims of the set that are known by now and were not told yet: so that a set in parts may hold any number of
    /// them. The last ones are in [`SetReport::claims`].
    pub fn take_claims(&mut self) -> Option<(Arc<Guide>, Vec<ClaimEvent>)> {
        let events = self.claims.take_events();
        self.guide.clone().filter(|_| !events.is_empty()).map(|guide| (guide, events))
    }

    fn tells_claims(&self) -> bool {
        self.wants_claims || self.findings.policy().unit == Unit::Claim
    }

    /// The loops of the set checked last, with its tape; only after [`SetChecker::with_tree`].
    pub fn tree(&self) -> Option<(&LoopTree, &Guide, &Tape)> {
        self.guide.as_deref().map(|guide| (&self.tree, guide, &self.tape))
    }

    /// Takes every segment on the tape, up to the limit.
    fn segments(&mut self, text: &[u8]) {
        let tape = std::mem::take(&mut self.tape);
        let room = (self.limits.segments_max + 1).saturating_sub(self.position) as usize;
        let taken = tape.len().min(room);
        let mut first = 0;
        while self.undecided && first < taken {
            self.decide(&tape, text, first);
            self.segments_of(&tape, text, first..first + 1);
            first += 1;
        }
        self.segments_of(&tape, text, first..taken);
        if taken < tape.len() && !self.ended {
            // Said once: whatever else comes of the set is not looked at.
            self.ended = true;
            let limit = u64::from(self.limits.segments_max);
            self.note(Code::SetLimit, Detail::Count { found: limit + 1, expected: limit });
        }
        self.tape = tape;
    }

    fn segments_of(&mut self, tape: &Tape, text: &[u8], range: std::ops::Range<usize>) {
        let guide = self.guide.clone();
        match &guide {
            Some(guide) => {
                let map = Map::new(guide);
                for index in range {
                    self.segment(map, tape, text, index);
                }
            }
            None => {
                for index in range {
                    self.segment_without_guide(tape, text, index);
                }
            }
        }
    }

    /// False for nearly every segment, which is then within the limits whatever its elements are.
    #[inline]
    fn may_be_over_limit(&self, segment: &Segment<'_>) -> bool {
        segment.bytes().len() > self.limits.element_bytes_max as usize
            || segment.count() > self.limits.elements_max as usize
    }

    /// Reports a segment of too many elements, or with an element that is too long.
    #[cold]
    fn over_limit(&mut self, segment: &Segment<'_>, at: Locus) {
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

    /// Compares binary data with the length given for it. No finding reaches into the data: nothing of them may be shown.
    #[cold]
    fn measure(&mut self, segment: &Segment<'_>, at: Locus) {
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

    #[inline]
    fn segment(&mut self, map: Map<'_>, tape: &Tape, text: &[u8], index: usize) {
        let segment = tape.segment(text, index);
        let at = self.locus(
            self.place.offset + u64::from(segment.offset()),
            self.position,
            segment.tag(),
            segment.bytes().len(),
        );
        let mut before = self.findings.as_slice().len();
        if self.may_be_over_limit(&segment) {
            self.over_limit(&segment, at);
        }
        let node = if self.position == 1 {
            Some(0)
        } else {
            let following = Some((tape, text));
            let level = self.levels.last();
            let (slots, levels) = (&mut self.slots, &mut self.levels);
            let mut hooks = Hooks::new(map, slots, levels, &mut self.uses, &mut self.claims);
            let mut scene = Scene {
                at: &at,
                next: Ahead { following, index: index + 1, level },
                watch: &mut hooks,
                findings: &mut self.findings,
                tree: self.keep_tree.then_some(&mut self.tree),
            };
            self.walker.place(map, &segment, &mut scene)
        };
        let placed = self.findings.as_slice().len();
        if self.is_suspect(tape, &segment) {
            element::characters(Some(map), node, &segment, at, &mut self.findings);
        }
        if let Some(node) = node {
            let (findings, uses) = (&mut self.findings, &mut self.uses);
            element::check(map, &segment, &at, &mut element::Out { node, findings, uses });
            let hot = &map.plan.segments[node as usize];
            if self.findings.as_slice().len() > before {
                let faults = &self.findings.as_slice()[before..];
                self.slots.spoil_faulty(map, node, at.segment, faults);
            }
            self.slots.visit(map, node, &segment, &at, &mut self.findings);
            if self.claims.is_open() {
                self.claims.visit(node, &segment);
            }
            self.uses.visit(map, node, &segment, self.position, &mut self.findings);
            if hot.is_level {
                let parents = &map.plan.parents[hot.in_loop as usize];
                let level = map.guide.loops[hot.in_loop as usize].level.unwrap_or_default();
                self.levels.take(&segment, level, parents, at, &mut self.findings);
            }
            if hot.context != NONE {
                if placed > before {
                    // What was found as loops ended is about the business unit before this one.
                    self.acknowledge(before..placed, Some((tape, text)));
                    before = placed;
                }
                self.remember_unit(map, hot.context, &segment);
            }
            if self.keep_tree {
                self.tree.add(self.walker.owner(), index as u32);
            }
        } else {
            self.slots.spoil(map, self.walker.open_loops());
        }
        if segment.tag().is_binary() {
            let loop_index = node.map(|node| map.plan.segments[node as usize].in_loop);
            self.measure(&segment, Locus { loop_index, ..at });
        }
        if segment.tag() == Tag::new(b"SE") {
            self.trailer(segment, at);
            self.close_walk(map.guide, at);
        }
        if self.claims.is_open() {
            self.claims.settle(&mut self.findings, Some(&segment));
        }
        if self.findings.as_slice().len() > before {
            self.acknowledge(before..self.findings.as_slice().len(), Some((tape, text)));
        }
        self.position += 1;
    }

    /// What the base standard says of a segment alone; the set has no guide.
    fn against_standard(&mut self, standard: &Guide, segment: &Segment<'_>, at: Locus) {
        let tag = segment.tag();
        let place = |used: &SegmentUse| used.tag == tag;
        if let Some(node) = standard.segments.iter().position(place) {
            let (findings, uses) = (&mut self.findings, &mut Uses::default());
            let out = &mut element::Out { node: node as u16, findings, uses };
            element::check(Map::new(standard), segment, &at, out);
        } else if !standard.standard_tags.contains(&tag) {
            let is_known = Dictionary::embedded().segment(tag).is_some();
            let code = if is_known { Code::SegmentNotInSet } else { Code::SegmentUnknown };
            self.findings.push(code, at, Detail::None);
        }
    }

    /// What can be said of a segment when no guide is known: its id and its characters, and what the base standard says
    /// of it.
    fn segment_without_guide(&mut self, tape: &Tape, text: &[u8], index: usize) {
        let segment = tape.segment(text, index);
        let tag = segment.tag();
        let at = self.locus(
            self.place.offset + u64::from(segment.offset()),
            self.position,
            tag,
            segment.bytes().len(),
        );
        let before = self.findings.as_slice().len();
        if self.may_be_over_limit(&segment) {
            self.over_limit(&segment, at);
        }
        if tag.is_malformed() {
            self.findings.push(Code::SegmentUnknown, at, Detail::None);
        } else if let Some(standard) = self.standard.clone() {
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
        if self.findings.as_slice().len() > before {
            self.acknowledge(before..self.findings.as_slice().len(), Some((tape, text)));
        }
        self.position += 1;
    }

    /// Compares the SE with what was counted.
    fn trailer(&mut self, se: Segment<'_>, at: Locus) {
        self.ended = true;
        let counted = u64::from(self.position);
        match number(se.value(1)) {
            Some(found) if found == counted => {}
            found => {
                let at = Locus { element: 1, data_element: 96, ..at };
                self.findings.push(
                    Code::SetSegmentCount,
                    at,
                    Detail::Count { found: found.unwrap_or(0), expected: counted },
                );
            }
        }
        if se.value(2) != self.report.header.control.as_bytes() && se.value(2).len() <= 9 {
            self.findings.push(
                Code::SetControlMismatch,
                Locus { element: 2, data_element: 329, ..at },
                Detail::None,
            );
        }
    }

    fn close_walk(&mut self, guide: &Guide, at: Locus) {
        let map = Map::new(guide);
        let level = self.levels.last();
        let (slots, levels) = (&mut self.slots, &mut self.levels);
        let mut hooks = Hooks::new(map, slots, levels, &mut self.uses, &mut self.claims);
        let mut scene = Scene {
            at: &at,
            next: Ahead { following: None, index: 0, level },
            watch: &mut hooks,
            findings: &mut self.findings,
            tree: self.keep_tree.then_some(&mut self.tree),
        };
        self.walker.finish(map, &mut scene);
        self.levels.finish(&mut self.findings);
    }

    /// True when the segment holds a byte outside the character set.
    #[inline]
    fn is_suspect(&mut self, tape: &Tape, segment: &Segment<'_>) -> bool {
        let suspects = tape.suspects();
        while suspects.get(self.suspect).is_some_and(|at| *at < segment.offset()) {
            self.suspect += 1;
        }
        let end = segment.offset() + segment.bytes().len() as u32;
        suspects.get(self.suspect).is_some_and(|at| *at < end)
    }

    fn remember_unit(&mut self, map: Map<'_>, context: u16, segment: &Segment<'_>) {
        let of = map.guide.contexts[context as usize].of;
        let value = match of.component {
            0 => segment.value(of.element as usize),
            component => segment.component(of.element as usize, component as usize),
        };
        if !value.is_empty() {
            self.unit = Some((context, Inline::new(value)));
        }
    }

    fn locus(&self, offset: u64, segment: u32, tag: Tag, length: usize) -> Locus {
        Locus {
            offset,
            length: length as u32,
            set: self.place.ordinal,
            segment,
            tag,
            ..Locus::default()
        }
    }
}

/// Tells the situational rules, the levels, the judges of codes, and the account of claims where one is kept, what the
/// walk comes upon.
struct Hooks<'a> {
    map: Map<'a>,
    slots: &'a mut Slots,
    levels: &'a mut Levels,
    uses: &'a mut Uses,
    claims: Option<&'a mut ClaimBook>,
}

impl<'a> Hooks<'a> {
    #[inline]
    fn new(
        map: Map<'a>,
        slots: &'a mut Slots,
        levels: &'a mut Levels,
        uses: &'a mut Uses,
        claims: &'a mut ClaimBook,
    ) -> Self {
        Hooks { map, slots, levels, uses, claims: claims.is_open().then_some(claims) }
    }
}

impl Watch for Hooks<'_> {
    #[inline]
    fn opened(&mut self, loop_index: u16, at: &Locus) {
        self.slots.open(self.map, loop_index, at);
        self.uses.open(self.map, loop_index);
        if let Some(claims) = &mut self.claims {
            claims.opened(loop_index, at.segment);
        }
    }

    #[inline]
    fn closing(&mut self, loop_index: u16, next: &Locus, findings: &mut Findings) {
        self.slots.close(self.map, loop_index, next, findings);
        self.uses.close(self.map, loop_index, findings);
        if let Some(claims) = &mut self.claims {
            claims.closing(loop_index, findings);
        }
    }

    fn missed(&mut self, item: Item) {
        self.slots.missed(self.map, item);
        let loops = &self.map.guide.loops;
        match item {
            Item::Segment(node) if self.map.tag(node) == Tag::new(b"HL") => {
                let own = self.map.plan.segments[node as usize].in_loop as usize;
                self.levels.assume(loops[own].level, &self.map.plan.parents[own]);
            }
            Item::Loop(index)
                if self.map.tag(loops[index as usize].segments.start) == Tag::new(b"HL") =>
            {
                self.levels.excuse(&self.map.plan.parents[index as usize]);
            }
            _ => {}
        }
    }

    fn exceeded(&mut self, item: Item) {
        self.slots.exceeded(self.map, item);
    }

    fn strayed(&mut self, loop_index: u16, tag: Tag) {
        self.slots.strayed(self.map, loop_index, tag);
    }
}

/// A count as envelopes carry it.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty()
        || text.len() > 10
        || value::check(crate::guide::DataType::N(0), 1, 10, text).is_some()
    {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}
