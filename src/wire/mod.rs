//! Bytes to segments and back: delimiters, framing, lexing, emitting.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here depends on a guide.

mod binary;
mod code;
mod delimiters;
mod emitter;
mod fragment;
mod framer;
mod index;
mod inline;
mod isa;
mod segment;
mod tag;
mod tape;
pub mod value;

pub(crate) use binary::shown_length;
pub use code::Code;
pub use delimiters::{Delimiters, IsaFault};
pub use emitter::{EmitError, Emitter, Part, SegmentWriter};
pub use framer::{FrameLimits, Framed, Framer, Piece, PieceKind};
pub(crate) use index::is_suspect;
pub use inline::Inline;
pub use segment::{Binary, Component, Element, Segment};
pub use tag::Tag;
pub use tape::Tape;
