//! What a reply is written on: memory in real time, a file for a file.

use std::io::{self, Write};

use bytes::Bytes;

use super::hash::{Hash, hash_of};
use super::process::{Mark, Outbox, Part, Whole};

/// Where the sheets of one interchange's replies come from.
#[derive(Debug)]
pub(super) enum Paper<'o> {
    /// Replies are given back to the caller.
    Memory,
    /// Replies are written to a folder.
    Folder(&'o mut Outbox),
}

impl Paper<'_> {
    /// A blank sheet.
    pub(super) fn sheet(&mut self) -> io::Result<Sheet> {
        match self {
            Paper::Memory => Ok(Sheet::Memory(Vec::new())),
            Paper::Folder(outbox) => Ok(Sheet::File(Box::new(outbox.begin()?))),
        }
    }
}

/// A reply while it grows. Dropped unfinished, it was never there.
#[derive(Debug)]
pub(super) enum Sheet {
    Memory(Vec<u8>),
    File(Box<Part>),
}

/// A place on a sheet to go back to.
#[derive(Debug)]
pub(super) enum Place {
    Memory(usize),
    File(Box<Mark>),
}

impl Sheet {
    pub(super) fn write(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            Sheet::Memory(sheet) => {
                sheet.extend_from_slice(text);
                Ok(())
            }
            Sheet::File(part) => part.write_all(text),
        }
    }

    /// The place reached.
    pub(super) fn place(&self) -> Place {
        match self {
            Sheet::Memory(sheet) => Place::Memory(sheet.len()),
            Sheet::File(part) => Place::File(Box::new(part.mark())),
        }
    }

    /// Takes back what was written since `place`, which must be one of this sheet.
    pub(super) fn take_back(&mut self, place: &Place) -> io::Result<()> {
        match (self, place) {
            (Sheet::Memory(sheet), Place::Memory(length)) => {
                sheet.truncate(*length);
                Ok(())
            }
            (Sheet::File(part), Place::File(mark)) => part.rewind(mark),
            _ => Err(io::Error::other("a place of another sheet")),
        }
    }

    /// Ends the reply.
    pub(super) fn finish(self) -> io::Result<Written> {
        match self {
            Sheet::Memory(sheet) => Ok(Written::Memory(sheet.into())),
            Sheet::File(part) => Ok(Written::File(part.finish()?)),
        }
    }
}

/// A reply that is whole.
#[derive(Debug)]
pub(super) enum Written {
    Memory(Bytes),
    File(Whole),
}

impl Written {
    pub(super) fn hash(&self) -> Hash {
        match self {
            Written::Memory(body) => hash_of(body),
            Written::File(whole) => whole.hash,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        match self {
            Written::Memory(body) => body.len() as u64,
            Written::File(whole) => whole.bytes,
        }
    }

    /// The text; read from the disk when it is there.
    pub(super) fn body(&self) -> io::Result<Bytes> {
        match self {
            Written::Memory(body) => Ok(body.clone()),
            Written::File(whole) => Ok(std::fs::read(whole.path())?.into()),
        }
    }
}
