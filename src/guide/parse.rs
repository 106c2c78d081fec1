//! nom parsers of the guide text: one line per element, loops nested by indentation.

use std::iter::Peekable;
use std::vec::IntoIter;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, multispace0, u16 as decimal};
use nom::combinator::{all_consuming, cut, map, map_res, opt, peek, value, verify};
use nom::error::context;
use nom::multi::{many0, many1};
use nom::sequence::{preceded, terminated};

use super::ast::{
    CodesText, ContextText, ElementText, GuideText, JudgementText, LoopText, NodeText, PatternText,
    Place, SegmentText, SharedText, UseText,
};
use super::rules;
use crate::dict::TextError;
use crate::dict::text::{
    Line, Parsed, bracketed, code, codes, keyword, lines, list_name, number, segment_id, title,
    word,
};
use crate::guide::Usage;

/// SNIP type of a rule in a guide that names none: situational.
pub(super) const SNIP_OF_GUIDE: u8 = 4;

/// Lines still to be read.
pub(super) type Lines<'a> = Peekable<IntoIter<Line<'a>>>;

impl<'a> GuideText<'a> {
    /// The first line alone: ids and title, without segments and loops.
    pub(super) fn head(text: &'a str) -> Result<GuideText<'a>, TextError> {
        let is_head = |line: &&str| !line.trim_start().starts_with('#') && !line.trim().is_empty();
        let (number, line) =
            (1..).zip(text.lines()).find(|(_, line)| is_head(line)).unwrap_or((1, ""));
        let (text, indent) = (line.trim(), line.len() - line.trim_start().len());
        Line { number, indent, text, lead: "" }.parse(head)
    }

    /// Parses a guide text.
    pub fn parse(text: &'a str) -> Result<GuideText<'a>, TextError> {
        let (lines, tail) = lines(text);
        let mut lines = lines.into_iter().peekable();
        let Some(first) = lines.next() else {
            return Err(TextError::at(1, "expected guide, found an empty text"));
        };
        let mut guide = first.parse(head)?;
        guide.at = place(&first);
        guide.tail = tail;
        while let Some(line) = lines.peek() {
            match line.keyword() {
                "rule" => guide.rules.push(rules::rule(&mut lines, SNIP_OF_GUIDE)?),
                "context" => {
                    let line = lines.next().unwrap_or(first);
                    guide.contexts.push(context_line(&line)?);
                }
                "judge" => {
                    let line = lines.next().unwrap_or(first);
                    guide.judgements.push(judgement_line(&line)?);
                }
                "shared" => {
                    let head = lines.next().unwrap_or(first);
                    guide.shared.push(shared(&mut lines, &head)?);
                }
                _ if line.indent > first.indent => {
                    guide.nodes.extend(nodes(&mut lines, first.indent)?);
                }
                other => {
                    let message = format!(
                        "expected rule, context, judge, shared or an indented segment or loop, found {other}"
                    );
                    return Err(TextError::at(line.number, message));
                }
            }
        }
        check_uses(&guide)?;
        Ok(guide)
    }
}

/// Every shared loop that is used is there, and one inside another stands below it, so that none holds
/// itself.
fn check_uses(guide: &GuideText<'_>) -> Result<(), TextError> {
    for (index, shared) in guide.shared.iter().enumerate() {
        if let Some(twin) = guide.shared[..index].iter().find(|other| other.id == shared.id) {
            let message = format!("shared loop {} is already on line {}", shared.id, twin.at.line);
            return Err(TextError::at(shared.at.line, message));
        }
        uses_of(&shared.nodes, &guide.shared[index + 1..])?;
    }
    uses_of(&guide.nodes, &guide.shared)
}

fn uses_of(nodes: &[NodeText<'_>], among: &[SharedText<'_>]) -> Result<(), TextError> {
    nodes.iter().try_for_each(|node| match node {
        NodeText::Segment(_) => Ok(()),
        NodeText::Loop(inner) => uses_of(&inner.nodes, among),
        NodeText::Use(used) if among.iter().any(|shared| shared.id == used.id) => Ok(()),
        NodeText::Use(used) => {
            let message = format!("there is no shared loop {} for this place", used.id);
            Err(TextError::at(used.at.line, message))
        }
    })
}

/// `guide 005010X279A1  set 271  functional HB  Eligibility response`
fn head(input: &str) -> Parsed<'_, GuideText<'_>> {
    let amounts = opt(preceded(keyword("amounts"), cut(number("the digits of an amount"))));
    let (rest, (_, id, _, set, _, functional, purposes, amount_digits_max, title)) = (
        keyword("guide"),
        word("a guide id"),
        keyword("set"),
        word("a transaction set id"),
        keyword("functional"),
        word("a functional group id"),
        purposes,
        amounts,
        title,
    )
        .parse(input)?;
    let guide = GuideText {
        id,
        set,
        functional,
        purposes,
        amount_digits_max,
        title,
        nodes: Vec::new(),
        shared: Vec::new(),
        rules: Vec::new(),
        contexts: Vec::new(),
        judgements: Vec::new(),
        at: Place::default(),
        tail: "",
    };
    Ok((rest, guide))
}

/// `purpose 13 36`, or nothing.
pub(super) fn purposes(input: &str) -> Parsed<'_, Vec<&str>> {
    map(opt(preceded(keyword("purpose"), cut(many1(code)))), Option::unwrap_or_default).parse(input)
}

/// The segments and loops that stand deeper than `indent`.
fn nodes<'a>(lines: &mut Lines<'a>, indent: usize) -> Result<Vec<NodeText<'a>>, TextError> {
    let mut nodes = Vec::new();
    let Some(column) = lines.peek().map(|line| line.indent) else { return Ok(nodes) };
    while let Some(line) = lines.next_if(|next| next.indent > indent && !is_rule_line(next)) {
        if line.indent != column {
            let message = format!("expected this line to begin in column {}", column + 1);
            return Err(TextError::at(line.number, message));
        }
        nodes.push(match line.keyword() {
            "loop" => NodeText::Loop(loop_text(lines, &line)?),
            "use" => {
                let (_, id, usage, repeat_max) =
                    line.parse((keyword("use"), word("a loop id"), usage, repeat))?;
                NodeText::Use(UseText { id, usage, repeat_max, at: place(&line) })
            }
            _ => {
                let mut segment = line.parse(segment_head)?;
                segment.at = place(&line);
                segment.elements = elements(lines, line.indent)?;
                NodeText::Segment(segment)
            }
        });
    }
    Ok(nodes)
}

