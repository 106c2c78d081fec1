//! Text that waits or grows: in memory while it is short, in a file of its own when it is long, so that memory stays bounded.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::hash::{Hash, hash_of_all};
use crate::txn::Spool;

/// Bytes kept in memory before a file is made.
const MEMORY_BYTES_MAX: usize = 1 << 20;

/// Bytes kept back from a file that is there already.
const BUFFER_BYTES: usize = 256 << 10;

/// Bytes read back from a file at once.
const WINDOW_BYTES: usize = 64 << 10;

/// Text that waits or grows. Its file, if it needed one, is removed with it.
#[derive(Debug)]
pub struct FileSpool {
    /// Where a file is made once the text is long; none for text that stays in memory.
    folder: Option<PathBuf>,
    /// What has not gone to the file.
    memory: Vec<u8>,
    file: Option<TemporaryFile>,
    /// Bytes in the file.
    in_file: u64,
    /// Of everything written, where it is wanted.
    hash: Option<Sha256>,
}

/// A place in the text to go back to.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    bytes: u64,
    hash: Option<Sha256>,
}

/// A file that only its owner can read, removed with its value. What was linked under another name stays there.
#[derive(Debug)]
struct TemporaryFile {
    file: File,
    path: PathBuf,
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // Left behind, it does no harm: it can be read by its owner only, and the next run removes it.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl FileSpool {
    /// Empty, and in memory however long it grows.
    pub fn in_memory() -> FileSpool {
        FileSpool { folder: None, memory: Vec::new(), file: None, in_file: 0, hash: None }
    }

    /// Empty; once it is long it goes to a file in `folder`.
    pub fn in_folder(folder: &Path) -> FileSpool {
        FileSpool { folder: Some(folder.to_owned()), ..FileSpool::in_memory() }
    }

    /// Empty, in a new file of this name.
    ///
    /// # Errors
    /// The file could not be made.
    pub fn in_file(path: PathBuf) -> io::Result<FileSpool> {
        let file =
            File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        let memory = Vec::with_capacity(BUFFER_BYTES);
        let file = Some(TemporaryFile { file, path });
        Ok(FileSpool { memory, file, ..FileSpool::in_memory() })
    }

    /// Hashes what is written on its way. Only for a spool that is empty.
    #[must_use]
    pub fn hashed(mut self) -> FileSpool {
        self.hash = Some(Sha256::new());
        self
    }

    /// SHA-256 of the text; read again where it was not hashed on its way.
    ///
    /// # Errors
    /// The file could not be read.
    pub(crate) fn hash(&mut self) -> io::Result<Hash> {
        match &self.hash {
            Some(hash) => Ok(hash.clone().finalize().into()),
            None => hash_of_all(self.read_back()?),
        }
    }

    /// True when this file holds the same text.
    ///
    /// # Errors
    /// One of the files could not be read.
    pub(crate) fn is_same_as(&mut self, file: &Path) -> io::Result<bool> {
        let file = File::open(file)?;
        Ok(file.metadata()?.len() == self.bytes()
            && hash_of_all(BufReader::new(file))? == self.hash()?)
    }

    /// Bytes in it.
    pub fn bytes(&self) -> u64 {
        self.in_file + self.memory.len() as u64
    }

    /// A copy of the text, read from the disk when it is there.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn to_vec(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::with_capacity(self.bytes() as usize);
        self.read_back()?.read_to_end(&mut text)?;
        Ok(text)
    }

    /// The text, without copying it when it is in memory.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn into_text(mut self) -> io::Result<Bytes> {
        match self.file {
            None => Ok(std::mem::take(&mut self.memory).into()),
            Some(_) => Ok(self.to_vec()?.into()),
        }
    }

    /// Its file with everything in it; none while it is in memory.
    ///
    /// # Errors
    /// The file could not be written.
    pub(crate) fn path(&mut self) -> io::Result<Option<&Path>> {
        if self.file.is_some() {
            self.write_out()?;
        }
        Ok(self.file.as_ref().map(|file| &*file.path))
    }

    /// Waits until the file is on the disk.
    ///
    /// # Errors
    /// The file could not be written.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        match &self.file {
            None => Ok(()),
            Some(_) => {
                self.write_out()?;
                self.file.as_ref().map_or(Ok(()), |file| file.file.sync_all())
            }
        }
    }

    /// Bytes that may stay in memory for now.
    fn room(&self) -> usize {
        match (&self.file, &self.folder) {
            (Some(_), _) => BUFFER_BYTES,
            (None, Some(_)) => MEMORY_BYTES_MAX,
            (None, None) => usize::MAX,
        }
    }

    /// Puts what is in memory into the file, which is made if need be.
    fn write_out(&mut self) -> io::Result<()> {
        let temporary = match (&mut self.file, &self.folder) {
            (Some(temporary), _) => temporary,
            (none, Some(folder)) => none.insert(create(folder)?),
            (None, None) => return Ok(()),
        };
        // It may have been read since.
        temporary.file.seek(SeekFrom::Start(self.in_file))?;
        temporary.file.write_all(&self.memory)?;
        self.in_file += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }
}

