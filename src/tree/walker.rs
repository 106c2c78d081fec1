//! Follows a guide segment by segment: finds each segment's place and reports what is missing. A segment that has none
//! is left to `recover`.

use super::LoopTree;
use super::context::{Lookahead, StepContext, Watch};
use super::map::GuideMap;
use super::step_cache::{StepCache, is_meant};
use super::trial::Trial;
use crate::dict::packed;
use crate::finding::{Code, Detail, Locus};
use crate::guide::NodeIndex;
use crate::guide::plan::{Item, NONE, Required, Step};
use crate::wire::Segment;

/// Deepest nesting of loops a guide may have.
const DEPTH_MAX: usize = 16;

/// The position of the walk of one set. Reused from set to set.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    /// How often each segment use was seen in the current instance of its loop.
    pub(super) counts: Vec<u32>,
    /// The same for loops, in the current instance of their parent.
    pub(super) loop_counts: Vec<u32>,
    /// No use after this one was seen, and no loop after that one.
    pub(super) last_counted: NodeIndex,
    pub(super) last_entered: u16,
    /// For each loop what its current instance requires and does not have yet: bits as in `Plan::required`.
    pub(super) missing: Vec<u64>,
    /// Open loops, outermost first: index into the guide, number in the tree.
    pub(super) open: Vec<(u16, u32)>,
    /// The last segment use that was recognised in its place.
    pub(super) place: NodeIndex,
    /// The loop instance of the last segment, where that is not the innermost open one.
    pub(super) owner: Option<u32>,
    /// The segment before was not recognised: what now seems to be missing is probably that one.
    pub(super) after_unplaced: bool,
    /// What was expected and comes a little later, in the wrong place: reported when its loop ends without it.
    pub(super) awaited: Vec<(u16, Required, Locus)>,
    /// Uses that a segment with a wrong code was taken for, and that may occur once more because of that.
    pub(super) guessed: Vec<NodeIndex>,
    pub(super) cache: StepCache,
    /// For trying the readings of a segment without a place.
    pub(super) trial: Option<Box<Trial>>,
}

impl Walker {
    /// Begins a set: its first segment, ST, is the trigger of the whole set.
    pub(crate) fn begin(&mut self, map: GuideMap<'_>, tree: Option<&mut LoopTree>) {
        self.counts.clear();
        self.counts.resize(map.guide.segments.len(), 0);
        self.loop_counts.clear();
        self.loop_counts.resize(map.guide.loops.len(), 0);
        (self.last_counted, self.last_entered) = (0, 0);
        self.missing.clear();
        self.missing.extend(map.plan.loops.iter().map(|l| l.required));
        self.missing[0] &= !map.plan.segments[0].own_bit;
        self.cache.begin(map.plan);
        self.open.clear();
        self.awaited.clear();
        self.guessed.clear();
        self.place = 0;
        self.owner = None;
        self.after_unplaced = false;
        self.counts[0] = 1;
        let number = tree.map_or(0, |tree| tree.open(0));
        self.open.push((0, number));
    }

    /// The number in the tree of the loop instance that the last segment belongs to.
    pub(crate) fn owner(&mut self) -> u32 {
        self.owner.take().unwrap_or_else(|| self.open.last().map_or(0, |(_, number)| *number))
    }

