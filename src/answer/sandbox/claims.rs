//! A claim in the 835 of the sandbox: a decision, and a decision that is taken back.

use rust_decimal::Decimal;

use crate::segments::{Amount, Name, Procedure, Reference};
use crate::store::{self, ClaimVersion, PaidLine, Payment, Plan};
use crate::txn::claim::{Claim, Party};
use crate::txn::remittance::{Adjustment, ClaimPayment, Dated, ServicePayment};
use crate::wire::Code;

/// CLP06 codes that SBR09 has as well.
const FILING: [&str; 18] = [
    "12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF", "TV",
    "VA", "WC",
];

/// The decision about a claim.
pub(super) fn decision(
    version: &ClaimVersion,
    claim: &Claim,
    plan: Option<&Plan>,
    unknown: bool,
    lines: Vec<ServicePayment>,
) -> ClaimPayment {
    let is_price = claim.is_predetermination();
    let lines: Vec<ServicePayment> = match is_price {
        true => lines.into_iter().map(priced_only).collect(),
        false => lines,
    };
    let paid: Decimal = lines.iter().map(|line| line.paid).sum();
    let share = lines.iter().flat_map(|line| &line.adjustments).filter(|a| a.group == "PR");
    let share: Decimal = share.map(|adjustment| adjustment.amount).sum();
    let allowed: Decimal = lines.iter().filter_map(ServicePayment::allowed).sum();
    let status = match claim.subscriber.order.as_str() {
        _ if is_price => "25",
        // Only for a patient whom the payer does not know; any other denial is in the adjustments.
        _ if unknown => "4",
        "S" => "2",
        "T" => "3",
        _ => "1",
    };
    let original = version.replaces.as_ref().map(|number| Reference {
        qualifier: Code::new("F8"),
        value: number.clone(),
        ..Reference::default()
    });
    let covered = Amount { qualifier: Code::new("AU"), amount: Some(allowed) };
    ClaimPayment {
        status: Code::new(status),
        charge: version.charge,
        paid,
        patient: Some(share),
        references: original.into_iter().collect(),
        amounts: Some(covered).filter(|_| !allowed.is_zero()).into_iter().collect(),
        lines,
        ..head(version, claim, plan)
    }
}

/// A line of a predetermination: what would be paid is adjusted (OA 101) and nothing is paid.
fn priced_only(mut line: ServicePayment) -> ServicePayment {
    if !line.paid.is_zero() {
        line.adjustments.push(Adjustment::new("OA", "101", line.paid));
        line.paid = Decimal::ZERO;
    }
    line
}

/// A decision taken back: its groups and reasons again, all amounts negated, and no share of the patient.
pub(super) fn reversal(
    version: &ClaimVersion,
    claim: &Claim,
    plan: Option<&Plan>,
    standing: &Payment,
) -> ClaimPayment {
    let interest = Amount { qualifier: Code::new("I"), amount: Some(-standing.interest) };
    ClaimPayment {
        status: Code::new("22"),
        charge: -standing.charge,
        paid: -standing.paid,
        adjustments: standing.adjustments.iter().map(negated).collect(),
        amounts: Some(interest).filter(|_| !standing.interest.is_zero()).into_iter().collect(),
        lines: standing.lines.iter().map(reversed_line).collect(),
        ..head(version, claim, plan)
    }
}

/// What both say of the claim.
fn head(version: &ClaimVersion, claim: &Claim, plan: Option<&Plan>) -> ClaimPayment {
    let mut dates = vec![Dated::new("232", version.from)];
    if version.to != version.from {
        dates.push(Dated::new("233", version.to));
    }
    dates.push(Dated::new("050", version.received));
    ClaimPayment {
        account: version.account.clone(),
        filing: filing(claim, plan),
        number: version.number.clone(),
        facility: version.facility.clone(),
        frequency: Code::from(&*version.frequency),
        names: names(version, claim),
        dates,
        ..ClaimPayment::default()
    }
}

/// CLP06: as the plan is, else as the claim says it.
fn filing(claim: &Claim, plan: Option<&Plan>) -> Code {
    let of_plan = plan.map_or("", |plan| match &*plan.insurance_type {
        "HM" => "HM",
        "PR" => "12",
        "PS" => "13",
        "EP" => "14",
        "HN" => "16",
        "MC" => "MC",
        "MA" => "MA",
        "MB" => "MB",
        _ => "",
    });
    let sent = claim.subscriber.filing;
    match of_plan {
        "" if FILING.contains(&sent.as_str()) => sent,
        "" => Code::new("ZZ"),
        of_plan => Code::new(of_plan),
    }
}

/// The patient, the subscriber where that is another person, and who rendered the service where that is another provider.
fn names(version: &ClaimVersion, claim: &Claim) -> Vec<Name> {
    let person = |party: &Party, entity: &str| Name {
        entity: Code::from(entity),
        kind: Code::new("1"),
        id_qualifier: if party.name.id.is_empty() { Code::NONE } else { Code::new("MI") },
        ..party.name.clone()
    };
    let mut names = vec![person(claim.treated(), "QC")];
    let subscriber = &claim.subscriber.person;
    if claim.patient.is_some() && !subscriber.name.id.is_empty() {
        let kind = subscriber.name.kind;
        names.push(Name { kind, ..person(subscriber, "IL") });
    }
    let rendering = &version.rendering;
    if !rendering.npi.is_empty() && rendering.npi != version.billing.npi {
        names.push(Name {
            entity: Code::new("82"),
            kind: Code::new(if rendering.first.is_empty() { "2" } else { "1" }),
            last: rendering.last.clone(),
            first: rendering.first.clone(),
            id_qualifier: Code::new("XX"),
            id: rendering.npi.clone(),
            ..Name::default()
        });
    }
    names
}

fn negated(adjustment: &store::Adjustment) -> Adjustment {
    Adjustment {
        group: Code::from(&*adjustment.group),
        reason: Code::from(&*adjustment.reason),
        amount: -adjustment.amount,
        quantity: adjustment.quantity.map(|quantity| -quantity),
    }
}

fn reversed_line(line: &PaidLine) -> ServicePayment {
    let adjustments: Vec<Adjustment> = line.adjustments.iter().map(negated).collect();
    let units = line.units.map(|units| -units);
    // Units that were not paid are in the adjustments.
    let adjusted: Decimal = adjustments.iter().filter_map(|a| a.quantity).sum();
    let billed = units.map(|units| units + adjusted).filter(|_| !adjusted.is_zero());
    let dates = line.dates.map_or_else(Vec::new, |(first, last)| match first == last {
        true => vec![Dated::new("472", first)],
        false => vec![Dated::new("150", first), Dated::new("151", last)],
    });
    let control = Reference {
        qualifier: Code::new("6R"),
        value: line.control.clone(),
        ..Reference::default()
    };
    let procedure = procedure(&line.procedure);
    ServicePayment {
        revenue: match procedure.qualifier == "NU" {
            true => Box::default(),
            false => line.revenue.clone(),
        },
        procedure,
        charge: -line.charge,
        paid: -line.paid,
        paid_units: units,
        billed_units: billed,
        dates,
        adjustments,
        references: Some(control).filter(|control| !control.value.is_empty()).into_iter().collect(),
        ..ServicePayment::default()
    }
}

/// Reads `HC:99213:25`.
fn procedure(text: &str) -> Procedure {
    let mut parts = text.split(':');
    Procedure {
        qualifier: parts.next().map_or(Code::NONE, Code::from),
        code: parts.next().unwrap_or("").into(),
        modifiers: parts.map(Code::from).collect(),
        last: Box::default(),
    }
}
