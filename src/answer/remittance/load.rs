//! From a remittance advice to entries of the claim ledger: all of it, or what is wrong with it.

use rust_decimal::Decimal;
use rustc_hash::FxHashSet;

use super::accumulate::Holders;
use super::chains::{Chain, Chains, NoPlace, Place};
use super::convert::{payment, remittance};
use super::states::{self, Fate};
use crate::store::{
    AccumulatorChange, ClaimVersion, LedgerEntry, Payment, PaymentKind, Refund, RefundMethod,
    RemittanceKey, StateChange,
};
use crate::txn::remittance::{ClaimPayment, Imbalance, RemittanceAdvice};

/// What is wrong with an advice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// Its amounts do not add up.
    Unbalanced(Imbalance),
    /// PLB L6 is not the interest of its claims.
    Interest,
    /// It is known already.
    Known,
    /// A claim that nobody sent.
    UnknownClaim,
    /// The payer's number is that of a claim with another number of the provider.
    OtherAccount,
    /// A reversal of what was not decided.
    Undecided,
    /// A decision about a claim that is decided; the earlier one was not taken back.
    Decided,
    /// Another charge than the claim's, or than the decision's that is taken back.
    Charge,
    /// A reversal of another payment than was made.
    Paid,
    /// An earlier group of the interchange has decided about one of its claims.
    Earlier,
}

/// What is wrong, and with which claim, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    /// What.
    pub(crate) fault: Fault,
    /// With which claim; none for the advice as a whole.
    pub(crate) claim: Option<usize>,
}

/// Loads advice against claims that were looked up, and remembers what was loaded.
#[derive(Debug)]
pub(crate) struct Loader<'l> {
    pub(crate) chains: &'l mut Chains,
    pub(crate) holders: &'l mut Holders<'l>,
    /// Whether accumulators follow.
    pub(crate) accumulates: bool,
    /// Advice that is known.
    pub(crate) known: &'l mut FxHashSet<RemittanceKey>,
}

/// An advice being loaded.
struct Load<'a> {
    advice: &'a RemittanceAdvice,
    key: RemittanceKey,
    entries: Vec<LedgerEntry>,
    /// What was paid for the versions whose decision was taken back.
    reversed: Vec<(Place, Decimal)>,
    /// Versions that were decided.
    decided: Vec<(Place, Decimal)>,
    /// Chains as they were before the first change.
    before: Vec<(usize, Chain)>,
}

