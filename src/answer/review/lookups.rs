//! What to look up for a run of 278s, and what was found: the only part that reads the store.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use time::{Date, Duration, PrimitiveDateTime};

use super::keys::{request_key, service_key};
use super::numbers::ReviewNumbers;
use super::places::Place;
use super::rules::Rules;
use super::{AnswerContext, ReviewSettings};
use crate::answer::calendar::months_back;
use crate::answer::members::identify::{dependent, subscriber_of_family, subscriber_patient};
use crate::answer::members::{fetch, search};
use crate::answer::payer::is_ours;
use crate::answer::rejections::{Reason, Reasons};
use crate::config::reviews::Duplicates;
use crate::dict::is_npi;
use crate::partner::ProviderScope;
use crate::store::{
    Attachment, MemberFile, MemberSearch, Owner, Provider, ReviewKey, ReviewRecord, StoreError,
    Stores,
};
use crate::txn::eligibility;
use crate::txn::review::{Event, Party, Person, Purpose, Review};

/// What to look up for a run of 278s of one purpose, each thing once, and what is refused already.
pub struct ReviewPlan {
    pub(super) purpose: Purpose,
    pub(super) settings: Arc<ReviewSettings>,
    scope: ProviderScope,
    now: PrimitiveDateTime,
    members: Vec<MemberSearch>,
    with_family: Vec<bool>,
    providers: Vec<Box<str>>,
    pub(super) sets: Vec<SetPlan>,
}

crate::phi::redacted!(ReviewPlan {});

/// A set.
#[derive(Default)]
pub(super) struct SetPlan {
    /// True for a set that answers: it is only taken note of.
    pub(super) is_answer: bool,
    /// Why it is refused as a whole.
    pub(super) refused: Reasons,
    /// Why its payer is.
    pub(super) payer: Reasons,
    /// Why its requester is, before the store is asked.
    requester: Reasons,
    requester_id: Option<Box<str>>,
    /// The location that the requester says, where it has to be settled.
    requester_place: Option<Place>,
    /// An inquiry that names no patient.
    pub(super) without_patient: bool,
    subscriber: Reasons,
    /// Index into [`ReviewPlan::members`].
    search: Option<usize>,
    subscriber_person: eligibility::Person,
    dependent: Option<eligibility::Person>,
    event: Option<EventPlan>,
}

/// What of an event is looked up once the patient is known.
struct EventPlan {
    /// REF*BB and REF*NT.
    numbers: Vec<Box<str>>,
    /// The days of an inquiry.
    days: (Date, Date),
    /// Whether the inquiry says any.
    is_dated: bool,
    /// Control numbers of the documents that are announced.
    announced: Vec<Box<str>>,
    request: RequestParts,
}

/// What makes a request the same request, and the same service.
#[derive(Clone, Default)]
pub(super) struct RequestParts {
    pub(super) reference: Box<str>,
    pub(super) traces: Vec<Box<str>>,
    pub(super) requester: Box<str>,
    pub(super) category: Box<str>,
    pub(super) certification: Box<str>,
    pub(super) service_type: Box<str>,
    pub(super) providers: Vec<Box<str>>,
    pub(super) services: Vec<Box<str>>,
}

/// What was found for a [`ReviewPlan`].
#[derive(Default)]
pub struct Found {
    pub(super) providers: FxHashMap<Box<str>, Provider>,
    pub(super) sets: Vec<FoundSet>,
    /// Running numbers, one for each set.
    pub(super) numbers: Vec<u32>,
    /// Claims that name the numbers found.
    pub(super) used: FxHashMap<Box<str>, u64>,
    pub(super) rules: Arc<Rules>,
}

crate::phi::redacted!(Found { numbers });

/// What was found for a set.
#[derive(Default)]
pub(super) struct FoundSet {
    pub(super) requester: Reasons,
    pub(super) subscriber: Reasons,
    pub(super) dependent: Reasons,
    pub(super) patient: Option<MemberFile>,
    /// By number: what stands.
    pub(super) numbered: Vec<ReviewRecord>,
    /// The same request, received before.
    pub(super) same_request: Option<ReviewRecord>,
    /// The same service, standing; on whatever days.
    pub(super) same_service: Vec<ReviewRecord>,
    /// For an inquiry: of the patient, or of the provider where there is none, in the days asked for.
    pub(super) of_patient: Vec<ReviewRecord>,
    /// Documents that came before the request that announces them.
    pub(super) documents: Vec<Attachment>,
    pub(super) request_key: u64,
    pub(super) service_key: u64,
}

impl FoundSet {
    /// True when no level above the event is refused.
    pub(super) fn is_open(&self) -> bool {
        self.requester.is_empty() && self.subscriber.is_empty() && self.dependent.is_empty()
    }
}

