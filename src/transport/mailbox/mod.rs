//! Mailboxes: the folders of each partner, where it leaves files and finds the replies. SFTP shows them to the partner, a drop
//! folder to whatever else delivers files.
//!
//! A file that was taken is on the disk before its sender hears so, in the `work` folder with a description beside it. It is
//! answered like any file: its interchanges are recorded, and then its replies appear in `outbound`. Whatever happens in
//! between, the next process finds the file where it was, is given the recorded replies again, and delivers what is not there.

mod folders;
mod purge;
mod whole;
mod work;
mod worker;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use folders::{AcceptedFile, INBOUND, Mailbox, OUTBOUND, REPORTS, Taken};
pub use purge::{PurgedFiles, purge_files};
pub use whole::{Wholeness, wholeness};
pub use work::NAME_CHARS_MAX;

use crate::gateway::Gateway;
use worker::Shared;

/// Answers the files of mailboxes, so many at once, until it is stopped.
#[derive(Debug)]
pub struct FileWorkers {
    shared: Shared,
    tasks: TaskTracker,
}

impl FileWorkers {
    /// For the files of this gateway's partners. Must be called on a multi-threaded runtime, as must be what uses it.
    pub fn new(gateway: Arc<Gateway>) -> FileWorkers {
        let turns = Arc::new(Semaphore::new(gateway.config().batch.files_at_once));
        let (stop, leave) = (CancellationToken::new(), CancellationToken::new());
        FileWorkers { shared: Shared { gateway, turns, stop, leave }, tasks: TaskTracker::new() }
    }

    /// The gateway that answers.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.shared.gateway
    }

    fn start(&self, mailbox: &Arc<Mailbox>) {
        self.tasks.spawn(worker::work(mailbox.clone(), self.shared.clone()));
    }

    /// Begins no more files, waits for those that are being answered as long as the settings allow, and leaves the rest to the
    /// next process.
    pub async fn stop(&self) {
        let grace = Duration::from_millis(self.gateway().config().batch.shutdown_grace_ms);
        self.shared.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            self.shared.leave.cancel();
            self.tasks.wait().await;
        }
    }
}

/// The mailboxes of all partners under one folder, opened as they are asked for.
#[derive(Debug)]
pub struct Mailboxes {
    workers: Arc<FileWorkers>,
    folder: PathBuf,
    transport: Arc<str>,
    open: Mutex<HashMap<Arc<str>, Arc<Mailbox>>>,
}

impl Mailboxes {
    /// Those in `folder`, whose files are received by `transport`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn new(
        workers: &Arc<FileWorkers>,
        folder: &Path,
        transport: &str,
    ) -> io::Result<Mailboxes> {
        std::fs::create_dir_all(folder)?;
        Ok(Mailboxes {
            workers: workers.clone(),
            folder: folder.to_owned(),
            transport: transport.into(),
            open: Mutex::default(),
        })
    }

    /// Opens the mailbox of every partner, so that what a process before us left is answered.
    ///
    /// # Errors
    ///
    /// When a mailbox cannot be opened.
    pub fn open_all(&self) -> io::Result<Vec<Arc<Mailbox>>> {
        let partners = self.gateway().partners();
        let boxes = partners.iter().map(|partner| self.of(&partner.id));
        boxes.filter_map(io::Result::transpose).collect()
    }

    /// The gateway that answers.
    pub fn gateway(&self) -> &Arc<Gateway> {
        self.workers.gateway()
    }

    /// The folder that holds the folders of each partner.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What files are received by.
    pub fn transport(&self) -> &str {
        &self.transport
    }

    /// The mailbox of a partner; none for one that there is not (any more).
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn of(&self, partner: &str) -> io::Result<Option<Arc<Mailbox>>> {
        let Some(partner) = self.gateway().partner(partner) else { return Ok(None) };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mailbox) = open.get(&partner.id) {
            return Ok(Some(mailbox.clone()));
        }
        let batch = &self.gateway().config().batch;
        let mailbox = Arc::new(Mailbox::open(
            &partner.id,
            // The id of a partner is letters, digits, hyphens and underscores.
            &self.folder.join(&*partner.id),
            &self.transport,
            batch.files_waiting_max,
            Duration::from_secs(batch.accepted_visible_minutes * 60),
        )?);
        self.workers.start(&mailbox);
        open.insert(partner.id.clone(), mailbox.clone());
        Ok(Some(mailbox))
    }
}
