//! The review ledger in SQLite.

use proptest::prelude::*;
use rust_decimal::Decimal;
use time::macros::date;

use crate::store::{
    Actor, ClockChange, Owner, Quantity, ReviewChange, ReviewEntry, ReviewKey, ReviewKind,
    ReviewProvider, ReviewQuery, ReviewRecord, ReviewState, Stores,
};

fn by() -> Actor {
    Actor { who: "acme".into(), at_micros: 1_000_000 }
}

fn review(receipt: &str, state: ReviewState) -> ReviewRecord {
    let visits = Some(Quantity { unit: "VS".into(), count: Decimal::from(3) });
    let provider = |role: &str, id: &str| ReviewProvider {
        role: role.into(),
        id: id.into(),
        ..ReviewProvider::default()
    };
    ReviewRecord {
        receipt: receipt.into(),
        number: state.is_certified().then(|| format!("A{receipt}").into()),
        first: receipt.into(),
        follows: None,
        successor: None,
        kind: ReviewKind::Referral,
        certification: "I".into(),
        service_type: "3".into(),
        place: "11".into(),
        level: Box::default(),
        subscriber: "123000001".into(),
        suffix: "01".into(),
        last: "SAMPLE".into(),
        first_name: "MARY".into(),
        plan: "HMO-1".into(),
        requester: provider("1P", "1245319599"),
        providers: vec![provider("SJ", "1000000053")],
        from: date!(2026 - 01 - 05),
        to: date!(2026 - 06 - 30),
        asked: visits.clone(),
        granted: visits,
        services: Vec::new(),
        state,
        action: "A1".into(),
        reasons: Vec::new(),
        message: Box::default(),
        rule: "own-network".into(),
        received_micros: 1_000_000,
        decided_micros: None,
        due_micros: Some(5_000_000),
        closes_micros: None,
        extended: false,
        traces: vec!["TR0001".into()],
        reference: "RF0001".into(),
        request_key: receipt.bytes().fold(0, |key, byte| key * 31 + u64::from(byte)),
        service_key: 0,
        documents: vec!["ACN1".into()],
        partner: "acme".into(),
        interchange: 0,
        text: "ST*278~".into(),
    }
}

fn change(receipt: &str, state: ReviewState) -> ReviewEntry {
    let number = state.is_certified().then(|| format!("A{receipt}").into());
    let cancellation = ReviewChange::cancellation(receipt, "operator");
    ReviewEntry::Change(Box::new(ReviewChange { state, number, ..cancellation }))
}

async fn with(entries: impl IntoIterator<Item = ReviewEntry>) -> Stores {
    let stores = Stores::in_memory().await.unwrap();
    stores.reviews.enter(entries.into_iter().collect(), &by()).await.unwrap();
    stores
}

async fn found(stores: &Stores, key: ReviewKey) -> Vec<ReviewRecord> {
    stores.reviews.find(&[key], 0).await.unwrap().remove(0)
}

async fn by_number(stores: &Stores, number: &str) -> Vec<String> {
    let found = found(stores, ReviewKey::Number(number.into())).await;
    found.iter().map(|review| format!("{} {}", review.receipt, review.state.word())).collect()
}

