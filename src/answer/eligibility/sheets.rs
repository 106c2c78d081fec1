//! A plan prepared for answers: the benefits that all its members have in common, written once and shared by answers.
//!
//! What depends on the person (what remains of a limit, the primary care provider, dates) is not here.

use super::codes;
use crate::config::eligibility::EligibilityPolicy;
use crate::store::{
    self, AccumulatorKind, BenefitContact, FamilyLimits, Level, Network, Plan, PlanLimit,
};
use crate::txn::eligibility::response::{Benefit, Contact, Delivery, Entity, SharedBenefits};
use crate::txn::eligibility::{Name, Procedure};
use crate::wire::Code;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Most characters of one MSG.
const MESSAGE_CHARS_MAX: usize = 264;

/// A plan with its prepared answers.
#[derive(Debug)]
pub(super) struct PlanSheets {
    /// The plan itself.
    pub(super) plan: Plan,
    /// EB04, when the plan's code is a valid one.
    pub(super) insurance_type: Code,
    /// EB06 of the plan's year: `23` calendar, `22` service year.
    pub(super) year: Code,
    /// The most frequent answer as a whole: EB*1 for `30` with plan type and name, then the two below.
    pub(super) whole: Arc<SharedBenefits>,
    /// The generic answer: which service types are covered and which are not, and what the covered ones cost.
    pub(super) generic: Arc<SharedBenefits>,
    /// Deductibles and out-of-pocket maximums of the plan.
    pub(super) limits: Arc<SharedBenefits>,
    /// The disclaimer as a benefit of its own.
    pub(super) disclaimer: Arc<SharedBenefits>,
    generic_limited: Vec<(usize, Vec<Code>)>,
    by_type: FxHashMap<Code, TypeSheet>,
    generic_types: Vec<Code>,
}

/// The answer about one service type.
#[derive(Debug)]
pub(super) struct TypeSheet {
    /// Its benefits.
    pub(super) sheet: Arc<SharedBenefits>,
    /// Its quantity limits, as indices into `plan.benefits`.
    pub(super) limited: Vec<usize>,
}

impl PlanSheets {
    /// Prepares a plan. A code that an answer may not contain is left out.
    pub(super) fn new(plan: Plan, policy: &EligibilityPolicy) -> PlanSheets {
        let sensitive = |code: Code| policy.sensitive_service_types.iter().any(|s| code == &**s);
        let generic_types: Vec<Code> = codes::GENERIC
            .iter()
            .map(|code| Code::from(*code))
            .filter(|c| !sensitive(*c))
            .collect();
        let insurance_type = codes::insurance_type(&plan.insurance_type);
        let year = Code::from(if plan.year_begin == (1, 1) { "23" } else { "22" });
        let maker = Maker { plan: &plan, year };
        let status = Benefit {
            insurance_type,
            plan: plan.name.clone(),
            ..Benefit::new("1", [Code::new("30")])
        };
        let mut disclaimer = Vec::new();
        if !plan.disclaimer.is_empty() {
            let messages = messages(&plan.disclaimer);
            disclaimer.push(Benefit { messages, ..Benefit::new("P", []) });
        }
        let (generic, generic_limited) = maker.generic(&generic_types);
        let limits = maker.limits();
        let whole = [std::slice::from_ref(&status), &generic, &limits].concat();
        PlanSheets {
            whole: Arc::new(SharedBenefits::new(whole)),
            generic: Arc::new(SharedBenefits::new(generic)),
            limits: Arc::new(SharedBenefits::new(limits)),
            disclaimer: Arc::new(SharedBenefits::new(disclaimer)),
            by_type: maker.by_type(),
            generic_limited,
            generic_types,
            insurance_type,
            year,
            plan,
        }
    }

    /// The answer about one service type, when the plan says anything about it.
    pub(super) fn service_type(&self, code: Code) -> Option<&TypeSheet> {
        self.by_type.get(&code)
    }

    /// Quantity limits that the generic answer names: index into `plan.benefits`, and the service types.
    pub(super) fn generic_limited(&self) -> impl Iterator<Item = (usize, &[Code])> {
        self.generic_limited.iter().map(|(row, types)| (*row, &**types))
    }

