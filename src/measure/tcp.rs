//! Questions over TCP, many connections at once.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use super::{Figures, Questions};
use crate::wire::{Delimiters, FrameLimits, Framed, Framer, PieceKind};

/// Room for reading, to begin with.
const BUFFER_BYTES: usize = 64 << 10;
/// Longest answer.
const ANSWER_BYTES_MAX: usize = 1 << 30;

/// Questions at a steady rate.
#[derive(Clone, PartialEq, Debug)]
pub struct RealTime {
    /// Host and port.
    pub to: String,
    /// Questions a second, over all connections.
    pub rate: f64,
    /// For how long questions are sent.
    pub lasting: Duration,
    /// Connections at once.
    pub connections: u32,
    /// ISA13 of the first question; the others count on from it.
    pub first_control: u32,
    /// How long the last answers are waited for.
    pub patience: Duration,
}

/// Many sets in one interchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Host and port.
    pub to: String,
    /// Sets in the interchange.
    pub sets: u32,
    /// Its ISA13.
    pub control: u32,
    /// How long the answer is waited for.
    pub patience: Duration,
}

/// Sends questions at a steady rate. Each has its own time, and its answer is counted from then: a server that stands still
/// delays all that were due meanwhile. Each question is answered by one interchange, in the order of its connection.
///
/// # Errors
///
/// When a connection cannot be made. One that breaks leaves its questions unanswered.
pub async fn real_time(plan: &RealTime, questions: &Arc<Questions>) -> io::Result<Figures> {
    let connections = plan.connections.max(1);
    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(&plan.to).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let every = Duration::from_secs_f64(1.0 / plan.rate.max(1e-6));
    let total = (plan.lasting.as_secs_f64() * plan.rate).ceil().max(1.0) as u64;
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for (number, stream) in (0..).zip(streams) {
        let (reading, writing) = stream.into_split();
        let (asked, waiting) = mpsc::unbounded_channel();
        let turns = Turns { begun, every, number, connections: connections.into(), total };
        let asking = ask(writing, questions.clone(), turns, plan.first_control, asked);
        let hearing = hear(reading, waiting, plan.patience);
        tasks.push((tokio::spawn(asking), tokio::spawn(hearing)));
    }
    let mut all = Figures::new().ok_or_else(no_figures)?;
    for (asking, hearing) in tasks {
        all.sent += asking.await.map_err(io::Error::other)?;
        all.merge(&hearing.await.map_err(io::Error::other)??);
    }
    all.elapsed = begun.elapsed();
    Ok(all)
}

/// Sends one interchange of many sets and waits for all that comes back.
///
/// # Errors
///
/// When the server is not reached, or the sets are not of one group.
pub async fn batch(plan: &Batch, questions: &Questions) -> io::Result<Figures> {
    let mut text = Vec::new();
    questions.write_batch(plan.sets, plan.control, &mut text).map_err(io::Error::other)?;
    let stream = TcpStream::connect(&plan.to).await?;
    let (reading, mut writing) = stream.into_split();
    let (asked, waiting) = mpsc::unbounded_channel();
    let begun = Instant::now();
    // The answer has a set for each question, or says what is wrong with all of them at once.
    let _ = asked.send(begun);
    let hearing = tokio::spawn(hear(reading, waiting, plan.patience));
    writing.write_all(&text).await?;
    writing.shutdown().await?;
    drop(asked);
    let mut figures = hearing.await.map_err(io::Error::other)??;
    (figures.sent, figures.elapsed) = (1, begun.elapsed());
    Ok(figures)
}

fn no_figures() -> io::Error {
    io::Error::other("the histogram was not made")
}

/// When the questions of a connection are due: every so many, in turns.
struct Turns {
    begun: Instant,
    every: Duration,
    number: u64,
    connections: u64,
    total: u64,
}

impl Turns {
    /// The questions with their times.
    fn iter(&self) -> impl Iterator<Item = (u64, Instant)> + '_ {
        let indexes =
            (self.number..self.total).step_by(usize::try_from(self.connections).unwrap_or(1));
        indexes.map(|index| (index, self.begun + self.every.mul_f64(index as f64)))
    }
}

