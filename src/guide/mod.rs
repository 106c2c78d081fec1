//! Implementation guides as data: the compiled model, its text form, overlays and the registry.
//!
//! `parse` turns text into [`GuideText`], overlays change it, `compile` resolves it against the dictionary
//! into a [`Guide`], and [`Registry`] finds the guide that an ST segment names. Nothing here sees a
//! message.

mod ast;
mod base;
mod compile;
mod diff;
mod editions;
mod format;
mod model;
mod overlay;
mod parse;
mod refer;
mod registry;
mod rules;

pub use ast::{
    CodesText, ConditionText, ConsequenceText, ContextText, EachText, ElementText, GuideText,
    JudgementText, LoopText, NodeText, PatternText, Place, ReferenceText, RuleText, SegmentText,
    SharedText, TermText, UseText,
};
pub use diff::{Difference, differences};
pub use editions::{Absent, Edition};
pub use format::{format_guide, format_overlay};
pub use model::{
    CodeList, Comparison, Condition, Consequence, ContextRule, DataType, Discriminator, Each,
    ElementUse, Guide, Judgement, LoopUse, Measure, NodeIndex, Pattern, Qualified, Reference,
    Relation, Rule, RuleScope, SegmentUse, SyntaxKind, SyntaxNote, Term, Usage,
};
pub(crate) use model::{first_bit, packed, subject};
pub use overlay::{OVERLAY_LINE, Overlay};
pub use registry::{Lookup, Registry};
