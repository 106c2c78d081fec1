//! A file that is read from front to back and noticed when it is cut meanwhile. Files are not mapped into memory: another
//! process that shortens a mapped file ends ours.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A file of the length that it had when it was opened.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    /// Bytes that are still to come.
    left: u64,
    length: u64,
}

impl WholeFile {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<WholeFile> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(WholeFile { file, left: length, length })
    }

    /// Its length when it was opened, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Read for WholeFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What is appended meanwhile is not read.
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.file.read(&mut buffer[..wanted])?;
        if count == 0 {
            let why = format!(
                "the file was cut while it was read: {} of {} bytes are missing",
                self.left, self.length
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_cut_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [b'x'; 100_000]).unwrap();
        let mut whole = WholeFile::open(file.path()).unwrap();
        let mut buffer = [0; 1000];
        whole.read_exact(&mut buffer).unwrap();
        file.as_file().set_len(500).unwrap();
        let error = whole.read(&mut buffer).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(error.to_string().contains("99000 of 100000 bytes"), "{error}");
    }

    #[test]
    fn what_is_appended_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"one").unwrap();
        let mut whole = WholeFile::open(file.path()).unwrap();
        std::fs::write(file.path(), b"one and two").unwrap();
        let mut text = String::new();
        whole.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), whole.length()), ("one", 3));
    }
}
