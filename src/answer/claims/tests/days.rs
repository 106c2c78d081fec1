//! Days of service: those that are yet to come, those that must be covered, and requests for a price before the service.

use super::*;
use crate::config::{CoverageDays, Predeterminations};

const INSTITUTIONAL: &str = "005010X223A2";
const DENTAL: &str = "005010X224A2";

/// The statement of an outpatient clinic over these days for GRACE GAP, who is covered until 7 October and from 6 December on.
fn statement(first: &str, last: &str) -> String {
    fixture(include_str!("../../../../fixtures/valid/837i_outpatient.edi"))
        .replace("*SAMPLE*MARY*", "*GAP*GRACE*")
        .replace("S12300000101", "S12300003001")
        .replace("*19800115*", "*19790929*")
        .replace("RD8*20251201-20251201", &format!("RD8*{first}-{last}"))
        .replace("DTP*472*D8*20251201", &format!("DTP*472*D8*{first}"))
}

/// A request for the price of fillings: without days, marked so.
fn predetermination() -> String {
    let text = fixture(include_str!("../../../../fixtures/valid/837d_fillings.edi"))
        .replace("11:B:1*Y*A*Y*Y~", "11:B:1*Y*A*Y*Y**********PB~")
        .replace("DTP*472*D8*20251201~", "")
        .replace("DTP*472*D8*20251202~", "");
    let (body, _) = text.split_once("SE*").unwrap();
    format!("{body}SE*{}*0001~", body.matches('~').count() + 1)
}

