//! What to look up for a run of requests, and what was found: the only part that reads the store.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use time::Date;

use super::lines::{self, Detail};
use super::select::{Asker, Criteria, Sight, Window};
use super::standing::{set_status, status};
use super::{AnswerContext, StatusPolicy};
use crate::answer::members::identify::{dependent, subscriber_of_family, subscriber_patient};
use crate::answer::members::{fetch, search};
use crate::answer::payer::is_ours;
use crate::config::claim_status::{LineDetail, ReplacedClaims};
use crate::dict::is_npi;
use crate::partner::{Lane, ProviderScope};
use crate::segments::{Demographics, Name, StatusCode};
use crate::store::{
    ClaimKey, ClaimScope, ClaimVersion, Member, MemberFile, MemberSearch, Owner, Provider,
    StoreError, Stores,
};
use crate::txn::claim_status::{ClaimRequest, LineAnswer, StatusRequest, request};
use crate::txn::eligibility::Person;

/// Several requests are not answered in real time.
const TOO_MANY_REQUESTS: (&str, &str) = ("E4", "691");
/// The payer is not this one.
const OTHER_PAYER: (&str, &str, &str) = ("E0", "26", "PR");
/// The provider's NPI is none.
const NO_NPI: (&str, &str, &str) = ("E0", "562", "1P");

/// What to look up for a run of requests, each thing once, and what is refused already.
pub struct StatusPlan {
    policy: Arc<StatusPolicy>,
    scope: ProviderScope,
    today: Date,
    lane: Lane,
    /// One for each subscriber that can be searched for.
    members: Vec<MemberSearch>,
    /// For each of `members`: dependents are asked about, so that the family is needed as well.
    with_family: Vec<bool>,
    /// Ids of providers, each once.
    providers: Vec<Box<str>>,
    /// Tax ids of providers, in the order of the askers.
    tax_ids: Vec<Box<str>>,
    /// All providers who ask.
    askers: Vec<AskerPlan>,
    /// All patients.
    patients: Vec<PatientPlan>,
    /// One for each request.
    pub(super) sets: Vec<SetPlan>,
}

/// A set.
#[derive(Default)]
pub(super) struct SetPlan {
    pub(super) sources: Vec<SourcePlan>,
}

/// A payer.
#[derive(Default)]
pub(super) struct SourcePlan {
    /// Told to every receiver; then there is nothing below.
    pub(super) refused: Option<StatusCode>,
    /// For each receiver its providers.
    pub(super) receivers: Vec<Vec<ProviderPlan>>,
}

/// A provider level.
pub(super) struct ProviderPlan {
    /// Index into [`StatusPlan::askers`].
    pub(super) asker: usize,
    /// For each subscriber, indexes into [`StatusPlan::patients`]: their own, and those of the dependents.
    pub(super) subscribers: Vec<(usize, Vec<usize>)>,
}

/// A provider who asks.
#[derive(Default)]
struct AskerPlan {
    refused: Option<StatusCode>,
    /// Indexes into [`StatusPlan::providers`], and whether the id is an NPI.
    lookups: Vec<(usize, bool)>,
    /// Indexes into [`StatusPlan::tax_ids`].
    tax_ids: Vec<usize>,
    known: Asker,
}

/// A patient, or a subscriber who only leads to the dependents.
struct PatientPlan {
    person: Person,
    /// Index into [`StatusPlan::askers`].
    asker: usize,
    /// Index into [`StatusPlan::members`]; none when there can be no search, or for a dependent.
    search: Option<usize>,
    /// The subscriber of a dependent, an index into [`StatusPlan::patients`].
    subscriber: Option<usize>,
    /// What is asked for, one for each TRN.
    claims: Vec<Criteria>,
}

crate::phi::redacted!(StatusPlan {});

/// What was found for a [`StatusPlan`].
#[derive(Default)]
pub struct Found {
    /// For each of [`StatusPlan::askers`] why the provider is refused.
    pub(super) refused: Vec<Option<StatusCode>>,
    /// For each of [`StatusPlan::patients`] what was found for each of their requests, taken one by one as they are answered.
    pub(super) patients: Vec<Vec<Outcome>>,
}

crate::phi::redacted!(Found { refused });

/// What was found for one request.
pub(super) enum Outcome {
    /// The patient is not known.
    UnknownPatient,
    /// No claim fits.
    NotFound,
    /// More fit than are returned.
    TooMany,
    /// These fit.
    Claims {
        /// Another number was asked for.
        by_other: bool,
        claims: Vec<Told>,
    },
}

