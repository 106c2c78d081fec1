//! What a 277 says of claims: one view for each claim, and for each request without one.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::claims::{StatusWords, plain, statuses_in_words};
use super::super::words::{iso_date, name};
use crate::phi::redacted;
use crate::segments::{ClaimStatus, Name, Procedure, Sent, When};
use crate::txn::claim_status::response::Provider;
use crate::txn::claim_status::{ClaimAnswer, LineAnswer, Stated, StatusResponse};

/// A claim, or why none was found. Its fields in this order are the JSON that `ask claim-status --format json` prints.
#[derive(Serialize, ToSchema, Clone, Default)]
pub struct ClaimStatusView {
    /// The trace of the request.
    pub trace: String,
    /// The payer's number of the claim; none when no claim was found.
    pub number: Option<String>,
    /// Member id.
    pub member: String,
    /// The patient's name.
    pub patient: String,
    /// The provider.
    pub provider: String,
    /// The provider's own number of the claim.
    pub account: Option<String>,
    /// Type of bill, of an institutional claim.
    pub bill_type: Option<String>,
    /// Charged.
    pub billed: Option<String>,
    /// Paid; what stands now.
    pub paid: Option<String>,
    /// Status category, list 507 (C-09).
    pub category: String,
    /// Status code, list 508 (C-10).
    pub status: String,
    /// All statuses, with their words.
    pub statuses: Vec<StatusWords>,
    /// When the status took effect (C-08).
    pub effective: Option<String>,
    /// First day of service.
    pub start: Option<String>,
    /// Last day of service.
    pub end: Option<String>,
    /// The date of the decision.
    pub finalized: Option<String>,
    /// The date of the check or transfer.
    pub remitted: Option<String>,
    /// Its number.
    pub check: Option<String>,
    /// True when the claim adjusts an earlier one.
    pub adjusted: bool,
    /// Service lines (C-12).
    pub lines: Vec<LineStatusView>,
}

/// A service line of a claim.
#[derive(Serialize, ToSchema, Clone, Default)]
pub struct LineStatusView {
    /// The procedure with its modifiers, or the revenue code.
    pub procedure: String,
    /// The revenue code.
    pub revenue: Option<String>,
    /// Charged.
    pub billed: Option<String>,
    /// Paid.
    pub paid: Option<String>,
    /// Units.
    pub units: Option<String>,
    /// First day of service.
    pub start: Option<String>,
    /// Last day of service.
    pub end: Option<String>,
    /// Its statuses, with their words.
    pub statuses: Vec<StatusWords>,
    /// The provider's number of the line.
    pub control: Option<String>,
}

redacted!(ClaimStatusView { category, status, lines });
redacted!(LineStatusView { statuses });

impl ClaimStatusView {
    /// Everything the response says, in its order.
    pub fn all_of(response: &StatusResponse) -> Vec<ClaimStatusView> {
        let mut views = Vec::new();
        for receiver in response.sources.iter().flat_map(|source| &source.receivers) {
            if let Some(refused) = &receiver.refused {
                views.push(ClaimStatusView::refused(refused, None));
            }
            for provider in &receiver.providers {
                of_provider(provider, &mut views);
            }
        }
        views
    }

    /// True when there is a claim.
    pub fn is_found(&self) -> bool {
        self.number.is_some()
    }

    /// In a few words: the number, the status, and what is paid of what was charged.
    pub fn in_short(&self) -> String {
        let statuses = self.statuses.iter();
        let statuses: Vec<String> = statuses
            .map(|status| format!("{}:{} {}", status.category, status.status, status.words))
            .collect();
        let mut words = self.number.as_ref().map(|number| format!("{number} ")).unwrap_or_default();
        words.push_str(&statuses.join(", "));
        if let (Some(paid), Some(billed)) = (&self.paid, &self.billed) {
            words.push_str(&format!(", {paid} of {billed} paid"));
        }
        words
    }

    fn refused(refused: &Stated, provider: Option<&Name>) -> ClaimStatusView {
        ClaimStatusView {
            trace: refused.trace.to_string(),
            provider: provider.map(name).unwrap_or_default(),
            ..ClaimStatusView::stated(&refused.statuses)
        }
    }

    fn stated(statuses: &[ClaimStatus]) -> ClaimStatusView {
        let words: Vec<StatusWords> = statuses.iter().flat_map(statuses_in_words).collect();
        let first = words.first();
        ClaimStatusView {
            category: first.map(|status| status.category.clone()).unwrap_or_default(),
            status: first.map(|status| status.status.clone()).unwrap_or_default(),
            adjusted: words.iter().any(|status| status.category == "F3" && status.status == "101"),
            effective: statuses.first().and_then(|status| day(status.date)),
            statuses: words,
            ..ClaimStatusView::default()
        }
    }

    fn of(claim: &ClaimAnswer, patient: &Name, member: &str, provider: &Provider) -> Self {
        let status = claim.statuses.first().cloned().unwrap_or_default();
        let (start, end) = ends(claim.service);
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        ClaimStatusView {
            trace: claim.trace.to_string(),
            number: claim.reference("1K").and_then(text),
            member: member.to_owned(),
            patient: name(patient),
            provider: provider.names.first().map(name).unwrap_or_default(),
            account: claim.reference("EJ").and_then(text),
            bill_type: claim.reference("BLT").and_then(text),
            billed: status.charge.map(plain),
            paid: status.paid.map(plain),
            start,
            end,
            finalized: day(status.decided),
            remitted: day(status.payment_date),
            check: text(&status.payment_number),
            lines: claim.lines.iter().map(line).collect(),
            ..ClaimStatusView::stated(&claim.statuses)
        }
    }
}

fn of_provider(provider: &Provider, views: &mut Vec<ClaimStatusView>) {
    if let Some(refused) = &provider.refused {
        views.push(ClaimStatusView::refused(refused, provider.names.first()));
    }
    for subscriber in &provider.subscribers {
        let member = &subscriber.name.id;
        let own = subscriber.claims.iter().map(|claim| (claim, &subscriber.name));
        let dependents = subscriber.dependents.iter();
        let others =
            dependents.flat_map(|patient| patient.claims.iter().map(|c| (c, &patient.name)));
        let claims = own.chain(others);
        views.extend(
            claims.map(|(claim, patient)| ClaimStatusView::of(claim, patient, member, provider)),
        );
    }
}

fn line(line: &LineAnswer) -> LineStatusView {
    let (start, end) = ends(line.when);
    let service = &line.service;
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    LineStatusView {
        procedure: procedure(&service.procedure),
        revenue: text(&service.revenue),
        billed: service.charge.map(plain),
        paid: service.paid.map(plain),
        units: service.units.map(|units| units.normalize().to_string()),
        start,
        end,
        statuses: line.statuses.iter().flat_map(statuses_in_words).collect(),
        control: text(&line.control),
    }
}

/// `99213-25`.
fn procedure(procedure: &Procedure) -> String {
    let modifiers = procedure.modifiers.iter().map(|modifier| modifier.as_str());
    std::iter::once(&*procedure.code).chain(modifiers).collect::<Vec<_>>().join("-")
}

fn day(date: Sent<time::Date>) -> Option<String> {
    date.value().map(iso_date)
}

fn ends(when: Sent<When>) -> (Option<String>, Option<String>) {
    let when = when.value();
    (when.map(|when| iso_date(when.first())), when.map(|when| iso_date(when.last())))
}
