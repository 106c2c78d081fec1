//! Batches with their results, for those who want to know what was picked up.

use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::{READING, database_error, sql};
use crate::store::{BatchFilter, ListedBatch, ListedResult, Result};

pub(super) async fn list(readers: &SqlitePool, filter: &BatchFilter) -> Result<Vec<ListedBatch>> {
    let rows = sqlx::query(sql::LIST)
        .bind(filter.partner.as_deref())
        .bind(filter.since_micros)
        .bind(filter.until_micros)
        .bind(i64::try_from(filter.before_id).unwrap_or(i64::MAX))
        .bind(i64::from(filter.limit))
        .fetch_all(readers)
        .await
        .map_err(database_error(READING))?;
    let mut listed: Vec<ListedBatch> = Vec::new();
    for row in &rows {
        let (batch, result) = read(row).map_err(database_error(READING))?;
        match listed.last_mut() {
            // A row for each result of the batch.
            Some(last) if last.id == batch.id => last.results.extend(result),
            _ => listed.push(ListedBatch { results: result.into_iter().collect(), ..batch }),
        }
    }
    Ok(listed)
}

fn read(row: &SqliteRow) -> sqlx::Result<(ListedBatch, Option<ListedResult>)> {
    let text = |column: usize| row.try_get::<String, _>(column).map(Box::<str>::from);
    let number = |column: usize| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let batch = ListedBatch {
        id: number(0)?,
        partner: text(1)?,
        payload_type: text(2)?,
        payload_id: text(3)?,
        bytes: number(4)?,
        received_micros: row.try_get(5)?,
        state: text(6)?,
        reason: text(7)?,
        results: Vec::new(),
    };
    let Some(kind) = row.try_get::<Option<String>, _>(8)? else { return Ok((batch, None)) };
    let result = ListedResult {
        kind: kind.into(),
        payload_id: text(9)?,
        bytes: number(10)?,
        ready_micros: row.try_get(11)?,
        picked_micros: row.try_get(12)?,
        confirmed_micros: row.try_get(13)?,
    };
    Ok((batch, Some(result)))
}
