//! Rows from files into the store: plans and partners from TOML, everything else from JSON lines or CSV.
//!
//! A file is loaded whole or not at all. An error names the line and the field, never what stands there. What a file does not
//! speak of stays as it is; what it names is replaced.

mod dates;
mod lines;
mod members;
mod plans;
mod providers;
mod row;
mod transaction;
mod write;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use time::Date;

use super::{PartnerRow, Provider, StoreError, Stores};
use crate::phi::quotes_hidden;
use members::{AccumulatorRow, CoverageRow, MemberRow, OtherCoverageRow};
use row::FieldError;
pub use transaction::{LoadKeys, LoadRows, LoadTransaction, Owner};
use write::Loaded;

/// Bytes a TOML file may have.
const TOML_BYTES_MAX: u64 = 64 << 20;

/// What a file is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Products and plans, TOML.
    Plans,
    /// Trading partner profiles, TOML; a folder of them, or one.
    Partners,
    /// Persons, in JSON lines with their coverage.
    Members,
    /// Coverage spans.
    Coverage,
    /// What has been used of deductibles, out-of-pocket maxima and limits.
    Accumulators,
    /// Other carriers: those of a person named in the file replace all there were.
    OtherCoverage,
    /// Providers and their locations.
    Providers,
}

impl Kind {
    /// Every kind, in an order in which files can be loaded after each other.
    pub const ALL: [Self; 7] = [
        Self::Plans,
        Self::Partners,
        Self::Providers,
        Self::Members,
        Self::Coverage,
        Self::Accumulators,
        Self::OtherCoverage,
    ];

    /// Its name on the command line, and the stem of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plans => "plans",
            Self::Partners => "partners",
            Self::Members => "members",
            Self::Coverage => "coverage",
            Self::Accumulators => "accumulators",
            Self::OtherCoverage => "other-coverage",
            Self::Providers => "providers",
        }
    }
}

/// How rows are written in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A header, and one line for each row.
    Csv,
}

/// How far a load has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Bytes read.
    pub bytes_read: u64,
    /// Bytes there are.
    pub bytes_total: u64,
    /// Rows written so far, not yet committed.
    pub rows: u64,
}

