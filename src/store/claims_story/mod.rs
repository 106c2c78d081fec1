//! What every store must do with claims, told once, as [`crate::store::story`] does; `searches` is its last chapter.

mod searches;

use std::sync::Arc;

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;

use crate::store::story::{RECEIVED_MICROS, completed, opening};
use crate::store::{
    AccumulatorChange, AccumulatorKind, Actor, Adjustment, Announced, Attachment, Batch,
    ClaimEvent, ClaimForm, ClaimHistory, ClaimKey, ClaimOutcome, ClaimProvider, ClaimScope,
    ClaimState, ClaimVersion, Dispute, DisputeState, InformationRequest, Intake, LedgerEntry,
    Level, MemberSearch, Network, Owner, PaidLine, Patient, Payment, PaymentKind,
    ProviderAdjustment, Recorded, Refund, RefundMethod, Remittance, RemittanceKey, StateChange,
    StoreError, Stores,
};

pub(in crate::store) use searches::{bring_searched, check_searches, searched};

/// The day the claims are received.
pub(in crate::store) const RECEIVED: Date = date!(2026 - 11 - 17);

/// A claim of the member `123000001` `01`, with this number and something in every field.
pub(in crate::store) fn claim(number: &str) -> ClaimVersion {
    let clinic = ClaimProvider {
        npi: "1234567893".into(),
        tin: "041234567".into(),
        last: "SAMPLE CLINIC".into(),
        first: "".into(),
    };
    ClaimVersion {
        number: number.into(),
        original: number.into(),
        version: 1,
        replaces: None,
        successor: None,
        form: ClaimForm::Professional,
        frequency: "1".into(),
        facility: "11".into(),
        account: format!("ACCT{number}").into(),
        member: Some(Owner { subscriber: "123000001".into(), suffix: "01".into() }),
        patient: Patient {
            member_id: "S12300000101".into(),
            last: "SAMPLE".into(),
            first: "MARY".into(),
            birth: Some(date!(1980 - 01 - 15)),
        },
        billing: clinic.clone(),
        payee: clinic,
        rendering: ClaimProvider {
            npi: "1245319599".into(),
            tin: "".into(),
            last: "ROE".into(),
            first: "RICHARD".into(),
        },
        charge: Decimal::new(15_000, 2),
        from: date!(2026 - 07 - 04),
        to: date!(2026 - 07 - 05),
        received: RECEIVED,
        state: waiting(),
        outcome: ClaimOutcome::default(),
        risk: "".into(),
        referral: "REF1".into(),
        authorization: "".into(),
        announced: Vec::new(),
        procedures: vec!["99213".into(), "36415".into()],
        service_key: 0xdead_beef_dead_0000 ^ number.bytes().map(u64::from).sum::<u64>(),
        partner: "submitter1".into(),
        interchange: 0,
        text: format!("*:^~CLM*{number}~").into_bytes(),
    }
}

/// The first state.
pub(in crate::store) fn waiting() -> ClaimState {
    state("P1", "20")
}

/// A state as of the day the claims are received.
pub(in crate::store) fn state(category: &str, code: &str) -> ClaimState {
    ClaimState {
        category: category.into(),
        code: code.into(),
        entity: "".into(),
        effective: RECEIVED,
    }
}

/// A version that replaces another; a void when `frequency` is 8.
pub(in crate::store) fn version_of(
    number: &str,
    of: &ClaimVersion,
    frequency: &str,
) -> ClaimVersion {
    ClaimVersion {
        original: of.original.clone(),
        version: of.version + 1,
        replaces: Some(of.number.clone()),
        frequency: frequency.into(),
        ..claim(number)
    }
}

/// A new state of a claim.
pub(in crate::store) fn change(number: &str, category: &str, code: &str, why: &str) -> LedgerEntry {
    let (claim, state, why) = (number.into(), state(category, code), why.into());
    LedgerEntry::State(StateChange { claim, state, why })
}

