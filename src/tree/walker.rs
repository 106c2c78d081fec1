//! Follows a guide segment by segment: finds each segment's place, says what is missing or too many, and recovers, so
//! that one defect gives one finding.

use super::LoopTree;
use super::plan::{Item, NONE, Plan, Required, Step, bit};
use crate::dict::Dictionary;
use crate::finding::{Code, Detail, Findings, Locus};
use crate::guide::{Guide, NodeIndex, packed};
use crate::wire::{Segment, Tag, Tape};

/// Deepest nesting of loops a guide may have.
const DEPTH_MAX: usize = 16;

/// A guide with its plan: what a walk needs to know and never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map<'g> {
    pub(crate) guide: &'g Guide,
    pub(crate) plan: &'g Plan,
}

impl<'g> Map<'g> {
    pub(crate) fn new(guide: &'g Guide) -> Self {
        Map { guide, plan: guide.plan() }
    }

    /// The tag of a segment use.
    pub(crate) fn tag(&self, node: NodeIndex) -> Tag {
        self.guide.segments[node as usize].tag
    }
}

/// What speaks against a path to a segment: missing triggers, misfits of its elements, loops to close.
type Cost = (usize, u32, u8);

/// Where the walk of one set stands. Reused from set to set.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    /// How often each segment use was seen in the running instance of its loop.
    counts: Vec<u32>,
    /// The same for loops, in the running instance of their parent.
    loop_counts: Vec<u32>,
    /// No use after this one was seen, and no loop after that one.
    last_counted: NodeIndex,
    last_entered: u16,
    /// For each loop what its running instance requires and has not got: bits as in [`Plan::required`].
    missing: Vec<u64>,
    /// Open loops, outermost first: index into the guide, number in the tree.
    open: Vec<(u16, u32)>,
    /// The last segment use that was recognised.
    place: NodeIndex,
    /// The segment before was not recognised: what now seems to be missing is probably that one.
    after_unplaced: bool,
}

/// The segment after the one at hand, for when it is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead<'t> {
    pub(crate) tape: &'t Tape,
    pub(crate) text: &'t [u8],
    /// Its index on the tape, which may be one past the end.
    pub(crate) index: usize,
}

impl<'t> Ahead<'t> {
    fn segment(&self) -> Option<Segment<'t>> {
        (self.index < self.tape.len()).then(|| self.tape.segment(self.text, self.index))
    }
}

/// Called as loops open and close.
pub(crate) trait Watch {
    /// A loop instance begins.
    fn opened(&mut self, loop_index: u16, at: &Locus);
    /// A loop instance ends before the segment at `next`.
    fn closing(&mut self, loop_index: u16, next: &Locus, findings: &mut Findings);
}

impl Walker {
    /// Begins a set: its first segment, ST, is the trigger of the whole.
    pub(crate) fn begin(&mut self, map: Map<'_>, tree: Option<&mut LoopTree>) {
        self.counts.clear();
        self.counts.resize(map.guide.segments.len(), 0);
        self.loop_counts.clear();
        self.loop_counts.resize(map.guide.loops.len(), 0);
        (self.last_counted, self.last_entered) = (0, 0);
        self.missing.clear();
        self.missing.extend(map.plan.loops.iter().map(|l| l.required));
        self.missing[0] &= !map.plan.segments[0].own_bit;
        self.open.clear();
        self.place = 0;
        self.after_unplaced = false;
        self.counts[0] = 1;
        let number = tree.map_or(0, |tree| tree.open(0));
        self.open.push((0, number));
    }

    /// The number of the innermost open loop instance in the tree.
    pub(crate) fn owner(&self) -> u32 {
        self.open.last().map_or(0, |(_, number)| *number)
    }

