//! Claims are found by words and filters, as they stand now.

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;

use super::{
    bring, change, claim, commit, new, numbers, operator, payment, put, remittance, version_of,
};
use crate::store::{ClaimForm, ClaimOrder, ClaimQuery, LedgerEntry, Owner, PaymentKind, Stores};

/// Claims for the search: number, patient, first day, last day, procedure.
const SEARCHED: [(&str, &str, Date, Date, &str); 6] = [
    ("Q1", "QUINCE", date!(2025 - 07 - 04), date!(2025 - 07 - 04), "99213"),
    ("Q2", "QUINCE", date!(2025 - 08 - 01), date!(2025 - 08 - 01), "99213"),
    ("Q3", "QUINCELAND", date!(2025 - 07 - 05), date!(2025 - 07 - 05), "99214"),
    ("Q4", "QUINCE", date!(2025 - 06 - 28), date!(2025 - 07 - 02), "97110"),
    ("Q5", "OTHERWISE", date!(2025 - 07 - 06), date!(2025 - 07 - 06), "99213"),
    ("Q6", "QUINCE", date!(2025 - 07 - 07), date!(2025 - 07 - 07), "99213"),
];

/// A search that is given at most a hundred.
pub(in crate::store) fn searched(words: &str) -> ClaimQuery {
    ClaimQuery { words: vec![words.into()], limit: 100, ..ClaimQuery::default() }
}

/// Searches and what they find of [`SEARCHED`], in order.
fn search_cases() -> Vec<(ClaimQuery, Vec<&'static str>)> {
    use ClaimOrder::{Newest, Oldest};
    let all = || searched("qsearch");
    let july = Some((date!(2025 - 07 - 01), date!(2025 - 07 - 31)));
    let owner = |suffix: &str| Owner { subscriber: "900900900".into(), suffix: suffix.into() };
    vec![
        (searched("qsearch July quince 99213"), vec!["Q6", "Q1"]),
        // Those that have the word itself come first, then those with words that begin so; each the newest first.
        (searched("qsearch, quince"), vec!["Q2", "Q6", "Q1", "Q4", "Q3"]),
        (
            ClaimQuery { order: Newest, ..searched("qsearch quince") },
            vec!["Q2", "Q6", "Q3", "Q1", "Q4"],
        ),
        (
            ClaimQuery { order: Oldest, ..searched("qsearch quince") },
            vec!["Q4", "Q1", "Q3", "Q6", "Q2"],
        ),
        (ClaimQuery { offset: 3, limit: 9, ..searched("qsearch quince") }, vec!["Q4", "Q3"]),
        (searched("qsearch 2025-07-05"), vec!["Q3"]),
        (searched("qsearch office"), vec!["Q2", "Q6", "Q5", "Q3", "Q1"]),
        (searched("qsearch $150 physical therapy"), vec!["Q4"]),
        (searched("qsearch $151"), vec![]),
        (searched("qsearch pending"), vec!["Q2", "Q6", "Q5", "Q3", "Q1", "Q4"]),
        (searched("q5 qsearch"), vec!["Q5"]),
        // One that began before the period reaches into it.
        (ClaimQuery { period: july, ..all() }, vec!["Q6", "Q5", "Q3", "Q1", "Q4"]),
        (ClaimQuery { period: july, order: Oldest, ..all() }, vec!["Q4", "Q1", "Q3", "Q5", "Q6"]),
        (
            ClaimQuery { period: Some((date!(2025 - 07 - 03), date!(2025 - 07 - 04))), ..all() },
            vec!["Q1"],
        ),
        (
            ClaimQuery { numbers: vec!["Q1".into(), "q4".into(), "Q99".into()], ..all() },
            vec!["Q1", "Q4"],
        ),
        (ClaimQuery { members: vec![owner("01")], ..all() }, vec!["Q1"]),
        (ClaimQuery { members: vec![owner("09")], ..all() }, vec![]),
        (ClaimQuery { provider: Some("1245319599".into()), ..searched("qsearch q1") }, vec!["Q1"]),
        (ClaimQuery { provider: Some("1999999992".into()), ..all() }, vec![]),
        (
            ClaimQuery { procedures: Some(("97000".into(), "99213".into())), ..all() },
            vec!["Q2", "Q6", "Q5", "Q1", "Q4"],
        ),
        (ClaimQuery { procedures: Some(("10000".into(), "10001".into())), ..all() }, vec![]),
        (ClaimQuery { payees: Some(vec!["1234567893".into()]), ..searched("q1") }, vec!["Q1"]),
        (ClaimQuery { payees: Some(vec!["1245319599".into()]), ..all() }, vec![]),
        (ClaimQuery { payees: Some(Vec::new()), ..all() }, vec![]),
        (ClaimQuery { form: Some(ClaimForm::Dental), ..all() }, vec![]),
        (ClaimQuery { form: Some(ClaimForm::Professional), ..searched("q1") }, vec!["Q1"]),
        (ClaimQuery { charge: Some(Decimal::new(15_000, 2)), ..searched("q2") }, vec!["Q2"]),
        (ClaimQuery { charge: Some(Decimal::new(1, 2)), ..all() }, vec![]),
        (ClaimQuery { only_adjusted: true, ..all() }, vec![]),
    ]
}

