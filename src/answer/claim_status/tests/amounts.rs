//! How a claim stands: statuses, amounts and dates.

use rust_decimal::Decimal;
use time::macros::date;

use super::sample::{paid, state};
use super::*;

/// STC of the claim C2 after a change.
fn said(change: impl FnOnce(&mut crate::store::ClaimVersion)) -> String {
    let said = Ask::number("C2").with(|ask| change(ask.sample.claim("C2"))).answer();
    let [stc] = said.all("STC*")[..] else { panic!("one STC") };
    stc[4..].to_owned()
}

#[test]
fn c_09_c_10_every_state_is_a_status() {
    // Category and status in the ledger, what is said of it, and whether there are dates of a decision.
    for (category, code, told, decided) in [
        ("P0", "0", "P0:0", false),
        ("P1", "20", "P1:20", false),
        ("P1", "38", "P1:38", false),
        ("P2", "46", "P2:46", false),
        ("P3", "123", "P3:123:85", false),
        ("P5", "41", "P5:41", false),
        ("F1", "65", "F1:65", true),
        ("F1", "68", "F1:65", true),
        ("F1", "98", "F1:98", true),
        ("F2", "0", "F2:0", true),
        ("F2", "8", "F2:104", true),
        ("F2", "54", "F2:54", true),
        ("F2", "88", "F2:88:QC", true),
        ("F2", "96", "F2:96:85", true),
        ("F2", "107", "F2:107", true),
        ("F2", "718", "F2:718", true),
        ("F3", "101", "F3:101", true),
        ("F3F", "16", "F3F:16:PR", true),
        ("F4", "104", "F4:104", true),
        ("F4", "686", "F4:686", true),
    ] {
        let stc = said(|claim| {
            *claim = paid(claim.clone(), 0);
            claim.state = state(category, code);
        });
        let dates = if decided { "*20251218**20251222*EFT000123" } else { "" };
        assert_eq!(stc, format!("{told}*20251220**250*0{dates}"), "{category}:{code}");
    }
}

#[test]
fn the_retired_status_8_is_of_plan_or_contract() {
    for (reason, told) in
        [("DCONT", "F2:107"), ("dcont", "F2:107"), ("DPLAN", "F2:104"), ("", "F2:104")]
    {
        let stc = said(|claim| {
            *claim = paid(claim.clone(), 0);
            claim.state = state("F2", "8");
            claim.outcome.reason = reason.into();
        });
        assert!(stc.starts_with(&format!("{told}*")), "{reason}: {stc}");
    }
}

#[test]
fn an_entity_of_the_ledger_is_kept() {
    let stc = said(|claim| {
        claim.state = state("P3", "123");
        claim.state.entity = "QC".into();
    });
    assert!(stc.starts_with("P3:123:QC*"), "{stc}");
}

#[test]
fn what_is_decided_and_not_remitted_waits_for_the_payment_cycle() {
    for (category, code) in [("F1", "65"), ("F2", "107"), ("F3", "101")] {
        let stc = said(|claim| {
            *claim = paid(claim.clone(), 180);
            claim.state = state(category, code);
            claim.outcome.remitted = None;
            claim.outcome.trace = Box::default();
        });
        assert_eq!(stc, "F0:3*20251220**250*180", "{category}");
    }
}

#[test]
fn no_amount_is_negative() {
    let stc = said(|claim| {
        *claim = paid(claim.clone(), -180);
        claim.charge = Decimal::from(-250);
    });
    assert_eq!(stc, "F1:65*20251220**0*0*20251218**20251222*EFT000123");
}

#[test]
fn a_claim_that_is_pending_again_has_no_dates_of_a_decision() {
    let stc = said(|claim| {
        *claim = paid(claim.clone(), 180);
        claim.state = state("P2", "46");
    });
    assert_eq!(stc, "P2:46*20251220**250*180");
}

#[test]
fn a_replacement_that_was_decided_says_so() {
    let decided = |ask: &mut Ask| {
        ask.sample.replace("C1", "C1R", "7");
        ask.sample.claim("C1R").outcome.paid = Decimal::from(90);
    };
    let said = Ask::number("C1").with(decided).answer();
    assert_eq!(
        said.all("STC*"),
        ["STC*F3:101*20251220**250*90*20251218**20251222*EFT000123*F1:65"]
    );
    assert_eq!(said.all("REF*1K"), ["REF*1K*C1R"]);
}

#[test]
fn a_void_says_that_the_claim_is_void_and_nothing_is_paid() {
    let voided = |ask: &mut Ask| {
        ask.sample.replace("C1", "C1V", "8");
        let void = ask.sample.claim("C1V");
        (void.state, void.outcome) = (state("F4", "686"), Default::default());
    };
    let said = Ask::number("C1").with(voided).answer();
    assert_eq!(said.all("STC*"), ["STC*F4:686*20251220**250*0"]);
    assert_eq!(said.all("REF*1K"), ["REF*1K*C1V"]);
    let waiting = |ask: &mut Ask| ask.sample.claim("C1V").state = state("P1", "20");
    let said = Ask::number("C1").with(voided).with(waiting).answer();
    assert_eq!(said.all("STC*"), ["STC*P1:20*20251220**250*0"]);
}

#[test]
fn the_status_has_the_day_it_took_effect() {
    let stc = said(|claim| claim.state.effective = date!(2026 - 01 - 02));
    assert_eq!(stc, "P1:20*20260102**250*0");
}
