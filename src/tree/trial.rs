//! A reading tried on the segments that follow, and its cost: the findings it would give.

use super::context::{Lookahead, StepContext, Watch};
use super::map::GuideMap;
use super::recover::Reading;
use super::walker::Walker;
use crate::finding::{Findings, Locus, Policy};
use crate::guide::plan::{Item, NONE, bit};
use crate::guide::{NodeIndex, Usage};
use crate::wire::{Segment, Tag};

/// Segments after the current one that a reading is tried on.
const TRIED_MAX: usize = 6;
/// The weight of a finding; smaller weights only decide between readings with as many findings.
pub(super) const FINDING: u32 = 8;

/// A walk that is only a trial.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) walker: Walker,
    findings: Findings,
}

/// A trial has no observer.
struct Nobody;

impl Watch for Nobody {
    fn opened(&mut self, _loop_index: u16, _at: &Locus) {}
    fn closing(&mut self, _loop_index: u16, _next: &Locus, _findings: &mut Findings) {}
    fn missed(&mut self, _item: Item) {}
    fn exceeded(&mut self, _item: Item) {}
    fn strayed(&mut self, _loop_index: u16, _tag: Tag) {}
}

/// How many findings the walk would give on a set that begins with these segments, including the ST.
pub(crate) fn objections(map: GuideMap<'_>, next: Lookahead<'_>, most: usize) -> usize {
    let mut walker = Walker::default();
    let mut findings = Findings::new(Policy::default());
    walker.begin(map, None);
    let mut faulty = 0;
    for (ahead, segment) in next.segments(most).enumerate() {
        let next = Lookahead { index: next.index + ahead + 1, ..next };
        let at = Locus::default();
        let mut context =
            StepContext { at: &at, next, watch: &mut Nobody, findings: &mut findings, tree: None };
        if let Some(node) = walker.place(map, &segment, &mut context) {
            faulty += faults(map, node, &segment) as usize;
        }
    }
    findings.as_slice().len() + faulty
}

impl Trial {
    /// A trial without a reading yet.
    pub(super) fn new() -> Trial {
        Trial { walker: Walker::default(), findings: Findings::new(Policy::default()) }
    }

    /// The cost of a reading: the findings it gives by itself and on the segments that follow.
    pub(super) fn cost(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        reading: &Reading,
        next: Lookahead<'_>,
        at: &Locus,
    ) -> u32 {
        self.findings.clear();
        let expected = match reading {
            Reading::Plain(_) | Reading::Miscoded(_) => 0,
            Reading::Implied(_, opens, node) => {
                let innermost = opens.last().map_or(0, |l| *l);
                let is_trigger = map.guide.loops[innermost as usize].segments.start == *node;
                opens.len() - usize::from(is_trigger) - usize::from(self.walker.after_unplaced)
            }
            Reading::Exceeds(step) => usize::from(!self.walker.guessed.contains(&step.node)),
            Reading::Late(..) | Reading::Again(..) | Reading::Stranger => 1,
        };
        let mut context =
            StepContext { at, next, watch: &mut Nobody, findings: &mut self.findings, tree: None };
        self.walker.apply(map, segment, reading, &mut context);
        // What the reading itself reports is in its cost already.
        let said = context.findings.as_slice().len().saturating_sub(expected);
        let mut cost = said as u32 * FINDING;
        // What has no place has none however often it comes: the guess must not depend on how many there are.
        let mut is_run =
            matches!(reading, Reading::Late(..) | Reading::Again(.., false) | Reading::Stranger);
        for (ahead, follower) in next.segments(TRIED_MAX).enumerate() {
            is_run &= follower.tag() == segment.tag();
            if map.plan.tag(follower.tag()).is_none() {
                continue;
            }
            let before = context.findings.as_slice().len();
            context.next.index = next.index + ahead + 1;
            match self.walker.plain_step(map, &follower) {
                Some(step) => {
                    self.walker.take(map, *step, &mut context);
                    let found = context.findings.as_slice().len() - before;
                    cost += found as u32 * FINDING + faults(map, step.node, &follower).min(4);
                }
                None if is_run => {}
                None => cost += FINDING,
            }
            self.walker.after_unplaced = false;
        }
        cost
    }
}

/// How many findings the elements of the segment would give in this use.
pub(super) fn faults(map: GuideMap<'_>, node: NodeIndex, segment: &Segment<'_>) -> u32 {
    let (first, count) = map.plan.segments[node as usize].elements;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let is_strange = |list: u16, value: &[u8]| {
        let known = |list: u16| &map.guide.lists[list as usize];
        list != NONE && !value.is_empty() && !known(list).absent && !known(list).contains(value)
    };
    if segment.elements().next().is_none() {
        // Reported once, however many elements are missing.
        return 1;
    }
    let mut faults = misfits(map, node, segment);
    for (element, hot) in segment.elements().zip(uses).filter(|(element, _)| !element.is_empty()) {
        // Of a repeating element only the first repetition is checked.
        let Some(one) = element.repetitions().next() else { continue };
        let (first, count) = hot.components;
        let parts = &map.plan.elements[first as usize..first as usize + count as usize];
        if parts.is_empty() {
            let value = one.components().next().map_or(one.bytes, |c| c.bytes);
            faults += u32::from(is_strange(hot.list, value));
            continue;
        }
        let mut given = one.components().map(|c| c.bytes);
        for part in parts {
            let value = given.next().unwrap_or(&[]);
            let is_missing = value.is_empty() && part.usage == Usage::Required;
            let is_unused = !value.is_empty() && part.usage == Usage::NotUsed;
            faults += u32::from(is_missing || is_unused || is_strange(part.list, value));
        }
    }
    faults
}

/// How many elements of the segment the use would miss or would not allow.
pub(super) fn misfits(map: GuideMap<'_>, node: NodeIndex, segment: &Segment<'_>) -> u32 {
    let hot = &map.plan.segments[node as usize];
    let present = segment
        .elements()
        .zip(1_u8..64)
        .filter(|(element, _)| !element.is_empty())
        .fold(0, |mask, (_, position)| mask | bit(position));
    (hot.required & !present).count_ones() + (present & !hot.used).count_ones()
}
