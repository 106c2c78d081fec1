//! The folder replies are written to: a reply appears under its name whole, or not at all.
//!
//! Replies grow in `.part-*` files, and get their names only after the interchange was committed. A reply that the store
//! does not hold itself is pressed to the disk before that; any other comes back from the store when it is lost.
//! One process writes to a folder at a time, so whatever `.part-*` is there at the start was left by one that died.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::hash::Hash;

const PART: &str = ".part-";

/// Buffer of a growing reply.
const BUFFER_BYTES: usize = 256 << 10;

/// A folder that is ours to write to.
#[derive(Debug)]
pub(in crate::gateway) struct Outbox {
    folder: PathBuf,
    parts: u64,
    /// The folder itself, locked as long as we write here.
    lock: File,
}

impl Outbox {
    /// Makes the folder if need be, takes it, and removes what a run that died has left half-written.
    pub(in crate::gateway) fn open(folder: &Path) -> io::Result<Outbox> {
        fs::create_dir_all(folder)?;
        let lock = File::open(folder)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {
                let why = "another x12gate is writing to this folder";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
            }
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PART) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Outbox { folder: folder.to_owned(), parts: 0, lock })
    }

    /// Begins a reply.
    pub(in crate::gateway) fn begin(&mut self) -> io::Result<Part> {
        self.parts += 1;
        let path = self.folder.join(format!("{PART}{}", self.parts));
        let file = File::create(&path)?;
        Ok(Part {
            draft: Draft(path),
            out: BufWriter::with_capacity(BUFFER_BYTES, file),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Gives a finished reply its name; where that name is taken by something else, with a counter. Where the very same
    /// reply is there already, nothing changes.
    pub(in crate::gateway) fn deliver(&self, whole: &Whole, name: &str) -> io::Result<PathBuf> {
        for counter in 1..u32::MAX {
            let path = self.folder.join(numbered(name, counter));
            match fs::hard_link(&whole.draft.0, &path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if same_content(&path, whole)? {
                        return Ok(path);
                    }
                }
                // A filesystem without links; we are the only ones to write here.
                Err(_) if !path.exists() => {
                    fs::rename(&whole.draft.0, &path)?;
                    return Ok(path);
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("there is no free file name for a reply"))
    }

    /// Presses the names themselves to the disk.
    pub(in crate::gateway) fn sync(&self) -> io::Result<()> {
        self.lock.sync_all()
    }
}

/// `x.000000101.271` is `x.000000101.2.271` the second time.
fn numbered(name: &str, counter: u32) -> String {
    match (counter, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, kind))) => format!("{stem}.{counter}.{kind}"),
        (_, None) => format!("{name}.{counter}"),
    }
}

fn same_content(path: &Path, whole: &Whole) -> io::Result<bool> {
    if fs::metadata(path)?.len() != whole.bytes {
        return Ok(false);
    }
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashWriter(&mut hash))?;
    Ok(<Hash>::from(hash.finalize()) == whole.hash)
}

struct HashWriter<'h>(&'h mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The temporary name of a reply, removed at the end. A reply that was delivered has another name by then.
#[derive(Debug)]
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A reply being written. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub(in crate::gateway) struct Part {
    draft: Draft,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Part {
    /// Appends a whole file.
    pub(in crate::gateway) fn copy(&mut self, file: &Path) -> io::Result<()> {
        io::copy(&mut File::open(file)?, self)?;
        Ok(())
    }

    /// The place reached.
    pub(in crate::gateway) fn mark(&self) -> Mark {
        Mark { hash: self.hash.clone(), bytes: self.bytes }
    }

    /// Takes back what was written since `mark`.
    pub(in crate::gateway) fn rewind(&mut self, mark: &Mark) -> io::Result<()> {
        self.out.seek(SeekFrom::Start(mark.bytes))?;
        self.out.get_ref().set_len(mark.bytes)?;
        self.hash = mark.hash.clone();
        self.bytes = mark.bytes;
        Ok(())
    }

    /// Ends the reply.
    pub(in crate::gateway) fn finish(self) -> io::Result<Whole> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Whole { draft: self.draft, hash: self.hash.finalize().into(), bytes: self.bytes })
    }
}

impl Write for Part {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let count = self.out.write(text)?;
        self.hash.update(&text[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A place in a reply to go back to.
#[derive(Debug)]
pub(in crate::gateway) struct Mark {
    hash: Sha256,
    bytes: u64,
}

/// A reply that is whole, but has no name yet.
#[derive(Debug)]
pub(in crate::gateway) struct Whole {
    draft: Draft,
    pub(in crate::gateway) hash: Hash,
    pub(in crate::gateway) bytes: u64,
}

impl Whole {
    /// Presses the reply to the disk.
    pub(in crate::gateway) fn sync(&self) -> io::Result<()> {
        File::open(&self.draft.0)?.sync_all()
    }

    pub(in crate::gateway) fn path(&self) -> &Path {
        &self.draft.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(outbox: &mut Outbox, text: &[u8]) -> Whole {
        let mut part = outbox.begin().unwrap();
        part.write_all(text).unwrap();
        part.finish().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_reply_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = Outbox::open(folder.path()).unwrap();
        for text in [b"one", b"two", b"one"] {
            let whole = write(&mut outbox, text);
            outbox.deliver(&whole, "in.000000101.271").unwrap();
        }
        assert_eq!(names(folder.path()), ["in.000000101.2.271", "in.000000101.271"]);
        assert_eq!(fs::read(folder.path().join("in.000000101.271")).unwrap(), b"one");
        assert_eq!(fs::read(folder.path().join("in.000000101.2.271")).unwrap(), b"two");
    }

    #[test]
    fn what_is_not_delivered_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = Outbox::open(folder.path()).unwrap();
        drop(outbox.begin().unwrap());
        drop(write(&mut outbox, b"x"));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn leftovers_of_a_dead_run_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".part-7"), b"half").unwrap();
        fs::write(folder.path().join("kept.271"), b"whole").unwrap();
        let _outbox = Outbox::open(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["kept.271"]);
    }

    #[test]
    fn what_is_taken_back_was_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = Outbox::open(folder.path()).unwrap();
        let mut part = outbox.begin().unwrap();
        part.write_all(b"kept,").unwrap();
        let mark = part.mark();
        part.write_all(&vec![b'x'; BUFFER_BYTES + 1]).unwrap();
        part.rewind(&mark).unwrap();
        part.write_all(b"also kept").unwrap();
        let whole = part.finish().unwrap();
        assert_eq!(whole.hash, super::super::super::hash::hash_of(b"kept,also kept"));
        let path = outbox.deliver(&whole, "a.b").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"kept,also kept");
    }

    #[test]
    fn a_folder_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let first = Outbox::open(folder.path()).unwrap();
        let error = Outbox::open(folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        drop(first);
        Outbox::open(folder.path()).unwrap();
    }
}