/// Sends the questions of a connection, each at its time; gives how many were due.
async fn ask(
    mut writing: OwnedWriteHalf,
    questions: Arc<Questions>,
    turns: Turns,
    first_control: u32,
    asked: mpsc::UnboundedSender<Instant>,
) -> u64 {
    let (mut text, mut sent, mut is_open) = (Vec::new(), 0, true);
    for (index, due) in turns.iter() {
        tokio::time::sleep_until(due.into()).await;
        sent += 1;
        if !is_open {
            continue;
        }
        text.clear();
        questions.write(index, Questions::control(first_control, index), &mut text);
        is_open = asked.send(due).is_ok() && writing.write_all(&text).await.is_ok();
    }
    // The server answers what it has and closes.
    let _ = writing.shutdown().await;
    sent
}

/// Reads answers, one for each question that was asked, until the server closes or no more are waited for.
async fn hear(
    mut reading: OwnedReadHalf,
    mut waiting: mpsc::UnboundedReceiver<Instant>,
    patience: Duration,
) -> io::Result<Figures> {
    let mut figures = Figures::new().ok_or_else(no_figures)?;
    let (mut answers, mut due) = (Answers::new(), VecDeque::new());
    loop {
        if due.is_empty() {
            match waiting.recv().await {
                Some(at) => due.push_back(at),
                None => break,
            }
        }
        let read = tokio::time::timeout(patience, reading.read_buf(&mut answers.buffer));
        match read.await {
            // Broken off, closed, or silent for too long: the rest stays unanswered.
            Err(_) | Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(_)) if answers.buffer.len() > ANSWER_BYTES_MAX => break,
            Ok(Ok(_)) => {
                let now = Instant::now();
                while let Some(answer) = answers.next() {
                    while let Ok(at) = waiting.try_recv() {
                        due.push_back(at);
                    }
                    if let Some(due) = due.pop_front() {
                        figures.add(&answer.kind, answer.is_unavailable, now.duration_since(due));
                    }
                }
            }
        }
    }
    Ok(figures)
}

/// An interchange that came back.
#[derive(Default)]
struct Answer {
    kind: Box<str>,
    is_unavailable: bool,
}

/// Cuts what comes back into interchanges.
struct Answers {
    buffer: Vec<u8>,
    framer: Framer,
    current: Answer,
}

impl Answers {
    fn new() -> Answers {
        Answers {
            buffer: Vec::with_capacity(BUFFER_BYTES),
            framer: Framer::new(FrameLimits::default()),
            current: Answer::default(),
        }
    }

    /// The next interchange that is here as a whole.
    fn next(&mut self) -> Option<Answer> {
        let mut done = 0;
        let ended = loop {
            match self.framer.next(&self.buffer[done..], false) {
                Framed::NeedMore { consumed } => {
                    done += consumed;
                    break None;
                }
                Framed::End => break None,
                Framed::Piece(piece) => {
                    let text = &self.buffer[done..][piece.span.clone()];
                    match piece.kind {
                        PieceKind::Set { start, .. } => {
                            self.current.note(text, start, piece.delimiters);
                        }
                        PieceKind::Ta1 if self.current.kind.is_empty() => {
                            self.current.kind = "TA1".into();
                        }
                        _ => {}
                    }
                    done += piece.consumed;
                    if matches!(piece.kind, PieceKind::Iea) {
                        break Some(std::mem::take(&mut self.current));
                    }
                }
            }
        };
        self.buffer.drain(..done);
        ended
    }
}

impl Answer {
    /// Notes what this part of a set says.
    fn note(&mut self, text: &[u8], is_start: bool, delimiters: Delimiters) {
        let segments = text.split(|b| *b == delimiters.terminator).map(<[u8]>::trim_ascii_start);
        for (index, segment) in segments.enumerate() {
            let mut elements = segment.split(|b| *b == delimiters.element);
            match elements.next() {
                Some(b"ST") if is_start && index == 0 && self.kind.is_empty() => {
                    let set = elements.next().unwrap_or_default();
                    self.kind = String::from_utf8_lossy(set).into();
                }
                Some(b"AAA") => self.is_unavailable |= elements.nth(2) == Some(b"42"),
                _ => {}
            }
        }
    }
}
