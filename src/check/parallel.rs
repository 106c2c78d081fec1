//! Checks a whole input that lies in memory (a mapped file, say) on several threads, and tells the sink in order.
//!
//! One thread frames and keeps the books; the sets, cut out by the framer, are checked in batches by the others. Sets
//! too long for one piece are checked on the framing thread, part by part, so that memory stays bounded.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::books::{Books, Sink};
use super::envelope::Envelope;
use super::report::{GroupHeader, SetReport};
use super::set::{SetChecker, SetPlace};
use super::stream::{Front, Limits, tell_claims};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::wire::{Framed, Framer, Piece, PieceKind, Tag};

/// Bytes of input that make a batch.
const BATCH_BYTES: usize = 256 << 10;

/// A piece with its place in the input.
struct Placed {
    start: usize,
    piece: Piece,
    group: Arc<GroupHeader>,
    ordinal: u32,
}

impl Placed {
    fn text<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        &input[self.start + self.piece.span.start..self.start + self.piece.span.end]
    }

    fn offset(&self) -> u64 {
        (self.start + self.piece.span.start) as u64
    }

    fn is_whole_set(&self) -> bool {
        self.piece.kind == PieceKind::Set { start: true, end: true }
    }

    fn place(&self) -> SetPlace<'_> {
        SetPlace {
            group: &self.group,
            delimiters: self.piece.delimiters,
            offset: self.offset(),
            ordinal: self.ordinal,
        }
    }
}

/// Pieces in order, and the reports of the whole sets among them.
type Checked = (Vec<Placed>, Vec<SetReport>);

/// A batch for a worker, and where its outcome goes.
struct Job {
    pieces: Vec<Placed>,
    done: SyncSender<Checked>,
}

/// Checks `input` on `threads` threads. `passed` is called with the number of bytes that nobody will look at again.
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
        let books = Books::new(Envelope::new(registry, limits.envelope, policy));
        let checker =
            SetChecker::new(registry, policy).with_limits(limits.set).with_claims(wants_claims);
        let mut run = Run {
            input,
            books,
            checker,
            pending: VecDeque::new(),
            jobs,
            in_flight_max: threads * 2,
            limits,
            merged: 0,
        };
        run.frame(sink, passed)
        // Dropping `run` closes the queue, which ends the workers.
    })
}

/// A worker: takes batches until there are no more.
fn work(queue: &Mutex<Receiver<Job>>, input: &[u8], mut checker: SetChecker<'_>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { pieces, done }) = job else { return };
        let whole = pieces.iter().filter(|p| p.is_whole_set());
        let reports = whole.map(|p| checker.check(p.text(input), p.place())).collect();
        if done.send((pieces, reports)).is_err() {
            return;
        }
    }
}

struct Run<'i, 'r> {
    input: &'i [u8],
    books: Books<'r>,
    /// For sets that come in parts.
    checker: SetChecker<'r>,
    pending: VecDeque<Receiver<Checked>>,
    jobs: SyncSender<Job>,
    in_flight_max: usize,
    limits: Limits,
    /// Bytes of the input that were booked.
    merged: usize,
}

impl Run<'_, '_> {
    fn frame<S: Sink + ?Sized>(
        &mut self,
        sink: &mut S,
        passed: &mut dyn FnMut(usize),
    ) -> Result<(), S::Error> {
        let mut framer = Framer::new(self.limits.frame);
        let mut front = Front::default();
        let mut start = 0;
        let mut batch = Vec::new();
        let mut batch_start = 0;
        while let Framed::Piece(piece) = framer.next(&self.input[start..], true) {
            let consumed = piece.consumed;
            front.pass(&self.input[start..][piece.span.clone()], &piece);
            batch.push(Placed {
                start,
                piece,
                group: Arc::clone(&front.group),
                ordinal: front.ordinal,
            });
            start += consumed;
            if start - batch_start >= BATCH_BYTES {
                self.send(std::mem::take(&mut batch), sink)?;
                batch_start = start;
                passed(start.saturating_sub(
                    (self.in_flight_max + 1) * (BATCH_BYTES + self.limits.frame.part_bytes_max),
                ));
            }
        }
        self.send(batch, sink)?;
        while !self.pending.is_empty() {
            self.merge(sink)?;
        }
        self.books.finish(self.input.len() as u64, sink)
    }

    /// Hands a batch to the workers, after merging the oldest when enough are under way.
    fn send<S: Sink + ?Sized>(
        &mut self,
        pieces: Vec<Placed>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if self.pending.len() >= self.in_flight_max {
            self.merge(sink)?;
        }
        let (done, outcome) = sync_channel(1);
        if self.jobs.send(Job { pieces, done }).is_ok() {
            self.pending.push_back(outcome);
        }
        Ok(())
    }

    /// Waits for the oldest batch and books it.
    fn merge<S: Sink + ?Sized>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        let Some(Ok((pieces, reports))) = self.pending.pop_front().map(|outcome| outcome.recv())
        else {
            return Ok(());
        };
        let mut reports = reports.into_iter();
        self.merged = pieces.last().map_or(self.merged, |last| last.start + last.piece.consumed);
        for placed in &pieces {
            let text = placed.text(self.input);
            match placed.piece.kind {
                PieceKind::Set { start: true, end: true } => {
                    if let Some(report) = reports.next() {
                        self.book(report, placed, text, sink)?;
                    }
                }
                PieceKind::Set { start, end } => {
                    if start {
                        self.checker.begin(text, placed.place());
                    } else {
                        self.checker.part(text, placed.offset());
                    }
                    tell_claims(&mut self.checker, sink)?;
                    if end {
                        let report = self.checker.end();
                        self.book(report, placed, text, sink)?;
                    }
                }
                PieceKind::Oversized => {
                    let tag =
                        text.split(|b| *b == placed.piece.delimiters.element).next().unwrap_or(&[]);
                    let tag = Tag::new(tag);
                    self.checker.oversized(tag, placed.offset(), self.limits.frame.of(tag));
                }
                _ => self.books.piece(text, &placed.piece, placed.offset(), sink)?,
            }
        }
        Ok(())
    }

    fn book<S: Sink + ?Sized>(
        &mut self,
        report: SetReport,
        placed: &Placed,
        text: &[u8],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let cut_at = (!placed.piece.terminated).then_some(placed.offset() + text.len() as u64);
        self.books.set(report, cut_at, sink)
    }
}
