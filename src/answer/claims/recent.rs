//! The claims of the interchange that is coming in, as far as a query may not see them yet.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::store::{CLAIMS_HELD_MAX, CLAIMS_WRITTEN_MAX, ClaimVersion};

/// Claims that a query may not see yet.
const UNSEEN_MAX: usize = CLAIMS_HELD_MAX + CLAIMS_WRITTEN_MAX;

/// The last claims that were taken in. Each has its place: how many were taken in before it.
#[derive(Debug, Default)]
pub(super) struct Recent {
    claims: VecDeque<Arc<ClaimVersion>>,
    /// How many were taken in and not forgotten.
    taken: u64,
    /// Places by the number of a version, by the number of what it replaces, and by its service key, in their order.
    numbers: FxHashMap<Box<str>, u64>,
    replaced: FxHashMap<Box<str>, u64>,
    keys: FxHashMap<u64, Vec<u64>>,
}

impl Recent {
    /// How many were taken in: what comes after can be forgotten again.
    pub(super) fn mark(&self) -> u64 {
        self.taken
    }

    /// Forgets those taken in after `mark`.
    pub(super) fn forget_since(&mut self, mark: u64) {
        while self.taken > mark {
            self.taken -= 1;
            if let Some(claim) = self.claims.pop_back() {
                self.unlist(&claim, self.taken);
            }
        }
    }

    /// Forgets those that every query sees by now.
    pub(super) fn trim(&mut self) {
        while self.claims.len() > UNSEEN_MAX {
            let place = self.first();
            if let Some(claim) = self.claims.pop_front() {
                self.unlist(&claim, place);
            }
        }
    }

    pub(super) fn add(&mut self, version: Arc<ClaimVersion>) {
        let place = self.taken;
        self.numbers.insert(version.number.clone(), place);
        if let Some(replaced) = &version.replaces {
            self.replaced.insert(replaced.clone(), place);
        }
        self.keys.entry(version.service_key).or_default().push(place);
        self.claims.push_back(version);
        self.taken += 1;
    }

    fn unlist(&mut self, claim: &ClaimVersion, place: u64) {
        self.numbers.remove(&claim.number);
        if let Some(replaced) = &claim.replaces
            && self.replaced.get(replaced) == Some(&place)
        {
            self.replaced.remove(replaced);
        }
        if let Some(places) = self.keys.get_mut(&claim.service_key) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.keys.remove(&claim.service_key);
            }
        }
    }

    /// The place of the first one that is kept.
    fn first(&self) -> u64 {
        self.taken - self.claims.len() as u64
    }

    fn at(&self, place: u64) -> Option<&ClaimVersion> {
        let index = place.checked_sub(self.first())?;
        self.claims.get(usize::try_from(index).ok()?).map(Arc::as_ref)
    }

    /// The version with this number.
    pub(super) fn numbered(&self, number: &str) -> Option<&ClaimVersion> {
        self.at(*self.numbers.get(number)?)
    }

    /// The version that replaces or voids the one with this number.
    pub(super) fn successor_of(&self, number: &str) -> Option<&ClaimVersion> {
        self.at(*self.replaced.get(number)?)
    }

    /// Those with this key that nothing has replaced, the latest first.
    pub(super) fn with_key(&self, key: u64) -> impl Iterator<Item = &ClaimVersion> {
        let places = self.keys.get(&key).into_iter().flatten().rev();
        let same = places.filter_map(|place| self.at(*place));
        same.filter(|claim| self.successor_of(&claim.number).is_none())
    }
}
