//! One line of the list of claims (C-07).

use serde::Serialize;

use super::super::words::iso_date;
use super::{category_words, patient_name, plain, provider_name, status_words};
use crate::phi::redacted;
use crate::store::ClaimVersion;

/// A claim in a list.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct ClaimRow {
    /// The payer's number of the claim.
    pub number: String,
    /// Member id as it was sent.
    pub member: String,
    /// The patient's name.
    pub patient: String,
    /// The provider who rendered the service.
    pub provider: String,
    /// Its NPI.
    pub provider_npi: String,
    /// Who is paid.
    pub payee: String,
    /// The payee's NPI.
    pub payee_npi: String,
    /// The provider's own number of the claim.
    pub account: String,
    /// Charged.
    pub billed: String,
    /// Paid; what stands now.
    pub paid: String,
    /// Status category, list 507 (C-09).
    pub category: String,
    /// The category in words.
    pub category_words: String,
    /// Status code, list 508 (C-10).
    pub status: String,
    /// The status in words.
    pub status_words: String,
    /// When the status took effect (C-08).
    pub effective: String,
    /// First day of service.
    pub start: String,
    /// Last day of service.
    pub end: String,
    /// When the claim was received.
    pub received: String,
    /// True for a version that replaced another, or was replaced.
    pub adjusted: bool,
    /// True when the claim may be replaced or voided (C-11).
    pub adjustable: bool,
    /// Why it may not.
    pub reason: Option<String>,
}

redacted!(ClaimRow { number, category, status });

/// The columns of an export, in order.
pub const CLAIM_COLUMNS: [&str; 21] = [
    "number",
    "member",
    "patient",
    "provider",
    "provider_npi",
    "payee",
    "payee_npi",
    "account",
    "billed",
    "paid",
    "category",
    "category_words",
    "status",
    "status_words",
    "effective",
    "start",
    "end",
    "received",
    "adjusted",
    "adjustable",
    "reason",
];

impl ClaimRow {
    /// The line of a version; `why_not` is why it may not be adjusted, none when it may.
    pub fn new(version: &ClaimVersion, why_not: Option<&str>) -> ClaimRow {
        ClaimRow {
            number: version.number.to_string(),
            member: version.patient.member_id.to_string(),
            patient: patient_name(&version.patient),
            provider: provider_name(&version.rendering),
            provider_npi: version.rendering.npi.to_string(),
            payee: provider_name(&version.payee),
            payee_npi: version.payee.npi.to_string(),
            account: version.account.to_string(),
            billed: plain(version.charge),
            paid: plain(version.outcome.paid),
            category: version.state.category.to_string(),
            category_words: category_words(&version.state.category),
            status: version.state.code.to_string(),
            status_words: status_words(&version.state.code),
            effective: iso_date(version.state.effective),
            start: iso_date(version.from),
            end: iso_date(version.to),
            received: iso_date(version.received),
            adjusted: version.replaces.is_some() || version.successor.is_some(),
            adjustable: why_not.is_none(),
            reason: why_not.map(str::to_owned),
        }
    }

    /// The row of an export, in the order of [`CLAIM_COLUMNS`].
    pub fn cells(&self) -> [&str; 21] {
        let flag = |is: bool| if is { "yes" } else { "no" };
        [
            &self.number,
            &self.member,
            &self.patient,
            &self.provider,
            &self.provider_npi,
            &self.payee,
            &self.payee_npi,
            &self.account,
            &self.billed,
            &self.paid,
            &self.category,
            &self.category_words,
            &self.status,
            &self.status_words,
            &self.effective,
            &self.start,
            &self.end,
            &self.received,
            flag(self.adjusted),
            flag(self.adjustable),
            self.reason.as_deref().unwrap_or(""),
        ]
    }
}
