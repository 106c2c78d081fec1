//! How the parts of a compiled guide refer to one another.

/// Index of a segment use in [`Guide::segments`](super::Guide::segments).
pub type NodeIndex = u16;

/// Something a rule reads: a segment use, or an element or component of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The segment use.
    pub segment: NodeIndex,
    /// Element position; 0 for the segment itself.
    pub element: u8,
    /// Component position; 0 for the element itself.
    pub component: u8,
}

/// When a rule is evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleScope {
    /// At the end of each instance of this loop; it sees the loop, the loops inside it and what is
    /// around it.
    Loop(u16),
    /// At each occurrence of this segment use; it sees the segment and what came before in the loops around
    /// it.
    Segment(NodeIndex),
}
