//! A compiled guide: flat arrays and small integers, made once from the guide text and the dictionary, then
//! only read.
//!
//! Loops and segments are nodes in preorder: a loop comes directly before its contents, so the subtree of
//! a loop is a range of nodes. A loop's first segment is its trigger: when it occurs, the loop begins.

use std::ops::Range;
use std::sync::OnceLock;

use super::plan::Plan;
use super::reference::{NodeIndex, Reference, RuleScope};
use super::rule::Rule;
use crate::dict::{CodeList, DataType, SyntaxNote};
use crate::wire::Tag;

/// Required, situational or not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Usage {
    /// Must be present.
    Required,
    /// May be present; rules say when it must.
    Situational,
    /// Must not be present.
    NotUsed,
}

/// A guide of one transaction set, ready to walk.
///
/// The tables of its compiled form are hidden from the documentation, because their layout depends on the checker and may
/// change with it; they are open for this project's own tests and tools.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Guide {
    /// The guide id, as in GS08 and ST03: `005010X279A1`.
    pub id: Box<str>,
    /// The transaction set, as in ST01: `271`.
    pub set: Box<str>,
    /// The functional group, as in GS01: `HB`.
    pub functional: Box<str>,
    /// The BHT02 codes where guides share set and id: `13` in a request, `11` in its response. Empty where there is
    /// one guide.
    pub purposes: Box<[Box<str>]>,
    /// Our short title of it.
    pub title: Box<str>,
    /// The companion guide (overlay) that changed it; empty when none did.
    pub overlay: Box<str>,
    /// Loops in preorder; 0 is the whole set, ST to SE.
    #[doc(hidden)]
    pub loops: Vec<LoopUse>,
    /// Segment uses in preorder of their loops.
    #[doc(hidden)]
    pub segments: Vec<SegmentUse>,
    /// Element uses; those of a segment are a dense range, position 1 first, up to the last one the
    /// dictionary knows.
    #[doc(hidden)]
    pub elements: Vec<ElementUse>,
    /// Syntax notes of the segments and composites.
    #[doc(hidden)]
    pub notes: Vec<SyntaxNote>,
    /// Code lists.
    #[doc(hidden)]
    pub lists: Vec<CodeList>,
    /// For codes whose list a qualifier names, which qualifier names which.
    #[doc(hidden)]
    pub qualified: Vec<Qualified>,
    /// By which days codes are checked.
    #[doc(hidden)]
    pub judgements: Vec<Judgement>,
    /// Situational rules.
    #[doc(hidden)]
    pub rules: Vec<Rule>,
    /// What the 999 CTX gives as the business unit.
    #[doc(hidden)]
    pub contexts: Vec<ContextRule>,
    /// Every segment id of the base standard's transaction set, sorted: what distinguishes IK304 `6` from `I4`.
    #[doc(hidden)]
    pub standard_tags: Vec<Tag>,
    /// The guide prepared for walking, on first use.
    pub(crate) plan: OnceLock<Plan>,
}

impl Guide {
    /// The guide prepared for walking.
    pub(crate) fn plan(&self) -> &Plan {
        self.plan.get_or_init(|| Plan::new(self))
    }
}

/// A loop as the guide uses it.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoopUse {
    /// `2110C`; `ST` for the whole set. A shared loop has its id in every place.
    pub id: Box<str>,
    /// Our short name.
    pub name: Box<str>,
    /// The loop around it; none for the whole set.
    pub parent: Option<u16>,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Place among the segments and loops of the parent. Uses with one rank may come in any order among
    /// themselves, because the base standard has them at one position.
    pub rank: u16,
    /// Segment uses of this loop and of every loop inside it; the first one is the trigger.
    pub segments: Range<NodeIndex>,
    /// Loops inside it, at any depth (itself excluded).
    pub inner: Range<u16>,
    /// HL03 of its trigger, when it is a hierarchical level.
    pub level: Option<[u8; 2]>,
    /// Line in the guide text.
    pub line: u32,
}

/// A segment as the guide uses it in one place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SegmentUse {
    /// Its id.
    pub tag: Tag,
    /// Our short name.
    pub name: Box<str>,
    /// The loop it is in.
    pub in_loop: u16,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Place among the segments and loops of its loop, as in [`LoopUse::rank`].
    pub rank: u16,
    /// Its elements in [`Guide::elements`]; uses of a shared loop have the same ones in every place.
    pub elements: Range<u32>,
    /// Its syntax notes in [`Guide::notes`].
    pub notes: Range<u32>,
    /// What distinguishes it from other uses of the same tag nearby; none when the tag is enough.
    pub discriminator: Option<Discriminator>,
    /// Line in the guide text.
    pub line: u32,
}

