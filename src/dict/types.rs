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
    /// Composite: see the components.
    Composite,
}

/// What a syntax note requires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyntaxKind {
    /// P: if one of them is present, all are.
    Paired,
    /// R: at least one is present.
    Required,
    /// E: at most one is present.
    Exclusion,
    /// C: if the first is present, all others are.
    Conditional,
    /// L: if the first is present, at least one of the others is.
    ListConditional,
}

/// A syntax note of a segment or composite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxNote {
    /// What it requires.
    pub kind: SyntaxKind,
    /// The positions it applies to, from 1.
    pub positions: Box<[u8]>,
}
