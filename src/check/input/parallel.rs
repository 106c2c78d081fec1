//! Checks a whole input that is in memory (a mapped file, say) on several threads, and reports to the sink in order.
//!
//! One thread reads the events and tracks the envelopes; whole sets are checked in batches by the others. Sets too long for
//! one event are checked on the reading thread, part by part, so that memory stays bounded.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

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

/// An event, and where the buffer it was found in begins in the input.
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

/// Consecutive events, and the reports of the whole sets among them, each with the hash of its text.
type Checked = (Vec<Placed>, Vec<(SetReport, u64)>);

/// A batch for a worker, and where its result goes.
struct Job {
    events: Vec<Placed>,
    done: SyncSender<Checked>,
}

/// Checks `input` on `threads` threads. `passed` is called with the number of bytes that will not be read again.
///
/// # Errors
///
/// The first of the sink, which ends the check.
pub fn check_input<S: Sink + ?Sized>(
    input: &[u8],
    registry: &Registry,
    limits: Limits,
    policy: &Policy,
    threads: usize,
    sink: &mut S,
    passed: &mut dyn FnMut(usize),
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
                work(&queue, input, checker);
            });
        }
        let checker =
            SetChecker::new(registry, policy).with_limits(limits.set).with_claims(wants_claims);
        let envelope = Envelope::new(registry, limits.envelope, policy);
        let mut run = Run {
            input,
            checker: InputChecker::new(envelope, checker),
            pending: VecDeque::new(),
            jobs,
            in_flight_max: threads * 2,
            limits: limits.frame,
        };
        run.read(sink, passed)
        // Dropping `run` closes the queue, which ends the workers.
    })
}

/// A worker: takes batches until there are no more.
fn work(queue: &Mutex<Receiver<Job>>, input: &[u8], mut checker: SetChecker<'_>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { events, done }) = job else { return };
        let whole = events.iter().filter_map(|placed| Some((placed, placed.whole_set()?)));
        let reports = whole
            .map(|(Placed { start, event }, part)| {
                let text = event.text(&input[*start..]);
                (checker.check(text, event.place(part)), hash_of(text))
            })
            .collect();
        if done.send((events, reports)).is_err() {
            return;
        }
    }
}

struct Run<'i, 'r> {
    input: &'i [u8],
    /// Checks sets that come in parts, too.
    checker: InputChecker<'r>,
    pending: VecDeque<Receiver<Checked>>,
    jobs: SyncSender<Job>,
    in_flight_max: usize,
    limits: FrameLimits,
}

impl Run<'_, '_> {
    fn read<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        passed: &mut dyn FnMut(usize),
    ) -> Result<(), S::Error> {
        let mut reader = InputReader::new(self.limits);
        let mut start = 0;
        let mut batch = Vec::new();
        let mut batch_start = 0;
        while let Read::Event(event) = reader.next(&self.input[start..], true) {
            let consumed = event.consumed;
            batch.push(Placed { start, event });
            start += consumed;
            if start - batch_start >= BATCH_BYTES {
                self.send(std::mem::take(&mut batch), sink)?;
                batch_start = start;
                passed(start.saturating_sub(
                    (self.in_flight_max + 1) * (BATCH_BYTES + self.limits.part_bytes_max),
                ));
            }
        }
        self.send(batch, sink)?;
        while !self.pending.is_empty() {
            self.merge(sink)?;
        }
        self.checker.finish(self.input.len() as u64, sink)
    }

    /// Hands a batch to the workers, after merging the oldest when enough are under way.
    fn send<S: Sink + ?Sized>(
        &mut self,
        events: Vec<Placed>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if self.pending.len() >= self.in_flight_max {
            self.merge(sink)?;
        }
        let (done, outcome) = sync_channel(1);
        if self.jobs.send(Job { events, done }).is_ok() {
            self.pending.push_back(outcome);
        }
        Ok(())
    }

    /// Waits for the oldest batch and takes what is in it.
    fn merge<S: Sink + ?Sized>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        let Some(Ok((events, reports))) = self.pending.pop_front().map(|outcome| outcome.recv())
        else {
            return Ok(());
        };
        let mut reports = reports.into_iter();
        for placed in &events {
            let report = placed.whole_set().and_then(|_| reports.next());
            match report {
                Some((report, text)) => {
                    self.checker.add(text);
                    self.checker.checked(report, &placed.event, sink)?;
                }
                None => self.checker.event(&placed.event, &self.input[placed.start..], sink)?,
            }
        }
        Ok(())
    }
}
