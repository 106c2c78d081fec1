//! Reading and writing the line-based texts under `specs/`: logical lines, the tokens they share, errors
//! that say what was expected and where, and what their canonical forms share. It does not depend on
//! dictionaries or guides.

use std::fmt::{self, Write as _};

use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{cut, map_res, opt, verify};
use nom::error::{ContextError, ErrorKind, ParseError, context};
use nom::multi::many1;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::phi::quoted;

/// What is wrong with a specification text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextError {
    /// The name of the text: a file name, or what the caller called it.
    pub text: Box<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1; 0 when the whole line is meant.
    pub column: u32,
    /// What was expected, or what is wrong.
    pub message: Box<str>,
}

impl TextError {
    /// An error about a whole line.
    pub(crate) fn at(line: u32, message: impl Into<Box<str>>) -> Self {
        TextError { text: "".into(), line, column: 0, message: message.into() }
    }

    /// The same error, saying which text it is about.
    #[must_use]
    pub fn named(mut self, text: &str) -> Self {
        if self.text.is_empty() {
            self.text = text.into();
        }
        self
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.text.is_empty() {
            write!(f, "{}:", self.text)?;
        }
        write!(f, "{}", self.line)?;
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for TextError {}

/// A logical line: a line with the continuation lines (those that begin with `=`) that follow it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Number of its first line, from 1.
    pub(crate) number: u32,
    /// Blanks before it.
    pub(crate) indent: usize,
    /// Its text, line breaks included where it continues.
    pub(crate) text: &'a str,
    /// The blank and comment lines before it.
    pub(crate) lead: &'a str,
}

impl<'a> Line<'a> {
    /// The first word.
    pub(crate) fn keyword(&self) -> &'a str {
        self.text.split_whitespace().next().unwrap_or("")
    }

    /// Parses the whole line; what does not parse becomes an error that says what was expected.
    pub(crate) fn parse<O>(
        &self,
        mut parser: impl Parser<&'a str, Output = O, Error = Miss<'a>>,
    ) -> Result<O, TextError> {
        let miss = match parser.parse(self.text) {
            Ok((rest, value)) if rest.trim().is_empty() => return Ok(value),
            Ok((rest, _)) => Miss { at: rest.trim_start(), expected: "the end of the line" },
            Err(nom::Err::Error(miss) | nom::Err::Failure(miss)) => miss,
            Err(nom::Err::Incomplete(_)) => Miss { at: "", expected: "more text" },
        };
        let before = &self.text[..self.text.len() - miss.at.len()];
        let line = self.number + before.matches('\n').count() as u32;
        let column = match before.rfind('\n') {
            Some(at) => before[at + 1..].chars().count(),
            None => self.indent + before.chars().count(),
        };
        let found = match miss.at.split_whitespace().next() {
            Some(word) => quoted(word),
            None => "the end of the line".to_owned(),
        };
        let message = format!("expected {}, found {found}", miss.expected);
        Err(TextError { text: "".into(), line, column: column as u32 + 1, message: message.into() })
    }
}

/// Cuts a text into logical lines. The second value is what follows the last one: blank and comment lines.
pub(crate) fn lines(text: &str) -> (Vec<Line<'_>>, &str) {
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(text.len() / 40);
    let mut lead_start = 0;
    let mut at = 0;
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        let start = at;
        at += raw.len();
        let body = raw.trim_end();
        let bare = body.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let indent = body.len() - bare.len();
        let end = start + body.len();
        match lines.last_mut() {
            Some(last) if bare.starts_with('=') && lead_start == start => {
                let first = end_offset(text, last.text) - last.text.len();
                last.text = &text[first..end];
            }
            _ => lines.push(Line {
                number: index as u32 + 1,
                indent,
                text: bare,
                lead: &text[lead_start..start],
            }),
        }
        lead_start = at;
    }
    (lines, &text[lead_start..])
}

/// Where `part`, a slice of `whole`, ends in it.
fn end_offset(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize + part.len()
}

/// What a token parser did not find.
#[derive(Debug, PartialEq)]
pub(crate) struct Miss<'a> {
    /// Where it looked.
    pub(crate) at: &'a str,
    /// What it looked for; empty until a parser with a name says so.
    pub(crate) expected: &'static str,
}

impl<'a> ParseError<&'a str> for Miss<'a> {
    fn from_error_kind(at: &'a str, _: ErrorKind) -> Self {
        Miss { at, expected: "" }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        // Of several alternatives the one that got further has the better message.
        if other.at.len() < self.at.len() { other } else { self }
    }
}

