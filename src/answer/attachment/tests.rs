//! What becomes of documents: linked, kept for later, refused; requests answered by them; disputes opened and decided.

use time::macros::{date, datetime};

use super::lookups::{account, announced};
use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::partner::{Lane, ProviderScope};
use crate::segments::{Name, Reference, Sent, Trace};
use crate::store::{
    Attachment, ClaimEvent, ClaimForm, ClaimHistory, ClaimOutcome, ClaimProvider, ClaimVersion,
    DisputeState, LedgerEntry, Patient,
};
use crate::txn::attachment::{Item, Wanted};
use crate::txn::claim::Claim;
use crate::wire::{Code, Delimiters};

const TODAY: Date = date!(2026 - 01 - 05);
const NPI: &str = "1234567893";

fn state(category: &str, code: &str) -> ClaimState {
    let entity = "";
    let effective = date!(2025 - 12 - 20);
    ClaimState { category: category.into(), code: code.into(), entity: entity.into(), effective }
}

fn version(number: &str, state: ClaimState) -> ClaimVersion {
    let clinic =
        ClaimProvider { npi: NPI.into(), last: "SAMPLE CLINIC".into(), ..Default::default() };
    let decided = state.is_final().then_some(date!(2025 - 12 - 20));
    ClaimVersion {
        number: number.into(),
        original: number.into(),
        version: 1,
        replaces: None,
        successor: None,
        form: ClaimForm::Professional,
        frequency: "1".into(),
        facility: "11".into(),
        account: "PT0001".into(),
        member: None,
        patient: Patient { member_id: "S12300000101".into(), ..Patient::default() },
        billing: clinic.clone(),
        payee: clinic.clone(),
        rendering: clinic,
        charge: 250.into(),
        from: date!(2025 - 12 - 01),
        to: date!(2025 - 12 - 01),
        received: date!(2025 - 12 - 05),
        state,
        outcome: ClaimOutcome { finalized: decided, remitted: decided, ..ClaimOutcome::default() },
        risk: "".into(),
        referral: "".into(),
        authorization: "".into(),
        announced: Vec::new(),
        procedures: Vec::new(),
        service_key: 0,
        partner: "stranger".into(),
        interchange: 1,
        text: Vec::new(),
    }
}

fn history(versions: Vec<ClaimVersion>) -> ClaimHistory {
    ClaimHistory {
        versions,
        events: Vec::new(),
        payments: Vec::new(),
        disputes: Vec::new(),
        attachments: Vec::new(),
        requests: Vec::new(),
        refunds: Vec::new(),
        accumulators: Vec::new(),
    }
}

fn paid() -> ClaimHistory {
    history(vec![version("1001", state("F1", "65"))])
}

fn pending() -> ClaimHistory {
    history(vec![version("1001", state("P1", "20"))])
}

fn context() -> AnswerContext {
    AnswerContext {
        now: datetime!(2026-01-05 09:30),
        lane: Lane::Batch,
        scope: ProviderScope::All,
        policy: Arc::default(),
        trace: "000000101".into(),
        group: GroupHeader::default(),
    }
}

fn item(kind: &str, number: &str, wanted: Vec<Wanted>, documents: &[&[u8]]) -> Item {
    Item {
        trace: Trace { kind: Code::from(kind), number: number.into(), ..Trace::default() },
        wanted,
        submitted: Sent::Value(TODAY),
        form: Code::from("TX"),
        documents: documents.iter().map(|bytes| bytes.to_vec()).collect(),
        ..Item::default()
    }
}

fn disputing(kind: &str, number: &str) -> Item {
    let wanted = Wanted { category: Code::from("R10"), code: "294".into(), ..Wanted::default() };
    item(kind, number, vec![wanted], &[b"PAID TOO LITTLE"])
}

fn submission(items: Vec<Item>) -> Submission {
    Submission {
        control: "0001".into(),
        purpose: Code::from("02"),
        reference: "AT0001".into(),
        payer: Name::organization("PR", "SAMPLE HEALTH PLAN", "PI", "99999"),
        submitter: Name::organization("41", "SUBMITTER ONE", "46", "SUBMITTER1"),
        provider: Name::organization("1P", "SAMPLE CLINIC", "XX", NPI),
        patient: Name::organization("QC", "DOE", "MI", "S12300000101"),
        references: vec![Reference {
            qualifier: Code::from("EJ"),
            value: "PT0001".into(),
            description: "".into(),
        }],
        items,
        ..Submission::default()
    }
}

