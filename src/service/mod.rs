//! What we answer: eligibility now, the pipeline that every transport, command and test goes through.

mod clock;
pub mod eligibility;
mod reply;

pub use clock::{Clock, FixedClock, SystemClock};
pub use reply::{Answer, Kind, Lane, Replies, Reply};