    /// The open loops, outermost first.
    pub(crate) fn open_loops(&self) -> impl Iterator<Item = u16> + '_ {
        self.open.iter().map(|(index, _)| *index)
    }

    /// The innermost open loop.
    pub(crate) fn current_loop(&self) -> u16 {
        self.open.last().map_or(0, |(index, _)| *index)
    }

    /// The use that a segment would have if it came next, and had a place.
    pub(crate) fn next_use(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
    ) -> Option<NodeIndex> {
        self.plain_step(map, segment).map(|step| step.node)
    }

    /// Takes one segment; gives its use, or `None` when it has no place.
    #[inline]
    pub(crate) fn place<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        context: &mut StepContext<'_, '_, W>,
    ) -> Option<NodeIndex> {
        match self.stay(map, segment) {
            Ok(node) => Some(node),
            Err(step) => self.go(map, segment, step, context),
        }
    }

    /// Takes a segment that stays in its loop, with nothing missing before it, and gives its use. Any other is not taken: gives its
    /// step for [`Walker::go`], if it has one.
    #[inline]
    pub(crate) fn stay<'g>(
        &mut self,
        map: GuideMap<'g>,
        segment: &Segment<'_>,
    ) -> Result<NodeIndex, Option<&'g Step>> {
        match self.plain_step(map, segment) {
            Some(step)
                if step.closes == 0
                    && step.opens == NONE
                    && self.missing_here() & step.skips == 0 =>
            {
                self.count_use(map, step.node);
                self.after_unplaced = false;
                Ok(step.node)
            }
            step => Err(step),
        }
    }

    /// Takes a segment that did not stay, by its step; gives its use, or `None` when it has no place.
    pub(crate) fn go<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        step: Option<&Step>,
        context: &mut StepContext<'_, '_, W>,
    ) -> Option<NodeIndex> {
        match step {
            Some(step) if step.opens == NONE || !self.is_mistaken(map, step, context.next) => {
                self.take(map, *step, context);
                self.after_unplaced = false;
                Some(step.node)
            }
            _ => self.recover(map, segment, context),
        }
    }

    /// The nearest step to a use that the codes of the segment match, with repeats left; none where a nearer one is full.
    #[inline]
    pub(super) fn plain_step<'g>(
        &mut self,
        map: GuideMap<'g>,
        segment: &Segment<'_>,
    ) -> Option<&'g Step> {
        let tag = map.plan.tag(segment.tag())?;
        let mut run = map.plan.run(self.place, tag);
        let mut decided_by = (0, 0);
        let (mut value, mut code): (&[u8], u64) = (&[], 0);
        if let Some(by) = run.decided_by {
            decided_by = by;
            value = code_at(segment, decided_by);
            code = packed(value);
            if code != 0 {
                run.first = self.cache.first_meant(map, run, code, value);
            }
        }
        let mut full = None;
        for step in map.plan.steps(run) {
            if step.decided_by != decided_by {
                decided_by = step.decided_by;
                value = code_at(segment, decided_by);
                code = packed(value);
            }
            if !is_meant(map, step, code, value) {
                continue;
            }
            // After an unknown segment the codes must match: it may have been the trigger of another loop.
            let is_doubtful = self.after_unplaced || step.is_doubtful;
            if is_doubtful && !fits(map, step.node, segment) {
                continue;
            }
            if self.has_room(*step) {
                // It may belong further out, or be one too many here.
                return full.is_none_or(|closes| closes == step.closes).then_some(step);
            }
            full.get_or_insert(step.closes);
        }
        None
    }

    /// True when several loops begin with this segment, no code tells them apart, and the segment after it belongs to another
    /// than this one.
    #[inline]
    fn is_mistaken(&self, map: GuideMap<'_>, step: &Step, next: Lookahead<'_>) -> bool {
        map.plan.loops[step.opens as usize].has_twin
            && next.segments(1).next().is_some_and(|after| !begins_with(map, step.opens, &after))
    }

    /// Ends the set: every open loop closes. The place in the context is where the SE is or was expected.
    pub(crate) fn finish<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let mut rank = map.guide.segments[self.place as usize].rank;
        while let Some(closed) = self.close(map, rank, context) {
            rank = map.guide.loops[closed as usize].rank;
        }
    }

    /// Closes the innermost loop, of which everything up to `rank` has been walked.
    fn close<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        rank: u16,
        context: &mut StepContext<'_, '_, W>,
    ) -> Option<u16> {
        let (index, number) = self.open.pop()?;
        self.demand(map, index, rank, u16::MAX, context);
        if !self.awaited.is_empty() {
            self.give_up(map, index, context);
        }
        context.watch.closing(index, context.at, context.findings);
        if let Some(tree) = context.tree.as_deref_mut() {
            tree.close(number);
        }
        Some(index)
    }

    /// True when the use, or the loop it opens, may occur once more.
    #[inline]
    pub(super) fn has_room(&self, step: Step) -> bool {
        let count = if step.opens == NONE {
            self.counts[step.node as usize]
        } else {
            self.loop_counts[step.opens as usize]
        };
        count < step.repeat_max
    }

    /// Takes one step: closes loops, reports what is missing before it, opens a loop, counts.
    #[inline]
    pub(super) fn take<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        step: Step,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let mut rank = map.plan.segments[self.place as usize].rank;
        for _ in 0..step.closes {
            if let Some(closed) = self.close(map, rank, context) {
                rank = map.plan.loops[closed as usize].rank;
            }
        }
        let within = self.current_loop();
        let hot = &map.plan.segments[step.node as usize];
        if self.missing[within as usize] & step.skips != 0 {
            let target = match step.opens {
                NONE => hot.rank,
                opens => map.plan.loops[opens as usize].rank,
            };
            self.demand(map, within, rank, target, context);
        }
        if step.opens != NONE {
            self.enter(map, step.opens, context);
        }
        self.count_use(map, step.node);
    }

    /// What the innermost open loop requires and does not have yet.
    #[inline]
    fn missing_here(&self) -> u64 {
        self.missing[self.current_loop() as usize]
    }

    /// The walk is at this use now.
    #[inline]
    fn count_use(&mut self, map: GuideMap<'_>, node: NodeIndex) {
        let hot = &map.plan.segments[node as usize];
        self.counts[node as usize] += 1;
        self.last_counted = self.last_counted.max(node);
        self.missing[hot.in_loop as usize] &= !hot.own_bit;
        self.place = node;
    }

    /// Opens a loop instance.
    fn enter<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        index: u16,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let hot = map.plan.loops[index as usize];
        self.loop_counts[index as usize] += 1;
        self.last_entered = self.last_entered.max(index);
        self.missing[hot.parent as usize] &= !hot.own_bit;
        self.missing[index as usize] = hot.required;
        self.last_counted = forget(&mut self.counts, hot.segments, self.last_counted);
        self.last_entered =
            forget(&mut self.loop_counts, (index + 1, hot.inner_end), self.last_entered);
        let number = context.tree.as_deref_mut().map_or(0, |tree| tree.open(index));
        debug_assert!(self.open.len() < DEPTH_MAX, "loops nest deeper than any guide");
        self.open.push((index, number));
        if !self.guessed.is_empty() {
            let inside = &map.guide.loops[index as usize].segments;
            self.guessed.retain(|node| !inside.contains(node));
        }
        context.watch.opened(index, context.at);
    }

    /// Reports what the loop requires at ranks `from..until` and does not have.
    #[inline]
    fn demand<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        within: u16,
        from: u16,
        until: u16,
        context: &mut StepContext<'_, '_, W>,
    ) {
        if self.missing[within as usize] == 0 {
            return;
        }
        for required in &map.plan.required[within as usize] {
            if required.rank >= from && required.rank < until && self.count(required.item) == 0 {
                self.missing(map, within, *required, context);
            }
        }
    }

    pub(super) fn count(&self, item: Item) -> u32 {
        match item {
            Item::Segment(node) => self.counts[node as usize],
            Item::Loop(index) => self.loop_counts[index as usize],
        }
    }

    #[cold]
    fn missing<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        within: u16,
        required: Required,
        context: &mut StepContext<'_, '_, W>,
    ) {
        // The envelope reports more exactly what is wrong when an SE is missing.
        if required.item == Item::Segment(map.guide.loops[0].segments.end - 1) {
            return;
        }
        if std::mem::take(&mut self.after_unplaced) {
            context.watch.missed(required.item);
        } else if self.comes_late(map, within, required, context.next) {
            self.awaited.push((within, required, *context.at));
        } else {
            tell_missing(map, within, required.item, *context.at, context);
        }
    }

    /// Reports what was expected later in this loop and did not come.
    #[cold]
    fn give_up<W: Watch>(
        &mut self,
        map: GuideMap<'_>,
        within: u16,
        context: &mut StepContext<'_, '_, W>,
    ) {
        let mut at = 0;
        while let Some((known, required, due)) = self.awaited.get(at).copied() {
            if known != within {
                at += 1;
                continue;
            }
            self.awaited.remove(at);
            if self.count(required.item) == 0 {
                tell_missing(map, within, required.item, due, context);
            }
        }
    }
}

