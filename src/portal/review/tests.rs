//! Every form gives a sound 278, and every answer a screen.

use time::macros::{date, datetime};

use super::*;
use crate::portal::read_replies;
use crate::segments::{Contact, Name, Rejection};
use crate::txn::envelope::{EnvelopeWriter, Party as Mailbox};
use crate::txn::review::round_trip::{answer, walk};
use crate::txn::review::{Decision, Party, Person, Review};
use crate::wire::{Code, Delimiters};

fn form(kind: ReviewFormKind) -> ReviewForm {
    ReviewForm {
        member_id: "S12300000101".to_owned(),
        birth: Some(date!(1980 - 01 - 15)),
        ..ReviewForm::new(kind, "1245319599", "99999")
    }
}

fn referral() -> ReviewForm {
    ReviewForm {
        servicing: "1000000053".to_owned(),
        visits: Some(3),
        period: Some((date!(2026 - 01 - 12), date!(2026 - 03 - 31))),
        diagnoses: vec!["L70.0".to_owned(), "l709".to_owned()],
        ..form(ReviewFormKind::Referral)
    }
}

/// The set of a form, without findings.
fn sent(form: &ReviewForm) -> (String, Review) {
    let [sender, receiver] = ["SUBMITTER1", "PAYERGW"].map(Mailbox::mutually_defined);
    let envelope = EnvelopeWriter::new(sender, receiver, false, datetime!(2026-01-05 09:30));
    let text = String::from_utf8(form.interchange(&envelope, 7).unwrap()).unwrap();
    let (begin, end) = (text.find("ST*").unwrap(), text.find("GE*").unwrap());
    let set = &text[begin..end];
    let (findings, review) = walk(set.as_bytes(), Delimiters::STANDARD, form.kind.purpose());
    assert!(findings.is_empty(), "{findings:#?}\n{set}");
    (set.to_owned(), review)
}

#[test]
fn every_form_becomes_a_sound_278() {
    let period = Some((date!(2026 - 01 - 12), date!(2026 - 01 - 12)));
    let cases = [
        (
            referral(),
            "UM*SC*I*3*11:B~DTP*AAH*RD8*20260112-20260331~HI*ABK:L700*ABF:L709~HSD*VS*3~NM1*SJ",
        ),
        (
            ReviewForm {
                period,
                place: Code::new("22"),
                service_type: Code::new("2"),
                services: vec![ServiceField { code: "29881".to_owned(), quantity: 1 }],
                ..form(ReviewFormKind::Authorization)
            },
            "UM*HS*I*2*22:B~DTP*AAH*D8*20260112~HL*5*4*SS*0~DTP*472*D8*20260112~SV1*HC:29881**UN*1~",
        ),
        (
            ReviewForm {
                admission: Some(date!(2026 - 01 - 20)),
                days: Some(3),
                attending: "1245319599".to_owned(),
                services: vec![ServiceField { code: "0120".to_owned(), quantity: 3 }],
                ..form(ReviewFormKind::Authorization)
            },
            "UM*AR*I*2*21:B~DTP*435*D8*20260120~HSD*DY*3~NM1*71*2*PROVIDER*****XX*1245319599~HL*5*4*SS*0~SV2*0120***DA*3~",
        ),
        (
            ReviewForm {
                admission: Some(date!(2026 - 01 - 04)),
                discharge: Some(date!(2026 - 01 - 05)),
                urgency: Code::new("03"),
                ..form(ReviewFormKind::Notification)
            },
            "UM*AR*I*2*21:B**03~DTP*435*D8*20260104~DTP*096*D8*20260105~",
        ),
        (
            ReviewForm {
                period,
                visits: Some(12),
                dependent: Some(DependentFields {
                    last: "Sample".to_owned(),
                    first: "Max".to_owned(),
                    birth: date!(2015 - 05 - 05),
                    relationship: Code::new("19"),
                }),
                ..form(ReviewFormKind::Psychotherapy)
            },
            "UM*HS*I*A6*11:B~DTP*AAH*D8*20260112~HSD*VS*12~",
        ),
        (
            ReviewForm { number: "AUTH1".to_owned(), ..form(ReviewFormKind::Status) },
            "HL*4*3*EV*0~UM*SC~REF*BB*AUTH1~",
        ),
        (
            ReviewForm {
                certification: Code::new("3"),
                number: "AUTH1".to_owned(),
                ..form(ReviewFormKind::Referral)
            },
            "UM*SC*3*3*11:B~REF*BB*AUTH1~",
        ),
    ];
    for (form, expected) in cases {
        let (set, _) = sent(&form);
        assert!(set.contains(expected), "{expected}\n{set}");
    }
}

