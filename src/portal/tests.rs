//! The views made from replies, and the 270s made from forms.

use time::macros::{date, datetime};

use super::*;
use crate::check::{InputPart, read_parts};
use crate::guide::Registry;
use crate::txn::eligibility::Inquiry;
use crate::txn::envelope::{EnvelopeWriter, Party};
use crate::wire::Code;

const BENEFITS: &str = include_str!("../../fixtures/valid/271_benefits.edi");
const DEPENDENT: &str = include_str!("../../fixtures/valid/271_dependent.edi");
const NOT_FOUND: &str = include_str!("../../fixtures/valid/271_not_found.edi");
const PROVIDER_REJECTED: &str = include_str!("../../fixtures/valid/271_receiver_rejected.edi");
const ACKNOWLEDGED: &str = include_str!("../../fixtures/valid/999_partial.edi");
const TA1: &str = include_str!("../../fixtures/valid/ta1_accepted.edi");

fn only_view(reply: &str) -> EligibilityView {
    let mut views = read_replies(reply.as_bytes()).views();
    assert_eq!(views.len(), 1);
    views.remove(0)
}

#[test]
fn the_header_names_the_member_as_the_payer_does() {
    let member = only_view(BENEFITS).member.expect("a member");
    assert_eq!((&*member.name, &*member.id), ("DOE, JANE", "S12300000101"));
    assert_eq!(member.birth_date.as_deref(), Some("1980-01-15"));
    assert_eq!((member.gender, member.dependent), (Some("female"), false));
    assert_eq!(member.address.as_deref(), Some("2 ELM ST, BOSTON, MA, 02111"));
    let child = only_view(DEPENDENT).member.expect("a member");
    assert_eq!((&*child.name, child.dependent), ("SMITH, SARAH", true));
}

#[test]
fn coverage_tells_status_plan_and_benefit_year() {
    let view = only_view(BENEFITS);
    let [coverage] = &view.coverage[..] else { panic!("one plan") };
    assert!(coverage.active);
    assert_eq!((&*coverage.status, &*coverage.plan), ("active coverage", "SAMPLE HMO"));
    assert_eq!(coverage.benefit_year.as_deref(), Some("2026-01-01 to 2026-12-31"));
    let child = only_view(DEPENDENT);
    assert_eq!(child.coverage[0].begin.as_deref(), Some("2026-01-01"));
}

#[test]
fn providers_and_other_carriers_have_tables_of_their_own() {
    let view = only_view(BENEFITS);
    let [primary] = &view.primary_care[..] else { panic!("one primary care provider") };
    assert_eq!((&*primary.name, &*primary.id), ("ROE, RICHARD", "1245319599"));
    let [carrier] = &view.other_carriers[..] else { panic!("one other carrier") };
    assert_eq!((&*carrier.name, carrier.policy.as_deref()), ("OTHER CARRIER", Some("POLICY1")));
    assert_eq!(carrier.term.as_deref(), Some("2025-12-31"));
}

#[test]
fn what_was_met_is_the_limit_less_what_remains() {
    let view = only_view(BENEFITS);
    let met: Vec<_> = view.deductible.iter().map(|row| (row.level, row.met.as_deref())).collect();
    assert_eq!(met, [("Individual", Some("$3,222.98")), ("Family", Some("$3,655.54"))]);
    let LimitTab::Table { rows, remaining } = view.limit_tab(LimitKind::Deductible) else {
        panic!("deductibles are mentioned");
    };
    assert_eq!(rows.len(), 2);
    let sentence = "DOE, JANE has $277.02 remaining toward the individual in network deductible.";
    assert_eq!(remaining.as_deref(), Some(sentence));
    let words = "The reply contains no out-of-pocket maximum.".to_owned();
    assert_eq!(view.limit_tab(LimitKind::OutOfPocket), LimitTab::NotMentioned(words));
}

#[test]
fn a_limit_of_nothing_does_not_apply() {
    let reply = BENEFITS
        .replace("*3500*", "*0*")
        .replace("*7000*", "*0*")
        .replace("*277.02*", "*0*")
        .replace("*3344.46*", "*0*");
    let view = only_view(&reply);
    let tab = view.limit_tab(LimitKind::Deductible);
    assert_eq!(tab, LimitTab::DoesNotApply("Deductibles do not apply."));
    assert_eq!(view.deductible[0].in_short().as_deref(), Some("does not apply"));
}

#[test]
fn benefits_stand_by_category_with_both_networks_side_by_side() {
    // A share of the cost, EB08, in the network, EB12.
    let view = only_view(&BENEFITS.replace("EB*A**50****.2****Y", "EB*A**50*****.2****Y"));
    let office = view.benefits.iter().find(|row| row.code == "98").expect("office visits");
    assert_eq!(office.category, Some("Routine Medical Services"));
    assert_eq!(
        (&office.copay[..], office.network),
        (&["$25.00 per visit".to_owned()][..], "in network")
    );
    let groups = group_benefits(&view.benefits);
    let categories: Vec<_> = groups.iter().map(|group| group.category).collect();
    let mut expected = categories.clone();
    expected.sort_by_key(|name| CATEGORIES.iter().position(|(known, _)| known == name));
    assert_eq!(categories, expected, "in the order of the portal");
    let outpatient = groups.iter().find(|group| group.category == "Outpatient Services");
    let terms = &outpatient.expect("outpatient").terms;
    assert_eq!((&*terms.in_network, &*terms.out_of_network), ("20 %", ""));
    let rehabilitation = groups.iter().find(|group| group.category.starts_with("Rehabilitative"));
    assert_eq!(rehabilitation.expect("therapy").terms.limits, ["30 visits per calendar year"]);
}

