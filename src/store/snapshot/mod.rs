//! Members kept in memory as well: the same answers, several times as fast.
//!
//! Loads are seen: the generation of members is asked for every now and then, and at once after a load through this
//! process. From then until the new members are read, look-ups go to the database; an old snapshot never answers.

mod index;
mod members;
mod text;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use time::Date;

use members::MembersInMemory;

use super::traits::Reply;
use super::{
    MemberFile, MemberPages, MemberSearch, Members, Owner, Result, SnapshotMode, StoreOptions,
};

/// Look-ups in SQL after which it is first worth counting the members.
const AUTO_LOOKUPS_MIN: u64 = 1000;
/// Reading a member into memory costs about as much as this fraction of a look-up in SQL.
const LOOKUP_COST_IN_READS: u64 = 4;

/// Members of another store, kept in memory when the options say so. Clones share them.
#[derive(Clone)]
pub struct MemberSnapshot {
    /// Asked while there is no snapshot, or an old one.
    below: Arc<dyn Members>,
    /// Where a snapshot is read from.
    pages: Arc<dyn MemberPages>,
    state: Arc<State>,
}

/// How large a snapshot is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SnapshotSize {
    /// Members in it.
    pub members: usize,
    /// Bytes of memory it takes.
    pub bytes: usize,
}

struct State {
    mode: SnapshotMode,
    members_max: u64,
    check_ms: u64,
    opened: Instant,
    current: RwLock<Option<Arc<MembersInMemory>>>,
    /// The generation the database had when it was last asked.
    generation: AtomicU64,
    /// When to ask again, milliseconds after opening.
    check_at_ms: AtomicU64,
    /// Loads of this process that the generation is known to include.
    loads: AtomicU64,
    /// True while members are being read.
    reading: AtomicBool,
    /// Look-ups that went to the database since members were last in memory.
    lookups: AtomicU64,
    /// How many of them make a snapshot worth its while.
    lookups_worth: AtomicU64,
}

impl MemberSnapshot {
    /// Wraps the members of a store. With [`SnapshotMode::On`] waits until they are in memory.
    ///
    /// # Errors
    ///
    /// When the members cannot be read.
    pub async fn start(
        below: Arc<dyn Members>,
        pages: Arc<dyn MemberPages>,
        options: &StoreOptions,
    ) -> Result<Self> {
        let state = State {
            mode: options.snapshot,
            members_max: options.snapshot_members_max,
            check_ms: options.snapshot_check_ms,
            opened: Instant::now(),
            current: RwLock::default(),
            generation: AtomicU64::new(pages.generation().await?),
            check_at_ms: AtomicU64::new(options.snapshot_check_ms),
            loads: AtomicU64::new(pages.loads()),
            reading: AtomicBool::new(false),
            lookups: AtomicU64::new(0),
            lookups_worth: AtomicU64::new(AUTO_LOOKUPS_MIN),
        };
        let snapshot = Self { below, pages, state: Arc::new(state) };
        if options.snapshot == SnapshotMode::On {
            snapshot.read().await?;
        }
        Ok(snapshot)
    }

    /// How large the snapshot is; none when there is none at the moment.
    pub fn size(&self) -> Option<SnapshotSize> {
        let members = self.state.current.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(SnapshotSize { members: members.count(), bytes: members.bytes() })
    }

    /// The members in memory, when they are as new as the database is known to be. `count` look-ups are about to be made.
    async fn members(&self, count: usize) -> Result<Option<Arc<MembersInMemory>>> {
        let state = &*self.state;
        if state.mode == SnapshotMode::Off {
            return Ok(None);
        }
        self.check_generation().await?;
        let generation = state.generation.load(Ordering::Acquire);
        let current = state.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        if current.as_ref().is_some_and(|members| members.generation == generation) {
            return Ok(current);
        }
        let lookups = state.lookups.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        let worth = match state.mode {
            SnapshotMode::On => true,
            SnapshotMode::Off => false,
            SnapshotMode::Auto => lookups >= state.lookups_worth.load(Ordering::Relaxed),
        };
        if worth && !state.reading.swap(true, Ordering::AcqRel) {
            let snapshot = self.clone();
            tokio::spawn(async move {
                // A failure leaves the look-ups to the database, which will say what is wrong to the caller.
                drop(snapshot.read().await);
                snapshot.state.reading.store(false, Ordering::Release);
            });
        }
        Ok(None)
    }

    /// Asks the database for the generation of members when it is time, or when this process has loaded something.
    async fn check_generation(&self) -> Result<()> {
        let state = &*self.state;
        let loads = self.pages.loads();
        let now_ms = u64::try_from(state.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = state.check_at_ms.load(Ordering::Relaxed);
        let loaded = loads != state.loads.load(Ordering::Acquire);
        // When it is only time, one caller asks and the others go on.
        let mine = now_ms >= due
            && state
                .check_at_ms
                .compare_exchange(
                    due,
                    now_ms + state.check_ms,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok();
        if mine || loaded {
            let generation = self.pages.generation().await?;
            state.generation.fetch_max(generation, Ordering::AcqRel);
            state.loads.fetch_max(loads, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Reads all members, unless there are too many or, in automatic mode, too few look-ups to be worth it.
    async fn read(&self) -> Result<()> {
        let state = &*self.state;
        let count = self.pages.count().await?;
        if count > state.members_max {
            state.lookups_worth.store(u64::MAX, Ordering::Relaxed);
            return Ok(());
        }
        let worth = (count / LOOKUP_COST_IN_READS).max(AUTO_LOOKUPS_MIN);
        state.lookups_worth.store(worth, Ordering::Relaxed);
        let lookups = state.lookups.load(Ordering::Relaxed);
        if state.mode == SnapshotMode::Auto && lookups < worth {
            return Ok(());
        }
        // The old members go first, so that there are never two snapshots in memory.
        self.replace(None);
        let members = MembersInMemory::read(&self.pages).await?;
        state.generation.fetch_max(members.generation, Ordering::AcqRel);
        state.lookups.store(0, Ordering::Relaxed);
        self.replace(Some(Arc::new(members)));
        Ok(())
    }

    fn replace(&self, members: Option<Arc<MembersInMemory>>) {
        *self.state.current.write().unwrap_or_else(PoisonError::into_inner) = members;
    }
}

impl Members for MemberSnapshot {
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(async move {
            match self.members(searches.len()).await? {
                Some(members) => members.find_members(searches),
                None => self.below.find(searches).await,
            }
        })
    }

    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(async move {
            match self.members(subscribers.len()).await? {
                Some(members) => members.find_families(subscribers),
                None => self.below.families(subscribers).await,
            }
        })
    }

    fn enrolled<'a>(&'a self, groups: &'a [Box<str>], on: Date) -> Reply<'a, Vec<Owner>> {
        self.below.enrolled(groups, on)
    }
}

#[cfg(test)]
mod tests;
