//! `claims decide`: how a dispute ends.

use clap::Args;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::ledger::{Ledger, today};
use super::{Claims, Shape};
use x12gate::answer::attachment::{DisputeRefusal, decide};
use x12gate::portal::claims::DisputeRow;
use x12gate::store::{Access, DisputeState, LedgerEntry};

#[derive(Args, Debug)]
pub(super) struct Decide {
    /// Number of the dispute
    #[arg(value_name = "DISPUTE")]
    dispute: String,
    #[command(flatten)]
    outcome: Outcome,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Outcome {
    /// The decision on the claim stands
    #[arg(long)]
    upheld: bool,
    /// The decision on the claim is changed: the claim waits for a new one
    #[arg(long)]
    overturned: bool,
    /// The provider withdrew the dispute
    #[arg(long)]
    withdrawn: bool,
}

/// Runs `claims decide`.
pub(super) fn run(args: &Claims, asked: &Decide, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Write)?;
    let state = match &asked.outcome {
        Outcome { overturned: true, .. } => DisputeState::Overturned,
        Outcome { withdrawn: true, .. } => DisputeState::Withdrawn,
        Outcome { .. } => DisputeState::Upheld,
    };
    let refused =
        |why: DisputeRefusal| Failure::Refused(format!("dispute {}: {why}", asked.dispute));
    // The number of a dispute is that of its claim and a count.
    let claim = asked.dispute.rsplit_once("-D").map(|(claim, _)| claim);
    let claim = claim.ok_or_else(|| refused(DisputeRefusal::Unknown))?;
    let history = ledger.history(claim).map_err(|_| refused(DisputeRefusal::Unknown))?;
    let entries = decide(&history, &asked.dispute, state, &ledger.config.attachments, today())
        .map_err(refused)?;
    let closed = entries.iter().find_map(|entry| match entry {
        LedgerEntry::Dispute(closed) => Some(DisputeRow::new(closed)),
        _ => None,
    });
    ledger.enter(entries)?;
    ledger.close();
    match (shape, closed) {
        (Shape::Json, Some(closed)) => out.json(&closed)?,
        (_, Some(closed)) => {
            out.line(&format!(
                "dispute {} of claim {}: {}",
                closed.dispute, closed.number, closed.state
            ))?;
        }
        _ => {}
    }
    Ok(Exit::Clean)
}
