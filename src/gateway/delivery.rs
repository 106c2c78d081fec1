//! What a transport hands over and what it gets back: an interchange with who sent it and how, and the answer.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use time::OffsetDateTime;

use super::reply::Replies;
use crate::access::Caller;
use crate::partner::Lane;

/// Name of the transport of whatever the operator gives to a command.
pub const COMMAND_LINE: &str = "command";

/// Where an input comes from and how long its sender waits: all that is known of it besides its bytes.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Whether the caller waits for the answer.
    pub lane: Lane,
    /// Who sent it.
    pub caller: Caller,
    /// By which way it came: the name of a listener, or [`COMMAND_LINE`].
    pub transport: Arc<str>,
    /// When it came, by the clock of the service.
    pub received: OffsetDateTime,
    /// When the caller stops waiting for the answer. Without one, the settings alone say how long an answer may take.
    pub deadline: Option<Instant>,
}

impl Origin {
    /// What the operator gives to a command.
    pub fn operator(lane: Lane, received: OffsetDateTime) -> Origin {
        Origin {
            lane,
            caller: Caller::Operator,
            transport: COMMAND_LINE.into(),
            received,
            deadline: None,
        }
    }
}

/// An interchange to be answered.
#[derive(Clone)]
pub struct Delivery {
    /// ISA to IEA, or as far as it came.
    pub body: Bytes,
    /// Where it comes from.
    pub origin: Origin,
}

impl Delivery {
    /// What the operator gives to a command.
    pub fn operator(body: Bytes, lane: Lane, received: OffsetDateTime) -> Delivery {
        Delivery { body, origin: Origin::operator(lane, received) }
    }
}

impl fmt::Debug for Delivery {
    // The body is full of what may not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} bytes, {:?})", self.body.len(), self.origin)
    }
}

/// What comes of a delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answered {
    /// The replies. There are none when nothing may be said (a 999 came in).
    Replies(Replies),
    /// Not even an ISA can be read, so that there is no one to reply to.
    NotX12,
    /// We cannot answer at the moment, and nothing was recorded: the same delivery may come again.
    Unavailable {
        /// How long to wait before that.
        retry_after: Duration,
    },
}

/// Answers interchanges: all that a transport needs to know of the gateway.
pub trait Service: Send + Sync + 'static {
    /// Answers one interchange.
    fn answer(&self, delivery: Delivery) -> impl Future<Output = Answered> + Send;

    /// The clock that deliveries are stamped with.
    fn now(&self) -> OffsetDateTime;
}
