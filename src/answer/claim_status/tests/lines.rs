//! Service lines of a claim.

use rust_decimal::Decimal;
use time::macros::date;

use super::sample::paid;
use super::*;
use crate::config::claim_status::LineDetail;
use crate::store::{Adjustment, PaidLine, Payment, PaymentKind, RemittanceKey};

const CLAIM: &str = "*:^~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~\
    REF*EI*123456789~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S12300000101~N3*1 MAIN ST~\
    N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    CLM*ACC-C1*250***11:B:1*Y*A*Y*Y~HI*ABK:J069~LX*1~SV1*HC:99213:25*150*UN*1***1~\
    DTP*472*D8*20251210~REF*6R*L1~LX*2~SV1*HC:80053*60*UN*2***1~DTP*472*RD8*20251210-20251211~\
    LX*3~SV1*HC:80053*40*UN*1***1~DTP*472*D8*20251212~";

const BILL: &str = "*:^~NM1*85*2*SAMPLE HOSPITAL*****XX*1234567893~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~\
    REF*EI*123456789~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S12300000101~N3*1 MAIN ST~\
    N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    CLM*ACC-C1*250***13:A:1**A*Y*Y~DTP*434*RD8*20251210-20251210~CL1*1*1*01~HI*ABK:J069~LX*1~\
    SV2*0510*HC:99213*150*UN*1~DTP*472*D8*20251210~LX*2~SV2*0450**100*UN*1~";

fn with_text(text: &'static str) -> impl Fn(&mut Ask) {
    move |ask: &mut Ask| ask.sample.claim("C1").text = text.into()
}

/// A line of a remittance: its number, what is paid, and by which group and reason the rest is not.
fn paid_line(number: u32, paid: i64, group: &str, reason: &str) -> PaidLine {
    PaidLine {
        line: Some(number),
        paid: paid.into(),
        adjustments: vec![Adjustment {
            group: group.into(),
            reason: reason.into(),
            amount: Decimal::TEN,
            quantity: None,
        }],
        ..PaidLine::default()
    }
}

fn payment(kind: PaymentKind, lines: Vec<PaidLine>) -> Payment {
    Payment {
        claim: "C1".into(),
        kind,
        remittance: RemittanceKey::default(),
        status: "1".into(),
        charge: Decimal::from(250),
        paid: lines.iter().map(|line| line.paid).sum(),
        patient: Decimal::ZERO,
        interest: Decimal::ZERO,
        adjustments: Vec::new(),
        remarks: Vec::new(),
        lines,
        finalized: date!(2025 - 12 - 18),
        remitted: date!(2025 - 12 - 22),
    }
}

fn always(ask: &mut Ask) {
    ask.status.lines = LineDetail::Always;
}

/// The segments of the lines, from the first SVC on.
fn lines(said: &Said) -> Vec<&str> {
    said.body().into_iter().skip_while(|segment| !segment.starts_with("SVC")).collect()
}

#[test]
fn c_12_lines_are_those_of_the_claim_with_what_is_paid() {
    let decided = |ask: &mut Ask| {
        let lines = vec![
            paid_line(1, 120, "CO", "45"),
            paid_line(2, 60, "CO", "45"),
            paid_line(3, 0, "PR", "1"),
        ];
        ask.sample.payments = vec![payment(PaymentKind::Decision, lines)];
    };
    let said = Ask::number("C1").with(with_text(CLAIM)).with(decided).with(always).answer();
    assert_eq!(
        lines(&said),
        [
            "SVC*HC:99213:25*150*120****1",
            "STC*F1:65*20251220",
            "REF*FJ*L1",
            "DTP*472*D8*20251210",
            "SVC*HC:80053*60*60****2",
            "STC*F1:65*20251220",
            "DTP*472*RD8*20251210-20251211",
            "SVC*HC:80053*40*0****1",
            "STC*F4:98*20251220",
            "DTP*472*D8*20251212",
        ]
    );
}

#[test]
fn a_line_that_was_not_paid_says_why() {
    for (group, reason, told) in
        [("CO", "45", "F2:107"), ("PR", "1", "F4:98"), ("PR", "96", "F4:104"), ("OA", "23", "F4:0")]
    {
        let decided = |ask: &mut Ask| {
            let lines = vec![paid_line(1, 180, "CO", "45"), paid_line(2, 0, group, reason)];
            ask.sample.payments = vec![payment(PaymentKind::Decision, lines)];
        };
        let said = Ask::number("C1").with(with_text(CLAIM)).with(decided).with(always).answer();
        assert_eq!(said.all("STC*")[2], format!("STC*{told}*20251220"));
    }
}

