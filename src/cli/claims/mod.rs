//! `claims`: the claim ledger from the command line, a file for each action.

mod adjudicate;
mod adjust;
mod attachments;
mod decide;
mod dispute;
mod export;
mod ledger;
mod request;
mod search;
mod send;
mod show;

use clap::{Args, Subcommand, ValueEnum};

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::store_args::StoreArgs;

/// Search, show and correct claims, dispute decisions, and pay the claims of a sandbox
#[derive(Args, Debug)]
pub(super) struct Claims {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: StoreArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Shape::Text, global = true)]
    format: Shape,
}

/// How an action says what it found.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    /// Tables
    Text,
    /// One JSON object per line
    Json,
    /// Comma-separated values, of a search
    Csv,
}

impl Claims {
    /// The format of an action that writes no CSV.
    fn plain_shape(&self) -> Result<Shape> {
        match self.format {
            Shape::Csv => Err(Failure::Refused("only a search can be written as CSV".to_owned())),
            shape => Ok(shape),
        }
    }
}

#[derive(Subcommand, Debug)]
enum What {
    /// Search the claims, as on the pages of a portal
    ///
    /// Words are searched in numbers, dates, months, amounts, checks, accounts, names, member IDs, statuses and procedures. Without
    /// --output a page is shown; the last line says how many there are.
    Search(search::Search),
    /// Show a claim: its lines, versions, history, disputes and attachments, and whether it may be adjusted
    Show(show::Show),
    /// Replace or void a claim: sends an 837 made from the stored claim, and shows the 999 and 277CA
    ///
    /// Exit code 1 if it was refused.
    Adjust(adjust::Adjust),
    /// Return funds: replaces a claim by one without some lines, or voids it, and records the refund
    ///
    /// Exit code 1 if it was refused.
    Return(adjust::Return),
    /// Dispute the decision on a claim: sends a 275 with a document
    ///
    /// Exit code 1 if it was refused.
    Dispute(dispute::Dispute),
    /// Decide a dispute
    Decide(decide::Decide),
    /// Ask the provider for documents: writes a 277 for the partner who sent the claim
    Request(request::Request),
    /// List the documents of a claim, or those that no claim announces
    Attachments(attachments::Attachments),
    /// Keep a document from a file as if it had come in a 275
    Attach(attachments::Attach),
    /// Pass claims that wait on to the payer's core system, each once
    ///
    /// What comes back is an 835; docs/core-system.md describes both.
    Export(export::Export),
    /// Decide the claims of a sandbox that wait, and write an 835 for each payee
    ///
    /// Only a store that was filled by `store load --demo` is a sandbox.
    Adjudicate(adjudicate::Adjudicate),
    /// Write 835s of a sandbox again: those of a claim, or the one with a check number
    Remit(adjudicate::Remit),
}

/// Runs `claims`.
pub(super) fn run(args: &Claims, out: &mut Output) -> Result<Exit> {
    match &args.what {
        What::Search(search) => search::run(args, search, out),
        What::Show(show) => show::run(args, show, out),
        What::Adjust(adjust) => adjust::run(args, adjust, out),
        What::Return(asked) => adjust::give_back(args, asked, out),
        What::Dispute(dispute) => dispute::run(args, dispute, out),
        What::Decide(decide) => decide::run(args, decide, out),
        What::Request(request) => request::run(args, request, out),
        What::Attachments(asked) => attachments::run(args, asked, out),
        What::Attach(attach) => attachments::attach(args, attach, out),
        What::Export(export) => export::run(args, export, out),
        What::Adjudicate(adjudicate) => adjudicate::run(args, adjudicate, out),
        What::Remit(remit) => adjudicate::remit(args, remit, out),
    }
}
