//! Terms that few benefits have, what identifies a person and a plan, and coverage that has ended.

use super::sample::{benefit, dollars, other};
use super::*;
use crate::config::eligibility::ReturnedReference;
use crate::store::{
    Accumulator, AccumulatorKind, Benefit, PayerOrder, QuantityLimit, Rate, SpecialTerms,
};
use time::macros::date;

/// Asks for the service type of one more benefit.
fn with(row: Benefit) -> Said {
    let asked = row.service_types[0].clone();
    Ask::jane().with(|a| a.sample.hmo.benefits.push(row)).types(&[&asked]).answer()
}

#[test]
fn b_09_visits_are_in_hsd_as_well_the_limit_and_what_remains() {
    let said = Ask::jane().types(&["AE"]).answer();
    assert_eq!(said.from("EB*F**AE***23", 2), ["EB*F**AE***23***VS*30**Y", "HSD*VS*30***23"]);
    assert_eq!(said.from("EB*F**AE***29", 2), ["EB*F**AE***29***VS*12**Y", "HSD*VS*12***29"]);
    // A unit that HSD does not have stays in EB alone.
    let limit = QuantityLimit { unit: "99".into(), quantity: dollars("4"), per: "23".into() };
    let said = with(Benefit { limit: Some(limit), ..benefit(&["A9"]) });
    said.must(&["EB*F**A9***23***99*4**Y"]);
    said.must_not("HSD");
}

#[test]
fn a_limit_of_money_is_an_amount_and_so_is_what_remains_of_it() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.hmo.benefits.push(Benefit {
                limit: Some(QuantityLimit {
                    unit: "".into(),
                    quantity: dollars("1500"),
                    per: "23".into(),
                }),
                ..benefit(&["71"])
            });
            let row = a.sample.jane().accumulators[0].clone();
            a.sample.jane().accumulators.push(Accumulator {
                kind: AccumulatorKind::Limit("71".into()),
                used: dollars("649.50"),
                ..row
            });
        })
        .types(&["71"])
        .answer();
    said.must(&["EB*F**71***23*1500*****Y", "EB*F**71***29*850.5*****Y"]);
}

#[test]
fn b_01_so_many_visits_within_a_shorter_time_are_hsd_alone() {
    let rate = Rate { unit: "VS".into(), quantity: 2, per: "WK".into(), every: 1 };
    let terms = SpecialTerms { at_most: Some(rate), ..SpecialTerms::default() };
    let said = with(Benefit { copay: Some(dollars("10")), terms, ..benefit(&["A9"]) });
    assert_eq!(said.from("EB*F**A9", 2), ["EB*F**A9*********Y", "HSD*VS*2*WK*1"]);
}

#[test]
fn b_08_a_copay_of_drugs_says_for_how_many_days() {
    let terms = SpecialTerms { supply_days: Some(90), ..SpecialTerms::default() };
    let said = with(Benefit { copay: Some(dollars("20")), terms, ..benefit(&["90"]) });
    said.must(&["EB*B**90****20**DY*90**Y"]);
}

#[test]
fn a_referral_and_a_tier_are_said_of_the_services_they_are_about() {
    let terms = SpecialTerms { referral: Some(true), ..SpecialTerms::default() };
    let said = with(Benefit { copay: Some(dollars("20")), terms, ..benefit(&["3"]) });
    assert_eq!(
        said.from("EB*MC", 2),
        ["EB*MC**3*********Y", "MSG*A REFERRAL BY THE PRIMARY CARE PROVIDER IS REQUIRED."]
    );
    let tier = |name: &str, share: &str| Benefit {
        coinsurance: Some(dollars(share)),
        terms: SpecialTerms { tier: Some(name.into()), ..SpecialTerms::default() },
        ..benefit(&["2"])
    };
    let said = Ask::jane()
        .with(|a| a.sample.hmo.benefits.extend([tier("Preferred", "0.1"), tier("Other", "0.3")]))
        .types(&["2"])
        .answer();
    assert_eq!(said.from("EB*A**2*****.1", 2), ["EB*A**2*****.1****Y", "MSG*TIER PREFERRED"]);
    assert_eq!(said.from("EB*A**2*****.3", 2), ["EB*A**2*****.3****Y", "MSG*TIER OTHER"]);
}

