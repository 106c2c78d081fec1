//! A member's coverage on a day: the shared benefits of the plan, and the member's own.

use super::codes;
use super::dates::benefit_year;
use super::sheets::{PlanSheets, limit_line, messages, network, quantity};
use crate::config::eligibility::{DisclaimerForm, EligibilityPolicy, UnsupportedServiceType};
use crate::store::{
    Accumulator, AccumulatorKind, Coverage, MemberFile, Network, OtherCoverage, PayerOrder, Pcp,
};
use crate::txn::eligibility::response::{Benefit, Benefits, Entity};
use crate::txn::eligibility::{Dated, Name, Procedure, Reference, When};
use crate::wire::Code;
use rust_decimal::Decimal;
use smallvec::SmallVec;
use time::Date;

/// The services asked about for one day or span.
#[derive(Debug)]
pub(super) struct Asked {
    /// The day or span of service.
    pub(super) when: When,
    /// Service types asked for, `30` left out.
    pub(super) types: Vec<Code>,
    /// Procedures asked for.
    pub(super) procedures: Vec<Procedure>,
    /// Whether the generic answer is asked for.
    pub(super) generic: bool,
}

/// Coverage on the day asked about.
#[derive(Debug)]
pub(super) struct Standing<'f> {
    /// The day the answer is for: the first covered day of the span asked about, or its first.
    pub(super) day: Date,
    /// Spans that hold the day.
    pub(super) active: Vec<&'f Coverage>,
    /// The last span before the day, or else the first one after it; only when none holds it.
    pub(super) nearest: Option<&'f Coverage>,
}

impl<'f> Standing<'f> {
    /// Finds the coverage of a member for the days asked about.
    pub(super) fn find(file: &'f MemberFile, when: When) -> Standing<'f> {
        let holds = |coverage: &Coverage, day| {
            coverage.begin <= day && coverage.end.is_none_or(|end| end >= day)
        };
        let first = when.first();
        let later = || {
            let begins = file.coverage.iter().map(|c| c.begin);
            begins.filter(|begin| (first..=when.last()).contains(begin)).min()
        };
        let covered = file.coverage.iter().any(|c| holds(c, first));
        let day = if covered { first } else { later().unwrap_or(first) };
        let active: Vec<_> = file.coverage.iter().filter(|c| holds(c, day)).collect();
        let nearest = match active.is_empty() {
            true => {
                let before =
                    file.coverage.iter().filter(|c| c.begin <= day).max_by_key(|c| c.begin);
                before.or_else(|| file.coverage.iter().min_by_key(|c| c.begin))
            }
            false => None,
        };
        Standing { day, active, nearest }
    }
}

/// Writes the benefits of one member into an answer.
pub(super) struct Teller<'a> {
    /// The member.
    pub(super) file: &'a MemberFile,
    /// The services asked about.
    pub(super) asked: &'a Asked,
    /// The day the answer is for.
    pub(super) day: Date,
    /// The payer's settings.
    pub(super) policy: &'a EligibilityPolicy,
    /// Dates and groups are written with each plan, because there are several, or with each day.
    pub(super) dated_lines: bool,
}

