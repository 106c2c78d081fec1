//! Opening the database: the lock file, the connections, the migrations.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqlSafeStr};

use crate::store::{Access, Durability, Result, StoreError, StoreOptions};

use super::checkpoint;
use super::claims::Recent;
use super::database_error;
use super::insert::STATEMENTS_KEPT;
use super::sound::only_sound;

/// The migrations, embedded: version, what it brings, SQL.
const MIGRATIONS: [(i64, &str, &str); 16] = [
    (1, "foundation", include_str!("../migrations/sqlite/0001_foundation.sql")),
    (2, "journal", include_str!("../migrations/sqlite/0002_journal.sql")),
    (3, "claims", include_str!("../migrations/sqlite/0003_claims.sql")),
    (4, "members", include_str!("../migrations/sqlite/0004_members.sql")),
    (5, "documents", include_str!("../migrations/sqlite/0005_documents.sql")),
    (6, "reviews", include_str!("../migrations/sqlite/0006_reviews.sql")),
    (7, "tax_ids", include_str!("../migrations/sqlite/0007_tax_ids.sql")),
    (10, "search of reviews", include_str!("../migrations/sqlite/0010_review_search.sql")),
    (11, "provider locations", include_str!("../migrations/sqlite/0011_provider_locations.sql")),
    (12, "mailbox", include_str!("../migrations/sqlite/0012_mailbox.sql")),
    (14, "access", include_str!("../migrations/sqlite/0014_access.sql")),
    (17, "benefits", include_str!("../migrations/sqlite/0017_benefits.sql")),
    (18, "registration", include_str!("../migrations/sqlite/0018_registration.sql")),
    (19, "series of control numbers", include_str!("../migrations/sqlite/0019_control_series.sql")),
    (20, "declined", include_str!("../migrations/sqlite/0020_declined.sql")),
    (21, "benefit terms", include_str!("../migrations/sqlite/0021_benefit_terms.sql")),
];

/// Bytes of the write-ahead log that stay on the disk after a large load.
const JOURNAL_BYTES_MAX: &str = "67108864";

/// Rows of a member-file statement are one large value each, so few fit a buffer.
const ROW_BUFFER: usize = 64;

/// The connections to one database.
pub(super) struct Connections {
    /// The one connection that writes; none for reading commands.
    pub writer: Option<SqlitePool>,
    /// The connections that read.
    pub readers: SqlitePool,
    /// The connection that moves the write-ahead log into the database while serving.
    pub checkpointer: Option<SqlitePool>,
    /// Held while serving; the lock goes when the file is closed.
    pub lock: Option<File>,
    /// Commits of claims.
    pub recent: Recent,
}

/// Opens the database file, migrates it when writing is allowed, and takes the lock when serving.
pub(super) async fn open(options: &StoreOptions, access: Access) -> Result<Connections> {
    let lock = match access {
        Access::Serve => Some(take_lock(&options.path)?),
        Access::Write | Access::Read => None,
    };
    let base = base_options(options).filename(&options.path);
    let recent = Recent::default();
    let mut checkpointer = None;
    let writer = match access {
        Access::Read => None,
        Access::Serve | Access::Write => {
            let synchronous = match options.durability {
                Durability::Normal => SqliteSynchronous::Normal,
                Durability::Full => SqliteSynchronous::Full,
            };
            let mut writing = base
                .clone()
                .create_if_missing(true)
                .page_size(8192)
                .statement_cache_capacity(STATEMENTS_KEPT)
                .journal_mode(SqliteJournalMode::Wal)
                .pragma("journal_size_limit", JOURNAL_BYTES_MAX)
                .synchronous(synchronous);
            if access == Access::Serve {
                let beside =
                    writing.clone().create_if_missing(false).synchronous(SqliteSynchronous::Normal);
                let pool = only_sound(pool(1).min_connections(0), &options.path);
                checkpointer = Some(pool.connect_lazy_with(beside));
                writing = writing.pragma("wal_autocheckpoint", checkpoint::PAGES_MAX);
            }
            let pool = only_sound(pool(1), &options.path);
            let pool =
                pool.connect_with(writing.clone()).await.map_err(database_error("opening"))?;
            // A file that goes away while the store is open is not replaced by an empty one.
            pool.set_connect_options(writing.create_if_missing(false));
            migrate(&pool).await?;
            super::journal::clear_abandoned(&pool).await?;
            let mut connection = pool.acquire().await.map_err(database_error("opening"))?;
            recent.look(&mut connection).await?;
            drop(connection);
            Some(pool)
        }
    };
    let count = match options.read_connections {
        0 => std::thread::available_parallelism().map_or(2, |cores| cores.get().min(64) as u32),
        count => count,
    };
    let reading = base.read_only(true);
    let readers = only_sound(pool(count), &options.path);
    let readers = readers.connect_with(reading).await.map_err(database_error("opening"))?;
    if writer.is_none() {
        check_version(&readers).await?;
    }
    Ok(Connections { writer, readers, checkpointer, lock, recent })
}

/// Opens a database that lives in memory and dies with the store: one connection for everything.
pub(super) async fn open_in_memory(options: &StoreOptions) -> Result<Connections> {
    let memory = base_options(options).in_memory(true);
    let pool = pool(1).connect_with(memory).await.map_err(database_error("opening"))?;
    migrate(&pool).await?;
    Ok(Connections {
        writer: Some(pool.clone()),
        readers: pool,
        checkpointer: None,
        lock: None,
        recent: Recent::default(),
    })
}

/// What all connections share. The driver's statement log is off: bound values are no business of a log.
fn base_options(options: &StoreOptions) -> SqliteConnectOptions {
    let mapped_bytes_max = u64::from(options.mapped_mib_max) << 20;
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(options.busy_timeout_ms))
        .pragma("mmap_size", mapped_bytes_max.to_string())
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "memory")
        .row_buffer_size(ROW_BUFFER)
        .disable_statement_logging()
}

/// A pool that never lets a connection go for being idle or old.
fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(120))
}

/// Takes the lock beside the database, or says that another process serves the store.
pub(super) fn take_lock(database: &Path) -> Result<File> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let failed = |source| StoreError::Lock { path: path.clone(), source };
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

async fn migrate(pool: &SqlitePool) -> Result<()> {
    migrate_to(pool, i64::MAX).await
}

/// Migrates to this version, or to the newest when there is none so new.
pub(super) async fn migrate_to(pool: &SqlitePool, newest: i64) -> Result<()> {
    let migrations = MIGRATIONS
        .into_iter()
        .filter(|(version, ..)| *version <= newest)
        .map(|(version, brings, sql)| {
            let sql = sql.into_sql_str();
            Migration::new(version, brings.into(), MigrationType::Simple, sql, false)
        })
        .collect();
    let migrator = Migrator::with_migrations(migrations);
    migrator.run(pool).await.map_err(|source| StoreError::Migration { source: source.into() })
}

/// A reading command does not migrate, so it must find the tables it knows.
async fn check_version(pool: &SqlitePool) -> Result<()> {
    let found: std::result::Result<i64, sqlx::Error> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(pool).await;
    match (found, MIGRATIONS.last()) {
        (Ok(found), Some((newest, ..))) if found == *newest => Ok(()),
        _ => Err(StoreError::OtherVersion),
    }
}

/// The version that this program migrates to.
pub(super) fn newest_version() -> i64 {
    MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}
