//! Batches and their results.

mod kept;
mod listed;
pub(super) mod sql;

use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{Executor, Row};

use crate::store::traits::Reply;
use crate::store::{
    BatchFilter, BatchResult, KeptBody, KeptIn, ListedBatch, Mailbox, NewBatch, Pickup, Result,
    StoreError, Submitted, WaitingBatch,
};

use super::{SqliteStore, database_error, in_transaction};

const CORRUPT: StoreError = StoreError::Corrupt { what: "batch" };
const SUBMITTING: &str = "accepting a batch";
const READING: &str = "reading batches";
const CHANGING: &str = "changing a batch";
const PICKING: &str = "picking up a result";

impl Mailbox for SqliteStore {
    fn submit(&self, batch: NewBatch, waiting_max: u32) -> Reply<'_, Submitted> {
        Box::pin(async move { submit(self.writer()?, &batch, waiting_max).await })
    }

    fn waiting(&self, now_micros: i64, limit: u32) -> Reply<'_, Vec<WaitingBatch>> {
        Box::pin(async move {
            let rows = sqlx::query(sql::WAITING)
                .bind(now_micros)
                .bind(i64::from(limit))
                .fetch_all(&self.inner.readers)
                .await
                .map_err(database_error(READING))?;
            rows.iter().map(waiting).collect()
        })
    }

    fn finish(&self, id: u64, results: Vec<BatchResult>, now_micros: i64) -> Reply<'_, ()> {
        Box::pin(async move {
            let mut connection =
                self.writer()?.acquire().await.map_err(database_error(CHANGING))?;
            in_transaction(&mut connection, CHANGING, async |connection| {
                finish(connection, id, &results, now_micros).await
            })
            .await
        })
    }

    fn list<'a>(&'a self, filter: &'a BatchFilter) -> Reply<'a, Vec<ListedBatch>> {
        Box::pin(listed::list(&self.inner.readers, filter))
    }

    fn bodies<'a>(&'a self, after: Option<&'a KeptIn>, limit: u32) -> Reply<'a, Vec<KeptBody>> {
        Box::pin(kept::bodies(&self.inner.readers, after, limit))
    }

    fn replace(&self, bodies: Vec<(KeptBody, Vec<u8>)>) -> Reply<'_, ()> {
        Box::pin(async move {
            let mut connection =
                self.writer()?.acquire().await.map_err(database_error(CHANGING))?;
            in_transaction(&mut connection, CHANGING, async |connection| {
                kept::replace(connection, &bodies).await
            })
            .await
        })
    }

    fn postpone<'a>(
        &'a self,
        id: u64,
        due_micros: Option<i64>,
        attempts: u32,
        reason: &'a str,
    ) -> Reply<'a, ()> {
        Box::pin(async move {
            sqlx::query(sql::POSTPONE)
                .bind(column(id)?)
                .bind(due_micros)
                .bind(reason)
                .bind(i64::from(attempts))
                .execute(self.writer()?)
                .await
                .map_err(database_error(CHANGING))?;
            Ok(())
        })
    }

    fn pick_up<'a>(&'a self, pickup: Pickup<'a>) -> Reply<'a, Option<BatchResult>> {
        Box::pin(async move {
            let mut connection = self.writer()?.acquire().await.map_err(database_error(PICKING))?;
            in_transaction(&mut connection, PICKING, async |connection| {
                pick_up(connection, pickup).await
            })
            .await
        })
    }

    fn acknowledge<'a>(
        &'a self,
        partner: &'a str,
        payload_id: &'a str,
        now_micros: i64,
    ) -> Reply<'a, u64> {
        Box::pin(async move {
            let done = sqlx::query(sql::ACKNOWLEDGED)
                .bind(partner)
                .bind(payload_id)
                .bind(now_micros)
                .execute(self.writer()?)
                .await
                .map_err(database_error(CHANGING))?;
            Ok(done.rows_affected())
        })
    }

    fn forget(&self, before_micros: i64, limit: u32) -> Reply<'_, u64> {
        Box::pin(async move {
            let mut connection =
                self.writer()?.acquire().await.map_err(database_error(CHANGING))?;
            in_transaction(&mut connection, CHANGING, async |connection| {
                let mut forgotten = 0;
                for statement in [sql::FORGET_RESULTS, sql::FORGET] {
                    let done = sqlx::query(statement)
                        .bind(before_micros)
                        .bind(i64::from(limit))
                        .execute(&mut *connection)
                        .await
                        .map_err(database_error(CHANGING))?;
                    forgotten = done.rows_affected();
                }
                Ok(forgotten)
            })
            .await
        })
    }
}

/// Accepts a batch. The commit is on the disk before the receipt leaves, whatever the durability of other rows.
async fn submit(writer: &SqlitePool, batch: &NewBatch, waiting_max: u32) -> Result<Submitted> {
    let failed = database_error(SUBMITTING);
    let mut connection = writer.acquire().await.map_err(&failed)?;
    let before: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await
        .map_err(&failed)?;
    connection.execute("PRAGMA synchronous = FULL").await.map_err(&failed)?;
    let submitted = in_transaction(&mut connection, SUBMITTING, async |connection| {
        insert(connection, batch, waiting_max).await
    })
    .await;
    if before == 1 {
        connection.execute("PRAGMA synchronous = NORMAL").await.map_err(&failed)?;
    }
    submitted
}