impl Teller<'_> {
    /// Active coverage under one plan; `sheets` are none for a plan that is not known, of which only the
    /// status is reported.
    pub(super) fn active(
        &self,
        coverage: &Coverage,
        sheets: Option<&PlanSheets>,
        benefits: &mut Benefits,
    ) {
        match sheets {
            Some(sheets) if self.is_plain(coverage, sheets) => {
                benefits.share(&sheets.whole);
                self.remaining(sheets, sheets.generic_limited(), benefits);
            }
            sheets => {
                let kind = if coverage.pending { "5" } else { "1" };
                benefits.push(self.status(kind, &[], coverage, sheets));
                if let Some(sheets) = sheets.filter(|_| !coverage.pending) {
                    self.covered(sheets, benefits);
                }
            }
        }
        if let Some(pcp) = &coverage.pcp {
            benefits.push(primary_care(pcp, self.policy));
        }
        if let Some(sheets) = sheets.filter(|_| self.policy.disclaimer == DisclaimerForm::EbP) {
            benefits.share(&sheets.disclaimer);
        }
    }

    /// True for the most frequent question, which is one shared answer: the generic one, with nothing to add to its first
    /// line.
    fn is_plain(&self, coverage: &Coverage, sheets: &PlanSheets) -> bool {
        let asked = self.asked;
        asked.generic
            && asked.procedures.is_empty()
            && asked
                .types
                .iter()
                .all(|code| sheets.is_generic(*code) && sheets.service_type(*code).is_some())
            && !coverage.pending
            && !self.dated_lines
            && self.policy.disclaimer != DisclaimerForm::Msg
    }

    /// No coverage on the day: EB*6, or EB*8 when the span is under investigation, with the plan the member
    /// had or will have.
    pub(super) fn inactive(
        &self,
        coverage: Option<&Coverage>,
        sheets: Option<&PlanSheets>,
        benefits: &mut Benefits,
    ) {
        let kind = if coverage.is_some_and(|c| c.pending) { "8" } else { "6" };
        let types: Vec<Code> =
            self.asked.types.iter().filter_map(|code| codes::service_type(code.as_str())).collect();
        benefits.push(match coverage {
            Some(coverage) => self.status(kind, &types, coverage, sheets),
            None => Benefit::new(kind, [&[Code::new("30")], &*types].concat()),
        });
    }

    /// Other carriers that cover the member on the day; workers' compensation is never reported.
    pub(super) fn others(&self, benefits: &mut Benefits) {
        let counts = |other: &&OtherCoverage| {
            !other.workers_compensation
                && other.begin.is_none_or(|begin| begin <= self.day)
                && other.end.is_none_or(|end| end >= self.day)
        };
        self.file.other.iter().filter(counts).for_each(|other| benefits.push(other_carrier(other)));
    }

    fn status(
        &self,
        kind: &str,
        types: &[Code],
        coverage: &Coverage,
        sheets: Option<&PlanSheets>,
    ) -> Benefit {
        let mut line = Benefit::new(kind, [&[Code::new("30")], types].concat());
        if let Some(sheets) = sheets {
            line.insurance_type = sheets.insurance_type;
            line.plan = sheets.plan.name.clone();
            if self.policy.disclaimer == DisclaimerForm::Msg {
                line.messages = messages(&sheets.plan.disclaimer);
            }
        }
        if self.dated_lines {
            line.dates = self.line_dates(coverage, sheets).into();
            line.references.extend(group(coverage));
        }
        line
    }

    /// Dates of a benefit, where 347 is not allowed and 357 ends eligibility instead.
    fn line_dates(&self, coverage: &Coverage, sheets: Option<&PlanSheets>) -> Vec<Dated> {
        let year = sheets.map(|s| benefit_year(s.plan.year_begin, self.day));
        let mut dates: Vec<Dated> =
            year.map(|(from, to)| Dated::span("291", from, to)).into_iter().collect();
        dates.push(Dated::day("346", coverage.begin));
        dates.extend(coverage.end.map(|end| Dated::day("357", end)));
        dates.push(dated("472", self.asked.when));
        dates
    }

    fn covered(&self, sheets: &PlanSheets, benefits: &mut Benefits) {
        let as_30 = self.policy.unsupported_service_type == UnsupportedServiceType::As30;
        let mut generic = self.asked.generic;
        let mut unsupported = Vec::new();
        let mut limited: Vec<(usize, &[Code])> = Vec::new();
        let known = |code: &Code| sheets.service_type(*code).is_some();
        generic |= as_30 && !self.asked.types.iter().all(known);
        let procedures: Vec<_> =
            self.asked.procedures.iter().map(|p| (p, sheets.procedure(p))).collect();
        generic |= as_30 && procedures.iter().any(|(_, lines)| lines.is_empty());
        if generic {
            benefits.share(&sheets.generic);
            limited.extend(sheets.generic_limited());
        }
        for code in &self.asked.types {
            match sheets.service_type(*code) {
                Some(_) if generic && sheets.is_generic(*code) => {}
                Some(of_type) => {
                    benefits.share(&of_type.sheet);
                    limited.extend(
                        of_type.limited.iter().map(|row| (*row, std::slice::from_ref(code))),
                    );
                }
                None if as_30 => {}
                None => unsupported.extend(codes::service_type(code.as_str())),
            }
        }
        if !unsupported.is_empty() {
            benefits.push(Benefit::new("V", unsupported));
        }
        for (procedure, lines) in procedures {
            let known = codes::procedure_qualifier(procedure.qualifier.as_str()).is_some();
            if lines.is_empty() && !as_30 && known {
                let procedure = Some(procedure.clone());
                benefits.push(Benefit { procedure, ..Benefit::new("V", []) });
            }
            lines.into_iter().for_each(|line| benefits.push(line));
        }
        benefits.share(&sheets.limits);
        self.remaining(sheets, limited, benefits);
    }

    /// What is left of the plan's limits in the benefit year of the day: never less than nothing.
    fn remaining<'s>(
        &self,
        sheets: &PlanSheets,
        limited: impl IntoIterator<Item = (usize, &'s [Code])>,
        benefits: &mut Benefits,
    ) {
        let plan = &sheets.plan;
        let (year, _) = benefit_year(plan.year_begin, self.day);
        let costs =
            plan.limits.iter().filter(|limit| !plan.no_cost_share && limit.amount > Decimal::ZERO);
        for limit in costs {
            let Some(line) = limit_line(limit) else { continue };
            let counts = |a: &&Accumulator| {
                a.kind == limit.kind && a.level == limit.level && a.year_begin == year
            };
            let used = self.used(limit.network, counts);
            let amount = Some((limit.amount - used.quantity).max(Decimal::ZERO));
            benefits.push(Benefit { period: Code::new("29"), amount, dates: used.as_of(), ..line });
        }
        for (row, types) in limited {
            let row = &plan.benefits[row];
            let Some(limit) = &row.limit else { continue };
            let lifetime = &*limit.per == "32";
            let counts = |a: &&Accumulator| {
                let counted = match &a.kind {
                    AccumulatorKind::Limit(code) => row.service_types.contains(code),
                    AccumulatorKind::Deductible | AccumulatorKind::OutOfPocket => false,
                };
                counted && (lifetime || a.year_begin == year)
            };
            let used = self.used(row.network, counts);
            let left = (limit.quantity - used.quantity).max(Decimal::ZERO);
            let line = Benefit {
                period: Code::new(if lifetime { "33" } else { "29" }),
                network: network(row.network),
                dates: used.as_of(),
                ..Benefit::new("F", types.iter().copied())
            };
            benefits.push(quantity(line, limit, left));
        }
    }

    /// What has been used: the sum of the accumulators of this network and of those kept for both; of all
    /// of them for a limit that both networks share.
    fn used(&self, network: Network, counts: impl Fn(&&Accumulator) -> bool) -> Used {
        let ours = |a: &&Accumulator| {
            a.network == network || a.network == Network::Both || network == Network::Both
        };
        let mut used = Used { quantity: Decimal::ZERO, as_of: None };
        for accumulator in self.file.accumulators.iter().filter(ours).filter(counts) {
            used.quantity += accumulator.used;
            used.as_of = used.as_of.max(accumulator.as_of);
        }
        used
    }
}

