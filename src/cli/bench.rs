//! `bench`: how fast a server answers the questions of a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::store::runtime;
use super::table::{table, text};
use x12gate::measure::{self, Batch, Figures, Questions, RealTime};

/// Longest file of questions.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// What the CORE operating rules give a real-time answer.
const CORE_TIME: Duration = Duration::from_secs(20);

/// Measure how fast a server answers the questions of a file, over TCP
///
/// Each transaction set of FILE (270, 276 or 278) is a question; they are asked round and round, each with an interchange control
/// number and a BHT03 of its own. Exit code 1 when a question was not answered, or answered only after 20 seconds.
#[derive(Args, Debug)]
pub(super) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Ask at a steady rate, however long answers take
    ///
    /// Each question is due at its own time, and its answer is counted from then: a server that stands still delays all that
    /// were due meanwhile.
    RealTime(RealTimeArgs),
    /// Send many sets in one interchange and wait for all answers
    Batch(BatchArgs),
}

#[derive(Args, Debug)]
struct RealTimeArgs {
    #[command(flatten)]
    common: Common,
    /// Questions a second, over all connections
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: u32,
    /// Connections at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// How long questions are sent, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
}

#[derive(Args, Debug)]
struct BatchArgs {
    #[command(flatten)]
    common: Common,
    /// Sets in the interchange
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=999_999))]
    sets: u32,
}

#[derive(Args, Debug)]
struct Common {
    /// The questions
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The server
    #[arg(long, value_name = "HOST:PORT")]
    to: String,
    /// ISA13 of the first question; the others count on from it. Numbers that a server has seen are answered from its records
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control: u32,
    /// How long to wait for answers once nothing comes, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    patience: u32,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// Comma-separated values with a header
    Csv,
}

/// What was measured, as JSON.
#[derive(Serialize)]
struct Measured<'f> {
    sent: u64,
    answered: u64,
    answers: &'f std::collections::BTreeMap<Box<str>, u64>,
    unavailable: u64,
    seconds: f64,
    answers_per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
    max_ms: f64,
    share_within_20_s: f64,
}

/// Runs `bench`.
pub(super) fn run(args: &Bench, out: &mut Output) -> Result<Exit> {
    match &args.what {
        What::RealTime(args) => real_time(args, out),
        What::Batch(args) => batch(args, out),
    }
}

fn real_time(args: &RealTimeArgs, out: &mut Output) -> Result<Exit> {
    let questions = Arc::new(read(&args.common.file)?);
    let plan = RealTime {
        to: args.common.to.clone(),
        rate: f64::from(args.rate),
        lasting: Duration::from_secs(args.seconds.into()),
        connections: args.connections,
        first_control: args.common.control,
        patience: args.common.patience(),
    };
    let figures = runtime()?
        .block_on(measure::real_time(&plan, &questions))
        .map_err(|e| Failure::new(format!("measure {}", plan.to), e))?;
    show(&figures, args.common.format, out)
}

fn batch(args: &BatchArgs, out: &mut Output) -> Result<Exit> {
    let questions = read(&args.common.file)?;
    let plan = Batch {
        to: args.common.to.clone(),
        sets: args.sets,
        control: args.common.control,
        patience: args.common.patience(),
    };
    let figures = runtime()?
        .block_on(measure::batch(&plan, &questions))
        .map_err(|e| Failure::new(format!("measure {}", plan.to), e))?;
    show(&figures, args.common.format, out)
}

impl Common {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience.into())
    }
}

fn read(file: &Path) -> Result<Questions> {
    let failed = |e: std::io::Error| Failure::new(format!("read {}", file.display()), e);
    let bytes = std::fs::metadata(file).map_err(failed)?.len();
    if bytes > FILE_BYTES_MAX {
        let limit = FILE_BYTES_MAX >> 20;
        return Err(Failure::Refused(format!("{} is longer than {limit} MiB", file.display())));
    }
    let text = std::fs::read(file).map_err(failed)?;
    Questions::read(&text)
        .map_err(|e| Failure::new(format!("ask what {} holds", file.display()), e))
}

fn show(figures: &Figures, format: Format, out: &mut Output) -> Result<Exit> {
    let round = |value: f64| (value * 1000.0).round() / 1000.0;
    let millis = |share| round(figures.millis(share));
    let measured = Measured {
        sent: figures.sent,
        answered: figures.answered(),
        answers: &figures.answers,
        unavailable: figures.unavailable,
        seconds: round(figures.elapsed.as_secs_f64()),
        answers_per_second: round(figures.per_second()),
        p50_ms: millis(0.5),
        p90_ms: millis(0.9),
        p99_ms: millis(0.99),
        p999_ms: millis(0.999),
        max_ms: millis(1.0),
        share_within_20_s: round(figures.share_within(CORE_TIME)),
    };
    match format {
        Format::Json => out.json(&measured)?,
        Format::Csv => out.text(&csv(&measured))?,
        Format::Text => out.text(&lines(&measured))?,
    }
    let is_in_time = figures.sent > 0 && figures.share_within(CORE_TIME) >= 1.0;
    Ok(if is_in_time { Exit::Clean } else { Exit::Findings })
}

/// A header and a row; how many answers there were of each kind is left to JSON.
fn csv(measured: &Measured<'_>) -> String {
    let Measured { sent, answered, unavailable, seconds, answers_per_second, .. } = measured;
    let Measured { p50_ms, p90_ms, p99_ms, p999_ms, max_ms, share_within_20_s, .. } = measured;
    format!(
        "sent,answered,unavailable,seconds,answers_per_second,p50_ms,p90_ms,p99_ms,p999_ms,max_ms,share_within_20_s\n\
         {sent},{answered},{unavailable},{seconds},{answers_per_second},{p50_ms},{p90_ms},{p99_ms},{p999_ms},{max_ms},{share_within_20_s}\n"
    )
}

fn lines(measured: &Measured<'_>) -> String {
    let kinds = measured.answers.iter().map(|(kind, count)| format!("{count} {kind}"));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let mut said = format!(
        "{} sent, {} answered in {} s, {:.0} a second: {}\n",
        measured.sent,
        measured.answered,
        measured.seconds,
        measured.answers_per_second,
        if kinds.is_empty() { "nothing" } else { &kinds },
    );
    if measured.unavailable > 0 {
        said +=
            &format!("{} say that the payer cannot answer now (AAA 42)\n", measured.unavailable);
    }
    let mut times = table(["p50", "p90", "p99", "p99.9", "Longest", "Within 20 s"]);
    let times_in_ms =
        [measured.p50_ms, measured.p90_ms, measured.p99_ms, measured.p999_ms, measured.max_ms];
    let mut row: Vec<String> = times_in_ms.iter().map(|millis| format!("{millis} ms")).collect();
    row.push(format!("{:.1} %", measured.share_within_20_s * 100.0));
    times.add_row(row);
    said + &text(&times)
}
