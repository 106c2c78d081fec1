//! The canonical form of dictionary and code texts. Comments and single blank lines stay where they are.

use std::fmt::Write as _;

use super::codes::{self, CodeTable, Period};
use super::parse;
use super::text::{Line, TextError, code_list, end_line, lead, lines, shown};
use super::types::{DataType, SyntaxKind, SyntaxNote};
use crate::wire::Tag;

/// Writes a dictionary text in its canonical form.
pub fn format_dictionary(text: &str) -> Result<String, TextError> {
    let (lines, tail) = lines(text);
    let mut out = String::with_capacity(text.len() + 64);
    for line in &lines {
        lead(&mut out, line.lead);
        match line.keyword() {
            "element" => element(&mut out, line)?,
            "set" => set(&mut out, line)?,
            "composite" => {
                let entry = line.parse(parse::composite)?;
                let _ = write!(out, "composite {}  {}", number(entry.number), entry.name);
            }
            "segment" => {
                let entry = line.parse(parse::segment)?;
                let _ = write!(out, "segment {}  {}", entry.id, entry.name);
            }
            "note" => notes(&mut out, &line.parse(parse::notes)?),
            _ => {
                let (position, part) = line.parse(parse::part)?;
                let mandatory = if part.mandatory { 'M' } else { 'O' };
                let _ = write!(out, "  {position:02} {:<5} {mandatory}", number(part.element));
                if part.repeat_max > 1 {
                    let _ = write!(out, " ^{}", part.repeat_max);
                }
            }
        }
        end_line(&mut out);
    }
    lead(&mut out, tail);
    Ok(out)
}

/// Writes a text of code tables in its canonical form.
pub fn format_codes(text: &str) -> Result<String, TextError> {
    let tables = CodeTable::parse(text)?;
    let mut widths =
        tables.iter().map(|t| t.rows.iter().map(|r| shown(r.code).len()).max().unwrap_or(1));
    let mut width = 1;
    let (lines, tail) = lines(text);
    let mut out = String::with_capacity(text.len() + 64);
    for line in &lines {
        lead(&mut out, line.lead);
        match line.keyword() {
            "codes" => {
                width = widths.next().unwrap_or(1);
                let table = line.parse(codes::head)?;
                let _ = write!(out, "codes {}", table.name);
                for element in table.elements {
                    let _ = write!(out, "  element {}", number(element));
                }
                if table.external {
                    out.push_str("  external");
                }
                if table.partial {
                    out.push_str("  partial");
                }
            }
            "source" => {
                let _ = write!(out, "  source {}", line.parse(codes::remark("source"))?);
            }
            "version" => {
                let _ = write!(out, "  version {}", line.parse(codes::remark("version"))?);
            }
            "complete" => {
                let _ = write!(out, "  complete {}", line.parse(codes::complete)?);
            }
            "more" => {
                let (bounds, codes) = line.parse(codes::more)?;
                out.push_str("  more");
                period(&mut out, bounds);
                out.push_str("  ");
                code_list(&mut out, codes.into_iter());
            }
            _ => {
                let row = line.parse(codes::row)?;
                let _ = write!(out, "  {:<width$}  {}", shown(row.code), row.label);
                period(&mut out, row.period);
            }
        }
        end_line(&mut out);
    }
    lead(&mut out, tail);
    Ok(out)
}

fn period(out: &mut String, period: Period) {
    if period.from > 0 {
        let _ = write!(out, " (from {})", period.from);
    }
    if period.until > 0 {
        let _ = write!(out, " (until {})", period.until);
    }
}

fn element(out: &mut String, line: &Line<'_>) -> Result<(), TextError> {
    let entry = line.parse(parse::element)?;
    let _ = write!(
        out,
        "element {:<5} {:<2} {:>2} {:>3}  {}",
        number(entry.number),
        data_type(entry.kind),
        entry.length_min,
        entry.length_max,
        entry.name
    );
    if !entry.codes.is_empty() {
        out.push_str("  ");
        code_list(out, entry.codes.iter().copied());
    }
    Ok(())
}

fn set(out: &mut String, line: &Line<'_>) -> Result<(), TextError> {
    let entry = line.parse(parse::set)?;
    let _ = write!(out, "set {} {}  {}", entry.id, entry.functional, entry.name);
    if !entry.tags.is_empty() {
        let mut tags: Vec<String> = entry.tags.iter().map(Tag::to_string).collect();
        tags.sort_unstable();
        end_line(out);
        out.push_str("  ");
        code_list(out, tags.iter().map(String::as_str));
    }
    Ok(())
}

fn notes(out: &mut String, notes: &[SyntaxNote]) {
    out.push_str("  note");
    for note in notes {
        let kind = match note.kind {
            SyntaxKind::Paired => 'P',
            SyntaxKind::Required => 'R',
            SyntaxKind::Exclusion => 'E',
            SyntaxKind::Conditional => 'C',
            SyntaxKind::ListConditional => 'L',
        };
        let _ = write!(out, " {kind}");
        for position in &note.positions {
            let _ = write!(out, "{position:02}");
        }
    }
}

fn number(number: u16) -> String {
    match number {
        20_000.. => format!("I{:02}", number - super::INTERCHANGE_BASE),
        10_000.. => format!("C{:03}", number - super::COMPOSITE_BASE),
        _ => number.to_string(),
    }
}

fn data_type(kind: DataType) -> String {
    match kind {
        DataType::An => "AN".into(),
        DataType::Id => "ID".into(),
        DataType::Dt => "DT".into(),
        DataType::Tm => "TM".into(),
        DataType::R => "R".into(),
        DataType::B => "B".into(),
        DataType::N(decimals) => format!("N{decimals}"),
        DataType::Composite => "C".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dictionary;
    use super::super::text::WIDTH;
    use super::*;

    #[test]
    fn embedded_texts_are_canonical() {
        for (name, text) in dictionary::TEXTS {
            let canonical = format_dictionary(text).expect("parses");
            assert_canonical(name, text, &canonical);
        }
    }

    fn assert_canonical(name: &str, text: &str, canonical: &str) {
        for (index, (is, should)) in text.lines().zip(canonical.lines()).enumerate() {
            assert_eq!(is, should, "{name}:{}", index + 1);
        }
        assert_eq!(text.len(), canonical.len(), "{name}: lines at the end");
    }

    #[test]
    fn formatting_tidies_and_keeps_comments() {
        let text = "# top


element 98 ID 2 3   Entity  =  1P
  = \"A B\"

segment EB Benefit
 01  1390  M
";
        let tidy = "# top

element 98    ID  2   3  Entity  = 1P \"A B\"

segment EB  Benefit
  01 1390  M
";
        assert_eq!(format_dictionary(text).expect("parses"), tidy);
        assert_eq!(format_dictionary(tidy).expect("parses"), tidy);
    }

    #[test]
    fn long_lists_are_wrapped_under_the_sign() {
        let codes: Vec<String> = (100..160).map(|n| n.to_string()).collect();
        let text = format!("element 1 ID 1 3 Many = {}\n", codes.join(" "));
        let tidy = format_dictionary(&text).expect("parses");
        assert!(tidy.lines().all(|l| l.len() <= WIDTH));
        let column = tidy.find('=').expect("a sign");
        assert!(tidy.lines().all(|l| l.as_bytes()[column] == b'='));
        assert_eq!(format_dictionary(&tidy).expect("parses"), tidy);
    }
}
