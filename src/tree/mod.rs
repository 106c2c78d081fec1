//! Segments to loops: the walker that follows a guide, and the loop tree it leaves.
//!
//! `walker`, `recover`, `trial` and `memory` name one another, and must: a segment without a place is given one by
//! walking on from each place it may have, on a copy of the walker.

mod loops;
mod memory;
mod recover;
mod trial;
mod walker;

pub(crate) use crate::guide::plan::{
    Column, HotCondition, HotElement, HotNote, Item, LedgerShape, NO_BIT, NONE, Opening, Owner,
    Posting, What, bit,
};
pub use loops::{LoopRef, LoopTree};
pub(crate) use trial::objections;
pub(crate) use walker::{Ahead, Map, Scene, Walker, Watch};