impl Loader<'_> {
    /// The entries of an advice, in order; `text` is its set when it is ours.
    ///
    /// # Errors
    /// All that is wrong with it; nothing of it is remembered then.
    pub(crate) fn load(
        &mut self,
        advice: &RemittanceAdvice,
        text: Vec<u8>,
    ) -> Result<Vec<LedgerEntry>, Vec<Refusal>> {
        let whole = |fault| vec![Refusal { fault, claim: None }];
        if let Err(imbalance) = advice.balance() {
            let claim = match imbalance {
                Imbalance::Claim(claim) | Imbalance::Line(claim, _) => Some(claim),
                _ => None,
            };
            return Err(vec![Refusal { fault: Fault::Unbalanced(imbalance), claim }]);
        }
        if !interest_agrees(advice) {
            return Err(whole(Fault::Interest));
        }
        let remittance = remittance(advice, text);
        let key = remittance.key.clone();
        if self.known.contains(&key) {
            return Err(whole(Fault::Known));
        }
        let mut load = Load {
            advice,
            key: key.clone(),
            entries: vec![LedgerEntry::Remittance(Box::new(remittance))],
            reversed: Vec::new(),
            decided: Vec::new(),
            before: Vec::new(),
        };
        let mut refusals = Vec::new();
        // What is taken back comes first, wherever it stands.
        for reversals in [true, false] {
            for (index, claim) in advice.claims().enumerate() {
                if claim.is_reversal() != reversals {
                    continue;
                }
                if let Err(fault) = self.claim(claim, &mut load) {
                    refusals.push(Refusal { fault, claim: Some(index) });
                }
            }
        }
        if !refusals.is_empty() {
            refusals.sort_by_key(|refusal| refusal.claim);
            for (place, chain) in load.before.into_iter().rev() {
                *self.chains.at_mut(place) = chain;
            }
            return Err(refusals);
        }
        self.settle(&mut load);
        self.known.insert(key);
        if self.accumulates {
            let changes = load.entries.iter().filter_map(|entry| match entry {
                LedgerEntry::Accumulator(change) => Some(change.clone()),
                _ => None,
            });
            let changes: Vec<AccumulatorChange> = changes.collect();
            self.holders.count(&changes);
        }
        Ok(load.entries)
    }

    /// One payment of it.
    fn claim(&mut self, claim: &ClaimPayment, load: &mut Load<'_>) -> Result<(), Fault> {
        let place = self.chains.find(claim, load.advice.payee.npi()).map_err(|why| match why {
            NoPlace::Unknown => Fault::UnknownClaim,
            NoPlace::OtherAccount => Fault::OtherAccount,
            NoPlace::Undecided => Fault::Undecided,
        })?;
        let chain = self.chains.at(place.chain);
        let version = chain.version(&place.number).ok_or(Fault::UnknownClaim)?;
        match claim.is_reversal() {
            true => {
                let standing = chain.standing(&place.number).ok_or(Fault::Undecided)?;
                check_reversal(claim, standing)?;
            }
            // See [`Chain::pay`].
            false if claim.status == "25" => {}
            false if chain.any_standing().is_some() => return Err(Fault::Decided),
            false if claim.charge != version.charge => return Err(Fault::Charge),
            false => {}
        }
        let paid = payment(claim, load.advice, &load.key, version, chain);
        let changes = match (self.accumulates, claim.is_reversal()) {
            (false, _) => Vec::new(),
            (true, true) => chain.given_back(&place.number),
            (true, false) => self.holders.added(version, claim),
        };
        self.enter(claim, &place, paid, &changes, load);
        Ok(())
    }

    fn enter(
        &mut self,
        claim: &ClaimPayment,
        place: &Place,
        paid: Payment,
        changes: &[AccumulatorChange],
        load: &mut Load<'_>,
    ) {
        let chain = self.chains.at_mut(place.chain);
        load.before.push((place.chain, chain.clone()));
        load.entries.push(LedgerEntry::Payment(Box::new(paid.clone())));
        match paid.kind {
            PaymentKind::Reversal => load.reversed.push((place.clone(), -paid.paid)),
            PaymentKind::Decision => {
                load.decided.push((place.clone(), paid.paid));
                load.entries.push(LedgerEntry::State(StateChange {
                    claim: place.number.clone(),
                    state: states::decided(claim, load.advice.decided()),
                    why: "".into(),
                }));
            }
        }
        load.entries.extend(changes.iter().cloned().map(LedgerEntry::Accumulator));
        chain.pay(paid);
        chain.count(changes);
    }

    /// How versions stand whose decision was taken back, and what money comes back by it.
    fn settle(&self, load: &mut Load<'_>) {
        let day = load.advice.decided();
        for (place, paid) in std::mem::take(&mut load.reversed) {
            let chain = self.chains.at(place.chain);
            let mut enter = |claim: &str, fate: Fate, why: &str| {
                let state = states::after(fate, day);
                let (claim, why) = (claim.into(), why.into());
                load.entries.push(LedgerEntry::State(StateChange { claim, state, why }));
            };
            let successor = chain.version(&place.number).and_then(|v| v.successor.as_deref());
            let successor = successor.and_then(|number| chain.version(number));
            let again = |number: &str| load.decided.iter().find(|(of, _)| *of.number == *number);
            let same = again(&place.number).map(|(_, paid)| *paid);
            let (mut by, mut new) = (None, same);
            match successor {
                Some(void) if is_void(void) => {
                    enter(&place.number, Fate::Voided, "voided");
                    enter(&void.number, Fate::Voided, "voided");
                    (by, new) = (Some(void.number.clone()), Some(Decimal::ZERO));
                }
                Some(_) => {
                    enter(&place.number, Fate::Replaced, "replaced");
                    // The newest one that was decided, because a replacement may have been replaced before.
                    let later = load.decided.iter().rev().find(|(of, _)| of.chain == place.chain);
                    if let Some((of, paid)) = later {
                        (by, new) = (Some(of.number.clone()), Some(*paid));
                    }
                }
                None if same.is_none() => enter(&place.number, Fate::Reversed, "reversed"),
                None => {}
            }
            if let Some(new) = new.filter(|new| *new < paid)
                && by.is_some()
            {
                let announced = chain.announced_refund(&place.number);
                load.entries.push(LedgerEntry::Refund(Refund {
                    claim: place.number.clone(),
                    by,
                    amount: Some(paid - new),
                    method: announced.map_or(RefundMethod::Recoupment, |refund| refund.method),
                    check: announced.map_or_else(Box::default, |refund| refund.check.clone()),
                    on: load.advice.payment.date,
                }));
            }
        }
    }
}

/// True for a version that voids another.
pub(crate) fn is_void(version: &ClaimVersion) -> bool {
    &*version.frequency == "8"
}

fn check_reversal(claim: &ClaimPayment, standing: &Payment) -> Result<(), Fault> {
    if claim.charge != -standing.charge {
        return Err(Fault::Charge);
    }
    if claim.paid != -standing.paid {
        return Err(Fault::Paid);
    }
    Ok(())
}

/// Whether PLB L6 is the interest that the claims tell of. Interest of no claim in particular may stand in PLB alone.
fn interest_agrees(advice: &RemittanceAdvice) -> bool {
    let told: Vec<Decimal> = advice.claims().map(ClaimPayment::interest).collect();
    let net: Decimal = told.iter().sum();
    let paid = advice.adjustments.iter().filter(|adjustment| adjustment.reason == "L6");
    let paid: Decimal = paid.map(|adjustment| adjustment.amount).sum();
    told.iter().all(Decimal::is_zero) || net == -paid
}
