//! Eligibility: the 270 inquiry and the 271 answer.
//!
//! [`Inquiry`] and [`Response`] are values read from a loop tree and written to an emitter. They hold no
//! rule of what to answer; that is `answer::eligibility`.

pub mod inquiry;
pub mod name;
mod parts;
pub mod response;
#[cfg(test)]
pub(crate) mod round_trip;
mod segments;
pub mod text;

pub use inquiry::Inquiry;
pub use parts::*;
pub use response::Response;
