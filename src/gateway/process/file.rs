//! A file from front to back: one thread cuts it, several check and answer, one puts the replies together in order.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::bundle::{Terms, Worked};
use super::super::clerk::{Clerk, reply_envelope};
use super::super::closing::Closed;
use super::super::delivery::{Caller, Origin};
use super::super::error::ServiceError;
use super::super::gateway::Gateway;
use super::super::intake::{Bundle, BundleLimits, Intake, Opening, Step};
use super::super::knowledge::Knowledge;
use super::super::ledger::Filed;
use super::super::reply::Kind;
use super::super::sheet::{Paper, Written};
use super::super::summary::{InterchangeSummary, ReplySummary};
use super::outbox::Outbox;
use super::source::Source;
use crate::partner::Lane;
use crate::store::{ReplyRow, StoreError};
use crate::transport::Mapped;
use crate::txn::envelope::EnvelopeWriter;

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
    let mut outbox = Outbox::open(folder)?;
    let mut summaries = Vec::with_capacity(inputs.len());
    for input in inputs {
        let mut summary = FileSummary {
            input: input.clone(),
            interchanges: Vec::new(),
            garbage_bytes: 0,
            failure: None,
        };
        let answered = file(gateway, &mut outbox, &mut summary, progress).await;
        summary.failure = answered.and_then(|()| Ok(outbox.sync()?)).err();
        if let Some(failure) = &summary.failure {
            failure.log("an input could not be read completely");
        }
        summaries.push(summary);
    }
    Ok(summaries)
}

/// A step that is being worked on, or needs no work.
enum Job {
    Plain(Step, Option<Arc<EnvelopeWriter>>),
    Sets { worked: JoinHandle<Result<Worked, ServiceError>>, end: u64 },
}

/// A step whose work is done.
enum Done {
    Plain(Step, Option<Arc<EnvelopeWriter>>),
    Sets { worked: Worked, end: u64 },
}

impl Job {
    async fn finish(self) -> Result<Done, ServiceError> {
        match self {
            Job::Plain(step, envelope) => Ok(Done::Plain(step, envelope)),
            Job::Sets { worked, end } => {
                let worked = worked.await.map_err(|_| ServiceError::Worker)??;
                Ok(Done::Sets { worked, end })
            }
        }
    }
}

async fn file(
    gateway: &Arc<Gateway>,
    outbox: &mut Outbox,
    summary: &mut FileSummary,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<(), ServiceError> {
    let (source, total) = open(gateway, &summary.input)?;
    let release = source.releaser();
    let threads = threads(gateway);
    let (sender, mut receiver) = mpsc::channel(threads * 2);
    gateway.keep_up().await;
    let knowledge = gateway.knowledge();
    let origin = Origin::operator(Lane::Batch, gateway.now().0);
    let framing = {
        let (gateway, knowledge) = (gateway.clone(), knowledge.clone());
        let caller = origin.caller.clone();
        spawn_blocking(move || cut(&gateway, &knowledge, &caller, source, &sender))
    };
    let mut bench = Bench { gateway, knowledge, current: None };
    let mut steps = poll_fn(|context| receiver.poll_recv(context))
        .map(|step| bench.start(step).finish())
        .buffered(threads + 1);
    let mut clerk = Clerk::new(gateway, &origin, Paper::Folder(outbox));
    let stem = summary.input.stem();
    while let Some(done) = steps.next().await {
        let reached = match done? {
            Done::Sets { worked, end } => {
                clerk.sets(worked).await?;
                end
            }
            Done::Plain(Step::Close(closing), _) => {
                let end = closing.offset;
                if let Some(closed) = clerk.close(closing).await? {
                    let answered = deliver(gateway, closed, clerk.paper(), &stem)?;
                    answered.log();
                    summary.interchanges.push(answered);
                }
                end
            }
            Done::Plain(Step::Garbage { offset, bytes }, _) => {
                tracing::warn!(offset, bytes, "data outside any interchange");
                summary.garbage_bytes += bytes as u64;
                offset
            }
            Done::Plain(step, envelope) => {
                pass(&mut clerk, step, envelope).await?;
                continue;
            }
        };
        release(reached);
        progress(Progress { input: &summary.input, done: reached, total });
    }
    drop(steps);
    framing.await.map_err(|_| ServiceError::Worker)??;
    Ok(())
}

/// Opens an input; gives its length where that is known.
fn open(gateway: &Gateway, input: &Input) -> Result<(Source, Option<u64>), ServiceError> {
    let limits = gateway.frame_limits();
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

/// Cuts the input into steps until it ends or nobody takes them any more.
fn cut(
    gateway: &Gateway,
    knowledge: &Knowledge,
    caller: &Caller,
    mut source: Source,
    steps: &mpsc::Sender<Step>,
) -> io::Result<()> {
    let limits = BundleLimits {
        bytes: gateway.config().batch.piece_bytes,
        sets: gateway.config().batch.sets_per_lookup,
        set_bytes_max: gateway.config().limits.set_bytes_max,
    };
    let mut intake = Intake::new(&knowledge.partners, caller, limits);
    let mut ready = Vec::new();
    while let Some(cut) = source.next()? {
        intake.take(&cut.piece, &cut.whole, cut.offset, &mut ready);
        for step in ready.drain(..) {
            if steps.blocking_send(step).is_err() {
                return Ok(());
            }
        }
    }
    intake.finish(source.offset(), &mut ready);
    for step in ready {
        if steps.blocking_send(step).is_err() {
            break;
        }
    }
    Ok(())
}

/// Starts the work on steps, in order.
struct Bench<'g> {
    gateway: &'g Arc<Gateway>,
    knowledge: Arc<Knowledge>,
    /// The interchange that is open.
    current: Option<(Arc<Opening>, Arc<EnvelopeWriter>)>,
}

impl Bench<'_> {
    fn start(&mut self, step: Step) -> Job {
        match step {
            Step::Sets(bundle) => self.work(bundle),
            Step::Open { ref opening, .. } => {
                let envelope = Arc::new(reply_envelope(self.gateway, opening));
                self.current = Some((opening.clone(), envelope.clone()));
                Job::Plain(step, Some(envelope))
            }
            step => Job::Plain(step, None),
        }
    }

    /// Checking and composing take a thread of their own; only looking up waits for others.
    fn work(&self, bundle: Bundle) -> Job {
        let (gateway, runtime) = (self.gateway.clone(), Handle::current());
        let (knowledge, current) = (self.knowledge.clone(), self.current.clone());
        let end = bundle.end;
        let worked = spawn_blocking(move || {
            let Some((opening, envelope)) = current else { return Ok(Worked::default()) };
            let (partner, now) = (opening.sender.partner(), gateway.now().1);
            let terms = Terms {
                lane: Lane::Batch,
                knowledge: &knowledge,
                now,
                partner,
                envelope: &envelope,
                deadline: None,
                outage: false,
            };
            runtime.block_on(gateway.work(&bundle, terms))
        });
        Job::Sets { worked, end }
    }
}