impl<'a> ContextError<&'a str> for Miss<'a> {
    fn add_context(at: &'a str, expected: &'static str, other: Self) -> Self {
        if other.expected.is_empty() { Miss { at, expected } } else { other }
    }
}

impl<'a, E> nom::error::FromExternalError<&'a str, E> for Miss<'a> {
    fn from_external_error(at: &'a str, _: ErrorKind, _: E) -> Self {
        Miss { at, expected: "" }
    }
}

/// The outcome of a token parser.
pub(crate) type Parsed<'a, T> = IResult<&'a str, T, Miss<'a>>;

/// A word, and the blanks after it.
pub(crate) fn word<'a>(
    what: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = Miss<'a>> {
    context(what, terminated(take_while1(|c: char| !c.is_whitespace()), multispace0))
}

/// This word, and the blanks after it.
pub(crate) fn keyword<'a>(
    wanted: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = Miss<'a>> {
    context(wanted, verify(word(wanted), move |found: &str| found == wanted))
}

/// A whole number that ends the word.
pub(crate) fn number<'a, N: std::str::FromStr>(
    what: &'static str,
) -> impl Parser<&'a str, Output = N, Error = Miss<'a>> {
    context(what, map_res(word(what), str::parse::<N>))
}

/// The rest of the line in words: our own short name of a thing, up to `=`, `(` or the end.
pub(crate) fn title(input: &str) -> Parsed<'_, &str> {
    let end = input.find(['=', '(', '\n']).unwrap_or(input.len());
    let (name, rest) = input.split_at(end);
    Ok((rest.trim_start(), name.trim_end()))
}

/// One code: upper-case letters, digits and the like, or anything in double quotes.
pub(crate) fn code(input: &str) -> Parsed<'_, &str> {
    let bare =
        verify(take_while1(|c: char| !c.is_whitespace() && !"=()\"".contains(c)), |c: &str| {
            !c.starts_with(|c: char| c.is_ascii_lowercase())
        });
    let quoted = delimited(char('"'), take_while1(|c| c != '"' && c != '\n'), char('"'));
    context("a code", terminated(nom::branch::alt((quoted, bare)), multispace0)).parse(input)
}

/// `= A B C`; the equals sign is repeated on every continuation line.
pub(crate) fn codes(input: &str) -> Parsed<'_, Vec<&str>> {
    let again = opt(terminated(char('='), multispace0));
    preceded(terminated(char('='), multispace0), cut(many1(terminated(code, again)))).parse(input)
}

/// `= @name`: a list kept in a codes file.
pub(crate) fn list_name(input: &str) -> Parsed<'_, &str> {
    preceded((char('='), multispace0, char('@')), word("the name of a code list")).parse(input)
}

/// A segment id: two or three upper-case letters and digits.
pub(crate) fn segment_id(input: &str) -> Parsed<'_, &str> {
    context("a segment id", verify(word("a segment id"), is_segment_id)).parse(input)
}

/// True for what may be a segment id.
pub(crate) fn is_segment_id(id: &str) -> bool {
    (2..=3).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_uppercase())
        && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `(word …)`: the text inside the brackets.
pub(crate) fn bracketed(input: &str) -> Parsed<'_, &str> {
    let inside = take_while1(|c| c != ')' && c != '\n');
    terminated(delimited(tag("("), inside, context("a closing bracket", tag(")"))), multispace0)
        .parse(input)
}

/// Lines are wrapped after this many columns.
pub(crate) const WIDTH: usize = 100;

/// Writes blank and comment lines, several blank lines as one and none at the top.
pub(crate) fn lead(out: &mut String, lead: &str) {
    for line in lead.lines() {
        let line = line.trim();
        if line.is_empty() {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
}

/// Ends a line without blanks at its end.
pub(crate) fn end_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

/// Writes `= A B C` from the current column, wrapped so that every line begins under the first `=`.
pub(crate) fn code_list<'a>(out: &mut String, codes: impl Iterator<Item = &'a str>) {
    let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    out.push('=');
    let mut at = column + 1;
    for code in codes {
        let code = shown(code);
        if at + 1 + code.len() > WIDTH {
            let _ = write!(out, "\n{:column$}=", "");
            at = column + 1;
        }
        let _ = write!(out, " {code}");
        at += 1 + code.len();
    }
}

/// A code as it is written: in quotes when it contains characters that would not be read as a code.
pub(crate) fn shown(code: &str) -> String {
    let plain = code.chars().all(|c| !c.is_whitespace() && !"=()\"".contains(c))
        && !code.starts_with(|c: char| c.is_ascii_lowercase());
    if plain { code.to_owned() } else { format!("\"{code}\"") }
}