    /// True for a service type that the generic answer includes already.
    pub(super) fn is_generic(&self, code: Code) -> bool {
        self.generic_types.contains(&code)
    }

    /// The service types that every plan must address, for `30` or when they are asked for, and that this plan neither covers
    /// nor excludes by name: an answer does not mention them, which the guide allows only where coverage is not known.
    pub(super) fn unsaid(&self) -> impl Iterator<Item = Code> {
        let asked = codes::EXPLICIT.iter().map(|code| Code::from(*code));
        let all = self.generic_types.iter().copied().chain(asked);
        all.filter(|code| !self.by_type.contains_key(code))
    }

    /// What the plan's rows for this place of service say of a service type; nothing where no row names the place.
    pub(super) fn at_place(&self, code: Code, place: &str) -> Vec<Benefit> {
        let maker = Maker { plan: &self.plan, year: self.year };
        let rows = self.plan.benefits.iter().filter(|row| {
            row.places.iter().any(|p| **p == *place)
                && row.service_types.iter().any(|t| code == &**t)
        });
        rows.flat_map(|row| maker.row(row, &[code])).collect()
    }

    /// True when a row of the plan names this place of service.
    pub(super) fn names_place(&self, place: &str) -> bool {
        self.plan.benefits.iter().flat_map(|row| &row.places).any(|named| **named == *place)
    }

    /// The service types of the generic answer.
    pub(super) fn generic_types(&self) -> &[Code] {
        &self.generic_types
    }

    /// True when a limit stands in an answer: an individual's does not where only the family's counts.
    pub(super) fn is_told(&self, limit: &PlanLimit) -> bool {
        is_told(&self.plan, limit)
    }

    /// The family's limit that goes with an individual's.
    pub(super) fn family_limit(&self, limit: &PlanLimit) -> Option<&PlanLimit> {
        family_limit(&self.plan, limit)
    }

    /// The benefits of the plan's rows about this procedure; none when no row names it.
    pub(super) fn procedure(&self, asked: &Procedure) -> Vec<Benefit> {
        let maker = Maker { plan: &self.plan, year: self.year };
        let named = |row: &&store::Benefit| {
            row.procedures.iter().any(|(qualifier, prefix)| {
                asked.qualifier == &**qualifier && asked.code.starts_with(&**prefix)
            })
        };
        let mut rows = self.plan.benefits.iter().filter(named).peekable();
        if rows.peek().is_none() || codes::procedure_qualifier(asked.qualifier.as_str()).is_none() {
            return Vec::new();
        }
        let procedure = Some(Procedure { last: Box::default(), ..asked.clone() });
        let active = Benefit { procedure: procedure.clone(), ..Benefit::new("1", []) };
        let mut benefits = vec![active];
        for row in rows {
            benefits.extend(
                maker
                    .row(row, &[])
                    .into_iter()
                    .map(|benefit| Benefit { procedure: procedure.clone(), ..benefit }),
            );
        }
        benefits
    }
}

/// See [`PlanSheets::is_told`].
fn is_told(plan: &Plan, limit: &PlanLimit) -> bool {
    let aggregate = plan.family_limits == FamilyLimits::Aggregate;
    let individual = limit.level == Level::Individual;
    !(aggregate && individual && family_limit(plan, limit).is_some())
}

/// See [`PlanSheets::family_limit`].
fn family_limit<'p>(plan: &'p Plan, limit: &PlanLimit) -> Option<&'p PlanLimit> {
    let family = |other: &&PlanLimit| {
        other.level == Level::Family && other.kind == limit.kind && other.network == limit.network
    };
    plan.limits.iter().find(family)
}

/// What the benefits of a plan are built from.
struct Maker<'p> {
    plan: &'p Plan,
    year: Code,
}

