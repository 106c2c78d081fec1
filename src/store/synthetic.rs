//! Synthetic members by the million: everything about a person follows from their number, so a generator of inquiries and
//! a store filled elsewhere agree without sharing anything but this module.
//!
//! One family in eight has one person, the others two to four; coverage is under the sandbox payer's plans.

mod claims;

use rust_decimal::Decimal;
use time::{Date, Duration, Month};

use super::load::LoadError;
use super::{
    Accumulator, AccumulatorKind, Address, Coverage, Gender, Level, LoadRows, Member, Network,
    OtherCoverage, Owner, PayerOrder, Pcp, Relationship, Stores, demo,
};
use crate::dict::npi_check_digit;

pub use claims::{claim, decided, generate_claims};

/// Last names of synthetic persons.
pub(crate) const LASTS: [&str; 40] = [
    "ADAMS",
    "BAKER",
    "CLARK",
    "DAVIS",
    "EVANS",
    "FOSTER",
    "GRAY",
    "HAYES",
    "INGRAM",
    "JENKINS",
    "KELLER",
    "LAWSON",
    "MORGAN",
    "NOLAN",
    "OWENS",
    "PARKER",
    "QUINN",
    "REEVES",
    "SHARP",
    "TURNER",
    "UNDERHILL",
    "VAUGHN",
    "WALSH",
    "YATES",
    "ZIMMER",
    "O'BRIEN",
    "DE LA ROSA",
    "VAN DYKE",
    "SMITH-JONES",
    "MCCOY",
    "ABBOTT",
    "BISHOP",
    "CONWAY",
    "DRAKE",
    "ELLISON",
    "FRANCIS",
    "GIBBS",
    "HOLT",
    "IRWIN",
    "JARVIS",
];
/// First names of synthetic persons.
pub(crate) const FIRSTS: [&str; 32] = [
    "ANNA", "BRIAN", "CARLA", "DAVID", "ELENA", "FRANK", "GINA", "HENRY", "IRIS", "JACOB", "KAREN",
    "LEO", "MARIA", "NATHAN", "OLIVE", "PAUL", "QUEENIE", "ROBERT", "SUSAN", "THOMAS", "UMA",
    "VINCENT", "WANDA", "XAVIER", "YVONNE", "ZACHARY", "ALICE", "BENJAMIN", "CLAIRE", "DANIEL",
    "EMMA", "FELIX",
];
const STREETS: [&str; 6] =
    ["MAPLE ST", "CEDAR AVE", "BIRCH RD", "ASPEN WAY", "WILLOW LN", "SPRUCE CT"];
const CITIES: [(&str, &str); 5] = [
    ("BOSTON", "02111"),
    ("WORCESTER", "01608"),
    ("LOWELL", "01850"),
    ("QUINCY", "02169"),
    ("SALEM", "01970"),
];
const PLANS: [&str; 5] = ["HMO-1", "POS-1", "PPO-1", "EPO-1", "HDHP-1"];

/// The first subscriber number; the sandbox payer's own members come before it.
const SUBSCRIBER_BASE: u64 = 200_000_000;
/// Persons in two families of eight, in the order they come: 1 + 2 + 2 + 3 + 3 + 4 + 2 + 3.
const FAMILY_SIZES: [u64; 8] = [1, 2, 2, 3, 3, 4, 2, 3];
/// Persons in eight families.
const CYCLE_PERSONS: u64 = 20;
/// Rows handed to the store at once.
const BATCH_PERSONS: u64 = 5000;

/// What an inquiry about a synthetic member says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Member id with prefix and suffix.
    pub id: String,
    /// Last name.
    pub last: &'static str,
    /// First name.
    pub first: &'static str,
    /// Birth date.
    pub birth: Date,
    /// Sex.
    pub gender: Gender,
    /// True for subscribers and those with an id of their own; others are asked for as dependents.
    pub own_id: bool,
}

/// The person of this number, counted from 0. Numbers beyond 15 billion begin again.
pub fn person(index: u64) -> Person {
    let member = member(index);
    Person {
        id: member.id(),
        last: LASTS[(mix(family_of(index).0) % LASTS.len() as u64) as usize],
        first: FIRSTS[(mix(index ^ 0x5eed) % FIRSTS.len() as u64) as usize],
        birth: member.birth,
        gender: member.gender,
        own_id: member.own_id,
    }
}

