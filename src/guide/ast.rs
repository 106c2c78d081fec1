//! A guide text as written: a tree that borrows from the text, with the line of everything.
//!
//! It is independent of the dictionary; `compile` resolves it. Overlays change this form, the formatter
//! writes it.

use super::rule::{Measure, Relation};
use crate::guide::Usage;

/// In place of a loop id: every use of the segment, whatever its loop.
pub(super) const EVERYWHERE: &str = "*";

/// A whole guide text.
#[derive(Clone, Debug)]
pub struct GuideText<'a> {
    /// The guide id, `005010X279A1`.
    pub id: &'a str,
    /// The transaction set, `271`.
    pub set: &'a str,
    /// The functional group, `HB`.
    pub functional: &'a str,
    /// The BHT02 code where guides share set and id, `13`; empty where there is one guide.
    pub purposes: Vec<&'a str>,
    /// Most digits of an amount, with its cents; `None` for those of the dictionary.
    pub amount_digits_max: Option<u8>,
    /// Our short title.
    pub title: &'a str,
    /// Segments and loops of the whole set.
    pub nodes: Vec<NodeText<'a>>,
    /// Loops that are used in several places, each written once.
    pub shared: Vec<SharedText<'a>>,
    /// Situational rules.
    pub rules: Vec<RuleText<'a>>,
    /// Business unit contexts of the 999.
    pub contexts: Vec<ContextText<'a>>,
    /// By which days codes are checked.
    pub judgements: Vec<JudgementText<'a>>,
    /// Line and comments before it.
    pub at: Place<'a>,
    /// Comments after everything.
    pub tail: &'a str,
}

/// Where something is in the text, with the comments and blank lines before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// Line, from 1; lines of an overlay carry [`crate::guide::OVERLAY_LINE`].
    pub line: u32,
    /// Comment and blank lines before it.
    pub lead: &'a str,
}

/// A segment or a loop.
#[derive(Clone, Debug)]
pub enum NodeText<'a> {
    /// A segment use.
    Segment(SegmentText<'a>),
    /// A loop.
    Loop(LoopText<'a>),
    /// A shared loop.
    Use(UseText<'a>),
}

/// `use 2300 S 100`: a shared loop is used here.
#[derive(Clone, Debug)]
pub struct UseText<'a> {
    /// Its id.
    pub id: &'a str,
    /// Required or situational in this place.
    pub usage: Usage,
    /// How often it may repeat in this place; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Line and comments.
    pub at: Place<'a>,
}

/// `shared 2300  claim`: a loop that is used in several places.
#[derive(Clone, Debug)]
pub struct SharedText<'a> {
    /// Its id.
    pub id: &'a str,
    /// Our short name.
    pub name: &'a str,
    /// The segment by which it begins.
    pub trigger: SegmentText<'a>,
    /// The segments and loops after the trigger; of shared loops only those written below this one.
    pub nodes: Vec<NodeText<'a>>,
    /// Line and comments.
    pub at: Place<'a>,
}

/// `loop 2110C S >1  Benefit`
#[derive(Clone, Debug)]
pub struct LoopText<'a> {
    /// Its id.
    pub id: &'a str,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Our short name.
    pub name: &'a str,
    /// The segment by which it begins.
    pub trigger: SegmentText<'a>,
    /// The segments and loops after the trigger.
    pub nodes: Vec<NodeText<'a>>,
    /// Line and comments.
    pub at: Place<'a>,
}

/// `REF S 9  Additional identification`
#[derive(Clone, Debug)]
pub struct SegmentText<'a> {
    /// Its id.
    pub tag: &'a str,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Our short name.
    pub name: &'a str,
    /// The elements it uses.
    pub elements: Vec<ElementText<'a>>,
    /// Line and comments.
    pub at: Place<'a>,
}

/// `01 R  Qualifier  = 1L 6P`, or `-1 R  Qualifier` for a component.
#[derive(Clone, Debug)]
pub struct ElementText<'a> {
    /// First position it applies to, from 1.
    pub first: u8,
    /// Last position it applies to; a run such as `02..08` says the same of each.
    pub last: u8,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat (1 = not).
    pub repeat_max: u16,
    /// Our short name; empty to take the dictionary's.
    pub name: &'a str,
    /// A check beyond type and list.
    pub pattern: Option<PatternText>,
    /// Other lengths than the dictionary's.
    pub length: Option<(u16, u16)>,
    /// The codes it may hold.
    pub codes: CodesText<'a>,
    /// Its components.
    pub components: Vec<ElementText<'a>>,
    /// Line and comments.
    pub at: Place<'a>,
}

