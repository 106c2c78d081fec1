//! nom parsers of the four dictionary texts. A text may contain entries of any kind; the keyword of a line
//! says which.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take;
use nom::character::complete::{char, digit1, multispace0, one_of};
use nom::combinator::{map, map_res, opt, value};
use nom::error::context;
use nom::multi::many1;
use nom::sequence::{preceded, terminated};

use super::entries::{Component, Composite, Element, Entries, SegmentEntry, SegmentPart, SetEntry};
use super::text::{
    Line, Parsed, TextError, codes, keyword, lines, number, segment_id, title, word,
};
use super::types::{DataType, SyntaxKind, SyntaxNote};
use super::{COMPOSITE_BASE, INTERCHANGE_BASE};
use crate::phi::quoted;
use crate::wire::Tag;

/// What `text` holds.
pub(super) fn read(text: &str) -> Result<Entries<'_>, TextError> {
    let mut into = Entries::default();
    let (lines, _) = lines(text);
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let mut inner = || lines.next_if(|next| next.indent > line.indent);
        match line.keyword() {
            "element" => into.elements.push(line.parse(element)?),
            "set" => into.sets.push(line.parse(set)?),
            "composite" => {
                let mut composite = line.parse(composite)?;
                while let Some(line) = inner() {
                    composite_line(&mut composite, &line)?;
                }
                into.composites.push(composite);
            }
            "segment" => {
                let mut segment = line.parse(segment)?;
                while let Some(line) = inner() {
                    segment_line(&mut segment, &line)?;
                }
                into.segments.push(segment);
            }
            other => {
                let message =
                    format!("expected element, composite, segment or set, found {}", quoted(other));
                return Err(TextError::at(line.number, message));
            }
        }
    }
    Ok(into)
}

/// `98`, `C003` or `I18`: a data element by its number.
pub(super) fn element_number(input: &str) -> Parsed<'_, u16> {
    let base = alt((
        value(COMPOSITE_BASE, char('C')),
        value(INTERCHANGE_BASE, char('I')),
        value(0, take(0usize)),
    ));
    let digits = map_res(terminated(digit1, multispace0), str::parse::<u16>);
    context(
        "a data element number",
        map((base, digits), |(base, digits)| base.saturating_add(digits)),
    )
    .parse(input)
}

/// `AN`, `ID`, `N2` …: a data type.
fn data_type(input: &str) -> Parsed<'_, DataType> {
    context(
        "a data type",
        map_res(word("a data type"), |found: &str| match found {
            "AN" => Ok(DataType::An),
            "ID" => Ok(DataType::Id),
            "DT" => Ok(DataType::Dt),
            "TM" => Ok(DataType::Tm),
            "R" => Ok(DataType::R),
            "B" => Ok(DataType::B),
            _ => match found.strip_prefix('N').map(str::parse) {
                Some(Ok(decimals)) => Ok(DataType::N(decimals)),
                _ => Err(()),
            },
        }),
    )
    .parse(input)
}

/// `element 98  ID 2 3  Entity identifier  = 1P 2B …`
pub(super) fn element(input: &str) -> Parsed<'_, Element<'_>> {
    let (rest, (_, number, kind, length_min, length_max, name, codes)) = (
        keyword("element"),
        element_number,
        data_type,
        number("the least length"),
        number("the greatest length"),
        title,
        opt(codes),
    )
        .parse(input)?;
    let codes = codes.unwrap_or_default();
    Ok((rest, Element { number, kind, length_min, length_max, name, codes }))
}

/// `set 270 HS  Eligibility inquiry  = ST BHT …`
pub(super) fn set(input: &str) -> Parsed<'_, SetEntry<'_>> {
    let (rest, (_, id, functional, name, tags)) = (
        keyword("set"),
        word("a transaction set id"),
        word("a functional group id"),
        title,
        opt(codes),
    )
        .parse(input)?;
    let mut tags: Vec<Tag> = tags.unwrap_or_default().into_iter().map(Tag::from).collect();
    tags.sort_unstable();
    Ok((rest, SetEntry { id, functional, name, tags }))
}

/// `composite C003  Procedure`
pub(super) fn composite(input: &str) -> Parsed<'_, Composite<'_>> {
    let (rest, (_, number, name)) = (keyword("composite"), element_number, title).parse(input)?;
    Ok((rest, Composite { number, name, components: Vec::new(), notes: Vec::new() }))
}

