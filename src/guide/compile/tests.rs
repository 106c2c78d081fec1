//! What compiling derives, and the errors it reports.

use super::*;
use crate::dict::DataType;

fn compiled(body: &str) -> Result<Guide, TextError> {
    let text = format!(
        "guide X set 271 functional HB test\n  ST R 1\n    01 R = 271\n    02 R\n{body}  SE R 1\n    \
             01 R\n    02 R\n"
    );
    Guide::parse(&text, Dictionary::embedded(), &CodeBook::default())
}

fn message(body: &str) -> String {
    compiled(body).expect_err(body).to_string()
}

#[test]
fn elements_are_dense_and_the_unlisted_not_used() {
    let guide = compiled("  NM1 R 1 name\n    01 R = IL\n    03 S  surname (length 1..35)\n")
        .expect("compiles");
    let used = &guide.segments[1];
    let elements = &guide.elements[used.elements.start as usize..used.elements.end as usize];
    assert_eq!(elements.len(), 12);
    assert!(elements.iter().zip(1..).all(|(e, at)| e.position == at));
    let usages: Vec<Usage> = elements.iter().map(|e| e.usage).collect();
    assert_eq!(usages[..3], [Usage::Required, Usage::NotUsed, Usage::Situational]);
    assert!(elements[1].mandatory, "the standard requires NM102, whatever the guide says");
    assert_eq!(
        (elements[2].data_element, elements[2].length_max, &*elements[2].name),
        (1035, 35, "surname")
    );
    assert_eq!((&*elements[7].name, elements[7].line), ("identification qualifier", 0));
    let notes = &guide.notes[used.notes.start as usize..used.notes.end as usize];
    assert_eq!(notes.len(), 3);
    assert_eq!(guide.loops[0].segments, 0..3);
}

#[test]
fn composites_have_their_components() {
    let guide =
        compiled("  EB R 1\n    01 R\n    13 S\n      -1 R = HC\n      -2 R\n").expect("compiles");
    let at = guide.segments[1].elements.start as usize;
    let procedure = &guide.elements[at + 12];
    assert_eq!((procedure.kind, procedure.data_element), (DataType::Composite, 10_003));
    let range = procedure.components.start as usize..procedure.components.end as usize;
    let usages: Vec<Usage> = guide.elements[range.clone()].iter().map(|e| e.usage).collect();
    assert_eq!(usages.len(), 8);
    assert_eq!(usages[..3], [Usage::Required, Usage::Required, Usage::NotUsed]);
    assert_eq!(guide.elements[range][1].data_element, 234);
    assert_eq!(guide.elements[at + 13].components, 0..0);
}

#[test]
fn loops_are_ranges_with_ranks_and_levels() {
    let guide = Guide::parse(
        include_str!("../../../specs/005010X279A1/271.guide"),
        Dictionary::embedded(),
        &CodeBook::default(),
    )
    .expect("compiles");
    let find = |id: &str| {
        let index = guide.loops.iter().position(|l| *l.id == *id).expect(id);
        (index as u16, &guide.loops[index])
    };
    let (source, a) = find("2000A");
    let (receiver, b) = find("2000B");
    let (subscriber, c) = find("2000C");
    let (benefit, eb) = find("2110C");
    let (_, entity) = find("2120C");
    assert_eq!((a.parent, b.parent, c.parent), (Some(0), Some(source), Some(receiver)));
    assert_eq!((a.level, c.level), (Some(*b"20"), Some(*b"22")));
    assert!(
        a.inner.contains(&subscriber) && c.inner.contains(&benefit) && !eb.inner.contains(&benefit)
    );
    assert_eq!((eb.level, entity.parent, entity.repeat_max), (None, Some(benefit), 23));
    assert!(eb.segments.start < entity.segments.start && entity.segments.end < eb.segments.end);
    let header = &guide.segments[usize::from(entity.segments.start) - 1];
    let trailer = &guide.segments[usize::from(entity.segments.end)];
    assert_eq!((header.tag, trailer.tag), (Tag::from("LS"), Tag::from("LE")));
    assert!(header.rank < entity.rank && entity.rank < trailer.rank);
    let level = &guide.segments[usize::from(c.segments.start)];
    let by = level.discriminator.expect("HL is known by its level");
    assert_eq!((by.element, by.component), (3, 0));
    assert!(guide.lists[usize::from(by.list)].contains(b"22"));
    assert!(guide.standard_tags.binary_search(&Tag::from("VEH")).is_ok());
    assert_eq!(guide.contexts.len(), 2);
}

