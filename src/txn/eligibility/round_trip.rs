//! Both sets through the checker and back: what is written is valid, and what is read is what was written.

use super::inquiry::{Dependent, Receiver, Request, Source, Subscriber};
use super::response::{
    Answer, Benefit, Contact, Delivery, Entity, Receiver as Asker, Rejection, Source as Payer,
    Subscriber as Answered,
};
use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::tree::LoopRef;
use crate::wire::{Code, Delimiters, Emitter, Inline};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use time::{Date, Month, Time};

/// Checks one set and reads its tree; returns the findings as text.
pub(crate) fn walk<T>(
    text: &[u8],
    delimiters: Delimiters,
    functional: &str,
    read: impl FnOnce(LoopRef<'_>) -> T,
) -> (Vec<String>, T) {
    let group = GroupHeader {
        functional: Inline::from(functional),
        version: Inline::from(GUIDE),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters, offset: 0, ordinal: 1 };
    let (report, walked) = checker.walk(text, place);
    let value = read(walked.unwrap().root());
    (report.findings.iter().map(|finding| format!("{finding:?}")).collect(), value)
}

fn written(
    write: impl FnOnce(&mut Emitter) -> Result<(), crate::wire::EmitError>,
    delimiters: Delimiters,
) -> Vec<u8> {
    let mut out = Emitter::new(delimiters);
    write(&mut out).unwrap();
    out.into_bytes()
}

const INQUIRY: &str = "ST*270*0001*005010X279A1~BHT*0022*13*TX0001*20260105*0930~HL*1**20*1~\
    NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~\
    REF*JD*USER7~N3*1 MAIN ST~N4*BOSTON*MA*02111~PRV*RF*PXC*207R00000X~HL*3*2*22*1~\
    TRN*1*TRACE0001*9SUBMITTER~NM1*IL*1*DOE*JANE*A**JR*MI*S12300000101~REF*6P*G100~DMG*D8*19800115*F~\
    HI*ABK:Z01419*ABF:E119~DTP*291*RD8*20260105-20260107~EQ*98^UC*HC:G0101:25***1:2~AMT*R*37.5~III*ZZ*11~\
    REF*G1*AUTH1~DTP*291*D8*20260106~HL*4*3*23*0~TRN*1*TRACE0002*9SUBMITTER~NM1*03*1*DOE*MAX~\
    DMG*D8*20150505*M~INS*N*19~EQ*30~SE*29*0001~";

#[test]
fn a_270_is_read_and_written_back_byte_by_byte() {
    let (_, inquiry) = walk(INQUIRY.as_bytes(), Delimiters::STANDARD, "HS", Inquiry::read);
    assert_eq!(inquiry.patients(), 2);
    let jane = &inquiry.sources[0].receivers[0].subscribers[0];
    assert_eq!(jane.person.birth.value().unwrap().year(), 1980);
    assert_eq!(&*jane.dependents[0].person.name.first, "MAX");
    let request = &jane.requests[0];
    assert_eq!(request.service_types, [Code::new("98"), Code::new("UC")]);
    assert_eq!(&*request.procedure.as_ref().unwrap().code, "G0101");
    assert_eq!((&*request.pointers, request.spend_down), (&[1, 2][..], Some(Decimal::new(375, 1))));
    let again = written(|out| inquiry.write(out), Delimiters::STANDARD);
    assert_eq!(String::from_utf8(again).unwrap(), INQUIRY);
}

#[test]
fn unreadable_values_are_remembered_as_malformed() {
    let spoiled =
        INQUIRY.replace("19800115*F", "19801315*X").replace("20260105-20260107", "20260105-2026");
    let (findings, inquiry) = walk(spoiled.as_bytes(), Delimiters::STANDARD, "HS", Inquiry::read);
    assert!(!findings.is_empty());
    let person = &inquiry.sources[0].receivers[0].subscribers[0].person;
    assert!(person.birth.is_malformed() && person.gender.is_malformed());
    assert!(person.date("291").is_malformed());
}

fn code(of: &'static [&'static str]) -> impl Strategy<Value = Code> {
    proptest::sample::select(of).prop_map(Code::from)
}

/// A name in the basic character set, without separators, blanks at its ends or doubled.
fn name() -> impl Strategy<Value = Box<str>> {
    "[A-Z][A-Z'.-]{0,8}( [A-Z]{1,8})?".prop_map(Into::into)
}

