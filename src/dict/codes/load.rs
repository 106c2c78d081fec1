//! Lists as users have them: our own CSV form, and the files as their maintainers publish them.
//!
//! ```text
//! list=drgs,edition=43,source=CMS,from=20251001        the list; from and until are those of every code below
//! code,from,until,description                          the columns, in any order; only code is required
//! 470,20251001,,major hip and knee joint replacement
//! ```
//!
//! A published file is known by its name: `icd10cm_order_2026.txt`, `icd10cm_codes_2026.txt`, the same of `icd10pcs`,
//! `HCPC2026_JAN_ANWEB.txt` (or `.csv`), `nucc_taxonomy_250.csv`. `.codes` files hold tables as under `specs/codes`.
//! Several files of one list are one list: yearly editions follow one another.

use super::csv::{Record, records};
use super::set::{CODES_MAX, CodeSet, Origin, Period, Row};
use super::table::CodeTable;
use crate::dict::TextError;
use crate::phi::quoted;

mod published;

/// Longest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 128 << 20;

/// Most lists that are loaded.
const LISTS_MAX: usize = 200;

/// Longest code, in characters: what data element 1271 holds.
const CODE_MAX: usize = 30;

/// Longest description kept, in bytes.
const LABEL_MAX: usize = 120;

/// Gathers lists from the texts of files.
#[derive(Debug, Default)]
pub struct Loader {
    drafts: Vec<Draft>,
}

/// A list being loaded.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    origin: Origin,
    /// The days its editions cover; empty when one of them covers all days.
    covers: Vec<Period>,
    is_whole: bool,
    complete: u32,
    /// Codes and labels one after the other.
    text: String,
    /// For each row where its code begins, where its label begins and ends, and its period.
    rows: Vec<(u32, u32, u32, Period)>,
}

/// What the first line of a file, or its name, says about all its codes.
#[derive(Debug, Default, Clone)]
struct Head {
    list: String,
    edition: String,
    source: String,
    period: Period,
    /// True when the file covers the days of `period` only, as a yearly edition does.
    is_edition: bool,
}

impl Loader {
    /// Reads the text of a file, whose name says what it is. False when the name is one of those that come with
    /// published lists and contain no codes.
    pub fn add(&mut self, file: &str, text: &str) -> Result<bool, TextError> {
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file).to_ascii_lowercase();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let stem = base.rsplit_once('.').map_or(&*base, |(stem, _)| stem);
        if ["layout", "readme", "procnotes", "addenda", "_note"]
            .iter()
            .any(|word| base.contains(word))
        {
            return Ok(false);
        }
        let read = if base.ends_with(".codes") {
            self.tables(file, text)
        } else if let Some(rest) = stem.strip_prefix("icd10") {
            self.icd10(file, rest, text)
        } else if stem.starts_with("hcpc") {
            self.hcpcs(file, stem, text)
        } else if stem.starts_with("nucc_taxonomy") {
            self.taxonomies(file, stem, text)
        } else {
            self.own_form(file, text)
        };
        read.map(|()| true).map_err(|error| error.named(file))
    }

    /// The lists that were read.
    pub fn finish(self) -> Vec<CodeSet> {
        self.drafts.into_iter().map(Draft::pack).collect()
    }

    /// The list that this header names, to which the file adds.
    fn draft(&mut self, file: &str, head: &Head) -> Result<&mut Draft, TextError> {
        let known = self.drafts.iter().position(|draft| draft.name == head.list);
        if known.is_none() && self.drafts.len() >= LISTS_MAX {
            return Err(TextError::at(1, format!("more than {LISTS_MAX} lists")));
        }
        let at = known.unwrap_or_else(|| {
            self.drafts.push(Draft { name: head.list.clone(), ..Draft::default() });
            self.drafts.len() - 1
        });
        let draft = &mut self.drafts[at];
        if !draft.origin.files.iter().any(|known| **known == *file) {
            draft.origin.files.push(file.into());
        }
        draft.origin.source = head.source.as_str().into();
        if !draft.origin.edition.split(", ").any(|known| known == head.edition) {
            let mut edition = draft.origin.edition.to_string();
            edition.push_str(if edition.is_empty() || head.edition.is_empty() { "" } else { ", " });
            draft.origin.edition = (edition + &head.edition).into();
        }
        if head.is_edition {
            draft.covers.push(head.period);
        } else {
            draft.is_whole = true;
        }
        Ok(draft)
    }

    fn tables(&mut self, file: &str, text: &str) -> Result<(), TextError> {
        for table in CodeTable::parse(text)?.into_iter().filter(|table| !table.partial) {
            let head = Head {
                list: table.name.to_owned(),
                edition: table.version.to_owned(),
                source: table.source.to_owned(),
                ..Head::default()
            };
            let draft = self.draft(file, &head)?;
            draft.complete = table.complete;
            for row in table.rows {
                draft.push(0, row)?;
            }
        }
        Ok(())
    }

    fn own_form(&mut self, file: &str, text: &str) -> Result<(), TextError> {
        let mut records = records(text);
        let first = records.next().transpose()?.unwrap_or_default();
        let head = head(&first)?;
        let columns = records.next().transpose()?.unwrap_or_default();
        let line = columns.line.max(2);
        let find =
            |name: &str| columns.cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        if let Some(odd) = columns.cells.iter().find(|cell| {
            !["code", "from", "until", "description", ""]
                .contains(&cell.to_ascii_lowercase().as_str())
        }) {
            let words = format!(
                "expected the columns code, from, until and description, found {}",
                quoted(odd)
            );
            return Err(TextError::at(line, words));
        }
        let Some(code) = find("code") else {
            return Err(TextError::at(line, "expected a column code"));
        };
        let (from, until, label) = (find("from"), find("until"), find("description"));
        let bounds = head.period;
        let draft = self.draft(file, &head)?;
        for record in records {
            let record = record?;
            let own = period(record.line, record.of(from), record.of(until))?;
            let period = Period {
                from: if own.from == 0 { bounds.from } else { own.from },
                until: if own.until == 0 { bounds.until } else { own.until },
            };
            draft.push(
                record.line,
                Row { code: record.cell(code), period, label: record.of(label) },
            )?;
        }
        Ok(())
    }
}

