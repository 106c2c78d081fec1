//! Whether a connection can be used again after the store has failed.
//!
//! A full disk or a failed write makes SQLite end the transaction by itself. The driver, which does not hear of it, then goes on
//! to count the connection as inside that transaction, and no other can be begun on it. A database file that was moved away or
//! replaced leaves connections that write to a file that nobody reads again. Both are closed before they are used, and a
//! fresh connection takes their place.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::sqlite::SqlitePoolOptions;

/// Device and number of a file.
type Identity = (u64, u64);

/// The file that connections work on.
struct Watched {
    path: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    file: Option<Identity>,
    /// When the path was found to lead to another file.
    changed: Option<Instant>,
}

impl Watched {
    /// True when the path leads to the file that it led to when a connection of this age was opened.
    fn is_of(&self, age: Duration) -> bool {
        let Some(now) = identity(&self.path) else { return false };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.file.is_some_and(|before| before != now) {
            seen.changed = Some(Instant::now());
        }
        seen.file = Some(now);
        seen.changed.is_none_or(|at| age <= at.elapsed())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let about = std::fs::metadata(path).ok()?;
    Some((about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

/// Lets a pool use a connection again only when it is in no transaction and works on the file at `path`.
pub(super) fn only_sound(pool: SqlitePoolOptions, path: &Path) -> SqlitePoolOptions {
    let watched = Arc::new(Watched { path: path.to_owned(), seen: Mutex::default() });
    pool.before_acquire(move |connection, about| {
        let is_sound = !connection.is_in_transaction() && watched.is_of(about.age);
        Box::pin(async move { Ok(is_sound) })
    })
}