/// A decision about a claim, or a reversal of one, by remittance advice with this trace.
pub(in crate::store) fn payment(
    number: &str,
    trace: &str,
    kind: PaymentKind,
    paid: i64,
) -> Payment {
    Payment {
        claim: number.into(),
        kind,
        remittance: RemittanceKey { payer: "1999999999".into(), trace: trace.into() },
        status: if kind == PaymentKind::Reversal { "22" } else { "1" }.into(),
        charge: Decimal::new(15_000, 2),
        paid: Decimal::new(paid, 2),
        patient: Decimal::new(2_000, 2),
        interest: Decimal::ZERO,
        adjustments: vec![Adjustment {
            group: "PR".into(),
            reason: "3".into(),
            amount: Decimal::new(2_000, 2),
            quantity: Some(Decimal::new(15, 1)),
        }],
        remarks: vec!["MA01".into()],
        lines: vec![PaidLine {
            line: Some(1),
            procedure: "HC:99213:25".into(),
            dates: Some((date!(2026 - 07 - 04), date!(2026 - 07 - 05))),
            charge: Decimal::new(15_000, 2),
            paid: Decimal::new(paid, 2),
            allowed: Some(Decimal::new(12_000, 2)),
            remarks: vec!["N1".into()],
            ..PaidLine::default()
        }],
        finalized: date!(2026 - 11 - 18),
        remitted: date!(2026 - 11 - 19),
    }
}

/// Remittance advice with this trace.
pub(in crate::store) fn remittance(trace: &str) -> Remittance {
    Remittance {
        key: RemittanceKey { payer: "1999999999".into(), trace: trace.into() },
        date: date!(2026 - 11 - 19),
        method: "CHK".into(),
        amount: Decimal::new(10_000, 2),
        payee_npi: "1234567893".into(),
        payee_tin: "041234567".into(),
        adjustments: vec![ProviderAdjustment {
            provider: "1234567893".into(),
            reason: "WO".into(),
            reference: "X1".into(),
            amount: Decimal::new(-500, 2),
        }],
        text: b"ST*835*0001~SE*2*0001~".to_vec(),
    }
}

/// More used of the deductible of the member `123000001` `01`.
pub(in crate::store) fn used(number: &str, cents: i64) -> LedgerEntry {
    LedgerEntry::Accumulator(AccumulatorChange {
        owner: Owner { subscriber: "123000001".into(), suffix: "01".into() },
        level: Level::Individual,
        kind: AccumulatorKind::Deductible,
        network: Network::In,
        year_begin: date!(2026 - 01 - 01),
        amount: Decimal::new(cents, 2),
        claim: number.into(),
    })
}

/// A document by its control number, for the claim with this account.
pub(in crate::store) fn document(control: &str, account: &str) -> Attachment {
    Attachment {
        control: control.into(),
        provider: "1234567893".into(),
        account: account.into(),
        member_id: "S12300000101".into(),
        claim: None,
        request: "".into(),
        kind: "77".into(),
        media: "application/pdf".into(),
        name: "scan.pdf".into(),
        hash: [5; 32],
        bytes: 1234,
        received: RECEIVED,
    }
}

/// Who enters without an interchange.
pub(in crate::store) fn operator() -> Actor {
    Actor { who: "operator".into(), at_micros: RECEIVED_MICROS + 500 }
}

/// An intake that these entries were put into.
pub(in crate::store) async fn put(
    store: &Stores,
    control: u32,
    entries: Vec<LedgerEntry>,
) -> Box<dyn Intake> {
    let mut intake = store.journal.begin(opening(control)).await.expect("begun");
    intake.put(Batch::Ledger(entries)).await.expect("put");
    intake
}

/// Commits an intake; gives the number of the interchange.
pub(in crate::store) async fn commit(intake: Box<dyn Intake>, control: u32) -> u64 {
    match intake.commit(completed(control, 1)).await.expect("committed") {
        Recorded::Fresh(id) => id,
        Recorded::Earlier(row) => panic!("{row:?}"),
    }
}

