//! The row of a claim that is taken in, and what it changes of the one that it replaces or voids.

use time::Date;

use super::ClaimContext;
use super::adjustable::VOID;
use super::lookup::ReadClaim;
use crate::store::{
    Announced, ClaimForm, ClaimOutcome, ClaimProvider, ClaimState, ClaimVersion, Patient, Refund,
    RefundMethod, StateChange,
};
use crate::txn::claim::{Claim, Form, Party};
use crate::txn::claim_ack::Status;

/// Where a claim stands among the versions.
pub(super) struct Place<'v> {
    pub(super) number: Box<str>,
    /// What it replaces or voids.
    pub(super) original: Option<&'v ClaimVersion>,
    /// The status for which people are to look at it.
    pub(super) pended: Option<Status>,
}

fn state(category: &str, code: &str, entity: &str, effective: Date) -> ClaimState {
    ClaimState { category: category.into(), code: code.into(), entity: entity.into(), effective }
}

/// The birth date of the patient as the claim says it.
pub(super) fn birth(claim: &Claim) -> Option<Date> {
    claim.treated().demographics.and_then(|known| known.birth.value())
}

pub(super) fn form(claim: &Claim) -> ClaimForm {
    match claim.form {
        Form::Professional => ClaimForm::Professional,
        Form::Institutional => ClaimForm::Institutional,
        Form::Dental => ClaimForm::Dental,
    }
}

/// The version that is entered.
pub(super) fn version(
    read: &ReadClaim,
    place: Place<'_>,
    context: ClaimContext<'_>,
) -> ClaimVersion {
    let claim = &read.claim;
    let Place { number, original, pended } = place;
    let today = context.today();
    let billing = provider(&claim.provider);
    let rendering = rendering(claim).map_or_else(|| billing.clone(), provider);
    let is_void_of_pending =
        &*claim.frequency == VOID && original.is_some_and(|original| original.state.is_pending());
    let state = match pended {
        Some(why) => state("P2", &why.code, &why.entity, today),
        // Nothing was decided that could be taken back.
        None if is_void_of_pending => state("F4", "686", "", today),
        None => state("P1", "20", "", today),
    };
    let (from, to) = read.days;
    ClaimVersion {
        original: original.map_or_else(|| number.clone(), |original| original.original.clone()),
        version: original.map_or(1, |original| original.version + 1),
        replaces: original.map(|original| original.number.clone()),
        successor: None,
        number,
        form: form(claim),
        frequency: claim.frequency.clone(),
        facility: claim.facility.clone(),
        account: claim.account.clone(),
        member: read.member.clone().ok(),
        patient: patient(claim),
        payee: billing.clone(),
        billing,
        rendering,
        charge: claim.charge,
        from,
        to,
        received: today,
        state,
        outcome: ClaimOutcome::default(),
        risk: Box::default(),
        referral: reference(claim, "9F"),
        authorization: reference(claim, "G1"),
        announced: announced(claim),
        procedures: procedures(claim),
        service_key: read.service_key,
        partner: (&*context.partner.id).into(),
        interchange: 0,
        text: read.text.clone(),
    }
}

fn provider(party: &Party) -> ClaimProvider {
    ClaimProvider {
        npi: party.npi().into(),
        tin: party.tax_id().into(),
        last: party.name.last.clone(),
        first: party.name.first.clone(),
    }
}

/// Who treated the patient: the attending provider of an institutional claim, else the rendering provider of the claim or of
/// its first line.
fn rendering(claim: &Claim) -> Option<&Party> {
    let wanted = if claim.form == Form::Institutional { ["71", "82"] } else { ["82", "82"] };
    let of_claim = wanted.into_iter().find_map(|role| claim.provider_as(role));
    let of_line = || claim.lines.first()?.providers.iter().find(|party| party.name.entity == "82");
    of_claim.or_else(of_line)
}

fn patient(claim: &Claim) -> Patient {
    let treated = claim.treated();
    let own = &treated.name.id;
    Patient {
        member_id: if own.is_empty() {
            claim.subscriber.person.name.id.clone()
        } else {
            own.clone()
        },
        last: treated.name.last.clone(),
        first: treated.name.first.clone(),
        birth: birth(claim),
    }
}

/// A reference of the claim, or else of the first line that has one.
fn reference(claim: &Claim, qualifier: &str) -> Box<str> {
    let of_lines = || {
        let mut lines = claim.lines.iter();
        lines.find_map(|line| crate::segments::find(&line.references, qualifier))
    };
    claim.reference(qualifier).or_else(of_lines).unwrap_or("").into()
}

fn announced(claim: &Claim) -> Vec<Announced> {
    let of_lines = claim.lines.iter().flat_map(|line| &line.attachments);
    let all = claim.attachments.iter().chain(of_lines).filter(|one| !one.control.is_empty());
    let mut announced: Vec<Announced> = Vec::new();
    for one in all {
        if announced.iter().all(|known| known.control != one.control) {
            announced.push(Announced {
                control: one.control.clone(),
                report: one.report.as_str().into(),
                transmission: one.transmission.as_str().into(),
            });
        }
    }
    announced
}

fn procedures(claim: &Claim) -> Vec<Box<str>> {
    let mut codes: Vec<Box<str>> = Vec::new();
    for line in &claim.lines {
        let code = line.procedure.as_ref().map_or(&line.revenue, |procedure| &procedure.code);
        if !code.is_empty() && !codes.contains(code) {
            codes.push(code.clone());
        }
    }
    codes
}

/// The state of a version that was not decided yet and is replaced or voided now. What was decided keeps its state until a
/// remittance takes it back.
pub(super) fn state_of_replaced(original: &ClaimVersion, by: &ClaimVersion) -> Option<StateChange> {
    let (code, why) = match &*by.frequency {
        VOID => (("F4", "686"), "voided"),
        _ => (("F3", "101"), "replaced"),
    };
    original.state.is_pending().then(|| StateChange {
        claim: original.number.clone(),
        state: state(code.0, code.1, "", by.received),
        why: why.into(),
    })
}

/// The money that comes back of a version that was paid.
pub(super) fn refund(original: &ClaimVersion, by: &ClaimVersion) -> Option<Refund> {
    let paid = original.outcome.paid;
    (paid > rust_decimal::Decimal::ZERO).then(|| Refund {
        claim: original.number.clone(),
        by: Some(by.number.clone()),
        // How much a replacement returns is not known before it is decided.
        amount: (&*by.frequency == VOID).then_some(paid),
        method: RefundMethod::Recoupment,
        check: Box::default(),
        on: by.received,
    })
}