impl Maker<'_> {
    /// The rows that are about whole service types, wherever the service is given.
    fn rows(&self) -> impl Iterator<Item = (usize, &store::Benefit)> {
        let whole = |row: &store::Benefit| row.procedures.is_empty() && row.places.is_empty();
        self.plan.benefits.iter().enumerate().filter(move |(_, row)| whole(row))
    }

    /// True for a covered service type that is not covered out of the network.
    fn is_covered_inside_only(&self, code: Code) -> bool {
        let of_type = |row: &&store::Benefit| row.service_types.iter().any(|t| code == &**t);
        let mut rows = self.rows().map(|(_, row)| row).filter(of_type).peekable();
        let somebody_elses = rows.peek().is_none() && code != "1";
        self.plan.closed_network && !somebody_elses && rows.all(|row| row.network == Network::In)
    }

    /// EB*I for what is not covered out of the network.
    fn inside_only(&self, types: &[Code]) -> Option<Benefit> {
        let types: Vec<Code> =
            types.iter().copied().filter(|code| self.is_covered_inside_only(*code)).collect();
        let network = network(Network::Out);
        (!types.is_empty()).then(|| Benefit { network, ..Benefit::new("I", types) })
    }

    fn is_not_covered(&self, code: Code) -> bool {
        self.plan.not_covered.iter().any(|not| code == &**not)
    }

    /// `1`, medical care, is every plan's unless it says otherwise; the others must be named, by a benefit or as what
    /// somebody else administers for the plan.
    fn is_covered(&self, code: Code) -> bool {
        let rows = self.rows().map(|(_, row)| &row.service_types);
        let contacts = self.plan.contacts.iter().map(|contact| &contact.service_types);
        let mut named = rows.chain(contacts).flatten();
        !self.is_not_covered(code) && (code == "1" || named.any(|t| code == &**t))
    }

    fn generic(&self, types: &[Code]) -> (Vec<Benefit>, Vec<(usize, Vec<Code>)>) {
        let covered: Vec<Code> = types.iter().copied().filter(|c| self.is_covered(*c)).collect();
        let excluded: Vec<Code> =
            types.iter().copied().filter(|c| self.is_not_covered(*c)).collect();
        let mut benefits = Vec::new();
        if !covered.is_empty() {
            benefits.push(Benefit::new("1", covered.clone()));
        }
        if !excluded.is_empty() {
            benefits.push(Benefit::new("I", excluded));
        }
        benefits.extend(self.inside_only(&covered));
        let mut limited = Vec::new();
        for (index, row) in self.rows() {
            let shared: Vec<Code> = covered
                .iter()
                .copied()
                .filter(|c| row.service_types.iter().any(|t| *c == &**t))
                .collect();
            if shared.is_empty() {
                continue;
            }
            benefits.extend(self.row(row, &shared));
            if is_counted(row) {
                limited.push((index, shared));
            }
        }
        benefits.extend(
            self.plan.contacts.iter().filter_map(|contact| contact_benefit(contact, types)),
        );
        (benefits, limited)
    }

    fn by_type(&self) -> FxHashMap<Code, TypeSheet> {
        let named = self.rows().flat_map(|(_, row)| &row.service_types);
        let contacted = self.plan.contacts.iter().flat_map(|contact| &contact.service_types);
        let medical = Box::from("1");
        let all =
            named.chain(&self.plan.not_covered).chain(contacted).chain(std::iter::once(&medical));
        let mut sheets = FxHashMap::default();
        for code in all.filter_map(|text| codes::service_type(text)) {
            if code != "30" && !sheets.contains_key(&code) {
                sheets.insert(code, self.one_type(code));
            }
        }
        sheets
    }

    fn one_type(&self, code: Code) -> TypeSheet {
        let (mut benefits, mut limited) = (Vec::new(), Vec::new());
        if self.is_not_covered(code) {
            benefits.push(Benefit::new("I", [code]));
        } else if self.is_covered(code) {
            benefits.push(Benefit::new("1", [code]));
            benefits.extend(self.inside_only(&[code]));
            for (index, row) in
                self.rows().filter(|(_, row)| row.service_types.iter().any(|t| code == &**t))
            {
                benefits.extend(self.row(row, &[code]));
                if is_counted(row) {
                    limited.push(index);
                }
            }
        }
        let contacts = self.plan.contacts.iter();
        benefits.extend(contacts.filter_map(|contact| contact_benefit(contact, &[code])));
        TypeSheet { sheet: Arc::new(SharedBenefits::new(benefits)), limited }
    }

    /// What one row costs: copay, coinsurance, a deductible of its own, a quantity limit; each with the
    /// network and whether prior authorization is needed. A row that costs nothing but needs authorization
    /// reports that alone.
    fn row(&self, row: &store::Benefit, types: &[Code]) -> Vec<Benefit> {
        let line = |kind| Benefit {
            network: network(row.network),
            authorization: row
                .authorization
                .map_or(Code::NONE, |needed| Code::new(if needed { "Y" } else { "N" })),
            ..Benefit::new(kind, types.iter().copied())
        };
        let money = |amount: Decimal| self.money(amount);
        let mut lines = Vec::new();
        if let Some(copay) = row.copay {
            let period = row.copay_per.as_deref().map_or(Code::NONE, codes::period);
            lines.push(Benefit { period, amount: Some(money(copay)), ..line("B") });
        }
        let pays = row.copay.is_some() || row.coinsurance.is_some() || row.deductible.is_some();
        if self.plan.no_cost_share && !pays {
            lines.push(Benefit { amount: Some(Decimal::ZERO), ..line("B") });
        }
        if let Some(share) = row.coinsurance {
            lines.push(Benefit { share: Some(money(share)), ..line("A") });
        }
        if let Some(deductible) = row.deductible {
            let level = Code::new("IND");
            lines.push(Benefit {
                level,
                period: self.year,
                amount: Some(money(deductible)),
                ..line("C")
            });
        }
        for line in &mut lines {
            if let Some(days) =
                row.terms.supply_days.filter(|_| matches!(line.kind.as_str(), "A" | "B"))
            {
                line.unit = Code::new("DY");
                line.quantity = Some(days.into());
            }
        }
        if let Some(limit) = row.limit.as_ref().filter(|_| has_limit(row)) {
            let line = Benefit { period: codes::period(&limit.per), ..line("F") };
            lines.push(quantity(line, limit, limit.quantity));
        }
        lines.extend(row.terms.at_most.as_ref().map(|rate| Benefit {
            deliveries: vec![Delivery {
                unit: Code::from(&*rate.unit),
                quantity: Some(rate.quantity.into()),
                frequency: Code::from(&*rate.per),
                modulus: Some(rate.every.into()),
                ..Delivery::default()
            }],
            ..line("F")
        }));
        let says_more =
            row.authorization.is_some() || row.note.is_some() || row.terms.tier.is_some();
        if lines.is_empty() && says_more {
            lines.push(line("1"));
        }
        if let (Some(first), Some(note)) = (lines.first_mut(), &row.note) {
            first.messages = messages(note);
        }
        if let (Some(first), Some(before)) = (lines.first_mut(), row.deductible_first) {
            let words = match before {
                true => "The deductible applies first.",
                false => "The deductible does not apply.",
            };
            first.messages.extend(messages(words));
        }
        if row.terms.referral == Some(true) {
            let messages = messages("A referral by the primary care provider is required.");
            lines.push(Benefit { messages, ..line("MC") });
        }
        lines.iter_mut().for_each(|line| mark_tier(line, row));
        lines
    }

    /// Deductibles and out-of-pocket maximums; zero is reported, because leaving it out would mean that it is not known.
    fn limits(&self) -> Vec<Benefit> {
        let told = self.plan.limits.iter().filter(|limit| is_told(self.plan, limit));
        let lines = told.filter_map(|limit| {
            let line = limit_line(limit)?;
            // The maximum is the plan's, also where its members pay nothing.
            let amount = match limit.kind {
                AccumulatorKind::OutOfPocket => limit.amount,
                _ => self.money(limit.amount),
            };
            Some(Benefit { period: self.year, amount: Some(amount), ..line })
        });
        let mut lines: Vec<Benefit> = lines.collect();
        for kind in ["C", "G"] {
            if self.plan.no_cost_share && !lines.iter().any(|line| line.kind == kind) {
                let (level, amount) = (Code::new("IND"), Some(Decimal::ZERO));
                let line = Benefit::new(kind, [Code::new("30")]);
                lines.push(Benefit { level, period: self.year, amount, ..line });
            }
        }
        if let Some(maximum) = lines.iter_mut().find(|line| line.kind == "G") {
            maximum.messages = messages(&self.plan.limit_note);
        }
        lines
    }

    /// The member's share; nothing in a plan without cost share.
    fn money(&self, amount: Decimal) -> Decimal {
        if self.plan.no_cost_share { Decimal::ZERO } else { amount }
    }
}

