//! Recovery for a segment without a place. Every possible reading is tried on the segments that follow, and the one with
//! the fewest findings is taken: so one defect gives one finding.

use super::context::{Lookahead, StepContext, Watch};
use super::map::GuideMap;
use super::trial::{FINDING, Trial, faults, misfits};
use super::walker::{Walker, fits, identifies};
use crate::dict::Dictionary;
use crate::finding::{Code, Detail, Locus};
use crate::guide::plan::{Item, NONE, Step};
use crate::guide::{NodeIndex, Usage};
use crate::wire::{Segment, Tag};

/// Readings tried, those cheapest by themselves first.
const READINGS_MAX: usize = 10;
/// Segments searched for one that comes late.
const LATE_MAX: usize = 12;
/// Segments searched for the next level.
const LEVEL_MAX: usize = 200;

/// A reading of a segment that is not the one expected.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    /// What it seems to be.
    Plain(Step),
    /// One more than is allowed.
    Exceeds(Step),
    /// The right segment with a wrong code.
    Miscoded(Step),
    /// Triggers before it are missing: open loops to close, loops to open, the use.
    Implied(u8, Vec<u16>, NodeIndex),
    /// It was expected earlier, in the open loop at this depth; the step opens no loop, or one in that loop.
    Late(usize, Step),
    /// One more of what the open loop at this depth had before, which is as often as it may; the walk goes back to it, or stays
    /// where it is.
    Again(usize, Step, bool),
    /// It has no place at all.
    Stranger,
}

