//! Bytes to segments and back: delimiters, framing, lexing, the envelope, emitting.
//!
//! Nothing here reads a clock, a disk or a socket, and nothing here knows a guide.

mod delimiters;
mod emitter;
mod index;
mod segment;
mod tag;
mod tape;

pub use delimiters::{Delimiters, IsaFault};
pub use emitter::{EmitError, Emitter, Part};
pub use segment::{Component, Element, Segment};
pub use tag::Tag;
pub use tape::Tape;
