//! What the payer knows: members, coverage, plans, accumulators, providers, partners, the interchange log.
//!
//! Reads take many keys at once, because one statement for a thousand members costs little more than for one. Dates are
//! `time::Date` in code and BIGINT CCYYMMDD in columns; money is `Decimal` in code and BIGINT cents in columns.

mod around;
mod columns;
pub mod demo;
mod id;
pub mod load;
mod model;
mod options;
mod packed;
mod probe;
mod snapshot;
mod sqlite;
#[cfg(test)]
mod story;
pub mod synthetic;

use std::future::Future;
use std::path::PathBuf;

pub(crate) use around::leave_the_rest_to;
pub use id::normalise_id;
pub use model::*;
pub use options::{Access, Durability, SnapshotMode, StoreOptions};
pub use snapshot::{SnapshotSize, SnapshotStore};
pub use sqlite::{LoadTransaction, Owner, SqliteStore};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error("the store failed while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The driver's reason.
        source: sqlx::Error,
    },
    /// A column holds what we would not have written.
    #[error("the store holds a {what} that makes no sense")]
    Corrupt {
        /// Of what kind.
        what: &'static str,
    },
    /// A statement that was put together from several calls failed for all of them.
    #[error("the store failed")]
    Together(#[source] std::sync::Arc<StoreError>),
    /// Whoever does the work has stopped.
    #[error("the store is not running any more")]
    Gone,
    /// Another process serves this store.
    #[error("another process serves the store {}; stop it first, or only read", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The lock file beside the database cannot be had.
    #[error("cannot lock {}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The tables could not be brought to this version.
    #[error("the store cannot be migrated")]
    Migration {
        /// The driver's reason.
        source: sqlx::migrate::MigrateError,
    },
    /// Opened for reading, the store is empty or of another version.
    #[error("the store was not made by this version; open it once for writing")]
    OtherVersion,
    /// Opened for reading, the store was asked to write.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// A count of control numbers that no series can give.
    #[error("control numbers are taken 1 to 999999999 at a time")]
    ControlCount,
    /// A value that no column can hold: money with fractions of a cent.
    #[error("a {what} cannot be stored")]
    Value {
        /// Of what kind.
        what: &'static str,
    },
}

/// The result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The store as the service sees it. Batch methods only.
pub trait Store: Send + Sync + 'static {
    /// Finds members for each search, in the order of `searches`. An empty list is nobody; more than one is ambiguous.
    /// Each match comes with everything an answer needs, joined in as few statements as possible.
    fn find_members(
        &self,
        searches: &[MemberSearch],
    ) -> impl Future<Output = Result<Vec<Vec<MemberFile>>>> + Send;

    /// The members of these families (subscriber ids), in the order of `subscribers`.
    fn find_families(
        &self,
        subscribers: &[Box<str>],
    ) -> impl Future<Output = Result<Vec<Vec<MemberFile>>>> + Send;

    /// All plans with their benefits; a few hundred at most, so the service keeps them.
    fn plans(&self) -> impl Future<Output = Result<Vec<Plan>>> + Send;

    /// Providers by NPI or payer-assigned id, in the order of `ids`.
    fn find_providers(
        &self,
        ids: &[Box<str>],
    ) -> impl Future<Output = Result<Vec<Option<Provider>>>> + Send;

    /// All trading partners.
    fn partners(&self) -> impl Future<Output = Result<Vec<PartnerRow>>> + Send;

    /// Takes `count` outbound control numbers of this series and gives the first. A number is never given twice, also
    /// after a crash; gaps are allowed. Numbers run 1..=999_999_999 and start again after the last.
    fn take_control_numbers(
        &self,
        series: &str,
        count: u32,
    ) -> impl Future<Output = Result<u32>> + Send;

    /// What is known of these interchanges, in order.
    fn find_interchanges(
        &self,
        keys: &[InterchangeKey],
    ) -> impl Future<Output = Result<Vec<Option<InterchangeRow>>>> + Send;

    /// Records answered interchanges in one transaction; for a key that is there already the stored row wins and is
    /// returned in its place. An acknowledgment may leave only after this returns.
    fn record_interchanges(
        &self,
        rows: Vec<InterchangeRow>,
    ) -> impl Future<Output = Result<Vec<InterchangeRow>>> + Send;

    /// True while members are found in memory, so that putting look-ups together would only make them wait.
    fn finds_in_memory(&self) -> bool {
        false
    }

    /// How often each kind of rows was loaded: whoever keeps plans or partners reads them again when the count has moved.
    fn generations(&self) -> impl Future<Output = Result<Generations>> + Send {
        async { Ok(Generations::default()) }
    }
}
