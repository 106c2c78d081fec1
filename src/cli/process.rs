//! `process`: acknowledgments and answers for whole files, from the store.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::local_gateway::{LocalGateway, Settings, at};
use super::output::{Format, Output};
use super::source::files;
use super::table::{self, table};
use super::wording::{counted, grouped};
use x12gate::gateway::{InterchangeSummary, Outcome};
use x12gate::store::Access;
use x12gate::transport::files::{self, FileSummary, Input, Progress};

/// Acknowledge and answer whole files from the store
///
/// Exit code 1 if anything was rejected. A file that is processed again gets the same replies.
#[derive(Args, Debug)]
pub(super) struct Process {
    /// Files, folders of files, or - for standard input
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Folder for the replies; existing files are never overwritten
    #[arg(short, long, value_name = "DIR", default_value = "replies")]
    output: PathBuf,
    /// The store, instead of the one in the settings
    #[arg(long, value_name = "PATH", env = "X12GATE_STORE", hide_env_values = true)]
    store: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// An interchange, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    sender: &'a str,
    receiver: &'a str,
    control: &'a str,
    partner: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<&'a str>,
    ta105: Option<&'static str>,
    sets: u32,
    accepted: u32,
    patients: u64,
    left_out: u64,
    claims: u64,
    claims_rejected: u64,
    findings: usize,
    replies: Vec<Written>,
}

/// A reply, as JSON.
#[derive(Serialize)]
struct Written {
    kind: &'static str,
    control: u32,
    bytes: u64,
    file: Option<String>,
}

/// Runs `process`.
pub(super) fn run(args: &Process, out: &mut Output) -> Result<Exit> {
    let mut config = args.settings.load()?;
    if let Some(path) = &args.store {
        config = at(config, path);
    }
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    let inputs: Vec<Input> = files(&args.paths)?
        .into_iter()
        .map(|path| if is_stdin(&path) { Input::Stdin } else { Input::File(path) })
        .collect();
    let registry = args.settings.registry(&config)?;
    let local = LocalGateway::open(config, registry, Access::Write)?;
    let bar = progress_bar();
    let progress = |at: Progress<'_>| {
        bar.set_message(at.input.to_string());
        bar.set_length(at.total.unwrap_or(at.done));
        bar.set_position(at.done);
    };
    let done =
        local.runtime.block_on(files::files(&local.gateway, &inputs, &args.output, &progress));
    bar.finish_and_clear();
    local.close();
    let summaries = done.map_err(|e| Failure::new("process", e))?;
    match args.format {
        Format::Json => json(&summaries, out)?,
        Format::Text => text(&summaries, out)?,
    }
    let mut exit = Exit::Clean;
    for summary in &summaries {
        if let Some(failure) = &summary.failure {
            eprintln!("x12gate: cannot process {}: {}", summary.input, causes(failure));
            return Ok(Exit::Failed);
        }
        let is_bad = |i: &InterchangeSummary| {
            let is_good = match &i.earlier {
                Some(earlier) => &**earlier == Outcome::Accepted.as_str(),
                None => i.outcome == Outcome::Accepted,
            };
            !is_good || i.claims_rejected + i.left_out + i.earlier_declined > 0
        };
        if summary.interchanges.is_empty() || summary.interchanges.iter().any(is_bad) {
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words
}

fn json(summaries: &[FileSummary], out: &mut Output) -> Result<()> {
    for summary in summaries {
        let file = summary.input.to_string();
        for interchange in &summary.interchanges {
            out.json(&Line {
                file: &file,
                sender: &interchange.sender,
                receiver: &interchange.receiver,
                control: &interchange.control,
                partner: &interchange.partner,
                outcome: interchange.outcome.as_str(),
                earlier: interchange.earlier.as_deref(),
                ta105: interchange.ta105,
                sets: interchange.sets,
                accepted: interchange.accepted,
                patients: interchange.patients,
                left_out: interchange.left_out,
                claims: interchange.claims,
                claims_rejected: interchange.claims_rejected,
                findings: interchange.findings,
                replies: written(interchange),
            })?;
        }
    }
    Ok(())
}

fn written(interchange: &InterchangeSummary) -> Vec<Written> {
    let reply = |reply: &x12gate::gateway::ReplySummary| Written {
        kind: reply.kind.name,
        control: reply.control,
        bytes: reply.bytes,
        file: reply.path.as_ref().map(|path| path.display().to_string()),
    };
    interchange.replies.iter().map(reply).collect()
}

fn text(summaries: &[FileSummary], out: &mut Output) -> Result<()> {
    let mut rows = table([
        "File",
        "Interchange",
        "From",
        "Outcome",
        "Sets",
        "Accepted",
        "Patients",
        "Written",
    ]);
    for summary in summaries {
        for interchange in &summary.interchanges {
            let files = written(interchange).into_iter().filter_map(|reply| reply.file);
            rows.add_row([
                summary.input.to_string(),
                interchange.control.clone(),
                interchange.sender.clone(),
                interchange.outcome.as_str().to_owned(),
                grouped(u64::from(interchange.sets)),
                grouped(u64::from(interchange.accepted)),
                grouped(interchange.patients),
                files.collect::<Vec<_>>().join("\n"),
            ]);
        }
        if summary.interchanges.is_empty() {
            let garbage = counted(summary.garbage_bytes, "byte");
            rows.add_row([summary.input.to_string(), format!("none ({garbage})")]);
        }
    }
    out.text(&table::text(&rows))
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template("{msg} {bar:40} {bytes}/{total_bytes} {bytes_per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