/// An interchange with these entries, committed.
pub(in crate::store) async fn bring(
    store: &Stores,
    control: u32,
    entries: Vec<LedgerEntry>,
) -> u64 {
    commit(put(store, control, entries).await, control).await
}

/// A claim as an entry.
pub(in crate::store) fn new(claim: ClaimVersion) -> LedgerEntry {
    LedgerEntry::Claim(Arc::new(claim))
}

/// Claims for one key, with their text.
pub(in crate::store) async fn find(
    store: &Stores,
    key: ClaimKey,
    intake: Option<u64>,
) -> Vec<ClaimVersion> {
    let scope = ClaimScope { intake, with_text: true, limit: 0 };
    store.claims.find(&[key], scope).await.expect("found").remove(0)
}

/// The claim with this number.
pub(in crate::store) async fn by_number(store: &Stores, number: &str) -> Option<ClaimVersion> {
    find(store, ClaimKey::Number(number.into()), None).await.pop()
}

/// The history of the claim with this number.
pub(in crate::store) async fn history(store: &Stores, number: &str) -> Option<ClaimHistory> {
    store.claims.histories(&[number.into()]).await.expect("histories").remove(0)
}

fn numbers(claims: &[ClaimVersion]) -> Vec<&str> {
    claims.iter().map(|claim| &*claim.number).collect()
}

/// The whole story, on a store with the sandbox payer's members and interchanges numbered below 100.
pub(in crate::store) async fn run(store: &Stores) {
    claims_come_in(store).await;
    look_ups(store).await;
    versions(store).await;
    decisions(store).await;
    documents(store).await;
    what_is_coming_in(store).await;
    same_time(store).await;
    properties(store).await;
    searches::run(store).await;
}

async fn claims_come_in(store: &Stores) {
    let mut first = claim("CLM1");
    let id = bring(store, 100, vec![new(first.clone())]).await;
    first.interchange = id;
    assert_eq!(by_number(store, "CLM1").await.as_ref(), Some(&first), "as it was put");
    let without = ClaimScope::default();
    let found = store.claims.find(&[ClaimKey::Number("CLM1".into())], without).await;
    assert_eq!(found.expect("found")[0][0].text, b"", "its text only when it is asked for");
    // Without a member, and without what else may be missing.
    let mut bare = ClaimVersion { member: None, rendering: first.billing.clone(), ..claim("CLM2") };
    bare.patient.birth = None;
    bare.billing = ClaimProvider::default();
    bare.announced = vec![Announced {
        control: "PWK\"1".into(),
        report: "77".into(),
        transmission: "EL".into(),
    }];
    bare.interchange = bring(store, 101, vec![new(bare.clone())]).await;
    assert_eq!(by_number(store, "CLM2").await, Some(bare));
    let events = history(store, "CLM1").await.expect("known").events;
    let received = ClaimEvent {
        claim: "CLM1".into(),
        at_micros: opening(100).received_micros,
        who: "submitter1".into(),
        interchange: id,
        kind: "received".into(),
        state: Some(waiting()),
        detail: "".into(),
    };
    assert_eq!(events, [received]);
    assert!(history(store, "CLM9").await.is_none());
    assert_eq!(store.counts().await.expect("counts").claims, 2);
    // Money that no column holds is refused before anything is written.
    let mut intake = store.journal.begin(opening(102)).await.expect("begun");
    let odd = ClaimVersion { charge: Decimal::new(1, 3), ..claim("CLM3") };
    let refused = intake.put(Batch::Ledger(vec![new(odd)])).await.expect_err("fractions of cents");
    assert!(matches!(refused, StoreError::Value { .. }), "{refused}");
}

