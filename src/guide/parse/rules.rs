//! nom parsers of situational rules: a `rule` line with its `when`, `require` and `say` lines.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0, satisfy};
use nom::combinator::{map, map_res, opt, recognize, value, verify};
use nom::error::context;
use nom::multi::{many0, many1, separated_list1};
use nom::sequence::{delimited, preceded, terminated};

use crate::dict::TextError;
use crate::dict::text::{Line, Parsed, codes, is_segment_id, keyword, number, word};
use crate::guide::ast::{
    ConditionText, ConsequenceText, EVERYWHERE, EachText, ReferenceText, RuleText, TermText,
};
use crate::guide::lines::{Lines, place};
use crate::guide::{Measure, Relation};
use crate::phi::quoted;

/// Deepest nesting of conditions.
const DEPTH_MAX: u32 = 16;

/// A rule and the lines under it; `snip` is the SNIP type of one that names none.
pub(in crate::guide) fn rule<'a>(
    lines: &mut Lines<'a>,
    snip: u8,
) -> Result<RuleText<'a>, TextError> {
    let Some(head) = lines.next() else { return Err(TextError::at(0, "expected rule")) };
    let (_, id, _, scope, marks) = head.parse((
        keyword("rule"),
        word("the name of the rule"),
        keyword("at"),
        scope,
        (opt(keyword("warning")), opt(preceded(keyword("snip"), number("a SNIP type, 1 to 7")))),
    ))?;
    let (warning, snip) = (marks.0.is_some(), marks.1.unwrap_or(snip));
    let mut each = None;
    let mut when = ConditionText::Always;
    let mut then = None;
    let mut advice = "";
    while let Some(line) = lines.next_if(|next| next.indent > head.indent) {
        match line.keyword() {
            "each" => each = Some(line.parse(each_of)?),
            "when" => when = line.parse(preceded(keyword("when"), |input| any(input, 0)))?,
            "require" | "forbid" | "any" | "within" | "balance" | "once" => {
                then = Some(consequence(&line)?);
            }
            "say" => advice = line.text["say".len()..].trim(),
            other => {
                let message = format!(
                    "expected each, when, require, forbid, any, within, balance, once or say, found {}",
                    quoted(other)
                );
                return Err(TextError::at(line.number, message));
            }
        }
    }
    let Some(then) = then else {
        return Err(TextError::at(head.number, "expected the rule to require or forbid something"));
    };
    if !(1..=7).contains(&snip) {
        return Err(TextError::at(head.number, "expected a SNIP type of 1 to 7"));
    }
    Ok(RuleText { id, scope, snip, warning, each, when, then, advice, at: place(&head) })
}

/// `each 2320 by 2330B/NM109 = 2430/SVD01`
fn each_of(input: &str) -> Parsed<'_, EachText<'_>> {
    let equals = terminated(char('='), multispace0);
    let keys = separated_list1(equals, reference);
    map((keyword("each"), word("a loop"), keyword("by"), keys), |(_, of, _, keys)| EachText {
        of,
        keys,
    })
    .parse(input)
}

fn consequence<'a>(line: &Line<'a>) -> Result<ConsequenceText<'a>, TextError> {
    let references = |word: &'static str| preceded(keyword(word), many1(reference));
    line.parse(alt((
        map(references("require"), ConsequenceText::Require),
        map(references("forbid"), ConsequenceText::Forbid),
        map(references("any"), ConsequenceText::AnyOf),
        map((keyword("within"), reference, codes), |(_, of, codes)| {
            ConsequenceText::Within(of, codes)
        }),
        map(
            (keyword("balance"), sum_of_terms, relation, sum_of_terms),
            |(_, left, relation, right)| ConsequenceText::Balance(left, relation, right),
        ),
        value(ConsequenceText::Once, keyword("once")),
    )))
}

fn relation(input: &str) -> Parsed<'_, Relation> {
    let sign = alt((value(Relation::Equal, tag("=")), value(Relation::AtMost, tag("<="))));
    terminated(sign, multispace0).parse(input)
}

/// `A + sum B C - count D where (D03 = X) + 1`
fn sum_of_terms(input: &str) -> Parsed<'_, Vec<TermText<'_>>> {
    let sign = |input| {
        terminated(alt((value(false, char('+')), value(true, char('-')))), multispace0).parse(input)
    };
    let first =
        map((opt(sign), measured), |(minus, term)| TermText { minus: minus == Some(true), ..term });
    let more = map((sign, measured), |(minus, term)| TermText { minus, ..term });
    map((first, many0(more)), |(first, more)| std::iter::once(first).chain(more).collect())
        .parse(input)
}

fn measured(input: &str) -> Parsed<'_, TermText<'_>> {
    let first = |input| map(opt(keyword("first")), |first| first.is_some()).parse(input);
    let sum =
        map((keyword("sum"), first, many1(reference)), |(_, first, of)| (Measure::Sum, first, of));
    let count = map((keyword("count"), first, reference), |(_, first, of)| {
        (Measure::Count, first, vec![of])
    });
    let elements =
        map(preceded(keyword("elements"), reference), |of| (Measure::Elements, false, vec![of]));
    let plain = map(reference, |of| (Measure::Value, false, vec![of]));
    let constant =
        map(number("a whole number"), |number| (Measure::Number(number), false, Vec::new()));
    let open = terminated(char('('), multispace0);
    let close = terminated(context("a closing bracket", char(')')), multispace0);
    let filter = preceded(keyword("where"), delimited(open, (reference, codes), close));
    let since = preceded(keyword("since"), word("a loop"));
    let parts = (alt((sum, count, elements, constant, plain)), opt(filter), opt(since));
    map(parts, |((measure, first, of), filter, since)| TermText {
        minus: false,
        measure,
        first,
        of,
        filter,
        since: since.unwrap_or(""),
    })
    .parse(input)
}