#[tokio::test]
async fn a_review_is_found_by_every_key() {
    let stored = review("R1", ReviewState::Approved);
    let stores = with([stored.clone().into()]).await;
    let owner = Owner { subscriber: "123000001".into(), suffix: "01".into() };
    let (from, to) = (date!(2026 - 06 - 30), date!(2026 - 12 - 31));
    let keys = [
        ReviewKey::Number("R1".into()),
        ReviewKey::Number("AR1".into()),
        ReviewKey::Request(stored.request_key),
        ReviewKey::Service(0),
        ReviewKey::Trace("TR0001".into()),
        ReviewKey::Document("ACN1".into()),
        ReviewKey::Member { owner: owner.clone(), from, to },
        ReviewKey::Provider { id: "1000000053".into(), from, to },
        ReviewKey::Provider { id: "1245319599".into(), from, to },
    ];
    for (key, found) in keys.iter().zip(stores.reviews.find(&keys, 0).await.unwrap()) {
        let [one] = &found[..] else { panic!("{key:?} finds {}", found.len()) };
        assert_eq!((&*one.receipt, &*one.text), ("R1", "ST*278~"), "{key:?}");
        assert_eq!(one.granted, stored.granted);
    }
    let later = (date!(2026 - 07 - 01), date!(2026 - 12 - 31));
    let nothing = [
        ReviewKey::Number("A".into()),
        ReviewKey::Trace("TR".into()),
        ReviewKey::Document("ACN".into()),
        ReviewKey::Closing(i64::MAX),
        ReviewKey::Untold,
        ReviewKey::Member { owner, from: later.0, to: later.1 },
        ReviewKey::Provider { id: "1000000053".into(), from: later.0, to: later.1 },
    ];
    for found in stores.reviews.find(&nothing, 0).await.unwrap() {
        assert!(found.is_empty());
    }
    let history = stores.reviews.histories(&["AR1".into(), "AR2".into()]).await.unwrap();
    let [Some(history), None] = &history[..] else { panic!("one is known") };
    assert_eq!((history.reviews.len(), history.events.len(), history.used), (1, 1, 0));
    assert_eq!((&*history.events[0].kind, &*history.events[0].who), ("received", "acme"));
}

#[tokio::test]
async fn the_same_request_or_service_at_the_same_time_leads_to_the_first() {
    let again = ReviewRecord { request_key: 7, ..review("R2", ReviewState::Approved) };
    let first =
        ReviewRecord { request_key: 7, service_key: 9, ..review("R1", ReviewState::Pended) };
    let overlapping = ReviewRecord { service_key: 9, ..review("R3", ReviewState::Approved) };
    let day = date!(2027 - 01 - 01);
    let apart = ReviewRecord { from: day, to: day, ..overlapping.clone() };
    let apart = ReviewRecord { receipt: "R4".into(), number: None, request_key: 1, ..apart };
    let stores = with([first, again, overlapping, apart].map(ReviewEntry::from)).await;
    for (number, leads_to) in
        [("R2", "R1 pended"), ("AR2", "R1 pended"), ("AR3", "R1 pended"), ("R4", "R4 approved")]
    {
        assert_eq!(by_number(&stores, number).await, [leads_to], "{number}");
    }
}

#[tokio::test]
async fn an_extension_takes_the_place_of_what_it_extends_once_it_is_certified() {
    let base = review("R1", ReviewState::Approved);
    let follows = |receipt: &str, state| ReviewRecord {
        first: "R1".into(),
        follows: Some("R1".into()),
        number: matches!(state, ReviewState::Approved).then(|| "AR1".into()),
        ..review(receipt, state)
    };
    let stores = with([base.into(), follows("R2", ReviewState::Pended).into()]).await;
    assert_eq!(by_number(&stores, "AR1").await, ["R1 approved"]);
    assert_eq!(by_number(&stores, "R2").await, ["R2 pended"]);
    let decided = stores.reviews.enter(vec![change("R2", ReviewState::Approved)], &by()).await;
    assert_eq!(decided.unwrap(), 0);
    assert_eq!(by_number(&stores, "AR1").await, ["R2 approved"]);
    let third = follows("R3", ReviewState::Approved).into();
    stores.reviews.enter(vec![third], &by()).await.unwrap();
    for number in ["AR1", "R1", "R2", "R3"] {
        assert_eq!(by_number(&stores, number).await, ["R3 approved"], "{number}");
    }
    // Cancelled is cancelled, with what waits to change it.
    let fourth = follows("R4", ReviewState::Pended).into();
    let entries = vec![fourth, change("R3", ReviewState::Cancelled)];
    assert_eq!(stores.reviews.enter(entries, &by()).await.unwrap(), 0);
    assert_eq!(by_number(&stores, "R4").await, ["R4 cancelled"]);
    let late = follows("R5", ReviewState::Pended).into();
    stores.reviews.enter(vec![late], &by()).await.unwrap();
    assert_eq!(by_number(&stores, "R5").await, ["R5 cancelled"]);
}

