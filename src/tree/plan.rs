//! A guide made ready for walking: for each place in it, what each segment id may mean next.
//!
//! Made once for a guide. The walker then only compares integers: `steps(place, tag)` gives the few uses that can
//! come next, nearest first.

use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

use super::ledger::LedgerPlan;
use super::rules::RulePlan;
use super::tags::TagTable;
use crate::dict::Supply;
use crate::guide::{
    Consequence, DataType, Guide, Measure, NodeIndex, Pattern, Reference, RuleScope, SyntaxKind,
    SyntaxNote, Term, Usage, packed,
};
use crate::wire::Tag;

/// No list, in tables where `Option<u16>` would cost room.
pub(crate) const NONE: u16 = u16::MAX;

/// One thing a segment can mean from a given place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// The segment use it becomes.
    pub(crate) node: NodeIndex,
    /// How many open loops end before it.
    pub(crate) closes: u8,
    /// The loop it opens, or [`NONE`].
    pub(crate) opens: u16,
    /// The use, or the loop it opens, may come so often.
    pub(crate) repeat_max: u32,
    /// Element and component that identify the use; 0 when the tag is enough.
    pub(crate) decided_by: (u8, u8),
    /// The one code there that means the use, packed; 0 where there are several.
    pub(crate) code: u64,
    /// The codes there that mean the use, or [`NONE`].
    pub(crate) list: u16,
    /// What is required and lies between, in the loop the use stands in: bits as in [`Plan::required`].
    pub(crate) skips: u64,
    /// It opens a loop that may repeat and begins with a name, by the tag alone: a name of another kind is more likely
    /// one of another loop than this loop once more.
    pub(crate) is_doubtful: bool,
}

/// What one tag can mean at one place: a range of steps, nearest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) end: u32,
    /// The element and component that tell all of the steps apart, where that is one and the same.
    pub(crate) decided_by: Option<(u8, u8)>,
}

/// A segment or loop that must be there, in its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Required {
    pub(crate) rank: u16,
    pub(crate) item: Item,
}

/// What the walker needs of a loop.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HotLoop {
    pub(crate) rank: u16,
    /// The loop around it; itself for the whole set.
    pub(crate) parent: u16,
    /// One past the last loop inside it.
    pub(crate) inner_end: u16,
    /// Its segment uses and those inside it: the first, and one past the last.
    pub(crate) segments: (u16, u16),
    /// What it requires: bit `n` for the `n`th in [`Plan::required`].
    pub(crate) required: u64,
    /// Its own bit among what its parent requires, or 0.
    pub(crate) own_bit: u64,
    /// Codes in it are judged by days that are known when it ends.
    pub(crate) settles: bool,
}

/// Required items of a loop that have a bit of their own; the last bit stands for all others and is never cleared, so
/// that they are counted one by one.
const REQUIRED_BITS: usize = 63;

/// A child of a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    Segment(NodeIndex),
    Loop(u16),
}

/// What the walker and the checks need of a segment use, in one cache line.
#[derive(Clone, Debug)]
pub(crate) struct HotSegment {
    pub(crate) in_loop: u16,
    pub(crate) rank: u16,
    /// Its own bit among what its loop requires, or 0.
    pub(crate) own_bit: u64,
    pub(crate) repeat_max: u32,
    /// Elements in [`Plan::elements`], position 1 first.
    pub(crate) elements: (u32, u8),
    /// Bit `p` for each required position `p`.
    pub(crate) required: u64,
    /// Bit `p` for each position the guide uses.
    pub(crate) used: u64,
    /// Tests in [`RulePlan::tests`] to run on each occurrence.
    pub(crate) tests: (u32, u32),
    /// Rules to look at on each occurrence, in [`RulePlan::at_segments`].
    pub(crate) rules: (u32, u32),
    /// What is added up, in [`Plan::entries`].
    pub(crate) entries: (u32, u32),
    /// What goes into a ledger, in [`LedgerPlan::postings`].
    pub(crate) postings: (u32, u32),
    /// Days it holds on which codes are judged, in [`Plan::days`].
    pub(crate) days: (u32, u32),
    /// Codes in it are judged when it ends.
    pub(crate) settles: bool,
    /// Syntax notes in [`Plan::notes`].
    pub(crate) notes: (u32, u32),
    /// Element, component and list that identify the use; list [`NONE`] when the tag is enough.
    pub(crate) discriminator: (u8, u8, u16),
    /// The context rule that takes its value from here, or [`NONE`].
    pub(crate) context: u16,
    /// It is an HL.
    pub(crate) is_level: bool,
}

