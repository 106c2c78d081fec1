//! `redact`: a file that can be shared, because nobody in it can be identified.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rewritten::Rewritten;
use super::rules::registry;
use super::source::Source;
use super::wording::counted;
use x12gate::rewrite::{Redacted, Redactor, Secret};

/// Replace names, ids, dates, addresses, numbers, amounts and texts, so that a file can be shared
///
/// Each value is replaced by one of the same form: ids by other ids, NPIs by NPIs with a valid check digit, dates by dates that
/// are a constant number of weeks earlier, amounts by a constant multiple, so that balances hold. Codes, counts and control
/// numbers stay; what is not known to be harmless is replaced, and what is no segment is left out. The same seed gives the same
/// replacements in every file: a claim and its payment still have the same account number. Exit code 1 if something was
/// left out, or an amount became too long.
///
/// Keep the seed secret: with it, replacements can be undone. A guessable seed is no secret. Amounts are only multiplied by a
/// small number, and all dates move alike: whoever knows one of them can work out the others.
#[derive(Args, Debug)]
pub(super) struct Redact {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Secret text that the replacements depend on; default: a random one for this file alone
    #[arg(long, value_name = "TEXT", env = "X12GATE_REDACT_SEED", hide_env_values = true)]
    seed: Option<String>,
    /// Folder of your own code lists; codes of lists that are not loaded are kept by their form
    #[arg(long, value_name = "DIR")]
    codes: Option<PathBuf>,
    /// Output file, replaced when all is written; default: standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Form of the report, which goes to standard output beside a file and to standard error otherwise
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The report, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    #[serde(flatten)]
    redacted: Redacted,
}

/// Runs `redact`.
pub(super) fn run(args: &Redact, out: &mut Output) -> Result<Exit> {
    if args.seed.as_deref() == Some("") {
        return Err(Failure::Refused("the seed is empty".into()));
    }
    let source = Source::open(&args.file)?;
    let registry = registry(None, args.codes.as_deref())?;
    let seed = match &args.seed {
        Some(seed) => seed.clone(),
        None => random()?,
    };
    let mut redactor = Redactor::new(&registry, Secret::new(&seed));
    let mut to = Rewritten::begin(args.output.as_deref(), out)?;
    let mut made = Vec::new();
    source.windows(|buffer, end| {
        let done = redactor.feed(buffer, end, &mut made);
        to.x12(&made)?;
        made.clear();
        Ok(done)
    })?;
    to.end()?;
    let redacted = redactor.redacted();
    to.report(&match args.format {
        Format::Json => serde_json::to_string(&Report { file: &source.name, redacted })
            .map_err(|e| Failure::new("write JSON", e))?,
        Format::Text => words(&source.name, &redacted),
    })?;
    let is_odd = redacted.bytes_left_out > 0 || redacted.amounts_too_long > 0;
    Ok(if is_odd { Exit::Findings } else { Exit::Clean })
}

fn words(file: &str, redacted: &Redacted) -> String {
    let mut parts = vec![
        format!("{} replaced", counted(redacted.texts, "text")),
        format!("{} moved", counted(redacted.dates, "date")),
        format!("{} multiplied", counted(redacted.amounts, "amount")),
    ];
    if redacted.binary > 0 {
        parts.push(format!("{} blanked", counted(redacted.binary, "document")));
    }
    if redacted.amounts_too_long > 0 {
        let amounts = counted(redacted.amounts_too_long, "amount");
        parts.push(format!("{amounts} longer than allowed"));
    }
    if redacted.bytes_left_out > 0 {
        let bytes = counted(redacted.bytes_left_out, "byte");
        parts.push(format!("{bytes} left out that belong to no segment"));
    }
    format!("{file}: {}", parts.join(", "))
}

/// A seed that nobody knows.
fn random() -> Result<String> {
    let bytes: [u8; 32] = ring::rand::generate(&ring::rand::SystemRandom::new())
        .map_err(|_| Failure::Refused("the system gives no random numbers".into()))?
        .expose();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
