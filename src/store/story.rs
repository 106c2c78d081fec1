//! What every store must do, told once and run against each backend.

use time::Date;
use time::macros::date;

use super::{
    AccumulatorKind, Batch, Completed, Gender, InterchangeEnd, InterchangeFilter, InterchangeKey,
    InterchangeRow, Level, MemberFile, MemberSearch, Network, NewInterchange, Original, PayerOrder,
    Provider, Recorded, Relationship, ReplyRow, SetRow, Stores, demo,
};

/// The day on which the story is told.
pub(super) const TODAY: Date = date!(2026 - 11 - 21);
/// When its interchanges came.
pub(super) const RECEIVED_MICROS: i64 = 1_795_000_000_000_000;

/// The whole story, on an empty store.
pub(super) async fn run(store: &Stores) {
    assert!(store.plans.all().await.expect("plans").is_empty());
    assert_eq!(ids(&find(store, &[id("S123000001")]).await[0]), [""; 0]);
    demo::load(store, TODAY).await.expect("loads");
    // A second time: everything is replaced, nothing doubled.
    demo::load(store, TODAY).await.expect("loads again");
    assert_eq!(store.generations().await.expect("generations").members, 2);
    members_by_id(store).await;
    members_by_name_and_reference(store).await;
    whole_files(store).await;
    plans(store).await;
    providers_and_partners(store).await;
    control_numbers(store).await;
    interchanges(store).await;
    sets_of_an_interchange(store).await;
    lists(store).await;
    forgetting(store).await;
    super::claims_story::run(store).await;
    super::members_story::run(store).await;
}

async fn find(store: &Stores, searches: &[MemberSearch]) -> Vec<Vec<MemberFile>> {
    let found = store.members.find(searches).await.expect("a search");
    assert_eq!(found.len(), searches.len());
    found
}

fn id(id: &str) -> MemberSearch {
    MemberSearch::Id(id.into())
}

fn ids(files: &[MemberFile]) -> Vec<String> {
    files.iter().map(|file| file.member.id()).collect()
}

async fn members_by_id(store: &Stores) {
    let family: &[&str] =
        &["S12300001001", "S12300001002", "S12300001003", "S12300001004", "S12300001005"];
    let cases: [(&str, &[&str]); 11] = [
        // With and without prefix; without a suffix the whole family.
        ("S12300000101", &["S12300000101"]),
        ("12300000101", &["S12300000101"]),
        ("S123000010", family),
        ("123000010", family),
        ("12300001003", &["S12300001003"]),
        // A suffix that no member has finds no one, and never means the subscriber.
        ("S12300000102", &[]),
        ("12300001009", &[]),
        // Another prefix is another person.
        ("N123000028", &["N12300002801"]),
        ("S123000028", &[]),
        ("S999999999", &[]),
        ("", &[]),
    ];
    let searches: Vec<MemberSearch> = cases.iter().map(|(text, _)| id(text)).collect();
    for ((text, expected), found) in cases.iter().zip(find(store, &searches).await) {
        assert_eq!(ids(&found), *expected, "{text}");
    }
    let families =
        store.members.families(&["123000010".into(), "0".into(), "123000001".into()]).await;
    let families = families.expect("families");
    assert_eq!(families.iter().map(Vec::len).collect::<Vec<_>>(), [5, 0, 1]);
}

async fn members_by_name_and_reference(store: &Stores) {
    let name = |last: &str, first: &str, birth| MemberSearch::Name {
        last: last.into(),
        first: first.into(),
        birth,
    };
    let other = |qualifier: &str, value: &str| MemberSearch::Other {
        qualifier: qualifier.into(),
        value: value.into(),
    };
    let cases: [(MemberSearch, &[&str]); 10] = [
        (name("DOUBLE", "DANA", date!(1975 - 05 - 05)), &["S12300000601", "S12300000701"]),
        (name("DOUBLE", "DANA", date!(1975 - 05 - 06)), &[]),
        (name("ODONNELLGRISWOLD", "ORLA", date!(1977 - 03 - 17)), &["S12300002501"]),
        (name("DELACRUZ", "MARISOL", date!(1987 - 10 - 28)), &["S12300002701"]),
        (other("SY", "900000001"), &["S12300000101"]),
        (other("HJ", "C100000001"), &["S12300000101"]),
        (other("F6", "1EG4TE5MK73"), &["S12300001101"]),
        (other("NQ", "100012345678"), &["N12300002801"]),
        (other("SY", "900000002"), &[]),
        // A patient account number is the provider's: no member is found by it.
        (other("EJ", "900000001"), &[]),
    ];
    let searches: Vec<MemberSearch> = cases.iter().map(|(search, _)| search.clone()).collect();
    for ((search, expected), found) in cases.iter().zip(find(store, &searches).await) {
        assert_eq!(ids(&found), *expected, "{search:?}");
    }
}

