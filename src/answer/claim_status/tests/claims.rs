//! Which claims a request finds.

use rust_decimal::Decimal;
use time::macros::date;

use super::sample::{claim, state};
use super::*;
use crate::config::claim_status::{ReplacedClaims, WindowFrom};
use crate::store::ClaimForm;

#[test]
fn c_04_a_claim_is_found_by_its_number() {
    let said = Ask::number("C1").answer();
    assert_eq!(
        said.body(),
        [
            "HL*1**20*1",
            "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999",
            "HL*2*1*21*1",
            "NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1",
            "HL*3*2*19*1",
            "NM1*1P*2*SAMPLE CLINIC*****XX*1234567893",
            "HL*4*3*22*0",
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
            "TRN*2*PT0001",
            "STC*F1:65*20251220**250*180*20251218**20251222*EFT000123",
            "REF*1K*C1",
            "REF*EJ*ACC-C1",
            "DTP*472*D8*20251210",
        ]
    );
    assert_eq!(said.0[0], "BHT*0010*08*CS0001*20260105*0930*DG");
}

#[test]
fn c_04_many_numbers_are_many_groups() {
    let numbers = |ask: &mut Ask| {
        let asked = |(trace, number): (&str, &str)| ClaimRequest {
            trace: trace.into(),
            references: vec![reference("1K", number)],
            ..ClaimRequest::default()
        };
        ask.subscriber().claims = [("A", "C2"), ("B", "C1"), ("C", "M1")].map(asked).into();
    };
    let groups = Ask::jane().with(numbers).answer().groups();
    // A number of another member's claim is none, and what else there is of this one follows.
    assert_eq!(
        groups,
        ["A P1:20 1K=C2", "B F1:65 1K=C1", "C D0:35", "C F1:65 1K=C1", "C P1:20 1K=C2"]
    );
}

#[test]
fn c_06_every_claim_served_in_the_range_is_found() {
    for (from, to, expected) in [
        ("20251201", "20251231", &["PT0001 F1:65 1K=C1", "PT0001 P1:20 1K=C2"][..]),
        ("20251210", "20251210", &["PT0001 F1:65 1K=C1"]),
        ("20251204", "20251209", &["PT0001 D0:35"]),
        ("20251101", "20251203", &["PT0001 P1:20 1K=C2"]),
        ("20231201", "20240110", &["PT0001 D0:35"]),
    ] {
        let ask = Ask::jane().with(|ask| ask.claim().service = days(from, to));
        assert_eq!(ask.answer().groups(), expected, "{from} {to}");
    }
    // A claim of several days is found by any of them.
    let long = |ask: &mut Ask| {
        ask.sample.claim("C2").to = date!(2025 - 12 - 08);
        ask.claim().service = days("20251206", "20251207");
    };
    let said = Ask::jane().with(long).answer();
    assert_eq!(said.groups(), ["PT0001 P1:20 1K=C2"]);
    assert_eq!(said.all("DTP*"), ["DTP*472*RD8*20251203-20251208"]);
}

#[test]
fn what_is_sent_narrows() {
    type Change = fn(&mut Ask);
    let narrow: [(&str, Change, &[&str]); 9] = [
        ("account", |ask| ask.claim().references = vec![reference("EJ", "acc-c2")], &["C2"]),
        ("no such account", |ask| ask.claim().references = vec![reference("EJ", "ACC")], &[]),
        (
            "charge",
            |ask| {
                ask.sample.claim("C2").charge = Decimal::new(9950, 2);
                ask.claim().charge = Sent::Value(Decimal::new(995, 1));
            },
            &["C2"],
        ),
        ("no such charge", |ask| ask.claim().charge = Sent::Value(Decimal::ONE), &[]),
        ("procedure", |ask| ask.claim().lines = vec![line("80053", 10, "20251210")], &["C1", "C2"]),
        ("no such procedure", |ask| ask.claim().lines = vec![line("71046", 10, "20251210")], &[]),
        (
            "bill type of a professional claim",
            |ask| ask.claim().references = vec![reference("BLT", "111")],
            &[],
        ),
        (
            "bill type",
            |ask| {
                institutional(ask);
                ask.claim().references = vec![reference("BLT", "0131")];
            },
            &["C2"],
        ),
        (
            "another bill type",
            |ask| {
                institutional(ask);
                ask.claim().references = vec![reference("BLT", "0132")];
            },
            &[],
        ),
    ];
    for (what, change, numbers) in narrow {
        let said = Ask::jane().with(change).answer();
        let found: Vec<&str> = said.all("REF*1K*").iter().map(|segment| &segment[7..]).collect();
        assert_eq!(found, numbers, "{what}");
        assert_eq!(said.all("STC*D0:35").len(), usize::from(numbers.is_empty()), "{what}");
    }
}