async fn look_ups(store: &Stores) {
    let older = ClaimVersion {
        from: date!(2026 - 03 - 01),
        to: date!(2026 - 03 - 09),
        account: "ACCTCLM1".into(),
        service_key: 42,
        ..claim("CLM4")
    };
    bring(store, 103, vec![new(older)]).await;
    let mary = Owner { subscriber: "123000001".into(), suffix: "01".into() };
    let member = |from, to| ClaimKey::Member { owner: mary.clone(), from, to };
    let account =
        |npi: &str, account: &str| ClaimKey::Account { npi: npi.into(), account: account.into() };
    let cases: [(ClaimKey, &[&str]); 12] = [
        (ClaimKey::Number("CLM1".into()), &["CLM1"]),
        (ClaimKey::Number("CLM9".into()), &[]),
        (ClaimKey::Latest("CLM4".into()), &["CLM4"]),
        // The newest service first; one day of service in the range is enough.
        (member(date!(2026 - 01 - 01), date!(2026 - 12 - 31)), &["CLM1", "CLM4"]),
        (member(date!(2026 - 03 - 09), date!(2026 - 07 - 03)), &["CLM4"]),
        (member(date!(2026 - 07 - 05), date!(2026 - 07 - 05)), &["CLM1"]),
        (member(date!(2026 - 03 - 10), date!(2026 - 07 - 03)), &[]),
        (account("1234567893", "ACCTCLM1"), &["CLM4", "CLM1"]),
        (account("1234567893", "ACCTCLM9"), &[]),
        (account("1245319599", "ACCTCLM1"), &[]),
        (ClaimKey::Service(42), &["CLM4"]),
        (ClaimKey::Announced { npi: "".into(), control: "PWK\"1".into() }, &["CLM2"]),
    ];
    let keys: Vec<ClaimKey> = cases.iter().map(|(key, _)| key.clone()).collect();
    let scope = ClaimScope::default();
    let found = store.claims.find(&keys, scope).await.expect("found");
    for (index, ((_, expected), found)) in cases.iter().zip(&found).enumerate() {
        assert_eq!(numbers(found), *expected, "{index}");
    }
    let limited = ClaimScope { limit: 1, ..scope };
    let found = store.claims.find(&keys, limited).await.expect("found");
    assert_eq!((numbers(&found[3]), numbers(&found[7])), (vec!["CLM1"], vec!["CLM4"]));
    let waiting = store.claims.waiting(None, 2).await.expect("waiting");
    assert_eq!(numbers(&waiting), ["CLM1", "CLM2"]);
    assert_eq!(waiting[0].text, claim("CLM1").text);
    let rest = store.claims.waiting(Some("CLM2"), 9).await.expect("waiting");
    assert_eq!(numbers(&rest), ["CLM4"]);
}

/// A chain of versions: each one's place is taken by the next, whatever number is asked for.
async fn versions(store: &Stores) {
    let first = claim("V1");
    let second = version_of("V2", &first, "7");
    let third = version_of("V3", &second, "8");
    bring(store, 110, vec![new(first.clone())]).await;
    bring(store, 111, vec![new(second.clone()), change("V1", "F3", "101", "replaced")]).await;
    let replaced = by_number(store, "V1").await.expect("kept");
    assert_eq!(replaced.successor.as_deref(), Some("V2"));
    assert_eq!(replaced.state, state("F3", "101"));
    bring(store, 112, vec![new(third)]).await;
    for number in ["V1", "V2", "V3"] {
        let latest = find(store, ClaimKey::Latest(number.into()), None).await;
        assert_eq!(numbers(&latest), ["V3"], "{number}");
        let history = history(store, number).await.expect("known");
        assert_eq!(numbers(&history.versions), ["V1", "V2", "V3"], "{number}");
        let kinds: Vec<_> =
            history.events.iter().map(|event| (&*event.claim, &*event.kind)).collect();
        let received = |number| (number, "received");
        assert_eq!(kinds, [received("V1"), received("V2"), ("V1", "state"), received("V3")]);
        assert_eq!(&*history.events[2].detail, "replaced");
    }
    // Only the last one is a claim of the member, and a void is no service.
    let owner = first.member.clone().expect("a member");
    let member = ClaimKey::Member { owner, from: first.from, to: first.to };
    assert_eq!(numbers(&find(store, member, None).await), ["V3", "CLM1"]);
    assert_eq!(find(store, ClaimKey::Service(first.service_key), None).await, []);
}

