//! Standard output: buffered, and at ease with a reader that leaves early.

use std::io::{self, BufWriter, IsTerminal, Write};

use super::failure::{Failure, Result};
use x12gate::report::Style;

/// How a command says what it did.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// Plain text
    Text,
    /// One JSON object per line
    Json,
}

/// Standard output, or a file in its place.
pub(super) struct Output {
    to: BufWriter<Box<dyn Write>>,
}

impl Output {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Output { to: BufWriter::with_capacity(1 << 16, Box::new(io::stdout().lock())) }
    }

    /// Writes to this instead.
    pub(super) fn to(writer: impl Write + 'static) -> Self {
        Output { to: BufWriter::with_capacity(1 << 16, Box::new(writer)) }
    }

    /// Writes text and ends the line.
    pub(super) fn line(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())?;
        self.bytes(b"\n")
    }

    /// Writes text as it is.
    pub(super) fn text(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Writes one JSON object and ends the line.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> Result<()> {
        let line = serde_json::to_string(value).map_err(|e| Failure::new("write JSON", e))?;
        self.line(&line)
    }

    /// Writes bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.to.write_all(bytes).map_err(Failure::output)
    }

    /// Hands everything to the system.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.to.flush().map_err(Failure::output)
    }
}

/// Colours only for a terminal, and only where `NO_COLOR` is not set.
pub(super) fn style() -> Style {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain || !io::stdout().is_terminal() { Style::Plain } else { Style::Terminal }
}
