//! `completions` and `man`: what packagers install beside the binary.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;

/// Print the completion script for a shell
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page
#[derive(Args, Debug)]
pub(super) struct Man {}

/// Runs `completions`.
pub(super) fn completions(args: &Completions, out: &mut Output) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "x12gate", &mut script);
    out.bytes(&script)?;
    Ok(Exit::Clean)
}

/// Runs `man`: the page of the command itself, then one of each subcommand.
pub(super) fn man(_: &Man, out: &mut Output) -> Result<Exit> {
    let mut command = super::Cli::command();
    command.build();
    let mut page = Vec::new();
    let mut pages = vec![command.clone().disable_help_subcommand(true)];
    pages.extend(command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned());
    for command in pages {
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|e| Failure::new("write the manual page", e))?;
    }
    out.bytes(&page)?;
    Ok(Exit::Clean)
}
