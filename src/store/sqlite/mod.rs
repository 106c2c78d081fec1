//! The store in one SQLite file: one connection writes, several read.
//!
//! - [`open`](SqliteStore::open): lock file, connections, migrations.
//! - `search`: member look-ups, packed by the database; `pages`: all members in order, for the snapshot.
//! - `journal`: interchanges, their sets and replies; commits of many callers grouped into one transaction.
//! - `checkpoint`: moves the write-ahead log into the database.
//! - `claims`: the claim ledger. `reviews`: the review ledger.
//! - `access`: logins and the audit trail.
//! - `mailbox`: batches and their results.
//! - `control`: outbound control numbers. `plans`, `providers`: what their names say.
//! - `enroll`: changes of members.
//! - `load`: one transaction that brings rows in, all or nothing; `rows`: their columns.
//! - `sound`: connections that a failure has made useless are replaced.
//! - `sql`: every fixed statement.

mod access;
mod backup;
mod checkpoint;
mod claims;
mod control;
mod enroll;
mod insert;
mod journal;
mod load;
mod mailbox;
mod open;
mod pages;
mod plans;
mod providers;
mod reviews;
mod rows;
mod search;
mod sound;
mod sql;
mod synchronous;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Row};
use time::Date;

use super::traits::{BoxFuture, Reply};
use super::{
    Access, Backend, Generations, LoadTransaction, Mailbox, MemberFile, MemberPages, MemberSearch,
    Members, Owner, PartnerRow, Partners, Plan, Plans, Provider, Providers, Result, StoreCounts,
    StoreError, StoreOptions,
};
use checkpoint::Checkpointer;
use claims::Ledger;
use journal::GroupCommit;
use load::SqliteLoad;

/// The store in one SQLite file. Clones share the connections.
#[derive(Clone)]
pub(super) struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    readers: SqlitePool,
    writer: Option<SqlitePool>,
    /// The connection that moves the write-ahead log into the database.
    checkpointer: Option<SqlitePool>,
    journal: Option<GroupCommit>,
    /// Loads that this process committed.
    loads: Arc<AtomicU64>,
    /// What those that write claims share.
    ledger: Option<Ledger>,
    /// Held for its lock.
    lock: Option<File>,
}

impl SqliteStore {
    /// Opens the store at `options.path`. Serving and writing create and migrate it; serving takes the lock beside it.
    /// Must be called on a tokio runtime.
    pub(super) async fn open(options: &StoreOptions, access: Access) -> Result<Self> {
        Ok(Self::with(open::open(options, access).await?))
    }

    /// Puts a backup in the place of the store. See [`super::Stores::restore`].
    pub(super) async fn restore(
        options: &StoreOptions,
        backup: &std::path::Path,
        replace: bool,
    ) -> Result<()> {
        backup::restore(options, backup, replace).await
    }

    /// An empty store that lives in memory and goes with its last clone.
    pub(super) async fn in_memory() -> Result<Self> {
        let options = StoreOptions::default();
        Ok(Self::with(open::open_in_memory(&options).await?))
    }

    fn with(connections: open::Connections) -> Self {
        let open::Connections { writer, readers, checkpointer, lock, recent } = connections;
        let loads = Arc::default();
        let task = checkpointer.clone().map(Checkpointer::start);
        let ledger =
            writer.clone().map(|writer| Ledger::new(writer, recent, Arc::clone(&loads), task));
        let journal = writer.clone().zip(ledger.clone());
        let journal = journal.map(|(writer, ledger)| GroupCommit::start(writer, ledger));
        let inner = Inner { journal, readers, writer, checkpointer, loads, ledger, lock };
        Self { inner: Arc::new(inner) }
    }

    fn writer(&self) -> Result<&SqlitePool> {
        self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)
    }
}

impl Members for SqliteStore {
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(search::find_members(&self.inner.readers, searches))
    }

    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(search::find_families(&self.inner.readers, subscribers))
    }

    fn enrolled<'a>(&'a self, groups: &'a [Box<str>], on: Date) -> Reply<'a, Vec<Owner>> {
        Box::pin(enroll::enrolled(&self.inner.readers, groups, on))
    }
}

