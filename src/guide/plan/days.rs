//! By which days codes are checked, and which lists are not loaded.

use std::ops::Range;

use super::Plan;
use crate::dict::{CodeList, Supply};
use crate::guide::{Guide, NodeIndex, Pattern, Reference, RuleScope};

/// In [`Plan::absent_bits`]: the list is loaded.
pub(crate) const NO_BIT: u8 = 64;

/// A day on which codes were used: where it is, and the slot that stores it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub(crate) of: Reference,
    pub(crate) slot: u16,
    /// It is in the segment of the codes itself: another occurrence has its own day.
    pub(crate) is_own: bool,
}

impl Plan {
    /// The judgement that says on which day a code of this list was used in this segment.
    pub(crate) fn judgement(&self, list: u16, node: NodeIndex) -> Option<u16> {
        self.judged.get(&(list, node)).copied()
    }

    /// Gives every day that a judgement names a slot, and lists which judgement applies to each use of a list: of
    /// several the one whose scope is deepest.
    pub(super) fn mark_days(&mut self, guide: &Guide) {
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
    pub(super) fn number_absent(&mut self, guide: &Guide) {
        let mut next = 0;
        let number = |list: &CodeList| {
            // An edition that ends counts as not loaded for the days beyond it.
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
}

/// The lists that the elements of a range may be looked up in, components included.
fn lists_used(guide: &Guide, range: &Range<u32>) -> Vec<u16> {
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
