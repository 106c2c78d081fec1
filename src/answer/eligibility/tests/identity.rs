//! The patient: searches, mismatches, dependents, and the data returned about the person.

use super::*;
use crate::config::eligibility::NameMatch;
use crate::store::Relationship;
use crate::txn::eligibility::{Gender, Insured};
use time::macros::date;

fn rejected(ask: Ask) -> Vec<String> {
    let response = ask.response();
    assert!(response.answers().all(|(a, _)| a.rejections.is_empty() || a.benefits.is_empty()));
    Said::of(&response).rejections()
}

#[test]
fn e_02_e_08_the_id_is_found_in_any_form_and_comes_back_in_its_own() {
    for id in ["S12300000101", "s12300000101", "12300000101", "s-123000001 01", "S123000001"] {
        let said = Ask::jane().with(|a| a.person().name.id = id.into()).answer();
        said.must(&["NM1*IL*1*DOE*JANE****MI*S12300000101", "DMG*D8*19800115*F"]);
        assert_eq!(said.has("INS*Y*18*001*25"), !id.eq_ignore_ascii_case("S12300000101"), "{id}");
    }
    Ask::jane().answer().must(&["N3*2 ELM ST", "N4*BOSTON*MA*02111"]);
    let silent = Ask::jane().with(|a| a.policy.return_address = false).answer();
    silent.must_not("N3");
}

#[test]
fn e_02_e_03_the_id_alone_is_enough_where_the_suffix_says_who() {
    let alone = |id: &str| Ask::jane().with(|a| *a.person() = person(id, "", "", ""));
    alone("S12300000101").answer().must(&["NM1*IL*1*DOE*JANE****MI*S12300000101"]);
    // The family is several people, and nothing falls back to the subscriber.
    assert_eq!(rejected(alone("S123000001")), ["76/C"]);
    assert_eq!(rejected(alone("S12300000109")), ["75/C"]);
    assert_eq!(rejected(alone("01")), ["72/C"]);
    let strict = alone("S12300000101").with(|a| a.policy.search.id_alone = false);
    assert_eq!(rejected(strict), ["58/C", "73/C"]);
}

#[test]
fn the_required_searches_need_no_more_than_the_rules_allow() {
    for (first, birth) in [("JANE", ""), ("", "19800115")] {
        let ask = Ask::jane().with(|a| {
            *a.person() = person("S12300000101", "DOE", first, birth);
            a.policy.search.id_alone = false;
        });
        assert!(rejected(ask).is_empty());
    }
}

#[test]
fn e_05_e_06_name_and_birth_date_find_a_member_without_an_id() {
    let named =
        |first: &str| Ask::jane().with(|a| *a.person() = person("", "Doe, Jr", first, "19800115"));
    let said = named("jane").answer();
    said.must(&["NM1*IL*1*DOE*JANE****MI*S12300000101", "INS*Y*18*001*25"]);
    assert_eq!(rejected(named("JOAN")), ["75/C"]);
    assert_eq!(rejected(named("")), ["72/C", "73/C"]);
    let off = named("JANE").with(|a| a.policy.search.name_and_birth = false);
    assert_eq!(rejected(off), ["72/C"]);
    let twice = named("JANE").with(|a| {
        let again = a.sample.jane().clone();
        a.sample.files.push(again);
    });
    assert_eq!(rejected(twice), ["76/C"]);
    let nothing = Ask::jane().with(|a| *a.person() = person("", "", "", ""));
    assert_eq!(rejected(nothing), ["58/C", "72/C", "73/C"]);
}

#[test]
fn an_identity_card_finds_a_member_and_a_social_security_number_only_by_policy() {
    let by = |qualifier: &'static str, value: &'static str| {
        Ask::jane().with(move |a| {
            *a.person() = person("", "DOE", "", "19800115");
            a.person().references = vec![reference(qualifier, value)];
        })
    };
    by("HJ", "CARD01").answer().must(&["NM1*IL*1*DOE*JANE****MI*S12300000101"]);
    let said = by("SY", "900-12-3456").answer();
    assert_eq!(said.rejections(), ["72/C", "73/C"]);
    said.must(&["REF*SY*900-12-3456"]);
    by("1W", "S12300000101").answer().must(&["NM1*IL*1*DOE*JANE****MI*S12300000101"]);
}

