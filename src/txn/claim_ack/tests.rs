//! One 837 of three claims with one error each: the outcome of its claims and of the set, and the 277CA.

use time::macros::datetime;

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace, SetReport, Verdict};
use crate::finding::{Code, Policy, Unit};
use crate::guide::Registry;
use crate::wire::{Delimiters, Emitter};

const HEAD: &str = "ST*837*0001*005010X222A1~BHT*0019*00*BATCH0001*20260105*0930*CH~\
    NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~PER*IC*EDI DESK*TE*6175550100~\
    NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~";
const CLINIC: &str = "HL*1**20*1~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 MAIN ST~\
    N4*BOSTON*MA*021110000~REF*EI*123456789~";
const JANE: &str = "HL*2*1*22*0~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S12300000101~N3*2 ELM ST~\
    N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~";
const JOHN: &str = "HL*3*1*22*0~SBR*P*18*******HM~NM1*IL*1*ROE*JOHN****MI*S12300000201~N3*3 ELM ST~\
    N4*BOSTON*MA*02111~DMG*D8*19700115*M~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~";

fn claim(id: &str, charge: &str) -> String {
    format!(
        "CLM*{id}*{charge}***11:B:1*Y*A*Y*Y~HI*ABK:R55~LX*1~SV1*HC:99213*100*UN*1***1~\
         DTP*472*D8*20251201~REF*6R*{id}L1~"
    )
}

/// Jane's two claims and John's one.
fn body() -> String {
    let (one, two, three) = (claim("PT1", "100"), claim("PT2", "100"), claim("PT3", "100"));
    format!("{HEAD}{CLINIC}{JANE}{one}{two}{JOHN}{three}")
}

fn ended(body: &str) -> String {
    format!("{body}SE*{}*0001~", body.matches('~').count() + 1)
}

fn group() -> GroupHeader {
    GroupHeader {
        functional: "HC".into(),
        version: "005010X222A1".into(),
        ..GroupHeader::default()
    }
}

fn check(text: &str, unit: Unit) -> SetReport {
    let policy = Policy::default().with_unit(unit);
    let group = group();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    SetChecker::new(Registry::embedded(), &policy).with_claims(true).check(text.as_bytes(), place)
}

fn writer() -> ClaimAck<Vec<u8>> {
    let options = ClaimAckOptions::new(datetime!(2026-01-05 09:30));
    ClaimAck::new(options, Emitter::new(Delimiters::STANDARD), [Vec::new(), Vec::new()])
}

/// The report with claims rejected one by one, and the 277CA, which passes our own check.
fn acknowledged(text: &str) -> (SetReport, String) {
    let report = check(text, Unit::Claim);
    let tally = report.claims.as_ref().expect("an 837");
    let mut ack = writer();
    ack.take(report.guide.as_ref().expect("a guide"), &tally.events, &[]).expect("sound claims");
    let mut out = Vec::new();
    ack.finish(tally, "0001", "CA1", "R1", &mut out).expect("written");
    let out = String::from_utf8(out).expect("ASCII");
    assert_valid(&out);
    (report, out)
}

/// A 277CA passes our own check.
fn assert_valid(text: &str) {
    let group = GroupHeader {
        functional: "HN".into(),
        version: GUIDE_277CA.into(),
        ..GroupHeader::default()
    };
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default());
    let own = checker.check(text.as_bytes(), place);
    assert!(own.findings.is_empty(), "{:?} in {text}", own.findings);
}

fn counts(report: &SetReport) -> (u32, u32) {
    let tally = report.claims.as_ref().expect("an 837");
    (tally.accepted, tally.rejected)
}

/// The segments with this beginning.
fn those(text: &str, tag: &str) -> Vec<String> {
    let begin = format!("{tag}*");
    text.split('~').filter(|s| s.starts_with(&begin)).map(str::to_owned).collect()
}

#[test]
fn sound_claims_are_all_accepted() {
    let (report, ack) = acknowledged(&ended(&body()));
    assert_eq!(report.verdict, Verdict::Accepted, "{:?}", report.findings);
    assert_eq!(counts(&report), (3, 0));
    assert_eq!(those(&ack, "QTY"), ["QTY*90*3", "QTY*QA*3"]);
    assert_eq!(those(&ack, "AMT"), ["AMT*YU*300", "AMT*YU*300"]);
    assert_eq!(
        those(&ack, "TRN"),
        ["TRN*1*R1", "TRN*2*BATCH0001", "TRN*1*0", "TRN*2*PT1", "TRN*2*PT2", "TRN*2*PT3"]
    );
    assert_eq!(those(&ack, "HL").last().map(String::as_str), Some("HL*5*3*PT"));
    assert_eq!(those(&ack, "STC")[2], "STC*A1:19:PR*20260105*WQ*100");
}

