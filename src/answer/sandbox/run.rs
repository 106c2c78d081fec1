//! One run of the sandbox: what waits is decided and put together by payee; nothing is entered yet.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use time::Date;

use super::advice::{OpenBalance, Parts, PayeeFacts};
use super::decide::{Case, Decision};
use super::rules::Rules;
use super::{claim_numbers, claims, destinations, text};
use crate::answer::remittance::{
    Chain, Chains, Fate, Fault, Holders, Loader, after, is_void, members, providers,
};
use crate::config::ConfigError;
use crate::phi::redacted;
use crate::store::{
    ClaimHistory, ClaimKey, ClaimScope, ClaimState, ClaimVersion, DisputeState, LedgerEntry,
    MemberFile, Plan, Remittance, StateChange, StoreError, Stores,
};
use crate::txn::claim::Claim;
use crate::txn::remittance::{ClaimPayment, RemittanceAdvice};
use crate::wire::EmitError;

/// Claims that are decided together.
const CLAIMS_MAX: usize = 5_000;

/// Claims that are read at once.
const PAGE: u32 = 1_000;

/// Advice with a forwarding balance that is looked at for one payee; the newest to this destination counts.
const BALANCES_MAX: u32 = 50;

/// The series of the numbers of advice.
const SERIES: &str = "sandbox/835";

/// Why the sandbox could not pay.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The rules of the store are wrong.
    #[error("the rules of the sandbox cannot be used: {0}")]
    Rules(Box<ConfigError>),
    /// An 835 holds what X12 cannot carry.
    #[error("an 835 could not be written")]
    Emit(#[source] EmitError),
    /// An 835 of ours does not fit the ledger: another process has changed it meanwhile.
    #[error("the ledger has changed meanwhile; run it again")]
    Changed,
}

/// Who is sent an advice: who sent the claims, and to whom.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Destination {
    /// Key of the partner.
    pub partner: Box<str>,
    /// ISA05 and ISA06 of the claims, `ZZ:SUBMITTER1`; empty where that is not known.
    pub sender: Box<str>,
    /// ISA07 and ISA08 of the claims; empty where that is not known.
    pub receiver: Box<str>,
    /// ISA15 was `T`.
    pub test: bool,
}

impl Destination {
    /// A partner whose interchange is not known any more.
    pub fn of_partner(partner: &str) -> Destination {
        let empty = Box::<str>::default;
        Destination { partner: partner.into(), sender: empty(), receiver: empty(), test: false }
    }
}

/// An 835 of the sandbox.
pub struct SandboxPayment {
    /// Who is sent it.
    pub destination: Destination,
    /// The 835.
    pub advice: RemittanceAdvice,
}

redacted!(SandboxPayment { destination });

/// What a run has decided; all of it is entered together.
#[derive(Default)]
pub struct SandboxRun {
    /// The 835s.
    pub payments: Vec<SandboxPayment>,
    /// What is to be entered into the ledger.
    pub entries: Vec<LedgerEntry>,
    /// Claims that were paid or denied, reversals not counted.
    pub decided: usize,
    /// Claims that wait by a rule.
    pub pended: usize,
    /// Voids of claims that were not decided: nothing is taken back.
    pub voided: usize,
    /// Claims that could not be decided: their text cannot be read or does not add up.
    pub left: usize,
    /// The last claim that was looked at; none when there are no more.
    pub after: Option<Box<str>>,
}

redacted!(SandboxRun { decided, pended, voided, left });

/// Payments to one payee.
struct Group {
    payee: PayeeFacts,
    claims: Vec<ClaimPayment>,
}

/// What was looked up for a run.
struct Known {
    waiting: Vec<ClaimVersion>,
    histories: Vec<ClaimHistory>,
    /// Texts of versions whose decision may be taken back.
    texts: FxHashMap<Box<str>, Claim>,
    members: Vec<MemberFile>,
    providers: Vec<Box<str>>,
    destinations: FxHashMap<u64, Destination>,
}

