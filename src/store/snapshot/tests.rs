use std::time::Duration;

use time::macros::date;

use super::*;
use crate::store::synthetic::{generate, member, person};
use crate::store::{demo, story};
use crate::txn::eligibility::name::normalise_name;

const TODAY: time::Date = date!(2026 - 11 - 21);

impl story::Loads for SnapshotStore {
    async fn load_demo(
        &self,
        today: time::Date,
    ) -> std::result::Result<(), crate::store::load::LoadError> {
        demo::load(self.store(), today).await
    }
}

async fn started(mode: SnapshotMode) -> SnapshotStore {
    let store = SqliteStore::in_memory().await.expect("opens");
    let options = StoreOptions { snapshot: mode, ..StoreOptions::default() };
    SnapshotStore::start(store, &options).await.expect("starts")
}

/// Waits until members are in memory, as a rebuild in the background ends.
async fn settled(snapshot: &SnapshotStore) -> SnapshotSize {
    for _ in 0..1000 {
        drop(snapshot.find_families(&[]).await.expect("found"));
        let generation = snapshot.state.generation.load(Ordering::Acquire);
        let current = snapshot.state.current.read().expect("not poisoned").clone();
        if current.is_some_and(|members| members.generation == generation) {
            return snapshot.size().expect("a size");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("members never came into memory");
}

#[tokio::test]
async fn the_story_while_members_come_and_go() {
    story::run(&started(SnapshotMode::On).await).await;
}

#[tokio::test]
async fn the_snapshot_answers_as_the_database_does() {
    let snapshot = started(SnapshotMode::On).await;
    demo::load(snapshot.store(), TODAY).await.expect("loads");
    let count = generate(snapshot.store(), 3000, TODAY, &mut |_| {}).await.expect("generates");
    let size = settled(&snapshot).await;
    assert_eq!(size.members as u64, count + 32);

    let mut searches = Vec::new();
    for index in 0..count + 5 {
        let (asked, stored) = (person(index), member(index));
        let id = asked.id.as_str();
        // With and without prefix and suffix, with a wrong suffix, and with a prefix nobody has.
        let wrong = format!("{}99", &id[..id.len() - 2]);
        let other = format!("N{}", &id[1..]);
        for id in [id, &id[1..], &id[..id.len() - 2], &id[1..id.len() - 2], &wrong, &other] {
            searches.push(MemberSearch::Id(id.into()));
        }
        searches.push(MemberSearch::Name {
            last: normalise_name(asked.last).into(),
            first: normalise_name(asked.first).into(),
            birth: asked.birth,
        });
        if let Some(card) = stored.card {
            searches.push(MemberSearch::Other { qualifier: "HJ".into(), value: card });
        }
    }
    for odd in ["", "S", "1", "12", "99", "\u{1f}", "ÄÖ99", "S123000010", "N12300002801"] {
        searches.push(MemberSearch::Id(odd.into()));
        searches.push(MemberSearch::Other { qualifier: "SY".into(), value: odd.into() });
    }
    let from_memory = snapshot.find_members(&searches).await.expect("found");
    let from_database = snapshot.store().find_members(&searches).await.expect("found");
    for ((search, memory), database) in searches.iter().zip(&from_memory).zip(&from_database) {
        assert_eq!(memory, database, "{search:?}");
    }
    assert!(from_memory.iter().filter(|files| files.len() > 1).count() > 1000);
    assert!(from_memory.iter().flatten().any(|file| !file.other.is_empty()));

    let families: Vec<Box<str>> = (0..200).map(|index| member(index * 3).subscriber).collect();
    let from_memory = snapshot.find_families(&families).await.expect("found");
    assert_eq!(from_memory, snapshot.store().find_families(&families).await.expect("found"));
}

#[tokio::test]
async fn a_load_is_seen_at_once() {
    let snapshot = started(SnapshotMode::On).await;
    let search = [MemberSearch::Id("S12300000101".into())];
    assert!(snapshot.find_members(&search).await.expect("found")[0].is_empty());
    demo::load(snapshot.store(), TODAY).await.expect("loads");
    assert_eq!(snapshot.find_members(&search).await.expect("found")[0].len(), 1);
    settled(&snapshot).await;
    assert_eq!(snapshot.find_members(&search).await.expect("found")[0].len(), 1);
}

#[tokio::test]
async fn a_snapshot_comes_by_itself_when_it_is_worth_its_while() {
    let snapshot = started(SnapshotMode::Auto).await;
    demo::load(snapshot.store(), TODAY).await.expect("loads");
    let search = vec![MemberSearch::Id("S12300000101".into()); 400];
    for _ in 0..2 {
        snapshot.find_members(&search).await.expect("found");
        assert!(snapshot.size().is_none());
    }
    snapshot.find_members(&search).await.expect("found");
    assert_eq!(settled(&snapshot).await.members, 32);

    let off = started(SnapshotMode::Off).await;
    for _ in 0..5 {
        off.find_members(&search).await.expect("found");
    }
    assert!(off.size().is_none());
}
