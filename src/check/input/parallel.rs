//! Checks an input on several threads as it is read, and reports to the sink in order.
//!
//! One thread reads the events and tracks the envelopes; whole sets are checked in batches by the others. Sets too long for
//! one event are checked on the reading thread, part by part, so that memory stays bounded.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::envelope::Envelope;
use super::super::report::SetReport;
use super::super::set::SetChecker;
use super::checker::InputChecker;
use super::known::hash_of;
use super::reader::{EventKind, InputEvent, InputReader, Read, SetPart};
use super::sink::Sink;
use super::stream::Limits;
use crate::finding::Policy;
use crate::guide::Registry;
use crate::wire::FrameLimits;

/// Bytes of input that make a batch.
const BATCH_BYTES: usize = 256 << 10;

/// Bytes read at once.
const READ_BYTES: usize = 1 << 20;

/// Fills the front of a buffer and says how many bytes it has read, 0 at the end.
pub type ReadSome<'r, E> = dyn FnMut(&mut [u8]) -> Result<usize, E> + 'r;

/// An event, and where in its text the bytes it was found in begin.
struct Placed {
    start: usize,
    event: InputEvent,
}

impl Placed {
    /// The set, where all of it is in this event.
    fn whole_set(&self) -> Option<SetPart> {
        match self.event.kind {
            EventKind::Set(part) if part.is_whole() => Some(part),
            _ => None,
        }
    }
}

/// Consecutive events in one piece of the input.
struct Batch {
    text: Arc<Vec<u8>>,
    events: Vec<Placed>,
}

/// A batch, and the reports of the whole sets in it, each with the hash of its text.
type Checked = (Batch, Vec<(SetReport, u64)>);

/// A batch for a worker, and where its result goes.
struct Job {
    batch: Batch,
    done: SyncSender<Checked>,
}

/// Checks `input` on `threads` threads. `passed` is called with the number of bytes that will not be read again.
///
/// # Errors
///
/// The first of the sink, which ends the check.
pub fn check_input<S: Sink + ?Sized>(
    mut input: &[u8],
    registry: &Registry,
    limits: Limits,
    policy: &Policy,
    threads: usize,
    sink: &mut S,
    passed: &mut dyn FnMut(usize),
) -> Result<(), S::Error> {
    let mut read = |buffer: &mut [u8]| {
        let count = buffer.len().min(input.len());
        let (taken, rest) = input.split_at(count);
        buffer[..count].copy_from_slice(taken);
        input = rest;
        Ok(count)
    };
    check_reader(&mut read, registry, limits, policy, threads, sink, &mut |done| {
        passed(usize::try_from(done).unwrap_or(usize::MAX));
    })
}

/// The same for an input that is read piece by piece: `read` fills the front of a buffer and says how many bytes it has read, 0
/// at the end. `passed` is called with the number of bytes that are done with.
///
/// # Errors
///
/// The first of the sink or of `read`, which ends the check.
pub fn check_reader<S: Sink + ?Sized>(
    read: &mut ReadSome<'_, S::Error>,
    registry: &Registry,
    limits: Limits,
    policy: &Policy,
    threads: usize,
    sink: &mut S,
    passed: &mut dyn FnMut(u64),
) -> Result<(), S::Error> {
    let threads = threads.clamp(1, 64);
    let wants_claims = sink.wants_claims();
    let (jobs, queue) = sync_channel::<Job>(threads);
    let queue = Mutex::new(queue);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let checker = SetChecker::new(registry, policy)
                    .with_limits(limits.set)
                    .with_claims(wants_claims);
                work(&queue, checker);
            });
        }
        let checker =
            SetChecker::new(registry, policy).with_limits(limits.set).with_claims(wants_claims);
        let envelope = Envelope::new(registry, limits.envelope, policy);
        let mut run = Run {
            checker: InputChecker::new(envelope, checker),
            pending: VecDeque::new(),
            jobs,
            in_flight_max: threads * 2,
            limits: limits.frame,
        };
        run.read(read, sink, passed)
        // Dropping `run` closes the queue, which ends the workers.
    })
}

