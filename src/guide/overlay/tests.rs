//! What overlays can change, and what they cannot.

use super::*;
use crate::guide::{ElementUse, Registry, SegmentUse, Usage};

const SAMPLE: &str = include_str!("../../../specs/overlays/sample.overlay");
const GUIDE: &str = include_str!("../../../specs/005010X279A1/270.guide");

fn changed(lines: &str) -> Result<Guide, TextError> {
    let text = format!("overlay x on 005010X279A1 set 270 own\n{lines}\n");
    let guide = GuideText::parse(GUIDE).expect("the guide parses");
    Overlay::parse(&text)?.compile(&guide, Dictionary::embedded(), &CodeBook::default())
}

fn message(lines: &str) -> String {
    changed(lines).expect_err(lines).to_string()
}

fn segment<'g>(guide: &'g Guide, in_loop: &str, tag: &str) -> &'g SegmentUse {
    guide
        .segments
        .iter()
        .find(|s| *guide.loops[usize::from(s.in_loop)].id == *in_loop && s.tag.to_string() == tag)
        .expect("a segment use")
}

fn element<'g>(guide: &'g Guide, in_loop: &str, tag: &str, at: usize) -> &'g ElementUse {
    &guide.elements[segment(guide, in_loop, tag).elements.start as usize + at - 1]
}

#[test]
fn the_sample_tightens_the_guide_and_says_where() {
    let mut registry = Registry::new();
    registry.add_text("sample.overlay", SAMPLE).expect("applies");
    assert_eq!(registry.overlays().collect::<Vec<_>>(), [("sample", "005010X279A1", "270")]);
    let partner = registry.overlaid("sample").expect("was added");
    assert!(registry.overlaid("other").is_none());
    let guide = partner.guide(b"270", b"005010X279A1").expect("found");
    let plain = registry.guide(b"270", b"005010X279A1").expect("found");
    assert_eq!((&*guide.overlay, &*plain.overlay), ("sample", ""));

    let id = element(guide, "2100C", "NM1", 9);
    assert_eq!((id.usage, id.length_min, id.length_max), (Usage::Required, 11, 15));
    assert_eq!(id.line, 14 | OVERLAY_LINE);
    assert_eq!(element(plain, "2100C", "NM1", 9).usage, Usage::Situational);
    let services = element(guide, "2110C", "EQ", 1).list.expect("a list");
    let services = &guide.lists[usize::from(services)];
    assert!(services.contains(b"30") && !services.contains(b"1A") && !services.contains(b"32"));
    assert_eq!(element(guide, "2110C", "EQ", 2).usage, Usage::NotUsed);
    assert!(!guide.segments.iter().any(|s| {
        s.tag.to_string() == "N3" && *guide.loops[usize::from(s.in_loop)].id == *"2100C"
    }));
    let inquiry = guide.loops.iter().find(|l| *l.id == *"2110C").expect("a loop");
    assert_eq!((inquiry.repeat_max, inquiry.line), (1, 19 | OVERLAY_LINE));
    let rule = guide.rules.last().expect("a rule");
    assert_eq!((&*rule.id, rule.snip, rule.line), ("sample-receiver", 7, 22 | OVERLAY_LINE));
}

#[test]
fn loosening_needs_the_word() {
    assert_eq!(message("2100C/REF max 10"), "x:2: this loosens the guide: write relax before it");
    assert_eq!(message("2100A/NM103 optional"), "2: this loosens the guide: write relax before it");
    assert_eq!(
        message("rule dependent-diagnoses drop"),
        "2: this loosens the guide: write relax before it"
    );
    assert_eq!(
        message("2110C/EQ03 only FAM IND"),
        "x:2: the guide does not allow the code IND here: add it with relax allow"
    );
    assert_eq!(
        message("2110C/EQ01 only 30 29"),
        "x:2: the guide does not allow the code 29 here: add it with relax allow"
    );

    let guide = changed(
        "2100C/REF relax max 10\n2110C/EQ03 relax allow IND\n2100A/NM103 relax optional\n\
         2110C/EQ04 relax use\nrule dependent-diagnoses relax drop",
    )
    .expect("relaxed");
    assert_eq!(segment(&guide, "2100C", "REF").repeat_max, 10);
    assert_eq!(element(&guide, "2100A", "NM1", 3).usage, Usage::Situational);
    assert_eq!(element(&guide, "2110C", "EQ", 4).usage, Usage::Situational);
    let levels = element(&guide, "2110C", "EQ", 3).list.expect("a list");
    assert!(guide.lists[usize::from(levels)].contains(b"IND"));
    assert!(!guide.rules.iter().any(|rule| *rule.id == *"dependent-diagnoses"));
}

#[test]
fn one_of_a_run_can_be_changed() {
    let guide = changed("2100C/HI03 forbid\n2100C/HI04-1 only BF").expect("applies");
    let usages: Vec<_> = (1..=9).map(|at| element(&guide, "2100C", "HI", at).usage).collect();
    assert_eq!(usages[1..4], [Usage::Situational, Usage::NotUsed, Usage::Situational]);
    assert_eq!(usages[7..], [Usage::Situational, Usage::NotUsed]);
}

#[test]
fn rules_about_what_is_forbidden_hold_no_more() {
    let guide = changed("2110C/EQ05 forbid").expect("applies");
    assert!(!guide.rules.iter().any(|rule| *rule.id == *"subscriber-diagnoses"));
    assert!(guide.rules.iter().any(|rule| *rule.id == *"dependent-diagnoses"));
    let own = "2110C/EQ05 forbid\nrule own at 2110C/EQ\n  when EQ05\n  require EQ01";
    assert_eq!(message(own), "x:3: the guide does not use position 05 of this EQ");
}

#[test]
fn mistakes_name_their_line() {
    assert_eq!(message("2100C/NM1 forbid"), "x:2: NM1 begins its loop: change the loop instead");
    assert_eq!(
        message("2100A/NM103 forbid"),
        "x:2: the guide requires this: it cannot be forbidden"
    );
    assert_eq!(
        message("loop 2000A forbid"),
        "x:2: the guide requires this: it cannot be forbidden"
    );
    assert_eq!(message("loop 2999 max 1"), "x:2: the guide has no loop 2999");
    assert_eq!(
        message("2110C/AMT require"),
        "x:2: the loop has several AMT: select one, as AMT[…]"
    );
    assert!(changed("2110C/AMT[PB] require").is_ok());
    assert_eq!(message("2100C/ZZZ require"), "x:2: the loop has no such ZZZ");
    assert_eq!(message("2100C/REF05 require"), "x:2: the guide does not use position 05");
    assert_eq!(message("rule none relax drop"), "x:2: the guide has no rule none");
    assert_eq!(
        message("2100C/NM109 length 1..90"),
        "x:2: the length of this element in the standard is 2 to 80 characters"
    );
    let text = "overlay x on 005010X279A1 set 271 own\n";
    let guide = GuideText::parse(GUIDE).expect("the guide parses");
    let other = Overlay::parse(text).expect("parses").apply(&guide, &CodeBook::default());
    assert_eq!(
        other.expect_err("another set").to_string(),
        "1: this overlay is for 005010X279A1 set 271"
    );
}
