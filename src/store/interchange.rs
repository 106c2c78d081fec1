//! The rows of the journal: interchanges, the sets in them and the replies to them. None holds anything about a patient but
//! the bytes themselves, which no `Debug` prints.

use std::fmt;
use std::time::Instant;

use super::{LedgerEntry, MemberChange, ReviewEntry};

/// What makes an interchange the same interchange: who to whom, number, production or test.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct InterchangeKey {
    /// ISA05 and ISA06, `ZZ:SUBMITTER1`.
    pub sender: Box<str>,
    /// ISA07 and ISA08.
    pub receiver: Box<str>,
    /// ISA13.
    pub control: u32,
    /// ISA15 is `T`.
    pub test: bool,
}

/// What is known of an interchange when it begins to come in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewInterchange {
    /// Which.
    pub key: InterchangeKey,
    /// The partner's key.
    pub partner: Box<str>,
    /// `real_time` or `batch`.
    pub lane: Box<str>,
    /// How it came: the name of a listener, or `command`.
    pub transport: Box<str>,
    /// When its ISA was read, microseconds since 1970 UTC.
    pub received_micros: i64,
}

/// What is known of an interchange when it has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterchangeEnd {
    /// SHA-256 of its bytes, ISA to IEA.
    pub hash: [u8; 32],
    /// Bytes, ISA to IEA.
    pub bytes: u64,
    /// When its replies were ready, microseconds since 1970 UTC.
    pub answered_micros: i64,
    /// `accepted`, `partial`, `rejected`, `refused`.
    pub outcome: Box<str>,
    /// Functional groups in it.
    pub groups: u32,
    /// Transaction sets in it.
    pub sets: u32,
    /// Transaction sets that were accepted.
    pub accepted: u32,
    /// Errors and warnings.
    pub findings: u64,
    /// Claims that were rejected and members that were left out of accepted sets.
    pub declined: u64,
}

/// The bytes of an interchange as they came.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Original {
    /// They are not kept.
    #[default]
    NotKept,
    /// Here they are, zstd.
    Inline(Vec<u8>),
    /// They are in the archive under the hash of the interchange.
    Archived,
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Original::NotKept => f.write_str("NotKept"),
            Original::Inline(body) => write!(f, "Inline({} bytes)", body.len()),
            Original::Archived => f.write_str("Archived"),
        }
    }
}

/// Everything that is committed when an interchange is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completed {
    /// What became of it.
    pub end: InterchangeEnd,
    /// Its bytes.
    pub original: Original,
    /// The replies, in the order they leave.
    pub replies: Vec<ReplyRow>,
    /// When whoever asked stops waiting: what cannot be recorded by then is not recorded. None for files.
    pub until: Option<Instant>,
}

/// An interchange that was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterchangeRow {
    /// Its number in this store.
    pub id: u64,
    /// How it began.
    pub opening: NewInterchange,
    /// How it ended.
    pub end: InterchangeEnd,
    /// The replies, in the order they leave; none in a list.
    pub replies: Vec<ReplyRow>,
}

/// A reply to an interchange.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyRow {
    /// `ta1`, `999`, `271`.
    pub kind: Box<str>,
    /// Our ISA13.
    pub control: u32,
    /// The reply itself when it is small; a large one is in the archive under its hash.
    pub body: Option<Vec<u8>>,
    /// SHA-256 of the reply.
    pub hash: [u8; 32],
}

impl fmt::Debug for ReplyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.as_ref().map(Vec::len);
        write!(f, "ReplyRow({} {:09}, {bytes:?} bytes)", self.kind, self.control)
    }
}

/// A transaction set of an interchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetRow {
    /// GS06 of its group.
    pub group_control: Box<str>,
    /// ST01.
    pub set_id: Box<str>,
    /// ST02.
    pub control: Box<str>,
    /// The guide it was checked against; empty when there is none.
    pub guide: Box<str>,
    /// `accepted`, `accepted-with-errors`, `rejected`.
    pub outcome: Box<str>,
    /// Findings that are errors.
    pub errors: u32,
    /// Findings that are warnings.
    pub warnings: u32,
}

/// Rows that an interchange brings, as they come.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Batch {
    /// Its next sets, in order.
    Sets(Vec<SetRow>),
    /// Its next entries in the claim ledger, in order.
    Ledger(Vec<LedgerEntry>),
    /// What it changes of members next, in order.
    Members(Vec<MemberChange>),
    /// Its next entries in the review ledger, in order.
    Reviews(Vec<ReviewEntry>),
}

/// What a commit found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recorded {
    /// The interchange is recorded, under this number: its replies may leave.
    Fresh(u64),
    /// An interchange with this key was recorded before, and nothing of the new one is kept.
    Earlier(Box<InterchangeRow>),
}

/// Which interchanges to go through, in the order they were received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterchangePeriod {
    /// The partner's key; all partners when none.
    pub partner: Option<Box<str>>,
    /// Received at this instant or later, microseconds since 1970 UTC.
    pub since_micros: i64,
    /// Received before this instant.
    pub until_micros: i64,
    /// Of those received at the first instant, only those after the one with this number.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
}

/// An interchange with what was said to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterchangeOutline {
    /// The interchange, without its replies.
    pub row: InterchangeRow,
    /// The sets in it (ST01), each once.
    pub sets: Vec<Box<str>>,
    /// Kind and control number (our ISA13) of each reply, in the order they left.
    pub replies: Vec<(Box<str>, u32)>,
}

/// Which interchanges to list; what is absent restricts nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InterchangeFilter {
    /// Its number in this store.
    pub id: Option<u64>,
    /// The partner's key.
    pub partner: Option<Box<str>>,
    /// Received at this instant or later, microseconds since 1970 UTC.
    pub since_micros: Option<i64>,
    /// Received before this instant.
    pub until_micros: Option<i64>,
    /// ISA13.
    pub control: Option<u32>,
    /// What became of it.
    pub outcome: Option<Box<str>>,
    /// How it came.
    pub lane: Option<Box<str>>,
    /// At most so many, the newest first.
    pub limit: u32,
}