/// What the value check needs of an element or component use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotElement {
    pub(crate) kind: DataType,
    pub(crate) usage: Usage,
    pub(crate) mandatory: bool,
    pub(crate) length_min: u16,
    pub(crate) length_max: u16,
    pub(crate) repeat_max: u16,
    pub(crate) standard_repeat_max: u16,
    pub(crate) list: u16,
    pub(crate) standard_list: u16,
    pub(crate) data_element: u16,
    pub(crate) components: (u32, u8),
    /// Bit `p` for each required component `p`.
    pub(crate) required: u64,
    pub(crate) notes: (u32, u32),
    pub(crate) pattern: Option<Pattern>,
}

/// A syntax note as bit masks over positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotNote {
    pub(crate) kind: SyntaxKind,
    pub(crate) first: u8,
    pub(crate) mask: u64,
}

/// Numbers plans.
static PLANS: AtomicU64 = AtomicU64::new(1);

/// A guide ready for walking.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// No two plans have the same; from 1.
    pub(crate) number: u64,
    tags: TagTable,
    /// For place `p` and tag index `t`: the run of steps, at `p * tag_count + t`.
    table: Vec<Run>,
    steps: Vec<Step>,
    pub(crate) segments: Vec<HotSegment>,
    pub(crate) loops: Vec<HotLoop>,
    pub(crate) elements: Vec<HotElement>,
    pub(crate) notes: Vec<HotNote>,
    /// For each loop what it requires, by rank.
    pub(crate) required: Vec<Vec<Required>>,
    /// For each loop that is a hierarchical level the levels that may be its parent: the one around it, and those
    /// beside it that come before (an event hangs off the dependent, or off the subscriber when that is the patient).
    pub(crate) parents: Vec<Vec<[u8; 2]>>,
    /// For each loop its children.
    pub(crate) children: Vec<Vec<(u16, Item)>>,
    pub(crate) rules: RulePlan,
    /// What is added up at each segment use, by segment.
    pub(crate) entries: Vec<Entry>,
    /// For each rule that balances its accounts, one a term, left side first. Terms that are the same in two rules share
    /// an account.
    pub(crate) accounts: Vec<Box<[u16]>>,
    /// For each loop the accounts to clear when it opens.
    pub(crate) account_clears: Vec<Vec<u16>>,
    account_count: u16,
    /// For each loop the accounts that may take a first segment again when it opens.
    pub(crate) latch_clears: Vec<Vec<u16>>,
    /// The rules that look at things by key.
    pub(crate) ledgers: LedgerPlan,
    /// Where the days of judgements stand, by segment.
    pub(crate) days: Vec<Day>,
    /// For each judgement its range of slots, in the order in which they are asked.
    pub(crate) day_slots: Vec<(u16, u16)>,
    /// For each loop the day slots to clear when it opens.
    pub(crate) day_clears: Vec<Vec<u16>>,
    /// For a list where a segment uses it the judgement.
    judged: FxHashMap<(u16, NodeIndex), u16>,
    /// For each list that is absent its bit in [`crate::check::SetReport::absent`]; [`NO_BIT`] for the others.
    pub(crate) absent_bits: Vec<u8>,
}

/// In [`Plan::absent_bits`]: the list is here.
pub(crate) const NO_BIT: u8 = 64;

/// A day on which codes were used: where it stands, and the slot that keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub(crate) of: Reference,
    pub(crate) slot: u16,
    /// It stands in the segment of the codes itself: another occurrence has a day of its own.
    pub(crate) is_own: bool,
}

/// A value that goes into an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) of: Reference,
    pub(crate) measure: Measure,
    pub(crate) account: u16,
    /// Taken from the first such segment of each instance of its loop.
    pub(crate) first: bool,
    /// Taken from segments that pass this test only.
    pub(crate) filter: Option<(Reference, u16)>,
}

