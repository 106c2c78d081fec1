//! Moves the write-ahead log into the database beside the commits: a commit that does it waits for the disk, and every
//! answer waits with it.
//!
//! A task of its own does it on a connection of its own, a part at a time. The connection that writes does it too once the
//! log holds [`PAGES_MAX`] pages: by then little is left to move, and only after that can the log begin anew.

use std::time::Duration;

use sqlx::sqlite::SqlitePool;
use tokio::sync::mpsc;

use super::sql;

/// Pages in the log after which a commit moves the rest.
pub(super) const PAGES_MAX: &str = "8000";

/// How long the task lets commits gather before it moves what they wrote.
const EVERY: Duration = Duration::from_millis(250);

/// Wakes the task. It ends with the last clone.
#[derive(Clone)]
pub(super) struct Checkpointer {
    wake: mpsc::Sender<()>,
}

impl Checkpointer {
    /// Starts the task; it works on `connection`, which nothing else uses.
    pub(super) fn start(connection: SqlitePool) -> Self {
        let (wake, waiting) = mpsc::channel(1);
        tokio::spawn(checkpoint_always(connection, waiting));
        Self { wake }
    }

    /// Says that something was written.
    pub(super) fn note_written(&self) {
        // When it is full, the task is awake already or will be.
        let _ = self.wake.try_send(());
    }
}

async fn checkpoint_always(connection: SqlitePool, mut waiting: mpsc::Receiver<()>) {
    while waiting.recv().await.is_some() {
        tokio::time::sleep(EVERY).await;
        if waiting.is_closed() {
            break;
        }
        // What fails is tried again with the next commit, and by the connection that writes at the latest.
        let _ = sqlx::query(sql::CHECKPOINT).execute(&connection).await;
    }
}
