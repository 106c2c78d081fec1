//! Both sets through the checker and back: what is written is valid, and what is read is what was written.

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::segments::{
    ClaimStatus, Contact, Demographics, Gender, Header, Name, Procedure, Reference, Sent,
    ServiceLine, StatusCode, When, find,
};
use crate::tree::LoopRef;
use crate::wire::{Code, Delimiters, EmitError, Emitter, Inline};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use time::macros::date;
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
    write: impl FnOnce(&mut Emitter) -> Result<(), EmitError>,
    delimiters: Delimiters,
) -> Vec<u8> {
    let mut out = Emitter::new(delimiters);
    write(&mut out).unwrap();
    out.into_bytes()
}

const REQUEST: &str = "ST*276*0001*005010X212~BHT*0010*13*CS0001*20260105*0930~HL*1**20*1~\
    NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
    HL*3*2*19*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~NM1*1P*2*SAMPLE CLINIC*****SV*P77~\
    HL*4*3*22*1~DMG*D8*19800115*F~NM1*IL*1*DOE*JANE*A**JR*MI*S12300000101~TRN*1*PT0001~\
    REF*1K*12345678~REF*BLT*131~REF*EJ*ACC1~AMT*T3*250~DTP*472*RD8*20251201-20251203~TRN*1*PT0002~\
    SVC*HC:G0101:25*250**0510***1~REF*FJ*L1~DTP*472*D8*20251201~SVC*HC:99213*100~\
    DTP*472*RD8*20251202-20251205~HL*5*4*23~DMG*D8*20150505*M~NM1*QC*1*DOE*MAX~TRN*1*PT0003~\
    DTP*472*D8*20251201~HL*6*2*19*1~NM1*1P*1*ROE*RICHARD****XX*1245319599~HL*7*6*22*0~\
    DMG*D8*19800115~NM1*IL*1*DOE*JANE****MI*S12300000101~TRN*1*PT0004~DTP*472*D8*20251201~SE*37*0001~";

const RESPONSE: &str = "ST*277*0001*005010X212~BHT*0010*08*CS0001*20260105*0930*DG~HL*1**20*1~\
    NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~PER*IC*STATUS DESK*TE*6175550100~HL*2*1*21*1~\
    NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~HL*3*2*19*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~\
    HL*4*3*22*1~NM1*IL*1*DOE*JANE****MI*S12300000101~TRN*2*PT0001~\
    STC*F1:65*20251220**250*180*20251218**20251220*EFT000123~REF*1K*12345678~REF*BLT*131~\
    REF*EJ*ACC1~DTP*472*D8*20251201~SVC*HC:G0101*250*180****1~STC*F1:65*20251220~REF*FJ*L1~\
    DTP*472*D8*20251201~TRN*2*PT0001~STC*P1:20*20260102**80*0~REF*1K*12345679~\
    DTP*472*RD8*20251202-20251203~HL*5*4*23~NM1*QC*1*DOE*MAX~TRN*2*PT0003~STC*D0:35*20260105~\
    HL*6*2*19*0~NM1*1P*2*OTHER CLINIC*****XX*1245319599~TRN*1*0~STC*E0:24:1P*20260105~HL*7*1*21*0~\
    NM1*41*2*SUBMITTER TWO*****46*SUBMITTER2~TRN*2*CS0001~STC*E0:24:41*20260105~SE*38*0001~";