/// Decides claims that wait, the oldest first, those after the one with the number `after`.
///
/// # Errors
/// The store failed, or an 835 cannot be written.
pub async fn run(
    rules: &Rules,
    stores: &Stores,
    today: Date,
    after: Option<&str>,
) -> Result<SandboxRun, SandboxError> {
    let plans = stores.plans.all().await?;
    let known = look_up(stores, after).await?;
    let mut desk = Desk::new(rules, &plans, &known, today);
    for version in &known.waiting {
        desk.version(version, &known);
    }
    let Desk { groups, mut run, mut chains, mut holders, .. } = desk;
    run.after = known.waiting.last().map(|version| version.number.clone());
    let mut seen = FxHashSet::default();
    let mut loader =
        Loader { chains: &mut chains, holders: &mut holders, accumulates: true, known: &mut seen };
    let mut waiting = Vec::new();
    for ((destination, _), group) in groups {
        let open = open_balance(stores, &group.payee, &destination).await?;
        let number = stores.journal.take_control_numbers(SERIES, 1).await?;
        let receiver = destination.sender.split_once(':').map_or("", |(_, id)| id);
        let parts =
            Parts { payee: &group.payee, receiver, claims: group.claims, open, number, today };
        let advice = rules.advice(parts);
        let text = text(&advice)?;
        waiting.push((SandboxPayment { destination, advice }, text));
    }
    // A claim may be taken back in the advice for one payee and decided in that for another: then that one comes first.
    while !waiting.is_empty() {
        let before = waiting.len();
        for (payment, text) in std::mem::take(&mut waiting) {
            match loader.load(&payment.advice, text.clone()) {
                Ok(entries) => {
                    run.entries.extend(entries);
                    run.payments.push(payment);
                }
                Err(refusals) if refusals.iter().all(|r| r.fault == Fault::Decided) => {
                    waiting.push((payment, text));
                }
                Err(_) => return Err(SandboxError::Changed),
            }
        }
        if waiting.len() == before {
            return Err(SandboxError::Changed);
        }
    }
    Ok(run)
}

