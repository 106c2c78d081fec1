//! What a partner may do: in which lane it sends, and for which providers it may inquire.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How an interchange arrived, which decides what is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Real time: the sender waits for the answer.
    RealTime,
    /// A file.
    Batch,
}

impl Lane {
    /// As the log has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Lane::RealTime => "real_time",
            Lane::Batch => "batch",
        }
    }
}

/// For which providers a partner may inquire.
#[derive(Clone, Debug)]
pub enum ProviderScope {
    /// For all.
    All,
    /// For these ids (NPI or payer-assigned).
    Only(Arc<HashSet<Box<str>>>),
}

/// What one user of a partner may do: which transaction sets, each for which NPIs. A user without any may do nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Grants(HashMap<Box<str>, HashSet<Box<str>>>);

/// The transaction set that stands for all of them.
pub const EVERY_SET: &str = "*";

impl Grants {
    /// Adds one: this set, or [`EVERY_SET`], for this NPI.
    pub fn add(&mut self, set: &str, npi: &str) {
        self.0.entry(set.into()).or_default().insert(npi.into());
    }

    /// True when the set may be used for some NPI.
    pub fn allows(&self, set: &str) -> bool {
        [set, EVERY_SET].iter().any(|set| self.0.get(*set).is_some_and(|npis| !npis.is_empty()))
    }

    /// The sets that are named.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|set| &**set)
    }

    /// The NPIs that the set may be used for.
    pub fn npis(&self, set: &str) -> HashSet<Box<str>> {
        let granted = [set, EVERY_SET].into_iter().filter_map(|set| self.0.get(set));
        granted.flatten().cloned().collect()
    }
}

impl ProviderScope {
    /// What is in this scope and among these NPIs.
    pub fn within(&self, npis: HashSet<Box<str>>) -> ProviderScope {
        let both = match self {
            ProviderScope::All => npis,
            ProviderScope::Only(own) => npis.into_iter().filter(|npi| own.contains(npi)).collect(),
        };
        ProviderScope::Only(Arc::new(both))
    }

    /// True when this NPI, or payer-assigned id, is in it.
    pub fn contains(&self, id: &str) -> bool {
        match self {
            ProviderScope::All => true,
            ProviderScope::Only(ids) => ids.contains(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_for_a_set_and_an_npi_together() {
        let mut grants = Grants::default();
        grants.add("270", "1");
        grants.add("276", "2");
        grants.add(EVERY_SET, "3");
        let npis = |set: &str| {
            let mut npis: Vec<_> = grants.npis(set).into_iter().collect();
            npis.sort();
            npis.join(" ")
        };
        assert_eq!([npis("270"), npis("276"), npis("837")], ["1 3", "2 3", "3"]);
        assert!(grants.allows("837") && !Grants::default().allows("270"));
    }

    #[test]
    fn a_user_gets_no_more_than_the_partner_has() {
        let granted = || HashSet::from(["1".into(), "2".into()]);
        let all = ProviderScope::All.within(granted());
        assert!(all.contains("1") && all.contains("2") && !all.contains("3"));
        let own = ProviderScope::Only(Arc::new(HashSet::from(["2".into(), "3".into()])));
        let both = own.within(granted());
        assert!(!both.contains("1") && both.contains("2") && !both.contains("3"));
    }
}