/// Judges one set after the claims of the history are there; the claim announces `ACN1`.
fn judged(history: Option<ClaimHistory>, submission: Submission) -> Judged {
    let mut found = found(history, &submission);
    judge::judge(Delivered::new(submission), &mut found, &context())
}

fn found(history: Option<ClaimHistory>, submission: &Submission) -> Found {
    let mut found = Found::default();
    if let Some(history) = history {
        let numbers: Vec<Box<str>> = history.versions.iter().map(|v| v.number.clone()).collect();
        let document = item("1", "ACN1", Vec::new(), &[]);
        found.index(announced(submission, &document), numbers.clone());
        found.index(account(submission), numbers);
        found.add(history);
    }
    found
}

fn kinds(judged: &Judged) -> Vec<&'static str> {
    let kind = |entry: &LedgerEntry| match entry {
        LedgerEntry::Attachment(_) => "attachment",
        LedgerEntry::Dispute(_) => "dispute",
        LedgerEntry::State(_) => "state",
        LedgerEntry::Request(_) => "request",
        _ => "other",
    };
    judged.entries.iter().map(kind).collect()
}

fn attachments<'j>(judged: &'j Judged) -> Vec<&'j Attachment> {
    let of = |entry: &'j LedgerEntry| match entry {
        LedgerEntry::Attachment(attachment) => Some(attachment),
        _ => None,
    };
    judged.entries.iter().filter_map(of).collect()
}

#[test]
fn an_announced_document_is_linked_with_its_claim() {
    let judged =
        judged(Some(pending()), submission(vec![item("1", "ACN1", vec![], &[b"A", b"B"])]));
    assert!(judged.advice.is_none());
    let [one, two] = attachments(&judged)[..] else { panic!("two documents") };
    assert_eq!(
        (one.claim.as_deref(), &*one.control, &*one.account),
        (Some("1001"), "ACN1", "PT0001")
    );
    assert_eq!((one.bytes, &*one.media, one.received), (1, "text/plain", TODAY));
    assert_ne!(one.hash, two.hash);
    assert_eq!(<[u8; 32]>::from(Sha256::digest(b"A")), one.hash);
    assert_eq!(kinds(&judged), ["attachment", "attachment"]);
}

#[test]
fn a_document_belongs_to_the_latest_version() {
    let mut history = pending();
    history.versions[0].successor = Some("1002".into());
    let mut replacement = version("1002", state("P1", "20"));
    replacement.original = "1001".into();
    history.versions.push(replacement);
    let judged = judged(Some(history), submission(vec![item("1", "ACN1", vec![], &[b"A"])]));
    assert_eq!(attachments(&judged)[0].claim.as_deref(), Some("1002"));
}

#[test]
fn a_document_before_its_claim_is_kept_without_one() {
    let judged = judged(None, submission(vec![item("1", "ACN1", vec![], &[b"A"])]));
    assert!(judged.advice.is_none());
    assert_eq!(attachments(&judged)[0].claim, None);
}

/// Control number, billing provider, account and member must agree.
#[test]
fn documents_of_another_patient_or_provider_are_not_taken() {
    let with = |change: fn(&mut Submission)| {
        let mut submission = submission(vec![item("2", "1001", vec![], &[b"A"])]);
        change(&mut submission);
        submission
    };
    type Change = fn(&mut Submission);
    let cases: [(Change, Refusal); 4] = [
        (|s| s.patient.id = "S12300000102".into(), Refusal::OtherPatient),
        (|s| s.provider.id = "1245319599".into(), Refusal::OtherProvider),
        (|s| s.references[0].value = "PT0002".into(), Refusal::OtherAccount),
        (|s| s.items[0].trace.number = "9999".into(), Refusal::Unknown),
    ];
    for (change, why) in cases {
        let judged = judged(Some(pending()), with(change));
        assert_eq!(judged.refused.iter().map(|r| r.why).collect::<Vec<_>>(), [why]);
        assert!(judged.entries.is_empty() && judged.advice.is_some());
    }
    assert!(judged(Some(pending()), with(|_| {})).advice.is_none());
}

