//! Code tables: lists kept apart from the guides, with our own short labels, and the labels of coded
//! elements.
//!
//! A table bound to a data element by number gives the labels by which codes are spelt out for people. A
//! table that a guide names (`= @states`) is a list to check against; an external one belongs to somebody
//! other than the guide.

use std::sync::OnceLock;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::multispace0;
use nom::combinator::{cut, map, map_res, value};
use nom::error::context;
use nom::multi::many0;
use nom::sequence::{preceded, terminated};
use rustc_hash::FxHashMap;

use super::parse::element_number;
use super::text::{Parsed, TextError, code, keyword, lines, title, word};
use crate::guide::CodeList;

/// One code of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRow<'a> {
    /// The code.
    pub code: &'a str,
    /// Our short label.
    pub label: &'a str,
    /// First day it may be used, CCYYMMDD; 0 when there is none.
    pub from: u32,
    /// Last day it may be used, CCYYMMDD; 0 when there is none.
    pub until: u32,
}

/// A table of codes.
#[derive(Debug, Clone, Default)]
pub struct CodeTable<'a> {
    /// Its name, by which a guide asks for it.
    pub name: &'a str,
    /// The data elements it labels.
    pub elements: Vec<u16>,
    /// True when somebody other than the guide keeps the list.
    pub external: bool,
    /// True when only some of the codes are here: they have labels, and nothing is checked against them.
    pub partial: bool,
    /// Where the codes come from.
    pub source: &'a str,
    /// Which edition of the source.
    pub version: &'a str,
    /// The codes.
    pub rows: Vec<CodeRow<'a>>,
}

impl<'a> CodeTable<'a> {
    /// Parses the tables of one text.
    pub fn parse(text: &'a str) -> Result<Vec<CodeTable<'a>>, TextError> {
        let mut tables: Vec<CodeTable<'a>> = Vec::new();
        for line in lines(text).0 {
            if line.keyword() == "codes" {
                tables.push(line.parse(head)?);
                continue;
            }
            let Some(table) = tables.last_mut() else {
                return Err(TextError::at(
                    line.number,
                    "expected codes and the name of the table first",
                ));
            };
            match line.keyword() {
                "source" => table.source = line.parse(remark("source"))?,
                "version" => table.version = line.parse(remark("version"))?,
                _ => table.rows.push(line.parse(row)?),
            }
        }
        Ok(tables)
    }

    /// The codes as a list to check against.
    /// The list of a partial table is absent.
    pub fn list(&self) -> CodeList {
        if self.partial {
            return CodeList::absent(self.name);
        }
        CodeList::new(self.name, self.external, self.rows.iter().map(|r| r.code.as_bytes().into()))
    }
}

#[derive(Clone)]
enum Mark {
    Element(u16),
    External,
    Partial,
}

/// `codes service-types  element 1365  external`
pub(super) fn head(input: &str) -> Parsed<'_, CodeTable<'_>> {
    let mark = alt((
        map(preceded(keyword("element"), element_number), Mark::Element),
        value(Mark::External, keyword("external")),
        value(Mark::Partial, keyword("partial")),
    ));
    let (rest, (_, name, marks)) =
        (keyword("codes"), word("the name of the table"), many0(mark)).parse(input)?;
    let mut table = CodeTable { name, ..CodeTable::default() };
    for mark in marks {
        match mark {
            Mark::Element(number) => table.elements.push(number),
            Mark::External => table.external = true,
            Mark::Partial => table.partial = true,
        }
    }
    Ok((rest, table))
}

pub(super) fn remark<'a>(
    word: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = super::text::Miss<'a>> {
    preceded(keyword(word), title)
}

/// `30  Health plan coverage  (from 20110101) (until 20301231)`
pub(super) fn row(input: &str) -> Parsed<'_, CodeRow<'_>> {
    let (rest, (code, label, bounds)) =
        (code, row_label, many0(alt((bound("from"), bound("until"))))).parse(input)?;
    let mut row = CodeRow { code, label, from: 0, until: 0 };
    for (which, day) in bounds {
        match which {
            "from" => row.from = day,
            _ => row.until = day,
        }
    }
    Ok((rest, row))
}

