//! `convert`: X12 as JSON lines and back, byte for byte, as it is read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::source::Source;
use x12gate::convert::{ToJson, ToX12};
use x12gate::guide::Registry;

/// Convert X12 to JSON lines, or such lines back to X12, byte for byte
///
/// Each line is a segment outside a set, or a set with its segments. The output contains every value of the input.
#[derive(Args, Debug)]
pub(super) struct Convert {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    to: To,
    /// Omit the loop of each segment, which is faster
    #[arg(long)]
    no_loops: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum To {
    /// JSON lines, from X12
    Json,
    /// X12, from JSON lines
    X12,
}

/// Runs `convert`.
pub(super) fn run(args: &Convert, out: &mut Output) -> Result<Exit> {
    let source = Source::open(&args.file)?;
    let mut made = Vec::new();
    match args.to {
        To::Json => {
            let mut to = ToJson::new((!args.no_loops).then(Registry::embedded));
            source.windows(|buffer, end| {
                let done = to.feed(buffer, end, &mut made);
                out.bytes(&made)?;
                made.clear();
                Ok(done)
            })?;
        }
        To::X12 => {
            let mut to = ToX12::new();
            source.windows(|buffer, end| {
                let read = to.feed(buffer, end, &mut made);
                out.bytes(&made)?;
                made.clear();
                read.map_err(|fault| Failure::new(format!("convert {}", source.name), fault))
            })?;
        }
    }
    Ok(Exit::Clean)
}
