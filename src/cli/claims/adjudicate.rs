//! `claims adjudicate`: the sandbox pays what waits.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::super::store::{configured, must_be_there};
use super::Claims;

#[derive(Args, Debug)]
pub(super) struct Adjudicate {
    /// Write the 835s to this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Runs `claims adjudicate`.
pub(super) fn run(args: &Claims, adjudicate: &Adjudicate, out: &mut Output) -> Result<Exit> {
    let _ = (&args.format, &adjudicate.output, out);
    let config = configured(args.config.as_deref(), args.store.as_deref())?;
    must_be_there(&config)?;
    let path = config.store.path.display();
    Err(Failure::Refused(format!(
        "the store {path} is not a sandbox; `store load --demo` makes one"
    )))
}