#[test]
fn e_07_every_mismatch_is_told_and_nothing_of_ours_is_given_away() {
    let wrong = |last: &str, first: &str, birth: &str| {
        let (last, first, birth) = (last.to_owned(), first.to_owned(), birth.to_owned());
        Ask::jane().with(move |a| *a.person() = person("S12300000101", &last, &first, &birth))
    };
    assert_eq!(rejected(wrong("DOE", "JANE", "19800116")), ["71/C"]);
    assert_eq!(rejected(wrong("ROE", "JANE", "19800115")), ["73/C"]);
    assert_eq!(rejected(wrong("ROE", "JANE", "19800116")), ["71/C", "73/C"]);
    let said = wrong("ROE", "JANE", "19800115").answer();
    said.must(&["NM1*IL*1*ROE*JANE****MI*S12300000101", "DMG*D8*19800115"]);
    said.must_not("EB*");
    said.must_not("N3*");
}

#[test]
fn names_are_compared_as_the_operating_rules_say_unless_the_payer_is_strict() {
    let asked = |mode| {
        rejected(Ask::jane().with(|a| {
            a.person().name.last = "D'oe, Mrs".into();
            a.policy.name_match = mode;
        }))
    };
    assert!(asked(NameMatch::CoreNormalised).is_empty());
    assert_eq!(asked(NameMatch::Strict), ["73/C"]);
    assert!(asked(NameMatch::IdOnly).is_empty());
}

#[test]
fn malformed_data_are_told_together_with_what_was_not_found() {
    let ask = Ask::jane().with(|a| {
        a.person().name.id = "S99900000001".into();
        a.person().birth = Sent::Malformed;
        a.person().gender = Sent::Malformed;
        a.person().dates = vec![Dated { qualifier: Code::new("291"), when: Sent::Malformed }];
    });
    assert_eq!(rejected(ask), ["57/C", "58/C", "74/C", "75/C"]);
    let id = Ask::jane().with(|a| a.person().name.id = "S12#".into());
    assert_eq!(rejected(id), ["72/C"]);
}

#[test]
fn a_rejected_person_comes_back_as_sent() {
    let said = Ask::jane()
        .with(|a| {
            a.person().name.id = "S999999999".into();
            a.person().references = vec![reference("EJ", "PATIENT7"), reference("3H", "CASE")];
        })
        .on("20260104")
        .answer();
    assert_eq!(
        said.from("TRN", 6),
        [
            "TRN*2*TRACE0001*9SUBMITTER",
            "NM1*IL*1*DOE*JANE****MI*S999999999",
            "REF*EJ*PATIENT7",
            "AAA*N**75*C",
            "DMG*D8*19800115",
            "DTP*291*D8*20260104",
        ]
    );
}

#[test]
fn the_patient_account_number_comes_back() {
    let said =
        Ask::jane().with(|a| a.person().references = vec![reference("EJ", "PATIENT7")]).answer();
    said.must(&["REF*EJ*PATIENT7"]);
}

#[test]
fn changed_identifying_data_are_marked() {
    let changed = Ask::jane().with(|a| a.person().gender = Sent::Value(Gender::Male)).answer();
    changed.must(&["DMG*D8*19800115*F", "INS*Y*18*001*25"]);
    Ask::jane().answer().must_not("INS");
}

#[test]
fn a_member_of_another_group_is_78() {
    let named = |group: &'static str| {
        Ask::jane().with(move |a| a.person().references = vec![reference("6P", group)])
    };
    assert_eq!(rejected(named("G999")), ["78/C"]);
    assert!(rejected(named("g100")).is_empty());
    assert!(rejected(named("G999").with(|a| a.policy.check_group = false)).is_empty());
}

#[test]
fn r_1l_is_a_group_or_a_policy_number() {
    let named = |number: &'static str| {
        Ask::jane().with(move |a| a.person().references = vec![reference("1L", number)])
    };
    for number in ["G100", "S12300000101", "123000001", "s-123000001"] {
        assert!(rejected(named(number)).is_empty(), "{number}");
    }
    assert_eq!(rejected(named("G999")), ["78/C"]);
}

#[test]
fn a_name_with_accents_is_found_as_the_answer_writes_it() {
    let on_file = |ask: Ask| {
        ask.with(|a| {
            a.sample.jane().member.last = "Muñoz".into();
            a.sample.jane().member.first = "José".into();
        })
    };
    for (id, last, first) in
        [("S12300000101", "MUNOZ", "JOSE"), ("", "MUNOZ", "JOSE"), ("", "muñoz", "josé")]
    {
        let ask = Ask::jane().with(|a| *a.person() = person(id, last, first, "19800115"));
        let said = on_file(ask).answer();
        said.must(&["NM1*IL*1*MUNOZ*JOSE****MI*S12300000101"]);
        // Neither accents nor case are other data; no id is not an id that differs.
        said.must_not("INS");
    }
    let other = Ask::jane().with(|a| a.person().name.last = "MUNO".into());
    assert_eq!(rejected(on_file(other)), ["73/C"]);
}

