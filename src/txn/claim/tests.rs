//! Claims of all three forms, read and written: nothing is lost, and what is written passes the checker.

use rust_decimal::Decimal;
use time::macros::{date, datetime};

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::{Policy, Severity};
use crate::guide::Registry;
use crate::segments::{Contact, Name};
use crate::wire::{Delimiters, Emitter, Inline, Tape};

const FIXTURES: [(&str, &str); 7] = [
    ("837p_replacement", include_str!("../../../fixtures/valid/837p_replacement.edi")),
    ("837p_ambulance", include_str!("../../../fixtures/valid/837p_ambulance.edi")),
    ("837p_everything", include_str!("../../../fixtures/valid/837p_everything.edi")),
    ("837i_outpatient", include_str!("../../../fixtures/valid/837i_outpatient.edi")),
    ("837i_everything", include_str!("../../../fixtures/valid/837i_everything.edi")),
    ("837d_fillings", include_str!("../../../fixtures/valid/837d_fillings.edi")),
    ("837d_everything", include_str!("../../../fixtures/valid/837d_everything.edi")),
];

/// The first claim of an interchange, as the ledger keeps it.
fn kept(text: &str) -> Vec<u8> {
    let separators = Delimiters::from_isa(text.as_bytes()).unwrap();
    let mut tape = Tape::default();
    tape.fill(text.as_bytes(), separators);
    let mut kept = separators.to_bytes().to_vec();
    let (mut begun, mut claims) = (false, 0);
    for segment in tape.segments(text.as_bytes()) {
        let tag = segment.tag_bytes();
        begun |= tag == b"HL";
        claims += i32::from(tag == b"CLM");
        let ends = claims == 1 && tag == b"HL" || claims == 2 || tag == b"SE";
        if begun && ends {
            break;
        }
        if begun && tag != b"HL" {
            kept.extend_from_slice(segment.bytes());
            kept.push(separators.terminator);
        }
    }
    kept
}

fn header() -> SetHeader {
    let contact =
        Contact { name: "EDI DESK".into(), numbers: vec![(Code::new("TE"), "6175550100".into())] };
    SetHeader {
        control: "0001".into(),
        reference: "BATCH0001".into(),
        at: datetime!(2026-01-05 09:30),
        submitter: Party {
            name: Name::organization("41", "SUBMITTER ONE", "46", "SUBMITTER1"),
            contacts: vec![contact],
            ..Party::default()
        },
        receiver: Party {
            name: Name::organization("40", "SAMPLE HEALTH PLAN", "46", "99999"),
            ..Party::default()
        },
    }
}

/// The findings of a set that is written.
fn findings(claim: &Claim, separators: Delimiters) -> Vec<String> {
    let mut out = Emitter::new(separators);
    claim.write_set(&header(), &mut out).unwrap();
    let group = GroupHeader {
        functional: Inline::from("HC"),
        version: Inline::from(claim.form.guide()),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default());
    let place = SetPlace { group: &group, delimiters: separators, offset: 0, ordinal: 1 };
    let report = checker.check(&out.into_bytes(), place);
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{finding:?}")).collect()
}

#[test]
fn a_claim_of_each_form_is_read_and_written_without_loss() {
    for (name, text) in FIXTURES {
        let before = kept(text);
        let claim = Claim::read(&before).unwrap_or_else(|| panic!("{name} is not read"));
        let separators = Delimiters::from_isa(text.as_bytes()).unwrap();
        let after = claim.kept_text(Emitter::new(separators)).unwrap();
        let sorted = |text: &[u8]| {
            let mut segments: Vec<String> = String::from_utf8_lossy(text)
                .split(char::from(separators.terminator))
                .map(str::to_owned)
                .collect();
            segments.sort();
            segments
        };
        assert_eq!(sorted(&before), sorted(&after), "{name}");
        assert_eq!(Claim::read(&after).unwrap(), claim, "{name}");
        assert_eq!(findings(&claim, separators), [""; 0], "{name}");
        let others = Delimiters {
            element: b'|',
            component: b'>',
            repetition: Some(b'!'),
            terminator: b'\n',
        };
        assert_eq!(findings(&claim, others), [""; 0], "{name}");
        let again = claim.kept_text(Emitter::new(others)).unwrap();
        assert!(Claim::read(&again).unwrap() == claim, "{name} in other separators");
    }
}

