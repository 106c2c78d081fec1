//! Inputs of any length: one thread cuts the input, several check and answer, one puts the replies together in order.

use std::fmt::Debug;
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::poll_fn;
use futures_util::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::assembler::{Closed, ReplyAssembler, ReplySink, Steps};
use super::batch::{BatchContext, BatchResult};
use super::content::Content;
use super::delivery::Origin;
use super::destination::ReplyDestination;
use super::error::ServiceError;
use super::gateway::Gateway;
use super::journal::Recorded;
use super::reader::{BatchLimits, InterchangeReader, SetBatch, Step};
use super::reference::ReferenceData;
use super::source::{ByteSource, Source};
use super::spool::FileSpool;
use super::summary::{InterchangeSummary, ReplySummary};
use crate::acknowledge::ReplyKind;
use crate::store::{ReplyRow, StoreError};
use crate::wire::FrameLimits;

/// A set is not cut into smaller parts than this, however small batches are.
const PART_BYTES_MIN: usize = 64 << 10;

/// Where the replies to a stream grow before they are recorded.
pub trait ReplyFiles: Debug + Send + Sync {
    /// An empty reply. Dropped before it is delivered, it was never there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    fn reply(&self) -> io::Result<FileSpool>;

    /// Where text waits that only becomes part of a reply.
    fn scratch(&self) -> FileSpool;
}

/// Takes what comes of a stream, in the order of the input.
pub trait StreamSink: Send {
    /// A reply of this kind that was recorded and may leave; `question` is ISA13 of the interchange it answers, as it stands. Gives
    /// where the reply is now, if that has a name.
    ///
    /// # Errors
    ///
    /// When the reply cannot be passed on. The input may be given again: its replies are then those that were recorded.
    fn reply(
        &mut self,
        question: &str,
        kind: ReplyKind,
        reply: &mut FileSpool,
    ) -> io::Result<Option<PathBuf>>;

    /// An interchange that has ended, after its replies.
    fn interchange(&mut self, summary: InterchangeSummary);

    /// So many bytes belong to no interchange.
    fn garbage(&mut self, bytes: usize);

    /// Everything before this offset is answered.
    fn reached(&mut self, offset: u64);
}

impl Gateway {
    /// Answers an input of any length. An interchange is recorded before its replies are given to `sink`, so that an input that
    /// could not be read to its end may be given again from its beginning.
    ///
    /// Replies are written while this runs, which may block: on a server it needs a thread of its own. Must be called on a
    /// multi-threaded runtime.
    ///
    /// # Errors
    ///
    /// When the input cannot be read to its end, or the store or `sink` fails. What was answered before stays answered.
    pub async fn answer_stream(
        self: &Arc<Gateway>,
        origin: &Origin,
        source: ByteSource,
        files: &dyn ReplyFiles,
        sink: &mut dyn StreamSink,
    ) -> Result<(), ServiceError> {
        let source = Source::new(source, part_limits(self), self.config().limits.file_bytes_max);
        let threads = threads(self);
        let (sender, mut receiver) = mpsc::channel(threads * 2);
        self.keep_up().await;
        let reference = self.reference();
        let framing = {
            let (gateway, reference) = (self.clone(), reference.clone());
            let origin = origin.clone();
            spawn_blocking(move || cut(&gateway, &reference, &origin, source, &sender))
        };
        let dispatcher = Dispatcher { gateway: self, reference: &reference, origin };
        let steps = poll_fn(|context| receiver.poll_recv(context))
            .map(|step| dispatcher.start(step))
            .buffered(threads + 1);
        let mut steps = Worked { steps: Box::pin(steps) };
        let mut handover = Handover { gateway: self, files, sink };
        let destination = ReplyDestination::Files(files);
        ReplyAssembler::new(self, &reference, origin, destination, false)
            .run(&mut steps, &mut handover)
            .await?;
        drop(steps);
        framing.await.map_err(|_| ServiceError::Worker)??;
        Ok(())
    }
}

/// The steps of an input, each with its work done, in order.
struct Worked<'f> {
    steps: Pin<Box<dyn Stream<Item = Result<Step<BatchResult>, ServiceError>> + Send + 'f>>,
}

impl Steps for Worked<'_> {
    async fn next(&mut self) -> Result<Option<Step<BatchResult>>, ServiceError> {
        self.steps.next().await.transpose()
    }

    fn bytes(&self) -> Option<u64> {
        None
    }
}

/// Gives recorded replies to the sink.
struct Handover<'s> {
    gateway: &'s Gateway,
    files: &'s dyn ReplyFiles,
    sink: &'s mut dyn StreamSink,
}

