//! Segments to loops: the walker that follows a guide, and the loop tree it builds.
//!
//! `walker`, `recover` and `trial` refer to one another of necessity: a segment without a place is given one by walking on
//! from each possible place, on a copy of the walker.

mod context;
mod loops;
mod map;
mod recover;
mod step_cache;
mod trial;
mod walker;

pub(crate) use context::{Lookahead, StepContext, Watch};
pub use loops::{LoopRef, LoopTree};
pub(crate) use map::GuideMap;
pub(crate) use trial::objections;
pub(crate) use walker::Walker;