/// The coded element that identifies a use of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Discriminator {
    /// Element position, from 1.
    pub element: u8,
    /// Component position, from 1; 0 when the element is simple.
    pub component: u8,
    /// The codes that identify this use, in [`Guide::lists`].
    pub list: u16,
}

/// An element or component as the guide uses it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ElementUse {
    /// Position in the segment, or in the composite for a component, from 1.
    pub position: u8,
    /// Required, situational, or not used.
    pub usage: Usage,
    /// True when the base standard itself requires it (IK403 `1` comes from the standard then).
    pub mandatory: bool,
    /// How often it may repeat (1 = not).
    pub repeat_max: u16,
    /// How often the base standard lets it repeat.
    pub standard_repeat_max: u16,
    /// X12 data element number; the composite's own number (`C003` is 10003) for a composite.
    pub data_element: u16,
    /// Data type.
    pub kind: DataType,
    /// Least length in characters.
    pub length_min: u16,
    /// Greatest length in characters.
    pub length_max: u16,
    /// The codes the guide allows, in [`Guide::lists`].
    pub list: Option<u16>,
    /// The codes the base standard knows, where that is known, in [`Guide::lists`].
    pub standard_list: Option<u16>,
    /// A check beyond type and list.
    pub pattern: Option<Pattern>,
    /// Components in [`Guide::elements`], when it is a composite.
    pub components: Range<u32>,
    /// Syntax notes of the composite in [`Guide::notes`].
    pub notes: Range<u32>,
    /// Our short name.
    pub name: Box<str>,
    /// Line in the guide text; 0 when only the dictionary knows it.
    pub line: u32,
}

/// A check of a value beyond its type and code list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Pattern {
    /// A date or range in the form named by the qualifier at this earlier position of the segment (`D8`,
    /// `RD8`, `DT`, `TM`).
    DateBy(u8),
    /// A national provider identifier when the qualifier at this earlier position is `XX`.
    NpiBy(u8),
    /// A code of the list that the qualifier at this position names (`ABK`, `HC`, `N4`), by the table of this index in
    /// [`Guide::qualified`].
    CodeBy(u8, u16),
    /// A street, not a post office box.
    Street,
    /// CCYYMMDD.
    D8,
    /// An amount of money.
    Amount {
        /// The most digits, of which the last two are always the cents.
        digits: u8,
        /// It adjusts another, and is not zero.
        is_adjustment: bool,
    },
    /// A number with at most so many decimal places.
    Quantity(u8),
    /// A part of a person's name: absent when the qualifier at this position says that it is none (`2`).
    PersonBy(u8),
    /// A telephone number when the qualifier at this position says that it is one (`TE`, `FX`, `EX`).
    Telephone(u8),
    /// A postal code: in the United States a ZIP code.
    PostalCode {
        /// The position of the country.
        country: u8,
        /// All nine digits are required.
        is_full: bool,
    },
}

/// The day by which the codes of some lists are checked, in one part of a guide.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// The lists, by name.
    pub lists: Vec<Box<str>>,
    /// Where the codes are: in this loop and those inside it, or in this segment.
    pub scope: RuleScope,
    /// Where the day is: the first of these that is present.
    pub on: Vec<Reference>,
    /// Line in the guide text.
    pub line: u32,
}

/// The lists that a qualifier selects from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Qualified {
    /// Qualifier and list, in [`Guide::lists`].
    pub lists: Vec<(Box<[u8]>, u16)>,
}

impl Qualified {
    /// The list that a qualifier names.
    #[inline]
    pub fn list(&self, qualifier: &[u8]) -> Option<u16> {
        self.lists.iter().find(|(known, _)| **known == *qualifier).map(|(_, list)| *list)
    }
}

/// The element whose latest value the 999 CTX carries as the business unit: `CTX*TRN02:TRACE1`.
#[derive(Debug)]
#[non_exhaustive]
pub struct ContextRule {
    /// CTX01-1.
    pub name: Box<str>,
    /// Where the value is.
    pub of: Reference,
}
