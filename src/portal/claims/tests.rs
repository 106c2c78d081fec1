//! The views of a claim that was paid, taken back and denied, and what is read from the replies to a claim.

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;

use super::*;
use crate::store::{
    Adjustment, Attachment, ClaimEvent, ClaimForm, ClaimHistory, ClaimOutcome, ClaimState,
    ClaimVersion, Dispute, DisputeState, InformationRequest, PaidLine, Payment, PaymentKind,
    Refund, RefundMethod, Remittance, RemittanceKey,
};
use crate::txn::claim::Claim;

const TEXT: &str = "*:^~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*BOSTON*MA*021110000~\
    REF*EI*123456789~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S12300000101~N3*2 ELM ST~\
    N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    CLM*PT0001*341.95***11:B:1*Y*A*Y*Y~HI*ABK:Z01419~LX*1~SV1*HC:99213:25*250*UN*1***1~\
    DTP*472*D8*20251201~REF*6R*L1~LX*2~SV1*HC:G0101*91.95*UN*2*22**1~DTP*472*RD8*20251201-20251202~";

const WORKED: Date = date!(2025 - 12 - 20);

fn dollars(text: &str) -> Decimal {
    text.parse().expect("an amount")
}

fn version(number: &str) -> ClaimVersion {
    let party = |last: &str, first: &str, npi: &str| ClaimProvider {
        npi: npi.into(),
        last: last.into(),
        first: first.into(),
        ..ClaimProvider::default()
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
        account: "PT0001".into(),
        member: None,
        patient: Patient {
            member_id: "S12300000101".into(),
            last: "DOE".into(),
            first: "JANE".into(),
            birth: Some(date!(1980 - 01 - 15)),
        },
        billing: party("SAMPLE CLINIC", "", "1234567893"),
        payee: party("SAMPLE CLINIC", "", "1234567893"),
        rendering: party("ROE", "RICHARD", "1245319599"),
        charge: dollars("341.95"),
        from: date!(2025 - 12 - 01),
        to: date!(2025 - 12 - 02),
        received: date!(2025 - 12 - 05),
        state: ClaimState {
            category: "F1".into(),
            code: "65".into(),
            entity: "".into(),
            effective: WORKED,
        },
        outcome: ClaimOutcome::default(),
        risk: "R2".into(),
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

fn adjustment(group: &str, reason: &str, amount: &str) -> Adjustment {
    Adjustment {
        group: group.into(),
        reason: reason.into(),
        amount: dollars(amount),
        quantity: None,
    }
}

/// The office visit paid with every kind of share, the second line denied.
fn decision() -> Payment {
    let visit = PaidLine {
        line: Some(1),
        control: "L1".into(),
        procedure: "HC:99213:25".into(),
        charge: dollars("250"),
        paid: dollars("120"),
        allowed: Some(dollars("180")),
        units: Some(Decimal::ONE),
        adjustments: vec![
            adjustment("CO", "45", "62.5"),
            adjustment("CO", "104", "7.5"),
            adjustment("PR", "1", "20"),
            adjustment("PR", "2", "10"),
            adjustment("PR", "3", "25"),
            adjustment("OA", "23", "5"),
        ],
        ..PaidLine::default()
    };
    let exam = PaidLine {
        procedure: "HC:G0101".into(),
        charge: dollars("91.95"),
        adjustments: vec![adjustment("CO", "97", "91.95")],
        remarks: vec!["N19".into()],
        ..PaidLine::default()
    };
    Payment {
        claim: "1001".into(),
        kind: PaymentKind::Decision,
        remittance: RemittanceKey { payer: "1999999999".into(), trace: "EFT000123".into() },
        status: "1".into(),
        charge: dollars("341.95"),
        paid: dollars("120"),
        patient: dollars("55"),
        interest: Decimal::ZERO,
        adjustments: Vec::new(),
        remarks: Vec::new(),
        lines: vec![visit, exam],
        finalized: WORKED,
        remitted: date!(2025 - 12 - 22),
    }
}

/// The same with its signs turned, units with either sign.
fn reversal() -> Payment {
    let mut payment = decision();
    payment.kind = PaymentKind::Reversal;
    payment.status = "22".into();
    for line in &mut payment.lines {
        line.charge = -line.charge;
        line.paid = -line.paid;
        line.allowed = line.allowed.map(|amount| -amount);
        for adjustment in &mut line.adjustments {
            adjustment.amount = -adjustment.amount;
        }
    }
    payment.remittance.trace = "EFT000124".into();
    payment
}

fn history(payments: Vec<Payment>) -> ClaimHistory {
    ClaimHistory {
        versions: vec![version("1001")],
        payments,
        events: Vec::new(),
        disputes: Vec::new(),
        attachments: Vec::new(),
        requests: Vec::new(),
        refunds: Vec::new(),
        accumulators: Vec::new(),
    }
}

fn transfer(trace: &str, method: &str) -> Remittance {
    Remittance {
        key: RemittanceKey { payer: "1999999999".into(), trace: trace.into() },
        date: date!(2025 - 12 - 22),
        method: method.into(),
        amount: dollars("120"),
        payee_npi: "1234567893".into(),
        payee_tin: "".into(),
        adjustments: Vec::new(),
        text: Vec::new(),
    }
}

fn view(history: &ClaimHistory, remittances: &[Remittance]) -> ClaimView {
    let claim = Claim::read(TEXT.as_bytes());
    let procedures = |code: &str| (code == "99213").then(|| "office visit".to_owned());
    ClaimView::new(history, "1001", claim.as_ref(), None, remittances, &procedures).expect("it")
}

#[test]
fn the_row_has_every_column_of_the_list() {
    let mut claim = version("1001");
    claim.outcome.paid = dollars("120");
    let row = ClaimRow::new(&claim, Some("it was replaced"));
    assert_eq!((&*row.number, &*row.member, &*row.patient), ("1001", "S12300000101", "DOE, JANE"));
    assert_eq!((&*row.provider, &*row.payee), ("ROE, RICHARD", "SAMPLE CLINIC"));
    assert_eq!((&*row.billed, &*row.paid), ("341.95", "120.00"));
    assert_eq!((&*row.category, &*row.status), ("F1", "65"));
    assert_eq!((&*row.category_words, &*row.status_words), ("finalized, paid", "paid"));
    assert_eq!((&*row.start, &*row.received), ("2025-12-01", "2025-12-05"));
    assert_eq!((row.adjusted, row.adjustable), (false, false));
    assert_eq!(row.reason.as_deref(), Some("it was replaced"));
    let json = serde_json::to_value(&row).expect("JSON");
    for (column, cell) in CLAIM_COLUMNS.iter().zip(row.cells()) {
        let value = &json[*column];
        let shown = match value {
            serde_json::Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
            value => value.as_str().expect("text").to_owned(),
        };
        assert_eq!(shown, cell, "{column}");
    }
    claim.successor = Some("1002".into());
    let row = ClaimRow::new(&claim, None);
    assert_eq!((row.adjusted, row.adjustable, row.reason), (true, true, None));
}

#[test]
fn lines_are_shown_as_billed_before_a_decision() {
    let view = view(&history(Vec::new()), &[]);
    let [visit, exam] = &view.lines[..] else { panic!("two lines") };
    assert_eq!(
        (&*visit.line, &*visit.procedure, &*visit.procedure_words),
        ("001", "99213:25", "office visit")
    );
    assert_eq!((&*visit.place, &*exam.place), ("11", "22"));
    assert_eq!((&*exam.line, &*exam.units, &*exam.billed), ("002", "2", "91.95"));
    assert_eq!(exam.service_date, "2025-12-01 to 2025-12-02");
    assert_eq!((&*exam.paid, &*exam.check, &*exam.eft, &*exam.finalized), ("", "--", "--", ""));
    assert_eq!(view.header.diagnoses, ["Z01419"]);
}

#[test]
fn a_decided_line_says_who_bears_what() {
    let view = view(&history(vec![decision()]), &[transfer("EFT000123", "ACH")]);
    let [visit, exam] = &view.lines[..] else { panic!("two lines") };
    let shares = [&visit.billed, &visit.withheld, &visit.deductible, &visit.paid, &visit.allowed];
    assert_eq!(shares, ["250.00", "7.50", "20.00", "120.00", "180.00"]);
    let rest =
        [&visit.other_carrier, &visit.copay, &visit.coinsurance, &visit.risk, &visit.finalized];
    assert_eq!(rest, ["5.00", "25.00", "10.00", "R2", "2025-12-20"]);
    assert_eq!((&*visit.check, &*visit.eft, &*visit.reason), ("--", "EFT000123", "CO 45"));
    // The second line has neither number: it is matched by its place.
    assert_eq!((&*exam.line, &*exam.place, &*exam.units), ("002", "22", "2"));
    assert_eq!((&*exam.check, &*exam.eft), ("DENIED", "--"));
    assert_eq!(exam.remarks, ["N19"]);
    assert_eq!(exam.adjustments[0].code, "97");
    assert_eq!(view.payments[0].method, "ACH");
}

#[test]
fn a_check_is_not_a_transfer() {
    let view = view(&history(vec![decision()]), &[transfer("EFT000123", "CHK")]);
    assert_eq!((&*view.lines[0].check, &*view.lines[0].eft), ("EFT000123", "--"));
}

#[test]
fn a_reversal_has_lines_of_its_own_with_negative_amounts() {
    let view = view(&history(vec![decision(), reversal()]), &[]);
    let lines: Vec<&str> = view.lines.iter().map(|line| &*line.line).collect();
    assert_eq!(lines, ["001", "002", "001R", "002R"]);
    let taken_back = &view.lines[2];
    assert_eq!(
        (&*taken_back.billed, &*taken_back.paid, &*taken_back.units),
        ("-250.00", "-120.00", "-1")
    );
    assert_eq!((&*taken_back.deductible, &*taken_back.allowed), ("-20.00", "-180.00"));
    assert_eq!(view.lines[3].units, "-2");
    let kinds: Vec<&str> = view.payments.iter().map(|payment| payment.kind).collect();
    assert_eq!(kinds, ["decision", "reversal"]);
}

#[test]
fn a_claim_decided_as_a_whole_has_a_line_for_it() {
    let mut payment = decision();
    payment.lines.clear();
    payment.adjustments = vec![adjustment("PR", "1", "221.95")];
    let view = view(&history(vec![payment]), &[]);
    let [whole] = &view.lines[..] else { panic!("one line") };
    assert_eq!(
        (&*whole.line, &*whole.billed, &*whole.deductible),
        (SERVICE_WHOLE, "341.95", "221.95")
    );
}

#[test]
fn the_history_holds_every_version_and_what_belongs_to_it() {
    let mut history = history(Vec::new());
    history.versions[0].successor = Some("1002".into());
    let mut replacement = version("1002");
    replacement.version = 2;
    replacement.frequency = "7".into();
    replacement.replaces = Some("1001".into());
    history.versions.push(replacement);
    history.events.push(ClaimEvent {
        claim: "1001".into(),
        at_micros: 1_764_930_600_000_000,
        who: "sandbox".into(),
        interchange: 0,
        kind: "state".into(),
        state: Some(ClaimState {
            category: "F3".into(),
            code: "101".into(),
            entity: "".into(),
            effective: WORKED,
        }),
        detail: "replaced".into(),
    });
    history.disputes.push(Dispute {
        number: "D1".into(),
        claim: "1001".into(),
        state: DisputeState::Upheld,
        opened: WORKED,
        closed: Some(WORKED),
        attachments: vec!["ACN1".into()],
        note: "PAID TOO LITTLE".into(),
    });
    history.attachments.push(Attachment {
        control: "ACN1".into(),
        provider: "1234567893".into(),
        account: "PT0001".into(),
        member_id: "S12300000101".into(),
        claim: Some("1001".into()),
        request: "".into(),
        kind: "".into(),
        media: "text/plain".into(),
        name: "".into(),
        hash: [0xab; 32],
        bytes: 12,
        received: WORKED,
    });
    history.requests.push(InformationRequest {
        trace: "1001-1".into(),
        claim: "1001".into(),
        wanted: vec!["18594-2".into()],
        asked: WORKED,
        due: WORKED,
        answered: None,
    });
    history.refunds.push(Refund {
        claim: "1001".into(),
        by: Some("1002".into()),
        amount: None,
        method: RefundMethod::Check,
        check: "778".into(),
        on: WORKED,
    });
    let view = view(&history, &[]);
    let kinds: Vec<&str> = view.versions.iter().map(|version| &*version.kind).collect();
    assert_eq!(kinds, ["original", "replacement"]);
    assert_eq!(view.versions[0].successor.as_deref(), Some("1002"));
    let event = &view.history[0];
    assert_eq!(
        (&*event.at, &*event.who, event.interchange),
        ("2025-12-05 10:30:00", "sandbox", None)
    );
    assert!(
        event.words.ends_with("; replaced") && event.words.starts_with("finalized"),
        "{}",
        event.words
    );
    assert_eq!(
        (view.disputes[0].state, &*view.disputes[0].attachments),
        ("upheld", &["ACN1".to_owned()][..])
    );
    assert!(
        view.attachments[0].sha256.starts_with("abab") && view.attachments[0].request.is_none()
    );
    assert_eq!((&*view.requests[0].request, view.requests[0].answered.is_none()), ("1001-1", true));
    assert_eq!((view.refunds[0].method, view.refunds[0].check.as_deref()), ("check", Some("778")));
    let json = serde_json::to_value(&view).expect("JSON");
    assert_eq!(json["number"], "1001");
    assert_eq!(json["versions"][1]["number"], "1002");
    let none = ClaimView::new(&history, "9", None, None, &[], &|_| None);
    assert!(none.is_none());
}

#[test]
fn what_is_known_of_a_refund_later_is_added_to_it() {
    let refund = |by: Option<&str>, amount: Option<i64>, check: &str| Refund {
        claim: "1001".into(),
        by: by.map(Box::from),
        amount: amount.map(Decimal::from),
        method: if check.is_empty() { RefundMethod::Recoupment } else { RefundMethod::Check },
        check: check.into(),
        on: WORKED,
    };
    let mut history = history(Vec::new());
    history.refunds = vec![
        refund(Some("1002"), None, ""),
        refund(Some("1002"), None, "778"),
        refund(Some("1002"), Some(24), ""),
        refund(None, Some(5), "779"),
        refund(None, Some(5), "780"),
    ];
    let rows = view(&history, &[]).refunds;
    let shown = |row: &RefundRow| (row.amount.clone(), row.method, row.check.clone());
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        (text("24.00"), "check", text("778")),
        (text("5.00"), "check", text("779")),
        (text("5.00"), "check", text("780")),
    ];
    assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), expected);
}