async fn decisions(store: &Stores) {
    let members = store.generations().await.expect("generations").members;
    let deductible = async || {
        let search = [MemberSearch::Id("S12300000101".into())];
        let file = store.members.find(&search).await.expect("found").remove(0).remove(0);
        let used = file.accumulators.iter().find(|used| {
            used.kind == AccumulatorKind::Deductible && used.level == Level::Individual
        });
        used.map_or(Decimal::ZERO, |used| used.used)
    };
    let before = deductible().await;
    let pay = |trace: &str, kind, paid| {
        LedgerEntry::Payment(Box::new(payment("CLM1", trace, kind, paid)))
    };
    let advice = |trace: &str| LedgerEntry::Remittance(Box::new(remittance(trace)));
    let decided = vec![
        advice("CHK1"),
        pay("CHK1", PaymentKind::Decision, 10_000),
        change("CLM1", "F1", "65", "paid"),
        used("CLM1", 2_500),
    ];
    bring(store, 120, decided).await;
    let paid = by_number(store, "CLM1").await.expect("known");
    assert_eq!(paid.state, state("F1", "65"));
    let outcome = ClaimOutcome {
        paid: Decimal::new(10_000, 2),
        finalized: Some(date!(2026 - 11 - 18)),
        remitted: Some(date!(2026 - 11 - 19)),
        trace: "CHK1".into(),
        reason: "".into(),
    };
    assert_eq!(paid.outcome, outcome);
    assert_eq!(deductible().await, before + Decimal::new(2_500, 2));
    assert_eq!(store.generations().await.expect("generations").members, members + 1);
    assert_eq!(numbers(&store.claims.waiting(None, 1).await.expect("waiting")), ["CLM2"]);
    // The same advice again is refused with all that comes with it, by an interchange and otherwise.
    let again = || vec![advice("CHK1"), pay("CHK1", PaymentKind::Decision, 10_000)];
    let refused = put(store, 121, again()).await.commit(completed(121, 1)).await;
    assert!(matches!(refused, Err(StoreError::Known { .. })), "{refused:?}");
    let refused = store.claims.enter(again(), &operator()).await;
    assert!(matches!(refused, Err(StoreError::Known { .. })), "{refused:?}");
    // A reversal and the new decision, by an operator: all at once.
    let corrected = vec![
        advice("CHK2"),
        pay("CHK2", PaymentKind::Reversal, -10_000),
        used("CLM1", -2_500),
        pay("CHK2", PaymentKind::Decision, 8_000),
        used("CLM1", 1_000),
        change("CLM1", "F1", "65", "paid"),
    ];
    store.claims.enter(corrected, &operator()).await.expect("entered");
    let paid = by_number(store, "CLM1").await.expect("known").outcome;
    assert_eq!((paid.paid, &*paid.trace), (Decimal::new(8_000, 2), "CHK2"));
    assert_eq!(deductible().await, before + Decimal::new(1_000, 2));
    let keys = ["CHK2", "CHK3", "CHK1"].map(|trace| remittance(trace).key);
    let found = store.claims.remittances(&keys).await.expect("found");
    assert_eq!(found, [Some(remittance("CHK2")), None, Some(remittance("CHK1"))]);
    // Advice of a payee with an adjustment for a reason, the newest first.
    let payees = ["1234567893", "nobody"].map(Box::from);
    let adjusted = async |reason, limit| {
        let found = store.claims.adjusted(&payees, reason, limit).await.expect("found");
        found
            .into_iter()
            .map(|of| of.into_iter().map(|r| r.key.trace).collect())
            .collect::<Vec<Vec<_>>>()
    };
    assert_eq!(
        adjusted("WO", 9).await,
        [vec!["CHK2".into(), "CHK1".into()], Vec::<Box<str>>::new()]
    );
    assert_eq!(adjusted("WO", 1).await[0], ["CHK2".into()]);
    assert_eq!(adjusted("FB", 9).await, [Vec::<Box<str>>::new(), Vec::new()]);
    let history = history(store, "CLM1").await.expect("known");
    let kinds = [PaymentKind::Decision, PaymentKind::Reversal, PaymentKind::Decision];
    let expected = [("CHK1", 10_000), ("CHK2", -10_000), ("CHK2", 8_000)];
    for ((kind, (trace, paid)), found) in kinds.iter().zip(expected).zip(&history.payments) {
        assert_eq!(*found, payment("CLM1", trace, *kind, paid));
    }
    assert_eq!(history.payments.len(), 3);
    let amounts: Vec<_> = history.accumulators.iter().map(|change| change.amount).collect();
    assert_eq!(amounts, [2_500, -2_500, 1_000].map(|cents| Decimal::new(cents, 2)));
    let last = history.events.last().expect("events");
    assert_eq!((&*last.who, last.interchange, &*last.kind), ("operator", 0, "state"));
}

