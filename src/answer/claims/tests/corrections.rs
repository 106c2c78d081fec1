//! Replacements and voids: of which claims they are taken, what they change, and when they are refused.

use super::*;
use crate::answer::claims::version;
use crate::config::{CorrectionDay, EqualReplacement};

#[tokio::test]
async fn a_replacement_takes_the_place_of_a_claim_in_process() {
    let mut payer = Payer::new().await;
    let first = payer.accepted(&Sent::default()).await;
    let second = payer.accepted(&Sent::replaces(&first)).await;
    let (before, after) = (payer.version(&first).await, payer.version(&second).await);
    assert_eq!(before.successor.as_deref(), Some(&*second));
    assert_eq!((&*before.state.category, &*before.state.code), ("F3", "101"));
    assert_eq!((&*after.original, after.version), (&*first, 2));
    assert_eq!(after.replaces.as_deref(), Some(&*first));
    assert_eq!(&*after.state.category, "P1");
    // What was replaced is corrected no more, its latest version is.
    assert_eq!(payer.refused(&Sent::replaces(&first)).await, "A7:495");
    let third = payer.accepted(&Sent { charge: "110", ..Sent::replaces(&second) }).await;
    assert_eq!(payer.version(&third).await.version, 3);
    let void = payer.accepted(&Sent { charge: "110", ..Sent::voids(&third) }).await;
    let state = payer.version(&void).await.state;
    assert_eq!((&*state.category, &*state.code), ("F4", "686"));
    let state = payer.version(&third).await.state;
    assert_eq!((&*state.category, &*state.code), ("F4", "686"));
    for number in [&third, &void] {
        assert_eq!(payer.refused(&Sent::replaces(number)).await, "A7:464", "{number}");
    }
    // What was voided is sent anew.
    payer.accepted(&Sent { charge: "110", ..Sent::default() }).await;
}

#[tokio::test]
async fn a_decided_claim_keeps_its_state_until_the_reversal_and_its_money_comes_back() {
    let mut payer = Payer::new().await;
    for (voids, amount) in [(true, Some(Decimal::from(100))), (false, None)] {
        let charge = if voids { "150" } else { "151" };
        let first = payer.accepted(&Sent { charge, ..Sent::default() }).await;
        payer.set_state(&first, "F1", "65").await;
        let mut original = payer.version(&first).await;
        original.outcome.paid = Decimal::from(100);
        let by = match voids {
            true => Sent { charge, ..Sent::voids(&first) },
            false => Sent::replaces(&first),
        };
        let second = payer.accepted(&by).await;
        let by = payer.version(&second).await;
        assert_eq!(&*by.state.category, "P1");
        assert_eq!(&*payer.version(&first).await.state.category, "F1");
        assert_eq!(version::state_of_replaced(&original, &by), None);
        let refund = version::refund(&original, &by).unwrap();
        assert_eq!((refund.amount, refund.by.as_deref()), (amount, Some(&*second)));
        original.outcome.paid = Decimal::ZERO;
        assert!(version::refund(&original, &by).is_none());
    }
}

#[tokio::test]
async fn another_patient_or_provider_may_not_correct_a_claim_but_a_corrected_name_may() {
    let mut payer = Payer::with_rules(|rules| rules.member_differs = RuleTreatment::Accept).await;
    let first = payer.accepted(&Sent::default()).await;
    let wendy = Sent {
        id: "S12300001501",
        last: "WIDER",
        first: "WENDY",
        birth: "19690131",
        ..Sent::replaces(&first)
    };
    assert_eq!(payer.refused(&wendy).await, "A7:464");
    let other = Sent { clinic: "1245319599", ..Sent::replaces(&first) };
    assert_eq!(payer.refused(&other).await, "A7:464");
    payer.accepted(&Sent { id: "123000001", ..Sent::replaces(&first) }).await;
}

