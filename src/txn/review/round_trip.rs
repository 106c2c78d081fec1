//! The six sets through the checker and back: what is written is valid, and what is read is what was written.

use time::macros::{date, time};

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::segments::{
    Contact, Dated, Delivery, Name, PostalAddress, ProviderRole, Reference, Rejection, Sent, Trace,
    When,
};
use crate::wire::{Code, Delimiters, Emitter, Inline};

/// Checks one set and reads it; the findings as text.
pub(crate) fn walk(text: &[u8], delimiters: Delimiters, purpose: Purpose) -> (Vec<String>, Review) {
    let group = GroupHeader {
        functional: Inline::from("HI"),
        version: Inline::from(purpose.guide()),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters, offset: 0, ordinal: 1 };
    let (report, walked) = checker.walk(text, place);
    let value = Review::read(walked.unwrap().root(), purpose);
    (report.findings.iter().map(|finding| format!("{finding:?}")).collect(), value)
}

/// The set as it is written.
pub(crate) fn written(
    review: &Review,
    purpose: Purpose,
    side: Side,
    delimiters: Delimiters,
) -> String {
    let mut out = Emitter::new(delimiters);
    review.write(purpose, side, "0001", &mut out).unwrap();
    String::from_utf8(out.into_bytes()).unwrap()
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/valid/278_", $name, ".edi"))
    };
}

const REQUESTS: [&str; 2] = [fixture!("referral"), fixture!("admission")];
const RESPONSES: [&str; 4] = [
    fixture!("referral_certified"),
    fixture!("pended"),
    fixture!("rejected"),
    fixture!("event_rejected"),
];
const NOTIFICATIONS: [&str; 2] = [fixture!("notification"), fixture!("notification_dependent")];

/// The set of an interchange, in one line.
fn set(interchange: &str) -> String {
    let line: String = interchange.lines().collect();
    let begin = line.find("ST*").unwrap();
    let end = line.find("GE*").unwrap();
    line[begin..end].to_owned()
}

#[test]
fn every_set_is_read_and_written_back_byte_by_byte() {
    let kinds: [(&[&str], Purpose, Side); 6] = [
        (&REQUESTS, Purpose::Request, Side::Question),
        (&RESPONSES, Purpose::Request, Side::Answer),
        (&[fixture!("inquiry")], Purpose::Inquiry, Side::Question),
        (&[fixture!("inquiry_found")], Purpose::Inquiry, Side::Answer),
        (&NOTIFICATIONS, Purpose::Notification, Side::Question),
        (&[fixture!("notification_received")], Purpose::Notification, Side::Answer),
    ];
    for (fixtures, purpose, side) in kinds {
        for fixture in fixtures {
            let text = set(fixture);
            let (findings, review) = walk(text.as_bytes(), Delimiters::STANDARD, purpose);
            assert!(findings.is_empty(), "{findings:#?}\n{text}");
            assert_eq!(written(&review, purpose, side, Delimiters::STANDARD), text);
        }
    }
}

#[test]
fn every_part_has_its_field() {
    let text = set(REQUESTS[1]);
    let (_, review) = walk(text.as_bytes(), Delimiters::STANDARD, Purpose::Request);
    assert_eq!((&*review.payer.name.id, review.requester.npi()), ("99999", Some("1234567893")));
    assert_eq!(review.requester.taxonomy(), Some("282N00000X"));
    assert_eq!(
        (&*review.patient().name.first, review.patient().birth()),
        ("SARAH", Some(date!(2020 - 02 - 29)))
    );
    assert_eq!(review.subscriber.reference("6P"), Some("GROUP77"));
    let [event] = &*review.events else { panic!("one event") };
    assert_eq!((event.um.request, event.um.certification), (Code::new("AR"), Code::new("4")));
    assert_eq!((event.um.facility, event.um.facility_qualifier), (Code::new("21"), Code::new("B")));
    assert_eq!(
        (event.um.causes.len(), event.um.state, event.um.delay),
        (2, Code::new("MA"), Code::new("3"))
    );
    assert_eq!(event.reference("BB"), Some("AUTH0001"));
    assert_eq!(event.date("435"), Some(When::Span(date!(2026 - 01 - 04), date!(2026 - 01 - 09))));
    assert_eq!(event.diagnoses[0].day, Sent::Value(date!(2026 - 01 - 01)));
    assert_eq!((event.conditions.len(), event.certifications.len()), (2, 4));
    assert_eq!((&*event.attachments[0].number, &*event.message), ("ACN0001", "FALL AT HOME"));
    assert_eq!((event.providers.len(), event.places.len(), event.organizations.len()), (2, 1, 1));
    assert_eq!(event.provider("71").and_then(Party::taxonomy), Some("207R00000X"));
    let [room, visit, tooth] = &*event.services else { panic!("three services") };
    let detail = room.detail.as_ref().unwrap();
    assert_eq!((detail.form, &*detail.revenue), (ServiceForm::Institutional, "0120"));
    assert_eq!((room.reference("NT"), room.providers.len()), (Some("ADM555"), 1));
    assert_eq!(visit.detail.as_ref().unwrap().pointers, [1, 2]);
    assert_eq!(tooth.detail.as_ref().unwrap().teeth[0].surfaces.len(), 2);
}

