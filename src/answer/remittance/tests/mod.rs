//! Advice of a core system, loaded into the ledger of the demonstration payer, or refused whole.

mod accumulators;
mod refusals;
mod sample;

use rust_decimal::Decimal;
use time::macros::date;

use crate::store::{PaymentKind, RefundMethod};
use sample::{Ledger, SERVED, advice, denied, paid, reversed};

#[test]
fn a_payment_is_stored_with_its_lines_and_the_claim_says_so() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    assert_eq!(ledger.standing("C1"), ["C1 F1:65 50"]);
    let history = ledger.history("C1");
    let outcome = &history.versions[0].outcome;
    assert_eq!((&*outcome.trace, outcome.remitted), ("CHK1", Some(date!(2026 - 01 - 05))));
    assert_eq!(outcome.finalized, Some(date!(2026 - 01 - 04)));
    let payment = &history.payments[0];
    assert_eq!((payment.kind, &*payment.status), (PaymentKind::Decision, "1"));
    assert_eq!(payment.patient, Decimal::from(30));
    // Line 1 by its control number, line 2, which was sent without one, by what was billed.
    let numbers: Vec<_> = payment.lines.iter().map(|line| line.line).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
    assert_eq!((&*payment.lines[0].control, &*payment.lines[1].control), ("L1", ""));
    // DTM 232 alone is one day, for all lines.
    assert!(payment.lines.iter().all(|line| line.dates == Some((SERVED, SERVED))));
    let remittance = ledger.remittance("CHK1").unwrap();
    assert_eq!((remittance.amount, &*remittance.payee_npi), (Decimal::from(50), "1234567893"));
}

#[test]
fn nothing_paid_is_a_denial_by_its_adjustments_whatever_clp02_says() {
    for (status, cas, expected) in [
        ("1", "CO*29*100", "C1 F2:718 0"),
        ("4", "CO*29*100", "C1 F2:718 0"),
        ("2", "OA*23*100", "C1 F1:104 0"),
        ("1", "CO*45*100", "C1 F2:0 0"),
    ] {
        let ledger = Ledger::demo();
        ledger.claim("C1", "PT1");
        ledger.load(&advice("CHK1", "0", &[&denied("PT1", "C1", status, cas)], ""));
        assert_eq!(ledger.standing("C1"), [expected], "{status} {cas}");
        // A denied claim was on an advice too.
        assert_eq!(&*ledger.history("C1").versions[0].outcome.trace, "CHK1");
    }
}

#[test]
fn a_claim_is_found_by_the_payers_number_first_and_then_by_the_providers() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.claim("C2", "PT1");
    ledger.claim("C3", "PT3");
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    assert_eq!(ledger.standing("C2"), ["C2 P1:20 0"]);
    // The core system has numbers of its own.
    ledger.load(&advice("CHK2", "50", &[&paid("PT3", "CORE77")], ""));
    assert_eq!(ledger.standing("C3"), ["C3 F1:65 50"]);
    ledger.load(&advice("CHK3", "0", &[&reversed("PT3", "CORE77"), &paid("PT3", "CORE78")], ""));
    assert_eq!(ledger.standing("C3"), ["C3 F1:65 50"]);
    assert_eq!(ledger.history("C3").payments.len(), 3);
}

#[test]
fn a_reversal_and_a_correction_settle_a_replacement_and_what_is_returned() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    ledger.version("C2", "C1", "7", 100);
    let correction = denied("PT1", "C2", "1", "CO*97*100");
    // The decision may stand before the reversal: what is taken back is taken back first.
    let other = paid("PT9", "C9");
    ledger.claim("C9", "PT9");
    ledger.load(&advice("CHK2", "0", &[&correction, &reversed("PT1", "C1"), &other], ""));
    assert_eq!(ledger.standing("C1"), ["C1 F3:101 0", "C2 F2:107 0"]);
    let history = ledger.history("C1");
    let refund = &history.refunds[0];
    assert_eq!((&*refund.claim, refund.by.as_deref()), ("C1", Some("C2")));
    assert_eq!((refund.amount, refund.method), (Some(Decimal::from(50)), RefundMethod::Recoupment));
    // Lines that are taken back are those of the decision.
    let back = history.payments.iter().find(|p| p.kind == PaymentKind::Reversal).unwrap();
    let numbers: Vec<_> = back.lines.iter().map(|line| line.line).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
}

