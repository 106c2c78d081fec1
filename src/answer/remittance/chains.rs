//! Claims with all their versions as a remittance advice finds them, and what stands of each.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::phi::redacted;
use crate::store::{AccumulatorChange, ClaimHistory, ClaimVersion, Payment, PaymentKind, Refund};
use crate::txn::claim::Claim;
use crate::txn::remittance::ClaimPayment;

/// A claim with all its versions.
#[derive(Clone)]
pub(crate) struct Chain {
    /// Versions, the first one first.
    pub(crate) versions: Vec<ClaimVersion>,
    /// Decisions that were not taken back, by the number of their version.
    standing: FxHashMap<Box<str>, Payment>,
    /// What all its payments added to accumulators.
    changes: Vec<AccumulatorChange>,
    refunds: Vec<Refund>,
    /// Lines as they were sent, where the text of a version is known.
    sent: FxHashMap<Box<str>, Vec<SentLine>>,
}

redacted!(Chain {});

/// A line of a claim as it was sent.
#[derive(Clone)]
pub(super) struct SentLine {
    pub(super) number: u32,
    pub(super) control: Box<str>,
    pub(super) code: Box<str>,
    pub(super) revenue: Box<str>,
    pub(super) charge: Decimal,
}

impl Chain {
    pub(crate) fn new(history: ClaimHistory) -> Chain {
        let mut chain = Chain {
            versions: history.versions,
            standing: FxHashMap::default(),
            changes: history.accumulators,
            refunds: history.refunds,
            sent: FxHashMap::default(),
        };
        history.payments.into_iter().for_each(|payment| chain.pay(payment));
        chain
    }

    /// Takes note of a payment. Advance notice of a price (CLP02 25) decides nothing.
    pub(super) fn pay(&mut self, payment: Payment) {
        match payment.kind {
            PaymentKind::Decision if &*payment.status == "25" => {}
            PaymentKind::Decision => {
                self.standing.insert(payment.claim.clone(), payment);
            }
            PaymentKind::Reversal => {
                self.standing.remove(&payment.claim);
            }
        }
    }

    /// Takes note of what a payment adds to accumulators.
    pub(super) fn count(&mut self, changes: &[AccumulatorChange]) {
        self.changes.extend_from_slice(changes);
    }

    /// Takes note of a version as it was sent.
    pub(crate) fn know_text(&mut self, number: &str, claim: &Claim) {
        let line = |line: &crate::txn::claim::Line| SentLine {
            number: line.number,
            control: line.control.clone(),
            code: line.procedure.as_ref().map_or_else(Box::default, |p| p.code.clone()),
            revenue: line.revenue.clone(),
            charge: line.charge,
        };
        self.sent.insert(number.into(), claim.lines.iter().map(line).collect());
    }

    pub(super) fn sent(&self, number: &str) -> &[SentLine] {
        self.sent.get(number).map_or(&[], Vec::as_slice)
    }

    /// The version with this number.
    pub(crate) fn version(&self, number: &str) -> Option<&ClaimVersion> {
        self.versions.iter().find(|version| &*version.number == number)
    }

    /// The decision about a version that was not taken back.
    pub(crate) fn standing(&self, number: &str) -> Option<&Payment> {
        self.standing.get(number)
    }

    /// The decision about any version that was not taken back: mostly there is one at most.
    pub(crate) fn any_standing(&self) -> Option<&Payment> {
        let standing = self.versions.iter().rev();
        standing.filter_map(|version| self.standing.get(&version.number)).next()
    }

    /// What the payments of a version have added to accumulators and not given back, each owner, year, network and kind once.
    pub(super) fn taken(&self, number: &str) -> Vec<AccumulatorChange> {
        let mut sums: Vec<AccumulatorChange> = Vec::new();
        for change in self.changes.iter().filter(|change| &*change.claim == number) {
            let same = sums.iter_mut().find(|sum| {
                (&sum.owner, sum.level, &sum.kind) == (&change.owner, change.level, &change.kind)
                    && (sum.network, sum.year_begin) == (change.network, change.year_begin)
            });
            match same {
                Some(sum) => sum.amount += change.amount,
                None => sums.push(change.clone()),
            }
        }
        sums.retain(|sum| !sum.amount.is_zero());
        sums
    }

    /// The same, taken back.
    pub(super) fn given_back(&self, number: &str) -> Vec<AccumulatorChange> {
        let back = |taken: AccumulatorChange| AccumulatorChange { amount: -taken.amount, ..taken };
        self.taken(number).into_iter().map(back).collect()
    }

    /// How the return of money for a version was announced, last.
    pub(super) fn announced_refund(&self, number: &str) -> Option<&Refund> {
        self.refunds.iter().rev().find(|refund| &*refund.claim == number)
    }