/// A pattern in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternText {
    /// `(date by 02)`
    DateBy(u8),
    /// `(npi by 08)`
    NpiBy(u8),
    /// `(code by 01)`
    CodeBy(u8),
    /// `(street)`
    Street,
    /// `(date)`
    Date,
    /// `(adjustment)`
    Adjustment,
    /// `(full zip)`
    FullZip,
}

/// What follows the equals sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodesText<'a> {
    /// Nothing: any value.
    Any,
    /// `= A B C`
    Of(Vec<&'a str>),
    /// `= @states`
    Named(&'a str),
}

/// A situational rule.
#[derive(Clone, Debug)]
pub struct RuleText<'a> {
    /// Its name.
    pub id: &'a str,
    /// The loop id, and the segment in it when the rule is evaluated for each of its segments; the loop `*`
    /// means every use of the segment that has what the rule refers to.
    pub scope: ReferenceText<'a>,
    /// SNIP type of its findings.
    pub snip: u8,
    /// True for a warning only.
    pub warning: bool,
    /// What it is evaluated for separately, when there is an `each` line.
    pub each: Option<EachText<'a>>,
    /// When it applies.
    pub when: ConditionText<'a>,
    /// What it requires.
    pub then: ConsequenceText<'a>,
    /// The advice, in our own words.
    pub advice: &'a str,
    /// Line and comments.
    pub at: Place<'a>,
}

/// `each 2320 by 2330B/NM109 = 2430/SVD01`: values with one key are evaluated together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EachText<'a> {
    /// The loop whose instances the first key names.
    pub of: &'a str,
    /// Where the key is: in that loop, and in others that refer to it.
    pub keys: Vec<ReferenceText<'a>>,
}

/// `2110C/REF[G1]02-1`: a loop, a segment use in it, an element and a component; most of it may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReferenceText<'a> {
    /// The loop id; empty for the rule's own loop.
    pub in_loop: &'a str,
    /// The segment id; empty for the whole loop.
    pub tag: &'a str,
    /// A code of the element that distinguishes uses of the segment; empty where there is one use.
    pub selector: &'a str,
    /// Element position; 0 for the segment itself.
    pub element: u8,
    /// Component position; 0 for the element itself.
    pub component: u8,
    /// Last component of a run such as `SV101-3..6`, any of which will do in a condition; 0 for no run.
    pub component_last: u8,
}

/// When a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionText<'a> {
    /// No `when` line.
    Always,
    /// `EB07`: it is present.
    Present(ReferenceText<'a>),
    /// `EB01 = B C`
    Equals(ReferenceText<'a>, Vec<&'a str>),
    /// `not …`
    Not(Box<ConditionText<'a>>),
    /// `… and …`
    All(Vec<ConditionText<'a>>),
    /// `… or …`
    Any(Vec<ConditionText<'a>>),
}

/// What a rule requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsequenceText<'a> {
    /// `require A B`
    Require(Vec<ReferenceText<'a>>),
    /// `forbid A B`
    Forbid(Vec<ReferenceText<'a>>),
    /// `any A B`
    AnyOf(Vec<ReferenceText<'a>>),
    /// `within A = codes`
    Within(ReferenceText<'a>, Vec<&'a str>),
    /// `balance A = sum B + C - count D`, or `<=`
    Balance(Vec<TermText<'a>>, Relation, Vec<TermText<'a>>),
    /// `once`: each key occurs at most once.
    Once,
}

/// A term of a balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermText<'a> {
    /// It is subtracted, not added.
    pub minus: bool,
    /// What it measures.
    pub measure: Measure,
    /// Only the first such segment of each instance of the loop.
    pub first: bool,
    /// Of these; one, except for a sum, and none for a number.
    pub of: Vec<ReferenceText<'a>>,
    /// Only of segments of which this is true: `where (STC03 = U)`.
    pub filter: Option<(ReferenceText<'a>, Vec<&'a str>)>,
    /// The loop since whose beginning values are added up, when it is not the rule's own; empty for that.
    pub since: &'a str,
}

/// `judge @icd-10-cm  at 2300  on 2300/DTP[434]03 2400/DTP[472]03`
#[derive(Clone, Debug)]
pub struct JudgementText<'a> {
    /// The lists it applies to.
    pub lists: Vec<&'a str>,
    /// The loop, or the segment in it, that contains the codes.
    pub scope: ReferenceText<'a>,
    /// Where the day of their use is: the first of these that is present.
    pub on: Vec<ReferenceText<'a>>,
    /// Line and comments.
    pub at: Place<'a>,
}

/// `context TRN02 at 2000C/TRN02`
#[derive(Clone, Debug)]
pub struct ContextText<'a> {
    /// CTX01-1.
    pub name: &'a str,
    /// Where the value is.
    pub of: ReferenceText<'a>,
    /// Line and comments.
    pub at: Place<'a>,
}