/// Fails when a search does not find what it should.
pub(in crate::store) async fn check_searches(store: &Stores) {
    for (index, (query, expected)) in search_cases().into_iter().enumerate() {
        let page = store.claims.search(&query).await.expect("a page");
        assert_eq!(numbers(&page.claims), expected, "{index}");
        assert_eq!(page.total, expected.len() as u64 + u64::from(query.offset), "{index}");
    }
}

/// Brings what [`check_searches`] looks for.
pub(in crate::store) async fn bring_searched(store: &Stores, control: u32) {
    let claims = SEARCHED.iter().map(|(number, last, from, to, procedure)| {
        let mut claim = claim(number);
        claim.patient.last = (*last).into();
        (claim.from, claim.to) = (*from, *to);
        claim.procedures = vec![(*procedure).into()];
        claim.account = "QSEARCH".into();
        if *number == "Q1" {
            claim.member = Some(Owner { subscriber: "900900900".into(), suffix: "01".into() });
        }
        new(claim)
    });
    bring(store, control, claims.collect()).await;
}

/// Searches of claims, before and after what stands changes.
pub(super) async fn run(store: &Stores) {
    bring_searched(store, 170).await;
    check_searches(store).await;
    let nothing = ClaimQuery { limit: 1, ..ClaimQuery::default() };
    let count = store.counts().await.expect("counts").claims;
    assert_eq!(store.claims.search(&nothing).await.expect("a page").total, count);
    // What stands now is found, and what stood before is not.
    let found = async |words: &str| {
        let page = store.claims.search(&searched(words)).await.expect("a page");
        numbers(&page.claims).join(" ")
    };
    let entries = vec![
        LedgerEntry::Remittance(Box::new(remittance("CHKQ"))),
        LedgerEntry::Payment(Box::new(payment("Q1", "CHKQ", PaymentKind::Decision, 9_195))),
        change("Q1", "F1", "65", "paid"),
        new(version_of("Q7", &claim("Q2"), "7")),
    ];
    store.claims.enter(entries, &operator()).await.expect("entered");
    assert_eq!(found("qsearch paid").await, "Q1");
    assert_eq!(found("91.95 chkq 11/19/2026 july").await, "Q1");
    assert_eq!(found("qsearch pending").await, "Q2 Q6 Q5 Q3 Q4");
    let adjusted = ClaimQuery { only_adjusted: true, ..searched("q2") };
    assert_eq!(numbers(&store.claims.search(&adjusted).await.expect("a page").claims), ["Q2"]);
    // What is coming in is not found.
    let coming = put(store, 171, (0..600).map(|at| new(claim(&format!("QX{at}")))).collect()).await;
    assert_eq!(found("QX1").await, "");
    commit(coming, 171).await;
    assert_eq!(found("QX1").await, "QX1");
    assert_eq!(found("acctqx599").await, "QX599");
}
