//! The fixtures: valid files and odd but valid ones give no finding, whole or in chunks, on one thread or several.

use std::path::{Path, PathBuf};

use crate::findings::{Outcome, check, check_in_chunks};
use x12gate::check::{Limits, check_input};
use x12gate::finding::Policy;
use x12gate::guide::Registry;

pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "edi"));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn valid_files_give_no_finding() {
    for file in files("valid").into_iter().chain(files("quirks")) {
        let outcome = check(&std::fs::read(&file).unwrap());
        assert_eq!(outcome.found, [], "{}", file.display());
        assert!(outcome.rejections.iter().all(Option::is_none) && !outcome.rejections.is_empty());
    }
}

#[test]
fn chunks_and_threads_change_nothing() {
    for file in files("valid").into_iter().chain(files("quirks")) {
        let clean = std::fs::read(&file).unwrap();
        // With a defect too, so that there is something to compare.
        let broken = String::from_utf8_lossy(&clean)
            .replacen("DMG", "DMX", 1)
            .replacen("EQ", "QE", 2)
            .into_bytes();
        for text in [clean, broken] {
            let whole = check(&text);
            for chunk in [1, 7, 64, 1000] {
                assert_eq!(
                    check_in_chunks(&text, chunk).found,
                    whole.found,
                    "{} in {chunk}",
                    file.display()
                );
            }
            let mut outcome = Outcome::default();
            let Ok(()) = check_input(
                &text,
                Registry::embedded(),
                Limits::default(),
                &Policy::default(),
                3,
                &mut outcome,
                &mut |_| {},
            );
            assert_eq!(outcome.found, whole.found, "{} on threads", file.display());
            assert_eq!(outcome.groups, whole.groups);
        }
    }
}

#[test]
fn limits_on_a_set_are_findings() {
    use x12gate::check::{SetLimits, Stream};
    use x12gate::finding::Code;
    let text = std::fs::read(
        files("valid").into_iter().find(|f| f.ends_with("270_everything.edi")).unwrap(),
    )
    .unwrap();
    let over = |set: SetLimits| {
        let mut outcome = Outcome::default();
        let limits = Limits { set, ..Limits::default() };
        let Ok(_) = Stream::new(Registry::embedded(), limits, &Policy::default()).feed(
            &text,
            true,
            &mut outcome,
        );
        outcome.found.iter().map(|f| f.code).collect::<Vec<_>>()
    };
    let plain = SetLimits::default();
    assert_eq!(over(SetLimits { segments_max: 10, ..plain }), [Code::SetLimit]);
    assert!(over(SetLimits { elements_max: 8, ..plain }).contains(&Code::SegmentLimit));
    assert!(over(SetLimits { element_bytes_max: 11, ..plain }).contains(&Code::SegmentLimit));
    assert_eq!(over(plain), []);
}

#[test]
fn a_misplaced_segment_of_hundreds_of_elements_is_found() {
    let file = files("valid").into_iter().find(|f| f.ends_with("837p_everything.edi")).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let long = format!("REF*ZZ{}~\nCLM*", "*1".repeat(300));
    let outcome = check(text.replacen("CLM*", &long, 1).as_bytes());
    assert!(outcome.found.iter().any(|f| f.tag == "REF"));
}
