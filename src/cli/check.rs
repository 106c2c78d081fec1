//! `check`: what is wrong with files, for people, for programs, or as the 999 that would go out.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::ack::{now, print};
use super::acks::{AckKind, Acknowledgment, acknowledger};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{self, Output};
use super::rejected::Rejected;
use super::rules::{Rules, Ruling};
use super::source::{Source, files};
use super::wording::{counted, grouped};
use x12gate::check::{ClaimEvent, ClaimTally, Excerpt, InterchangeHeader, Limits, SetReport, Sink};
use x12gate::config::ClaimPolicy;
use x12gate::finding::render::RenderContext;
use x12gate::finding::{Code, Finding, Policy, Severity};
use x12gate::guide::{Guide, Registry};
use x12gate::report::{
    AbsentLists, FileSummary, TextRenderer, html_file, html_file_end, html_finding, html_page,
    html_page_end, json_line,
};
use x12gate::wire::{FrameLimits, Tape};

/// Files longer than this get a progress bar, in bytes.
const PROGRESS_BYTES_MIN: u64 = 32 << 20;

/// Report errors in X12 files
///
/// Sets and groups without an ISA are checked as well: their separators and, where nothing names it, the guide are
/// assumed, and a note says which. Exit code 1 if there are errors, otherwise 0.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// Files, folders of files, or - for standard input
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show values in excerpts; by default only codes and qualifiers are shown
    #[arg(long)]
    show_values: bool,
    /// Maximum number of findings to show per file; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_findings: u64,
    #[command(flatten)]
    rules: Rules,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// Excerpts with the error marked
    Text,
    /// One JSON object per line
    Json,
    /// One HTML page
    Html,
    /// The TA1 and 999 that would be sent
    #[value(name = "999")]
    Ack,
}

/// Runs `check`.
pub(super) fn run(args: &Check, out: &mut Output) -> Result<Exit> {
    let Ruling { registry, policy, claims } = args.rules.load()?;
    let mut total = FileSummary { file: "total".to_owned(), ..FileSummary::default() };
    let mut unreadable = false;
    if args.format == Format::Html {
        out.text(&html_page())?;
    }
    let mut absent = AbsentLists::default();
    let paths = files(&args.paths)?;
    if paths.is_empty() {
        return Err(Failure::Refused("the folder contains no files".into()));
    }
    for path in &paths {
        let source = match Source::open(path) {
            Ok(source) => source,
            Err(failure) => {
                // One bad name in a hundred must not hide what is wrong with the others.
                eprintln!("x12gate: {failure}");
                unreadable = true;
                continue;
            }
        };
        if args.format == Format::Ack {
            total.errors += acknowledge(&source, &registry, &policy, &claims, out)?;
            continue;
        }
        let bar = progress_bar(&source);
        let mut file = FileCheck::new(args, &policy, out, &source)?;
        source.check(&registry, &policy, limits(), &mut file, |done| bar.set_position(done))?;
        bar.finish_and_clear();
        let asked = std::mem::take(&mut file.absent);
        let summary = file.finish(Some(&asked).filter(|_| paths.len() == 1))?;
        absent.merge(asked);
        total.interchanges += summary.interchanges;
        total.sets += summary.sets;
        total.errors += summary.errors;
        total.warnings += summary.warnings;
        let sum = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).reduce(|a, b| a + b);
        total.claims = sum(total.claims, summary.claims);
        total.claims_rejected = sum(total.claims_rejected, summary.claims_rejected);
    }
    if paths.len() > 1 {
        say_absent(args.format, &absent, out)?;
    }
    if args.format == Format::Html {
        out.text(&html_page_end(&summary_words(&total)))?;
    }
    if paths.len() > 1 && args.format == Format::Text {
        out.line(&format!("{} files: {}", paths.len(), summary_words(&total)))?;
    }
    Ok(match (unreadable, total.errors) {
        (true, _) => Exit::Failed,
        (false, 0) => Exit::Clean,
        (false, _) => Exit::Findings,
    })
}

