//! `ack`: the TA1 and 999 that answer a file, without a store and without answering what it asks.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use time::PrimitiveDateTime;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rules::{Rules, Ruling};
use super::source::Source;
use crate::check::{Excerpt, GroupHeader, GroupReport, InterchangeHeader, SetReport, Sink};
use crate::finding::Finding;
use crate::service::{Clock, SystemClock};
use crate::txn::ack::{AckOptions, FunctionalAck, GUIDE_999, InterchangeAck, write_ta1};
use crate::wire::{Delimiters, EmitError, Emitter, Party, Sheet};

/// Write the TA1 and 999 that answer a file, and nothing else
///
/// Exit code 1 when something was rejected.
#[derive(Args, Debug)]
pub(super) struct Ack {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write each acknowledgment to a file of its own in this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// How to say what was written
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "output")]
    format: Format,
    /// First control number (ISA13) of what is written
    #[arg(long, value_name = "NUMBER", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control: u32,
    #[command(flatten)]
    rules: Rules,
}

/// What was written, as JSON.
#[derive(Serialize)]
struct Written<'a> {
    kind: &'a str,
    control: u32,
    rejected: bool,
    file: String,
}

/// Runs `ack`.
pub(super) fn run(args: &Ack, out: &mut Output) -> Result<Exit> {
    let Ruling { registry, policy } = args.rules.load()?;
    let source = Source::open(&args.file)?;
    let mut acks = Acks::new(args.control, now());
    source.check(&registry, &policy, &mut acks, |_| ())?;
    let written = acks.finish()?;
    let mut exit = Exit::Clean;
    for ack in &written {
        if ack.rejects {
            exit = Exit::Findings;
        }
        match &args.output {
            None => {
                out.bytes(&ack.bytes)?;
                out.text("\n")?;
            }
            Some(folder) => {
                let path = folder.join(format!("{:09}.{}", ack.control, ack.kind));
                let fail = |e| Failure::new(format!("write {}", path.display()), e);
                std::fs::create_dir_all(folder).map_err(fail)?;
                std::fs::write(&path, &ack.bytes).map_err(fail)?;
                let file = path.display().to_string();
                if args.format == Format::Json {
                    let (kind, control, rejected) = (ack.kind, ack.control, ack.rejects);
                    out.json(&Written { kind, control, rejected, file })?;
                } else {
                    let verdict = if ack.rejects { "rejects" } else { "accepts" };
                    out.line(&format!("{file}: {} {verdict}", ack.kind.to_uppercase()))?;
                }
            }
        }
    }
    Ok(exit)
}

/// Now, as envelopes carry it.
pub(super) fn now() -> PrimitiveDateTime {
    let now = SystemClock.now();
    PrimitiveDateTime::new(now.date(), now.time())
}

/// One interchange with an acknowledgment in it.
pub(super) struct Acknowledgment {
    /// `ta1` or `999`.
    pub(super) kind: &'static str,
    /// Its ISA13.
    pub(super) control: u32,
    /// True when it rejects anything.
    pub(super) rejects: bool,
    /// ISA to IEA.
    pub(super) bytes: Vec<u8>,
}

/// Writes acknowledgments as an input is checked: for each interchange a TA1 where one is due, and a 999 for each of its
/// groups unless the whole interchange is rejected.
pub(super) struct Acks {
    control: u32,
    at: PrimitiveDateTime,
    written: Vec<Acknowledgment>,
    /// Groups of the running interchange.
    body: Emitter,
    groups: u32,
    rejects: bool,
    running: Option<(FunctionalAck, GroupHeader)>,
    sheet: Option<Sheet>,
    failure: Option<Failure>,
}

impl Acks {
    /// Nothing yet; the first acknowledgment gets this control number.
    pub(super) fn new(control: u32, at: PrimitiveDateTime) -> Self {
        Acks {
            control,
            at,
            written: Vec::new(),
            body: Emitter::new(Delimiters::STANDARD),
            groups: 0,
            rejects: false,
            running: None,
            sheet: None,
            failure: None,
        }
    }

    /// What was written.
    pub(super) fn finish(self) -> Result<Vec<Acknowledgment>> {
        match self.failure {
            None => Ok(self.written),
            Some(failure) => Err(failure),
        }
    }

