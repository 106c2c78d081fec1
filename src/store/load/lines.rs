//! Files of rows: JSON lines or CSV, read in batches on a thread of their own.

use std::io::{BufRead, Read};

use serde::de::DeserializeSeed;
use time::Date;
use tokio::sync::mpsc;

use super::row::{FieldError, Fields, Row, RowSeed};
use super::{Format, LoadError};

/// Rows handed over at once.
const BATCH_ROWS: usize = 2000;
/// Batches waiting to be written.
pub(super) const BATCHES_MAX: usize = 4;
/// Bytes of one line.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// A row of a kind that is loaded.
pub(super) trait Loadable: Sized + Send + 'static {
    /// The fields it may have.
    const FIELDS: &'static Fields;

    /// Reads it from a row; dates may be counted from `today`.
    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError>;
}

/// Some rows with their line numbers, from 1.
pub(super) struct Batch<T> {
    pub rows: Vec<(u64, T)>,
    /// Bytes read so far, from the beginning of the input.
    pub bytes_read: u64,
}

/// The side that writes was not there any more.
struct Gone;

/// Why reading stopped.
enum Stop {
    Gone,
    Failed(LoadError),
}

impl From<LoadError> for Stop {
    fn from(error: LoadError) -> Self {
        Self::Failed(error)
    }
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Reads all rows of `input` and sends them in batches; an error is the last thing sent. `source` names the input in errors.
/// Blocks, so it wants a thread of its own.
pub(super) fn read_all<T: Loadable>(
    input: impl Read,
    source: &str,
    format: Format,
    today: Date,
    batches: mpsc::Sender<Result<Batch<T>, LoadError>>,
) {
    let mut out = Out { today, source, rows: Vec::with_capacity(BATCH_ROWS), batches };
    let done = match format {
        Format::JsonLines => json_lines(input, &mut out),
        Format::Csv => csv_lines(input, &mut out),
    };
    if let Err(Stop::Failed(error)) = done {
        // The receiver may have stopped; then there is no one to tell.
        drop(out.batches.blocking_send(Err(error)));
    }
}

/// Where rows go.
struct Out<'s, T> {
    today: Date,
    source: &'s str,
    rows: Vec<(u64, T)>,
    batches: mpsc::Sender<Result<Batch<T>, LoadError>>,
}

impl<T: Loadable> Out<'_, T> {
    fn row(&mut self, line: u64, row: &Row<'_>, bytes_read: u64) -> Result<(), Stop> {
        let read =
            T::read(row, self.today).map_err(|error| LoadError::field(self.source, line, error))?;
        self.rows.push((line, read));
        if self.rows.len() == BATCH_ROWS { Ok(self.flush(bytes_read)?) } else { Ok(()) }
    }

    fn flush(&mut self, bytes_read: u64) -> Result<(), Gone> {
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(BATCH_ROWS));
        self.batches.blocking_send(Ok(Batch { rows, bytes_read })).map_err(|_| Gone)
    }

    fn line_error(&self, line: u64, problem: impl Into<String>) -> Stop {
        LoadError::line(self.source, line, problem).into()
    }
}

/// One object a line; empty lines and lines that begin with `#` or `//` are for people.
fn json_lines<T: Loadable>(input: impl Read, out: &mut Out<'_, T>) -> Result<(), Stop> {
    let mut input = std::io::BufReader::with_capacity(1 << 16, input);
    let mut text = String::new();
    let mut bytes_read = 0;
    for line in 1.. {
        text.clear();
        let read = (&mut input).take(LINE_BYTES_MAX + 1).read_line(&mut text);
        let read = match read {
            Ok(read) => read as u64,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(out.line_error(line, "is not UTF-8"));
            }
            Err(source) => return Err(LoadError::read(out.source, source).into()),
        };
        if read == 0 {
            break;
        }
        if read > LINE_BYTES_MAX {
            return Err(out.line_error(line, "is too long"));
        }
        bytes_read += read;
        let object = text.trim();
        if object.is_empty() || object.starts_with('#') || object.starts_with("//") {
            continue;
        }
        let mut json = serde_json::Deserializer::from_str(object);
        let row =
            RowSeed(T::FIELDS).deserialize(&mut json).and_then(|row| json.end().map(|()| row));
        match row {
            Ok(row) => out.row(line, &row, bytes_read)?,
            Err(error) => return Err(out.line_error(line, json_problem(object, &error))),
        }
    }
    Ok(out.flush(bytes_read)?)
}

/// What is wrong with a JSON line, without quoting it. A field name is no value: it is named where it can be found.
fn json_problem(object: &str, error: &serde_json::Error) -> String {
    let column = error.column();
    match error.classify() {
        serde_json::error::Category::Data => {
            let said = error.to_string();
            let known = ["unknown field", "duplicate field", "list too long"];
            match known.iter().find(|problem| said.starts_with(**problem)) {
                Some(problem) => match name_before(object, column) {
                    Some(name) => format!("{problem}: `{name}`"),
                    None => format!("{problem}, at column {column}"),
                },
                None => format!("is not an object of text fields, at column {column}"),
            }
        }
        _ => format!("is not JSON, at column {column}"),
    }
}

/// The quoted name that ends at or before `column`, when it looks like a field name and not like a value.
fn name_before(object: &str, column: usize) -> Option<&str> {
    let head = object.get(..column.min(object.len()))?;
    let head = &head[..head.rfind('"')?];
    let name = &head[head.rfind('"')? + 1..];
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit();
    (name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(plain))
    .then_some(name)
}

/// A header and a line for each row.
fn csv_lines<T: Loadable>(input: impl Read, out: &mut Out<'_, T>) -> Result<(), Stop> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(input);
    let header = reader.headers().map_err(|error| csv_error(out.source, error))?.clone();
    let mut columns = Vec::with_capacity(header.len());
    for (index, name) in header.iter().enumerate() {
        let Some(field) = T::FIELDS.names.iter().position(|known| *known == name.trim()) else {
            let problem = format!("unknown column {} in the header", index + 1);
            return Err(out.line_error(1, problem));
        };
        if columns.contains(&field) {
            return Err(out.line_error(1, format!("duplicate column {} in the header", index + 1)));
        }
        columns.push(field);
    }
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(csv_error(out.source, error).into()),
        }
        let line = record.position().map_or(0, csv::Position::line);
        let mut row = Row::empty(T::FIELDS);
        for (field, text) in columns.iter().zip(&record) {
            row.set(*field, text);
        }
        out.row(line, &row, reader.position().byte())?;
    }
    Ok(out.flush(reader.position().byte())?)
}

/// What is wrong with a CSV line, without quoting it.
fn csv_error(source: &str, error: csv::Error) -> LoadError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => LoadError::read(source, error),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => LoadError::line(
            source,
            line,
            format!("has {len} columns, but the header has {expected_len}"),
        ),
        csv::ErrorKind::Utf8 { .. } => LoadError::line(source, line, "is not UTF-8"),
        _ => LoadError::line(source, line, "is not CSV"),
    }
}
