//! `claims`: the claim ledger from the command line, a file for each action.

mod adjudicate;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::failure::Result;
use super::output::{Format, Output};

/// Pay the claims of a sandbox
#[derive(Args, Debug)]
pub(super) struct Claims {
    #[command(subcommand)]
    what: What,
    /// The store, instead of the one the settings name
    #[arg(long, value_name = "PATH", env = "X12GATE_STORE", hide_env_values = true, global = true)]
    store: Option<PathBuf>,
    /// Settings; the defaults of config/server.toml without it
    #[arg(
        long,
        value_name = "FILE",
        env = "X12GATE_CONFIG",
        hide_env_values = true,
        global = true
    )]
    config: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Decide the claims of a sandbox that wait, and write an 835 for each payee
    ///
    /// Only a store that was filled by `store load --demo` is a sandbox.
    Adjudicate(adjudicate::Adjudicate),
}

/// Runs `claims`.
pub(super) fn run(args: &Claims, out: &mut Output) -> Result<Exit> {
    match &args.what {
        What::Adjudicate(adjudicate) => adjudicate::run(args, adjudicate, out),
    }
}
