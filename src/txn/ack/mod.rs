//! Acknowledgments: the TA1 for an interchange, the 999 for a functional group.
//!
//! Only their own segments are written here; the envelope around them belongs to whoever sends them.

mod functional;
mod interchange;

pub use functional::{AckOptions, FunctionalAck};
pub use interchange::{InterchangeAck, write_ta1};

/// The guide of the 999 we write.
pub const GUIDE_999: &str = "005010X231A1";
