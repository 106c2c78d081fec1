//! Callers that commit at the same time share one transaction.
//!
//! A task of its own owns the writing: the others' commit stands when a caller goes away while it waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rustc_hash::FxHashMap;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;

use crate::store::{
    AuditEvent, Completed, InterchangeKey, InterchangeRow, LedgerEntry, MemberChange,
    NewInterchange, Original, Recorded, ReplyRow, Result, ReviewEntry, SetRow, StoreError,
};

use super::super::claims::{self, Committed, Ledger, Recent, Unit};
use super::super::insert::{Binds, Insert};
use super::super::synchronous::{Synchronous, with_synchronous};
use super::super::{access, database_error, in_transaction, reviews, sql};
use super::intake::Staged;
use super::read::find;
use super::{CORRUPT, DOING, SET, bind_set, members};

/// Interchanges after which a commit takes no further callers in.
const COMMIT_ROWS_MAX: usize = 2000;
/// Callers that may wait before the next one waits to be let in.
const CALLERS_MAX: usize = 4096;

const INTERCHANGE: Insert = Insert {
    doing: DOING,
    head: "INSERT INTO interchange \
           (sender, receiver, control, test, hash, received_micros, bytes, sets, outcome, id, partner, lane, transport, \
            answered_micros, group_count, accepted, findings, kept, original, declined)",
    columns: 20,
    tail: "",
};
const REPLY: Insert = Insert {
    doing: DOING,
    head: "INSERT INTO reply \
           (sender, receiver, control, test, position, kind, reply_control, hash, body)",
    columns: 9,
    tail: "",
};

/// An interchange to commit.
pub(super) struct Entry {
    pub(super) opening: NewInterchange,
    pub(super) completed: Completed,
    /// Sets that are not written yet.
    pub(super) sets: Vec<SetRow>,
    /// Ledger entries that are not written yet.
    pub(super) ledger: Vec<LedgerEntry>,
    /// Changes of members that are not written yet.
    pub(super) changes: Vec<MemberChange>,
    /// Review entries that are not written yet.
    pub(super) reviews: Vec<ReviewEntry>,
    /// Commits of claims that there were when it began.
    pub(super) begun: u64,
    /// What is written already.
    pub(super) staged: Option<Staged>,
    /// Whether its caller still waits.
    pub(super) patience: Arc<Patience>,
}

/// Settles between the caller who may stop waiting and the task that writes which of the two comes first.
#[derive(Default)]
pub(super) struct Patience(AtomicU8);

impl Patience {
    const TAKEN: u8 = 1;
    const GIVEN_UP: u8 = 2;

    /// True when it is written from now on, whether its caller waits or not.
    fn take(&self) -> bool {
        self.settle(Self::TAKEN)
    }

    /// True when it will not be written.
    fn give_up(&self) -> bool {
        self.settle(Self::GIVEN_UP)
    }

    fn settle(&self, wanted: u8) -> bool {
        let settled = self.0.compare_exchange(0, wanted, Ordering::AcqRel, Ordering::Acquire);
        settled.is_ok() || settled == Err(wanted)
    }
}

impl Entry {
    /// True for what changes claims, members or reviews: whoever is told that it was taken must find it again.
    fn must_last(&self) -> bool {
        let is_empty = self.ledger.is_empty() && self.changes.is_empty() && self.reviews.is_empty();
        self.staged.is_some() || !is_empty
    }
}

/// Commits for many callers at once: hands their rows to the task that writes. The task ends with the last clone.
#[derive(Clone)]
pub(in crate::store::sqlite) struct GroupCommit {
    callers: mpsc::Sender<Caller>,
    /// What those that write claims share.
    pub(super) ledger: Ledger,
}

/// What the task that writes works on.
struct Writing {
    writer: SqlitePool,
    ledger: Ledger,
}

/// An interchange to commit, and where to say what became of it.
struct Caller {
    entry: Entry,
    answer: oneshot::Sender<Result<Recorded>>,
}

