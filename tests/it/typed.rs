//! x12-types as a witness: what we call valid goes through its parser and comes back from its renderer unchanged, or is
//! listed here with the reason. Only with the feature `typed`.

use std::path::Path;

use x12gate::guide::Registry;
use x12gate::interop::{Refusal, TypedSet, typed_sets};

use crate::differential::answers;
use crate::fixtures::files;

/// Sets it does not take whole: the file, the position of the set in it, the outcome, and why that is no fault of ours.
const REFUSED: &[(&str, usize, Refusal, &str)] = &[
    (
        "270_everything.edi",
        1,
        Refusal::Changed { segment: 25 },
        "EQ has two elements: EQ03 to EQ05 are lost",
    ),
    (
        "275_everything.edi",
        1,
        Refusal::Character { segment: 26 },
        "the binary data of a BDS hold its separators",
    ),
    ("276_everything.edi", 1, Refusal::Unparsed, "a claim has one SVC, without its REF and DTP"),
    (
        "277_everything.edi",
        1,
        Refusal::Changed { segment: 10 },
        "levels of a kind are put together: their order is lost",
    ),
    (
        "277_more_information.edi",
        1,
        Refusal::Unparsed,
        "its loops are those of the claim status, X212",
    ),
    (
        "277ca_partly.edi",
        1,
        Refusal::Changed { segment: 36 },
        "STC has eight elements: STC10 and STC12 are lost",
    ),
    (
        "278_pended.edi",
        1,
        Refusal::Changed { segment: 47 },
        "HCR has three elements: HCR04 is lost",
    ),
    ("834_everything.edi", 1, Refusal::Unparsed, "loop 2750 is looked for once"),
    ("837d_everything.edi", 1, Refusal::Unparsed, "a claim has one DN2"),
    ("837i_everything.edi", 1, Refusal::Unparsed, "a claim has one NTE"),
    ("837p_everything.edi", 1, Refusal::Unparsed, "a claim has one REF"),
    (
        "275_binary.edi",
        1,
        Refusal::Character { segment: 26 },
        "the binary data of a BDS hold its separators",
    ),
];

fn export(text: &[u8]) -> Vec<Result<TypedSet, Refusal>> {
    typed_sets(text, Registry::embedded())
}

#[test]
fn valid_fixtures_come_back_as_they_were() {
    let mut refused = Vec::new();
    let mut taken = 0;
    for file in files("valid").into_iter().chain(files("quirks")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (outcome, position) in export(&std::fs::read(&file).unwrap()).into_iter().zip(1..) {
            match outcome {
                Ok(_) => taken += 1,
                Err(Refusal::Unsupported) => {}
                Err(refusal) => refused.push((name.clone(), position, refusal)),
            }
        }
    }
    let expected: Vec<(String, usize, Refusal)> =
        REFUSED.iter().map(|(name, at, refusal, _)| (name.to_string(), *at, *refusal)).collect();
    assert_eq!(refused, expected);
    assert!(taken >= 20, "only {taken} sets were taken");
}

#[test]
fn answers_come_back_as_they_were() {
    let work = tempfile::tempdir().unwrap();
    let answers = answers(work.path(), "271");
    assert_eq!(answers.len(), 22, "the requests of the demonstration that are answered");
    for file in answers {
        let text = std::fs::read_to_string(&file).unwrap();
        let set = &text[text.find("ST*271").unwrap()..text.find("GE*").unwrap()];
        for typed in export(text.as_bytes()) {
            let typed = typed.unwrap_or_else(|refusal| panic!("{}: {refusal}", file.display()));
            assert_eq!(typed.set(), "271");
            assert_eq!(typed.render().replace("~\n", "~"), set);
            assert!(matches!(typed, TypedSet::Response(_)));
        }
    }
}

/// Reviews it does not take whole, with the reason.
const REVIEWS_REFUSED: &[(&str, Refusal, &str)] = &[];

#[test]
fn reviews_and_their_answers_come_back_as_they_were() {
    let (mut refused, mut taken) = (Vec::new(), 0);
    for folder in ["reviews", "review-replies"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo").join(folder);
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            for outcome in export(&std::fs::read(&file).unwrap()) {
                match outcome {
                    Ok(TypedSet::Review(_)) => taken += 1,
                    Ok(_) | Err(Refusal::Unsupported) => {}
                    Err(refusal) => refused.push((name.clone(), refusal)),
                }
            }
        }
    }
    let expected: Vec<(String, Refusal)> =
        REVIEWS_REFUSED.iter().map(|(name, refusal, _)| (name.to_string(), *refusal)).collect();
    assert_eq!(refused, expected);
    assert!(taken >= 90, "only {taken} sets were taken");
}

#[test]
fn a_typed_set_is_json_and_its_debug_form_says_nothing() {
    let file = files("valid").into_iter().find(|f| f.ends_with("270_subscriber.edi")).unwrap();
    let sets = export(&std::fs::read(file).unwrap());
    let typed = sets[0].as_ref().unwrap();
    let json = serde_json::to_value(typed).unwrap();
    assert_eq!(json["st"]["01"], "270");
    assert_eq!(json["loop_2000"][2]["loop_2100"][0]["nm1"]["03"], "DOE");
    assert_eq!(format!("{typed:?}"), "TypedSet(270)");
}

#[test]
fn what_has_findings_or_cannot_be_carried_is_kept_away() {
    let file = files("valid").into_iter().find(|f| f.ends_with("270_subscriber.edi")).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let only = |text: &str| {
        let mut sets = export(text.as_bytes());
        assert_eq!(sets.len(), 1);
        sets.remove(0)
    };
    assert!(only(&text).is_ok());
    // Each of these makes the crate panic when it is given to it.
    for (from, to) in
        [("ST*270*0001*005010X279A1", "ST*270"), ("SE*13*0001", "SE*13"), ("HL*1**20*1", "HL*1")]
    {
        assert!(text.contains(from));
        assert_eq!(only(&text.replace(from, to)), Err(Refusal::Findings), "{to}");
    }
    // With other separators a tilde is data; there it would end the segment.
    let other = text.replace('~', "!").replace("*DOE*", "*D~E*");
    assert_eq!(only(&other), Err(Refusal::Character { segment: 9 }));
    let long = text.replace("EQ*30~", &format!("EQ*30~{}", "MSG*X~".repeat(200_000)));
    assert_eq!(only(&long), Err(Refusal::TooLong));
    assert_eq!(export(b"no X12 at all"), []);
}
