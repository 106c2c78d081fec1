//! The payer and the requester: AAA in 2000A, 2100A and 2100B, and nothing below them.

use super::*;
use crate::config::eligibility::ContactPolicy;

#[test]
fn e_01_the_whole_answer_has_the_shape_of_the_guide() {
    let said = Ask::jane().answer();
    assert_eq!(
        said.from("BHT", 10),
        [
            "BHT*0022*11*TX0001*20260105*0930",
            "HL*1**20*1",
            "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999",
            "HL*2*1*21*1",
            "NM1*1P*2*SAMPLE CLINIC*****XX*1234567893",
            "HL*3*2*22*0",
            "TRN*2*TRACE0001*9SUBMITTER",
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
            "REF*6P*G100*SAMPLE MILLS",
            "REF*18*hmo",
        ]
    );
    assert!(said.rejections().is_empty());
}

#[test]
fn a_provider_is_rejected_for_every_reason_at_once_and_nothing_follows() {
    let ask = || Ask::jane();
    let rejected = |ask: Ask| {
        let said = ask.answer();
        said.must(&["HL*2*1*21*0"]);
        said.must_not("HL*3");
        said.rejections()
    };
    assert_eq!(rejected(ask().with(|a| a.receiver().name.id = "1234567890".into())), ["43/C"]);
    assert_eq!(rejected(ask().with(|a| a.receiver().name.id = "".into())), ["43/C"]);
    assert_eq!(rejected(ask().with(|a| a.receiver().name.id = "1245319599".into())), ["51/C"]);
    assert_eq!(rejected(ask().with(|a| a.sample.provider.may_inquire = false)), ["50/N"]);
    let nobody = || ProviderScope::Only(Arc::default());
    assert_eq!(rejected(ask().with(|a| a.context.scope = nobody())), ["41/N"]);
    let both = ask().with(|a| {
        a.context.scope = nobody();
        a.sample.provider.may_inquire = false;
    });
    assert_eq!(rejected(both), ["41/N", "50/N"]);
}

#[test]
fn r_14_a_partner_asks_for_the_providers_in_its_scope() {
    let npi: Box<str> = "1234567893".into();
    let scope = ProviderScope::Only(Arc::new([npi].into()));
    assert!(Ask::jane().with(|a| a.context.scope = scope).answer().rejections().is_empty());
}

#[test]
fn an_employer_who_asks_is_no_provider_to_look_up() {
    let employer = Ask::jane().with(|a| {
        a.receiver().name.entity = Code::new("36");
        a.receiver().name.id_qualifier = Code::new("FI");
        a.receiver().name.id = "900000001".into();
    });
    assert!(employer.answer().rejections().is_empty());
}

#[test]
fn r_17_references_of_the_receiver_come_back_when_the_guide_lets_them() {
    let refs = vec![reference("JD", "USER7"), reference("ZZ", "NO")];
    let said = Ask::jane().with(|a| a.receiver().references = refs).answer();
    said.must(&["REF*JD*USER7"]);
    said.must_not("REF*ZZ");
}

#[test]
fn a_payer_we_are_not_is_79_and_a_payer_not_named_is_t4() {
    let asked = |id: &str, aliases: &[&str]| {
        let said = Ask::jane()
            .with(|a| {
                a.inquiry.sources[0].name.id = id.into();
                a.policy.payer.aliases = aliases.iter().map(|a| (*a).to_owned()).collect();
            })
            .answer();
        (said.rejections(), said.has("HL*1**20*0"))
    };
    assert_eq!(asked("88888", &[]), (vec!["79/C".to_owned()], true));
    assert_eq!(asked("", &[]), (vec!["T4/C".to_owned()], true));
    assert_eq!(asked("88888", &["88888"]), (Vec::new(), false));
}

#[test]
fn r_18_the_payer_says_whom_to_call() {
    let desk = ContactPolicy {
        name: "Provider Services".into(),
        telephone: "6175550100".into(),
        extension: "12".into(),
        email: "edi@example.org".into(),
        ..ContactPolicy::default()
    };
    let said = Ask::jane().with(|a| a.policy.payer.contacts = vec![desk]).answer();
    said.must(&["PER*IC*PROVIDER SERVICES*TE*6175550100*EX*12*EM*edi@example.org"]);
}

#[test]
fn too_many_patients_are_04_in_2000a() {
    let two = || {
        Ask::jane().with(|a| {
            let again = a.subscriber().clone();
            a.receiver().subscribers.push(again);
        })
    };
    let real_time = two().with(|a| a.context.lane = Lane::RealTime).answer();
    assert_eq!(real_time.from("HL*1", 2), ["HL*1**20*0", "AAA*Y**04*C"]);
    real_time.must_not("HL*2");
    assert_eq!(two().answer().all("HL").len(), 4);
    let over = two().with(|a| a.policy.batch_patients_max = 1).answer();
    assert_eq!(over.rejections(), ["04/C"]);
}

#[test]
fn a_spend_down_cancellation_is_not_done() {
    let said = Ask::jane().with(|a| a.inquiry.header.purpose = Code::new("01")).answer();
    assert_eq!(said.from("HL*1", 2), ["HL*1**20*0", "AAA*Y**42*N"]);
}

#[test]
fn without_the_store_every_inquiry_is_42_at_the_payer() {
    let Ask { policy, context, inquiry, sample, .. } = Ask::jane();
    let service = EligibilityService::new(sample.plans(), &policy);
    let responses = service.unavailable(vec![inquiry.clone(), inquiry], &context);
    assert_eq!(responses.len(), 2);
    let said = Said::of(&responses[1]);
    said.must(&["BHT*0022*11*TX0001*20260105*0930", "HL*1**20*0", "AAA*Y**42*R"]);
    said.must_not("HL*2");
}

#[test]
fn traces_come_back_and_one_of_our_own_is_added() {
    let said = Ask::jane()
        .with(|a| {
            a.subscriber().traces.push(trace("TRACE0002"));
            a.policy.trace_originator = "9PAYERGATE".into();
        })
        .answer();
    assert_eq!(
        said.all("TRN"),
        [
            "TRN*2*TRACE0001*9SUBMITTER",
            "TRN*2*TRACE0002*9SUBMITTER",
            "TRN*1*000000101-0001-1*9PAYERGATE"
        ]
    );
}

#[test]
fn a_partner_has_its_own_policy() {
    let mut own = EligibilityPolicy::default();
    own.search.id_alone = false;
    let said = Ask::jane()
        .with(|a| {
            a.own = Some(own);
            *a.person() = person("S12300000101", "", "", "");
        })
        .answer();
    assert_eq!(said.rejections(), ["58/C", "73/C"]);
}
