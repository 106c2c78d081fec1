//! What is needed of each segment use, collected from the other parts of the plan.

use super::Plan;
use super::hot::{HotSegment, Item};
use super::scope::{NONE, bit};
use crate::guide::{Guide, NodeIndex, RuleScope, Usage};
use crate::wire::Tag;

impl Plan {
    pub(super) fn heat_segments(&mut self, guide: &Guide) {
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
            let postings = run(&self.keyed_sums.postings, node, |p| p.segment);
            let settles = guide.judgements.iter().any(|j| j.scope == RuleScope::Segment(node));
            let is_read = [tests, rules, entries, postings, days].iter().any(|run| run.0 < run.1);
            let by_tag = [Tag::new(b"HL"), Tag::new(b"AAA"), Tag::new(b"CAS")];
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
                postings,
                days,
                settles,
                notes: (segment.notes.start, segment.notes.end),
                discriminator,
                context,
                is_level: segment.tag == Tag::new(b"HL"),
                is_watched: is_read || settles || by_tag.contains(&segment.tag),
            });
        }
    }
}

/// The run of those with this segment use, among some sorted by it.
fn run<T>(sorted: &[T], node: NodeIndex, node_of: impl Fn(&T) -> NodeIndex) -> (u32, u32) {
    let first = sorted.partition_point(|item| node_of(item) < node);
    let count = sorted[first..].iter().take_while(|item| node_of(item) == node).count();
    (first as u32, (first + count) as u32)
}