#[test]
fn siblings_are_told_apart_by_a_code_and_share_a_rank() {
    let guide = compiled(
        "  REF S 1\n    01 R = 18\n    02 R\n  REF S 1\n    01 R = 1L 6P\n    02 R\n  PER S 1\n    01 R\n",
    )
    .expect("compiles");
    let refs = &guide.segments[1..3];
    assert_eq!((refs[0].rank, refs[1].rank, guide.segments[3].rank), (1, 1, 2));
    for (used, code) in refs.iter().zip([&b"18"[..], b"6P"]) {
        let by = used.discriminator.expect("a discriminator");
        assert_eq!((by.element, by.component), (1, 0));
        assert!(guide.lists[usize::from(by.list)].contains(code));
    }
    assert_eq!(guide.segments[3].discriminator, None);

    // A later element does where the first ones do not.
    let by_date = "  DTP S 1\n    01 R = 291\n    02 R = D8\n    03 R\n  DTP S 1\n    01 R = 291\n    \
         02 R = RD8\n    03 R\n";
    let guide = compiled(by_date).expect("compiles");
    assert_eq!(guide.segments[1].discriminator.map(|d| d.element), Some(2));
}

#[test]
fn the_999_tells_contexts_apart_by_a_component() {
    let guide = Guide::parse(
        include_str!("../../../specs/005010X231A1/999.guide"),
        Dictionary::embedded(),
        &CodeBook::default(),
    )
    .expect("compiles");
    let contexts: Vec<&SegmentUse> =
        guide.segments.iter().filter(|s| s.tag == Tag::from("CTX")).collect();
    let by = contexts[0].discriminator.expect("the situation has a code");
    assert_eq!((by.element, by.component), (1, 1));
    assert!(guide.lists[usize::from(by.list)].contains(b"SITUATIONAL TRIGGER"));
    assert_eq!(contexts[1].discriminator, None, "the business unit is what is left");
    assert_eq!(contexts[0].rank, contexts[1].rank);
}

#[test]
fn ambiguity_is_refused_with_its_line() {
    let twice = "  REF S 1\n    01 R = 18 1L\n    02 R\n  REF S 1\n    01 R = 1L 6P\n    02 R\n";
    assert_eq!(
        message(twice),
        "8: this REF cannot be distinguished from the one on line 5 by a coded element"
    );
    let uncoded = "  REF S 1\n    01 R\n    02 R\n  REF S 1\n    01 R = 1L 6P\n    02 R\n";
    assert_eq!(
        message(uncoded),
        "8: this REF cannot be distinguished from the one on line 5 by a coded element"
    );
    let optional = "  DMG S 1\n    03 S = F\n  DMG S 1\n    03 S = M\n";
    assert_eq!(
        message(optional),
        "7: this DMG cannot be distinguished from the one on line 5 by a coded element"
    );
    let loops =
        "  loop A S 1\n    NM1 R 1\n      01 R = IL\n  loop B S 1\n    NM1 R 1\n      01 R = IL\n";
    assert_eq!(
        message(loops),
        "9: this NM1 cannot be distinguished from the one on line 6 by a coded element"
    );
}

#[test]
fn mistakes_name_their_line() {
    assert_eq!(message("  ZZZ S 1\n"), "5: segment ZZZ is not in the dictionary");
    assert_eq!(message("  CLM S 1\n    01 R\n"), "5: the standard does not have CLM in set 271");
    assert_eq!(message("  N3 S 1\n    01 R\n    03 S\n"), "7: N3 has 2 elements");
    assert_eq!(message("  N3 S 1\n    01 R\n      -1 R\n"), "7: this element is not a composite");
    assert_eq!(
        message("  EB S 1\n    01 R\n    14 S\n      -5 R\n"),
        "8: the composite has 4 components"
    );
    assert_eq!(
        message("  EB S 1\n    01 R\n    02 S ^2\n"),
        "7: the standard has a maximum repeat of 1 for this element"
    );
    assert_eq!(
        message("  NM1 S 1\n    03 S (length 1..99)\n"),
        "6: the length of this element in the standard is 1 to 60 characters"
    );
    assert_eq!(
        message("  AAA S 1\n    01 R = Y Z\n"),
        "6: the standard does not have the code Z here"
    );
    assert_eq!(
        message("  loop A S 1\n    N3 R 1\n      01 R\n  loop A S 1\n    N4 R 1\n"),
        "8: loop A is already on line 5"
    );
    assert_eq!(
        message("  loop A S 1\n    HL R 1\n      01 R\n      03 R\n"),
        "6: expected HL03 to name the level, as in 03 R = 22"
    );
}

