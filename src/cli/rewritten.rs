//! Where the commands that write a file anew put it: standard output, or a file that appears when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::{Failure, Result};
use super::output::Output;

/// The X12 that is written, and the report about it.
pub(super) struct Rewritten<'o> {
    out: &'o mut Output,
    file: Option<Pending>,
}

/// A file under a name of its own until it is whole.
struct Pending {
    to: BufWriter<File>,
    temporary: PathBuf,
    path: PathBuf,
    is_done: bool,
}

impl<'o> Rewritten<'o> {
    /// Writes to the file, or to standard output.
    pub(super) fn begin(path: Option<&Path>, out: &'o mut Output) -> Result<Self> {
        let Some(path) = path else { return Ok(Rewritten { out, file: None }) };
        let name = path.file_name().ok_or_else(|| {
            Failure::Refused(format!("{} is not the name of a file", path.display()))
        })?;
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.part", std::process::id()));
        let temporary = path.with_file_name(temporary);
        let file = File::create(&temporary)
            .map_err(|e| Failure::new(format!("write {}", temporary.display()), e))?;
        let to = BufWriter::with_capacity(1 << 16, file);
        let pending = Pending { to, temporary, path: path.to_owned(), is_done: false };
        Ok(Rewritten { out, file: Some(pending) })
    }

    /// Writes X12.
    pub(super) fn x12(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.file {
            Some(file) => file.to.write_all(bytes).map_err(|e| file.failure(e)),
            None => self.out.bytes(bytes),
        }
    }

    /// Writes a line of the report: to standard output beside a file, else to standard error.
    pub(super) fn report(&mut self, line: &str) -> Result<()> {
        match self.file {
            Some(_) => self.out.line(line),
            None => {
                eprintln!("{line}");
                Ok(())
            }
        }
    }

    /// The X12 is whole: the file gets its name.
    pub(super) fn end(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else { return self.out.flush() };
        file.to.flush().map_err(|e| file.failure(e))?;
        file.to.get_ref().sync_all().map_err(|e| file.failure(e))?;
        std::fs::rename(&file.temporary, &file.path).map_err(|e| file.failure(e))?;
        file.is_done = true;
        Ok(())
    }
}

impl Pending {
    fn failure(&self, error: std::io::Error) -> Failure {
        Failure::new(format!("write {}", self.path.display()), error)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_done {
            // What is not whole is not left behind. That it cannot be removed has no one to be told.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