fn loop_text<'a>(lines: &mut Lines<'a>, head: &Line<'a>) -> Result<LoopText<'a>, TextError> {
    let (id, usage, repeat_max, name) = head.parse(loop_head)?;
    let (trigger, nodes) = body(lines, head)?;
    Ok(LoopText { id, usage, repeat_max, name, trigger, nodes, at: place(head) })
}

/// `shared 2300  Claim` and what stands under it.
fn shared<'a>(lines: &mut Lines<'a>, head: &Line<'a>) -> Result<SharedText<'a>, TextError> {
    let (_, id, name) = head.parse((keyword("shared"), word("a loop id"), title))?;
    let (trigger, nodes) = body(lines, head)?;
    Ok(SharedText { id, name, trigger, nodes, at: place(head) })
}

/// The trigger of a loop, and the segments and loops after it.
fn body<'a>(
    lines: &mut Lines<'a>,
    head: &Line<'a>,
) -> Result<(SegmentText<'a>, Vec<NodeText<'a>>), TextError> {
    let mut inner = nodes(lines, head.indent)?.into_iter();
    match inner.next() {
        Some(NodeText::Segment(trigger)) => Ok((trigger, inner.collect())),
        _ => Err(TextError::at(
            head.number,
            "expected the loop to begin with a segment, its trigger",
        )),
    }
}

fn is_rule_line(line: &Line<'_>) -> bool {
    matches!(line.keyword(), "rule" | "context" | "judge" | "shared")
}

/// `loop 2110C S >1  Benefit`
fn loop_head(input: &str) -> Parsed<'_, (&str, Usage, u32, &str)> {
    preceded(keyword("loop"), (word("a loop id"), usage, repeat, title)).parse(input)
}

/// `REF S 9  Additional identification`
fn segment_head(input: &str) -> Parsed<'_, SegmentText<'_>> {
    let start = context("a segment id or loop", segment_id);
    let (rest, (tag, usage, repeat_max, name)) = (start, usage, repeat, title).parse(input)?;
    Ok((
        rest,
        SegmentText { tag, usage, repeat_max, name, elements: Vec::new(), at: Place::default() },
    ))
}

/// `R` or `S`.
pub(super) fn usage(input: &str) -> Parsed<'_, Usage> {
    context(
        "a usage, R or S",
        map_res(word("a usage, R or S"), |found: &str| match found {
            "R" => Ok(Usage::Required),
            "S" => Ok(Usage::Situational),
            _ => Err(()),
        }),
    )
    .parse(input)
}