/// Documents and the claims that announce them find each other, whichever comes first.
async fn documents(store: &Stores) {
    let announcing = |number: &str, control: &str| ClaimVersion {
        announced: vec![Announced {
            control: control.into(),
            report: "77".into(),
            transmission: "EL".into(),
        }],
        ..claim(number)
    };
    bring(store, 130, vec![new(announcing("D1", "A1"))]).await;
    bring(store, 131, vec![LedgerEntry::Attachment(document("A1", "ACCTD1"))]).await;
    bring(store, 132, vec![LedgerEntry::Attachment(document("A2", "ACCTD2"))]).await;
    // The account does not agree.
    bring(store, 133, vec![LedgerEntry::Attachment(document("A2", "ACCTD1"))]).await;
    // Neither does the member.
    let others = Attachment { member_id: "S12300000102".into(), ..document("A2", "ACCTD2") };
    bring(store, 135, vec![LedgerEntry::Attachment(others.clone())]).await;
    bring(store, 134, vec![new(announcing("D2", "A2"))]).await;
    for (number, control, place) in [("D1", "A1", 1), ("D2", "A2", 0)] {
        let history = history(store, number).await.expect("known");
        let account = format!("ACCT{number}");
        let linked = Attachment { claim: Some(number.into()), ..document(control, &account) };
        assert_eq!(history.attachments, [linked], "{number}");
        assert_eq!(&*history.events[place].kind, "attachment");
    }
    let key = ClaimKey::Announced { npi: "1234567893".into(), control: "A2".into() };
    assert_eq!(numbers(&find(store, key, None).await), ["D2"]);
    // What belongs to no claim is listed, and what belongs to one is kept by the archive as well.
    let unmatched = store.claims.unmatched(9).await.expect("listed");
    assert_eq!(unmatched, [document("A2", "ACCTD1"), others]);
    assert!(store.claims.unmatched(0).await.expect("listed").is_empty());
    let used = store.journal.in_use(&[[6; 32], [5; 32]], i64::MAX).await.expect("asked");
    assert_eq!(used, [false, true]);
    // Disputes and requests are replaced by those of the same number.
    let dispute = |state, closed| {
        let attachments = vec!["A1".into()];
        let (number, claim, note) = ("DSP1".into(), "D1".into(), "underpaid".into());
        Dispute { number, claim, state, opened: RECEIVED, closed, attachments, note }
    };
    let request = |answered| InformationRequest {
        trace: "RFI1".into(),
        claim: "D1".into(),
        wanted: vec!["11503-0".into()],
        asked: RECEIVED,
        due: date!(2026 - 12 - 17),
        answered,
    };
    let refund = Refund {
        claim: "D1".into(),
        by: None,
        amount: Some(Decimal::new(100, 2)),
        method: RefundMethod::Check,
        check: "7001".into(),
        on: RECEIVED,
    };
    let entries = vec![
        LedgerEntry::Dispute(dispute(DisputeState::Open, None)),
        LedgerEntry::Request(request(None)),
        LedgerEntry::Refund(refund.clone()),
        LedgerEntry::Dispute(dispute(DisputeState::Upheld, Some(RECEIVED))),
        LedgerEntry::Request(request(Some(RECEIVED))),
    ];
    store.claims.enter(entries, &operator()).await.expect("entered");
    let history = history(store, "D1").await.expect("known");
    assert_eq!(history.disputes, [dispute(DisputeState::Upheld, Some(RECEIVED))]);
    assert_eq!(history.requests, [request(Some(RECEIVED))]);
    assert_eq!(history.refunds, [refund]);
    let details: Vec<_> =
        history.events[2..].iter().map(|event| (&*event.kind, &*event.detail)).collect();
    let expected = [
        ("dispute", "DSP1"),
        ("request", "RFI1"),
        ("refund", "7001"),
        ("dispute", "DSP1"),
        ("request", "RFI1"),
    ];
    assert_eq!(details, expected);
}

