//! The interchange log. Callers that record at the same time share one commit.
//!
//! A task of its own owns the writing: the others' commit stands when a caller goes away while it waits.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use crate::store::{InterchangeKey, InterchangeRow, ReplyRow, Result, StoreError};

use super::insert::{Binds, Insert};
use super::{database_error, in_transaction, sql};

const DOING: &str = "recording interchanges";
const FINDING: &str = "finding interchanges";

/// Rows after which a commit takes no further callers in.
const COMMIT_ROWS_MAX: usize = 2000;
/// Callers that may wait before the next one waits to be let in.
const CALLERS_MAX: usize = 4096;
/// Keys in one statement.
const CHUNK_KEYS: usize = 1000;

const INTERCHANGE: Insert = Insert {
    doing: DOING,
    head: "INSERT INTO interchange \
           (sender, receiver, control, test, hash, received_micros, bytes, sets, outcome)",
    columns: 9,
    tail: "",
};
const REPLY: Insert = Insert {
    doing: DOING,
    head: "INSERT INTO reply \
           (sender, receiver, control, test, position, kind, reply_control, hash, body)",
    columns: 9,
    tail: "",
};

/// Commits for many callers at once: hands their rows to the task that writes.
pub(super) struct GroupCommit {
    callers: mpsc::Sender<Caller>,
}

/// Rows to record, and where to say what is stored.
struct Caller {
    rows: Vec<InterchangeRow>,
    answer: oneshot::Sender<Result<Vec<InterchangeRow>>>,
}

impl GroupCommit {
    /// Starts the task; it ends with this value.
    pub(super) fn start(writer: SqlitePool) -> Self {
        let (callers, waiting) = mpsc::channel(CALLERS_MAX);
        tokio::spawn(commit_all(writer, waiting));
        Self { callers }
    }

    /// See [`crate::store::Journal::record`].
    pub(super) async fn record(&self, rows: Vec<InterchangeRow>) -> Result<Vec<InterchangeRow>> {
        if rows.is_empty() {
            return Ok(rows);
        }
        let (answer, stored) = oneshot::channel();
        let caller = Caller { rows, answer };
        self.callers.send(caller).await.map_err(|_| StoreError::Gone)?;
        stored.await.map_err(|_| StoreError::Gone)?
    }
}

/// Takes every caller that waits, commits for all, and answers each.
async fn commit_all(writer: SqlitePool, mut waiting: mpsc::Receiver<Caller>) {
    while let Some(first) = waiting.recv().await {
        let mut count = first.rows.len();
        let mut callers = vec![first];
        while count < COMMIT_ROWS_MAX
            && let Ok(next) = waiting.try_recv()
        {
            count += next.rows.len();
            callers.push(next);
        }
        let rows = callers.iter().flat_map(|caller| &caller.rows);
        match commit(&writer, rows).await {
            Ok(stored) => callers.into_iter().for_each(|caller| caller.answer(Ok(&stored))),
            Err(error) => {
                let error = Arc::new(error);
                for caller in callers {
                    caller.answer(Err(StoreError::Together(error.clone())));
                }
            }
        }
    }
}

/// The rows that were there before, by their keys.
type Stored = FxHashMap<InterchangeKey, InterchangeRow>;

impl Caller {
    /// Gives the caller its rows, each replaced by the stored one where there was one.
    fn answer(self, outcome: Result<&Stored>) {
        let Self { mut rows, answer } = self;
        let outcome = outcome.map(|stored| {
            for row in &mut rows {
                if let Some(before) = stored.get(&row.key) {
                    row.clone_from(before);
                }
            }
            rows
        });
        // A caller that went away does not want its answer.
        drop(answer.send(outcome));
    }
}