impl Plan {
    /// Prepares a guide.
    pub(crate) fn new(guide: &Guide) -> Plan {
        let note = |note: &SyntaxNote| HotNote {
            kind: note.kind,
            first: note.positions.first().copied().unwrap_or(0),
            mask: note.positions.iter().fold(0, |mask, p| mask | bit(*p)),
        };
        let mut plan = Plan {
            elements: guide.elements.iter().map(|element| hot_element(guide, element)).collect(),
            notes: guide.notes.iter().map(note).collect(),
            number: PLANS.fetch_add(1, Ordering::Relaxed),
            ..Plan::default()
        };
        plan.list_children(guide);
        plan.list_parents(guide);
        plan.rules = RulePlan::new(guide);
        plan.open_accounts(guide);
        plan.ledgers = LedgerPlan::new(guide);
        plan.mark_days(guide);
        plan.number_absent(guide);
        plan.heat_segments(guide);
        for segment in &guide.segments {
            plan.tags.insert(segment.tag);
        }
        plan.find_steps(guide);
        plan
    }

    /// The index of a tag the guide uses.
    #[inline]
    pub(crate) fn tag(&self, tag: Tag) -> Option<u16> {
        self.tags.find(tag)
    }

    /// What the tag with this index can mean after the segment use `place`.
    #[inline]
    pub(crate) fn run(&self, place: NodeIndex, tag: u16) -> Run {
        self.table[place as usize * self.tags.count + tag as usize]
    }

    /// The steps of a run, nearest first.
    #[inline]
    pub(crate) fn steps(&self, run: Run) -> &[Step] {
        &self.steps[run.first as usize..run.end as usize]
    }

    fn list_children(&mut self, guide: &Guide) {
        self.children = vec![Vec::new(); guide.loops.len()];
        for (index, segment) in guide.segments.iter().enumerate() {
            self.children[segment.in_loop as usize]
                .push((segment.rank, Item::Segment(index as u16)));
        }
        for (index, inner) in guide.loops.iter().enumerate() {
            if let Some(parent) = inner.parent {
                self.children[parent as usize].push((inner.rank, Item::Loop(index as u16)));
            }
        }
        for children in &mut self.children {
            children.sort_by_key(|(rank, item)| (*rank, first_node(guide, *item)));
        }
        self.required = self
            .children
            .iter()
            .map(|children| {
                let needed = |item: &Item| match item {
                    Item::Segment(n) => guide.segments[*n as usize].usage == Usage::Required,
                    Item::Loop(l) => guide.loops[*l as usize].usage == Usage::Required,
                };
                children
                    .iter()
                    .filter(|(_, item)| needed(item))
                    .map(|(rank, item)| Required { rank: *rank, item: *item })
                    .collect()
            })
            .collect();
        self.loops = guide
            .loops
            .iter()
            .zip(&self.required)
            .map(|(known, required)| HotLoop {
                rank: known.rank,
                parent: known.parent.unwrap_or(0),
                inner_end: known.inner.end,
                segments: (known.segments.start, known.segments.end),
                required: (0..required.len()).fold(0, |mask, at| mask | required_bit(at)),
                own_bit: 0,
                settles: false,
            })
            .collect();
        for judgement in &guide.judgements {
            if let RuleScope::Loop(at) = judgement.scope {
                self.loops[at as usize].settles = true;
            }
        }
        for (index, known) in guide.loops.iter().enumerate() {
            if let Some(parent) = known.parent {
                self.loops[index].own_bit = self.own_bit(parent, Item::Loop(index as u16));
            }
        }
    }

    /// The bit that says that this item of a loop was seen; 0 where none is needed.
    fn own_bit(&self, within: u16, item: Item) -> u64 {
        let position = self.required[within as usize].iter().position(|r| r.item == item);
        position.filter(|at| *at < REQUIRED_BITS).map_or(0, required_bit)
    }

    fn list_parents(&mut self, guide: &Guide) {
        let parents = |(index, inner): (usize, &crate::guide::LoopUse)| {
            let around = inner.parent.and_then(|parent| guide.loops[parent as usize].level);
            let before = guide.loops[..index].iter();
            let beside = before.filter(|l| l.parent == inner.parent).filter_map(|l| l.level);
            match (inner.level, around) {
                (Some(_), Some(around)) => beside.chain([around]).collect(),
                _ => around.into_iter().collect(),
            }
        };
        self.parents = guide.loops.iter().enumerate().map(parents).collect();
    }