fn status(judged: &[Judged]) -> String {
    match &judged[0].decision {
        ClaimDecision::Refused { status, .. } => shown(status),
        ClaimDecision::Accepted { .. } => "accepted".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_service_that_is_yet_to_come_is_refused_or_looked_at_as_the_rule_says() {
    let tomorrow = || Sent { day: "20260106", ..Sent::default() };
    let mut payer = Payer::new().await;
    payer.accepted(&Sent { day: "20260105", ..Sent::default() }).await;
    assert_eq!(payer.refused(&tomorrow()).await, "A7:187");
    let until_tomorrow = set(&[Sent { charge: "151", ..Sent::default() }])
        .replace("DTP*472*D8*20260101", "DTP*472*RD8*20260101-20260106");
    assert_eq!(status(&payer.take(&until_tomorrow).await), "A7:187");
    let mut payer = Payer::with_rules(|rules| rules.future_service = RuleTreatment::Pend).await;
    let number = payer.accepted(&tomorrow()).await;
    let state = payer.version(&number).await.state;
    assert_eq!((&*state.category, &*state.code), ("P2", "187"));
    let mut payer = Payer::with_rules(|rules| {
        rules.future_service = RuleTreatment::Accept;
        rules.statuses.future_statement = "A7:189".to_owned();
    })
    .await;
    payer.accepted(&tomorrow()).await;
    let text = statement("20260104", "20260106");
    assert_eq!(status(&payer.take_as(&text, INSTITUTIONAL).await), "accepted");
    // A statement has a status of its own.
    payer.config.claims.rules.future_service = RuleTreatment::Reject;
    let text = statement("20260103", "20260106");
    assert_eq!(status(&payer.take_as(&text, INSTITUTIONAL).await), "A7:189");
}

#[tokio::test]
async fn a_replacement_may_not_lie_in_the_future_either_but_a_void_may() {
    let mut payer = Payer::with_rules(|rules| rules.future_service = RuleTreatment::Accept).await;
    let first = payer.accepted(&Sent { day: "20260106", ..Sent::default() }).await;
    payer.config.claims.rules.future_service = RuleTreatment::Reject;
    let replacement = Sent { day: "20260107", ..Sent::replaces(&first) };
    assert_eq!(payer.refused(&replacement).await, "A7:187");
    payer.accepted(&Sent { day: "20260106", ..Sent::voids(&first) }).await;
}

#[tokio::test]
async fn every_day_of_a_statement_must_be_covered() {
    let mut payer = Payer::new().await;
    for (first, last, expected) in [
        ("20251001", "20251007", "accepted"),
        ("20251007", "20251008", "A3:88:QC"),
        // Admission and discharge are covered, the days between are not.
        ("20251007", "20251206", "A3:88:QC"),
        ("20251205", "20251206", "A3:88:QC"),
        ("20251206", "20260104", "accepted"),
    ] {
        let judged = payer.take_as(&statement(first, last), INSTITUTIONAL).await;
        assert_eq!(status(&judged), expected, "{first} {last}");
    }
    payer.config.claims.rules.institutional_coverage = CoverageDays::FirstDay;
    let judged = payer.take_as(&statement("20251006", "20251206"), INSTITUTIONAL).await;
    assert_eq!(status(&judged), "accepted");
    let judged = payer.take_as(&statement("20251205", "20251206"), INSTITUTIONAL).await;
    assert_eq!(status(&judged), "A3:88:QC");
}

#[tokio::test]
async fn each_line_must_be_covered_on_its_own_days_and_not_on_those_between() {
    let mut payer = Payer::new().await;
    let visits = |first: &str, second: &str, charge: &str| {
        let grace = Sent {
            id: "S12300003001",
            last: "GAP",
            first: "GRACE",
            birth: "19790929",
            ..Sent::default()
        };
        let text = set(&[grace]);
        let (body, _) = text.split_once("SE*").unwrap();
        let body = body
            .replace("CLM*ACC1*150*", &format!("CLM*ACC1*{charge}*"))
            .replace("DTP*472*D8*20260101", first);
        let rest = charge.parse::<u32>().unwrap() - 150;
        let body = format!("{body}LX*2~SV1*HC:99212*{rest}*UN*1***1~{second}~");
        format!("{body}SE*{}*0001~", body.matches('~').count() + 1)
    };
    let (before, after) = ("DTP*472*D8*20251007", "DTP*472*D8*20251206");
    assert_eq!(status(&payer.take(&visits(before, after, "160")).await), "accepted");
    let gap = "DTP*472*D8*20251101";
    assert_eq!(status(&payer.take(&visits(before, gap, "161")).await), "A3:88:QC");
    let over = "DTP*472*RD8*20251007-20251206";
    assert_eq!(status(&payer.take(&visits(over, after, "162")).await), "A3:88:QC");
}

#[tokio::test]
async fn a_predetermination_is_stored_as_one_and_is_no_claim_for_payment() {
    let mut payer = Payer::new().await;
    let judged = payer.take_as(&predetermination(), DENTAL).await;
    let ClaimDecision::Accepted { number } = &judged[0].decision else {
        panic!("{:?}", judged[0].decision)
    };
    let kept = payer.version(number).await;
    assert!(crate::txn::claim::Claim::read(&kept.text).unwrap().is_predetermination());
    // Asked again on another day it is a duplicate; the claim for the same service is none.
    payer.now = datetime!(2026-01-06 09:30);
    assert_eq!(status(&payer.take_as(&predetermination(), DENTAL).await), "A3:54");
    payer.now = NOW;
    let claim = fixture(include_str!("../../../../fixtures/valid/837d_fillings.edi"));
    assert_eq!(status(&payer.take_as(&claim, DENTAL).await), "accepted");
    // Neither replaces the other; a predetermination replaces one.
    let replacing = |text: &str| {
        let text = text.replace("11:B:1*", "11:B:7*");
        let (head, tail) = text.split_once("NM1*82*").unwrap();
        let text = format!("{head}REF*F8*{number}~NM1*82*{tail}");
        let (body, _) = text.split_once("SE*").unwrap();
        format!("{body}SE*{}*0001~", body.matches('~').count() + 1)
    };
    assert_eq!(status(&payer.take_as(&replacing(&claim), DENTAL).await), "A7:464");
    let again = replacing(&predetermination());
    assert_eq!(status(&payer.take_as(&again, DENTAL).await), "accepted");
}

#[tokio::test]
async fn predeterminations_are_refused_where_none_are_taken() {
    let mut payer =
        Payer::with_rules(|rules| rules.predeterminations = Predeterminations::Reject).await;
    assert_eq!(status(&payer.take_as(&predetermination(), DENTAL).await), "A7:541");
}

/// The guide requires REF*F8 of a 7 and an 8. Where that rule is demoted, the ledger still takes neither for an original.
#[tokio::test]
async fn a_correction_without_the_number_of_a_claim_is_never_an_original() {
    let mut payer = Payer::new().await;
    payer.is_demoted = true;
    for frequency in ["7", "8"] {
        let claim = Sent { frequency, ..Sent::default() };
        assert_eq!(payer.refused(&claim).await, "A6:464", "{frequency}");
    }
    let key = ClaimKey::Account { npi: "1234567893".into(), account: "ACC1".into() };
    let entered = payer.stores.claims.find(&[key], ClaimScope::default()).await.unwrap();
    assert!(entered[0].is_empty());
}
