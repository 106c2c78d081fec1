//! Small things that every part of a plan needs: masks of positions, and how long what a rule saw stays valid.

use crate::guide::{Guide, Reference, RuleScope};

/// No list, in tables where `Option<u16>` would cost room.
pub(crate) const NONE: u16 = u16::MAX;

/// The bit of a position in a mask of positions.
#[inline]
pub(crate) fn bit(position: u8) -> u64 {
    1_u64.checked_shl(u32::from(position)).unwrap_or(0)
}

/// The loop whose beginning clears what a rule saw of a reference: the innermost one around both. What is
/// inside the loop of a rule about a segment is cleared with its own loop.
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
