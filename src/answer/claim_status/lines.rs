//! The service lines of a claim: as it was sent, with what is paid for each now.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use smallvec::smallvec;

use super::standing::{status, statuses};
use crate::config::ClaimStatusPolicy;
use crate::segments::{ClaimStatus, Dated, Procedure, Sent, ServiceLine, StatusCode};
use crate::store::{ClaimKey, ClaimScope, ClaimVersion, PaidLine, Payment, Result, Stores};
use crate::txn::claim::{Claim, Line};
use crate::txn::claim_status::{LineAnswer, LineRequest};
use crate::wire::Code;

/// A claim as it was sent, and what was decided about it.
pub(super) struct Detail {
    claim: Claim,
    payments: Vec<Payment>,
}

/// The details of the claims with these numbers. A claim whose text is not kept has none.
pub(super) async fn fetch(
    stores: &Stores,
    numbers: &[Box<str>],
) -> Result<FxHashMap<Box<str>, Detail>> {
    if numbers.is_empty() {
        return Ok(FxHashMap::default());
    }
    let keys: Vec<ClaimKey> = numbers.iter().cloned().map(ClaimKey::Number).collect();
    let scope = ClaimScope { with_text: true, ..ClaimScope::default() };
    let (texts, histories) = futures_util::future::try_join(
        stores.claims.find(&keys, scope),
        stores.claims.histories(numbers),
    )
    .await?;
    let mut details = FxHashMap::default();
    for ((number, versions), history) in numbers.iter().zip(texts).zip(histories) {
        let claim = versions.first().and_then(|version| Claim::read(&version.text));
        let mut payments = history.map_or_else(Vec::new, |history| history.payments);
        payments.retain(|payment| payment.claim == *number);
        if let Some(claim) = claim {
            details.insert(number.clone(), Detail { claim, payments });
        }
    }
    Ok(details)
}

/// True when the claim has each of the lines asked for: its procedure, charge and day, as far as they were sent.
pub(super) fn has_all(detail: &Detail, asked: &[LineRequest], version: &ClaimVersion) -> bool {
    let has = |asked: &LineRequest| {
        detail
            .claim
            .lines
            .iter()
            .any(|line| is_same(line, asked) && is_served(line, asked, version))
    };
    asked.iter().all(has)
}

/// The lines that were asked for, or all where none was or none of those is there.
pub(super) fn answers(
    detail: &Detail,
    version: &ClaimVersion,
    asked: &[LineRequest],
    policy: &ClaimStatusPolicy,
) -> Vec<LineAnswer> {
    let lines = || detail.claim.lines.iter();
    let is_asked = |line: &&Line| asked.iter().any(|asked| is_same(line, asked));
    let wanted: Vec<&Line> = lines().filter(is_asked).collect();
    let wanted = if wanted.is_empty() { lines().collect() } else { wanted };
    let whole = lines().count() == 1;
    let told = wanted.into_iter().map(|line| answer(detail, line, version, whole, policy));
    // A claim that was decided as a whole does not say what is paid for which line.
    told.collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn answer(
    detail: &Detail,
    line: &Line,
    version: &ClaimVersion,
    whole: bool,
    policy: &ClaimStatusPolicy,
) -> Option<LineAnswer> {
    let decided: Vec<&PaidLine> = detail
        .payments
        .iter()
        .flat_map(|payment| &payment.lines)
        .filter(|paid| is_of(paid, line))
        .collect();
    let total = version.outcome.paid.max(Decimal::ZERO);
    let paid = match decided.is_empty() {
        true if whole => total,
        true if total > Decimal::ZERO && detail.payments.iter().all(|p| p.lines.is_empty()) => {
            return None;
        }
        true => Decimal::ZERO,
        false => decided.iter().map(|decided| decided.paid).sum::<Decimal>().max(Decimal::ZERO),
    };
    let (from, to) = line.service_dates().unwrap_or((version.from, version.to));
    Some(LineAnswer {
        service: ServiceLine {
            procedure: procedure(line),
            charge: Some(line.charge.max(Decimal::ZERO)),
            paid: Some(paid),
            revenue: match &line.procedure {
                Some(_) => line.revenue.clone(),
                None => Box::default(),
            },
            units: Some(line.units.unwrap_or(Decimal::ONE).max(Decimal::ZERO)),
        },
        statuses: vec![ClaimStatus {
            statuses: smallvec![standing(version, paid, &decided, policy)],
            date: Sent::Value(version.state.effective),
            ..ClaimStatus::default()
        }],
        control: line.control.clone(),
        when: Dated::between("472", from, to).when,
    })
}

/// SVC01: the procedure, or the revenue code of a line without one.
fn procedure(line: &Line) -> Procedure {
    match &line.procedure {
        Some(procedure) => Procedure { last: Box::default(), ..procedure.clone() },
        None => Procedure {
            qualifier: Code::new("NU"),
            code: line.revenue.clone(),
            ..Procedure::default()
        },
    }
}

/// The status of a line: that of its claim, but where others of the claim were paid and this one was not.
fn standing(
    version: &ClaimVersion,
    paid: Decimal,
    decided: &[&PaidLine],
    policy: &ClaimStatusPolicy,
) -> StatusCode {
    let own = statuses(version, policy).last().copied().unwrap_or_default();
    if own.category != "F1" || paid > Decimal::ZERO || decided.is_empty() {
        return own;
    }
    // The last decision counts: a reversal repeats the reasons of what it takes back.
    let reasons = decided.last().map_or(&[][..], |decided| &decided.adjustments);
    let is = |group: &str| reasons.iter().any(|adjustment| *adjustment.group == *group);
    let to_patient = || reasons.iter().filter(|adjustment| &*adjustment.group == "PR");
    match (is("CO"), is("PR")) {
        // All of what the patient owes is deductible.
        (_, true) if to_patient().all(|adjustment| &*adjustment.reason == "1") => {
            status("F4", "98", "")
        }
        (_, true) => status("F4", "104", ""),
        (true, false) => status("F2", "107", ""),
        (false, false) => status("F4", "0", ""),
    }
}

fn is_of(paid: &PaidLine, line: &Line) -> bool {
    match paid.line {
        Some(number) => number == line.number,
        None => !paid.control.is_empty() && paid.control == line.control,
    }
}

/// The line has this procedure or revenue code, number and charge, as far as they were sent.
fn is_same(line: &Line, asked: &LineRequest) -> bool {
    let sent = &asked.service.procedure;
    let code = match (&line.procedure, sent.qualifier == "NU") {
        (Some(own), false) => {
            own.code.eq_ignore_ascii_case(&sent.code)
                && sent.modifiers.iter().all(|modifier| own.modifiers.contains(modifier))
        }
        (_, true) => line.revenue == sent.code,
        (None, false) => false,
    };
    let numbered =
        asked.control.is_empty() || line.control.is_empty() || asked.control == line.control;
    code && numbered && asked.service.charge.is_none_or(|charge| charge == line.charge)
}

fn is_served(line: &Line, asked: &LineRequest, version: &ClaimVersion) -> bool {
    let (from, to) = line.service_dates().unwrap_or((version.from, version.to));
    asked.when.value().is_none_or(|when| from <= when.last() && to >= when.first())
}
