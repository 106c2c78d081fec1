//! An input written anew: laid out for people ([`Formatter`]), with its counts and numbers put right ([`Repairer`]), or
//! without what identifies anybody ([`Redactor`]); no I/O.
//!
//! Each is given the input in chunks and keeps no more than a part of it, so that files of any size can be rewritten. Sets
//! and groups without an ISA are taken as [`crate::check`] takes them.

mod format;
mod input;
mod redact;
mod repair;

pub use format::{Formatter, Layout, Refusal, Separators};
pub use redact::{Redacted, Redactor, Secret};
pub use repair::{Change, Changed, Repairer};

#[cfg(test)]
mod tests;
