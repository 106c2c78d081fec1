//! Segments to loops: the walker that follows a guide, and the loop tree it leaves.

mod loops;

pub use loops::{LoopRef, LoopTree};