fn institutional(ask: &mut Ask) {
    let claim = ask.sample.claim("C2");
    (claim.form, claim.facility) = (ClaimForm::Institutional, "13".into());
}

#[test]
fn the_type_of_bill_has_three_characters_and_no_leading_zero() {
    for (facility, frequency, expected) in
        [("13", "1", &["REF*BLT*131"][..]), ("013", "7", &["REF*BLT*137"]), ("1", "1", &[])]
    {
        let ask = Ask::number("C2").with(institutional).with(|ask| {
            let claim = ask.sample.claim("C2");
            (claim.facility, claim.frequency) = (facility.into(), frequency.into());
        });
        assert_eq!(ask.answer().all("REF*BLT"), expected);
    }
    assert!(Ask::number("C1").answer().all("REF*BLT").is_empty());
}

#[test]
fn days_of_lines_count_where_the_claim_has_none() {
    let by_line = |ask: &mut Ask| {
        ask.claim().service = Sent::Absent;
        ask.claim().lines = vec![line("99213", 100, "20251203")];
    };
    assert_eq!(Ask::jane().with(by_line).answer().groups(), ["PT0001 P1:20 1K=C2"]);
}

#[test]
fn a_number_decides_whatever_else_is_sent() {
    let at_odds = |ask: &mut Ask| {
        ask.claim().service = days("20251101", "20251102");
        ask.claim().charge = Sent::Value(Decimal::ONE);
    };
    assert_eq!(Ask::number("C1").with(at_odds).answer().groups(), ["PT0001 F1:65 1K=C1"]);
}

#[test]
fn an_unknown_number_is_not_found_and_what_fits_follows() {
    let said = Ask::number("C9").answer();
    assert_eq!(said.groups(), ["PT0001 D0:35", "PT0001 F1:65 1K=C1", "PT0001 P1:20 1K=C2"]);
    assert!(!said.0.iter().any(|segment| segment.contains("C9")));
}

#[test]
fn what_was_sent_is_returned_with_or_without_a_claim() {
    let sent = |ask: &mut Ask| {
        let numbers = [("D9", "CH1"), ("XZ", "RX1"), ("EJ", "MINE"), ("BLT", "131"), ("LU", "L1")];
        let more = numbers.map(|(qualifier, value)| reference(qualifier, value));
        ask.claim().references.extend(more);
        ask.claim().service = days("20251101", "20251102");
    };
    let said = Ask::number("NONE").with(sent).answer();
    assert_eq!(said.all("REF*"), ["REF*BLT*131", "REF*EJ*MINE", "REF*XZ*RX1", "REF*D9*CH1"]);
    assert_eq!(said.all("DTP*"), ["DTP*472*RD8*20251101-20251102"]);
    let said = Ask::number("C1").with(sent).answer();
    assert_eq!(said.all("REF*"), ["REF*1K*C1", "REF*EJ*ACC-C1", "REF*XZ*RX1", "REF*D9*CH1"]);
}

