//! Batches that were accepted: each is answered as a file is, and its replies are put where the partner picks them up.
//!
//! A batch is on the disk before its receipt leaves. What a crash leaves half done is done again: the interchanges that were answered
//! are answered from the journal, so that nothing is worked on twice.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sha1::{Digest, Sha1};
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::access::{Caller, Credential};
use crate::gateway::{
    ByteSource, FileSpool, Gateway, InterchangeSummary, Lane, Origin, ReplyFiles, ReplyKind,
    Service, ServiceError, StreamSink,
};
use crate::store::{BatchResult, Mailbox, StoreError, WaitingBatch};
use crate::txn::Spool;

/// How often it is looked for batches that nobody told of.
const LOOK_PAUSE: Duration = Duration::from_secs(5);
/// How often what is old is forgotten.
const FORGET_PAUSE: Duration = Duration::from_secs(3600);
/// Batches forgotten in one transaction.
const FORGET_CHUNK: u32 = 500;
/// The first pause before a batch is tried again; each further one is twice as long, up to an hour.
const RETRY_PAUSE: Duration = Duration::from_secs(10);
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(3600);
/// At shutdown a batch has this long to finish. Another run does it again.
const GRACE: Duration = Duration::from_secs(5);

/// Works on batches as they come, until `stop` is cancelled. `wake` tells of new ones.
pub(super) async fn work(gateway: Arc<Gateway>, wake: Arc<Notify>, stop: CancellationToken) {
    let Some(mailbox) = gateway.stores().backend.mailbox() else { return };
    let give_up = CancellationToken::new();
    let mut forget_at = Instant::now();
    while !stop.is_cancelled() {
        if Instant::now() >= forget_at {
            forget_at = Instant::now() + FORGET_PAUSE;
            forget(&gateway, &*mailbox).await;
        }
        let most = u32::try_from(gateway.config().core.workers).unwrap_or(u32::MAX);
        let waiting = match mailbox.waiting(now_micros(&gateway), most).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "batches cannot be read");
                Vec::new()
            }
        };
        if waiting.is_empty() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = wake.notified() => {}
                () = tokio::time::sleep(LOOK_PAUSE) => {}
            }
            continue;
        }
        let working = waiting.into_iter().map(|batch| one(&gateway, &mailbox, batch, &give_up));
        let working = join_all(working);
        tokio::pin!(working);
        let recorded = tokio::select! {
            recorded = working.as_mut() => recorded,
            () = stop.cancelled() => {
                if tokio::time::timeout(GRACE, working.as_mut()).await.is_err() {
                    give_up.cancel();
                    working.await;
                }
                break;
            }
        };
        // What could not be recorded is due at once again, and the store needs time.
        if recorded.contains(&false) {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(LOOK_PAUSE) => {}
            }
        }
    }
}

/// Works on one batch, and says so in the store; false when that cannot be written.
async fn one(
    gateway: &Arc<Gateway>,
    mailbox: &Arc<dyn Mailbox>,
    batch: WaitingBatch,
    give_up: &CancellationToken,
) -> bool {
    let (id, before) = (batch.id, batch.attempts);
    let work = {
        let (gateway, give_up) = (gateway.clone(), give_up.clone());
        let runtime = Handle::current();
        // Replies are written while it runs.
        spawn_blocking(move || {
            runtime.block_on(give_up.run_until_cancelled(answer(&gateway, batch)))
        })
    };
    let outcome = match work.await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => {
            tracing::warn!(batch = id, "a batch is left for the next run");
            return true;
        }
        Err(_) => Err(ServiceError::Worker),
    };
    let kept = match outcome {
        Ok(results) => {
            let kinds: Vec<String> = results.iter().map(|result| result.kind.to_string()).collect();
            let finished = mailbox.finish(id, results, now_micros(gateway)).await;
            if finished.is_ok() {
                tracing::info!(batch = id, results = kinds.join(" "), "a batch is done");
            }
            finished
        }
        Err(error) => {
            error.log("a batch could not be worked on");
            // A full disk is no fault of the batch, which waits for as long as it takes.
            let attempts = before + u32::from(!error.is_around_us());
            let again = attempts < gateway.config().core.attempts_max;
            let pause = RETRY_PAUSE.saturating_mul(1 << attempts.min(16)).min(RETRY_PAUSE_MAX);
            let pause = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
            let due = again.then(|| now_micros(gateway).saturating_add(pause));
            if due.is_none() {
                tracing::error!(batch = id, attempts, "a batch is set aside");
            }
            mailbox.postpone(id, due, attempts, &error.to_string()).await
        }
    };
    if let Err(error) = &kept {
        tracing::error!(batch = id, %error, "what became of a batch could not be recorded");
    }
    kept.is_ok()
}