/// A well-mixed number of this one (SplitMix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Which family a person is in, and which of it they are, both from 0. The persons of a family follow one another.
pub(crate) fn family_of(index: u64) -> (u64, u64) {
    let (cycle, mut place) = (index / CYCLE_PERSONS, index % CYCLE_PERSONS);
    let mut family = cycle * FAMILY_SIZES.len() as u64;
    for size in FAMILY_SIZES {
        if place < size {
            break;
        }
        place -= size;
        family += 1;
    }
    (family, place)
}

/// The day this many days after the first of 1930.
fn day(days: u64) -> Date {
    let first = Date::from_calendar_date(1930, Month::January, 1).unwrap_or(Date::MIN);
    first + Duration::days(days.cast_signed())
}

/// The whole person.
pub fn member(index: u64) -> Member {
    let (family, place) = family_of(index);
    let (home, own) = (mix(family), mix(index ^ 0x5eed));
    let birth = match place {
        0 | 1 => day(9_000 + own % 18_000),
        _ => day(29_000 + own % 6_000),
    };
    let (city, zip) = CITIES[(home >> 8) as usize % CITIES.len()];
    Member {
        prefix: "S".into(),
        subscriber: format!("{:09}", SUBSCRIBER_BASE + family % 700_000_000).into(),
        suffix: format!("{:02}", place + 1).into(),
        own_id: place == 0 || (place == 1 && own.is_multiple_of(4)),
        relationship: match place {
            0 => Relationship::Myself,
            1 => Relationship::Spouse,
            _ => Relationship::Child,
        },
        last: LASTS[(home % LASTS.len() as u64) as usize].into(),
        first: FIRSTS[(own % FIRSTS.len() as u64) as usize].into(),
        middle: own.is_multiple_of(3).then(|| "J".into()),
        generation: own.is_multiple_of(50).then(|| "JR".into()),
        birth,
        death: None,
        gender: if own & 1 == 0 { Gender::Female } else { Gender::Male },
        birth_sequence: None,
        address: Some(Address {
            line1: format!("{} {}", 1 + home % 900, STREETS[(home >> 16) as usize % STREETS.len()])
                .into(),
            line2: home.is_multiple_of(10).then(|| "APT 2".into()),
            city: city.into(),
            state: "MA".into(),
            zip: zip.into(),
        }),
        ssn: None,
        card: own.is_multiple_of(2).then(|| format!("C{:011}", own % 100_000_000_000).into()),
        medicare_id: None,
    }
}

/// The coverage spans of a person as of `today`: most have one that is open, some changed plans, some were terminated.
pub fn coverage(index: u64, today: Date) -> Vec<Coverage> {
    let (family, _) = family_of(index);
    let (home, own) = (mix(family), mix(index ^ 0xc0ce));
    let begin = today - Duration::days((400 + own % 3000).cast_signed());
    let plan = |at: u64| PLANS[(home.wrapping_add(at) % PLANS.len() as u64) as usize].into();
    let group = 1000 + home % 500;
    let span = |plan: Box<str>, begin: Date, end: Option<Date>| Coverage {
        pcp: (&*plan != "PPO-1").then(|| pcp(own % 400)),
        plan,
        begin,
        end,
        group: Some(format!("G{group}").into()),
        group_name: Some(format!("EMPLOYER NUMBER {group}").into()),
        pending: false,
        updated: None,
    };
    let change = today - Duration::days(200);
    match own % 20 {
        0 => vec![span(plan(0), begin, Some(today - Duration::days(60)))],
        1 | 2 => vec![
            span(plan(0), begin, Some(change - Duration::days(1))),
            span(plan(1), change, None),
        ],
        _ => vec![span(plan(0), begin, None)],
    }
}

/// A number of ten digits that passes for an NPI.
pub(crate) fn npi(number: u64) -> u64 {
    let nine = 150_000_000 + number;
    let mut digits = [b'0'; 9];
    let mut rest = nine;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    nine * 10 + u64::from(npi_check_digit(&digits))
}

/// One of four hundred primary care providers.
fn pcp(number: u64) -> Pcp {
    Pcp {
        npi: npi(number).to_string().into(),
        last: LASTS[(mix(number) % LASTS.len() as u64) as usize].into(),
        first: Some(FIRSTS[(mix(number + 1) % FIRSTS.len() as u64) as usize].into()),
        since: Some(day(32_000 + number)),
        unit_id: Some(format!("PU{:03}", number % 40).into()),
        unit_name: Some(format!("PHYSICIANS UNIT {:03}", number % 40).into()),
        telephone: Some(format!("617555{:04}", number % 10_000).into()),
        address: None,
    }
}

