//! What leaves: whole interchanges, each of one kind.

use std::fmt;

use bytes::Bytes;

use crate::acknowledge::ReplyKind;

/// A reply: one interchange, ISA to IEA.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it is.
    pub kind: ReplyKind,
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
    pub fn of(&self, kind: ReplyKind) -> Option<&Reply> {
        self.replies.iter().find(|reply| reply.kind == kind)
    }
}