    /// The open loops, outermost first.
    pub(crate) fn open_loops(&self) -> impl Iterator<Item = u16> + '_ {
        self.open.iter().map(|(index, _)| *index)
    }

    /// The innermost open loop.
    pub(crate) fn current_loop(&self) -> u16 {
        self.open.last().map_or(0, |(index, _)| *index)
    }

    /// Takes one segment; gives the use it is, or `None` when it has no place. `at` is the segment's place in the set
    /// and `next` gives the segment after it, where it is known.
    #[expect(clippy::too_many_arguments, reason = "one call a segment; the walk has these parts")]
    #[inline]
    pub(crate) fn place<W: Watch>(
        &mut self,
        map: Map<'_>,
        segment: &Segment<'_>,
        next: Ahead<'_>,
        at: &Locus,
        watch: &mut W,
        findings: &mut Findings,
        tree: Option<&mut LoopTree>,
    ) -> Option<NodeIndex> {
        let mut exceeded = None;
        if let Some(tag) = map.plan.tag(segment.tag()) {
            let mut decided_by = (0, 0);
            let (mut value, mut code): (&[u8], u64) = (&[], 0);
            for step in map.plan.steps(self.place, tag) {
                if step.decided_by != decided_by {
                    decided_by = step.decided_by;
                    value = value_at(segment, decided_by);
                    code = packed(value);
                }
                let is_meant = match step.list {
                    NONE => true,
                    _ if step.code != 0 => step.code == code,
                    list => map.guide.lists[list as usize].contains_packed(code, value),
                };
                if !is_meant {
                    continue;
                }
                // After an unknown segment the codes must speak for the place: it may have been the head of
                // another loop.
                let is_doubtful = self.after_unplaced
                    || step.is_doubtful && self.loop_counts[step.opens as usize] > 0;
                if is_doubtful && !fits(map, step.node, segment) {
                    continue;
                }
                if self.has_room(*step) {
                    if step.closes == 0
                        && step.opens == NONE
                        && self.missing_here() & step.skips == 0
                    {
                        self.count_use(map, step.node);
                    } else {
                        self.take(map, *step, at, watch, findings, tree);
                    }
                    self.after_unplaced = false;
                    return Some(step.node);
                }
                exceeded.get_or_insert(*step);
            }
        }
        self.recover(map, segment, next, exceeded, at, watch, findings, tree)
    }

    /// Ends the set: every open loop closes. `at` is where the SE stands or was due.
    pub(crate) fn finish<W: Watch>(
        &mut self,
        map: Map<'_>,
        at: &Locus,
        watch: &mut W,
        findings: &mut Findings,
        mut tree: Option<&mut LoopTree>,
    ) {
        let mut rank = map.guide.segments[self.place as usize].rank;
        while let Some((index, number)) = self.open.pop() {
            self.demand(map, index, rank, u16::MAX, at, findings);
            watch.closing(index, at, findings);
            if let Some(tree) = tree.as_deref_mut() {
                tree.close(number);
            }
            rank = map.guide.loops[index as usize].rank;
        }
    }

    /// True when the use, or the loop it opens, may come once more.
    #[inline]
    fn has_room(&self, step: Step) -> bool {
        let count = if step.opens == NONE {
            self.counts[step.node as usize]
        } else {
            self.loop_counts[step.opens as usize]
        };
        count < step.repeat_max
    }

    /// Goes one step: closes loops, asks for what was skipped, opens a loop, counts.
    #[inline]
    fn take<W: Watch>(
        &mut self,
        map: Map<'_>,
        step: Step,
        at: &Locus,
        watch: &mut W,
        findings: &mut Findings,
        mut tree: Option<&mut LoopTree>,
    ) {
        let mut rank = map.plan.segments[self.place as usize].rank;
        for _ in 0..step.closes {
            if let Some((index, number)) = self.open.pop() {
                self.demand(map, index, rank, u16::MAX, at, findings);
                watch.closing(index, at, findings);
                if let Some(tree) = tree.as_deref_mut() {
                    tree.close(number);
                }
                rank = map.plan.loops[index as usize].rank;
            }
        }
        let within = self.current_loop();
        let hot = &map.plan.segments[step.node as usize];
        if self.missing[within as usize] & step.skips != 0 {
            let target = match step.opens {
                NONE => hot.rank,
                opens => map.plan.loops[opens as usize].rank,
            };
            self.demand(map, within, rank, target, at, findings);
        }
        if step.opens != NONE {
            self.enter(map, step.opens, at, watch, tree);
        }
        self.count_use(map, step.node);
    }

    /// What the innermost open loop requires and has not got.
    #[inline]
    fn missing_here(&self) -> u64 {
        self.missing[self.current_loop() as usize]
    }

    /// The walk is at this use now.
    #[inline]
    fn count_use(&mut self, map: Map<'_>, node: NodeIndex) {
        let hot = &map.plan.segments[node as usize];
        self.counts[node as usize] += 1;
        self.last_counted = self.last_counted.max(node);
        self.missing[hot.in_loop as usize] &= !hot.own_bit;
        self.place = node;
    }

    /// Opens a loop instance.
    fn enter<W: Watch>(
        &mut self,
        map: Map<'_>,
        index: u16,
        at: &Locus,
        watch: &mut W,
        tree: Option<&mut LoopTree>,
    ) {
        let hot = map.plan.loops[index as usize];
        self.loop_counts[index as usize] += 1;
        self.last_entered = self.last_entered.max(index);
        self.missing[hot.parent as usize] &= !hot.own_bit;
        self.missing[index as usize] = hot.required;
        self.last_counted = forget(&mut self.counts, hot.segments, self.last_counted);
        self.last_entered =
            forget(&mut self.loop_counts, (index + 1, hot.inner_end), self.last_entered);
        let number = tree.map_or(0, |tree| tree.open(index));
        debug_assert!(self.open.len() < DEPTH_MAX, "loops nest deeper than any guide");
        self.open.push((index, number));
        watch.opened(index, at);
    }

    /// Reports what the loop requires at ranks `from..until` and has not got.
    #[inline]
    fn demand(
        &mut self,
        map: Map<'_>,
        within: u16,
        from: u16,
        until: u16,
        at: &Locus,
        findings: &mut Findings,
    ) {
        if self.missing[within as usize] == 0 {
            return;
        }
        for required in &map.plan.required[within as usize] {
            if required.rank >= from && required.rank < until && self.count(required.item) == 0 {
                self.missing(map, within, *required, at, findings);
            }
        }
    }

    fn count(&self, item: Item) -> u32 {
        match item {
            Item::Segment(node) => self.counts[node as usize],
            Item::Loop(index) => self.loop_counts[index as usize],
        }
    }

    fn missing(
        &mut self,
        map: Map<'_>,
        within: u16,
        required: Required,
        at: &Locus,
        findings: &mut Findings,
    ) {
        let (code, node, place) = match required.item {
            // The envelope says more exactly what is wrong when an SE is missing.
            Item::Segment(node) if map.tag(node) == Tag::new(b"SE") => return,
            Item::Segment(node) => (Code::SegmentMissing, node, within),
            Item::Loop(index) => {
                (Code::LoopMissing, map.guide.loops[index as usize].segments.start, index)
            }
        };
        if std::mem::take(&mut self.after_unplaced) {
            return;
        }
        let at = Locus { tag: map.tag(node), loop_index: Some(place), length: 0, ..*at };
        findings.push(code, at, Detail::Node(node));
    }

    /// A segment that fits nowhere as it is: a code that is off, a trigger that is missing, one too many, or a stranger.
    #[cold]
    #[expect(clippy::too_many_arguments, reason = "the parts of the walk, handed on")]
    fn recover<W: Watch>(
        &mut self,
        map: Map<'_>,
        segment: &Segment<'_>,
        next: Ahead<'_>,
        exceeded: Option<Step>,
        at: &Locus,
        watch: &mut W,
        findings: &mut Findings,
        tree: Option<&mut LoopTree>,
    ) -> Option<NodeIndex> {
        // The same use straight after itself is one too many, whatever else could begin with it.
        let is_again =
            exceeded.is_some_and(|step| step.node == self.place && fits(map, step.node, segment));
        // The trigger of a loop is missing, and this is what would have come after it. That several are missing is less
        // likely than one code that is off.
        let missing = |opens: &[u16], node: NodeIndex| {
            opens.iter().filter(|l| map.guide.loops[**l as usize].segments.start != node).count()
        };
        if !is_again
            && let Some(path) = self.implied(map, segment, next.segment())
            && (self.after_unplaced
                || missing(&path.1, path.2) < 2
                || exceeded.is_none() && self.by_tag_alone(map, segment).is_none())
        {
            return Some(self.take_implied(map, path, at, watch, findings, tree));
        }
        if let Some(step) = exceeded {
            let (code, limit, place) = if step.opens == NONE {
                (
                    Code::SegmentRepeats,
                    map.plan.segments[step.node as usize].repeat_max,
                    self.current_loop(),
                )
            } else {
                (Code::LoopRepeats, map.guide.loops[step.opens as usize].repeat_max, step.opens)
            };
            let found = u64::from(limit) + 1;
            let detail = Detail::Count { found, expected: u64::from(limit) };
            // Said once for each run over the limit, on the first that is too many.
            let over = self.count(if step.opens == NONE {
                Item::Segment(step.node)
            } else {
                Item::Loop(step.opens)
            });
            if over == limit {
                findings.push(code, Locus { loop_index: Some(place), ..*at }, detail);
            }
            self.take(map, step, at, watch, findings, tree);
            self.after_unplaced = false;
            return Some(step.node);
        }
        // The right segment with a code that means none of its uses: the element check will say which code is off.
        if let Some(step) = self.by_tag_alone(map, segment) {
            self.take(map, step, at, watch, findings, tree);
            self.after_unplaced = false;
            return Some(step.node);
        }
        let code = self.stranger(map, segment.tag());
        findings.push(code, Locus { loop_index: Some(self.current_loop()), ..*at }, Detail::None);
        self.after_unplaced = code == Code::SegmentUnknown;
        None
    }

    /// A step to a use of this tag that still has room, whatever its codes say: the required ones first, then of the
    /// nearest the one with the fewest codes against it.
    fn by_tag_alone(&self, map: Map<'_>, segment: &Segment<'_>) -> Option<Step> {
        let tag = map.plan.tag(segment.tag())?;
        let fitting =
            || map.plan.steps(self.place, tag).iter().copied().filter(|s| self.has_room(*s));
        if map.tag(map.plan.steps(self.place, tag).first()?.node) == Tag::new(b"HL") {
            // A level with a wrong code: where its parent says it belongs.
            return self
                .level_by_parent(map, segment)
                .and_then(|opens| fitting().find(|s| s.opens == opens))
                .or_else(|| fitting().next());
        }
        let wanted = |s: &Step| {
            let required = if s.opens == NONE {
                map.guide.segments[s.node as usize].usage
            } else {
                map.guide.loops[s.opens as usize].usage
            };
            let item = if s.opens == NONE { Item::Segment(s.node) } else { Item::Loop(s.opens) };
            required == crate::guide::Usage::Required && self.count(item) == 0
        };
        let nearest = || fitting().filter(|s| s.closes == 0);
        fitting()
            .find(wanted)
            .or_else(|| nearest().min_by_key(|s| strange_codes(map, s.node, segment)))
            .or_else(|| {
                // What is no whole use of the tag anywhere is a broken one of those that may come here.
                let is_elsewhere = (0..map.guide.segments.len() as u16)
                    .filter(|node| map.tag(*node) == segment.tag())
                    .any(|node| fits(map, node, segment) && misfit(map, node, segment) == 0);
                let cost = |s: &Step| (s.closes, strange_codes(map, s.node, segment));
                if is_elsewhere { None } else { fitting().min_by_key(cost) }
            })
    }

    /// The level loop directly inside the open level that HL02 most likely means: the innermost one when HL02 is the
    /// latest number, else the sibling of the innermost.
    fn level_by_parent(&self, map: Map<'_>, segment: &Segment<'_>) -> Option<u16> {
        let levels: Vec<u16> = self
            .open
            .iter()
            .map(|(l, _)| *l)
            .filter(|l| map.guide.loops[*l as usize].level.is_some())
            .collect();
        let number =
            |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|t| t.parse::<u32>().ok());
        let (own, parent) = (number(segment.value(1))?, number(segment.value(2)));
        let innermost = levels.last().copied();
        let inside = |parent: Option<u16>| {
            map.guide
                .loops
                .iter()
                .position(|l| l.level.is_some() && l.parent == parent.or(Some(0)))
                .map(|at| at as u16)
        };
        match parent {
            Some(parent) if parent + 1 == own => inside(innermost).or(innermost),
            Some(_) => innermost,
            None => inside(None),
        }
    }

    /// What a segment without a place is called.
    fn stranger(&self, map: Map<'_>, tag: Tag) -> Code {
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
    fn came_due_earlier(&self, map: Map<'_>, tag: Tag) -> bool {
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

    /// The loops that would have to be open for this segment to have a place, when their triggers are missing: the
    /// number of open loops to close, then the loops to open, then the use.
    fn implied(
        &self,
        map: Map<'_>,
        segment: &Segment<'_>,
        next: Option<Segment<'_>>,
    ) -> Option<(u8, Vec<u16>, NodeIndex)> {
        let tag = segment.tag();
        map.plan.tag(tag)?;
        // Of the paths with the fewest missing triggers the one whose use the segment fits best, then the nearest.
        let mut best: Option<(Cost, Vec<u16>, NodeIndex)> = None;
        for node in 0..map.guide.segments.len() as u16 {
            if map.tag(node) != tag || !fits(map, node, segment) {
                continue;
            }
            let Some((closes, mut opens)) =
                self.path_to(map, map.plan.segments[node as usize].in_loop)
            else {
                continue;
            };
            let is_trigger = |l: &u16| map.guide.loops[*l as usize].segments.start == node;
            if opens.is_empty() || opens.len() == 1 && is_trigger(&opens[0]) {
                continue;
            }
            let missing = opens.len() - usize::from(opens.last().is_some_and(is_trigger));
            let cost = (missing, misfit(map, node, segment), closes);
            if best.as_ref().is_none_or(|(known, ..)| cost < *known) {
                opens.shrink_to_fit();
                best = Some((cost, opens, node));
            }
        }
        let ((missing, _, closes), opens, node) = best?;
        let top = opens[0];
        let is_due = map.guide.loops[top as usize].usage == crate::guide::Usage::Required
            && self.loop_counts[top as usize] == 0;
        // When the next segment is at home here, this one is more likely a stranger than that one's missing head.
        let step = next.and_then(|next| {
            let tag = map.plan.tag(next.tag())?;
            map.plan
                .steps(self.place, tag)
                .iter()
                .find(|s| fits(map, s.node, &next) && self.has_room(**s))
                .copied()
        });
        match step {
            // Where the segment before was unknown, it was most likely that head, misspelt.
            _ if self.after_unplaced => Some((closes, opens, node)),
            Some(step) if step.opens == top || missing > 1 || !is_due => None,
            _ => Some((closes, opens, node)),
        }
    }

    /// How to get to a loop from here: open loops to close, loops to open. What is to be opened must not lie behind us
    /// and must have room; where it does, a new instance of the loop around it may.
    fn path_to(&self, map: Map<'_>, target: u16) -> Option<(u8, Vec<u16>)> {
        let mut opens = Vec::new();
        let mut at = target;
        loop {
            if let Some(depth) = self.open.iter().position(|(index, _)| *index == at) {
                let here = match self.open.get(depth + 1) {
                    Some((inner, _)) => map.guide.loops[*inner as usize].rank,
                    None => map.guide.segments[self.place as usize].rank,
                };
                let has_room =
                    |l: u16| self.loop_counts[l as usize] < map.guide.loops[l as usize].repeat_max;
                let inside = opens.last().is_some_and(|l: &u16| {
                    map.guide.loops[*l as usize].rank >= here && has_room(*l)
                });
                let mut closes = self.open.len() - 1 - depth;
                if !inside {
                    if depth == 0 || !has_room(at) {
                        return None;
                    }
                    closes += 1;
                    opens.push(at);
                }
                opens.reverse();
                return Some((closes as u8, opens));
            }
            opens.push(at);
            at = map.guide.loops[at as usize].parent?;
        }
    }

    /// Opens loops whose triggers are missing and says so, once for each.
    fn take_implied<W: Watch>(
        &mut self,
        map: Map<'_>,
        (closes, opens, node): (u8, Vec<u16>, NodeIndex),
        at: &Locus,
        watch: &mut W,
        findings: &mut Findings,
        mut tree: Option<&mut LoopTree>,
    ) -> NodeIndex {
        for (depth, index) in opens.iter().enumerate() {
            let trigger = map.guide.loops[*index as usize].segments.start;
            let step = Step {
                closes: if depth == 0 { closes } else { 0 },
                skips: u64::MAX,
                ..map.plan.step_to(map.guide, trigger, *index)
            };
            let excused = self.after_unplaced;
            self.after_unplaced = false;
            self.take(map, step, at, watch, findings, tree.as_deref_mut());
            if trigger != node && !excused {
                let at =
                    Locus { tag: map.tag(trigger), loop_index: Some(*index), length: 0, ..*at };
                findings.push(Code::SegmentMissing, at, Detail::Node(trigger));
            }
        }
        if let Some(innermost) = opens.last()
            && map.guide.loops[*innermost as usize].segments.start != node
        {
            let step = Step { skips: u64::MAX, ..map.plan.step_to(map.guide, node, NONE) };
            self.take(map, step, at, watch, findings, tree);
        }
        node
    }
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
fn identifies(map: Map<'_>, node: NodeIndex, segment: &Segment<'_>) -> bool {
    let (element, component, list) = map.plan.segments[node as usize].discriminator;
    list == NONE || map.guide.lists[list as usize].contains(value_at(segment, (element, component)))
}

/// The text of an element, or of a component of it; nothing for element 0.
#[inline]
fn value_at<'a>(segment: &Segment<'a>, (element, component): (u8, u8)) -> &'a [u8] {
    match (element, component) {
        (0, _) => &[],
        (element, 0) => segment.value(element as usize),
        (element, component) => segment.component(element as usize, component as usize),
    }
}

/// True when at least one coded element of the segment speaks for this use and none speaks against it.
fn fits(map: Map<'_>, node: NodeIndex, segment: &Segment<'_>) -> bool {
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

/// How many elements of the segment the use would miss or would not have.
fn misfit(map: Map<'_>, node: NodeIndex, segment: &Segment<'_>) -> u32 {
    let hot = &map.plan.segments[node as usize];
    let present = segment
        .elements()
        .zip(1_u8..)
        .filter(|(element, _)| !element.is_empty())
        .fold(0, |mask, (_, position)| mask | bit(position));
    (hot.required & !present).count_ones() + (present & !hot.used).count_ones()
}

/// How many coded elements of the segment hold a code that the use does not know.
fn strange_codes(map: Map<'_>, node: NodeIndex, segment: &Segment<'_>) -> usize {
    let (first, count) = map.plan.segments[node as usize].elements;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let strange =
        |list: u16, value| list != NONE && !map.guide.lists[list as usize].contains(value);
    segment
        .elements()
        .zip(uses)
        .filter(|(element, hot)| !element.is_empty() && strange(hot.list, element.bytes))
        .count()
}