impl ReviewPlan {
    pub(super) fn new(purpose: Purpose, reviews: &[Review], context: &AnswerContext) -> ReviewPlan {
        let mut plan = ReviewPlan {
            purpose,
            settings: context.policy.clone(),
            scope: context.scope.clone(),
            now: context.now,
            members: Vec::new(),
            with_family: Vec::new(),
            providers: Vec::new(),
            sets: Vec::with_capacity(reviews.len()),
        };
        for review in reviews {
            let set = plan.set(review);
            plan.sets.push(set);
        }
        plan.providers.sort_unstable();
        plan.providers.dedup();
        plan
    }

    fn set(&mut self, review: &Review) -> SetPlan {
        let mut set = SetPlan { is_answer: is_answer(review), ..SetPlan::default() };
        if set.is_answer {
            return set;
        }
        let policy = self.settings.clone();
        let unwanted = self.purpose == Purpose::Notification && !policy.reviews.notifications;
        set.refused.add_if(unwanted, Reason::NotAgreed);
        set.payer.add_if(!is_ours(&review.payer.name, &policy.members.payer), Reason::PayerUnknown);
        self.requester(&review.requester, &mut set);
        if self.purpose == Purpose::Inquiry && review.subscriber.is_absent() {
            set.without_patient = true;
            let is_asked = policy.reviews.without_patient && !review.events.is_empty();
            set.refused.add_if(!is_asked, Reason::Incomplete);
            set.event = review.events.first().map(|event| self.event(review, event));
            return set;
        }
        set.subscriber_person = person(&review.subscriber);
        set.dependent = review.dependent.as_ref().map(person);
        let lookup = search::lookup(&set.subscriber_person, &policy.members);
        set.subscriber = lookup.reasons;
        if let Some(wanted) = lookup.search {
            set.search = Some(self.members.len());
            self.members.push(wanted);
            self.with_family.push(set.dependent.is_some());
        }
        if let Some(event) = review.events.first() {
            self.providers.extend(servicing(event).filter_map(|party| party.npi()).map(Box::from));
            let is_cancel = event.um.certification == "3";
            if self.purpose == Purpose::Request && !is_cancel {
                set.requester_place = Some(Place::of(&review.requester));
            }
            set.event = Some(self.event(review, event));
        }
        set
    }

    fn requester(&mut self, party: &Party, set: &mut SetPlan) {
        let id = party.name.id.trim();
        let malformed = id.is_empty() || (party.npi().is_some() && !is_npi(id.as_bytes()));
        set.requester.add_if(malformed, Reason::ProviderId);
        if let ProviderScope::Only(ids) = &self.scope {
            set.requester.add_if(!malformed && !ids.contains(id), Reason::OutOfScope);
        }
        if !malformed {
            set.requester_id = Some(id.into());
            self.providers.push(id.into());
        }
    }

    fn event(&self, review: &Review, event: &Event) -> EventPlan {
        let today = self.now.date();
        let back = months_back(today, self.settings.reviews.window_months);
        let ahead = today.saturating_add(Duration::days(3660));
        let asked = asked_days(event);
        let (from, to) = asked.unwrap_or((back, ahead));
        let announced = event.attachments.iter().map(|notice| notice.number.clone());
        let numbers = ["BB", "NT"].into_iter().filter_map(|qualifier| event.reference(qualifier));
        let numbers = numbers.map(str::trim).filter(|number| !number.is_empty());
        let text = |code: &crate::wire::Code| Box::<str>::from(code.as_str());
        EventPlan {
            numbers: numbers.map(Box::from).collect(),
            days: (from.max(back), to),
            is_dated: asked.is_some(),
            announced: announced.filter(|number| !number.is_empty()).collect(),
            request: RequestParts {
                reference: review.header.reference.clone(),
                traces: event.traces.iter().map(|trace| trace.number.clone()).collect(),
                requester: review.requester.name.id.clone(),
                category: text(&event.um.request),
                certification: text(&event.um.certification),
                service_type: text(&event.um.service_type),
                providers: servicing(event).map(|party| party.name.id.clone()).collect(),
                services: event.services.iter().map(super::judge::service_code).collect(),
            },
        }
    }

    /// The look-ups of an inquiry without a patient: by number, or by provider and date.
    fn keys_without_patient(&self, set: &SetPlan) -> Vec<ReviewKey> {
        let Some(event) = &set.event else { return Vec::new() };
        let mut keys: Vec<_> = event.numbers.iter().cloned().map(ReviewKey::Number).collect();
        let (from, to) = event.days;
        let asks_by_days = keys.is_empty() && event.is_dated && from <= to;
        let asker = set.requester_id.clone().filter(|_| asks_by_days);
        keys.extend(asker.map(|id| ReviewKey::Provider { id, from, to }));
        keys
    }

