//! The claim ledger: every version of every claim, what was decided about it, and what was sent for it.
//!
//! Versions are added and never changed, but for what stands now of them: [`ClaimState`], the successor, the outcome. Everything
//! that changes one is a [`LedgerEntry`], recorded with who brought it, when, and by which interchange.

mod claim;
mod entry;
pub(in crate::store) mod json;
mod payment;
mod query;

pub use claim::{
    Announced, ClaimForm, ClaimOutcome, ClaimProvider, ClaimState, ClaimVersion, Patient,
};
pub use entry::{
    AccumulatorChange, Actor, Attachment, Dispute, DisputeState, InformationRequest, LedgerEntry,
    Refund, RefundMethod, StateChange,
};
pub use payment::{
    Adjustment, PaidLine, Payment, PaymentKind, ProviderAdjustment, Remittance, RemittanceKey,
};
pub use query::{
    ClaimEvent, ClaimHistory, ClaimKey, ClaimOrder, ClaimPage, ClaimQuery, ClaimScope,
};