/// Waits until something holds that is done while the caller goes on.
pub(in crate::store) async fn soon(holds: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it does not hold after ten seconds");
}

/// Many claims are seen by their own intake before the commit, and by others after it; what is taken back never.
async fn what_is_coming_in(store: &Stores) {
    let name = |number: usize| format!("M{number:05}");
    let many = |range: std::ops::Range<usize>| {
        range.map(|number| new(claim(&name(number)))).collect::<Vec<_>>()
    };
    let mut intake = put(store, 140, many(0..600)).await;
    let number = intake.number().expect("some are written");
    assert_eq!(intake.entries(), 600);
    let first = ClaimKey::Number(name(0).into());
    assert_eq!(find(store, first.clone(), None).await, []);
    soon(async || find(store, first.clone(), Some(number)).await.len() == 1).await;
    assert!(history(store, &name(0)).await.is_none());
    // A version of its own is the latest for itself alone.
    let replacing =
        vec![new(version_of("MV2", &claim("CLM4"), "7")), change("CLM4", "F3", "101", "")];
    intake.put(Batch::Ledger(replacing)).await.expect("put");
    intake.put(Batch::Ledger(many(600..1_200))).await.expect("put");
    let latest = |intake| find(store, ClaimKey::Latest("CLM4".into()), intake);
    soon(async || numbers(&latest(Some(number)).await) == ["MV2"]).await;
    assert_eq!(numbers(&latest(None).await), ["CLM4"]);
    assert_eq!(latest(None).await[0].state, waiting());
    // Some were of a set that was rejected: of those that are written and of those that are held.
    intake.put(Batch::Ledger(many(1_200..1_250))).await.expect("put");
    assert_eq!(intake.entries(), 1_252);
    intake.take_back(1_230).await.expect("taken back");
    intake.take_back(900).await.expect("taken back");
    assert_eq!(intake.entries(), 900);
    intake.put(Batch::Ledger(many(2_000..2_100))).await.expect("put");
    assert_eq!(intake.entries(), 1_000);
    let before = store.counts().await.expect("counts").claims;
    let id = commit(intake, 140).await;
    assert_eq!(id, number);
    // 899 claims and another state were kept, and a hundred came after.
    assert_eq!(store.counts().await.expect("counts").claims, before + 999);
    for (number, is_there) in [(0, true), (897, true), (898, false), (1_240, false), (2_099, true)]
    {
        assert_eq!(by_number(store, &name(number)).await.is_some(), is_there, "{number}");
    }
    assert_eq!(latest(None).await[0].interchange, id);
    assert_eq!(by_number(store, "CLM4").await.expect("known").state, state("F3", "101"));
    // It is still there when its interchange is forgotten.
    store.journal.forget(i64::MAX, 1_000).await.expect("forgotten");
    assert!(by_number(store, &name(0)).await.is_some());
    // One that is dropped leaves nothing, and its numbers may be used again.
    let dropped = put(store, 141, many(3_000..3_700)).await;
    let number = dropped.number();
    let written = async || find(store, ClaimKey::Number(name(3_000).into()), number).await.len();
    soon(async || written().await == 1).await;
    drop(dropped);
    soon(async || written().await == 0).await;
    bring(store, 142, many(3_000..3_700)).await;
    assert!(by_number(store, &name(3_699)).await.is_some());
}