/// A claim that is told of.
pub(super) struct Told {
    pub(super) claim: ClaimVersion,
    pub(super) lines: Vec<LineAnswer>,
}

impl StatusPlan {
    pub(super) fn new(requests: &[StatusRequest], context: &AnswerContext) -> StatusPlan {
        let mut plan = StatusPlan {
            policy: context.policy.clone(),
            scope: context.scope.clone(),
            today: context.today(),
            lane: context.lane,
            members: Vec::new(),
            with_family: Vec::new(),
            providers: Vec::new(),
            tax_ids: Vec::new(),
            askers: Vec::new(),
            patients: Vec::new(),
            sets: Vec::new(),
        };
        let mut known = FxHashMap::default();
        for request in requests {
            let set = plan.set(request, &mut known);
            plan.sets.push(set);
        }
        plan
    }

    fn set(&mut self, request: &StatusRequest, known: &mut FxHashMap<Box<str>, usize>) -> SetPlan {
        let most = match self.lane {
            Lane::RealTime => self.policy.status.real_time_requests_max,
            Lane::Batch => usize::MAX,
        };
        let (category, code) = TOO_MANY_REQUESTS;
        let refused = (request.claims() > most).then(|| status(category, code, ""));
        let sources = request.sources.iter();
        let sources = sources.map(|source| {
            let (category, code, entity) = OTHER_PAYER;
            let ours = is_ours(&source.name, &self.policy.members.payer);
            let refused = refused.or((!ours).then(|| status(category, code, entity)));
            if refused.is_some() {
                return SourcePlan { refused, receivers: Vec::new() };
            }
            let mut receivers = Vec::with_capacity(source.receivers.len());
            for receiver in &source.receivers {
                let providers = receiver.providers.iter();
                receivers.push(providers.map(|provider| self.provider(provider, known)).collect());
            }
            SourcePlan { refused, receivers }
        });
        SetPlan { sources: sources.collect() }
    }

    fn provider(
        &mut self,
        provider: &request::Provider,
        known: &mut FxHashMap<Box<str>, usize>,
    ) -> ProviderPlan {
        let asker = self.askers.len();
        let plan = self.asker(&provider.names, known);
        let refused = plan.refused.is_some();
        self.askers.push(plan);
        let subscribers = provider.subscribers.iter().filter(|_| !refused);
        let subscribers = subscribers.map(|subscriber| self.subscriber(subscriber, asker));
        ProviderPlan { asker, subscribers: subscribers.collect() }
    }

    fn asker(&mut self, names: &[Name], known: &mut FxHashMap<Box<str>, usize>) -> AskerPlan {
        let mut asker = AskerPlan::default();
        for name in names {
            let id: Box<str> = name.id.trim().into();
            match name.id_qualifier.as_str() {
                "FI" => {
                    asker.tax_ids.push(self.tax_ids.len());
                    self.tax_ids.push(id.replace('-', "").into());
                }
                qualifier => {
                    if let ProviderScope::Only(ids) = &self.scope {
                        asker.known.in_scope |= ids.contains(&id);
                    }
                    let is_number = qualifier == "XX";
                    if is_number && !is_npi(id.as_bytes()) {
                        let (category, code, entity) = NO_NPI;
                        asker.refused = Some(status(category, code, entity));
                        continue;
                    }
                    let index = *known.entry(id).or_insert_with_key(|id| {
                        self.providers.push(id.clone());
                        self.providers.len() - 1
                    });
                    asker.lookups.push((index, is_number));
                }
            }
        }
        asker
    }

    fn subscriber(
        &mut self,
        subscriber: &request::Subscriber,
        asker: usize,
    ) -> (usize, Vec<usize>) {
        let person = person(&subscriber.name, subscriber.demographics);
        let lookup = search::lookup(&person, &self.policy.members);
        // Who only leads to dependents comes without a birth date.
        let sound = lookup.reasons.is_empty() || subscriber.claims.is_empty();
        let search = lookup.search.filter(|_| sound).map(|search| {
            self.members.push(search);
            self.with_family.push(!subscriber.dependents.is_empty());
            self.members.len() - 1
        });
        let own = self.patients.len();
        let claims = criteria(&subscriber.claims);
        self.patients.push(PatientPlan { person, asker, search, subscriber: None, claims });
        let dependents = subscriber.dependents.iter().map(|dependent| {
            let person = self::person(&dependent.name, dependent.demographics);
            let claims = criteria(&dependent.claims);
            let subscriber = Some(own);
            self.patients.push(PatientPlan { person, asker, search: None, subscriber, claims });
            self.patients.len() - 1
        });
        (own, dependents.collect())
    }