#[test]
fn a_276_is_read_and_written_back_byte_by_byte() {
    let (findings, request) =
        walk(REQUEST.as_bytes(), Delimiters::STANDARD, "HR", StatusRequest::read);
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(request.claims(), 4);
    let providers = &request.sources[0].receivers[0].providers;
    assert_eq!(providers[0].names.len(), 2);
    let jane = &providers[0].subscribers[0];
    assert_eq!(jane.demographics.birth, Sent::Value(date!(1980 - 01 - 15)));
    let [by_number, by_line] = &*jane.claims else { panic!("two claims") };
    assert_eq!(
        (by_number.reference("1K"), by_number.reference("BLT")),
        (Some("12345678"), Some("131"))
    );
    assert_eq!(by_number.charge, Sent::Value(Decimal::from(250)));
    assert_eq!(by_number.period(), Some((date!(2025 - 12 - 01), date!(2025 - 12 - 03))));
    assert_eq!(by_line.period(), Some((date!(2025 - 12 - 01), date!(2025 - 12 - 05))));
    assert_eq!(&*by_line.lines[0].control, "L1");
    assert_eq!(&*jane.dependents[0].name.first, "MAX");
    assert_eq!(&*providers[1].subscribers[0].claims[0].trace, "PT0004");
    let again = written(|out| request.write(out), Delimiters::STANDARD);
    assert_eq!(String::from_utf8(again).unwrap(), REQUEST);
}

#[test]
fn a_277_is_read_and_written_back_byte_by_byte() {
    let (findings, response) =
        walk(RESPONSE.as_bytes(), Delimiters::STANDARD, "HN", StatusResponse::read);
    assert!(findings.is_empty(), "{findings:#?}");
    let [first, second] = &*response.sources[0].receivers else { panic!("two receivers") };
    let jane = &first.providers[0].subscribers[0];
    assert_eq!(jane.claims.len(), 2);
    assert_eq!(find(&jane.claims[1].references, "1K"), Some("12345679"));
    assert_eq!(jane.claims[0].lines[0].service.paid, Some(Decimal::from(180)));
    assert_eq!(&*first.providers[1].refused.as_ref().unwrap().trace, "0");
    assert_eq!(&*second.refused.as_ref().unwrap().trace, "CS0001");
    let again = written(|out| response.write(out), Delimiters::STANDARD);
    assert_eq!(String::from_utf8(again).unwrap(), RESPONSE);
}

#[test]
fn unreadable_values_are_remembered_as_malformed() {
    let spoiled = REQUEST.replace("19800115*F", "19801315*X").replace("T3*250", "T3*2x0");
    let spoiled = spoiled.replace("20251201-20251203", "20251201-2025");
    let (findings, request) =
        walk(spoiled.as_bytes(), Delimiters::STANDARD, "HR", StatusRequest::read);
    assert!(!findings.is_empty());
    let jane = &request.sources[0].receivers[0].providers[0].subscribers[0];
    assert!(jane.demographics.birth.is_malformed() && jane.demographics.gender.is_malformed());
    assert!(jane.claims[0].charge.is_malformed() && jane.claims[0].service.is_malformed());
    assert_eq!(jane.claims[0].period(), None);
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

fn day() -> impl Strategy<Value = Date> {
    (2016_i32..2099, 1_u8..=12, 1_u8..=28).prop_map(|(year, month, day)| {
        Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap()
    })
}

fn when() -> impl Strategy<Value = Sent<When>> {
    (day(), option::of(day())).prop_map(|(from, to)| match to {
        Some(to) => Sent::Value(When::Span(from.min(to), from.max(to))),
        None => Sent::Value(When::Day(from)),
    })
}

fn amount() -> impl Strategy<Value = Decimal> {
    (0_i64..99_999_999).prop_map(|cents| Decimal::new(cents, 2))
}

fn header(purpose: &'static str, kind: Code) -> impl Strategy<Value = Header> {
    (number(), day(), 0_u8..24, 0_u8..60).prop_map(move |(reference, date, hour, minute)| Header {
        purpose: Code::new(purpose),
        reference,
        date: Sent::Value(date),
        time: Sent::Value(Time::from_hms(hour, minute, 0).unwrap()),
        kind,
    })
}

fn organization(
    entity: &'static str,
    kind: &'static str,
    id: &'static str,
) -> impl Strategy<Value = Name> {
    name().prop_map(move |last| Name::organization(entity, &last, kind, id))
}

fn person(entity: &'static str) -> impl Strategy<Value = Name> {
    (name(), name(), maybe_name(), number()).prop_map(move |(last, first, middle, id)| {
        let has_id = entity == "IL";
        Name {
            entity: Code::new(entity),
            kind: Code::new("1"),
            last,
            first,
            middle,
            suffix: Box::default(),
            id_qualifier: if has_id { Code::new("MI") } else { Code::NONE },
            id: if has_id { id } else { Box::default() },
        }
    })
}

/// References, one of each kind, in the order of the guide.
fn references(of: &'static [&'static str]) -> impl Strategy<Value = Vec<Reference>> {
    vec(option::of(number()), of.len()).prop_map(move |values| {
        let reference = |(qualifier, value): (&&str, Option<Box<str>>)| {
            let qualifier = Code::from(*qualifier);
            value.map(|value| Reference { qualifier, value, description: Box::default() })
        };
        of.iter().zip(values).filter_map(reference).collect()
    })
}

