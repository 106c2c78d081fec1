//! A member's coverage on a day: the shared benefits of the plan, and the member's own.

use super::codes;
use super::dates::benefit_year;
use super::persons::postal;
use super::place::{code_of, is_telehealth};
use super::remaining::Ledger;
use super::sheets::{PlanSheets, messages};
use super::standing::holds;
use crate::answer::calendar::months_back;
use crate::config::eligibility::{
    DisclaimerForm, EligibilityPolicy, ReturnedReference, UnsupportedServiceType,
};
use crate::store::{Coverage, MemberFile, OtherCoverage, PayerOrder, Pcp};
use crate::txn::eligibility::response::{Benefit, Benefits, Contact, Entity, SharedBenefits};
use crate::txn::eligibility::{Dated, Name, Place, Procedure, Reference, When};
use crate::wire::Code;
use std::sync::Arc;
use time::Date;

/// Most months that are counted back.
const MONTHS_MAX: u32 = 1200;

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
    /// Where the services are given, when the inquiry says so.
    pub(super) place: Option<Place>,
}

/// Writes the benefits of one member into an answer.
pub(super) struct Teller<'a> {
    /// The member.
    pub(super) file: &'a MemberFile,
    /// The services asked about.
    pub(super) asked: &'a Asked,
    /// The days the answer is for, all that were asked about or a part of them.
    pub(super) when: When,
    /// The first of them.
    pub(super) day: Date,
    /// The payer's settings.
    pub(super) policy: &'a EligibilityPolicy,
    /// Dates and groups are written with each plan, because there are several plans or parts.
    pub(super) dated_lines: bool,
    /// Every line names its plan, because there are several.
    pub(super) named: bool,
    /// Every line has its days, because not all days have the same.
    pub(super) dated: bool,
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
            let line = primary_care(pcp, self.policy);
            benefits.push(match sheets {
                Some(sheets) => self.marked(line, sheets),
                None => line,
            });
        }
        self.disclaim(sheets, benefits);
    }

    /// The plan's disclaimer, in a benefit of its own.
    fn disclaim(&self, sheets: Option<&PlanSheets>, benefits: &mut Benefits) {
        if let Some(sheets) = sheets.filter(|_| self.policy.disclaimer == DisclaimerForm::EbP) {
            self.share(&sheets.disclaimer, sheets, benefits);
        }
    }

    /// True for the most frequent question, which is one shared answer: the generic one, with nothing to add to its first
    /// line.
    fn is_plain(&self, coverage: &Coverage, sheets: &PlanSheets) -> bool {
        let asked = self.asked;
        asked.generic
            && asked.procedures.is_empty()
            && asked.place.is_none()
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
            None => {
                let line = Benefit::new(kind, [&[Code::new("30")], &*types].concat());
                let dates = self.dated_lines.then(|| dated("472", self.when));
                Benefit { dates: dates.into_iter().collect(), ..line }
            }
        });
        self.disclaim(sheets, benefits);
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
            line.references.extend(plan_references(coverage, sheets, self.policy));
        }
        line
    }

    /// Dates of a benefit, where 347 is not allowed and 357 ends eligibility instead.
    fn line_dates(&self, coverage: &Coverage, sheets: Option<&PlanSheets>) -> Vec<Dated> {
        let year = sheets.and_then(|sheets| plan_dates(coverage, sheets, self.day));
        let mut dates: Vec<Dated> = year.into_iter().collect();
        dates.push(Dated::day("346", coverage.begin));
        dates.extend(coverage.end.map(|end| Dated::day("357", end)));
        dates.push(dated("472", self.when));
        dates.extend(coverage.updated.map(|day| Dated::day("636", day)));
        dates
    }

    fn covered(&self, sheets: &PlanSheets, benefits: &mut Benefits) {
        let as_30 = self.policy.unsupported_service_type == UnsupportedServiceType::As30;
        let (mut generic, mut types) = (self.asked.generic, self.asked.types.clone());
        let procedures: Vec<_> =
            self.asked.procedures.iter().map(|p| (p, sheets.procedure(p))).collect();
        let mut strangers = Vec::new();
        for (procedure, _) in procedures.iter().filter(|(_, lines)| lines.is_empty()) {
            match self.policy.service_type_of(procedure.qualifier.as_str(), &procedure.code) {
                Some(code) if !types.contains(&code) => types.push(code),
                Some(_) => {}
                None => strangers.push(*procedure),
            }
        }
        if let Some(place) = &self.asked.place {
            self.at_place(place, sheets, &mut generic, &mut types, benefits);
        }
        let known = |code: &Code| sheets.service_type(*code).is_some();
        generic |= as_30 && (!types.iter().all(known) || !strangers.is_empty());
        let mut limited: Vec<(usize, &[Code])> = Vec::new();
        if generic {
            self.share(&sheets.generic, sheets, benefits);
            limited.extend(sheets.generic_limited());
        }
        let mut unsupported = Vec::new();
        for code in &types {
            match sheets.service_type(*code) {
                Some(_) if generic && sheets.is_generic(*code) => {}
                Some(of_type) => {
                    self.share(&of_type.sheet, sheets, benefits);
                    limited.extend(
                        of_type.limited.iter().map(|row| (*row, std::slice::from_ref(code))),
                    );
                }
                // What every plan has to answer is not passed over in silence.
                None if as_30 && !codes::is_required(*code) => {}
                None => unsupported.extend(codes::service_type(code.as_str())),
            }
        }
        if !unsupported.is_empty() {
            self.push(Benefit::new("V", unsupported), sheets, benefits);
        }
        for procedure in strangers {
            let known = codes::procedure_qualifier(procedure.qualifier.as_str()).is_some();
            if !as_30 && known {
                let procedure = Some(procedure.clone());
                self.push(Benefit { procedure, ..Benefit::new("V", []) }, sheets, benefits);
            }
        }
        for line in procedures.into_iter().flat_map(|(_, lines)| lines) {
            self.push(line, sheets, benefits);
        }
        self.share(&sheets.limits, sheets, benefits);
        self.remaining(sheets, limited, benefits);
    }

    /// What the plan says of the services at this place, by rows that name it. What no row answers is left to the rows for
    /// every place, but not for telehealth: there the price of a visit in person is no answer, and EB*V says so.
    fn at_place(
        &self,
        place: &Place,
        sheets: &PlanSheets,
        generic: &mut bool,
        types: &mut Vec<Code>,
        benefits: &mut Benefits,
    ) {
        let Some(code) = code_of(place) else { return };
        let mut asked = std::mem::take(types);
        let by_name = asked.len();
        if *generic {
            let more = sheets.generic_types().iter().filter(|code| !asked.contains(code));
            let more: Vec<Code> = more.copied().collect();
            asked.extend(more);
        }
        let there = |line: Benefit| Benefit { places: vec![place.clone()], ..line };
        let (mut unanswered, mut answered) = (Vec::new(), false);
        for (index, service) in asked.into_iter().enumerate() {
            let lines = sheets.at_place(service, code);
            if lines.is_empty() {
                unanswered.extend((index < by_name).then_some(service));
                continue;
            }
            answered = true;
            let status = Benefit::new("1", [service]);
            for line in std::iter::once(status).chain(lines) {
                self.push(there(line), sheets, benefits);
            }
        }
        if !is_telehealth(code) {
            *types = unanswered;
            return;
        }
        if *generic && !answered {
            unanswered.insert(0, Code::new("30"));
        }
        *generic = false;
        unanswered.retain(|code| codes::service_type(code.as_str()).is_some());
        if !unanswered.is_empty() {
            self.push(there(Benefit::new("V", unanswered)), sheets, benefits);
        }
    }

    /// What is left of the plan's limits in the benefit year of the day.
    fn remaining<'s>(
        &self,
        sheets: &PlanSheets,
        limited: impl IntoIterator<Item = (usize, &'s [Code])>,
        benefits: &mut Benefits,
    ) {
        let year = benefit_year(sheets.plan.year_begin, self.day);
        let absent = self.policy.absent_accumulator;
        let ledger = Ledger { file: self.file, year, absent };
        let rows = limited
            .into_iter()
            .flat_map(|(row, types)| ledger.of_row(sheets, &sheets.plan.benefits[row], types));
        for line in ledger.of_limits(sheets).into_iter().chain(rows) {
            self.push(line, sheets, benefits);
        }
    }

    /// Adds a line of this plan, marked as such where it has to be.
    fn push(&self, line: Benefit, sheets: &PlanSheets, benefits: &mut Benefits) {
        benefits.push(self.marked(line, sheets));
    }

    /// Adds lines that all members of the plan have in common.
    fn share(&self, shared: &Arc<SharedBenefits>, sheets: &PlanSheets, benefits: &mut Benefits) {
        match self.named || self.dated {
            false => benefits.share(shared),
            true => {
                shared.benefits().iter().for_each(|line| self.push(line.clone(), sheets, benefits));
            }
        }
    }

    /// The line with its plan where there are several, and with its days where not all days have the same.
    fn marked(&self, mut line: Benefit, sheets: &PlanSheets) -> Benefit {
        if self.named {
            line.plan = sheets.plan.name.clone();
        }
        if self.dated {
            line.dates.push(dated("472", self.when));
        }
        line
    }
}

