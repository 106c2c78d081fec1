//! The one integration binary: the built command and the public library, as users meet them.
//!
//! `BLESS=1 cargo test --test it` writes the expected results anew; read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod bench;
mod callers;
mod checks;
mod claim_commands;
mod claim_intake;
mod claim_mutation;
mod claim_status;
mod claims;
mod cli;
mod codes;
mod core_connectivity;
mod core_content;
mod core_kill;
mod corpus;
mod corpus_cases;
mod differential;
mod drop_folder;
mod eligibility;
mod enrollment;
mod examples;
mod failing;
mod findings;
mod fixtures;
mod full_disk;
mod gateway;
mod golden;
mod guides;
mod http;
mod interchanges;
mod json_interface;
mod kept_batches;
mod kill;
mod local_midnight;
mod mistakes;
mod mutation;
mod notebook;
mod openapi;
mod other_payers;
mod partner_commands;
mod phi;
mod portal;
mod process;
mod pyx12_maps;
mod pyx12_results;
mod readme;
mod registration;
mod remittances;
mod replies;
mod responder;
mod review_commands;
mod review_replies;
mod reviews;
mod round_trips;
mod rules;
mod server;
mod severity;
mod sftp;
mod shared_files;
mod site;
mod split;
mod stored_claims;
mod streams;
mod tcp;
mod tidy;
mod tls;
mod transcripts;
mod transport_pages;
#[cfg(feature = "typed")]
mod typed;
mod web;
mod x12_kill;
