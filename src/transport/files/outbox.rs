//! The folder replies are written to: a reply appears under its name complete, or not at all.
//!
//! Replies grow in `.part-*` files, and get their names only after the interchange was committed. A reply that the store
//! does not contain itself is synced to the disk before that; any other is restored from the store when it is lost.
//! One process writes to a folder at a time, so any `.part-*` file at the start was left by one that died.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::gateway::{FileSpool, ReplyFiles};

const PART: &str = ".part-";

/// A folder that only we write to.
#[derive(Debug)]
pub(in crate::transport) struct Outbox {
    folder: PathBuf,
    parts: AtomicU64,
    /// The folder itself, locked as long as we write to it.
    lock: File,
}

impl Outbox {
    /// Creates the folder if needed, locks it, and removes the partial files of a run that died.
    pub(in crate::transport) fn open(folder: &Path) -> io::Result<Outbox> {
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
            if is_part(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Outbox { folder: folder.to_owned(), parts: AtomicU64::new(0), lock })
    }

    /// Gives a finished reply its name; where that name is taken by another file, with a counter. Where the same
    /// reply is there already, nothing changes.
    pub(in crate::transport) fn deliver(
        &self,
        reply: &mut FileSpool,
        name: &str,
    ) -> io::Result<PathBuf> {
        let Some(written) = reply.path()?.map(Path::to_owned) else {
            return Err(io::Error::other("the reply is in no file of this folder"));
        };
        for counter in 1..u32::MAX {
            let path = self.folder.join(numbered(name, counter));
            match fs::hard_link(&written, &path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if reply.is_same_as(&path)? {
                        return Ok(path);
                    }
                }
                // A filesystem without links; we are the only ones to write here.
                Err(_) if !path.exists() => {
                    fs::rename(&written, &path)?;
                    return Ok(path);
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("there is no free file name for a reply"))
    }

    /// Waits until the names themselves are on the disk.
    pub(in crate::transport) fn sync(&self) -> io::Result<()> {
        self.lock.sync_all()
    }
}

impl ReplyFiles for Outbox {
    fn reply(&self) -> io::Result<FileSpool> {
        let number = self.parts.fetch_add(1, Ordering::Relaxed) + 1;
        FileSpool::in_file(self.folder.join(format!("{PART}{number}")))
    }

    fn scratch(&self) -> FileSpool {
        FileSpool::in_folder(&self.folder)
    }
}

/// True for the name of a reply that grows, or of text that waits (`.part-PROCESS-NUMBER`). The reply to a file `.part-x.x12` is
/// neither.
fn is_part(name: &str) -> bool {
    name.strip_prefix(PART).is_some_and(|number| {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        number.starts_with(|first: char| first.is_ascii_digit())
            && number.splitn(2, '-').all(is_number)
    })
}

/// `x.000000101.271` is `x.000000101.2.271` the second time.
fn numbered(name: &str, counter: u32) -> String {
    match (counter, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, kind))) => format!("{stem}.{counter}.{kind}"),
        (_, None) => format!("{name}.{counter}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(outbox: &Outbox, text: &[u8]) -> FileSpool {
        let mut reply = outbox.reply().unwrap().hashed();
        reply.write_all(text).unwrap();
        reply
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
        let outbox = Outbox::open(folder.path()).unwrap();
        for text in [b"one", b"two", b"one"] {
            let mut reply = write(&outbox, text);
            outbox.deliver(&mut reply, "in.000000101.271").unwrap();
        }
        assert_eq!(names(folder.path()), ["in.000000101.2.271", "in.000000101.271"]);
        assert_eq!(fs::read(folder.path().join("in.000000101.271")).unwrap(), b"one");
        assert_eq!(fs::read(folder.path().join("in.000000101.2.271")).unwrap(), b"two");
    }

    #[test]
    fn what_is_not_delivered_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        drop(outbox.reply().unwrap());
        drop(write(&outbox, b"x"));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn leftovers_of_a_dead_run_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".part-7", ".part-4242-7"] {
            fs::write(folder.path().join(name), b"half").unwrap();
        }
        fs::write(folder.path().join("kept.271"), b"whole").unwrap();
        // The reply to a file that a partner has named so.
        fs::write(folder.path().join(".part-x.000000101.271"), b"whole").unwrap();
        let _outbox = Outbox::open(folder.path()).unwrap();
        assert_eq!(names(folder.path()), [".part-x.000000101.271", "kept.271"]);
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
