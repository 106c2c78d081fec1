//! Requests for the status of claims (276).

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin, claim_number, patient, receiver};
use crate::generate::SetSource;
use crate::generate::people::{Family, Provider};
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::numbered;

/// Writes requests.
#[derive(Debug, Default)]
pub(in crate::generate) struct Requests {
    receiver: u32,
    provider: Option<u32>,
    /// True when the level of a patient is open, who may have another claim.
    patient: bool,
}

impl SetSource for Requests {
    fn open(&mut self, writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        let transaction = numbered("S", number, 9);
        let source = begin(writer, ("0010", "13", ""), transaction.as_str(), false)?;
        self.receiver = receiver(writer, source, true)?;
        self.provider = None;
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let claim = Asked::draw(&mut writer.random);
        let provider = match self.provider {
            Some(level) if !writer.random.once_in(20) => level,
            _ => {
                let level = writer.emitter.level(Some(self.receiver), "19", true)?;
                if writer.random.once_in(2) {
                    writer.requester("1P")?;
                } else {
                    let who = Provider::draw(&mut writer.random);
                    writer.provider("1P", &who)?;
                }
                self.patient = false;
                level
            }
        };
        self.provider = Some(provider);
        if !self.patient || !writer.random.once_in(8) {
            let members = writer.members;
            let family = Family::draw(&mut writer.random, members);
            patient(writer, provider, &family, true)?;
            self.patient = true;
        }
        let account = account(index);
        writer.segment("TRN").text("1").text(account.as_str()).end()?;
        if writer.random.once_in(3) {
            writer.reference("1K", claim_number(index).as_str())?;
        }
        if !claim.bill_type.is_empty() {
            writer.reference("BLT", claim.bill_type)?;
        }
        if writer.random.once_in(12) {
            writer.reference("LU", "EAST")?;
        }
        if writer.random.once_in(12) {
            writer.reference("6P", "GRP1042")?;
        }
        if writer.random.once_in(2) {
            writer.reference("EJ", account.as_str())?;
        }
        if writer.random.once_in(20) {
            writer.reference("XZ", numbered("RX", index, 7).as_str())?;
        }
        if writer.random.once_in(6) {
            writer.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        if writer.random.once_in(2) {
            writer.amount("T3", claim.charge)?;
        }
        claim.dates(writer)?;
        if writer.random.once_in(3) {
            for place in 0..claim.lines.len() {
                claim.service(writer, place, None)?;
                claim.line_facts(writer, index, place)?;
            }
        }
        Ok(())
    }
}
