//! What the ledger does beside the store's story.

use sqlx::Executor;

use super::*;
use crate::store::claims_story::{bring_searched, change, check_searches, operator, searched};
use crate::store::{Access, StoreOptions, Stores};

/// A statement that reads a table of the ledger from end to end is found here.
#[tokio::test]
async fn every_statement_uses_an_index() {
    let store = SqliteStore::in_memory().await.expect("opens");
    let tables = ["claim", "ledger_entry", "remittance", "announced", "accumulator", "family"];
    for statement in sql::all() {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let mut query = sqlx::query_as(explain).bind("[]");
        for bind in 2..=6 {
            if statement.contains(&format!("${bind}")) {
                query = query.bind(0);
            }
        }
        let steps: Vec<(i64, i64, i64, String)> =
            query.fetch_all(&store.inner.readers).await.expect("a plan");
        for (.., step) in &steps {
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            let scanned = scanned.unwrap_or_default();
            // What a chain is put together from, and the index of those that wait, is short or read in part.
            let is_read_whole = scanned.len() == 1
                && !["k", "h", "u", "n", "p", "s"].contains(&scanned)
                || tables.contains(&scanned);
            let is_waiting = step.contains("claim_waiting");
            assert!(!is_read_whole || is_waiting, "{step}: {statement}\n{steps:#?}");
            assert!(!step.contains("AUTOMATIC"), "{step}: {statement}");
        }
    }
}

/// Who may not write finds the same, whether others have indexed it or not.
#[tokio::test]
async fn who_only_reads_finds_what_is_not_indexed() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions::at(folder.path().join("x12gate.db"));
    let store = SqliteStore::open(&options, Access::Write).await.expect("opens");
    let writing = Stores::of(Arc::new(store.clone()));
    let reading = Stores::open(&options, Access::Read).await.expect("opens");
    let pending = async || -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM search_pending");
        count.fetch_one(&store.inner.readers).await.expect("a count")
    };
    bring_searched(&writing, 1).await;
    check_searches(&writing).await;
    assert_eq!(pending().await, 0);
    check_searches(&reading).await;
    // As it is before anything is indexed. While the one connection that writes is taken, nobody indexes.
    let mut writer = store.writer().expect("writes").acquire().await.expect("a connection");
    for statement in [
        "INSERT INTO claim_search (claim_search) VALUES ('delete-all')",
        "DELETE FROM search_word",
        "INSERT INTO search_pending (interchange, position) SELECT DISTINCT interchange, -1 FROM claim",
    ] {
        writer.execute(statement).await.expect(statement);
    }
    check_searches(&reading).await;
    assert_eq!(pending().await, 1, "nothing was written");
    drop(writer);
    check_searches(&writing).await;
    assert_eq!(pending().await, 0);
    check_searches(&reading).await;
    // One that is indexed and has changed since.
    let mut writer = store.writer().expect("writes").acquire().await.expect("a connection");
    for statement in [
        "UPDATE claim SET category = 'F2', code = '107' WHERE number = 'Q1'",
        "INSERT INTO search_pending (claim) SELECT id FROM claim WHERE number = 'Q1'",
    ] {
        writer.execute(statement).await.expect(statement);
    }
    let mut writer = Some(writer);
    for store in [&reading, &writing, &reading] {
        for (words, expected) in [("qsearch denied", 1), ("qsearch pending", 5), ("qsearch", 6)] {
            let page = store.claims.search(&searched(words)).await.expect("a page");
            assert_eq!((page.total, page.claims.len()), (expected, expected as usize), "{words}");
        }
        writer = None;
    }
    drop(writer);
    // The task indexes by itself.
    let entries = vec![change("Q1", "F1", "65", "paid")];
    writing.claims.enter(entries, &operator()).await.expect("entered");
    let mut waits = 0;
    while pending().await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        waits += 1;
        assert!(waits < 500, "it is never indexed");
    }
}