fn maybe_name() -> impl Strategy<Value = Box<str>> {
    option::of(name()).prop_map(Option::unwrap_or_default)
}

fn number() -> impl Strategy<Value = Box<str>> {
    "[A-Za-z0-9]{2,12}".prop_map(Into::into)
}

fn date() -> impl Strategy<Value = Date> {
    (1900_i32..2099, 1_u8..=12, 1_u8..=28).prop_map(|(year, month, day)| {
        Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap()
    })
}

/// A day on which messages of this version are written, and diagnoses are of ICD-10.
fn today() -> impl Strategy<Value = Date> {
    (2016_i32..2099, 1_u8..=12, 1_u8..=28).prop_map(|(year, month, day)| {
        Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap()
    })
}

fn dated(of: &'static [&'static str]) -> impl Strategy<Value = Dated> {
    let when = (date(), option::of(date())).prop_map(|(from, to)| match to {
        Some(to) => When::Span(from.min(to), from.max(to)),
        None => When::Day(from),
    });
    (code(of), when).prop_map(|(qualifier, when)| Dated { qualifier, when: Sent::Value(when) })
}

fn reference(of: &'static [&'static str], described: bool) -> impl Strategy<Value = Reference> {
    (code(of), number(), maybe_name()).prop_map(move |(qualifier, value, description)| Reference {
        qualifier,
        value,
        description: if described { description } else { Box::default() },
    })
}

fn header(purpose: &'static str) -> impl Strategy<Value = Header> {
    (number(), today(), 0_u8..24, 0_u8..60).prop_map(move |(reference, date, hour, minute)| {
        Header {
            purpose: Code::new(purpose),
            reference,
            date: Sent::Value(date),
            time: Sent::Value(Time::from_hms(hour, minute, 0).unwrap()),
            kind: Code::NONE,
        }
    })
}

fn organization(
    entity: &'static str,
    qualifier: &'static str,
    id: &'static str,
) -> impl Strategy<Value = Name> {
    name().prop_map(move |last| Name {
        entity: Code::new(entity),
        kind: Code::new("2"),
        last,
        id_qualifier: Code::new(qualifier),
        id: id.into(),
        ..Name::default()
    })
}

fn address() -> impl Strategy<Value = PostalAddress> {
    (name(), maybe_name(), "[A-Z]{2,12}", "[0-9]{5}").prop_map(|(line1, line2, city, zip)| {
        PostalAddress {
            line1,
            line2,
            city: city.into(),
            state: "MA".into(),
            zip: zip.into(),
            ..PostalAddress::default()
        }
    })
}

fn trace(kind: &'static str) -> impl Strategy<Value = Trace> {
    (number(), "9[A-Z]{9}").prop_map(move |(number, originator)| Trace {
        kind: Code::new(kind),
        number,
        originator: originator.into(),
        secondary: Box::default(),
    })
}

/// A person of a 2100C or 2100D loop, of the 270 or the 271.
fn person(dependent: bool, answer: bool) -> impl Strategy<Value = Person> {
    // An inquiry has no code for a gender that is not known.
    let genders = [Gender::Female, Gender::Male, Gender::Unknown];
    let gender = proptest::sample::select(genders[..if answer { 3 } else { 2 }].to_vec());
    let names = (name(), name(), maybe_name(), number());
    let diagnoses = vec("[A-Z][0-9]{2,5}", 0..4);
    let dates = vec(dated(&["291"]), 0..2);
    let references = vec(reference(&["6P", "EJ", "1L"], answer), 0..3);
    let rest = (option::of(address()), date(), option::of(gender), option::of(1_u32..4));
    (names, references, diagnoses, dates, rest).prop_map(
        move |(names, references, diagnoses, dates, rest)| {
            let (last, first, middle, id) = names;
            let (address, birth, gender, twin) = rest;
            let (entity, subscriber, relationship) =
                if dependent { ("03", "N", "19") } else { ("IL", "Y", "18") };
            let changed = |code| if answer { Code::new(code) } else { Code::NONE };
            Person {
                name: Name {
                    entity: Code::new(entity),
                    kind: Code::new("1"),
                    last,
                    first,
                    middle,
                    suffix: Box::default(),
                    id_qualifier: if dependent { Code::NONE } else { Code::new("MI") },
                    id: if dependent { Box::default() } else { id },
                },
                references,
                address,
                provider: None,
                birth: Sent::Value(birth),
                gender: gender.into(),
                insured: twin.map(|place| Insured {
                    subscriber: Code::new(subscriber),
                    relationship: Code::new(relationship),
                    maintenance: changed("001"),
                    reason: changed("25"),
                    birth_sequence: Some(place),
                    ..Insured::default()
                }),
                diagnoses: diagnoses
                    .into_iter()
                    .enumerate()
                    .map(|(index, code)| Diagnosis {
                        qualifier: Code::new(if index == 0 { "ABK" } else { "ABF" }),
                        code: code.into(),
                    })
                    .collect(),
                dates,
            }
        },
    )
}

