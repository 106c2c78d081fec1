//! Loads remittance advice (835) of the payer's core system into the claim ledger: payments, denials, reversals and corrections,
//! how claims stand afterwards, and what members have used.
//!
//! An advice is loaded as a whole or not at all. One that is loaded is acknowledged and not answered; one that is refused is
//! answered with an application advice (824) that names every claim that is the reason. Only partners whose profile says so
//! (`[claims] remittances = "load"`) may send any.
//!
//! ```text
//! advice -> claims by number (CLP07, CLP01) -> store -> load: balance, match, entries -> ledger
//!                                                           refusals -> 824
//! ```

mod accumulate;
mod chains;
mod convert;
mod load;
mod refuse;
mod states;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHashSet;

pub(super) use accumulate::{Holders, counted_in};
pub(super) use chains::{Chain, Chains};
pub(super) use load::{Fault, Loader, is_void};
pub(super) use states::{Fate, after};

use super::{AnswerContext, Responder};
use crate::acknowledge::ReplyKind;
use crate::config::Accumulators;
use crate::partner::Partner;
use crate::phi::redacted;
use crate::store::{
    Batch, ClaimHistory, ClaimKey, ClaimScope, ClaimVersion, LedgerEntry, MemberFile, MemberSearch,
    Owner, Plan, RemittanceKey, StoreError, Stores,
};
use crate::tree::LoopRef;
use crate::txn::advice::{Advice, GUIDE_824, Party};
use crate::txn::claim::Claim;
use crate::txn::remittance::RemittanceAdvice;
use crate::wire::{EmitError, Emitter};

/// The reply to an advice that is refused.
pub const ANSWER_824: ReplyKind = ReplyKind {
    order: ReplyKind::FIRST_ANSWER + 8,
    name: "824",
    functional: "AG",
    version: GUIDE_824,
};

/// How the advice of a partner is loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemittancePolicy {
    /// Who keeps accumulators.
    pub accumulators: Accumulators,
    /// Who we are.
    pub payer: Party,
    /// Who sent it.
    pub partner: Party,
}

/// Loads remittance advice.
#[derive(Debug)]
pub struct RemittanceService {
    plans: Vec<Plan>,
}

impl RemittanceService {
    /// A service with these plans.
    pub fn new(plans: Vec<Plan>) -> RemittanceService {
        RemittanceService { plans }
    }
}

/// What was found for a run of advice.
#[derive(Default)]
pub struct Found {
    /// Claims by their numbers, with their text.
    versions: Vec<ClaimVersion>,
    histories: Vec<ClaimHistory>,
    members: Vec<MemberFile>,
    /// NPIs of providers who are on file.
    providers: Vec<Box<str>>,
    /// Advice that is known.
    remittances: Vec<RemittanceKey>,
}

redacted!(Found {});

/// What becomes of an advice.
pub enum Outcome {
    /// It is loaded.
    Loaded {
        /// What is entered.
        entries: Vec<LedgerEntry>,
        /// Hashes of its number and of the claims it is about, and how it is refused when an earlier group has them.
        taken: Vec<(Vec<u64>, Box<Advice>)>,
    },
    /// It is refused.
    Refused(Box<Advice>),
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Loaded { entries, .. } => write!(f, "Loaded({} entries)", entries.len()),
            Outcome::Refused(advice) => write!(f, "Refused({advice:?})"),
        }
    }
}

/// What to look up for a run of advice.
#[derive(Default)]
pub struct Lookup {
    claims: Vec<ClaimKey>,
    remittances: Vec<RemittanceKey>,
}

redacted!(Lookup { remittances });

impl Responder for RemittanceService {
    type Question = RemittanceAdvice;
    type Lookup = Lookup;
    type Found = Found;
    type Answer = Outcome;
    type Policy = RemittancePolicy;

    const SET: &'static str = "835";
    const REPLY: ReplyKind = ANSWER_824;
    const TOGETHER: bool = true;

