//! The store in one SQLite file: one connection writes, several read.
//!
//! - [`open`](SqliteStore::open): lock file, connections, migrations.
//! - `search`: member look-ups, packed by the database; `pages`: all members in order, for the snapshot.
//! - `journal`: the interchange log, commits of many callers grouped into one transaction.
//! - `control`: outbound control numbers. `plans`, `providers`: what their names say.
//! - `load`: one transaction that brings rows in, all or nothing; `rows`: their columns.
//! - `sql`: every fixed statement.

mod control;
mod insert;
mod journal;
mod load;
mod open;
mod pages;
mod plans;
mod providers;
mod rows;
mod search;
mod sql;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Row};

pub use load::{LoadTransaction, Owner};
pub(super) use pages::FamilyRange;

use super::{
    Access, Generations, InterchangeKey, InterchangeRow, MemberFile, MemberSearch, PartnerRow,
    Plan, Provider, Result, Store, StoreCounts, StoreError, StoreOptions,
};
use journal::Journal;

/// The store in one SQLite file. Clones share the connections.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    readers: SqlitePool,
    writer: Option<SqlitePool>,
    journal: Option<Journal>,
    /// Loads that this process committed.
    loads: Arc<AtomicU64>,
    /// Held for its lock.
    lock: Option<File>,
}

impl SqliteStore {
    /// Opens the store at `options.path`. Serving and writing create and migrate it; serving takes the lock beside it.
    /// Must be called on a tokio runtime.
    pub async fn open(options: &StoreOptions, access: Access) -> Result<Self> {
        Ok(Self::with(open::open(options, access).await?))
    }

    /// An empty store that lives in memory and goes with its last clone.
    pub async fn in_memory() -> Result<Self> {
        let options = StoreOptions::default();
        Ok(Self::with(open::open_in_memory(&options).await?))
    }

    fn with(connections: open::Connections) -> Self {
        let open::Connections { writer, readers, lock } = connections;
        let inner = Inner {
            journal: writer.clone().map(Journal::start),
            readers,
            writer,
            loads: Arc::default(),
            lock,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Starts a load: rows put into it are seen by nobody until it is committed, and by nobody at all when it is dropped.
    pub async fn begin_load(&self) -> Result<LoadTransaction> {
        LoadTransaction::begin(self.writer()?, self.inner.loads.clone()).await
    }

    /// How many rows of each kind there are.
    pub async fn counts(&self) -> Result<StoreCounts> {
        const DOING: &str = "counting rows";
        let row = sqlx::query(sql::COUNTS)
            .fetch_one(&self.inner.readers)
            .await
            .map_err(database_error(DOING))?;
        let count = |column| row.try_get::<i64, _>(column).map_err(database_error(DOING));
        Ok(StoreCounts {
            plans: count(0)?.unsigned_abs(),
            families: count(1)?.unsigned_abs(),
            members: count(2)?.unsigned_abs(),
            coverage: count(3)?.unsigned_abs(),
            providers: count(4)?.unsigned_abs(),
            partners: count(5)?.unsigned_abs(),
            interchanges: count(6)?.unsigned_abs(),
        })
    }

    /// How many loads were committed through this store and its clones.
    pub(super) fn loads(&self) -> u64 {
        self.inner.loads.load(Ordering::Acquire)
    }

    /// Forgets the interchanges received before this instant, microseconds since 1970 UTC, and their replies. From then on a
    /// partner may use their control numbers again. Gives how many were forgotten.
    pub async fn forget_interchanges(&self, before_micros: i64) -> Result<u64> {
        let done = sqlx::query(sql::FORGET_INTERCHANGES)
            .bind(before_micros)
            .execute(self.writer()?)
            .await
            .map_err(database_error("forgetting interchanges"))?;
        Ok(done.rows_affected())
    }

    /// Waits for everything begun, and closes the database. Clones can do nothing any more.
    pub async fn close(&self) {
        if let Some(writer) = &self.inner.writer {
            writer.close().await;
        }
        self.inner.readers.close().await;
        if let Some(lock) = &self.inner.lock {
            // Clones may live on for a moment; the lock should not. It goes with the file at the latest.
            let _ = lock.unlock();
        }
    }

    fn writer(&self) -> Result<&SqlitePool> {
        self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)
    }
}

impl Store for SqliteStore {
    async fn find_members(&self, searches: &[MemberSearch]) -> Result<Vec<Vec<MemberFile>>> {
        search::find_members(&self.inner.readers, searches).await
    }

    async fn find_families(&self, subscribers: &[Box<str>]) -> Result<Vec<Vec<MemberFile>>> {
        search::find_families(&self.inner.readers, subscribers).await
    }

    async fn plans(&self) -> Result<Vec<Plan>> {
        plans::read(&self.inner.readers).await
    }

    async fn find_providers(&self, ids: &[Box<str>]) -> Result<Vec<Option<Provider>>> {
        providers::find(&self.inner.readers, ids).await
    }

    async fn partners(&self) -> Result<Vec<PartnerRow>> {
        providers::partners(&self.inner.readers).await
    }

    async fn take_control_numbers(&self, series: &str, count: u32) -> Result<u32> {
        control::take(self.writer()?, series, count).await
    }

    async fn find_interchanges(
        &self,
        keys: &[InterchangeKey],
    ) -> Result<Vec<Option<InterchangeRow>>> {
        let mut reader =
            self.inner.readers.acquire().await.map_err(database_error("finding interchanges"))?;
        journal::find(&mut reader, keys).await
    }

    async fn record_interchanges(&self, rows: Vec<InterchangeRow>) -> Result<Vec<InterchangeRow>> {
        self.inner.journal.as_ref().ok_or(StoreError::ReadOnly)?.record(rows).await
    }

    async fn generations(&self) -> Result<Generations> {
        const DOING: &str = "reading generations";
        let rows = sqlx::query_as::<_, (String, i64)>(sql::GENERATIONS)
            .fetch_all(&self.inner.readers)
            .await
            .map_err(database_error(DOING))?;
        let mut generations = Generations::default();
        for (subject, value) in rows {
            generations.set(&subject, value.unsigned_abs());
        }
        Ok(generations)
    }
}

/// Says what was being done when the driver failed.
fn database_error(doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { doing, source }
}

/// A list of keys as one bind.
fn key_list<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<String> {
    let keys: Vec<&str> = keys.into_iter().collect();
    serde_json::to_string(&keys).map_err(|_| StoreError::Corrupt { what: "key list" })
}

/// Does `work` in one immediate transaction: all of it or nothing.
async fn in_transaction<T>(
    connection: &mut SqliteConnection,
    doing: &'static str,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    let mut transaction =
        connection.begin_with("BEGIN IMMEDIATE").await.map_err(database_error(doing))?;
    let done = work(&mut transaction).await?;
    transaction.commit().await.map_err(database_error(doing))?;
    Ok(done)
}

#[cfg(test)]
mod tests;