async fn look_up(stores: &Stores, after: Option<&str>) -> Result<Known, SandboxError> {
    let mut waiting: Vec<ClaimVersion> = Vec::new();
    while waiting.len() < CLAIMS_MAX {
        let last = waiting.last().map(|version| version.number.clone());
        let page = stores.claims.waiting(last.as_deref().or(after), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        waiting.extend(page);
        if is_last {
            break;
        }
    }
    let mut originals: Vec<Box<str>> =
        waiting.iter().map(|version| version.original.clone()).collect();
    originals.sort_unstable();
    originals.dedup();
    let histories: Vec<ClaimHistory> =
        stores.claims.histories(&originals).await?.into_iter().flatten().collect();
    // What the payer has asked about, and what is disputed, waits for people.
    let held: FxHashSet<&str> = histories.iter().flat_map(held_by_people).collect();
    waiting.retain(|version| !held.contains(&*version.number));
    let paid = histories.iter().flat_map(|history| &history.payments);
    let keys: FxHashSet<ClaimKey> =
        paid.map(|payment| ClaimKey::Number(payment.claim.clone())).collect();
    let keys: Vec<ClaimKey> = keys.into_iter().collect();
    let scope = ClaimScope { with_text: true, ..ClaimScope::default() };
    let found = stores.claims.find(&keys, scope).await?;
    let mut texts = FxHashMap::default();
    for version in found.into_iter().flatten() {
        if let Some(claim) = Claim::read(&version.text) {
            texts.insert(version.number, claim);
        }
    }
    let versions = histories.iter().flat_map(|history| &history.versions);
    let members = members(stores, versions.clone()).await?;
    let providers = providers(stores, versions).await?;
    let interchanges = waiting.iter().map(|version| version.interchange);
    let destinations = destinations(stores, interchanges).await?;
    Ok(Known { waiting, histories, texts, members, providers, destinations })
}

/// The versions that a request for information or a dispute holds up.
fn held_by_people(history: &ClaimHistory) -> impl Iterator<Item = &str> {
    let asked = history.requests.iter().filter(|request| request.answered.is_none());
    let disputed = history.disputes.iter().filter(|it| it.state == DisputeState::Open);
    asked.map(|request| &*request.claim).chain(disputed.map(|dispute| &*dispute.claim))
}

/// What the payee owes from before, by advice to the same destination.
async fn open_balance(
    stores: &Stores,
    payee: &PayeeFacts,
    destination: &Destination,
) -> Result<Option<OpenBalance>, SandboxError> {
    let keys = [payee.key().into()];
    let found = stores.claims.adjusted(&keys, "FB", BALANCES_MAX).await?;
    for remittance in found.into_iter().flatten() {
        let of_payee = remittance.payee_tin == payee.provider.tin;
        if of_payee && is_for(stores, &remittance, destination).await? {
            return Ok(OpenBalance::after(&remittance));
        }
    }
    Ok(None)
}

/// Whether an advice went to this destination; one that is not ours went to none.
async fn is_for(
    stores: &Stores,
    remittance: &Remittance,
    destination: &Destination,
) -> Result<bool, SandboxError> {
    let numbers = claim_numbers(&remittance.text);
    let keys: Vec<ClaimKey> = numbers.into_iter().map(ClaimKey::Latest).collect();
    let found = stores.claims.find(&keys, ClaimScope::default()).await?;
    let versions: Vec<ClaimVersion> = found.into_iter().flatten().collect();
    let ids = versions.iter().map(|version| version.interchange);
    let sent = destinations(stores, ids).await?;
    Ok(versions.iter().any(|version| {
        let to = sent.get(&version.interchange);
        match to {
            Some(to) => to == destination,
            None => Destination::of_partner(&version.partner) == *destination,
        }
    }))
}

/// Decides one claim after the other, and remembers what each takes of a member's limits.
struct Desk<'d> {
    rules: &'d Rules,
    today: Date,
    /// Members with what the claims before have used.
    used: Holders<'d>,
    /// Members as they were.
    holders: Holders<'d>,
    chains: Chains,
    /// Claims for which a document has come.
    documented: FxHashSet<&'d str>,
    groups: BTreeMap<(Destination, Box<str>), Group>,
    run: SandboxRun,
}

