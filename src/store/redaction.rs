//! Rows that hold a person do not print one: every such type is formatted, and nothing of the person is in the text.

use std::sync::Arc;

use time::macros::date;

use super::claims_story::{payment, remittance};
use super::load::Owner;
use super::probe::{KeyKind, Probe};
use super::{
    Accumulator, AccumulatorChange, AccumulatorKind, Address, Attachment, Batch, ClaimHistory,
    ClaimKey, ClaimOutcome, ClaimPage, ClaimProvider, ClaimQuery, ClaimVersion, Completed,
    Coverage, CoverageAction, CoverageChange, Dispute, DisputeState, FamilyRange, Gender, Identity,
    InterchangeEnd, LedgerEntry, Level, Member, MemberAction, MemberChange, MemberFile,
    MemberSearch, Network, Original, OtherCoverage, PaidLine, Patient, PayerOrder, Payment,
    PaymentKind, Pcp, PersonFacts, Quantity, Refund, RefundMethod, Relationship, Remittance,
    ReplyRow, ReviewChange, ReviewEntry, ReviewHistory, ReviewKey, ReviewKind, ReviewPage,
    ReviewProvider, ReviewQuery, ReviewRecord, ReviewService, ReviewState, Traits, claims_story,
};

/// In every text that could say who it is.
const PLANTED: &str = "PLANTED";

/// Fails when a value shows what was planted in it.
fn hides<T: std::fmt::Debug>(value: &T) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        for planted in [PLANTED, "1987", "155", "4711", "80, 76, 65"] {
            assert!(!shown.contains(planted), "{planted} in {shown}");
        }
    }
}

#[test]
fn no_row_prints_the_person_it_is_about() {
    let text: fn() -> Box<str> = || PLANTED.into();
    let born = date!(1987 - 06 - 05);
    let address =
        Address { line1: text(), line2: Some(text()), city: text(), state: text(), zip: text() };
    let member = Member {
        prefix: text(),
        subscriber: text(),
        suffix: text(),
        own_id: true,
        relationship: Relationship::Myself,
        last: text(),
        first: text(),
        middle: Some(text()),
        generation: Some(text()),
        birth: born,
        death: Some(born),
        gender: Gender::Female,
        birth_sequence: Some(155),
        address: Some(address.clone()),
        ssn: Some(text()),
        card: Some(text()),
        medicare_id: Some(text()),
    };
    let pcp = Pcp {
        npi: text(),
        last: text(),
        first: Some(text()),
        since: Some(born),
        unit_id: Some(text()),
        unit_name: Some(text()),
        telephone: Some(text()),
        address: Some(address.clone()),
    };
    let coverage = Coverage {
        plan: text(),
        begin: born,
        end: Some(born),
        group: Some(text()),
        group_name: Some(text()),
        pending: false,
        pcp: Some(pcp.clone()),
        updated: Some(born),
    };
    let accumulator = Accumulator {
        kind: AccumulatorKind::Limit(text()),
        level: Level::Individual,
        network: Network::In,
        year_begin: born,
        used: 4711.into(),
        as_of: Some(born),
    };
    let other = OtherCoverage {
        carrier: text(),
        carrier_id: Some(text()),
        order: PayerOrder::Primary,
        policy: Some(text()),
        begin: Some(born),
        end: Some(born),
        workers_compensation: false,
        group: Some(text()),
        insured_last: Some(text()),
        insured_first: Some(text()),
    };
    hides(&MemberSearch::Id(text()));
    hides(&MemberSearch::Name { last: text(), first: text(), birth: born });
    hides(&MemberSearch::Other { qualifier: "SY".into(), value: text() });
    hides(&MemberFile {
        member: member.clone(),
        subscriber: Some(Box::new(member.clone())),
        coverage: vec![coverage.clone()],
        accumulators: vec![accumulator.clone()],
        relatives: Vec::new(),
        other: vec![other.clone()],
    });
    hides(&member);
    hides(&address);
    hides(&pcp);
    hides(&coverage);
    hides(&accumulator);
    hides(&other);
    hides(&Owner { subscriber: text(), suffix: text() });
    hides(&FamilyRange { after: text(), before: text() });
    hides(&Probe { kind: KeyKind::Ssn, key: PLANTED.into(), prefix: Some(PLANTED) });
    hides(&changed(text, (&address, &pcp, &other), born));
}