async fn whole_files(store: &Stores) {
    let searches = [
        "12300000101",
        "12300001704",
        "12300001702",
        "12300002101",
        "12300001004",
        "12300001301",
        "12300002401",
        "12300002001",
        "12300001701",
    ]
    .map(id);
    let [mary, nobody, steven, rita, riley, felix, victor, louis, sandra] =
        find(store, &searches).await.try_into().expect("as many as asked");
    assert!(nobody.is_empty());

    let mary = &mary[0];
    assert_eq!((&*mary.member.last, &*mary.member.first), ("SAMPLE", "MARY"));
    assert_eq!(mary.member.middle.as_deref(), Some("A"));
    assert_eq!((mary.member.birth, mary.member.gender), (date!(1980 - 01 - 15), Gender::Female));
    assert_eq!(mary.member.ssn.as_deref(), Some("900000001"));
    assert_eq!(mary.member.address.as_ref().expect("an address").zip.as_ref(), "02111");
    assert!(mary.subscriber.is_none() && mary.other.is_empty());
    let [span] = &*mary.coverage else { panic!("one span") };
    assert_eq!((&*span.plan, span.begin, span.end), ("HMO-1", date!(2020 - 01 - 01), None));
    assert_eq!(span.group_name.as_deref(), Some("ACME WIDGETS"));
    let pcp = span.pcp.as_ref().expect("a provider");
    assert_eq!(
        (&*pcp.npi, &*pcp.last, pcp.first.as_deref()),
        ("1245319599", "ROE", Some("RICHARD"))
    );
    assert_eq!((pcp.since, pcp.unit_id.as_deref()), (Some(date!(2021 - 03 - 01)), Some("PU001")));

    // A dependent comes with the subscriber, and with the family's accumulators beside their own.
    let steven = &steven[0];
    assert_eq!(steven.member.relationship, Relationship::Spouse);
    assert_eq!(steven.subscriber.as_ref().expect("the subscriber").first.as_ref(), "SANDRA");
    let used = |file: &MemberFile, kind: &AccumulatorKind, level| {
        let found =
            file.accumulators.iter().filter(|used| used.kind == *kind && used.level == level);
        found.map(|used| used.used.to_string()).collect::<Vec<_>>()
    };
    let deductible = AccumulatorKind::Deductible;
    assert_eq!(used(steven, &deductible, Level::Individual), ["432.56"]);
    assert_eq!(used(steven, &deductible, Level::Family), ["3655.54"]);
    assert_eq!(used(&sandra[0], &deductible, Level::Individual), ["3222.98"]);
    assert_eq!(used(&sandra[0], &AccumulatorKind::OutOfPocket, Level::Individual), ["3222.98"]);
    let as_of = steven.accumulators[0].as_of;
    assert_eq!(
        (steven.accumulators[0].year_begin, as_of),
        (date!(2026 - 01 - 01), Some(date!(2026 - 11 - 11)))
    );

    let rita = &rita[0];
    let ends: Vec<_> =
        rita.coverage.iter().map(|span| (&*span.plan, span.begin, span.end)).collect();
    assert_eq!(ends[0], ("HMO-1", date!(2020 - 01 - 01), Some(date!(2026 - 09 - 30))));
    assert_eq!(ends[1], ("PPO-1", date!(2026 - 10 - 01), None));
    assert_eq!(rita.coverage[1].updated, Some(date!(2026 - 11 - 16)));

    assert_eq!(riley[0].member.birth_sequence, Some(1));
    assert_eq!(riley[0].member.birth, date!(2026 - 11 - 01));
    assert_eq!(louis[0].member.death, Some(date!(2026 - 11 - 06)));
    let orders: Vec<PayerOrder> = felix[0].other.iter().map(|other| other.order).collect();
    assert_eq!(orders, [PayerOrder::Secondary, PayerOrder::Tertiary]);
    let other = &felix[0].other[0];
    assert_eq!(other.group.as_deref(), Some("OS900"));
    assert_eq!(other.insured_first.as_deref(), Some("FIONA"));
    let visits = AccumulatorKind::Limit("AE".into());
    assert_eq!(used(&victor[0], &visits, Level::Individual), ["18"]);
}

