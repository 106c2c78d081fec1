//! What the situational rules of a guide need while a set is walked: each comparison has a slot that says whether it
//! is true, and each rule knows its slots.
//!
//! Rules with the same test of the same segment, cleared at the same time, share a slot, so that it is tested once.

use super::scope::{NONE, forgets};
use crate::dict::packed;
use crate::guide::{
    Comparison, Condition, Consequence, Guide, NodeIndex, Reference, Rule, RuleScope,
};

/// The rules of a guide, except those with keys.
#[derive(Debug, Default)]
pub(crate) struct RulePlan {
    /// For each rule of the guide.
    pub(crate) rules: Vec<HotRule>,
    pub(crate) slot_count: u16,
    /// What makes slots true, by segment use and place in it.
    pub(crate) tests: Vec<Test>,
    /// For each loop the slots to clear when it opens: the first one and the end.
    pub(crate) loop_clears: Vec<(u16, u16)>,
    /// For each segment use the slots to clear before its tests.
    pub(crate) segment_clears: Vec<(u16, u16)>,
    /// For each loop the rules to evaluate when it closes, each with the slot without which it does not apply, or
    /// [`NONE`].
    pub(crate) at_loops: Vec<Vec<(u16, u16)>>,
    /// Rules to evaluate when a segment use occurs, by segment use, with that slot.
    pub(crate) at_segments: Vec<(NodeIndex, u16, u16)>,
}

/// A test that rules need: does this element have one of these codes, or any value?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Test {
    pub(crate) of: Reference,
    pub(crate) list: u16,
    pub(crate) slot: u16,
    /// The one code of the list, packed; 0 where there are several.
    pub(crate) code: u64,
    /// What the codes begin with, see [`first_bit`](crate::dict::first_bit).
    pub(crate) first_bytes: u64,
}

/// A rule with its comparisons as slots.
#[derive(Clone, Debug)]
pub(crate) struct HotRule {
    pub(crate) when: HotCondition,
    /// What its consequence tests, in the order of the text; of a code list the list comes second.
    pub(crate) then: Box<[u16]>,
    slots: Box<[Test]>,
}

impl HotRule {
    /// The slot that says whether this is present, for a rule that needs it.
    pub(crate) fn slot_of(&self, of: Reference) -> Option<u16> {
        self.find(of, None)
    }

    /// Which of the rule's comparisons has this slot.
    pub(crate) fn test_at(&self, slot: u16) -> u8 {
        let index = self.slots.iter().position(|test| test.slot == slot);
        index.and_then(|index| u8::try_from(index).ok()).unwrap_or(0)
    }

    fn find(&self, of: Reference, list: Option<u16>) -> Option<u16> {
        let list = list.unwrap_or(NONE);
        self.slots.iter().find(|test| test.of == of && test.list == list).map(|test| test.slot)
    }

    /// A slot that is true whenever the rule applies.
    fn gate(&self, then: &Consequence) -> Option<u16> {
        self.when.gate().or(match (then, &*self.then) {
            (Consequence::Forbid(_), [only]) | (Consequence::Within(..), [only, ..]) => Some(*only),
            _ => None,
        })
    }

    fn condition(&self, condition: &Condition) -> HotCondition {
        let each = |inner: &[Condition]| inner.iter().map(|c| self.condition(c)).collect();
        match condition {
            Condition::Always => HotCondition::Always,
            // Every comparison has its slot; one without would never be true.
            Condition::Is(Comparison { of, list }) => {
                self.find(*of, *list).map_or(HotCondition::Any(Box::default()), HotCondition::Is)
            }
            Condition::Not(inner) => HotCondition::Not(Box::new(self.condition(inner))),
            Condition::All(inner) => HotCondition::All(each(inner)),
            Condition::Any(inner) => HotCondition::Any(each(inner)),
        }
    }

    fn consequence(&self, then: &Consequence) -> Box<[u16]> {
        match then {
            Consequence::Require(refs) | Consequence::Forbid(refs) | Consequence::AnyOf(refs) => {
                refs.iter().filter_map(|of| self.find(*of, None)).collect()
            }
            Consequence::Within(of, list) => {
                [self.find(*of, None), self.find(*of, Some(*list))].into_iter().flatten().collect()
            }
            Consequence::Balance(..) | Consequence::Once => Box::default(),
        }
    }
}

