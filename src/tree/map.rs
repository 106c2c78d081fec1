//! A guide with its plan, as the walker and the checks use it.

use crate::guide::plan::Plan;
use crate::guide::{Guide, NodeIndex};
use crate::wire::Tag;

/// A guide with its plan: what a walk needs and never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuideMap<'g> {
    pub(crate) guide: &'g Guide,
    pub(crate) plan: &'g Plan,
}

impl<'g> GuideMap<'g> {
    pub(crate) fn new(guide: &'g Guide) -> Self {
        GuideMap { guide, plan: guide.plan() }
    }

    /// The tag of a segment use.
    pub(crate) fn tag(&self, node: NodeIndex) -> Tag {
        self.guide.segments[node as usize].tag
    }
}