    /// True when this is the provider's number of any version, in full or cut off.
    fn has_account(&self, account: &str) -> bool {
        let is_same =
            |sent: &str| sent == account || (account.len() >= 20 && sent.starts_with(account));
        self.versions.iter().any(|version| is_same(&version.account))
    }
}

/// All claims that a run of advice may be about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    chains: Vec<Chain>,
    by_number: FxHashMap<Box<str>, usize>,
    by_account: FxHashMap<Box<str>, Vec<(usize, Box<str>)>>,
}

/// A version of a claim that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) chain: usize,
    pub(super) number: Box<str>,
}

/// Why a payment belongs to no claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoPlace {
    /// Neither number is known.
    Unknown,
    /// The payer's number is that of a claim with another provider's number.
    OtherAccount,
    /// There is no decision that could be taken back.
    Undecided,
}

impl Chains {
    /// Adds a claim, unless it is there already.
    pub(crate) fn add(&mut self, chain: Chain) {
        let known = chain.versions.iter().any(|v| self.by_number.contains_key(&v.number));
        if known || chain.versions.is_empty() {
            return;
        }
        let place = self.chains.len();
        for version in &chain.versions {
            self.by_number.insert(version.number.clone(), place);
            let same = self.by_account.entry(version.account.clone()).or_default();
            same.push((place, version.number.clone()));
        }
        self.chains.push(chain);
    }

    /// The claim of which this is the number of a version.
    pub(crate) fn of(&self, number: &str) -> Option<&Chain> {
        self.by_number.get(number).map(|place| &self.chains[*place])
    }

    /// What the payments of a version have added to accumulators and not given back.
    pub(crate) fn taken(&self, number: &str) -> Vec<AccumulatorChange> {
        self.of(number).map(|chain| chain.taken(number)).unwrap_or_default()
    }

    /// The same, taken back.
    pub(crate) fn given_back(&self, number: &str) -> Vec<AccumulatorChange> {
        self.of(number).map(|chain| chain.given_back(number)).unwrap_or_default()
    }

    /// Takes note of a version as it was sent.
    pub(crate) fn know_text(&mut self, number: &str, claim: &Claim) {
        if let Some(place) = self.by_number.get(number) {
            self.chains[*place].know_text(number, claim);
        }
    }

    pub(super) fn at(&self, place: usize) -> &Chain {
        &self.chains[place]
    }

    pub(super) fn at_mut(&mut self, place: usize) -> &mut Chain {
        &mut self.chains[place]
    }

    /// The version that a payment to this provider is about: by the payer's number first, then by the provider's number of
    /// any version.
    pub(super) fn find(&self, claim: &ClaimPayment, payee: &str) -> Result<Place, NoPlace> {
        match self.by_number.get(&claim.number) {
            Some(chain) if !self.chains[*chain].has_account(&claim.account) => {
                Err(NoPlace::OtherAccount)
            }
            Some(chain) => self.in_chain(*chain, claim),
            None => self.by_account(claim, payee),
        }
    }

    fn in_chain(&self, chain: usize, claim: &ClaimPayment) -> Result<Place, NoPlace> {
        let found = &self.chains[chain];
        if !claim.is_reversal() || found.standing(&claim.number).is_some() {
            return Ok(Place { chain, number: claim.number.clone() });
        }
        // The number of another version, though the decision is about this one.
        let standing = found.any_standing().filter(|payment| payment.charge == -claim.charge);
        let standing = standing.ok_or(NoPlace::Undecided)?;
        Ok(Place { chain, number: standing.claim.clone() })
    }

    fn by_account(&self, claim: &ClaimPayment, payee: &str) -> Result<Place, NoPlace> {
        let all = self.by_account.get(&claim.account).map_or(&[][..], Vec::as_slice);
        let of_payee = |(chain, number): &&(usize, Box<str>)| {
            let version = self.chains[*chain].version(number);
            version.is_some_and(|v| {
                payee.is_empty() || *v.payee.npi == *payee || *v.billing.npi == *payee
            })
        };
        let candidates: Vec<&(usize, Box<str>)> = all.iter().filter(of_payee).collect();
        if candidates.is_empty() {
            return Err(NoPlace::Unknown);
        }
        let fit = |(chain, number): &&&(usize, Box<str>)| {
            let chain = &self.chains[*chain];
            match (claim.is_reversal(), chain.standing(number)) {
                (true, standing) => standing.is_some_and(|p| p.charge == -claim.charge),
                (false, standing) => {
                    standing.is_none()
                        && chain.version(number).is_some_and(|v| v.charge == claim.charge)
                }
            }
        };
        // The newest one that fits; of a decision that fits none the newest, so that it is said what is wrong with it.
        let found = candidates.iter().rev().find(fit);
        let found = match claim.is_reversal() {
            true => found.ok_or(NoPlace::Undecided)?,
            false => found.or(candidates.last()).ok_or(NoPlace::Unknown)?,
        };
        Ok(Place { chain: found.0, number: found.1.clone() })
    }
}
