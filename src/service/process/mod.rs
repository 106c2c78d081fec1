//! Whole files: replies written beside one another in a folder, each a whole interchange of its own.

mod outbox;
mod source;

pub(super) use outbox::{Mark, Outbox, Part, Whole};
