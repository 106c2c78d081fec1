//! Implementation guides as data: the compiled model, its text form, overlays and the registry.

mod model;

pub use model::{
    CodeList, Comparison, Condition, Consequence, ContextRule, DataType, Discriminator, ElementUse,
    Guide, LoopUse, NodeIndex, Pattern, Reference, Rule, RuleScope, SegmentUse, SyntaxKind,
    SyntaxNote, Usage,
};
mod stub;
pub use stub::{Lookup, Registry};
