//! A 275 through the checker and back, with documents of any bytes.

use proptest::prelude::*;
use time::macros::{date, time};

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::tree::LoopRef;
use crate::wire::{Delimiters, Emitter};

const TEXT: &str = "ST*275*0001*005010X210~BGN*02*AT0001*20260105*0930~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
    PER*IC*MEDICAL REVIEW*TE*6175550100~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
    NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~PRV*BI*PXC*207R00000X~REF*EI*123456789~NX1*1P~\
    N3*1 MAIN ST~N4*BOSTON*MA*02111~NM1*QC*1*DOE*JANE****MI*S12300000101~REF*EJ*PT0001~REF*BLT*131~\
    REF*EA*MR1~REF*D9*CH1~DTP*472*RD8*20251201-20251203~LX*1~TRN*1*ACN0001~REF*FJ*1~DTP*472*D8*20251201~\
    DTP*368*D8*20260105~CAT*AE*TX~EFI*05~BIN*14*seen; a*b~c^d:~EFI*05~BIN*2*~~~LX*2~TRN*2*12345678-1~\
    STC*R4:18594-2::LOI*********R4:11503-0::LOI*R10:294~DTP*368*D8*20260105~CAT*AE*MB~EFI*05~BIN*0*~SE*35*0001~";

fn walk<T>(
    text: &[u8],
    delimiters: Delimiters,
    read: impl FnOnce(LoopRef<'_>) -> T,
) -> (Vec<String>, T) {
    let group = GroupHeader {
        functional: "PI".into(),
        version: GUIDE_275.into(),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters, offset: 0, ordinal: 1 };
    let (report, walked) = checker.walk(text, place);
    let value = read(walked.unwrap().root());
    (report.findings.iter().map(|finding| format!("{finding:?}")).collect(), value)
}

fn written(submission: &Submission, delimiters: Delimiters) -> Vec<u8> {
    let mut out = Emitter::new(delimiters);
    submission.write(&mut out).unwrap();
    out.into_bytes()
}

#[test]
fn a_275_is_read_and_written_back_byte_by_byte() {
    let (_, read) = walk(TEXT.as_bytes(), Delimiters::STANDARD, Submission::read);
    assert_eq!((read.purpose.as_str(), read.account(), read.documents()), ("02", "PT0001", 3));
    assert!(!read.is_answer());
    let [first, second] = &read.items[..] else { panic!("two items") };
    assert_eq!((&*first.trace.number, &*second.trace.number), ("ACN0001", "12345678-1"));
    assert_eq!(first.documents[0], b"seen; a*b~c^d:");
    assert_eq!(first.documents[1], b"~~");
    assert_eq!(second.wanted.len(), 3);
    assert!(second.has_category("R10") && !first.has_category("R10"));
    assert_eq!(second.wanted[0], Wanted::loinc("R4", "18594-2"));
    assert_eq!(String::from_utf8_lossy(&written(&read, Delimiters::STANDARD)), TEXT);
}

#[test]
fn the_media_type_follows_the_first_bytes_and_then_the_form() {
    let media = |form: &str, content: &[u8]| media_type(Code::from(form), content);
    assert_eq!(media("TX", b"seen"), "text/plain");
    assert_eq!(media("TX", b"%PDF-1.7"), "application/pdf");
    assert_eq!(media("HL", b"<ClinicalDocument/>"), "application/xml");
    assert_eq!(media("MB", b"\x89PNG\r\n\x1a\n"), "image/png");
    assert_eq!(media("IA", b"??"), "application/octet-stream");
    let forms =
        [&b"seen\n"[..], b"<?xml?>", b"%PDF-1.7", b"\xff\xd8\xff", b"\x00\x01"].map(form_of);
    assert_eq!(forms.map(|form| form.to_string()), ["TX", "HL", "MB", "IA", "MB"]);
}

fn submission() -> impl Strategy<Value = Submission> {
    let form = prop::sample::select(vec!["TX", "HL", "MB", "IA"]);
    let document = prop::collection::vec(any::<u8>(), 1..80);
    let documents = prop::collection::vec(document, 1..4);
    let item = (documents, form, "[A-Z0-9]{2,20}", any::<bool>()).prop_map(
        |(documents, form, number, asked)| Item {
            trace: Trace {
                kind: Code::from(if asked { "2" } else { "1" }),
                number: number.into(),
                ..Trace::default()
            },
            wanted: if asked { vec![Wanted::loinc("R4", "18594-2")] } else { Vec::new() },
            submitted: Sent::Value(date!(2026 - 01 - 05)),
            form: Code::from(form),
            documents,
            ..Item::default()
        },
    );
    prop::collection::vec(item, 1..4).prop_map(|items| Submission {
        control: "0001".into(),
        purpose: Code::from("11"),
        reference: "AT0001".into(),
        date: Sent::Value(date!(2026 - 01 - 05)),
        time: Sent::Value(time!(9:30)),
        payer: Name::organization("PR", "SAMPLE HEALTH PLAN", "PI", "99999"),
        submitter: Name::organization("41", "SUBMITTER ONE", "46", "SUBMITTER1"),
        provider: Name::organization("1P", "SAMPLE CLINIC", "XX", "1234567893"),
        patient: Name {
            kind: Code::from("1"),
            first: "JANE".into(),
            ..Name::organization("QC", "DOE", "MI", "S12300000101")
        },
        references: vec![Reference {
            qualifier: Code::from("EJ"),
            value: "PT0001".into(),
            description: "".into(),
        }],
        items,
        ..Submission::default()
    })
}

const PIPES: Delimiters =
    Delimiters { element: b'|', component: b'>', repetition: Some(b'{'), terminator: b'\n' };

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_of_any_bytes_are_clean_and_read_back(submission in submission()) {
        for delimiters in [Delimiters::STANDARD, PIPES] {
            let text = written(&submission, delimiters);
            let (findings, again) = walk(&text, delimiters, Submission::read);
            prop_assert!(findings.is_empty(), "{findings:#?}");
            prop_assert_eq!(&again, &submission);
        }
    }
}