/// Tells the clerk of a segment of the envelope.
async fn pass(
    clerk: &mut Clerk<'_>,
    step: Step,
    envelope: Option<Arc<EnvelopeWriter>>,
) -> Result<(), ServiceError> {
    match (step, envelope) {
        (Step::Open { isa, fault, opening }, Some(envelope)) => {
            clerk.open(&isa, fault, opening, envelope).await?;
        }
        (Step::Group(gs), _) => clerk.group(&gs).await?,
        (Step::GroupEnd(ge), _) => clerk.group_end(&ge).await?,
        (Step::Ta1(ta1), _) => clerk.ta1(&ta1),
        (Step::Stray(stray), _) => clerk.stray(&stray),
        _ => {}
    }
    Ok(())
}

/// Gives the replies to an interchange their names.
fn deliver(
    gateway: &Gateway,
    closed: Closed,
    paper: &mut Paper<'_>,
    stem: &str,
) -> Result<InterchangeSummary, ServiceError> {
    let Paper::Folder(outbox) = paper else { return Ok(closed.entry.summary(Vec::new())) };
    let template = &gateway.config().batch.reply_name;
    let control = closed.entry.header.control;
    let name = |kind| reply_name(template, stem, control.as_str(), kind);
    let mut left = Vec::new();
    match closed.filed {
        Filed::Fresh(drafts) => {
            for draft in drafts {
                let Written::File(whole) = draft.written else { continue };
                let bytes = whole.bytes;
                let path = Some(outbox.deliver(&whole, &name(draft.kind))?);
                left.push(ReplySummary { kind: draft.kind, control: draft.control, bytes, path });
            }
        }
        Filed::Replayed(row) => {
            for stored in &row.replies {
                left.push(redeliver(gateway, stored, outbox, name)?);
            }
        }
        Filed::Conflict => {}
    }
    Ok(closed.entry.summary(left))
}

/// Writes a stored reply again.
fn redeliver(
    gateway: &Gateway,
    stored: &ReplyRow,
    outbox: &mut Outbox,
    name: impl Fn(Kind) -> String,
) -> Result<ReplySummary, ServiceError> {
    let corrupt = || ServiceError::Store(StoreError::Corrupt { what: "reply" });
    let kind = Kind::from_name(&stored.kind).ok_or_else(corrupt)?;
    let mut part = outbox.begin()?;
    match &stored.body {
        Some(body) => part.write_all(body)?,
        None => part.copy(&gateway.archive().path(&stored.hash))?,
    }
    let whole = part.finish()?;
    if whole.hash != stored.hash {
        return Err(corrupt());
    }
    let bytes = whole.bytes;
    let path = Some(outbox.deliver(&whole, &name(kind))?);
    Ok(ReplySummary { kind, control: stored.control, bytes, path })
}

/// Fills in the name of a reply. What comes from the message is made harmless first.
fn reply_name(template: &str, stem: &str, control: &str, kind: Kind) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let control: String = control.chars().map(plain).collect();
    template.replace("{control}", &control).replace("{kind}", kind.as_str()).replace("{stem}", stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_named_after_its_question() {
        let stem = Input::File("in/morning.batch.edi".into()).stem();
        let name = reply_name("{stem}.{control}.{kind}", &stem, "000000101", Kind::Answer271);
        assert_eq!(name, "morning.batch.000000101.271");
        assert_eq!(reply_name("{control}.{kind}", "x", "../1", Kind::Ta1), "___1.ta1");
    }
}