/// Other carriers that cover the member on one of the days, or did until not long before; workers' compensation is never
/// reported.
pub(super) fn others(
    file: &MemberFile,
    when: When,
    policy: &EligibilityPolicy,
    benefits: &mut Benefits,
) {
    let since = months_back(when.first(), policy.ended_carriers_months.min(MONTHS_MAX));
    for other in file.other.iter().filter(|other| !other.workers_compensation) {
        let has_begun = other.begin.is_none_or(|begin| begin <= when.last());
        if !has_begun || other.end.is_some_and(|end| end < since) {
            continue;
        }
        let mut line = other_carrier(other);
        if other.end.is_some_and(|end| end < when.first()) {
            line.messages.extend(messages("This coverage has ended."));
        }
        benefits.push(line);
    }
}

/// DTP*291: the part of the benefit year in which the coverage runs; none on a day without coverage.
pub(super) fn plan_dates(coverage: &Coverage, sheets: &PlanSheets, day: Date) -> Option<Dated> {
    let (from, to) = benefit_year(sheets.plan.year_begin, day);
    let end = coverage.end.map_or(to, |end| end.min(to));
    holds(coverage, day).then(|| Dated::span("291", coverage.begin.max(from), end))
}

/// A date or span with its meaning.
pub(super) fn dated(qualifier: &str, when: When) -> Dated {
    match when {
        When::Day(day) | When::Moment(day, _) => Dated::day(qualifier, day),
        When::Span(from, to) => Dated::span(qualifier, from, to),
    }
}

