//! `claims export`: claims that wait, for the payer's core system. docs/core-system.md describes the files.
//!
//! As with the 835s of a sandbox, a file gets its name once the ledger knows that its claims were passed on.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::local_gateway::LocalGateway;
use super::super::output::Output;
use super::super::rules::registry;
use super::super::wording::counted;
use super::{Claims, Shape};
use x12gate::gateway::PassedForm;
use x12gate::store::Access;

/// The ending of a file that is not valid yet.
const PART: &str = ".part";

#[derive(Args, Debug)]
pub(super) struct Export {
    /// Write the files to this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The form of the files
    #[arg(long = "as", value_enum, default_value_t = Form::X12, value_name = "FORM")]
    form: Form,
    /// Address the 837s to this partner, the core system
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// 837 interchanges
    #[value(name = "837")]
    X12,
    /// JSON, a line for each claim
    Jsonl,
}

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Form::X12 => "837",
            Form::Jsonl => "jsonl",
        }
    }
}

/// A file that was written, as JSON.
#[derive(Serialize)]
struct Written<'w> {
    file: &'w str,
    claims: usize,
}

/// Runs `claims export`.
pub(super) fn run(args: &Claims, export: &Export, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let config = args.at.config()?;
    let registry = registry(None, config.codes_directory().map(PathBuf::as_path))?;
    let local = LocalGateway::open(config, registry, Access::Write)?;
    let folder = &export.output;
    fs::create_dir_all(folder)
        .map_err(|e| Failure::new(format!("create {}", folder.display()), e))?;
    finish(&local, folder)?;
    let form = match export.form {
        Form::X12 => PassedForm::X12,
        Form::Jsonl => PassedForm::JsonLines,
    };
    let (mut after, mut total, mut left): (Option<Box<str>>, u64, usize) = (None, 0, 0);
    loop {
        let next = local.gateway.pass_on(form, export.partner.as_deref(), after.as_deref());
        let next = local.runtime.block_on(next).map_err(|e| Failure::new("pass claims on", e))?;
        let Some(passed) = next else { break };
        let (name, first) = (passed.name.clone(), passed.first.clone());
        let part = folder.join(format!(".{name}.{}.{first}{PART}", export.form.ending()));
        write(&part, &passed.bytes)?;
        let claims = passed.claims;
        (after, total, left) =
            (Some(passed.after.clone()), total + claims as u64, left + passed.left);
        local
            .runtime
            .block_on(local.gateway.enter_passed(passed))
            .map_err(|e| Failure::new("enter what was passed on", e))?;
        let file = folder.join(format!("{name}.{}", export.form.ending()));
        rename(&part, &file)?;
        let file = file.display().to_string();
        match shape {
            Shape::Json => out.json(&Written { file: &file, claims })?,
            _ => out.line(&format!("{file}: {}", counted(claims as u64, "claim")))?,
        }
    }
    if shape == Shape::Text {
        out.line(&format!("{} passed on", counted(total, "claim")))?;
        if left > 0 {
            let claims = counted(left as u64, "claim");
            out.line(&format!("{claims} left, because their text cannot be read"))?;
        }
    }
    local.close();
    Ok(Exit::Clean)
}

/// Names the files that an interrupted run has left, or deletes those whose claims were not entered.
fn finish(local: &LocalGateway, folder: &Path) -> Result<()> {
    let failed = |e| Failure::new(format!("read {}", folder.display()), e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let inner = name.strip_prefix('.').and_then(|name| name.strip_suffix(PART));
        let mut parts = inner.unwrap_or("").splitn(3, '.');
        let (Some(name), Some(ending), Some(first)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let passed = local.runtime.block_on(local.gateway.is_passed(name, first));
        if passed.map_err(|e| Failure::new("read the ledger", e))? {
            rename(&path, &folder.join(format!("{name}.{ending}")))?;
        } else {
            fs::remove_file(&path)
                .map_err(|e| Failure::new(format!("delete {}", path.display()), e))?;
        }
    }
    Ok(())
}

/// Writes a file to the disk.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e| Failure::new(format!("write {}", path.display()), e);
    let mut file = File::create(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| Failure::new(format!("write {}", to.display()), e))
}