#[test]
fn c_01_the_window_is_counted_from_service_or_receipt() {
    let old = |ask: &mut Ask| {
        ask.sample.claim("C0").to = date!(2024 - 01 - 05);
        ask.claim().service = days("20240101", "20240131");
    };
    assert_eq!(Ask::jane().with(old).answer().groups(), ["PT0001 P1:20 1K=C0"]);
    let narrow = |ask: &mut Ask| ask.status.window_months = 23;
    assert_eq!(Ask::jane().with(old).with(narrow).answer().groups(), ["PT0001 D0:35"]);
    let receipt = |ask: &mut Ask| ask.status.window_from = WindowFrom::Receipt;
    let groups = Ask::jane().with(old).with(narrow).with(receipt).answer().groups();
    assert_eq!(groups, ["PT0001 P1:20 1K=C0"]);
}

#[test]
fn more_claims_than_are_returned_are_too_many() {
    let many = |ask: &mut Ask| {
        ask.status.real_time_claims_max = 3;
        for n in 0..4 {
            ask.sample.claims.push(claim(&format!("X{n}"), "01", date!(2025 - 12 - 30)));
        }
    };
    assert_eq!(Ask::jane().with(many).answer().groups(), ["PT0001 D0:485"]);
    let batch = Ask::jane().with(many).with(|ask| ask.lane = Lane::Batch);
    assert_eq!(batch.answer().groups().len(), 6);
    let narrower =
        Ask::jane().with(many).with(|ask| ask.claim().service = days("20251201", "20251212"));
    assert_eq!(narrower.answer().groups().len(), 2);
}

#[test]
fn a_dependent_is_found_under_the_subscriber() {
    let said = Ask::child("MAX", "20150505").answer();
    assert_eq!(said.groups(), ["PT0001 P1:20 1K=M1"]);
    assert_eq!(
        said.body()[6..9],
        ["HL*4*3*22*1", "NM1*IL*1*DOE*JANE****MI*S12300000101", "HL*5*4*23"]
    );
    assert_eq!(said.all("NM1*QC"), ["NM1*QC*1*DOE*MAX"]);
    for (first, birth) in [("MAX", "20150506"), ("MIA", "20150505"), ("JANE", "19800115")] {
        assert_eq!(
            Ask::child(first, birth).answer().groups(),
            ["PT0001 D0:97:PR"],
            "{first} {birth}"
        );
    }
    let unknown =
        Ask::child("MAX", "20150505").with(|ask| ask.subscriber().name.id = "S99900000101".into());
    assert_eq!(unknown.answer().groups(), ["PT0001 D0:97:PR"]);
}

#[test]
fn a_subscriber_and_a_dependent_are_asked_about_together() {
    let both = |ask: &mut Ask| {
        let jane = ask.subscriber();
        jane.demographics = born("19800115");
        jane.claims =
            vec![ClaimRequest { trace: "PT0000".into(), ..jane.dependents[0].claims[0].clone() }];
    };
    let groups = Ask::child("MAX", "20150505").with(both).answer().groups();
    assert_eq!(groups, ["PT0000 F1:65 1K=C1", "PT0000 P1:20 1K=C2", "PT0001 P1:20 1K=M1"]);
}

#[test]
fn j_04_of_a_replaced_claim_what_stands_now_is_told() {
    let replaced = |ask: &mut Ask| {
        ask.sample.replace("C1", "C1R", "7");
        ask.sample.claim("C1R").state = state("P1", "20");
    };
    assert_eq!(Ask::number("C1").with(replaced).answer().groups(), ["PT0001 P1:20 1K=C1R"]);
    assert_eq!(Ask::number("C1R").with(replaced).answer().groups(), ["PT0001 P1:20 1K=C1R"]);
    // By patient and days the claim is found once.
    let by_patient = Ask::jane().with(replaced).answer().groups();
    assert_eq!(by_patient, ["PT0001 P1:20 1K=C1R", "PT0001 P1:20 1K=C2"]);
    let both = |ask: &mut Ask| ask.status.replaced = ReplacedClaims::Both;
    let groups = Ask::number("C1").with(replaced).with(both).answer().groups();
    assert_eq!(groups, ["PT0001 F3:101 1K=C1", "PT0001 P1:20 1K=C1R"]);
    assert_eq!(Ask::number("C2").with(both).answer().groups(), ["PT0001 P1:20 1K=C2"]);
}
