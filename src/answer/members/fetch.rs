//! Looks up members, providers and families for a run of questions: each kind in one batched call.

use rustc_hash::FxHashMap;

use crate::store::{MemberFile, MemberSearch, Provider, Relationship, StoreError, Stores};

/// What to look up, each thing once.
#[derive(Clone, Copy)]
pub(in crate::answer) struct Wanted<'w> {
    /// Searches for members.
    pub(in crate::answer) members: &'w [MemberSearch],
    /// For each search whether a dependent of whom it finds is asked about too.
    pub(in crate::answer) with_family: &'w [bool],
    /// Providers by NPI or payer-assigned id.
    pub(in crate::answer) providers: &'w [Box<str>],
}

/// What was found.
pub(in crate::answer) struct Fetched {
    /// For each search, in order.
    pub(in crate::answer) members: Vec<Vec<MemberFile>>,
    /// For each provider, in order.
    pub(in crate::answer) providers: Vec<Option<Provider>>,
    /// Families that are wanted, by the number of their subscriber.
    pub(in crate::answer) families: FxHashMap<Box<str>, Vec<MemberFile>>,
}

/// Looks it up; families after the subscribers they belong to. The store is not asked for nothing.
pub(in crate::answer) async fn fetch(
    stores: &Stores,
    wanted: Wanted<'_>,
) -> Result<Fetched, StoreError> {
    let members = async {
        match wanted.members.is_empty() {
            true => Ok(Vec::new()),
            false => stores.members.find(wanted.members).await,
        }
    };
    let providers = async {
        match wanted.providers.is_empty() {
            true => Ok(Vec::new()),
            false => stores.providers.find(wanted.providers).await,
        }
    };
    let (members, providers) = futures_util::future::try_join(members, providers).await?;
    let subscribers = families_wanted(wanted.with_family, &members);
    let families = match subscribers.is_empty() {
        true => Vec::new(),
        false => stores.members.families(&subscribers).await?,
    };
    Ok(Fetched { members, providers, families: subscribers.into_iter().zip(families).collect() })
}

/// Subscriber numbers of the families of dependents asked about, each once.
fn families_wanted(with_family: &[bool], members: &[Vec<MemberFile>]) -> Vec<Box<str>> {
    let mut numbers: Vec<Box<str>> = Vec::new();
    for (hits, _) in members.iter().zip(with_family).filter(|(_, wanted)| **wanted) {
        for file in hits {
            let number = match (&file.subscriber, file.member.relationship) {
                (Some(subscriber), relationship) if relationship != Relationship::Myself => {
                    &subscriber.subscriber
                }
                _ => &file.member.subscriber,
            };
            numbers.push(number.clone());
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