/// What a person has used in the year of `today`, the family's use with its subscriber.
pub fn accumulators(index: u64, today: Date) -> Vec<Accumulator> {
    let own = mix(index ^ 0xacc);
    let year_begin = Date::from_calendar_date(today.year(), Month::January, 1).unwrap_or(today);
    let used = |kind, level, network, cents: u64| Accumulator {
        kind,
        level,
        network,
        year_begin,
        used: Decimal::new(cents.cast_signed(), 2),
        as_of: Some(today - Duration::days(10)),
    };
    use AccumulatorKind::{Deductible, Limit, OutOfPocket};
    let mut all = Vec::with_capacity(6);
    let mut money = |level, network| {
        all.push(used(Deductible, level, network, own % 150_000));
        all.push(used(OutOfPocket, level, network, own % 400_000));
    };
    money(Level::Individual, Network::In);
    if own.is_multiple_of(4) {
        money(Level::Individual, Network::Out);
    }
    if family_of(index).1 == 0 {
        money(Level::Family, Network::In);
    }
    if own.is_multiple_of(16) {
        all.push(used(Limit("AE".into()), Level::Individual, Network::In, own % 30 * 100));
    }
    all
}

/// Another carrier, which one person in twenty-five has.
pub fn other_coverage(index: u64) -> Option<OtherCoverage> {
    mix(index ^ 0x07e4).is_multiple_of(25).then(|| OtherCoverage {
        carrier: "OTHER STATE HEALTH".into(),
        carrier_id: Some("77777".into()),
        order: PayerOrder::Secondary,
        policy: Some(format!("OSH{index:09}").into()),
        begin: Some(day(32_000)),
        end: None,
        workers_compensation: false,
        group: None,
        insured_last: None,
        insured_first: None,
    })
}

/// Fills the store with the sandbox payer's plans and the persons `0..count`, whole families only, in one transaction.
/// `progress` gets the number of persons written so far. Gives how many there are in the end.
pub async fn generate(
    store: &Stores,
    count: u64,
    today: Date,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, LoadError> {
    demo::load_plans(store, today).await?;
    let mut load = store.begin_load().await?;
    let mut first = 0;
    while first < count {
        let last = (first + BATCH_PERSONS).min(count.next_multiple_of(CYCLE_PERSONS));
        let batch = tokio::task::spawn_blocking(move || Batch::of(first, last, today));
        let batch = batch.await.map_err(|_| super::StoreError::Gone)?;
        load.put(LoadRows::Members(&batch.members)).await?;
        load.put(LoadRows::Coverage(&batch.coverage)).await?;
        load.put(LoadRows::Accumulators(&batch.accumulators)).await?;
        load.put(LoadRows::NoOtherCoverage(&batch.owners)).await?;
        load.put(LoadRows::OtherCoverage(&batch.other)).await?;
        first = last;
        progress(first);
    }
    load.commit().await?;
    Ok(first)
}

/// Rows of some persons.
#[derive(Default)]
struct Batch {
    members: Vec<Member>,
    owners: Vec<Owner>,
    coverage: Vec<(Owner, Coverage)>,
    accumulators: Vec<(Owner, Accumulator)>,
    other: Vec<(Owner, i64, OtherCoverage)>,
}

impl Batch {
    fn of(first: u64, last: u64, today: Date) -> Self {
        let mut batch = Self::default();
        for index in first..last {
            let member = member(index);
            let owner =
                Owner { subscriber: member.subscriber.clone(), suffix: member.suffix.clone() };
            let with_owner = |owner: &Owner| owner.clone();
            batch
                .coverage
                .extend(coverage(index, today).into_iter().map(|span| (with_owner(&owner), span)));
            batch.accumulators.extend(
                accumulators(index, today).into_iter().map(|row| (with_owner(&owner), row)),
            );
            if let Some(other) = other_coverage(index) {
                batch.owners.push(owner.clone());
                batch.other.push((owner, 1, other));
            }
            batch.members.push(member);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_follow_from_numbers() {
        let families: Vec<(u64, u64)> = (0..6).map(family_of).collect();
        assert_eq!(families, [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0)]);
        assert_eq!(family_of(CYCLE_PERSONS), (8, 0));
        assert_eq!(FAMILY_SIZES.iter().sum::<u64>(), CYCLE_PERSONS);
    }

    #[test]
    fn an_inquiry_names_the_member_that_is_stored() {
        for index in [0, 1, 2, 19, 20, 777_777] {
            let (asked, stored) = (person(index), member(index));
            assert_eq!(asked.id, stored.id());
            assert_eq!((asked.last, asked.first), (&*stored.last, &*stored.first));
        }
        assert_eq!(person(0).id, "S20000000001");
    }
}