/// Writes the rows whose keys are new, in one transaction, and gives the stored rows of the others. Among rows of one key the
/// first wins.
async fn commit(
    writer: &SqlitePool,
    rows: impl Iterator<Item = &InterchangeRow>,
) -> Result<Stored> {
    let mut fresh = Vec::new();
    let mut keys = FxHashSet::default();
    let mut stored = Stored::default();
    for row in rows {
        if keys.insert(&row.key) {
            fresh.push(row);
        } else if let Some(first) = fresh.iter().find(|first| first.key == row.key) {
            stored.insert(row.key.clone(), (*first).clone());
        }
    }
    let keys: Vec<InterchangeKey> = fresh.iter().map(|row| row.key.clone()).collect();
    let mut connection = writer.acquire().await.map_err(database_error(DOING))?;
    in_transaction(&mut connection, DOING, async |connection| {
        // No other connection writes until this transaction ends, so what is not found now is new.
        for (key, before) in keys.iter().zip(find(connection, &keys).await?) {
            if let Some(before) = before {
                fresh.retain(|row| row.key != *key);
                stored.insert(key.clone(), before);
            }
        }
        insert(connection, &fresh).await
    })
    .await?;
    Ok(stored)
}

async fn insert(connection: &mut SqliteConnection, rows: &[&InterchangeRow]) -> Result<()> {
    INTERCHANGE
        .run(connection, rows, |row, binds| {
            bind_key(&row.key, binds)
                .add(row.hash.as_slice())
                .add(row.received_micros)
                .add(row.bytes.cast_signed())
                .add(i64::from(row.sets))
                .add(&*row.outcome);
        })
        .await?;
    let replies: Vec<(&InterchangeKey, i64, &ReplyRow)> = rows
        .iter()
        .flat_map(|row| {
            (0..).zip(&row.replies).map(|(position, reply)| (&row.key, position, reply))
        })
        .collect();
    REPLY
        .run(connection, &replies, |(key, position, reply), binds| {
            bind_key(key, binds)
                .add(*position)
                .add(&*reply.kind)
                .add(i64::from(reply.control))
                .add(reply.hash.as_slice())
                .add(reply.body.as_deref());
        })
        .await
}

fn bind_key<'b>(key: &InterchangeKey, binds: &'b mut Binds) -> &'b mut Binds {
    binds.add(&*key.sender).add(&*key.receiver).add(i64::from(key.control)).add(i64::from(key.test))
}

/// See [`crate::store::Journal::find`].
pub(super) async fn find(
    connection: &mut SqliteConnection,
    keys: &[InterchangeKey],
) -> Result<Vec<Option<InterchangeRow>>> {
    const CORRUPT: StoreError = StoreError::Corrupt { what: "interchange" };
    let mut found = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK_KEYS) {
        let key_rows: Vec<_> = chunk
            .iter()
            .map(|key| (&*key.sender, &*key.receiver, key.control, u8::from(key.test)))
            .collect();
        let key_rows = serde_json::to_string(&key_rows).map_err(|_| CORRUPT)?;
        let base = found.len();
        found.resize_with(base + chunk.len(), || None);
        let rows = sqlx::query_as::<_, (i64, Vec<u8>, i64, i64, i64, String)>(sql::INTERCHANGES)
            .bind(&key_rows)
            .fetch_all(&mut *connection)
            .await
            .map_err(database_error(FINDING))?;
        if rows.is_empty() {
            continue;
        }
        for (index, hash, received_micros, bytes, sets, outcome) in rows {
            let index = usize::try_from(index).map_err(|_| CORRUPT)?;
            found[base + index] = Some(InterchangeRow {
                key: chunk[index].clone(),
                hash: hash.try_into().map_err(|_| CORRUPT)?,
                received_micros,
                bytes: bytes.cast_unsigned(),
                sets: u32::try_from(sets).map_err(|_| CORRUPT)?,
                outcome: outcome.into(),
                replies: Vec::new(),
            });
        }
        let replies =
            sqlx::query_as::<_, (i64, String, i64, Vec<u8>, Option<Vec<u8>>)>(sql::REPLIES)
                .bind(&key_rows)
                .fetch_all(&mut *connection)
                .await
                .map_err(database_error(FINDING))?;
        for (index, kind, control, hash, body) in replies {
            let index = usize::try_from(index).map_err(|_| CORRUPT)?;
            let Some(Some(row)) = found.get_mut(base + index) else { continue };
            row.replies.push(ReplyRow {
                kind: kind.into(),
                control: u32::try_from(control).map_err(|_| CORRUPT)?,
                hash: hash.try_into().map_err(|_| CORRUPT)?,
                body,
            });
        }
    }
    Ok(found)
}
