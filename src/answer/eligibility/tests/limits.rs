//! Deductibles, out-of-pocket maxima and quantity limits: what they are, what remains, in exact decimals.

use super::sample::{coverage, dollars};
use super::*;
use crate::store::{AccumulatorKind, Level, Network, PlanLimit};
use time::macros::date;

#[test]
fn a_02_a_03_deductible_and_what_remains_of_it() {
    let said = Ask::jane().answer();
    said.must(&[
        "EB*C*IND*30***23*3500*****Y",
        "EB*C*IND*30***29*277.02*****Y",
        "EB*C*FAM*30***23*7000*****Y",
        "EB*C*FAM*30***29*3344.46*****Y",
    ]);
}

#[test]
fn a_05_remaining_amounts_say_up_to_when_claims_are_counted() {
    let said = Ask::jane().answer();
    assert_eq!(
        said.from("EB*C*IND*30***29", 3)[1..],
        ["DTP*292*RD8*20260101-20261231", "DTP*636*D8*20260104"]
    );
}

#[test]
fn a_06_the_out_of_pocket_maximum_is_never_less_than_nothing() {
    Ask::jane().answer().must(&["EB*G*IND*30***23*3400*****Y", "EB*G*IND*30***29*0*****Y"]);
}

#[test]
fn a_09_out_of_network_twins() {
    Ask::jane().answer().must(&["EB*C*IND*30***23*5000*****N", "EB*C*IND*30***29*5000*****N"]);
}

#[test]
fn a_01_no_deductible_is_said_as_zero() {
    let said = Ask::jane()
        .with(|a| a.sample.hmo.limits.iter_mut().for_each(|limit| limit.amount = dollars("0")))
        .answer();
    said.must(&["EB*C*IND*30***23*0*****Y", "EB*C*FAM*30***23*0*****Y"]);
    said.must_not("EB*C*IND*30***29");
}

#[test]
fn a_07_a_dual_eligible_member_pays_nothing() {
    let said = Ask::jane()
        .with(|a| a.sample.jane().coverage = vec![coverage("sco", date!(2025 - 01 - 01), None)])
        .types(&["98", "50", "30"])
        .answer();
    said.must(&[
        "EB*1**30*HN*SAMPLE SENIOR CARE OPTIONS",
        "EB*B**98^UC***27*0*****Y",
        "EB*A**50*****0****Y",
        "EB*C*IND*30***23*0*****Y",
        // The maximum is the plan's, whether or not anything is paid.
        "EB*G*IND*30***23*3400*****Y",
    ]);
    said.must_not("EB*C*IND*30***29");
}

#[test]
fn a_08_an_earlier_benefit_year_has_its_own_accumulators() {
    let said = Ask::jane().on("20250615").answer();
    said.must(&[
        "DTP*291*RD8*20250301-20251231",
        "EB*C*IND*30***29*0*****Y",
        // Nobody loaded the family's: it is what its members used.
        "EB*C*FAM*30***29*3500*****Y",
        "DTP*292*RD8*20250101-20251231",
    ]);
    // Of the maximum nothing is on file for that year.
    said.must(&["EB*G*IND*30***23*3400*****Y"]);
    said.must_not("EB*G*IND*30***29");
}

#[test]
fn what_nobody_loaded_is_not_zero_and_the_family_used_what_its_members_did() {
    let family = |used: Option<&'static str>, others: &'static [&'static str]| {
        let ask = Ask::jane().with(|a| {
            let file = a.sample.jane();
            let row = file.accumulators[1].clone();
            file.accumulators.retain(|a| a.level == Level::Individual);
            file.accumulators.extend(
                used.map(|used| crate::store::Accumulator { used: dollars(used), ..row.clone() }),
            );
            let other = |used: &&str| crate::store::Accumulator {
                level: Level::Individual,
                used: dollars(used),
                ..row.clone()
            };
            file.relatives = others.iter().map(other).collect();
        });
        let said = ask.answer();
        said.all("EB*C*FAM*30***29").join(" ")
    };
    // 7,000 less 3,222.98 of Jane's and what the others used.
    assert_eq!(family(None, &[]), "EB*C*FAM*30***29*3777.02*****Y");
    assert_eq!(family(None, &["100", "77.02"]), "EB*C*FAM*30***29*3600*****Y");
    // A row of the family's own that is behind its members does not hide what they used.
    assert_eq!(family(Some("0"), &["777.02"]), "EB*C*FAM*30***29*3000*****Y");
    assert_eq!(family(Some("5000"), &["777.02"]), "EB*C*FAM*30***29*2000*****Y");
    // Only use of something else is on file: what remains is not known.
    let said = Ask::jane()
        .with(|a| a.sample.jane().accumulators.retain(|a| a.kind == AccumulatorKind::OutOfPocket))
        .answer();
    said.must_not("EB*C*FAM*30***29");
    said.must_not("EB*C*IND*30***29");
    // No use of anything is on file: nothing was used, unless the payer says that it cannot be known.
    let nothing = || Ask::jane().with(|a| a.sample.jane().accumulators.clear());
    nothing().answer().must(&["EB*C*IND*30***29*3500*****Y", "EB*C*FAM*30***29*7000*****Y"]);
    let unknown = nothing().with(|a| {
        a.policy.absent_accumulator = crate::config::eligibility::AbsentAccumulator::Unknown;
    });
    unknown.answer().must_not("EB*C*IND*30***29");
}