/// Answers a batch.
async fn answer(
    gateway: &Arc<Gateway>,
    waiting: WaitingBatch,
) -> Result<Vec<BatchResult>, ServiceError> {
    let batch = waiting.batch;
    let source = match batch.body {
        Some(body) => ByteSource::Whole(gateway.archive().open_inline(&batch.hash, body)?.into()),
        None => ByteSource::Reader(gateway.archive().read_reply(&batch.hash)?),
    };
    let folder = gateway.archive().folder().to_owned();
    std::fs::create_dir_all(&folder)?;
    let origin = Origin {
        lane: Lane::Batch,
        caller: Caller::Authenticated {
            partner: (&*batch.partner).into(),
            user: (&*batch.login).into(),
            how: credential(&batch.credential),
        },
        transport: (&*batch.transport).into(),
        // When it was handed in: that is what response times are counted from.
        received: received(batch.received_micros),
        deadline: None,
    };
    let files = Growing { folder };
    let mut results = Results { files: &files, replies: Vec::new(), interchanges: 0 };
    gateway.answer_stream(&origin, source, &files, &mut results).await?;
    if results.interchanges == 0 {
        tracing::warn!(batch = waiting.id, "a batch contains no interchange");
    }
    results.replies.into_iter().map(|reply| reply.keep(gateway)).collect()
}

fn received(micros: i64) -> OffsetDateTime {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000);
    at.unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// How the caller of a batch showed who it is.
fn credential(name: &str) -> Credential {
    [Credential::Certificate, Credential::PublicKey, Credential::Token]
        .into_iter()
        .find(|credential| credential.as_str() == name)
        .unwrap_or(Credential::Password)
}

/// Replies grow in the folder of the archive.
#[derive(Debug)]
struct Growing {
    folder: PathBuf,
}

impl ReplyFiles for Growing {
    fn reply(&self) -> io::Result<FileSpool> {
        Ok(FileSpool::in_folder(&self.folder))
    }

    fn scratch(&self) -> FileSpool {
        FileSpool::in_folder(&self.folder)
    }
}

/// The replies to a batch, by their kinds.
struct Results<'f> {
    files: &'f Growing,
    replies: Vec<Gathered>,
    interchanges: u64,
}

/// All replies of a kind, one after the other.
struct Gathered {
    kind: ReplyKind,
    text: FileSpool,
    sha1: Sha1,
}

impl StreamSink for Results<'_> {
    fn reply(
        &mut self,
        _: &str,
        kind: ReplyKind,
        reply: &mut FileSpool,
    ) -> io::Result<Option<PathBuf>> {
        let at = match self.replies.iter().position(|gathered| gathered.kind == kind) {
            Some(at) => at,
            None => {
                let text = self.files.reply()?.hashed();
                self.replies.push(Gathered { kind, text, sha1: Sha1::new() });
                self.replies.len() - 1
            }
        };
        self.replies[at].take(&mut *reply.read_back()?)?;
        Ok(None)
    }

    fn interchange(&mut self, _: InterchangeSummary) {
        self.interchanges += 1;
    }

    fn garbage(&mut self, _: usize) {}

    fn reached(&mut self, _: u64) {}
}

impl Gathered {
    fn take(&mut self, from: &mut dyn BufRead) -> io::Result<()> {
        loop {
            let window = from.fill_buf()?;
            if window.is_empty() {
                return Ok(());
            }
            self.text.write_all(window)?;
            self.sha1.update(window);
            let taken = window.len();
            from.consume(taken);
        }
    }

    /// Keeps the replies where they are picked up.
    fn keep(mut self, gateway: &Gateway) -> Result<BatchResult, ServiceError> {
        let hash = self.text.hash()?;
        let bytes = self.text.bytes();
        let body = match bytes <= gateway.config().archive.inline_bytes_max as u64 {
            true => Some(gateway.archive().seal_inline(&hash, self.text.to_vec()?)?),
            false => {
                self.text.sync()?;
                let in_file = self.text.path()?.map(Path::to_owned);
                match in_file {
                    Some(path) => gateway.archive().keep_file(&hash, &path)?,
                    None => gateway.archive().keep_bytes(&hash, &self.text.to_vec()?)?,
                }
                None
            }
        };
        Ok(BatchResult {
            kind: self.kind.name.into(),
            payload_id: uuid::Uuid::new_v4().to_string().into(),
            hash,
            sha1: self.sha1.finalize().into(),
            bytes,
            body,
        })
    }
}

/// Forgets batches that nobody may pick up any more.
async fn forget(gateway: &Gateway, mailbox: &dyn Mailbox) {
    let days = i64::from(gateway.config().core.keep_days);
    let before = now_micros(gateway).saturating_sub(days.saturating_mul(86_400_000_000));
    let mut all = 0;
    let outcome: Result<(), StoreError> = loop {
        match mailbox.forget(before, FORGET_CHUNK).await {
            Ok(forgotten) => {
                all += forgotten;
                if forgotten < u64::from(FORGET_CHUNK) {
                    break Ok(());
                }
            }
            Err(error) => break Err(error),
        }
    };
    if let Err(error) = outcome {
        tracing::error!(%error, "old batches could not be forgotten");
    }
    if all > 0 {
        tracing::info!(batches = all, "old batches were forgotten");
    }
}

fn now_micros(gateway: &Gateway) -> i64 {
    let nanos = Service::now(gateway).unix_timestamp_nanos();
    i64::try_from(nanos / 1000).unwrap_or(i64::MAX)
}