/// The same control number for another claim of the provider says nothing about this one.
#[test]
fn a_control_number_of_another_account_is_no_match() {
    let mut other = submission(vec![item("1", "ACN1", vec![], &[b"A"])]);
    other.references[0].value = "PT0002".into();
    let judged = judged(Some(pending()), other);
    assert_eq!((judged.advice.is_none(), attachments(&judged)[0].claim.as_deref()), (true, None));
}

#[test]
fn a_partner_sends_for_its_own_providers_only() {
    let submission = submission(vec![item("1", "ACN1", vec![], &[b"A"])]);
    let mut found = found(Some(pending()), &submission);
    let context = AnswerContext { scope: ProviderScope::Only(Arc::default()), ..context() };
    let judged = judge::judge(Delivered::new(submission), &mut found, &context);
    assert_eq!(judged.refused[0].why, Refusal::OtherProvider);
}

#[test]
fn a_set_is_taken_whole_or_not_at_all() {
    let items = vec![item("1", "ACN1", vec![], &[b"A"]), item("2", "9999", vec![], &[b"B"])];
    let judged = judged(Some(pending()), submission(items));
    assert!(judged.entries.is_empty());
    assert_eq!(&*judged.refused[0].number, "9999");
}

fn requested(wanted: &[&str]) -> ClaimHistory {
    let mut history = pending();
    let codes: Vec<Box<str>> = wanted.iter().map(|code| (*code).into()).collect();
    let policy = AttachmentPolicy::default();
    let asked =
        request_information(&history.versions[0], &history, &codes, None, &policy, TODAY).unwrap();
    history.versions[0].state = asked.change.state;
    history.requests.push(asked.request);
    history
}

#[test]
fn the_answer_to_a_request_closes_it_and_the_claim_goes_on() {
    let loinc = || vec![Wanted::loinc("R4", "18594-2")];
    for number in ["1001-1", "1001"] {
        let answer = submission(vec![item("2", number, loinc(), &[b"A"])]);
        let judged = judged(Some(requested(&["18594-2"])), answer);
        assert_eq!(kinds(&judged), ["attachment", "request", "state"], "{number}");
        let [
            LedgerEntry::Attachment(document),
            LedgerEntry::Request(closed),
            LedgerEntry::State(change),
        ] = &judged.entries[..]
        else {
            panic!("three entries")
        };
        assert_eq!((&*document.request, &*document.kind), ("1001-1", "18594-2"));
        assert_eq!(closed.answered, Some(TODAY));
        assert_eq!((&*change.state.category, &*change.state.code), ("P2", "46"));
    }
}

#[test]
fn a_request_stays_open_until_every_document_has_come() {
    let part = |code: &str| item("2", "1001-1", vec![Wanted::loinc("R4", code)], &[b"A"]);
    let history = || Some(requested(&["18594-2", "11503-0"]));
    assert_eq!(kinds(&judged(history(), submission(vec![part("18594-2")]))), ["attachment"]);
    let both = submission(vec![part("18594-2"), part("11503-0")]);
    assert_eq!(kinds(&judged(history(), both)), ["attachment", "attachment", "request", "state"]);
}

#[test]
fn a_claim_that_was_decided_meanwhile_keeps_its_status() {
    let mut history = requested(&["18594-2"]);
    history.versions[0].state = state("F1", "65");
    let judged = judged(Some(history), submission(vec![item("2", "1001-1", vec![], &[b"A"])]));
    assert_eq!(kinds(&judged), ["attachment", "request"]);
}

