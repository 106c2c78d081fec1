//! What is refused, at which level, and that an answer about somebody else's claim is the answer about none.

use super::sample::{OTHER, ROE};
use super::*;

const NOT_FOUND: [&str; 1] = ["PT0001 D0:35"];
const UNKNOWN: [&str; 1] = ["PT0001 D0:97:PR"];

#[test]
fn a_payer_that_is_not_ours_is_refused_at_the_receiver() {
    let said = Ask::jane().with(|ask| ask.request.sources[0].name.id = "12345".into()).answer();
    assert_eq!(
        said.body(),
        [
            "HL*1**20*1",
            "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*12345",
            "HL*2*1*21*0",
            "NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1",
            "TRN*2*CS0001",
            "STC*E0:26:PR*20260105",
        ]
    );
}

#[test]
fn what_cannot_be_answered_now_is_refused_at_the_receiver() {
    let said = Ask::jane().unavailable();
    assert_eq!(said.groups(), ["CS0001 E2:689:PR"]);
    assert!(said.all("HL*").ends_with(&["HL*2*1*21*0"]));
    let own = |ask: &mut Ask| ask.status.unavailable = "E1:0".to_owned();
    assert_eq!(Ask::jane().with(own).unavailable().groups(), ["CS0001 E1:0"]);
}

#[test]
fn more_requests_than_allowed_in_real_time_are_refused_at_the_receiver() {
    let many = |ask: &mut Ask| {
        ask.status.real_time_requests_max = 2;
        let claim = ask.claim().clone();
        ask.subscriber().claims = vec![claim; 3];
    };
    assert_eq!(Ask::jane().with(many).answer().groups(), ["CS0001 E4:691"]);
    let batch = Ask::jane().with(many).with(|ask| ask.lane = Lane::Batch);
    assert_eq!(batch.answer().all("TRN*").len(), 6);
}

#[test]
fn a_provider_is_refused_without_patients() {
    let by = |qualifier: &'static str, id: &'static str| {
        move |ask: &mut Ask| {
            ask.provider().names = vec![Name::organization("1P", "CLINIC", qualifier, id)];
        }
    };
    let may_not = |ask: &mut Ask| ask.sample.providers[0].may_inquire = false;
    for (ask, status) in [
        (Ask::jane().with(may_not), "E0:24:1P"),
        (Ask::jane().with(by("XX", "1999999992")), "E0:26:1P"),
        (Ask::jane().with(by("SV", "P0000")), "E0:26:1P"),
        (Ask::jane().with(by("XX", "1234567890")), "E0:562:1P"),
    ] {
        let said = ask.answer();
        assert_eq!(said.groups(), [format!("CS0001 {status}")]);
        assert_eq!(said.all("TRN*"), ["TRN*1*CS0001"]);
        assert_eq!(said.all("HL*"), ["HL*1**20*1", "HL*2*1*21*1", "HL*3*2*19*0"]);
        assert!(said.all("NM1*IL").is_empty());
    }
    let lenient = |ask: &mut Ask| ask.status.check_provider = false;
    let stranger = Ask::jane().with(by("XX", "1999999992")).with(lenient);
    assert_eq!(stranger.answer().groups(), NOT_FOUND);
}

#[test]
fn the_refusal_of_one_provider_leaves_the_others() {
    let two = |ask: &mut Ask| {
        ask.sample.providers[2].may_inquire = false;
        let mut other = ask.provider().clone();
        other.names[0].id = OTHER.into();
        ask.request.sources[0].receivers[0].providers.insert(0, other);
    };
    let said = Ask::number("C1").with(two).answer();
    assert_eq!(said.groups(), ["CS0001 E0:24:1P", "PT0001 F1:65 1K=C1"]);
    assert_eq!(
        said.all("HL*"),
        ["HL*1**20*1", "HL*2*1*21*1", "HL*3*2*19*0", "HL*4*2*19*1", "HL*5*4*22*0"]
    );
}

#[test]
fn a_provider_is_known_by_any_of_two_ids() {
    let id = |qualifier, id: &str| Name::organization("1P", "CLINIC", qualifier, id);
    for names in [
        vec![id("SV", "P7893")],
        vec![id("FI", "123456789")],
        vec![id("SV", "P0000"), id("XX", "1234567893")],
        vec![id("XX", ROE)],
    ] {
        let said = Ask::number("C1").with(|ask| ask.provider().names = names).answer();
        assert_eq!(said.groups(), ["PT0001 F1:65 1K=C1"]);
    }
}

#[test]
fn whoever_is_not_identified_is_unknown_and_nothing_else_is_said() {
    type Change = fn(&mut Ask);
    let changes: [(&str, Change); 5] = [
        ("another id", |ask| ask.subscriber().name.id = "S99900000101".into()),
        ("another last name", |ask| ask.subscriber().name.last = "ROE".into()),
        ("another first name", |ask| ask.subscriber().name.first = "JUNE".into()),
        ("another birth date", |ask| ask.subscriber().demographics = born("19810115")),
        ("no birth date", |ask| ask.subscriber().demographics = born("19801315")),
    ];
    for (what, change) in changes {
        for ask in [Ask::jane(), Ask::number("C1"), Ask::number("NONE")] {
            assert_eq!(ask.with(change).answer().groups(), UNKNOWN, "{what}");
        }
    }
    let own = |ask: &mut Ask| ask.status.unknown_patient = "D0:35".to_owned();
    let ask = Ask::jane().with(|ask| ask.subscriber().name.last = "ROE".into()).with(own);
    assert_eq!(ask.answer().groups(), NOT_FOUND);
}