#[test]
fn the_provider_of_a_notification_stands_above_the_payer() {
    let text = set(NOTIFICATIONS[0]);
    let (_, notice) = walk(text.as_bytes(), Delimiters::STANDARD, Purpose::Notification);
    assert_eq!(
        (notice.payer.name.entity, notice.requester.name.entity),
        (Code::new("PR"), Code::new("FA"))
    );
    let admitted = When::Moment(date!(2026 - 01 - 04), time!(15:30));
    assert_eq!(notice.events[0].date("435"), Some(admitted));
}

/// An answer says less than was asked: what the guide of the answer has no room for is left out, and nothing else.
#[test]
fn an_answer_can_be_made_from_its_question() {
    for fixture in REQUESTS {
        let (_, mut review) = walk(set(fixture).as_bytes(), Delimiters::STANDARD, Purpose::Request);
        review.header.purpose = Code::new("11");
        for event in &mut review.events {
            event.decision = Some(Decision::new("A1", "REF0001", ""));
        }
        let text = written(&review, Purpose::Request, Side::Answer, Delimiters::STANDARD);
        let (findings, again) = walk(text.as_bytes(), Delimiters::STANDARD, Purpose::Request);
        assert!(findings.is_empty(), "{findings:#?}\n{text}");
        assert!(again.events[0].conditions.is_empty() && again.requester.address.is_none());
        assert_eq!(again.events[0].services.len(), review.events[0].services.len());
        assert!(again.events[0].um.release.is_empty());
    }
}

/// A referral that was asked for, as its answer begins.
pub(crate) fn answer() -> Review {
    let person = |entity: &str, last: &str, first: &str, id: (&str, &str)| Name {
        entity: Code::from(entity),
        kind: Code::new("1"),
        last: last.into(),
        first: first.into(),
        id_qualifier: Code::from(id.0),
        id: id.1.into(),
        ..Name::default()
    };
    Review {
        header: crate::segments::Header {
            purpose: Code::new("11"),
            reference: "RF0001".into(),
            date: Sent::Value(date!(2026 - 01 - 05)),
            time: Sent::Value(time!(09:30)),
            kind: Code::new("18"),
        },
        payer: Party::named(Name::organization("X3", "SAMPLE HEALTH PLAN", "PI", "99999")),
        requester: Party::named(person("1P", "ROE", "RICHARD", ("XX", "1245319599"))),
        subscriber: Person {
            name: person("IL", "SAMPLE", "MARY", ("MI", "S12300000101")),
            ..Person::default()
        },
        events: vec![Event {
            traces: vec![Trace {
                kind: Code::new("2"),
                number: "EV1".into(),
                originator: "9SUBMITTER".into(),
                ..Trace::default()
            }],
            um: Category {
                request: Code::new("SC"),
                certification: Code::new("I"),
                service_type: Code::new("3"),
                facility: Code::new("11"),
                facility_qualifier: Code::new("B"),
                ..Category::default()
            },
            dates: vec![Dated::span("AAH", date!(2026 - 01 - 05), date!(2027 - 01 - 04))],
            diagnoses: vec![ReviewDiagnosis::new("ABK", "L700")],
            delivery: Some(Delivery {
                unit: Code::new("VS"),
                quantity: Some(3.into()),
                ..Delivery::default()
            }),
            providers: vec![Party::named(person("SJ", "DERM", "DORA", ("XX", "1000000053")))],
            ..Event::default()
        }],
        ..Review::default()
    }
}

/// The findings of an answer, and what is read of it.
fn checked(answer: &Review, purpose: Purpose) -> (Vec<String>, Review) {
    const PIPES: Delimiters =
        Delimiters { element: b'|', component: b'>', repetition: Some(b'{'), terminator: b'\n' };
    let piped = written(answer, purpose, Side::Answer, PIPES);
    let (findings, again) = walk(piped.as_bytes(), PIPES, purpose);
    let text = written(answer, purpose, Side::Answer, Delimiters::STANDARD);
    let (same, twice) = walk(text.as_bytes(), Delimiters::STANDARD, purpose);
    assert!(findings.len() == same.len() && again == twice, "{text}");
    (same, twice)
}