#[test]
fn what_is_paid_for_a_line_is_the_sum_of_its_decisions() {
    let reversed = |ask: &mut Ask| {
        ask.sample.payments = vec![
            payment(PaymentKind::Decision, vec![paid_line(1, 120, "CO", "45")]),
            payment(PaymentKind::Reversal, vec![paid_line(1, -120, "CO", "45")]),
            payment(
                PaymentKind::Decision,
                vec![paid_line(1, 50, "CO", "45"), paid_line(1, 20, "CO", "45")],
            ),
        ];
    };
    let ask = Ask::number("C1").with(with_text(CLAIM)).with(always);
    assert_eq!(ask.with(reversed).answer().all("SVC*")[0], "SVC*HC:99213:25*150*70****1");
    let refunded = |ask: &mut Ask| {
        ask.sample.payments =
            vec![payment(PaymentKind::Reversal, vec![paid_line(1, -120, "CO", "45")])];
    };
    let ask = Ask::number("C1").with(with_text(CLAIM)).with(always);
    assert_eq!(ask.with(refunded).answer().all("SVC*")[0], "SVC*HC:99213:25*150*0****1");
}

/// Nothing was decided about the claim yet.
fn undecided(ask: &mut Ask) {
    ask.sample.claim("C1").outcome = Default::default();
}

#[test]
fn lines_that_are_asked_for_are_returned() {
    let ask = |asked: &[LineRequest]| {
        let asked = asked.to_vec();
        let ask = Ask::number("C1").with(with_text(CLAIM)).with(undecided);
        ask.with(|ask| ask.claim().lines = asked)
    };
    let (visit, test) = (line("99213", 150, "20251210"), line("80053", 40, "20251212"));
    let told = ["SVC*HC:99213:25*150*0****1", "SVC*HC:80053*40*0****1"];
    assert_eq!(ask(std::slice::from_ref(&visit)).answer().all("SVC*"), told[..1]);
    assert_eq!(ask(std::slice::from_ref(&test)).answer().all("SVC*"), told[1..]);
    assert_eq!(ask(&[test, visit.clone()]).answer().all("SVC*"), told);
    assert!(ask(&[]).answer().all("SVC*").is_empty());
    let never = |ask: &mut Ask| ask.status.lines = LineDetail::Never;
    assert!(ask(&[visit]).with(never).answer().all("SVC*").is_empty());
}

#[test]
fn a_payment_of_the_claim_as_a_whole_says_nothing_of_its_lines() {
    let whole =
        |ask: &mut Ask| ask.sample.payments = vec![payment(PaymentKind::Decision, Vec::new())];
    let said = Ask::number("C1").with(with_text(CLAIM)).with(whole).with(always).answer();
    assert_eq!(said.groups(), ["PT0001 F1:65 1K=C1"]);
    assert!(said.all("SVC*").is_empty());
}

#[test]
fn lines_narrow_by_procedure_charge_and_day() {
    for (asked, found) in [
        (line("99213", 150, "20251210"), true),
        (line("99213", 149, "20251210"), false),
        (line("99213", 150, "20251211"), false),
        (line("80053", 60, "20251211"), true),
        (line("80053", 40, "20251211"), false),
        (line("71046", 150, "20251210"), false),
    ] {
        let mut ask = Ask::jane().with(with_text(CLAIM));
        ask.sample.claims.retain(|claim| &*claim.number == "C1");
        ask.claim().lines = vec![asked];
        let groups = ask.answer().groups();
        assert_eq!(groups[0].contains("1K=C1"), found, "{groups:?}");
    }
}

#[test]
fn a_line_without_a_procedure_is_known_by_its_revenue_code() {
    let said = Ask::number("C1").with(with_text(BILL)).with(always).with(undecided).answer();
    assert_eq!(said.all("SVC*"), ["SVC*HC:99213*150*0*0510***1", "SVC*NU:0450*100*0****1"]);
    assert_eq!(said.all("DTP*472*D8*20251210").len(), 3);
}

#[test]
fn a_claim_of_one_line_that_was_paid_as_a_whole_tells_its_line() {
    let one = CLAIM.split("LX*2").next().unwrap();
    let text = |ask: &mut Ask| {
        let claim = ask.sample.claim("C1");
        *claim = paid(claim.clone(), 90);
        claim.text = one.into();
    };
    let said = Ask::number("C1").with(text).with(always).answer();
    assert_eq!(said.all("SVC*"), ["SVC*HC:99213:25*150*90****1"]);
}

#[test]
fn a_claim_whose_text_is_not_kept_has_no_lines() {
    assert!(Ask::number("C1").with(always).answer().all("SVC*").is_empty());
}