#[test]
fn the_nine_services_of_a_referral() {
    for service in &REFERRAL_SERVICES {
        let mut form = referral();
        form.choose(service);
        let (_, review) = sent(&form);
        let event = &review.events[0];
        assert_eq!(event.um.service_type, service.service_type);
        let visits = event.delivery.as_ref().and_then(|delivery| delivery.quantity);
        assert_eq!(visits, Some(service.visits.unwrap_or(3).into()), "{}", service.name);
        let taxonomy = event.provider("SJ").and_then(Party::taxonomy).unwrap_or("");
        assert_eq!((taxonomy, &*event.message), (service.taxonomy, service.message));
    }
}

#[test]
fn a_form_that_is_not_filled_in_is_not_sent() {
    let at = datetime!(2026-01-05 09:30);
    let why = |form: ReviewForm| form.review(1, at).err().map(|error| error.to_string());
    let cases = [
        (ReviewForm { member_id: String::new(), ..referral() }, "the form needs the member ID"),
        (ReviewForm { birth: None, ..referral() }, "the form needs the date of birth"),
        (
            ReviewForm { servicing: String::new(), ..referral() },
            "the form needs the servicing provider",
        ),
        (ReviewForm { visits: None, ..referral() }, "the form needs the number of visits"),
        (ReviewForm { period: None, ..referral() }, "the form needs the date of service"),
        (ReviewForm { visits: Some(100), ..referral() }, "a referral is for 1 to 99 visits"),
        (ReviewForm { visits: Some(0), ..referral() }, "a referral is for 1 to 99 visits"),
        (form(ReviewFormKind::Notification), "the form needs the admission date"),
        (
            ReviewForm { certification: Code::new("S"), ..referral() },
            "the form needs the authorization or receipt number",
        ),
    ];
    for (form, expected) in cases {
        assert_eq!(why(form).as_deref(), Some(expected));
    }
    assert_eq!(why(referral()), None);
}

#[test]
fn an_answer_is_a_screen() {
    let mut response = answer();
    response.events[0].decision = Some(Decision::new("A6", "REF0001", "10"));
    let view = ReviewView::of(&response);
    let row = &view.reviews[0];
    assert_eq!((&*view.patient, &*view.requester), ("SAMPLE, MARY", "ROE, RICHARD (1245319599)"));
    assert_eq!((row.status.as_deref(), &*row.status_words), (Some("A6"), "modified"));
    assert_eq!(
        (row.number.as_deref(), row.delivery.as_deref()),
        (Some("REF0001"), Some("3 visits"))
    );
    assert_eq!(row.reasons, ["10, delivery pattern changed"]);
    assert_eq!(row.providers, ["DERM, DORA (1000000053), service provider"]);
    assert_eq!((&*row.dates[0].what, &*row.dates[0].when), ("event", "2026-01-05 to 2027-01-04"));
    assert_eq!(view.in_short(), "modified, REF0001");
    assert!(!view.has_rejections());
}

#[test]
fn a_telephone_number_and_rejections_are_shown() {
    let mut response = answer();
    response.events[0].decision = Some(Decision::new("CT", "", "0J"));
    let name = Name::organization("X3", "OTHER REVIEWER", "PI", "12345");
    let numbers = vec![(Code::new("TE"), "6175550100".into())];
    let contacts = vec![Contact { name: Box::default(), numbers }];
    response.events[0].contact = Some(Party { contacts, ..Party::named(name) });
    let view = ReviewView::of(&response);
    assert_eq!(view.reviews[0].contacts, ["OTHER REVIEWER (12345), telephone 6175550100"]);
    let rejected = Review {
        events: Vec::new(),
        subscriber: Person {
            rejections: vec![Rejection {
                valid: false,
                reason: Code::new("75"),
                follow_up: Code::new("C"),
            }],
            ..answer().subscriber
        },
        ..answer()
    };
    let view = ReviewView::of(&rejected);
    assert!(view.has_rejections());
    assert_eq!(view.in_short(), "AAA 75: subscriber not found");
}

#[test]
fn replies_hold_reviews() {
    let text = include_bytes!("../../../fixtures/valid/278_pended.edi");
    let received = read_replies(text);
    assert_eq!(received.reviews.len(), 1);
    let view = &received.review_views()[0];
    assert_eq!(view.reviews[0].receipt.as_deref(), Some("ADM555"));
    assert_eq!(view.reviews[0].services.len(), 2);
    assert!(received.in_short().starts_with("pended"));
}
