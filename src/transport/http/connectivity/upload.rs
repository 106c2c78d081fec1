//! The payload of an envelope while it comes: in memory while it is short, in a file of the archive's folder when it is long, and
//! hashed on its way.

use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;
use sha1::{Digest, Sha1};

use crate::gateway::FileSpool;

/// A payload.
pub(super) struct Upload {
    spool: FileSpool,
    sha1: Sha1,
    /// How it begins.
    front: Vec<u8>,
}

impl std::fmt::Debug for Upload {
    // What is in it may not be logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({} bytes)", self.bytes())
    }
}

/// Bytes of the front: line ends, and ISA.
const FRONT_BYTES: usize = 64;

impl Upload {
    /// Empty; a long one goes to a file in this folder, which must be there.
    pub(super) fn new(folder: &Path) -> Upload {
        Upload::with(FileSpool::in_folder(folder))
    }

    /// One that is in memory.
    pub(super) fn of(text: &[u8]) -> io::Result<Upload> {
        let mut upload = Upload::with(FileSpool::in_memory());
        upload.write(text)?;
        Ok(upload)
    }

    fn with(spool: FileSpool) -> Upload {
        Upload { spool: spool.hashed(), sha1: Sha1::new(), front: Vec::new() }
    }

    /// True when it is X12 as far as its beginning tells.
    pub(super) fn begins_with_isa(&self) -> bool {
        self.front.trim_ascii_start().starts_with(b"ISA")
    }

    /// Takes what has come.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = FRONT_BYTES - self.front.len();
        self.front.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.sha1.update(bytes);
        self.spool.write_all(bytes)
    }

    /// Its length.
    pub(super) fn bytes(&self) -> u64 {
        self.spool.bytes()
    }

    /// SHA-1 of it, in hexadecimal.
    pub(super) fn sha1(&self) -> String {
        hex(&self.sha1.clone().finalize())
    }

    /// SHA-256 of it.
    pub(super) fn sha256(&mut self) -> io::Result<[u8; 32]> {
        self.spool.hash()
    }

    /// All of it.
    pub(super) fn into_bytes(self) -> io::Result<Bytes> {
        self.spool.into_text()
    }

    /// Its spool.
    pub(super) fn spool(&mut self) -> &mut FileSpool {
        &mut self.spool
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