#[test]
fn no_interchange_prints_what_it_holds() {
    let reply =
        ReplyRow { kind: "271".into(), control: 1, body: Some(PLANTED.into()), hash: [0; 32] };
    hides(&reply);
    hides(&Original::Inline(PLANTED.into()));
    let end = InterchangeEnd {
        hash: [0; 32],
        bytes: 1,
        answered_micros: 1,
        outcome: "accepted".into(),
        groups: 1,
        sets: 1,
        accepted: 1,
        findings: 0,
        declined: 0,
    };
    let original = Original::Inline(PLANTED.into());
    hides(&Completed { end, original, replies: vec![reply], until: None });
}

/// A change of a member, with everything it can hold, and its parts.
fn changed(
    text: fn() -> Box<str>,
    (address, pcp, other): (&Address, &Pcp, &OtherCoverage),
    born: time::Date,
) -> MemberChange {
    let traits = Traits { last: text(), first: text(), birth: Some(born), ssn: Some(text()) };
    let who = Identity {
        suffix: Some(text()),
        relationship: Relationship::Child,
        now: traits.clone(),
        before: Some(traits.clone()),
    };
    let facts = PersonFacts {
        middle: Some(text()),
        generation: Some(text()),
        gender: Some(Gender::Female),
        death: Some(born),
        birth_sequence: Some(155),
        address: Some(address.clone()),
        medicare_id: Some(text()),
        own_id: true,
    };
    let coverage = CoverageChange {
        action: CoverageAction::Begin,
        plan: text(),
        begin: Some(born),
        end: Some(born),
        group: Some(text()),
        group_name: Some(text()),
        pcp: Some(pcp.clone()),
    };
    hides(&traits);
    hides(&who);
    hides(&facts);
    hides(&coverage);
    hides(&MemberAction::Reinstate { from: Some(born) });
    MemberChange {
        prefix: text(),
        subscriber: text(),
        who,
        action: MemberAction::End { all: Some(born), dependents: true },
        facts,
        coverage: vec![coverage],
        other: Some(vec![other.clone()]),
        on: born,
        loaded: born,
    }
}

/// A claim that says in every field whose it is.
fn planted_claim() -> ClaimVersion {
    let text = || Box::<str>::from(PLANTED);
    let born = date!(1987 - 06 - 05);
    let amount = rust_decimal::Decimal::from(4711);
    let owner = Owner { subscriber: text(), suffix: text() };
    let provider = ClaimProvider { npi: text(), tin: text(), last: text(), first: text() };
    let patient = Patient { member_id: text(), last: text(), first: text(), birth: Some(born) };
    let outcome = ClaimOutcome { paid: amount, trace: text(), ..ClaimOutcome::default() };
    ClaimVersion {
        number: text(),
        original: text(),
        account: text(),
        member: Some(owner),
        patient,
        billing: provider.clone(),
        payee: provider.clone(),
        rendering: provider,
        charge: amount,
        from: born,
        to: born,
        outcome,
        procedures: vec![text()],
        text: PLANTED.into(),
        ..claims_story::claim("")
    }
}

#[test]
fn no_row_of_the_ledger_prints_the_patient() {
    let text = || Box::<str>::from(PLANTED);
    let born = date!(1987 - 06 - 05);
    let amount = rust_decimal::Decimal::from(4711);
    let owner = Owner { subscriber: text(), suffix: text() };
    let claim = planted_claim();
    let (patient, outcome) = (claim.patient.clone(), claim.outcome.clone());
    let line = PaidLine { procedure: text(), paid: amount, control: text(), ..PaidLine::default() };
    let payment = Payment {
        claim: text(),
        charge: amount,
        paid: amount,
        lines: vec![line.clone()],
        ..payment("", "", PaymentKind::Decision, 1)
    };
    let remittance = Remittance { amount, text: PLANTED.into(), ..remittance("CHK1") };
    let dispute = Dispute {
        number: "DSP1".into(),
        claim: text(),
        state: DisputeState::Open,
        opened: born,
        closed: Some(born),
        attachments: vec![text()],
        note: text(),
    };
    let document = Attachment {
        control: text(),
        provider: text(),
        account: text(),
        member_id: text(),
        name: text(),
        ..claims_story::document("", "")
    };
    let refund = Refund {
        claim: text(),
        by: Some(text()),
        amount: Some(amount),
        method: RefundMethod::Check,
        check: text(),
        on: date!(2026 - 11 - 17),
    };
    let used = AccumulatorChange {
        owner: owner.clone(),
        level: Level::Family,
        kind: AccumulatorKind::Limit(text()),
        network: Network::In,
        year_begin: born,
        amount,
        claim: text(),
    };
    let history = ClaimHistory {
        versions: vec![claim.clone()],
        payments: vec![payment.clone()],
        disputes: vec![dispute.clone()],
        attachments: vec![document.clone()],
        refunds: vec![refund.clone()],
        accumulators: vec![used.clone()],
        ..ClaimHistory::default()
    };
    let query = ClaimQuery {
        words: vec![text()],
        numbers: vec![text()],
        members: vec![owner.clone()],
        provider: Some(text()),
        period: Some((born, born)),
        payees: Some(vec![text()]),
        charge: Some(amount),
        ..ClaimQuery::default()
    };
    hides(&patient);
    hides(&outcome);
    hides(&line);
    hides(&history);
    hides(&query);
    hides(&ClaimPage { total: 1, claims: vec![claim.clone()] });
    for key in [
        ClaimKey::Number(text()),
        ClaimKey::Latest(text()),
        ClaimKey::Member { owner, from: born, to: born },
        ClaimKey::Account { npi: text(), account: text() },
        ClaimKey::Service(4711),
        ClaimKey::Announced { npi: text(), control: text() },
    ] {
        hides(&key);
    }
    let entries = vec![
        LedgerEntry::Claim(Arc::new(claim)),
        LedgerEntry::Payment(Box::new(payment)),
        LedgerEntry::Remittance(Box::new(remittance)),
        LedgerEntry::Accumulator(used),
        LedgerEntry::Dispute(dispute),
        LedgerEntry::Attachment(document),
        LedgerEntry::Refund(refund),
    ];
    entries.iter().for_each(hides);
    hides(&Batch::Ledger(entries));
}

