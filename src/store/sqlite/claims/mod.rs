//! The claim ledger.
//!
//! - `rows`, `entries`: a claim, and any other entry, as a row and back.
//! - `commit`: entries that become part of the ledger; `settle`: what two interchanges brought at the same time; `effects`: what
//!   entries change of what stands; `recent`: who committed lately.
//! - `documents`: which claims they belong to.
//! - `find`, `history`: reading it.
//! - `search`, the `words` that claims are found by, and the `index` of them.
//! - `sql`: every fixed statement.

mod commit;
mod documents;
mod effects;
mod entries;
mod find;
mod history;
mod index;
mod recent;
mod rows;
mod search;
mod settle;
pub(super) mod sql;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::SqlitePool;

use crate::store::traits::Reply;
use crate::store::{
    Actor, Attachment, ClaimHistory, ClaimKey, ClaimPage, ClaimQuery, ClaimScope, ClaimVersion,
    Claims, LedgerEntry, Remittance, RemittanceKey, Result, StoreError,
};

use super::checkpoint::Checkpointer;
use super::synchronous::in_lasting_transaction;
use super::{SqliteStore, database_error, journal};
pub(super) use commit::{Committed, Unit, check, commit, stage, take_back};
use index::Indexer;
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

    fn search<'a>(&'a self, query: &'a ClaimQuery) -> Reply<'a, ClaimPage> {
        Box::pin(search::search(self, query))
    }

    fn unmatched(&self, limit: u32) -> Reply<'_, Vec<Attachment>> {
        Box::pin(find::unmatched(&self.inner.readers, limit))
    }

    fn remittances<'a>(&'a self, keys: &'a [RemittanceKey]) -> Reply<'a, Vec<Option<Remittance>>> {
        Box::pin(find::remittances(&self.inner.readers, keys))
    }

    fn adjusted<'a>(
        &'a self,
        payees: &'a [Box<str>],
        reason: &'a str,
        limit: u32,
    ) -> Reply<'a, Vec<Vec<Remittance>>> {
        Box::pin(find::adjusted(&self.inner.readers, payees, reason, limit))
    }

    fn enter<'a>(&'a self, entries: Vec<LedgerEntry>, by: &'a Actor) -> Reply<'a, ()> {
        Box::pin(enter(self, entries, by))
    }
}

/// See [`crate::store::Claims::enter`].
async fn enter(store: &SqliteStore, entries: Vec<LedgerEntry>, by: &Actor) -> Result<()> {
    check(&entries)?;
    let mut connection = store.writer()?.acquire().await.map_err(database_error(ENTERING))?;
    let ledger = store.inner.ledger.as_ref().ok_or(StoreError::ReadOnly)?;
    let committed = in_lasting_transaction(&mut connection, ENTERING, async |connection| {
        let number = -journal::take_ids(connection, 1).await?;
        let unit = Unit {
            number,
            who: &by.who,
            at_micros: by.at_micros,
            staged: 0,
            held: &entries,
            begun: None,
        };
        commit(connection, &[unit], &ledger.recent).await
    })
    .await?;
    ledger.committed(&committed);
    Ok(())
}

/// What those that write the ledger share. Clones share it too.
#[derive(Clone)]
pub(super) struct Ledger {
    recent: Arc<Recent>,
    indexer: Indexer,
    /// While serving.
    checkpointer: Option<Checkpointer>,
    /// Loads that this process committed: readers of members look for it.
    loads: Arc<AtomicU64>,
}

impl Ledger {
    pub(super) fn new(
        writer: SqlitePool,
        recent: Recent,
        loads: Arc<AtomicU64>,
        checkpointer: Option<Checkpointer>,
    ) -> Self {
        Self { recent: Arc::new(recent), indexer: Indexer::start(writer), checkpointer, loads }
    }

    /// Commits of claims so far.
    pub(super) fn begun(&self) -> u64 {
        self.recent.count()
    }

    /// Who committed lately.
    pub(super) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// To be called once the transaction has ended, before another one can begin.
    pub(super) fn committed(&self, committed: &Committed) {
        self.recent.add(&committed.claims);
        if committed.members {
            self.loads.fetch_add(1, Ordering::Release);
        }
        self.note_written(committed.to_index);
    }

    /// To be called when rows were written that are not committed yet.
    pub(super) fn staged(&self) {
        self.note_written(false);
    }

    fn note_written(&self, is_to_index: bool) {
        self.indexer.note_written(is_to_index);
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.note_written();
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