    /// Gives every term of every balance an account.
    fn open_accounts(&mut self, guide: &Guide) {
        self.account_clears = vec![Vec::new(); guide.loops.len()];
        self.latch_clears = vec![Vec::new(); guide.loops.len()];
        let mut known: Vec<(Term, Option<u16>, u16)> = Vec::new();
        for rule in &guide.rules {
            let mut accounts = Vec::new();
            if let (None, Consequence::Balance(left, _, right)) = (&rule.each, &rule.then) {
                for term in left.iter().chain(right) {
                    let term = Term { minus: false, ..term.clone() };
                    let forgets = || Some(forgets(guide, rule.scope, *term.of.first()?));
                    let clear = term.since.or_else(forgets);
                    let same = known.iter().find(|(t, c, _)| *t == term && *c == clear);
                    accounts.push(match same {
                        Some((_, _, account)) => *account,
                        None => {
                            let account = self.open_account(guide, &term, clear);
                            known.push((term, clear, account));
                            account
                        }
                    });
                }
            }
            self.accounts.push(accounts.into());
        }
        self.entries.sort_by_key(|e| e.of.segment);
    }

    fn open_account(&mut self, guide: &Guide, term: &Term, clear: Option<u16>) -> u16 {
        let account = self.account_count;
        self.account_count += 1;
        let entry = |of: &Reference| Entry {
            of: *of,
            measure: term.measure,
            account,
            first: term.first,
            filter: term.filter,
        };
        self.entries.extend(term.of.iter().map(entry));
        if let Some(of) = term.of.first().filter(|_| term.first) {
            let own = guide.segments[of.segment as usize].in_loop;
            self.latch_clears[own as usize].push(account);
        }
        if let Some(clear) = clear {
            self.account_clears[clear as usize].push(account);
        }
        account
    }

    /// How many accounts there are.
    pub(crate) fn account_count(&self) -> usize {
        self.account_count as usize
    }

    /// The judgement that says on which day a code of this list was used in this segment.
    pub(crate) fn judgement(&self, list: u16, node: NodeIndex) -> Option<u16> {
        self.judged.get(&(list, node)).copied()
    }

    /// Gives every day that a judgement names a slot, and lists which judgement each use of a list falls under: of
    /// several the one whose scope lies deepest.
    fn mark_days(&mut self, guide: &Guide) {
        self.day_clears = vec![Vec::new(); guide.loops.len()];
        let mut depths = Vec::with_capacity(guide.judgements.len());
        for judgement in &guide.judgements {
            let first = self.days.len() as u16;
            let around = match judgement.scope {
                RuleScope::Loop(l) => l,
                RuleScope::Segment(n) => guide.segments[n as usize].in_loop,
            };
            for of in &judgement.on {
                let slot = self.days.len() as u16;
                let is_own = judgement.scope == RuleScope::Segment(of.segment);
                self.days.push(Day { of: *of, slot, is_own });
                let inside = guide.loops[around as usize].segments.contains(&of.segment);
                let own = guide.segments[of.segment as usize].in_loop;
                self.day_clears[if inside { around } else { own } as usize].push(slot);
            }
            self.day_slots.push((first, self.days.len() as u16));
            let parent = |at: &u16| guide.loops[*at as usize].parent;
            let depth = std::iter::successors(Some(around), parent).count() * 2;
            depths.push(depth + usize::from(matches!(judgement.scope, RuleScope::Segment(_))));
        }
        self.days.sort_by_key(|day| day.of.segment);
        for (node, segment) in (0_u16..).zip(&guide.segments) {
            for list in lists_used(guide, &segment.elements) {
                let name = &guide.lists[list as usize].name;
                let applies = |at: &usize| {
                    let judgement = &guide.judgements[*at];
                    let is_here = match judgement.scope {
                        RuleScope::Loop(l) => guide.loops[l as usize].segments.contains(&node),
                        RuleScope::Segment(n) => n == node,
                    };
                    is_here && judgement.lists.contains(name)
                };
                let of = (0..guide.judgements.len()).filter(applies).max_by_key(|at| depths[*at]);
                if let Some(of) = of {
                    self.judged.insert((list, node), of as u16);
                }
            }
        }
    }

    /// Numbers the lists that are not loaded; should there ever be more than fit, the last ones share a bit.
    fn number_absent(&mut self, guide: &Guide) {
        let mut next = 0;
        let number = |list: &crate::guide::CodeList| {
            // An edition that ends is as good as absent for the days beyond it.
            let is_partial = list.set().is_some_and(|set| !set.covers().is_empty());
            let is_unlisted = list.listing.is_some_and(|known| known.supply == Supply::Unlisted);
            if is_unlisted || (!list.absent && !is_partial) {
                return NO_BIT;
            }
            next = NO_BIT.min(next + 1);
            next - 1
        };
        self.absent_bits = guide.lists.iter().map(number).collect();
    }

