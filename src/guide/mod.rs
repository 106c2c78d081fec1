//! Implementation guides as data: the compiled model, its text form, overlays and the registry.
//!
//! `parse` turns text into [`GuideText`], overlays change it, `compile` resolves it against the dictionary
//! into a [`Guide`], and [`Registry`] finds the guide that an ST segment names. Nothing here reads a
//! message.

mod ast;
mod base;
mod compile;
mod diff;
mod editions;
mod find;
mod format;
mod lines;
mod lists;
mod model;
mod overlay;
mod parse;
pub(crate) mod plan;
mod refer;
mod reference;
mod registry;
mod rule;

pub use ast::{
    CodesText, ConditionText, ConsequenceText, ContextText, EachText, ElementText, GuideText,
    JudgementText, LoopText, NodeText, PatternText, Place, ReferenceText, RuleText, SegmentText,
    SharedText, TermText, UseText,
};
pub use diff::{Difference, differences};
pub use editions::{Absent, Acceptance, Edition};
pub use format::{format_guide, format_overlay};
pub use model::{
    ContextRule, Discriminator, ElementUse, Guide, Judgement, LoopUse, Pattern, Qualified,
    SegmentUse, Usage,
};
pub use overlay::{OVERLAY_LINE, Overlay};
pub use reference::{NodeIndex, Reference, RuleScope};
pub use registry::{Lookup, Registry};
pub(crate) use rule::subject;
pub use rule::{Comparison, Condition, Consequence, Each, Measure, Relation, Rule, Term};
