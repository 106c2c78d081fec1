//! Typed transactions: read from a loop tree, write to an emitter; one folder for each pair. And the envelope they go out in.

pub mod ack;
pub mod claim_ack;
pub mod eligibility;
pub mod envelope;
mod spool;

pub use spool::{Spool, drain_to};