    fn heat_segments(&mut self, guide: &Guide) {
        for (index, segment) in guide.segments.iter().enumerate() {
            let node = index as u16;
            let uses =
                &guide.elements[segment.elements.start as usize..segment.elements.end as usize];
            let positions = |wanted: &dyn Fn(Usage) -> bool| {
                uses.iter().filter(|e| wanted(e.usage)).fold(0, |mask, e| mask | bit(e.position))
            };
            let tests = run(&self.rules.tests, node, |t| t.of.segment);
            let entries = run(&self.entries, node, |e| e.of.segment);
            let days = run(&self.days, node, |day| day.of.segment);
            let rules = run(&self.rules.at_segments, node, |(at, ..)| *at);
            let discriminator =
                segment.discriminator.map_or((0, 0, NONE), |d| (d.element, d.component, d.list));
            let context = guide
                .contexts
                .iter()
                .position(|c| c.of.segment == node)
                .map_or(NONE, |at| at as u16);
            self.segments.push(HotSegment {
                in_loop: segment.in_loop,
                rank: segment.rank,
                own_bit: self.own_bit(segment.in_loop, Item::Segment(node)),
                repeat_max: segment.repeat_max,
                elements: (segment.elements.start, uses.len() as u8),
                required: positions(&|u| u == Usage::Required),
                used: positions(&|u| u != Usage::NotUsed),
                tests,
                rules,
                entries,
                postings: run(&self.ledgers.postings, node, |p| p.segment),
                days,
                settles: guide.judgements.iter().any(|j| j.scope == RuleScope::Segment(node)),
                notes: (segment.notes.start, segment.notes.end),
                discriminator,
                context,
                is_level: segment.tag == Tag::new(b"HL"),
            });
        }
    }

    /// The step to a use, through the loop it opens if any, from directly before it.
    pub(crate) fn step_to(&self, guide: &Guide, node: NodeIndex, opens: u16) -> Step {
        let identified = guide.segments[node as usize].discriminator;
        let only = identified.and_then(|d| guide.lists[d.list as usize].only());
        Step {
            node,
            closes: 0,
            opens,
            repeat_max: match opens {
                NONE => guide.segments[node as usize].repeat_max,
                opens => guide.loops[opens as usize].repeat_max,
            },
            decided_by: identified.map_or((0, 0), |d| (d.element, d.component)),
            code: only.map_or(0, packed),
            list: identified.map_or(NONE, |d| d.list),
            skips: 0,
            is_doubtful: opens != NONE && begins_with_name(guide, opens),
        }
    }

    fn find_steps(&mut self, guide: &Guide) {
        let count = self.tags.count;
        let tag_of: Vec<u16> =
            guide.segments.iter().map(|s| self.tags.find(s.tag).unwrap_or(NONE)).collect();
        self.table.reserve(guide.segments.len() * count);
        // Used again for each place.
        let mut found: Vec<Vec<Step>> = vec![Vec::new(); count];
        for place in 0..guide.segments.len() as u16 {
            let mut rank = guide.segments[place as usize].rank;
            let mut within = guide.segments[place as usize].in_loop;
            let mut closes = 0;
            loop {
                for (item_rank, item) in &self.children[within as usize] {
                    if *item_rank < rank {
                        continue;
                    }
                    let node = first_node(guide, *item);
                    // A trigger comes again only as a new instance of its loop, unless it may repeat within it.
                    let is_own_trigger = matches!(item, Item::Segment(_))
                        && guide.loops[within as usize].segments.start == node;
                    if is_own_trigger && guide.segments[node as usize].repeat_max == 1 {
                        continue;
                    }
                    let opens = if let Item::Loop(l) = item { *l } else { NONE };
                    let required = self.required[within as usize].iter().enumerate();
                    let skips = required
                        .filter(|(_, r)| r.rank >= rank && r.rank < *item_rank)
                        .fold(0, |mask, (at, _)| mask | required_bit(at));
                    let step = Step { closes, skips, ..self.step_to(guide, node, opens) };
                    found[tag_of[node as usize] as usize].push(step);
                }
                let Some(parent) = guide.loops[within as usize].parent else { break };
                rank = guide.loops[within as usize].rank;
                within = parent;
                closes += 1;
            }
            for steps in &mut found {
                let decided_by = steps.first().map_or((0, 0), |step| step.decided_by);
                let is_uniform = steps.iter().all(|step| step.decided_by == decided_by);
                let first = self.steps.len() as u32;
                self.steps.append(steps);
                let decided_by = Some(decided_by).filter(|by| is_uniform && by.0 > 0);
                self.table.push(Run { first, end: self.steps.len() as u32, decided_by });
            }
        }
    }
}

