//! The one pipeline that every transport, command and test goes through: an interchange in, its replies out. What is answered is
//! [`crate::answer`].

mod assembler;
mod batch;
mod blocking;
mod claims;
mod clock;
mod content;
mod control;
mod delivery;
mod destination;
mod error;
mod final_reviews;
#[expect(clippy::module_inception, reason = "the folder is named after the type it is about")]
mod gateway;
mod hash;
mod journal;
mod passing;
mod reader;
mod real_time;
mod reference;
mod remittances;
mod reply;
mod source;
mod spool;
mod stream;
mod summary;
mod taken;

pub use crate::access::{Caller, Credential};
pub use crate::acknowledge::ReplyKind;
pub use crate::partner::Lane;
pub(crate) use blocking::blocking;
pub use clock::{Clock, FixedClock, SystemClock};
pub use delivery::{Answered, COMMAND_LINE, Delivery, Origin, Service};
pub use error::ServiceError;
pub(crate) use error::is_of_the_disk;
pub use final_reviews::{FinalReviewError, FinalReviews, ReviewAddress};
pub use gateway::Gateway;
pub use passing::{PassedClaims, PassedForm};
pub use remittances::{Adjudication, OutboundRemittance, RemittanceError};
pub use reply::{Replies, Reply};
pub use source::ByteSource;
pub use spool::FileSpool;
pub use stream::{ReplyFiles, StreamSink};
pub use summary::{
    INTERCHANGE_SECONDS_METRIC, INTERCHANGES_METRIC, InterchangeSummary, Outcome, ReplySummary,
};