fn service(answer: bool) -> impl Strategy<Value = ServiceLine> {
    let procedure = ("[A-Z][0-9]{4}", vec(code(&["25", "59", "GP"]), 0..3));
    (procedure, amount(), amount(), 1_u32..99).prop_map(
        move |((code, modifiers), charge, paid, units)| ServiceLine {
            procedure: Procedure {
                qualifier: Code::new("HC"),
                code: code.into(),
                modifiers,
                last: Box::default(),
            },
            charge: Some(charge),
            paid: answer.then_some(paid),
            revenue: Box::default(),
            units: Some(units.into()),
        },
    )
}

fn status(line: bool) -> impl Strategy<Value = ClaimStatus> {
    let pair = (code(&["F1", "P1", "F2"]), code(&["20", "65", "107"]), code(&["", "PR", "85"]))
        .prop_map(|(category, code, entity)| StatusCode { category, code, entity });
    let payment = option::of((day(), day(), number()));
    (vec(pair, 1..4), day(), amount(), amount(), payment).prop_map(
        move |(statuses, day, charge, paid, payment)| {
            let payment = payment.filter(|_| !line);
            ClaimStatus {
                statuses: statuses.into_iter().collect(),
                date: Sent::Value(day),
                charge: (!line).then_some(charge),
                paid: (!line).then_some(paid),
                decided: payment.as_ref().map(|payment| payment.0).into(),
                payment_date: payment.as_ref().map(|payment| payment.1).into(),
                payment_number: payment.map_or_else(Box::default, |payment| payment.2),
                ..ClaimStatus::default()
            }
        },
    )
}

fn claim_request() -> impl Strategy<Value = ClaimRequest> {
    let line =
        (service(false), option::of(number()), when()).prop_map(|(service, control, when)| {
            LineRequest { service, control: control.unwrap_or_default(), when }
        });
    let references = references(&["1K", "BLT", "LU", "6P", "EJ", "XZ", "D9"]);
    (number(), references, option::of(amount()), when(), vec(line, 0..3)).prop_map(
        |(trace, references, charge, service, lines)| ClaimRequest {
            trace,
            references,
            charge: charge.into(),
            service,
            lines,
        },
    )
}

fn claim_answer() -> impl Strategy<Value = ClaimAnswer> {
    let line = (service(true), vec(status(true), 1..3), option::of(number()), when()).prop_map(
        |(service, statuses, control, when)| LineAnswer {
            service,
            statuses,
            control: control.unwrap_or_default(),
            when,
        },
    );
    let references = references(&["1K", "BLT", "EJ", "XZ", "VV", "D9"]);
    (number(), vec(status(false), 1..3), references, when(), vec(line, 0..3)).prop_map(
        |(trace, statuses, references, service, lines)| ClaimAnswer {
            trace,
            statuses,
            references,
            service,
            lines,
        },
    )
}

