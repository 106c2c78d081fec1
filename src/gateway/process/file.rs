//! A file from front to back: one thread cuts it, several check and answer, one puts the replies together in order.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::poll_fn;
use futures_util::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::super::assembler::{Closed, ReplyAssembler, ReplySink, Steps};
use super::super::batch::{BatchContext, BatchResult};
use super::super::delivery::Origin;
use super::super::destination::ReplyDestination;
use super::super::error::ServiceError;
use super::super::gateway::Gateway;
use super::super::journal::Recorded;
use super::super::reader::{BatchLimits, InterchangeReader, SetBatch, Step};
use super::super::reference::ReferenceData;
use super::super::summary::{InterchangeSummary, ReplySummary};
use super::outbox::Outbox;
use super::source::Source;
use crate::acknowledge::ReplyKind;
use crate::partner::Lane;
use crate::store::{ReplyRow, StoreError};
use crate::transport::Mapped;
use crate::wire::FrameLimits;

/// A set is not cut into smaller parts than this, however small batches are.
const PART_BYTES_MIN: usize = 64 << 10;

/// Where an input comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A file, which is mapped.
    File(PathBuf),
    /// Standard input, which is read as it comes.
    Stdin,
}

impl Input {
    /// The first part of the names of its replies.
    fn stem(&self) -> String {
        let stem = match self {
            Input::File(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            Input::Stdin => None,
        };
        stem.unwrap_or_else(|| "stdin".to_owned())
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => path.display().fmt(f),
            Input::Stdin => f.write_str("-"),
        }
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    /// The input under way.
    pub input: &'p Input,
    /// Bytes of it that are answered.
    pub done: u64,
    /// Its length, where that is known.
    pub total: Option<u64>,
}

/// What became of an input.
#[derive(Debug)]
pub struct FileSummary {
    /// Which.
    pub input: Input,
    /// What came of its interchanges, in order, up to the failure if there was one.
    pub interchanges: Vec<InterchangeSummary>,
    /// Bytes outside any interchange that are not blank.
    pub garbage_bytes: u64,
    /// Why it was not read to its end. What was answered before stays answered; giving the file again answers the rest.
    pub failure: Option<ServiceError>,
}

/// Answers files one after the other and writes the replies to `folder`. Fails only when that folder cannot be used; what
/// goes wrong with one input is in its summary. Must be called on a multi-threaded runtime.
pub async fn files(
    gateway: &Arc<Gateway>,
    inputs: &[Input],
    folder: &Path,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<Vec<FileSummary>, ServiceError> {
    let outbox = Outbox::open(folder)?;
    let mut summaries = Vec::with_capacity(inputs.len());
    for input in inputs {
        let mut summary = FileSummary {
            input: input.clone(),
            interchanges: Vec::new(),
            garbage_bytes: 0,
            failure: None,
        };
        let answered = file(gateway, &outbox, &mut summary, progress).await;
        summary.failure = answered.and_then(|()| Ok(outbox.sync()?)).err();
        if let Some(failure) = &summary.failure {
            failure.log("an input could not be read completely");
        }
        summaries.push(summary);
    }
    Ok(summaries)
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

/// Writes replies to the folder under their names, and keeps account of the input.
struct Delivery<'f> {
    gateway: &'f Gateway,
    outbox: &'f Outbox,
    summary: &'f mut FileSummary,
    stem: String,
    total: Option<u64>,
    release: Box<dyn Fn(u64) + Send + Sync>,
    progress: &'f (dyn Fn(Progress<'_>) + Send + Sync),
}

impl ReplySink for Delivery<'_> {
    fn garbage(&mut self, _: u64, bytes: usize) {
        self.summary.garbage_bytes += bytes as u64;
    }

    fn reached(&mut self, offset: u64) {
        (self.release)(offset);
        let (input, total) = (&self.summary.input, self.total);
        (self.progress)(Progress { input, done: offset, total });
    }

    fn interchange(&mut self, closed: Closed) -> Result<(), ServiceError> {
        let control = closed.entry.header.control;
        let mut left = Vec::new();
        match closed.recorded {
            Recorded::Fresh(replies) => {
                for mut reply in replies {
                    let (kind, bytes) = (reply.kind, reply.text.bytes());
                    let name = self.name(control.as_str(), kind);
                    let path = Some(self.outbox.deliver(&mut reply.text, &name)?);
                    left.push(ReplySummary { kind, control: reply.control, bytes, path });
                }
            }
            Recorded::Replayed(row) => {
                for stored in &row.replies {
                    left.push(self.redeliver(stored, control.as_str())?);
                }
            }
            Recorded::Conflict => {}
        }
        let summary = closed.entry.summary(left);
        summary.log();
        self.summary.interchanges.push(summary);
        Ok(())
    }
}

