//! nom parsers of the guide text: one line per element, loops nested by indentation.

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
use super::lines::{Lines, place};
use crate::dict::TextError;
use crate::dict::text::{
    Line, Parsed, bracketed, code, codes, keyword, lines, list_name, number, segment_id, title,
    word,
};
use crate::guide::Usage;
use crate::phi::quoted;

pub(super) mod rules;

/// SNIP type of a rule in a guide that names none: situational.
pub(super) const SNIP_OF_GUIDE: u8 = 4;

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
                        "expected rule, context, judge, shared or an indented segment or loop, found {}",
                        quoted(other)
                    );
                    return Err(TextError::at(line.number, message));
                }
            }
        }
        check_uses(&guide)?;
        Ok(guide)
    }
}

/// Every shared loop that is used exists, and one inside another is written below it, so that none contains
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

/// The segments and loops that are indented deeper than `indent`.
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

/// `shared 2300  Claim` and the lines under it.
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

/// `(date by 02)`, `(npi by 08)`, `(code by 01)`, `(street)`, `(date)`, `(adjustment)`, `(full zip)`, `(length 2..20)`
fn remark(input: &str) -> Parsed<'_, Remark> {
    let what = "(date), (date by NN), (npi by NN), (code by NN), (street), (adjustment), (full zip) or (length N..M)";
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
        value((), keyword("adjustment")).map(|()| Remark::Pattern(PatternText::Adjustment)),
        value((), (keyword("full"), keyword("zip")))
            .map(|()| Remark::Pattern(PatternText::FullZip)),
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

#[cfg(test)]
mod tests;
