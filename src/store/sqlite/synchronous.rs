//! Whether a commit waits for the disk, where that is not as the settings say for all commits.

use sqlx::Executor;
use sqlx::sqlite::SqliteConnection;

use crate::store::Result;

use super::{database_error, in_transaction};

/// Whether commits wait for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Synchronous {
    /// They do not. A later commit that does brings them to the disk with it.
    Normal,
    /// They do.
    Full,
}

impl Synchronous {
    /// The value of the pragma.
    const fn level(self) -> i64 {
        match self {
            Self::Normal => 1,
            Self::Full => 2,
        }
    }

    const fn statement(self) -> &'static str {
        match self {
            Self::Normal => "PRAGMA synchronous = NORMAL",
            Self::Full => "PRAGMA synchronous = FULL",
        }
    }
}

/// Does `work` on the connection that writes with commits of this kind; afterwards they are as before.
pub(super) async fn with_synchronous<T>(
    connection: &mut SqliteConnection,
    wanted: Synchronous,
    doing: &'static str,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    let before: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await
        .map_err(database_error(doing))?;
    let other = match wanted {
        _ if before == wanted.level() => return work(connection).await,
        Synchronous::Normal => Synchronous::Full,
        Synchronous::Full => Synchronous::Normal,
    };
    connection.execute(wanted.statement()).await.map_err(database_error(doing))?;
    let done = work(connection).await;
    connection.execute(other.statement()).await.map_err(database_error(doing))?;
    done
}

/// Does `work` in one transaction that is on the disk when this returns.
pub(super) async fn in_lasting_transaction<T>(
    connection: &mut SqliteConnection,
    doing: &'static str,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    with_synchronous(connection, Synchronous::Full, doing, async |connection| {
        in_transaction(connection, doing, work).await
    })
    .await
}