struct Used {
    quantity: Decimal,
    as_of: Option<Date>,
}

impl Used {
    /// Up to when claims are counted, DTP*636.
    fn as_of(&self) -> SmallVec<[Dated; 1]> {
        self.as_of.map(|day| Dated::day("636", day)).into_iter().collect()
    }
}

/// A date or span with its meaning.
pub(super) fn dated(qualifier: &str, when: When) -> Dated {
    match when {
        When::Day(day) | When::Moment(day, _) => Dated::day(qualifier, day),
        When::Span(from, to) => Dated::span(qualifier, from, to),
    }
}

/// REF*6P: the employer group, with its name.
pub(super) fn group(coverage: &Coverage) -> Option<Reference> {
    let number = coverage.group.clone()?;
    let description = coverage.group_name.clone().unwrap_or_default();
    Some(Reference { qualifier: Code::new("6P"), value: number, description })
}

/// EB*L with the primary care provider and the physician group they belong to.
fn primary_care(pcp: &Pcp, policy: &EligibilityPolicy) -> Benefit {
    let provider = Name {
        entity: Code::new("P3"),
        kind: Code::new(if pcp.first.is_some() { "1" } else { "2" }),
        last: pcp.last.clone(),
        first: pcp.first.clone().unwrap_or_default(),
        id_qualifier: Code::new("XX"),
        id: pcp.npi.clone(),
        ..Name::default()
    };
    let mut entities = vec![Entity { name: provider, ..Entity::default() }];
    if pcp.unit_id.is_some() || pcp.unit_name.is_some() {
        let unit = Name {
            entity: codes::entity(&policy.provider_unit_entity).unwrap_or(Code::new("I3")),
            kind: Code::new("2"),
            last: pcp.unit_name.clone().unwrap_or_default(),
            id_qualifier: Code::new("SV"),
            id: pcp.unit_id.clone().unwrap_or_default(),
            ..Name::default()
        };
        entities.push(Entity { name: unit, ..Entity::default() });
    }
    let dates = pcp.since.map(|day| Dated::day("295", day)).into_iter().collect();
    Benefit { entities, dates, ..Benefit::new("L", [Code::new("30")]) }
}

/// EB*R with the carrier, its place in the order of benefits, the policy number there and the dates.
fn other_carrier(other: &OtherCoverage) -> Benefit {
    let entity = match other.order {
        PayerOrder::Primary => "PRP",
        PayerOrder::Secondary => "SEP",
        PayerOrder::Tertiary => "TTP",
    };
    let carrier = Name {
        entity: Code::from(entity),
        kind: Code::new("2"),
        last: other.carrier.clone(),
        id_qualifier: Code::new("PI"),
        id: other.carrier_id.clone().unwrap_or_default(),
        ..Name::default()
    };
    let policy = other.policy.clone().map(|value| Reference {
        qualifier: Code::new("1W"),
        value,
        description: Box::default(),
    });
    let date = match (other.begin, other.end) {
        (Some(begin), Some(end)) if begin <= end => Some(Dated::span("290", begin, end)),
        (Some(begin), _) => Some(Dated::day("290", begin)),
        (None, _) => None,
    };
    Benefit {
        references: policy.into_iter().collect(),
        dates: date.into_iter().collect(),
        entities: vec![Entity { name: carrier, ..Entity::default() }],
        ..Benefit::new("R", [Code::new("30")])
    }
}
