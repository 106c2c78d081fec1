//! What every store must do with the members an interchange changes.

use time::macros::date;

use super::story::{completed, opening};
use super::{
    Batch, CoverageAction, CoverageChange, Identity, Intake, MemberAction, MemberChange,
    MemberFault, MemberFile, PersonFacts, Recorded, Relationship, Stores, Traits,
};

/// On a store with the demonstration payer.
pub(super) async fn run(store: &Stores) {
    few(store).await;
    many(store).await;
    taken_back(store).await;
    dropped_and_late(store).await;
    within_a_load(store).await;
}

/// A subscriber who is added, with coverage under a plan of the demonstration payer.
fn added(number: usize) -> MemberChange {
    MemberChange {
        prefix: "S".into(),
        subscriber: format!("{:09}", 990_000_000 + number).into(),
        who: Identity {
            suffix: None,
            relationship: Relationship::Myself,
            now: Traits {
                last: "NEWLY".into(),
                first: "NORA".into(),
                birth: Some(date!(1990 - 03 - 04)),
                ssn: None,
            },
            before: None,
        },
        action: MemberAction::Add,
        facts: PersonFacts::default(),
        coverage: vec![CoverageChange {
            action: CoverageAction::Begin,
            plan: "PPO-1".into(),
            begin: Some(date!(2026 - 01 - 01)),
            end: None,
            group: Some("G77".into()),
            group_name: None,
            pcp: None,
        }],
        other: None,
        on: date!(2026 - 01 - 05),
        loaded: date!(2026 - 01 - 05),
    }
}

fn ended(number: usize) -> MemberChange {
    MemberChange {
        action: MemberAction::End { all: Some(date!(2026 - 06 - 30)), dependents: true },
        coverage: Vec::new(),
        ..added(number)
    }
}

async fn family(store: &Stores, number: usize) -> Vec<MemberFile> {
    let key = added(number).subscriber;
    store.members.families(&[key]).await.expect("families").remove(0)
}

async fn members(store: &Stores) -> u64 {
    store.counts().await.expect("counts").members
}

async fn generation(store: &Stores) -> u64 {
    store.generations().await.expect("generations").members
}

async fn begin(store: &Stores, control: u32) -> Box<dyn Intake> {
    store.journal.begin(opening(control)).await.expect("begun")
}

/// Few wait in memory for the commit; later ones find what earlier ones did.
async fn few(store: &Stores) {
    let (before, generation_before) = (members(store).await, generation(store).await);
    let mut intake = begin(store, 300).await;
    intake.put(Batch::Members(vec![added(1), added(2)])).await.expect("put");
    intake.put(Batch::Members(vec![ended(1)])).await.expect("put");
    assert_eq!((intake.entries(), intake.number()), (3, None));
    assert!(family(store, 1).await.is_empty());
    intake.commit(completed(300, 1)).await.expect("committed");
    assert_eq!(members(store).await, before + 2);
    assert_eq!(generation(store).await, generation_before + 1);
    for (number, end) in [(1, Some(date!(2026 - 06 - 30))), (2, None)] {
        let [file] = &family(store, number).await[..] else { panic!("one person") };
        assert_eq!(file.member.id(), format!("S99000000{number}01"));
        let [span] = &file.coverage[..] else { panic!("one span") };
        assert_eq!((&*span.plan, span.begin, span.end), ("PPO-1", date!(2026 - 01 - 01), end));
    }
    // What leaves members alone is no new generation.
    begin(store, 301).await.commit(completed(301, 1)).await.expect("committed");
    assert_eq!(generation(store).await, generation_before + 1);
}

/// Many are written early, and happen with the commit.
async fn many(store: &Stores) {
    let (before, generation_before) = (members(store).await, generation(store).await);
    let mut intake = begin(store, 302).await;
    for first in (1_000..3_400).step_by(400) {
        let changes = (first..first + 400).map(added).collect();
        intake.put(Batch::Members(changes)).await.expect("put");
    }
    intake.put(Batch::Members((1_000..1_600).map(ended).collect())).await.expect("put");
    assert!(intake.number().is_some());
    assert_eq!((members(store).await, generation(store).await), (before, generation_before));
    intake.commit(completed(302, 1)).await.expect("committed");
    assert_eq!(members(store).await, before + 2_400);
    assert_eq!(generation(store).await, generation_before + 1);
    for (number, is_ended) in [(1_000, true), (1_599, true), (1_600, false), (3_399, false)] {
        let files = family(store, number).await;
        assert_eq!(files[0].coverage[0].end.is_some(), is_ended, "{number}");
    }
}

/// What a rejected group brought does not happen, whether it is written or not.
async fn taken_back(store: &Stores) {
    let before = members(store).await;
    let mut intake = begin(store, 303).await;
    intake.put(Batch::Members((4_000..4_010).map(added).collect())).await.expect("put");
    intake.put(Batch::Ledger(Vec::new())).await.expect("put");
    intake.put(Batch::Members((4_010..5_200).map(added).collect())).await.expect("put");
    assert_eq!(intake.entries(), 1_200);
    intake.take_back(10).await.expect("taken back");
    assert_eq!(intake.entries(), 10);
    intake.put(Batch::Members((6_000..6_700).map(added).collect())).await.expect("put");
    intake.put(Batch::Members(vec![added(6_700)])).await.expect("put");
    intake.take_back(710).await.expect("taken back");
    intake.commit(completed(303, 1)).await.expect("committed");
    assert_eq!(members(store).await, before + 710);
    for (number, is_there) in [(4_009, 1), (4_010, 0), (5_199, 0), (6_699, 1), (6_700, 0)] {
        assert_eq!(family(store, number).await.len(), is_there, "{number}");
    }
}

/// What is dropped, and what comes under a key that was recorded before, leaves nothing.
async fn dropped_and_late(store: &Stores) {
    let before = members(store).await;
    let mut dropped = begin(store, 304).await;
    dropped.put(Batch::Members((7_000..7_700).map(added).collect())).await.expect("put");
    drop(dropped);
    let mut late = begin(store, 303).await;
    late.put(Batch::Members((7_000..7_700).map(added).collect())).await.expect("put");
    let earlier = late.commit(completed(303, 2)).await.expect("committed");
    assert!(matches!(earlier, Recorded::Earlier(_)));
    assert_eq!(members(store).await, before);
    assert!(family(store, 7_000).await.is_empty());
}

/// A load says at once whom it left out, and is dropped as a whole.
async fn within_a_load(store: &Stores) {
    let before = members(store).await;
    for is_committed in [false, true] {
        let mut load = store.begin_load().await.expect("begun");
        let changes = [added(8_000), ended(8_001), ended(8_000), added(8_002)];
        let faults = load.enroll(&changes).await.expect("enrolled");
        assert_eq!(faults, [None, Some(MemberFault::MemberUnknown), None, None]);
        if is_committed {
            load.commit().await.expect("committed");
        } else {
            drop(load);
            assert_eq!(members(store).await, before);
        }
    }
    assert_eq!(members(store).await, before + 2);
    assert!(family(store, 8_000).await[0].coverage[0].end.is_some());
}
