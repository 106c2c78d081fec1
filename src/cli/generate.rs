//! `generate`: synthetic interchanges of any set from a seed, written as they are made, for load tests and examples.

use std::fmt::Write as _;
use std::fs::File;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use indicatif::{ProgressBar, ProgressStyle};
use time::{Date, PrimitiveDateTime, Time};

use super::envelope::{Mailboxes, parse_date};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::generate_stored::{self, Asked};
use super::output::Output;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::generate::{DEFECTS, GenerateKind, GenerateOptions, Progress, generate};
use x12gate::wire::EmitError;

/// Items of an interchange where no other limit is given.
const COUNT_DEFAULT: u64 = 1;
/// Output at least this long gets a progress bar, in bytes; so does one of this many items.
const PROGRESS_BYTES_MIN: u64 = 32 << 20;
const PROGRESS_ITEMS_MIN: u64 = 50_000;

/// Write an interchange of synthetic transactions of any set, from a seed
///
/// The output is realistic, varied, and valid according to `check`. Members are those of `store load --synthetic`. Codes are
/// real, identifiers are fictitious. Sets sent by payers go from PAYERGW to SUBMITTER1 by default.
///
/// With --store the output is about the claims of that store, the newest first, a set for each: replacements (`837p --frequency
/// 7`, and 837i, 837d), voids (--frequency 8), and status requests (`276`).
#[derive(Args, Debug)]
#[command(after_help = defects())]
pub(super) struct Generate {
    /// What to write
    #[arg(value_name = "KIND", value_parser = kinds(), ignore_case = true)]
    kind: String,
    /// Number of patients, claims, members or answers; default 1, or unlimited with --size or --store
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Stop when the output reaches this size, such as 500K, 100M or 1G
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    size: Option<u64>,
    /// Seed; the same seed, kind and date give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number per transaction set; default 1 for inquiries about patients, otherwise 20 to 100
    #[arg(long, alias = "claims-per-set", value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    per_set: Option<u32>,
    /// Transaction sets per functional group
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=999_999))]
    sets_per_group: u32,
    /// Percentage that get an error; see the list below
    #[arg(long, value_name = "PERCENT", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    errors: u8,
    /// Use the first N members of `store load --synthetic N`
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u64).range(1..=90_000_000))]
    members: u64,
    /// Date of the interchange; its content is dated shortly before. Default: today
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    date: Option<Date>,
    /// NPI of the requesting provider, for sets that have one
    #[arg(long, value_name = "NPI", default_value = "1234567893")]
    npi: String,
    /// Write about the claims of this store
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["size", "per_set", "errors", "members", "npi"])]
    store: Option<PathBuf>,
    /// With --store: replace (7) or void (8) the claims
    #[arg(long, value_name = "CODE", requires = "store", value_parser = ["7", "8"])]
    frequency: Option<String>,
    /// Output file; default: standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add a line feed after each segment
    #[arg(long)]
    lines: bool,
    #[command(flatten)]
    mailboxes: Mailboxes,
}

/// Runs `generate`.
pub(super) fn run(args: &Generate, out: &mut Output) -> Result<Exit> {
    let Some(path) = &args.output else {
        written(args, out)?;
        return Ok(Exit::Clean);
    };
    let file =
        File::create(path).map_err(|e| Failure::new(format!("write {}", path.display()), e))?;
    let mut file = Output::to(file);
    written(args, &mut file)?;
    file.flush()?;
    Ok(Exit::Clean)
}

fn written(args: &Generate, out: &mut Output) -> Result<()> {
    let unknown = || Failure::Refused(format!("unknown kind `{}`", args.kind));
    let kind = GenerateKind::named(&args.kind).ok_or_else(unknown)?;
    match &args.store {
        None => write(&options(args, kind)?, out),
        Some(store) => generate_stored::run(
            &Asked {
                kind,
                store,
                frequency: args.frequency.as_deref(),
                count: args.count.unwrap_or(u64::MAX),
                seed: args.seed,
                sets_per_group: args.sets_per_group,
                at: at(args),
                lines: args.lines,
                mailboxes: &args.mailboxes,
            },
            out,
        ),
    }
}

