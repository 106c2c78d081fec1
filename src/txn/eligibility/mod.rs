//! Eligibility: the 270 inquiry and the 271 answer.
//!
//! [`Inquiry`] and [`Response`] are values read from a loop tree and written to an emitter. What is answered is
//! decided in `answer::eligibility`.

pub mod inquiry;
mod levels;
mod person;
pub mod response;
#[cfg(test)]
pub(crate) mod round_trip;

pub use crate::segments::{
    Contact, Dated, Delivery, Diagnosis, Gender, Header, Insured, Name, Place, PostalAddress,
    Procedure, ProviderRole, Reference, Rejection, Sent, Trace, When, find,
};
pub use inquiry::Inquiry;
pub use person::Person;
pub use response::Response;

/// The guide of both sets, ST03 and GS08.
pub const GUIDE: &str = "005010X279A1";
