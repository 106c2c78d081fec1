//! What is known of a person is not printed: every type that holds any is formatted as a log would, and looked through for
//! what was planted in it.
//!
//! A type that holds a person belongs in one of the lists here; those of another module get a test of their own, with
//! [`assert_silent`].

use std::fmt::Debug;
use std::sync::Arc;

use rust_decimal::Decimal;
use time::{Date, Time};
use x12gate::check::{Batch, BillingProvider, Claim, ClaimEvent, ClaimTally, Line};
use x12gate::segments::{
    Amount, ClaimStatus, Contact, Dated, Demographics, Diagnosis, Gender, Header, Insured, Name,
    NameElements, Place, PostalAddress, Procedure, ProviderRole, Reference, Sent, ServiceElements,
    ServiceLine, StatusCode, Trace, When,
};
use x12gate::txn::eligibility::inquiry::{self, Dependent, Request};
use x12gate::txn::eligibility::response::{
    self, Answer, Benefit, Benefits, Entity, SharedBenefits,
};
use x12gate::txn::eligibility::{Inquiry, Person, Response};
use x12gate::wire::{Code, Delimiters, Emitter, Tape};

/// Stands in every text that is about somebody.
const TEXT: &str = "PLANTED7";

/// Every date of somebody.
const DAY: Date = time::macros::date!(1912 - 03 - 04);

/// Every time of somebody.
const TIME: Time = time::macros::time!(13:47:59);

/// Every amount and number of somebody.
fn amount() -> Decimal {
    Decimal::new(98_765_432, 2)
}

/// What may not be printed: the planted values as text, as numbers of bytes, and as `Debug` shows them.
const PLANTED: [&str; 8] =
    ["PLANTED", "80, 76, 65", "1912", "March", "13:47", "987654", "9876", "Female"];

/// Fails when one of these prints anything that was planted in it.
fn assert_silent(values: &[&dyn Debug]) {
    for value in values {
        for shown in [format!("{value:?}"), format!("{value:#?}")] {
            let one_line = shown.replace(['\n', ' '], "");
            for planted in PLANTED {
                let leaks = shown.contains(planted) || one_line.contains(&planted.replace(' ', ""));
                assert!(!leaks, "`{planted}` in {shown}");
            }
        }
    }
}

fn text() -> Box<str> {
    TEXT.into()
}

fn name() -> Name {
    let (last, first, middle, suffix, id) = (text(), text(), text(), text(), text());
    let (entity, kind, id_qualifier) = (Code::new("IL"), Code::new("1"), Code::new("MI"));
    Name { entity, kind, last, first, middle, suffix, id_qualifier, id }
}

fn reference() -> Reference {
    Reference { qualifier: Code::new("SY"), value: text(), description: text() }
}

fn address() -> PostalAddress {
    PostalAddress {
        line1: text(),
        line2: text(),
        city: text(),
        state: text(),
        zip: text(),
        country: text(),
        subdivision: text(),
    }
}

fn role() -> ProviderRole {
    ProviderRole { role: Code::new("PC"), qualifier: Code::new("PXC"), value: text() }
}

fn trace() -> Trace {
    Trace { kind: Code::new("1"), number: text(), originator: text(), secondary: text() }
}

fn contact() -> Contact {
    Contact { name: text(), numbers: vec![(Code::new("TE"), text())] }
}

fn insured() -> Insured {
    Insured {
        subscriber: Code::new("N"),
        relationship: Code::new("19"),
        birth_sequence: Some(9_876_543),
        ..Insured::default()
    }
}

fn diagnosis() -> Diagnosis {
    Diagnosis { qualifier: Code::new("ABK"), code: text() }
}

fn procedure() -> Procedure {
    Procedure { qualifier: Code::new("HC"), code: text(), modifiers: Vec::new(), last: text() }
}

fn place() -> Place {
    Place { qualifier: Code::new("ZZ"), code: text(), category: Code::NONE, text: text() }
}

fn header() -> Header {
    Header {
        purpose: Code::new("13"),
        reference: text(),
        date: Sent::Value(DAY),
        time: Sent::Value(TIME),
        kind: Code::NONE,
    }
}

fn person() -> Person {
    Person {
        name: name(),
        references: vec![reference()],
        address: Some(address()),
        provider: Some(role()),
        birth: Sent::Value(DAY),
        gender: Sent::Value(Gender::Female),
        insured: Some(insured()),
        diagnoses: vec![diagnosis()],
        dates: vec![Dated::day("291", DAY)],
    }
}

fn request() -> Request {
    Request {
        service_types: vec![Code::new("30")],
        procedure: Some(procedure()),
        spend_down: Some(amount()),
        spend_down_billed: Some(amount()),
        place: Some(place()),
        reference: Some(reference()),
        date: Some(Dated::span("291", DAY, DAY)),
        ..Request::default()
    }
}

fn benefit() -> Benefit {
    Benefit {
        plan: text(),
        amount: Some(amount()),
        share: Some(amount()),
        quantity: Some(amount()),
        procedure: Some(procedure()),
        references: vec![reference()],
        dates: [Dated::day("346", DAY)].into_iter().collect(),
        messages: vec![text()],
        places: vec![place()],
        entities: vec![entity()],
        ..Benefit::new("1", [Code::new("30")])
    }
}

fn entity() -> Entity {
    let (contacts, role) = (vec![contact()], Some(role()));
    Entity { name: name(), address: Some(address()), contacts, role }
}