async fn plans(store: &Stores) {
    let plans = store.plans.all().await.expect("plans");
    let names: Vec<&str> = plans.iter().map(|plan| &*plan.id).collect();
    let expected =
        ["AGG-1", "EPO-1", "HDHP-1", "HMO-1", "MADV-1", "POS-1", "PPO-1", "PUB-1", "SCO-1"];
    assert_eq!(names, expected);
    let [agg, epo, hdhp, hmo, .., sco] = &*plans else { panic!("nine plans") };
    assert_eq!(agg.family_limits, crate::store::FamilyLimits::Aggregate);
    assert!(hmo.closed_network && !agg.closed_network && !sco.limit_note.is_empty());
    let telehealth = hmo.benefits.last().expect("benefits");
    assert_eq!(telehealth.places, [Box::from("02"), Box::from("10")]);
    assert_eq!(agg.benefits[0].deductible_first, Some(true));
    let about = |code: &str| {
        let names = |benefit: &&crate::store::Benefit| {
            benefit.service_types.iter().any(|service| **service == *code)
        };
        hmo.benefits.iter().find(names).expect("a benefit")
    };
    let at_most = about("PT").terms.at_most.as_ref().map(|rate| (rate.quantity, &*rate.per));
    assert_eq!(at_most, Some((3, "WK")));
    assert_eq!(about("3").terms.referral, Some(true));
    assert_eq!(about("90").terms.supply_days, Some(90));
    let hearing = about("71").limit.as_ref().expect("a limit");
    assert!(hearing.unit.is_empty() && hearing.quantity == rust_decimal::Decimal::from(2000));
    assert_eq!((epo.year_begin, hmo.year_begin), ((7, 1), (1, 1)));
    assert!(hmo.needs_pcp && !epo.needs_pcp && sco.no_cost_share && sco.limits.len() == 2);
    let deductibles: Vec<_> = hdhp
        .limits
        .iter()
        .filter(|limit| limit.kind == AccumulatorKind::Deductible)
        .map(|limit| (limit.level, limit.network, limit.amount.to_string()))
        .collect();
    let expected = [
        (Level::Individual, Network::In, "3500.00".to_owned()),
        (Level::Family, Network::In, "7000.00".to_owned()),
    ];
    assert_eq!(deductibles, expected);
    let chiropractic = &hmo.benefits[0];
    assert_eq!(chiropractic.service_types, ["33".into(), "34".into()]);
    assert_eq!(chiropractic.copay.expect("a copay").to_string(), "35.00");
    let limit = chiropractic.limit.as_ref().expect("a limit");
    assert_eq!(
        (&*limit.unit, limit.quantity.to_string().as_str(), &*limit.per),
        ("VS", "20", "23")
    );
    let equipment = &hmo.benefits[1];
    assert_eq!(equipment.service_types.len(), 5);
    assert_eq!(equipment.coinsurance.expect("a share").to_string(), "0.2");
    assert_eq!((equipment.authorization, chiropractic.authorization), (Some(true), None));
    let by_procedure = hmo.benefits.iter().find(|benefit| !benefit.procedures.is_empty());
    assert_eq!(by_procedure.expect("one").procedures, [("HC".into(), "C89".into())]);
    assert_eq!(hmo.not_covered, ["35".into(), "AL".into()]);
    assert_eq!(hmo.contacts[0].service_types.len(), 5);
}

async fn providers_and_partners(store: &Stores) {
    let ids = ["1234567893", "P0000002", "1999999992", "1000000038", "1000000046", "1234567893"];
    let found = store.providers.find(&ids.map(Box::from)).await.expect("providers");
    let [clinic, roe, unknown, closed, leaving, again] = &*found else {
        panic!("as many as asked")
    };
    let clinic = clinic.as_ref().expect("the clinic");
    assert_eq!((&*clinic.last, clinic.locations.len()), ("SAMPLE CLINIC", 2));
    assert_eq!(clinic.locations[1].address.line2.as_deref(), Some("SUITE 3"));
    assert_eq!(again.as_ref(), Some(clinic));
    assert_eq!(roe.as_ref().expect("by the payer's id").npi.as_ref(), "1245319599");
    assert!(unknown.is_none());
    assert!(!closed.as_ref().expect("closed").may_inquire);
    assert_eq!(leaving.as_ref().expect("leaving").enrolled.1, Some(date!(2025 - 12 - 31)));
    let tax_ids = ["123456789", "000000000", "987654321", ""].map(Box::from);
    let found = store.providers.of_tax_ids(&tax_ids).await.expect("providers");
    let npis = |found: &[Provider]| found.iter().map(|p| p.npi.to_string()).collect::<Vec<_>>();
    let [office, unknown, roe, empty] = &*found else { panic!("as many as asked") };
    assert_eq!(npis(office), ["1000000012", "1234567893"]);
    assert_eq!((npis(unknown).len(), npis(empty).len()), (0, 0));
    assert_eq!(npis(roe), ["1245319599"]);
    let partners = store.partners.all().await.expect("partners");
    let names: Vec<&str> = partners.iter().map(|partner| &*partner.id).collect();
    assert_eq!(names, ["reviewer", "submitter1", "submitter2", "submitter3"]);
    assert!(partners[2].profile.contains("npis"));
}