    /// The look-ups of a set whose patient is known.
    fn keys(&self, set: &SetPlan, owner: &Owner, found: &mut FoundSet) -> Vec<ReviewKey> {
        let Some(event) = &set.event else { return Vec::new() };
        let mut keys: Vec<_> = event.numbers.iter().cloned().map(ReviewKey::Number).collect();
        if self.purpose == Purpose::Inquiry {
            let (from, to) = event.days;
            if keys.is_empty() && from <= to {
                keys.push(ReviewKey::Member { owner: owner.clone(), from, to });
            }
            return keys;
        }
        found.request_key = request_key(self.purpose, &event.request, owner);
        keys.push(ReviewKey::Request(found.request_key));
        let is_new = &*event.request.certification == "I" || event.request.certification.is_empty();
        let once = self.settings.reviews.duplicates != Duplicates::Allow;
        if self.purpose == Purpose::Request && is_new && once {
            found.service_key = service_key(&event.request, owner);
            keys.push(ReviewKey::Service(found.service_key));
        }
        keys
    }
}

/// Whether the set answers one of its kind: such a set is only taken note of.
pub(super) fn is_answer(review: &Review) -> bool {
    ["11", "49", "53", "44"].iter().any(|purpose| review.header.purpose == *purpose)
}

/// The providers who are to give services, of the event and of its services.
pub(super) fn servicing(event: &Event) -> impl Iterator<Item = &Party> {
    event.providers.iter().chain(event.services.iter().flat_map(|service| &service.providers))
}

/// First and last day that an event asks for.
pub(super) fn asked_days(event: &Event) -> Option<(Date, Date)> {
    let of_event = ["AAH", "435", "472"].into_iter().find_map(|qualifier| event.date(qualifier));
    if let Some(when) = of_event {
        let discharge = event.date("096").map(|when| when.last());
        return Some((when.first(), discharge.unwrap_or(when.last()).max(when.last())));
    }
    let days: Vec<_> = event.services.iter().filter_map(|service| service.date("472")).collect();
    let first = days.iter().map(|when| when.first()).min()?;
    let last = days.iter().map(|when| when.last()).max()?;
    Some((first, last))
}

fn person(person: &Person) -> eligibility::Person {
    eligibility::Person {
        name: person.name.clone(),
        references: person.references.clone(),
        birth: person.demographics.birth,
        gender: person.demographics.gender,
        insured: person.insured.clone(),
        ..eligibility::Person::default()
    }
}

/// Looks up what the plan names: each kind in one batched call, each step after what it depends on. Without `numbers` none are
/// taken, and what is answered is not to be kept.
pub(super) async fn fetch(
    stores: &Stores,
    plan: &ReviewPlan,
    numbers: Option<&ReviewNumbers>,
    rules: Arc<Rules>,
) -> Result<Found, StoreError> {
    let wanted = fetch::Wanted {
        members: &plan.members,
        with_family: &plan.with_family,
        providers: &plan.providers,
    };
    let fetch::Fetched { members, providers, families } = fetch::fetch(stores, wanted).await?;
    let mut found = Found { rules, ..Found::default() };
    let providers = plan.providers.iter().cloned().zip(providers);
    found.providers = providers.filter_map(|(id, provider)| Some((id, provider?))).collect();
    let (mut keys, mut of) = (Vec::new(), Vec::new());
    for (index, set) in plan.sets.iter().enumerate() {
        let mut one = identify(plan, set, &members, &families, &found.providers);
        let open =
            !set.is_answer && set.refused.is_empty() && set.payer.is_empty() && one.is_open();
        if let Some(patient) = one.patient.as_ref().filter(|_| open) {
            let owner = owner(patient);
            for key in plan.keys(set, &owner, &mut one) {
                keys.push(key);
                of.push(index);
            }
        }
        if set.without_patient && open {
            for key in plan.keys_without_patient(set) {
                keys.push(key);
                of.push(index);
            }
        }
        found.sets.push(one);
    }
    let reviews = match keys.is_empty() {
        true => Vec::new(),
        false => stores.reviews.find(&keys, plan.settings.reviews.events_max as u32).await?,
    };
    for ((key, index), reviews) in keys.iter().zip(of).zip(reviews) {
        let set = &mut found.sets[index];
        match key {
            ReviewKey::Number(_) => set.numbered.extend(reviews),
            ReviewKey::Request(_) => set.same_request = reviews.into_iter().next(),
            ReviewKey::Service(_) => set.same_service = reviews,
            _ => set.of_patient = reviews,
        }
    }
    follow_requests(stores, &mut found).await?;
    find_documents(stores, plan, &mut found).await?;
    count_claims(stores, plan, &mut found).await?;
    if let Some(numbers) = numbers.filter(|_| plan.purpose != Purpose::Inquiry) {
        found.numbers = numbers.take(&*stores.journal, plan.sets.len() as u32).await?;
    }
    Ok(found)
}