/// Sets without an ISA are checked too. Nobody could be sent an acknowledgment of them.
fn limits() -> Limits {
    Limits { frame: FrameLimits { fragments: true, ..FrameLimits::default() }, ..Limits::default() }
}

/// Says which lists were not loaded: once for a run.
fn say_absent(format: Format, absent: &AbsentLists, out: &mut Output) -> Result<()> {
    match format {
        _ if absent.is_empty() => Ok(()),
        Format::Text => out.line(&absent.text()),
        Format::Json => absent
            .json()
            .map_err(|e| Failure::new("write JSON", e))?
            .iter()
            .try_for_each(|line| out.line(line)),
        Format::Html => out.text(&absent.html()),
        Format::Ack => Ok(()),
    }
}

/// Writes the acknowledgments of a file; gives how many of them reject anything.
fn acknowledge(
    source: &Source,
    registry: &Registry,
    policy: &Policy,
    claims: &ClaimPolicy,
    out: &mut Output,
) -> Result<u64> {
    let mut rejecting = 0;
    let mut deliver = |ack: Acknowledgment| {
        rejecting += u64::from(ack.rejects);
        print(ack, out)
    };
    let (kinds, folder) = ([AckKind::Ta1, AckKind::Functional], std::env::temp_dir());
    let mut acks = acknowledger(&kinds, 1, claims.options(now()), &folder, &mut deliver);
    source.check(registry, policy, Limits::default(), &mut acks, |_| ())?;
    Ok(rejecting)
}

fn summary_words(summary: &FileSummary) -> String {
    [
        counted(summary.interchanges, "interchange"),
        counted(summary.sets, "set"),
        counted(summary.errors, "error"),
        counted(summary.warnings, "warning"),
    ]
    .join(", ")
        + &claim_words(summary)
}

/// What is said of claims where they are rejected one by one.
fn claim_words(summary: &FileSummary) -> String {
    match (summary.claims, summary.claims_rejected) {
        (Some(claims), rejected) => {
            let rejected = grouped(rejected.unwrap_or(0));
            format!("; {}, {rejected} rejected", counted(claims, "claim"))
        }
        _ => String::new(),
    }
}

/// Shows the findings of one file as they come.
struct FileCheck<'a> {
    args: &'a Check,
    out: &'a mut Output,
    policy: &'a Policy,
    renderer: TextRenderer,
    tape: Tape,
    /// The rejected claims of the set that is being checked.
    rejected: Rejected,
    summary: FileSummary,
    found: u64,
    /// The lists that were asked for and are not loaded.
    absent: AbsentLists,
}

impl<'a> FileCheck<'a> {
    fn new(
        args: &'a Check,
        policy: &'a Policy,
        out: &'a mut Output,
        source: &Source,
    ) -> Result<Self> {
        if args.format == Format::Html {
            out.text(&html_file(&source.name))?;
        }
        Ok(FileCheck {
            args,
            out,
            policy,
            renderer: TextRenderer::new(output::style()),
            tape: Tape::default(),
            rejected: Rejected::new(args.format, args.show_values, args.max_findings, &source.name),
            summary: FileSummary { file: source.name.clone(), ..FileSummary::default() },
            found: 0,
            absent: AbsentLists::default(),
        })
    }

    fn take(&mut self, finding: &Finding, guide: Option<&Guide>, excerpt: &Excerpt) -> Result<()> {
        match finding.severity {
            Severity::Error => self.summary.errors += 1,
            Severity::Warning => self.summary.warnings += 1,
            Severity::Note => {}
        }
        self.found += 1;
        let most = self.args.max_findings;
        if most == 0 || self.found <= most {
            self.show(finding, guide, excerpt)?;
        }
        Ok(())
    }