async fn control_numbers(store: &Stores) {
    assert_eq!(store.journal.take_control_numbers("isa", 1).await.expect("numbers"), 1);
    let mut next = 2;
    for count in [1, 5, 1, 1000, 3] {
        let first = store.journal.take_control_numbers("isa", count).await.expect("numbers");
        assert!(first >= next, "{first} was given before");
        next = first + count;
    }
    assert_eq!(store.journal.take_control_numbers("another", 1).await.expect("numbers"), 1);
}

/// How an interchange begins.
pub(super) fn opening(control: u32) -> NewInterchange {
    NewInterchange {
        key: InterchangeKey {
            sender: "ZZ:SUBMITTER1".into(),
            receiver: "ZZ:PAYERGW".into(),
            control,
            test: false,
        },
        partner: "submitter1".into(),
        lane: "batch".into(),
        transport: "file".into(),
        received_micros: RECEIVED_MICROS + i64::from(control),
    }
}

/// How it ends, with two replies; `content` tells interchanges of one key apart.
pub(super) fn completed(control: u32, content: u8) -> Completed {
    Completed {
        end: InterchangeEnd {
            hash: [content; 32],
            bytes: 1_200,
            answered_micros: RECEIVED_MICROS + 5,
            outcome: "partial".into(),
            groups: 1,
            sets: 2,
            accepted: 1,
            findings: 3,
            declined: 4,
        },
        original: Original::Inline(vec![content; 20]),
        replies: vec![
            ReplyRow {
                kind: "999".into(),
                control: control + 1,
                body: Some(b"ISA".to_vec()),
                hash: [1; 32],
            },
            ReplyRow { kind: "271".into(), control: control + 2, body: None, hash: [2; 32] },
        ],
        until: None,
    }
}

/// A set; `number` is in it.
pub(super) fn set(number: usize) -> SetRow {
    SetRow {
        group_control: "1".into(),
        set_id: "270".into(),
        control: format!("{number:04}").into(),
        guide: "005010X279A1".into(),
        outcome: if number.is_multiple_of(2) { "accepted" } else { "rejected" }.into(),
        errors: number as u32 % 2,
        warnings: 1,
    }
}

/// Records an interchange without sets.
pub(super) async fn record(store: &Stores, opening: NewInterchange, content: u8) -> Recorded {
    let completed = completed(opening.key.control, content);
    let intake = store.journal.begin(opening).await.expect("begun");
    intake.commit(completed).await.expect("committed")
}

async fn found(store: &Stores, control: u32) -> Option<InterchangeRow> {
    store.journal.find(&[opening(control).key]).await.expect("found").remove(0)
}

async fn interchanges(store: &Stores) {
    let Recorded::Fresh(id) = record(store, opening(1), 7).await else { panic!("not new") };
    let Completed { end, replies, .. } = completed(1, 7);
    let first = InterchangeRow { id, opening: opening(1), end, replies };
    assert_eq!(found(store, 1).await.as_ref(), Some(&first));
    // The same key again: the row that is there stays, and is given back.
    assert_eq!(record(store, opening(1), 9).await, Recorded::Earlier(Box::new(first.clone())));
    assert_eq!(store.journal.original(id).await.expect("original"), Original::Inline(vec![7; 20]));
    // A test interchange is another one.
    let mut test = opening(1);
    test.key.test = true;
    assert!(matches!(record(store, test, 9).await, Recorded::Fresh(_)));
    let keys: Vec<_> = [3, 1].map(|control| opening(control).key).into();
    assert_eq!(store.journal.find(&keys).await.expect("found"), [None, Some(first)]);
}

