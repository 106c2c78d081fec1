//! Forgetting what need not be kept any longer: interchanges with their sets and replies, and what the archive holds of them.

use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;

use super::{Archive, Result, StoreError, Stores};

/// Interchanges deleted in one transaction, so that others write in between.
const CHUNK_INTERCHANGES: u32 = 1000;
/// Files of the archive that are asked about at once.
const CHUNK_FILES: usize = 1000;
/// A file younger than this may belong to an interchange that is not committed yet.
const FILE_AGE_MIN: Duration = Duration::from_secs(3600);
/// What an interrupted write left is that old at least; the largest file takes less.
const PART_AGE_MIN: Duration = Duration::from_secs(24 * 3600);

/// What was forgotten, or would be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Purged {
    /// Interchanges, with their sets and replies.
    pub interchanges: u64,
    /// Files of the archive.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
}

/// Forgets the interchanges received before this instant, microseconds since 1970 UTC, and deletes the files of the archive
/// that nothing refers to any more. With `dry_run` only says what would be forgotten. May be interrupted and run again.
///
/// # Errors
///
/// When the store or the archive cannot be read or written.
pub async fn purge(
    stores: &Stores,
    archive: &Archive,
    before_micros: i64,
    now: SystemTime,
    dry_run: bool,
) -> Result<Purged> {
    let mut purged = Purged::default();
    if dry_run {
        purged.interchanges = stores.journal.older(before_micros).await?;
    } else {
        loop {
            let forgotten = stores.journal.forget(before_micros, CHUNK_INTERCHANGES).await?;
            purged.interchanges += forgotten;
            if forgotten < u64::from(CHUNK_INTERCHANGES) {
                break;
            }
        }
    }
    let failed = |source| StoreError::File { path: archive.folder().to_owned(), source };
    let reading = archive.clone();
    let files = spawn_blocking(move || reading.files()).await.map_err(|_| StoreError::Gone)?;
    let mut files = files.map_err(failed)?;
    let age = |modified| now.duration_since(modified).unwrap_or_default();
    files.retain(|file| {
        age(file.modified) >= if file.hash.is_some() { FILE_AGE_MIN } else { PART_AGE_MIN }
    });
    for chunk in files.chunks(CHUNK_FILES) {
        let hashes: Vec<[u8; 32]> = chunk.iter().filter_map(|file| file.hash).collect();
        let mut in_use = stores.journal.in_use(&hashes, before_micros).await?.into_iter();
        for file in chunk {
            if file.hash.is_some() && in_use.next().unwrap_or(true) {
                continue;
            }
            if !dry_run {
                std::fs::remove_file(&file.path)
                    .map_err(|source| StoreError::File { path: file.path.clone(), source })?;
            }
            purged.files += 1;
            purged.bytes += file.bytes;
        }
    }
    Ok(purged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Original, Recorded, story};

    #[tokio::test]
    async fn what_nothing_refers_to_goes_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(folder.path());
        let stores = Stores::in_memory().await.unwrap();
        // Three interchanges with a file each; the first and the second are the same bytes.
        for (control, content) in [(1, 7), (2, 7), (3, 8)] {
            let opening = story::opening(control);
            let mut completed = story::completed(control, content);
            completed.original = Original::Archived;
            completed.replies.pop();
            archive.keep_original(&[content; 32], b"ISA").unwrap();
            let intake = stores.journal.begin(opening).await.unwrap();
            let recorded = intake.commit(completed).await.unwrap();
            assert!(matches!(recorded, Recorded::Fresh(_)));
        }
        archive.keep_bytes(&[9; 32], b"an orphan").unwrap();
        let soon = SystemTime::UNIX_EPOCH;
        #[expect(clippy::disallowed_methods, reason = "the files are as old as they are")]
        let later = SystemTime::now() + 2 * FILE_AGE_MIN;
        let before = |control| story::opening(control).received_micros;
        let files = || archive.files().unwrap().len();
        let purged = async |control, now, dry_run| {
            let purged = purge(&stores, &archive, before(control), now, dry_run).await.unwrap();
            (purged.interchanges, purged.files)
        };
        assert_eq!(purged(2, later, true).await, (1, 1));
        assert_eq!(purged(3, later, true).await, (2, 2));
        assert_eq!(files(), 3);
        assert_eq!(purged(1, soon, false).await, (0, 0), "new files are left alone");
        assert_eq!(purged(2, later, false).await, (1, 1), "the orphan goes, what is shared stays");
        assert_eq!(files(), 2);
        assert_eq!(purged(3, later, false).await, (1, 1));
        assert_eq!(purged(3, later, false).await, (0, 0));
        assert_eq!(purged(4, later, false).await, (1, 1));
        assert_eq!(files(), 0);
    }
}