impl Walker {
    /// Takes a segment that fits nowhere as it is.
    #[cold]
    pub(super) fn recover<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        context: &mut StepContext<'_, '_, W>,
    ) -> Option<NodeIndex> {
        let reading = self.best_reading(map, segment, context.next, context.at);
        self.apply(map, segment, &reading, context)
    }

    /// The reading after which the segments that follow give the fewest findings.
    fn best_reading(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        next: Lookahead<'_>,
        at: &Locus,
    ) -> Reading {
        let mut readings = self.readings(map, segment, next);
        readings.sort_by_key(|(cost, _)| *cost);
        readings.truncate(READINGS_MAX);
        if readings.len() == 1 {
            return readings.swap_remove(0).1;
        }
        let mut trial = self.trial.take().unwrap_or_else(|| Box::new(Trial::new()));
        let mut best = (u32::MAX, Reading::Stranger);
        for (cost, reading) in readings {
            if cost >= best.0 {
                break;
            }
            trial.walker.copy(self);
            let cost = cost + trial.cost(map, segment, &reading, next, at);
            if cost < best.0 {
                best = (cost, reading);
            }
        }
        self.trial = Some(trial);
        best.1
    }

    /// Every possible reading, each with its cost before it is tried.
    fn readings(
        &self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        next: Lookahead<'_>,
    ) -> Vec<(u32, Reading)> {
        let level = next_level(next);
        // A level that is missing leaves a gap in the numbers.
        let gap = |levels: usize| match level {
            Some(number) if number != next.level + levels as u64 + 1 => FINDING,
            _ => 0,
        };
        let mut readings = vec![(FINDING + 5 + gap(0), Reading::Stranger)];
        let Some(tag) = map.plan.tag(segment.tag()) else { return readings };
        let is_level = segment.tag() == Tag::new(b"HL");
        let meant = is_level.then(|| self.level_by_parent(map, segment)).flatten();
        let gap = |levels: usize| if is_level { 0 } else { gap(levels) };
        for step in map.plan.steps(map.plan.run(self.place, tag)) {
            let faults = faults(map, step.node, segment) * FINDING;
            let is_meant = meant.is_none_or(|opens| opens == step.opens);
            if !self.has_room(*step) {
                let is_excused = self.guessed.contains(&step.node);
                if identifies(map, step.node, segment) {
                    let cost = if is_excused { 0 } else { FINDING };
                    readings.push((faults + cost + gap(0), Reading::Exceeds(*step)));
                }
            } else if identifies(map, step.node, segment) && fits(map, step.node, segment) {
                readings.push((faults + gap(0), Reading::Plain(*step)));
            } else {
                let distance = u32::from(step.closes).min(2);
                let due = u32::from(!self.is_due(map, *step));
                let cost = faults.max(FINDING) + due + distance + gap(0);
                readings.push((cost + u32::from(!is_meant) * 4, Reading::Miscoded(*step)));
            }
        }
        for (depth, (index, _)) in self.open.iter().enumerate() {
            self.late(map, depth, *index, segment, |cost, step| {
                readings.push((cost + gap(0), Reading::Late(depth, step)));
            });
            self.again_behind(map, depth, *index, segment, |cost, step, goes_back| {
                readings.push((cost + gap(0), Reading::Again(depth, step, goes_back)));
            });
        }
        for node in 0..map.guide.segments.len() as u16 {
            if map.tag(node) != segment.tag() || !fits(map, node, segment) {
                continue;
            }
            let Some((closes, opens, missing)) = self.implied(map, node) else { continue };
            let levels = opens.iter().take(missing);
            let levels = levels.filter(|l| map.guide.loops[**l as usize].level.is_some()).count();
            let known = if self.after_unplaced { missing - 1 } else { missing };
            let top = &map.guide.loops[opens[0] as usize];
            let is_due = top.usage == Usage::Required && self.loop_counts[opens[0] as usize] == 0;
            let unlikely = if is_due || self.after_unplaced { 1 } else { 4 };
            let cost = (known as u32 + misfits(map, node, segment)) * FINDING + gap(levels);
            readings.push((cost + unlikely, Reading::Implied(closes, opens, node)));
        }
        readings
    }

    /// True when what the step leads to is required and has not come yet.
    fn is_due(&self, map: GuideMap<'_>, step: Step) -> bool {
        let (usage, item) = if step.opens == NONE {
            (map.guide.segments[step.node as usize].usage, Item::Segment(step.node))
        } else {
            (map.guide.loops[step.opens as usize].usage, Item::Loop(step.opens))
        };
        usage == Usage::Required && self.count(item) == 0
    }

    /// How far the walk is in the open loop at this depth.
    fn rank_in(&self, map: GuideMap<'_>, depth: usize) -> u16 {
        match self.open.get(depth + 1) {
            Some((inner, _)) => map.guide.loops[*inner as usize].rank,
            None => map.guide.segments[self.place as usize].rank,
        }
    }

    /// The uses of a segment in an open loop that the walk is past.
    fn past<'a>(
        &'a self,
        map: GuideMap<'a>,
        depth: usize,
        index: u16,
        segment: &'a Segment<'a>,
    ) -> impl Iterator<Item = (Item, u16, Step)> + 'a {
        let here = self.rank_in(map, depth);
        let closes = (self.open.len() - 1 - depth) as u8;
        let trigger = map.guide.loops[index as usize].segments.start;
        map.plan.children[index as usize].iter().filter_map(move |(rank, item)| {
            let (node, opens) = match item {
                Item::Segment(node) => (*node, NONE),
                Item::Loop(inner) => (map.guide.loops[*inner as usize].segments.start, *inner),
            };
            let is_past = *rank < here && node != trigger;
            let is_meant = is_past && map.tag(node) == segment.tag() && fits(map, node, segment);
            is_meant
                .then(|| (*item, node, Step { closes, ..map.plan.step_to(map.guide, node, opens) }))
        })
    }

    /// True when an open loop below this depth is a whole level, which is unlikely to be left too early.
    fn has_level_below(&self, map: GuideMap<'_>, depth: usize) -> bool {
        let is_level = |(l, _): &(u16, u32)| map.guide.loops[*l as usize].level.is_some();
        self.open[depth + 1..].iter().any(is_level)
    }

    /// The uses in an open loop that the walk is past.
    fn late(
        &self,
        map: GuideMap<'_>,
        depth: usize,
        index: u16,
        segment: &Segment<'_>,
        mut found: impl FnMut(u32, Step),
    ) {
        for (item, node, step) in self.past(map, depth, index, segment) {
            if self.has_room(step) {
                let awaited = self.awaited.iter().any(|(_, due, _)| due.item == item);
                let unlikely = match (awaited, self.has_level_below(map, depth)) {
                    (true, _) => 0,
                    (false, false) => 2,
                    (false, true) => 6,
                };
                let cost = FINDING + u32::from(step.closes.min(2)) + unlikely;
                found(cost + misfits(map, node, segment) * FINDING, step);
            }
        }
    }

    /// The uses in an open loop that the walk is past and that are there as often as they may be.
    fn again_behind(
        &self,
        map: GuideMap<'_>,
        depth: usize,
        index: u16,
        segment: &Segment<'_>,
        mut found: impl FnMut(u32, Step, bool),
    ) {
        for (_, node, step) in self.past(map, depth, index, segment) {
            if self.has_room(step) {
                continue;
            }
            let far = if self.has_level_below(map, depth) { 4 } else { 0 };
            let cost = FINDING + 3 + u32::from(step.closes.min(2)) + far;
            let cost = cost + misfits(map, node, segment) * FINDING;
            if step.opens == NONE {
                found(cost, step, false);
            }
            found(cost + 1, step, true);
        }
    }

    /// Takes one more of what is there as often as it may be. Where the walk goes back, what follows it is new.
    fn take_again<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        depth: usize,
        step: Step,
        goes_back: bool,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let (index, number) = self.open[depth];
        let (rank, code, place) = match step.opens {
            NONE => {
                let hot = &map.plan.segments[step.node as usize];
                (hot.rank, Code::SegmentRepeats, hot.in_loop)
            }
            opens => (map.plan.loops[opens as usize].rank, Code::LoopRepeats, opens),
        };
        let limit = u64::from(step.repeat_max);
        let at = Locus { loop_index: Some(place), ..*context.at };
        let detail = Detail::Count { found: limit + 1, expected: limit };
        context.findings.push(code, at, detail);
        let item = match step.opens {
            NONE => Item::Segment(step.node),
            opens => Item::Loop(opens),
        };
        if !goes_back {
            self.owner = Some(number);
            context.watch.exceeded(item);
            return;
        }
        self.take(map, Step { skips: 0, ..step }, context);
        for (later, child) in &map.plan.children[index as usize] {
            if *later <= rank {
                continue;
            }
            match child {
                Item::Segment(node) => self.counts[*node as usize] = 0,
                Item::Loop(inner) => self.loop_counts[*inner as usize] = 0,
            }
        }
        context.watch.exceeded(item);
    }

    /// True when something required that is missing here is among the next segments, where it has no place.
    pub(super) fn comes_late(
        &self,
        map: GuideMap<'_>,
        within: u16,
        required: crate::guide::plan::Required,
        next: Lookahead<'_>,
    ) -> bool {
        let node = match required.item {
            Item::Segment(node) => node,
            Item::Loop(index) => map.guide.loops[index as usize].segments.start,
        };
        let trigger = map.guide.loops[within as usize].segments.start;
        let tag = map.tag(node);
        next.segments(LATE_MAX)
            .take_while(|s| s.tag() != map.tag(trigger) || !identifies(map, trigger, s))
            .any(|s| s.tag() == tag && fits(map, node, &s))
    }

    /// The loops that would have to be open for this use, when their triggers are missing: the number of open loops to
    /// close, the loops to open, and how many triggers are missing.
    fn implied(&self, map: GuideMap<'_>, node: NodeIndex) -> Option<(u8, Vec<u16>, usize)> {
        let (closes, opens) = self.path_to(map, map.plan.segments[node as usize].in_loop)?;
        let innermost = *opens.last()?;
        let is_trigger = map.guide.loops[innermost as usize].segments.start == node;
        let missing = opens.len() - usize::from(is_trigger);
        (missing > 0).then_some((closes, opens, missing))
    }

    /// How to get to a loop from here: open loops to close, loops to open. A loop to be opened must not lie behind the walk
    /// and must have repeats left; where it has not, a new instance of its parent may.
    fn path_to(&self, map: GuideMap<'_>, target: u16) -> Option<(u8, Vec<u16>)> {
        let mut opens = Vec::new();
        let mut at = target;
        loop {
            if let Some(depth) = self.open.iter().position(|(index, _)| *index == at) {
                let here = self.rank_in(map, depth);
                let has_room =
                    |l: u16| self.loop_counts[l as usize] < map.guide.loops[l as usize].repeat_max;
                let inside = opens.last().is_some_and(|l: &u16| {
                    map.guide.loops[*l as usize].rank >= here && has_room(*l)
                });
                let closes = self.open.len() - 1 - depth;
                if inside || depth > 0 && has_room(at) {
                    if !inside {
                        opens.push(at);
                    }
                    opens.reverse();
                    return Some(((closes + usize::from(!inside)) as u8, opens));
                }
            }
            opens.push(at);
            at = map.guide.loops[at as usize].parent?;
        }
    }

    /// The level loop that HL02 most likely means: the one inside the innermost level when HL02 is the latest number,
    /// else a sibling of the innermost.
    fn level_by_parent(&self, map: GuideMap<'_>, segment: &Segment<'_>) -> Option<u16> {
        let is_level = |l: &u16| map.guide.loops[*l as usize].level.is_some();
        let innermost = self.open_loops().filter(is_level).last();
        let (own, parent) = (number(segment.value(1))?, number(segment.value(2)));
        let inside = |parent: Option<u16>| {
            let parent = parent.or(Some(0));
            let mut loops = map.guide.loops.iter();
            loops.position(|l| l.level.is_some() && l.parent == parent).map(|at| at as u16)
        };
        match parent {
            Some(parent) if parent + 1 == own => inside(innermost).or(innermost),
            Some(_) => innermost,
            None => inside(None),
        }
    }

    /// Continues as the reading says, and reports its findings.
    pub(super) fn apply<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        reading: &Reading,
        context: &mut StepContext<'_, '_, W>,
    ) -> Option<NodeIndex> {
        match reading {
            Reading::Plain(step) => {
                self.take(map, *step, context);
                self.after_unplaced = false;
                Some(step.node)
            }
            Reading::Exceeds(step) => {
                self.exceed(map, *step, context);
                self.after_unplaced = false;
                Some(step.node)
            }
            // The element check reports which code is wrong.
            Reading::Miscoded(step) => {
                self.take(map, *step, context);
                let own = map.plan.segments[step.node as usize].in_loop;
                let around = map.guide.loops[own as usize].parent.unwrap_or(own);
                let is_head = step.opens != NONE;
                context.watch.strayed(if is_head { around } else { own }, segment.tag());
                self.guessed.push(step.node);
                self.after_unplaced = false;
                Some(step.node)
            }
            Reading::Implied(closes, opens, node) => {
                self.take_implied(map, *closes, opens, *node, context);
                Some(*node)
            }
            Reading::Late(depth, step) => {
                let (index, number) = self.open[*depth];
                let at = Locus { loop_index: Some(index), ..*context.at };
                context.findings.push(Code::SegmentSequence, at, Detail::None);
                if step.opens == NONE {
                    let hot = &map.plan.segments[step.node as usize];
                    self.counts[step.node as usize] += 1;
                    self.last_counted = self.last_counted.max(step.node);
                    self.missing[hot.in_loop as usize] &= !hot.own_bit;
                    self.owner = Some(number);
                } else {
                    self.take(map, *step, context);
                }
                self.after_unplaced = false;
                Some(step.node)
            }
            Reading::Again(depth, step, goes_back) => {
                self.take_again(map, *depth, *step, *goes_back, context);
                self.after_unplaced = false;
                Some(step.node)
            }
            Reading::Stranger => {
                let here = self.current_loop();
                // A loop's trigger repeated at once is one loop too many, with nothing in it.
                let (code, own, detail) = match self.again(map, segment) {
                    Some(step) => {
                        let limit = u64::from(step.repeat_max);
                        let detail = Detail::Count { found: limit + 1, expected: limit };
                        (Code::LoopRepeats, step.opens, detail)
                    }
                    None => (self.stranger(map, segment.tag()), here, Detail::None),
                };
                let at = Locus { loop_index: Some(own), ..*context.at };
                context.findings.push(code, at, detail);
                context.watch.strayed(here, segment.tag());
                self.after_unplaced = code == Code::SegmentUnknown;
                None
            }
        }
    }

    /// The step that opens the current loop once more, when it has no repeats left.
    fn again(&self, map: GuideMap<'_>, segment: &Segment<'_>) -> Option<Step> {
        let tag = map.plan.tag(segment.tag())?;
        let steps = map.plan.steps(map.plan.run(self.place, tag)).iter().copied();
        steps
            .filter(|step| step.node == self.place && step.opens != NONE && !self.has_room(*step))
            .find(|step| identifies(map, step.node, segment) && fits(map, step.node, segment))
    }

    /// Takes one more than is allowed; reported once for each run over the limit, on the first that is too many.
    fn exceed<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        step: Step,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let (code, limit, place, item) = if step.opens == NONE {
            let hot = &map.plan.segments[step.node as usize];
            (Code::SegmentRepeats, hot.repeat_max, hot.in_loop, Item::Segment(step.node))
        } else {
            let limit = map.guide.loops[step.opens as usize].repeat_max;
            (Code::LoopRepeats, limit, step.opens, Item::Loop(step.opens))
        };
        if let Some(at) = self.guessed.iter().position(|node| *node == step.node) {
            // One of them was only taken for this use.
            self.guessed.swap_remove(at);
        } else if self.count(item) == limit {
            let detail = Detail::Count { found: u64::from(limit) + 1, expected: u64::from(limit) };
            let at = Locus { loop_index: Some(place), ..*context.at };
            context.findings.push(code, at, detail);
        }
        self.take(map, step, context);
        context.watch.exceeded(item);
    }

    /// The finding for a segment without a place.
    fn stranger(&self, map: GuideMap<'_>, tag: Tag) -> Code {
        if tag.is_malformed() || Dictionary::embedded().segment(tag).is_none() {
            Code::SegmentUnknown
        } else if map.guide.standard_tags.binary_search(&tag).is_err() {
            Code::SegmentNotInSet
        } else if map.plan.tag(tag).is_none() {
            Code::SegmentNotUsed
        } else if self.came_due_earlier(map, tag) {
            Code::SegmentSequence
        } else {
            Code::SegmentUnexpected
        }
    }

    /// True when an open loop has a use of this tag that the walk is past.
    fn came_due_earlier(&self, map: GuideMap<'_>, tag: Tag) -> bool {
        let here = &map.guide.segments[self.place as usize];
        self.open.iter().any(|(index, _)| {
            map.plan.children[*index as usize].iter().any(|(rank, item)| match item {
                Item::Segment(node) => {
                    map.tag(*node) == tag
                        && map.guide.loops[*index as usize].segments.start != *node
                        && (here.in_loop != *index || *rank < here.rank)
                }
                Item::Loop(_) => false,
            })
        })
    }

    /// Opens loops whose triggers are missing and reports each once.
    fn take_implied<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        closes: u8,
        opens: &[u16],
        node: NodeIndex,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let step = |node, closes, opens| Step {
            closes,
            skips: u64::MAX,
            ..map.plan.step_to(map.guide, node, opens)
        };
        for (depth, index) in opens.iter().enumerate() {
            let trigger = map.guide.loops[*index as usize].segments.start;
            let excused = std::mem::take(&mut self.after_unplaced);
            let closes = if depth == 0 { closes } else { 0 };
            self.take(map, step(trigger, closes, *index), context);
            if trigger == node {
                return;
            }
            if !excused {
                let tag = map.tag(trigger);
                let at = Locus { tag, loop_index: Some(*index), length: 0, ..*context.at };
                context.findings.push(Code::SegmentMissing, at, Detail::Node(trigger));
            }
            context.watch.missed(Item::Segment(trigger));
        }
        self.take(map, step(node, 0, NONE), context);
    }

    /// Becomes a copy of another walker, as far as a trial needs it.
    fn copy(&mut self, other: &Walker) {
        self.counts.clone_from(&other.counts);
        self.loop_counts.clone_from(&other.loop_counts);
        self.missing.clone_from(&other.missing);
        (self.last_counted, self.last_entered) = (other.last_counted, other.last_entered);
        self.open.clone_from(&other.open);
        self.awaited.clone_from(&other.awaited);
        self.guessed.clone_from(&other.guessed);
        self.place = other.place;
        self.after_unplaced = other.after_unplaced;
    }
}

/// HL01 of the next level, if there is one within reach.
fn next_level(next: Lookahead<'_>) -> Option<u64> {
    let hl = next.segments(LEVEL_MAX).find(|s| s.tag() == Tag::new(b"HL"))?;
    number(hl.value(1))
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok())
}
