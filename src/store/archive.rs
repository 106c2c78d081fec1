//! What is too large for a row: replies as they left and interchanges as they came, in files named by their SHA-256.
//!
//! With keys, every file is sealed ([`super::vault`]); one that was kept before is read as it is.
//!
//! A file is written under a temporary name, put on the disk and then renamed, so that what has its name is whole. Interchanges
//! are compressed, replies are not. What a process that died left of a temporary file is removed when the archive is opened.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::vault::{self, ArchiveKeys, Resealed, Sealing};
use super::{Original, ReplyRow};

/// A SHA-256.
type Hash = [u8; 32];

/// zstd's fastest level that is worth its while: an interchange becomes a fifth to a tenth of its size.
const LEVEL: i32 = 1;

/// A folder of replies and interchanges.
#[derive(Clone, Debug)]
pub struct Archive {
    folder: PathBuf,
    /// What files are sealed with; empty when they are not.
    keys: ArchiveKeys,
}

/// A file of the archive.
#[derive(Clone, Debug)]
pub struct ArchivedFile {
    /// What its content hashes to; none when it is what an interrupted write left.
    pub hash: Option<Hash>,
    /// Where it is.
    pub path: PathBuf,
    /// Its length on the disk.
    pub bytes: u64,
    /// When it was last asked to be kept.
    pub modified: SystemTime,
}

impl Archive {
    /// The archive in this folder, which need not be there yet. What is kept from now on is not sealed.
    pub fn new(folder: &Path) -> Self {
        Archive::sealed(folder, ArchiveKeys::default())
    }

    /// The archive in this folder, which need not be there yet. What is kept from now on is sealed with the first of the keys.
    pub fn sealed(folder: &Path, keys: ArchiveKeys) -> Self {
        Archive { folder: folder.to_owned(), keys }
    }

    /// Where the reply with this hash is, if it was kept.
    fn path(&self, hash: &Hash) -> PathBuf {
        self.named(hash, "x12")
    }

    /// Where the interchange with this hash is, if it was kept.
    fn original_path(&self, hash: &Hash) -> PathBuf {
        self.named(hash, "zst")
    }

    fn named(&self, hash: &Hash, ending: &str) -> PathBuf {
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(&name[..2]).join(format!("{name}.{ending}"))
    }

    /// Keeps a copy of a reply that is on the disk already. Not a link: whoever changes the file that was delivered would
    /// change what is kept.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written to.
    pub fn keep_file(&self, hash: &Hash, file: &Path) -> io::Result<()> {
        self.keep(&self.path(hash), |place| {
            if !self.keys.is_empty() {
                return self.seal_to(place, hash, &mut File::open(file)?);
            }
            fs::copy(file, place)?;
            File::open(place)?.sync_all()
        })
    }

    /// Keeps a reply that is in memory.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written to.
    pub fn keep_bytes(&self, hash: &Hash, body: &[u8]) -> io::Result<()> {
        self.keep(&self.path(hash), |place| {
            if !self.keys.is_empty() {
                return self.seal_to(place, hash, &mut &body[..]);
            }
            let mut file = File::create_new(place)?;
            file.write_all(body)?;
            file.sync_all()
        })
    }

    fn seal_to(&self, place: &Path, hash: &Hash, from: &mut impl Read) -> io::Result<()> {
        let mut sealing = Sealing::new(File::create_new(place)?, &self.keys)?;
        io::copy(from, &mut sealing)?;
        sealing.finish(hash)?.sync_all()
    }

    /// A text as it is kept in the store itself: sealed when the archive is.
    ///
    /// # Errors
    ///
    /// When it cannot be sealed.
    pub fn seal_inline(&self, hash: &Hash, body: Vec<u8>) -> io::Result<Vec<u8>> {
        if self.keys.is_empty() {
            return Ok(body);
        }
        let mut sealing = Sealing::new(io::Cursor::new(Vec::new()), &self.keys)?;
        sealing.write_all(&body)?;
        Ok(sealing.finish(hash)?.into_inner())
    }