    fn show(&mut self, finding: &Finding, guide: Option<&Guide>, excerpt: &Excerpt) -> Result<()> {
        self.tape.fill(&excerpt.text, excerpt.delimiters);
        let segment = (!self.tape.is_empty()).then(|| self.tape.segment(&excerpt.text, 0));
        let context = RenderContext {
            guide,
            segment,
            segment_offset: excerpt.offset,
            segment_position: excerpt.position,
            policy: Some(self.policy),
            show_values: self.args.show_values,
        };
        let file = &self.summary.file;
        match self.args.format {
            Format::Json => {
                let line = json_line(file, finding, &context)
                    .map_err(|e| Failure::new("write JSON", e))?;
                self.out.line(&line)
            }
            Format::Html => self.out.text(&html_finding(file, finding, &context)),
            Format::Text | Format::Ack => {
                self.out.line(&self.renderer.render(file, finding, &context))
            }
        }
    }

    /// Says which claims of a set are rejected; of a set that is rejected itself, only how many there are.
    fn claims_of(&mut self, tally: &ClaimTally, is_accepted: bool) -> Result<()> {
        let (accepted, rejected) = (u64::from(tally.accepted), u64::from(tally.rejected));
        *self.summary.claims.get_or_insert(0) += accepted + rejected;
        *self.summary.claims_rejected.get_or_insert(0) += rejected;
        if is_accepted {
            self.rejected.drain_to(&mut |text| self.out.bytes(text))
        } else {
            self.rejected.clear()
        }
    }

    /// Ends the output of the file, in which `absent` is said, if it is the place for it.
    fn finish(self, absent: Option<&AbsentLists>) -> Result<FileSummary> {
        if let Some(absent) = absent.filter(|_| self.args.format != Format::Text) {
            say_absent(self.args.format, absent, self.out)?;
        }
        if self.args.format == Format::Json {
            self.out.json(&self.summary)?;
            return Ok(self.summary);
        }
        let hidden = match self.args.max_findings {
            0 => 0,
            most => self.found.saturating_sub(most),
        };
        if self.args.format == Format::Html {
            let mut words = summary_words(&self.summary);
            if hidden > 0 {
                words.push_str(&format!("; {} not shown", counted(hidden, "finding")));
            }
            self.out.text(&html_file_end(&words))?;
            return Ok(self.summary);
        }
        if hidden > 0 {
            let more = counted(hidden, "more finding");
            self.out.line(&format!("{more}; use --max-findings 0 to show all\n"))?;
        }
        if let Some(absent) = absent {
            say_absent(self.args.format, absent, self.out)?;
        }
        let words = summary_words(&self.summary);
        self.out.line(&format!("{}: {words}", self.summary.file))?;
        Ok(self.summary)
    }
}

impl Sink for FileCheck<'_> {
    type Error = Failure;

    fn interchange(&mut self, _: &InterchangeHeader) -> Result<()> {
        self.summary.interchanges += 1;
        Ok(())
    }

    fn claims(&mut self, _: &Guide, events: Vec<ClaimEvent>) -> Result<()> {
        self.rejected.take(self.summary.sets + 1, &events)
    }

    fn set(&mut self, report: SetReport) -> Result<()> {
        self.summary.sets += 1;
        if self.policy.severity(Code::CodeSetAbsent, 5, Severity::Note).is_some() {
            self.absent.add(report.absent_lists());
        }
        for (finding, excerpt) in report.findings.iter().zip(&report.excerpts) {
            self.take(finding, report.guide.as_deref(), excerpt)?;
        }
        match &report.claims {
            Some(tally) => self.claims_of(tally, report.is_accepted()),
            None => Ok(()),
        }
    }

    fn envelope(&mut self, finding: &Finding, excerpt: &Excerpt) -> Result<()> {
        self.take(finding, None, excerpt)
    }
}

/// A bar on standard error, for long files, when standard error is a terminal.
fn progress_bar(source: &Source) -> ProgressBar {
    let length = source.length().unwrap_or(0);
    if length < PROGRESS_BYTES_MIN || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    let bar = ProgressBar::new(length);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
