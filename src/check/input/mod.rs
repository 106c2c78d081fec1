//! An input of any number of interchanges: read as events, and checked on one thread or several.

mod checker;
mod known;
mod parallel;
mod reader;
mod sets;
mod sink;
mod stream;

pub use parallel::{ReadSome, check_input, check_reader};
pub use reader::{EventKind, InputEvent, InputReader, Read, SetPart};
pub use sets::{InputPart, PartReader, read_parts};
pub use sink::Sink;
pub use stream::{Limits, Stream};
