//! `format`: X12 laid out for people, or in one line for programs, or with other separators.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format as ReportFormat, Output};
use super::rewritten::Rewritten;
use super::source::Source;
use super::wording::counted;
use x12gate::guide::Registry;
use x12gate::rewrite::{Formatter, Layout, Separators};

/// Lay out X12: a segment a line, indented by loop, or unwrapped; with other separators if wanted
///
/// The segments stay the same. A separator that occurs in the data is refused. The output contains every value of the input;
/// `redact` replaces them.
#[derive(Args, Debug)]
pub(super) struct Format {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How segments are laid out
    #[arg(long, value_enum, default_value_t = Lines::Indented)]
    layout: Lines,
    /// Separator between elements: a character, or its code such as 0x1D
    #[arg(long, value_name = "CHAR", value_parser = separator)]
    element_separator: Option<u8>,
    /// Separator between the components of a composite
    #[arg(long, value_name = "CHAR", value_parser = separator)]
    component_separator: Option<u8>,
    /// Separator between repetitions
    #[arg(long, value_name = "CHAR", value_parser = separator)]
    repetition_separator: Option<u8>,
    /// Terminator of segments
    #[arg(long, value_name = "CHAR", value_parser = separator)]
    segment_terminator: Option<u8>,
    /// Output file, replaced when all is written; default: standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Form of the report, which goes to standard output beside a file and to standard error otherwise
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Lines {
    /// A segment a line, indented by loop
    Indented,
    /// A segment a line
    Flat,
    /// All segments in one line
    Unwrapped,
}

/// The report, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    segments: u64,
}

/// Reads a separator.
fn separator(text: &str) -> std::result::Result<u8, String> {
    let code = text.strip_prefix("0x").and_then(|code| u8::from_str_radix(code, 16).ok());
    match (code, text.as_bytes()) {
        (Some(byte), _) | (None, &[byte]) => Ok(byte),
        _ => Err("expected one character, or its code such as 0x1D".to_owned()),
    }
}

/// Runs `format`.
pub(super) fn run(args: &Format, out: &mut Output) -> Result<Exit> {
    let source = Source::open(&args.file)?;
    let layout = match args.layout {
        Lines::Indented => Layout::Indented,
        Lines::Flat => Layout::Lines,
        Lines::Unwrapped => Layout::Unwrapped,
    };
    let separators = Separators {
        element: args.element_separator,
        component: args.component_separator,
        repetition: args.repetition_separator,
        terminator: args.segment_terminator,
    };
    let mut formatter = Formatter::new(Registry::embedded(), layout, separators);
    let mut to = Rewritten::begin(args.output.as_deref(), out)?;
    let mut made = Vec::new();
    source.windows(|buffer, end| {
        let done = formatter.feed(buffer, end, &mut made);
        to.x12(&made)?;
        made.clear();
        done.map_err(|refusal| Failure::Refused(format!("{}: {refusal}", source.name)))
    })?;
    to.end()?;
    let segments = formatter.segments();
    match args.format {
        ReportFormat::Json => {
            let report = Report { file: &source.name, segments };
            let line = serde_json::to_string(&report).map_err(|e| Failure::new("write JSON", e))?;
            to.report(&line)?;
        }
        ReportFormat::Text if args.output.is_some() => {
            to.report(&format!("{}: {}", source.name, counted(segments, "segment")))?;
        }
        ReportFormat::Text => {}
    }
    Ok(Exit::Clean)
}
