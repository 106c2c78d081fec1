//! What the sandbox decides about a claim: each line by the first rule that matches, in the order of the file.
//!
//! Before any rule: a patient who is not a member is denied with PR 31, a day before the coverage with PR 26, one after it with PR
//! 27. A rule that pends, pends the whole claim.

use rust_decimal::Decimal;
use time::Date;

use super::price::{Asked, Remaining};
use super::rules::{LineFacts, Pend, Rule, Rules};
use crate::answer::eligibility::benefit_year;
use crate::answer::remittance::{Holders, counted_in};
use crate::segments::Procedure;
use crate::segments::{Amount, Reference};
use crate::store::{AccumulatorKind, ClaimState, ClaimVersion, Level, MemberFile, Network, Plan};
use crate::txn::claim::{Claim, Line};
use crate::txn::remittance::{Adjustment, Dated, ServicePayment};
use crate::wire::Code;

/// A claim to be decided.
#[derive(Clone, Copy)]
pub(super) struct Case<'c> {
    pub(super) version: &'c ClaimVersion,
    pub(super) claim: &'c Claim,
    /// A document has come for it.
    pub(super) has_attachment: bool,
    pub(super) today: Date,
}

/// What is decided.
pub(super) enum Decision {
    /// It waits, in this state.
    Waits(ClaimState),
    /// It is paid or denied, line by line.
    Decided {
        /// The patient is not a member.
        unknown: bool,
        /// Its lines, in order.
        lines: Vec<ServicePayment>,
    },
}

/// The member of a claim and the plan of the day.
struct Covered<'c> {
    file: &'c MemberFile,
    plan: &'c Plan,
    network: Network,
}

impl Rules {
    /// Decides a claim. Its lines must add up to its charge.
    pub(super) fn decide(&self, case: Case<'_>, holders: &Holders<'_>) -> Decision {
        let mut lines = Vec::with_capacity(case.claim.lines.len());
        let paid_elsewhere = paid_elsewhere(case.claim);
        let mut budget: Option<(Date, Remaining)> = None;
        for (line, other_paid) in case.claim.lines.iter().zip(paid_elsewhere) {
            let asked = Asked {
                charge: line.charge,
                units: line.units.unwrap_or(Decimal::ONE),
                other_paid,
            };
            let day = line.service_dates().map_or(case.version.from, |(first, _)| first);
            let covered = match covered(case.version, holders, day) {
                Ok(covered) => covered,
                Err(reason) => {
                    let adjustment = Adjustment::new("PR", reason, line.charge);
                    lines.push(denied(line, asked, vec![adjustment], None));
                    continue;
                }
            };
            let rule = self.rule_of(&case, line, &covered);
            if let Some(pend) = rule.and_then(|rule| rule.pend.as_ref()) {
                return Decision::Waits(waiting(pend, case.today));
            }
            if let Some(denial) = rule.and_then(|rule| rule.deny.as_ref()) {
                let adjustments = asked.denied(denial);
                lines.push(denied(line, asked, adjustments, denial.remark.as_deref()));
                continue;
            }
            let (year, _) = benefit_year(covered.plan.year_begin, day);
            let mut remaining = match budget {
                Some((of, remaining)) if of == year => remaining,
                _ => remaining(&covered, year),
            };
            let priced = asked.priced(&self.fee, rule, remaining);
            remaining.take(&priced);
            budget = Some((year, remaining));
            let allowed = (!priced.allowed.is_zero())
                .then(|| Amount { qualifier: Code::new("B6"), amount: Some(priced.allowed) });
            lines.push(ServicePayment {
                paid: priced.paid,
                paid_units: Some(asked.units),
                adjustments: priced.adjustments,
                amounts: allowed.into_iter().collect(),
                ..service(line)
            });
        }
        let unknown = holders.member(case.version).is_none();
        Decision::Decided { unknown, lines }
    }

    /// The first rule that matches a line.
    fn rule_of(&self, case: &Case<'_>, line: &Line, covered: &Covered<'_>) -> Option<&Rule> {
        let id = covered.file.member.id();
        let bare = &id[covered.file.member.prefix.len()..];
        let facts = LineFacts {
            members: [&id, bare],
            form: case.claim.form,
            account: &case.claim.account,
            procedure: line.procedure.as_ref().map_or("", |procedure| &procedure.code),
            revenue: &line.revenue,
            charge: line.charge,
            other_payer: case.claim.others.iter().any(|other| other.paid().is_some()),
        };
        let still_pends = |pend: &Pend| {
            let age = (case.today - case.version.received).whole_days();
            let is_over = pend.days > 0 && age >= i64::from(pend.days);
            !(is_over || pend.until_attachment && case.has_attachment)
        };
        self.rules
            .iter()
            .find(|rule| rule.pend.as_ref().is_none_or(still_pends) && rule.matches(&facts))
    }
}