impl<'d> Desk<'d> {
    fn new(rules: &'d Rules, plans: &'d [Plan], known: &'d Known, today: Date) -> Desk<'d> {
        let holders = Holders::new(plans, known.members.clone(), known.providers.clone());
        let mut chains = Chains::default();
        for history in &known.histories {
            chains.add(Chain::new(history.clone()));
        }
        let documents = known.histories.iter().flat_map(|history| &history.attachments);
        Desk {
            rules,
            today,
            used: holders.clone(),
            holders,
            chains,
            documented: documents.filter_map(|document| document.claim.as_deref()).collect(),
            groups: BTreeMap::new(),
            run: SandboxRun::default(),
        }
    }

    /// One version that waits.
    fn version(&mut self, version: &ClaimVersion, known: &Known) {
        if is_void(version) {
            return self.void(version, known);
        }
        let claim = Claim::read(&version.text).filter(|claim| {
            let charges: Decimal = claim.lines.iter().map(|line| line.charge).sum();
            !claim.lines.is_empty() && charges == version.charge
        });
        let Some(claim) = claim.filter(|_| has_payee(version)) else {
            self.run.left += 1;
            return;
        };
        self.chains.know_text(&version.number, &claim);
        let back = self.taken_back(version, known);
        if back.is_none() && self.has_standing(version) {
            self.run.left += 1;
            return;
        }
        let case = Case {
            version,
            claim: &claim,
            has_attachment: self.documented.contains(&*version.number),
            today: self.today,
        };
        if let Some((reversed, ..)) = &back {
            self.used.count(&self.chains.given_back(&reversed.number));
        }
        match self.rules.decide(case, &self.used) {
            Decision::Waits(state) => {
                if let Some((reversed, ..)) = &back {
                    self.used.count(&self.chains.taken(&reversed.number));
                }
                self.run.pended += 1;
                if !is_same(&version.state, &state) {
                    self.enter(&version.number, state, "pended by a rule of the sandbox");
                }
            }
            Decision::Decided { unknown, lines } => {
                if let Some((reversed, address, payment)) = back {
                    self.add(version, &reversed, address, payment, known);
                }
                let plan = self.plan(version);
                let decision = claims::decision(version, &claim, plan, unknown, lines);
                let changes = self.used.added(version, &decision);
                self.used.count(&changes);
                let address = address(&claim);
                self.add(version, version, address, decision, known);
                self.run.decided += 1;
            }
        }
    }

    /// A void: what was decided is taken back; where nothing was, there is nothing to say.
    fn void(&mut self, version: &ClaimVersion, known: &Known) {
        match self.taken_back(version, known) {
            Some((reversed, address, payment)) => {
                self.used.count(&self.chains.given_back(&reversed.number));
                self.add(version, &reversed, address, payment, known);
                self.run.decided += 1;
            }
            None if self.has_standing(version) => self.run.left += 1,
            None => {
                let voided = after(Fate::Voided, self.today);
                self.enter(&version.number, voided.clone(), "voided");
                let before = version.replaces.as_deref();
                let before = before.and_then(|number| self.chains.of(number)?.version(number));
                if let Some(before) = before.filter(|before| !is_same(&before.state, &voided)) {
                    let number = before.number.clone();
                    self.enter(&number, voided, "voided");
                }
                self.run.voided += 1;
            }
        }
    }

    /// Whether a decision about any version stands.
    fn has_standing(&self, version: &ClaimVersion) -> bool {
        self.chains.of(&version.number).is_some_and(|chain| chain.any_standing().is_some())
    }

    /// The decision of an earlier version that this one takes back.
    fn taken_back(
        &self,
        version: &ClaimVersion,
        known: &Known,
    ) -> Option<(ClaimVersion, Option<crate::segments::PostalAddress>, ClaimPayment)> {
        let chain = self.chains.of(&version.number)?;
        let standing = chain.any_standing()?;
        let reversed = chain.version(&standing.claim)?.clone();
        let claim = known.texts.get(&standing.claim)?;
        let plan = self.plan(&reversed);
        let payment = claims::reversal(&reversed, claim, plan, standing);
        Some((reversed, address(claim), payment))
    }

    fn plan(&self, version: &ClaimVersion) -> Option<&'d Plan> {
        let file = self.used.member(version)?;
        self.used.plan(file, version.from)
    }

    /// Adds a payment to those of the payee of `of`; it goes to who sent the version that is decided.
    fn add(
        &mut self,
        version: &ClaimVersion,
        of: &ClaimVersion,
        address: Option<crate::segments::PostalAddress>,
        payment: ClaimPayment,
        known: &Known,
    ) {
        let sent = known.destinations.get(&version.interchange).cloned();
        let destination = sent.unwrap_or_else(|| Destination::of_partner(&version.partner));
        let payee = PayeeFacts { provider: of.payee.clone(), address };
        let key = (destination, format!("{}/{}", of.payee.npi, of.payee.tin).into());
        let group = self.groups.entry(key).or_insert_with(|| Group { payee, claims: Vec::new() });
        group.claims.push(payment);
    }

    fn enter(&mut self, claim: &str, state: ClaimState, why: &str) {
        let (claim, why) = (claim.into(), why.into());
        self.run.entries.push(LedgerEntry::State(StateChange { claim, state, why }));
    }
}

fn has_payee(version: &ClaimVersion) -> bool {
    !version.payee.npi.is_empty() || !version.payee.tin.is_empty()
}

fn is_same(one: &ClaimState, other: &ClaimState) -> bool {
    (&one.category, &one.code, &one.entity) == (&other.category, &other.code, &other.entity)
}

/// Where the payee is: the pay-to address, else that of the billing provider.
fn address(claim: &Claim) -> Option<crate::segments::PostalAddress> {
    let pay_to = claim.pay_to.as_ref().and_then(|party| party.address.clone());
    pay_to.or_else(|| claim.provider.address.clone())
}