/// A fixed time of day, so that the bytes can be repeated.
fn at(args: &Generate) -> PrimitiveDateTime {
    let date = args.date.unwrap_or_else(|| SystemClock.now().date());
    PrimitiveDateTime::new(date, Time::from_hms(9, 30, 0).unwrap_or(Time::MIDNIGHT))
}

fn options(args: &Generate, kind: GenerateKind) -> Result<GenerateOptions> {
    let facts = kind.facts();
    let per_set = args.per_set.unwrap_or(facts.per_set);
    if per_set > facts.per_set_max {
        return Err(Failure::Refused(format!(
            "a set of {} contains at most {} {}s",
            facts.name, facts.per_set_max, facts.item
        )));
    }
    let at = at(args);
    let mut envelope = match facts.from_payer {
        true => args.mailboxes.envelope_of_payer(at),
        false => args.mailboxes.envelope(at),
    };
    envelope.form.line_feeds = args.lines;
    Ok(GenerateOptions {
        kind,
        seed: args.seed,
        count: args.count.unwrap_or(if args.size.is_some() { u64::MAX } else { COUNT_DEFAULT }),
        bytes_max: args.size,
        per_set,
        sets_per_group: args.sets_per_group,
        errors_percent: args.errors,
        members: args.members,
        npi: args.npi.clone(),
        envelope,
        control: args.mailboxes.control(1),
    })
}

fn write(options: &GenerateOptions, out: &mut Output) -> Result<()> {
    let bar = progress_bar(options);
    let mut sink = |bytes: &[u8], at: Progress| {
        bar.set_position(if options.bytes_max.is_some() { at.bytes } else { at.items });
        out.bytes(bytes)
    };
    generate(options, &mut sink)?;
    bar.finish_and_clear();
    Ok(())
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Self {
        Failure::new("write the transactions", error)
    }
}

/// A bar on standard error, for long output, when standard error is a terminal.
fn progress_bar(options: &GenerateOptions) -> ProgressBar {
    let (length, long, shown) = match options.bytes_max {
        Some(bytes) => {
            (bytes, bytes >= PROGRESS_BYTES_MIN, "{bytes}/{total_bytes} {bytes_per_sec}")
        }
        None => (options.count, options.count >= PROGRESS_ITEMS_MIN, "{human_pos}/{human_len}"),
    };
    if !long || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&format!("{{bar:40}} {shown} {{eta}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The names of the kinds, with what each is in the long help.
fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(GenerateKind::ALL.map(|kind| {
        let facts = kind.facts();
        clap::builder::PossibleValue::new(facts.name).help(facts.about)
    }))
}

/// The defects, for the help.
fn defects() -> String {
    let mut text = String::from("Errors that --errors introduces, each in one element:\n");
    for defect in DEFECTS {
        let _ = write!(text, "  {}  {}", defect.finding.entry().id, defect.name);
        let kinds: Vec<&str> = defect.kinds().iter().map(|kind| kind.facts().name).collect();
        if !kinds.is_empty() {
            let _ = write!(text, " ({})", kinds.join(", "));
        }
        text.push('\n');
    }
    text
}

/// Reads a size such as `500K`, `100M` or `1G`; without a letter it is bytes.
fn parse_size(text: &str) -> std::result::Result<u64, String> {
    let wrong = || format!("`{text}` is not a size such as 500K, 100M or 1G");
    let (digits, unit) = match text.to_ascii_uppercase().strip_suffix(['K', 'M', 'G']) {
        None => (text.to_owned(), 1),
        Some(digits) => {
            let unit = match text.as_bytes().last().map(u8::to_ascii_uppercase) {
                Some(b'K') => 1_000,
                Some(b'M') => 1_000_000,
                _ => 1_000_000_000,
            };
            (digits.to_owned(), unit)
        }
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(unit).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes() {
        let sizes = ["7", "500K", "100m", "1G"].map(|text| parse_size(text).ok());
        assert_eq!(sizes, [Some(7), Some(500_000), Some(100_000_000), Some(1_000_000_000)]);
        for wrong in ["", "0", "K", "1T", "-1", "99999999999G"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
