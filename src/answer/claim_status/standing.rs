//! How a claim stands, as STC says it: the table of statuses, and the amounts and dates beside them.

use rust_decimal::Decimal;
use smallvec::{SmallVec, smallvec};
use time::Date;

use crate::config::ClaimStatusPolicy;
use crate::segments::{ClaimStatus, Sent, StatusCode};
use crate::store::{ClaimState, ClaimVersion};
use crate::txn::claim_ack::Status;
use crate::wire::Code;

/// It was decided and waits for the payment cycle.
const TO_BE_PAID: (&str, &str) = ("F0", "3");
/// It adjusts an earlier claim.
const REPLACEMENT: (&str, &str) = ("F3", "101");
/// It was decided, and the whole claim is void.
const VOIDED: (&str, &str) = ("F4", "686");
/// CLM05-3 of a claim that voids another.
const VOID: &str = "8";

/// Statuses whose text speaks of an entity, and the one that is meant where the ledger names none.
const ENTITIES: [(&str, &str); 24] = [
    ("16", "PR"),
    ("17", "AY"),
    ("19", "PR"),
    ("23", "85"),
    ("24", "85"),
    ("25", "85"),
    ("26", "85"),
    ("73", "QC"),
    ("85", "PR"),
    ("88", "QC"),
    ("91", "QC"),
    ("93", "82"),
    ("94", "QC"),
    ("96", "85"),
    ("97", "PR"),
    ("106", "QC"),
    ("109", "QC"),
    ("114", "PR"),
    ("123", "85"),
    ("125", "QC"),
    ("164", "IL"),
    ("562", "85"),
    ("677", "82"),
    ("689", "PR"),
];

/// A status written in the settings, which were checked.
pub(super) fn set_status(text: &str) -> StatusCode {
    Status::parse(text).as_ref().map(StatusCode::from).unwrap_or_default()
}

/// A status, with the entity that its text speaks of.
pub(super) fn status(category: &str, code: &str, entity: &str) -> StatusCode {
    let usual = || ENTITIES.iter().find(|(listed, _)| *listed == code).map_or("", |row| row.1);
    let entity = if entity.is_empty() { usual() } else { entity };
    StatusCode {
        category: Code::from(category),
        code: Code::from(code),
        entity: Code::from(entity),
    }
}

/// STC without amounts: why there is no claim to tell of.
pub(super) fn bare(status: StatusCode, today: Date) -> ClaimStatus {
    ClaimStatus { statuses: smallvec![status], date: Sent::Value(today), ..ClaimStatus::default() }
}

/// STC of a claim: how it stands, what was charged and what is paid now, and by which remittance. No amount is negative.
pub(super) fn of_claim(claim: &ClaimVersion, policy: &ClaimStatusPolicy) -> ClaimStatus {
    let outcome = &claim.outcome;
    let remitted = outcome.remitted.filter(|_| claim.state.is_final());
    ClaimStatus {
        statuses: statuses(claim, policy),
        date: Sent::Value(claim.state.effective),
        charge: Some(claim.charge.max(Decimal::ZERO)),
        paid: Some(outcome.paid.max(Decimal::ZERO)),
        decided: remitted.and(outcome.finalized).into(),
        payment_date: remitted.into(),
        payment_number: match remitted {
            Some(_) => outcome.trace.clone(),
            None => Box::default(),
        },
        ..ClaimStatus::default()
    }
}

/// STC01 and what goes with it.
pub(super) fn statuses(
    claim: &ClaimVersion,
    policy: &ClaimStatusPolicy,
) -> SmallVec<[StatusCode; 1]> {
    let pair = |(category, code)| status(category, code, "");
    let ClaimState { category, code, entity, .. } = &claim.state;
    let decided = matches!(&**category, "F1" | "F2" | "F3");
    if &*claim.frequency == VOID && claim.state.is_final() {
        return smallvec![pair(VOIDED)];
    }
    if decided && claim.outcome.finalized.is_some() && claim.outcome.remitted.is_none() {
        return smallvec![pair(TO_BE_PAID)];
    }
    let own = status(category, current(code, claim, policy), entity);
    match claim.replaces.is_some() && matches!(&**category, "F1" | "F2") {
        true => smallvec![pair(REPLACEMENT), own],
        false => smallvec![own],
    }
}

/// The status, or the one that took its place when it was retired.
fn current<'c>(code: &'c str, claim: &ClaimVersion, policy: &ClaimStatusPolicy) -> &'c str {
    let is_listed = |reason: &String| reason.eq_ignore_ascii_case(&claim.outcome.reason);
    match code {
        "8" if policy.contract_reasons.iter().any(is_listed) => "107",
        "8" => "104",
        "68" => "65",
        code => code,
    }
}
