//! Checks one transaction set: one pass over its segments, walk, elements, levels and rules together.

mod acknowledge;
mod bounds;
mod causes;
mod ending;
mod hooks;
mod opening;
mod unguided;

use std::ops::Range;
use std::sync::Arc;

use self::hooks::Hooks;
use super::claims::{ClaimEvent, ClaimTracker};
use super::report::{GroupHeader, SetReport};
use super::snip::adjustments::AdjustmentGroups;
use super::snip::code_dates::{CodeDates, days_of};
use super::snip::element;
use super::snip::level::Levels;
use super::snip::situational::Slots;
use crate::dict::Period;
use crate::finding::{Code, Detail, Findings, Locus, Policy, Unit};
use crate::guide::plan::NONE;
use crate::guide::{Guide, Registry};
use crate::tree::{GuideMap, Lookahead, LoopRef, LoopTree, StepContext, Walker};
use crate::wire::{Delimiters, Inline, Segment, Tag, Tape};

pub use bounds::SetLimits;
pub(super) use ending::number;

/// Longest business unit value kept for the 999, in bytes.
const UNIT_BYTES_MAX: usize = 50;

/// Where a set comes from.
#[derive(Clone, Copy, Debug)]
pub struct SetPlace<'a> {
    /// The group it is in.
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
    tape: Tape,
    segments: SegmentChecker<'r>,
}

/// Checks the segments of a set: what is kept from set to set, and the state of the current one.
#[derive(Debug)]
struct SegmentChecker<'r> {
    registry: &'r Registry,
    limits: SetLimits,
    keep_tree: bool,
    /// The place of each segment of the last part, where they are kept.
    places: Option<Vec<Option<u16>>>,
    /// Claims are reported whatever an error rejects.
    wants_claims: bool,
    /// With their text.
    wants_claim_text: bool,
    tree: LoopTree,
    walker: Walker,
    levels: Levels,
    adjustments: AdjustmentGroups,
    slots: Slots,
    code_dates: CodeDates,
    findings: Findings,
    claims: ClaimTracker,
    set: SetState,
}

/// What is known of the set that is being checked.
#[derive(Debug)]
struct SetState {
    guide: Option<Arc<Guide>>,
    /// Where there is no guide: the segments of the set as the base standard has them.
    standard: Option<Arc<Guide>>,
    report: SetReport,
    /// Offset in the file of the first byte on the tape.
    offset: u64,
    ordinal: u32,
    delimiters: Delimiters,
    /// The day of the group, GS04.
    of_group: Period,
    /// Position of the next segment.
    position: u32,
    /// Position of the first segment on the tape.
    tape_position: u32,
    /// Several guides share set and id: the second segment decides which applies.
    is_undecided: bool,
    /// Suspect bytes passed on the tape.
    suspects_passed: usize,
    /// The rest is not checked.
    is_ended: bool,
    /// Segments whose findings were searched for a cause.
    explained: u32,
    /// Where a segment was found that has no terminator before it.
    lost: Option<u64>,
    /// The position of a segment that repeats the one before it, and where its first finding is.
    repeated: Option<(u32, u64)>,
    /// The current business unit: which context rule, and its value.
    unit: Option<(u16, Inline<UNIT_BYTES_MAX>)>,
}

impl SetState {
    fn new(at: SetPlace<'_>) -> Self {
        let (ordinal, offset) = (at.ordinal, at.offset);
        SetState {
            guide: None,
            standard: None,
            report: SetReport { ordinal, offset, ..SetReport::default() },
            offset,
            ordinal,
            delimiters: at.delimiters,
            of_group: days_of(at.group.date.as_bytes()).unwrap_or_default(),
            position: 1,
            tape_position: 1,
            is_undecided: false,
            suspects_passed: 0,
            is_ended: false,
            explained: 0,
            lost: None,
            repeated: None,
            unit: None,
        }
    }

    /// The place of a segment on the tape.
    fn locus_of(&self, segment: &Segment<'_>) -> Locus {
        let offset = self.offset + u64::from(segment.offset());
        self.locus(offset, segment.tag(), segment.bytes().len())
    }

    /// A place at the position of the next segment.
    fn locus(&self, offset: u64, tag: Tag, length: usize) -> Locus {
        Locus {
            offset,
            length: length as u32,
            set: self.ordinal,
            segment: self.position,
            tag,
            ..Locus::default()
        }
    }
}

