//! What only this backend does: files, locks, statements, commits.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Executor, SqlSafeStr};
use time::macros::date;

use super::*;
use crate::store::claims_story::soon;
use crate::store::probe::KeyKind;
use crate::store::{Batch, Journal, Original, Recorded, Stores, demo, story};

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
    assert_eq!(reading.plans.all().await.expect("plans").len(), 9);
    assert_eq!(serving.plans.all().await.expect("plans").len(), 9);
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

/// What was committed reaches the database file while the store is open, and the log goes when it is closed: the file alone is
/// then the whole store.
#[tokio::test]
async fn commits_do_not_stay_in_the_log() {
    let folder = Folder::new();
    let options = folder.options();
    let store = Stores::open(&options, Access::Serve).await.expect("opens");
    let opening = story::opening(7);
    let sender = opening.key.sender.clone();
    story::record(&store, opening, 1).await;
    let holds_it = || {
        let file = std::fs::read(&options.path).expect("a file");
        memchr::memmem::find(&file, sender.as_bytes()).is_some()
    };
    soon(async || holds_it()).await;
    store.close().await;
    assert!(!options.path.with_extension("db-wal").exists());
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

/// Series used to be named after partners: whoever a number was sent to under the old name is not sent it again.
#[tokio::test]
async fn numbers_of_series_with_old_names_are_not_used_again() {
    let folder = Folder::new();
    let path = folder.options().path;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("opens");
    open::migrate_to(&pool, 18).await.expect("migrated");
    pool.execute(
        "INSERT INTO control_number VALUES ('submitter1/isa', 700), ('other/isa', 90), \
         ('submitter1/gs', 30), ('review', 5)",
    )
    .await
    .expect("inserted");
    pool.close().await;
    let store = Stores::open(&folder.options(), Access::Write).await.expect("opens");
    let mut taken = Vec::new();
    for series in ["ZZ:SUBMITTER1/isa", "ZZ:OTHER/isa", "*/isa", "ZZ:SUBMITTER1/gs", "review"] {
        taken.push(store.journal.take_control_numbers(series, 2).await.expect("numbers"));
    }
    assert_eq!(taken, [700, 700, 702, 30, 5]);
}

/// SQLite ends the transaction by itself when the disk is full; the store works again as soon as there is room.
#[tokio::test]
async fn a_full_disk_leaves_nothing_behind() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.options(), Access::Serve).await.expect("opens");
    let writer = store.writer().expect("writes").clone();
    let record = async |control| {
        let mut completed = story::completed(control, 1);
        completed.original = Original::Inline(vec![control as u8; 100_000]);
        let intake = store.begin(story::opening(control)).await.expect("begun");
        intake.commit(completed).await
    };
    assert_eq!(record(1).await.expect("recorded"), Recorded::Fresh(1));
    for round in 0..3 {
        let limit = async |pages: i64| {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            writer.execute(sqlx::AssertSqlSafe(pragma)).await.expect("limited");
        };
        // No connection may have less than it has now.
        limit(1).await;
        record(10 + round).await.expect_err("the disk is full");
        limit(1 << 30).await;
        let recorded = record(10 + round).await.expect("recorded");
        assert_eq!(recorded, Recorded::Fresh(2 + u64::from(round)));
    }
    let found = Journal::find(&store, &[story::opening(1).key]).await.expect("found");
    assert!(found[0].is_some());
    Backend::close(&store).await;
}

/// A file that is moved away is missed, not written to; one that is put in its place is used.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_gone_is_missed_and_found_again() {
    let folder = Folder::new();
    let options = folder.options();
    let store = Stores::open(&options, Access::Serve).await.expect("opens");
    assert_eq!(story::record(&store, story::opening(1), 1).await, Recorded::Fresh(1));
    let names = ["x12gate.db", "x12gate.db-wal", "x12gate.db-shm"];
    let away = folder.0.join("away");
    std::fs::create_dir(&away).expect("a folder");
    let moved = |from: &std::path::Path, to: &std::path::Path| {
        for name in names {
            drop(std::fs::rename(from.join(name), to.join(name)));
        }
    };
    moved(&folder.0, &away);
    let intake = store.journal.begin(story::opening(2)).await.expect("begun");
    intake.commit(story::completed(2, 1)).await.expect_err("there is no file");
    assert!(!options.path.exists(), "no empty store takes its place");
    moved(&away, &folder.0);
    assert_eq!(story::record(&store, story::opening(2), 1).await, Recorded::Fresh(2));
    assert!(store.journal.find(&[story::opening(1).key]).await.expect("found")[0].is_some());
    store.close().await;
}