    fn keep(&mut self, outcome: Result<()>) {
        if self.failure.is_none() {
            self.failure = outcome.err();
        }
    }

    fn begin_group(&mut self, group: &GroupHeader) -> Result<()> {
        let Some(sheet) = &self.sheet else { return Ok(()) };
        self.groups += 1;
        sheet.gs(&mut self.body, "FA", self.groups, GUIDE_999).map_err(fail)?;
        let control = format!("{:04}", self.groups);
        let ack = FunctionalAck::begin(&mut self.body, &control, group, AckOptions::default());
        self.running = Some((ack.map_err(fail)?, *group));
        Ok(())
    }

    fn end_group(&mut self, report: &GroupReport) -> Result<()> {
        let (Some(sheet), Some((ack, _))) = (&self.sheet, self.running.take()) else {
            return Ok(());
        };
        self.rejects |= report.disposition() != "A" && report.disposition() != "E";
        ack.end(&mut self.body, report).map_err(fail)?;
        sheet.ge(&mut self.body, self.groups, 1).map_err(fail)
    }

    fn end_interchange(
        &mut self,
        header: &InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<()> {
        let body = self.body.take();
        let groups = std::mem::take(&mut self.groups);
        let Some(sheet) = self.sheet.take() else { return Ok(()) };
        let ack = match rejection {
            Some(note) => Some(InterchangeAck::Rejected(note)),
            None => header.wants_ta1.then_some(InterchangeAck::Accepted),
        };
        if let Some(ack) = ack {
            let mut out = Emitter::new(Delimiters::STANDARD);
            let sheet = self.numbered(&sheet);
            sheet.isa(&mut out).map_err(fail)?;
            write_ta1(&mut out, header, ack).map_err(fail)?;
            sheet.iea(&mut out, 0).map_err(fail)?;
            self.push("ta1", &sheet, rejection.is_some(), out.into_bytes());
        }
        if rejection.is_none() && groups > 0 {
            let mut out = Emitter::new(Delimiters::STANDARD);
            let sheet = self.numbered(&sheet);
            sheet.isa(&mut out).map_err(fail)?;
            out.raw(&body);
            sheet.iea(&mut out, groups).map_err(fail)?;
            let rejects = self.rejects;
            self.push("999", &sheet, rejects, out.into_bytes());
        }
        Ok(())
    }

    fn numbered(&mut self, sheet: &Sheet) -> Sheet {
        let control = self.control;
        self.control = control % 999_999_999 + 1;
        Sheet { control, ..sheet.clone() }
    }

    fn push(&mut self, kind: &'static str, sheet: &Sheet, rejects: bool, bytes: Vec<u8>) {
        self.written.push(Acknowledgment { kind, control: sheet.control, rejects, bytes });
    }
}

impl Sink for Acks {
    fn interchange(&mut self, header: &InterchangeHeader) {
        let party = |qualifier: &str, id: &str| Party {
            qualifier: if qualifier.len() == 2 { qualifier } else { "ZZ" }.to_owned(),
            id: if id.is_empty() { "?" } else { id }.to_owned(),
        };
        self.rejects = false;
        self.running = None;
        self.sheet = Some(Sheet {
            // Sender and receiver change places.
            from: party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
            to: party(header.sender_qualifier.as_str(), header.sender.as_str()),
            control: 0,
            production: !header.is_test,
            at: self.at,
        });
    }

    fn group(&mut self, header: &GroupHeader) {
        // An acknowledgment is never acknowledged.
        if header.functional.as_str() != "FA" {
            let outcome = self.begin_group(header);
            self.keep(outcome);
        }
    }

    fn set(&mut self, report: SetReport) {
        if let Some((ack, _)) = &self.running {
            let outcome = ack.set(&mut self.body, &report).map_err(fail);
            self.keep(outcome);
        }
    }

    fn group_end(&mut self, report: &GroupReport) {
        let outcome = self.end_group(report);
        self.keep(outcome);
    }

    fn envelope(&mut self, _: &Finding, _: &Excerpt) {}

    fn interchange_end(&mut self, header: &InterchangeHeader, rejection: Option<&'static str>) {
        let outcome = self.end_interchange(header, rejection);
        self.keep(outcome);
    }
}

fn fail(error: EmitError) -> Failure {
    Failure::new("write an acknowledgment", error)
}
