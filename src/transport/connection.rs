//! One connection: frames in, replies out in the same order, several being answered at once.
//!
//! When as many are being answered as may be, the socket is not read any more, and TCP makes the peer wait. Silence is
//! never an answer: what cannot be followed is answered as far as it can be read, and then the connection is closed with
//! the reason in the log.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::frames::{Frame, Frames};
use crate::config::Tcp;
use crate::gateway::{Answered, Caller, Delivery, Lane, Origin, Service};

/// Why a connection was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Closed {
    /// The peer was done.
    ByPeer,
    /// We are shutting down.
    Shutdown,
    /// Nothing came for too long.
    Idle,
    /// An interchange was not whole in time.
    FrameTimeout,
    /// The peer did not take its replies.
    WriteTimeout,
    /// What came was no interchange, or one over the limit.
    Lost,
    /// We could not answer an interchange.
    Unavailable,
}

impl Closed {
    /// For the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Closed::ByPeer => "the peer was done",
            Closed::Shutdown => "we are shutting down",
            Closed::Idle => "nothing came for too long",
            Closed::FrameTimeout => "an interchange was not whole in time",
            Closed::WriteTimeout => "the peer did not take its replies",
            Closed::Lost => "what came was no interchange, or one over the limit",
            Closed::Unavailable => "we could not answer an interchange",
        }
    }
}

/// Serves a connection until it ends.
pub(super) async fn serve<S: Service, I: AsyncRead + AsyncWrite + Unpin>(
    io: I,
    service: &Arc<S>,
    caller: &Caller,
    transport: &Arc<str>,
    settings: &Tcp,
    bytes_max: usize,
    stop: &CancellationToken,
) -> io::Result<Closed> {
    let (mut reader, mut writer) = tokio::io::split(io);
    let mut frames = Frames::new(bytes_max);
    let mut answers = FuturesOrdered::new();
    let mut out = BytesMut::new();
    let mut since = Instant::now();
    // Set once nothing more is read; the connection then ends when all replies are out.
    let mut ending: Option<Closed> = None;
    let delivery = |body| Delivery {
        body,
        origin: Origin {
            lane: Lane::RealTime,
            caller: caller.clone(),
            transport: transport.clone(),
            received: service.now(),
            // How long a peer waits is not said on such a connection.
            deadline: None,
        },
    };
    loop {
        while answers.len() < settings.frames_in_flight_max {
            let Some(frame) = frames.next() else { break };
            let (bytes, lost) = match frame {
                Frame::Interchange(bytes) => (bytes, false),
                Frame::Lost(bytes) => (bytes, true),
            };
            answers.push_back(answer(service.clone(), delivery(bytes)));
            since = Instant::now();
            if lost {
                ending = Some(Closed::Lost);
                break;
            }
        }
        let room = answers.len() < settings.frames_in_flight_max;
        if let (true, Some(reason)) = (room, ending) {
            // A cut-off interchange is answered too: it was accepted for reading.
            if let (Some(Frame::Interchange(rest) | Frame::Lost(rest)), true) =
                (frames.finish(), reason != Closed::Lost && reason != Closed::Shutdown)
            {
                answers.push_back(answer(service.clone(), delivery(rest)));
            }
            if answers.is_empty() {
                let _ =
                    timeout(Duration::from_millis(settings.write_timeout_ms), writer.shutdown())
                        .await;
                return Ok(reason);
            }
        }
        let reading = room && ending.is_none();
        let partial = frames.is_partial();
        let deadline = since + patience(settings, partial);
        tokio::select! {
            Some(answered) = answers.next() => {
                let mut outcome = push(&mut out, &answered);
                // Whatever else is ready leaves in the same write.
                while let Some(Some(answered)) = answers.next().now_or_never() {
                    outcome = outcome.or(push(&mut out, &answered));
                }
                let write = writer.write_all(&out);
                match timeout(Duration::from_millis(settings.write_timeout_ms), write).await {
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
                    // The clock of an interchange starts with its first byte and is not set back by later ones.
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

/// How long to wait for the next byte that matters.
fn patience(settings: &Tcp, partial: bool) -> Duration {
    let wait = if partial { settings.frame_timeout_ms } else { settings.idle_timeout_ms };
    Duration::from_millis(wait)
}

async fn answer<S: Service>(service: Arc<S>, delivery: Delivery) -> Answered {
    service.answer(delivery).await
}

/// Adds replies to what leaves; gives the reason to close when there can be none.
fn push(out: &mut BytesMut, answered: &Answered) -> Option<Closed> {
    match answered {
        Answered::Replies(replies) => {
            for reply in &replies.replies {
                out.extend_from_slice(&reply.body);
            }
            None
        }
        Answered::NotX12 => Some(Closed::Lost),
        Answered::Unavailable { .. } => Some(Closed::Unavailable),
    }
}
