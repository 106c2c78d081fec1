//! The payer's answers to sets: a [`Responder`] for each kind of set, a folder for each transaction, and the table of
//! them all.
//!
//! A transaction that is answered is one entry of [`responders`]; docs/adding-a-transaction.md lists what else it needs.

pub mod attachment;
mod calendar;
pub mod claim_status;
pub mod claims;
pub mod eligibility;
pub mod enrollment;
mod members;
mod payer;
mod rejections;
pub mod remittance;
mod responder;
pub mod review;
pub mod sandbox;
mod table;

pub(crate) use payer::contacts as payer_contacts;
pub use responder::{AnswerContext, Clash, Questions, Responder, SetResponder, Written};
pub use table::{SetTable, Treatment, responders};
