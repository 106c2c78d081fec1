//! x12gate: a HIPAA X12 transaction processor that stands in for a health plan's provider portal.
//!
//! ```text
//! transport -> frame -> lex -> walk(dict + guide) -> loop tree -> txn::read -> service + store
//!                 |        |          |                                              |
//!                 +- TA1   +-- findings (SNIP 1-7) --> 999 / AAA                      v
//! transport <------------------------- emit <---------------------------- txn::write
//! ```
//!
//! Without default features the crate is the pure core: bytes in, findings and typed transactions out, no I/O.

pub mod check;
pub mod dict;
pub mod finding;
pub mod guide;
#[cfg(feature = "typed")]
pub mod interop;
pub mod split;
pub mod tree;
pub mod txn;
pub mod wire;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "gateway")]
pub mod config;
#[cfg(feature = "gateway")]
pub mod convert;
#[cfg(feature = "gateway")]
pub mod generate;
#[cfg(feature = "gateway")]
pub mod partner;
#[cfg(feature = "gateway")]
pub mod phi;
#[cfg(feature = "gateway")]
pub mod service;
#[cfg(feature = "gateway")]
pub mod store;
#[cfg(feature = "cli")]
pub mod telemetry;
#[cfg(feature = "gateway")]
pub mod transport;