/// `9`, or `>1` for no limit.
pub(super) fn repeat(input: &str) -> Parsed<'_, u32> {
    let what = "how often it may repeat, a number or >1";
    context(
        what,
        map_res(word(what), |found: &str| match found {
            ">1" => Ok(u32::MAX),
            digits => digits
                .parse::<u32>()
                .map_err(|_| ())
                .and_then(|n| if n > 0 { Ok(n) } else { Err(()) }),
        }),
    )
    .parse(input)
}

/// The element lines under a segment.
fn elements<'a>(lines: &mut Lines<'a>, indent: usize) -> Result<Vec<ElementText<'a>>, TextError> {
    let mut elements: Vec<ElementText<'a>> = Vec::new();
    let is_element = |next: &Line<'_>| {
        next.indent > indent && next.text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
    };
    while let Some(line) = lines.next_if(is_element) {
        let component = line.text.starts_with('-');
        let parsed =
            if component { line.parse(component_line)? } else { line.parse(element_line)? };
        let parsed = ElementText { at: place(&line), ..parsed };
        let siblings = match elements.last_mut() {
            Some(last) if component => &mut last.components,
            None if component => {
                return Err(TextError::at(
                    line.number,
                    "expected an element before its components",
                ));
            }
            _ => &mut elements,
        };
        if siblings.last().is_some_and(|before| before.last >= parsed.first)
            || parsed.last < parsed.first
        {
            return Err(TextError::at(line.number, "expected positions in ascending order"));
        }
        siblings.push(parsed);
    }
    Ok(elements)
}

fn component_line(input: &str) -> Parsed<'_, ElementText<'_>> {
    preceded(char('-'), element_line).parse(input)
}

enum Remark {
    Pattern(PatternText),
    Length(u16, u16),
}

/// `03 S ^99 Service type  (length 1..2)  = @service-types`
fn element_line(input: &str) -> Parsed<'_, ElementText<'_>> {
    let position = verify(number_within_word, |n: &u16| (1..=99).contains(n));
    let run = opt(preceded(tag(".."), number_within_word));
    let positions =
        context("an element position such as 03 or 02..08", terminated((position, run), blank));
    let times = opt(preceded(char('^'), number("how often the element may repeat")));
    let listed = alt((map(list_name, CodesText::Named), map(codes, CodesText::Of)));
    let (rest, ((first, last), usage, repeat, name, remarks, codes)) =
        (positions, usage, times, title, many0(remark), opt(listed)).parse(input)?;
    let mut element = ElementText {
        first: first as u8,
        last: last.unwrap_or(first).min(99) as u8,
        usage,
        repeat_max: repeat.unwrap_or(1),
        name,
        pattern: None,
        length: None,
        codes: codes.unwrap_or(CodesText::Any),
        components: Vec::new(),
        at: Place::default(),
    };
    for remark in remarks {
        match remark {
            Remark::Pattern(pattern) => element.pattern = Some(pattern),
            Remark::Length(least, greatest) => element.length = Some((least, greatest)),
        }
    }
    Ok((rest, element))
}

fn number_within_word(input: &str) -> Parsed<'_, u16> {
    decimal(input)
}

fn blank(input: &str) -> Parsed<'_, ()> {
    let blanks = verify(multispace0, |found: &str| !found.is_empty());
    value((), blanks).parse(input)
}

/// `(date by 02)`, `(npi by 08)`, `(code by 01)`, `(street)`, `(date)`, `(length 2..20)`
fn remark(input: &str) -> Parsed<'_, Remark> {
    let what = "(date), (date by NN), (npi by NN), (code by NN), (street) or (length N..M)";
    let inside = context(
        what,
        map_res(bracketed, |inside: &str| {
            all_consuming(remark_inside).parse(inside).map(|(_, remark)| remark).map_err(|_| ())
        }),
    );
    preceded(peek(char('(')), cut(inside)).parse(input)
}

fn remark_inside(input: &str) -> Parsed<'_, Remark> {
    let by = |kind: &'static str| {
        preceded(
            (keyword(kind), keyword("by")),
            map_res(number("a position"), |n: u16| u8::try_from(n)),
        )
    };
    let length = (keyword("length"), decimal, tag(".."), decimal);
    alt((
        map(by("date"), |at| Remark::Pattern(PatternText::DateBy(at))),
        map(by("npi"), |at| Remark::Pattern(PatternText::NpiBy(at))),
        map(by("code"), |at| Remark::Pattern(PatternText::CodeBy(at))),
        value((), keyword("street")).map(|()| Remark::Pattern(PatternText::Street)),
        value((), keyword("date")).map(|()| Remark::Pattern(PatternText::Date)),
        map(length, |(_, least, _, greatest)| Remark::Length(least, greatest)),
    ))
    .parse(input)
}

