//! An interchange that is coming in.
//!
//! Few rows are kept in memory and go with the commit, which is all that a small interchange costs. Once there are more, they
//! are written under the number of the interchange, batch by batch, each in a transaction of its own: others write in between.
//! The next batch is checked and judged meanwhile. No query gives them before the row of the interchange has that number.

use std::sync::Arc;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::task::JoinHandle;

use crate::store::traits::{CLAIMS_HELD_MAX, CLAIMS_WRITTEN_MAX, Reply};
use crate::store::{
    Batch, Completed, Intake, LedgerEntry, MemberChange, NewInterchange, Recorded, Result,
    ReviewEntry, SetRow, StoreError,
};

use super::super::claims::{self, Unit};
use super::super::synchronous::{Synchronous, with_synchronous};
use super::super::{database_error, in_transaction, reviews, sql};
use super::commit::{Entry, GroupCommit};
use super::{DOING, SET, bind_set, members};

/// Sets held in memory; with so many they are written.
const SETS_HELD_MAX: usize = 500;
/// The same of changes of members.
const CHANGES_HELD_MAX: usize = 500;
/// The same of review entries.
const REVIEWS_HELD_MAX: usize = 500;
/// Changes of members that one transaction writes.
const STAGED_TOGETHER_MAX: usize = 5000;

/// Rows of an interchange that is coming in.
pub(super) struct SqliteIntake {
    journal: GroupCommit,
    writer: SqlitePool,
    /// Taken by the commit.
    opening: Option<NewInterchange>,
    /// Sets that are not written yet.
    sets: Vec<SetRow>,
    /// Ledger entries that are not written yet.
    ledger: Vec<LedgerEntry>,
    /// Changes of members that are not written yet.
    changes: Vec<MemberChange>,
    /// Review entries that are not written yet.
    reviews: Vec<ReviewEntry>,
    /// What was put, in order: so many ledger entries, changes of members, or review entries.
    order: Vec<Run>,
    /// Its number, and what is written under it or being written.
    staged: Option<Staged>,
    /// The batch that is being written.
    writing: Option<JoinHandle<Result<()>>>,
    /// Commits of claims that there were when it began.
    begun: u64,
}

/// What is written already.
#[derive(Clone, Copy)]
pub(super) struct Staged {
    pub(super) id: i64,
    pub(super) sets: i64,
    /// Ledger entries.
    pub(super) entries: i64,
    /// Changes of members.
    pub(super) changes: i64,
    /// Review entries.
    pub(super) reviews: i64,
}

/// Rows of one kind: how many.
#[derive(Clone, Copy)]
enum Run {
    Entries(u64),
    Changes(u64),
    Reviews(u64),
}

impl SqliteIntake {
    pub(super) fn new(journal: GroupCommit, writer: SqlitePool, opening: NewInterchange) -> Self {
        Self {
            begun: journal.ledger.begun(),
            journal,
            writer,
            opening: Some(opening),
            sets: Vec::new(),
            ledger: Vec::new(),
            changes: Vec::new(),
            reviews: Vec::new(),
            order: Vec::new(),
            staged: None,
            writing: None,
        }
    }

    async fn put_sets(&mut self, mut sets: Vec<SetRow>) -> Result<()> {
        self.sets.append(&mut sets);
        if self.sets.len() >= SETS_HELD_MAX {
            self.stage().await?;
        }
        Ok(())
    }

    async fn put_entries(&mut self, mut entries: Vec<LedgerEntry>) -> Result<()> {
        claims::check(&entries)?;
        self.note(Run::Entries(entries.len() as u64));
        self.ledger.append(&mut entries);
        while self.ledger.len() >= CLAIMS_HELD_MAX {
            self.stage().await?;
        }
        Ok(())
    }

    /// Remembers what was put.
    fn note(&mut self, run: Run) {
        match (self.order.last_mut(), run) {
            (Some(Run::Entries(put)), Run::Entries(count))
            | (Some(Run::Changes(put)), Run::Changes(count))
            | (Some(Run::Reviews(put)), Run::Reviews(count)) => *put += count,
            _ => self.order.push(run),
        }
    }