impl Draft {
    fn push(&mut self, line: u32, row: Row<'_>) -> Result<(), TextError> {
        if self.rows.len() >= CODES_MAX {
            return Err(TextError::at(line, format!("more than {CODES_MAX} codes in one list")));
        }
        let is_code = row.code.chars().all(|c| !c.is_control()) && row.code.trim() == row.code;
        if !(1..=CODE_MAX).contains(&row.code.len()) || !is_code {
            return Err(TextError::at(
                line,
                format!("expected a code of 1 to {CODE_MAX} characters"),
            ));
        }
        if row.period.until != 0 && row.period.until < row.period.from {
            return Err(TextError::at(line, "the last day of the code is before its first"));
        }
        let start = self.text.len() as u32;
        self.text.push_str(row.code);
        let label = self.text.len() as u32;
        let kept =
            (0..=row.label.len().min(LABEL_MAX)).rev().find(|at| row.label.is_char_boundary(*at));
        self.text.push_str(&row.label[..kept.unwrap_or(0)]);
        self.rows.push((start, label, self.text.len() as u32, row.period));
        Ok(())
    }

    fn pack(self) -> CodeSet {
        let Draft { name, origin, covers, is_whole, complete, text, rows } = self;
        let row = |(start, label, end, period): &(u32, u32, u32, Period)| Row {
            code: &text[*start as usize..*label as usize],
            period: *period,
            label: &text[*label as usize..*end as usize],
        };
        CodeSet::new(&name, origin, rows.iter().map(row))
            .covering(if is_whole { Vec::new() } else { covers })
            .complete_until(complete)
    }
}

/// `list=drgs,edition=43,source=CMS`
fn head(record: &Record<'_>) -> Result<Head, TextError> {
    let line = record.line.max(1);
    let mut head = Head::default();
    for cell in record.cells.iter().filter(|cell| !cell.is_empty()) {
        let (key, value) =
            cell.split_once('=').map_or((&**cell, ""), |(key, value)| (key.trim(), value.trim()));
        match key {
            "list" => head.list = value.to_owned(),
            "edition" => head.edition = value.to_owned(),
            "source" => head.source = value.to_owned(),
            "from" => head.period.from = day(line, value)?,
            "until" => head.period.until = day(line, value)?,
            _ => {
                let words = "expected the first line to name the list, as in list=drgs,edition=43,source=CMS";
                return Err(TextError::at(line, words));
            }
        }
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if head.list.is_empty() || head.list.len() > 40 || !head.list.chars().all(is_name) {
        return Err(TextError::at(line, "expected the name of the list, as in list=drgs"));
    }
    // An edition that ends is followed by another: it says nothing about later days.
    head.is_edition = head.period.until != 0;
    Ok(head)
}

fn period(line: u32, from: &str, until: &str) -> Result<Period, TextError> {
    Ok(Period { from: day(line, from)?, until: day(line, until)? })
}

/// `20251001`, `2025-10-01` or `10/1/2025`; 0 for nothing.
fn day(line: u32, text: &str) -> Result<u32, TextError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|_| digits.len() <= 8);
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let day = match parts.as_slice() {
        [whole] if whole.len() == 8 => number(whole),
        [year, month, day] if year.len() == 4 => compose(number(year), number(month), number(day)),
        [month, day, year] if year.len() == 4 => compose(number(year), number(month), number(day)),
        _ => None,
    };
    let is_day =
        |day: &u32| (1..=12).contains(&(day / 100 % 100)) && (1..=31).contains(&(day % 100));
    day.filter(is_day).ok_or_else(|| {
        TextError::at(line, format!("expected a date like 20251001, found {}", quoted(text)))
    })
}

fn compose(year: Option<u32>, month: Option<u32>, day: Option<u32>) -> Option<u32> {
    Some(year? * 10_000 + month?.min(99) * 100 + day?.min(99))
}

#[cfg(test)]
mod tests;