/// `segment EB  Benefit`
pub(super) fn segment(input: &str) -> Parsed<'_, SegmentEntry<'_>> {
    let (rest, (_, id, name)) = (keyword("segment"), segment_id, title).parse(input)?;
    Ok((rest, SegmentEntry { tag: Tag::from(id), id, name, parts: Vec::new(), notes: Vec::new() }))
}

/// `03 1365 O ^99`: position, data element, mandatory or optional, repeat.
pub(super) fn part(input: &str) -> Parsed<'_, (u8, SegmentPart)> {
    let mandatory = context(
        "M or O",
        map_res(word("M or O"), |found: &str| match found {
            "M" => Ok(true),
            "O" => Ok(false),
            _ => Err(()),
        }),
    );
    let repeat = opt(preceded(char('^'), number("how often it may repeat")));
    let (rest, (position, element, mandatory, repeat)) =
        (number("an element position"), element_number, mandatory, repeat).parse(input)?;
    Ok((rest, (position, SegmentPart { element, mandatory, repeat_max: repeat.unwrap_or(1) })))
}

/// `note P0910 E0207`: syntax notes.
pub(super) fn notes(input: &str) -> Parsed<'_, Vec<SyntaxNote>> {
    let kind = alt((
        value(SyntaxKind::Paired, char('P')),
        value(SyntaxKind::Required, char('R')),
        value(SyntaxKind::Exclusion, char('E')),
        value(SyntaxKind::Conditional, char('C')),
        value(SyntaxKind::ListConditional, char('L')),
    ));
    let position = map_res(
        nom::combinator::recognize((one_of("0123456789"), one_of("0123456789"))),
        str::parse::<u8>,
    );
    let note =
        context("a syntax note such as P0304", terminated((kind, many1(position)), multispace0));
    let (rest, (_, notes)) = (keyword("note"), many1(note)).parse(input)?;
    let notes =
        notes.into_iter().map(|(kind, at)| SyntaxNote { kind, positions: at.into() }).collect();
    Ok((rest, notes))
}

fn segment_line(segment: &mut SegmentEntry<'_>, line: &Line<'_>) -> Result<(), TextError> {
    if line.keyword() == "note" {
        segment.notes = line.parse(notes)?;
        return Ok(());
    }
    let (position, part) = line.parse(part)?;
    in_sequence(position, segment.parts.len(), line)?;
    segment.parts.push(part);
    Ok(())
}

fn composite_line(composite: &mut Composite<'_>, line: &Line<'_>) -> Result<(), TextError> {
    if line.keyword() == "note" {
        composite.notes = line.parse(notes)?;
        return Ok(());
    }
    let (position, part) = line.parse(part)?;
    in_sequence(position, composite.components.len(), line)?;
    composite.components.push(Component { element: part.element, mandatory: part.mandatory });
    Ok(())
}

fn in_sequence(position: u8, before: usize, line: &Line<'_>) -> Result<(), TextError> {
    if usize::from(position) == before + 1 {
        return Ok(());
    }
    Err(TextError::at(
        line.number,
        format!("expected position {:02}, found {position:02}", before + 1),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> TextError {
        match read(text) {
            Ok(_) => panic!("accepted: {text}"),
            Err(error) => error,
        }
    }

    #[test]
    fn errors_name_line_and_column() {
        assert_eq!(
            error("element 98 ID 2 3 Entity\nelement x ID 1 2 Bad\n").to_string(),
            "2:9: expected a data element number, found x"
        );
        assert_eq!(
            error("segment EB  Benefit\n  01 1390 M\n  03 1365 O\n").to_string(),
            "3: expected position 02, found 03"
        );
        assert_eq!(
            error("segment EB  Benefit\n  01 1390 X\n").to_string(),
            "2:11: expected M or O, found x"
        );
        assert_eq!(
            error("segment EB  Benefit\n  note Q01\n").to_string(),
            "2:8: expected a syntax note such as P0304, found x##"
        );
        assert_eq!(
            error("thing 1\n").to_string(),
            "1: expected element, composite, segment or set, found xxxxx"
        );
    }

    #[test]
    fn codes_continue_on_the_next_line() {
        let child = read("element 736 ID 1 1 Child = 0\n  # none\n").expect("parses");
        let level = read("element 735 ID 1 2 Level = 20 21\n    = 22\n").expect("parses");
        assert_eq!(child.elements[0].codes, ["0"]);
        assert_eq!(level.elements[0].codes, ["20", "21", "22"]);
    }
}