    async fn put_changes(&mut self, mut changes: Vec<MemberChange>) -> Result<()> {
        self.note(Run::Changes(changes.len() as u64));
        self.changes.append(&mut changes);
        while self.changes.len() >= CHANGES_HELD_MAX {
            self.stage().await?;
        }
        Ok(())
    }

    async fn put_reviews(&mut self, mut entries: Vec<ReviewEntry>) -> Result<()> {
        self.note(Run::Reviews(entries.len() as u64));
        self.reviews.append(&mut entries);
        if self.reviews.len() >= REVIEWS_HELD_MAX {
            self.stage().await?;
        }
        Ok(())
    }

    /// Begins to write what is held in memory, once what was begun before is written.
    async fn stage(&mut self) -> Result<()> {
        self.written().await?;
        let opening = self.opening.as_ref().ok_or(StoreError::Gone)?;
        let first = match self.staged {
            Some(staged) => staged,
            None => {
                let mut connection = self.writer.acquire().await.map_err(database_error(DOING))?;
                let begin = async |connection: &mut _| begin(connection).await;
                let id = in_transaction(&mut connection, DOING, begin).await?;
                Staged { id, sets: 0, entries: 0, changes: 0, reviews: 0 }
            }
        };
        let ledger = self.ledger.len().min(CLAIMS_WRITTEN_MAX);
        let changes = self.changes.len().min(STAGED_TOGETHER_MAX);
        let held = Held {
            who: opening.partner.clone(),
            at_micros: opening.received_micros,
            sets: std::mem::take(&mut self.sets),
            ledger: self.ledger.drain(..ledger).collect(),
            changes: self.changes.drain(..changes).collect(),
            reviews: std::mem::take(&mut self.reviews),
        };
        self.staged = Some(held.after(first));
        let (writer, journal) = (self.writer.clone(), self.journal.clone());
        self.writing = Some(tokio::spawn(async move {
            held.write(&writer, first).await?;
            journal.ledger.staged();
            Ok(())
        }));
        Ok(())
    }

    /// Waits for what is being written. When it fails nothing more is taken, and nothing can be committed.
    async fn written(&mut self) -> Result<()> {
        let Some(writing) = self.writing.take() else { return Ok(()) };
        let done = writing.await.unwrap_or(Err(StoreError::Gone));
        if done.is_err() {
            self.opening = None;
        }
        done
    }

    /// Forgets what was put after the first `count`; gives how many ledger entries, changes of members and review entries are
    /// left.
    fn cut_order(&mut self, count: u64) -> (u64, u64, u64) {
        let (mut rest, mut entries, mut changes, mut reviews) = (count, 0, 0, 0);
        for run in &mut self.order {
            let (Run::Entries(put) | Run::Changes(put) | Run::Reviews(put)) = run;
            *put = rest.min(*put);
            rest -= *put;
            match run {
                Run::Entries(put) => entries += *put,
                Run::Changes(put) => changes += *put,
                Run::Reviews(put) => reviews += *put,
            }
        }
        (entries, changes, reviews)
    }

    /// Deletes rows that are written but for the first so many, a part at a time so that others write in between.
    async fn take_back_staged(&mut self, kept: Run) -> Result<()> {
        let Some(staged) = &mut self.staged else { return Ok(()) };
        let (written, first) = match kept {
            Run::Entries(count) => (&mut staged.entries, count),
            Run::Changes(count) => (&mut staged.changes, count),
            Run::Reviews(count) => (&mut staged.reviews, count),
        };
        let first = first.cast_signed();
        if *written <= first {
            return Ok(());
        }
        // From here on they are not counted on, whatever becomes of the rest of this.
        *written = first;
        let staged = *staged;
        let mut connection = self.writer.acquire().await.map_err(database_error(DOING))?;
        let mut more = true;
        while more {
            more = in_transaction(&mut connection, DOING, async |connection| {
                touch(connection, staged.id).await?;
                match kept {
                    Run::Entries(_) => claims::take_back(connection, staged.id, first).await,
                    Run::Changes(_) => members::take_back(connection, staged.id, first).await,
                    Run::Reviews(_) => reviews::take_back(connection, staged.id, first).await,
                }
            })
            .await?;
        }
        Ok(())
    }
}