/// `context TRN02  at 2000C/TRN02`
fn context_line<'a>(line: &Line<'a>) -> Result<ContextText<'a>, TextError> {
    let (_, name, _, of) =
        line.parse((keyword("context"), code, keyword("at"), rules::reference))?;
    Ok(ContextText { name, of, at: place(line) })
}

/// `judge @icd-10-cm @icd-9-cm  at 2300  on 2300/DTP[434]03 2400/DTP[472]03`
fn judgement_line<'a>(line: &Line<'a>) -> Result<JudgementText<'a>, TextError> {
    let list = preceded(char('@'), word("the name of a code list"));
    let lists = context("@ and the name of a code list", many1(list));
    let (_, lists, _, scope, _, on) = line.parse((
        keyword("judge"),
        lists,
        keyword("at"),
        rules::scope,
        keyword("on"),
        many1(rules::reference),
    ))?;
    Ok(JudgementText { lists, scope, on, at: place(line) })
}

pub(super) fn place<'a>(line: &Line<'a>) -> Place<'a> {
    Place { line: line.number, lead: line.lead }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            (st.tag, a.id, a.repeat_max, a.name, a.at.line),
            ("ST", "A", u32::MAX, "things", 5)
        );
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
        assert_eq!(error("  st R 1\n"), "2:3: expected a segment id, found st");
        assert_eq!(
            error("  ST R 0\n"),
            "2:8: expected how often it may repeat, a number or >1, found 0"
        );
        assert_eq!(
            error("  ST R 1\n    1x R\n"),
            "3:5: expected an element position such as 03 or 02..08, found 1x"
        );
        assert_eq!(error("  ST R 1\n    01 Q\n"), "3:8: expected a usage, R or S, found Q");
        assert_eq!(
            error("  ST R 1\n    02 R\n    01 R\n"),
            "4: expected positions in ascending order"
        );
        assert_eq!(error("  ST R 1\n    05..02 R\n"), "3: expected positions in ascending order");
        assert_eq!(error("  ST R 1\n    -1 R\n"), "3: expected an element before its components");
        assert_eq!(error("  ST R 1\n    01 R = abc\n"), "3:12: expected a code, found abc");
        assert_eq!(
            error("  ST R 1\n    01 R  name (date of 2)\n"),
            "3:16: expected (date), (date by NN), (npi by NN), (code by NN), (street) or (length N..M), found (date"
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
            "2: expected rule, context, judge, shared or an indented segment or loop, found loops"
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
        assert_eq!(
            error("shared A\n"),
            "2: expected the loop to begin with a segment, its trigger"
        );
    }

    #[test]
    fn mistakes_in_rules_name_line_and_column() {
        assert_eq!(
            error("rule\n"),
            "2:5: expected the name of the rule, found the end of the line"
        );
        assert_eq!(
            error("rule r at A/E\n  forbid EB\n"),
            "2:11: expected a loop, or a segment in it such as 2110C/EB, found A/E"
        );
        assert_eq!(
            error("rule r at A\n  when EB01\n"),
            "2: expected the rule to require or forbid something"
        );
        assert_eq!(error("rule r at A snip 9\n  forbid EB\n"), "2: expected a SNIP type of 1 to 7");
        assert_eq!(
            error("rule r at A\n  allow EB\n"),
            "3: expected each, when, require, forbid, any, within, balance, once or say, found allow"
        );
        assert_eq!(
            error("rule r at A\n  require eb\n"),
            "3:11: expected a reference such as EB07 or 2110C/REF[G1]02, found eb"
        );
        assert_eq!(
            error("rule r at A\n  when (EB01 = A\n  require EB02\n"),
            "3:17: expected a closing bracket, found the end of the line"
        );
        assert_eq!(
            error("judge drgs at A on EB03\n"),
            "2:7: expected @ and the name of a code list, found drgs"
        );
        let deep =
            format!("rule r at A\n  when {}EB{}\n  require EB\n", "(".repeat(40), ")".repeat(40));
        assert!(error(&deep).contains("expected less nesting"), "{}", error(&deep));
        assert_eq!(error("context X in A/EB\n"), "2:11: expected at, found in");
    }
}