#[test]
fn nothing_remains_for_anybody_once_the_familys_limit_is_met() {
    let met = |aggregate| {
        Ask::jane()
            .with(|a| {
                a.sample.jane().accumulators[1].used = dollars("7000");
                if aggregate {
                    a.sample.hmo.family_limits = crate::store::FamilyLimits::Aggregate;
                }
            })
            .answer()
    };
    let embedded = met(false);
    embedded.must(&[
        "EB*C*IND*30***23*3500*****Y",
        "EB*C*IND*30***29*0*****Y",
        "EB*C*FAM*30***29*0*****Y",
    ]);
    // Where only the family's counts, there is none of the individual.
    let aggregate = met(true);
    aggregate.must(&["EB*C*FAM*30***23*7000*****Y", "EB*C*FAM*30***29*0*****Y"]);
    aggregate.must_not("EB*C*IND*30***23*3500");
    aggregate.must_not("EB*C*IND*30***29*2");
    // One of which the plan has no family's stays.
    aggregate.must(&["EB*G*IND*30***23*3400*****Y"]);
}

#[test]
fn a_deductible_of_one_service_has_what_remains_of_it() {
    let said = |used: Option<&'static str>| {
        Ask::jane()
            .with(|a| {
                a.sample.hmo.benefits.push(crate::store::Benefit {
                    deductible: Some(dollars("200")),
                    ..super::sample::benefit(&["88", "92"])
                });
                let row = a.sample.jane().accumulators[0].clone();
                a.sample.jane().accumulators.extend(used.map(|used| crate::store::Accumulator {
                    kind: AccumulatorKind::ServiceDeductible("92".into()),
                    used: dollars(used),
                    ..row
                }));
            })
            .types(&["88"])
            .answer()
    };
    said(Some("150.50")).must(&["EB*C*IND*88***23*200*****Y", "EB*C*IND*88***29*49.5*****Y"]);
    said(None).must(&["EB*C*IND*88***29*200*****Y"]);
    // It is not counted for the plan's own deductible.
    said(Some("150.50")).must(&["EB*C*IND*30***29*277.02*****Y"]);
}

#[test]
fn a_plan_without_cost_share_says_so_of_every_service_and_limit() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.hmo.no_cost_share = true;
            a.sample.hmo.limits.clear();
            a.sample.hmo.limit_note = "The member pays nothing.".into();
            a.sample.hmo.benefits.push(super::sample::benefit(&["A9"]));
        })
        .types(&["A9"])
        .answer();
    said.must(&["EB*B**A9****0*****Y", "EB*C*IND*30***23*0", "EB*G*IND*30***23*0"]);
    assert_eq!(said.from("EB*G", 2)[1], "MSG*THE MEMBER PAYS NOTHING.");
}

#[test]
fn a_08_a_plan_year_that_is_not_the_calendar_year() {
    let said = Ask::jane().with(|a| a.sample.hmo.year_begin = (7, 1)).answer();
    said.must(&[
        "DTP*291*RD8*20250701-20260630",
        "DTP*292*RD8*20250701-20260630",
        "EB*C*IND*30***22*3500*****Y",
    ]);
    // What was used in the calendar year is not of this year.
    said.must(&["EB*C*IND*30***29*3500*****Y"]);
}

#[test]
fn b_09_visits_allowed_and_left() {
    let said = Ask::jane().types(&["AE"]).answer();
    said.must(&[
        "EB*1**AE",
        "EB*B**AE****30*****Y",
        "EB*F**AE***23***VS*30**Y",
        "EB*F**AE***29***VS*12**Y",
    ]);
    // The limit is shared with the other service type of its row.
    Ask::jane().types(&["AD"]).answer().must(&["EB*F**AD***29***VS*12**Y"]);
}

#[test]
fn a_lifetime_limit_counts_every_year() {
    let said = Ask::jane()
        .with(|a| {
            let row = a.sample.hmo.benefits.iter_mut().find(|b| b.limit.is_some()).unwrap();
            row.limit.as_mut().unwrap().per = "32".into();
            let mut earlier = a.sample.jane().accumulators.last().unwrap().clone();
            earlier.year_begin = date!(2020 - 01 - 01);
            a.sample.jane().accumulators.push(earlier);
        })
        .types(&["AE"])
        .answer();
    said.must(&["EB*F**AE***32***VS*30**Y", "EB*F**AE***33***VS*0**Y"]);
}

#[test]
fn a_limit_both_networks_share_counts_both() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.hmo.limits = vec![PlanLimit {
                kind: AccumulatorKind::Deductible,
                level: Level::Individual,
                network: Network::Both,
                amount: dollars("4000"),
            }];
            let mut out = a.sample.jane().accumulators[0].clone();
            out.network = Network::Out;
            out.used = dollars("0.02");
            a.sample.jane().accumulators.push(out);
        })
        .answer();
    said.must(&["EB*C*IND*30***23*4000*****W", "EB*C*IND*30***29*777*****W"]);
}
