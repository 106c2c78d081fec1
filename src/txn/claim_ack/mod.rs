//! The claim acknowledgment (277CA, 005010X214): what became of each claim of an 837 that was accepted as a set.
//!
//! [`ClaimAck`] is told of claims as they are checked and writes them as they come. Totals stand before what they are the
//! totals of, so that claims wait in a [`Spool`] until those are known; its memory does not grow with the set. Which status a
//! finding becomes is a table, [`Statuses`].
//!
//! It decides nothing: what is rejected, and why, is the word of [`crate::check`].

mod party;
mod spool;
mod statuses;
#[cfg(test)]
mod tests;
mod totals;
mod write;

pub use party::Source;
pub use spool::Spool;
pub use statuses::{Status, StatusMapError, Statuses};
pub use write::{ClaimAck, ClaimAckError, ClaimAckOptions};

/// The guide of the 277CA we write.
pub const GUIDE_277CA: &str = "005010X214";