#[test]
fn a_denial_is_reversed_too_and_two_advices_may_do_it() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.load(&advice("CHK1", "0", &[&denied("PT1", "C1", "1", "CO*29*100")], ""));
    let back = denied("PT1", "C1", "22", "CO*29*-100").replace("*100*0*", "*-100*0*");
    ledger.load(&advice("CHK2", "0", &[&back], ""));
    assert_eq!(ledger.standing("C1"), ["C1 P1:20 0"]);
    ledger.load(&advice("CHK3", "50", &[&paid("PT1", "C1")], ""));
    assert_eq!(ledger.standing("C1"), ["C1 F1:65 50"]);
}

#[test]
fn a_void_is_a_reversal_alone() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.claim("C5", "PT5");
    ledger.load(&advice("CHK1", "100", &[&paid("PT1", "C1"), &paid("PT5", "C5")], ""));
    ledger.version("C2", "C1", "8", 100);
    let owed = "PLB*1234567893*20261231*FB:CHK2*-50~";
    ledger.load(&advice("CHK2", "0", &[&reversed("PT1", "C1")], owed));
    assert_eq!(ledger.standing("C1"), ["C1 F4:686 0", "C2 F4:686 0"]);
    assert_eq!(ledger.history("C1").refunds[0].amount, Some(Decimal::from(50)));
}

#[test]
fn units_of_a_reversal_come_with_either_sign() {
    for units in ["**-1~", "**1~", "~"] {
        let ledger = Ledger::demo();
        ledger.claim("C1", "PT1");
        ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
        let back = reversed("PT1", "C1").replacen("**-1~", units, 1);
        let again = paid("PT1", "C1").replacen("**1~", "~", 1);
        ledger.load(&advice("CHK2", "0", &[&back, &again], ""));
        let payments = ledger.history("C1").payments;
        assert_eq!(payments[1].lines[0].units, Some(-Decimal::ONE), "{units}");
        // Absent units are one, whatever was billed.
        assert_eq!(payments[2].lines[0].units, Some(Decimal::ONE), "{units}");
    }
}

#[test]
fn lines_may_be_split_and_joined() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    let claim = "CLP*PT1*1*100*60*0*HM*C1*11*1~NM1*QC*1*DOE*JOHN~DTM*232*20260102~\
         SVC*HC:99213*50*40**1~CAS*CO*45*10~REF*6R*L1~\
         SVC*HC:99213*30*20**1~CAS*CO*45*10~REF*6R*L1~\
         SVC*HC:80048*20*0**0*HC:80053*2~CAS*CO*97*20*2~\
         SVC*HC:82565*0*0**1~";
    ledger.load(&advice("CHK1", "60", &[claim], ""));
    let payment = &ledger.history("C1").payments[0];
    let numbers: Vec<_> = payment.lines.iter().map(|line| line.line).collect();
    assert_eq!(numbers, [Some(1), Some(1), Some(2), None]);
    assert_eq!(&*payment.lines[2].procedure, "HC:80048");
}

#[test]
fn forwarded_and_predetermined_claims_stand_as_such() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.claim("C2", "PT2");
    let next = "NM1*TT*2*OTHER PLAN*****PI*88888~DTM*232";
    let forwarded = paid("PT1", "C1").replace("*1*100*", "*19*100*").replace("DTM*232", next);
    let priced = denied("PT2", "C2", "25", "OA*101*100");
    ledger.load(&advice("CHK1", "50", &[&forwarded, &priced], ""));
    assert_eq!(ledger.standing("C1"), ["C1 F3F:16 50"]);
    assert_eq!(ledger.standing("C2"), ["C2 F4:0 0"]);
    // A price in advance is no decision that stands in the way of one.
    ledger.load(&advice("CHK2", "50", &[&paid("PT2", "C2")], ""));
    assert_eq!(ledger.standing("C2"), ["C2 F1:65 50"]);
}

#[test]
fn provider_adjustments_are_kept_with_their_references() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    let with_interest = paid("PT1", "C1").replacen("SVC*", "AMT*I*2.5~SVC*", 1);
    let plb = "PLB*1234567893*20261231*WO:C0*10*FB:CHK0*5*72:REFUND1*-7*WO:REFUND1*7*L6:C1*-2.5~";
    ledger.load(&advice("CHK1", "37.5", &[&with_interest], plb));
    let remittance = ledger.remittance("CHK1").unwrap();
    let said: Vec<String> = remittance
        .adjustments
        .iter()
        .map(|a| format!("{} {} {}", a.reason, a.reference, a.amount.normalize()))
        .collect();
    assert_eq!(said, ["WO C0 10", "FB CHK0 5", "72 REFUND1 -7", "WO REFUND1 7", "L6 C1 -2.5"]);
    assert_eq!(ledger.history("C1").payments[0].interest, Decimal::new(25, 1));
}
