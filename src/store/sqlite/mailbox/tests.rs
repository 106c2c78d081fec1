//! What batches and their results promise.

use super::*;
use crate::store::ListedResult;

fn batch(partner: &str, payload_id: &str, body: &[u8]) -> NewBatch {
    let mut hash = [0; 32];
    hash[..body.len().min(32)].copy_from_slice(&body[..body.len().min(32)]);
    NewBatch {
        partner: partner.into(),
        login: partner.into(),
        credential: "password".into(),
        transport: "http".into(),
        sender: "SENDER".into(),
        receiver: "PAYER".into(),
        payload_type: "X12_270_Request_005010X279A1".into(),
        payload_id: payload_id.into(),
        hash,
        bytes: body.len() as u64,
        received_micros: 100,
        body: Some(body.to_vec()),
    }
}

fn reply(kind: &str, payload_id: &str) -> BatchResult {
    BatchResult {
        kind: kind.into(),
        payload_id: payload_id.into(),
        hash: [7; 32],
        sha1: [9; 20],
        bytes: 3,
        body: Some(b"ISA".to_vec()),
    }
}

fn wanted<'p>(partner: &'p str, payload_id: &'p str) -> Pickup<'p> {
    Pickup { partner, kind: "271", payload_id, now_micros: 500 }
}

async fn store() -> SqliteStore {
    SqliteStore::in_memory().await.unwrap()
}

/// Accepts a batch and finishes it with a 271.
async fn answered(store: &SqliteStore, batch: NewBatch, result_id: &str, at: i64) {
    let Submitted::Fresh(id) = store.submit(batch, 10).await.unwrap() else { panic!() };
    store.finish(id, vec![reply("271", result_id), reply("999", "other")], at).await.unwrap();
}

#[tokio::test]
async fn a_batch_is_the_same_when_all_of_it_is() {
    let store = store().await;
    let first = batch("clinic", "id", b"one");
    let Submitted::Fresh(id) = store.submit(first.clone(), 10).await.unwrap() else { panic!() };
    assert_eq!(store.submit(first.clone(), 10).await.unwrap(), Submitted::Earlier(id));
    // Another content, or another partner, is another batch, whatever the id.
    for other in [batch("clinic", "id", b"two"), batch("other", "id", b"one")] {
        assert!(matches!(store.submit(other, 10).await.unwrap(), Submitted::Fresh(_)));
    }
    let waiting = store.waiting(100, 10).await.unwrap();
    assert_eq!(waiting.len(), 3);
    assert_eq!((waiting[0].id, &waiting[0].batch, waiting[0].attempts), (id, &first, 0));
    assert_eq!(store.submit(batch("clinic", "x", b"three"), 2).await.unwrap(), Submitted::Full);
}