#[test]
fn a_277ca_says_what_became_of_each_claim() {
    let accepted = read_claim_replies(include_bytes!("../../../fixtures/valid/277ca_partly.edi"));
    assert!(accepted.has_rejections());
    let [one, two] = &accepted.claims[..] else {
        panic!("two claims: {:?}", accepted.claims.len())
    };
    assert!(one.accepted && one.number.is_some(), "{one:?}");
    assert!(!two.accepted && two.number.is_none(), "{two:?}");
    assert!(
        two.statuses
            .iter()
            .any(|status| status.category.starts_with('A') && !status.words.is_empty())
    );
}

#[test]
fn a_999_counts_its_sets_and_a_ta1_says_why() {
    let read = read_claim_replies(include_bytes!("../../../fixtures/valid/999_partial.edi"));
    assert!(read.rejection.is_some() && read.has_rejections() && read.claims.is_empty());
    assert!(!read_claim_replies(b"").has_rejections());
}

fn stored() -> Claim {
    Claim::read(TEXT.as_bytes()).expect("a claim")
}

fn corrected(correction: &Correction) -> Result<Claim, CorrectionError> {
    correction.apply(&version("1001"), &stored())
}

#[test]
fn a_replacement_has_its_frequency_the_number_and_the_changes() {
    let line = LineChange {
        line: 2,
        units: Some(3.into()),
        charge: Some(100.into()),
        procedure: Some("G0102".to_owned()),
        modifiers: Some(vec!["59".to_owned()]),
    };
    let claim = corrected(&Correction {
        lines: vec![line],
        diagnoses: vec!["R55".to_owned(), "E11.9".to_owned()],
        note: "corrected units".to_owned(),
        attachments: vec![("ACN1".to_owned(), "OZ".to_owned())],
        ..Correction::default()
    })
    .expect("a replacement");
    assert_eq!((&*claim.frequency, claim.reference("F8")), ("7", Some("1001")));
    assert_eq!((claim.charge, claim.lines[1].charge), (350.into(), 100.into()));
    let procedure = claim.lines[1].procedure.as_ref().expect("a procedure");
    assert_eq!((&*procedure.code, procedure.modifiers.len()), ("G0102", 1));
    let codes: Vec<&str> = claim.diagnoses.iter().map(|found| &*found.code).collect();
    assert_eq!((codes, &*claim.notes[0].text), (vec!["R55", "E119"], "CORRECTED UNITS"));
    assert_eq!(&*claim.attachments[0].control, "ACN1");
}