impl Write for FileSpool {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.memory.extend_from_slice(text);
        if let Some(hash) = &mut self.hash {
            hash.update(text);
        }
        if self.memory.len() > self.room() {
            self.write_out()?;
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spool for FileSpool {
    type Checkpoint = Checkpoint;

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint { bytes: self.bytes(), hash: self.hash.clone() }
    }

    fn rewind(&mut self, to: &Checkpoint) -> io::Result<()> {
        match (to.bytes.checked_sub(self.in_file), &mut self.file) {
            (Some(kept), _) => self.memory.truncate(kept as usize),
            (None, Some(temporary)) => {
                self.memory.clear();
                temporary.file.set_len(to.bytes)?;
                self.in_file = to.bytes;
            }
            (None, None) => self.memory.clear(),
        }
        self.hash.clone_from(&to.hash);
        Ok(())
    }

    fn read_back(&mut self) -> io::Result<Box<dyn BufRead + '_>> {
        if self.file.is_some() {
            self.write_out()?;
        }
        match &mut self.file {
            None => Ok(Box::new(self.memory.as_slice())),
            Some(temporary) => {
                temporary.file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(BufReader::with_capacity(WINDOW_BYTES, &temporary.file)))
            }
        }
    }

    fn clear(&mut self) -> io::Result<()> {
        let hash = self.hash.as_ref().map(|_| Sha256::new());
        self.rewind(&Checkpoint { bytes: 0, hash })
    }
}

/// A new file that only its owner can read.
fn create(folder: &Path) -> io::Result<TemporaryFile> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".part-{}-{number}", std::process::id()));
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(TemporaryFile { file: options.open(&path)?, path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::hash::hash_of;

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn long_text_waits_in_a_file_that_is_gone_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let text: Vec<u8> = (0..3 * MEMORY_BYTES_MAX).map(|n| (n % 251) as u8).collect();
        let mut spool = FileSpool::in_folder(folder.path());
        for chunk in text.chunks(1000) {
            spool.write_all(chunk).unwrap();
        }
        assert_eq!((files(folder.path()), spool.bytes()), (1, text.len() as u64));
        assert!(spool.memory.len() <= MEMORY_BYTES_MAX);
        assert_eq!(spool.to_vec().unwrap(), text);
        spool.clear().unwrap();
        spool.write_all(b"more").unwrap();
        assert_eq!(spool.to_vec().unwrap(), b"more");
        drop(spool);
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn text_is_taken_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = FileSpool::in_folder(folder.path()).hashed();
        spool.write_all(b"kept").unwrap();
        let kept = spool.checkpoint();
        spool.write_all(b"not").unwrap();
        spool.rewind(&kept).unwrap();
        spool.write_all(b"xx").unwrap();
        let longer = spool.checkpoint();
        spool.write_all(&vec![b'x'; 2 * MEMORY_BYTES_MAX]).unwrap();
        spool.write_all(b"tail").unwrap();
        spool.rewind(&longer).unwrap();
        spool.write_all(b"end").unwrap();
        assert_eq!(spool.to_vec().unwrap(), b"keptxxend");
        assert_eq!(spool.hash().unwrap(), hash_of(b"keptxxend"));
    }

    #[test]
    fn what_is_written_after_reading_comes_after_what_was_written_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = FileSpool::in_file(folder.path().join("spool")).unwrap();
        spool.write_all(b"one ").unwrap();
        let mut begin = [0; 2];
        spool.read_back().unwrap().read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"on");
        let mut long = FileSpool::in_folder(folder.path());
        long.write_all(&vec![b'y'; 2 * MEMORY_BYTES_MAX]).unwrap();
        long.read_back().unwrap().read_exact(&mut begin).unwrap();
        for spool in [&mut spool, &mut long] {
            spool.write_all(b"two").unwrap();
            assert!(spool.to_vec().unwrap().ends_with(b"two"));
        }
        assert_eq!(spool.into_text().unwrap(), "one two");
        assert_eq!(long.bytes(), 2 * MEMORY_BYTES_MAX as u64 + 3);
    }
}
