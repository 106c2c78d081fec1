//! Segments to loops: the walker that follows a guide, and the loop tree it leaves.

mod ledger;
mod loops;
mod memory;
mod plan;
mod recover;
mod rules;
mod tags;
mod trial;
mod walker;

pub(crate) use ledger::{Column, LedgerShape, Opening, Owner, Posting, What};
pub use loops::{LoopRef, LoopTree};
pub(crate) use plan::{HotElement, HotNote, Item, NO_BIT, NONE, Plan, bit};
pub(crate) use rules::HotCondition;
pub(crate) use trial::objections;
pub(crate) use walker::{Ahead, Map, Scene, Walker, Watch};