impl<'r> SetChecker<'r> {
    /// A checker with these guides.
    pub fn new(registry: &'r Registry, policy: &Policy) -> Self {
        let nowhere = SetPlace {
            group: &GroupHeader::default(),
            delimiters: Delimiters::STANDARD,
            offset: 0,
            ordinal: 0,
        };
        SetChecker {
            tape: Tape::default(),
            segments: SegmentChecker {
                registry,
                limits: SetLimits::default(),
                keep_tree: false,
                places: None,
                wants_claims: false,
                wants_claim_text: false,
                tree: LoopTree::default(),
                walker: Walker::default(),
                levels: Levels::default(),
                adjustments: AdjustmentGroups::default(),
                slots: Slots::default(),
                code_dates: CodeDates::default(),
                findings: Findings::new(policy.clone()),
                claims: ClaimTracker::default(),
                set: SetState::new(nowhere),
            },
        }
    }

    /// Builds the loop tree too, for [`SetChecker::tree`]. Only for sets given whole.
    #[must_use]
    pub fn with_tree(mut self) -> Self {
        self.segments.keep_tree = true;
        self
    }

    /// Keeps the place of each segment, for [`SetChecker::places`].
    #[must_use]
    pub fn with_places(mut self) -> Self {
        self.segments.places = Some(Vec::new());
        self
    }

    /// For each segment of the part taken last its use in the guide, as an index there; none for one without a place. Only
    /// after [`SetChecker::with_places`].
    pub fn places(&self) -> &[Option<u16>] {
        self.segments.places.as_deref().unwrap_or_default()
    }

    /// Holds sets to these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: SetLimits) -> Self {
        self.segments.limits = limits;
        self
    }

    /// Reports the claims of an 837 one by one, in [`SetReport::claims`]; without it only where the policy rejects claims
    /// one by one.
    #[must_use]
    pub fn with_claims(mut self, wanted: bool) -> Self {
        self.set_claims(wanted);
        self
    }

    /// Keeps the text of each claim that is reported, in [`super::Claim::text`].
    #[must_use]
    pub fn with_claim_text(mut self, wanted: bool) -> Self {
        self.segments.wants_claim_text = wanted;
        self
    }

    pub(super) fn set_claims(&mut self, wanted: bool) {
        self.segments.wants_claims = wanted;
    }

    /// Changes the policy for the sets that follow.
    pub fn set_policy(&mut self, policy: &Policy) {
        self.segments.findings.set_policy(policy);
    }

    /// Checks a whole set, ST to SE.
    pub fn check(&mut self, text: &[u8], at: SetPlace<'_>) -> SetReport {
        self.begin(text, at);
        self.end()
    }

    /// Checks a whole set and returns its loops too, where its guide is known; only after [`SetChecker::with_tree`].
    pub fn walk<'s>(
        &'s mut self,
        text: &'s [u8],
        at: SetPlace<'_>,
    ) -> (SetReport, Option<WalkedSet<'s>>) {
        let report = self.check(text, at);
        (report, self.tree(text))
    }

    /// Begins a set with its first part, which begins with the ST.
    pub fn begin(&mut self, text: &[u8], at: SetPlace<'_>) {
        self.segments.begin(at);
        self.tape.fill(text, at.delimiters);
        if !self.tape.is_empty() {
            self.segments.open(&self.tape, text, at.group);
        }
        self.segments.take(&self.tape, text);
    }

    /// Goes on with the next part of the set; `offset` is where it begins in the file.
    pub fn part(&mut self, text: &[u8], offset: u64) {
        self.segments.clear_places();
        let set = &mut self.segments.set;
        set.offset = offset;
        set.tape_position = set.position;
        set.suspects_passed = 0;
        self.tape.fill(text, set.delimiters);
        self.segments.take(&self.tape, text);
    }

    /// A segment over the limit was skipped at this offset.
    pub fn oversized(&mut self, tag: Tag, offset: u64, limit: usize) {
        self.segments.oversized(tag, offset, limit);
    }

    /// A finding of the envelope or the framing about this set; `None` for the segment means its last one.
    pub fn note(&mut self, code: Code, detail: Detail) {
        self.segments.note(code, detail);
    }

    /// Ends the set and returns its report.
    pub fn end(&mut self) -> SetReport {
        self.segments.end()
    }

    /// The claims of the set that are complete and were not reported yet: so that a set in parts may contain any number of
    /// them. The last ones are in [`SetReport::claims`].
    pub fn take_claims(&mut self) -> Option<(Arc<Guide>, Vec<ClaimEvent>)> {
        let events = self.segments.claims.take_events();
        self.segments.set.guide.clone().filter(|_| !events.is_empty()).map(|guide| (guide, events))
    }

    /// The guide of the set that is being checked or was checked last.
    pub fn guide(&self) -> Option<&Guide> {
        self.segments.set.guide.as_deref()
    }

    /// The loops of the set checked last, whose text this is; only after [`SetChecker::with_tree`].
    pub fn tree<'s>(&'s self, text: &'s [u8]) -> Option<WalkedSet<'s>> {
        let guide = self.guide()?;
        let root = self.segments.tree.root(guide, text, &self.tape)?;
        Some(WalkedSet { root, guide })
    }
}

