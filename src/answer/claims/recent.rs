//! The claims of the interchange that is coming in, as far as a query may not see them yet.

use std::collections::VecDeque;

use crate::store::{CLAIMS_HELD_MAX, ClaimVersion};

/// The last claims that were taken in, without their text.
#[derive(Debug, Default)]
pub(super) struct Recent {
    claims: VecDeque<ClaimVersion>,
    /// How many were taken in and not forgotten.
    taken: u64,
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
            self.claims.pop_back();
        }
    }

    /// Forgets those that every query sees by now.
    pub(super) fn trim(&mut self) {
        let seen = self.claims.len().saturating_sub(CLAIMS_HELD_MAX);
        self.claims.drain(..seen);
    }

    pub(super) fn add(&mut self, version: &ClaimVersion) {
        self.taken += 1;
        self.claims.push_back(ClaimVersion {
            text: Vec::new(),
            announced: Vec::new(),
            procedures: Vec::new(),
            ..version.clone()
        });
    }

    /// The version with this number.
    pub(super) fn numbered(&self, number: &str) -> Option<&ClaimVersion> {
        self.claims.iter().rev().find(|claim| &*claim.number == number)
    }

    /// The version that replaces or voids the one with this number.
    pub(super) fn successor_of(&self, number: &str) -> Option<&ClaimVersion> {
        self.claims.iter().rev().find(|claim| claim.replaces.as_deref() == Some(number))
    }

    /// Those with this key that nothing has replaced.
    pub(super) fn with_key(&self, key: u64) -> impl Iterator<Item = &ClaimVersion> {
        let same = self.claims.iter().filter(move |claim| claim.service_key == key);
        same.filter(|claim| self.successor_of(&claim.number).is_none())
    }
}