#[tokio::test]
async fn a_search_takes_words_states_and_what_is_due() {
    let entries = [review("R1", ReviewState::Approved), review("R2", ReviewState::Pended)];
    let stores = with(entries.map(ReviewEntry::from)).await;
    let search = async |query: ReviewQuery| {
        let page = stores.reviews.search(&query).await.unwrap();
        assert_eq!(page.total, page.reviews.len() as u64);
        page.reviews.iter().map(|review| review.receipt.to_string()).collect::<Vec<_>>()
    };
    let words = |words: &[&str]| ReviewQuery {
        words: words.iter().map(|word| Box::from(*word)).collect(),
        ..ReviewQuery::default()
    };
    assert_eq!(search(ReviewQuery::default()).await, ["R2", "R1"]);
    assert_eq!(search(words(&["sample", "1000000053"])).await, ["R2", "R1"]);
    assert_eq!(search(words(&["mary", "approved"])).await, ["R1"]);
    assert!(search(words(&["mary", "nobody"])).await.is_empty());
    let states = ReviewQuery { states: vec![ReviewState::Pended], ..ReviewQuery::default() };
    assert_eq!(search(states).await, ["R2"]);
    let due = |micros| ReviewQuery { due_before_micros: Some(micros), ..ReviewQuery::default() };
    assert!(search(due(5_000_000)).await.is_empty());
    assert_eq!(search(due(5_000_001)).await, ["R2"], "what is decided is not due");
    let of = |npi: &str| ReviewQuery { provider: Some(npi.into()), ..ReviewQuery::default() };
    assert_eq!(search(of("1000000053")).await, ["R2", "R1"]);
    assert!(search(of("1000000061")).await.is_empty());
    assert!(search(ReviewQuery { words: vec!["m".into()], ..of("1000000061") }).await.is_empty());
    // The words follow what becomes of a review.
    stores.reviews.enter(vec![change("R2", ReviewState::Denied)], &by()).await.unwrap();
    assert_eq!(search(words(&["denied"])).await, ["R2"]);
    assert!(search(words(&["pended"])).await.is_empty());
    let later = (date!(2027 - 01 - 01), date!(2027 - 12 - 31));
    let later = ReviewQuery { period: Some(later), ..ReviewQuery::default() };
    assert!(search(later).await.is_empty());
}

#[tokio::test]
async fn a_page_has_the_newest_of_all_states_and_the_total_counts_all() {
    let states = [ReviewState::Approved, ReviewState::Pended, ReviewState::Denied];
    let entries = (0..30).map(|n| review(&format!("R{n:02}"), states[n % 3]).into());
    let stores = with(entries).await;
    for words in [Vec::new(), vec!["sample".into()]] {
        let by = words.clone();
        let query = ReviewQuery { words, offset: 4, limit: 5, ..ReviewQuery::default() };
        let page = stores.reviews.search(&query).await.unwrap();
        let receipts: Vec<_> = page.reviews.iter().map(|review| &*review.receipt).collect();
        assert_eq!(receipts, ["R25", "R24", "R23", "R22", "R21"], "{by:?}");
        assert_eq!(page.total, 30);
    }
}

#[tokio::test]
async fn no_look_up_and_no_search_reads_all_reviews() {
    let store = super::SqliteStore::in_memory().await.unwrap();
    for statement in super::sql::READ {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&store.inner.readers).await.unwrap();
        for (.., step) in steps {
            let may_scan = [
                "SCAN k",
                "SCAN s",
                "SCAN review_search VIRTUAL",
                "SCAN t",
                "SCAN json_each",
                "SCAN way",
                "SCAN w",
                "SCAN CONSTANT",
            ];
            let is_scan = step.starts_with("SCAN");
            let fits = may_scan.iter().any(|begin| step.starts_with(begin));
            assert!(!is_scan || fits, "{step}: {statement}");
        }
    }
}