/// True when the segment may come right after the head of the loop, or the loop requires nothing after that.
#[cold]
fn begins_with(map: GuideMap<'_>, index: u16, after: &Segment<'_>) -> bool {
    let own = &map.guide.loops[index as usize];
    let children = &map.plan.children[index as usize];
    let is_open = map.plan.required[index as usize]
        .iter()
        .all(|required| required.item == Item::Segment(own.segments.start));
    is_open
        || children.iter().any(|(_, item)| {
            let node = match item {
                Item::Segment(node) => *node,
                Item::Loop(inner) => map.guide.loops[*inner as usize].segments.start,
            };
            map.tag(node) == after.tag()
        })
}

/// Reports a segment or loop that is missing and was expected at this place.
fn tell_missing<W: Watch>(
    map: GuideMap<'_>,
    within: u16,
    item: Item,
    due: Locus,
    context: &mut StepContext<'_, '_, W>,
) {
    let (code, node, place) = match item {
        Item::Segment(node) => (Code::SegmentMissing, node, within),
        Item::Loop(index) => {
            (Code::LoopMissing, map.guide.loops[index as usize].segments.start, index)
        }
    };
    let at = Locus { tag: map.tag(node), loop_index: Some(place), length: 0, ..due };
    context.findings.push(code, at, Detail::Node(node));
    context.watch.missed(item);
}

