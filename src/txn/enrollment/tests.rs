//! What is read of the 834s among the fixtures.

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::segments::find;
use crate::wire::{Delimiters, Inline};
use time::macros::date;

/// The set of a file of one, as it is read.
fn read(file: &str) -> Enrollment {
    let begin = file.find("ST*834").expect("a set");
    let end = file.find("GE*").expect("its end");
    let text: String = file[begin..end].lines().collect();
    let group = GroupHeader {
        functional: Inline::from("BE"),
        version: Inline::from(GUIDE_834),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let (_, walked) = checker.walk(text.as_bytes(), place);
    Enrollment::read(walked.expect("a tree").root())
}

#[test]
fn a_member_who_is_added() {
    let set = read(include_str!("../../../fixtures/valid/834_addition.edi"));
    let header = &set.header;
    assert_eq!(
        (&*header.control, &*header.reference, &*header.policy),
        ("0001", "ENR0001", "MASTER1")
    );
    assert_eq!((header.action, &*header.sponsor.name), (Code::new("2"), "SAMPLE EMPLOYER"));
    assert_eq!(date(&header.dates, "007"), Sent::Value(When::Day(date!(2026 - 01 - 01))));
    let [jane] = &set.members[..] else { panic!("{} members", set.members.len()) };
    assert!(jane.is_subscriber && jane.before.is_none());
    assert_eq!((jane.position, jane.maintenance), (7, Code::new("021")));
    assert_eq!(find(&jane.references, "0F"), Some("S12300000101"));
    assert_eq!(find(&jane.references, "1L"), Some("GRP1"));
    assert_eq!((&*jane.name.first, &*jane.name.id), ("JANE", "987654321"));
    assert_eq!(jane.demographics.birth, Sent::Value(date!(1980 - 01 - 15)));
    let [coverage] = &jane.coverages[..] else { panic!("one coverage") };
    assert_eq!(
        (coverage.position, &*coverage.plan, coverage.line),
        (16, "PLAN A", Code::new("HLT"))
    );
    assert_eq!(date(&coverage.dates, "348"), Sent::Value(When::Day(date!(2026 - 01 - 01))));
    assert_eq!(date(&coverage.dates, "349"), Sent::Absent);
}

#[test]
fn a_correction_a_provider_and_another_carrier() {
    let set = read(include_str!("../../../fixtures/valid/834_everything.edi"));
    let [jane, jim] = &set.members[..] else { panic!("{} members", set.members.len()) };
    assert_eq!(jane.name.entity, "74");
    let (before, demographics) = jane.before.as_ref().expect("what she was called");
    assert_eq!(&*before.first, "JAYNE");
    assert_eq!(demographics.birth, Sent::Value(date!(1980 - 01 - 16)));
    let coverage = &jane.coverages[0];
    let [provider] = &coverage.providers[..] else { panic!("one provider") };
    assert_eq!((provider.name.entity, &*provider.name.id), (Code::new("P3"), "1245319599"));
    assert_eq!(provider.since, Sent::Value(date!(2026 - 01 - 01)));
    let [other] = &coverage.others[..] else { panic!("one carrier") };
    assert_eq!(
        (other.order, &*other.policy, other.coordination),
        (Code::new("S"), "X555000111", Code::new("1"))
    );
    assert_eq!(other.carrier.as_ref().map(|carrier| &*carrier.last), Some("OTHER PLAN"));
    assert!(!jim.is_subscriber);
    assert_eq!((jim.relationship, jim.maintenance), (Code::new("19"), Code::new("030")));
    let span = When::Span(date!(2026 - 01 - 01), date!(2026 - 12 - 31));
    assert_eq!(date(&jim.coverages[0].dates, "348"), Sent::Value(span));
}