/// A review that says in every field whose it is.
fn planted_review() -> ReviewRecord {
    let text: fn() -> Box<str> = || PLANTED.into();
    let born = date!(1987 - 06 - 05);
    let provider = ReviewProvider { role: text(), id: text(), last: text(), first: text() };
    let quantity = Quantity { unit: text(), count: 4711.into() };
    ReviewRecord {
        receipt: text(),
        number: Some(text()),
        first: text(),
        follows: Some(text()),
        successor: Some(text()),
        kind: ReviewKind::Referral,
        certification: text(),
        service_type: text(),
        place: text(),
        level: text(),
        subscriber: text(),
        suffix: text(),
        last: text(),
        first_name: text(),
        plan: text(),
        requester: provider.clone(),
        providers: vec![provider],
        from: born,
        to: born,
        asked: Some(quantity.clone()),
        granted: Some(quantity),
        services: vec![ReviewService { code: text(), action: text(), reasons: vec![text()] }],
        state: ReviewState::Approved,
        action: text(),
        reasons: vec![text()],
        message: text(),
        rule: text(),
        received_micros: 4711,
        decided_micros: Some(4711),
        due_micros: Some(4711),
        closes_micros: Some(4711),
        extended: true,
        traces: vec![text()],
        reference: text(),
        request_key: 4711,
        service_key: 4711,
        documents: vec![text()],
        partner: text(),
        interchange: 4711,
        text: text(),
    }
}

#[test]
fn no_row_of_the_review_ledger_prints_the_patient() {
    let text: fn() -> Box<str> = || PLANTED.into();
    let review = planted_review();
    let owner = review.owner();
    let born = date!(1987 - 06 - 05);
    let change = ReviewChange {
        number: Some(text()),
        granted: review.granted.clone(),
        days: Some((born, born)),
        message: text(),
        text: text(),
        ..ReviewChange::cancellation(PLANTED, PLANTED)
    };
    let entry = ReviewEntry::from(review.clone());
    for key in [
        ReviewKey::Number(text()),
        ReviewKey::Request(4711),
        ReviewKey::Service(4711),
        ReviewKey::Member { owner, from: born, to: born },
        ReviewKey::Trace(text()),
        ReviewKey::Document(text()),
        ReviewKey::Provider { id: text(), from: born, to: born },
    ] {
        hides(&key);
    }
    let query = ReviewQuery {
        words: vec![text()],
        provider: Some(text()),
        period: Some((born, born)),
        ..ReviewQuery::default()
    };
    let history = ReviewHistory {
        reviews: vec![review.clone()],
        events: Vec::new(),
        attestations: Vec::new(),
        documents: vec![Attachment { member_id: text(), ..claims_story::document("", "") }],
        used: 1,
    };
    hides(&query);
    hides(&history);
    hides(&ReviewPage { total: 1, reviews: vec![review.clone()] });
    hides(&ReviewEntry::Change(Box::new(change.clone())));
    hides(&Batch::Reviews(vec![entry.clone()]));
    hides(&entry);
    hides(&change);
    hides(&review);
}
