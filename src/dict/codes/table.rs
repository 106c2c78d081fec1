//! The text of code tables: lists kept outside the guides, with our own short labels, and the labels of coded
//! elements.
//!
//! A table bound to a data element by number gives the labels by which codes are explained to users. A
//! table that a guide names (`= @states`) is a list to check against; an external one is maintained by another body
//! than the guide.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::multispace0;
use nom::combinator::{cut, map, map_res, value};
use nom::error::context;
use nom::multi::many0;
use nom::sequence::{preceded, terminated};

use super::set::{CodeSet, Origin, Period, Row};
use crate::dict::parse::element_number;
use crate::dict::text::{Miss, Parsed, TextError, code, codes, keyword, lines, title, word};

/// A table of codes.
#[derive(Debug, Clone, Default)]
pub struct CodeTable<'a> {
    /// Its name, by which a guide asks for it.
    pub name: &'a str,
    /// The data elements it labels.
    pub elements: Vec<u16>,
    /// True when the list is maintained by another body than the guide.
    pub external: bool,
    /// True when only some of the codes are here: they have labels, and nothing is checked against the list.
    pub partial: bool,
    /// Where the codes come from.
    pub source: &'a str,
    /// Which edition of the source.
    pub version: &'a str,
    /// The day up to which the list is complete, CCYYMMDD; a code of a later day may be newer than the table.
    /// 0 for a list that does not change.
    pub complete: u32,
    /// The codes. One that was withdrawn and introduced again is listed more than once.
    pub rows: Vec<Row<'a>>,
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
                "complete" => table.complete = line.parse(complete)?,
                "more" => {
                    let (period, codes) = line.parse(more)?;
                    let row = |code| Row { code, period, label: "" };
                    table.rows.extend(codes.into_iter().map(row));
                }
                _ => table.rows.push(line.parse(row)?),
            }
        }
        Ok(tables)
    }

    /// The table, packed.
    pub fn pack(&self) -> CodeSet {
        let origin =
            Origin { source: self.source.into(), edition: self.version.into(), files: Vec::new() };
        CodeSet::new(self.name, origin, self.rows.iter().copied()).complete_until(self.complete)
    }
}

#[derive(Clone)]
enum Mark {
    Element(u16),
    External,
    Partial,
}

/// `codes service-types  element 1365  external`
pub(crate) fn head(input: &str) -> Parsed<'_, CodeTable<'_>> {
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

pub(crate) fn remark<'a>(
    word: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = Miss<'a>> {
    preceded(keyword(word), title)
}

/// `30  Health plan coverage  (from 20110101) (until 20301231)`
pub(crate) fn row(input: &str) -> Parsed<'_, Row<'_>> {
    let (rest, (code, label, period)) = (code, row_label, period).parse(input)?;
    Ok((rest, Row { code, period, label }))
}

/// `more (until 20040801) = M33 M34`: codes without a label.
pub(crate) fn more(input: &str) -> Parsed<'_, (Period, Vec<&str>)> {
    let (rest, (_, period, codes)) = (keyword("more"), period, codes).parse(input)?;
    Ok((rest, (period, codes)))
}

/// `complete 20250301`
pub(crate) fn complete(input: &str) -> Parsed<'_, u32> {
    preceded(keyword("complete"), terminated(day, multispace0)).parse(input)
}

/// `(from 20110101) (until 20301231)`, either or none.
fn period(input: &str) -> Parsed<'_, Period> {
    let (rest, bounds) = many0(alt((bound("from"), bound("until")))).parse(input)?;
    let mut period = Period::ALWAYS;
    for (which, day) in bounds {
        match which {
            "from" => period.from = day,
            _ => period.until = day,
        }
    }
    Ok((rest, period))
}

fn day(input: &str) -> Parsed<'_, u32> {
    let digits = take_while_m_n(8, 8, |c: char| c.is_ascii_digit());
    context("a date CCYYMMDD", map_res(digits, str::parse::<u32>)).parse(input)
}

/// A label may contain brackets, but not those of a period.
fn row_label(input: &str) -> Parsed<'_, &str> {
    let ends = ["(from ", "(until "].map(|open| input.find(open).unwrap_or(input.len()));
    let (label, rest) = input.split_at(ends[0].min(ends[1]));
    Ok((rest, label.trim_end()))
}

fn bound<'a>(
    which: &'static str,
) -> impl Parser<&'a str, Output = (&'static str, u32), Error = Miss<'a>> {
    let open = (
        nom::character::complete::char('('),
        multispace0,
        nom::bytes::complete::tag(which),
        multispace0,
    );
    let close = (nom::character::complete::char(')'), multispace0);
    map(preceded(open, cut(terminated(day, close))), move |day| (which, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_bounds_and_need_no_label() {
        let text = "codes a  external
  source us
  version 2
  complete 20250301
  A  one (until 20200101)
  A  one again (from 20210101)
  B
  more (from 20220101)  = C D
                        = E
";
        let tables = CodeTable::parse(text).expect("parses");
        let set = tables[0].pack();
        let rows: Vec<(&str, u32, u32)> =
            set.rows().map(|row| (row.code, row.period.from, row.period.until)).collect();
        assert_eq!(
            rows,
            [
                ("A", 0, 20200101),
                ("A", 20210101, 0),
                ("B", 0, 0),
                ("C", 20220101, 0),
                ("D", 20220101, 0),
                ("E", 20220101, 0)
            ]
        );
        assert_eq!((tables[0].complete, set.complete()), (20250301, 20250301));
        assert_eq!((&*set.origin().source, &*set.origin().edition), ("us", "2"));
    }

    #[test]
    fn errors_name_the_line() {
        let error = CodeTable::parse("codes a\n  A  one (from 2020)\n").expect_err("a short date");
        assert_eq!(error.to_string(), "2:16: expected a date CCYYMMDD, found ####)");
        assert_eq!(CodeTable::parse("A  one\n").expect_err("no head").line, 1);
    }
}
