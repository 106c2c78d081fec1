//! Status, dates, plan, provider, other carriers, and the benefits by service type and procedure.

use super::sample::{benefit, coverage, dollars, other};
use super::*;
use crate::config::eligibility::{DisclaimerForm, UnsupportedServiceType};
use crate::store::PayerOrder;
use crate::txn::eligibility::Procedure;
use time::macros::date;

#[test]
fn e_09_e_11_e_12_e_13_status_dates_and_plan() {
    let said = Ask::jane().on("20260104").answer();
    said.must(&[
        "EB*1**30*HM*SAMPLE HMO",
        "DTP*291*RD8*20260101-20261231",
        "DTP*346*D8*20250301",
        "DTP*472*D8*20260104",
        "DTP*636*D8*20251220",
    ]);
    said.must_not("DTP*347");
}

#[test]
fn e_10_the_term_date_is_told_while_coverage_runs_and_after() {
    let ends = |day| {
        let end = Some(date!(2025 - 11 - 30));
        Ask::jane().with(|a| a.sample.jane().coverage[0].end = end).on(day).answer()
    };
    let running = ends("20251130");
    running.must(&["EB*1**30*HM*SAMPLE HMO", "DTP*346*D8*20250301", "DTP*347*D8*20251130"]);
    let over = ends("20251201");
    over.must(&["EB*6**30*HM*SAMPLE HMO", "DTP*346*D8*20250301", "DTP*347*D8*20251130"]);
    assert_eq!(over.all("EB"), ["EB*6**30*HM*SAMPLE HMO", "EB*P"]);
    assert!(over.rejections().is_empty());
}

#[test]
fn e_09_inactive_coverage_reflects_what_was_asked() {
    let nothing =
        Ask::jane().with(|a| a.sample.jane().coverage.clear()).types(&["98", "UC"]).answer();
    nothing.must(&["EB*6**30^98^UC"]);
    assert!(nothing.rejections().is_empty());
}

#[test]
fn e_09_coverage_under_investigation_is_5_and_8_when_it_is_over() {
    let pending = |end| {
        Ask::jane().with(|a| {
            a.sample.jane().coverage[0].pending = true;
            a.sample.jane().coverage[0].end = end;
        })
    };
    let said = pending(None).answer();
    said.must(&["EB*5**30*HM*SAMPLE HMO"]);
    said.must_not("EB*1");
    pending(Some(date!(2025 - 12 - 31))).answer().must(&["EB*8**30*HM*SAMPLE HMO"]);
}

#[test]
fn future_coverage_is_inactive_today_and_active_then() {
    let next = |day| {
        let begins = date!(2026 - 01 - 20);
        Ask::jane().with(|a| a.sample.jane().coverage[0].begin = begins).on(day).answer()
    };
    next("20260105").must(&["EB*6**30*HM*SAMPLE HMO", "DTP*346*D8*20260120"]);
    next("20260120").must(&["EB*1**30*HM*SAMPLE HMO", "DTP*346*D8*20260120"]);
}

#[test]
fn a_span_over_the_begin_of_coverage_is_answered_part_by_part() {
    let begins = date!(2026 - 01 - 20);
    let said = Ask::jane()
        .with(|a| {
            a.sample.jane().coverage[0].begin = begins;
            a.person().dates =
                vec![Dated::span("291", date!(2026 - 01 - 01), date!(2026 - 01 - 31))];
        })
        .answer();
    assert_eq!(
        said.from("EB*6", 5),
        [
            "EB*6**30*HM*SAMPLE HMO",
            "REF*6P*G100*SAMPLE MILLS",
            "REF*18*hmo",
            "DTP*346*D8*20260120",
            "DTP*472*RD8*20260101-20260119",
        ]
    );
    assert_eq!(
        said.from("EB*1**30", 6),
        [
            "EB*1**30*HM*SAMPLE HMO",
            "REF*6P*G100*SAMPLE MILLS",
            "REF*18*hmo",
            "DTP*291*RD8*20260120-20261231",
            "DTP*346*D8*20260120",
            "DTP*472*RD8*20260120-20260131",
        ]
    );
    // What it costs has the days for which it does.
    let copay = said.from("EB*B**98", 2);
    assert_eq!(copay[1], "DTP*472*RD8*20260120-20260131");
    // The days asked about stay with the person.
    said.must(&["DTP*472*RD8*20260101-20260131"]);
}

