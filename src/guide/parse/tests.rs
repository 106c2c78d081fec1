//! Guide texts are read line by line, and a wrong line is named.

use super::*;

fn error(body: &str) -> String {
    let text = format!("guide X set 271 functional HB\n{body}");
    GuideText::parse(&text).expect_err(body).to_string()
}

#[test]
fn a_guide_is_a_tree_with_lines() {
    let text = "# note
guide X set 271 functional HB  a title
  ST R 1
    01 R
  loop A S >1  things
    EB R 1
      03 S ^99  kind = @kinds
      13 S
        -3..6 S
    loop B S 2
      III R 1
";
    let guide = GuideText::parse(text).expect("parses");
    assert_eq!((guide.title, guide.at.line, guide.at.lead), ("a title", 2, "# note\n"));
    let [NodeText::Segment(st), NodeText::Loop(a)] = guide.nodes.as_slice() else {
        panic!("two nodes")
    };
    assert_eq!((st.tag, a.id, a.repeat_max, a.name, a.at.line), ("ST", "A", u32::MAX, "things", 5));
    let kind = &a.trigger.elements[0];
    assert_eq!((kind.first, kind.last, kind.repeat_max, kind.name), (3, 3, 99, "kind"));
    assert_eq!(kind.codes, CodesText::Named("kinds"));
    let modifiers = &a.trigger.elements[1].components[0];
    assert_eq!((modifiers.first, modifiers.last), (3, 6));
    assert!(matches!(a.nodes.as_slice(), [NodeText::Loop(b)] if b.repeat_max == 2));
}

#[test]
fn mistakes_name_line_and_column() {
    assert_eq!(GuideText::parse("\n# x\n").expect_err("empty").line, 1);
    assert_eq!(
        GuideText::parse("guide X set\n").expect_err("short").to_string(),
        "1:12: expected a transaction set id, found the end of the line"
    );
    assert_eq!(error("  st R 1\n"), "2:3: expected a segment id, found xx");
    assert_eq!(
        error("  ST R 0\n"),
        "2:8: expected how often it may repeat, a number or >1, found #"
    );
    assert_eq!(
        error("  ST R 1\n    1x R\n"),
        "3:5: expected an element position such as 03 or 02..08, found #x"
    );
    assert_eq!(error("  ST R 1\n    01 Q\n"), "3:8: expected a usage, R or S, found x");
    assert_eq!(error("  ST R 1\n    02 R\n    01 R\n"), "4: expected positions in ascending order");
    assert_eq!(error("  ST R 1\n    05..02 R\n"), "3: expected positions in ascending order");
    assert_eq!(error("  ST R 1\n    -1 R\n"), "3: expected an element before its components");
    assert_eq!(error("  ST R 1\n    01 R = abc\n"), "3:12: expected a code, found xxx");
    assert_eq!(
        error("  ST R 1\n    01 R  name (date of 2)\n"),
        "3:16: expected (date), (date by NN), (npi by NN), (code by NN), (street), (adjustment), (full zip) or (length N..M), found (xxxx"
    );
    assert_eq!(
        error("  loop A S 1\n"),
        "2: expected the loop to begin with a segment, its trigger"
    );
    assert_eq!(
        error("  loop A S 1\n    loop B S 1\n      ST R 1\n"),
        "2: expected the loop to begin with a segment, its trigger"
    );
    assert_eq!(error("  ST R 1\n   SE R 1\n"), "3: expected this line to begin in column 3");
    assert_eq!(
        error("loops\n"),
        "2: expected rule, context, judge, shared or an indented segment or loop, found xxxxx"
    );
}

#[test]
fn a_shared_loop_is_written_once_and_used_in_places() {
    let body =
        "  ST R 1\n  use A S 3\nshared A  things\n  EB R 1\n  use B R 1\nshared B\n  III R 1\n";
    let text = format!("guide X set 271 functional HB\n{body}");
    let guide = GuideText::parse(&text).expect("parses");
    let [NodeText::Segment(_), NodeText::Use(used)] = guide.nodes.as_slice() else {
        panic!("two nodes")
    };
    assert_eq!((used.id, used.usage, used.repeat_max), ("A", Usage::Situational, 3));
    let [a, b] = guide.shared.as_slice() else { panic!("two shared loops") };
    assert_eq!((a.id, a.name, a.trigger.tag, b.id, b.at.line), ("A", "things", "EB", "B", 7));

    assert_eq!(error("  use A S 1\n"), "2: there is no shared loop A for this place");
    let itself = "  use A S 1\nshared A\n  EB R 1\n  use A S 1\n";
    assert_eq!(error(itself), "5: there is no shared loop A for this place");
    let twice = "shared A\n  EB R 1\nshared A\n  EB R 1\n";
    assert_eq!(error(twice), "4: shared loop A is already on line 2");
    assert_eq!(error("shared A\n"), "2: expected the loop to begin with a segment, its trigger");
}

#[test]
fn mistakes_in_rules_name_line_and_column() {
    assert_eq!(error("rule\n"), "2:5: expected the name of the rule, found the end of the line");
    assert_eq!(
        error("rule r at A/E\n  forbid EB\n"),
        "2:11: expected a loop, or a segment in it such as 2110C/EB, found x/x"
    );
    assert_eq!(
        error("rule r at A\n  when EB01\n"),
        "2: expected the rule to require or forbid something"
    );
    assert_eq!(error("rule r at A snip 9\n  forbid EB\n"), "2: expected a SNIP type of 1 to 7");
    assert_eq!(
        error("rule r at A\n  allow EB\n"),
        "3: expected each, when, require, forbid, any, within, balance, once or say, found xxxxx"
    );
    assert_eq!(
        error("rule r at A\n  require eb\n"),
        "3:11: expected a reference such as EB07 or 2110C/REF[G1]02, found xx"
    );
    assert_eq!(
        error("rule r at A\n  when (EB01 = A\n  require EB02\n"),
        "3:17: expected a closing bracket, found the end of the line"
    );
    assert_eq!(
        error("judge drgs at A on EB03\n"),
        "2:7: expected @ and the name of a code list, found xxxx"
    );
    let deep =
        format!("rule r at A\n  when {}EB{}\n  require EB\n", "(".repeat(40), ")".repeat(40));
    assert!(error(&deep).contains("expected less nesting"), "{}", error(&deep));
    assert_eq!(error("context X in A/EB\n"), "2:11: expected at, found xx");
}
