//! `ack`: the TA1, 999 and 277CA that answer a file, without a store and without answering what it asks.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use time::PrimitiveDateTime;

use super::acks::{AckKind, Acknowledgment, acknowledger};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rules::{Rules, Ruling};
use super::source::Source;
use super::wording::counted;
use x12gate::check::Limits;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::txn::drain_to;

/// Write only the TA1, 999 and 277CA that acknowledge a file
///
/// Each accepted 837 is acknowledged claim by claim with a 277CA; with --unit claim, a bad claim does not reject the others.
/// Exit code 1 if anything was rejected, or the file contains no interchange.
#[derive(Args, Debug)]
pub(super) struct Ack {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write each acknowledgment to its own file in this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "output")]
    format: Format,
    /// First control number (ISA13) to use
    #[arg(long, value_name = "NUMBER", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control: u32,
    /// Write only these kinds
    #[arg(long, value_name = "KIND", value_enum, value_delimiter = ',')]
    only: Vec<AckKind>,
    #[command(flatten)]
    rules: Rules,
}

/// What was written, as JSON.
#[derive(Serialize)]
struct Written<'a> {
    kind: &'a str,
    control: u32,
    rejected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims_accepted: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims_rejected: Option<u32>,
    file: String,
}

/// Runs `ack`.
pub(super) fn run(args: &Ack, out: &mut Output) -> Result<Exit> {
    let Ruling { registry, policy, claims } = args.rules.load()?;
    let source = Source::open(&args.file)?;
    let spools = match &args.output {
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .map_err(|e| Failure::new(format!("write to {}", folder.display()), e))?;
            folder.clone()
        }
        None => std::env::temp_dir(),
    };
    let kinds = if args.only.is_empty() { &AckKind::ALL[..] } else { &args.only };
    let mut exit = Exit::Clean;
    let mut deliver = |ack: Acknowledgment| {
        if ack.rejects {
            exit = Exit::Findings;
        }
        match &args.output {
            None => print(ack, out),
            Some(folder) => keep(ack, folder, args.format, out),
        }
    };
    let mut acks = acknowledger(kinds, args.control, claims.options(now()), &spools, &mut deliver);
    source.check(&registry, &policy, Limits::default(), &mut acks, |_| ())?;
    if acks.is_empty() {
        exit = Exit::Findings;
        let file = args.file.display();
        eprintln!(
            "x12gate: {file} contains no interchange, so there is nothing to acknowledge; see `x12gate check`"
        );
    }
    Ok(exit)
}

/// Writes an acknowledgment to the output.
pub(super) fn print(mut ack: Acknowledgment, out: &mut Output) -> Result<()> {
    let unreadable = |e| Failure::new("write an acknowledgment", e);
    drain_to(&mut ack.text, unreadable, |bytes| out.bytes(bytes))?;
    out.text("\n")
}

/// Writes an acknowledgment to a file of its own, and says so.
fn keep(mut ack: Acknowledgment, folder: &Path, format: Format, out: &mut Output) -> Result<()> {
    let kind = ack.kind.name;
    let path = folder.join(format!("{:09}.{kind}", ack.control));
    let fail = |e| Failure::new(format!("write {}", path.display()), e);
    let mut to = BufWriter::new(File::create(&path).map_err(fail)?);
    drain_to(&mut ack.text, fail, |bytes| to.write_all(bytes).map_err(fail))?;
    to.flush().map_err(fail)?;
    let file = path.display().to_string();
    if format == Format::Json {
        return out.json(&Written {
            kind,
            control: ack.control,
            rejected: ack.rejects,
            claims_accepted: ack.claims.map(|(accepted, _)| accepted),
            claims_rejected: ack.claims.map(|(_, rejected)| rejected),
            file,
        });
    }
    let verdict = match (ack.claims, ack.rejects) {
        (Some((accepted, rejected)), _) => {
            let (accepted, rejected) = (u64::from(accepted), u64::from(rejected));
            format!("accepts {}, rejects {rejected}", counted(accepted, "claim"))
        }
        (None, true) => "rejects".to_owned(),
        (None, false) => "accepts".to_owned(),
    };
    out.line(&format!("{file}: {} {verdict}", kind.to_uppercase()))
}

/// Now, as envelopes carry it.
pub(super) fn now() -> PrimitiveDateTime {
    let now = SystemClock.now();
    PrimitiveDateTime::new(now.date(), now.time())
}