impl GroupCommit {
    /// Starts the task.
    pub(in crate::store::sqlite) fn start(writer: SqlitePool, ledger: Ledger) -> Self {
        let (callers, waiting) = mpsc::channel(CALLERS_MAX);
        let writing = Writing { writer, ledger: ledger.clone() };
        tokio::spawn(commit_all(writing, waiting));
        Self { callers, ledger }
    }

    /// Commits one interchange, with others of the same moment. One that nobody waits for any longer when its turn comes to be
    /// written is not written: [`StoreError::TooSlow`].
    pub(super) async fn commit(&self, entry: Entry) -> Result<Recorded> {
        let (until, patience) = (entry.completed.until, Arc::clone(&entry.patience));
        let (answer, mut recorded) = oneshot::channel();
        let sent = self.callers.send(Caller { entry, answer });
        let Some(until) = until else {
            sent.await.map_err(|_| StoreError::Gone)?;
            return recorded.await.map_err(|_| StoreError::Gone)?;
        };
        let sent = timeout_at(until.into(), sent).await.map_err(|_| StoreError::TooSlow)?;
        sent.map_err(|_| StoreError::Gone)?;
        match timeout_at(until.into(), &mut recorded).await {
            Ok(recorded) => recorded.map_err(|_| StoreError::Gone)?,
            Err(_) if patience.give_up() => Err(StoreError::TooSlow),
            // It is being written: what is recorded must be answered.
            Err(_) => recorded.await.map_err(|_| StoreError::Gone)?,
        }
    }
}

