//! What happened to a claim: versions, events, decisions, disputes, documents, requests and returned money (J-02 to J-04).

use serde::Serialize;
use time::OffsetDateTime;

use super::super::words::iso_date;
use super::lines::AdjustmentRow;
use super::{category_words, plain, status_words};
use crate::phi::redacted;
use crate::store::{
    Attachment, ClaimEvent, ClaimVersion, Dispute, DisputeState, InformationRequest, Payment,
    PaymentKind, Refund, RefundMethod,
};

/// A version of a claim.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number.
    pub number: String,
    /// Its place, from 1.
    pub version: u32,
    /// `original`, `replacement`, `void`, or the frequency code.
    pub kind: String,
    /// CLM05-3.
    pub frequency: String,
    /// The version that it replaces or voids.
    pub replaces: Option<String>,
    /// The version that replaced or voided it.
    pub successor: Option<String>,
    /// Charged.
    pub billed: String,
    /// Paid; what stands now.
    pub paid: String,
    /// Status category.
    pub category: String,
    /// Status code.
    pub status: String,
    /// The status in words.
    pub status_words: String,
    /// When it was received.
    pub received: String,
}

redacted!(VersionRow { number, version });

impl VersionRow {
    pub(super) fn new(version: &ClaimVersion) -> VersionRow {
        VersionRow {
            number: version.number.to_string(),
            version: version.version,
            kind: match &*version.frequency {
                "7" => "replacement".to_owned(),
                "8" => "void".to_owned(),
                _ if version.replaces.is_none() => "original".to_owned(),
                frequency => format!("frequency {frequency}"),
            },
            frequency: version.frequency.to_string(),
            replaces: version.replaces.as_deref().map(str::to_owned),
            successor: version.successor.as_deref().map(str::to_owned),
            billed: plain(version.charge),
            paid: plain(version.outcome.paid),
            category: version.state.category.to_string(),
            status: version.state.code.to_string(),
            status_words: status_words(&version.state.code),
            received: iso_date(version.received),
        }
    }
}

/// Something that happened.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// When, to the second, UTC.
    pub at: String,
    /// Number of the version.
    pub number: String,
    /// What: `received`, `state`, `payment`...
    pub event: String,
    /// Who: a partner, `operator` or `sandbox`.
    pub who: String,
    /// The interchange that brought it; none when it came otherwise.
    pub interchange: Option<u64>,
    /// Status category from then on.
    pub category: Option<String>,
    /// Status code from then on.
    pub status: Option<String>,
    /// The status in words, or what else there is to say.
    pub words: String,
}

redacted!(EventRow { at, number, event });

impl EventRow {
    pub(super) fn new(event: &ClaimEvent) -> EventRow {
        let state = event.state.as_ref();
        let in_words = state.map(|state| {
            let [category, status] = [category_words(&state.category), status_words(&state.code)];
            if status.is_empty() { category } else { format!("{category}: {status}") }
        });
        let mut words: Vec<String> =
            in_words.into_iter().filter(|words| !words.is_empty()).collect();
        // `paid` need not be said twice.
        let is_said = words.iter().any(|words| words.ends_with(&*event.detail));
        if !is_said {
            words.push(event.detail.to_string());
        }
        EventRow {
            at: instant(event.at_micros),
            number: event.claim.to_string(),
            event: event.kind.to_string(),
            who: event.who.to_string(),
            interchange: (event.interchange > 0).then_some(event.interchange),
            category: state.map(|state| state.category.to_string()),
            status: state.map(|state| state.code.to_string()),
            words: words.join("; "),
        }
    }
}

/// `2026-01-05 09:30:00`.
fn instant(micros: i64) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000) else {
        return String::new();
    };
    format!("{} {:02}:{:02}:{:02}", iso_date(at.date()), at.hour(), at.minute(), at.second())
}

/// A decision about a version.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// Number of the version.
    pub number: String,
    /// `decision` or `reversal`.
    pub kind: &'static str,
    /// CLP02.
    pub claim_status: String,
    /// Charged; negative in a reversal.
    pub billed: String,
    /// Paid; negative in a reversal.
    pub paid: String,
    /// What the patient owes.
    pub patient: String,
    /// Interest.
    pub interest: String,
    /// Number of the check or transfer.
    pub trace: String,
    /// `CHK`, `ACH`, `NON`; empty where it is not known.
    pub method: String,
    /// When it was decided.
    pub finalized: String,
    /// Date of the check or transfer.
    pub remitted: String,
    /// Adjustments of the claim as a whole.
    pub adjustments: Vec<AdjustmentRow>,
}

redacted!(PaymentRow { number, kind });

impl PaymentRow {
    pub(super) fn new(payment: &Payment, method: &str) -> PaymentRow {
        PaymentRow {
            number: payment.claim.to_string(),
            kind: match payment.kind {
                PaymentKind::Decision => "decision",
                PaymentKind::Reversal => "reversal",
            },
            claim_status: payment.status.to_string(),
            billed: plain(payment.charge),
            paid: plain(payment.paid),
            patient: plain(payment.patient),
            interest: plain(payment.interest),
            trace: payment.remittance.trace.to_string(),
            method: method.to_owned(),
            finalized: iso_date(payment.finalized),
            remitted: iso_date(payment.remitted),
            adjustments: payment.adjustments.iter().map(AdjustmentRow::new).collect(),
        }
    }
}

