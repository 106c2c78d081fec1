//! Answers the files of one partner, one after the other.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::folders::{Current, Mailbox};
use super::work::About;
use crate::gateway::{FileSpool, Gateway, Lane, Origin, Service, ServiceError};
use crate::transport::files::{self, FileSummary, Input, ReplyNames};

/// The first pause before a file is tried again; it doubles each time.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// What the workers of all mailboxes share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) gateway: Arc<Gateway>,
    /// How many files are answered at once.
    pub(super) turns: Arc<Semaphore>,
    /// No file is begun any more.
    pub(super) stop: CancellationToken,
    /// The files that are being answered are left for the next process.
    pub(super) leave: CancellationToken,
}

/// Why a file is not done.
enum Undone {
    /// We are shutting down. The next process takes it up.
    Left,
    /// It may be answered later.
    Later(ServiceError),
    /// It will not be answered.
    Never(String),
}

/// Answers files until we shut down.
pub(super) async fn work(mailbox: Arc<Mailbox>, shared: Shared) {
    let attempts_max = shared.gateway.config().batch.attempts_max;
    let (mut attempts, mut failures) = (0, 0);
    loop {
        let Some(id) = mailbox.next() else {
            tokio::select! {
                () = mailbox.wake.notified() => continue,
                () = shared.stop.cancelled() => return,
            }
        };
        let turn = tokio::select! {
            turn = shared.turns.clone().acquire_owned() => turn,
            () = shared.stop.cancelled() => return,
        };
        let Ok(turn) = turn else { return };
        let undone = answer(&mailbox, &shared, &id).await;
        drop(turn);
        let why = match undone {
            Ok(()) => {
                (attempts, failures) = (0, 0);
                continue;
            }
            Err(Undone::Left) => return,
            Err(Undone::Later(error)) => {
                error.log("a file could not be answered");
                failures += 1;
                // A full disk or a store that is away is no fault of the file, which waits for as long as it takes.
                attempts += u32::from(!error.is_around_us());
                if attempts < attempts_max {
                    mailbox.again(id);
                    let pause = PAUSE.saturating_mul(2_u32.saturating_pow(failures - 1));
                    tokio::select! {
                        () = tokio::time::sleep(pause.min(PAUSE_MAX)) => continue,
                        () = shared.stop.cancelled() => return,
                    }
                }
                format!("{attempts} attempts failed, the last because {error}")
            }
            Err(Undone::Never(why)) => why,
        };
        (attempts, failures) = (0, 0);
        put_away(&mailbox, &shared, id, why).await;
    }
}

/// Puts a file into quarantine that is not answered. Where that fails, the next process finds it in the work folder.
async fn put_away(mailbox: &Arc<Mailbox>, shared: &Shared, id: String, why: String) {
    let (mailbox, now) = (mailbox.clone(), Service::now(&*shared.gateway));
    let moved = spawn_blocking(move || {
        let name = mailbox.work().about(&id).map_or_else(|_| id.clone(), |about| about.name);
        mailbox.quarantine(&mailbox.work().path(&id), &name, &why, now)?;
        mailbox.work().forget(&id)
    });
    match moved.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "a file could not be put into quarantine"),
        Err(_) => tracing::error!("a worker thread failed"),
    }
}

/// Answers one file, on a thread of its own.
async fn answer(mailbox: &Arc<Mailbox>, shared: &Shared, id: &str) -> Result<(), Undone> {
    let (mailbox, shared, id) = (mailbox.clone(), shared.clone(), id.to_owned());
    let runtime = Handle::current();
    let answering = spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                outcome = answer_here(&mailbox, &shared.gateway, &id) => outcome,
                () = shared.leave.cancelled() => Err(Undone::Left),
            }
        })
    });
    answering.await.unwrap_or(Err(Undone::Later(ServiceError::Worker)))
}

async fn answer_here(
    mailbox: &Arc<Mailbox>,
    gateway: &Arc<Gateway>,
    id: &str,
) -> Result<(), Undone> {
    let later = |error: io::Error| Undone::Later(error.into());
    let path = mailbox.work().path(id);
    let about = match mailbox.work().about(id) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Undone::Never("nothing says who sent it".to_owned()));
        }
        Err(error) => return Err(later(error)),
    };
    loop {
        let bytes = std::fs::metadata(&path).map_err(later)?.len();
        let bytes_max = gateway.config().limits.file_bytes_max;
        if bytes > bytes_max {
            return Err(Undone::Never(format!("it exceeds limits.file_bytes_max, {bytes_max}")));
        }
        let answered = answer_once(mailbox, gateway, id, &about, path.clone()).await;
        answered.map_err(Undone::Later)?;
        // A writer that had the file open may have gone on: what was answered is replayed, and the rest is answered.
        if std::fs::metadata(&path).map_err(later)?.len() == bytes {
            return mailbox.work().done(id).map_err(later);
        }
    }
}

async fn answer_once(
    mailbox: &Arc<Mailbox>,
    gateway: &Arc<Gateway>,
    id: &str,
    about: &About,
    path: PathBuf,
) -> Result<(), ServiceError> {
    let caller = about.caller(mailbox.partner());
    let received = about.received().unwrap_or_else(|| Service::now(&**gateway));
    let transport = mailbox.transport().clone();
    let origin = Origin { lane: Lane::Batch, caller, transport, received, deadline: None };
    let partner = gateway.partner(mailbox.partner());
    let template = partner.as_ref().and_then(|partner| partner.reply_name.as_deref());
    let template = template.unwrap_or(&gateway.config().batch.reply_name);
    let stem = about.name.rsplit_once('.').map_or(&*about.name, |(stem, _)| stem);
    let names = ReplyNames { template, stem, received };
    let picked = mailbox.work().picked(id)?;
    let mut summary = FileSummary {
        input: Input::File(path),
        interchanges: Vec::new(),
        garbage_bytes: 0,
        failure: None,
    };
    let mut position = 0;
    mailbox.set_current(Some(Current { id: id.to_owned(), ..Current::default() }));
    let mut deliver = |reply: &mut FileSpool, name: &str| {
        let this = position;
        position += 1;
        match picked.contains(&this) {
            true => Ok(None),
            false => mailbox.deliver(reply, name, this).map(Some),
        }
    };
    let answered = files::answer(
        gateway,
        &origin,
        mailbox.outbox(),
        names,
        &mut summary,
        &mut deliver,
        &|_| {},
    )
    .await
    .and_then(|()| Ok(mailbox.outbox().sync()?));
    mailbox.set_current(None);
    answered
}
