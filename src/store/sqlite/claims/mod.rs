//! The claim ledger.
//!
//! - `rows`, `entries`: a claim, and any other entry, as a row and back.
//! - `commit`: entries that become part of the ledger; `settle`: what two interchanges brought at the same time; `effects`: what
//!   entries change of what stands; `recent`: who committed lately.
//! - `find`, `history`: reading it.
//! - `sql`: every fixed statement.

mod commit;
mod effects;
mod entries;
mod find;
mod history;
mod recent;
mod rows;
mod settle;
pub(super) mod sql;

use std::sync::atomic::Ordering;

use crate::store::traits::Reply;
use crate::store::{
    Actor, ClaimHistory, ClaimKey, ClaimScope, ClaimVersion, Claims, LedgerEntry, Remittance,
    RemittanceKey, Result, StoreError,
};

use super::{SqliteStore, database_error, in_transaction, journal};
pub(super) use commit::{Committed, Unit, check, commit, stage, take_back};
pub(super) use recent::Recent;

const CORRUPT: StoreError = StoreError::Corrupt { what: "claim" };
const ENTERING: &str = "entering claims";
const FINDING: &str = "finding claims";

impl Claims for SqliteStore {
    fn find<'a>(
        &'a self,
        keys: &'a [ClaimKey],
        scope: ClaimScope,
    ) -> Reply<'a, Vec<Vec<ClaimVersion>>> {
        Box::pin(find::find(&self.inner.readers, keys, scope))
    }

    fn histories<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Option<ClaimHistory>>> {
        Box::pin(history::histories(&self.inner.readers, numbers))
    }

    fn waiting<'a>(&'a self, after: Option<&'a str>, limit: u32) -> Reply<'a, Vec<ClaimVersion>> {
        Box::pin(find::waiting(&self.inner.readers, after, limit))
    }

    fn remittances<'a>(&'a self, keys: &'a [RemittanceKey]) -> Reply<'a, Vec<Option<Remittance>>> {
        Box::pin(find::remittances(&self.inner.readers, keys))
    }

    fn enter<'a>(&'a self, entries: Vec<LedgerEntry>, by: &'a Actor) -> Reply<'a, ()> {
        Box::pin(enter(self, entries, by))
    }
}

/// See [`crate::store::Claims::enter`].
async fn enter(store: &SqliteStore, entries: Vec<LedgerEntry>, by: &Actor) -> Result<()> {
    check(&entries)?;
    let mut connection = store.writer()?.acquire().await.map_err(database_error(ENTERING))?;
    let recent = &*store.inner.recent;
    let committed = in_transaction(&mut connection, ENTERING, async |connection| {
        let number = -journal::take_ids(connection, 1).await?;
        let unit = Unit {
            number,
            who: &by.who,
            at_micros: by.at_micros,
            staged: 0,
            held: &entries,
            begun: None,
        };
        commit(connection, &[unit], recent).await
    })
    .await?;
    committed.note(recent);
    if committed.members {
        store.inner.loads.fetch_add(1, Ordering::Release);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
