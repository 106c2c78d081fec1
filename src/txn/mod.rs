//! Typed transactions: read from a loop tree, write to an emitter; one folder for each pair.

pub mod ack;
pub mod claim_ack;
pub mod eligibility;