/// The loops of a set that was checked.
#[derive(Clone, Copy, Debug)]
pub struct WalkedSet<'s> {
    root: LoopRef<'s>,
    guide: &'s Guide,
}

impl<'s> WalkedSet<'s> {
    /// The set as a whole, with its loops inside.
    pub fn root(&self) -> LoopRef<'s> {
        self.root
    }

    /// The guide that names them.
    pub fn guide(&self) -> &'s Guide {
        self.guide
    }
}

impl SegmentChecker<'_> {
    fn begin(&mut self, at: SetPlace<'_>) {
        self.clear_places();
        self.findings.clear();
        self.findings.track(self.tells_claims());
        self.claims.close();
        self.levels.clear();
        self.adjustments.clear();
        self.tree.clear();
        self.set = SetState::new(at);
    }

    fn clear_places(&mut self) {
        self.places.iter_mut().for_each(Vec::clear);
    }

    fn tells_claims(&self) -> bool {
        self.wants_claims || self.findings.policy().unit == Unit::Claim
    }

    /// The number of findings so far.
    #[inline]
    fn found(&self) -> usize {
        self.findings.as_slice().len()
    }

    fn note(&mut self, code: Code, detail: Detail) {
        let before = self.found();
        let at = Locus {
            offset: self.set.offset,
            set: self.set.ordinal,
            segment: self.set.position.saturating_sub(1).max(1),
            ..Locus::default()
        };
        self.findings.push(code, at, detail);
        self.acknowledge(before..self.found(), None);
    }

    fn end(&mut self) -> SetReport {
        let before = self.found();
        if !self.set.is_ended {
            let at = self.set.locus(self.set.offset, Tag::new(b"SE"), 0);
            if let Some(guide) = self.set.guide.clone() {
                self.close_walk(&guide, at);
            }
            self.findings.push(Code::SetTrailerMissing, at, Detail::None);
            self.acknowledge(before..self.found(), None);
        }
        let mut report = std::mem::take(&mut self.set.report);
        report.segments = self.set.position - 1;
        report.absent = self.set.guide.as_ref().map_or(0, |_| self.code_dates.absent());
        report.guide = self.set.guide.clone();
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
        report.explain();
        report
    }

    /// Takes every segment on the tape, up to the limit.
    fn take(&mut self, tape: &Tape, text: &[u8]) {
        let room = (self.limits.segments_max + 1).saturating_sub(self.set.position) as usize;
        let taken = tape.len().min(room);
        let mut first = 0;
        while self.set.is_undecided && first < taken {
            self.decide(tape, text, first);
            self.take_range(tape, text, first..first + 1);
            first += 1;
        }
        self.take_range(tape, text, first..taken);
        if taken < tape.len() && !self.set.is_ended {
            // Reported once: the rest of the set is not checked.
            self.set.is_ended = true;
            let limit = u64::from(self.limits.segments_max);
            self.note(Code::SetLimit, Detail::Count { found: limit + 1, expected: limit });
        }
    }

    fn take_range(&mut self, tape: &Tape, text: &[u8], range: Range<usize>) {
        match self.set.guide.clone() {
            Some(guide) => {
                let map = GuideMap::new(&guide);
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
    fn segment(&mut self, map: GuideMap<'_>, tape: &Tape, text: &[u8], index: usize) {
        let segment = tape.segment(text, index);
        let at = self.set.locus_of(&segment);
        let mut before = self.found();
        if self.may_be_over_limit(&segment) {
            self.over_limit(&segment, at);
        }
        let node = match self.set.position {
            1 => Some(0),
            _ => self.place(map, &segment, Lookahead::after(tape, text, index), &at),
        };
        self.places.iter_mut().for_each(|places| places.push(node));
        let placed = self.found();
        if self.is_suspect(tape, &segment) {
            element::characters(Some(map), node, &segment, at, &mut self.findings);
        }
        match node {
            Some(node) => {
                let next = Lookahead::after(tape, text, index);
                self.check_placed(map, node, &segment, next, &at, before);
                let context = map.plan.segments[node as usize].context;
                if context != NONE {
                    if placed > before {
                        // Findings made as loops ended are about the business unit before this one.
                        self.acknowledge(before..placed, Some((tape, text)));
                        before = placed;
                    }
                    self.remember_unit(map, context, &segment);
                }
                if self.keep_tree {
                    self.tree.add(self.walker.owner(), index as u32);
                }
            }
            None => {
                let next = Lookahead::after(tape, text, index);
                if !self.read_unplaced(map, &segment, next, &at, before) {
                    self.slots.spoil(map, segment.tag(), self.walker.open_loops());
                }
            }
        }
        if segment.tag().is_binary() {
            let loop_index = node.map(|node| map.plan.segments[node as usize].in_loop);
            self.measure(&segment, Locus { loop_index, ..at });
        }
        if segment.tag() == Tag::new(b"SE") && !self.set.is_ended {
            self.trailer(segment, at);
            self.close_walk(map.guide, at);
        }
        if self.claims.is_open() {
            self.claims.settle(&mut self.findings, Some(&segment));
        }
        if self.found() > before {
            self.group(before, tape, text, index);
            self.acknowledge(before..self.found(), Some((tape, text)));
        }
        self.set.position += 1;
    }

    /// Finds the place of a segment in the guide.
    #[inline]
    fn place(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        next: Lookahead<'_>,
        at: &Locus,
    ) -> Option<u16> {
        let step = match self.walker.stay(map, segment) {
            Ok(node) => return Some(node),
            Err(step) => step,
        };
        let next = Lookahead { level: self.levels.last(), ..next };
        let (slots, levels) = (&mut self.slots, &mut self.levels);
        let mut hooks = Hooks::new(map, slots, levels, &mut self.code_dates, &mut self.claims);
        let mut context = StepContext {
            at,
            next,
            watch: &mut hooks,
            findings: &mut self.findings,
            tree: self.keep_tree.then_some(&mut self.tree),
        };
        self.walker.go(map, segment, step, &mut context)
    }

    /// Checks a segment that has a place: its elements, the rules about it, its claim, its codes, its level.
    /// `before` is the number of findings before it.
    #[inline]
    fn check_placed(
        &mut self,
        map: GuideMap<'_>,
        node: u16,
        segment: &Segment<'_>,
        next: Lookahead<'_>,
        at: &Locus,
        before: usize,
    ) {
        let checked = self.found();
        let (findings, code_dates) = (&mut self.findings, &mut self.code_dates);
        element::check(map, segment, at, &mut element::Out { node, findings, code_dates });
        if self.found() > before {
            let faults = &self.findings.as_slice()[before..];
            self.slots.spoil_faulty(map, node, at.segment, faults);
            if self.found() > checked
                && let Some(meant) = self.explain(map, node, segment, at, checked)
            {
                return self.read_as_meant(map, node, meant, next, at);
            }
        }
        self.visit(map, node, segment, at);
    }

    /// The rules about a segment, its claim, its codes, its level.
    #[inline]
    fn visit(&mut self, map: GuideMap<'_>, node: u16, segment: &Segment<'_>, at: &Locus) {
        let hot = &map.plan.segments[node as usize];
        // The second segment of a set has its date.
        if !hot.is_watched && at.segment != 2 && !self.claims.is_open() {
            return;
        }
        self.slots.visit(map, node, segment, at, &mut self.findings);
        if self.claims.is_open() {
            self.claims.visit(node, segment);
        }
        self.code_dates.visit(map, node, segment, at.segment, &mut self.findings);
        if hot.is_level {
            let parents = &map.plan.parents[hot.in_loop as usize];
            let level = map.guide.loops[hot.in_loop as usize].level.unwrap_or_default();
            self.levels.take(segment, level, parents, *at, &mut self.findings);
        } else if segment.tag() == Tag::new(b"AAA") {
            self.levels.reject();
        } else if segment.tag() == Tag::new(b"CAS") {
            self.adjustments.visit(node, segment, at, hot.in_loop, &mut self.findings);
        }
    }

    /// True when the segment contains a byte outside the character set.
    #[inline]
    fn is_suspect(&mut self, tape: &Tape, segment: &Segment<'_>) -> bool {
        let suspects = tape.suspects();
        let passed = &mut self.set.suspects_passed;
        while suspects.get(*passed).is_some_and(|at| *at < segment.offset()) {
            *passed += 1;
        }
        let end = segment.offset() + segment.bytes().len() as u32;
        suspects.get(*passed).is_some_and(|at| *at < end)
    }

    fn remember_unit(&mut self, map: GuideMap<'_>, context: u16, segment: &Segment<'_>) {
        let of = map.guide.contexts[context as usize].of;
        let value = segment.text_at(of.element, of.component);
        if !value.is_empty() {
            self.set.unit = Some((context, Inline::new(value)));
        }
    }
}