impl Delivery<'_> {
    fn name(&self, control: &str, kind: ReplyKind) -> String {
        reply_name(&self.gateway.config().batch.reply_name, &self.stem, control, kind)
    }

    /// Writes a stored reply again.
    fn redeliver(&self, stored: &ReplyRow, control: &str) -> Result<ReplySummary, ServiceError> {
        let corrupt = || ServiceError::Store(StoreError::Corrupt { what: "reply" });
        let kind = self.gateway.kind(&stored.kind).ok_or_else(corrupt)?;
        let mut text = self.outbox.begin()?.hashed();
        match &stored.body {
            Some(body) => text.write_all(body)?,
            None => {
                let mut kept = File::open(self.gateway.archive().path(&stored.hash))?;
                io::copy(&mut kept, &mut text)?;
            }
        }
        if text.hash()? != stored.hash {
            return Err(corrupt());
        }
        let bytes = text.bytes();
        let path = Some(self.outbox.deliver(&mut text, &self.name(control, kind))?);
        Ok(ReplySummary { kind, control: stored.control, bytes, path })
    }
}

async fn file(
    gateway: &Arc<Gateway>,
    outbox: &Outbox,
    summary: &mut FileSummary,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<(), ServiceError> {
    let (source, total) = open(gateway, &summary.input)?;
    let release = Box::new(source.releaser());
    let threads = threads(gateway);
    let (sender, mut receiver) = mpsc::channel(threads * 2);
    gateway.keep_up().await;
    let reference = gateway.reference();
    let origin = Origin::operator(Lane::Batch, gateway.now().0);
    let framing = {
        let (gateway, reference) = (gateway.clone(), reference.clone());
        let origin = origin.clone();
        spawn_blocking(move || cut(&gateway, &reference, &origin, source, &sender))
    };
    let dispatcher = Dispatcher { gateway, reference: &reference };
    let steps = poll_fn(|context| receiver.poll_recv(context))
        .map(|step| dispatcher.start(step))
        .buffered(threads + 1);
    let mut steps = Worked { steps: Box::pin(steps) };
    let stem = summary.input.stem();
    let mut delivery = Delivery { gateway, outbox, summary, stem, total, release, progress };
    let destination = ReplyDestination::Folder(outbox);
    ReplyAssembler::new(gateway, &reference, &origin, destination, false)
        .run(&mut steps, &mut delivery)
        .await?;
    drop(steps);
    framing.await.map_err(|_| ServiceError::Worker)??;
    Ok(())
}

/// Starts the work on steps, in order.
struct Dispatcher<'g> {
    gateway: &'g Arc<Gateway>,
    reference: &'g Arc<ReferenceData>,
}

impl Dispatcher<'_> {
    /// Checking and composing take a thread of their own; only looking up waits for others.
    fn start(
        &self,
        step: Step<SetBatch>,
    ) -> impl Future<Output = Result<Step<BatchResult>, ServiceError>> + Send + use<> {
        let job = step.plain().map_err(|batch| {
            let (gateway, reference) = (self.gateway.clone(), self.reference.clone());
            let runtime = Handle::current();
            spawn_blocking(move || {
                let context = BatchContext {
                    lane: Lane::Batch,
                    reference: &reference,
                    deadline: None,
                    outage: false,
                };
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

/// Opens an input; gives its length where that is known.
fn open(gateway: &Gateway, input: &Input) -> Result<(Source, Option<u64>), ServiceError> {
    let limits = part_limits(gateway);
    let bytes_max = gateway.config().limits.file_bytes_max;
    Ok(match input {
        Input::File(path) => {
            let mapped = Mapped::open(path)?;
            let total = mapped.as_ref().len() as u64;
            (Source::mapped(mapped, limits, bytes_max), Some(total))
        }
        Input::Stdin => (Source::stream(Box::new(io::stdin()), limits, bytes_max), None),
    })
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

/// Cuts the input into steps until it ends or nobody takes them any more.
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
    let mut reader = InterchangeReader::new(gateway, reference, origin, limits);
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

/// Fills in the name of a reply. What comes from the message is made harmless first.
fn reply_name(template: &str, stem: &str, control: &str, kind: ReplyKind) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let control: String = control.chars().map(plain).collect();
    template.replace("{control}", &control).replace("{kind}", kind.name).replace("{stem}", stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_named_after_its_question() {
        let stem = Input::File("in/morning.batch.edi".into()).stem();
        let name = reply_name(
            "{stem}.{control}.{kind}",
            &stem,
            "000000101",
            crate::answer::eligibility::ANSWER_271,
        );
        assert_eq!(name, "morning.batch.000000101.271");
        assert_eq!(reply_name("{control}.{kind}", "x", "../1", ReplyKind::TA1), "___1.ta1");
    }
}