#[test]
fn a_span_over_a_change_of_plan_says_which_plan_on_which_days() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.jane().coverage[0].end = Some(date!(2025 - 12 - 10));
            a.sample.jane().coverage.push(coverage("sco", date!(2025 - 12 - 15), None));
            a.person().dates =
                vec![Dated::span("291", date!(2025 - 12 - 01), date!(2025 - 12 - 31))];
        })
        .types(&["98"])
        .answer();
    let parts: Vec<_> = said.all("DTP*472");
    for part in ["20251201-20251210", "20251211-20251214", "20251215-20251231"] {
        assert!(parts.contains(&&*format!("DTP*472*RD8*{part}")), "{part} in {parts:?}");
    }
    assert_eq!(
        said.from("EB*B**98**SAMPLE HMO", 2),
        ["EB*B**98**SAMPLE HMO*27*25*****Y", "DTP*472*RD8*20251201-20251210"]
    );
    said.must(&["EB*B**98**SAMPLE SENIOR CARE OPTIONS*27*0*****Y"]);
    assert_eq!(said.all("EB*6").len(), 1);
}

#[test]
fn the_plan_dates_stay_inside_the_coverage() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.jane().coverage[0].begin = date!(2025 - 10 - 01);
            a.sample.jane().coverage[0].end = Some(date!(2025 - 12 - 20));
        })
        .on("20251105")
        .answer();
    said.must(&[
        "DTP*291*RD8*20251001-20251220",
        "DTP*346*D8*20251001",
        "DTP*347*D8*20251220",
        // The year is that of the accumulators.
        "DTP*292*RD8*20250101-20251231",
    ]);
}

fn at(place: &str, types: &[&str]) -> Ask {
    let place = crate::txn::eligibility::Place {
        qualifier: Code::new("ZZ"),
        code: place.into(),
        ..Default::default()
    };
    let asked = Request { place: Some(place), ..request(types) };
    Ask::jane().with(|a| a.subscriber().requests = vec![asked])
}

#[test]
fn telehealth_is_answered_by_its_own_benefit_or_not_at_all() {
    let with_row = |ask: Ask| {
        ask.with(|a| {
            a.sample.hmo.benefits.push(crate::store::Benefit {
                copay: Some(dollars("5")),
                places: vec!["02".into(), "10".into()],
                ..benefit(&["98"])
            });
        })
    };
    let said = with_row(at("10", &["98"])).answer();
    assert_eq!(said.from("EB*B**98", 2), ["EB*B**98****5*****Y", "III*ZZ*10"]);
    said.must_not("EB*B**98***27*25");
    // Nowhere else, and not without a place.
    with_row(Ask::jane().types(&["98"])).answer().must_not("EB*B**98****5");
    // A plan that says nothing of telehealth does not answer with the price of a visit.
    let unknown = at("02", &["98"]).answer();
    assert_eq!(unknown.from("EB*V", 2), ["EB*V**98", "III*ZZ*02"]);
    unknown.must_not("EB*B**98");
    let whole = at("02", &["30"]).answer();
    assert_eq!(whole.from("EB*V", 2), ["EB*V**30", "III*ZZ*02"]);
}

#[test]
fn what_makes_no_difference_to_the_answer_is_named() {
    let said = at("11", &["98"]).with(|a| {
        a.subscriber().requests[0].level = Code::new("FAM");
        a.subscriber().requests[0].spend_down = Some(dollars("12"));
    });
    let said = said.answer();
    said.must(&[
        "EB*B**98***27*25*****Y",
        "MSG*THIS ANSWER DOES NOT DEPEND ON PLACE OF SERVICE 11, COVERAGE LEVEL, SPEND-DOWN AMOUNTS.",
    ]);
    said.must_not("III");
    Ask::jane().answer().must_not("MSG*THIS ANSWER");
}

#[test]
fn a_closed_network_says_that_nothing_is_covered_outside() {
    let close = |a: &mut Ask| a.sample.hmo.closed_network = true;
    let said = Ask::jane().with(close).types(&["50", "98", "33"]).answer();
    said.must(&["EB*1**50", "EB*I**50*********N", "EB*I**33"]);
    // Where a benefit says what it costs outside, it is covered there.
    said.must_not("EB*I**98*********N");
    // Of what somebody else administers they have to tell.
    let generic = Ask::jane().with(close).answer();
    generic.must(&["EB*I**1^47^48^50^86^MH^UC*********N"]);
}