async fn insert(
    connection: &mut SqliteConnection,
    batch: &NewBatch,
    waiting_max: u32,
) -> Result<Submitted> {
    let failed = database_error(SUBMITTING);
    let earlier: Option<i64> = sqlx::query_scalar(sql::EARLIER)
        .bind(&*batch.partner)
        .bind(&*batch.sender)
        .bind(&*batch.payload_type)
        .bind(&*batch.payload_id)
        .bind(&batch.hash[..])
        .fetch_optional(&mut *connection)
        .await
        .map_err(&failed)?;
    if let Some(earlier) = earlier {
        return Ok(Submitted::Earlier(earlier.unsigned_abs()));
    }
    let waiting: i64 = sqlx::query_scalar(sql::WAITING_COUNT)
        .bind(&*batch.partner)
        .bind(i64::from(waiting_max))
        .fetch_one(&mut *connection)
        .await
        .map_err(&failed)?;
    if waiting >= i64::from(waiting_max) {
        return Ok(Submitted::Full);
    }
    let done = sqlx::query(sql::SUBMIT)
        .bind(&*batch.partner)
        .bind(&*batch.login)
        .bind(&*batch.credential)
        .bind(&*batch.transport)
        .bind(&*batch.sender)
        .bind(&*batch.receiver)
        .bind(&*batch.payload_type)
        .bind(&*batch.payload_id)
        .bind(&batch.hash[..])
        .bind(column(batch.bytes)?)
        .bind(batch.received_micros)
        .bind(batch.body.as_deref())
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(Submitted::Fresh(done.last_insert_rowid().unsigned_abs()))
}

async fn finish(
    connection: &mut SqliteConnection,
    id: u64,
    results: &[BatchResult],
    now_micros: i64,
) -> Result<()> {
    let failed = database_error(CHANGING);
    let id = column(id)?;
    let done = sqlx::query(sql::DONE).bind(id).execute(&mut *connection).await.map_err(&failed)?;
    // Done by somebody else: its results are there.
    if done.rows_affected() == 0 {
        return Ok(());
    }
    for result in results {
        sqlx::query(sql::ADD_RESULT)
            .bind(id)
            .bind(&*result.kind)
            .bind(&*result.payload_id)
            .bind(&result.hash[..])
            .bind(&result.sha1[..])
            .bind(column(result.bytes)?)
            .bind(now_micros)
            .bind(result.body.as_deref())
            .execute(&mut *connection)
            .await
            .map_err(&failed)?;
    }
    Ok(())
}

async fn pick_up(
    connection: &mut SqliteConnection,
    pickup: Pickup<'_>,
) -> Result<Option<BatchResult>> {
    let failed = database_error(PICKING);
    let Pickup { partner, kind, payload_id, now_micros } = pickup;
    let mut row = sqlx::query(sql::NAMED)
        .bind(partner)
        .bind(kind)
        .bind(payload_id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(&failed)?;
    if row.is_none() {
        let known: bool = sqlx::query_scalar(sql::IS_KNOWN)
            .bind(payload_id)
            .fetch_one(&mut *connection)
            .await
            .map_err(&failed)?;
        // What has the id is another's, or not ready.
        if known {
            return Ok(None);
        }
        row = sqlx::query(sql::OLDEST)
            .bind(partner)
            .bind(kind)
            .fetch_optional(&mut *connection)
            .await
            .map_err(&failed)?;
    }
    let Some(row) = row else { return Ok(None) };
    let (batch, result) = result(&row)?;
    sqlx::query(sql::PICKED)
        .bind(batch)
        .bind(&*result.kind)
        .bind(now_micros)
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(Some(result))
}

fn waiting(row: &SqliteRow) -> Result<WaitingBatch> {
    let failed = database_error(READING);
    let text = |column: usize| row.try_get::<String, _>(column).map(Box::<str>::from);
    let number = |column: usize| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let read = || -> sqlx::Result<(u64, NewBatch, u64, Vec<u8>)> {
        let batch = NewBatch {
            partner: text(1)?,
            login: text(2)?,
            credential: text(3)?,
            transport: text(4)?,
            sender: text(5)?,
            receiver: text(6)?,
            payload_type: text(7)?,
            payload_id: text(8)?,
            hash: [0; 32],
            bytes: number(10)?,
            received_micros: row.try_get(11)?,
            body: row.try_get(13)?,
        };
        Ok((number(0)?, batch, number(12)?, row.try_get(9)?))
    };
    let (id, batch, attempts, hash) = read().map_err(failed)?;
    let hash = hash.try_into().map_err(|_| CORRUPT)?;
    let attempts = u32::try_from(attempts).map_err(|_| CORRUPT)?;
    Ok(WaitingBatch { id, batch: NewBatch { hash, ..batch }, attempts })
}

fn result(row: &SqliteRow) -> Result<(i64, BatchResult)> {
    let failed = database_error(PICKING);
    type Columns = (i64, String, String, Vec<u8>, Vec<u8>, i64, Option<Vec<u8>>);
    let (batch, kind, payload_id, hash, sha1, bytes, body) =
        <Columns as sqlx::FromRow<'_, SqliteRow>>::from_row(row).map_err(failed)?;
    let result = BatchResult {
        kind: kind.into(),
        payload_id: payload_id.into(),
        hash: hash.try_into().map_err(|_| CORRUPT)?,
        sha1: sha1.try_into().map_err(|_| CORRUPT)?,
        bytes: bytes.unsigned_abs(),
        body,
    };
    Ok((batch, result))
}

fn column(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| CORRUPT)
}

#[cfg(test)]
mod tests;