/// EB01, EB02, EB03 and EB12 of a plan's limit; none for a kind that is not an amount of money.
pub(super) fn limit_line(limit: &PlanLimit) -> Option<Benefit> {
    let kind = match limit.kind {
        AccumulatorKind::Deductible => "C",
        AccumulatorKind::OutOfPocket => "G",
        AccumulatorKind::Limit(_) | AccumulatorKind::ServiceDeductible(_) => return None,
    };
    let level = match limit.level {
        Level::Individual => "IND",
        Level::Family => "FAM",
    };
    Some(Benefit {
        level: Code::from(level),
        network: network(limit.network),
        ..Benefit::new(kind, [Code::new("30")])
    })
}

/// EB12.
pub(super) fn network(network: Network) -> Code {
    Code::from(match network {
        Network::In => "Y",
        Network::Out => "N",
        Network::Both => "W",
    })
}

/// Sets how much a limit is: EB07, or EB09 and EB10. What HSD can say too is in both, because some read the one and some the other.
pub(super) fn quantity(line: Benefit, limit: &store::QuantityLimit, quantity: Decimal) -> Benefit {
    if limit.unit.is_empty() {
        return Benefit { amount: Some(quantity), ..line };
    }
    let unit = codes::unit(&limit.unit).unwrap_or_default();
    let period = codes::delivery_period(line.period.as_str());
    let delivery = codes::delivery_unit(&limit.unit).zip(period).map(|(unit, period)| Delivery {
        unit,
        quantity: Some(quantity),
        period,
        ..Delivery::default()
    });
    Benefit { unit, quantity: Some(quantity), deliveries: delivery.into_iter().collect(), ..line }
}