impl ReplySink for Handover<'_> {
    fn garbage(&mut self, _: u64, bytes: usize) {
        self.sink.garbage(bytes);
    }

    fn reached(&mut self, offset: u64) {
        self.sink.reached(offset);
    }

    fn interchange(&mut self, closed: Closed) -> Result<(), ServiceError> {
        let question = closed.entry.header.control;
        let mut left = Vec::new();
        match closed.recorded {
            Recorded::Fresh(replies) => {
                for mut reply in replies {
                    let (kind, control, bytes) = (reply.kind, reply.control, reply.text.bytes());
                    let path = self.sink.reply(question.as_str(), kind, &mut reply.text)?;
                    left.push(ReplySummary { kind, control, bytes, path });
                }
            }
            Recorded::Replayed(row) => {
                for stored in &row.replies {
                    left.push(self.replay(stored, question.as_str())?);
                }
            }
            Recorded::Conflict => {}
        }
        let summary = closed.entry.summary(left);
        summary.log();
        self.sink.interchange(summary);
        Ok(())
    }
}

impl Handover<'_> {
    /// Gives a stored reply again.
    fn replay(&mut self, stored: &ReplyRow, question: &str) -> Result<ReplySummary, ServiceError> {
        let corrupt = || ServiceError::Store(StoreError::Corrupt { what: "reply" });
        let kind = self.gateway.kind(&stored.kind).ok_or_else(corrupt)?;
        let mut text = self.files.reply()?.hashed();
        match &stored.body {
            Some(body) => text.write_all(body)?,
            None => {
                let mut kept = self.gateway.archive().read_reply(&stored.hash)?;
                io::copy(&mut kept, &mut text)?;
            }
        }
        if text.hash()? != stored.hash {
            return Err(corrupt());
        }
        let bytes = text.bytes();
        let path = self.sink.reply(question, kind, &mut text)?;
        Ok(ReplySummary { kind, control: stored.control, bytes, path })
    }
}

/// Starts the work on steps, in order.
struct Dispatcher<'g> {
    gateway: &'g Arc<Gateway>,
    reference: &'g Arc<ReferenceData>,
    origin: &'g Origin,
}

impl Dispatcher<'_> {
    /// Checking and composing take a thread of their own; only looking up waits for others.
    fn start(
        &self,
        step: Step<SetBatch>,
    ) -> impl Future<Output = Result<Step<BatchResult>, ServiceError>> + Send + use<> {
        let job = step.plain().map_err(|batch| {
            let (gateway, reference) = (self.gateway.clone(), self.reference.clone());
            let (lane, deadline) = (self.origin.lane, self.origin.deadline);
            let runtime = Handle::current();
            spawn_blocking(move || {
                let context = BatchContext { lane, reference: &reference, deadline, outage: false };
                runtime.block_on(gateway.work(&batch, context))
            })
        });
        async {
            match job {
                Ok(step) => Ok(step),
                Err(working) => Ok(Step::Sets(working.await.map_err(|_| ServiceError::Worker)??)),
            }
        }
    }
}

fn threads(gateway: &Gateway) -> usize {
    match gateway.config().batch.threads {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        threads => threads,
    }
}

/// Limits of framing: a set that is longer than a batch comes in parts.
fn part_limits(gateway: &Gateway) -> FrameLimits {
    let part = gateway.config().batch.piece_bytes.max(PART_BYTES_MIN);
    let limits = gateway.frame_limits();
    FrameLimits { part_bytes_max: part.min(limits.part_bytes_max), ..limits }
}

/// Cuts the input into steps until it ends or the receiver has stopped taking them.
fn cut(
    gateway: &Gateway,
    reference: &ReferenceData,
    origin: &Origin,
    mut source: Source,
    steps: &mpsc::Sender<Step<SetBatch>>,
) -> io::Result<()> {
    let limits = BatchLimits {
        bytes: gateway.config().batch.piece_bytes,
        sets: gateway.config().batch.sets_per_lookup,
        set_bytes_max: gateway.config().limits.set_bytes_max,
    };
    let settings = &gateway.config().archive;
    let content = match settings.originals {
        true => Content::kept(gateway.archive().clone(), settings.inline_bytes_max),
        false => Content::hashed(),
    };
    let mut reader = InterchangeReader::new(gateway, reference, origin, limits, content);
    let mut ready = Vec::new();
    while let Some(cut) = source.next()? {
        reader.take(&cut.piece, &cut.whole, cut.offset, &mut ready);
        for step in ready.drain(..) {
            if steps.blocking_send(step).is_err() {
                return Ok(());
            }
        }
    }
    reader.finish(source.offset(), &mut ready);
    for step in ready {
        if steps.blocking_send(step).is_err() {
            break;
        }
    }
    Ok(())
}
