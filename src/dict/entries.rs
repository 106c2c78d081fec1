//! The dictionary's entries: elements, composites, segments and transaction sets.

use super::types::{DataType, SyntaxNote};
use crate::wire::Tag;

/// A data element of the base standard.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    /// Its number; interchange elements (`I01`) are counted from [`super::INTERCHANGE_BASE`].
    pub number: u16,
    /// Its data type.
    pub kind: DataType,
    /// Least length in characters.
    pub length_min: u16,
    /// Greatest length in characters.
    pub length_max: u16,
    /// Our short name of it.
    pub name: &'a str,
    /// Every code of the standard; empty where the list is external or not known to us.
    pub codes: Vec<&'a str>,
}

/// A component of a composite.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// Its data element.
    pub element: u16,
    /// True when the standard requires it.
    pub mandatory: bool,
}

/// A composite of the base standard.
#[derive(Debug, Clone)]
pub struct Composite<'a> {
    /// Its number: `C003` is 10003.
    pub number: u16,
    /// Our short name of it.
    pub name: &'a str,
    /// Its components; position 1 first.
    pub components: Vec<Component>,
    /// Its syntax notes.
    pub notes: Vec<SyntaxNote>,
}

/// An element position of a segment.
#[derive(Debug, Clone, Copy)]
pub struct SegmentPart {
    /// Its data element, or the number of its composite.
    pub element: u16,
    /// True when the standard requires it.
    pub mandatory: bool,
    /// How often it may repeat (1 = not).
    pub repeat_max: u16,
}

/// A segment of the base standard.
#[derive(Debug, Clone)]
pub struct SegmentEntry<'a> {
    /// Its id.
    pub tag: Tag,
    /// The id as text.
    pub id: &'a str,
    /// Our short name of it.
    pub name: &'a str,
    /// Its elements, position 1 first; empty for a segment of which only the id is known here.
    pub parts: Vec<SegmentPart>,
    /// Its syntax notes.
    pub notes: Vec<SyntaxNote>,
}

/// A transaction set of the base standard.
#[derive(Debug, Clone)]
pub struct SetEntry<'a> {
    /// Its id, as in ST01.
    pub id: &'a str,
    /// The functional group it belongs to, as in GS01.
    pub functional: &'a str,
    /// Our short name of it.
    pub name: &'a str,
    /// The segments it may contain, sorted; empty where they are not known.
    pub tags: Vec<Tag>,
}

/// The contents of one dictionary text.
#[derive(Debug, Default)]
pub(super) struct Entries<'a> {
    pub(super) elements: Vec<Element<'a>>,
    pub(super) composites: Vec<Composite<'a>>,
    pub(super) segments: Vec<SegmentEntry<'a>>,
    pub(super) sets: Vec<SetEntry<'a>>,
}