/// Says of which tier a line is: no element does.
pub(super) fn mark_tier(line: &mut Benefit, row: &store::Benefit) {
    if let Some(tier) = &row.terms.tier {
        line.messages.insert(0, format!("TIER {tier}").into());
    }
}

/// True when something of the row is used up: a quantity, or a deductible of its own.
fn is_counted(row: &store::Benefit) -> bool {
    has_limit(row) || row.deductible.is_some_and(|amount| amount > Decimal::ZERO)
}

/// True when the row has a limit that can be written.
fn has_limit(row: &store::Benefit) -> bool {
    row.limit.as_ref().is_some_and(can_write)
}

/// True for a limit of money, and for one of a quantity whose unit an answer may contain.
pub(super) fn can_write(limit: &store::QuantityLimit) -> bool {
    limit.unit.is_empty() || codes::unit(&limit.unit).is_some()
}

/// EB*U: the other entity to contact about those of `types` that it is responsible for.
fn contact_benefit(contact: &BenefitContact, types: &[Code]) -> Option<Benefit> {
    let theirs: Vec<Code> = types
        .iter()
        .copied()
        .filter(|c| contact.service_types.iter().any(|t| *c == &**t))
        .collect();
    let entity = codes::entity(&contact.entity)?;
    let numbers =
        contact.telephone.iter().map(|number| (Code::new("TE"), number.clone())).collect();
    let named =
        Name { entity, kind: Code::new("2"), last: contact.name.clone(), ..Name::default() };
    let contacts = vec![Contact { name: Box::default(), numbers }];
    let entities = vec![Entity { name: named, contacts, ..Entity::default() }];
    (!theirs.is_empty()).then(|| Benefit { entities, ..Benefit::new("U", theirs) })
}

/// Cuts a note at blanks into pieces that one MSG holds; at most ten.
pub(super) fn messages(note: &str) -> Vec<Box<str>> {
    let mut pieces: Vec<String> = Vec::new();
    for word in note.split_whitespace() {
        match pieces.last_mut() {
            Some(piece)
                if piece.chars().count() + 1 + word.chars().count() <= MESSAGE_CHARS_MAX =>
            {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    pieces.into_iter().take(10).map(Into::into).collect()
}