/// Where a dispute stands, in a word.
pub fn dispute_words(state: DisputeState) -> &'static str {
    match state {
        DisputeState::Open => "open",
        DisputeState::Upheld => "upheld",
        DisputeState::Overturned => "overturned",
        DisputeState::Withdrawn => "withdrawn",
    }
}

/// A dispute.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct DisputeRow {
    /// Its number.
    pub dispute: String,
    /// Number of the claim version.
    pub number: String,
    /// `open`, `upheld`, `overturned` or `withdrawn`.
    pub state: &'static str,
    /// When it was opened.
    pub opened: String,
    /// When it was decided or withdrawn.
    pub closed: Option<String>,
    /// Control numbers of its documents.
    pub attachments: Vec<String>,
    /// What the provider says.
    pub note: String,
}

redacted!(DisputeRow { dispute, state });

impl DisputeRow {
    /// A dispute as it is shown.
    pub fn new(dispute: &Dispute) -> DisputeRow {
        DisputeRow {
            dispute: dispute.number.to_string(),
            number: dispute.claim.to_string(),
            state: dispute_words(dispute.state),
            opened: iso_date(dispute.opened),
            closed: dispute.closed.map(iso_date),
            attachments: dispute.attachments.iter().map(|control| control.to_string()).collect(),
            note: dispute.note.to_string(),
        }
    }
}

/// A document.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct AttachmentRow {
    /// The provider's control number.
    pub control: String,
    /// Number of the claim version; none while no claim announces it.
    pub number: Option<String>,
    /// NPI of the provider who sent it.
    pub provider: String,
    /// The provider's number of the claim.
    pub account: String,
    /// The request that it answers; none when nobody asked.
    pub request: Option<String>,
    /// A LOINC code, or a code of the kind of report.
    pub kind: String,
    /// Media type.
    pub media: String,
    /// Name of the file.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, under which the archive has them.
    pub sha256: String,
    /// When it was received.
    pub received: String,
}

redacted!(AttachmentRow { control, bytes });

impl AttachmentRow {
    /// A document as it is shown.
    pub fn new(attachment: &Attachment) -> AttachmentRow {
        AttachmentRow {
            control: attachment.control.to_string(),
            number: attachment.claim.as_deref().map(str::to_owned),
            provider: attachment.provider.to_string(),
            account: attachment.account.to_string(),
            request: (!attachment.request.is_empty()).then(|| attachment.request.to_string()),
            kind: attachment.kind.to_string(),
            media: attachment.media.to_string(),
            name: attachment.name.to_string(),
            bytes: attachment.bytes,
            sha256: attachment.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            received: iso_date(attachment.received),
        }
    }
}

/// A request for information.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct RequestRow {
    /// Its trace.
    pub request: String,
    /// Number of the claim version.
    pub number: String,
    /// LOINC codes.
    pub wanted: Vec<String>,
    /// When it was asked.
    pub asked: String,
    /// Until when it is waited for.
    pub due: String,
    /// When it was answered.
    pub answered: Option<String>,
}

impl RequestRow {
    pub(super) fn new(request: &InformationRequest) -> RequestRow {
        RequestRow {
            request: request.trace.to_string(),
            number: request.claim.to_string(),
            wanted: request.wanted.iter().map(|code| code.to_string()).collect(),
            asked: iso_date(request.asked),
            due: iso_date(request.due),
            answered: request.answered.map(iso_date),
        }
    }
}

/// Returned money.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct RefundRow {
    /// Number of the version that was paid too much.
    pub number: String,
    /// The version by which it is returned; none when only a check came.
    pub by: Option<String>,
    /// How much; none until it was decided.
    pub amount: Option<String>,
    /// `recoupment` or `check`.
    pub method: &'static str,
    /// Number of the check.
    pub check: Option<String>,
    /// When it was announced or received.
    pub on: String,
}

impl RefundRow {
    /// Returned money, a row for each version that returns some: what is known of it later is added to what was announced.
    pub(super) fn all(refunds: &[Refund]) -> Vec<RefundRow> {
        let mut rows: Vec<RefundRow> = Vec::new();
        for refund in refunds {
            let new = RefundRow::new(refund);
            let same = |row: &&mut RefundRow| {
                row.by.is_some() && row.number == new.number && row.by == new.by
            };
            match rows.iter_mut().find(same) {
                Some(row) => {
                    row.amount = new.amount.or(row.amount.take());
                    if new.check.is_some() {
                        (row.check, row.method) = (new.check, new.method);
                    }
                }
                None => rows.push(new),
            }
        }
        rows
    }

    fn new(refund: &Refund) -> RefundRow {
        RefundRow {
            number: refund.claim.to_string(),
            by: refund.by.as_deref().map(str::to_owned),
            amount: refund.amount.map(plain),
            method: match refund.method {
                RefundMethod::Recoupment => "recoupment",
                RefundMethod::Check => "check",
            },
            check: (!refund.check.is_empty()).then(|| refund.check.to_string()),
            on: iso_date(refund.on),
        }
    }
}
