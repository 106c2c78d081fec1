//! Outbound control numbers: taken from the database in blocks, handed out from memory.

use rustc_hash::FxHashMap;
use sqlx::Executor;
use sqlx::sqlite::SqlitePool;

use crate::store::{Result, StoreError};

use super::{database_error, sql};

const DOING: &str = "taking control numbers";

/// The largest block taken ahead, and so the largest gap that a crash leaves.
const BLOCK_MAX: u32 = 4096;

/// Numbers that are ours already, series by series.
#[derive(Default)]
pub(super) struct ControlNumbers {
    blocks: FxHashMap<Box<str>, Block>,
}

/// Numbers `next..end` are ours. `size` doubles with demand, so that a single answer leaves no gap.
#[derive(Default)]
struct Block {
    next: u32,
    end: u32,
    size: u32,
}

impl ControlNumbers {
    /// Takes `count` numbers in a row and gives the first.
    pub(super) async fn take(
        &mut self,
        writer: &SqlitePool,
        series: &str,
        count: u32,
    ) -> Result<u32> {
        if count == 0 || count > 999_999_999 {
            return Err(StoreError::ControlCount);
        }
        if !self.blocks.contains_key(series) {
            self.blocks.insert(series.into(), Block::default());
        }
        let block = self.blocks.get_mut(series).ok_or(StoreError::ControlCount)?;
        if block.end - block.next < count {
            let size = count.max((block.size * 2).min(BLOCK_MAX));
            let first = reserve(writer, series, size).await?;
            *block = Block { next: first, end: first + size, size: size.min(BLOCK_MAX) };
        }
        let first = block.next;
        block.next += count;
        Ok(first)
    }
}

/// Moves the stored counter on. The commit is on the disk before a number is used, whatever the durability of other rows:
/// a number lost in a power failure would be given twice.
async fn reserve(writer: &SqlitePool, series: &str, size: u32) -> Result<u32> {
    let failed = database_error(DOING);
    let mut connection = writer.acquire().await.map_err(&failed)?;
    let before: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await
        .map_err(&failed)?;
    connection.execute("PRAGMA synchronous = FULL").await.map_err(&failed)?;
    // All rows, not one: only a statement run to its end is committed when the call returns.
    let taken = sqlx::query_scalar::<_, i64>(sql::TAKE_CONTROL_NUMBERS)
        .bind(series)
        .bind(i64::from(size))
        .fetch_all(&mut *connection)
        .await
        .map_err(&failed);
    let restored =
        if before == 1 { "PRAGMA synchronous = NORMAL" } else { "PRAGMA synchronous = FULL" };
    connection.execute(restored).await.map_err(&failed)?;
    let first = taken?.first().and_then(|first| u32::try_from(*first).ok());
    first.ok_or(StoreError::Corrupt { what: "control number" })
}