#[tokio::test]
async fn what_waits_for_documents_is_closed_by_its_time_and_its_requester_is_told() {
    let waits = ReviewRecord { closes_micros: Some(10), ..review("R1", ReviewState::Pended) };
    let stores = with([waits.into(), review("R2", ReviewState::Pended).into()]).await;
    let closing = async |before| {
        let found = found(&stores, ReviewKey::Closing(before)).await;
        found.iter().map(|review| review.receipt.to_string()).collect::<Vec<_>>()
    };
    assert!(closing(10).await.is_empty());
    assert_eq!(closing(11).await, ["R1"]);
    let clock = |receipt: &str, kind: &str, due| {
        ReviewEntry::Clock(ClockChange {
            receipt: receipt.into(),
            kind: kind.into(),
            due_micros: due,
            closes_micros: None,
            detail: "by 3 days".into(),
        })
    };
    let entries = vec![clock("R1", "documents", Some(9)), clock("R2", "extended", Some(8))];
    assert_eq!(stores.reviews.enter(entries, &by()).await.unwrap(), 0);
    assert!(closing(i64::MAX).await.is_empty());
    let one = found(&stores, ReviewKey::Number("R1".into())).await.remove(0);
    assert_eq!((one.due_micros, one.extended), (Some(9), false));
    let two = found(&stores, ReviewKey::Number("R2".into())).await.remove(0);
    assert_eq!((two.due_micros, two.extended), (Some(8), true));
    let ReviewEntry::Change(denied) = change("R1", ReviewState::Denied) else { panic!("a change") };
    let told = ReviewEntry::Change(Box::new(ReviewChange { tell: true, ..*denied }));
    stores.reviews.enter(vec![told], &by()).await.unwrap();
    assert_eq!(found(&stores, ReviewKey::Untold).await.len(), 1);
    for _ in 0..2 {
        stores.reviews.enter(vec![ReviewEntry::Told("R1".into())], &by()).await.unwrap();
        assert!(found(&stores, ReviewKey::Untold).await.is_empty());
    }
    let history = stores.reviews.histories(&["R1".into()]).await.unwrap().remove(0).unwrap();
    let events: Vec<_> = history.events.iter().map(|event| &*event.kind).collect();
    assert_eq!(events, ["received", "documents", "decided", "told"]);
    // For what is decided no clock runs.
    let late = vec![clock("R1", "extended", Some(99))];
    assert_eq!(stores.reviews.enter(late, &by()).await.unwrap(), 1);
}

fn any_state() -> impl Strategy<Value = ReviewState> {
    proptest::sample::select(ReviewState::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is asked of a review in whatever order: while it waits it has no number, and once cancelled, denied or noted it
    /// stays so.
    #[test]
    fn no_path_gives_a_number_to_what_waits_and_nothing_follows_a_cancellation(
        first in any_state(), changes in proptest::collection::vec(any_state(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stores = with([review("R1", first).into()]).await;
            let mut stands = first;
            for next in changes {
                let ignored = stores.reviews.enter(vec![change("R1", next)], &by()).await.unwrap();
                assert_eq!(ignored == 0, stands.may_become(next), "{stands:?} to {next:?}");
                if ignored == 0 {
                    stands = next;
                }
                let one = found(&stores, ReviewKey::Number("R1".into())).await.remove(0);
                assert_eq!(one.state, stands);
                match stands {
                    ReviewState::Pended | ReviewState::Denied | ReviewState::Noted => {
                        assert_eq!(one.number, None);
                    }
                    ReviewState::Cancelled => {}
                    _ => assert!(one.number.is_some()),
                }
                assert!(stands != ReviewState::Cancelled || !stands.may_become(next));
            }
        });
    }
}