#[test]
fn one_claim_out_of_balance_is_rejected_alone() {
    let text = ended(&body().replace("CLM*PT2*100", "CLM*PT2*90"));
    let (report, ack) = acknowledged(&text);
    assert_eq!(report.verdict, Verdict::AcceptedWithErrors);
    assert_eq!(counts(&report), (2, 1));
    assert_eq!(those(&ack, "QTY"), ["QTY*90*2", "QTY*AA*1", "QTY*QA*2", "QTY*QC*1"]);
    assert_eq!(those(&ack, "AMT")[..2], ["AMT*YU*200", "AMT*YY*90"]);
    let rejected = "STC*A7:400*20260105*U*90********X12-3101 2300/CLM02 AMOUNTS DO NOT BALANCE";
    assert_eq!(those(&ack, "STC")[3], rejected);
}

#[test]
fn the_same_error_rejects_the_set_where_sets_are_rejected() {
    let report = check(&ended(&body().replace("CLM*PT2*100", "CLM*PT2*90")), Unit::Set);
    assert_eq!(report.verdict, Verdict::Rejected);
    assert_eq!(counts(&report), (0, 3));
}

#[test]
fn a_bad_line_is_named_under_its_claim() {
    let text = ended(&body().replacen("SV1*HC:99213*100*UN*1***1", "SV1*HC:99213*100*UN*1***9", 1));
    let (report, ack) = acknowledged(&text);
    assert_eq!(counts(&report), (2, 1), "{:?}", report.findings);
    assert_eq!(those(&ack, "SVC"), ["SVC*HC:99213*100*****1"]);
    assert_eq!(those(&ack, "REF")[1], "REF*FJ*PT1L1");
    assert!(ack.contains("STC*A8:477**U"), "{ack}");
}

#[test]
fn a_bad_subscriber_takes_its_claims_and_no_others() {
    let text =
        ended(&body().replacen("NM1*IL*1*DOE*JANE****MI*S12300000101", "NM1*IL*1*DOE*JANE", 1));
    let (report, ack) = acknowledged(&text);
    assert_eq!((report.verdict, counts(&report)), (Verdict::AcceptedWithErrors, (1, 2)));
    assert_eq!(ack.matches("STC*A6:164:IL*20260105*U*100").count(), 2, "{ack}");
}

#[test]
fn a_bad_billing_provider_takes_all_its_claims() {
    let second = CLINIC.replace("HL*1**", "HL*4**").replace("1234567893", "1245319599");
    let more = JANE.replace("HL*2*1*", "HL*5*4*") + &claim("PT4", "100");
    let text = body().replacen("N4*BOSTON*MA*021110000~", "", 1) + &second + &more;
    let (report, ack) = acknowledged(&ended(&text));
    assert_eq!((report.verdict, counts(&report)), (Verdict::AcceptedWithErrors, (1, 3)));
    assert_eq!(those(&ack, "TRN").len(), 5, "only the fourth claim is reported: {ack}");
    assert_eq!(those(&ack, "QTY"), ["QTY*90*1", "QTY*AA*3", "QTY*QC*3", "QTY*QA*1"]);
    assert!(ack.contains("STC*A6:126:85**U*300"), "{ack}");
    assert_eq!(those(&ack, "HL")[2..], ["HL*3*2*19*0", "HL*4*2*19*1", "HL*5*4*PT"]);
}

#[test]
fn what_is_no_claims_fault_rejects_the_set() {
    let header = body().replace("*BATCH0001*20260105", "*BATCH0001*20261305");
    let level = body().replace("HL*3*1*22", "HL*7*1*22");
    let unknown = body().replacen("HI*ABK", "QQQ*1~HI*ABK", 1);
    let lost = body().replacen("CLM*PT2*", "CLX*PT2*", 1);
    for text in [header, level, unknown, lost] {
        let report = check(&ended(&text), Unit::Claim);
        assert_eq!(report.verdict, Verdict::Rejected, "{:?}", report.findings);
        assert_eq!(counts(&report).0, 0);
    }
    let uncounted = check(&format!("{}SE*9*0001~", body()), Unit::Claim);
    assert!(uncounted.has(Code::SetSegmentCount) && uncounted.verdict == Verdict::Rejected);
    assert_eq!(check(&body(), Unit::Claim).verdict, Verdict::Rejected, "without an SE");
}

