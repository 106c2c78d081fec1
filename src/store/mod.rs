//! What the payer knows: members, coverage, plans, accumulators, providers, partners, the journal of interchanges.
//!
//! [`Stores`] holds a trait object for each subject; a backend implements the traits, and wrappers (members
//! in memory, look-ups put together, providers remembered) implement the one trait they wrap. Reads take many keys at once,
//! because one statement for a thousand members costs little more than for one. Dates are `time::Date` in code and BIGINT
//! CCYYMMDD in columns; money is `Decimal` in code and BIGINT cents in columns.

mod archive;
mod audit;
mod claims;
#[cfg(test)]
mod claims_story;
mod coalesce;
mod columns;
pub mod demo;
mod enrollment;
mod error;
mod id;
mod interchange;
pub mod load;
mod logins;
mod mailbox;
#[cfg(test)]
mod members_story;
mod model;
mod names;
mod options;
mod packed;
mod probe;
mod purge;
#[cfg(test)]
mod redaction;
mod remember;
mod reseal;
mod reviews;
mod series;
mod snapshot;
mod sqlite;
mod stores;
#[cfg(test)]
mod story;
pub mod synthetic;
mod traits;
mod vault;

pub use archive::{Archive, ArchivedFile, OriginalWriter, Resealing, compress, decompress};
pub use audit::{AuditBreak, AuditEvent, AuditHead, AuditRow};
pub use claims::*;
pub use enrollment::{
    CoverageAction, CoverageChange, FamilyState, Identity, MemberAction, MemberChange, MemberFault,
    PersonFacts, Traits,
};
pub use error::{Cause, Fault, Result, StoreError};
pub(crate) use id::may_be_same_member;
pub use id::normalise_id;
pub use interchange::{
    Batch, Completed, InterchangeEnd, InterchangeFilter, InterchangeKey, InterchangeOutline,
    InterchangePeriod, InterchangeRow, NewInterchange, Original, Recorded, ReplyRow, SetRow,
};
pub use load::{LoadKeys, LoadRows, LoadTransaction, Owner};
pub use logins::{
    CredentialRow, GrantRow, LoginChange, LoginRow, LoginRows, ProofAttempt, RegistrationRow,
};
pub use mailbox::{
    BatchFilter, BatchResult, KeptBody, KeptIn, ListedBatch, ListedResult, Mailbox, NewBatch,
    Pickup, Submitted, WaitingBatch,
};
pub use model::*;
pub use names::normalise_name;
pub use options::{Access, Durability, SnapshotMode, StoreOptions};
pub use purge::{Purged, purge};
pub use reseal::reseal;
pub use reviews::*;
pub use series::{control_series, shared_control_series};
pub use snapshot::{MemberSnapshot, SnapshotSize};
pub use stores::Stores;
pub use traits::{
    Backend, BoxFuture, CLAIMS_HELD_MAX, CLAIMS_WRITTEN_MAX, Claims, FamilyRange, Intake, Journal,
    Logins, MemberPages, Members, Partners, Plans, Providers, Reply, Reviews, TakeMember,
};
pub use vault::{ArchiveKeys, KeysError};