#[test]
fn every_decision_is_written() {
    let desk = Contact {
        name: "REVIEW DESK".into(),
        numbers: vec![(Code::new("TE"), "6175550100".into())],
    };
    let cases = [
        ("A1", "REF0001", ""),
        ("A2", "REF0001", ""),
        ("A3", "", "0F"),
        ("A4", "", "0V"),
        ("A6", "REF0001", "10"),
        ("C", "REF0001", ""),
        ("CT", "", "0J"),
        ("NA", "", "0H"),
    ];
    for (action, number, reason) in cases {
        for (purpose, kind) in [(Purpose::Request, "18"), (Purpose::Inquiry, "")] {
            let mut response = answer();
            response.header.kind = Code::from(if action == "A4" { "19" } else { kind });
            let event = &mut response.events[0];
            event.decision = Some(Decision::new(action, number, reason));
            match action {
                "A4" => {
                    event.references = vec![Reference {
                        qualifier: Code::new("NT"),
                        value: "RCPT0001".into(),
                        ..Reference::default()
                    }];
                    event.attachments = vec![AttachmentNotice {
                        report: Code::new("OB"),
                        transmission: Code::new("VO"),
                        ..AttachmentNotice::default()
                    }];
                    event.diagnoses.push(ReviewDiagnosis::new("LOI", "18842-5"));
                    response.payer.contacts = vec![desk.clone()];
                }
                "CT" => {
                    let name = Name::organization("X3", "OTHER REVIEWER", "PI", "12345");
                    let contacts = vec![desk.clone()];
                    event.contact = Some(Party { contacts, ..Party::named(name) });
                }
                _ => {}
            }
            let (findings, again) = checked(&response, purpose);
            assert!(findings.is_empty(), "{action}: {findings:#?}");
            response.control = "0001".into();
            assert!(again == response, "{action}");
        }
    }
}

#[test]
fn decisions_by_service_are_written() {
    let service = |number: &str, decision: Decision| Service {
        traces: vec![Trace {
            kind: Code::new("2"),
            number: number.into(),
            originator: "9SUBMITTER".into(),
            ..Trace::default()
        }],
        decision: Some(decision),
        dates: vec![Dated::day("472", date!(2026 - 01 - 12))],
        detail: Some(ServiceDetail {
            procedure: Some(crate::segments::Procedure {
                qualifier: Code::new("HC"),
                code: "G0101".into(),
                ..Default::default()
            }),
            unit: Code::new("UN"),
            quantity: Some(2.into()),
            ..ServiceDetail::default()
        }),
        ..Service::default()
    };
    let mut response = answer();
    let event = &mut response.events[0];
    event.decision = Some(Decision::new("A2", "REF0001", ""));
    event.services = vec![
        service("L1", Decision::new("A1", "REF0001", "")),
        service("L2", Decision::new("A3", "", "0L")),
    ];
    let (findings, again) = checked(&response, Purpose::Request);
    assert!(findings.is_empty(), "{findings:#?}");
    response.control = "0001".into();
    assert!(again == response);
}

#[test]
fn every_rejection_is_written_and_silences_what_is_below() {
    let no = |reason: &str, follow_up: &str| Rejection {
        valid: false,
        reason: Code::from(reason),
        follow_up: Code::from(follow_up),
    };
    let above_requester = |mut answer: Review| {
        (answer.requester, answer.subscriber) = (Party::default(), Person::default());
        answer
    };
    let above_patient = |mut answer: Review| {
        answer.subscriber = Person::default();
        answer
    };
    let at_person = |mut answer: Review| {
        answer.events.clear();
        answer
    };
    let set = Review { rejections: vec![no("79", "N")], ..answer() };
    let mut payer = above_requester(answer());
    payer.payer.rejections = vec![Rejection { valid: true, ..no("42", "Y") }];
    let mut requester = above_patient(answer());
    requester.requester.rejections = vec![no("51", "C")];
    let mut subscriber = at_person(answer());
    subscriber.subscriber.rejections = vec![no("75", "C"), no("71", "C")];
    let mut dependent = at_person(answer());
    dependent.dependent = Some(Person {
        name: Name { entity: Code::new("QC"), kind: Code::new("1"), ..Name::default() },
        rejections: vec![no("77", "C")],
        ..Person::default()
    });
    let mut event = answer();
    event.events[0].rejections = vec![no("AM", "C"), no("AF", "C"), no("57", "C")];
    let mut provider = answer();
    provider.events[0].rejections = vec![no("33", "C")];
    provider.events[0].providers[0].rejections = vec![no("43", "C")];
    let mut service = answer();
    service.events[0].decision = Some(Decision::new("A3", "", "25"));
    service.events[0].services =
        vec![Service { rejections: vec![no("AG", "C")], ..Service::default() }];
    let cases = [
        (set, 1, 0),
        (payer, 1, 0),
        (requester, 1, 0),
        (subscriber, 2, 0),
        (dependent, 1, 0),
        (event, 3, 1),
        (provider, 2, 1),
        (service, 1, 1),
    ];
    for (response, rejections, events) in cases {
        let (findings, again) = checked(&response, Purpose::Request);
        assert!(findings.is_empty(), "{findings:#?}");
        assert_eq!(again.all_rejections().count(), rejections);
        assert_eq!(again.events.len(), events);
    }
    let (_, again) =
        checked(&Review { rejections: vec![no("42", "N")], ..answer() }, Purpose::Request);
    assert!(again.requester.is_absent() && again.has_rejections());
}

