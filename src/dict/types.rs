//! Words of the base standard itself: the types of data elements and the syntax notes of segments and composites.

/// The X12 data types.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum DataType {
    /// String.
    An,
    /// Code.
    Id,
    /// Date: CCYYMMDD, or YYMMDD where six long.
    Dt,
    /// Time: HHMM, HHMMSS, HHMMSSd or HHMMSSdd.
    Tm,
    /// Decimal with an explicit point.
    R,
    /// Integer with this many implied decimals.
    N(u8),
    /// Binary.
    B,
    /// Composite: look at the components.
    Composite,
}

/// What a syntax note demands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyntaxKind {
    /// P: if one of them is there, all are.
    Paired,
    /// R: at least one is there.
    Required,
    /// E: at most one is there.
    Exclusion,
    /// C: if the first is there, all others are.
    Conditional,
    /// L: if the first is there, at least one of the others is.
    ListConditional,
}

/// A syntax note of a segment or composite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxNote {
    /// What it demands.
    pub kind: SyntaxKind,
    /// Of these positions, from 1.
    pub positions: Box<[u8]>,
}