#[test]
fn dropped_lines_lower_the_charge_and_the_others_move_up() {
    let claim = corrected(&Correction { dropped: vec![1], ..Correction::default() }).expect("it");
    let [line] = &claim.lines[..] else { panic!("one line") };
    assert_eq!((line.number, claim.charge), (1, dollars("91.95")));
}

#[test]
fn a_void_is_the_claim_as_it_was() {
    let claim = corrected(&Correction { void: true, ..Correction::default() }).expect("a void");
    assert_eq!((&*claim.frequency, claim.reference("F8")), ("8", Some("1001")));
    assert_eq!((claim.charge, &claim.lines), (dollars("341.95"), &stored().lines));
}

#[test]
fn a_version_that_was_a_replacement_itself_is_named_by_its_own_number() {
    let again =
        corrected(&Correction { note: "X".to_owned(), ..Correction::default() }).expect("it");
    let claim = Correction { void: true, ..Correction::default() }.apply(&version("1002"), &again);
    assert_eq!(claim.expect("a void").reference("F8"), Some("1002"));
}

#[test]
fn what_cannot_be_corrected_so_is_refused() {
    let of = |correction: Correction| corrected(&correction).err();
    let line = |line, charge: i64| LineChange {
        line,
        charge: Some(charge.into()),
        ..LineChange::default()
    };
    assert_eq!(of(Correction::default()), Some(CorrectionError::Unchanged));
    let lines = vec![line(3, 1)];
    assert_eq!(of(Correction { lines, ..Correction::default() }), Some(CorrectionError::NoLine(3)));
    let lines = vec![line(1, -1)];
    assert_eq!(of(Correction { lines, ..Correction::default() }), Some(CorrectionError::Negative));
    let lines = vec![line(1, 250)];
    assert_eq!(of(Correction { lines, ..Correction::default() }), Some(CorrectionError::Unchanged));
    let dropped = vec![1, 2];
    assert_eq!(of(Correction { dropped, ..Correction::default() }), Some(CorrectionError::NoLines));
    let note = "X".repeat(81);
    assert_eq!(of(Correction { note, ..Correction::default() }), Some(CorrectionError::Note));
    let changed = Correction { void: true, charge: Some(1.into()), ..Correction::default() };
    assert_eq!(of(changed), Some(CorrectionError::VoidWithChanges));
}