#[test]
fn names_may_differ_as_the_payer_tolerates_and_never_between_two_people() {
    let asked =
        |id: &'static str, last: &'static str, first: &'static str, middle: &'static str| {
            Ask::jane().with(move |a| {
                *a.person() = person(id, last, first, "19800115");
                a.person().name.middle = middle.into();
            })
        };
    let on_file = |first: &'static str, middle: Option<&'static str>, ask: Ask| {
        ask.with(move |a| {
            a.sample.jane().member.first = first.into();
            a.sample.jane().member.middle = middle.map(Into::into);
        })
    };
    for id in ["S12300000101", ""] {
        for (first, middle, sent, more) in [
            ("MARY", Some("Ann"), "MARY A", ""),
            ("MARY", None, "MARY A", ""),
            ("MARY ANN", None, "MARY", "ANN"),
            ("MARY", Some("ANN"), "MARY ANN", ""),
            ("MARY", None, "DR. MARY", ""),
        ] {
            let said = on_file(first, middle, asked(id, "DOE", sent, more)).answer();
            assert!(said.rejections().is_empty(), "{id} {sent} {more} for {first} {middle:?}");
            let off = on_file(first, middle, asked(id, "DOE", sent, more))
                .with(|a| a.policy.name_tolerance.clear());
            assert_eq!(rejected(off).len(), 1, "{id} {sent} {more}");
        }
        assert!(rejected(on_file("JANE", None, asked(id, "DR DOE", "JANE", ""))).is_empty());
    }
    // Another initial is another person; so is another first name.
    assert_eq!(
        rejected(on_file("MARY", Some("BETH"), asked("S12300000101", "DOE", "MARY A", ""))),
        ["73/C"]
    );
    assert_eq!(
        rejected(on_file("MARY", None, asked("S12300000101", "DOE", "MARY ANN", ""))),
        ["73/C"]
    );
    // Two people fit: neither is taken.
    let two = on_file("MARY", None, asked("", "DOE", "MARY A", "")).with(|a| {
        let mut other = a.sample.jane().clone();
        other.member.suffix = "09".into();
        a.sample.files.push(other);
    });
    assert_eq!(rejected(two), ["76/C"]);
}

#[test]
fn a_dependent_with_an_id_is_asked_and_answered_as_a_subscriber() {
    let john = |a: &mut Ask| *a.person() = person("S12300000102", "DOE", "JOHN", "19790704");
    let said = Ask::jane().with(john).answer();
    said.must(&["HL*3*2*22*0", "NM1*IL*1*DOE*JOHN****MI*S12300000102", "DMG*D8*19790704*M"]);
    said.must_not("HL*4");
    // Asked about as a dependent, he is returned as a subscriber with the id to use from now on.
    let said = Ask::child("JOHN", "19790704").answer();
    said.must(&[
        "HL*3*2*22*0",
        "NM1*IL*1*DOE*JOHN****MI*S12300000102",
        "TRN*2*TRACE0001*9SUBMITTER",
    ]);
    said.must_not("NM1*03");
}

#[test]
fn a_dependent_without_an_id_is_found_in_the_family() {
    let said = Ask::child("MAX", "20150505").answer();
    assert_eq!(
        said.from("HL*3", 12),
        [
            "HL*3*2*22*1",
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
            "N3*2 ELM ST",
            "N4*BOSTON*MA*02111",
            "DMG*D8*19800115*F",
            "HL*4*3*23*0",
            "TRN*2*TRACE0001*9SUBMITTER",
            "NM1*03*1*DOE*MAX",
            "REF*49*03",
            "REF*6P*G100*SAMPLE MILLS",
            "REF*18*hmo",
            "DMG*D8*20150505*F",
        ]
    );
    said.must(&["INS*N*19", "EB*1**30*HM*SAMPLE HMO"]);
}

#[test]
fn a_dependent_asked_as_a_subscriber_is_answered_as_a_dependent() {
    let said =
        Ask::jane().with(|a| *a.person() = person("S123000001", "DOE", "MAX", "20150505")).answer();
    said.must(&[
        "HL*3*2*22*1",
        "NM1*IL*1*DOE*JANE****MI*S12300000101",
        "HL*4*3*23*0",
        "NM1*03*1*DOE*MAX",
    ]);
    said.must(&["TRN*2*TRACE0001*9SUBMITTER", "EB*1**30*HM*SAMPLE HMO"]);
}