#[test]
fn identifiers_are_returned_as_the_partner_may_see_them() {
    let said = |returned: &[ReturnedReference], medicare_id: &str| {
        Ask::jane()
            .with(|a| {
                a.policy.return_references = returned.into();
                let jane = &mut a.sample.jane().member;
                jane.medicare_id = Some(medicare_id.into());
                jane.card = Some("C77".into());
                jane.ssn = Some("900000009".into());
            })
            .answer()
    };
    use ReturnedReference::*;
    let all = [Plan, Group, Network, Medicaid, Medicare, Card, SocialSecurity];
    let full = said(&all, "1EG4TE5MK12");
    full.must(&["REF*18*hmo", "REF*1L*G100", "REF*N6*commercial", "REF*F6*1EG4TE5MK12"]);
    full.must(&["REF*HJ*C77", "REF*SY*900000009"]);
    full.must_not("REF*NQ");
    said(&all, "100200300").must(&["REF*NQ*100200300"]);
    let default = EligibilityPolicy::default().return_references;
    let usual = said(&default, "1EG4TE5MK12");
    usual.must(&["REF*18*hmo", "REF*F6*1EG4TE5MK12"]);
    for hidden in ["REF*SY", "REF*HJ", "REF*1L", "REF*N6"] {
        usual.must_not(hidden);
    }
    assert!(said(&[], "1EG4TE5MK12").all("REF").iter().all(|r| r.starts_with("REF*6P")));
}

#[test]
fn a_day_of_death_is_returned_for_days_before_it() {
    let said = Ask::jane()
        .with(|a| a.sample.jane().member.death = Some(date!(2026 - 01 - 04)))
        .on("20260102")
        .answer();
    said.must(&["DTP*442*D8*20260104"]);
}

#[test]
fn e_19_another_carriers_coverage_that_ended_is_said_to_have() {
    let ended = |months: u32| {
        Ask::jane()
            .with(|a| {
                a.policy.ended_carriers_months = months;
                let end = Some(date!(2025 - 10 - 31));
                let other = other(PayerOrder::Primary, false);
                a.sample.jane().other = vec![crate::store::OtherCoverage { end, ..other }];
            })
            .answer()
    };
    ended(12).must(&["DTP*290*RD8*20250101-20251031", "MSG*THIS COVERAGE HAS ENDED."]);
    ended(2).must_not("EB*R");
    ended(0).must_not("EB*R");
}

#[test]
fn e_16_the_primary_care_provider_has_a_telephone_and_an_address() {
    let said = Ask::jane()
        .with(|a| {
            let address = a.sample.jane().member.address.clone();
            let pcp = a.sample.jane().coverage[0].pcp.as_mut().unwrap();
            pcp.telephone = Some("6175550123".into());
            pcp.address = address;
        })
        .answer();
    let lines = said.from("NM1*P3", 4);
    assert!(lines[1].starts_with("N3*") && lines[2].starts_with("N4*"), "{lines:?}");
    assert_eq!(lines[3], "PER*IC**TE*6175550123");
}

#[test]
fn e_19_another_carrier_has_its_group_and_who_is_insured_there() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.jane().other = vec![crate::store::OtherCoverage {
                group: Some("G55".into()),
                insured_last: Some("Doe".into()),
                insured_first: Some("Richard".into()),
                ..other(PayerOrder::Primary, false)
            }];
        })
        .answer();
    said.must(&["MSG*GROUP G55", "NM1*IL*1*DOE*RICHARD"]);
}