    /// The providers who ask, with what the store has about them.
    fn judge_askers(
        &self,
        providers: &[Option<Provider>],
        by_tax_id: &[Vec<Provider>],
    ) -> Vec<(Option<StatusCode>, Asker)> {
        self.askers.iter().map(|plan| self.judge_asker(plan, providers, by_tax_id)).collect()
    }

    fn judge_asker(
        &self,
        plan: &AskerPlan,
        providers: &[Option<Provider>],
        by_tax_id: &[Vec<Provider>],
    ) -> (Option<StatusCode>, Asker) {
        let policy = &self.policy.status;
        let (mut refused, mut asker) = (plan.refused, plan.known.clone());
        let mut unknown = false;
        for (index, is_number) in &plan.lookups {
            match providers.get(*index).and_then(Option::as_ref) {
                Some(provider) => {
                    asker.npis.push(provider.npi.clone());
                    if !provider.may_inquire {
                        refused = refused.or(Some(set_status(&policy.provider_refused)));
                    }
                }
                None if *is_number && !policy.check_provider => {
                    asker.npis.push(self.providers[*index].clone());
                }
                None => unknown = true,
            }
        }
        for index in &plan.tax_ids {
            let found = by_tax_id.get(*index).map_or(&[][..], Vec::as_slice);
            if !self.add_by_tax_id(&self.tax_ids[*index], found, &mut asker) {
                refused = refused.or(Some(set_status(&policy.provider_refused)));
            }
        }
        let nobody = asker.npis.is_empty() && asker.tins.is_empty();
        if nobody && (unknown || plan.lookups.is_empty()) && plan.tax_ids.is_empty() {
            refused = refused.or(Some(set_status(&policy.provider_unknown)));
        }
        (refused, asker)
    }

    /// Adds a provider who is named by tax id: by the NPIs of those who have it, as far as they may ask and the partner may ask
    /// for them. A tax id that nobody on file has is compared with those of the claims. False when nobody with it may ask.
    fn add_by_tax_id(&self, tax_id: &str, found: &[Provider], asker: &mut Asker) -> bool {
        let may_ask = |provider: &&Provider| provider.may_inquire;
        let is_in_scope = |provider: &&Provider| match &self.scope {
            ProviderScope::All => true,
            ProviderScope::Only(ids) => {
                let payer_id = provider.payer_id.as_ref();
                ids.contains(&provider.npi) || payer_id.is_some_and(|id| ids.contains(id))
            }
        };
        let before = asker.npis.len();
        let known = found.iter().filter(may_ask).filter(is_in_scope);
        asker.npis.extend(known.map(|provider| provider.npi.clone()));
        let is_restricted = matches!(self.scope, ProviderScope::Only(_));
        // Each of them was judged by itself: the tax id alone must not bring back one who was left out.
        let all_may = found.iter().all(|provider| provider.may_inquire);
        if found.is_empty() || all_may && !is_restricted {
            asker.tins.push(tax_id.into());
        }
        asker.in_scope |= is_restricted && asker.npis.len() > before;
        found.is_empty() || found.iter().any(|provider| provider.may_inquire)
    }

    /// Who the patients are, as far as they are members and their providers may ask.
    fn identify(
        &self,
        members: &[Vec<MemberFile>],
        families: &FxHashMap<Box<str>, Vec<MemberFile>>,
        askers: &[(Option<StatusCode>, Asker)],
    ) -> Vec<Option<Owner>> {
        let policy = &self.policy.members;
        let hits = |plan: &PatientPlan| plan.search.and_then(|index| members.get(index));
        let identify = |plan: &PatientPlan| {
            if askers[plan.asker].0.is_some() || plan.claims.is_empty() {
                return None;
            }
            let Some(subscriber) = plan.subscriber else {
                let hits = hits(plan)?;
                let index = subscriber_patient(&plan.person, hits, policy).ok()?;
                return Some(owner(&hits[index].member));
            };
            let way = &self.patients[subscriber];
            let family = subscriber_of_family(&way.person, hits(way)?, policy).ok()?;
            let family = families.get(&family.subscriber)?;
            let found = dependent(&plan.person, family, policy).ok()?;
            Some(owner(&found.member))
        };
        self.patients.iter().map(identify).collect()
    }
}

