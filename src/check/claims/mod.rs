//! The claims of an 837, one by one: which of them are accepted when a partner's policy rejects claims and not sets, and
//! what the acknowledgment of each of them (277CA) needs to know.
//!
//! Findings belong to the claim they lie in; what is wrong with a patient, subscriber or billing provider is wrong with all
//! their claims; what lies outside any of them, or breaks the structure, is wrong with the set. Nothing is kept of a claim
//! once its subscriber has ended, so that a set may hold any number of them: they are given away as they are known.

mod record;
mod scopes;
mod tracker;

pub use record::{
    Batch, BillingProvider, Claim, ClaimEvent, ClaimTally, Fault, Line, PROCEDURE_PARTS,
};
pub(super) use tracker::ClaimTracker;
