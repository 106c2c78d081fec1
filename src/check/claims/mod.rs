//! The claims of an 837, one by one: which of them are accepted when a partner's policy rejects claims and not sets, and
//! what the acknowledgment of each of them (277CA) needs.
//!
//! Findings belong to the claim they are in; an error in a patient, subscriber or billing provider rejects all
//! their claims; one outside any of them, or in the structure, rejects the set. Nothing is kept of a claim once its
//! subscriber has ended, so that a set may contain any number of them: they are reported as they are completed.

mod record;
mod scopes;
mod text;
mod tracker;

pub use record::{
    Batch, BillingProvider, Claim, ClaimEvent, ClaimTally, ClaimText, Fault, Line, PROCEDURE_PARTS,
};
pub(super) use tracker::ClaimTracker;