#[tokio::test]
async fn a_void_is_charged_as_what_it_voids_and_needs_no_coverage() {
    let mut payer = Payer::new().await;
    let peter = Sent {
        id: "S12300000301",
        last: "PAST",
        first: "PETER",
        birth: "19650312",
        day: "20251110",
        ..Sent::default()
    };
    let first = payer.accepted(&peter).await;
    let void = Sent { frequency: "8", original: first.to_string(), ..peter.clone() };
    assert_eq!(payer.refused(&Sent { charge: "149", ..void.clone() }).await, "A7:178");
    payer.accepted(&Sent { day: "20251230", ..void }).await;
}

#[tokio::test]
async fn what_may_be_corrected_is_one_function_and_the_277ca_agrees() {
    type Change = fn(&mut ClaimRules);
    let nothing: Change = |_| {};
    let cases: [(&str, &str, Change, Option<Refusal>); 6] = [
        ("P1", "20", nothing, None),
        ("P1", "20", |rules| rules.correct_pending = false, Some(Refusal::Pending)),
        ("F2", "88", nothing, None),
        ("F2", "88", |rules| rules.correct_denied = false, Some(Refusal::Denied)),
        ("F1", "65", nothing, None),
        (
            "F1",
            "65",
            |rules| {
                rules.correction_from = CorrectionDay::LastService;
                rules.correction_days = 3;
            },
            Some(Refusal::CorrectionLate),
        ),
    ];
    for (category, code, change, why) in cases {
        let mut payer = Payer::with_rules(change).await;
        let first = payer.accepted(&Sent::default()).await;
        payer.set_state(&first, category, code).await;
        let rules = payer.config.claims.rules.clone();
        let version = payer.version(&first).await;
        assert_eq!(adjustable(&version, None, TODAY, &rules).err(), why, "{category}:{code}");
        match why {
            None => drop(payer.accepted(&Sent::replaces(&first)).await),
            Some(why) => {
                let status = payer.refused(&Sent::replaces(&first)).await;
                assert_eq!(status, shown(&why.status(&rules)), "{category}:{code}");
            }
        }
    }
}

#[tokio::test]
async fn the_limit_of_corrections_counts_from_the_day_of_the_settings() {
    let mut payer = Payer::new().await;
    let number = payer.accepted(&Sent::default()).await;
    let version = payer.version(&number).await;
    let remitted = |day| {
        let mut version = version.clone();
        version.state.category = "F1".into();
        version.outcome.remitted = Some(day);
        version.to = date!(2025 - 06 - 01);
        version
    };
    let (first, last) = (remitted(date!(2025 - 06 - 15)), remitted(date!(2025 - 12 - 15)));
    let rules =
        |from| ClaimRules { correction_days: 90, correction_from: from, ..ClaimRules::default() };
    let of = |from| adjustable(&last, Some(&first), TODAY, &rules(from));
    assert_eq!(of(CorrectionDay::FirstRemittance), Err(Refusal::CorrectionLate));
    assert_eq!(of(CorrectionDay::LastRemittance), Ok(()));
    assert_eq!(of(CorrectionDay::LastService), Err(Refusal::CorrectionLate));
    let unlimited = ClaimRules { correction_days: 0, ..ClaimRules::default() };
    assert_eq!(adjustable(&first, None, TODAY, &unlimited), Ok(()));
}

#[tokio::test]
async fn a_replacement_that_changes_nothing_is_warned_of_or_refused() {
    let same = |number: &str| Sent { charge: "150", ..Sent::replaces(number) };
    let mut payer = Payer::new().await;
    let first = payer.accepted(&Sent::default()).await;
    payer.accepted(&same(&first)).await;
    let mut payer =
        Payer::with_rules(|rules| rules.equal_replacement = EqualReplacement::Reject).await;
    let first = payer.accepted(&Sent::default()).await;
    assert_eq!(payer.refused(&same(&first)).await, "A3:54");
    payer.accepted(&Sent::replaces(&first)).await;
}
