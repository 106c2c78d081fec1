//! A file that is being written: under a name that nobody sees, and complete only when no byte is missing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Parts of a file that are not connected, at most. A client that writes out of order keeps a few dozen in flight.
const PARTS_MAX: usize = 1024;

/// Which bytes of a file were written or read, as parts that are not connected, in order.
#[derive(Debug, Default)]
pub(super) struct Covered(Vec<(u64, u64)>);

impl Covered {
    /// Adds bytes; false when there would be too many parts.
    pub(super) fn add(&mut self, from: u64, to: u64) -> bool {
        if from >= to {
            return true;
        }
        // Nearly always the last part grows.
        if let Some(last) = self.0.last_mut()
            && last.1 == from
        {
            last.1 = to;
            return true;
        }
        let first = self.0.partition_point(|part| part.1 < from);
        let after = self.0.partition_point(|part| part.0 <= to);
        if first == after {
            if self.0.len() >= PARTS_MAX {
                return false;
            }
            self.0.insert(first, (from, to));
            return true;
        }
        let merged = (from.min(self.0[first].0), to.max(self.0[after - 1].1));
        self.0.splice(first..after, [merged]);
        true
    }

    /// True when every byte before `end` is covered.
    pub(super) fn reaches(&self, end: u64) -> bool {
        end == 0 || matches!(self.0[..], [(0, to)] if to >= end)
    }

    /// The end of the last part.
    pub(super) fn end(&self) -> u64 {
        self.0.last().map_or(0, |part| part.1)
    }
}

/// A file that is being written. Dropped before it is finished, it was never there.
#[derive(Debug)]
pub(super) struct Upload {
    file: File,
    path: PathBuf,
    name: String,
    covered: Covered,
    /// The length that the client has set, if it did.
    length: Option<u64>,
    /// The client began with an empty file, so that it may write in any order.
    truncated: bool,
    bytes_max: u64,
    /// A write was refused: whatever the client does, the file is not what it sent.
    refused: bool,
    finished: bool,
}

/// Why a write was refused.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The client goes on with a file that is not there any more.
    Resumed,
    /// The file is longer than allowed.
    TooLong,
    /// It is written in too many parts.
    TooManyParts,
    /// The disk refused.
    Io(io::Error),
}

impl Upload {
    pub(super) fn create(
        path: PathBuf,
        name: &str,
        truncated: bool,
        bytes_max: u64,
    ) -> io::Result<Upload> {
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Upload {
            file,
            path,
            name: name.to_owned(),
            covered: Covered::default(),
            length: None,
            truncated,
            bytes_max,
            refused: false,
            finished: false,
        })
    }

    /// The name it will have.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is meanwhile.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its length so far.
    pub(super) fn bytes(&self) -> u64 {
        self.covered.end()
    }

    pub(super) fn write(&mut self, offset: u64, text: &[u8]) -> Result<(), WriteError> {
        let written = self.write_here(offset, text);
        self.refused |= written.is_err();
        written
    }

    fn write_here(&mut self, offset: u64, text: &[u8]) -> Result<(), WriteError> {
        let end = offset.checked_add(text.len() as u64).ok_or(WriteError::TooLong)?;
        if end > self.bytes_max {
            return Err(WriteError::TooLong);
        }
        if offset > 0 && self.covered.end() == 0 && !self.truncated {
            return Err(WriteError::Resumed);
        }
        write_all_at(&self.file, text, offset).map_err(WriteError::Io)?;
        match self.covered.add(offset, end) {
            true => Ok(()),
            false => Err(WriteError::TooManyParts),
        }
    }

    /// The client says how long the file is.
    pub(super) fn set_length(&mut self, length: u64) -> Result<(), WriteError> {
        if length > self.bytes_max {
            return Err(WriteError::TooLong);
        }
        self.file.set_len(length).map_err(WriteError::Io)?;
        self.length = Some(length);
        Ok(())
    }

    /// Waits until what was written is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// True when no byte is missing, and none was refused.
    pub(super) fn is_complete(&self) -> bool {
        let length = self.length.unwrap_or(self.covered.end());
        !self.refused && self.covered.reaches(length)
    }

    /// The file was taken over by somebody else, and has another name or none.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.finished {
            // What stays behind is removed at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, text: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, text, offset)
}

#[cfg(not(unix))]
fn write_all_at(mut file: &File, text: &[u8], offset: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_together() {
        let mut covered = Covered::default();
        for (from, to) in [(10, 20), (30, 40), (5, 5), (20, 30), (0, 5)] {
            assert!(covered.add(from, to));
        }
        assert_eq!(covered.0, [(0, 5), (10, 40)]);
        assert!(!covered.reaches(40) && covered.end() == 40);
        covered.add(3, 12);
        assert_eq!(covered.0, [(0, 40)]);
        assert!(covered.reaches(40) && !covered.reaches(41) && covered.reaches(0));
    }

    #[test]
    fn a_file_in_too_many_parts_is_refused() {
        let mut covered = Covered::default();
        for part in 0..PARTS_MAX as u64 {
            assert!(covered.add(part * 2, part * 2 + 1));
        }
        let end = PARTS_MAX as u64 * 2;
        assert!(!covered.add(end, end + 1));
        assert!(covered.add(1, 2), "a part that fills a hole is no further one");
    }

    fn upload(folder: &Path, truncated: bool) -> Upload {
        Upload::create(folder.join("part"), "a.x12", truncated, 100).unwrap()
    }

    #[test]
    fn a_file_with_a_hole_is_not_complete() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = upload(folder.path(), true);
        assert!(upload.is_complete(), "an empty file has no holes");
        upload.write(3, b"def").unwrap();
        assert!(!upload.is_complete());
        upload.write(0, b"abc").unwrap();
        assert!(upload.is_complete());
        assert_eq!(fs::read(upload.path()).unwrap(), b"abcdef");
        upload.set_length(7).unwrap();
        assert!(!upload.is_complete());
        upload.set_length(6).unwrap();
        assert!(upload.is_complete());
    }

    #[test]
    fn going_on_with_a_file_that_is_gone_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = upload(folder.path(), false);
        assert!(matches!(upload.write(3, b"def"), Err(WriteError::Resumed)));
        upload.write(0, b"abc").unwrap();
        upload.write(3, b"def").unwrap();
        for (offset, text) in [(90, &b"0123456789x"[..]), (u64::MAX, b"x")] {
            assert!(matches!(upload.write(offset, text), Err(WriteError::TooLong)));
        }
        assert!(matches!(upload.set_length(101), Err(WriteError::TooLong)));
        assert!(!upload.is_complete(), "a client that overlooks a refusal has not sent the file");
    }

    #[test]
    fn a_file_that_is_not_finished_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        drop(upload(folder.path(), true));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        upload(folder.path(), true).finish();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
