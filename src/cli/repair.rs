//! `repair`: a file with its envelopes put right, and each change told.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rewritten::Rewritten;
use super::source::Source;
use super::wording::counted;
use x12gate::guide::Registry;
use x12gate::rewrite::{Changed, Repairer};

/// Correct the envelopes of a file: ISA widths, counts, control numbers of trailers, levels, redundant separators
///
/// Corrects the fixed widths of the ISA, the counts in SE01, GE01 and IEA01, the control numbers of trailers, HL01, HL02 and
/// HL04, separators at the end of segments and composites, and a missing last terminator. Adds an SE, GE or IEA that must have
/// come before the next header or the end of the file; what was lost in front of it stays lost. Each change is reported with its
/// position. Nothing else is changed. Exit code 1 if something was found that could not be corrected.
#[derive(Args, Debug)]
pub(super) struct Repair {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Output file, replaced when all is written; default: standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Form of the report, which goes to standard output beside a file and to standard error otherwise
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A change, as JSON.
#[derive(Serialize)]
struct ChangeLine<'a> {
    file: &'a str,
    change: &'static str,
    is_repaired: bool,
    set: Option<u32>,
    segment: Option<u32>,
    offset: u64,
    tag: String,
    element: Option<u8>,
    before: Option<&'a str>,
    after: Option<&'a str>,
    message: &'static str,
}

/// The end of the report, as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    file: &'a str,
    changes: u64,
    left: u64,
}

/// Runs `repair`.
pub(super) fn run(args: &Repair, out: &mut Output) -> Result<Exit> {
    let source = Source::open(&args.file)?;
    let mut repairer = Repairer::new(Registry::embedded());
    let mut to = Rewritten::begin(args.output.as_deref(), out)?;
    let mut made = Vec::new();
    let (mut changes, mut left) = (0, 0);
    source.windows(|buffer, end| {
        let done = repairer.feed(buffer, end, &mut made);
        to.x12(&made)?;
        made.clear();
        for changed in repairer.take_changes() {
            match changed.change.is_left() {
                true => left += 1,
                false => changes += 1,
            }
            to.report(&match args.format {
                Format::Text => words(&source.name, &changed),
                Format::Json => json(&source.name, &changed)?,
            })?;
        }
        Ok(done)
    })?;
    to.end()?;
    let file = &*source.name;
    to.report(&match args.format {
        Format::Json => serde_json::to_string(&Summary { file, changes, left })
            .map_err(|e| Failure::new("write JSON", e))?,
        Format::Text => {
            let rest = match left {
                0 => String::new(),
                left => format!(", {} not repaired", counted(left, "error")),
            };
            format!("{file}: {}{rest}", counted(changes, "change"))
        }
    })?;
    Ok(if left > 0 { Exit::Findings } else { Exit::Clean })
}

fn words(file: &str, changed: &Changed) -> String {
    let place = match (changed.set, changed.segment) {
        (0, _) => format!("byte {}", changed.offset),
        (set, segment) => format!("set {set}, segment {segment}, byte {}", changed.offset),
    };
    let element = match changed.element {
        0 => String::new(),
        element => format!("{element:02}"),
    };
    let numbers = match (&changed.before, &changed.after) {
        (None, None) => String::new(),
        (before, after) => {
            let shown = |number: &Option<Box<str>>| match number {
                Some(number) => number.to_string(),
                None => "(other text)".to_owned(),
            };
            format!(" {} -> {}", shown(before), shown(after))
        }
    };
    let tag = changed.tag;
    format!("{file}: {place}: {tag}{element}{numbers}: {}", changed.change.words())
}

fn json(file: &str, changed: &Changed) -> Result<String> {
    let some = |position: u32| (position > 0).then_some(position);
    serde_json::to_string(&ChangeLine {
        file,
        change: changed.change.name(),
        is_repaired: !changed.change.is_left(),
        set: some(changed.set),
        segment: some(changed.segment),
        offset: changed.offset,
        tag: changed.tag.to_string(),
        element: (changed.element > 0).then_some(changed.element),
        before: changed.before.as_deref(),
        after: changed.after.as_deref(),
        message: changed.change.words(),
    })
    .map_err(|e| Failure::new("write JSON", e))
}
