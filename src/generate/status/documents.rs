//! Requests for documents about a claim (277, 005010X213).

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin, claim_number, receiver};
use crate::generate::SetSource;
use crate::generate::people::{Family, PAYER, Provider};
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{day, money, numbered};

/// Writes requests for documents.
#[derive(Debug, Default)]
pub(in crate::generate) struct DocumentRequests {
    receiver: u32,
    provider: Option<u32>,
}

/// LOINC codes of what is asked for, as ids.
const DOCUMENTS: [&str; 6] = ["18842-5", "11502-2", "18748-4", "11506-3", "28570-0", "34133-9"];

impl SetSource for DocumentRequests {
    fn open(&mut self, writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        let transaction = numbered("AI", number, 9);
        let source = begin(writer, ("0085", "08", "RQ"), transaction.as_str(), true)?;
        self.receiver = receiver(writer, source, true)?;
        self.provider = None;
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let claim = Asked::draw(&mut writer.random);
        let provider = match self.provider {
            Some(level) if !writer.random.once_in(10) => level,
            _ => {
                let level = writer.emitter.level(Some(self.receiver), "19", true)?;
                let who = Provider::draw(&mut writer.random);
                writer.provider("1P", &who)?;
                level
            }
        };
        self.provider = Some(provider);
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        let level = writer.emitter.next_level();
        writer
            .segment("HL")
            .number(u64::from(level))
            .number(u64::from(provider))
            .text("PT")
            .end()?;
        writer.demographics(family.patient())?;
        writer.member("QC", family.patient(), ("MI", &family.subscriber.id()))?;
        let request = numbered("RQ", index, 9);
        writer.segment("TRN").text("1").text(request.as_str()).end()?;
        let today = day(writer.today);
        let first = writer.random.below(DOCUMENTS.len() as u64) as usize;
        let second = DOCUMENTS[(first + 1) % DOCUMENTS.len()];
        let also: &[&str] = if writer.random.once_in(3) { &["R4", second, "", "LOI"] } else { &[] };
        writer
            .segment("STC")
            .composite(&["R4", DOCUMENTS[first], "", "LOI"])
            .text(today.as_str())
            .text("")
            .text(money(claim.charge).as_str())
            .skip_to(10)
            .composite(also)
            .end()?;
        writer.reference("1K", claim_number(index).as_str())?;
        writer.reference("EJ", account(index).as_str())?;
        if !claim.bill_type.is_empty() {
            writer.reference("BLT", claim.bill_type)?;
        }
        if writer.random.once_in(3) {
            writer.reference("EA", numbered("MR", index % 5_000, 6).as_str())?;
        }
        if writer.random.once_in(6) {
            writer.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        claim.dates(writer)?;
        writer.date("106", writer.ahead(30))?;
        if writer.random.once_in(2) {
            self.documents(writer, index)?;
        }
        if writer.random.once_in(3) {
            claim.service(writer, 0, None)?;
            writer
                .segment("STC")
                .composite(&["R4", second, "", "LOI"])
                .text(today.as_str())
                .end()?;
            claim.line_facts(writer, index, 0)?;
            if writer.random.once_in(2) {
                writer.segment("PWK").text("LA").text("FX").end()?;
            }
        }
        Ok(())
    }
}

impl DocumentRequests {
    fn documents(&self, writer: &mut SetWriter, index: u64) -> Result {
        let kind = writer.random.pick(&["OB", "DS", "M1", "RR", "77"]);
        let way = writer.random.pick(&["EL", "BM", "FX"]);
        writer.attachment(kind, way, numbered("ACN", index, 7).as_str())?;
        if writer.random.once_in(2) {
            writer
                .segment("PER")
                .text("IC")
                .text("MEDICAL REVIEW")
                .text("FX")
                .text("6175550103")
                .end()?;
        }
        if writer.random.once_in(2) {
            writer.segment("N1").text("PR").text(PAYER.0).end()?;
            writer.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
        }
        Ok(())
    }
}