    /// A text that was kept in the store itself, sealed or not, whose content has this hash.
    ///
    /// # Errors
    ///
    /// When it is sealed with a key that is not there, or was changed.
    pub fn open_inline(&self, hash: &Hash, body: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut text = Vec::with_capacity(body.len());
        vault::open(io::Cursor::new(body), &self.keys, hash)?.read_to_end(&mut text)?;
        Ok(text)
    }

    /// Keeps an interchange that is in memory.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written to.
    pub fn keep_original(&self, hash: &Hash, body: &[u8]) -> io::Result<()> {
        let mut writer = self.writer()?;
        writer.write_all(body)?;
        writer.finish(hash)
    }

    /// Begins to keep an interchange whose hash is known only when it has ended.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written to.
    pub fn writer(&self) -> io::Result<OriginalWriter> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(&self.folder)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let part = self.folder.join(format!("incoming-{}-{number}.part", std::process::id()));
        let file = File::create(&part)?;
        let to = match self.keys.is_empty() {
            true => Part::Plain(BufWriter::new(file)),
            false => Part::Sealed(Box::new(Sealing::new(file, &self.keys)?)),
        };
        let encoder = zstd::stream::write::Encoder::new(to, LEVEL)?;
        Ok(OriginalWriter { archive: self.clone(), part, encoder: Some(encoder) })
    }

    /// Reads an interchange as it came.
    ///
    /// # Errors
    ///
    /// When it is not in the archive, or cannot be read.
    pub fn read_original(&self, hash: &Hash) -> io::Result<Box<dyn Read + Send>> {
        let file = vault::open(File::open(self.original_path(hash))?, &self.keys, hash)?;
        Ok(Box::new(zstd::stream::read::Decoder::new(file)?))
    }

    /// Reads the bytes of an interchange as they came, wherever they are; none when they are not kept.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn open_original(
        &self,
        original: Original,
        hash: &Hash,
    ) -> io::Result<Option<Box<dyn Read + Send>>> {
        Ok(match original {
            Original::NotKept => None,
            Original::Inline(body) => Some(Box::new(io::Cursor::new(decompress(&body)?))),
            Original::Archived => Some(self.read_original(hash)?),
        })
    }

    /// The bytes of a reply, wherever they are.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn open_reply(&self, reply: &ReplyRow) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &reply.body {
            Some(body) => Box::new(io::Cursor::new(body.clone())),
            None => self.read_reply(&reply.hash)?,
        })
    }

    /// Reads the reply with this hash.
    ///
    /// # Errors
    ///
    /// When it is not in the archive, or cannot be read.
    pub fn read_reply(&self, hash: &Hash) -> io::Result<Box<dyn Read + Send>> {
        vault::open(File::open(self.path(hash))?, &self.keys, hash)
    }

    /// Seals every file with the first key that is not sealed, or with another one. Can be interrupted and done again.
    ///
    /// # Errors
    ///
    /// When there is no key, or a file cannot be read or written.
    pub fn reseal(&self) -> io::Result<Resealing> {
        let mut done = Resealing::default();
        for file in self.files()? {
            let Some(hash) = &file.hash else { continue };
            let part = self.part_of(&file.path)?;
            let to = || File::create_new(&part);
            let from = match File::open(&file.path) {
                // It was purged meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                from => from?,
            };
            let written = vault::reseal(from, to, &self.keys, hash).and_then(|(what, to)| {
                let Some(to) = to else { return Ok(what) };
                to.sync_all()?;
                fs::rename(&part, &file.path)?;
                File::open(file.path.parent().unwrap_or(&self.folder))?.sync_all()?;
                Ok(what)
            });
            done.count(written.inspect_err(|_| forget(&part))?);
        }
        Ok(done)
    }

    /// The same for a text that is kept in the store itself: gives what to keep in its place, when there is anything to change.
    ///
    /// # Errors
    ///
    /// When it is sealed with a key that is not there, or was changed.
    pub(super) fn reseal_inline(
        &self,
        hash: &Hash,
        body: &[u8],
    ) -> io::Result<(Resealed, Option<Vec<u8>>)> {
        let to = || Ok(io::Cursor::new(Vec::new()));
        let (what, sealed) = vault::reseal(io::Cursor::new(body), to, &self.keys, hash)?;
        Ok((what, sealed.map(io::Cursor::into_inner)))
    }

    /// Copies every file into another folder, which then is an archive of the same content. What is there already stays.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn copy_to(&self, folder: &Path) -> io::Result<u64> {
        let mut copied = 0;
        for file in self.files()?.iter().filter(|file| file.hash.is_some()) {
            let Ok(name) = file.path.strip_prefix(&self.folder) else { continue };
            let to = folder.join(name);
            if to.exists() {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap_or(folder))?;
            let part = to.with_extension("part");
            fs::copy(&file.path, &part)?;
            File::open(&part)?.sync_all()?;
            fs::rename(&part, &to)?;
            copied += 1;
        }
        Ok(copied)
    }

    /// Every file of the archive.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read. An archive that is not there is empty.
    pub fn files(&self) -> io::Result<Vec<ArchivedFile>> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let path = entry?.path();
                let about = fs::metadata(&path)?;
                if about.is_dir() {
                    folders.push(path);
                    continue;
                }
                files.push(ArchivedFile {
                    hash: hash_of_name(&path),
                    bytes: about.len(),
                    modified: about.modified()?,
                    path,
                });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Removes the temporary files of processes that have died; they hold what messages hold. Called before this process
    /// writes anything.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read, or a file not removed.
    pub fn remove_leftovers(&self) -> io::Result<u64> {
        let mut removed = 0;
        for file in self.files()?.iter().filter(|file| file.hash.is_none()) {
            let Some(writer) = writer_of(&file.path) else { continue };
            // One with our own number is from before: numbers are used again.
            let is_running = writer != std::process::id() && is_running(writer);
            if is_running {
                continue;
            }
            match fs::remove_file(&file.path) {
                Ok(()) => removed += 1,
                // Another process that starts has removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `write` makes the file under a temporary name, which then becomes the real one.
    fn keep(&self, path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        if is_there(path) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let part = self.part_of(path)?;
        let written = write(&part).and_then(|()| fs::rename(&part, path));
        written.inspect_err(|_| forget(&part))?;
        File::open(folder)?.sync_all()
    }

    /// A temporary name for a file, which nobody else writes to: two runs may keep the same reply at the same time.
    fn part_of(&self, path: &Path) -> io::Result<PathBuf> {
        let part = path.with_extension(format!("part-{}", std::process::id()));
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(part),
        }
    }
}

/// Removes a temporary file that could not be finished, so that a full disk gets its space back.
fn forget(part: &Path) {
    let _ = fs::remove_file(part);
}

/// The process that was writing this temporary file.
fn writer_of(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    let number = match name.strip_prefix("incoming-") {
        Some(rest) => rest.strip_suffix(".part")?.split('-').next()?,
        None => name.rsplit_once(".part-")?.1,
    };
    // What a reply grows in has a number of its own after that of its process.
    number.split('-').next()?.parse().ok()
}

/// True while a process of this number runs; where that cannot be told it is taken to run.
fn is_running(process: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

/// True when the file is there. It then counts as new, so that it is not deleted before what refers to it is committed.
fn is_there(path: &Path) -> bool {
    #[expect(clippy::disallowed_methods, reason = "as the file system itself would do it")]
    let now = SystemTime::now();
    File::open(path).is_ok_and(|file| file.set_modified(now).is_ok())
}

/// The hash that a file of the archive is named after.
fn hash_of_name(path: &Path) -> Option<Hash> {
    let is_whole = path.extension().is_some_and(|ending| ending == "x12" || ending == "zst");
    let name = path.file_stem()?.to_str().filter(|name| is_whole && name.len() == 64)?;
    let mut hash = [0; 32];
    for (byte, digits) in hash.iter_mut().zip(name.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// What was done when keys were exchanged, in files, or in texts that are kept in the store itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resealing {
    /// Those that were sealed with the first key already.
    pub as_they_were: u64,
    /// Those whose own keys were sealed anew.
    pub rewrapped: u64,
    /// Those that were not sealed.
    pub sealed: u64,
}

impl Resealing {
    /// Counts one.
    pub(super) fn count(&mut self, what: Resealed) {
        match what {
            Resealed::AsItWas => self.as_they_were += 1,
            Resealed::Rewrapped => self.rewrapped += 1,
            Resealed::Sealed => self.sealed += 1,
        }
    }
}

/// What an interchange is written to on its way.
enum Part {
    Plain(BufWriter<File>),
    Sealed(Box<Sealing>),
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Part::Plain(file) => file.write(bytes),
            Part::Sealed(sealing) => sealing.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Part::Plain(file) => file.flush(),
            Part::Sealed(sealing) => sealing.flush(),
        }
    }
}

/// An interchange on its way into the archive. Dropped before [`finish`](Self::finish), it leaves nothing behind.
pub struct OriginalWriter {
    archive: Archive,
    part: PathBuf,
    encoder: Option<zstd::stream::write::Encoder<'static, Part>>,
}

impl std::fmt::Debug for OriginalWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OriginalWriter").field("part", &self.part).finish_non_exhaustive()
    }
}

