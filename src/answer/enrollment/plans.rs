//! Which plan of the store a coverage of an 834 is under.

use rustc_hash::FxHashSet;

use crate::config::EnrollmentPolicy;
use crate::store::Plan;

/// The plans of the store.
#[derive(Debug)]
pub(super) struct PlanMap {
    ids: FxHashSet<Box<str>>,
}

/// What a coverage is under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Mapped {
    /// This plan.
    Plan(Box<str>),
    /// A plan that is not ours: it is passed over.
    PassedOver,
    /// A plan that nobody knows.
    Unknown,
}

impl PlanMap {
    pub(super) fn new(plans: &[Plan]) -> PlanMap {
        PlanMap { ids: plans.iter().map(|plan| plan.id.clone()).collect() }
    }

    /// The plan for HD03, HD04 and a group: by the first key of the settings that there is, of `HD03/HD04/GROUP`, `HD03/HD04`,
    /// `HD04/GROUP`, `HD04`, `HD03/GROUP`, `GROUP` and `HD03`; else HD04 is the plan.
    pub(super) fn plan(
        &self,
        policy: &EnrollmentPolicy,
        (line, name, group): (&str, &str, &str),
    ) -> Mapped {
        let name = name.trim();
        let keys: [&[&str]; 7] = [
            &[line, name, group],
            &[line, name],
            &[name, group],
            &[name],
            &[line, group],
            &[group],
            &[line],
        ];
        let whole = keys.into_iter().filter(|key| key.iter().all(|part| !part.is_empty()));
        let chosen = whole.map(|key| key.join("/")).find_map(|key| policy.plans.get(&key));
        match chosen.map(String::as_str) {
            Some("") => Mapped::PassedOver,
            Some(plan) if self.ids.contains(plan) => Mapped::Plan(plan.into()),
            None if self.ids.contains(name) => Mapped::Plan(name.into()),
            _ => Mapped::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_key_decides() {
        let map = PlanMap { ids: ["HMO-1", "PPO-1", "POS-1"].map(Box::from).into_iter().collect() };
        let plans = [
            ("HLT", "PPO-1"),
            ("G1", "POS-1"),
            ("PLAN A", "HMO-1"),
            ("HLT/PLAN A/G2", "PPO-1"),
            ("DEN", ""),
            ("VIS", "VISION"),
        ];
        let plans = plans.map(|(key, plan)| (key.to_owned(), plan.to_owned()));
        let policy = EnrollmentPolicy { plans: plans.into(), ..EnrollmentPolicy::default() };
        let plan = |id: &str| Mapped::Plan(id.into());
        for (of, expected) in [
            (("HLT", "PLAN A", "G2"), plan("PPO-1")),
            (("HLT", "PLAN A", "G1"), plan("HMO-1")),
            (("HLT", "PLAN B", "G1"), plan("POS-1")),
            (("HLT", "", ""), plan("PPO-1")),
            (("HMO", "POS-1", ""), plan("POS-1")),
            (("HMO", "PLAN B", ""), Mapped::Unknown),
            (("DEN", "SMILE", ""), Mapped::PassedOver),
            // A plan of the settings that the store does not have.
            (("VIS", "POS-1", ""), Mapped::Unknown),
        ] {
            assert_eq!(map.plan(&policy, of), expected, "{of:?}");
        }
    }
}