/// The loop whose beginning makes a rule forget what it saw of a reference: the innermost one around both. What lies
/// inside the loop of a rule about a segment is forgotten with its own loop.
pub(super) fn forgets(guide: &Guide, scope: RuleScope, of: Reference) -> u16 {
    let own = guide.segments[of.segment as usize].in_loop;
    let (scope, is_segment) = match scope {
        RuleScope::Loop(at) => (at, false),
        RuleScope::Segment(node) => (guide.segments[node as usize].in_loop, true),
    };
    let holds = |at: u16| guide.loops[at as usize].segments.contains(&of.segment);
    if is_segment && holds(scope) {
        return own;
    }
    let around = |at: &u16| guide.loops[*at as usize].parent;
    std::iter::successors(Some(scope), around).find(|at| holds(*at)).unwrap_or(own)
}

/// The bit of the item at this index among what a loop requires.
fn required_bit(at: usize) -> u64 {
    1 << at.min(REQUIRED_BITS)
}

/// The lists that the elements of a range may be looked up in, components included.
fn lists_used(guide: &Guide, range: &std::ops::Range<u32>) -> Vec<u16> {
    let mut lists = Vec::new();
    for element in &guide.elements[range.start as usize..range.end as usize] {
        let mut add = |list: u16| {
            lists.push(list);
            lists.extend(guide.lists[list as usize].other.map(|(other, _)| other));
        };
        if let Some(list) = element.list {
            add(list);
        }
        if let Some(Pattern::CodeBy(_, table)) = element.pattern {
            guide.qualified[table as usize].lists.iter().for_each(|(_, list)| add(*list));
        }
        if !element.components.is_empty() {
            lists.extend(lists_used(guide, &element.components));
        }
    }
    lists
}

/// The bit of a position in a mask of positions.
#[inline]
pub(crate) fn bit(position: u8) -> u64 {
    1_u64.checked_shl(u32::from(position)).unwrap_or(0)
}

fn first_node(guide: &Guide, item: Item) -> NodeIndex {
    match item {
        Item::Segment(node) => node,
        Item::Loop(l) => guide.loops[l as usize].segments.start,
    }
}

/// True for a loop that may repeat, whose first segment is a name that no code tells from its siblings.
fn begins_with_name(guide: &Guide, index: u16) -> bool {
    let known = &guide.loops[index as usize];
    let trigger = &guide.segments[known.segments.start as usize];
    known.repeat_max > 1
        && trigger.discriminator.is_none()
        && [Tag::new(b"NM1"), Tag::new(b"N1")].contains(&trigger.tag)
}

/// The run of those with this segment use, among some sorted by it.
fn run<T>(sorted: &[T], node: NodeIndex, node_of: impl Fn(&T) -> NodeIndex) -> (u32, u32) {
    let first = sorted.partition_point(|item| node_of(item) < node);
    let count = sorted[first..].iter().take_while(|item| node_of(item) == node).count();
    (first as u32, (first + count) as u32)
}

fn hot_element(guide: &Guide, e: &crate::guide::ElementUse) -> HotElement {
    let components = &guide.elements[e.components.start as usize..e.components.end as usize];
    let required = components.iter().zip(1_u8..).filter(|(c, _)| c.usage == Usage::Required);
    HotElement {
        kind: e.kind,
        usage: e.usage,
        mandatory: e.mandatory,
        length_min: e.length_min,
        length_max: e.length_max,
        repeat_max: e.repeat_max,
        standard_repeat_max: e.standard_repeat_max,
        list: e.list.unwrap_or(NONE),
        standard_list: e.standard_list.unwrap_or(NONE),
        data_element: e.data_element,
        required: required.fold(0, |mask, (_, position)| mask | bit(position)),
        components: (e.components.start, (e.components.end - e.components.start) as u8),
        notes: (e.notes.start, e.notes.end),
        pattern: e.pattern,
    }
}
