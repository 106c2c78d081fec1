//! Typed transactions: read from a loop tree, written to an emitter; one folder for each pair. And their envelope.

pub mod ack;
pub mod advice;
pub mod attachment;
pub mod claim;
pub mod claim_ack;
pub mod claim_status;
pub mod eligibility;
pub mod enrollment;
pub mod envelope;
pub mod information_request;
pub mod remittance;
pub mod review;
mod spool;

pub use spool::{Spool, drain_to};