#[test]
fn whether_the_deductible_comes_first_is_said_with_the_copay() {
    let said = Ask::jane()
        .with(|a| a.sample.hmo.benefits[3].deductible_first = Some(true))
        .types(&["50"])
        .answer();
    assert_eq!(
        said.from("EB*A**50", 2),
        ["EB*A**50*****.2****Y", "MSG*THE DEDUCTIBLE APPLIES FIRST."]
    );
}

#[test]
fn a_procedure_no_row_names_is_answered_by_its_service_type() {
    let procedure = |code: &str| Procedure {
        qualifier: Code::new("HC"),
        code: code.into(),
        ..Default::default()
    };
    let ask = |code: &str| {
        let asked = Request { procedure: Some(procedure(code)), ..Request::default() };
        Ask::jane().with(|a| {
            a.sample
                .hmo
                .benefits
                .push(crate::store::Benefit { copay: Some(dollars("90")), ..benefit(&["62"]) });
            a.subscriber().requests = vec![asked];
        })
    };
    let said = ask("70553").answer();
    said.must(&["EB*1**62", "EB*B**62****90*****Y"]);
    said.must_not("EB*1**1^");
    let emptied = ask("70553").with(|a| a.policy.procedure_services.clear());
    emptied.answer().must_not("EB*1**62");
}

#[test]
fn days_we_do_not_answer_for_are_62_and_63() {
    assert_eq!(Ask::jane().on("20231231").answer().rejections(), ["62/C"]);
    assert_eq!(Ask::jane().on("20260201").answer().rejections(), ["63/C"]);
}

#[test]
fn e_16_e_17_the_primary_care_provider_and_the_provider_unit() {
    let said = Ask::jane().answer();
    assert_eq!(
        said.from("EB*L", 6),
        [
            "EB*L**30",
            "DTP*295*D8*20250601",
            "LS*2120",
            "NM1*P3*1*ROE*RICHARD****XX*1245319599",
            "NM1*I3*2*SAMPLE PHYSICIANS*****SV*U77",
            "LE*2120",
        ]
    );
    let group = Ask::jane().with(|a| a.policy.provider_unit_entity = "GW".into()).answer();
    group.must(&["NM1*GW*2*SAMPLE PHYSICIANS*****SV*U77"]);
    let none = Ask::jane().with(|a| a.sample.jane().coverage[0].pcp = None).answer();
    none.must_not("EB*L");
}

#[test]
fn e_19_other_carriers_are_told_in_their_order_but_never_workers_compensation() {
    let said = Ask::jane()
        .with(|a| {
            let carriers = [
                other(PayerOrder::Primary, false),
                other(PayerOrder::Secondary, true),
                crate::store::OtherCoverage { end: None, ..other(PayerOrder::Tertiary, false) },
            ];
            a.sample.jane().other = carriers.into();
        })
        .answer();
    assert_eq!(
        said.from("EB*R", 6),
        [
            "EB*R**30",
            "REF*1W*POL9",
            "DTP*290*RD8*20250101-20261231",
            "LS*2120",
            "NM1*PRP*2*OTHER CARRIER*****PI*12345",
            "LE*2120",
        ]
    );
    said.must(&["DTP*290*D8*20250101", "NM1*TTP*2*OTHER CARRIER*****PI*12345"]);
    said.must_not("NM1*SEP");
    let past = Ask::jane()
        .with(|a| a.sample.jane().other = vec![other(PayerOrder::Primary, false)])
        .on("20241231");
    past.answer().must_not("EB*R");
}

#[test]
fn e_14_the_disclaimer_is_said_once_and_as_the_payer_wants() {
    let said = |form| Ask::jane().with(|a| a.policy.disclaimer = form).answer();
    let own = said(DisclaimerForm::EbP);
    assert_eq!(own.from("EB*P", 2), ["EB*P", "MSG*NOT A GUARANTEE OF PAYMENT."]);
    let under = said(DisclaimerForm::Msg);
    assert_eq!(
        under.from("EB*1", 2),
        ["EB*1**30*HM*SAMPLE HMO", "MSG*NOT A GUARANTEE OF PAYMENT."]
    );
    said(DisclaimerForm::None).must_not("MSG*NOT");
}

