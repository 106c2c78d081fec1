//! The sandbox decides by its rules, and its 835s are valid, balance, and say what the ledger then says.

mod sample;

use rust_decimal::Decimal;
use time::macros::date;

use crate::answer::sandbox::{PROPERTY, Rules};
use crate::store::Stores;
use sample::{Draft, JOHN, Sandbox, TODAY, document};

/// The segments of a set that begin so.
fn segments<'s>(set: &'s str, tag: &str) -> Vec<&'s str> {
    set.split('~').filter(|segment| segment.starts_with(tag)).collect()
}

#[test]
fn a_claim_is_paid_by_rule_and_the_835_says_how() {
    let draft =
        Draft { lines: &[("99213", 10_000, 1), ("80053", 5_000, 2), ("E0143", 30_000, 1)], ..JOHN };
    let sandbox = Sandbox::with(&draft);
    let set = sandbox.pay();
    // 60 of 80 after the copayment; a laboratory test under the deductible; 40 and 200 of the 380 that remain of it.
    assert_eq!(segments(&set, "BPR"), ["BPR*I*60*C*CHK******1999999999******20260105"]);
    assert_eq!(segments(&set, "CLP"), ["CLP*PT1*1*450*60*300*13*C1*11*1"]);
    let lines = segments(&set, "SVC");
    assert_eq!(lines, ["SVC*HC:99213*100*60**1", "SVC*HC:80053*50*0**2", "SVC*HC:E0143*300*0**1"]);
    let adjusted = segments(&set, "CAS");
    assert_eq!(
        adjusted,
        [
            "CAS*CO*45*20",
            "CAS*PR*3*20",
            "CAS*CO*45*10",
            "CAS*PR*1*40",
            "CAS*CO*45*60",
            "CAS*PR*1*240"
        ]
    );
    // The provider's number of a line only where it sent one; never LX in its place.
    assert_eq!(segments(&set, "REF*6R"), ["REF*6R*L1"]);
    assert_eq!(segments(&set, "AMT*B6"), ["AMT*B6*80", "AMT*B6*40", "AMT*B6*240"]);
    assert_eq!(segments(&set, "N1*PE"), ["N1*PE*SAMPLE CLINIC*XX*1234567893"]);
    assert!(segments(&set, "TRN")[0].starts_with("TRN*1*CHK"));
    assert_eq!(sandbox.standing("C1"), ["C1 F1:65 60"]);
    assert_eq!(sandbox.deductible("S12300000201"), Decimal::from(120 + 280));
    // Nothing waits any more.
    assert!(sandbox.adjudicate().is_empty());
}

#[test]
fn a_predetermination_is_priced_and_not_paid() {
    let draft =
        Draft { lines: &[("99213", 10_000, 1), ("E0143", 30_000, 1)], is_planned: true, ..JOHN };
    let sandbox = Sandbox::with(&draft);
    let used = sandbox.deductible("S12300000201");
    let set = sandbox.pay();
    assert_eq!(segments(&set, "BPR"), ["BPR*H*0*C*NON******1999999999******20260105"]);
    assert_eq!(segments(&set, "CLP"), ["CLP*PT1*25*400*0*260*13*C1*11*1"]);
    // What would be paid for the visit is told by OA 101.
    let adjusted = segments(&set, "CAS");
    assert_eq!(
        adjusted,
        ["CAS*CO*45*20", "CAS*PR*3*20", "CAS*OA*101*60", "CAS*CO*45*60", "CAS*PR*1*240"]
    );
    assert_eq!(sandbox.standing("C1"), ["C1 F4:0 0"]);
    assert_eq!(sandbox.deductible("S12300000201"), used, "nothing is used up");
    assert!(sandbox.adjudicate().is_empty(), "it waits no more");
}

