use super::*;
use crate::finding::{Grounds, Locus, Severity};

fn finding(code: Code, tag: &str, element: u8, detail: Detail) -> Finding {
    let at = Locus { tag: Tag::from(tag), segment: 7, element, ..Locus::default() };
    Finding { code, severity: Severity::Error, grounds: Grounds::Catalog, at, detail }
}

#[test]
fn counts_complete_the_sentence() {
    let short = Detail::Count { found: 2, expected: 10 };
    let found = finding(Code::ElementTooShort, "TRN", 3, short);
    assert_eq!(
        message(&found, &Scene::default()),
        "TRN03 is 2 characters long, 10 at least are asked for"
    );
}

#[test]
fn the_acknowledgment_names_segment_and_element() {
    let found = finding(Code::ElementMissing, "TRN", 3, Detail::None);
    assert_eq!(ack_code(&found).as_deref(), Some("IK403 1"));
    assert_eq!(ack_segments(&found, &Scene::default()).as_deref(), Some("IK3*TRN*7**8 IK4*3**1"));
}

#[test]
fn ordinals_follow_english() {
    let all: Vec<String> = [1, 2, 3, 4, 11, 12, 22, 103, 111].map(ordinal).to_vec();
    assert_eq!(all, ["1st", "2nd", "3rd", "4th", "11th", "12th", "22nd", "103rd", "111th"]);
}

#[test]
fn every_code_has_a_sentence_without_guide_or_segment() {
    for code in Code::ALL {
        let words = message(&finding(*code, "NM1", 9, Detail::None), &Scene::default());
        assert!(words.len() > 10, "{code:?}: {words}");
        assert!(!words.ends_with('.'), "{code:?}: {words}");
    }
}