/// How many of the first `count` are in memory when so many are written.
fn held(count: u64, staged: u64) -> usize {
    usize::try_from(count.saturating_sub(staged)).unwrap_or(usize::MAX)
}

/// Rows that are written together.
struct Held {
    who: Box<str>,
    at_micros: i64,
    sets: Vec<SetRow>,
    ledger: Vec<LedgerEntry>,
    changes: Vec<MemberChange>,
    reviews: Vec<ReviewEntry>,
}

impl Held {
    /// What is written once they are.
    fn after(&self, staged: Staged) -> Staged {
        Staged {
            id: staged.id,
            sets: staged.sets + self.sets.len() as i64,
            entries: staged.entries + self.ledger.len() as i64,
            changes: staged.changes + self.changes.len() as i64,
            reviews: staged.reviews + self.reviews.len() as i64,
        }
    }

    /// Writes them after what is `staged`. The disk is not waited for: that does the commit of the interchange.
    async fn write(&self, writer: &SqlitePool, staged: Staged) -> Result<()> {
        let mut connection = writer.acquire().await.map_err(database_error(DOING))?;
        with_synchronous(&mut connection, Synchronous::Normal, DOING, async |connection| {
            in_transaction(connection, DOING, async |connection| {
                self.write_all(connection, staged).await
            })
            .await
        })
        .await
    }

    async fn write_all(&self, connection: &mut SqliteConnection, staged: Staged) -> Result<()> {
        touch(connection, staged.id).await?;
        let rows: Vec<_> =
            (staged.sets + 1..).zip(&self.sets).map(|(at, set)| (staged.id, at, set)).collect();
        SET.run(connection, &rows, bind_set).await?;
        let unit = Unit {
            number: staged.id,
            who: &self.who,
            at_micros: self.at_micros,
            staged: staged.entries,
            held: &self.ledger,
            begun: None,
        };
        claims::stage(connection, &unit).await?;
        members::stage(connection, staged.id, staged.changes, &self.changes).await?;
        reviews::stage(connection, staged.id, staged.reviews, &self.reviews).await
    }
}

/// Says that an interchange is coming in, under a new number.
async fn begin(connection: &mut SqliteConnection) -> Result<i64> {
    let id = super::commit::take_ids(connection, 1).await?;
    note(connection, sql::BEGIN_INTAKE, id).await?;
    Ok(id)
}

/// Says that the interchange of this number is still coming in. What was cleared away as abandoned does not come back.
async fn touch(connection: &mut SqliteConnection, id: i64) -> Result<()> {
    match note(connection, sql::TOUCH_INTAKE, id).await? {
        1 => Ok(()),
        _ => Err(StoreError::Expired),
    }
}

async fn note(connection: &mut SqliteConnection, statement: &'static str, id: i64) -> Result<u64> {
    let noted =
        sqlx::query(statement).bind(id).execute(connection).await.map_err(database_error(DOING))?;
    Ok(noted.rows_affected())
}