#[test]
fn a_notification_is_acknowledged_at_any_level() {
    let mut receipt = answer();
    receipt.header.purpose = Code::new("53");
    receipt.header.kind = Code::NONE;
    receipt.payer.name.entity = Code::new("PR");
    let number = || Reference {
        qualifier: Code::new("NT"),
        value: "RCPT0001".into(),
        ..Reference::default()
    };
    receipt.events[0].references = vec![number()];
    receipt.events[0].delivery = None;
    let (findings, again) = checked(&receipt, Purpose::Notification);
    assert!(findings.is_empty(), "{findings:#?}");
    receipt.control = "0001".into();
    assert!(again == receipt);
    receipt.events.clear();
    receipt.subscriber.receipt = Some(number());
    receipt.subscriber.traces = answer().events[0].traces.clone();
    let (findings, again) = checked(&receipt, Purpose::Notification);
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(again == receipt);
}

/// Values that were malformed, text in other character sets and requests with too much of everything still give a valid
/// answer.
#[test]
fn what_does_not_fit_is_left_out() {
    let mut response = answer();
    let event = &mut response.events[0];
    event.decision = Some(Decision::new("A1", " REF 0001", ""));
    event.message = "Núñez called".into();
    event.traces = vec![event.traces[0].clone(); 5];
    event.dates.push(Dated { qualifier: Code::new("435"), when: Sent::Malformed });
    event.dates.push(Dated::day("ZZZ", date!(2026 - 01 - 05)));
    event.references = ["9F", "BB", "BB", "NT"]
        .map(|qualifier| Reference {
            qualifier: Code::new(qualifier),
            value: "N1".into(),
            ..Reference::default()
        })
        .into();
    event.providers = vec![event.providers[0].clone(); 20];
    event.providers[0].role =
        Some(ProviderRole { role: Code::new("PE"), ..ProviderRole::default() });
    response.subscriber.address =
        Some(PostalAddress { line1: "1 MAIN ST".into(), ..PostalAddress::default() });
    let (findings, again) = checked(&response, Purpose::Request);
    assert!(findings.is_empty(), "{findings:#?}");
    let event = &again.events[0];
    assert_eq!((event.traces.len(), event.references.len(), event.dates.len()), (3, 2, 1));
    assert_eq!((event.providers.len(), &*event.message), (14, "NUNEZ CALLED"));
}

/// The requests, inquiries and notifications of the demonstration: each kind of use is there, nothing of them is at fault, and
/// nothing is lost.
#[test]
fn the_reviews_of_the_demonstration_are_sound_and_read_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo/reviews");
    let mut seen = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = set(&std::fs::read_to_string(&path).unwrap());
        let purpose = Purpose::of_guide(&text[12..22]).unwrap();
        let (findings, review) = walk(text.as_bytes(), Delimiters::STANDARD, purpose);
        assert!(findings.is_empty(), "{}: {findings:#?}", path.display());
        let again = written(&review, purpose, Side::Question, Delimiters::STANDARD);
        assert_eq!(again, text, "{}", path.display());
        let um = &review.events[0].um;
        let [category, kind, service] = [um.request, um.certification, um.service_type];
        seen.insert(format!("{purpose:?} {category} {kind}"));
        seen.insert(format!("service {service}"));
        seen.insert(format!("dependent {}", review.dependent.is_some()));
        seen.insert(format!("{} services", review.events[0].services.len().min(2)));
    }
    let uses = [
        ["Request SC I", "Request HS I", "Request AR I", "Request IN I", "Request AR 4"],
        ["Request SC S", "Request SC 3", "Request AR 1", "Request SC 2", "Request SC N"],
        ["Request SC R", "Inquiry SC ", "Inquiry HS ", "Inquiry AR ", "Notification AR I"],
        [
            "Notification AR S",
            "Notification AR 3",
            "Notification AR ",
            "dependent true",
            "2 services",
        ],
        ["service A6", "service BB", "service A8", "service RT", "service AI"],
    ];
    for wanted in uses.concat() {
        assert!(seen.contains(wanted), "no {wanted:?}");
    }
}
