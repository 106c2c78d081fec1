//! What each loop of a guide contains and requires, and below which levels it may be.

use super::Plan;
use super::hot::{HotLoop, Item, Required};
use crate::guide::{Guide, LoopUse, NodeIndex, RuleScope, Usage};

/// Required items of a loop that have a bit of their own; the last bit is for all others and is never cleared, so
/// that they are counted one by one.
const REQUIRED_BITS: usize = 63;

impl Plan {
    pub(super) fn list_children(&mut self, guide: &Guide) {
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
                has_twin: has_twin(guide, known),
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
    pub(super) fn own_bit(&self, within: u16, item: Item) -> u64 {
        let position = self.required[within as usize].iter().position(|r| r.item == item);
        position.filter(|at| *at < REQUIRED_BITS).map_or(0, required_bit)
    }

    pub(super) fn list_parents(&mut self, guide: &Guide) {
        let parents = |(index, inner): (usize, &LoopUse)| {
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
}

/// True when another loop begins with the same segment id as this one, and neither with a code of its own.
fn has_twin(guide: &Guide, known: &LoopUse) -> bool {
    let head = |of: &LoopUse| &guide.segments[of.segments.start as usize];
    let is_twin = |other: &&LoopUse| {
        other.segments.start != known.segments.start
            && head(other).tag == head(known).tag
            && head(other).discriminator.is_none()
    };
    head(known).discriminator.is_none() && guide.loops.iter().filter(is_twin).count() > 0
}

/// The bit of the item at this index among what a loop requires.
pub(super) fn required_bit(at: usize) -> u64 {
    1 << at.min(REQUIRED_BITS)
}

pub(super) fn first_node(guide: &Guide, item: Item) -> NodeIndex {
    match item {
        Item::Segment(node) => node,
        Item::Loop(l) => guide.loops[l as usize].segments.start,
    }
}
