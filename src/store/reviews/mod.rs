//! The rows of the review ledger: referrals, authorizations and notifications as they stand, what happened to each, and what
//! providers attested.

mod entry;
mod query;
mod record;

pub use entry::{Attestation, ClockChange, ReviewChange, ReviewEntry};
pub use query::{ReviewEvent, ReviewHistory, ReviewKey, ReviewPage, ReviewQuery};
pub use record::{Quantity, ReviewKind, ReviewProvider, ReviewRecord, ReviewService, ReviewState};
