//! What is refused, and that nothing of it is kept.

use super::sample::{Ledger, advice, denied, paid, reversed};

#[test]
fn whatever_does_not_fit_refuses_the_whole_advice() {
    let unknown = paid("PT8", "C8");
    let good = paid("PT2", "C2");
    for (name, set, expected) in [
        ("payment", advice("CHK2", "51", &[&good], ""), "Payment is not claims less PLB"),
        (
            "claim",
            advice("CHK2", "50", &[&good.replace("*100*50*", "*101*50*")], ""),
            "Charge less payment is not the sum of CAS",
        ),
        (
            "line",
            advice("CHK2", "50", &[&good.replace("*80*45**", "*81*45**")], ""),
            "Line charge less payment is not its CAS",
        ),
        (
            "interest",
            advice("CHK2", "50", &[&good.replacen("SVC*", "AMT*I*2~SVC*", 1)], ""),
            "PLB L6 is not the interest of the claims",
        ),
        (
            "zero",
            advice("CHK2", "50", &[&good], "PLB*1234567893*20261231*WO:C2*0~"),
            "Provider adjustment is zero",
        ),
        ("known", advice("CHK1", "50", &[&good], ""), "Check or trace number is known"),
        ("unknown", advice("CHK2", "100", &[&good, &unknown], ""), "Claim is not on file"),
        (
            "account",
            advice("CHK2", "50", &[&paid("PT7", "C2")], ""),
            "Claim number on file has another patient control number",
        ),
        (
            "undecided",
            advice("CHK2", "0", &[&reversed("PT2", "C2"), &paid("PT3", "C3")], ""),
            "Reversal of a claim without a decision",
        ),
        (
            "twice",
            advice("CHK2", "100", &[&good, &paid("PT1", "C1")], ""),
            "Claim has a decision that was not reversed",
        ),
        (
            "twice at once",
            advice("CHK2", "100", &[&good, &good], ""),
            "Claim has a decision that was not reversed",
        ),
        (
            "charge",
            advice(
                "CHK2",
                "0",
                &[&denied("PT2", "C2", "1", "CO*29*90").replace("*100*", "*90*")],
                "",
            ),
            "Charge is not the charge on file",
        ),
        (
            "paid",
            advice(
                "CHK2",
                "0",
                &[&denied("PT1", "C1", "22", "CO*29*-100").replace("*100*0*", "*-100*0*")],
                "",
            ),
            "Reversal is not of the amount that was paid",
        ),
    ] {
        let ledger = Ledger::demo();
        for (number, account) in [("C1", "PT1"), ("C2", "PT2"), ("C3", "PT3")] {
            ledger.claim(number, account);
        }
        ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
        let words = ledger.refusal(&set);
        assert!(words.contains(&expected.to_owned()), "{name}: {words:?}");
        assert_eq!(ledger.standing("C1"), ["C1 F1:65 50"], "{name}");
        assert_eq!(ledger.standing("C2"), ["C2 P1:20 0"], "{name}");
        assert_eq!(ledger.remittance("CHK2"), None, "{name}");
    }
}

#[test]
fn a_correction_is_no_second_reversal() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    let back = reversed("PT1", "C1");
    let plb = "PLB*1234567893*20261231*FB:CHK2*-100~";
    let words = ledger.refusal(&advice("CHK2", "0", &[&back, &back], plb));
    assert!(words.contains(&"Reversal of a claim without a decision".to_owned()), "{words:?}");
}

#[test]
fn advices_of_one_interchange_see_each_other() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    let owed = "PLB*1234567893*20261231*FB:CHK2*-50~";
    let back = "PLB*1234567893*20261231*FB:CHK2*50~";
    let sets = [
        advice("CHK1", "50", &[&paid("PT1", "C1")], ""),
        advice("CHK2", "0", &[&reversed("PT1", "C1")], owed),
        advice("CHK3", "0", &[&paid("PT1", "C1")], back),
        // The same check again, and a claim that was just decided.
        advice("CHK3", "0", &[&paid("PT1", "C1")], back),
        advice("CHK4", "50", &[&paid("PT1", "C1")], ""),
    ];
    let results = ledger.receive(&sets);
    assert!(results[..3].iter().all(Result::is_ok), "{results:?}");
    assert!(results[3..].iter().all(Result::is_err), "{results:?}");
    assert_eq!(ledger.standing("C1"), ["C1 F1:65 50"]);
}