#[test]
fn a_dependent_not_found_is_77_under_the_subscriber_who_is() {
    let said = Ask::child("NOBODY", "20000101").answer();
    assert_eq!(said.rejections(), ["77/C"]);
    said.must(&["HL*3*2*22*1", "HL*4*3*23*0", "NM1*03*1*DOE*NOBODY", "DMG*D8*20000101"]);
    said.must_not("EB*");
    assert_eq!(rejected(Ask::child("MAX", "20150506")), ["71/C"]);
    assert_eq!(rejected(Ask::child("MORRIS", "20150505")), ["77/C"]);
    let renamed =
        Ask::child("MAX", "20150505").with(|a| a.dependent().person.name.last = "ROE".into());
    assert_eq!(rejected(renamed), ["65/C"]);
    assert_eq!(rejected(Ask::child("", "")), ["58/C", "65/C"]);
    let malformed =
        Ask::child("MAX", "20151399").with(|a| a.dependent().person.gender = Sent::Malformed);
    assert_eq!(rejected(malformed), ["58/C", "66/C"]);
}

#[test]
fn a_dependent_of_an_unknown_subscriber_keeps_the_trace_and_is_not_found() {
    let said =
        Ask::child("MAX", "20150505").with(|a| a.person().name.id = "S999999999".into()).answer();
    said.must(&["HL*3*2*22*1", "AAA*N**75*C"]);
    assert_eq!(
        said.from("HL*4", 4),
        ["HL*4*3*23*0", "TRN*2*TRACE0001*9SUBMITTER", "NM1*03*1*DOE*MAX", "AAA*N**67*C"]
    );
    assert_eq!(said.rejections(), ["75/C", "67/C"]);
    let other = Ask::child("MAX", "20150505").with(|a| a.person().name.first = "JOAN".into());
    assert_eq!(rejected(other), ["73/C", "67/C"]);
}

#[test]
fn a_dependents_own_number_is_64_when_malformed_and_67_when_unknown() {
    let by = |id: &'static str| {
        Ask::child("MAX", "20150505")
            .with(move |a| a.dependent().person.references = vec![reference("1W", id)])
    };
    assert!(rejected(by("S12300000103")).is_empty());
    assert_eq!(rejected(by("S12300000108")), ["67/C"]);
    assert_eq!(rejected(by("?")), ["64/C"]);
}

#[test]
fn twins_are_told_apart_or_are_68() {
    Ask::child("AMY", "20180303").answer().must(&["NM1*03*1*DOE*AMY", "INS*N*19***************2"]);
    let same =
        || Ask::child("ANN", "20180303").with(|a| a.sample.files[4].member.first = "ANN".into());
    assert_eq!(rejected(same()), ["68/C"]);
    let second = same().with(|a| {
        let insured = Insured { birth_sequence: Some(2), ..Insured::default() };
        a.dependent().person.insured = Some(insured);
    });
    assert!(rejected(second).is_empty());
}

#[test]
fn a_subscriber_and_dependents_asked_together_are_all_answered() {
    let said = Ask::child("MAX", "20150505")
        .with(|a| {
            a.subscriber().requests = vec![request(&["30"])];
            a.subscriber().traces = vec![trace("TRACE0009")];
        })
        .answer();
    said.must(&[
        "HL*3*2*22*1",
        "HL*4*3*23*0",
        "TRN*2*TRACE0009*9SUBMITTER",
        "TRN*2*TRACE0001*9SUBMITTER",
    ]);
    assert_eq!(said.all("EB*1**30*HM").len(), 2);
}

#[test]
fn e_18_a_family_without_a_subscriber_on_file_is_not_found() {
    let orphan = Ask::child("MAX", "20150505").with(|a| {
        for file in &mut a.sample.files {
            file.subscriber = None;
            file.member.relationship = Relationship::Child;
        }
    });
    assert_eq!(rejected(orphan), ["75/C", "67/C"]);
}

#[test]
fn dates_before_birth_and_after_death_are_60_and_61() {
    let newborn = Ask::jane()
        .with(|a| {
            a.sample.jane().member.birth = date!(2026 - 01 - 03);
            a.person().birth = Sent::Value(date!(2026 - 01 - 03));
        })
        .on("20260102");
    assert_eq!(rejected(newborn), ["60/C"]);
    let dead = |day| {
        Ask::jane().with(|a| a.sample.jane().member.death = Some(date!(2025 - 12 - 01))).on(day)
    };
    assert_eq!(rejected(dead("20251202")), ["61/C"]);
    assert!(rejected(dead("20251201")).is_empty());
}

#[test]
fn a_date_outside_the_providers_enrollment_is_52() {
    let late = || Ask::jane().with(|a| a.sample.provider.enrolled.0 = Some(date!(2026 - 01 - 06)));
    assert_eq!(rejected(late()), ["52/C"]);
    assert!(rejected(late().with(|a| a.policy.check_enrollment = false)).is_empty());
}