/// Takes every caller that waits, commits for all, and answers each.
async fn commit_all(writing: Writing, mut waiting: mpsc::Receiver<Caller>) {
    while let Some(first) = waiting.recv().await {
        let mut entries = vec![first.entry];
        let mut answers = vec![first.answer];
        while entries.len() < COMMIT_ROWS_MAX
            && let Ok(next) = waiting.try_recv()
        {
            entries.push(next.entry);
            answers.push(next.answer);
        }
        match writing.commit(&entries).await {
            // A caller that went away does not want its answer.
            Ok(done) => answers.into_iter().zip(done).for_each(|(answer, recorded)| {
                let _ = answer.send(recorded);
            }),
            // One of them cannot be stored, which is no reason to refuse the others.
            Err(error) if entries.len() > 1 && !error.retry() => {
                for (entry, answer) in entries.iter().zip(answers) {
                    let done = writing.commit(std::slice::from_ref(entry)).await;
                    let recorded = done.and_then(|mut all| all.pop().unwrap_or(Err(CORRUPT)));
                    let _ = answer.send(recorded);
                }
            }
            Err(error) if answers.len() == 1 => {
                if let Some(answer) = answers.pop() {
                    let _ = answer.send(Err(error));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for answer in answers {
                    let _ = answer.send(Err(StoreError::Together(error.clone())));
                }
            }
        }
    }
}

/// What is to become of an entry.
enum Fate {
    /// It is written under this number.
    Fresh(i64),
    /// This one was there before.
    Earlier(Box<InterchangeRow>),
    /// The first of the same key in this commit, at this index, goes before it.
    After(usize),
    /// Its staged rows were cleared away.
    Expired,
    /// Nobody waits for it any longer.
    GivenUp,
}

impl Writing {
    /// Writes the interchanges whose keys are new, in one transaction, and gives the stored rows of the others. Among
    /// interchanges of one key the first wins.
    async fn commit(&self, entries: &[Entry]) -> Result<Vec<Result<Recorded>>> {
        let mut connection = self.writer.acquire().await.map_err(database_error(DOING))?;
        let (fates, committed) = match entries.iter().any(Entry::must_last) {
            true => {
                let work = async |connection: &mut _| self.write(connection, entries).await;
                with_synchronous(&mut connection, Synchronous::Full, DOING, work).await?
            }
            false => self.write(&mut connection, entries).await?,
        };
        self.ledger.committed(&committed);
        Ok(recorded(entries, &fates))
    }

    async fn write(
        &self,
        connection: &mut SqliteConnection,
        entries: &[Entry],
    ) -> Result<(Vec<Fate>, Committed)> {
        in_transaction(connection, DOING, async |connection| {
            let fates = decide(connection, entries).await?;
            let committed = insert(connection, entries, &fates, self.ledger.recent()).await?;
            Ok((fates, committed))
        })
        .await
    }
}

/// What each caller is told.
fn recorded(entries: &[Entry], fates: &[Fate]) -> Vec<Result<Recorded>> {
    let recorded = fates.iter().map(|fate| match fate {
        Fate::Fresh(id) => Ok(Recorded::Fresh(id.unsigned_abs())),
        Fate::Earlier(row) => Ok(Recorded::Earlier(row.clone())),
        Fate::Expired => Err(StoreError::Expired),
        Fate::GivenUp => Err(StoreError::TooSlow),
        Fate::After(first) => match fates.get(*first) {
            Some(Fate::Fresh(id)) => Ok(Recorded::Earlier(Box::new(row_of(&entries[*first], *id)))),
            Some(Fate::Earlier(row)) => Ok(Recorded::Earlier(row.clone())),
            _ => Err(StoreError::Expired),
        },
    });
    recorded.collect()
}

/// Finds out which entries are new, and gives those their numbers. No other connection writes until the transaction ends, so
/// what is not found now is new.
async fn decide(connection: &mut SqliteConnection, entries: &[Entry]) -> Result<Vec<Fate>> {
    let mut first: FxHashMap<&InterchangeKey, usize> = FxHashMap::default();
    let mut fates: Vec<Option<Fate>> = Vec::with_capacity(entries.len());
    let mut keys = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let key = &entry.opening.key;
        if !entry.patience.take() {
            fates.push(Some(Fate::GivenUp));
            continue;
        }
        fates.push(first.get(key).map(|first| Fate::After(*first)));
        first.entry(key).or_insert_with(|| {
            keys.push(key.clone());
            index
        });
    }
    let mut stored = find(connection, &keys).await?.into_iter();
    let mut numbers = 0;
    for (entry, fate) in entries.iter().zip(&mut fates) {
        if fate.is_some() {
            continue;
        }
        match (stored.next().flatten(), entry.staged) {
            (Some(row), _) => *fate = Some(Fate::Earlier(Box::new(row))),
            (None, Some(staged)) => {
                let mine = sqlx::query(sql::END_INTAKE)
                    .bind(staged.id)
                    .execute(&mut *connection)
                    .await
                    .map_err(database_error(DOING))?;
                let is_whole = mine.rows_affected() == 1;
                *fate = Some(if is_whole { Fate::Fresh(staged.id) } else { Fate::Expired });
            }
            (None, None) => numbers += 1,
        }
    }
    let mut next = if numbers > 0 { take_ids(connection, numbers).await? } else { 0 };
    let fates = fates.into_iter().map(|fate| {
        fate.unwrap_or_else(|| {
            next += 1;
            Fate::Fresh(next - 1)
        })
    });
    Ok(fates.collect())
}

/// Takes numbers for interchanges; gives the first.
pub(in crate::store::sqlite) async fn take_ids(
    connection: &mut SqliteConnection,
    count: i64,
) -> Result<i64> {
    // All rows, not one: only a statement run to its end is written when the call returns.
    let taken = sqlx::query_scalar::<_, i64>(sql::TAKE_INTERCHANGE_IDS)
        .bind(count)
        .fetch_all(connection)
        .await
        .map_err(database_error(DOING))?;
    taken.first().copied().ok_or(CORRUPT)
}

