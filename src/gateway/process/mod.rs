//! Whole files: replies written beside one another in a folder, each a whole interchange of its own.
//!
//! # Names
//!
//! A reply is named `{stem}.{control}.{kind}`: the name of the input without its extension, ISA13 of the interchange it
//! answers, and `ta1`, `999` or `271`. So `morning.edi` with interchange 000000101 gives `morning.000000101.999` and
//! `morning.000000101.271`. Settings may choose another form. A name that is taken by something else gets a counter
//! (`morning.000000101.2.271`); nothing is ever overwritten.
//!
//! # Crashes
//!
//! An interchange is answered when its row is committed. A run that dies before leaves nothing but `.part-*` files, which
//! the next run removes; one that dies after leaves a row, from which the next run gives the same replies again. So a file
//! is simply given again, as often as it takes: it is answered once, and no control number of ours is used twice.

mod file;
mod outbox;
mod source;

pub use file::{FileSummary, Input, Progress, files};
pub(super) use outbox::Outbox;
