//! What is wrong with a settings file, in enough detail to correct it without the manual.

use std::fmt;
use std::path::{Path, PathBuf};

/// A settings file that cannot be used.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The text is not TOML, or holds an unknown key or a value of the wrong kind.
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// The text of that line.
        shown: String,
        /// How many characters are in error.
        width: usize,
        /// What is wrong.
        why: String,
    },
    /// Each value is valid, but not together with the others.
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong; names the keys.
        why: String,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Read { path, .. } => write!(f, "cannot read {}", path.display()),
            ConfigError::Invalid { path, why } => write!(f, "{}: {why}", path.display()),
            ConfigError::Parse { path, line, column, shown, width, why } => {
                let margin = line.to_string().len();
                writeln!(f, "{}:{line}:{column}: {why}", path.display())?;
                writeln!(f, " {line} | {shown}")?;
                write!(
                    f,
                    " {:margin$} | {:indent$}{}",
                    "",
                    "",
                    "^".repeat(*width),
                    indent = column - 1
                )
            }
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConfigError::Read { source, .. } => Some(source),
            ConfigError::Parse { .. } | ConfigError::Invalid { .. } => None,
        }
    }
}

/// Turns the reader's byte span into line and column.
pub(crate) fn locate(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or(0..0);
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let shown = text[line_start..].lines().next().unwrap_or("");
    let column = before[line_start..].chars().count() + 1;
    let room = shown.chars().count().saturating_sub(column - 1).max(1);
    ConfigError::Parse {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column,
        shown: shown.to_owned(),
        width: span.len().clamp(1, room),
        why: error.message().to_owned(),
    }
}
