//! Batches that were accepted over a connection, and their results until the partner picks them up.

use std::fmt;

use super::traits::Reply;

/// A batch that was accepted. What identifies it is who sent it, its type, its id and its content: clients use an id for more than
/// one batch.
#[derive(Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The partner's id.
    pub partner: Box<str>,
    /// The login that sent it.
    pub login: Box<str>,
    /// How it showed who it is: `password`, `certificate` ...
    pub credential: Box<str>,
    /// The name of the listener.
    pub transport: Box<str>,
    /// Whom it says it is from.
    pub sender: Box<str>,
    /// Whom it says it is for.
    pub receiver: Box<str>,
    /// Its payload type.
    pub payload_type: Box<str>,
    /// Its payload id.
    pub payload_id: Box<str>,
    /// SHA-256 of its content.
    pub hash: [u8; 32],
    /// Bytes of its content.
    pub bytes: u64,
    /// When it came, microseconds since 1970 UTC.
    pub received_micros: i64,
    /// Its content when it is small; a large one is in the archive under its hash, as a reply would be.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for NewBatch {
    // The body may not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "NewBatch({} {} of {}, {} bytes)",
            self.payload_type, self.payload_id, self.partner, self.bytes
        )
    }
}

/// A batch that waits to be worked on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitingBatch {
    /// Its number in this store.
    pub id: u64,
    /// What was accepted.
    pub batch: NewBatch,
    /// How often it was tried.
    pub attempts: u32,
}

/// What came of handing in a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Submitted {
    /// It was accepted, under this number.
    Fresh(u64),
    /// The same batch was accepted before.
    Earlier(u64),
    /// So many batches of the partner wait that it was not accepted.
    Full,
}

/// All replies of a kind to a batch.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchResult {
    /// `271`, `999` ...
    pub kind: Box<str>,
    /// Its own payload id.
    pub payload_id: Box<str>,
    /// SHA-256 of its content.
    pub hash: [u8; 32],
    /// SHA-1 of its content.
    pub sha1: [u8; 20],
    /// Bytes of its content.
    pub bytes: u64,
    /// Its content when it is small; a large one is in the archive under its hash.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for BatchResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchResult({} {}, {} bytes)", self.kind, self.payload_id, self.bytes)
    }
}

/// What a partner wants to pick up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pickup<'p> {
    /// The partner's id.
    pub partner: &'p str,
    /// The kind of reply.
    pub kind: &'p str,
    /// The id of a batch or of a result.
    pub payload_id: &'p str,
    /// Now, microseconds since 1970 UTC.
    pub now_micros: i64,
}

/// Which batches are listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchFilter {
    /// Only those of this partner.
    pub partner: Option<Box<str>>,
    /// Only those received at this instant or later, microseconds since 1970 UTC.
    pub since_micros: i64,
    /// Only those received before this instant, or at it with a smaller number than `before_id`.
    pub until_micros: i64,
    /// See `until_micros`.
    pub before_id: u64,
    /// At most so many.
    pub limit: u32,
}

/// A batch and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedBatch {
    /// Its number in this store.
    pub id: u64,
    /// The partner's id.
    pub partner: Box<str>,
    /// Its payload type.
    pub payload_type: Box<str>,
    /// Its payload id.
    pub payload_id: Box<str>,
    /// Bytes of its content.
    pub bytes: u64,
    /// When it came, microseconds since 1970 UTC.
    pub received_micros: i64,
    /// `waiting`, `done` or `failed`.
    pub state: Box<str>,
    /// Why it could not be worked on, where it could not.
    pub reason: Box<str>,
    /// What was said to it, by kind.
    pub results: Vec<ListedResult>,
}

/// A result of a batch, and whether its partner has it. Instants are microseconds since 1970 UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedResult {
    /// `271`, `999` ...
    pub kind: Box<str>,
    /// Its own payload id.
    pub payload_id: Box<str>,
    /// Bytes of its content.
    pub bytes: u64,
    /// Since when it can be picked up.
    pub ready_micros: i64,
    /// When it was picked up first.
    pub picked_micros: Option<i64>,
    /// When the partner confirmed that it has it.
    pub confirmed_micros: Option<i64>,
}

/// Whose content is kept in the store itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeptIn {
    /// A batch, by its number.
    Batch(u64),
    /// The result of this kind of a batch.
    Result(u64, Box<str>),
}

/// Content that is kept in the store itself, as it is there: sealed or not.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptBody {
    /// Whose it is.
    pub of: KeptIn,
    /// SHA-256 of the content.
    pub hash: [u8; 32],
    /// What is kept.
    pub body: Vec<u8>,
}

impl fmt::Debug for KeptBody {
    // The body may not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptBody({:?}, {} bytes)", self.of, self.body.len())
    }
}

/// Batches and their results.
pub trait Mailbox: Send + Sync {
    /// Accepts a batch, unless `waiting_max` of the partner's wait. On the disk when this returns.
    fn submit(&self, batch: NewBatch, waiting_max: u32) -> Reply<'_, Submitted>;

    /// At most `limit` batches that wait and are due, in the order they are.
    fn waiting(&self, now_micros: i64, limit: u32) -> Reply<'_, Vec<WaitingBatch>>;

    /// A batch is done; its results can be picked up from now on.
    fn finish(&self, id: u64, results: Vec<BatchResult>, now_micros: i64) -> Reply<'_, ()>;

    /// A batch could not be worked on: it is due again at this instant, or set aside where there is none. It was tried so often,
    /// as far as that counts.
    fn postpone<'a>(
        &'a self,
        id: u64,
        due_micros: Option<i64>,
        attempts: u32,
        reason: &'a str,
    ) -> Reply<'a, ()>;

    /// Picks a result up. What is named is the partner's own batch or result; where nothing has the id, it is the oldest result of
    /// the kind that was not picked up; what is another partner's is nothing.
    fn pick_up<'a>(&'a self, pickup: Pickup<'a>) -> Reply<'a, Option<BatchResult>>;

    /// The partner says that it has what has this id. Gives how many results that is.
    fn acknowledge<'a>(
        &'a self,
        partner: &'a str,
        payload_id: &'a str,
        now_micros: i64,
    ) -> Reply<'a, u64>;

    /// Batches with their results, the newest first.
    fn list<'a>(&'a self, filter: &'a BatchFilter) -> Reply<'a, Vec<ListedBatch>>;

    /// At most `limit` bodies that are kept in the store itself: those after this one, or the first.
    fn bodies<'a>(&'a self, after: Option<&'a KeptIn>, limit: u32) -> Reply<'a, Vec<KeptBody>>;

    /// Keeps something else in place of each of these bodies that is still there as it was; all of it or nothing.
    fn replace(&self, bodies: Vec<(KeptBody, Vec<u8>)>) -> Reply<'_, ()>;

    /// Forgets at most `limit` batches that were received before this instant and do not wait, with their results.
    fn forget(&self, before_micros: i64, limit: u32) -> Reply<'_, u64>;
}
