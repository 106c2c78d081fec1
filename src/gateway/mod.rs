//! The one pipeline that every transport, command and test goes through: an interchange in, its replies out. What is answered is
//! [`crate::answer`].

mod archive;
mod bundle;
mod claims;
mod clerk;
mod clock;
mod closing;
mod control;
mod delivery;
mod error;
#[expect(clippy::module_inception, reason = "the folder is named after the type it is about")]
mod gateway;
mod hash;
mod intake;
mod knowledge;
mod ledger;
pub mod process;
mod real_time;
mod reply;
mod sheet;
mod summary;
mod writer;

pub use crate::partner::Lane;
pub use clock::{Clock, FixedClock, SystemClock};
pub use delivery::{Answered, COMMAND_LINE, Caller, Credential, Delivery, Origin, Service};
pub use error::ServiceError;
pub use gateway::Gateway;
pub use reply::{Kind, Replies, Reply};
pub use summary::{InterchangeSummary, Outcome, ReplySummary};