/// What a load brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoadSummary {
    /// What the file was about.
    pub kind: Kind,
    /// Rows of the file: persons, plans, providers...
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {input}")]
    Read {
        /// The file.
        input: Box<str>,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file's name does not say what format it has.
    #[error("{} is neither .jsonl nor .csv", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// A line is wrong.
    #[error("{input}, line {line}: {problem}")]
    Line {
        /// The file.
        input: Box<str>,
        /// The line, from 1.
        line: u64,
        /// The field, when it is one field that is wrong.
        field: Option<&'static str>,
        /// What is wrong with it, in words that hold no value.
        problem: Box<str>,
    },
    /// The file as a whole is wrong.
    #[error("{input}: {problem}")]
    Whole {
        /// The file.
        input: Box<str>,
        /// What is wrong with it.
        problem: Box<str>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LoadError {
    fn read(input: &str, source: std::io::Error) -> Self {
        Self::Read { input: input.into(), source }
    }

    fn line(input: &str, line: u64, problem: impl Into<String>) -> Self {
        Self::Line { input: input.into(), line, field: None, problem: problem.into().into() }
    }

    fn field(input: &str, line: u64, error: FieldError) -> Self {
        let FieldError { field, problem } = error;
        let problem = format!("`{field}` {problem}").into();
        Self::Line { input: input.into(), line, field: Some(field), problem }
    }

    fn whole(input: &str, problem: String) -> Self {
        Self::Whole { input: input.into(), problem: problem.into() }
    }

    /// A TOML error with its line. What it quotes is masked: the file may be another one than was meant.
    fn toml(input: &str, text: &str, error: &toml::de::Error) -> Self {
        let reason = &*quotes_hidden(error.message().trim());
        match error.span().and_then(|span| text.get(..span.start)) {
            Some(before) => {
                let line = before.bytes().filter(|byte| *byte == b'\n').count() as u64 + 1;
                Self::line(input, line, reason)
            }
            None => Self::whole(input, reason.to_owned()),
        }
    }
}

/// Loads a file, or for partners a folder of them, in one transaction. Dates may be counted from `today`; `progress` is
/// called now and then.
pub async fn load_path(
    store: &Stores,
    path: &Path,
    kind: Kind,
    today: Date,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<LoadSummary, LoadError> {
    let mut load = store.begin_load().await?;
    let summary = load_path_into(&mut *load, path, kind, today, progress).await?;
    load.commit().await?;
    Ok(summary)
}

/// As [`load_path`], within a load that may take in more.
pub async fn load_path_into(
    load: &mut dyn LoadTransaction,
    path: &Path,
    kind: Kind,
    today: Date,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<LoadSummary, LoadError> {
    let name = path.display().to_string();
    let failed = |source| LoadError::read(&name, source);
    if kind == Kind::Partners && path.is_dir() {
        return load_partner_folder(load, path).await;
    }
    if matches!(kind, Kind::Plans | Kind::Partners) {
        let text = read_toml(path)?;
        return load_text_into(load, &text, &name, Format::JsonLines, kind, today, progress).await;
    }
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson" | "json") => Format::JsonLines,
        Some("csv") => Format::Csv,
        _ => return Err(LoadError::Format { path: path.to_owned() }),
    };
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    load_rows(
        load,
        Input { source: name.into(), format, today, bytes, read: Box::new(file) },
        kind,
        progress,
    )
    .await
}

/// Loads text that is already in memory; `source` names it in errors. `format` does not matter for kinds in TOML.
pub async fn load_text_into(
    load: &mut dyn LoadTransaction,
    text: &str,
    source: &str,
    format: Format,
    kind: Kind,
    today: Date,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<LoadSummary, LoadError> {
    let bytes = text.len() as u64;
    let rows = match kind {
        Kind::Plans => {
            let file = plans::read(text, source)?;
            load.put(LoadRows::Products(&file.products)).await?;
            write::check_products(load, source, &file.plans).await?;
            load.put(LoadRows::Plans(&file.plans)).await?;
            file.plans.len() as u64
        }
        Kind::Partners => {
            load.put(LoadRows::Partners(&[partner(text, source)?])).await?;
            1
        }
        _ => {
            let read = Box::new(Cursor::new(text.to_owned()));
            let input = Input { source: source.into(), format, today, bytes, read };
            return load_rows(load, input, kind, progress).await;
        }
    };
    progress(Progress { bytes_read: bytes, bytes_total: bytes, rows });
    Ok(LoadSummary { kind, rows, bytes })
}

/// Rows to read, and where from.
struct Input {
    source: Box<str>,
    format: Format,
    today: Date,
    bytes: u64,
    read: Box<dyn Read + Send>,
}

async fn load_rows(
    load: &mut dyn LoadTransaction,
    input: Input,
    kind: Kind,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<LoadSummary, LoadError> {
    let bytes = input.bytes;
    let rows = match kind {
        Kind::Members => load_kind::<MemberRow>(load, input, progress).await?,
        Kind::Coverage => load_kind::<CoverageRow>(load, input, progress).await?,
        Kind::Accumulators => load_kind::<AccumulatorRow>(load, input, progress).await?,
        Kind::OtherCoverage => load_kind::<OtherCoverageRow>(load, input, progress).await?,
        Kind::Providers => load_kind::<Provider>(load, input, progress).await?,
        Kind::Plans | Kind::Partners => 0,
    };
    Ok(LoadSummary { kind, rows, bytes })
}

/// Reads on a thread of its own while the rows before are written.
async fn load_kind<T: Loaded>(
    load: &mut dyn LoadTransaction,
    input: Input,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<u64, LoadError> {
    let (batches, mut waiting) = tokio::sync::mpsc::channel(lines::BATCHES_MAX);
    let Input { source, format, today, bytes, read } = input;
    let name = source.clone();
    tokio::task::spawn_blocking(move || lines::read_all::<T>(read, &name, format, today, batches));
    let mut state = T::State::default();
    let mut rows = 0;
    while let Some(batch) = waiting.recv().await {
        let batch = batch?;
        rows += batch.rows.len() as u64;
        T::write(load, &mut state, &source, batch.rows).await?;
        progress(Progress { bytes_read: batch.bytes_read.min(bytes), bytes_total: bytes, rows });
    }
    T::finish(load, state, &source).await?;
    Ok(rows)
}

async fn load_partner_folder(
    load: &mut dyn LoadTransaction,
    folder: &Path,
) -> Result<LoadSummary, LoadError> {
    let name = folder.display().to_string();
    let failed = |source| LoadError::read(&name, source);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut partners = Vec::with_capacity(paths.len());
    let mut bytes = 0;
    for path in &paths {
        let text = read_toml(path)?;
        bytes += text.len() as u64;
        partners.push(partner(&text, &path.display().to_string())?);
    }
    load.put(LoadRows::Partners(&partners)).await?;
    Ok(LoadSummary { kind: Kind::Partners, rows: partners.len() as u64, bytes })
}

/// A partner's row; the profile is kept as it is written. Whether its settings make sense is `crate::partner`'s to say.
fn partner(text: &str, source: &str) -> Result<PartnerRow, LoadError> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| LoadError::toml(source, text, &error))?;
    let named = table.get("id").and_then(toml::Value::as_str);
    let stem = Path::new(source).file_stem().and_then(|stem| stem.to_str());
    match named.or(stem).filter(|id| !id.is_empty()) {
        Some(id) => Ok(PartnerRow { id: id.into(), profile: text.to_owned() }),
        None => Err(LoadError::whole(source, "the profile has no id".to_owned())),
    }
}

fn read_toml(path: &Path) -> Result<String, LoadError> {
    let name = path.display().to_string();
    let failed = |source| LoadError::read(&name, source);
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(TOML_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > TOML_BYTES_MAX {
        return Err(LoadError::whole(&name, "the file is too long".to_owned()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