#[test]
fn claims_of_a_run_share_what_is_left_of_the_deductible() {
    let draft = Draft { lines: &[("E0143", 30_000, 1)], ..JOHN };
    let sandbox = Sandbox::with(&draft);
    sandbox.receive(&Draft { number: "C2", account: "PT2", ..draft });
    let set = sandbox.pay();
    assert_eq!(segments(&set, "CAS*PR"), ["CAS*PR*1*240", "CAS*PR*1*140"]);
    assert_eq!(segments(&set, "BPR"), ["BPR*I*100*C*CHK******1999999999******20260105"]);
    assert_eq!(sandbox.deductible("S12300000201"), Decimal::from(500));
}

#[test]
fn every_kind_of_decision_can_be_asked_for() {
    let other = "SBR*P*18*******CI~CAS*CO*45*20~AMT*D*50~OI***Y***Y~NM1*IL*1*DOE*JOHN****MI*X1~\
                 NM1*PR*2*OTHER PLAN*****PI*88888~";
    let cases = [
        ("denied", Draft { account: "DENY1", ..JOHN }, "C1 F2:104 0", "CLP*DENY1*1*100*0*0*"),
        ("late", Draft { account: "LATE1", ..JOHN }, "C1 F2:718 0", "CLP*LATE1*1*100*0*0*"),
        ("full", Draft { account: "FULL1", ..JOHN }, "C1 F1:65 100", "CLP*FULL1*1*100*100*0*"),
        (
            "part",
            Draft { account: "PART1", member: "123000001", ..JOHN },
            "C1 F1:65 40",
            "CLP*PART1*1*100*40*0*",
        ),
        ("member", Draft { member: "123000012", ..JOHN }, "C1 F2:85 0", "CLP*PT1*1*100*0*0*"),
        (
            "code",
            Draft { lines: &[("99499", 10_000, 1)], ..JOHN },
            "C1 F2:104 0",
            "CLP*PT1*1*100*0*100*",
        ),
        (
            "withheld",
            Draft { lines: &[("97110", 10_000, 2)], member: "123000001", ..JOHN },
            "C1 F1:65 72",
            "CLP*PT1*1*100*72*10*",
        ),
        (
            "secondary",
            Draft { others: other, order: "S", ..JOHN },
            "C1 F1:65 30",
            "CLP*PT1*2*100*30*0*",
        ),
        ("unknown", Draft { member: "", ..JOHN }, "C1 F2:97 0", "CLP*PT1*4*100*0*100*HM*"),
        (
            "before",
            Draft { served: date!(2010 - 01 - 01), ..JOHN },
            "C1 F2:88 0",
            "CLP*PT1*1*100*0*100*",
        ),
        ("after", Draft { member: "123000003", ..JOHN }, "C1 F2:88 0", "CLP*PT1*1*100*0*100*"),
        (
            "deductible",
            Draft { lines: &[("E0143", 10_000, 1)], ..JOHN },
            "C1 F1:98 0",
            "CLP*PT1*1*100*0*80*",
        ),
    ];
    for (name, draft, standing, claim) in cases {
        let sandbox = Sandbox::with(&draft);
        let set = sandbox.pay();
        assert_eq!(sandbox.standing("C1"), [standing], "{name}");
        let found = segments(&set, "CLP");
        assert!(found[0].starts_with(claim), "{name}: {found:?}");
        // Nothing paid is a notice; the claim was on an advice all the same.
        let is_notice = segments(&set, "BPR")[0].starts_with("BPR*H*0*C*NON");
        assert_eq!(is_notice, standing.ends_with(" 0"), "{name}");
        assert!(!sandbox.history("C1").versions[0].outcome.trace.is_empty(), "{name}");
    }
}

#[test]
fn a_denied_line_pays_no_units_and_says_why() {
    let sandbox =
        Sandbox::with(&Draft { account: "DENY1", lines: &[("99213", 10_000, 3)], ..JOHN });
    let set = sandbox.pay();
    assert_eq!(segments(&set, "SVC"), ["SVC*HC:99213*100*0**0**3"]);
    assert_eq!(segments(&set, "CAS"), ["CAS*CO*50*100*3"]);
    assert_eq!(segments(&set, "LQ"), ["LQ*HE*N130"]);
}

