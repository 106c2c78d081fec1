//! Findings: everything that is wrong with a message.
//!
//! [`SetChecker`] checks one transaction set in one pass; [`Envelope`] keeps the books of an interchange around it. Both
//! push into [`crate::finding::Findings`]; nothing here is an `Err`, and nothing here does I/O.

mod balancing;
mod claims;
mod doubt;
mod element;
mod envelope;
mod form;
mod header;
mod input;
mod ledger;
mod level;
mod report;
mod seen;
mod set;
mod sets;
mod situational;
mod uses;
mod value;

pub use claims::{
    Batch, BillingProvider, Claim, ClaimEvent, ClaimTally, Fault, Line, PROCEDURE_PARTS,
};
pub use envelope::{Envelope, EnvelopeLimits, Framing, GroupReport};
pub use header::InterchangeHeader;
pub use input::{
    EventKind, InputEvent, InputReader, Limits, Read, SetPart, Sink, Stream, check_input,
};
pub use report::{
    EXCERPT_BYTES_MAX, ElementError, Excerpt, GroupHeader, SegmentError, SetHeader, SetReport,
    Trigger, Verdict,
};
pub use set::{SetChecker, SetLimits, SetPlace, WalkedSet};
pub use sets::{InputPart, read_parts, read_parts_up_to};