#[test]
fn only_a_claim_that_waits_can_be_asked_about() {
    let policy = AttachmentPolicy::default();
    let ask = |history: &ClaimHistory, wanted: &[Box<str>], due| {
        request_information(&history.versions[0], history, wanted, due, &policy, TODAY)
            .map(|asked| asked.request.due)
    };
    let code: [Box<str>; 1] = ["18594-2".into()];
    assert_eq!(ask(&pending(), &code, None), Ok(date!(2026 - 02 - 19)));
    assert_eq!(ask(&pending(), &code, Some(TODAY)), Ok(TODAY));
    assert_eq!(ask(&paid(), &code, None), Err(RequestRefusal::Decided));
    assert_eq!(ask(&pending(), &[], None), Err(RequestRefusal::Nothing));
    assert_eq!(ask(&pending(), &code, Some(date!(2026 - 01 - 04))), Err(RequestRefusal::Past));
    let mut replaced = pending();
    replaced.versions[0].successor = Some("1002".into());
    assert_eq!(ask(&replaced, &code, None), Err(RequestRefusal::Replaced));
}

#[test]
fn a_second_request_has_a_trace_of_its_own() {
    let history = requested(&["18594-2"]);
    let policy = AttachmentPolicy::default();
    let wanted: [Box<str>; 1] = ["11503-0".into()];
    let again =
        request_information(&history.versions[0], &history, &wanted, None, &policy, TODAY).unwrap();
    assert_eq!(&*again.request.trace, "1001-2");
}

#[test]
fn a_dispute_is_opened_by_number_and_by_account() {
    for (kind, number) in [("2", "1001"), ("1", "ACN9")] {
        let judged = judged(Some(paid()), submission(vec![disputing(kind, number)]));
        assert_eq!(kinds(&judged), ["attachment", "dispute", "state"], "{kind}");
        let LedgerEntry::Dispute(dispute) = &judged.entries[1] else { panic!("a dispute") };
        assert_eq!(
            (&*dispute.number, &*dispute.claim, dispute.state),
            ("1001-D1", "1001", DisputeState::Open)
        );
        assert_eq!((&*dispute.note, dispute.opened), ("PAID TOO LITTLE", TODAY));
        let LedgerEntry::State(change) = &judged.entries[2] else { panic!("a state") };
        assert_eq!((&*change.state.category, &*change.state.code), ("P2", "46"));
    }
}

#[test]
fn another_document_joins_the_open_dispute() {
    let submission = submission(vec![disputing("2", "1001"), disputing("1", "ACN9")]);
    let judged = judged(Some(paid()), submission);
    assert_eq!(kinds(&judged), ["attachment", "dispute", "state", "attachment", "dispute"]);
    let LedgerEntry::Dispute(dispute) = &judged.entries[4] else { panic!("a dispute") };
    assert_eq!(dispute.attachments, ["AT0001".into(), "ACN9".into()]);
}

#[test]
fn what_cannot_be_disputed_is_refused_with_the_reason() {
    let replaced = |frequency: &str| {
        let mut history = paid();
        history.versions[0].successor = Some("1002".into());
        let mut next = version("1002", state("P1", "20"));
        next.frequency = frequency.into();
        history.versions.push(next);
        history
    };
    let mut old = paid();
    old.versions[0].outcome.remitted = Some(date!(2025 - 10 - 01));
    let cases = [
        (pending(), DisputeRefusal::Undecided),
        (replaced("7"), DisputeRefusal::Replaced),
        (replaced("8"), DisputeRefusal::Voided),
        (old, DisputeRefusal::Late),
    ];
    for (history, why) in cases {
        let judged = judged(Some(history), submission(vec![disputing("2", "1001")]));
        assert_eq!(judged.refused[0].why, Refusal::Dispute(why));
    }
}