#[test]
fn faults_over_the_budget_still_reject_their_claims() {
    let many: String = (0..50).map(|n| claim(&format!("PT{n}"), "90")).collect();
    let text = ended(&format!("{HEAD}{CLINIC}{JANE}{many}"));
    let group = group();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let mut policy = Policy::default().with_unit(Unit::Claim);
    policy.findings_per_set_max = 5;
    let report = SetChecker::new(Registry::embedded(), &policy).check(text.as_bytes(), place);
    assert_eq!(report.findings.len(), 6);
    assert_eq!(counts(&report), (0, 50));
}

#[test]
fn a_set_in_parts_tells_the_same() {
    let text = ended(&body().replace("CLM*PT2*100", "CLM*PT2*90"));
    let (_, whole) = acknowledged(&text);
    let policy = Policy::default().with_unit(Unit::Claim);
    let group = group();
    let mut checker = SetChecker::new(Registry::embedded(), &policy);
    let mut ack = writer();
    let mut offset = 0;
    for (at, segment) in text.split_inclusive('~').enumerate() {
        let place =
            SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset, ordinal: 1 };
        match at {
            0 => checker.begin(segment.as_bytes(), place),
            _ => checker.part(segment.as_bytes(), offset),
        }
        offset += segment.len() as u64;
        if let Some((guide, events)) = checker.take_claims() {
            ack.take(&guide, &events, &[]).unwrap();
        }
    }
    let report = checker.end();
    let tally = report.claims.as_ref().unwrap();
    ack.take(report.guide.as_ref().unwrap(), &tally.events, &[]).unwrap();
    let mut out = Vec::new();
    ack.finish(tally, "0001", "CA1", "R1", &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), whole);
}

/// The 277CA of three sound claims that were decided so, and of a provider; and how many were accepted and rejected.
fn decided(claims: &[ClaimDecision; 3], provider: ClaimDecision) -> (String, (u32, u32)) {
    let report = check(&ended(&body()), Unit::Claim);
    let tally = report.claims.as_ref().unwrap();
    let mut decisions = claims.to_vec();
    decisions.push(provider);
    let mut ack = writer();
    ack.take(report.guide.as_ref().unwrap(), &tally.events, &decisions).unwrap();
    let mut out = Vec::new();
    let counts = ack.finish(tally, "0001", "CA1", "R1", &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_valid(&text);
    (text, counts)
}

fn refused(status: &str) -> ClaimDecision {
    ClaimDecision::Refused { status: Status::parse(status).unwrap(), words: "WHY" }
}

#[test]
fn what_was_decided_is_told_of_each_claim() {
    let accepted = |number: &str| ClaimDecision::Accepted { number: number.into() };
    let claims = [accepted("12345001"), refused("A3:54"), accepted("12345002")];
    let (text, counts) = decided(&claims, ClaimDecision::AsChecked);
    assert_eq!(counts, (2, 1));
    assert_eq!(text.matches("REF*1K*1234500").count(), 2);
    assert!(text.contains("STC*A3:54*20260105*U*"), "{text}");
    assert!(text.contains("********WHY~"), "{text}");
    assert!(text.contains("QTY*90*2~QTY*AA*1~"), "{text}");
}

#[test]
fn a_billing_provider_who_is_refused_takes_all_claims() {
    let claims = [(); 3].map(|()| refused("A3:24:85"));
    let (text, counts) = decided(&claims, refused("A3:24:85"));
    assert_eq!(counts, (0, 3));
    assert!(text.contains("STC*A3:24:85**U*300~") && !text.contains("NM1*QC*"), "{text}");
    assert!(text.contains("QTY*QC*3~") && !text.contains("QTY*QA"), "{text}");
}

#[test]
fn the_table_can_be_read_and_names_known_findings() {
    let table = Statuses::parse(include_str!("../../../specs/005010X214/statuses.map"));
    assert!(table.is_ok(), "{table:?}");
    assert_eq!(Statuses::parse("status 2300/ZZZ 21").unwrap_err().line, 1);
    assert_eq!(Status::parse("A7:562:85"), Some(Status::new("A7", "562", "85")));
    for wrong in ["", "A7", "A7:", ":21", "A7:21:85:1", "A*:21"] {
        assert_eq!(Status::parse(wrong), None, "{wrong}");
    }
}
