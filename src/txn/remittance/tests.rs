//! What is read is written again, what is written is valid, and what does not add up is not written.

use rust_decimal::Decimal;

use super::{GUIDE, Imbalance, RemittanceAdvice};
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::wire::{Delimiters, Emitter, Inline};

const FIXTURES: [&str; 2] = [
    include_str!("../../../fixtures/valid/835_everything.edi"),
    include_str!("../../../fixtures/valid/835_reversal.edi"),
];

/// The findings of a set, and the set as it is read.
pub(crate) fn walk(text: &str) -> (Vec<String>, RemittanceAdvice) {
    let group = GroupHeader {
        functional: Inline::from("HP"),
        version: Inline::from(GUIDE),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let (report, walked) = checker.walk(text.as_bytes(), place);
    let advice = RemittanceAdvice::read(walked.unwrap().root());
    (report.findings.iter().map(|finding| format!("{finding:?}")).collect(), advice)
}

fn written(advice: &RemittanceAdvice) -> String {
    let mut out = Emitter::new(Delimiters::STANDARD);
    advice.write(&mut out).unwrap();
    String::from_utf8(out.into_bytes()).unwrap()
}

/// The set of an interchange, in one line.
fn set(interchange: &str) -> String {
    let line: String = interchange.lines().collect();
    let begin = line.find("ST*").unwrap();
    let end = line.find("GE*").unwrap();
    line[begin..end].to_owned()
}

#[test]
fn an_835_is_read_and_written_back_byte_by_byte() {
    for fixture in FIXTURES {
        let text = set(fixture);
        let (findings, advice) = walk(&text);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(written(&advice), text);
    }
}

#[test]
fn every_part_has_its_field() {
    let (_, advice) = walk(&set(FIXTURES[0]));
    assert_eq!((&*advice.trace.number, &*advice.trace.originator), ("EFT000124", "1999999999"));
    assert_eq!((advice.payee.npi(), advice.payee.tax_id()), ("1234567893", "123456789"));
    let claim = advice.claims().next().unwrap();
    assert_eq!(
        (&*claim.account, &*claim.number, claim.is_reversal()),
        ("PT0031", "22345678", false)
    );
    assert_eq!(claim.interest(), Decimal::new(25, 1));
    let (first, last) = claim.statement_period().unwrap();
    assert_eq!((first.day(), last.day()), (1, 2));
    assert_eq!(claim.remarks().map(|code| code.to_string()).collect::<Vec<_>>(), ["MA01"]);
    let line = &claim.lines[0];
    assert_eq!((line.control(), line.allowed()), (Some("L1"), Some(Decimal::from(180))));
    assert_eq!((line.units(), line.billed_units), (Decimal::ONE, Some(Decimal::TWO)));
    assert_eq!(line.service_dates().map(|(_, last)| last.day()), Some(2));
}

#[test]
fn absent_units_are_one_and_a_first_day_alone_is_the_only_day() {
    let (_, advice) = walk(&set(FIXTURES[1]).replace("*275*200**1~", "*275*200~"));
    for claim in advice.claims() {
        assert_eq!(claim.statement_period().map(|(first, last)| first == last), Some(true));
    }
    let line = &advice.claims().last().unwrap().lines[0];
    assert_eq!(line.units(), Decimal::ONE);
}

#[test]
fn what_does_not_add_up_is_not_written() {
    let sound = walk(&set(FIXTURES[1])).1;
    assert_eq!(sound.balance(), Ok(()));
    let spoiled = |spoil: &dyn Fn(&mut RemittanceAdvice)| {
        let mut advice = sound.clone();
        spoil(&mut advice);
        let mut out = Emitter::new(Delimiters::STANDARD);
        assert!(advice.write(&mut out).is_err());
        assert!(out.bytes().is_empty());
        advice.balance().unwrap_err()
    };
    assert_eq!(spoiled(&|advice| advice.payment.amount += Decimal::ONE), Imbalance::Payment);
    assert_eq!(
        spoiled(&|advice| advice.groups[0].claims[0].charge += Decimal::ONE),
        Imbalance::Claim(0)
    );
    assert_eq!(
        spoiled(&|advice| advice.groups[0].claims[1].lines[0].paid += Decimal::ONE),
        Imbalance::Line(1, 0)
    );
    let negative = |advice: &mut RemittanceAdvice| {
        advice.groups[0].claims.truncate(1);
        advice.payment.amount = advice.total();
    };
    assert_eq!(spoiled(&negative), Imbalance::Negative);
}