/// A worker: takes batches until there are no more.
fn work(queue: &Mutex<Receiver<Job>>, mut checker: SetChecker<'_>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { batch, done }) = job else { return };
        let whole = batch.events.iter().filter_map(|placed| Some((placed, placed.whole_set()?)));
        let reports = whole
            .map(|(Placed { start, event }, part)| {
                let text = event.text(&batch.text[*start..]);
                (checker.check(text, event.place(part)), hash_of(text))
            })
            .collect();
        if done.send((batch, reports)).is_err() {
            return;
        }
    }
}

struct Run<'r> {
    /// Checks sets that come in parts, too.
    checker: InputChecker<'r>,
    pending: VecDeque<Receiver<Checked>>,
    jobs: SyncSender<Job>,
    in_flight_max: usize,
    limits: FrameLimits,
}

impl Run<'_> {
    fn read<S: Sink + ?Sized>(
        &mut self,
        read: &mut ReadSome<'_, S::Error>,
        sink: &mut S,
        passed: &mut dyn FnMut(u64),
    ) -> Result<(), S::Error> {
        let mut reader = InputReader::new(self.limits);
        let mut rest: Vec<u8> = Vec::new();
        let mut is_end = false;
        while !is_end {
            // What is longer than a piece is read in twice the length, so that it is not looked at too often.
            let wanted = READ_BYTES.max(rest.len());
            let mut text = rest;
            is_end = fill(&mut text, wanted, read)?;
            let text = Arc::new(text);
            let start = self.events(&text, is_end, &mut reader, sink)?;
            rest = text[start..].to_vec();
            passed(reader.offset());
        }
        while !self.pending.is_empty() {
            self.merge(sink)?;
        }
        self.checker.finish(reader.offset(), sink)
    }

    /// Reads the events of a piece of the input; gives where the rest of it begins.
    fn events<S: Sink + ?Sized>(
        &mut self,
        text: &Arc<Vec<u8>>,
        is_end: bool,
        reader: &mut InputReader,
        sink: &mut S,
    ) -> Result<usize, S::Error> {
        let (mut start, mut batch_start, mut events) = (0, 0, Vec::new());
        loop {
            match reader.next(&text[start..], is_end) {
                Read::Event(event) => {
                    let consumed = event.consumed;
                    events.push(Placed { start, event });
                    start += consumed;
                    if start - batch_start >= BATCH_BYTES {
                        self.send(text, std::mem::take(&mut events), sink)?;
                        batch_start = start;
                    }
                }
                Read::NeedMore { consumed } => {
                    self.send(text, events, sink)?;
                    return Ok(start + consumed);
                }
                Read::End => {
                    self.send(text, events, sink)?;
                    return Ok(text.len());
                }
            }
        }
    }

    /// Hands a batch to the workers, after merging the oldest when enough are under way.
    fn send<S: Sink + ?Sized>(
        &mut self,
        text: &Arc<Vec<u8>>,
        events: Vec<Placed>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if events.is_empty() {
            return Ok(());
        }
        if self.pending.len() >= self.in_flight_max {
            self.merge(sink)?;
        }
        let (done, outcome) = sync_channel(1);
        if self.jobs.send(Job { batch: Batch { text: Arc::clone(text), events }, done }).is_ok() {
            self.pending.push_back(outcome);
        }
        Ok(())
    }

    /// Waits for the oldest batch and takes what is in it.
    fn merge<S: Sink + ?Sized>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        let Some(Ok((batch, reports))) = self.pending.pop_front().map(|outcome| outcome.recv())
        else {
            return Ok(());
        };
        let mut reports = reports.into_iter();
        for placed in &batch.events {
            let report = placed.whole_set().and_then(|_| reports.next());
            match report {
                Some((report, text)) => {
                    self.checker.add(text);
                    self.checker.checked(report, &placed.event, sink)?;
                }
                None => self.checker.event(&placed.event, &batch.text[placed.start..], sink)?,
            }
        }
        Ok(())
    }
}

/// Reads at least so many bytes more, or up to the end; true at the end.
fn fill<E>(text: &mut Vec<u8>, wanted: usize, read: &mut ReadSome<'_, E>) -> Result<bool, E> {
    let mut length = text.len();
    let end = length + wanted;
    text.resize(end, 0);
    while length < end {
        let count = read(&mut text[length..])?;
        if count == 0 {
            text.truncate(length);
            return Ok(true);
        }
        length += count;
    }
    Ok(false)
}
