//! Messages read as sentences.

use super::*;
use crate::finding::{Grounds, Locus, Severity};
use crate::wire::Tag;

fn finding(code: Code, tag: &str, element: u8, detail: Detail) -> Finding {
    let at = Locus { tag: Tag::from(tag), segment: 7, element, ..Locus::default() };
    Finding {
        code,
        severity: Severity::Error,
        grounds: Grounds::Catalog,
        at,
        detail,
        because: None,
    }
}

#[test]
fn counts_complete_the_sentence() {
    let short = Detail::Count { found: 2, expected: 10 };
    let found = finding(Code::ElementTooShort, "TRN", 3, short);
    assert_eq!(
        message(&found, &RenderContext::default()),
        "TRN03 is 2 characters long; the minimum is 10"
    );
}

#[test]
fn the_acknowledgment_names_segment_and_element() {
    let found = finding(Code::ElementMissing, "TRN", 3, Detail::None);
    assert_eq!(ack_code(&found).as_deref(), Some("IK403 1"));
    assert_eq!(
        ack_segments(&found, &RenderContext::default()).as_deref(),
        Some("IK3*TRN*7**8 IK4*3**1")
    );
}

#[test]
fn limits_are_singular_or_plural() {
    let often =
        |most| finding(Code::SegmentRepeats, "REF", 0, Detail::Count { found: 7, expected: most });
    assert_eq!(
        message(&often(1), &RenderContext::default()),
        "REF occurs 7 times; at most 1 is allowed"
    );
    assert_eq!(
        message(&often(6), &RenderContext::default()),
        "REF occurs 7 times; at most 6 are allowed"
    );
}

#[test]
fn every_code_has_a_sentence_without_guide_or_segment() {
    for code in Code::ALL {
        let words = message(&finding(*code, "NM1", 9, Detail::None), &RenderContext::default());
        assert!(words.len() > 10, "{code:?}: {words}");
        assert!(!words.ends_with('.'), "{code:?}: {words}");
    }
}