/// `A or B`
fn any(input: &str, depth: u32) -> Parsed<'_, ConditionText<'_>> {
    let terms = separated_list1(keyword("or"), |input| all(input, depth));
    map(
        terms,
        |mut terms: Vec<_>| {
            if terms.len() == 1 { terms.remove(0) } else { ConditionText::Any(terms) }
        },
    )
    .parse(input)
}

/// `A and B`
fn all(input: &str, depth: u32) -> Parsed<'_, ConditionText<'_>> {
    let terms = separated_list1(keyword("and"), |input| term(input, depth));
    map(
        terms,
        |mut terms: Vec<_>| {
            if terms.len() == 1 { terms.remove(0) } else { ConditionText::All(terms) }
        },
    )
    .parse(input)
}

fn term(input: &str, depth: u32) -> Parsed<'_, ConditionText<'_>> {
    if depth > DEPTH_MAX {
        return Err(nom::Err::Failure(crate::dict::text::Miss {
            at: input,
            expected: "less nesting",
        }));
    }
    let not = map(preceded(keyword("not"), move |input| term(input, depth + 1)), |inner| {
        ConditionText::Not(Box::new(inner))
    });
    let open = terminated(char('('), multispace0);
    let close = terminated(context("a closing bracket", char(')')), multispace0);
    let nested = delimited(open, move |input| any(input, depth + 1), close);
    let test = map((reference, opt(codes)), |(of, codes)| match codes {
        Some(codes) => ConditionText::Equals(of, codes),
        None => ConditionText::Present(of),
    });
    alt((not, nested, test)).parse(input)
}

/// `2110C`, `2110C/REF[G1]` or `*/N4`: where a rule is evaluated.
pub(in crate::guide) fn scope(input: &str) -> Parsed<'_, ReferenceText<'_>> {
    let segment = opt((preceded(char('/'), verify(name, is_segment_id)), opt(selector)));
    let in_loop = map((name, segment), |(in_loop, segment)| {
        let (tag, selector) = segment.unwrap_or_default();
        ReferenceText { in_loop, tag, selector: selector.unwrap_or(""), ..ReferenceText::default() }
    });
    let everywhere = (recognize((char('*'), char('/'))), verify(name, is_segment_id));
    let everywhere = map(everywhere, |(_, tag)| ReferenceText {
        in_loop: EVERYWHERE,
        tag,
        ..ReferenceText::default()
    });
    let scope = alt((everywhere, in_loop));
    context("a loop, or a segment in it such as 2110C/EB", terminated(scope, end_of_reference))
        .parse(input)
}

/// `2110C/REF[G1]02-1`; without a loop it is a segment of the rule's own loop.
pub(in crate::guide) fn reference(input: &str) -> Parsed<'_, ReferenceText<'_>> {
    let what = "a reference such as EB07 or 2110C/REF[G1]02";
    let in_loop = opt(terminated(name, char('/')));
    let digits = |input| recognize(many1(satisfy(|c| c.is_ascii_digit()))).parse(input);
    let run = opt(preceded(tag(".."), map_res(digits, str::parse::<u8>)));
    let component = opt((preceded(char('-'), map_res(digits, str::parse::<u8>)), run));
    // The element digits follow a selector directly, or are the last two of a name longer than three.
    let parts = (in_loop, name, opt(selector), opt(digits), component);
    let whole = map_res(parts, |(in_loop, name, selector, after, component)| {
        let (tag, element) = match (selector, name.len()) {
            (None, 4..=5) => name.split_at(name.len() - 2),
            _ => (name, after.unwrap_or("")),
        };
        let element = if element.is_empty() { Ok(0) } else { element.parse::<u8>() };
        match element {
            Ok(element) if is_segment_id(tag) => Ok(ReferenceText {
                in_loop: in_loop.unwrap_or(""),
                tag,
                selector: selector.unwrap_or(""),
                element,
                component: component.map_or(0, |(first, _)| first),
                component_last: component.and_then(|(_, last)| last).unwrap_or(0),
            }),
            _ => Err(()),
        }
    });
    context(what, terminated(whole, end_of_reference)).parse(input)
}

fn name(input: &str) -> Parsed<'_, &str> {
    take_while1(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()).parse(input)
}

/// `[G1]`
fn selector(input: &str) -> Parsed<'_, &str> {
    delimited(char('['), take_while1(|c| c != ']' && c != '\n'), char(']')).parse(input)
}

fn end_of_reference(input: &str) -> Parsed<'_, ()> {
    let ended =
        input.is_empty() || input.starts_with(|c: char| c.is_whitespace() || c == ')' || c == '=');
    let checked = verify(multispace0, move |_: &str| ended);
    value((), checked).parse(input)
}