#[test]
fn a_decided_dispute_gives_the_claim_its_status_back_or_lets_it_wait() {
    let mut history = paid();
    let policy = AttachmentPolicy::default();
    let event = |state| ClaimEvent {
        claim: "1001".into(),
        at_micros: 0,
        who: "operator".into(),
        interchange: 0,
        kind: "state".into(),
        state: Some(state),
        detail: "".into(),
    };
    history.events =
        vec![event(state("P1", "20")), event(state("F1", "65")), event(state("P2", "46"))];
    let (open, _) = disputes::dispute(&history, "1001", "AT0001", "", &policy, TODAY);
    history.disputes.push(open);
    let decided = |state| {
        let entries = decide(&history, "1001-D1", state, &policy, TODAY).unwrap();
        let [LedgerEntry::Dispute(closed), LedgerEntry::State(change)] = &entries[..] else {
            panic!("two entries")
        };
        assert_eq!((closed.state, closed.closed), (state, Some(TODAY)));
        format!("{}:{}", change.state.category, change.state.code)
    };
    assert_eq!(decided(DisputeState::Upheld), "F1:65");
    assert_eq!(decided(DisputeState::Withdrawn), "F1:65");
    assert_eq!(decided(DisputeState::Overturned), "P1:20");
    let of = |number| decide(&history, number, DisputeState::Upheld, &policy, TODAY).unwrap_err();
    assert_eq!(of("1001-D2"), DisputeRefusal::Unknown);
    history.disputes[0].state = DisputeState::Upheld;
    let again = decide(&history, "1001-D1", DisputeState::Upheld, &policy, TODAY);
    assert_eq!(again, Err(DisputeRefusal::Closed));
}

/// Writes a set and gives what our own checker says of it.
fn checked(
    functional: &str,
    version: &str,
    write: impl FnOnce(&mut Emitter),
) -> (String, Vec<String>) {
    let mut out = Emitter::new(Delimiters::STANDARD);
    write(&mut out);
    let text = out.into_bytes();
    let group = GroupHeader {
        functional: functional.into(),
        version: version.into(),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default());
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let findings = checker.check(&text, place).findings;
    let findings = findings.iter().map(|finding| format!("{finding:?}")).collect();
    (String::from_utf8(text).unwrap(), findings)
}

#[test]
fn every_refusal_is_said_in_a_valid_824() {
    let dispute = [
        DisputeRefusal::Undecided,
        DisputeRefusal::Replaced,
        DisputeRefusal::Voided,
        DisputeRefusal::Late,
    ];
    let refusals = [
        Refusal::Unknown,
        Refusal::OtherProvider,
        Refusal::OtherPatient,
        Refusal::OtherAccount,
        Refusal::Empty,
        Refusal::Unavailable,
    ];
    for why in refusals.into_iter().chain(dispute.map(Refusal::Dispute)) {
        assert!(why.to_string().len() <= 60, "{why}");
        let refused = [Refused { number: "ACN1".into(), why }];
        let advice = advice::refusal(&submission(Vec::new()), &refused, &context());
        let (text, findings) =
            checked("AG", "005010X186A1", |out| advice.write("0001", out).unwrap());
        assert!(findings.is_empty(), "{findings:#?}\n{text}");
        let words = why.to_string().to_uppercase().replace(['*', ':', '~', '^'], " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&words), "{words}\n{text}");
    }
}

const TEXT: &str = "*:^~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*BOSTON*MA*021110000~\
    REF*EI*123456789~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S12300000101~N3*2 ELM ST~\
    N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    CLM*PT0001*250***11:B:1*Y*A*Y*Y~REF*D9*CH1~HI*ABK:Z01419~LX*1~SV1*HC:99213*250*UN*1***1~\
    DTP*472*D8*20251201~";

#[test]
fn a_request_is_written_as_a_valid_277() {
    let history = requested(&["18594-2", "11503-0"]);
    let claim = Claim::read(TEXT.as_bytes()).unwrap();
    let set = request_set(
        &history.requests[0],
        &history.versions[0],
        &claim,
        ("SUBMITTER ONE", "SUBMITTER1"),
        &crate::config::EligibilityPolicy::default(),
        &AttachmentPolicy::default(),
        datetime!(2026-01-05 09:30),
    );
    let (text, findings) = checked("HN", "005010X213", |out| set.write(out).unwrap());
    assert!(findings.is_empty(), "{findings:#?}\n{text}");
    for part in [
        "NM1*85*2*SAMPLE CLINIC*****XX*1234567893~",
        "NM1*QC*1*DOE*JANE****MI*S12300000101~TRN*1*1001-1~STC*R4:18594-2::LOI*20260105**250~",
        "REF*1K*1001~REF*EJ*PT0001~REF*D9*CH1~DTP*472*D8*20251201~DTP*106*D8*20260219~",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
