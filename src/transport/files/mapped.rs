//! A file as bytes, without reading it into memory: the only `unsafe` outside the separator index.
#![expect(unsafe_code, reason = "mapping a file and releasing its pages have no safe form")]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use memmap2::{Mmap, UncheckedAdvice};

/// Pages are released in steps of this many bytes.
const WINDOW: usize = 8 << 20;

/// A mapped file. Clones share the mapping.
#[derive(Clone, Debug)]
pub struct Mapped(Arc<Mapping>);

#[derive(Debug)]
struct Mapping {
    /// None for an empty file, which cannot be mapped.
    map: Option<Mmap>,
    /// Everything before this offset was released.
    released: AtomicUsize,
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self.0.map.as_deref().unwrap_or(&[])
    }
}

impl Mapped {
    /// Maps a file for reading from front to back.
    pub fn open(path: &Path) -> io::Result<Mapped> {
        let file = File::open(path)?;
        let map = if file.metadata()?.len() == 0 {
            None
        } else {
            // SAFETY: the mapping is private and read-only. Nothing in this process writes to it. Another process that
            // rewrites the file while it is read could change bytes while we use them: every byte is checked as it is used and
            // none is trusted to stay, so that gives findings, not undefined indexing. One that truncates the file
            // ends us with SIGBUS; the journal makes the next run start over, as after any crash.
            Some(unsafe { Mmap::map(&file)? })
        };
        if let Some(map) = &map {
            // A hint; without it reading is only slower.
            let _ = map.advise(memmap2::Advice::Sequential);
        }
        Ok(Mapped(Arc::new(Mapping { map, released: AtomicUsize::new(0) })))
    }

    /// The bytes, shared with the mapping.
    pub fn bytes(&self) -> Bytes {
        Bytes::from_owner(self.clone())
    }

    /// Releases the memory of everything before `offset`, so that reading a file takes a window of it and not its size.
    /// The bytes stay readable: touching them again reads the file again.
    pub fn release(&self, offset: usize) {
        let Some(map) = &self.0.map else { return };
        let until = offset.min(map.len()) / WINDOW * WINDOW;
        let from = self.0.released.fetch_max(until, Ordering::Relaxed);
        if until > from {
            // SAFETY: the mapping is backed by the file and never written, so that released pages come back with the same
            // bytes; slices into them stay valid. The range lies in the mapping.
            let _ = unsafe {
                map.unchecked_advise_range(UncheckedAdvice::DontNeed, from, until - from)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_bytes_can_still_be_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text: Vec<u8> = (0..WINDOW * 2 + 5).map(|at| (at % 251) as u8).collect();
        std::fs::write(file.path(), &text).unwrap();
        let mapped = Mapped::open(file.path()).unwrap();
        let bytes = mapped.bytes();
        mapped.release(WINDOW + 1);
        mapped.release(3);
        mapped.release(usize::MAX);
        assert_eq!(bytes, text);
    }

    #[test]
    fn an_empty_file_is_no_bytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mapped = Mapped::open(file.path()).unwrap();
        mapped.release(100);
        assert!(mapped.bytes().is_empty());
    }
}