/// Sets the counts of a range to 0 when all after `last` are; gives the last that may still be another.
#[inline]
fn forget(counts: &mut [u32], (first, end): (u16, u16), last: u16) -> u16 {
    if last < first {
        return last;
    }
    counts[first as usize..end.min(last + 1) as usize].fill(0);
    if last < end { first.saturating_sub(1) } else { last }
}

/// True when the segment is this use by its identifying code, or the tag is enough.
#[inline]
pub(super) fn identifies(map: GuideMap<'_>, node: NodeIndex, segment: &Segment<'_>) -> bool {
    let (element, component, list) = map.plan.segments[node as usize].discriminator;
    list == NONE || map.guide.lists[list as usize].contains(code_at(segment, (element, component)))
}

/// The code that identifies a use: of several repetitions the first.
#[inline]
fn code_at<'a>(segment: &Segment<'a>, (element, component): (u8, u8)) -> &'a [u8] {
    let value = segment.text_at(element, component);
    match segment.is_repeated(value) {
        true => first_repetition(segment, value),
        false => value,
    }
}

#[cold]
fn first_repetition<'a>(segment: &Segment<'_>, value: &'a [u8]) -> &'a [u8] {
    let separator = segment.delimiters().repetition;
    value.split(|byte| Some(*byte) == separator).next().unwrap_or(value)
}

/// True when at least one coded element of the segment matches this use and none contradicts it.
pub(super) fn fits(map: GuideMap<'_>, node: NodeIndex, segment: &Segment<'_>) -> bool {
    let (first, count) = map.plan.segments[node as usize].elements;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let coded = segment
        .elements()
        .zip(uses)
        .filter(|(e, u)| !e.is_empty() && u.list != NONE && u.components.1 == 0);
    let mut seen = false;
    for (element, hot) in coded {
        let list = &map.guide.lists[hot.list as usize];
        if list.external {
            continue;
        }
        if !list.contains(element.bytes) && hot.repeat_max == 1 {
            return false;
        }
        seen = true;
    }
    let is_own = |list: u16| list != NONE && !map.guide.lists[list as usize].external;
    let has_codes = uses.iter().any(|u| is_own(u.list) && u.usage == crate::guide::Usage::Required);
    identifies(map, node, segment) && (seen || !has_codes)
}