/// What our own checker says of an interchange.
fn findings(interchange: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    crate::check::read_parts(interchange, crate::guide::Registry::embedded(), |part| {
        if let crate::check::InputPart::Set { report, .. } = part {
            found.push("set".to_owned());
            found.extend(report.findings.iter().map(|finding| format!("{finding:?}")));
        }
    });
    found
}

fn envelope() -> crate::txn::envelope::EnvelopeWriter {
    use crate::txn::envelope::{EnvelopeWriter, Party};
    let [sender, receiver] = ["SUBMITTER1", "PAYERGW"].map(Party::mutually_defined);
    EnvelopeWriter::new(sender, receiver, false, time::macros::datetime!(2026-01-05 09:30))
}

#[test]
fn the_837_of_a_correction_passes_our_checker() {
    let note = || Correction { note: "CORRECTED".to_owned(), ..Correction::default() };
    for correction in [note(), Correction { void: true, ..Correction::default() }] {
        let claim = corrected(&correction).expect("it");
        let text = claim_interchange(&claim, &envelope(), 101, "6175550100").expect("written");
        assert_eq!(findings(&text), ["set"], "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn the_275_of_a_dispute_passes_our_checker_and_names_the_claim() {
    let form = DisputeForm {
        reason: "paid too little".to_owned(),
        documents: vec![b"%PDF-1.7 ~*:".to_vec()],
        category: "R10".to_owned(),
        code: "294".to_owned(),
        reference: "DS1".to_owned(),
    };
    let text = form.interchange(&version("1001"), &stored(), &envelope(), 101).expect("written");
    assert_eq!(findings(&text), ["set"], "{}", String::from_utf8_lossy(&text));
    let text = String::from_utf8(text).expect("text");
    for part in [
        "BGN*02*DS1*",
        "REF*EJ*PT0001~",
        "TRN*2*1001~STC*R10:294~",
        "BIN*15*paid too little~",
        "CAT*AE*MB~EFI*05~BIN*12*%PDF-1.7 ~*:~",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
