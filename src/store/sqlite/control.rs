//! Outbound control numbers.

use sqlx::sqlite::SqlitePool;

use crate::store::{Result, StoreError, shared_control_series};

use super::synchronous::{Synchronous, with_synchronous};
use super::{database_error, sql};

/// The last number of a series.
const NUMBER_MAX: u32 = 999_999_999;

/// See [`crate::store::Journal::take_control_numbers`].
///
/// The commit is on the disk before a number is used, whatever the durability of other rows: one lost in a power failure
/// would be given twice.
pub(super) async fn take(writer: &SqlitePool, series: &str, count: u32) -> Result<u32> {
    if count == 0 || count > NUMBER_MAX {
        return Err(StoreError::ControlCount);
    }
    let doing = "taking control numbers";
    let shared = series.rsplit_once('/').map(|(_, kind)| shared_control_series(kind));
    let statement = match shared.as_deref() == Some(series) {
        true => sql::TAKE_SHARED_CONTROL_NUMBERS,
        false => sql::TAKE_CONTROL_NUMBERS,
    };
    let mut connection = writer.acquire().await.map_err(database_error(doing))?;
    let taken = with_synchronous(&mut connection, Synchronous::Full, doing, async |connection| {
        // All rows, not one: only a statement run to its end is committed when the call returns.
        sqlx::query_scalar::<_, i64>(statement)
            .bind(series)
            .bind(i64::from(count))
            .bind(shared)
            .fetch_all(connection)
            .await
            .map_err(database_error(doing))
    })
    .await?;
    let first = taken.first().and_then(|first| u32::try_from(*first).ok());
    first.ok_or(StoreError::Corrupt { what: "control number" })
}