/// However many sets an interchange has, they come back in order with its commit, and none before or without it.
async fn sets_of_an_interchange(store: &Stores) {
    for (control, count) in [(10, 0_usize), (11, 3), (12, 500), (13, 1203)] {
        let mut intake = store.journal.begin(opening(control)).await.expect("begun");
        let mut dropped = store.journal.begin(opening(control)).await.expect("begun");
        for first in (0..count).step_by(7) {
            let sets: Vec<SetRow> = (first..count.min(first + 7)).map(set).collect();
            dropped.put(Batch::Sets(sets.clone())).await.expect("put");
            intake.put(Batch::Sets(sets)).await.expect("put");
        }
        assert_eq!(found(store, control).await, None);
        drop(dropped);
        let recorded = intake.commit(completed(control, 1)).await.expect("committed");
        let Recorded::Fresh(id) = recorded else { panic!("{recorded:?}") };
        let sets = store.journal.sets(id, 0, 5000).await.expect("sets");
        assert_eq!(sets, (0..count).map(set).collect::<Vec<_>>(), "{count}");
        let some = store.journal.sets(id, 2, 1).await.expect("sets");
        assert_eq!(some, (0..count).map(set).skip(2).take(1).collect::<Vec<_>>());
    }
    // What comes second is given the first, and its own sets are gone with it.
    let mut late = store.journal.begin(opening(13)).await.expect("begun");
    late.put(Batch::Sets((0..900).map(set).collect())).await.expect("put");
    let earlier = late.commit(completed(13, 2)).await.expect("committed");
    assert_eq!(earlier, Recorded::Earlier(Box::new(found(store, 13).await.expect("the first"))));
}

async fn lists(store: &Stores) {
    let all = InterchangeFilter { limit: 100, ..InterchangeFilter::default() };
    let list = async |filter: InterchangeFilter| -> Vec<u32> {
        let rows = store.journal.list(&filter).await.expect("a list");
        rows.iter().map(|row| row.opening.key.control).collect()
    };
    assert_eq!(list(all.clone()).await, [13, 12, 11, 10, 1, 1]);
    assert_eq!(list(InterchangeFilter { limit: 2, ..all.clone() }).await, [13, 12]);
    assert_eq!(list(InterchangeFilter { control: Some(11), ..all.clone() }).await, [11]);
    let at = |control: u32| Some(opening(control).received_micros);
    let middle = InterchangeFilter { since_micros: at(10), until_micros: at(13), ..all.clone() };
    assert_eq!(list(middle).await, [12, 11, 10]);
    for (partner, outcome, lane, count) in [
        ("submitter1", "partial", "batch", 6),
        ("other", "partial", "batch", 0),
        ("submitter1", "accepted", "batch", 0),
        ("submitter1", "partial", "real_time", 0),
    ] {
        let filter = InterchangeFilter {
            partner: Some(partner.into()),
            outcome: Some(outcome.into()),
            lane: Some(lane.into()),
            ..all.clone()
        };
        assert_eq!(list(filter).await.len(), count, "{partner} {outcome} {lane}");
    }
    let row = store.journal.list(&InterchangeFilter { control: Some(12), ..all }).await;
    let row = row.expect("a list").remove(0);
    assert_eq!((row.end, row.opening), (completed(12, 1).end, opening(12)));
}

async fn forgetting(store: &Stores) {
    let used = store.journal.in_use(&[[2; 32], [1; 32], [9; 32]], 0).await.expect("asked");
    assert_eq!(used, [true, false, false], "a reply without a body is in the archive");
    let later = opening(14).received_micros;
    assert_eq!(store.journal.in_use(&[[2; 32]], later).await.expect("asked"), [false]);
    let before = opening(12).received_micros;
    assert_eq!(store.journal.older(before).await.expect("counted"), 4);
    assert_eq!(store.journal.forget(before, 3).await.expect("forgotten"), 3);
    assert_eq!(store.journal.forget(before, 3).await.expect("forgotten"), 1);
    assert_eq!(store.journal.forget(before, 3).await.expect("forgotten"), 0);
    assert!(found(store, 11).await.is_none());
    assert!(found(store, 12).await.is_some());
    assert_eq!(store.journal.forget(i64::MAX, 100).await.expect("forgotten"), 2);
    assert_eq!(store.journal.in_use(&[[2; 32]], 0).await.expect("asked"), [false]);
}
