//! Claim status: the 276 request and the 277 answer.
//!
//! [`StatusRequest`] and [`StatusResponse`] are values read from a loop tree and written to an emitter. What is answered is
//! decided in `answer::claim_status`.

mod levels;
pub mod request;
pub mod response;
#[cfg(test)]
pub(crate) mod round_trip;

pub use levels::{Dependent, Provider, Receiver, Source, Stated, Subscriber};
pub use request::{ClaimRequest, LineRequest, StatusRequest};
pub use response::{ClaimAnswer, LineAnswer, StatusResponse};

/// The guide of both sets, ST03 and GS08.
pub const GUIDE: &str = "005010X212";
