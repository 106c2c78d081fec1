//! The one integration binary: the built command and the public library, as users meet them.
//!
//! `BLESS=1 cargo test --test it` writes the expected results anew; read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bless;
mod callers;
mod checks;
mod claim_mutation;
mod claims;
mod cli;
mod codes;
mod corpus;
mod fixtures;
mod found;
mod gateway;
mod guides;
mod mutation;
mod payers;
mod peers;
mod phi;
mod process;
mod pyx12;
mod readme;
mod replies;
mod responder;
mod rules;
mod severity;
mod split;
mod streams;
mod tcp;
mod transcripts;
#[cfg(feature = "typed")]
mod typed;
mod verdicts;
mod wild;
