//! What claims need of the store, and what was found: each kind in one call for all of them.

use rustc_hash::FxHashMap;
use time::Date;

use super::service_key::service_key;
use super::{ClaimContext, Refusal, persons};
use crate::check::{self, ClaimEvent};
use crate::store::{
    ClaimKey, ClaimScope, ClaimVersion, MemberFile, MemberSearch, Owner, Provider, Result, Stores,
};
use crate::txn::claim::{Claim, Party};
use crate::wire::Tape;

/// Claims that one thread reads before another one is worth its while.
const READ_ALONE: usize = 100;

/// Claims of one service key that are looked at, at most.
const TWINS_MAX: u32 = 8;

/// A claim that was read.
pub(super) struct ReadClaim {
    pub(super) claim: Claim,
    pub(super) text: Vec<u8>,
    /// First and last day of service.
    pub(super) days: (Date, Date),
    /// Index of its member search, or why there is none.
    pub(super) search: std::result::Result<usize, Refusal>,
    /// Id of its billing provider; empty where it has none.
    pub(super) provider: Box<str>,
    /// REF*F8 of a replacement or void.
    pub(super) number: Option<Box<str>>,
    /// The member and the service key; once members were found.
    pub(super) member: std::result::Result<Owner, Refusal>,
    pub(super) service_key: u64,
}

/// What is asked about an event.
pub(super) enum Asked {
    /// Nothing: the checker has rejected it.
    Nothing,
    /// The claim could not be read.
    Unreadable,
    /// A claim.
    Claim(Box<ReadClaim>),
    /// A billing provider, by its id.
    Provider(Box<str>),
}

/// The events of a run, and what to look up for them, each thing once.
pub(super) struct Read {
    pub(super) events: Vec<Asked>,
    searches: Vec<MemberSearch>,
    providers: Vec<Box<str>>,
}

/// What was found.
pub(super) struct Found {
    /// For each search.
    pub(super) members: Vec<Vec<MemberFile>>,
    /// By subscriber number.
    pub(super) families: FxHashMap<Box<str>, Vec<MemberFile>>,
    pub(super) providers: FxHashMap<Box<str>, Provider>,
    /// Versions by number: those cited, and the first versions of theirs.
    pub(super) versions: FxHashMap<Box<str>, ClaimVersion>,
    /// The latest version by a cited number, where that is another.
    pub(super) latest: FxHashMap<Box<str>, ClaimVersion>,
    /// Claims by service key.
    pub(super) twins: FxHashMap<u64, Vec<ClaimVersion>>,
}

impl Read {
    /// How many claims were read.
    pub(super) fn claims(&self) -> u32 {
        self.each().count() as u32
    }

    fn each(&self) -> impl Iterator<Item = &ReadClaim> {
        self.events.iter().filter_map(|asked| match asked {
            Asked::Claim(claim) => Some(&**claim),
            _ => None,
        })
    }
}

/// Reads the claims that the checker accepts.
pub(super) fn read(events: &[&ClaimEvent], context: ClaimContext<'_>) -> Read {
    let mut read = Read { events: Vec::new(), searches: Vec::new(), providers: Vec::new() };
    let mut known = FxHashMap::default();
    for (event, claim) in events.iter().zip(read_texts(events)) {
        let asked = match event {
            ClaimEvent::Provider(provider) if provider.faults.is_empty() => {
                let id: Box<str> = provider.name.id.trim().into();
                read.want_provider(&id);
                Asked::Provider(id)
            }
            ClaimEvent::Claim(checked) if checked.is_accepted() => match claim {
                Some((text, claim)) => read.claim(checked, (text, claim), context, &mut known),
                None => Asked::Unreadable,
            },
            _ => Asked::Nothing,
        };
        read.events.push(asked);
    }
    read
}

