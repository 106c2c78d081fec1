//! The review ledger.
//!
//! - `commit`: entries that become part of the ledger, and those that wait for the commit of a large interchange.
//! - `find`: reading it.
//! - `search`: lists and searches, by what leads to the reviews.
//! - `sql`: every fixed statement.

mod commit;
mod find;
mod search;
pub(super) mod sql;

use crate::store::traits::Reply;
use crate::store::{
    Actor, Attachment, Attestation, Result, ReviewEntry, ReviewHistory, ReviewKey, ReviewPage,
    ReviewQuery, ReviewRecord, Reviews, StoreError,
};

use super::synchronous::in_lasting_transaction;
use super::{SqliteStore, database_error, journal};
pub(super) use commit::{Unit, commit, stage, take_back};

const CORRUPT: StoreError = StoreError::Corrupt { what: "review" };
const ENTERING: &str = "entering reviews";
const FINDING: &str = "finding reviews";

impl Reviews for SqliteStore {
    fn find<'a>(&'a self, keys: &'a [ReviewKey], limit: u32) -> Reply<'a, Vec<Vec<ReviewRecord>>> {
        Box::pin(find::find(&self.inner.readers, keys, limit))
    }

    fn used<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<u64>> {
        Box::pin(find::used(&self.inner.readers, numbers))
    }

    fn histories<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Option<ReviewHistory>>> {
        Box::pin(find::histories(&self.inner.readers, numbers))
    }

    fn documents<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<Attachment>>> {
        Box::pin(find::documents(&self.inner.readers, numbers))
    }

    fn attestations<'a>(&'a self, subjects: &'a [Box<str>]) -> Reply<'a, Vec<Attestation>> {
        Box::pin(find::attestations(&self.inner.readers, subjects))
    }

    fn search<'a>(&'a self, query: &'a ReviewQuery) -> Reply<'a, ReviewPage> {
        Box::pin(search::search(&self.inner.readers, query))
    }

    fn enter<'a>(&'a self, entries: Vec<ReviewEntry>, by: &'a Actor) -> Reply<'a, u64> {
        Box::pin(enter(self, entries, by))
    }
}

/// See [`crate::store::Reviews::enter`].
async fn enter(store: &SqliteStore, entries: Vec<ReviewEntry>, by: &Actor) -> Result<u64> {
    let mut connection = store.writer()?.acquire().await.map_err(database_error(ENTERING))?;
    in_lasting_transaction(&mut connection, ENTERING, async |connection| {
        let number = -journal::take_ids(connection, 1).await?;
        let unit =
            Unit { number, who: &by.who, at_micros: by.at_micros, staged: 0, held: &entries };
        commit(connection, &[unit]).await
    })
    .await
}

#[cfg(test)]
mod tests;