#[test]
fn e_20_the_generic_answer_says_of_each_service_type_whether_it_is_covered() {
    let said = Ask::jane().answer();
    said.must(&["EB*1**1^47^48^50^86^88^98^MH^UC", "EB*I**33^35^AL"]);
    // An inquiry without a service type is answered generically.
    Ask::jane()
        .with(|a| a.subscriber().requests.clear())
        .answer()
        .must(&["EB*1**1^47^48^50^86^88^98^MH^UC"]);
}

#[test]
fn b_10_b_12_a_copay_by_visit_in_the_network_and_coinsurance_out_of_it() {
    let generic = Ask::jane().answer();
    generic.must(&["EB*B**98^UC***27*25*****Y", "EB*A**98*****.4****N"]);
    let explicit = Ask::jane().types(&["98"]).answer();
    explicit.must(&[
        "EB*1**30*HM*SAMPLE HMO",
        "EB*1**98",
        "EB*B**98***27*25*****Y",
        "EB*A**98*****.4****N",
    ]);
    explicit.must_not("EB*1**1^");
}

#[test]
fn b_10_preventive_care_costs_nothing_and_says_so() {
    Ask::jane().types(&["BZ"]).answer().must(&["EB*1**BZ", "EB*B**BZ****0*****Y"]);
}

#[test]
fn b_03_b_05_b_07_emergency_inpatient_and_outpatient() {
    let said = Ask::jane().types(&["86", "48", "50"]).answer();
    said.must(&["EB*B**86****100*****Y", "EB*B**48***36*250.5*****Y", "EB*A**50*****.2****Y"]);
}

#[test]
fn b_02_b_11_prior_authorization_is_told_with_the_cost_or_alone() {
    let said = Ask::jane().types(&["DM", "56"]).answer();
    said.must(&["EB*A**DM*****.2***Y*Y", "EB*1**56********Y*Y", "MSG*CALL FIRST"]);
}

#[test]
fn b_01_what_is_not_covered_is_said_and_not_left_out() {
    let said = Ask::jane().types(&["33", "35"]).answer();
    said.must(&["EB*1**30*HM*SAMPLE HMO", "EB*I**33", "EB*I**35"]);
}

#[test]
fn b_08_somebody_else_to_ask_about_drugs() {
    let said = Ask::jane().types(&["88"]).answer();
    assert_eq!(
        said.from("EB*U", 5),
        [
            "EB*U**88",
            "LS*2120",
            "NM1*VN*2*SAMPLE PHARMACY BENEFITS",
            "PER*IC**TE*6175550111",
            "LE*2120"
        ]
    );
    Ask::jane().answer().must(&["EB*U**88"]);
}

#[test]
fn b_06_sensitive_service_types_are_answered_only_by_their_own_code() {
    let hide = |a: &mut Ask| a.policy.sensitive_service_types = vec!["MH".into()];
    Ask::jane().with(hide).answer().must(&["EB*1**1^47^48^50^86^88^98^UC"]);
    Ask::jane().with(hide).types(&["MH"]).answer().must(&["EB*1**MH", "EB*B**MH****20*****Y"]);
}

#[test]
fn a_category_is_asked_with_several_codes_and_generic_ones_are_not_repeated() {
    let said = Ask::jane().types(&["30", "98", "AE"]).answer();
    assert_eq!(said.all("EB*B**98").len(), 1);
    said.must(&["EB*1**AE"]);
    said.must_not("EB*1**98");
}

#[test]
fn an_unknown_service_type_is_answered_as_30_or_as_v() {
    let said = Ask::jane().types(&["GY"]).answer();
    said.must(&["EB*1**1^47^48^50^86^88^98^MH^UC"]);
    let refused = Ask::jane()
        .with(|a| a.policy.unsupported_service_type = UnsupportedServiceType::EbV)
        .types(&["BG", "98"])
        .answer();
    refused.must(&["EB*V**BG", "EB*1**98"]);
    refused.must_not("EB*1**1^");
}

#[test]
fn b_04_a_procedure_is_answered_by_the_rows_that_name_it() {
    let ask = |code: &str| {
        let procedure =
            Procedure { qualifier: Code::new("HC"), code: code.into(), ..Procedure::default() };
        let asked = Request { procedure: Some(procedure), ..Request::default() };
        Ask::jane().with(|a| a.subscriber().requests = vec![asked])
    };
    let said = ask("G0101").answer();
    said.must(&["EB*1************HC:G0101", "EB*B******75****Y*Y*HC:G0101"]);
    said.must_not("EB*1**1^");
    ask("G0299").answer().must(&["EB*1**1^47^48^50^86^88^98^MH^UC"]);
    let refused =
        ask("G0299").with(|a| a.policy.unsupported_service_type = UnsupportedServiceType::EbV);
    refused.answer().must(&["EB*V************HC:G0299"]);
}

