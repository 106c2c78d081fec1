//! What only this backend does: files, locks, statements, commits.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Executor, SqlSafeStr};
use time::macros::date;

use super::*;
use crate::store::probe::KeyKind;
use crate::store::{Stores, demo, story};

/// A folder of its own that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("x12gate-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn options(&self) -> StoreOptions {
        StoreOptions::at(self.0.join("x12gate.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[tokio::test]
async fn the_story_in_a_file() {
    let folder = Folder::new();
    let store = Stores::open(&folder.options(), Access::Serve).await.expect("opens");
    story::run(&store).await;
    store.close().await;
}

#[tokio::test]
async fn the_story_in_memory() {
    story::run(&Stores::in_memory().await.expect("opens")).await;
}

#[tokio::test]
async fn one_process_serves_and_others_read() {
    let folder = Folder::new();
    let serving = Stores::open(&folder.options(), Access::Serve).await.expect("opens");
    let second = Stores::open(&folder.options(), Access::Serve).await.expect_err("refused");
    assert!(matches!(second, StoreError::InUse { .. }), "{second}");
    assert!(second.to_string().starts_with("another process is serving the store"));
    let writing = Stores::open(&folder.options(), Access::Write).await.expect("opens");
    demo::load(&writing, date!(2026 - 11 - 21)).await.expect("loads");
    let reading = Stores::open(&folder.options(), Access::Read).await.expect("opens");
    assert_eq!(reading.plans.all().await.expect("plans").len(), 8);
    assert_eq!(serving.plans.all().await.expect("plans").len(), 8);
    let refused = reading.journal.take_control_numbers("isa", 1).await.expect_err("read only");
    assert!(matches!(refused, StoreError::ReadOnly));
    serving.close().await;
    drop(serving);
    Stores::open(&folder.options(), Access::Serve).await.expect("free again");
}

#[tokio::test]
async fn what_was_loaded_does_not_stay_in_the_log() {
    let folder = Folder::new();
    let options = folder.options();
    let store = Stores::open(&options, Access::Serve).await.expect("opens");
    demo::load(&store, date!(2026 - 11 - 21)).await.expect("loads");
    let file = std::fs::read(&options.path).expect("a file");
    assert!(memchr::memmem::find(&file, b"SAMPLE HMO").is_some(), "{} bytes", file.len());
    store.close().await;
}

#[tokio::test]
async fn reading_needs_a_store_of_this_version() {
    let folder = Folder::new();
    assert!(Stores::open(&folder.options(), Access::Read).await.is_err());
    std::fs::write(folder.options().path, "").expect("written");
    let error = Stores::open(&folder.options(), Access::Read).await.expect_err("no tables");
    assert!(matches!(error, StoreError::OtherVersion), "{error}");
}

#[tokio::test]
async fn control_numbers_outlive_a_crash() {
    let folder = Folder::new();
    let mut given = Vec::new();
    for _ in 0..3 {
        // Never closed: what was taken ahead is lost, what was given is not given again.
        let store = Stores::open(&folder.options(), Access::Write).await.expect("opens");
        for count in [1, 1, 7, 1, 40, 1] {
            let first = store.journal.take_control_numbers("isa", count).await.expect("numbers");
            given.extend(first..first + count);
        }
    }
    let mut distinct = given.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), given.len(), "{given:?}");
    assert_eq!(distinct[0], 1);
}

#[tokio::test]
async fn a_series_starts_again_after_its_last_number() {
    let sqlite = SqliteStore::in_memory().await.expect("opens");
    let store = Stores::of(Arc::new(sqlite.clone()));
    let mut writer = sqlite.writer().expect("writes").acquire().await.expect("a connection");
    writer
        .execute("INSERT INTO control_number (series, next_number) VALUES ('isa', 999999998)")
        .await
        .expect("set");
    drop(writer);
    assert_eq!(
        store.journal.take_control_numbers("isa", 2).await.expect("the last two"),
        999_999_998
    );
    assert_eq!(store.journal.take_control_numbers("isa", 2).await.expect("the first"), 1);
    assert!(store.journal.take_control_numbers("isa", 0).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_a_commit_and_one_of_them_wins_a_key() {
    let folder = Folder::new();
    let store = Stores::open(&folder.options(), Access::Serve).await.expect("opens");
    let callers = (0..300_u32).map(|number| {
        let store = store.clone();
        // Every key is recorded by three callers, each with bytes of its own.
        tokio::spawn(async move {
            let row = story::interchange(number % 100, u8::try_from(number / 100).expect("small"));
            store.journal.record(vec![row]).await
        })
    });
    let mut winners: std::collections::HashMap<u32, [u8; 32]> = std::collections::HashMap::new();
    for caller in callers.collect::<Vec<_>>() {
        let stored = caller.await.expect("no panic").expect("recorded").remove(0);
        let winner = *winners.entry(stored.key.control).or_insert(stored.hash);
        assert_eq!(winner, stored.hash, "all callers of a key see the same row");
        assert_eq!(stored.replies.len(), 2);
    }
    assert_eq!(winners.len(), 100);
    assert_eq!(store.counts().await.expect("counts").interchanges, 100);
    assert_eq!(store.journal.forget(story::RECEIVED_MICROS + 1).await.expect("forgotten"), 100);
}

/// A statement that does not fit the tables is found here, not in the night it is first needed.
#[tokio::test]
async fn every_statement_fits_the_tables() {
    let store = SqliteStore::in_memory().await.expect("opens");
    let mut connection = store.inner.readers.acquire().await.expect("a connection");
    for statement in sql::all() {
        let prepared = connection.prepare(statement.into_sql_str()).await;
        assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
    }
}

/// A look-up that reads a table from end to end is found here.
#[tokio::test]
async fn every_search_uses_an_index() {
    let store = SqliteStore::in_memory().await.expect("opens");
    for statement in KeyKind::ALL.map(search::statement) {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .bind("[]")
            .fetch_all(&store.inner.readers)
            .await
            .expect("a plan");
        for (.., step) in steps {
            assert!(!step.starts_with("SCAN") || step.starts_with("SCAN k"), "{step}: {statement}");
        }
    }
}
