//! An interchange that is coming in.
//!
//! Few rows are kept in memory and go with the commit, which is all that a small interchange costs. Once there are more, they
//! are written under the number of the interchange, batch by batch, each in a transaction of its own: others write in between.
//! No query gives them before the row of the interchange has that number.

use sqlx::Row;
use sqlx::sqlite::SqlitePool;

use crate::store::traits::Reply;
use crate::store::{Batch, Completed, Intake, NewInterchange, Recorded, Result, SetRow};

use super::super::{database_error, in_transaction, sql};
use super::commit::{Entry, GroupCommit};
use super::{DOING, SET, bind_set};

/// Sets held in memory; with so many they are written.
const SETS_HELD_MAX: usize = 500;

/// Rows of an interchange that is coming in.
pub(super) struct SqliteIntake {
    journal: GroupCommit,
    writer: SqlitePool,
    /// Taken by the commit.
    opening: Option<NewInterchange>,
    /// Sets that are not written yet.
    sets: Vec<SetRow>,
    /// Its number, and sets that are written under it.
    staged: Option<Staged>,
}

/// What is written already.
#[derive(Clone, Copy)]
pub(super) struct Staged {
    pub(super) id: i64,
    pub(super) sets: i64,
}

impl SqliteIntake {
    pub(super) fn new(journal: GroupCommit, writer: SqlitePool, opening: NewInterchange) -> Self {
        Self { journal, writer, opening: Some(opening), sets: Vec::new(), staged: None }
    }

    async fn put_sets(&mut self, mut sets: Vec<SetRow>) -> Result<()> {
        self.sets.append(&mut sets);
        if self.sets.len() >= SETS_HELD_MAX {
            self.stage().await?;
        }
        Ok(())
    }

    /// Writes what is held in memory.
    async fn stage(&mut self) -> Result<()> {
        let mut connection = self.writer.acquire().await.map_err(database_error(DOING))?;
        let (staged, sets) = (self.staged, &self.sets);
        let done = in_transaction(&mut connection, DOING, async |connection| {
            let staged = match staged {
                Some(staged) => staged,
                None => Staged { id: super::commit::take_ids(connection, 1).await?, sets: 0 },
            };
            sqlx::query(sql::TOUCH_INTAKE)
                .bind(staged.id)
                .execute(&mut *connection)
                .await
                .map_err(database_error(DOING))?;
            let rows: Vec<_> =
                (staged.sets + 1..).zip(sets).map(|(at, set)| (staged.id, at, set)).collect();
            SET.run(connection, &rows, bind_set).await?;
            Ok(Staged { sets: staged.sets + rows.len() as i64, ..staged })
        })
        .await?;
        self.staged = Some(done);
        self.sets.clear();
        Ok(())
    }
}

impl Intake for SqliteIntake {
    fn put(&mut self, batch: Batch) -> Reply<'_, ()> {
        match batch {
            Batch::Sets(sets) => Box::pin(self.put_sets(sets)),
            Batch::Ledger(_) => Box::pin(async {
                Err(crate::store::StoreError::Unsupported { what: "the claim ledger" })
            }),
        }
    }

    fn commit(mut self: Box<Self>, completed: Completed) -> Reply<'static, Recorded> {
        Box::pin(async move {
            let opening = self.opening.take().ok_or(crate::store::StoreError::Gone)?;
            let (sets, staged) = (std::mem::take(&mut self.sets), self.staged);
            let entry = Entry { opening, completed, sets, staged };
            let recorded = self.journal.commit(entry).await?;
            // From here on there is nothing to take back.
            self.staged = None;
            Ok(recorded)
        })
    }
}

impl Drop for SqliteIntake {
    fn drop(&mut self) {
        let Some(staged) = self.staged.take() else { return };
        // Without a runtime the rows stay until they are cleared away as abandoned; no query gives them.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let writer = self.writer.clone();
            runtime.spawn(async move {
                let _ = clear(&writer, staged.id).await;
            });
        }
    }
}

/// Takes back what was written under this number, unless it was committed meanwhile.
async fn clear(writer: &SqlitePool, id: i64) -> Result<()> {
    let mut connection = writer.acquire().await.map_err(database_error(DOING))?;
    in_transaction(&mut connection, DOING, async |connection| {
        let mine = sqlx::query(sql::DELETE_INTAKE)
            .bind(id)
            .execute(&mut *connection)
            .await
            .map_err(database_error(DOING))?;
        if mine.rows_affected() == 1 {
            sqlx::query(sql::DELETE_SETS)
                .bind(id)
                .execute(&mut *connection)
                .await
                .map_err(database_error(DOING))?;
        }
        Ok(())
    })
    .await
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
