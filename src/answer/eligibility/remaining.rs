//! What remains of the limits of a plan: from what the member and the family have used.
//!
//! What nobody loaded is not zero. A limit of which nothing is known has no remaining line.

use super::sheets::{PlanSheets, can_write, limit_line, mark_tier, network, quantity};
use crate::config::eligibility::AbsentAccumulator;
use crate::store::{
    Accumulator, AccumulatorKind, Benefit as PlanBenefit, FamilyLimits, Level, MemberFile, Network,
    PlanLimit,
};
use crate::txn::eligibility::Dated;
use crate::txn::eligibility::response::Benefit;
use crate::wire::Code;
use rust_decimal::Decimal;
use smallvec::SmallVec;
use time::Date;

/// The accumulators of one member in one benefit year.
pub(super) struct Ledger<'a> {
    /// The member.
    pub(super) file: &'a MemberFile,
    /// First and last day of the benefit year.
    pub(super) year: (Date, Date),
    /// What a limit without an accumulator means.
    pub(super) absent: AbsentAccumulator,
}

/// What has been used of a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Used {
    /// How much.
    pub(super) quantity: Decimal,
    /// Claims up to this day are counted.
    pub(super) as_of: Option<Date>,
}

impl Ledger<'_> {
    /// What is left of the plan's deductibles and out-of-pocket maximums: never less than nothing.
    pub(super) fn of_limits(&self, sheets: &PlanSheets) -> Vec<Benefit> {
        let limits = sheets.plan.limits.iter().filter(|limit| {
            let free = sheets.plan.no_cost_share && limit.kind == AccumulatorKind::Deductible;
            !free && limit.amount > Decimal::ZERO && sheets.is_told(limit)
        });
        let line = |limit: &PlanLimit| {
            let line = limit_line(limit)?;
            let (amount, as_of) = self.left(sheets, limit)?;
            let dates = self.dates(as_of);
            Some(Benefit { period: Code::new("29"), amount: Some(amount), dates, ..line })
        };
        limits.filter_map(line).collect()
    }

    /// What is left of the deductible and the quantity of one row, for these service types.
    pub(super) fn of_row(
        &self,
        sheets: &PlanSheets,
        row: &PlanBenefit,
        types: &[Code],
    ) -> Vec<Benefit> {
        let mut lines = Vec::new();
        let line = |kind| Benefit {
            network: network(row.network),
            ..Benefit::new(kind, types.iter().copied())
        };
        let about =
            |code: &str| row.service_types.iter().any(|service_type| **service_type == *code);
        let deductible =
            row.deductible.filter(|amount| !sheets.plan.no_cost_share && *amount > Decimal::ZERO);
        if let Some(deductible) = deductible {
            let counts = |a: &Accumulator| {
                let ours =
                    matches!(&a.kind, AccumulatorKind::ServiceDeductible(code) if about(code));
                ours && a.level == Level::Individual && a.year_begin == self.year.0
            };
            if let Some(used) = self.of_service(row.network, counts) {
                let amount = Some((deductible - used.quantity).max(Decimal::ZERO));
                let (level, period) = (Code::new("IND"), Code::new("29"));
                let dates = self.dates(used.as_of);
                lines.push(Benefit { level, period, amount, dates, ..line("C") });
            }
        }
        if let Some(limit) = row.limit.as_ref().filter(|limit| can_write(limit)) {
            let lifetime = &*limit.per == "32";
            let counts = |a: &Accumulator| {
                let ours = matches!(&a.kind, AccumulatorKind::Limit(code) if about(code));
                ours && (lifetime || a.year_begin == self.year.0)
            };
            if let Some(used) = self.of_service(row.network, counts) {
                let left = (limit.quantity - used.quantity).max(Decimal::ZERO);
                let period = Code::new(if lifetime { "33" } else { "29" });
                let dates = match lifetime {
                    true => used.as_of.map(|day| Dated::day("636", day)).into_iter().collect(),
                    false => self.dates(used.as_of),
                };
                lines.push(quantity(Benefit { period, dates, ..line("F") }, limit, left));
            }
        }
        lines.iter_mut().for_each(|line| mark_tier(line, row));
        lines
    }

    /// The benefit year, and up to when claims are counted.
    fn dates(&self, as_of: Option<Date>) -> SmallVec<[Dated; 1]> {
        let year = Dated::span("292", self.year.0, self.year.1);
        std::iter::once(year).chain(as_of.map(|day| Dated::day("636", day))).collect()
    }

    /// What is left of a limit; none where it is not known.
    fn left(&self, sheets: &PlanSheets, limit: &PlanLimit) -> Option<(Decimal, Option<Date>)> {
        let rest = |limit: &PlanLimit| {
            let used = self.used(limit)?;
            Some(((limit.amount - used.quantity).max(Decimal::ZERO), used.as_of))
        };
        let own = rest(limit);
        if limit.level == Level::Family || sheets.plan.family_limits == FamilyLimits::Aggregate {
            return own;
        }
        // Within the family's limit: once that is met nothing is left for anybody.
        match (own, sheets.family_limit(limit).and_then(rest)) {
            (Some(own), Some(family)) if family.0 < own.0 => Some(family),
            (None, Some(family)) if family.0.is_zero() => Some(family),
            (own, _) => own,
        }
    }

    /// What has been used of a deductible or an out-of-pocket maximum.
    fn used(&self, limit: &PlanLimit) -> Option<Used> {
        let of_kind = |a: &&Accumulator| a.kind == limit.kind && a.year_begin == self.year.0;
        let counts = |a: &&Accumulator| of_kind(a) && is_in(a, limit.network);
        let own = || self.file.accumulators.iter().filter(|a| a.level == Level::Individual);
        let members = || own().chain(&self.file.relatives);
        match limit.level {
            Level::Individual => {
                let known = sum(own().filter(counts));
                known.or_else(|| self.unsaid(own().any(|a| of_kind(&a)), own()))
            }
            Level::Family => {
                let family = || self.file.accumulators.iter().filter(|a| a.level == Level::Family);
                match (sum(family().filter(counts)), sum(members().filter(counts))) {
                    // What the members used counts for the family, whether or not its own row is as new.
                    (Some(family), Some(members)) if members.quantity > family.quantity => {
                        Some(members)
                    }
                    (Some(family), _) => Some(family),
                    (None, Some(members)) => Some(members),
                    (None, None) => {
                        let all = || members().chain(family());
                        self.unsaid(all().any(|a| of_kind(&a)), all())
                    }
                }
            }
        }
    }

    /// What has been used of a limit of certain services.
    fn of_service(&self, network: Network, counts: impl Fn(&Accumulator) -> bool) -> Option<Used> {
        let ours = self.file.accumulators.iter().filter(|a| counts(a) && is_in(a, network));
        sum(ours).or_else(|| self.unsaid(true, std::iter::empty()))
    }

    /// What a limit without an accumulator means: that nothing was used, if the payer's settings say so, and if either such
    /// limits are `counted` for another network or no use of anything is known this year.
    fn unsaid<'a>(
        &self,
        counted: bool,
        mut known: impl Iterator<Item = &'a Accumulator>,
    ) -> Option<Used> {
        let used = |a: &Accumulator| a.year_begin == self.year.0 && a.used > Decimal::ZERO;
        let nothing = self.absent == AbsentAccumulator::NothingUsed;
        (nothing && (counted || !known.any(used))).then(Used::default)
    }
}

/// True when the accumulator counts for this network: its own and those kept for both; all for a limit that both share.
fn is_in(accumulator: &Accumulator, network: Network) -> bool {
    accumulator.network == network
        || accumulator.network == Network::Both
        || network == Network::Both
}

/// The sum of accumulators; none where there are none.
fn sum<'a>(accumulators: impl Iterator<Item = &'a Accumulator>) -> Option<Used> {
    let add = |sum: Option<Used>, a: &Accumulator| {
        let sum = sum.unwrap_or_default();
        Some(Used { quantity: sum.quantity + a.used, as_of: sum.as_of.max(a.as_of) })
    };
    accumulators.fold(None, add)
}