/// What nobody waits for any longer is not recorded, and can be recorded when it comes again.
#[tokio::test]
async fn what_comes_too_late_to_the_writer_is_not_recorded() {
    let folder = Folder::new();
    let store = Stores::open(&folder.options(), Access::Serve).await.expect("opens");
    let other = Stores::open(&folder.options(), Access::Write).await.expect("opens");
    let load = other.begin_load().await.expect("begun");
    let intake = store.journal.begin(story::opening(1)).await.expect("begun");
    let mut completed = story::completed(1, 1);
    completed.until = Some(std::time::Instant::now() + std::time::Duration::from_millis(300));
    let late = intake.commit(completed).await.expect_err("the other one writes");
    assert!(matches!(late, StoreError::TooSlow), "{late}");
    load.commit().await.expect("loaded");
    assert_eq!(story::record(&store, story::opening(2), 1).await, Recorded::Fresh(1));
    assert_eq!(story::record(&store, story::opening(1), 1).await, Recorded::Fresh(2));
    store.close().await;
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
            let content = u8::try_from(number / 100).expect("small");
            let recorded = story::record(&store, story::opening(number % 100), content).await;
            (number % 100, content, recorded)
        })
    });
    let (mut fresh, mut earlier) = (std::collections::HashMap::new(), Vec::new());
    for caller in callers.collect::<Vec<_>>() {
        match caller.await.expect("no panic") {
            (control, content, Recorded::Fresh(id)) => {
                assert!(fresh.insert(control, (id, content)).is_none(), "{control} won twice");
            }
            (control, _, Recorded::Earlier(row)) => earlier.push((control, row)),
        }
    }
    assert_eq!((fresh.len(), earlier.len()), (100, 200));
    for (control, row) in earlier {
        assert_eq!((row.id, row.end.hash[0]), fresh[&control], "all callers of a key see one row");
        assert_eq!(row.replies.len(), 2);
    }
    let ids: std::collections::HashSet<u64> = fresh.values().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), 100, "every interchange has a number of its own");
    assert_eq!(store.counts().await.expect("counts").interchanges, 100);
}

/// What a process leaves behind when it dies while interchanges come in is never seen, and is cleared away once it is old.
#[tokio::test]
async fn what_a_dead_process_left_is_cleared_away() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.options(), Access::Write).await.expect("opens");
    let mut intake = Journal::begin(&store, story::opening(1)).await.expect("begun");
    let sets = Batch::Sets((0..1200).map(story::set).collect());
    intake.put(sets).await.expect("put");
    // As a kill would: nothing is taken back.
    std::mem::forget(intake);
    let count = async |store: &SqliteStore| -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM interchange_set");
        count.fetch_one(&store.inner.readers).await.expect("a count")
    };
    soon(async || count(&store).await == 1200).await;
    let stores = Stores::of(Arc::new(store.clone()));
    assert_eq!(stores.journal.find(&[story::opening(1).key]).await.expect("found"), [None]);
    let recorded = story::record(&stores, story::opening(1), 1).await;
    let Recorded::Fresh(id) = recorded else { panic!("{recorded:?}") };
    assert!(stores.journal.sets(id, 0, 10).await.expect("sets").is_empty());
    // It may still be coming in: another process leaves it alone until it is an hour old.
    let other = SqliteStore::open(&folder.options(), Access::Write).await.expect("opens");
    assert_eq!(count(&other).await, 1200);
    let writer = other.writer().expect("writes");
    writer.execute("UPDATE intake SET touched_micros = 0").await.expect("set");
    let third = SqliteStore::open(&folder.options(), Access::Write).await.expect("opens");
    assert_eq!(count(&third).await, 0);
}

/// An interchange whose rows were cleared away is not committed without them.
#[tokio::test]
async fn an_interchange_is_whole_or_not_there() {
    let store = SqliteStore::in_memory().await.expect("opens");
    let mut intake = Journal::begin(&store, story::opening(1)).await.expect("begun");
    intake.put(Batch::Sets((0..700).map(story::set).collect())).await.expect("put");
    store.writer().expect("writes").execute("DELETE FROM intake").await.expect("set");
    let error = intake.commit(story::completed(1, 1)).await.expect_err("not whole");
    assert!(matches!(error, StoreError::Expired) && error.retry(), "{error}");
    let found = Journal::find(&store, &[story::opening(1).key]).await.expect("found");
    assert_eq!(found, [None]);
}

