//! From the parts of an 835 to rows of the claim ledger.

use super::chains::{Chain, SentLine};
use crate::segments::Procedure;
use crate::store::{
    self, ClaimVersion, PaidLine, Payment, PaymentKind, ProviderAdjustment, Remittance,
    RemittanceKey,
};
use crate::txn::remittance::{Adjustment, ClaimPayment, RemittanceAdvice, ServicePayment};

/// What makes it the same advice.
pub(super) fn key(advice: &RemittanceAdvice) -> RemittanceKey {
    let trace = &advice.trace;
    RemittanceKey { payer: trace.originator.clone(), trace: trace.number.clone() }
}

/// The advice as a whole.
pub(super) fn remittance(advice: &RemittanceAdvice, text: Vec<u8>) -> Remittance {
    let adjustment = |adjustment: &crate::txn::remittance::ProviderAdjustment| ProviderAdjustment {
        provider: adjustment.provider.clone(),
        reason: adjustment.reason.as_str().into(),
        reference: adjustment.reference.clone(),
        amount: adjustment.amount,
    };
    Remittance {
        key: key(advice),
        date: advice.payment.date,
        method: advice.payment.method.as_str().into(),
        amount: advice.payment.amount,
        payee_npi: advice.payee.npi().into(),
        payee_tin: advice.payee.tax_id().into(),
        adjustments: advice.adjustments.iter().map(adjustment).collect(),
        text,
    }
}

/// What is said of one version of a claim.
pub(super) fn payment(
    claim: &ClaimPayment,
    advice: &RemittanceAdvice,
    remittance: &RemittanceKey,
    version: &ClaimVersion,
    chain: &Chain,
) -> Payment {
    let is_reversal = claim.is_reversal();
    let numbers = match is_reversal {
        true => numbers_of_reversal(claim, chain.standing(&version.number)),
        false => numbers(claim, chain.sent(&version.number)),
    };
    let lines = claim.lines.iter().zip(numbers);
    Payment {
        claim: version.number.clone(),
        kind: if is_reversal { PaymentKind::Reversal } else { PaymentKind::Decision },
        remittance: remittance.clone(),
        status: claim.status.as_str().into(),
        charge: claim.charge,
        paid: claim.paid,
        patient: claim.patient.unwrap_or_default(),
        interest: claim.interest(),
        adjustments: claim.adjustments.iter().map(adjustment).collect(),
        remarks: claim.remarks().map(|code| code.as_str().into()).collect(),
        lines: lines.map(|(line, number)| paid_line(line, number, claim)).collect(),
        finalized: advice.decided(),
        remitted: advice.payment.date,
    }
}

fn paid_line(line: &ServicePayment, number: Option<u32>, claim: &ClaimPayment) -> PaidLine {
    // Units of a reversal come with either sign; what is taken back is negative.
    let units = match claim.is_reversal() {
        true => -line.units().abs(),
        false => line.units(),
    };
    let remark = |(list, remark): &(crate::wire::Code, crate::wire::Code)| {
        (*list == "HE").then(|| remark.as_str().into())
    };
    PaidLine {
        line: number,
        control: line.control().unwrap_or("").into(),
        procedure: procedure(&line.procedure),
        revenue: match line.procedure.qualifier == "NU" {
            true => line.procedure.code.clone(),
            false => line.revenue.clone(),
        },
        // Where lines have no dates, those of the claim are theirs.
        dates: line.service_dates().or_else(|| claim.statement_period()),
        charge: line.charge,
        paid: line.paid,
        allowed: line.allowed(),
        units: Some(units),
        adjustments: line.adjustments.iter().map(adjustment).collect(),
        remarks: line.remarks.iter().filter_map(remark).collect(),
    }
}

fn adjustment(adjustment: &Adjustment) -> store::Adjustment {
    store::Adjustment {
        group: adjustment.group.as_str().into(),
        reason: adjustment.reason.as_str().into(),
        amount: adjustment.amount,
        quantity: adjustment.quantity,
    }
}

/// Qualifier, code and modifiers, with colons.
fn procedure(procedure: &Procedure) -> Box<str> {
    if procedure.code.is_empty() {
        return Box::default();
    }
    let mut text = format!("{}:{}", procedure.qualifier.as_str(), procedure.code);
    for modifier in &procedure.modifiers {
        text.push(':');
        text.push_str(modifier.as_str());
    }
    text.into()
}

/// The line of the claim that each line is about: by REF*6R, else by what was billed. Lines may be split or added, so that one
/// may be named twice and some are none of the claim's.
fn numbers(claim: &ClaimPayment, sent: &[SentLine]) -> Vec<Option<u32>> {
    let mut named: Vec<u32> = Vec::new();
    let mut found = Vec::with_capacity(claim.lines.len());
    for line in &claim.lines {
        let by_control = line.control().and_then(|control| {
            let mut same = sent.iter().filter(|sent| *sent.control == *control);
            same.next().filter(|_| same.next().is_none())
        });
        let billed = line.original.as_ref().map_or(&line.procedure, |original| &original.procedure);
        let is_service = |sent: &&SentLine| match billed.qualifier == "NU" {
            true => sent.revenue == billed.code,
            false => {
                sent.code == billed.code
                    && (line.revenue.is_empty() || sent.revenue == line.revenue)
            }
        };
        let free = |sent: &&SentLine| !named.contains(&sent.number);
        let of_charge = |sent: &&SentLine| sent.charge == line.charge;
        let services = || sent.iter().filter(is_service);
        let number = by_control
            .or_else(|| services().filter(free).find(of_charge))
            .or_else(|| services().find(free))
            .or_else(|| services().next_back())
            .map(|sent| sent.number);
        named.extend(number);
        found.push(number);
    }
    found
}

/// As [`numbers`], for lines that are taken back: those of the decision, in their order.
fn numbers_of_reversal(claim: &ClaimPayment, standing: Option<&Payment>) -> Vec<Option<u32>> {
    let lines = standing.map_or(&[][..], |payment| &payment.lines);
    let mut free: Vec<&PaidLine> = lines.iter().collect();
    let number = |line: &ServicePayment| {
        let code = procedure(&line.procedure);
        let is_same = |paid: &&PaidLine| {
            paid.charge == -line.charge
                && (line.control().is_some_and(|control| *paid.control == *control)
                    || paid.procedure == code)
        };
        let at = free.iter().position(is_same)?;
        free.remove(at).line
    };
    claim.lines.iter().map(number).collect()
}