/// A label may hold brackets, but not those of a bound.
fn row_label(input: &str) -> Parsed<'_, &str> {
    let ends = ["(from ", "(until "].map(|open| input.find(open).unwrap_or(input.len()));
    let (label, rest) = input.split_at(ends[0].min(ends[1]));
    Ok((rest, label.trim_end()))
}

fn bound<'a>(
    which: &'static str,
) -> impl Parser<&'a str, Output = (&'static str, u32), Error = super::text::Miss<'a>> {
    let digits = take_while_m_n(8, 8, |c: char| c.is_ascii_digit());
    let day = context("a date CCYYMMDD", map_res(digits, str::parse::<u32>));
    let open = (
        nom::character::complete::char('('),
        multispace0,
        nom::bytes::complete::tag(which),
        multispace0,
    );
    let close = (nom::character::complete::char(')'), multispace0);
    map(preceded(open, cut(terminated(day, close))), move |day| (which, day))
}

/// A built-in text of tables, parsed on first use.
struct File {
    /// The name of its one table, or of the group it holds labels for.
    name: &'static str,
    text: &'static str,
    tables: OnceLock<Vec<CodeTable<'static>>>,
}

impl File {
    const fn new(name: &'static str, text: &'static str) -> File {
        File { name, text, tables: OnceLock::new() }
    }

    fn tables(&'static self) -> &'static [CodeTable<'static>] {
        // A test parses every built-in text; were one broken, it would be empty here.
        self.tables.get_or_init(|| CodeTable::parse(self.text).unwrap_or_default())
    }
}

static FILES: [File; 13] = [
    File::new("service-types", include_str!("../../specs/codes/service-types.codes")),
    File::new("states", include_str!("../../specs/codes/states.codes")),
    File::new("countries", include_str!("../../specs/codes/countries.codes")),
    File::new("eligibility", include_str!("../../specs/codes/eligibility.codes")),
    File::new("parties", include_str!("../../specs/codes/parties.codes")),
    File::new("dates", include_str!("../../specs/codes/dates.codes")),
    File::new(
        "claim-status-categories",
        include_str!("../../specs/codes/claim-status-categories.codes"),
    ),
    File::new("claim-statuses", include_str!("../../specs/codes/claim-statuses.codes")),
    File::new("claim-status", include_str!("../../specs/codes/claim-status.codes")),
    File::new("review", include_str!("../../specs/codes/review.codes")),
    File::new("acknowledgment", include_str!("../../specs/codes/acknowledgment.codes")),
    File::new("place-of-service", include_str!("../../specs/codes/place-of-service.codes")),
    File::new("claims", include_str!("../../specs/codes/claims.codes")),
];

/// A table that a user has added.
#[derive(Debug, Clone)]
struct Added {
    name: Box<str>,
    external: bool,
    partial: bool,
    codes: Vec<Box<[u8]>>,
}

/// The built-in tables, and those a user has added.
#[derive(Debug, Default, Clone)]
pub struct CodeBook {
    added: Vec<Added>,
}

impl CodeBook {
    /// Adds the tables of a text; a table of the same name is replaced, a built-in one too.
    pub fn add(&mut self, text: &str) -> Result<(), TextError> {
        for table in CodeTable::parse(text)? {
            let codes = table.rows.iter().map(|row| row.code.as_bytes().into()).collect();
            self.added.retain(|old| *old.name != *table.name);
            let (external, partial) = (table.external, table.partial);
            self.added.push(Added { name: table.name.into(), external, partial, codes });
        }
        Ok(())
    }