fn benefits() -> Benefits {
    let mut benefits: Benefits = [benefit()].into_iter().collect();
    benefits.share(&Arc::new(SharedBenefits::new(vec![benefit()])));
    benefits
}

#[test]
fn segments_print_no_person() {
    let service = ServiceLine {
        procedure: procedure(),
        charge: Some(amount()),
        paid: Some(amount()),
        revenue: text(),
        units: Some(amount()),
    };
    let status = ClaimStatus {
        statuses: [StatusCode::default()].into_iter().collect(),
        date: Sent::Value(DAY),
        action: Code::new("U"),
        charge: Some(amount()),
        paid: Some(amount()),
        decided: Sent::Value(DAY),
        payment_date: Sent::Value(DAY),
        payment_number: text(),
        words: text(),
    };
    let names = NameElements { last: TEXT, first: TEXT, id: TEXT, ..NameElements::default() };
    let parts = ServiceElements {
        procedure: &[TEXT],
        charge: Some(amount()),
        revenue: TEXT,
        ..ServiceElements::default()
    };
    let demographics =
        Demographics { birth: Sent::Value(DAY), gender: Sent::Value(Gender::Female) };
    assert_silent(&[
        &name(),
        &names,
        &reference(),
        &address(),
        &role(),
        &trace(),
        &contact(),
        &insured(),
        &diagnosis(),
        &procedure(),
        &place(),
        &header(),
        &demographics,
        &Gender::Female,
        &Sent::Value(DAY),
        &When::Day(DAY),
        &When::Span(DAY, DAY),
        &Dated::day("291", DAY),
        &Amount { qualifier: Code::new("R"), amount: Some(amount()) },
        &service,
        &parts,
        &status,
    ]);
}

#[test]
fn eligibility_prints_no_person() {
    let dependent =
        Dependent { traces: vec![trace()], person: person(), requests: vec![request()] };
    let subscriber = inquiry::Subscriber {
        traces: vec![trace()],
        person: person(),
        requests: vec![request()],
        dependents: vec![dependent.clone()],
    };
    let receiver = inquiry::Receiver {
        name: name(),
        references: vec![reference()],
        address: Some(address()),
        role: Some(role()),
        subscribers: vec![subscriber.clone()],
        ..inquiry::Receiver::default()
    };
    let source = inquiry::Source {
        name: name(),
        contacts: vec![contact()],
        receivers: vec![receiver.clone()],
        ..inquiry::Source::default()
    };
    let inquiry =
        Inquiry { control: "0001".into(), header: header(), sources: vec![source.clone()] };
    assert_silent(&[&person(), &request(), &dependent, &subscriber, &receiver, &source, &inquiry]);

    let answer = Answer {
        traces: vec![trace()],
        person: person(),
        rejections: Vec::new(),
        benefits: benefits(),
    };
    let subscriber =
        response::Subscriber { answer: answer.clone(), dependents: vec![answer.clone()] };
    let receiver = response::Receiver {
        name: name(),
        subscribers: vec![subscriber.clone()],
        ..response::Receiver::default()
    };
    let source = response::Source {
        name: name(),
        receivers: vec![receiver.clone()],
        ..response::Source::default()
    };
    let response =
        Response { control: "0001".into(), header: header(), sources: vec![source.clone()] };
    let shared = SharedBenefits::new(vec![benefit()]);
    assert_silent(&[&benefit(), &entity(), &benefits(), &shared, &answer]);
    assert_silent(&[&subscriber, &receiver, &source, &response]);
}

#[test]
fn claims_print_no_person() {
    let mut line = Line::default();
    (line.control, line.revenue) = (text(), text());
    line.procedure = std::array::from_fn(|_| text());
    (line.charge, line.units, line.dates) = (amount(), Some(amount()), Some((DAY, DAY)));
    let mut claim = Claim::default();
    claim.name = name();
    (claim.control, claim.bill_type, claim.trace) = (text(), text(), text());
    (claim.charge, claim.dates) = (amount(), Some((DAY, DAY)));
    claim.lines = vec![line.clone()];
    let mut provider = BillingProvider::default();
    (provider.name, provider.tax_id) = (name(), text());
    let mut batch = Batch::default();
    (batch.reference, batch.submitter, batch.receiver) = (text(), name(), name());
    let mut tally = ClaimTally::default();
    tally.batch = batch.clone();
    tally.events = vec![ClaimEvent::Claim(Box::new(claim.clone()))];
    assert_silent(&[&line, &claim, &provider, &batch, &tally]);
}

#[test]
fn a_writer_prints_nothing_of_what_it_wrote() {
    let mut out = Emitter::new(Delimiters::STANDARD);
    name().write(&mut out).unwrap();
    assert_silent(&[&out]);
    assert_silent(&[&out.segment("REF").text(TEXT)]);
}

#[test]
fn views_of_a_message_print_no_text() {
    let text = format!("NM1*IL*1*{TEXT}:{TEXT}~");
    let mut tape = Tape::default();
    tape.fill(text.as_bytes(), Delimiters::STANDARD);
    let segment = tape.segment(text.as_bytes(), 0);
    let element = segment.element(3).unwrap();
    let component = element.components().next().unwrap();
    assert_silent(&[&tape, &segment, &segment.elements(), &element, &component]);
}

#[test]
#[should_panic(expected = "PLANTED")]
fn what_is_printed_is_found() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "only what `Debug` prints is looked at")]
    struct Careless {
        name: Box<str>,
    }
    assert_silent(&[&Careless { name: text() }]);
}