const GUIDE: &str = "guide X set 271 functional HB test
  ST R 1
    01 R
  loop A S >1
    EB R 1
      01 R
      07 S
    REF S 1
      01 R = 18
      02 R
    REF S 1
      01 R = 1L
      02 R
  SE R 1
    01 R
";

#[test]
fn rules_are_resolved_and_their_mistakes_refused() {
    let with = |rule: &str| {
        let text = format!("{GUIDE}{rule}");
        Guide::parse(&text, Dictionary::embedded(), &CodeBook::default())
    };
    let message = |rule: &str| with(rule).expect_err(rule).to_string();
    let rule = "rule r at A/EB warning snip 3\n  when EB01 = B C and not (REF[1L] or REF[18])\n  \
         require EB07\n  say Give it.\n";
    let guide = with(rule).expect("compiles");
    let rule = &guide.rules[0];
    assert_eq!((rule.snip, rule.warning, &*rule.advice, rule.line), (3, true, "Give it.", 16));
    assert_eq!(rule.scope, crate::guide::RuleScope::Segment(1));

    assert_eq!(message("rule r at B\n  require EB07\n"), "16: the guide has no loop B");
    assert_eq!(
        message("rule r at A\n  require EB08\n"),
        "16: the guide does not use position 08 of this EB"
    );
    assert_eq!(message("rule r at A\n  require N3\n"), "16: loop A has no such N3");
    assert_eq!(
        message("rule r at A\n  require REF02\n"),
        "16: loop A has several REF: select one by a code, as REF[…]"
    );
    let twice = "rule r at A\n  require EB07\nrule r at A\n  forbid EB07\n";
    assert_eq!(message(twice), "18: rule r is already on line 16");
    assert_eq!(message("context X at B/EB01\n"), "16: the guide has no loop B");
}

#[test]
fn what_a_rule_by_key_cannot_say_is_refused() {
    let message = |lines: &str| {
        let text = format!("{SHARED}rule r at B\n  {lines}\n");
        let guide = Guide::parse(&text, Dictionary::embedded(), &CodeBook::default());
        guide.expect_err(lines).to_string()
    };
    let refused = [
        ("once", "a rule with once needs an each line"),
        ("each A by A/HL03\n  once", "loop A is not inside the loop of the rule"),
        ("each C by HL03\n  once", "expected the first key to be an element in C"),
        ("each C by C/EB\n  once", "expected the first key to be an element in C"),
        (
            "each C by C/EB01\n  forbid C/N4",
            "a rule with each can only use require, balance or once",
        ),
        (
            "each C by C/EB01\n  balance 1 = count C/N4 since B",
            "a rule with each cannot use first, since or elements",
        ),
        ("balance 1 = 2", "expected a balance with a term that is not a number"),
        ("balance HL03 = count HL since C", "expected a loop around it after since, not C"),
        (
            "balance HL03 = count C/EB where (C/N401 = A)",
            "expected where to refer to the same segment",
        ),
        ("require HL01-1..2", "a run of components is allowed in a condition only"),
    ];
    for (lines, expected) in refused {
        assert_eq!(message(lines), format!("30: {expected}"), "{lines}");
    }
}

#[test]
fn unknown_sets_and_wrong_groups_are_refused() {
    let parse = |text| Guide::parse(text, Dictionary::embedded(), &CodeBook::default());
    let error = parse("guide X set 850 functional PO\n").expect_err("no such set");
    assert_eq!(error.to_string(), "1: transaction set 850 is not in the dictionary");
    let error = parse("guide X set 271 functional HS\n").expect_err("wrong group");
    assert_eq!(error.to_string(), "1: set 271 belongs to functional group HB");
    let error = parse("guide X set 271 functional HB\n  ST R 1\n    01 R\n").expect_err("no SE");
    assert_eq!(error.to_string(), "1: expected the guide to begin with ST and to end with SE");
}

