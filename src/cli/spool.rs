//! Text that waits: in memory while it is short, in a file of its own when it is long, so that memory stays bounded.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::txn::claim_ack::Spool;

/// Bytes kept in memory, at most.
const MEMORY_BYTES_MAX: usize = 1 << 20;

/// Bytes read back from a file at once.
const WINDOW: usize = 64 << 10;

/// Text that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Where its file is put, if it needs one.
    folder: PathBuf,
    /// What has not gone to the file.
    memory: Vec<u8>,
    file: Option<Parked>,
    /// Bytes in the file.
    parked: u64,
}

/// A file nobody else opens, gone with its value.
#[derive(Debug)]
struct Parked {
    file: File,
    path: PathBuf,
}

impl Drop for Parked {
    fn drop(&mut self) {
        // Left behind, it does no harm: it can be read by its owner only.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Waiting {
    /// Nothing yet.
    pub(super) fn new(folder: &Path) -> Self {
        Waiting { folder: folder.to_owned(), memory: Vec::new(), file: None, parked: 0 }
    }

    /// Bytes in it.
    pub(super) fn len(&self) -> u64 {
        self.parked + self.memory.len() as u64
    }

    /// Forgets what came after the first `length` bytes.
    pub(super) fn truncate(&mut self, length: u64) -> io::Result<()> {
        match (length.checked_sub(self.parked), &mut self.file) {
            (Some(kept), _) => self.memory.truncate(kept as usize),
            (None, Some(parked)) => {
                self.memory.clear();
                parked.file.set_len(length)?;
                parked.file.seek(SeekFrom::End(0))?;
                self.parked = length;
            }
            (None, None) => self.memory.clear(),
        }
        Ok(())
    }

    fn park(&mut self) -> io::Result<()> {
        let parked = match &mut self.file {
            Some(parked) => parked,
            None => self.file.insert(create(&self.folder)?),
        };
        parked.file.write_all(&self.memory)?;
        self.parked += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }
}

impl Spool for Waiting {
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.memory.extend_from_slice(bytes);
        if self.memory.len() > MEMORY_BYTES_MAX {
            self.park()?;
        }
        Ok(())
    }

    fn pour(&mut self, to: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if let Some(parked) = &mut self.file {
            parked.file.seek(SeekFrom::Start(0))?;
            let mut window = vec![0; WINDOW];
            loop {
                match parked.file.read(&mut window)? {
                    0 => break,
                    read => to(&window[..read])?,
                }
            }
        }
        to(&self.memory)?;
        self.clear()
    }

    fn clear(&mut self) -> io::Result<()> {
        self.memory.clear();
        self.parked = 0;
        if let Some(parked) = &mut self.file {
            parked.file.set_len(0)?;
            parked.file.seek(SeekFrom::Start(0))?;
        }
        Ok(())
    }
}

/// A new file that only its owner can read.
fn create(folder: &Path) -> io::Result<Parked> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".x12gate-{}-{number}.part", std::process::id()));
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(Parked { file: options.open(&path)?, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poured(waiting: &mut Waiting) -> Vec<u8> {
        let mut out = Vec::new();
        waiting
            .pour(&mut |bytes| {
                out.extend_from_slice(bytes);
                Ok(())
            })
            .unwrap();
        out
    }

    #[test]
    fn long_text_waits_in_a_file_that_is_gone_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let text: Vec<u8> = (0..3 * MEMORY_BYTES_MAX).map(|n| (n % 251) as u8).collect();
        let mut waiting = Waiting::new(folder.path());
        for chunk in text.chunks(1000) {
            waiting.push(chunk).unwrap();
        }
        assert_eq!((files(), waiting.len()), (1, text.len() as u64));
        assert!(waiting.memory.len() <= MEMORY_BYTES_MAX);
        assert_eq!(poured(&mut waiting), text);
        assert_eq!(waiting.len(), 0);
        waiting.push(b"more").unwrap();
        assert_eq!(poured(&mut waiting), b"more");
        drop(waiting);
        assert_eq!(files(), 0);
    }

    #[test]
    fn text_is_taken_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut waiting = Waiting::new(folder.path());
        waiting.push(b"kept").unwrap();
        waiting.push(b"not").unwrap();
        waiting.truncate(4).unwrap();
        waiting.push(&vec![b'x'; 2 * MEMORY_BYTES_MAX]).unwrap();
        waiting.push(b"tail").unwrap();
        waiting.truncate(6).unwrap();
        waiting.push(b"end").unwrap();
        assert_eq!(poured(&mut waiting), b"keptxxend");
    }
}
