//! Advice as it is written, which passes our own check whatever is in it.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::check::{SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::wire::{Code, Delimiters, Emitter, Inline};

fn group() -> GroupHeader {
    GroupHeader {
        functional: Inline::from("BE"),
        date: Inline::from("20260104"),
        time: Inline::from("0902"),
        control: Inline::from("101"),
        version: Inline::from("005010X220A1"),
        ..GroupHeader::default()
    }
}

fn advice(items: Vec<Item>) -> Advice {
    Advice {
        number: "ADVICE0001".into(),
        at: datetime!(2026-01-05 09:30),
        answers: "BATCH0001".into(),
        submitter: Party { name: "Sample Health Plan".into(), id: "99999".into() },
        contact: None,
        receiver: Party { name: "Submitter One".into(), id: "SUBMITTER1".into() },
        items,
    }
}

/// The set as it is written, and what our own check has to say of it.
fn written(advice: &Advice) -> (String, Vec<String>) {
    let mut out = Emitter::new(Delimiters::STANDARD);
    advice.write("0001", &mut out).unwrap();
    let text = out.into_bytes();
    let group = GroupHeader {
        functional: Inline::from("AG"),
        version: Inline::from(GUIDE_824),
        ..GroupHeader::default()
    };
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let report = SetChecker::new(Registry::embedded(), &Policy::default()).check(&text, place);
    let findings = report.findings.iter().map(|finding| format!("{finding:?}")).collect();
    (String::from_utf8(text).unwrap(), findings)
}

fn error() -> ItemError {
    ItemError {
        condition: Condition::NotMatching,
        words: "Plan is not on file".into(),
        reason: "E054".into(),
        place: Place {
            segment: "HD".into(),
            position: Some(18),
            element: Some(4),
            component: None,
        },
    }
}

#[test]
fn a_set_with_one_member_left_out() {
    let answered = || Answered::of(&group(), "834", "0001");
    let member = Item {
        references: vec![Reference {
            qualifier: Code::new("0F"),
            value: "S20000000001".into(),
            ..Reference::default()
        }],
        name: Some(Name {
            entity: Code::new("IL"),
            kind: Code::new("1"),
            last: "Doe".into(),
            first: "Jane".into(),
            ..Name::default()
        }),
        errors: vec![error()],
        ..Item::part(Verdict::Rejected, "S20000000001", answered())
    };
    let of_set = Item {
        errors: vec![ItemError { words: "1 of 2 members left out".into(), ..ItemError::default() }],
        ..Item::set(Verdict::WithErrors, "BATCH0001", answered())
    };
    let (text, findings) = written(&advice(vec![of_set, member]));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        text,
        "ST*824*0001*005010X186A1~BGN*11*ADVICE0001*20260105*0930**BATCH0001**WQ~\
         N1*41*SAMPLE HEALTH PLAN*46*99999~N1*40*SUBMITTER ONE*46*SUBMITTER1~\
         OTI*TE*TN*BATCH0001***20260104*0902*101*0001*834*005010X220A1~\
         TED*024*1 OF 2 MEMBERS LEFT OUT~\
         OTI*IR*TN*S20000000001***20260104*0902*101*0001*834*005010X220A1~REF*0F*S20000000001~\
         NM1*IL*1*DOE*JANE~TED*011*PLAN IS NOT ON FILE*HD*18*4~RED*NA**94**IBP*E054~SE*12*0001~"
    );
}

#[test]
fn the_action_is_that_of_the_set() {
    let answered = || Answered::of(&group(), "834", "0001");
    let cases: [(&str, Vec<Item>); 4] = [
        ("WQ", vec![Item::set(Verdict::Accepted, "B", answered())]),
        (
            "U",
            vec![Item { errors: vec![error()], ..Item::set(Verdict::Rejected, "B", answered()) }],
        ),
        (
            "U",
            vec![
                Item { errors: vec![error()], ..Item::set(Verdict::Rejected, "B", answered()) },
                Item::part(Verdict::Accepted, "M", answered()),
            ],
        ),
        ("WQ", vec![Item::part(Verdict::Accepted, "M", answered())]),
    ];
    for (action, items) in cases {
        let (text, findings) = written(&advice(items));
        assert!(findings.is_empty(), "{findings:?} in {text}");
        let begin = text.split('~').nth(1).unwrap();
        assert!(begin.ends_with(&format!("**{action}")), "{begin}");
    }
}

fn item() -> impl Strategy<Value = Item> {
    let verdicts = [Verdict::Accepted, Verdict::WithErrors, Verdict::WithChange, Verdict::Rejected];
    let place =
        (".{0,4}", option::of(0_u32..1_000_000), option::of(1_u8..99), option::of(1_u8..99));
    let error = (".{0,80}", ".{0,40}", place).prop_map(|(words, reason, place)| ItemError {
        condition: Condition::default(),
        words: words.into(),
        reason: reason.into(),
        place: Place {
            segment: place.0.into(),
            position: place.1,
            element: place.2,
            component: place.3,
        },
    });
    let answered = (".{0,12}", ".{0,12}", ".{0,14}", any::<bool>());
    let verdict = proptest::sample::select(verdicts.to_vec());
    (any::<bool>(), verdict, ".{0,60}", answered, vec(error, 1..3)).prop_map(
        |(whole, verdict, reference, answered, errors)| {
            let (group, control, guide, dated) = answered;
            let at = dated.then_some(datetime!(2026-01-04 23:59:59));
            let answered = Answered {
                date: at.map(PrimitiveDateTime::date),
                time: at.map(PrimitiveDateTime::time),
                group: group.into(),
                control: control.into(),
                set: "834".into(),
                guide: guide.into(),
            };
            let scope = if whole { Scope::Set } else { Scope::Item };
            let item = Item { scope, ..Item::set(verdict, &reference, answered) };
            Item { errors, ..item }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_advised_passes_our_own_check(
        items in vec(item(), 1..4), names in (".{0,80}", ".{0,90}", ".{0,60}"),
    ) {
        let mut advice = advice(items);
        (advice.submitter.name, advice.receiver.id) = (names.0.into(), names.1.into());
        advice.answers = names.2.into();
        let (text, findings) = written(&advice);
        prop_assert!(findings.is_empty(), "{:?} in {}", findings, text);
    }
}