/// What two interchanges bring at the same time, neither seeing the other, is not there twice.
async fn same_time(store: &Stores) {
    let alike = |number: &str| ClaimVersion { service_key: 77, ..claim(number) };
    let first = put(store, 150, vec![new(alike("S1"))]).await;
    let second = put(store, 151, vec![new(alike("S2")), change("S2", "P2", "20", "pended")]).await;
    let dearer = ClaimVersion { charge: Decimal::new(99_999, 2), ..alike("S3") };
    let third = put(store, 152, vec![new(dearer)]).await;
    commit(first, 150).await;
    commit(second, 151).await;
    commit(third, 152).await;
    assert_eq!(by_number(store, "S1").await.expect("there").state, waiting());
    assert_eq!(by_number(store, "S3").await.expect("there").state, waiting());
    let effective = date!(2026 - 11 - 18);
    let denied = |code| ClaimState { effective, ..state("F2", code) };
    let duplicate = by_number(store, "S2").await.expect("there");
    assert_eq!(duplicate.state, denied("54"));
    let events = history(store, "S2").await.expect("known").events;
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[1].state, Some(denied("54")));
    // One that sees the other is none of the store's business.
    bring(store, 153, vec![new(alike("S4"))]).await;
    assert_eq!(by_number(store, "S4").await.expect("there").state, waiting());

    let versions = [("R1", 160), ("R2", 161)].map(|(number, control)| {
        let version = version_of(number, &alike("S1"), "7");
        let entries = vec![new(version), change("S1", "F3", "101", number)];
        put(store, control, entries)
    });
    let [first, second] = versions;
    let (first, second) = (first.await, second.await);
    commit(first, 160).await;
    commit(second, 161).await;
    assert_eq!(by_number(store, "S1").await.expect("there").successor.as_deref(), Some("R1"));
    assert_eq!(by_number(store, "R1").await.expect("there").state, waiting());
    assert_eq!(by_number(store, "R2").await.expect("there").state, denied("495"));
    for number in ["S1", "R1", "R2"] {
        let latest = find(store, ClaimKey::Latest(number.into()), None).await;
        assert_eq!(numbers(&latest), ["R1"], "{number}");
        let history = history(store, number).await.expect("known");
        assert_eq!(numbers(&history.versions), ["S1", "R1", "R2"]);
        let of_first = history.events.iter().filter(|event| &*event.claim == "S1");
        let details: Vec<_> = of_first.map(|event| &*event.detail).collect();
        assert_eq!(details, ["", "R1"], "what the second said of the first is not so");
    }
}

async fn properties(store: &Stores) {
    assert_eq!(store.backend.property("motto").await.expect("asked"), None);
    for value in ["one", "two"] {
        let mut load = store.begin_load().await.expect("begun");
        let rows = [("motto".into(), value.into())];
        load.put(crate::store::LoadRows::Properties(&rows)).await.expect("put");
        load.commit().await.expect("committed");
    }
    let value = store.backend.property("motto").await.expect("asked");
    assert_eq!(value.as_deref(), Some("two"));
}
