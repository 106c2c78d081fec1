//! Large replies, kept as files named by their SHA-256, so that they can be sent again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::hash::{Hash, hex};

/// A folder of replies.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    folder: PathBuf,
}

impl Archive {
    pub(super) fn new(folder: &Path) -> Self {
        Archive { folder: folder.to_owned() }
    }

    /// Where the reply with this hash is, if it was kept.
    pub(super) fn path(&self, hash: &Hash) -> PathBuf {
        let name = hex(hash);
        self.folder.join(&name[..2]).join(format!("{name}.x12"))
    }

    /// Keeps a file that is already on the disk: linked where that can be done, copied where not.
    pub(super) fn keep_file(&self, hash: &Hash, file: &Path) -> io::Result<()> {
        self.keep(hash, |place| match fs::hard_link(file, place) {
            Ok(()) => Ok(()),
            Err(_) => {
                fs::copy(file, place)?;
                File::open(place)?.sync_all()
            }
        })
    }

    /// Keeps a reply that is in memory.
    pub(super) fn keep_bytes(&self, hash: &Hash, body: &[u8]) -> io::Result<()> {
        self.keep(hash, |place| {
            let mut file = File::create_new(place)?;
            file.write_all(body)?;
            file.sync_all()
        })
    }

    /// `write` makes the file under a temporary name, which then becomes the real one.
    fn keep(&self, hash: &Hash, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        let path = self.path(hash);
        if path.exists() {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        // Two runs may keep the same reply at the same time.
        let part = path.with_extension(format!("part-{}", std::process::id()));
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        write(&part)?;
        fs::rename(&part, &path)?;
        File::open(folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::hash::hash_of;

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
}