fn person(name: &Name, demographics: Demographics) -> Person {
    let Demographics { birth, gender } = demographics;
    Person { name: name.clone(), birth, gender, ..Person::default() }
}

fn criteria(claims: &[ClaimRequest]) -> Vec<Criteria> {
    claims.iter().map(Criteria::new).collect()
}

fn owner(member: &Member) -> Owner {
    Owner { subscriber: member.subscriber.clone(), suffix: member.suffix.clone() }
}

/// Looks up what the plan names: each kind in one batched call, each step after what it depends on.
pub(super) async fn fetch(stores: &Stores, plan: &StatusPlan) -> Result<Found, StoreError> {
    let wanted = fetch::Wanted {
        members: &plan.members,
        with_family: &plan.with_family,
        providers: &plan.providers,
    };
    let fetch::Fetched { members, providers, families } = fetch::fetch(stores, wanted).await?;
    let by_tax_id = match plan.tax_ids.is_empty() {
        true => Vec::new(),
        false => match stores.providers.of_tax_ids(&plan.tax_ids).await {
            // Then the tax ids of the claims decide.
            Err(StoreError::Unsupported { .. }) => Vec::new(),
            found => found?,
        },
    };
    let askers = plan.judge_askers(&providers, &by_tax_id);
    let owners = plan.identify(&members, &families, &askers);
    let patients = claims(stores, plan, &owners, &askers).await?;
    Ok(Found { refused: askers.into_iter().map(|asker| asker.0).collect(), patients })
}

/// One request of a patient who was identified, and the claims found for it.
struct Search<'p> {
    criteria: &'p Criteria,
    sight: Sight<'p>,
    /// By the number asked for; of a claim that was replaced, with what stands in its place.
    numbered: Vec<ClaimVersion>,
    /// By patient and days.
    others: Vec<ClaimVersion>,
}

/// The claims that fit a request.
struct Chosen<'p> {
    criteria: &'p Criteria,
    /// They were found by the number asked for.
    by_number: bool,
    /// There may be more.
    is_cut_off: bool,
    claims: Vec<ClaimVersion>,
}

/// What was found for each request of each patient.
async fn claims(
    stores: &Stores,
    plan: &StatusPlan,
    owners: &[Option<Owner>],
    askers: &[(Option<StatusCode>, Asker)],
) -> Result<Vec<Vec<Outcome>>, StoreError> {
    let window = Window::new(&plan.policy.status, plan.today);
    let mut searches = Vec::new();
    for (patient, owner) in plan.patients.iter().zip(owners) {
        let Some(owner) = owner else { continue };
        searches.extend(patient.claims.iter().map(|criteria| Search {
            criteria,
            sight: Sight {
                patient: owner,
                asker: &askers[patient.asker].1,
                scope: &plan.scope,
                window: &window,
            },
            numbered: Vec::new(),
            others: Vec::new(),
        }));
    }
    by_number(stores, plan, &mut searches).await?;
    by_patient(stores, plan, &window, &mut searches).await?;
    let chosen: Vec<Chosen<'_>> = searches.into_iter().map(|search| plan.choose(search)).collect();
    let details = lines::fetch(stores, &plan.lines_wanted(&chosen)).await?;
    let mut chosen = chosen.into_iter();
    let outcomes = plan.patients.iter().zip(owners).map(|(patient, owner)| {
        let outcomes = patient.claims.iter().map(|_| match owner {
            Some(_) => {
                chosen.next().map_or(Outcome::NotFound, |chosen| plan.outcome(chosen, &details))
            }
            None => Outcome::UnknownPatient,
        });
        outcomes.collect()
    });
    Ok(outcomes.collect())
}

