//! Deleting old files of partners: replies and reports that nobody fetched, and what is in quarantine.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::folders::{OUTBOUND, QUARANTINE, REPORTS};

/// What was deleted, or would be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PurgedFiles {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Deletes the files in `outbound`, `reports` and `quarantine` of every partner under `root` that were written before this instant. With
/// `dry_run` only says what would be deleted. A folder that is not there has none.
///
/// # Errors
///
/// When a folder cannot be read, or a file not be deleted.
pub fn purge_files(root: &Path, before: SystemTime, dry_run: bool) -> io::Result<PurgedFiles> {
    let mut purged = PurgedFiles::default();
    for partner in entries(root)? {
        for folder in [OUTBOUND, REPORTS, QUARANTINE] {
            for path in entries(&partner.join(folder))? {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                // What begins with a period is being written.
                let is_ours = name.is_some_and(|name| !name.starts_with('.'));
                let about = match fs::symlink_metadata(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    about => about?,
                };
                if !is_ours || !about.is_file() || about.modified()? >= before {
                    continue;
                }
                if !dry_run && !removed(&path)? {
                    continue;
                }
                purged.files += 1;
                purged.bytes += about.len();
            }
        }
    }
    Ok(purged)
}

/// Removes a file; false when its partner was faster.
fn removed(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(Vec::new()),
                _ => Err(error),
            };
        }
    };
    listed.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn old_files_for_partners_go_and_everything_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let write = |path: &str, is_old: bool| {
            let path = root.path().join("clinic").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "four").unwrap();
            if is_old {
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.set_modified(old).unwrap();
            }
        };
        for path in ["outbound/a.271", "reports/a.rej", "quarantine/a", "inbound/a", "work/a"] {
            write(path, true);
        }
        write("outbound/.part-1", true);
        write("outbound/b.271", false);
        fs::write(root.path().join("a file"), "").unwrap();
        let before = old + Duration::from_secs(1);
        let purged = |dry_run| purge_files(root.path(), before, dry_run).unwrap();
        let three = PurgedFiles { files: 3, bytes: 12 };
        assert_eq!([purged(true), purged(false)], [three, three]);
        assert_eq!(purged(false), PurgedFiles::default());
        let left = |folder: &str| {
            let folder = root.path().join("clinic").join(folder);
            fs::read_dir(folder).unwrap().count()
        };
        assert_eq!(["outbound", "reports", "inbound", "work"].map(left), [2, 0, 1, 1]);
        let nothing = purge_files(&root.path().join("none"), before, false).unwrap();
        assert_eq!(nothing, PurgedFiles::default());
    }
}
