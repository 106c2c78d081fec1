//! The bodies of batches and results that are in the store itself, as they are there.

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};

use super::{CHANGING, CORRUPT, READING, column, database_error, sql};
use crate::store::{KeptBody, KeptIn, Result};

/// Bodies after this one: those of batches by their number, then those of results.
pub(super) async fn bodies(
    readers: &SqlitePool,
    after: Option<&KeptIn>,
    limit: u32,
) -> Result<Vec<KeptBody>> {
    let mut found = Vec::new();
    let (batch, kind) = match after {
        Some(KeptIn::Result(batch, kind)) => (column(*batch)?, &**kind),
        of_batches => {
            let batch = match of_batches {
                Some(KeptIn::Batch(batch)) => column(*batch)?,
                _ => i64::MIN,
            };
            let rows = sqlx::query(sql::BATCH_BODIES)
                .bind(batch)
                .bind(i64::from(limit))
                .fetch_all(readers)
                .await
                .map_err(database_error(READING))?;
            for row in &rows {
                found.push(body(row, None)?);
            }
            (i64::MIN, "")
        }
    };
    let room = i64::from(limit) - found.len() as i64;
    if room > 0 {
        let rows = sqlx::query(sql::RESULT_BODIES)
            .bind(batch)
            .bind(kind)
            .bind(room)
            .fetch_all(readers)
            .await
            .map_err(database_error(READING))?;
        for row in &rows {
            let kind: String = row.try_get(3).map_err(database_error(READING))?;
            found.push(body(row, Some(kind))?);
        }
    }
    Ok(found)
}

fn body(row: &SqliteRow, kind: Option<String>) -> Result<KeptBody> {
    let failed = database_error(READING);
    let read = || -> sqlx::Result<(i64, Vec<u8>, Vec<u8>)> {
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    };
    let (id, hash, body) = read().map_err(failed)?;
    let id = id.unsigned_abs();
    let of = kind.map_or(KeptIn::Batch(id), |kind| KeptIn::Result(id, kind.into()));
    Ok(KeptBody { of, hash: hash.try_into().map_err(|_| CORRUPT)?, body })
}

pub(super) async fn replace(
    connection: &mut SqliteConnection,
    bodies: &[(KeptBody, Vec<u8>)],
) -> Result<()> {
    for (before, now) in bodies {
        let (statement, batch, kind) = match &before.of {
            KeptIn::Batch(batch) => (sql::REPLACE_BATCH_BODY, batch, ""),
            KeptIn::Result(batch, kind) => (sql::REPLACE_RESULT_BODY, batch, &**kind),
        };
        sqlx::query(statement)
            .bind(column(*batch)?)
            .bind(kind)
            .bind(&before.body[..])
            .bind(&now[..])
            .execute(&mut *connection)
            .await
            .map_err(database_error(CHANGING))?;
    }
    Ok(())
}
