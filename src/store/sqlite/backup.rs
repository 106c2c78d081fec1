//! A copy of the database while it is in use, and a copy put back in its place.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;

use crate::store::{Result, StoreError, StoreOptions};

use super::{SqliteStore, database_error, open, sql};

const BACKING_UP: &str = "backing up";
const RESTORING: &str = "restoring";

/// See [`crate::store::Backend::backup`].
pub(super) async fn backup(store: &SqliteStore, file: &Path) -> Result<()> {
    let failed = |source| StoreError::File { path: file.to_owned(), source };
    if file.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let part = beside(file, ".part");
    remove(&part)?;
    let name = part.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    sqlx::query(sql::BACKUP)
        .bind(name)
        .execute(&store.inner.readers)
        .await
        .map_err(database_error(BACKING_UP))?;
    // Under its own name it is whole and on the disk.
    File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&part, file).map_err(failed)?;
    sync_folder(file)
}

/// See [`crate::store::Stores::restore`].
pub(super) async fn restore(options: &StoreOptions, backup: &Path, replace: bool) -> Result<()> {
    check(backup).await?;
    // No other process may serve the store meanwhile.
    let _lock = open::take_lock(&options.path)?;
    let failed = |source| StoreError::File { path: options.path.clone(), source };
    if options.path.exists() && !replace {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let part = beside(&options.path, ".part");
    fs::copy(backup, &part).map_err(failed)?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
    // The log of the database that is replaced must not be taken for the new one's.
    for log in ["-wal", "-shm"] {
        remove(&beside(&options.path, log))?;
    }
    fs::rename(&part, &options.path).map_err(failed)?;
    sync_folder(&options.path)
}

/// Fails when the file is no whole store of this version or an older one.
async fn check(backup: &Path) -> Result<()> {
    let failed = database_error(RESTORING);
    let read_only = SqliteConnectOptions::new().filename(backup).read_only(true);
    let mut connection = read_only.connect().await.map_err(&failed)?;
    let version: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .map_err(&failed)?;
    let verdict: String = sqlx::query_scalar("PRAGMA quick_check")
        .fetch_one(&mut connection)
        .await
        .map_err(&failed)?;
    connection.close().await.map_err(&failed)?;
    match verdict.as_str() {
        "ok" if version <= open::newest_version() => Ok(()),
        "ok" => Err(StoreError::OtherVersion),
        _ => Err(StoreError::Corrupt { what: "backup" }),
    }
}

/// The file of this name with something after it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::File { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Waits until the name of a new file is on the disk.
fn sync_folder(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| StoreError::File { path: folder.to_owned(), source })
}