/// REF*6P, the employer group with its name, and what else identifies the plan, as far as the payer returns it.
pub(super) fn plan_references(
    coverage: &Coverage,
    sheets: Option<&PlanSheets>,
    policy: &EligibilityPolicy,
) -> Vec<Reference> {
    let reference = |qualifier, value: &str| Reference {
        qualifier: Code::from(qualifier),
        value: value.into(),
        description: Box::default(),
    };
    let group = coverage.group.as_ref().map(|number| Reference {
        description: coverage.group_name.clone().unwrap_or_default(),
        ..reference("6P", number)
    });
    let others = policy.return_references.iter().filter_map(|which| match which {
        ReturnedReference::Plan => Some(reference("18", &coverage.plan)),
        ReturnedReference::Group => Some(reference("1L", coverage.group.as_ref()?)),
        ReturnedReference::Network => Some(reference("N6", &sheets?.plan.product)),
        _ => None,
    });
    group.into_iter().chain(others).collect()
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
    let numbers = pcp.telephone.iter().map(|number| (Code::new("TE"), number.clone())).collect();
    let contact = Contact { name: Box::default(), numbers };
    let mut entities = vec![Entity {
        name: provider,
        address: pcp.address.clone().map(postal),
        contacts: pcp.telephone.is_some().then_some(contact).into_iter().collect(),
        ..Entity::default()
    }];
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
    // The guide has no place for another payer's group: REF01 of EB*R is the member's number there.
    let group = other.group.as_ref().map(|group| format!("GROUP {group}").into());
    let insured = other.insured_last.clone().map(|last| Name {
        entity: Code::new("IL"),
        kind: Code::new("1"),
        last,
        first: other.insured_first.clone().unwrap_or_default(),
        ..Name::default()
    });
    let names = std::iter::once(carrier).chain(insured);
    Benefit {
        references: policy.into_iter().collect(),
        messages: group.into_iter().collect(),
        dates: date.into_iter().collect(),
        entities: names.map(|name| Entity { name, ..Entity::default() }).collect(),
        ..Benefit::new("R", [Code::new("30")])
    }
}
