//! What the ledger does beside the store's story.

use super::*;

/// A statement that reads a table of the ledger from end to end is found here.
#[tokio::test]
async fn every_statement_uses_an_index() {
    let store = SqliteStore::in_memory().await.expect("opens");
    let tables = ["claim", "ledger_entry", "remittance", "announced", "accumulator", "family"];
    for statement in sql::all() {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let mut query = sqlx::query_as(explain).bind("[]");
        for _ in 2..=4 {
            if statement.contains("$2") {
                query = query.bind(0);
            }
        }
        let steps: Vec<(i64, i64, i64, String)> =
            query.fetch_all(&store.inner.readers).await.expect("a plan");
        for (.., step) in &steps {
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            let scanned = scanned.unwrap_or_default();
            // What a chain is put together from, and the index of those that wait, is short or read in part.
            let is_read_whole = scanned.len() == 1 && !["k", "h", "u", "n"].contains(&scanned)
                || tables.contains(&scanned);
            let is_waiting = step.contains("claim_waiting");
            assert!(!is_read_whole || is_waiting, "{step}: {statement}\n{steps:#?}");
            assert!(!step.contains("AUTOMATIC"), "{step}: {statement}");
        }
    }
}
