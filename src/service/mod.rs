//! What we answer: eligibility now, the pipeline that every transport, command and test goes through.

mod archive;
mod clock;
mod coalesce;
mod control;
mod error;
pub mod eligibility;
mod hash;
mod letterhead;
pub mod process;
mod reply;
mod sheet;
mod writer;

pub use clock::{Clock, FixedClock, SystemClock};
pub use coalesce::Coalescing;
pub use error::ServiceError;
pub use reply::{Answer, Kind, Lane, Replies, Reply};