#[test]
fn a_service_type_is_in_one_category_at_most() {
    let mut codes: Vec<_> = CATEGORIES.iter().flat_map(|(_, codes)| codes.iter()).collect();
    let all = codes.len();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), all);
}

#[test]
fn rejections_are_told_at_the_level_they_belong_to() {
    let member = only_view(NOT_FOUND);
    let [rejection] = &member.rejections[..] else { panic!("one rejection") };
    assert_eq!((rejection.about, &*rejection.reason), ("member", "75"));
    assert_eq!(rejection.meaning, "subscriber not found");
    let provider = only_view(PROVIDER_REJECTED);
    assert!(provider.member.is_none());
    assert_eq!(provider.rejections[0].about, "provider");
}

#[test]
fn a_999_and_a_ta1_are_told_in_words() {
    let received = read_replies(ACKNOWLEDGED.as_bytes());
    assert!(received.responses.is_empty() && received.has_rejections());
    let words = received.rejection.expect("a rejection");
    assert!(words.starts_with("The question was rejected (999):\n  segment "), "{words}");
    assert!(words.contains(", element "), "{words}");
    let accepted = read_replies(TA1.as_bytes());
    assert!(!accepted.has_rejections());
    let refused = read_replies(TA1.replace("*A*000~", "*R*023~").as_bytes());
    let words = refused.rejection.expect("a rejection");
    assert!(words.starts_with("The interchange was rejected (TA1): 023, "), "{words}");
}

#[test]
fn what_is_no_reply_is_passed_over() {
    for input in ["", "GARBAGE", include_str!("../../fixtures/valid/270_subscriber.edi")] {
        let received = read_replies(input.as_bytes());
        assert!(received.responses.is_empty() && !received.has_rejections(), "{input}");
    }
}

fn read_back(interchange: &[u8]) -> Inquiry {
    let mut read = None;
    read_parts(interchange, Registry::embedded(), |part| {
        if let InputPart::Set { root, report, .. } = part {
            assert!(report.is_accepted(), "our own question is in order: {:?}", report.findings);
            read = Some(Inquiry::read(root));
        }
    });
    read.expect("a set")
}

fn envelope() -> EnvelopeWriter {
    let [sender, receiver] = ["SUBMITTER1", "PAYERGW"].map(Party::mutually_defined);
    EnvelopeWriter::new(sender, receiver, false, datetime!(2026-01-05 09:30))
}

#[test]
fn a_form_becomes_a_270_that_passes_the_check() {
    let question = EligibilityQuestion {
        member_id: "s123000001".to_owned(),
        suffix: "01".to_owned(),
        last: "Sample".to_owned(),
        first: "Mary".to_owned(),
        birth: Some(date!(1980 - 01 - 15)),
        service_types: Screen::All.service_types(),
        ..EligibilityQuestion::new("1234567893", "99999", date!(2026 - 01 - 02))
    };
    let inquiry = read_back(&question.interchange(&envelope(), 7).expect("it can be written"));
    let receiver = &inquiry.sources[0].receivers[0];
    assert_eq!(&*receiver.name.id, "1234567893");
    let subscriber = &receiver.subscribers[0];
    let person = &subscriber.person;
    assert_eq!((&*person.name.id, &*person.name.last), ("S12300000101", "SAMPLE"));
    assert_eq!(person.birth.value(), Some(date!(1980 - 01 - 15)));
    assert_eq!(person.date("291").value().map(|when| when.first()), Some(date!(2026 - 01 - 02)));
    let asked = &subscriber.requests[0].service_types;
    assert_eq!(asked.len(), 1 + CATEGORIES.iter().map(|(_, codes)| codes.len()).sum::<usize>());
    assert!(describe_inquiry(&inquiry).starts_with("SAMPLE, MARY S12300000101, service 30 33 34"));
}

#[test]
fn a_question_by_name_alone_has_no_id() {
    let question = EligibilityQuestion {
        last: "SAMPLE".to_owned(),
        ..EligibilityQuestion::new("1234567893", "99999", date!(2026 - 01 - 02))
    };
    let inquiry = question.inquiry(7, datetime!(2026-01-05 09:30)).expect("it can be asked");
    let name = &inquiry.sources[0].receivers[0].subscribers[0].person.name;
    assert_eq!((name.id_qualifier, &*name.id), (Code::NONE, ""));
}

#[test]
fn what_is_no_service_type_is_not_asked() {
    let question = EligibilityQuestion {
        service_types: vec![Code::from("")],
        ..EligibilityQuestion::new("1234567893", "99999", date!(2026 - 01 - 02))
    };
    assert!(matches!(question.interchange(&envelope(), 7), Err(QuestionError::ServiceType)));
}

#[test]
fn debug_output_names_nobody() {
    let received = read_replies(BENEFITS.as_bytes());
    let views = received.views();
    let question = EligibilityQuestion {
        member_id: "S12300000101".to_owned(),
        last: "DOE".to_owned(),
        ..EligibilityQuestion::new("1234567893", "99999", date!(2026 - 01 - 02))
    };
    let tab = views[0].limit_tab(LimitKind::Deductible);
    let shown = format!(
        "{received:?} {views:?} {:?} {:?} {tab:?} {question:?}",
        views[0].member, views[0].other_carriers
    );
    for value in ["DOE", "JANE", "S123", "1980", "ELM", "POLICY1"] {
        assert!(!shown.contains(value), "{value} in {shown}");
    }
}

#[test]
fn a_08_a_benefit_year_is_asked_for_by_a_day_in_it() {
    use super::day_in_benefit_year;
    use time::macros::date;
    let today = date!(2026 - 03 - 15);
    assert_eq!(day_in_benefit_year(2025, today), date!(2025 - 12 - 31));
    assert_eq!(day_in_benefit_year(2026, today), today);
}