    fn policy(partner: &Partner) -> Arc<RemittancePolicy> {
        let payer = &partner.eligibility.payer;
        let id = partner.isa.first().map_or("", |isa| &isa.id);
        Arc::new(RemittancePolicy {
            accumulators: partner.claims.accumulators,
            payer: Party { name: payer.name.as_str().into(), id: payer.id.as_str().into() },
            partner: Party { name: partner.name.clone(), id: id.into() },
        })
    }

    fn read(&self, root: LoopRef<'_>) -> RemittanceAdvice {
        RemittanceAdvice::read(root)
    }

    fn weight(&self, advice: &RemittanceAdvice) -> u64 {
        advice.claims().count() as u64
    }

    fn plan(
        &self,
        questions: &[RemittanceAdvice],
        _context: &AnswerContext<RemittancePolicy>,
    ) -> Lookup {
        let mut claims = FxHashSet::default();
        for advice in questions {
            for claim in advice.claims() {
                claims.insert(ClaimKey::Number(claim.number.clone()));
                let (npi, account) = (advice.payee.npi().into(), claim.account.clone());
                claims.insert(ClaimKey::Account { npi, account });
            }
        }
        Lookup {
            claims: claims.into_iter().collect(),
            remittances: questions.iter().map(convert::key).collect(),
        }
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        lookup: &'a Lookup,
    ) -> Result<Found, StoreError> {
        let scope = ClaimScope { with_text: true, ..ClaimScope::default() };
        let found = stores.claims.find(&lookup.claims, scope).await?;
        let versions: Vec<ClaimVersion> = found.into_iter().flatten().collect();
        let mut found = Found { versions, ..Found::default() };
        found.remittances = known(stores, &lookup.remittances).await?;
        let mut numbers: Vec<Box<str>> =
            found.versions.iter().map(|version| version.original.clone()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        found.histories = stores.claims.histories(&numbers).await?.into_iter().flatten().collect();
        let versions = found.histories.iter().flat_map(|history| &history.versions);
        found.members = members(stores, versions.clone()).await?;
        found.providers = providers(stores, versions).await?;
        Ok(found)
    }

    fn answer(
        &self,
        questions: Vec<RemittanceAdvice>,
        _lookup: Lookup,
        found: Found,
        context: &AnswerContext<RemittancePolicy>,
    ) -> Vec<Outcome> {
        let mut chains = Chains::default();
        for history in found.histories {
            chains.add(Chain::new(history));
        }
        for version in &found.versions {
            if let Some(claim) = Claim::read(&version.text) {
                chains.know_text(&version.number, &claim);
            }
        }
        let mut holders = Holders::new(&self.plans, found.members, found.providers);
        let mut known: FxHashSet<RemittanceKey> = found.remittances.into_iter().collect();
        let mut loader = Loader {
            chains: &mut chains,
            holders: &mut holders,
            accumulates: context.policy.accumulators == Accumulators::Ledger,
            known: &mut known,
        };
        let answer = |(place, advice): (usize, RemittanceAdvice)| match loader
            .load(&advice, Vec::new())
        {
            Ok(entries) => {
                let refused = |fault| Box::new(refuse::refused_for(&advice, fault, place, context));
                let claims = claims_of(&entries, loader.chains);
                let number = vec![hash(&convert::key(&advice))];
                let taken =
                    vec![(number, refused(Fault::Known)), (claims, refused(Fault::Earlier))];
                Outcome::Loaded { entries, taken }
            }
            Err(refusals) => {
                Outcome::Refused(Box::new(refuse::refused(&advice, &refusals, place, context)))
            }
        };
        questions.into_iter().enumerate().map(answer).collect()
    }

    fn rows(&self, answer: &mut Outcome) -> Vec<Batch> {
        match answer {
            Outcome::Loaded { entries, .. } => vec![Batch::Ledger(std::mem::take(entries))],
            Outcome::Refused(_) => Vec::new(),
        }
    }

    fn takes(&self, answer: &mut Outcome) -> Vec<(Vec<u64>, Outcome)> {
        match answer {
            Outcome::Loaded { taken, .. } => {
                let taken = std::mem::take(taken).into_iter();
                taken.map(|(keys, advice)| (keys, Outcome::Refused(advice))).collect()
            }
            Outcome::Refused(_) => Vec::new(),
        }
    }

    fn is_sent(&self, answer: &Outcome) -> bool {
        matches!(answer, Outcome::Refused(_))
    }

    fn unavailable(
        &self,
        questions: Vec<RemittanceAdvice>,
        context: &AnswerContext<RemittancePolicy>,
    ) -> Vec<Outcome> {
        let answer = |(place, advice): (usize, RemittanceAdvice)| {
            Outcome::Refused(Box::new(refuse::unavailable(&advice, place, context)))
        };
        questions.into_iter().enumerate().map(answer).collect()
    }

    fn write(&self, answer: Outcome, control: &str, out: &mut Emitter) -> Result<(), EmitError> {
        match answer {
            Outcome::Refused(advice) => advice.write(control, out),
            Outcome::Loaded { .. } => Ok(()),
        }
    }
}

/// A hash of what an advice takes for itself.
fn hash(taken: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    taken.hash(&mut hasher);
    hasher.finish()
}

/// Hashes of the claims that these entries are about, by their first versions.
fn claims_of(entries: &[LedgerEntry], chains: &Chains) -> Vec<u64> {
    let payments = entries.iter().filter_map(|entry| match entry {
        LedgerEntry::Payment(payment) => Some(&*payment.claim),
        _ => None,
    });
    let first = |number: &str| {
        let chain = chains.of(number)?;
        Some(hash(&chain.version(number)?.original))
    };
    payments.filter_map(first).collect()
}

/// Which of these advices are known.
async fn known(stores: &Stores, keys: &[RemittanceKey]) -> Result<Vec<RemittanceKey>, StoreError> {
    let found = stores.claims.remittances(keys).await?;
    Ok(found.into_iter().flatten().map(|remittance| remittance.key).collect())
}

/// The members of these claims.
pub(super) async fn members<'v>(
    stores: &Stores,
    versions: impl Iterator<Item = &'v ClaimVersion>,
) -> Result<Vec<MemberFile>, StoreError> {
    let owners: FxHashSet<&Owner> =
        versions.filter_map(|version| version.member.as_ref()).collect();
    let search =
        |owner: &&Owner| MemberSearch::Id([&*owner.subscriber, &*owner.suffix].concat().into());
    let searches: Vec<MemberSearch> = owners.iter().map(search).collect();
    let found = stores.members.find(&searches).await?;
    let of_owner = |(files, owner): (Vec<MemberFile>, &Owner)| {
        files.into_iter().find(|file| {
            file.member.subscriber == owner.subscriber && file.member.suffix == owner.suffix
        })
    };
    Ok(found.into_iter().zip(owners).filter_map(of_owner).collect())
}

/// Which of the billing and rendering providers of these claims are on file.
pub(super) async fn providers<'v>(
    stores: &Stores,
    versions: impl Iterator<Item = &'v ClaimVersion>,
) -> Result<Vec<Box<str>>, StoreError> {
    let npis = versions.flat_map(|version| [&version.billing.npi, &version.rendering.npi]);
    let distinct: FxHashSet<Box<str>> = npis.filter(|npi| !npi.is_empty()).cloned().collect();
    let ids: Vec<Box<str>> = distinct.into_iter().collect();
    let found = stores.providers.find(&ids).await?;
    let known = ids.into_iter().zip(found).filter(|(_, provider)| provider.is_some());
    Ok(known.map(|(npi, _)| npi).collect())
}
