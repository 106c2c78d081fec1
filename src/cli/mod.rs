//! The command line: one file for each command. No EDI logic: commands call the library and show what it says.

mod access;
mod ack;
mod acks;
mod ask;
mod ask_claims;
mod ask_reviews;
mod at_store;
mod audit;
mod batches;
mod bench;
mod check;
mod claims;
mod codes;
mod convert;
mod demo;
mod directory;
mod enrollment;
mod envelope;
mod exchange;
mod exit;
mod explain;
mod failure;
mod family;
mod format;
mod generate;
mod generate_stored;
mod interchanges;
mod lists;
mod local_gateway;
mod login_keeper;
mod output;
mod partner;
mod process;
mod redact;
mod registration;
mod rejected;
mod repair;
mod reports;
mod reviews;
mod rewritten;
mod rules;
mod screen;
mod serve;
mod shell;
mod source;
mod specs;
mod specs_diff;
mod split;
mod store;
mod store_args;
mod table;
mod telemetry;
mod wording;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;
use failure::Failure;
use output::Output;

/// Checks, acknowledges and answers HIPAA X12 transactions.
///
/// Exit codes: 0 no errors, 1 findings, 2 the command could not run.
#[derive(Parser, Debug)]
#[command(name = "x12gate", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::Demo),
    Check(check::Check),
    Ack(ack::Ack),
    Explain(explain::Explain),
    Convert(convert::Convert),
    Split(split::Split),
    Format(format::Format),
    Repair(repair::Repair),
    Redact(redact::Redact),
    Ask(Box<ask::Ask>),
    Process(process::Process),
    Serve(serve::Serve),
    Store(store::Store),
    Claims(claims::Claims),
    Reviews(reviews::Reviews),
    Directory(directory::Directory),
    Interchanges(interchanges::Interchanges),
    Partner(partner::Partner),
    Access(access::Access),
    Audit(audit::Audit),
    Reports(reports::Reports),
    Bench(bench::Bench),
    Generate(generate::Generate),
    Specs(specs::Specs),
    Codes(codes::Codes),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// Parses the arguments, runs the command and gives the exit code.
pub(crate) fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version come this way too. A reader that has gone is nothing to report.
            let _ = said.print();
            return if said.use_stderr() { Exit::Failed } else { Exit::Clean }.into();
        }
    };
    let mut out = Output::stdout();
    let ended = run(&cli.command, &mut out).and_then(|exit| out.flush().map(|()| exit));
    match ended {
        Ok(exit) => exit,
        Err(Failure::ReaderGone) => Exit::Clean,
        Err(failure) => {
            eprintln!("x12gate: {failure}");
            Exit::Failed
        }
    }
    .into()
}

fn run(command: &Command, out: &mut Output) -> failure::Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(args, out),
        Command::Check(args) => check::run(args, out),
        Command::Ack(args) => ack::run(args, out),
        Command::Explain(args) => explain::run(args, out),
        Command::Convert(args) => convert::run(args, out),
        Command::Split(args) => split::run(args, out),
        Command::Format(args) => format::run(args, out),
        Command::Repair(args) => repair::run(args, out),
        Command::Redact(args) => redact::run(args, out),
        Command::Ask(args) => ask::run(args, out),
        Command::Process(args) => process::run(args, out),
        Command::Serve(args) => serve::run(args, out),
        Command::Store(args) => store::run(args, out),
        Command::Claims(args) => claims::run(args, out),
        Command::Reviews(args) => reviews::run(args, out),
        Command::Directory(args) => directory::run(args, out),
        Command::Interchanges(args) => interchanges::run(args, out),
        Command::Partner(args) => partner::run(args, out),
        Command::Access(args) => access::run(args, out),
        Command::Audit(args) => audit::run(args, out),
        Command::Reports(args) => reports::run(args, out),
        Command::Bench(args) => bench::run(args, out),
        Command::Generate(args) => generate::run(args, out),
        Command::Specs(args) => specs::run(args, out),
        Command::Codes(args) => codes::run(args, out),
        Command::Completions(args) => shell::completions(args, out),
        Command::Man(args) => shell::man(args, out),
    }
}
