//! The journal of interchanges: what is written while one comes in, the commit that it shares with others, and reading it.
//!
//! - `intake`: an interchange that is coming in; small ones are held in memory, the rows of large ones are staged.
//! - `commit`: the task that commits for many callers at once.
//! - `members`: changes of members, carried out by the commit.
//! - `read`: finding, listing, and what becomes of old interchanges.

mod commit;
mod intake;
mod members;
mod read;

use sqlx::sqlite::SqlitePool;

use super::insert::{Binds, Insert};
use crate::store::traits::Reply;
use crate::store::{
    InterchangeFilter, InterchangeKey, InterchangeOutline, InterchangePeriod, InterchangeRow,
    Journal, NewInterchange, Original, Result, SetRow, StoreError,
};

pub(super) use commit::{GroupCommit, take_ids};
use intake::SqliteIntake;

use super::{SqliteStore, control, database_error};

const DOING: &str = "recording interchanges";
const CORRUPT: StoreError = StoreError::Corrupt { what: "interchange" };

const SET: Insert = Insert {
    doing: DOING,
    head: "INSERT INTO interchange_set \
           (interchange, position, group_control, set_id, control, guide, outcome, errors, warnings)",
    columns: 9,
    tail: "",
};

/// A set at its place in the interchange of this number.
fn bind_set((interchange, position, set): &(i64, i64, &SetRow), binds: &mut Binds) {
    binds.add(*interchange).add(*position).add(&*set.group_control).add(&*set.set_id);
    binds.add(&*set.control).add(&*set.guide).add(&*set.outcome);
    binds.add(i64::from(set.errors)).add(i64::from(set.warnings));
}

impl Journal for SqliteStore {
    fn find<'a>(&'a self, keys: &'a [InterchangeKey]) -> Reply<'a, Vec<Option<InterchangeRow>>> {
        Box::pin(async move {
            let reader = self.inner.readers.acquire().await;
            read::find(&mut *reader.map_err(database_error(read::FINDING))?, keys).await
        })
    }

    fn begin(&self, opening: NewInterchange) -> Reply<'_, Box<dyn crate::store::Intake>> {
        Box::pin(async move {
            let journal = self.inner.journal.as_ref().ok_or(StoreError::ReadOnly)?;
            let intake = SqliteIntake::new(journal.clone(), self.writer()?.clone(), opening);
            Ok(Box::new(intake) as Box<dyn crate::store::Intake>)
        })
    }

    fn take_control_numbers<'a>(&'a self, series: &'a str, count: u32) -> Reply<'a, u32> {
        Box::pin(async move { control::take(self.writer()?, series, count).await })
    }

    fn list<'a>(&'a self, filter: &'a InterchangeFilter) -> Reply<'a, Vec<InterchangeRow>> {
        Box::pin(read::list(&self.inner.readers, filter))
    }

    fn outline<'a>(&'a self, period: &'a InterchangePeriod) -> Reply<'a, Vec<InterchangeOutline>> {
        Box::pin(read::outline(&self.inner.readers, period))
    }

    fn sets(&self, id: u64, after: u32, limit: u32) -> Reply<'_, Vec<SetRow>> {
        Box::pin(read::sets(&self.inner.readers, id, after, limit))
    }

    fn original(&self, id: u64) -> Reply<'_, Original> {
        Box::pin(read::original(&self.inner.readers, id))
    }

    fn in_use<'a>(&'a self, hashes: &'a [[u8; 32]], since_micros: i64) -> Reply<'a, Vec<bool>> {
        Box::pin(read::in_use(&self.inner.readers, hashes, since_micros))
    }

    fn older(&self, before_micros: i64) -> Reply<'_, u64> {
        Box::pin(read::older(&self.inner.readers, before_micros))
    }

    fn forget(&self, before_micros: i64, limit: u32) -> Reply<'_, u64> {
        Box::pin(async move { read::forget(self.writer()?, before_micros, limit).await })
    }
}

/// Clears away what interchanges left that were coming in when their process died.
pub(super) async fn clear_abandoned(writer: &SqlitePool) -> Result<()> {
    intake::clear_abandoned(writer).await
}
