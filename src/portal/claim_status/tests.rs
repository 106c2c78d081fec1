//! From the form to the 276 and from the 277 to the screen.

use rust_decimal::Decimal;
use time::macros::{date, datetime};

use super::super::read_replies;
use super::*;
use crate::txn::claim_status::StatusRequest;
use crate::txn::claim_status::round_trip::walk;
use crate::txn::envelope::{EnvelopeWriter, Party};
use crate::wire::{Delimiters, Emitter};

const DAYS: (time::Date, time::Date) = (date!(2024 - 01 - 05), date!(2026 - 01 - 05));

fn question() -> ClaimStatusQuestion {
    ClaimStatusQuestion {
        subscriber: PatientQuestion {
            member_id: "S12300000101".to_owned(),
            last: "Doe".to_owned(),
            first: "Jane".to_owned(),
            birth: Some(date!(1980 - 01 - 15)),
        },
        ..ClaimStatusQuestion::new("1234567893", "99999", DAYS)
    }
}

/// The segments of the 276, which our own checker accepts.
#[track_caller]
fn asked(question: &ClaimStatusQuestion) -> Vec<String> {
    let mut out = Emitter::new(Delimiters::STANDARD);
    question.request(7, datetime!(2026-01-05 09:30)).write(&mut out).unwrap();
    let text = String::from_utf8(out.into_bytes()).unwrap();
    let (findings, _) = walk(text.as_bytes(), Delimiters::STANDARD, "HR", StatusRequest::read);
    assert!(findings.is_empty(), "{findings:#?}\n{}", text.replace('~', "\n"));
    text.split_terminator('~').map(str::to_owned).collect()
}

#[test]
fn c_04_each_number_is_asked_for_by_itself() {
    let numbers = ["C1", "C2"].map(str::to_owned).to_vec();
    let said = asked(&ClaimStatusQuestion { numbers, ..question() });
    assert_eq!(
        said[11..said.len() - 1],
        [
            "TRN*1*000000007-1",
            "REF*1K*C1",
            "DTP*472*RD8*20240105-20260105",
            "TRN*1*000000007-2",
            "REF*1K*C2",
            "DTP*472*RD8*20240105-20260105",
        ]
    );
}

#[test]
fn c_05_c_06_the_patient_days_account_charge_and_lines_are_asked_with() {
    let form = ClaimStatusQuestion {
        account: "ACC1".to_owned(),
        charge: Some(Decimal::new(2505, 1)),
        lines: vec![LineQuestion {
            procedure: "g0101".to_owned(),
            charge: Decimal::from(80),
            day: Some(date!(2025 - 12 - 01)),
        }],
        ..question()
    };
    let said = asked(&form);
    assert_eq!(
        said[8..said.len() - 1],
        [
            "HL*4*3*22*0",
            "DMG*D8*19800115",
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
            "TRN*1*000000007-1",
            "REF*EJ*ACC1",
            "AMT*T3*250.5",
            "DTP*472*RD8*20240105-20260105",
            "SVC*HC:G0101*80",
            "DTP*472*D8*20251201",
        ]
    );
}

const MEMBER: &str = "ISA*00*          *00*          *ZZ*PAYERGW        *ZZ*SUBMITTER1     *260105*0930*^*00501*000000001*0*T*:~\
    GS*HB*PAYERGW*SUBMITTER1*20260105*0930*1*X*005010X279A1~ST*271*0001*005010X279A1~\
    BHT*0022*11*000000001*20260105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    HL*2*1*21*1~NM1*1P*2*PROVIDER*****XX*1234567893~HL*3*2*22*1~\
    NM1*IL*1*DOE*JANE****MI*S12300000101~HL*4*3*23*0~NM1*03*1*DOE*MAX~DMG*D8*20150505*M~INS*N*19~\
    EB*1**30~SE*15*0001~GE*1*1~IEA*1*000000001~";