    /// The list with this name; one that nobody has is absent: nothing can be checked against it.
    pub fn list(&self, name: &str) -> CodeList {
        if let Some(table) = self.added.iter().find(|table| *table.name == *name) {
            if table.partial {
                return CodeList::absent(name);
            }
            return CodeList::new(name, table.external, table.codes.iter().cloned());
        }
        built_in(name).map_or_else(|| CodeList::absent(name), CodeTable::list)
    }
}

/// The built-in table with this name: the first one of the file of that name.
fn built_in(name: &str) -> Option<&'static CodeTable<'static>> {
    FILES.iter().find(|file| file.name == name).and_then(|file| file.tables().first())
}

/// What a code of the built-in table with this name means: for elements such as 1271, whose codes belong to
/// different lists in different places.
pub fn label_in(table: &str, code: &[u8]) -> Option<&'static str> {
    let row = built_in(table)?.rows.iter().find(|row| row.code.as_bytes() == code)?;
    Some(row.label)
}

/// What a code of a data element means, in our own short words; `element` is the X12 data element number
/// (an interchange element counts from [`super::INTERCHANGE_BASE`]).
pub fn label(element: u16, code: &[u8]) -> Option<&'static str> {
    static LABELS: OnceLock<FxHashMap<(u16, &'static [u8]), &'static str>> = OnceLock::new();
    let labels = LABELS.get_or_init(|| {
        let mut labels = FxHashMap::default();
        for table in FILES.iter().flat_map(|file| file.tables()) {
            for element in &table.elements {
                labels.extend(
                    table.rows.iter().map(|row| ((*element, row.code.as_bytes()), row.label)),
                );
            }
        }
        labels
    });
    labels.get(&(element, code)).copied()
}

#[cfg(test)]
pub(super) fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().map(|file| (file.name, file.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_tables_parse() {
        for (name, text) in texts() {
            let tables = CodeTable::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!tables.is_empty(), "{name} holds no table");
            for table in tables {
                assert!(!table.rows.is_empty(), "{name}: {} is empty", table.name);
                assert!(!table.source.is_empty(), "{name}: {} names no source", table.name);
                let mut codes: Vec<_> = table.rows.iter().map(|r| r.code).collect();
                codes.sort_unstable();
                codes.dedup();
                assert_eq!(
                    codes.len(),
                    table.rows.len(),
                    "{name}: {} says a code twice",
                    table.name
                );
                assert!(table.rows.iter().all(|r| !r.label.is_empty()), "{name}: {}", table.name);
            }
        }
    }

    #[test]
    fn labels_are_found_by_element() {
        assert_eq!(label(1390, b"C"), Some("deductible"));
        assert_eq!(label(1365, b"30"), Some("health plan coverage"));
        assert_eq!(label(901, b"75"), Some("subscriber not found"));
        assert_eq!(label(20_018, b"025"), Some("duplicate interchange control number"));
        assert_eq!(label(1390, b"??"), None);
        assert_eq!(label(9, b"C"), None);
    }

    #[test]
    fn added_tables_replace_and_unknown_ones_are_absent() {
        let mut book = CodeBook::default();
        assert!(book.list("states").contains(b"MA"));
        assert!(book.list("taxonomies").absent);
        book.add("codes states external\n  source us\n  XX  Nowhere (until 20200101)\n")
            .expect("parses");
        let list = book.list("states");
        assert!(list.contains(b"XX") && !list.contains(b"MA") && list.external && !list.absent);
    }

    #[test]
    fn partial_tables_label_and_check_nothing() {
        let list = CodeBook::default().list("claim-statuses");
        assert!(list.absent && list.external && !list.contains(b"20"));
        assert_eq!(label_in("claim-statuses", b"20"), Some("accepted for processing"));
        assert_eq!(label_in("claim-statuses", b"9999"), None);
        let mut book = CodeBook::default();
        book.add("codes claim-statuses external\n  source us\n  20  accepted\n").expect("parses");
        assert!(book.list("claim-statuses").contains(b"20"));
    }

    #[test]
    fn errors_name_the_line() {
        let error = CodeTable::parse("codes a\n  A  one (from 2020)\n").expect_err("a short date");
        assert_eq!(error.to_string(), "2:16: expected a date CCYYMMDD, found 2020)");
        assert_eq!(CodeTable::parse("A  one\n").expect_err("no head").line, 1);
    }
}
