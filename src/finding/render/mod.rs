//! The text of a finding: what is wrong, where, and how acknowledgments report it. This is the only place that
//! turns a finding's span back into text, and so the only place that masks.
//!
//! Whole reports, as text, JSON lines or a page, are composed of these texts in the module `report`.

mod code;
mod context;
mod mask;
mod message;
mod place;

pub use context::RenderContext;
pub use mask::{
    control_value, hidden, is_known_tag, is_open, masked, printable, segment_text, tag_text,
};
pub use message::{ack_code, ack_segments, message, wire_code};
pub use place::place;