async fn insert(
    connection: &mut SqliteConnection,
    entries: &[Entry],
    fates: &[Fate],
    recent: &Recent,
) -> Result<Committed> {
    let fresh: Vec<(i64, &Entry)> = entries
        .iter()
        .zip(fates)
        .filter_map(|(entry, fate)| match fate {
            Fate::Fresh(id) => Some((*id, entry)),
            _ => None,
        })
        .collect();
    INTERCHANGE.run(connection, &fresh, bind_interchange).await?;
    let sets: Vec<(i64, i64, &SetRow)> = fresh
        .iter()
        .flat_map(|(id, entry)| {
            let first = entry.staged.map_or(0, |staged| staged.sets) + 1;
            (first..).zip(&entry.sets).map(|(position, set)| (*id, position, set))
        })
        .collect();
    SET.run(connection, &sets, bind_set).await?;
    let replies: Vec<(&InterchangeKey, i64, &ReplyRow)> = fresh
        .iter()
        .flat_map(|(_, entry)| {
            let key = &entry.opening.key;
            (0..).zip(&entry.completed.replies).map(move |(position, reply)| (key, position, reply))
        })
        .collect();
    REPLY
        .run(connection, &replies, |(key, position, reply), binds| {
            bind_key(key, binds)
                .add(*position)
                .add(&*reply.kind)
                .add(i64::from(reply.control))
                .add(reply.hash.as_slice())
                .add(reply.body.as_deref());
        })
        .await?;
    let units: Vec<Unit<'_>> = fresh
        .iter()
        .map(|(id, entry)| Unit {
            number: *id,
            who: &entry.opening.partner,
            at_micros: entry.opening.received_micros,
            staged: entry.staged.map_or(0, |staged| staged.entries),
            held: &entry.ledger,
            begun: Some(entry.begun),
        })
        .collect();
    let mut committed = claims::commit(connection, &units, recent).await?;
    for (id, entry) in &fresh {
        let staged = entry.staged.map_or(0, |staged| staged.changes);
        committed.members |= members::commit(connection, *id, staged, &entry.changes).await?;
    }
    let units = fresh.iter().map(|(id, entry)| reviews::Unit {
        number: *id,
        who: &entry.opening.partner,
        at_micros: entry.opening.received_micros,
        staged: entry.staged.map_or(0, |staged| staged.reviews),
        held: &entry.reviews,
    });
    reviews::commit(connection, &units.collect::<Vec<_>>()).await?;
    access::append(connection, fresh.iter().map(|(id, entry)| told(*id, entry)).collect()).await?;
    Ok(committed)
}

/// What the audit trail says of an interchange.
fn told(id: i64, entry: &Entry) -> AuditEvent {
    let Entry { opening, completed: Completed { end, replies, .. }, .. } = entry;
    let hash: String = end.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let kinds: Vec<&str> = replies.iter().map(|reply| &*reply.kind).collect();
    let detail = format!(
        "{} by {}, {} sets, {} accepted, sha256 {hash}, answered {}",
        opening.lane,
        opening.transport,
        end.sets,
        end.accepted,
        kinds.join(" "),
    );
    AuditEvent {
        at_micros: end.answered_micros,
        actor: opening.partner.clone(),
        action: "interchange".into(),
        subject: format!("{} {:09}", opening.key.sender, opening.key.control).into(),
        outcome: end.outcome.clone(),
        detail: detail.into(),
        interchange: Some(id.unsigned_abs()),
    }
}

fn bind_interchange((id, entry): &(i64, &Entry), binds: &mut Binds) {
    let Entry { opening, completed: Completed { end, original, .. }, .. } = entry;
    let (kept, body) = match original {
        Original::NotKept => (0_i64, None),
        Original::Inline(body) => (1, Some(body.as_slice())),
        Original::Archived => (2, None),
    };
    bind_key(&opening.key, binds)
        .add(end.hash.as_slice())
        .add(opening.received_micros)
        .add(end.bytes.cast_signed())
        .add(i64::from(end.sets))
        .add(&*end.outcome)
        .add(*id)
        .add(&*opening.partner)
        .add(&*opening.lane)
        .add(&*opening.transport)
        .add(end.answered_micros)
        .add(i64::from(end.groups))
        .add(i64::from(end.accepted))
        .add(end.findings.cast_signed())
        .add(kept)
        .add(body)
        .add(end.declined.cast_signed());
}

fn bind_key<'b>(key: &InterchangeKey, binds: &'b mut Binds) -> &'b mut Binds {
    binds.add(&*key.sender).add(&*key.receiver).add(i64::from(key.control)).add(i64::from(key.test))
}

/// The row as it was written.
fn row_of(entry: &Entry, id: i64) -> InterchangeRow {
    InterchangeRow {
        id: id.unsigned_abs(),
        opening: entry.opening.clone(),
        end: entry.completed.end.clone(),
        replies: entry.completed.replies.clone(),
    }
}
