//! What a decision adds to what a member and the family have used in a benefit year.
//!
//! The deductible takes PR 1, the out-of-pocket limit PR 1, 2 and 3; what a patient owes because something is not covered (PR 96,
//! 119, 204 and all other reasons) counts for neither. The benefit year is that of the service, by the plan of that day. A
//! provider who is on file is in the network, any other is not.

use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use time::Date;

use crate::answer::eligibility::benefit_year;
use crate::phi::redacted;
use crate::store::{
    Accumulator, AccumulatorChange, AccumulatorKind, ClaimVersion, Level, MemberFile, Network,
    Owner, Plan,
};
use crate::txn::remittance::{Adjustment, ClaimPayment};

/// Members, plans and providers, as far as payments need them.
#[derive(Clone, Default)]
pub(crate) struct Holders<'p> {
    plans: FxHashMap<&'p str, &'p Plan>,
    members: FxHashMap<Owner, MemberFile>,
    providers: FxHashSet<Box<str>>,
}

redacted!(Holders<'_> {});

impl<'p> Holders<'p> {
    pub(crate) fn new(
        plans: impl IntoIterator<Item = &'p Plan>,
        members: impl IntoIterator<Item = MemberFile>,
        providers: impl IntoIterator<Item = Box<str>>,
    ) -> Holders<'p> {
        let owner = |file: &MemberFile| Owner {
            subscriber: file.member.subscriber.clone(),
            suffix: file.member.suffix.clone(),
        };
        Holders {
            plans: plans.into_iter().map(|plan| (&*plan.id, plan)).collect(),
            members: members.into_iter().map(|file| (owner(&file), file)).collect(),
            providers: providers.into_iter().collect(),
        }
    }

    /// The member of a claim.
    pub(crate) fn member(&self, version: &ClaimVersion) -> Option<&MemberFile> {
        self.members.get(version.member.as_ref()?)
    }

    /// The member's plan on a day.
    pub(crate) fn plan(&self, file: &MemberFile, day: Date) -> Option<&'p Plan> {
        let covers =
            file.coverage.iter().rev().find(|coverage| {
                coverage.begin <= day && coverage.end.is_none_or(|end| day <= end)
            });
        self.plans.get(&*covers?.plan).copied()
    }

    /// In which network a claim is.
    pub(crate) fn network(&self, version: &ClaimVersion) -> Network {
        let known = |npi: &str| !npi.is_empty() && self.providers.contains(npi);
        match known(&version.billing.npi) || known(&version.rendering.npi) {
            true => Network::In,
            false => Network::Out,
        }
    }

    /// What a decision about this version adds.
    pub(crate) fn added(
        &self,
        version: &ClaimVersion,
        claim: &ClaimPayment,
    ) -> Vec<AccumulatorChange> {
        let mut changes = Vec::new();
        // A price in advance uses nothing up.
        let Some(file) = self.member(version).filter(|_| claim.status != "25") else {
            return changes;
        };
        let of_claim = claim.adjustments.iter().map(|adjustment| (version.from, adjustment));
        let of_lines = claim.lines.iter().flat_map(|line| {
            let day = line.service_dates().map_or(version.from, |(first, _)| first);
            line.adjustments.iter().map(move |adjustment| (day, adjustment))
        });
        let owner = Owner {
            subscriber: file.member.subscriber.clone(),
            suffix: file.member.suffix.clone(),
        };
        for (day, adjustment) in of_claim.chain(of_lines) {
            let Some(plan) = self.plan(file, day) else { continue };
            let (year_begin, _) = benefit_year(plan.year_begin, day);
            for kind in kinds(adjustment) {
                let network = counted_in(plan, kind, self.network(version));
                for level in [Level::Individual, Level::Family] {
                    let change = AccumulatorChange {
                        owner: owner.clone(),
                        level,
                        kind: kind.clone(),
                        network,
                        year_begin,
                        amount: adjustment.amount,
                        claim: version.number.clone(),
                    };
                    add(&mut changes, change);
                }
            }
        }
        changes.retain(|change| !change.amount.is_zero());
        changes
    }

    /// Counts changes in the files of the members, so that the next claim of a run sees them.
    pub(crate) fn count(&mut self, changes: &[AccumulatorChange]) {
        for change in changes {
            let family = change.level == Level::Family;
            let holders = self.members.iter_mut().filter(|(owner, _)| match family {
                true => owner.subscriber == change.owner.subscriber,
                false => **owner == change.owner,
            });
            for (_, file) in holders {
                let same = file.accumulators.iter_mut().find(|used| is_same(used, change));
                match same {
                    Some(used) => used.used = (used.used + change.amount).max(Decimal::ZERO),
                    None => file.accumulators.push(Accumulator {
                        kind: change.kind.clone(),
                        level: change.level,
                        network: change.network,
                        year_begin: change.year_begin,
                        used: change.amount.max(Decimal::ZERO),
                        as_of: None,
                    }),
                }
            }
        }
    }
}

fn is_same(used: &Accumulator, change: &AccumulatorChange) -> bool {
    (&used.kind, used.level, used.network, used.year_begin)
        == (&change.kind, change.level, change.network, change.year_begin)
}

/// The accumulators an adjustment counts for.
fn kinds(adjustment: &Adjustment) -> &'static [AccumulatorKind] {
    match (adjustment.group.as_str(), adjustment.reason.as_str()) {
        ("PR", "1") => &[AccumulatorKind::Deductible, AccumulatorKind::OutOfPocket],
        ("PR", "2" | "3") => &[AccumulatorKind::OutOfPocket],
        _ => &[],
    }
}

/// The network whose limit this is counted for: both, where the plan makes no difference.
pub(crate) fn counted_in(plan: &Plan, kind: &AccumulatorKind, network: Network) -> Network {
    let both =
        plan.limits.iter().any(|limit| limit.kind == *kind && limit.network == Network::Both);
    if both { Network::Both } else { network }
}

fn add(changes: &mut Vec<AccumulatorChange>, new: AccumulatorChange) {
    let same = changes.iter_mut().find(|change| {
        (change.level, &change.kind, change.network, change.year_begin)
            == (new.level, &new.kind, new.network, new.year_begin)
    });
    match same {
        Some(same) => same.amount += new.amount,
        None => changes.push(new),
    }
}
