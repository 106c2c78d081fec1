//! Keeps the search index up to date, after the commits and never in them: a word of the index costs more than the claim itself.
//!
//! A commit notes what is to do. A task does it when the writer is idle, or when it has waited long enough; a search does what
//! is left, or, where it may not write, looks at those claims by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::mpsc;

use crate::store::{ClaimVersion, Result};

use super::super::insert::Insert;
use super::super::{database_error, in_transaction};
use super::words::Document;
use super::{rows, sql};

const INDEXING: &str = "indexing claims";

/// Claims that one transaction indexes: a few milliseconds during which nobody else writes.
const INDEXED_TOGETHER_MAX: i64 = 500;
/// How long nothing is written before the task goes on.
const IDLE: Duration = Duration::from_millis(50);
/// How often it waits for that before it goes on anyway.
const WAITS_MAX: u32 = 40;

/// Bits of a row of the index that are the id of the claim; the day is above them.
const ID_BITS: u32 = 40;

/// The row of a claim in the index.
pub(super) fn row_of(claim: &ClaimVersion, id: i64) -> i64 {
    (i64::from(claim.from.to_julian_day()) << ID_BITS) | id
}

/// The first row of a day.
pub(super) fn first_row(day: time::Date) -> i64 {
    i64::from(day.to_julian_day()) << ID_BITS
}

/// The id of the claim at a row of the index.
pub(super) fn id_of(row: i64) -> i64 {
    row & ((1 << ID_BITS) - 1)
}

const PENDING: Insert = Insert {
    doing: INDEXING,
    head: "INSERT INTO search_pending (interchange, position)",
    columns: 2,
    tail: "",
};

/// Notes that these interchanges brought claims.
pub(super) async fn note_new(
    connection: &mut SqliteConnection,
    interchanges: &[i64],
) -> Result<()> {
    PENDING
        .run(connection, interchanges, |interchange, binds| {
            binds.add(*interchange).add(-1_i64);
        })
        .await
}

/// Wakes the task that indexes. It ends with the last clone.
#[derive(Clone)]
pub(in crate::store::sqlite) struct Indexer {
    wake: mpsc::Sender<()>,
    /// Transactions that others wrote.
    written: Arc<AtomicU64>,
}

impl Indexer {
    /// Starts the task.
    pub(in crate::store::sqlite) fn start(writer: SqlitePool) -> Self {
        let (wake, waiting) = mpsc::channel(1);
        let written = Arc::<AtomicU64>::default();
        tokio::spawn(index_always(writer, waiting, Arc::clone(&written)));
        Self { wake, written }
    }

    /// Says that something was written; `is_pending` when there is something to index.
    pub(in crate::store::sqlite) fn note_written(&self, is_pending: bool) {
        self.written.fetch_add(1, Ordering::Relaxed);
        if is_pending {
            // When it is full, the task is awake already or will be.
            let _ = self.wake.try_send(());
        }
    }
}

async fn index_always(
    writer: SqlitePool,
    mut waiting: mpsc::Receiver<()>,
    written: Arc<AtomicU64>,
) {
    while waiting.recv().await.is_some() {
        loop {
            for _ in 0..WAITS_MAX {
                let before = written.load(Ordering::Relaxed);
                tokio::time::sleep(IDLE).await;
                if written.load(Ordering::Relaxed) == before || waiting.is_closed() {
                    break;
                }
            }
            // What fails is left to the next search, which will say why.
            match index_some(&writer).await {
                Ok(true) => {}
                Ok(false) | Err(_) => break,
            }
        }
    }
}

/// Indexes all that was pending when this is called.
pub(super) async fn catch_up(writer: &SqlitePool) -> Result<()> {
    let last = sqlx::query_scalar::<_, i64>(sql::LAST_PENDING)
        .fetch_one(writer)
        .await
        .map_err(database_error(INDEXING))?;
    loop {
        let first = sqlx::query_scalar::<_, i64>(sql::FIRST_PENDING)
            .fetch_one(writer)
            .await
            .map_err(database_error(INDEXING))?;
        if first == 0 || first > last {
            return Ok(());
        }
        index_some(writer).await?;
    }
}

/// Indexes some of what is pending. Gives whether there may be more.
async fn index_some(writer: &SqlitePool) -> Result<bool> {
    let mut connection = writer.acquire().await.map_err(database_error(INDEXING))?;
    in_transaction(&mut connection, INDEXING, async |connection| {
        // New claims first: one that has changed since is then indexed again.
        if index_new(connection).await? { Ok(true) } else { index_changed(connection).await }
    })
    .await
}

