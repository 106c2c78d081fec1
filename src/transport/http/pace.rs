//! The deadlines of an HTTP connection: a client that sends nothing, sends its headers slowly, or does not read its answer, is cut.
//! The body of a request has a deadline of its own, where it is read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::config::Listener;

/// After the last answer the client may still be sending: so long, and so many bytes, are read and thrown away, because closing earlier
/// would take the answer away from it.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 4 << 20;

/// What a connection is waiting for. The phase is counted, so that each has a deadline of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(Arc<AtomicU64>);

/// Phases are counted in steps: idle, the head of a request, its answer, idle ...
const IDLE: u64 = 0;
const HEAD: u64 = 1;
const BUSY: u64 = 2;
const PHASES: u64 = 3;

impl Pace {
    /// The headers of a request are there.
    pub(super) fn request(&self) {
        self.advance(BUSY);
    }

    /// Its answer is ready.
    pub(super) fn answered(&self) {
        self.advance(IDLE);
    }

    fn head_begun(&self) {
        self.advance(HEAD);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Goes on to the next phase of this kind, unless the connection is in one.
    fn advance(&self, phase: u64) {
        let count = self.count();
        let steps = (phase + PHASES - count % PHASES) % PHASES;
        self.0.store(count + steps, Ordering::Relaxed);
    }
}

/// A connection with deadlines.
#[derive(Debug)]
pub(super) struct Paced<I> {
    io: I,
    pace: Pace,
    idle: Duration,
    head: Duration,
    write: Duration,
    reading: Pin<Box<Sleep>>,
    /// The phase that `reading` was set for.
    reading_for: Option<u64>,
    writing: Pin<Box<Sleep>>,
    is_writing: bool,
    /// Set once nothing more is written.
    lingering: Option<Pin<Box<Sleep>>>,
    thrown_away: usize,
}

impl<I> Paced<I> {
    pub(super) fn new(io: I, pace: Pace, settings: &Listener) -> Paced<I> {
        Paced {
            io,
            pace,
            idle: Duration::from_millis(settings.idle_timeout_ms),
            head: Duration::from_millis(settings.frame_timeout_ms),
            write: Duration::from_millis(settings.write_timeout_ms),
            reading: Box::pin(sleep(Duration::ZERO)),
            reading_for: None,
            writing: Box::pin(sleep(Duration::ZERO)),
            is_writing: false,
            lingering: None,
            thrown_away: 0,
        }
    }

    /// Waits for the deadline of the phase; pending for ever while a request is answered.
    fn poll_reading(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let count = self.pace.count();
        let (patience, late) = match count % PHASES {
            IDLE => (self.idle, "no request came in time"),
            HEAD => (self.head, "the headers of a request were not complete in time"),
            _ => return Poll::Pending,
        };
        if self.reading_for != Some(count) {
            self.reading_for = Some(count);
            self.reading.as_mut().reset(Instant::now() + patience);
        }
        ready!(self.reading.as_mut().poll(context));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, late))
    }

    /// Passes on what became of a write; one that waits too long fails.
    fn within_deadline<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.is_writing = false;
            return outcome;
        }
        if !self.is_writing {
            self.is_writing = true;
            self.writing.as_mut().reset(Instant::now() + self.write);
        }
        ready!(self.writing.as_mut().poll(context));
        let late = "the client did not read its answer in time";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, late)))
    }
}

impl<I: AsyncRead + Unpin> Paced<I> {
    /// Reads what still comes, until there is no more or it has been enough.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        while self.thrown_away < LINGER_BYTES_MAX {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.io).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.thrown_away += buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    let over = self.lingering.as_mut().map(|sleep| sleep.as_mut().poll(context));
                    return over.unwrap_or(Poll::Ready(()));
                }
            }
        }
        Poll::Ready(())
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Paced<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.io).poll_read(context, buffer) {
            Poll::Ready(outcome) => {
                if buffer.filled().len() > before && self.pace.count() % PHASES == IDLE {
                    self.pace.head_begun();
                }
                Poll::Ready(outcome)
            }
            Poll::Pending => self.poll_reading(context).map(Err),
        }
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(context, bytes);
        self.within_deadline(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_flush(context);
        self.within_deadline(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            let outcome = Pin::new(&mut self.io).poll_shutdown(context);
            ready!(self.within_deadline(context, outcome))?;
            self.lingering = Some(Box::pin(sleep(LINGER)));
        }
        self.poll_linger(context).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write_vectored(context, bytes);
        self.within_deadline(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn settings() -> Listener {
        Listener {
            idle_timeout_ms: 200,
            frame_timeout_ms: 400,
            write_timeout_ms: 100,
            ..Listener::default()
        }
    }

    fn late<T: std::fmt::Debug>(outcome: io::Result<T>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        error.to_string()
    }

    #[tokio::test]
    async fn each_phase_has_its_deadline() {
        let (mut client, server) = tokio::io::duplex(16);
        let pace = Pace::default();
        let mut paced = Paced::new(server, pace.clone(), &settings());
        let mut buffer = [0; 8];
        assert_eq!(late(paced.read(&mut buffer).await), "no request came in time");
        pace.request();
        pace.answered();
        client.write_all(b"GET").await.unwrap();
        assert_eq!(paced.read(&mut buffer).await.unwrap(), 3);
        // More of the headers does not put the deadline off.
        let begun = Instant::now();
        client.write_all(b" ").await.unwrap();
        assert_eq!(paced.read(&mut buffer).await.unwrap(), 1);
        assert!(late(paced.read(&mut buffer).await).starts_with("the headers"));
        assert!(begun.elapsed() < Duration::from_millis(800));
        // While a request is answered, nothing is expected of the client.
        pace.request();
        let waited =
            tokio::time::timeout(Duration::from_millis(600), paced.read(&mut buffer)).await;
        assert!(waited.is_err());
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_cut() {
        let (_client, server) = tokio::io::duplex(16);
        let mut paced = Paced::new(server, Pace::default(), &settings());
        let words = late(paced.write_all(&[b'x'; 64]).await);
        assert_eq!(words, "the client did not read its answer in time");
    }

    #[tokio::test]
    async fn what_still_comes_after_the_answer_is_thrown_away_for_a_while() {
        let (mut client, server) = tokio::io::duplex(1024);
        let mut paced = Paced::new(server, Pace::default(), &settings());
        client.write_all(&[b'x'; 1024]).await.unwrap();
        let begun = Instant::now();
        paced.shutdown().await.unwrap();
        assert!(begun.elapsed() >= LINGER);
        assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
        drop(client);
        let (client, server) = tokio::io::duplex(1024);
        drop(client);
        Paced::new(server, Pace::default(), &settings()).shutdown().await.unwrap();
        assert!(begun.elapsed() < LINGER * 2);
    }
}
