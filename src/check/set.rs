//! Checks one transaction set: one pass over its segments, walk, elements, levels and rules together.

mod acknowledge;
mod bounds;
mod ending;
mod hooks;
mod opening;
mod unguided;

use std::sync::Arc;

use self::hooks::Hooks;
use super::claims::{ClaimBook, ClaimEvent};
use super::element;
use super::level::Levels;
use super::report::{GroupHeader, SetReport};
use super::situational::Slots;
use super::uses::{Uses, days_of};
use crate::dict::Period;
use crate::finding::{Code, Detail, Findings, Locus, Policy, Unit};
use crate::guide::{Guide, Registry};
use crate::tree::{Ahead, LoopTree, Map, NONE, Scene, Walker};
use crate::wire::{Delimiters, Inline, Segment, Tag, Tape};

pub use bounds::SetLimits;
pub(super) use ending::number;

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
        self.set_claims(wanted);
        self
    }

    pub(super) fn set_claims(&mut self, wanted: bool) {
        self.wants_claims = wanted;
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
        let value = segment.text_at(of.element, of.component);
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
