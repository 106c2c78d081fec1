//! Interchanges over TCP: they come one after the other, ISA to IEA or in a frame, and replies are sent in the same order and the
//! same frame, while several are being answered at once.
//!
//! When the most that may be answered at once are in progress, the socket is not read, and TCP makes the peer wait. There is
//! always a reply: input that is not an interchange is answered as far as it can be read, and then the connection is closed
//! with the reason in the log.

mod frames;
mod framing;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};

use self::frames::Frame;
use self::framing::{Decoder, Framing};
use super::listener::{Connection, Ended, Handler};
use crate::config::{Limits, Listener};
use crate::gateway::{Answered, Caller, Delivery, Lane, Origin, Service};

/// Why a connection was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Closed {
    /// The peer has finished.
    ByPeer,
    /// We are shutting down.
    Shutdown,
    /// Nothing arrived for too long.
    Idle,
    /// An interchange was not complete in time.
    FrameTimeout,
    /// The peer did not read its replies.
    WriteTimeout,
    /// The input was not an interchange, or one over the limit.
    Lost,
    /// We could not answer an interchange.
    Unavailable,
}

impl From<Closed> for Ended {
    fn from(closed: Closed) -> Ended {
        match closed {
            Closed::ByPeer | Closed::Shutdown | Closed::Idle => Ended::InOrder,
            Closed::FrameTimeout => Ended::Because("an interchange was not complete in time"),
            Closed::WriteTimeout => Ended::Because("the peer did not read its replies"),
            Closed::Lost => {
                Ended::Because("the data was not an interchange, or exceeded the size limit")
            }
            Closed::Unavailable => Ended::Because("an interchange could not be answered"),
        }
    }
}

/// Answers the interchanges of a connection.
#[derive(Debug)]
pub struct Tcp<S> {
    service: Arc<S>,
    /// The name of the listener.
    transport: Arc<str>,
    settings: Listener,
    bytes_max: usize,
}

impl<S: Service> Tcp<S> {
    /// For the connections of a listener.
    pub fn new(service: Arc<S>, settings: &Listener, limits: &Limits) -> Tcp<S> {
        Tcp {
            service,
            transport: settings.name.as_str().into(),
            settings: settings.clone(),
            bytes_max: limits.real_time_bytes_max,
        }
    }

    /// Answers an interchange of this caller.
    fn answer(&self, caller: &Caller, body: Bytes) -> impl Future<Output = Answered> + use<S> {
        let origin = Origin {
            lane: Lane::RealTime,
            caller: caller.clone(),
            transport: self.transport.clone(),
            received: self.service.now(),
            // How long a peer waits is not announced on such a connection.
            deadline: None,
        };
        let service = self.service.clone();
        async move { service.answer(Delivery { body, origin }).await }
    }

    /// How long to wait for the next byte that matters.
    fn patience(&self, partial: bool) -> Duration {
        let settings = &self.settings;
        let wait = if partial { settings.frame_timeout_ms } else { settings.idle_timeout_ms };
        Duration::from_millis(wait)
    }

    async fn serve<I: AsyncRead + AsyncWrite + Unpin>(
        &self,
        connection: Connection<I>,
    ) -> io::Result<Closed> {
        let Connection { io, caller, stop, .. } = connection;
        let in_flight_max = self.settings.frames_in_flight_max;
        let write_timeout = Duration::from_millis(self.settings.write_timeout_ms);
        let (mut reader, mut writer) = tokio::io::split(io);
        let mut frames = Decoder::new(self.bytes_max);
        let mut answers = FuturesOrdered::new();
        let mut out = BytesMut::new();
        let mut since = Instant::now();
        // Set once nothing more is read; the connection then ends when all replies are sent.
        let mut ending: Option<Closed> = None;
        loop {
            while answers.len() < in_flight_max {
                let Some(frame) = frames.next() else { break };
                let (body, lost) = match frame {
                    Frame::Interchange(body) => (body, false),
                    Frame::Lost(body) => (body, true),
                };
                answers.push_back(self.answer(&caller, body));
                since = Instant::now();
                if lost {
                    ending = Some(Closed::Lost);
                    break;
                }
            }
            let room = answers.len() < in_flight_max;
            if let (true, Some(reason)) = (room, ending) {
                // An interchange that was cut off is answered too: it was accepted for reading.
                if let (Some(Frame::Interchange(rest) | Frame::Lost(rest)), true) =
                    (frames.finish(), reason != Closed::Lost && reason != Closed::Shutdown)
                {
                    answers.push_back(self.answer(&caller, rest));
                }
                if answers.is_empty() {
                    let _ = timeout(write_timeout, writer.shutdown()).await;
                    tracing::trace!(%caller, framing = frames.framing().as_str(), "finished");
                    return Ok(reason);
                }
            }
            let reading = room && ending.is_none();
            let partial = frames.is_partial();
            let deadline = since + self.patience(partial);
            tokio::select! {
                Some(answered) = answers.next() => {
                    let framing = frames.framing();
                    let mut outcome = push(&mut out, framing, &answered);
                    // Other replies that are ready are sent in the same write.
                    while let Some(Some(answered)) = answers.next().now_or_never() {
                        outcome = outcome.or(push(&mut out, framing, &answered));
                    }
                    match timeout(write_timeout, writer.write_all(&out)).await {
                        Ok(written) => written?,
                        Err(_) => return Ok(Closed::WriteTimeout),
                    }
                    out.clear();
                    ending = ending.or(outcome);
                    since = Instant::now();
                }
                count = reader.read_buf(frames.space()), if reading => {
                    match count? {
                        0 => ending = Some(Closed::ByPeer),
                        // The time limit of an interchange starts with its first byte and is not extended by later ones.
                        _ if !partial => since = Instant::now(),
                        _ => {}
                    }
                }
                () = stop.cancelled(), if reading => ending = Some(Closed::Shutdown),
                () = sleep_until(deadline), if reading && answers.is_empty() => {
                    ending = Some(if partial { Closed::FrameTimeout } else { Closed::Idle });
                }
            }
        }
    }
}

impl<S: Service> Handler for Tcp<S> {
    async fn handle<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        connection: Connection<I>,
    ) -> io::Result<Ended> {
        self.serve(connection).await.map(Ended::from)
    }
}

/// Adds replies to those to be sent; returns the reason to close when there can be none.
fn push(out: &mut BytesMut, framing: Framing, answered: &Answered) -> Option<Closed> {
    match answered {
        Answered::Replies(replies) => {
            // All replies to a question are in one frame, because its sender waits for one.
            if !replies.replies.is_empty() {
                framing.write(out, &replies.to_bytes());
            }
            None
        }
        Answered::NotX12 => Some(Closed::Lost),
        Answered::Unavailable { .. } => Some(Closed::Unavailable),
    }
}
