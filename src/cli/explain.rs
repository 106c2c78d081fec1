//! `explain`: what a finding means, or what a file says.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use crate::finding::Code;

/// Explain a finding code (X12-2201, 2201, element-missing), or a file for people
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// A finding code, a file, or - for standard input
    #[arg(value_name = "CODE|FILE")]
    what: PathBuf,
}

/// Runs `explain`.
pub(super) fn run(args: &Explain, out: &mut Output) -> Result<Exit> {
    if let Some(code) = args.what.to_str().and_then(Code::find) {
        out.text(code.page())?;
        return Ok(Exit::Clean);
    }
    Err(Failure::Refused(format!("{} is not a finding code", args.what.display())))
}
