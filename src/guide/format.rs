//! The canonical form of guide and overlay texts: two blanks a level, names and codes in columns, long code
//! lists wrapped.

use std::fmt::Write as _;

use super::ast::{
    CodesText, ConditionText, ConsequenceText, ContextText, ElementText, GuideText, JudgementText,
    LoopText, NodeText, PatternText, ReferenceText, RuleText, SegmentText, SharedText, TermText,
};
use super::overlay::{Change, Overlay, SNIP_OF_OVERLAY, Target};
use super::parse::SNIP_OF_GUIDE;
use crate::dict::TextError;
use crate::dict::text::{code_list, end_line, lead, shown};
use crate::guide::{Measure, Relation, Usage};

/// Writes a guide text in its canonical form.
pub fn format_guide(text: &str) -> Result<String, TextError> {
    let guide = GuideText::parse(text)?;
    let mut out = String::with_capacity(text.len() * 2);
    lead(&mut out, guide.at.lead);
    let GuideText { id, set, functional, title, .. } = guide;
    let _ = write!(out, "guide {id}  set {set}  functional {functional}  ");
    purposes(&mut out, &guide.purposes);
    if let Some(digits) = guide.amount_digits_max {
        let _ = write!(out, "amounts {digits}  ");
    }
    out.push_str(title);
    end_line(&mut out);
    nodes(&mut out, &guide.nodes, 2);
    for loop_text in &guide.shared {
        shared(&mut out, loop_text);
    }
    // Rules, contexts and judgements may be in any order, and their comments with them.
    let rules = guide.rules.iter().map(|text| (text.at.line, Below::Rule(text)));
    let contexts = guide.contexts.iter().map(|text| (text.at.line, Below::Context(text)));
    let judgements = guide.judgements.iter().map(|text| (text.at.line, Below::Judgement(text)));
    let mut below: Vec<_> = rules.chain(contexts).chain(judgements).collect();
    below.sort_by_key(|(line, _)| *line);
    for (_, text) in below {
        match text {
            Below::Rule(text) => rule(&mut out, text, SNIP_OF_GUIDE),
            Below::Context(text) => context(&mut out, text),
            Below::Judgement(text) => judgement(&mut out, text),
        }
    }
    lead(&mut out, guide.tail);
    Ok(out)
}

/// What follows the segments and loops.
enum Below<'a> {
    Rule(&'a RuleText<'a>),
    Context(&'a ContextText<'a>),
    Judgement(&'a JudgementText<'a>),
}

/// Writes `purpose 13 36  `, where there is any.
fn purposes(out: &mut String, codes: &[&str]) {
    if codes.is_empty() {
        return;
    }
    out.push_str("purpose");
    for code in codes {
        let _ = write!(out, " {}", shown(code));
    }
    out.push_str("  ");
}

/// Writes an overlay text in its canonical form: changes first, rules after them.
pub fn format_overlay(text: &str) -> Result<String, TextError> {
    let overlay = Overlay::parse(text)?;
    let mut out = String::with_capacity(text.len() * 2);
    lead(&mut out, overlay.at.lead);
    let Overlay { name, guide, set, title, .. } = overlay;
    let _ = write!(out, "overlay {name}  on {guide}  set {set}  ");
    purposes(&mut out, &overlay.purposes);
    out.push_str(title);
    end_line(&mut out);
    let targets: Vec<String> = overlay.deltas.iter().map(|delta| target(&delta.target)).collect();
    let width = targets.iter().map(String::len).max().unwrap_or(0);
    for (delta, target) in overlay.deltas.iter().zip(targets) {
        lead(&mut out, delta.at.lead);
        let _ = write!(out, "{target:<width$}  ");
        if delta.relax {
            out.push_str("relax ");
        }
        change(&mut out, &delta.change);
        end_line(&mut out);
    }
    for next in &overlay.rules {
        rule(&mut out, next, SNIP_OF_OVERLAY);
    }
    lead(&mut out, overlay.tail);
    Ok(out)
}

