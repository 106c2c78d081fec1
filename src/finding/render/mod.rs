//! The words of a finding: what is wrong, where, and what the acknowledgment says of it. This is the only place that
//! turns a finding's span back into text, and so the only place that masks.
//!
//! Whole reports, as text, JSON lines or a page, are made of these words in the module `report`.

mod code;
mod context;
mod mask;
mod message;
mod place;

pub use context::RenderContext;
pub use mask::{hidden, is_open, masked, printable, segment_text};
pub use message::{ack_code, ack_segments, message, wire_code};
pub use place::place;
