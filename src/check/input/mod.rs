//! An input of any number of interchanges: read as events, and checked on one thread or several.

mod checker;
mod parallel;
mod reader;
mod sink;
mod stream;

pub use parallel::check_input;
pub use reader::{EventKind, InputEvent, InputReader, Read, SetPart};
pub use sink::Sink;
pub use stream::{Limits, Stream};