#[test]
fn a_rule_pends_until_days_have_passed_or_a_document_has_come() {
    let sandbox = Sandbox::with(&Draft { account: "PEND1", ..JOHN });
    assert!(sandbox.adjudicate().is_empty());
    assert_eq!(sandbox.standing("C1"), ["C1 P2:46 0"]);
    let events = sandbox.history("C1").events.len();
    // It is said once.
    assert!(sandbox.adjudicate().is_empty());
    assert_eq!(sandbox.history("C1").events.len(), events);
    assert_eq!(sandbox.decide(TODAY).pended, 1);

    let sandbox = Sandbox::with(&Draft { account: "DOCS1", ..JOHN });
    assert!(sandbox.adjudicate().is_empty());
    assert_eq!(sandbox.standing("C1"), ["C1 P3:123 0"]);
    sandbox.enter(vec![document("C1")]);
    sandbox.pay();
    assert_eq!(sandbox.standing("C1"), ["C1 F1:65 60"]);

    let sandbox = Sandbox::with(&Draft { lines: &[("99213", 1_000_000, 1)], ..JOHN });
    assert!(sandbox.adjudicate_on(date!(2026 - 01 - 18)).is_empty());
    assert_eq!(sandbox.adjudicate_on(date!(2026 - 01 - 19)).len(), 1);
}

#[test]
fn a_replacement_takes_the_decision_back_and_is_decided_in_the_same_835() {
    let draft = Draft { lines: &[("E0143", 10_000, 2), ("99213", 10_000, 1)], ..JOHN };
    let sandbox = Sandbox::with(&draft);
    sandbox.pay();
    assert_eq!(sandbox.deductible("S12300000201"), Decimal::from(200));
    sandbox.correct("C1", "7", &Draft { number: "C2", lines: &[("99213", 10_000, 1)], ..draft });
    let set = sandbox.pay();
    // The reversal first, with the number of what it takes back, its reasons negated, and no share of the patient.
    assert_eq!(
        segments(&set, "CLP"),
        ["CLP*PT1*22*-200*-60**13*C1*11*1", "CLP*PT1*1*100*60*20*13*C2*11*7"]
    );
    assert_eq!(
        segments(&set, "SVC"),
        ["SVC*HC:E0143*-100*0**-2", "SVC*HC:99213*-100*-60**-1", "SVC*HC:99213*100*60**1"]
    );
    let adjusted = segments(&set, "CAS");
    assert_eq!(adjusted[..4], ["CAS*CO*45*-20", "CAS*PR*1*-80", "CAS*CO*45*-20", "CAS*PR*3*-20"]);
    assert_eq!(segments(&set, "BPR")[0], "BPR*H*0*C*NON******1999999999******20260105");
    assert_eq!(segments(&set, "REF*F8"), ["REF*F8*C1"]);
    assert_eq!(sandbox.standing("C1"), ["C1 F3:101 0", "C2 F1:65 60"]);
    assert_eq!(sandbox.deductible("S12300000201"), Decimal::from(120));
}