const SHARED: &str = "guide X set 271 functional HB test
  ST R 1
    01 R
  loop A S >1
    HL R 1
      03 R = 20
    REF S 1
      02 R
    use C S 9
    loop B S >1
      HL R 1
        03 R = 22
      REF S 1
        02 R
      use C R 2
  SE R 1
    01 R
shared C  things
  EB R 1
    01 R
    07 S
  N4 S 1
    01 R
    02 S
  loop D S 1
    NM1 R 1
      01 R = IL
    N4 S 1
      01 R
";

#[test]
fn a_shared_loop_stands_in_every_place_and_has_its_elements_once() {
    let rules = "rule near at C\n  when D/NM1\n  require A/HL\n\
                 rule every at */N4\n  require N402\ncontext X at C/EB01\n";
    let text = format!("{SHARED}{rules}");
    let guide =
        Guide::parse(&text, Dictionary::embedded(), &CodeBook::default()).expect("compiles");
    let ids: Vec<&str> = guide.loops.iter().map(|l| &*l.id).collect();
    assert_eq!(ids, ["ST", "A", "C", "D", "B", "C", "D"]);
    let (first, second) = (&guide.loops[2], &guide.loops[5]);
    assert_eq!((first.parent, second.parent), (Some(1), Some(4)));
    assert_eq!((first.usage, first.repeat_max), (Usage::Situational, 9));
    assert_eq!((second.usage, second.repeat_max, &*second.name), (Usage::Required, 2, "things"));
    let elements = |at: &LoopUse| guide.segments[usize::from(at.segments.start)].elements.clone();
    assert_eq!(elements(first), elements(second));

    // Each place of the rule sees the loops nearest to it, each use of N4 itself.
    let scopes: Vec<_> = guide.rules.iter().map(|rule| (&*rule.id, rule.scope)).collect();
    use crate::guide::RuleScope::{Loop, Segment};
    let uses: Vec<u16> = (0u16..)
        .zip(&guide.segments)
        .filter(|(_, used)| used.tag == Tag::from("N4"))
        .map(|(node, _)| node)
        .collect();
    assert_eq!(uses.len(), 4);
    assert_eq!(
        scopes,
        [
            ("near", Loop(2)),
            ("near", Loop(5)),
            ("every", Segment(uses[0])),
            ("every", Segment(uses[2])),
        ],
        "the N4 of D does not use N402"
    );
    let [.., d] = guide.rules[1].comparisons()[..] else { panic!("comparisons") };
    assert_eq!(guide.segments[usize::from(d.0.segment)].tag, Tag::from("HL"));
    let triggers: Vec<u16> =
        guide.rules[..2].iter().map(|rule| rule.comparisons()[0].0.segment).collect();
    assert_eq!(triggers, [guide.loops[3].segments.start, guide.loops[6].segments.start]);
    let contexts: Vec<u16> = guide.contexts.iter().map(|context| context.of.segment).collect();
    assert_eq!(contexts, [first.segments.start, second.segments.start]);
}

#[test]
fn overlays_change_a_shared_loop_in_every_place() {
    let base = GuideText::parse(SHARED).expect("parses");
    let overlaid = |line: &str| {
        let text = format!("overlay x on X set 271\n{line}\n");
        let overlay = crate::guide::Overlay::parse(&text).expect("parses");
        overlay.compile(&base, Dictionary::embedded(), &CodeBook::default())
    };
    let guide = overlaid("C/EB07 require").expect("applies");
    for at in [2, 5] {
        let eb = &guide.segments[usize::from(guide.loops[at].segments.start)];
        assert_eq!(guide.elements[eb.elements.start as usize + 6].usage, Usage::Required);
    }
    let guide = overlaid("loop C max 1").expect("applies");
    assert_eq!((guide.loops[2].repeat_max, guide.loops[5].repeat_max), (1, 1));
    assert_eq!(guide.loops[2].line, 2 | OVERLAY_LINE);
    let error = overlaid("loop C forbid").expect_err("B requires it");
    assert_eq!(error.to_string(), "x:2: the guide requires this: it cannot be forbidden");
}