/// A claim that is not indexed as it stands.
pub(super) struct Pending {
    /// The row that says so, and the place of the claim in its interchange.
    note: i64,
    position: i64,
    /// Its id.
    pub id: i64,
    pub claim: ClaimVersion,
}

/// At most `limit` claims that are not indexed as they stand, as one of the two statements finds them.
pub(super) async fn pending(
    connection: &mut SqliteConnection,
    statement: &'static str,
    limit: i64,
) -> Result<Vec<Pending>> {
    let failed = database_error(INDEXING);
    let rows = sqlx::query(statement)
        .bind(limit)
        .bind(i64::MIN)
        .fetch_all(connection)
        .await
        .map_err(&failed)?;
    let one = |row: &sqlx::sqlite::SqliteRow| {
        Ok(Pending {
            note: row.try_get(0).map_err(&failed)?,
            id: row.try_get(29).map_err(&failed)?,
            position: row.try_get(30).map_err(&failed)?,
            claim: rows::read(row)?.claim,
        })
    };
    rows.iter().map(one).collect()
}

async fn index_new(connection: &mut SqliteConnection) -> Result<bool> {
    let claims = pending(connection, sql::PENDING_NEW, INDEXED_TOGETHER_MAX).await?;
    write(connection, &claims).await?;
    // The last note may have more claims than these.
    let last = claims.last().filter(|_| claims.len() as i64 == INDEXED_TOGETHER_MAX);
    forget(connection, sql::DONE_NEW, last.map_or(i64::MAX, |last| last.note)).await?;
    if let Some(last) = last {
        sqlx::query(sql::DONE_PART)
            .bind(last.note)
            .bind(last.position)
            .execute(connection)
            .await
            .map_err(database_error(INDEXING))?;
    }
    Ok(last.is_some())
}

async fn index_changed(connection: &mut SqliteConnection) -> Result<bool> {
    let claims = pending(connection, sql::PENDING_CHANGED, INDEXED_TOGETHER_MAX).await?;
    write(connection, &claims).await?;
    let last = claims.last().filter(|_| claims.len() as i64 == INDEXED_TOGETHER_MAX);
    forget(connection, sql::DONE_CHANGED, last.map_or(i64::MAX, |last| last.note)).await?;
    Ok(last.is_some())
}

async fn forget(
    connection: &mut SqliteConnection,
    statement: &'static str,
    note: i64,
) -> Result<()> {
    sqlx::query(statement)
        .bind(note)
        .execute(connection)
        .await
        .map_err(database_error(INDEXING))?;
    Ok(())
}

const WORDS: Insert = Insert {
    doing: INDEXING,
    head: "INSERT OR REPLACE INTO claim_search (rowid, words)",
    columns: 2,
    tail: "",
};

const LISTED: Insert = Insert {
    doing: INDEXING,
    head: "INSERT OR IGNORE INTO search_word (word)",
    columns: 1,
    tail: "",
};

async fn write(connection: &mut SqliteConnection, claims: &[Pending]) -> Result<()> {
    let mut texts: FxHashMap<i64, String> = FxHashMap::default();
    let mut listed: FxHashSet<String> = FxHashSet::default();
    for Pending { id, claim, .. } in claims {
        let document = Document::of(claim);
        texts.insert(row_of(claim, *id), document.text());
        listed.extend(document.listed);
    }
    // The index takes rows in order at once, and any other row by itself.
    let mut texts: Vec<(i64, String)> = texts.into_iter().collect();
    texts.sort_unstable_by_key(|(row, _)| *row);
    WORDS
        .run(connection, &texts, |(row, text), binds| {
            binds.add(*row).add(text.as_str());
        })
        .await?;
    let mut listed: Vec<String> = listed.into_iter().collect();
    listed.sort_unstable();
    LISTED
        .run(connection, &listed, |word, binds| {
            binds.add(word.as_str());
        })
        .await
}

/// Every claim that is not indexed as it stands, each once; for who may not write.
pub(super) async fn all_pending(connection: &mut SqliteConnection) -> Result<Vec<Pending>> {
    let mut claims = pending(connection, sql::PENDING_NEW, i64::MAX).await?;
    claims.extend(pending(connection, sql::PENDING_CHANGED, i64::MAX).await?);
    let mut known = FxHashSet::default();
    claims.retain(|pending| known.insert(pending.id));
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::store::claims_story::claim;

    #[test]
    fn rows_are_in_the_order_of_service() {
        let claim = claim("1");
        let row = row_of(&claim, 77);
        assert_eq!(id_of(row), 77);
        assert!(first_row(date!(2026 - 07 - 04)) < row && row < first_row(date!(2026 - 07 - 05)));
    }
}
