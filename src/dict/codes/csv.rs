//! Comma-separated text, as spreadsheets write it: quotes around what holds commas, quotes or line breaks.

use std::borrow::Cow;

use crate::dict::TextError;

/// One record: its cells without the blanks around them, and the line it begins on.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) line: u32,
    pub(super) cells: Vec<Cow<'a, str>>,
}

impl Record<'_> {
    /// The cell of this index; empty where the record has fewer cells.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", |cell| cell)
    }

    /// The cell of an optional column.
    pub(super) fn of(&self, column: Option<usize>) -> &str {
        column.map_or("", |at| self.cell(at))
    }
}

/// The records of a text that are not empty.
pub(super) fn records(text: &str) -> impl Iterator<Item = Result<Record<'_>, TextError>> {
    let mut rest = text;
    let mut line = 1;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let begin = line;
            let (cells, after) = match record(rest) {
                Some(read) => read,
                None => {
                    rest = "";
                    return Some(Err(TextError::at(begin, "expected a closing quote")));
                }
            };
            line += rest[..rest.len() - after.len()].matches('\n').count() as u32;
            rest = after;
            if cells.iter().any(|cell| !cell.is_empty()) {
                return Some(Ok(Record { line: begin, cells }));
            }
        }
    })
}

/// The cells of one record and what comes after it; none when a quote is not closed.
fn record(text: &str) -> Option<(Vec<Cow<'_, str>>, &str)> {
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let (cell, after) = cell(rest)?;
        cells.push(cell);
        match after.as_bytes().first() {
            Some(b',') => rest = &after[1..],
            Some(_) => {
                return Some((
                    cells,
                    after.trim_start_matches('\r').strip_prefix('\n').unwrap_or(""),
                ));
            }
            None => return Some((cells, "")),
        }
    }
}

fn cell(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let ends = |c| c == ',' || c == '\n' || c == '\r';
    let Some(quoted) = text.trim_start_matches(' ').strip_prefix('"') else {
        let end = text.find(ends).unwrap_or(text.len());
        return Some((text[..end].trim().into(), &text[end..]));
    };
    let mut from = 0;
    loop {
        let quote = from + quoted[from..].find('"')?;
        if quoted[quote + 1..].starts_with('"') {
            from = quote + 2;
            continue;
        }
        let inside = quoted[..quote].trim();
        let value =
            if inside.contains('"') { inside.replace("\"\"", "\"").into() } else { inside.into() };
        let after = &quoted[quote + 1..];
        let end = after.find(ends).unwrap_or(after.len());
        return Some((value, &after[end..]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        let record = |r: Result<Record<'_>, TextError>| {
            let record = r.expect("closed quotes");
            (record.line, record.cells.iter().map(|cell| cell.to_string()).collect())
        };
        records(text).map(record).collect()
    }

    #[test]
    fn cells_quotes_and_lines() {
        assert_eq!(
            read("a, b ,\r\n\n,,\n\"x, \"\"y\"\"\",\"two\nlines\",z\nlast"),
            [
                (1, vec!["a".to_owned(), "b".into(), String::new()]),
                (4, vec!["x, \"y\"".into(), "two\nlines".into(), "z".into()]),
                (6, vec!["last".into()]),
            ]
        );
        assert!(read("").is_empty());
        assert!(records("a\n\"b").nth(1).expect("a record").is_err());
    }
}
