//! An input of any number of interchanges: read as events, and checked on one thread or several.

mod checker;
mod known;
mod parallel;
mod reader;
mod sets;
mod sink;
mod stream;

pub use parallel::check_input;
pub use reader::{EventKind, InputEvent, InputReader, Read, SetPart};
pub use sets::{InputPart, read_parts, read_parts_up_to};
pub use sink::Sink;
pub use stream::{Limits, Stream};
