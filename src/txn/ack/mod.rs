//! Acknowledgments: the TA1 for an interchange, the 999 for a functional group.
//!
//! Only their own segments are written here; the envelope around them is written by the caller.

mod functional;
mod interchange;

pub use functional::{AckOptions, FunctionalAck};
pub use interchange::{InterchangeAck, write_ta1};

use crate::wire::{Delimiters, is_suspect};

/// Text of a message as an acknowledgment may repeat it: without what would act as a separator there, and a placeholder
/// where nothing is left of a required element.
pub(super) fn plain(text: &str, separators: Delimiters, stand_in: &str) -> String {
    let kept: String = text
        .bytes()
        .filter(|b| !is_suspect(*b) && !separators.contains(*b))
        .map(char::from)
        .collect();
    let kept = kept.trim();
    if kept.is_empty() { stand_in.to_owned() } else { kept.to_owned() }
}

/// The guide of the 999 we write.
pub const GUIDE_999: &str = "005010X231A1";
