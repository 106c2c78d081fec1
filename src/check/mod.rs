//! Findings: everything that is wrong with a message.
//!
//! [`findings`] is the one call for it. Below that, `input` reads an input as events and reports to a [`Sink`],
//! on one thread ([`Stream`]) or several ([`check_input`]); `envelope` tracks the interchange and its groups; `set` checks
//! one set in one pass ([`SetChecker`]), segment by segment, by the rules in `snip`, a file for each SNIP type; `claims`
//! says which claims of an 837 the findings belong to; `report` has the result of a set. All push into
//! [`crate::finding::Findings`]; nothing here is an `Err`, and nothing here does I/O.

mod claims;
mod envelope;
mod found;
mod input;
mod report;
mod set;
mod snip;

pub use claims::{
    Batch, BillingProvider, Claim, ClaimEvent, ClaimTally, ClaimText, Fault, Line, PROCEDURE_PARTS,
};
pub use envelope::{Envelope, EnvelopeLimits, Framing, GroupReport, InterchangeHeader};
pub use found::{Found, findings};
pub use input::{
    EventKind, InputEvent, InputPart, InputReader, Limits, PartReader, Read, ReadSome, SetPart,
    Sink, Stream, check_input, check_reader, read_parts,
};
pub use report::{
    EXCERPT_BYTES_MAX, ElementError, Excerpt, GroupHeader, SegmentError, SetHeader, SetReport,
    Trigger, Verdict,
};
pub use set::{SetChecker, SetLimits, SetPlace, WalkedSet};