#[test]
fn a_void_is_a_reversal_alone_and_what_is_missing_is_carried_forward() {
    let sandbox = Sandbox::with(&JOHN);
    sandbox.pay();
    sandbox.correct("C1", "8", &Draft { number: "C2", ..JOHN });
    let set = sandbox.pay();
    assert_eq!(segments(&set, "CLP"), ["CLP*PT1*22*-100*-60**13*C1*11*1"]);
    let trace = segments(&set, "TRN")[0].split('*').nth(2).unwrap().to_owned();
    let owed = format!("PLB*1234567893*20261231*FB:{trace}*-60");
    assert_eq!(segments(&set, "PLB"), [owed]);
    assert_eq!(sandbox.standing("C1"), ["C1 F4:686 0", "C2 F4:686 0"]);
    // An advice that comes to nothing leaves it alone, the next one with money takes it back.
    sandbox.receive(&Draft { number: "C3", account: "DENY3", ..JOHN });
    assert!(segments(&sandbox.pay(), "PLB").is_empty());
    sandbox.receive(&Draft { number: "C4", account: "FULL4", ..JOHN });
    let set = sandbox.pay();
    assert_eq!(segments(&set, "PLB"), [format!("PLB*1234567893*20261231*FB:{trace}*60")]);
    assert_eq!(segments(&set, "BPR")[0], "BPR*I*40*C*CHK******1999999999******20260105");
    sandbox.receive(&Draft { number: "C5", account: "FULL5", ..JOHN });
    assert!(segments(&sandbox.pay(), "PLB").is_empty(), "it was open once");
}

#[test]
fn a_denial_is_reversed_too_and_a_void_before_a_decision_says_nothing() {
    let sandbox =
        Sandbox::with(&Draft { account: "DENY1", lines: &[("99213", 10_000, 3)], ..JOHN });
    sandbox.pay();
    let again = Draft { number: "C2", account: "PT1", ..JOHN };
    sandbox.correct("C1", "7", &again);
    let set = sandbox.pay();
    assert_eq!(
        segments(&set, "CLP")[0],
        "CLP*DENY1*22*-100*0**13*C1*11*1",
        "the number of what is reversed"
    );
    assert_eq!(segments(&set, "SVC")[0], "SVC*HC:99213*-100*0**0**-3");
    assert_eq!(sandbox.standing("C1"), ["C1 F3:101 0", "C2 F1:65 60"]);

    let sandbox = Sandbox::with(&JOHN);
    sandbox.correct("C1", "8", &Draft { number: "C2", ..JOHN });
    assert!(sandbox.adjudicate().is_empty());
    assert_eq!(sandbox.standing("C1"), ["C1 F4:686 0", "C2 F4:686 0"]);
}

#[test]
fn rules_that_are_wrong_say_what_and_where() {
    let sound = include_str!("../../../../fixtures/demo/adjudication.toml");
    assert!(Rules::parse(sound).is_ok());
    for (from, to, expected) in [
        ("allowed = \"80%\"", "allowed = \"80\"", "a share is written as \"80%\""),
        ("allowed = \"80%\"", "allowed = \"180%\"", "a share is written as \"80%\""),
        ("copay = \"0.00\"", "copay = 0.5", "expected a string"),
        ("copay = \"0.00\"", "copay = \"0.005\"", "an amount is written as \"25.00\""),
        ("[\"99499\"]", "[\"99499-1\"]", "procedures are codes"),
        ("P2:46\" }", "F2:46\" }", "category P0 to P5"),
        ("group = \"CO\"", "group = \"CR\"", "unknown variant `CR`"),
        ("accounts = [\"DENY*\"]", "account = \"DENY*\"", "unknown field `account`"),
        ("1999999999", "999", "payer.company must have 10 characters"),
        ("pend = { status = \"P2:46\" }", "", "\"pended on demand: in review\" does nothing"),
        (
            "allowed = \"100%\"",
            "allowed = \"100%\"\nallowed_amount = \"1.00\"",
            "both allowed and allowed_amount",
        ),
    ] {
        assert!(sound.contains(from), "{from}");
        let error = Rules::parse(&sound.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
        assert!(error.starts_with("adjudication.toml"), "{error}");
    }
}

#[test]
fn a_store_without_rules_is_no_sandbox() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stores = Stores::in_memory().await.unwrap();
        assert_eq!(stores.backend.property(PROPERTY).await.unwrap(), None);
        assert!(crate::answer::sandbox::rules(&stores).await.unwrap().is_none());
    });
}
