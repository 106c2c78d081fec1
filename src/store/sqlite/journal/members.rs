//! Changes of members that an interchange brings: kept under its number while it comes in, carried out by its commit.

use sqlx::sqlite::SqliteConnection;

use super::super::enroll::{self, TOGETHER_MAX};
use super::super::insert::Insert;
use super::super::{database_error, sql};
use super::DOING;
use crate::store::{MemberChange, Result, StoreError};

const CHANGE: Insert = Insert {
    doing: DOING,
    head: "INSERT INTO member_change (interchange, position, change)",
    columns: 3,
    tail: "",
};

/// Rows that one transaction deletes of what was dropped.
const DELETED_TOGETHER_MAX: i64 = 5000;

/// Writes changes after the `staged` that are written already. Nothing of it happens before the commit.
pub(super) async fn stage(
    connection: &mut SqliteConnection,
    interchange: i64,
    staged: i64,
    changes: &[MemberChange],
) -> Result<()> {
    let mut rows = Vec::with_capacity(changes.len());
    for (position, change) in (staged..).zip(changes) {
        let text = serde_json::to_string(change)
            .map_err(|_| StoreError::Value { what: "change of a member" })?;
        rows.push((interchange, position, text));
    }
    CHANGE
        .run(connection, &rows, |(interchange, position, text), binds| {
            binds.add(*interchange).add(*position).add(text.as_str());
        })
        .await
}

/// Deletes changes from position `first` on; true when there may be more to delete.
pub(super) async fn take_back(
    connection: &mut SqliteConnection,
    interchange: i64,
    first: i64,
) -> Result<bool> {
    let deleted = sqlx::query(sql::TAKE_BACK_MEMBER_CHANGES)
        .bind(interchange)
        .bind(first)
        .bind(DELETED_TOGETHER_MAX)
        .execute(connection)
        .await
        .map_err(database_error(DOING))?;
    Ok(deleted.rows_affected() as i64 == DELETED_TOGETHER_MAX)
}

/// Carries out what was staged under this number, and then what is held. True when there was anything.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    interchange: i64,
    staged: i64,
    held: &[MemberChange],
) -> Result<bool> {
    let mut after = -1;
    while after + 1 < staged {
        let rows: Vec<(i64, String)> = sqlx::query_as(sql::MEMBER_CHANGES)
            .bind(interchange)
            .bind(after)
            .bind(TOGETHER_MAX as i64)
            .fetch_all(&mut *connection)
            .await
            .map_err(database_error(DOING))?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        let changes = rows.iter().map(|(_, text)| serde_json::from_str(text));
        let changes: Vec<MemberChange> = changes
            .collect::<serde_json::Result<_>>()
            .map_err(|_| StoreError::Corrupt { what: "change of a member" })?;
        carry_out(connection, &changes).await?;
    }
    if staged > 0 {
        sqlx::query(sql::DELETE_MEMBER_CHANGES)
            .bind(interchange)
            .execute(&mut *connection)
            .await
            .map_err(database_error(DOING))?;
    }
    carry_out(connection, held).await?;
    let any = staged > 0 || !held.is_empty();
    if any {
        enroll::next_generation(connection).await?;
    }
    Ok(any)
}

/// The answer has left out what could not be carried out; what cannot be any more was changed by another since.
async fn carry_out(connection: &mut SqliteConnection, changes: &[MemberChange]) -> Result<()> {
    let faults = enroll::enroll(connection, changes).await?;
    let late = faults.iter().flatten().count();
    if late > 0 {
        tracing::warn!(members = late, "members were changed by others and are left out");
    }
    Ok(())
}
