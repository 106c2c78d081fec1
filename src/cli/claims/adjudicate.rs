//! `claims adjudicate`: the sandbox pays what waits. `claims remit`: its 835s again.
//!
//! A file is written under another name before what it says is entered, and gets its own afterwards. So a run that was
//! interrupted leaves no 835 that the ledger does not know, and the next run into the same folder gives those a name that it does.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::local_gateway::LocalGateway;
use super::super::output::Output;
use super::super::rules::registry;
use super::super::wording::counted;
use super::{Claims, Shape};
use x12gate::answer::sandbox::{self, Rules};
use x12gate::gateway::OutboundRemittance;
use x12gate::store::Access;

/// The ending of a file that is not valid yet.
const PART: &str = ".835.part";

#[derive(Args, Debug)]
pub(super) struct Adjudicate {
    /// Write the 835s to this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Remit {
    /// A claim number, or the number of a check, transfer or advice
    #[arg(value_name = "NUMBER|CHECK")]
    number: String,
    /// Write the 835s to this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// An 835 that was written, as JSON.
#[derive(Serialize)]
struct Written<'w> {
    file: String,
    trace: &'w str,
    partner: &'w str,
    payee: &'w str,
    amount: String,
    claims: usize,
}

/// What was done, as JSON.
#[derive(Serialize, Default)]
struct Done {
    decided: usize,
    pended: usize,
    voided: usize,
    left: usize,
    remittances: usize,
}

/// A store that is a sandbox, open.
struct Sandbox {
    local: LocalGateway,
    rules: Rules,
}

impl Sandbox {
    fn open(args: &Claims) -> Result<Sandbox> {
        let config = args.at.config()?;
        let path = config.store.path.display().to_string();
        let registry = registry(None, config.codes_directory().map(PathBuf::as_path))?;
        let local = LocalGateway::open(config, registry, Access::Write)?;
        let found = local.runtime.block_on(sandbox::rules(local.gateway.stores()));
        match found.map_err(|e| Failure::new("use the sandbox", e))? {
            Some(rules) => Ok(Sandbox { local, rules }),
            None => {
                local.close();
                let words = "is not a sandbox; only `x12gate store load --demo` makes one";
                Err(Failure::Refused(format!("the store {path} {words}")))
            }
        }
    }
}

/// Runs `claims adjudicate`.
pub(super) fn run(args: &Claims, adjudicate: &Adjudicate, out: &mut Output) -> Result<Exit> {
    let format = args.plain_shape()?;
    let sandbox = Sandbox::open(args)?;
    let _lock = lock(&sandbox)?;
    let folder = &adjudicate.output;
    create(folder)?;
    finish(&sandbox, folder, format, out)?;
    let Sandbox { local, rules } = &sandbox;
    let (mut after, mut done) = (None, Done::default());
    loop {
        let run = local.gateway.adjudicate(rules, after.as_deref());
        let run = local.runtime.block_on(run).map_err(|e| Failure::new("adjudicate claims", e))?;
        done.decided += run.decided;
        done.pended += run.pended;
        done.voided += run.voided;
        done.left += run.left;
        done.remittances += run.remittances.len();
        after = run.after.clone();
        let mut names = Vec::with_capacity(run.remittances.len());
        for remittance in &run.remittances {
            write(&part(folder, &remittance.trace), &remittance.bytes)?;
            names.push(remittance.trace.clone());
        }
        let said: Vec<Written<'_>> =
            run.remittances.iter().map(|remittance| written(folder, remittance)).collect();
        let said: Vec<serde_json::Value> =
            said.iter().filter_map(|written| serde_json::to_value(written).ok()).collect();
        local
            .runtime
            .block_on(local.gateway.enter(run))
            .map_err(|e| Failure::new("enter what was decided", e))?;
        for trace in names {
            publish(folder, &trace)?;
        }
        for written in said {
            say(&written, format, out)?;
        }
        if after.is_none() {
            break;
        }
    }
    match format {
        Shape::Json => out.json(&done)?,
        _ => out.line(&summary(&done))?,
    }
    sandbox.local.close();
    Ok(Exit::Clean)
}

