//! `claims adjust` and `claims return`: replaces or voids a claim by an 837 made from the stored one.

use clap::Args;
use rust_decimal::Decimal;

use super::super::ack::now;
use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::ledger::{Ledger, today, version};
use super::send::{Sending, exit, number_of_the_day};
use super::{Claims, Shape};
use x12gate::portal::claims::{Correction, LineChange, claim_interchange};
use x12gate::store::{Access, ClaimVersion, LedgerEntry, Refund, RefundMethod};
use x12gate::txn::claim::Claim;

#[derive(Args, Debug)]
pub(super) struct Adjust {
    /// Number of the claim, of its latest version
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Void the claim (frequency 8) instead of replacing it (frequency 7)
    #[arg(long, conflicts_with_all = ["charge", "line", "drop_line", "diagnosis", "note", "attach"])]
    void: bool,
    /// Charge of the line named by --line, or of the claim
    #[arg(long, value_name = "AMOUNT")]
    charge: Option<Decimal>,
    /// The line that --charge, --units, --procedure and --modifier change
    #[arg(long, value_name = "N")]
    line: Option<u32>,
    /// Units of the line
    #[arg(long, value_name = "UNITS", requires = "line")]
    units: Option<Decimal>,
    /// Procedure code of the line
    #[arg(long, value_name = "CODE", requires = "line")]
    procedure: Option<String>,
    /// Modifiers of the line, instead of those that were sent
    #[arg(long, value_name = "CODE", requires = "line", value_delimiter = ',')]
    modifier: Option<Vec<String>>,
    /// Leave this line out; may be repeated
    #[arg(long, value_name = "N")]
    drop_line: Vec<u32>,
    /// Diagnoses, the principal one first, instead of those that were sent
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    diagnosis: Vec<String>,
    /// Why it is corrected, at most 80 characters (NTE*ADD)
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Announce a document: its control number and kind of report (PWK), such as ACN1:OZ; may be repeated
    #[arg(long, value_name = "CONTROL:TYPE", value_parser = announced)]
    attach: Vec<(String, String)>,
    /// Telephone number of the sender
    #[arg(long, value_name = "NUMBER", default_value = "6175550100")]
    telephone: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Args, Debug)]
pub(super) struct Return {
    /// Number of the claim that was paid too much, of its latest version
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Return all of it: the claim is voided
    #[arg(long, conflicts_with = "line", required_unless_present = "line")]
    full: bool,
    /// Return what was paid for this line: the claim is replaced by one without it; may be repeated
    #[arg(long, value_name = "N")]
    line: Vec<u32>,
    /// Number of the check that was sent; without it the payer takes the money from later payments
    #[arg(long, value_name = "NUMBER")]
    check: Option<String>,
    /// Telephone number of the sender
    #[arg(long, value_name = "NUMBER", default_value = "6175550100")]
    telephone: String,
    #[command(flatten)]
    sending: Sending,
}

/// `CONTROL:TYPE`.
fn announced(text: &str) -> std::result::Result<(String, String), String> {
    match text.rsplit_once(':') {
        Some((control, report)) if !control.is_empty() && report.len() == 2 => {
            Ok((control.to_owned(), report.to_uppercase()))
        }
        _ => {
            Err("write a control number, a colon and a kind of report, such as ACN1:OZ".to_owned())
        }
    }
}

impl Adjust {
    fn correction(&self) -> Correction {
        let line = self.line.map(|line| LineChange {
            line,
            units: self.units,
            charge: self.charge,
            procedure: self.procedure.clone().map(|code| code.to_uppercase()),
            modifiers: self.modifier.clone(),
        });
        Correction {
            void: self.void,
            charge: if self.line.is_none() { self.charge } else { None },
            lines: line.into_iter().collect(),
            dropped: self.drop_line.clone(),
            diagnoses: self.diagnosis.clone(),
            note: self.note.clone().unwrap_or_default(),
            attachments: self.attach.clone(),
        }
    }
}

