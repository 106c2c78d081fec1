//! The bytes of an interchange as they come: hashed, and kept so that they can be shown and worked on again.

use std::fmt;
use std::io::{self, Write};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::hash::Hash;
use crate::store::{Archive, OriginalWriter};

/// How the bytes of an interchange are kept until it is recorded.
#[derive(Default)]
pub(super) enum OriginalBytes {
    /// They are not.
    #[default]
    NotKept,
    /// In memory.
    Memory(Bytes),
    /// In the archive, under the hash of the interchange.
    Archived,
    /// They could not be kept.
    Failed(io::Error),
}

impl fmt::Debug for OriginalBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OriginalBytes::NotKept => "NotKept",
            OriginalBytes::Memory(_) => "Memory",
            OriginalBytes::Archived => "Archived",
            OriginalBytes::Failed(_) => "Failed",
        })
    }
}

/// Takes the bytes of one interchange after the other.
#[derive(Debug)]
pub(super) struct Content {
    hash: Sha256,
    keep: Option<Keep>,
}

/// Keeps the bytes of an interchange: in memory while they are few, in the archive when they are more.
#[derive(Debug)]
struct Keep {
    archive: Archive,
    memory_bytes_max: usize,
    memory: Vec<u8>,
    writer: Option<OriginalWriter>,
    failure: Option<io::Error>,
}

impl Content {
    /// Hashes what comes and keeps nothing.
    pub(super) fn hashed() -> Self {
        Content { hash: Sha256::new(), keep: None }
    }

    /// Keeps what comes as well; more than so many bytes go to the archive.
    pub(super) fn kept(archive: Archive, memory_bytes_max: usize) -> Self {
        let keep =
            Keep { archive, memory_bytes_max, memory: Vec::new(), writer: None, failure: None };
        Content { hash: Sha256::new(), keep: Some(keep) }
    }

    /// The next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.keep(bytes);
    }

    /// Bytes that are kept, but say nothing about whether it is the same interchange: the terminator of its IEA.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        if let Some(keep) = &mut self.keep
            && keep.failure.is_none()
            && let Err(error) = keep.take(bytes)
        {
            keep.failure = Some(error);
        }
    }

    /// What came belongs to no interchange.
    pub(super) fn discard(&mut self) {
        self.hash.reset();
        if let Some(keep) = &mut self.keep {
            keep.memory.clear();
            keep.writer = None;
            keep.failure = None;
        }
    }

    /// The interchange has ended; the next one begins.
    pub(super) fn finish(&mut self) -> (Hash, OriginalBytes) {
        let hash = self.hash.finalize_reset().into();
        let original = self.keep.as_mut().map_or(OriginalBytes::NotKept, |keep| keep.finish(&hash));
        (hash, original)
    }
}

impl Keep {
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(writer) = &mut self.writer {
            return writer.write_all(bytes);
        }
        if self.memory.len() + bytes.len() <= self.memory_bytes_max {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let writer = self.writer.insert(self.archive.writer()?);
        writer.write_all(&std::mem::take(&mut self.memory))?;
        writer.write_all(bytes)
    }

    fn finish(&mut self, hash: &Hash) -> OriginalBytes {
        let memory = std::mem::take(&mut self.memory);
        match (self.failure.take(), self.writer.take()) {
            (Some(error), _) => OriginalBytes::Failed(error),
            (None, None) => OriginalBytes::Memory(memory.into()),
            (None, Some(writer)) => match writer.finish(hash) {
                Ok(()) => OriginalBytes::Archived,
                Err(error) => OriginalBytes::Failed(error),
            },
        }
    }
}
