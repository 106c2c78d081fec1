//! Members in memory are found as the database finds them.

use std::time::Duration;

use time::macros::date;

use super::*;
use crate::store::normalise_name;
use crate::store::synthetic::{generate, member, person};
use crate::store::{Access, Stores};
use crate::store::{demo, story};

const TODAY: time::Date = date!(2026 - 11 - 21);

/// A snapshot of the members of a store, and the store itself.
async fn over(stores: Stores, options: &StoreOptions) -> (MemberSnapshot, Stores) {
    let pages = stores.backend.member_pages().expect("pages");
    let members = stores.members.clone();
    (MemberSnapshot::start(members, pages, options).await.expect("starts"), stores)
}

async fn started(mode: SnapshotMode) -> (MemberSnapshot, Stores) {
    let options = StoreOptions { snapshot: mode, ..StoreOptions::default() };
    over(Stores::in_memory().await.expect("opens"), &options).await
}

/// Waits until members are in memory, as a rebuild in the background ends.
async fn settled(snapshot: &MemberSnapshot) -> SnapshotSize {
    for _ in 0..1000 {
        drop(snapshot.families(&[]).await.expect("found"));
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
    let (snapshot, stores) = started(SnapshotMode::On).await;
    story::run(&Stores { members: Arc::new(snapshot), ..stores }).await;
}

#[tokio::test]
async fn the_snapshot_answers_as_the_database_does() {
    let (snapshot, stores) = started(SnapshotMode::On).await;
    demo::load(&stores, TODAY).await.expect("loads");
    let count = generate(&stores, 3000, TODAY, &mut |_| {}).await.expect("generates");
    let size = settled(&snapshot).await;
    assert_eq!(size.members as u64, count + 37);

    let mut searches = Vec::new();
    for index in 0..count + 5 {
        let (asked, stored) = (person(index), member(index));
        let id = asked.id.as_str();
        // With and without prefix and suffix, with a wrong suffix, and with a prefix that no member has.
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
    let from_memory = snapshot.find(&searches).await.expect("found");
    let from_database = stores.members.find(&searches).await.expect("found");
    for ((search, memory), database) in searches.iter().zip(&from_memory).zip(&from_database) {
        assert_eq!(memory, database, "{search:?}");
    }
    assert!(from_memory.iter().filter(|files| files.len() > 1).count() > 1000);
    assert!(from_memory.iter().flatten().any(|file| !file.other.is_empty()));

    let families: Vec<Box<str>> = (0..200).map(|index| member(index * 3).subscriber).collect();
    let from_memory = snapshot.families(&families).await.expect("found");
    assert_eq!(from_memory, stores.members.families(&families).await.expect("found"));
}

#[tokio::test]
async fn a_load_is_seen_at_once() {
    let (snapshot, stores) = started(SnapshotMode::On).await;
    let search = [MemberSearch::Id("S12300000101".into())];
    assert!(snapshot.find(&search).await.expect("found")[0].is_empty());
    demo::load(&stores, TODAY).await.expect("loads");
    assert_eq!(snapshot.find(&search).await.expect("found")[0].len(), 1);
    settled(&snapshot).await;
    assert_eq!(snapshot.find(&search).await.expect("found")[0].len(), 1);
}

/// An id that reads as one family's number and as another family's number with a suffix means both, in either store.
#[tokio::test]
async fn an_id_of_two_readings_means_both() {
    let (snapshot, stores) = started(SnapshotMode::On).await;
    let rows = "subscriber,suffix,last,birth\n7001,01,SHORT,1980-01-01\n700101,01,LONG,1980-01-01\n\
                AB12,01,LETTERS,1980-01-01\n";
    let mut load = stores.begin_load().await.expect("begins");
    let (format, kind) = (crate::store::load::Format::Csv, crate::store::load::Kind::Members);
    crate::store::load::load_text_into(&mut *load, rows, "rows", format, kind, TODAY, &mut |_| {})
        .await
        .expect("loads");
    load.commit().await.expect("commits");
    settled(&snapshot).await;
    let searches = ["700101", "7001", "70010101", "AB12", "AB1201", "12"]
        .map(|id| MemberSearch::Id(id.into()));
    let lasts = |found: Vec<Vec<MemberFile>>| -> Vec<Vec<String>> {
        let last = |files: Vec<MemberFile>| {
            files.into_iter().map(|file| file.member.last.into()).collect()
        };
        found.into_iter().map(last).collect()
    };
    let expected = [&["SHORT", "LONG"][..], &["SHORT"], &["LONG"], &["LETTERS"], &["LETTERS"], &[]];
    assert_eq!(lasts(snapshot.find(&searches).await.expect("found")), expected);
    assert_eq!(lasts(stores.members.find(&searches).await.expect("found")), expected);
}

/// Another process loads: seen within the time of the settings.
#[tokio::test]
async fn a_load_by_another_process_is_seen() {
    let folder = std::env::temp_dir().join(format!("x12gate-snapshot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let options = StoreOptions {
        snapshot: SnapshotMode::On,
        snapshot_check_ms: 0,
        ..StoreOptions::at(folder.join("x12gate.db"))
    };
    let stores = Stores::open(&options, Access::Serve).await.expect("opens");
    let (snapshot, _) = over(stores, &options).await;
    let search = [MemberSearch::Id("S12300000101".into())];
    assert!(snapshot.find(&search).await.expect("found")[0].is_empty());
    let other = Stores::open(&options, Access::Write).await.expect("opens");
    demo::load(&other, TODAY).await.expect("loads");
    assert_eq!(snapshot.find(&search).await.expect("found")[0].len(), 1);
    assert_eq!(settled(&snapshot).await.members, 37);
    drop(std::fs::remove_dir_all(&folder));
}

#[tokio::test]
async fn a_snapshot_comes_by_itself_when_it_is_worth_its_while() {
    let (snapshot, stores) = started(SnapshotMode::Auto).await;
    demo::load(&stores, TODAY).await.expect("loads");
    let search = vec![MemberSearch::Id("S12300000101".into()); 400];
    for _ in 0..2 {
        snapshot.find(&search).await.expect("found");
        assert!(snapshot.size().is_none());
    }
    snapshot.find(&search).await.expect("found");
    assert_eq!(settled(&snapshot).await.members, 37);

    let (off, _) = started(SnapshotMode::Off).await;
    for _ in 0..5 {
        off.find(&search).await.expect("found");
    }
    assert!(off.size().is_none());
}
