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

use super::cast::{Family, PAYER};
use super::pen::{Pen, Written};
use super::text::{Short, numbered};
use crate::wire::EmitError;

/// BHT and the payer's level, which it gives.
fn begin(
    pen: &mut Pen,
    codes: (&str, &str, &str),
    transaction: &str,
    contact: bool,
) -> Result<u32, EmitError> {
    pen.beginning((codes.0, codes.1), transaction, codes.2)?;
    let source = pen.out.level(None, "20", true)?;
    pen.payer("PR", PAYER)?;
    if contact {
        pen.segment("PER")
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
fn begin_receipt(pen: &mut Pen, transaction: &str) -> Result<u32, EmitError> {
    let source = begin(pen, ("0085", "08", "TH"), transaction, false)?;
    pen.segment("TRN").text("1").text(transaction).end()?;
    pen.date("050", pen.ago(1))?;
    pen.date("009", pen.today)?;
    Ok(source)
}

/// The level of an information receiver.
fn receiver(pen: &mut Pen, source: u32, has_child: bool) -> Result<u32, EmitError> {
    let level = pen.out.level(Some(source), "21", has_child)?;
    pen.organization("41", "SUBMITTER ONE", ("46", "SUBMITTER1"))?;
    Ok(level)
}

/// Subscriber and dependent levels of a 276 or 277; a 276 has birth dates.
fn patient(pen: &mut Pen, provider: u32, family: &Family, births: bool) -> Written {
    let subscriber = &family.subscriber;
    let level = pen.out.level(Some(provider), "22", family.dependent.is_some())?;
    if births && family.dependent.is_none() {
        pen.demographics(subscriber)?;
    }
    pen.member("IL", subscriber, ("MI", &subscriber.id()))?;
    let Some(dependent) = &family.dependent else { return Ok(()) };
    // The level of a dependent says nothing of levels below it.
    let number = pen.out.next_level();
    pen.segment("HL").number(u64::from(number)).number(u64::from(level)).text("23").end()?;
    if births {
        pen.demographics(dependent)?;
    }
    pen.member("QC", dependent, ("", ""))
}

/// The payer's number of a claim.
fn claim_number(index: u64) -> Short {
    numbered("2026", index, 9)
}

/// The patient's number of a claim.
fn account(index: u64) -> Short {
    numbered("PT", index + 1, 8)
}