/// Runs `claims adjust`.
pub(super) fn run(args: &Claims, adjust: &Adjust, out: &mut Output) -> Result<Exit> {
    args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Read)?;
    let request = request(
        &ledger,
        &adjust.number,
        &adjust.correction(),
        &adjust.sending,
        &adjust.telephone,
        |_| Ok(()),
    )?;
    ledger.close();
    let replies = adjust.sending.send(args, &request, &format!("adjust-{}", adjust.number), out)?;
    Ok(exit(replies.as_ref()))
}

/// The interchange that corrects the claim with this number; `may` is what the version must fulfil besides.
fn request(
    ledger: &Ledger,
    number: &str,
    correction: &Correction,
    sending: &Sending,
    telephone: &str,
    may: impl FnOnce(&ClaimVersion) -> Result<()>,
) -> Result<Vec<u8>> {
    let refused = |why: &dyn std::fmt::Display| Failure::Refused(format!("claim {number}: {why}"));
    let history = ledger.history(number)?;
    let original = version(&history, number)?;
    if let Some(why) = ledger.why_not(original, history.versions.first()) {
        let latest = history.versions.iter().rev().find(|version| version.is_latest());
        let latest = latest.filter(|latest| latest.number != original.number);
        let latest = latest.map(|latest| format!(" (its latest version is {})", latest.number));
        return Err(refused(&format!("{why}{}", latest.unwrap_or_default())));
    }
    may(original)?;
    let claim = Claim::read(&original.text).ok_or_else(|| refused(&"its text cannot be read"))?;
    let corrected = correction.apply(original, &claim).map_err(|why| refused(&why))?;
    let at = now();
    let envelope = sending.mailboxes.envelope(at);
    let control = sending.mailboxes.control(number_of_the_day(at));
    claim_interchange(&corrected, &envelope, control, telephone)
        .map_err(|e| Failure::new("write the claim", e))
}

/// Runs `claims return`.
pub(super) fn give_back(args: &Claims, asked: &Return, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let correction =
        Correction { void: asked.full, dropped: asked.line.clone(), ..Correction::default() };
    let ledger = Ledger::open(args, Access::Read)?;
    let may = |original: &ClaimVersion| match original.outcome.paid.is_zero() {
        true => {
            let words = "nothing was paid that could be returned";
            Err(Failure::Refused(format!("claim {}: {words}", asked.number)))
        }
        false => Ok(()),
    };
    let request =
        request(&ledger, &asked.number, &correction, &asked.sending, &asked.telephone, may)?;
    ledger.close();
    let replies = asked.sending.send(args, &request, &format!("return-{}", asked.number), out)?;
    let accepted = replies.as_ref().and_then(|replies| replies.claims.iter().find(|c| c.accepted));
    if let Some(accepted) = accepted {
        // That money comes back was recorded with the claim; here is how.
        if let Some(check) = &asked.check {
            let refund = Refund {
                claim: asked.number.as_str().into(),
                by: accepted.number.as_deref().map(Box::from),
                amount: None,
                method: RefundMethod::Check,
                check: check.as_str().into(),
                on: today(),
            };
            let ledger = Ledger::open(args, Access::Write)?;
            ledger.enter(vec![LedgerEntry::Refund(refund)])?;
            ledger.close();
        }
        if shape == Shape::Text {
            out.line(match asked.check {
                Some(_) => "the refund by check is recorded",
                None => "the refund is recorded; the payer takes it from later payments",
            })?;
        }
    }
    Ok(exit(replies.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announced_document_is_a_number_and_a_kind() {
        assert_eq!(announced("ACN1:oz"), Ok(("ACN1".to_owned(), "OZ".to_owned())));
        assert_eq!(announced("A:B:77"), Ok(("A:B".to_owned(), "77".to_owned())));
        for wrong in ["ACN1", ":OZ", "ACN1:", "ACN1:OZZ"] {
            assert!(announced(wrong).is_err(), "{wrong}");
        }
    }
}