/// What the first version recorded is found by the second.
#[tokio::test]
async fn the_journal_of_the_first_version_is_kept() {
    let folder = Folder::new();
    let path = folder.options().path;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("opens");
    open::migrate_to(&pool, 1).await.expect("migrated");
    for (control, received) in [(5, 200), (6, 100)] {
        let row = "INSERT INTO interchange VALUES ('ZZ:SUBMITTER1', 'ZZ:PAYERGW', $1, 0, $2, $3, 9, 1, 'accepted')";
        sqlx::query(row)
            .bind(control)
            .bind([7_u8; 32].as_slice())
            .bind(received)
            .execute(&pool)
            .await
            .expect("inserted");
    }
    pool.close().await;
    let store = Stores::open(&folder.options(), Access::Write).await.expect("opens");
    let keys = [story::opening(5).key, story::opening(6).key];
    let found = store.journal.find(&keys).await.expect("found");
    let ids: Vec<u64> = found.iter().flatten().map(|row| row.id).collect();
    assert_eq!(ids, [2, 1], "numbered as they were received");
    let recorded = story::record(&store, story::opening(7), 1).await;
    assert_eq!(recorded, Recorded::Fresh(3));
    assert_eq!(store.journal.original(1).await.expect("asked"), Original::NotKept);
}

/// A backup taken while others write holds a moment of the store, whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole_and_can_be_restored() {
    let folder = Folder::new();
    let store = Stores::open(&folder.options(), Access::Serve).await.expect("opens");
    demo::load(&store, date!(2026 - 11 - 21)).await.expect("loads");
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writing = {
        let (store, stop) = (store.clone(), stop.clone());
        tokio::spawn(async move {
            let mut control = 0;
            while !stop.load(Ordering::Relaxed) {
                control += 1;
                let mut intake = store.journal.begin(story::opening(control)).await.expect("begun");
                let sets = (0..600).map(story::set).collect();
                intake.put(Batch::Sets(sets)).await.expect("put");
                intake.commit(story::completed(control, 1)).await.expect("committed");
            }
            control
        })
    };
    let backup = folder.0.join("backup.db");
    while store.counts().await.expect("counts").interchanges < 3 {
        tokio::task::yield_now().await;
    }
    // As the command does it: another process, which only reads.
    let reading = Stores::open(&folder.options(), Access::Read).await.expect("opens");
    reading.backend.backup(&backup).await.expect("a backup");
    let again = reading.backend.backup(&backup).await.expect_err("there already");
    assert!(matches!(again, StoreError::File { .. }), "{again}");
    reading.close().await;
    let serving = Stores::restore(&folder.options(), &backup, true).await.expect_err("served");
    assert!(matches!(serving, StoreError::InUse { .. }), "{serving}");
    stop.store(true, Ordering::Relaxed);
    let written = writing.await.expect("no panic");
    store.close().await;
    drop(store);

    let unasked = Stores::restore(&folder.options(), &backup, false).await.expect_err("a store");
    assert!(matches!(unasked, StoreError::File { .. }), "{unasked}");
    Stores::restore(&folder.options(), &backup, true).await.expect("restored");
    let store = Stores::open(&folder.options(), Access::Serve).await.expect("opens");
    let counts = store.counts().await.expect("counts");
    assert_eq!(counts.members, 37);
    assert!(counts.interchanges >= 3 && counts.interchanges <= u64::from(written));
    let filter = crate::store::InterchangeFilter { limit: 10_000, ..Default::default() };
    for row in store.journal.list(&filter).await.expect("a list") {
        assert_eq!(store.journal.sets(row.id, 0, 1000).await.expect("sets").len(), 600);
    }
    // What is no store is not put in the place of one.
    let odd = folder.0.join("odd.db");
    std::fs::write(&odd, "no database").expect("written");
    assert!(Stores::restore(&folder.options(), &odd, true).await.is_err());
}

/// A statement that does not fit the tables is found here, not in the night it is first needed.
#[tokio::test]
async fn every_statement_fits_the_tables() {
    let store = SqliteStore::in_memory().await.expect("opens");
    let mut connection = store.inner.readers.acquire().await.expect("a connection");
    let all = sql::all().chain(claims::sql::all()).chain(reviews::sql::ALL);
    for statement in all.chain(mailbox::sql::ALL) {
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
