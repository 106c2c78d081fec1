//! Inputs of a command: files, folders of files, standard input; checked as they are read, in a window of memory.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::failure::{Failure, Result};
use x12gate::check::{Limits, Sink, Stream, check_reader};
use x12gate::finding::Policy;
use x12gate::guide::Registry;
use x12gate::transport::files::WholeFile;

/// How much is looked at in one go, in bytes.
const WINDOW: usize = 4 << 20;

/// Files shorter than this are not worth a thread, in bytes.
const PARALLEL_BYTES_MIN: u64 = 1 << 20;

/// How much is kept where all of it is needed at once, in bytes.
const WHOLE_BYTES_MAX: u64 = 1 << 30;

/// Something to read.
pub(super) struct Source {
    /// What it is called in output: the path as given, `-` for standard input.
    pub(super) name: String,
    content: Content,
}

enum Content {
    File(PathBuf),
    Stdin,
    /// A pipe or a device with a path, such as `<(command)`: it has no length and is read once.
    Pipe(File),
}

impl Source {
    /// Opens what an argument names: a file, or `-`.
    pub(super) fn open(path: &Path) -> Result<Source> {
        if path.is_dir() {
            let name = path.display();
            return Err(Failure::Refused(format!("{name} is a folder; expected a file")));
        }
        let name = path.display().to_string();
        if name == "-" {
            return Ok(Source { name, content: Content::Stdin });
        }
        let fail = |e| Failure::new(format!("read {name}"), e);
        let is_file = std::fs::metadata(path).map_err(fail)?.is_file();
        let file = File::open(path).map_err(fail)?;
        let content = if is_file { Content::File(path.to_owned()) } else { Content::Pipe(file) };
        Ok(Source { name, content })
    }

    /// Length in bytes, where it is known.
    pub(super) fn length(&self) -> Option<u64> {
        match &self.content {
            Content::File(path) => std::fs::metadata(path).map(|found| found.len()).ok(),
            Content::Stdin | Content::Pipe(_) => None,
        }
    }

    /// What is read from front to back.
    fn reader(&self) -> Result<Box<dyn Read + '_>> {
        Ok(match &self.content {
            Content::File(path) => Box::new(WholeFile::open(path).map_err(self.unreadable())?),
            Content::Stdin => Box::new(std::io::stdin().lock()),
            Content::Pipe(pipe) => Box::new(pipe),
        })
    }

    fn unreadable(&self) -> impl Fn(std::io::Error) -> Failure + '_ {
        let name = if self.name == "-" { "standard input" } else { &self.name };
        move |error| Failure::new(format!("read {name}"), error)
    }

    /// All of it, where all of it is needed at once.
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader()?.take(WHOLE_BYTES_MAX).read_to_end(&mut bytes).map_err(self.unreadable())?;
        Ok(bytes)
    }

    /// Checks all of it and tells the sink in order: a long file on every core, anything else as it is read. `passed` is
    /// told how many bytes are done with.
    pub(super) fn check(
        &self,
        registry: &Registry,
        policy: &Policy,
        limits: Limits,
        sink: &mut impl Sink<Error = Failure>,
        mut passed: impl FnMut(u64),
    ) -> Result<()> {
        if self.length().is_some_and(|length| length >= PARALLEL_BYTES_MIN) {
            let mut reader = self.reader()?;
            let mut read =
                |buffer: &mut [u8]| read_some(&mut reader, buffer).map_err(self.unreadable());
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            return check_reader(&mut read, registry, limits, policy, threads, sink, &mut passed);
        }
        let mut stream = Stream::new(registry, limits, policy).with_claims(sink.wants_claims());
        self.windows(|buffer, end| stream.feed(buffer, end, sink))
    }

    /// Hands out the content from front to back, a window at a time. `visit` is told whether more will come and says how
    /// many bytes it is done with; the rest is shown to it again, with more after it.
    pub(super) fn windows(
        &self,
        mut visit: impl FnMut(&[u8], bool) -> Result<usize>,
    ) -> Result<()> {
        let mut reader = self.reader()?;
        let mut buffer = Vec::new();
        loop {
            // What is longer than a window is shown in twice the length, so that it is not looked at too often.
            let wanted = WINDOW.max(buffer.len());
            let read = reader
                .by_ref()
                .take(wanted as u64)
                .read_to_end(&mut buffer)
                .map_err(self.unreadable())?;
            let end = read < wanted;
            let taken = visit(&buffer, end)?;
            buffer.drain(..taken);
            if end {
                return Ok(());
            }
        }
    }
}

/// Reads what there is; a call that was interrupted is made again.
fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// The files the arguments name: folders are walked, in order of name. In them hidden files are left out, and what is no file:
/// pipes and devices, and links to folders, which may lead back.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let fail = |e| Failure::new(format!("read the folder {}", folder.display()), e);
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()
        .map_err(fail)?;
    entries.sort();
    let is_hidden =
        |path: &Path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    for entry in entries.into_iter().filter(|path| !is_hidden(path)) {
        let is_link = entry.is_symlink();
        if entry.is_dir() && !is_link {
            walk(&entry, found)?;
        } else if entry.is_file() || (is_link && !entry.exists()) {
            // A link that leads nowhere is said to be unreadable.
            found.push(entry);
        }
    }
    Ok(())
}