#[test]
fn names_and_ids_are_compared_as_in_eligibility() {
    let ids = |ask: &mut Ask| {
        ask.subscriber().name.id = "123 000-001 01".into();
        ask.subscriber().name.first = "jane".into();
    };
    assert_eq!(Ask::number("C1").with(ids).answer().groups(), ["PT0001 F1:65 1K=C1"]);
}

#[test]
fn the_claim_of_another_member_provider_or_partner_is_not_found() {
    let by = |npi: &'static str| {
        move |ask: &mut Ask| {
            ask.provider().names = vec![Name::organization("1P", "CLINIC", "XX", npi)];
        }
    };
    for (what, ask) in [
        ("another member", Ask::number("M1")),
        ("another provider", Ask::number("C1").with(by(OTHER))),
        ("out of scope", Ask::number("C1").scope(&[OTHER])),
        ("nobody's", Ask::number("NONE")),
        ("not of a member", Ask::number("C1").with(|ask| ask.sample.claim("C1").member = None)),
        ("before the window", Ask::number("C0")),
    ] {
        let ask = ask.with(|ask| ask.claim().service = days("20251101", "20251101"));
        assert_eq!(ask.answer().groups(), NOT_FOUND, "{what}");
    }
    // The scope has to name who is paid; that it names another provider of the claim is not enough.
    let within = |npis: &[&'static str]| Ask::number("C1").scope(npis).answer().groups();
    assert_eq!(within(&["1234567893"]), ["PT0001 F1:65 1K=C1"]);
    assert_eq!(within(&["1234567893", ROE]), ["PT0001 F1:65 1K=C1"]);
    assert_eq!(within(&[ROE]), NOT_FOUND);
    let payee = |ask: &mut Ask| ask.sample.claim("C1").payee.npi = OTHER.into();
    let ask = Ask::number("C1").with(payee).scope(&[OTHER]).with(by(OTHER));
    assert_eq!(ask.answer().groups(), ["PT0001 F1:65 1K=C1"]);
}

/// A tax id stands for the providers who have it, and each of them is judged as if named by NPI.
#[test]
fn a_provider_named_by_tax_id_is_judged_as_by_npi() {
    const FOUND: [&str; 1] = ["PT0001 F1:65 1K=C1"];
    let ask = |tax_id: &'static str| {
        Ask::number("C1").with(move |ask: &mut Ask| {
            ask.provider().names = vec![Name::organization("1P", "CLINIC", "FI", tax_id)];
            ask.claim().service = days("20251101", "20251101");
            // The clinic has the tax id that its claims name; Dr. Roe has one that no claim names.
            ask.sample.providers[0].tin = Some("123456789".into());
            let roe = ask.sample.providers.iter_mut().find(|provider| *provider.npi == *ROE);
            roe.unwrap().tin = Some("555555555".into());
        })
    };
    assert_eq!(ask("12-3456789").answer().groups(), FOUND);
    assert_eq!(ask("555555555").answer().groups(), FOUND);
    assert_eq!(ask("999999999").answer().groups(), NOT_FOUND);
    // The scope is that of the NPIs, not of the tax id: also for an office that shares it with one who is in scope.
    assert_eq!(ask("123456789").scope(&["1234567893"]).answer().groups(), FOUND);
    assert_eq!(ask("123456789").scope(&[OTHER]).answer().groups(), NOT_FOUND);
    assert_eq!(ask("123456789").scope(&["123456789"]).answer().groups(), NOT_FOUND);
    let shared = |ask: &mut Ask| {
        let other = ask.sample.providers.iter_mut().find(|provider| *provider.npi == *OTHER);
        other.unwrap().tin = Some("123456789".into());
    };
    assert_eq!(ask("123456789").with(shared).answer().groups(), FOUND);
    assert_eq!(ask("123456789").with(shared).scope(&[OTHER]).answer().groups(), NOT_FOUND);
    // Who may not ask by NPI may not by tax id.
    let may_not = |ask: &mut Ask| ask.sample.providers[0].may_inquire = false;
    assert_eq!(ask("123456789").with(may_not).answer().groups(), ["CS0001 E0:24:1P"]);
    assert_eq!(ask("123456789").with(may_not).with(shared).answer().groups(), NOT_FOUND);
}

#[test]
fn not_found_is_what_the_partner_wants_it_to_be() {
    let a4 = |ask: &mut Ask| ask.status.not_found = "A4:35".to_owned();
    let ask =
        Ask::number("NONE").with(a4).with(|ask| ask.claim().service = days("20251101", "20251101"));
    assert_eq!(ask.answer().groups(), ["PT0001 A4:35"]);
}

#[test]
fn a_store_without_a_ledger_has_no_claims() {
    let without = |ask: &mut Ask| ask.sample.without_ledger = true;
    assert_eq!(Ask::number("C1").with(without).answer().groups(), NOT_FOUND);
}