#[test]
fn two_plans_at_once_are_told_apart_by_name_and_dates() {
    let second = coverage("sco", date!(2026 - 01 - 01), Some(date!(2026 - 12 - 31)));
    let said = Ask::jane().with(|a| a.sample.jane().coverage.push(second)).answer();
    assert_eq!(
        said.from("EB*1**30*HN", 8),
        [
            "EB*1**30*HN*SAMPLE SENIOR CARE OPTIONS",
            "REF*6P*G100*SAMPLE MILLS",
            "REF*18*sco",
            "DTP*291*RD8*20260101-20261231",
            "DTP*346*D8*20260101",
            "DTP*357*D8*20261231",
            "DTP*472*D8*20260105",
            "DTP*636*D8*20251220",
        ]
    );
    said.must(&[
        "EB*B**98^UC**SAMPLE HMO*27*25*****Y",
        "EB*B**98^UC**SAMPLE SENIOR CARE OPTIONS*27*0*****Y",
        "EB*C*IND*30**SAMPLE HMO*29*277.02*****Y",
    ]);
    said.must(&["EB*1**30*HM*SAMPLE HMO"]);
    said.must_not("DTP*347");
}

#[test]
fn a_request_with_its_own_date_is_answered_for_it() {
    let dated =
        |types: &[&str], day| Request { date: Some(Dated::day("291", day)), ..request(types) };
    let requests = vec![
        request(&["98"]),
        dated(&["UC"], date!(2025 - 02 - 01)),
        dated(&["86"], date!(2020 - 01 - 01)),
    ];
    let said = Ask::jane().with(|a| a.subscriber().requests = requests).answer();
    said.must(&["EB*1**98", "EB*6**30^UC*HM*SAMPLE HMO", "DTP*472*D8*20250201"]);
    assert_eq!(said.from("EB*V", 2), ["EB*V**86", "AAA*N**62*C"]);
}

#[test]
fn coverage_under_a_plan_we_do_not_know_is_still_coverage() {
    let said = Ask::jane().with(|a| a.sample.jane().coverage[0].plan = "gone".into()).answer();
    said.must(&["EB*1**30", "DTP*346*D8*20250301"]);
}

#[test]
fn codes_an_answer_may_not_carry_are_left_out_of_it() {
    let said = Ask::jane()
        .with(|a| {
            a.sample.hmo.insurance_type = "XYZ".into();
            a.sample.hmo.benefits.push(crate::store::Benefit {
                copay: Some(dollars("5")),
                copay_per: Some("99".into()),
                ..benefit(&["TC", "A9"])
            });
        })
        .types(&["TC", "A9"])
        .answer();
    said.must(&["EB*1**30**SAMPLE HMO", "EB*1**A9", "EB*B**A9****5*****Y"]);
    said.must_not("EB*1**TC");
}

#[test]
fn a_service_that_is_silent_on_a_required_type_can_be_warned_of() {
    let ask = Ask::jane();
    let unsaid = |plan| {
        let service = EligibilityService::new(vec![plan], &ask.policy);
        service.unsaid_service_types().map(|(_, code)| code.to_string()).collect::<Vec<_>>()
    };
    // Those to be answered for 30 are said; of those to be answered by their own code some are not.
    let missing = unsaid(ask.sample.hmo.clone());
    for code in ["33", "35", "AL", "88", "98", "13", "AD", "AE", "81"] {
        assert!(!missing.iter().any(|m| m == code), "{code}");
    }
    for code in ["40", "93", "20", "65", "76", "82", "A3", "BH", "6"] {
        assert!(missing.iter().any(|m| m == code), "{code}");
    }
    let mut bare = ask.sample.hmo.clone();
    bare.not_covered.clear();
    let missing = unsaid(bare);
    assert_eq!(missing[..3], ["33", "35", "AL"]);
}

#[test]
fn a_required_service_type_the_plan_is_silent_on_is_not_passed_over() {
    let said = Ask::jane().types(&["40"]).answer();
    said.must(&["EB*1**1^47^48^50^86^88^98^MH^UC", "EB*V**40"]);
}
