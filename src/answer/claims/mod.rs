//! Claims (837) come in: each one that the checker accepts is read, matched with a member, the billing provider and earlier
//! claims, and either taken into the ledger under a number of ours or refused, in words of the 277CA.
//!
//! ```text
//! events of the checker -> read -> look up (members, providers, originals, duplicates) -> judge -> decisions + ledger entries
//! ```
//!
//! The look-ups of hundreds of claims are a few statements. [`ClaimIntake`] is the state of one interchange: its claims see each
//! other, also before they are stored.

mod adjustable;
mod judge;
mod lookup;
mod numbers;
mod persons;
mod recent;
mod refusal;
mod service_key;
#[cfg(test)]
mod tests;
mod version;

pub use adjustable::adjustable;
pub use numbers::ClaimNumbers;
pub use refusal::Refusal;

use time::{Date, PrimitiveDateTime};

use crate::check::ClaimEvent;
use crate::config::ClaimRules;
use crate::partner::Partner;
use crate::store::{LedgerEntry, Result, Stores};
use crate::txn::claim_ack::ClaimDecision;
use judge::Judge;
use recent::Recent;

/// What claims are judged by besides the store.
#[derive(Clone, Copy, Debug)]
pub struct ClaimContext<'a> {
    /// The payer's local date and time.
    pub now: PrimitiveDateTime,
    /// Who sent them.
    pub partner: &'a Partner,
}

impl ClaimContext<'_> {
    fn today(&self) -> Date {
        self.now.date()
    }

    fn rules(&self) -> &ClaimRules {
        &self.partner.claims.rules
    }
}

/// What was decided about one event of the checker.
#[derive(Debug, Default)]
pub struct Judged {
    /// For the 277CA.
    pub decision: ClaimDecision,
    /// What a claim that was taken in enters in the ledger.
    pub entries: Vec<LedgerEntry>,
}

/// Takes the claims of one interchange in.
#[derive(Debug, Default)]
pub struct ClaimIntake {
    recent: Recent,
    /// Where the claims of the current set, and of its current billing provider, begin.
    set: u64,
    provider: u64,
}

impl ClaimIntake {
    /// Judges what the checker reports of a set, in its order: one decision for each event. `staged` is the number under which
    /// the store sees the earlier claims of the interchange.
    ///
    /// # Errors
    /// The store could not be reached.
    pub async fn judge(
        &mut self,
        stores: &Stores,
        numbers: &ClaimNumbers,
        events: &[&ClaimEvent],
        context: ClaimContext<'_>,
        staged: Option<u64>,
    ) -> Result<Vec<Judged>> {
        self.recent.trim();
        let mut read = lookup::read(events, context);
        let found = lookup::fetch(stores, &mut read, context, staged).await?;
        let mut numbers = numbers.reserve(&*stores.journal, read.claims()).await?;
        let judge = Judge { context, read: &read, found: &found };
        let mut judged = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            judged.push(match event {
                ClaimEvent::Claim(claim) => judge.claim(index, claim, self, &mut numbers),
                ClaimEvent::Provider(provider) => {
                    let decision = judge.provider(index);
                    let is_refused = matches!(decision, ClaimDecision::Refused { .. });
                    if is_refused || !provider.faults.is_empty() {
                        self.recent.forget_since(self.provider);
                    }
                    self.provider = self.recent.mark();
                    Judged { decision, entries: Vec::new() }
                }
            });
        }
        Ok(judged)
    }

    /// A set has ended; the claims of one that was rejected are forgotten.
    pub fn end_set(&mut self, is_rejected: bool) {
        if is_rejected {
            self.recent.forget_since(self.set);
        }
        (self.set, self.provider) = (self.recent.mark(), self.recent.mark());
    }

    /// How many claims were taken in so far.
    pub fn mark(&self) -> u64 {
        self.recent.mark()
    }

    /// Forgets the claims after the first `mark`: those of a group that was rejected.
    pub fn forget_since(&mut self, mark: u64) {
        self.recent.forget_since(mark);
        self.end_set(false);
    }
}

/// The decision that nothing can be decided now, for each event; in real time only.
pub fn unavailable(events: &[&ClaimEvent], rules: &ClaimRules) -> Vec<Judged> {
    let decision = |event: &&ClaimEvent| match event {
        ClaimEvent::Claim(claim) if claim.is_accepted() => Refusal::Unavailable.decision(rules),
        _ => ClaimDecision::AsChecked,
    };
    events.iter().map(|event| Judged { decision: decision(event), entries: Vec::new() }).collect()
}
