//! Where replies are written: memory in real time, files for a file.

use std::io;

use super::spool::FileSpool;
use super::stream::ReplyFiles;
use crate::acknowledge::{self, Spools};

/// A reply that is whole, before it leaves.
pub(super) type FinishedReply = acknowledge::FinishedReply<FileSpool>;

/// Where the replies to an interchange are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReplyDestination<'o> {
    /// Replies are given back to the caller.
    Memory,
    /// Replies are written to files as they grow.
    Files(&'o dyn ReplyFiles),
}

impl Spools for ReplyDestination<'_> {
    type Spool = FileSpool;

    fn reply(&mut self) -> io::Result<FileSpool> {
        match self {
            ReplyDestination::Memory => Ok(FileSpool::in_memory().hashed()),
            ReplyDestination::Files(files) => Ok(files.reply()?.hashed()),
        }
    }

    fn scratch(&mut self) -> io::Result<FileSpool> {
        match self {
            ReplyDestination::Memory => Ok(FileSpool::in_memory()),
            ReplyDestination::Files(files) => Ok(files.scratch()),
        }
    }
}
