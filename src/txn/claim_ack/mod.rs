//! The claim acknowledgment (277CA, 005010X214): the status of each claim of an 837 that was accepted as a set.
//!
//! [`ClaimAck`] takes claims as they are checked and writes them in that order. Totals come before the claims they sum up, so
//! that claims wait in a [`Spool`](super::Spool) until the totals are known; memory does not grow with the set. Which status a
//! finding becomes is a table, [`Statuses`].
//!
//! It decides nothing: [`crate::check`] decides what is in error, and whoever knows members and earlier claims what is taken in
//! ([`ClaimDecision`]).

mod party;
mod statuses;
#[cfg(test)]
mod tests;
mod totals;
mod write;

pub use party::Source;
pub use statuses::{Status, StatusMapError, Statuses};
pub use write::{ClaimAck, ClaimAckError, ClaimAckOptions, ClaimDecision};

/// The guide of the 277CA we write.
pub const GUIDE_277CA: &str = "005010X214";
