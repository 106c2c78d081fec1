//! Where replies are written: memory in real time, a folder for a file.

use std::io;

use super::process::Outbox;
use super::spool::FileSpool;
use crate::acknowledge::{self, Spools};

/// A reply that is whole, before it leaves.
pub(super) type FinishedReply = acknowledge::FinishedReply<FileSpool>;

/// Where the replies to an interchange are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReplyDestination<'o> {
    /// Replies are given back to the caller.
    Memory,
    /// Replies are written to a folder.
    Folder(&'o Outbox),
}

impl Spools for ReplyDestination<'_> {
    type Spool = FileSpool;

    fn reply(&mut self) -> io::Result<FileSpool> {
        match self {
            ReplyDestination::Memory => Ok(FileSpool::in_memory().hashed()),
            ReplyDestination::Folder(outbox) => Ok(outbox.begin()?.hashed()),
        }
    }

    fn scratch(&mut self) -> io::Result<FileSpool> {
        match self {
            ReplyDestination::Memory => Ok(FileSpool::in_memory()),
            ReplyDestination::Folder(outbox) => Ok(outbox.scratch()),
        }
    }
}
