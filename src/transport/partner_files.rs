//! The transports for files: SFTP and the drop folder, opened together, with the workers that answer what they take, and what is done by
//! the clock.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};
use tokio_util::sync::CancellationToken;

use super::drop_folder::DropFolder;
use super::listener::{Listener, Plain};
use super::mailbox::{FileWorkers, Mailboxes};
use super::sftp::Sftp;
use super::timetable::Timetable;
use crate::access::Authenticator;
use crate::config::Protocol;
use crate::gateway::Gateway;

/// Why the transports for files cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PartnerFilesError {
    /// The folders of partners cannot be used.
    #[error("the folders of partners in {} cannot be used", folder.display())]
    Folder {
        /// Their folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The host key cannot be used.
    #[error("the SSH host key cannot be used")]
    HostKey(#[source] io::Error),
}

/// The transports for files, ready to serve. What a process before us has taken is being answered already.
#[derive(Debug)]
pub struct PartnerFiles {
    workers: Arc<FileWorkers>,
    sftp: Vec<(Listener, Sftp)>,
    dropped: Option<DropFolder>,
    timetable: Timetable,
}

impl PartnerFiles {
    /// Opens the folders of all partners, for the listeners of `listeners` that speak SFTP and for the drop folder of the
    /// settings. Gives the other listeners back. Must be called on a multi-threaded runtime.
    ///
    /// # Errors
    ///
    /// When folders or keys that the settings name cannot be used.
    pub fn open(
        listeners: Vec<Listener>,
        gateway: &Arc<Gateway>,
        access: &Arc<Authenticator>,
    ) -> Result<(PartnerFiles, Vec<Listener>), PartnerFilesError> {
        let config = gateway.config();
        let workers = Arc::new(FileWorkers::new(gateway.clone()));
        let is_sftp = |listener: &Listener| listener.settings().protocol == Protocol::Sftp;
        let (for_sftp, others): (Vec<_>, Vec<_>) = listeners.into_iter().partition(is_sftp);
        let mut sftp = Vec::with_capacity(for_sftp.len());
        let mut all = Vec::new();
        if let Some(first) = for_sftp.first() {
            let mailboxes = mailboxes(&workers, &config.sftp.folder, &first.settings().name)?;
            all.push(mailboxes.clone());
            for listener in for_sftp {
                let (access, mailboxes) = (access.clone(), mailboxes.clone());
                let handler = Sftp::new(access, mailboxes, listener.settings(), &config.sftp);
                sftp.push((listener, handler.map_err(PartnerFilesError::HostKey)?));
            }
        }
        let dropped = match config.drop.folder() {
            Some(folder) => {
                let mailboxes = mailboxes(&workers, folder, "drop")?;
                all.push(mailboxes.clone());
                Some(DropFolder::new(mailboxes, &config.drop))
            }
            None => None,
        };
        let timetable = Timetable::new(gateway, all);
        Ok((PartnerFiles { workers, sftp, dropped, timetable }, others))
    }

    /// Serves until `stop` is cancelled, and waits for the files that are being answered as long as the settings allow.
    pub async fn serve(self, stop: CancellationToken) {
        let mut serving: Vec<BoxFuture<'static, ()>> = Vec::new();
        for (listener, handler) in self.sftp {
            serving.push(Box::pin(listener.serve(Plain, handler, stop.clone())));
        }
        if let Some(dropped) = self.dropped {
            serving.push(Box::pin(dropped.serve(stop.clone())));
        }
        serving.push(Box::pin(self.timetable.run(stop)));
        join_all(serving).await;
        // Without either there is nothing that could wait.
        self.workers.stop().await;
    }
}

/// The folders of all partners in one folder, each open.
fn mailboxes(
    workers: &Arc<FileWorkers>,
    folder: &Path,
    transport: &str,
) -> Result<Arc<Mailboxes>, PartnerFilesError> {
    let failed = |source| PartnerFilesError::Folder { folder: folder.to_owned(), source };
    let mailboxes = Mailboxes::new(workers, folder, transport).map_err(failed)?;
    mailboxes.open_all().map_err(failed)?;
    Ok(Arc::new(mailboxes))
}