fn demographics() -> impl Strategy<Value = Demographics> {
    (day(), option::of(proptest::sample::select(&[Gender::Female, Gender::Male][..]))).prop_map(
        |(birth, gender)| Demographics { birth: Sent::Value(birth), gender: gender.into() },
    )
}

/// Payers with all the levels below them; `described` says whether people have birth dates there.
fn sources<C: levels::Claim + Clone + std::fmt::Debug>(
    claim: impl Strategy<Value = C> + Clone + 'static,
    described: bool,
) -> impl Strategy<Value = Vec<Source<C>>> {
    let described = move |demographics| match described {
        true => demographics,
        false => Demographics::default(),
    };
    let dependent = (person("QC"), demographics(), vec(claim.clone(), 1..3));
    let dependent = dependent.prop_map(move |(name, demographics, claims)| Dependent {
        name,
        demographics: described(demographics),
        claims,
    });
    let subscriber = (person("IL"), demographics(), vec(claim, 1..3), vec(dependent, 0..3));
    let subscriber = subscriber.prop_map(move |(name, demographics, claims, dependents)| {
        Subscriber { name, demographics: described(demographics), claims, dependents }
    });
    let names = vec(organization("1P", "XX", "1234567893"), 1..3);
    let provider = (names, vec(subscriber, 1..3)).prop_map(|(names, subscribers)| Provider {
        names,
        refused: None,
        subscribers,
    });
    let receiver = (organization("41", "46", "SUBMITTER1"), vec(provider, 1..3));
    let receiver =
        receiver.prop_map(|(name, providers)| Receiver { name, refused: None, providers });
    let source = (organization("PR", "PI", "99999"), vec(receiver, 1..2));
    let source = source.prop_map(|(name, receivers)| Source { name, contact: None, receivers });
    vec(source, 1..2)
}

fn request() -> impl Strategy<Value = StatusRequest> {
    (header("13", Code::NONE), sources(claim_request().boxed(), true))
        .prop_map(|(header, sources)| StatusRequest { control: "0001".into(), header, sources })
}

fn response() -> impl Strategy<Value = StatusResponse> {
    let contact = option::of((name(), "[0-9]{10}"));
    (header("08", Code::new("DG")), sources(claim_answer().boxed(), false), contact).prop_map(
        |(header, mut sources, contact)| {
            sources[0].contact = contact.map(|(name, telephone)| Contact {
                name,
                numbers: vec![(Code::new("TE"), telephone.into())],
            });
            StatusResponse { control: "0001".into(), header, sources }
        },
    )
}

const PIPES: Delimiters =
    Delimiters { element: b'|', component: b'>', repetition: Some(b'{'), terminator: b'\n' };

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_are_clean_and_read_back(request in request()) {
        for delimiters in [Delimiters::STANDARD, PIPES] {
            let text = written(|out| request.write(out), delimiters);
            let (findings, again) = walk(&text, delimiters, "HR", StatusRequest::read);
            prop_assert!(findings.is_empty(), "{findings:#?}\n{}", String::from_utf8_lossy(&text));
            prop_assert!(again == request, "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn responses_are_clean_and_read_back(response in response()) {
        for delimiters in [Delimiters::STANDARD, PIPES] {
            let text = written(|out| response.write(out), delimiters);
            let (findings, again) = walk(&text, delimiters, "HN", StatusResponse::read);
            prop_assert!(findings.is_empty(), "{findings:#?}\n{}", String::from_utf8_lossy(&text));
            prop_assert!(again == response, "{}", String::from_utf8_lossy(&text));
        }
    }

    /// Reading accepts any element values, and what is read can be written.
    #[test]
    fn spoiled_requests_are_borne(at in 0_usize..900, byte in any::<u8>()) {
        let mut text = REQUEST.as_bytes().to_vec();
        let at = 24 + at % (text.len() - 24);
        text[at] = byte;
        let (_, request) = walk(&text, Delimiters::STANDARD, "HR", StatusRequest::read);
        let _ = request.write(&mut Emitter::new(Delimiters::STANDARD));
    }
}