#[test]
fn c_05_a_patient_who_is_not_known_well_enough_is_taken_from_an_eligibility_answer() {
    let mut form = question();
    form.subscriber.last.clear();
    assert!(!form.is_complete() && question().is_complete());
    let received = read_replies(MEMBER.as_bytes());
    assert!(form.take_patient(&received.responses[0]) && form.is_complete());
    let said = asked(&form);
    assert_eq!(
        said[8..13],
        [
            "HL*4*3*22*1",
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
            "HL*5*4*23",
            "DMG*D8*20150505",
            "NM1*QC*1*DOE*MAX",
        ]
    );
    let rejected = MEMBER.replace("EB*1**30~", "").replace("~INS*N*19", "~AAA*N**67*C");
    let received = read_replies(rejected.as_bytes());
    assert!(
        !question().take_patient(&received.responses[0]) || !received.responses[0].has_rejections()
    );
}

const ANSWER: &str = "ISA*00*          *00*          *ZZ*PAYERGW        *ZZ*SUBMITTER1     *260105*0930*^*00501*000000001*0*T*:~\
    GS*HN*PAYERGW*SUBMITTER1*20260105*0930*1*X*005010X212~ST*277*0001*005010X212~\
    BHT*0010*08*000000007*20260105*0930*DG~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    HL*2*1*21*1~NM1*41*2*SUBMITTER*****46*SUBMITTER1~HL*3*2*19*1~\
    NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*4*3*22*0~NM1*IL*1*DOE*JANE****MI*S12300000101~\
    TRN*2*000000007-1~STC*F3:101*20251220**250*180.5*20251218**20251222*EFT1*F1:65~REF*1K*C1~\
    REF*EJ*ACC1~DTP*472*RD8*20251201-20251202~SVC*HC:99213:25*150*120****1~STC*F1:65*20251220~\
    REF*FJ*L1~DTP*472*D8*20251201~TRN*2*000000007-2~STC*D0:35*20260105~HL*5*2*19*0~\
    NM1*1P*2*OTHER CLINIC*****XX*1245319599~TRN*1*000000007~STC*E0:24:1P*20260105~SE*26*0001~\
    GE*1*1~IEA*1*000000001~";

#[test]
fn c_07_to_c_12_a_claim_is_shown_with_its_lines_and_what_was_not_found_with_why() {
    let received = read_replies(ANSWER.as_bytes());
    let views = received.claim_views();
    let [claim, missing, refused] = &*views else { panic!("{} views", views.len()) };
    let json = serde_json::to_value(claim).unwrap();
    for (key, expected) in [
        ("number", "C1"),
        ("member", "S12300000101"),
        ("patient", "DOE, JANE"),
        ("provider", "SAMPLE CLINIC"),
        ("account", "ACC1"),
        ("billed", "250.00"),
        ("paid", "180.50"),
        ("category", "F3"),
        ("status", "101"),
        ("effective", "2025-12-20"),
        ("start", "2025-12-01"),
        ("end", "2025-12-02"),
        ("finalized", "2025-12-18"),
        ("remitted", "2025-12-22"),
        ("check", "EFT1"),
    ] {
        assert_eq!(json[key], expected, "{key}");
    }
    assert!(claim.adjusted && claim.is_found() && received.has_rejections());
    assert_eq!(claim.statuses.len(), 2);
    let line = &claim.lines[0];
    assert_eq!((&*line.procedure, line.paid.as_deref()), ("99213-25", Some("120.00")));
    assert_eq!((line.units.as_deref(), line.control.as_deref()), (Some("1"), Some("L1")));
    assert!(!missing.is_found() && !missing.statuses[0].words.is_empty());
    assert_eq!((&*missing.category, &*missing.status), ("D0", "35"));
    assert_eq!((&*refused.provider, &*refused.category), ("OTHER CLINIC", "E0"));
}

#[test]
fn the_interchange_that_asks_has_one_set() {
    let [sender, receiver] = ["SUBMITTER1", "PAYERGW"].map(Party::mutually_defined);
    let envelope = EnvelopeWriter::new(sender, receiver, false, datetime!(2026-01-05 09:30));
    let bytes = question().interchange(&envelope, 7).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("~GS*HR*SUBMITTER1*PAYERGW*20260105*0930*7*X*005010X212~ST*276*0001*"));
    assert!(read_replies(text.as_bytes()).claim_views().is_empty());
}