impl Intake for SqliteIntake {
    fn put(&mut self, batch: Batch) -> Reply<'_, ()> {
        match batch {
            Batch::Sets(sets) => Box::pin(self.put_sets(sets)),
            Batch::Ledger(entries) => Box::pin(self.put_entries(entries)),
            Batch::Members(changes) => Box::pin(self.put_changes(changes)),
            Batch::Reviews(entries) => Box::pin(self.put_reviews(entries)),
        }
    }

    fn number(&self) -> Option<u64> {
        self.staged.map(|staged| staged.id.unsigned_abs())
    }

    fn entries(&self) -> u64 {
        let put = |run: &Run| match run {
            Run::Entries(count) | Run::Changes(count) | Run::Reviews(count) => *count,
        };
        self.order.iter().map(put).sum()
    }

    fn take_back(&mut self, entries: u64) -> Reply<'_, ()> {
        Box::pin(async move {
            self.written().await?;
            let (entries, changes, reviews) = self.cut_order(entries);
            let staged = self.staged.map_or(0, |staged| staged.entries.unsigned_abs());
            self.ledger.truncate(held(entries, staged));
            let staged = self.staged.map_or(0, |staged| staged.changes.unsigned_abs());
            self.changes.truncate(held(changes, staged));
            let staged = self.staged.map_or(0, |staged| staged.reviews.unsigned_abs());
            self.reviews.truncate(held(reviews, staged));
            for kept in [Run::Entries(entries), Run::Changes(changes), Run::Reviews(reviews)] {
                self.take_back_staged(kept).await?;
            }
            Ok(())
        })
    }

    fn commit(mut self: Box<Self>, completed: Completed) -> Reply<'static, Recorded> {
        Box::pin(async move {
            self.written().await?;
            let entry = Entry {
                opening: self.opening.take().ok_or(StoreError::Gone)?,
                completed,
                sets: std::mem::take(&mut self.sets),
                ledger: std::mem::take(&mut self.ledger),
                changes: std::mem::take(&mut self.changes),
                reviews: std::mem::take(&mut self.reviews),
                begun: self.begun,
                staged: self.staged,
                patience: Arc::default(),
            };
            let recorded = self.journal.commit(entry).await?;
            // What was written for an interchange that was recorded before is of no use.
            if matches!(recorded, Recorded::Fresh(_)) {
                self.staged = None;
            }
            Ok(recorded)
        })
    }
}

impl Drop for SqliteIntake {
    fn drop(&mut self) {
        let Some(staged) = self.staged.take() else { return };
        // Without a runtime the rows stay until they are cleared away as abandoned; no query gives them.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (writer, writing) = (self.writer.clone(), self.writing.take());
            runtime.spawn(async move {
                if let Some(writing) = writing {
                    let _ = writing.await;
                }
                let _ = clear(&writer, staged.id).await;
            });
        }
    }
}

/// Takes back what was written under this number, unless it was committed meanwhile. A part at a time, so that others write in
/// between; what is not cleared away by this process is by whoever opens the store next.
async fn clear(writer: &SqlitePool, id: i64) -> Result<()> {
    let mut connection = writer.acquire().await.map_err(database_error(DOING))?;
    let mine = sqlx::query(sql::DROP_INTAKE)
        .bind(id)
        .execute(&mut *connection)
        .await
        .map_err(database_error(DOING))?;
    if mine.rows_affected() == 0 {
        return Ok(());
    }
    drop(connection);
    let mut more = true;
    while more {
        let mut connection = writer.acquire().await.map_err(database_error(DOING))?;
        more = in_transaction(&mut connection, DOING, async |connection| {
            if claims::take_back(connection, id, 0).await?
                || members::take_back(connection, id, 0).await?
                || reviews::take_back(connection, id, 0).await?
            {
                return Ok(true);
            }
            for statement in [sql::DELETE_SETS, sql::DELETE_INTAKE] {
                sqlx::query(statement)
                    .bind(id)
                    .execute(&mut *connection)
                    .await
                    .map_err(database_error(DOING))?;
            }
            Ok(false)
        })
        .await?;
    }
    Ok(())
}

/// Clears away what was left by processes that died.
pub(super) async fn clear_abandoned(writer: &SqlitePool) -> Result<()> {
    let failed = database_error("clearing abandoned rows");
    let abandoned = sqlx::query(sql::ABANDONED_INTAKES).fetch_all(writer).await.map_err(&failed)?;
    for row in abandoned {
        clear(writer, row.try_get(0).map_err(&failed)?).await?;
    }
    Ok(())
}
