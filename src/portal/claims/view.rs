//! A claim as its screen shows it: header, lines, history, disputes, documents.

use serde::Serialize;

use super::super::words::iso_date;
use super::history::{
    AttachmentRow, DisputeRow, EventRow, PaymentRow, RefundRow, RequestRow, VersionRow,
};
use super::lines::{Decided, LineContext, LineRow};
use super::provider_name;
use super::row::ClaimRow;
use crate::phi::redacted;
use crate::store::{ClaimForm, ClaimHistory, ClaimVersion, Remittance, RemittanceKey};
use crate::txn::claim::Claim;

/// What a procedure code means, where a list of procedures is loaded.
pub type Procedures<'p> = dyn Fn(&str) -> Option<String> + 'p;

/// All that is shown of a claim. Its fields in this order are the JSON that `claims show` prints.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct ClaimView {
    /// The claim in one line, and what the header shows besides.
    #[serde(flatten)]
    pub header: ClaimHeader,
    /// Its lines.
    pub lines: Vec<LineRow>,
    /// Every version of it, the first one first.
    pub versions: Vec<VersionRow>,
    /// What happened, in order.
    pub history: Vec<EventRow>,
    /// What was decided, in order.
    pub payments: Vec<PaymentRow>,
    /// Disputes.
    pub disputes: Vec<DisputeRow>,
    /// Documents.
    pub attachments: Vec<AttachmentRow>,
    /// What the payer asked for.
    pub requests: Vec<RequestRow>,
    /// Returned money.
    pub refunds: Vec<RefundRow>,
}

redacted!(ClaimView {});

/// The header of a claim (C-07, C-12).
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct ClaimHeader {
    /// The line of the list.
    #[serde(flatten)]
    pub row: ClaimRow,
    /// `professional`, `institutional` or `dental`.
    pub form: &'static str,
    /// It asks for a price before the service (CLM19 PB).
    pub predetermination: bool,
    /// CLM05-3.
    pub frequency: String,
    /// The number of the first version.
    pub original: String,
    /// The patient's birth date.
    pub birth_date: Option<String>,
    /// The billing provider.
    pub billing: String,
    /// Its NPI.
    pub billing_npi: String,
    /// Place of service, or the first two digits of the type of bill.
    pub place: String,
    /// Diagnoses, the principal one first; empty where the claim's text is not at hand.
    pub diagnoses: Vec<String>,
    /// The referral that it names.
    pub referral: String,
    /// The prior authorization that it names.
    pub authorization: String,
    /// Control numbers of the documents that it announces.
    pub announced: Vec<String>,
    /// When it was decided.
    pub finalized: Option<String>,
    /// Date of the check or transfer.
    pub remitted: Option<String>,
    /// Number of the check or transfer.
    pub trace: String,
    /// Risk category.
    pub risk: String,
}

redacted!(ClaimHeader { form, frequency });

impl ClaimView {
    /// The view of the version with this number; none when the history has no such version.
    ///
    /// `claim` is the text of the version, read; `why_not` says why it may not be adjusted; `remittances` are those that
    /// its payments name, as far as they are known.
    pub fn new(
        history: &ClaimHistory,
        number: &str,
        claim: Option<&Claim>,
        why_not: Option<&str>,
        remittances: &[Remittance],
        procedures: &Procedures<'_>,
    ) -> Option<ClaimView> {
        let version = history.versions.iter().find(|version| &*version.number == number)?;
        let method = |key: &RemittanceKey| {
            let advice = remittances.iter().find(|advice| advice.key == *key);
            advice.map_or("", |advice| &*advice.method)
        };
        let own = history.payments.iter().filter(|payment| &*payment.claim == number);
        let decided: Vec<Decided<'_>> =
            own.map(|payment| Decided { payment, method: method(&payment.remittance) }).collect();
        let lines = LineContext { version, claim, procedures }.rows(&decided);
        let payment = |payment| PaymentRow::new(payment, method(&payment.remittance));
        Some(ClaimView {
            header: ClaimHeader::new(version, claim, why_not),
            lines,
            versions: history.versions.iter().map(VersionRow::new).collect(),
            history: history.events.iter().map(EventRow::new).collect(),
            payments: history.payments.iter().map(payment).collect(),
            disputes: history.disputes.iter().map(DisputeRow::new).collect(),
            attachments: history.attachments.iter().map(AttachmentRow::new).collect(),
            requests: history.requests.iter().map(RequestRow::new).collect(),
            refunds: RefundRow::all(&history.refunds),
        })
    }
}

impl ClaimHeader {
    fn new(version: &ClaimVersion, claim: Option<&Claim>, why_not: Option<&str>) -> ClaimHeader {
        ClaimHeader {
            row: ClaimRow::new(version, why_not),
            form: match version.form {
                ClaimForm::Professional => "professional",
                ClaimForm::Institutional => "institutional",
                ClaimForm::Dental => "dental",
            },
            predetermination: claim.is_some_and(Claim::is_predetermination),
            frequency: version.frequency.to_string(),
            original: version.original.to_string(),
            birth_date: version.patient.birth.map(iso_date),
            billing: provider_name(&version.billing),
            billing_npi: version.billing.npi.to_string(),
            place: version.facility.to_string(),
            diagnoses: claim
                .map(|claim| claim.diagnoses.iter().map(|found| found.code.to_string()).collect())
                .unwrap_or_default(),
            referral: version.referral.to_string(),
            authorization: version.authorization.to_string(),
            announced: version.announced.iter().map(|one| one.control.to_string()).collect(),
            finalized: version.outcome.finalized.map(iso_date),
            remitted: version.outcome.remitted.map(iso_date),
            trace: version.outcome.trace.to_string(),
            risk: version.risk.to_string(),
        }
    }
}