#[tokio::test]
async fn what_fails_waits_and_is_set_aside_in_the_end() {
    let store = store().await;
    let Submitted::Fresh(id) = store.submit(batch("clinic", "id", b"one"), 10).await.unwrap()
    else {
        panic!()
    };
    store.postpone(id, Some(900), 1, "the disk is full").await.unwrap();
    assert!(store.waiting(899, 10).await.unwrap().is_empty());
    assert_eq!(store.waiting(900, 10).await.unwrap()[0].attempts, 1);
    store.postpone(id, None, 2, "the disk is full").await.unwrap();
    assert!(store.waiting(i64::MAX, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_partner_picks_up_its_own_results_only() {
    let store = store().await;
    answered(&store, batch("clinic", "mine", b"one"), "result-1", 200).await;
    answered(&store, batch("clinic", "mine", b"two"), "result-2", 300).await;
    let id = async |partner, payload_id| {
        let result = store.pick_up(wanted(partner, payload_id)).await.unwrap();
        result.map(|result| result.payload_id.to_string())
    };
    // Another partner's id is nothing, and so is a partner without results.
    assert_eq!(id("other", "mine").await, None);
    assert_eq!(id("other", "result-1").await, None);
    assert_eq!(id("other", "unknown").await, None);
    // By the id of the batch, the oldest first; once all are picked up, the newest again.
    assert_eq!(id("clinic", "mine").await.as_deref(), Some("result-1"));
    assert_eq!(id("clinic", "mine").await.as_deref(), Some("result-2"));
    assert_eq!(id("clinic", "mine").await.as_deref(), Some("result-2"));
    assert_eq!(id("clinic", "result-1").await.as_deref(), Some("result-1"));
    assert_eq!(id("clinic", "unknown").await, None);
    answered(&store, batch("clinic", "third", b"three"), "result-3", 400).await;
    assert_eq!(id("clinic", "unknown").await.as_deref(), Some("result-3"));
    assert_eq!(store.acknowledge("clinic", "result-3", 600).await.unwrap(), 1);
    assert_eq!(store.acknowledge("other", "result-3", 600).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_not_ready_is_not_there_and_what_is_old_is_forgotten() {
    let store = store().await;
    store.submit(batch("clinic", "waits", b"one"), 10).await.unwrap();
    answered(&store, batch("clinic", "done", b"two"), "result", 200).await;
    assert!(store.pick_up(wanted("clinic", "waits")).await.unwrap().is_none());
    assert_eq!(store.forget(100, 10).await.unwrap(), 0);
    // What waits stays.
    assert_eq!(store.forget(101, 10).await.unwrap(), 1);
    assert!(store.pick_up(wanted("clinic", "result")).await.unwrap().is_none());
    assert_eq!(store.waiting(100, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_became_of_batches_is_listed_the_newest_first() {
    let store = store().await;
    answered(&store, batch("clinic", "first", b"one"), "result-1", 200).await;
    answered(&store, batch("other", "second", b"two"), "result-2", 300).await;
    store
        .submit(NewBatch { received_micros: 150, ..batch("clinic", "third", b"3") }, 10)
        .await
        .unwrap();
    store.pick_up(wanted("clinic", "first")).await.unwrap();
    store.acknowledge("clinic", "result-1", 600).await.unwrap();
    let mut filter = BatchFilter {
        partner: None,
        since_micros: 0,
        until_micros: i64::MAX,
        before_id: 0,
        limit: 2,
    };
    let list = async |filter: &BatchFilter| store.list(filter).await.unwrap();
    let ids = |listed: &[ListedBatch]| {
        listed.iter().map(|batch| batch.payload_id.to_string()).collect::<Vec<_>>()
    };
    let page = list(&filter).await;
    assert_eq!(ids(&page), ["third", "second"]);
    assert_eq!((&*page[0].state, page[0].results.len()), ("waiting", 0));
    // The page goes on in the middle of an instant.
    (filter.until_micros, filter.before_id) = (page[1].received_micros, page[1].id);
    let rest = list(&filter).await;
    assert_eq!(ids(&rest), ["first"]);
    let seen = |result: &ListedResult| {
        (result.kind.to_string(), result.picked_micros, result.confirmed_micros)
    };
    let results: Vec<_> = rest[0].results.iter().map(seen).collect();
    assert_eq!(results, [("271".into(), Some(500), Some(600)), ("999".into(), None, None)]);
    let own = BatchFilter { partner: Some("other".into()), until_micros: 400, limit: 9, ..filter };
    assert_eq!(ids(&list(&own).await), ["second"]);
}

#[tokio::test]
async fn bodies_are_replaced_where_they_are_still_what_they_were() {
    let store = store().await;
    answered(&store, batch("clinic", "done", b"one"), "result", 200).await;
    store.submit(batch("clinic", "waits", b"two"), 10).await.unwrap();
    let (mut all, mut last) = (Vec::new(), None);
    loop {
        let page = store.bodies(last.as_ref(), 1).await.unwrap();
        let Some(body) = page.into_iter().next() else { break };
        last = Some(body.of.clone());
        all.push(body);
    }
    let of: Vec<_> = all.iter().map(|body| body.of.clone()).collect();
    let result = |kind: &str| KeptIn::Result(1, kind.into());
    assert_eq!(of, [KeptIn::Batch(2), result("271"), result("999")]);
    assert_eq!(store.bodies(None, 10).await.unwrap(), all);
    let changed = all.iter().map(|body| (body.clone(), b"new".to_vec())).collect();
    store.finish(2, Vec::new(), 300).await.unwrap();
    store.replace(changed).await.unwrap();
    let now = store.bodies(None, 10).await.unwrap();
    let now: Vec<_> = now.iter().map(|body| (body.of.clone(), &*body.body)).collect();
    assert_eq!(now, [(result("271"), &b"new"[..]), (result("999"), b"new")]);
}

#[tokio::test]
async fn no_statement_reads_a_table_from_end_to_end() {
    let store = store().await;
    for statement in sql::ALL.into_iter().filter(|statement| *statement != sql::SUBMIT) {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&store.inner.readers).await.unwrap();
        for (.., step) in steps {
            let whole = step.starts_with("SCAN batch") && !step.contains("INDEX");
            assert!(
                !whole && !step.starts_with("SCAN r") && !step.starts_with("SCAN b"),
                "{step}: {statement}"
            );
        }
    }
}
