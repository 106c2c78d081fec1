//! What leaves: whole interchanges, each of one kind.

use std::fmt;

use bytes::Bytes;

/// The kinds of reply, in the order they leave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Interchange acknowledgment.
    Ta1,
    /// Implementation acknowledgment.
    Ack999,
    /// Claim acknowledgment, for claims that came.
    Ack277Ca,
    /// Eligibility response.
    Answer271,
}

impl Kind {
    /// Every kind, in the order they leave.
    pub const ALL: [Kind; 4] = [Kind::Ta1, Kind::Ack999, Kind::Ack277Ca, Kind::Answer271];

    /// `ta1`, `999`, `277ca`, `271`: in file names and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Ta1 => "ta1",
            Kind::Ack999 => "999",
            Kind::Ack277Ca => "277ca",
            Kind::Answer271 => "271",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A reply: one interchange, ISA to IEA.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it is.
    pub kind: Kind,
    /// Its ISA13.
    pub control: u32,
    /// Its bytes.
    pub body: Bytes,
}

impl fmt::Debug for Reply {
    // A 271 is full of what may not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({} {:09}, {} bytes)", self.kind, self.control, self.body.len())
    }
}

/// What one interchange is answered with, in the order it leaves. Empty when nothing may be said (a 999 came in).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Replies {
    /// The replies.
    pub replies: Vec<Reply>,
    /// True when these are the stored replies to an interchange that came before.
    pub replayed: bool,
}

impl Replies {
    /// All replies one after the other, as they go over a connection.
    pub fn to_bytes(&self) -> Bytes {
        match &self.replies[..] {
            [] => Bytes::new(),
            [one] => one.body.clone(),
            many => many.iter().flat_map(|reply| reply.body.iter().copied()).collect(),
        }
    }

    /// The first reply of this kind.
    pub fn of(&self, kind: Kind) -> Option<&Reply> {
        self.replies.iter().find(|reply| reply.kind == kind)
    }
}