fn waiting(pend: &Pend, today: Date) -> ClaimState {
    let status = &pend.status.0;
    ClaimState {
        category: status.category.clone(),
        code: status.code.clone(),
        entity: status.entity.clone(),
        effective: today,
    }
}

/// The member and plan of a day, or the reason for which nothing is paid.
fn covered<'c>(
    version: &ClaimVersion,
    holders: &'c Holders<'_>,
    day: Date,
) -> Result<Covered<'c>, &'static str> {
    let file = holders.member(version).ok_or("31")?;
    let plan = holders.plan(file, day).ok_or_else(|| {
        let began = file.coverage.iter().any(|coverage| coverage.begin <= day);
        if began { "27" } else { "26" }
    })?;
    Ok(Covered { file, plan, network: holders.network(version) })
}

/// What is left of the member's limits in a benefit year.
fn remaining(covered: &Covered<'_>, year: Date) -> Remaining {
    let Covered { file, plan, network } = covered;
    let left = |kind: AccumulatorKind| {
        let network = counted_in(plan, &kind, *network);
        let limits = plan.limits.iter().filter(|l| l.kind == kind && l.network == network);
        let left = limits.map(|limit| {
            let used = file.accumulators.iter().find(|used| {
                used.kind == kind
                    && used.level == limit.level
                    && used.network == network
                    && used.year_begin == year
            });
            let used = used.map_or(Decimal::ZERO, |used| used.used);
            (limit.level, (limit.amount - used).max(Decimal::ZERO))
        });
        left.min_by_key(|(level, left)| (*left, *level == Level::Family)).map(|(_, left)| left)
    };
    Remaining {
        deductible: left(AccumulatorKind::Deductible).unwrap_or_default(),
        out_of_pocket: left(AccumulatorKind::OutOfPocket),
        no_share: plan.no_cost_share,
    }
}

/// What other payers have paid for each line: by their own lines (SVD), else what they paid for the claim in proportion to the
/// charges.
fn paid_elsewhere(claim: &Claim) -> Vec<Option<Decimal>> {
    let Some(whole) = claim.others.iter().filter_map(|other| other.paid()).reduce(|a, b| a + b)
    else {
        return vec![None; claim.lines.len()];
    };
    let of_line = |line: &Line| {
        let svd =
            line.decisions.iter().filter(|segment| segment.tag() == crate::wire::Tag::from("SVD"));
        let paid = svd.filter_map(|svd| crate::wire::value::decimal_r(svd.part(2, 1).as_bytes()));
        paid.reduce(|a, b| a + b)
    };
    if claim.lines.iter().any(|line| of_line(line).is_some()) {
        return claim.lines.iter().map(|line| Some(of_line(line).unwrap_or_default())).collect();
    }
    let charges: Decimal = claim.lines.iter().map(|line| line.charge).sum();
    let (mut left, last) = (whole, claim.lines.len().saturating_sub(1));
    let share = |(place, line): (usize, &Line)| {
        let part = match place == last || charges.is_zero() {
            true => left,
            false => (whole * line.charge / charges).round_dp(2).min(left),
        };
        left -= part;
        Some(part)
    };
    claim.lines.iter().enumerate().map(share).collect()
}

fn denied(
    line: &Line,
    asked: Asked,
    adjustments: Vec<Adjustment>,
    remark: Option<&str>,
) -> ServicePayment {
    // No units are paid, and those that were billed are adjusted.
    let is_counted = adjustments.iter().all(|adjustment| adjustment.quantity.is_some());
    ServicePayment {
        paid_units: Some(if is_counted { Decimal::ZERO } else { asked.units }),
        billed_units: Some(asked.units).filter(|_| is_counted),
        adjustments,
        remarks: remark.map(|remark| (Code::new("HE"), Code::from(remark))).into_iter().collect(),
        ..service(line)
    }
}

/// What the line is, without what is paid for it.
fn service(line: &Line) -> ServicePayment {
    let by_revenue = || Procedure {
        qualifier: Code::new("NU"),
        code: line.revenue.clone(),
        ..Procedure::default()
    };
    let procedure = line.procedure.clone().filter(|procedure| !procedure.code.is_empty());
    let dates = line.service_dates().map_or_else(Vec::new, |(first, last)| match first == last {
        true => vec![Dated::new("472", first)],
        false => vec![Dated::new("150", first), Dated::new("151", last)],
    });
    let control = Reference {
        qualifier: Code::new("6R"),
        value: line.control.clone(),
        ..Reference::default()
    };
    ServicePayment {
        revenue: procedure.as_ref().map_or_else(Box::default, |_| line.revenue.clone()),
        procedure: procedure.unwrap_or_else(by_revenue),
        charge: line.charge,
        dates,
        references: Some(control).filter(|control| !control.value.is_empty()).into_iter().collect(),
        ..ServicePayment::default()
    }
}
