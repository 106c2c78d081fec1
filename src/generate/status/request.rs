//! Requests for the status of claims (276).

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin, claim_number, patient, receiver};
use crate::generate::Writer;
use crate::generate::cast::{Family, Provider};
use crate::generate::pen::{Pen, Written};
use crate::generate::text::numbered;

/// Writes requests.
#[derive(Debug, Default)]
pub(in crate::generate) struct Requests {
    receiver: u32,
    provider: Option<u32>,
    /// True when the level of a patient is open, who may have another claim.
    patient: bool,
}

impl Writer for Requests {
    fn open(&mut self, pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        let transaction = numbered("S", number, 9);
        let source = begin(pen, ("0010", "13", ""), transaction.as_str(), false)?;
        self.receiver = receiver(pen, source, true)?;
        self.provider = None;
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let claim = Asked::draw(&mut pen.random);
        let provider = match self.provider {
            Some(level) if !pen.random.once_in(20) => level,
            _ => {
                let level = pen.out.level(Some(self.receiver), "19", true)?;
                if pen.random.once_in(2) {
                    pen.requester("1P")?;
                } else {
                    let who = Provider::draw(&mut pen.random);
                    pen.provider("1P", &who)?;
                }
                self.patient = false;
                level
            }
        };
        self.provider = Some(provider);
        if !self.patient || !pen.random.once_in(8) {
            let members = pen.members;
            let family = Family::draw(&mut pen.random, members);
            patient(pen, provider, &family, true)?;
            self.patient = true;
        }
        let account = account(index);
        pen.segment("TRN").text("1").text(account.as_str()).end()?;
        if pen.random.once_in(3) {
            pen.reference("1K", claim_number(index).as_str())?;
        }
        if !claim.bill_type.is_empty() {
            pen.reference("BLT", claim.bill_type)?;
        }
        if pen.random.once_in(12) {
            pen.reference("LU", "EAST")?;
        }
        if pen.random.once_in(12) {
            pen.reference("6P", "GRP1042")?;
        }
        if pen.random.once_in(2) {
            pen.reference("EJ", account.as_str())?;
        }
        if pen.random.once_in(20) {
            pen.reference("XZ", numbered("RX", index, 7).as_str())?;
        }
        if pen.random.once_in(6) {
            pen.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        if pen.random.once_in(2) {
            pen.amount("T3", claim.charge)?;
        }
        claim.dates(pen)?;
        if pen.random.once_in(3) {
            for place in 0..claim.lines.len() {
                claim.service(pen, place, None)?;
                claim.line_facts(pen, index, place)?;
            }
        }
        Ok(())
    }
}