/// Runs `claims remit`.
pub(super) fn remit(args: &Claims, remit: &Remit, out: &mut Output) -> Result<Exit> {
    let format = args.plain_shape()?;
    let sandbox = Sandbox::open(args)?;
    let Sandbox { local, rules } = &sandbox;
    let again = local.gateway.remittances_again(rules, &remit.number);
    let again = local.runtime.block_on(again).map_err(|e| Failure::new("find the 835", e))?;
    if again.is_empty() {
        sandbox.local.close();
        let words = "there is no 835 of the sandbox with this number, or for a claim with it";
        return Err(Failure::Refused(words.to_owned()));
    }
    create(&remit.output)?;
    for remittance in &again {
        write(&part(&remit.output, &remittance.trace), &remittance.bytes)?;
        publish(&remit.output, &remittance.trace)?;
        let written = serde_json::to_value(written(&remit.output, remittance));
        say(&written.map_err(|e| Failure::new("write JSON", e))?, format, out)?;
    }
    sandbox.local.close();
    Ok(Exit::Clean)
}

/// One adjudication at a time: two would pay the same claims.
fn lock(sandbox: &Sandbox) -> Result<File> {
    let mut name = sandbox.local.gateway.config().store.path.as_os_str().to_owned();
    name.push(".adjudicate");
    let path = PathBuf::from(name);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|e| Failure::new(format!("open {}", path.display()), e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Failure::Refused("the sandbox is adjudicating claims already".to_owned()))
        }
        Err(fs::TryLockError::Error(e)) => Err(Failure::new(format!("lock {}", path.display()), e)),
    }
}

/// Names the files that an interrupted run has left, or deletes those whose payments were not entered.
fn finish(sandbox: &Sandbox, folder: &Path, format: Shape, out: &mut Output) -> Result<()> {
    let failed = |e| Failure::new(format!("read {}", folder.display()), e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let trace = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(PART));
        let Some(trace) = trace else { continue };
        let Sandbox { local, rules } = sandbox;
        let entered = local.runtime.block_on(local.gateway.is_entered(rules, trace));
        if entered.map_err(|e| Failure::new("read the ledger", e))? {
            publish(folder, trace)?;
            if format == Shape::Text {
                out.line(&format!("{}: from an interrupted run", named(folder, trace).display()))?;
            }
        } else {
            let path = entry.path();
            fs::remove_file(&path)
                .map_err(|e| Failure::new(format!("delete {}", path.display()), e))?;
        }
    }
    Ok(())
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Failure::new(format!("create {}", folder.display()), e))
}

fn part(folder: &Path, trace: &str) -> PathBuf {
    folder.join(format!(".{trace}{PART}"))
}

fn named(folder: &Path, trace: &str) -> PathBuf {
    folder.join(format!("{trace}.835"))
}

/// Writes a file to the disk.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e| Failure::new(format!("write {}", path.display()), e);
    let mut file = File::create(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Gives a file its name.
fn publish(folder: &Path, trace: &str) -> Result<()> {
    let path = named(folder, trace);
    fs::rename(part(folder, trace), &path)
        .map_err(|e| Failure::new(format!("write {}", path.display()), e))
}

fn written<'w>(folder: &Path, remittance: &'w OutboundRemittance) -> Written<'w> {
    Written {
        file: named(folder, &remittance.trace).display().to_string(),
        trace: &remittance.trace,
        partner: &remittance.partner,
        payee: &remittance.payee,
        amount: format!("{:.2}", remittance.amount),
        claims: remittance.claims,
    }
}

fn say(written: &serde_json::Value, format: Shape, out: &mut Output) -> Result<()> {
    match format {
        Shape::Json => out.json(written),
        _ => {
            let text = |key: &str| written[key].as_str().unwrap_or("").to_owned();
            let claims = counted(written["claims"].as_u64().unwrap_or(0), "claim");
            let (file, amount, payee) = (text("file"), text("amount"), text("payee"));
            out.line(&format!("{file}: {claims}, {amount} to {payee}"))
        }
    }
}

fn summary(done: &Done) -> String {
    let decided = counted(done.decided as u64, "claim");
    let mut text = format!("{decided} decided");
    for (count, what) in [
        (done.pended, "pended"),
        (done.voided, "voided before a decision"),
        (done.left, "left, because the claim cannot be read or does not add up"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}
