//! What may be somewhere else, or was reported missing: rules report nothing more about it, so that one defect gives one
//! finding.

use crate::guide::plan::Item;
use crate::guide::{Condition, Consequence, Reference, Rule};
use crate::tree::GuideMap;
use crate::wire::Tag;

/// One thing whose absence is not certain.
#[derive(Clone, Copy, Debug)]
struct Suppression {
    /// The loop it belongs to.
    in_loop: u16,
    /// Which of its segments; none for any of them, and for the loops that begin there.
    tag: Option<Tag>,
    /// Everything inside the loop is included.
    is_whole: bool,
    /// The loop whose next instance ends the suppression.
    until: u16,
}

/// What is suppressed in a set; nothing in nearly every one.
#[derive(Debug, Default)]
pub(in crate::check) struct Suppressions {
    list: Vec<Suppression>,
    /// Elements of segment uses whose latest value is in error; 0 is the whole segment.
    values: Vec<(u16, u8)>,
}

impl Suppressions {
    /// Begins a set.
    pub(in crate::check) fn clear(&mut self) {
        self.list.clear();
        self.values.clear();
    }

    /// A loop instance begins: nothing in it is suppressed.
    #[inline]
    pub(in crate::check) fn open(&mut self, map: GuideMap<'_>, index: u16) {
        if !self.values.is_empty() {
            let inside = &map.guide.loops[index as usize].segments;
            self.values.retain(|(node, _)| !inside.contains(node));
        }
        if !self.list.is_empty() {
            let inner = &map.guide.loops[index as usize].inner;
            self.list.retain(|suppression| {
                let is_inside = |l: u16| l == index || inner.contains(&l);
                !is_inside(suppression.in_loop) && !is_inside(suppression.until)
            });
        }
    }

    /// A segment or a loop was reported missing.
    #[cold]
    pub(in crate::check) fn missed(&mut self, map: GuideMap<'_>, item: Item) {
        self.list.push(match item {
            Item::Segment(node) => {
                let in_loop = map.plan.segments[node as usize].in_loop;
                let tag = Some(map.tag(node));
                Suppression { in_loop, tag, is_whole: false, until: in_loop }
            }
            Item::Loop(index) => {
                Suppression { in_loop: index, tag: None, is_whole: true, until: index }
            }
        });
    }

    /// A segment is in this loop where it does not belong, or was taken for another use. It may be any of its tag in the
    /// loops around it; an unknown one may be anything.
    #[cold]
    pub(in crate::check) fn strayed(&mut self, map: GuideMap<'_>, index: u16, tag: Tag) {
        let tag = map.plan.tag(tag).map(|_| tag);
        let mut around = Some(index);
        while let Some(in_loop) = around {
            self.list.push(Suppression { in_loop, tag, is_whole: false, until: index });
            around = map.guide.loops[in_loop as usize].parent;
        }
    }

    /// An element of this use is in error, or for 0 the whole segment.
    pub(in crate::check) fn faulty(&mut self, node: u16, element: u8) {
        self.values.push((node, element));
    }

    /// True when this rule reports nothing: what it reads is of uncertain absence or in error by itself.
    #[inline]
    pub(in crate::check) fn cover(&self, map: GuideMap<'_>, rule: &Rule) -> bool {
        !(self.list.is_empty() && self.values.is_empty()) && self.cover_any(map, rule)
    }

    #[cold]
    fn cover_any(&self, map: GuideMap<'_>, rule: &Rule) -> bool {
        let looks_at = match &rule.then {
            Consequence::Require(refs) | Consequence::Forbid(refs) | Consequence::AnyOf(refs) => {
                refs.iter().any(|of| self.covers(map, *of))
            }
            Consequence::Within(of, _) => self.covers(map, *of),
            // Sums and keys are tracked separately.
            Consequence::Balance(..) | Consequence::Once => return false,
        };
        looks_at || self.cover_condition(map, &rule.when)
    }

    fn cover_condition(&self, map: GuideMap<'_>, condition: &Condition) -> bool {
        match condition {
            Condition::Always => false,
            Condition::Is(comparison) => self.covers(map, comparison.of),
            Condition::Not(inner) => self.cover_condition(map, inner),
            Condition::All(inner) | Condition::Any(inner) => {
                inner.iter().any(|c| self.cover_condition(map, c))
            }
        }
    }

    fn covers(&self, map: GuideMap<'_>, of: Reference) -> bool {
        let node = of.segment;
        let is_value = |(known, at): &(u16, u8)| {
            *known == node && of.element > 0 && [0, of.element].contains(at)
        };
        if self.values.iter().any(is_value) {
            return true;
        }
        let own = map.plan.segments[node as usize].in_loop;
        let around = &map.guide.loops[own as usize];
        let is_trigger = around.segments.start == node;
        self.list.iter().any(|suppression| {
            let whole = &map.guide.loops[suppression.in_loop as usize].segments;
            let is_there = suppression.in_loop == own
                || is_trigger && around.parent == Some(suppression.in_loop);
            suppression.is_whole && whole.contains(&node)
                || is_there && suppression.tag.is_none_or(|tag| tag == map.tag(node))
        })
    }
}