impl Write for OriginalWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.encoder {
            Some(encoder) => encoder.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl OriginalWriter {
    /// Keeps what was written under its hash, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written to.
    pub fn finish(mut self, hash: &Hash) -> io::Result<()> {
        let Some(encoder) = self.encoder.take() else { return Ok(()) };
        let path = self.archive.original_path(hash);
        let file = match encoder.finish()? {
            Part::Plain(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?,
            Part::Sealed(sealing) => sealing.finish(hash)?,
        };
        if is_there(&path) {
            return Ok(());
        }
        file.sync_all()?;
        let folder = path.parent().unwrap_or(&self.archive.folder);
        fs::create_dir_all(folder)?;
        fs::rename(&self.part, &path)?;
        File::open(folder)?.sync_all()
    }
}

impl Drop for OriginalWriter {
    fn drop(&mut self) {
        // It is gone already when it was renamed.
        let _ = fs::remove_file(&self.part);
    }
}

/// Compresses what is kept in a row.
///
/// # Errors
///
/// When there is no memory to do so.
pub fn compress(body: &[u8]) -> io::Result<Vec<u8>> {
    thread_local! {
        /// Making one costs more than compressing a small interchange.
        static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> =
            const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        let compressor = match compressor {
            Some(compressor) => compressor,
            None => compressor.insert(zstd::bulk::Compressor::new(LEVEL)?),
        };
        compressor.compress(body)
    })
}

/// Reads what is kept in a row.
///
/// # Errors
///
/// When it is not what [`compress`] wrote.
pub fn decompress(body: &[u8]) -> io::Result<Vec<u8>> {
    zstd::stream::decode_all(body)
}

#[cfg(test)]
mod tests {
    use sha2::Digest;