impl Plans for SqliteStore {
    fn all(&self) -> Reply<'_, Vec<Plan>> {
        Box::pin(plans::read(&self.inner.readers))
    }
}

impl Providers for SqliteStore {
    fn find<'a>(&'a self, ids: &'a [Box<str>]) -> Reply<'a, Vec<Option<Provider>>> {
        Box::pin(providers::find(&self.inner.readers, ids))
    }

    fn of_tax_ids<'a>(&'a self, tax_ids: &'a [Box<str>]) -> Reply<'a, Vec<Vec<Provider>>> {
        Box::pin(providers::of_tax_ids(&self.inner.readers, tax_ids))
    }
}

impl Partners for SqliteStore {
    fn all(&self) -> Reply<'_, Vec<PartnerRow>> {
        Box::pin(providers::partners(&self.inner.readers))
    }
}

impl Backend for SqliteStore {
    fn generations(&self) -> Reply<'_, Generations> {
        const DOING: &str = "reading generations";
        Box::pin(async move {
            let rows = sqlx::query_as::<_, (String, i64)>(sql::GENERATIONS)
                .fetch_all(&self.inner.readers)
                .await
                .map_err(database_error(DOING))?;
            let mut generations = Generations::default();
            for (subject, value) in rows {
                generations.set(&subject, value.unsigned_abs());
            }
            Ok(generations)
        })
    }

    fn counts(&self) -> Reply<'_, StoreCounts> {
        const DOING: &str = "counting rows";
        Box::pin(async move {
            let row = sqlx::query(sql::COUNTS)
                .fetch_one(&self.inner.readers)
                .await
                .map_err(database_error(DOING))?;
            let count = |column| {
                row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(database_error(DOING))
            };
            Ok(StoreCounts {
                plans: count(0)?,
                families: count(1)?,
                members: count(2)?,
                coverage: count(3)?,
                providers: count(4)?,
                partners: count(5)?,
                interchanges: count(6)?,
                claims: count(7)?,
            })
        })
    }

    fn property<'a>(&'a self, name: &'a str) -> Reply<'a, Option<String>> {
        Box::pin(async move {
            sqlx::query_scalar(claims::sql::PROPERTY)
                .bind(name)
                .fetch_optional(&self.inner.readers)
                .await
                .map_err(database_error("reading a property"))
        })
    }

    fn begin_load(&self) -> Reply<'_, Box<dyn LoadTransaction>> {
        Box::pin(async move {
            let load = SqliteLoad::begin(self.writer()?, self.inner.loads.clone()).await?;
            Ok(Box::new(load) as Box<dyn LoadTransaction>)
        })
    }

    fn member_pages(&self) -> Option<Arc<dyn MemberPages>> {
        Some(Arc::new(self.clone()))
    }

    fn mailbox(&self) -> Option<Arc<dyn Mailbox>> {
        Some(Arc::new(self.clone()))
    }

    fn backup<'a>(&'a self, file: &'a std::path::Path) -> Reply<'a, ()> {
        Box::pin(backup::backup(self, file))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // The writer goes last: whoever closes the database last moves the log into it, which a reader may not.
            self.inner.readers.close().await;
            for pool in [&self.inner.checkpointer, &self.inner.writer].into_iter().flatten() {
                pool.close().await;
            }
            if let Some(lock) = &self.inner.lock {
                // Clones may live on for a moment; the lock should not. It goes with the file at the latest.
                let _ = lock.unlock();
            }
        })
    }
}

/// Says what was being done when the driver failed.
fn database_error(doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { doing, retry: may_pass(&source), source: source.into() }
}

/// True for what may pass by itself: another process writes, all connections are in use, or the disk is full or cannot be used.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        // SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL and CANTOPEN, which extended codes hold in their low byte.
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse::<u32>().ok())
            .is_some_and(|code| matches!(code & 0xff, 5..=8 | 10 | 13 | 14)),
        _ => false,
    }
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