/// Looks for the claims that were asked for by number, as they stand now.
async fn by_number(
    stores: &Stores,
    plan: &StatusPlan,
    searches: &mut [Search<'_>],
) -> Result<(), StoreError> {
    let both = plan.policy.status.replaced == ReplacedClaims::Both;
    let (mut keys, mut of) = (Vec::new(), Vec::new());
    for (index, search) in searches.iter().enumerate() {
        let Some(number) = &search.criteria.number else { continue };
        if both {
            keys.push(ClaimKey::Number(number.clone()));
            of.push(index);
        }
        keys.push(ClaimKey::Latest(number.clone()));
        of.push(index);
    }
    for (index, found) in of.into_iter().zip(find(stores, &keys, ClaimScope::default()).await?) {
        let Search { sight, numbered, .. } = &mut searches[index];
        for claim in found {
            if sight.sees(&claim) && numbered.iter().all(|known| known.number != claim.number) {
                numbered.push(claim);
            }
        }
    }
    Ok(())
}

/// Looks for the claims of the patients in the days asked for, where a number did not find one.
async fn by_patient(
    stores: &Stores,
    plan: &StatusPlan,
    window: &Window,
    searches: &mut [Search<'_>],
) -> Result<(), StoreError> {
    let (mut keys, mut of) = (Vec::new(), Vec::new());
    for (index, search) in searches.iter().enumerate() {
        let (from, to) = search.criteria.days(window);
        if search.numbered.is_empty() && from <= to {
            keys.push(ClaimKey::Member { owner: search.sight.patient.clone(), from, to });
            of.push(index);
        }
    }
    let limit = plan.searched_max() as u32;
    for (index, found) in of
        .into_iter()
        .zip(find(stores, &keys, ClaimScope { limit, ..ClaimScope::default() }).await?)
    {
        searches[index].others = found;
    }
    Ok(())
}

/// Claims for each key. A store without a ledger has none.
async fn find(
    stores: &Stores,
    keys: &[ClaimKey],
    scope: ClaimScope,
) -> Result<Vec<Vec<ClaimVersion>>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    match stores.claims.find(keys, scope).await {
        Err(StoreError::Unsupported { .. }) => Ok(vec![Vec::new(); keys.len()]),
        found => found,
    }
}

impl StatusPlan {
    /// Most claims that are returned for one request.
    fn claims_max(&self) -> usize {
        match self.lane {
            Lane::RealTime => self.policy.status.real_time_claims_max,
            Lane::Batch => self.policy.status.batch_claims_max,
        }
    }

    /// Most claims of one patient that are looked at; more than are returned, because not all of them may fit.
    fn searched_max(&self) -> usize {
        self.claims_max().saturating_mul(10).clamp(1000, 100_000)
    }

    /// The claims that fit a request, as far as that can be told without their lines.
    fn choose<'p>(&self, search: Search<'p>) -> Chosen<'p> {
        let Search { criteria, sight, numbered, others } = search;
        if !numbered.is_empty() {
            return Chosen { criteria, by_number: true, is_cut_off: false, claims: numbered };
        }
        let is_cut_off = others.len() >= self.searched_max();
        let mut claims = others;
        claims.retain(|claim| sight.sees(claim) && criteria.fits(claim));
        Chosen { criteria, by_number: false, is_cut_off, claims }
    }

    /// The numbers of the claims whose lines are needed.
    fn lines_wanted(&self, chosen: &[Chosen<'_>]) -> Vec<Box<str>> {
        let wanted = chosen.iter().filter(|chosen| self.wants_lines(chosen.criteria));
        let mut numbers: Vec<Box<str>> =
            wanted.flat_map(|chosen| &chosen.claims).map(|claim| claim.number.clone()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// True when lines are returned, or narrow what is found.
    fn wants_lines(&self, criteria: &Criteria) -> bool {
        self.policy.status.lines == LineDetail::Always || !criteria.lines.is_empty()
    }

    fn outcome(&self, chosen: Chosen<'_>, details: &FxHashMap<Box<str>, Detail>) -> Outcome {
        let Chosen { criteria, by_number, is_cut_off, mut claims } = chosen;
        let policy = &self.policy.status;
        if !by_number {
            let has_all =
                |claim: &ClaimVersion, detail| lines::has_all(detail, &criteria.lines, claim);
            let detail = |claim: &ClaimVersion| details.get(&claim.number);
            claims.retain(|claim| detail(claim).is_none_or(|detail| has_all(claim, detail)));
        }
        let told = |claim: ClaimVersion| {
            let detail = details.get(&claim.number).filter(|_| policy.lines != LineDetail::Never);
            let lines = match detail.filter(|_| self.wants_lines(criteria)) {
                Some(detail) => lines::answers(detail, &claim, &criteria.lines, policy),
                None => Vec::new(),
            };
            Told { claim, lines }
        };
        match claims.len() {
            0 if !is_cut_off => Outcome::NotFound,
            count if is_cut_off || count > self.claims_max() => Outcome::TooMany,
            _ => Outcome::Claims {
                by_other: criteria.number.is_some() && !by_number,
                claims: claims.into_iter().map(told).collect(),
            },
        }
    }
}