impl HotCondition {
    /// A slot that is true whenever the condition is.
    fn gate(&self) -> Option<u16> {
        match self {
            HotCondition::Is(slot) => Some(*slot),
            HotCondition::All(inner) => inner.iter().find_map(HotCondition::gate),
            HotCondition::Always | HotCondition::Not(_) | HotCondition::Any(_) => None,
        }
    }
}

/// When a rule applies, in slots.
#[derive(Clone, Debug)]
pub(crate) enum HotCondition {
    Always,
    Is(u16),
    Not(Box<HotCondition>),
    All(Box<[HotCondition]>),
    Any(Box<[HotCondition]>),
}

/// When a slot is cleared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Forgets {
    Loop(u16),
    Segment(NodeIndex),
}

impl RulePlan {
    /// Gives every comparison of every rule a slot, and lists where slots are set and cleared.
    pub(super) fn new(guide: &Guide) -> RulePlan {
        let mut plan =
            RulePlan { at_loops: vec![Vec::new(); guide.loops.len()], ..RulePlan::default() };
        let mut known: Vec<(Forgets, Test)> = Vec::new();
        let mut slots: Vec<Box<[Test]>> =
            guide.rules.iter().map(|rule| slots_of(guide, rule, &mut known)).collect();
        let places = plan.line_up(guide, &known);
        for test in slots.iter_mut().flatten() {
            test.slot = places[test.slot as usize];
        }
        plan.tests =
            known.iter().map(|(_, t)| Test { slot: places[t.slot as usize], ..*t }).collect();
        for ((rule, index), slots) in guide.rules.iter().zip(0_u16..).zip(slots) {
            let mut hot = HotRule { when: HotCondition::Always, then: Box::default(), slots };
            hot.when = hot.condition(&rule.when);
            hot.then = hot.consequence(&rule.then);
            let gate = hot.gate(&rule.then).unwrap_or(NONE);
            plan.rules.push(hot);
            match rule.scope {
                RuleScope::Segment(node) => plan.at_segments.push((node, index, gate)),
                RuleScope::Loop(at) if rule.each.is_none() => {
                    plan.at_loops[at as usize].push((index, gate));
                }
                RuleScope::Loop(_) => {}
            }
        }
        plan.at_segments.sort_by_key(|(node, ..)| *node);
        plan.tests.sort_by_key(|t| (t.of.segment, t.of.element, t.of.component));
        plan
    }

    /// Renumbers the slots, so that those cleared together are adjacent; returns the new number of each.
    fn line_up(&mut self, guide: &Guide, known: &[(Forgets, Test)]) -> Vec<u16> {
        let mut order: Vec<usize> = (0..known.len()).collect();
        order.sort_by_key(|at| known[*at].0);
        let mut places = vec![0; known.len()];
        for (place, at) in (0_u16..).zip(&order) {
            places[*at] = place;
        }
        let run = |when: Forgets| {
            let first = order.partition_point(|at| known[*at].0 < when);
            let end = order.partition_point(|at| known[*at].0 <= when);
            (first as u16, end as u16)
        };
        self.loop_clears = (0..guide.loops.len()).map(|at| run(Forgets::Loop(at as u16))).collect();
        self.segment_clears =
            (0..guide.segments.len()).map(|at| run(Forgets::Segment(at as u16))).collect();
        self.slot_count = known.len() as u16;
        places
    }
}

/// The slots of a rule: existing ones, and new ones.
fn slots_of(guide: &Guide, rule: &Rule, known: &mut Vec<(Forgets, Test)>) -> Box<[Test]> {
    let slot = |(of, list): (Reference, Option<u16>)| {
        let list = list.unwrap_or(NONE);
        let when = match rule.scope {
            RuleScope::Segment(node) if node == of.segment => Forgets::Segment(node),
            scope => Forgets::Loop(forgets(guide, scope, of)),
        };
        let is_same = |k: &&(Forgets, Test)| k.0 == when && k.1.of == of && k.1.list == list;
        if let Some((_, same)) = known.iter().find(is_same) {
            return *same;
        }
        let codes = guide.lists.get(list as usize);
        let code = codes.and_then(|codes| codes.only()).map_or(0, packed);
        let first_bytes = codes.map_or(u64::MAX, |codes| codes.first_bytes());
        let test = Test { of, list, slot: known.len() as u16, code, first_bytes };
        known.push((when, test));
        test
    };
    rule.comparisons().into_iter().map(slot).collect()
}