fn nodes(out: &mut String, nodes: &[NodeText<'_>], indent: usize) {
    for node in nodes {
        match node {
            NodeText::Segment(text) => segment(out, text, indent),
            NodeText::Loop(text) => inner_loop(out, text, indent),
            NodeText::Use(text) => {
                lead(out, text.at.lead);
                let (usage, times) = (usage(text.usage), times(text.repeat_max));
                let _ = write!(out, "{:indent$}use {} {usage} {times}", "", text.id);
                end_line(out);
            }
        }
    }
}

fn shared(out: &mut String, text: &SharedText<'_>) {
    lead(out, text.at.lead);
    let _ = write!(out, "shared {}  {}", text.id, text.name);
    end_line(out);
    segment(out, &text.trigger, 2);
    nodes(out, &text.nodes, 2);
}

fn inner_loop(out: &mut String, text: &LoopText<'_>, indent: usize) {
    lead(out, text.at.lead);
    let (usage, times) = (usage(text.usage), times(text.repeat_max));
    let _ = write!(out, "{:indent$}loop {} {usage} {times}  {}", "", text.id, text.name);
    end_line(out);
    segment(out, &text.trigger, indent + 2);
    nodes(out, &text.nodes, indent + 2);
}

fn segment(out: &mut String, text: &SegmentText<'_>, indent: usize) {
    lead(out, text.at.lead);
    let (usage, times) = (usage(text.usage), times(text.repeat_max));
    let _ = write!(out, "{:indent$}{} {usage} {times}  {}", "", text.tag, text.name);
    end_line(out);
    elements(out, &text.elements, indent + 2, "");
}

/// Elements of a segment or components of a composite; the code lists of one group begin in one column.
fn elements(out: &mut String, group: &[ElementText<'_>], indent: usize, mark: &str) {
    let heads: Vec<String> =
        group.iter().map(|element| element_head(element, indent, mark)).collect();
    let listed = |element: &ElementText<'_>| element.codes != CodesText::Any;
    let column =
        group.iter().zip(&heads).filter(|(e, _)| listed(e)).map(|(_, head)| head.len()).max();
    for (element, head) in group.iter().zip(&heads) {
        lead(out, element.at.lead);
        match &element.codes {
            CodesText::Any => out.push_str(head),
            codes => {
                let _ = write!(out, "{head:<width$}  ", width = column.unwrap_or(0));
                match codes {
                    CodesText::Named(name) => {
                        let _ = write!(out, "= @{name}");
                    }
                    CodesText::Of(codes) => code_list(out, codes.iter().copied()),
                    CodesText::Any => {}
                }
            }
        }
        end_line(out);
        elements(out, &element.components, indent + 2, "-");
    }
}

fn element_head(text: &ElementText<'_>, indent: usize, mark: &str) -> String {
    let mut out = format!("{:indent$}{mark}", "");
    let digits = if mark.is_empty() { 2 } else { 1 };
    let _ = write!(out, "{:0digits$}", text.first);
    if text.last > text.first {
        let _ = write!(out, "..{:0digits$}", text.last);
    }
    let _ = write!(out, " {}", usage(text.usage));
    if text.repeat_max > 1 {
        let _ = write!(out, " ^{}", text.repeat_max);
    }
    if !text.name.is_empty() {
        let _ = write!(out, "  {}", text.name);
    }
    match text.pattern {
        Some(PatternText::DateBy(at)) => {
            let _ = write!(out, "  (date by {at:02})");
        }
        Some(PatternText::CodeBy(at)) => {
            let _ = write!(out, "  (code by {at:02})");
        }
        Some(PatternText::NpiBy(at)) => {
            let _ = write!(out, "  (npi by {at:02})");
        }
        Some(PatternText::Street) => out.push_str("  (street)"),
        Some(PatternText::Date) => out.push_str("  (date)"),
        Some(PatternText::Adjustment) => out.push_str("  (adjustment)"),
        Some(PatternText::FullZip) => out.push_str("  (full zip)"),
        None => {}
    }
    if let Some((least, greatest)) = text.length {
        let _ = write!(out, "  (length {least}..{greatest})");
    }
    out
}

fn rule(out: &mut String, text: &RuleText<'_>, snip: u8) {
    lead(out, text.at.lead);
    let _ = write!(out, "rule {}  at {}", text.id, scope(&text.scope));
    if text.warning {
        out.push_str("  warning");
    }
    if text.snip != snip {
        let _ = write!(out, "  snip {}", text.snip);
    }
    end_line(out);
    if let Some(each) = &text.each {
        let keys: Vec<_> = each.keys.iter().map(reference).collect();
        let _ = write!(out, "  each {} by {}", each.of, keys.join(" = "));
        end_line(out);
    }
    if text.when != ConditionText::Always {
        let _ = write!(out, "  when {}", condition(&text.when, Binding::Loose));
        end_line(out);
    }
    if let ConsequenceText::Balance(left, relation, right) = &text.then {
        let sign = if *relation == Relation::Equal { "=" } else { "<=" };
        let _ = write!(out, "  balance {} {sign} {}", terms(left), terms(right));
    }
    let (word, of) = match &text.then {
        ConsequenceText::Balance(..) => ("", [].as_slice()),
        ConsequenceText::Once => ("once", [].as_slice()),
        ConsequenceText::Require(of) => ("require", of.as_slice()),
        ConsequenceText::Forbid(of) => ("forbid", of.as_slice()),
        ConsequenceText::AnyOf(of) => ("any", of.as_slice()),
        ConsequenceText::Within(of, _) => ("within", std::slice::from_ref(of)),
    };
    if !word.is_empty() {
        let _ = write!(out, "  {word}");
    }
    for of in of {
        let _ = write!(out, " {}", reference(of));
    }
    if let ConsequenceText::Within(_, codes) = &text.then {
        out.push(' ');
        code_list(out, codes.iter().copied());
    }
    end_line(out);
    if !text.advice.is_empty() {
        let _ = write!(out, "  say {}", text.advice);
        end_line(out);
    }
}

fn terms(terms: &[TermText<'_>]) -> String {
    let mut out = String::new();
    for (index, term) in terms.iter().enumerate() {
        out.push_str(match (index, term.minus) {
            (0, false) => "",
            (0, true) => "- ",
            (_, false) => " + ",
            (_, true) => " - ",
        });
        out.push_str(match term.measure {
            Measure::Value | Measure::Number(_) => "",
            Measure::Sum => "sum ",
            Measure::Count => "count ",
            Measure::Elements => "elements ",
        });
        if let Measure::Number(number) = term.measure {
            let _ = write!(out, "{number}");
        }
        if term.first {
            out.push_str("first ");
        }
        out.push_str(&term.of.iter().map(reference).collect::<Vec<_>>().join(" "));
        if let Some((of, codes)) = &term.filter {
            let codes: Vec<_> = codes.iter().map(|code| shown(code)).collect();
            let _ = write!(out, " where ({} = {})", reference(of), codes.join(" "));
        }
        if !term.since.is_empty() {
            let _ = write!(out, " since {}", term.since);
        }
    }
    out
}

/// The precedence of what surrounds a condition.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Loose,
    And,
    Not,
}

fn condition(text: &ConditionText<'_>, around: Binding) -> String {
    let (shown, binding) = match text {
        ConditionText::Always => (String::new(), Binding::Not),
        ConditionText::Present(of) => (reference(of), Binding::Not),
        ConditionText::Equals(of, codes) => {
            let codes: Vec<String> = codes.iter().map(|code| shown(code)).collect();
            (format!("{} = {}", reference(of), codes.join(" ")), Binding::Not)
        }
        ConditionText::Not(inner) => {
            (format!("not {}", condition(inner, Binding::Not)), Binding::Not)
        }
        ConditionText::All(terms) => (joined(terms, " and ", Binding::Not), Binding::And),
        ConditionText::Any(terms) => (joined(terms, " or ", Binding::And), Binding::Loose),
    };
    if binding < around { format!("({shown})") } else { shown }
}

fn joined(terms: &[ConditionText<'_>], with: &str, around: Binding) -> String {
    terms.iter().map(|term| condition(term, around)).collect::<Vec<_>>().join(with)
}

fn context(out: &mut String, text: &ContextText<'_>) {
    lead(out, text.at.lead);
    let _ = write!(out, "context {}  at {}", shown(text.name), reference(&text.of));
    end_line(out);
}

fn judgement(out: &mut String, text: &JudgementText<'_>) {
    lead(out, text.at.lead);
    out.push_str("judge");
    for list in &text.lists {
        let _ = write!(out, " @{list}");
    }
    let _ = write!(out, "  at {}  on", scope(&text.scope));
    for of in &text.on {
        let _ = write!(out, " {}", reference(of));
    }
    end_line(out);
}

fn scope(of: &ReferenceText<'_>) -> String {
    if of.tag.is_empty() { of.in_loop.to_owned() } else { reference(of) }
}

fn reference(of: &ReferenceText<'_>) -> String {
    let mut out = String::new();
    if !of.in_loop.is_empty() {
        let _ = write!(out, "{}/", of.in_loop);
    }
    out.push_str(of.tag);
    if !of.selector.is_empty() {
        let _ = write!(out, "[{}]", of.selector);
    }
    if of.element > 0 {
        let _ = write!(out, "{:02}", of.element);
    }
    if of.component > 0 {
        let _ = write!(out, "-{}", of.component);
    }
    if of.component_last > 0 {
        let _ = write!(out, "..{}", of.component_last);
    }
    out
}

fn target(target: &Target<'_>) -> String {
    match target {
        Target::Loop(id) => format!("loop {id}"),
        Target::Rule(id) => format!("rule {id}"),
        Target::Use(of) => reference(of),
    }
}

fn change(out: &mut String, change: &Change<'_>) {
    let listed = |out: &mut String, word: &str, codes: &[&str]| {
        out.push_str(word);
        for code in codes {
            let _ = write!(out, " {}", shown(code));
        }
    };
    match change {
        Change::Require => out.push_str("require"),
        Change::Forbid => out.push_str("forbid"),
        Change::Optional => out.push_str("optional"),
        Change::Use => out.push_str("use"),
        Change::Drop => out.push_str("drop"),
        Change::Only(codes) => listed(out, "only", codes),
        Change::Allow(codes) => listed(out, "allow", codes),
        Change::Max(most) => {
            let _ = write!(out, "max {}", times(*most));
        }
        Change::Length(least, greatest) => {
            let _ = write!(out, "length {least}..{greatest}");
        }
    }
}

fn usage(usage: Usage) -> char {
    match usage {
        Usage::Required => 'R',
        Usage::Situational => 'S',
        Usage::NotUsed => 'N',
    }
}

fn times(repeat_max: u32) -> String {
    if repeat_max == u32::MAX { ">1".into() } else { repeat_max.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_canonical(name: &str, text: &str, canonical: &str) {
        for (index, (is, should)) in text.lines().zip(canonical.lines()).enumerate() {
            assert_eq!(is, should, "{name}:{}", index + 1);
        }
        assert_eq!(text.len(), canonical.len(), "{name}: lines at the end");
    }

    #[test]
    fn embedded_texts_are_canonical() {
        for (name, text) in crate::guide::registry::GUIDES {
            assert_canonical(name, text, &format_guide(text).expect("parses"));
        }
        let sample = include_str!("../../specs/overlays/sample.overlay");
        assert_canonical("sample.overlay", sample, &format_overlay(sample).expect("parses"));
    }

    #[test]
    fn formatting_aligns_and_keeps_comments() {
        let text = r#"# top
guide X   set 271 functional HB   test


# begin
 ST R 1 header
   01 R set = 271
   02 R   control   number
 loop A S >1
    NM1 R 1
      03 S  (length 1..35)
      9 R (npi by 8) = @x
    use B  S >1
shared B   twice
  EB R 1
rule r at A snip 4
 when ( NM103 or NM109 = A ) and not NM109
  require NM103
 say Do  it.
context "A B" at A/NM103
# days
judge @x   @y at A on NM103 ST/DTP[472]03
# end
"#;
        let tidy = r#"# top
guide X  set 271  functional HB  test

# begin
  ST R 1  header
    01 R  set  = 271
    02 R  control   number
  loop A S >1
    NM1 R 1
      03 S  (length 1..35)
      09 R  (npi by 08)  = @x
    use B S >1
shared B  twice
  EB R 1
rule r  at A
  when (NM103 or NM109 = A) and not NM109
  require NM103
  say Do  it.
context "A B"  at A/NM103
# days
judge @x @y  at A  on NM103 ST/DTP[472]03
# end
"#;
        assert_eq!(format_guide(text).expect("parses"), tidy);
        assert_eq!(format_guide(tidy).expect("parses"), tidy);
    }

    #[test]
    fn conditions_keep_their_meaning() {
        for when in [
            "EB01 = A or EB02 and EB03",
            "(EB01 = A or EB02) and EB03",
            "not (EB01 and EB02)",
            "not EB01 and EB02",
            "EB01 = \"a b\" C",
            "EB13-3..6 = A0425..A0999",
        ] {
            let text = format!(
                "guide X  set 271  functional HB  test\nrule r  at A\n  when {when}\n  forbid EB04\n"
            );
            assert_eq!(format_guide(&text).expect("parses"), text);
        }
    }
}