/// Reads the texts of the claims that the checker accepts, many of them on all cores.
fn read_texts(events: &[&ClaimEvent]) -> Vec<Option<(Vec<u8>, Claim)>> {
    fn read(events: &[&ClaimEvent]) -> Vec<Option<(Vec<u8>, Claim)>> {
        let mut tape = Tape::default();
        events.iter().map(|event| read_text(event, &mut tape)).collect()
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = events.len().div_ceil(cores).max(READ_ALONE);
    if events.len() <= share {
        return read(events);
    }
    std::thread::scope(|scope| {
        let (first, others) = events.split_at(share);
        let others: Vec<_> =
            others.chunks(share).map(|events| scope.spawn(move || read(events))).collect();
        let mut texts: Vec<_> = read(first);
        for thread in others {
            match thread.join() {
                Ok(mut read) => texts.append(&mut read),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        texts
    })
}

fn read_text(event: &ClaimEvent, tape: &mut Tape) -> Option<(Vec<u8>, Claim)> {
    let ClaimEvent::Claim(checked) = event else { return None };
    let text = checked.text.as_ref().filter(|_| checked.is_accepted())?.to_bytes();
    let claim = Claim::read_with(tape, &text)?;
    Some((text, claim))
}

impl Read {
    fn want_provider(&mut self, id: &str) {
        // Claims of one provider follow one another.
        if !id.is_empty() && self.providers.last().is_none_or(|last| &**last != id) {
            self.providers.push(id.into());
        }
    }

    fn claim(
        &mut self,
        checked: &check::Claim,
        (text, claim): (Vec<u8>, Claim),
        context: ClaimContext<'_>,
        known: &mut FxHashMap<MemberSearch, usize>,
    ) -> Asked {
        let today = context.today();
        let days = checked.dates.or_else(|| claim.service_dates()).unwrap_or((today, today));
        let search = persons::search(&claim, &context.partner.eligibility).map(|search| {
            *known.entry(search).or_insert_with_key(|search| {
                self.searches.push(search.clone());
                self.searches.len() - 1
            })
        });
        let provider = provider_id(&claim);
        self.want_provider(&provider);
        let corrects = matches!(&*claim.frequency, "7" | "8");
        let number = claim.reference("F8").filter(|_| corrects).map(|number| number.trim().into());
        Asked::Claim(Box::new(ReadClaim {
            text,
            days,
            search,
            provider,
            number,
            member: Err(Refusal::UnknownMember),
            service_key: 0,
            claim,
        }))
    }
}

/// By which id the billing provider is looked up: its NPI, or the payer's own number for it.
fn provider_id(claim: &Claim) -> Box<str> {
    let of = |party: &Party| party.reference("G2").unwrap_or("").trim().into();
    match claim.provider.name.id.trim() {
        "" => of(&claim.payer_details),
        id => id.into(),
    }
}

/// Looks everything up, and settles which member each claim is for.
pub(super) async fn fetch(
    stores: &Stores,
    read: &mut Read,
    context: ClaimContext<'_>,
    staged: Option<u64>,
) -> Result<Found> {
    let scope = ClaimScope { intake: staged, with_text: false, limit: TWINS_MAX };
    // Whether a version is a predetermination is in its text alone.
    let cited_scope = ClaimScope { with_text: true, ..scope };
    let cited = distinct(read.each().filter_map(|claim| claim.number.clone()));
    let keys: Vec<ClaimKey> = cited.iter().cloned().map(ClaimKey::Number).collect();
    read.providers.sort_unstable();
    read.providers.dedup();
    let (members, providers, versions) = futures_util::future::try_join3(
        some(read.searches.is_empty(), || stores.members.find(&read.searches)),
        some(read.providers.is_empty(), || stores.providers.find(&read.providers)),
        some(keys.is_empty(), || stores.claims.find(&keys, cited_scope)),
    )
    .await?;
    let mut found = Found {
        members,
        families: FxHashMap::default(),
        providers: FxHashMap::default(),
        versions: cited
            .iter()
            .zip(versions)
            .filter_map(|(number, found)| Some((number.clone(), found.into_iter().next()?)))
            .collect(),
        latest: FxHashMap::default(),
        twins: FxHashMap::default(),
    };
    let ids = read.providers.iter().zip(providers);
    found.providers = ids.filter_map(|(id, found)| Some((id.clone(), found?))).collect();
    let families = distinct(read.each().flat_map(|claim| {
        let hits = claim.search.ok().map_or(&[][..], |index| &found.members[index][..]);
        persons::families(&claim.claim, hits)
    }));
    let members = some(families.is_empty(), || stores.members.families(&families)).await?;
    found.families = families.into_iter().zip(members).collect();
    settle_members(read, &found, context);
    fetch_twins(stores, read, &mut found, scope).await?;
    Ok(found)
}

/// Nothing, or what the store says.
async fn some<'a, T, F>(is_empty: bool, ask: F) -> Result<Vec<T>>
where
    F: FnOnce() -> crate::store::Reply<'a, Vec<T>>,
{
    if is_empty { Ok(Vec::new()) } else { ask().await }
}

fn distinct(all: impl Iterator<Item = Box<str>>) -> Vec<Box<str>> {
    let mut all: Vec<Box<str>> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn settle_members(read: &mut Read, found: &Found, context: ClaimContext<'_>) {
    for asked in &mut read.events {
        let Asked::Claim(claim) = asked else { continue };
        claim.member = claim.file(found, context).map(|file| Owner {
            subscriber: file.member.subscriber.clone(),
            suffix: file.member.suffix.clone(),
        });
        claim.service_key = service_key(&claim.claim, claim.member.as_ref().ok(), claim.days);
    }
}

impl ReadClaim {
    /// The member on file.
    pub(super) fn file<'f>(
        &self,
        found: &'f Found,
        context: ClaimContext<'_>,
    ) -> std::result::Result<&'f MemberFile, Refusal> {
        let hits = &found.members[self.search?][..];
        let policy = &context.partner.eligibility;
        // An id belongs to one family, so that one list of members is enough.
        let family = persons::families(&self.claim, hits)
            .first()
            .and_then(|number| found.families.get(number))
            .map_or(&[][..], Vec::as_slice);
        persons::identify(&self.claim, hits, family, policy)
    }
}

/// Claims for the same services; and of cited versions their first and latest ones.
async fn fetch_twins(
    stores: &Stores,
    read: &Read,
    found: &mut Found,
    scope: ClaimScope,
) -> Result<()> {
    let mut services: Vec<u64> = read.each().map(|claim| claim.service_key).collect();
    services.sort_unstable();
    services.dedup();
    let firsts =
        distinct(found.versions.values().filter(|v| v.version > 1).map(|v| v.original.clone()));
    let replaced = found.versions.values().filter(|version| !version.is_latest());
    let replaced = distinct(replaced.map(|version| version.number.clone()));
    let keys: Vec<ClaimKey> = services
        .iter()
        .map(|key| ClaimKey::Service(*key))
        .chain(firsts.iter().cloned().map(ClaimKey::Number))
        .chain(replaced.iter().cloned().map(ClaimKey::Latest))
        .collect();
    let answers = some(keys.is_empty(), || stores.claims.find(&keys, scope)).await?;
    for (key, claims) in keys.into_iter().zip(answers) {
        match key {
            ClaimKey::Service(key) if !claims.is_empty() => {
                found.twins.insert(key, claims);
            }
            ClaimKey::Number(number) => {
                found.versions.extend(claims.into_iter().next().map(|first| (number, first)));
            }
            ClaimKey::Latest(number) => {
                found.latest.extend(claims.into_iter().next().map(|latest| (number, latest)));
            }
            _ => {}
        }
    }
    Ok(())
}