fn procedure() -> impl Strategy<Value = Procedure> {
    ("[A-Z][0-9]{4}", vec("[A-Z0-9]{2}", 0..4)).prop_map(|(code, modifiers)| Procedure {
        qualifier: Code::new("HC"),
        code: code.into(),
        modifiers: modifiers.iter().map(|m| Code::from(&**m)).collect(),
        last: Box::default(),
    })
}

fn service_types() -> impl Strategy<Value = Vec<Code>> {
    vec(code(&["30", "98", "UC", "A6", "1"]), 1..4)
}

fn request() -> impl Strategy<Value = Request> {
    let asked = prop_oneof![
        service_types().prop_map(|types| (types, None)),
        procedure().prop_map(|procedure| (Vec::new(), Some(procedure))),
    ];
    let place = option::of("[0-9]{2}");
    (asked, place, option::of(reference(&["9F", "G1"], false)), option::of(dated(&["291"])))
        .prop_map(|((service_types, procedure), place, reference, date)| Request {
            service_types,
            procedure,
            place: place.map(|code| Place {
                qualifier: Code::new("ZZ"),
                code: code.into(),
                ..Place::default()
            }),
            reference,
            date,
            ..Request::default()
        })
}

fn subscriber() -> impl Strategy<Value = Subscriber> {
    let dependent = (vec(trace("1"), 0..3), person(true, false), vec(request(), 1..3));
    let dependent =
        dependent.prop_map(|(traces, person, requests)| Dependent { traces, person, requests });
    (vec(trace("1"), 0..3), person(false, false), vec(request(), 1..3), vec(dependent, 0..3))
        .prop_map(|(traces, person, requests, dependents)| Subscriber {
            traces,
            person,
            requests,
            dependents,
        })
}

fn inquiry() -> impl Strategy<Value = Inquiry> {
    let receiver = (organization("1P", "XX", "1234567893"), vec(subscriber(), 1..4));
    let payer = organization("PR", "PI", "99999");
    (header("13"), payer, receiver).prop_map(|(header, name, (asker, subscribers))| Inquiry {
        control: "0001".into(),
        header,
        sources: vec![Source {
            name,
            receivers: vec![Receiver { name: asker, subscribers, ..Receiver::default() }],
            ..Source::default()
        }],
    })
}

fn rejection(reasons: &'static [&'static str]) -> impl Strategy<Value = Rejection> {
    (any::<bool>(), code(reasons), code(&["C", "N", "Y"]))
        .prop_map(|(valid, reason, follow_up)| Rejection { valid, reason, follow_up })
}

fn amount() -> impl Strategy<Value = Option<Decimal>> {
    option::of((0_i64..9_999_999).prop_map(|cents| Decimal::new(cents, 2)))
}

fn contact() -> impl Strategy<Value = Contact> {
    (name(), "[0-9]{10}").prop_map(|(name, telephone)| Contact {
        name,
        numbers: vec![(Code::new("TE"), telephone.into())],
    })
}

