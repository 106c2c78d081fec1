//! `claims dispute`: disputes a decision by a 275 with a document.

use std::path::PathBuf;

use clap::Args;

use super::super::ack::now;
use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::ledger::{Ledger, today, version};
use super::send::{Sending, exit, number_of_the_day};
use super::{Claims, Shape, attachments};
use x12gate::answer::attachment::{disputable, open_dispute};
use x12gate::portal::claims::DisputeForm;
use x12gate::store::Access;
use x12gate::txn::claim::Claim;
use x12gate::wire::value::d8_text;

#[derive(Args, Debug)]
pub(super) struct Dispute {
    /// Number of the claim, of its latest version
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Why the decision is disputed
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// A document that supports it; may be repeated
    #[arg(long, value_name = "DOCUMENT", required = true)]
    file: Vec<PathBuf>,
    /// What the documents are, a claim status code (list 508); 294 is supporting documentation
    #[arg(long = "type", value_name = "CODE", default_value = "294")]
    kind: String,
    #[command(flatten)]
    sending: Sending,
}

/// Runs `claims dispute`.
pub(super) fn run(args: &Claims, dispute: &Dispute, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Read)?;
    let request = request(&ledger, dispute)?;
    ledger.close();
    let replies =
        dispute.sending.send(args, &request, &format!("dispute-{}", dispute.number), out)?;
    let taken = replies.as_ref().is_some_and(|replies| !replies.has_rejections());
    if taken && shape == Shape::Text {
        let ledger = Ledger::open(args, Access::Read)?;
        let history = ledger.history(&dispute.number)?;
        if let Some(open) = open_dispute(&history, &dispute.number) {
            out.line(&format!("dispute {} is open", open.number))?;
        }
        ledger.close();
    }
    Ok(exit(replies.as_ref()))
}

fn request(ledger: &Ledger, dispute: &Dispute) -> Result<Vec<u8>> {
    let refused =
        |why: &dyn std::fmt::Display| Failure::Refused(format!("claim {}: {why}", dispute.number));
    let history = ledger.history(&dispute.number)?;
    let disputed = version(&history, &dispute.number)?;
    let policy = &ledger.config.attachments;
    disputable(disputed, &history, policy, today()).map_err(|why| refused(&why))?;
    let claim = Claim::read(&disputed.text).ok_or_else(|| refused(&"its text cannot be read"))?;
    let bytes_max = ledger.config.limits.binary_bytes_max as u64;
    let documents = dispute.file.iter().map(|file| attachments::read(file, bytes_max));
    let at = now();
    let number = number_of_the_day(at);
    let form = DisputeForm {
        reason: dispute.reason.clone(),
        documents: documents.collect::<Result<_>>()?,
        category: policy.dispute_category.clone(),
        code: dispute.kind.clone(),
        reference: format!("DS{}{number:08}", d8_text(at.date()).as_str()),
    };
    let envelope = dispute.sending.mailboxes.envelope(at);
    let control = dispute.sending.mailboxes.control(number);
    form.interchange(disputed, &claim, &envelope, control)
        .map_err(|e| Failure::new("write the dispute", e))
}