    use super::*;

    fn hash_of(bytes: &[u8]) -> Hash {
        sha2::Sha256::digest(bytes).into()
    }

    #[test]
    fn a_reply_is_kept_once_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(&folder.path().join("deep"));
        let hash = hash_of(b"ISA*...");
        archive.keep_bytes(&hash, b"ISA*...").unwrap();
        archive.keep_bytes(&hash, b"ISA*...").unwrap();
        assert_eq!(fs::read(archive.path(&hash)).unwrap(), b"ISA*...");
    }

    #[test]
    fn a_kept_file_outlives_the_one_it_was_made_from() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(folder.path());
        let file = folder.path().join("reply");
        fs::write(&file, b"ISA*1").unwrap();
        let hash = hash_of(b"ISA*1");
        archive.keep_file(&hash, &file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(fs::read(archive.path(&hash)).unwrap(), b"ISA*1");
    }

    #[test]
    fn with_keys_nothing_is_readable_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let keys = |name: &str| {
            ArchiveKeys::parse(&format!("{name} {}", format!("{:02x}", name.len()).repeat(32)))
                .unwrap()
        };
        let text = b"ISA*00*          *00*".repeat(10_000);
        let hash = hash_of(&text);
        Archive::new(folder.path()).keep_bytes(&hash_of(b"before"), b"before").unwrap();
        let archive = Archive::sealed(folder.path(), keys("a"));
        archive.keep_bytes(&hash, &text).unwrap();
        archive.keep_original(&hash, &text).unwrap();
        let file = folder.path().join("reply");
        fs::write(&file, b"ISA*2").unwrap();
        archive.keep_file(&hash_of(b"ISA*2"), &file).unwrap();
        fs::remove_file(&file).unwrap();
        let holds = |archive: &Archive| {
            let mut all = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
            archive.read_reply(&hash).unwrap().read_to_end(&mut all[0]).unwrap();
            archive.read_original(&hash).unwrap().read_to_end(&mut all[1]).unwrap();
            archive.read_reply(&hash_of(b"ISA*2")).unwrap().read_to_end(&mut all[2]).unwrap();
            archive.read_reply(&hash_of(b"before")).unwrap().read_to_end(&mut all[3]).unwrap();
            assert!(all[0] == text && all[1] == text && all[2] == b"ISA*2" && all[3] == b"before");
        };
        holds(&archive);
        let both = format!("bb {}\na {}", "02".repeat(32), "01".repeat(32));
        let done =
            Archive::sealed(folder.path(), ArchiveKeys::parse(&both).unwrap()).reseal().unwrap();
        assert_eq!(done, Resealing { as_they_were: 0, rewrapped: 3, sealed: 1 });
        let archive = Archive::sealed(folder.path(), keys("bb"));
        holds(&archive);
        for file in archive.files().unwrap() {
            let bytes = fs::read(&file.path).unwrap();
            assert!(
                bytes.starts_with(b"X12GSEAL") && !bytes.windows(4).any(|some| some == b"ISA*")
            );
        }
        assert!(Archive::new(folder.path()).read_reply(&hash).is_err());
    }

    #[test]
    fn an_interchange_comes_back_as_it_came_in_whatever_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(&folder.path().join("deep"));
        let text = b"ISA*00*          *00*".repeat(10_000);
        let hash = hash_of(&text);
        for _ in 0..2 {
            let mut writer = archive.writer().unwrap();
            for piece in text.chunks(777) {
                writer.write_all(piece).unwrap();
            }
            writer.finish(&hash).unwrap();
        }
        let mut back = Vec::new();
        archive.read_original(&hash).unwrap().read_to_end(&mut back).unwrap();
        assert!(back == text);
        let files = archive.files().unwrap();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(files[0].hash, Some(hash));
        assert!(files[0].bytes < 10_000);
        drop(archive.writer().unwrap());
        assert_eq!(archive.files().unwrap().len(), 1, "what is not finished leaves nothing");
        assert_eq!(decompress(&compress(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn what_a_process_that_died_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(folder.path());
        archive.keep_bytes(&hash_of(b"kept"), b"kept").unwrap();
        let deep = folder.path().join("ab");
        fs::create_dir_all(&deep).unwrap();
        // No process has such a number.
        for name in ["incoming-4294967295-3.part", "ab/abcd.part-4294967295", ".part-4294967295-7"]
        {
            fs::write(folder.path().join(name), b"half").unwrap();
        }
        let ours = folder.path().join(format!("incoming-{}-0.part", std::process::id()));
        fs::write(ours, b"half").unwrap();
        fs::write(folder.path().join("incoming-1-0.part"), b"being written").unwrap();
        assert_eq!(archive.remove_leftovers().unwrap(), 4);
        assert_eq!(archive.files().unwrap().len(), 2);
    }

    #[test]
    fn a_reply_that_was_delivered_can_be_changed_and_the_kept_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let delivered = folder.path().join("a.271");
        fs::write(&delivered, b"reply").unwrap();
        let archive = Archive::new(&folder.path().join("archive"));
        let hash = hash_of(b"reply");
        archive.keep_file(&hash, &delivered).unwrap();
        fs::OpenOptions::new().append(true).open(&delivered).unwrap().write_all(b"!").unwrap();
        let mut kept = Vec::new();
        archive.read_reply(&hash).unwrap().read_to_end(&mut kept).unwrap();
        assert_eq!(kept, b"reply");
    }
}
