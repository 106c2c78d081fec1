//! What a segment can mean after each segment use.

use super::Plan;
use super::hot::Item;
use super::loops::{first_node, required_bit};
use super::scope::NONE;
use crate::dict::packed;
use crate::guide::{Guide, NodeIndex};
use crate::wire::Tag;

/// One thing a segment can mean from a given place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// The segment use it becomes.
    pub(crate) node: NodeIndex,
    /// How many open loops end before it.
    pub(crate) closes: u8,
    /// The loop it opens, or [`NONE`].
    pub(crate) opens: u16,
    /// The use, or the loop it opens, may repeat so often.
    pub(crate) repeat_max: u32,
    /// Element and component that identify the use; 0 when the tag is enough.
    pub(crate) decided_by: (u8, u8),
    /// The one code there that identifies the use, packed; 0 where there are several.
    pub(crate) code: u64,
    /// The codes there that identify the use, or [`NONE`].
    pub(crate) list: u16,
    /// What is required and lies between, in the loop of the use: bits as in [`Plan::required`].
    pub(crate) skips: u64,
    /// It opens a loop that may repeat and begins with a name, by the tag alone: another kind of name more likely begins
    /// another loop than this loop once more.
    pub(crate) is_doubtful: bool,
}

/// What one tag can mean at one place: a range of steps, nearest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) end: u32,
    /// The element and component that distinguish all of the steps, where it is the same for all.
    pub(crate) decided_by: Option<(u8, u8)>,
}

impl Plan {
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

    pub(super) fn find_steps(&mut self, guide: &Guide) {
        let count = self.tags.count;
        let tag_of: Vec<u16> =
            guide.segments.iter().map(|s| self.tags.find(s.tag).unwrap_or(NONE)).collect();
        self.table.reserve(guide.segments.len() * count);
        // Reused for each place.
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
                    // A trigger can only occur again as a new instance of its loop, unless it may repeat within it.
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

/// True for a loop that may repeat, whose first segment is a name that no code distinguishes from its siblings.
fn begins_with_name(guide: &Guide, index: u16) -> bool {
    let known = &guide.loops[index as usize];
    let trigger = &guide.segments[known.segments.start as usize];
    known.repeat_max > 1
        && trigger.discriminator.is_none()
        && [Tag::new(b"NM1"), Tag::new(b"N1")].contains(&trigger.tag)
}