#[test]
fn the_fields_say_what_was_sent() {
    let claim = Claim::read(&kept(FIXTURES[3].1)).unwrap();
    assert_eq!(claim.form, Form::Institutional);
    assert_eq!((claim.provider.npi(), claim.provider.tax_id()), ("1234567893", "123456789"));
    assert_eq!(&*claim.provider.specialty.as_ref().unwrap().value, "207R00000X");
    assert_eq!(&*claim.subscriber.person.name.id, "S12300000101");
    assert_eq!((&*claim.payer.id, claim.payer.id_qualifier.as_str()), ("99999", "PI"));
    assert_eq!((&*claim.account, claim.charge), ("PT0011", Decimal::from(150)));
    let kind = (&*claim.facility, claim.facility_qualifier.as_str(), &*claim.frequency);
    assert_eq!(kind, ("13", "A", "1"));
    assert_eq!(&*claim.diagnoses[0].code, "Z01419");
    assert_eq!(claim.provider_as("71").map(Party::npi), Some("1245319599"));
    let line = &claim.lines[0];
    assert_eq!((&*line.revenue, &*line.procedure.as_ref().unwrap().code), ("0300", "G0101"));
    assert_eq!((line.unit.as_str(), line.units), ("UN", Some(Decimal::ONE)));
    assert_eq!(claim.service_dates(), Some((date!(2025 - 12 - 01), date!(2025 - 12 - 01))));
    assert!(claim.patient.is_none() && claim.treated() == &claim.subscriber.person);
}

#[test]
fn a_replacement_is_written_from_what_was_changed() {
    let mut claim = Claim::read(&kept(FIXTURES[0].1)).unwrap();
    claim.frequency = "8".into();
    claim.charge = Decimal::from(120);
    claim.references.retain(|reference| reference.qualifier != "F8");
    let number = "202600500000001";
    claim.references.push(Reference {
        qualifier: Code::new("F8"),
        value: number.into(),
        description: "".into(),
    });
    claim.lines.truncate(1);
    claim.lines[0].charge = Decimal::from(120);
    assert_eq!(findings(&claim, Delimiters::STANDARD), [""; 0]);
    let again = Claim::read(&claim.kept_text(Emitter::new(Delimiters::STANDARD)).unwrap()).unwrap();
    assert_eq!((&*again.frequency, again.reference("F8")), ("8", Some(number)));
    assert_eq!((again.charge, again.lines[0].charge), (Decimal::from(120), Decimal::from(120)));
}

#[test]
fn what_is_no_claim_is_not_read() {
    for text in
        [&b""[..], b"*:^", b"*:^~", b"AAAA", b"*:^~NM1*85*2*X~", b"*:^~SBR*P~", b"\xff\xfe^~~~"]
    {
        assert!(Claim::read(text).is_none());
    }
}

/// The claims that the checker tells of, with their text.
fn told(text: &str, part_bytes: usize) -> Vec<crate::check::Claim> {
    let separators = Delimiters::from_isa(text.as_bytes()).unwrap();
    let begin = text.find("ST*837").unwrap();
    let end = text.find("GE*").unwrap();
    let set = &text[begin..end];
    let version = set.split('*').nth(3).unwrap()[..12].to_owned();
    let group = GroupHeader {
        functional: Inline::from("HC"),
        version: Inline::from(&*version),
        ..GroupHeader::default()
    };
    let place = SetPlace { group: &group, delimiters: separators, offset: 0, ordinal: 1 };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default())
        .with_claims(true)
        .with_claim_text(true);
    let mut parts = set.split_inclusive('~').collect::<Vec<_>>();
    let mut events = Vec::new();
    let mut is_begun = false;
    while !parts.is_empty() {
        let part: String = parts.drain(..part_bytes.min(parts.len())).collect();
        match std::mem::replace(&mut is_begun, true) {
            false => checker.begin(part.as_bytes(), place),
            true => checker.part(part.as_bytes(), 0),
        }
        events.extend(checker.take_claims().into_iter().flat_map(|(_, events)| events));
    }
    events.extend(checker.end().claims.unwrap().events);
    let claims = events.into_iter().filter_map(|event| match event {
        crate::check::ClaimEvent::Claim(claim) => Some(*claim),
        _ => None,
    });
    claims.collect()
}

#[test]
fn the_checker_keeps_the_text_of_each_claim() {
    for (name, text) in FIXTURES {
        for parts in [1, 7, usize::MAX] {
            let claims = told(text, parts);
            let first = claims[0].text.as_ref().unwrap().to_bytes();
            let wanted = kept(text);
            assert!(first == wanted, "{name} in parts of {parts} segments");
            for claim in &claims {
                let read = Claim::read(&claim.text.as_ref().unwrap().to_bytes()).unwrap();
                assert_eq!((&read.account, read.charge), (&claim.control, claim.charge), "{name}");
                let name_read = (&read.treated().name.last, &read.treated().name.first);
                assert_eq!(name_read, (&claim.name.last, &claim.name.first), "{name}");
            }
        }
    }
}

#[test]
fn claims_share_the_text_of_their_parties() {
    let (_, text) = FIXTURES[0];
    let begin = text.find("CLM*").unwrap();
    let end = text.find("SE*").unwrap();
    let twice = text.replacen("SE*", &format!("{}SE*", &text[begin..end]), 1);
    let claims = told(&twice, usize::MAX);
    let [one, other] = [0, 1].map(|at| claims[at].text.as_ref().unwrap());
    assert!(std::sync::Arc::ptr_eq(&one.provider, &other.provider));
    assert!(std::sync::Arc::ptr_eq(&one.subscriber, &other.subscriber));
    assert_eq!(one.claim, other.claim);
}