/// Of requests that were received before: how they stand now, whatever took their place.
async fn follow_requests(stores: &Stores, found: &mut Found) -> Result<(), StoreError> {
    let replaced = |set: &FoundSet| {
        set.same_request.as_ref().filter(|review| !review.is_latest()).map(|r| r.receipt.clone())
    };
    let receipts: Vec<_> = found.sets.iter().map(replaced).collect();
    let keys: Vec<_> = receipts.iter().flatten().cloned().map(ReviewKey::Number).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let mut standing = stores.reviews.find(&keys, 1).await?.into_iter();
    for (set, _) in found.sets.iter_mut().zip(&receipts).filter(|(_, receipt)| receipt.is_some()) {
        if let Some(now) = standing.next().and_then(|reviews| reviews.into_iter().next()) {
            set.same_request = Some(now);
        }
    }
    Ok(())
}

/// Finds the documents that came before the requests that announce them: few requests announce any.
async fn find_documents(
    stores: &Stores,
    plan: &ReviewPlan,
    found: &mut Found,
) -> Result<(), StoreError> {
    let announced = plan.sets.iter().enumerate().flat_map(|(index, set)| {
        let numbers = set.event.iter().flat_map(|event| &event.announced);
        numbers.map(move |number| (index, number.clone()))
    });
    let is_asked = |(index, _): &(usize, Box<str>)| {
        plan.purpose == Purpose::Request && found.sets[*index].patient.is_some()
    };
    let announced: Vec<(usize, Box<str>)> = announced.filter(is_asked).collect();
    if announced.is_empty() {
        return Ok(());
    }
    let numbers: Vec<Box<str>> = announced.iter().map(|(_, number)| number.clone()).collect();
    let documents = stores.reviews.documents(&numbers).await?;
    for ((index, _), documents) in announced.into_iter().zip(documents) {
        found.sets[index].documents.extend(documents);
    }
    Ok(())
}

/// Counts the claims that name the authorizations an inquiry found.
async fn count_claims(
    stores: &Stores,
    plan: &ReviewPlan,
    found: &mut Found,
) -> Result<(), StoreError> {
    if plan.purpose != Purpose::Inquiry {
        return Ok(());
    }
    let reviews = found.sets.iter().flat_map(|set| set.numbered.iter().chain(&set.of_patient));
    let numbers: Vec<Box<str>> = reviews.filter_map(|review| review.number.clone()).collect();
    if !numbers.is_empty() {
        let used = stores.reviews.used(&numbers).await?;
        found.used = numbers.into_iter().zip(used).collect();
    }
    Ok(())
}

pub(super) fn owner(file: &MemberFile) -> Owner {
    Owner { subscriber: file.member.subscriber.clone(), suffix: file.member.suffix.clone() }
}

/// Who the patient is, and whether the requester may ask.
fn identify(
    plan: &ReviewPlan,
    set: &SetPlan,
    members: &[Vec<MemberFile>],
    families: &FxHashMap<Box<str>, Vec<MemberFile>>,
    providers: &FxHashMap<Box<str>, Provider>,
) -> FoundSet {
    let policy = &plan.settings.members;
    let mut found = FoundSet { requester: set.requester.clone(), ..FoundSet::default() };
    if set.is_answer {
        return found;
    }
    if let Some(id) = &set.requester_id {
        match providers.get(id) {
            Some(provider) => {
                let setting = plan.settings.reviews.locations;
                let place = set.requester_place.as_ref();
                let unsettled = place.is_some_and(|place| place.is_unsettled(provider, setting));
                found.requester.add_if(!provider.may_inquire, Reason::ProviderMayNotAsk);
                found.requester.add_if(unsettled, Reason::Location);
            }
            None => {
                found
                    .requester
                    .add_if(plan.settings.reviews.check_provider, Reason::ProviderUnknown);
            }
        }
    }
    found.subscriber = set.subscriber.clone();
    let Some(hits) = set.search.and_then(|index| members.get(index)) else { return found };
    let Some(asked) = &set.dependent else {
        match subscriber_patient(&set.subscriber_person, hits, policy) {
            Ok(index) => found.patient = hits.get(index).cloned(),
            Err(reasons) => found.subscriber.extend(&reasons),
        }
        return found;
    };
    match subscriber_of_family(&set.subscriber_person, hits, policy) {
        Err(reasons) => found.subscriber.extend(&reasons),
        Ok(subscriber) => {
            let family = families.get(&subscriber.subscriber).map_or(&[][..], Vec::as_slice);
            match dependent(asked, family, policy) {
                Ok(file) => found.patient = Some(file.clone()),
                Err(reasons) => found.dependent.extend(&reasons),
            }
        }
    }
    found
}
