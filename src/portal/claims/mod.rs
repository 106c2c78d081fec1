//! The claims screens: the list that a search gives, a claim with its lines and its history, and what a 277CA says of one.
//!
//! Serves C-07 to C-15 and J-02 to J-08 of the portal map. Whether a claim may be adjusted is decided elsewhere and given
//! to the views as a value with its reason.

mod acknowledged;
mod correction;
mod dispute;
mod history;
mod lines;
mod row;
#[cfg(test)]
mod tests;
mod view;

pub(super) use acknowledged::statuses_in_words;
pub use acknowledged::{AcknowledgedClaim, ClaimReplies, StatusWords, read_claim_replies};
pub use correction::{Correction, CorrectionError, LineChange, claim_header, claim_interchange};
pub use dispute::DisputeForm;
pub use history::{
    AttachmentRow, DisputeRow, EventRow, PaymentRow, RefundRow, RequestRow, VersionRow,
    dispute_words,
};
pub use lines::{AdjustmentRow, LineRow, SERVICE_WHOLE};
pub use row::{CLAIM_COLUMNS, ClaimRow};
pub use view::{ClaimHeader, ClaimView, Procedures};

use rust_decimal::Decimal;

use crate::dict::CodeBook;
use crate::store::{ClaimProvider, Patient};

/// What a code of this list means, in our own words; empty where there are none.
fn words_of(list: &str, code: &str) -> String {
    let book = CodeBook::default();
    let row = book.set(list).and_then(|set| set.rows_of(code.as_bytes()).last());
    row.map(|row| row.label.to_owned()).unwrap_or_default()
}

/// A category of claim status (list 507) in words.
pub fn category_words(category: &str) -> String {
    words_of("claim-status-categories", category)
}

/// A claim status (list 508) in words.
pub fn status_words(code: &str) -> String {
    words_of("claim-statuses", code)
}

/// An adjustment reason in words.
fn reason_words(code: &str) -> String {
    words_of("adjustment-reasons", code)
}

/// Dollars and cents without a sign of currency: `-91.95`.
pub(super) fn plain(amount: Decimal) -> String {
    format!("{:.2}", amount.round_dp(2))
}

/// `DOE, JANE`.
fn patient_name(patient: &Patient) -> String {
    joined(&patient.last, &patient.first)
}

/// The name of a provider; the NPI where there is none.
fn provider_name(provider: &ClaimProvider) -> String {
    match joined(&provider.last, &provider.first) {
        name if name.is_empty() => provider.npi.to_string(),
        name => name,
    }
}

fn joined(last: &str, first: &str) -> String {
    if first.is_empty() { last.to_owned() } else { format!("{last}, {first}") }
}