fn benefit() -> impl Strategy<Value = Benefit> {
    let kind = code(&["1", "6", "A", "B", "C", "G", "F", "I"]);
    let money = (amount(), amount(), code(&["23", "29", "27"]), code(&["Y", "N", "W"]));
    let inner = (
        vec(reference(&["18", "6P"], true), 0..2),
        vec(dated(&["292", "346", "636"]), 0..3),
        vec(rejection(&["15", "62"]), 0..2),
        vec(name(), 0..3),
    );
    let entity = (organization("VN", "PI", "12345"), option::of(address()), vec(contact(), 0..2));
    let entity = entity.prop_map(|(name, address, contacts)| Entity {
        name,
        address,
        contacts,
        role: Some(ProviderRole {
            role: Code::new("PE"),
            qualifier: Code::new("PXC"),
            value: "207R00000X".into(),
        }),
    });
    let delivery = option::of((1_i64..99, code(&["DA", "WK"]))).prop_map(|visits| {
        visits.map(|(quantity, frequency)| Delivery {
            unit: Code::new("VS"),
            quantity: Some(Decimal::from(quantity)),
            frequency,
            modulus: Some(Decimal::ONE),
            ..Delivery::default()
        })
    });
    let places = vec("[0-9]{2}", 0..3).prop_map(|codes| {
        let place = |code: String| Place {
            qualifier: Code::new("ZZ"),
            code: code.into(),
            ..Place::default()
        };
        codes.into_iter().map(place).collect()
    });
    (kind, service_types(), money, inner, (vec(entity, 0..3), delivery, maybe_name(), places))
        .prop_map(|(kind, service_types, money, inner, (entities, delivery, plan, places))| {
            let (amount, quantity, period, network) = money;
            let (references, dates, rejections, messages) = inner;
            let amount = if ["A", "B", "C", "G"].iter().any(|k| kind == *k) {
                amount.or(Some(Decimal::ZERO))
            } else {
                amount
            };
            Benefit {
                kind,
                service_types: service_types.into(),
                plan,
                period,
                amount,
                unit: if quantity.is_some() { Code::new("VS") } else { Code::NONE },
                quantity,
                network,
                deliveries: delivery.into_iter().collect(),
                references,
                dates: dates.into(),
                rejections,
                messages,
                places,
                entities,
                ..Benefit::default()
            }
        })
}

fn answer(dependent: bool) -> impl Strategy<Value = Answer> {
    (
        vec(trace("2"), 0..3),
        person(dependent, true),
        vec(rejection(&["58", "62"]), 0..3),
        vec(benefit(), 1..4),
    )
        .prop_map(|(traces, person, rejections, benefits)| {
            let benefits = if rejections.is_empty() { benefits } else { Vec::new() };
            Answer { traces, person, rejections, benefits: benefits.into_iter().collect() }
        })
}

fn response() -> impl Strategy<Value = Response> {
    let answered = (answer(false), vec(answer(true), 0..3))
        .prop_map(|(answer, dependents)| Answered { answer, dependents });
    let asker = (organization("1P", "XX", "1234567893"), vec(answered, 1..4));
    (header("11"), organization("PR", "PI", "99999"), vec(contact(), 0..3), asker).prop_map(
        |(header, name, contacts, (asker, subscribers))| Response {
            control: "0001".into(),
            header,
            sources: vec![Payer {
                name,
                contacts,
                receivers: vec![Asker { name: asker, subscribers, ..Asker::default() }],
                ..Payer::default()
            }],
        },
    )
}

const PIPES: Delimiters =
    Delimiters { element: b'|', component: b'>', repetition: Some(b'{'), terminator: b'\n' };

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inquiries_are_clean_and_read_back(inquiry in inquiry()) {
        for delimiters in [Delimiters::STANDARD, PIPES] {
            let text = written(|out| inquiry.write(out), delimiters);
            let (findings, again) = walk(&text, delimiters, "HS", Inquiry::read);
            prop_assert!(findings.is_empty(), "{findings:#?}\n{}", String::from_utf8_lossy(&text));
            prop_assert_eq!(&again, &inquiry);
        }
    }

    #[test]
    fn responses_are_clean_and_read_back(response in response()) {
        for delimiters in [Delimiters::STANDARD, PIPES] {
            let text = written(|out| response.write(out), delimiters);
            let (findings, again) = walk(&text, delimiters, "HB", Response::read);
            prop_assert!(findings.is_empty(), "{findings:#?}\n{}", String::from_utf8_lossy(&text));
            prop_assert_eq!(&again, &response);
        }
    }

    /// Reading accepts any element values, and what is read can be written.
    #[test]
    fn spoiled_inquiries_are_borne(at in 0_usize..900, byte in any::<u8>()) {
        let mut text = INQUIRY.as_bytes().to_vec();
        let at = 25 + at % (text.len() - 25);
        text[at] = byte;
        let (_, inquiry) = walk(&text, Delimiters::STANDARD, "HS", Inquiry::read);
        let _ = inquiry.write(&mut Emitter::new(Delimiters::STANDARD));
    }
}
