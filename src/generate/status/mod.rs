//! The status of claims: requests (276), answers (277), acknowledgments of receipt (277CA), requests for documents (277).

mod answer;
mod asked;
mod documents;
mod receipt;
mod request;

pub(super) use answer::Answers;
pub(super) use documents::DocumentRequests;
pub(super) use receipt::Receipts;
pub(super) use request::Requests;

use super::people::{Family, PAYER};
use super::set_writer::{Result, SetWriter};
use super::text::{Short, numbered};

/// BHT and the payer's level, which it gives.
fn begin(
    writer: &mut SetWriter,
    codes: (&str, &str, &str),
    transaction: &str,
    contact: bool,
) -> Result<u32> {
    writer.beginning((codes.0, codes.1), transaction, codes.2)?;
    let source = writer.emitter.level(None, "20", true)?;
    writer.payer("PR", PAYER)?;
    if contact {
        writer
            .segment("PER")
            .text("IC")
            .text("PROVIDER SERVICES")
            .text("TE")
            .text("6175550100")
            .text("EM")
            .text("HELP@EXAMPLE.ORG")
            .end()?;
    }
    Ok(source)
}

/// BHT and the payer's level of an acknowledgment, with when the claims came and were looked at.
fn begin_receipt(writer: &mut SetWriter, transaction: &str) -> Result<u32> {
    let source = begin(writer, ("0085", "08", "TH"), transaction, false)?;
    writer.segment("TRN").text("1").text(transaction).end()?;
    writer.date("050", writer.ago(1))?;
    writer.date("009", writer.today)?;
    Ok(source)
}

/// The level of an information receiver.
fn receiver(writer: &mut SetWriter, source: u32, has_child: bool) -> Result<u32> {
    let level = writer.emitter.level(Some(source), "21", has_child)?;
    writer.organization("41", "SUBMITTER ONE", ("46", "SUBMITTER1"))?;
    Ok(level)
}

/// Subscriber and dependent levels of a 276 or 277; a 276 has birth dates.
fn patient(writer: &mut SetWriter, provider: u32, family: &Family, births: bool) -> Result {
    let subscriber = &family.subscriber;
    let level = writer.emitter.level(Some(provider), "22", family.dependent.is_some())?;
    if births && family.dependent.is_none() {
        writer.demographics(subscriber)?;
    }
    writer.member("IL", subscriber, ("MI", &subscriber.id()))?;
    let Some(dependent) = &family.dependent else { return Ok(()) };
    // The level of a dependent says nothing of levels below it.
    let number = writer.emitter.next_level();
    writer.segment("HL").number(u64::from(number)).number(u64::from(level)).text("23").end()?;
    if births {
        writer.demographics(dependent)?;
    }
    writer.member("QC", dependent, ("", ""))
}

/// The payer's number of a claim.
fn claim_number(index: u64) -> Short {
    numbered("2026", index, 9)
}

/// The patient's number of a claim.
fn account(index: u64) -> Short {
    numbered("PT", index + 1, 8)
}
