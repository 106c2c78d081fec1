//! Requests for documents about a claim (277, 005010X213).

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin, claim_number, receiver};
use crate::generate::Writer;
use crate::generate::cast::{Family, PAYER, Provider};
use crate::generate::pen::{Pen, Written};
use crate::generate::text::{day, money, numbered};

/// Writes requests for documents.
#[derive(Debug, Default)]
pub(in crate::generate) struct DocumentRequests {
    receiver: u32,
    provider: Option<u32>,
}

/// LOINC codes of what is asked for, as ids.
const DOCUMENTS: [&str; 6] = ["18842-5", "11502-2", "18748-4", "11506-3", "28570-0", "34133-9"];

impl Writer for DocumentRequests {
    fn open(&mut self, pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        let transaction = numbered("AI", number, 9);
        let source = begin(pen, ("0085", "08", "RQ"), transaction.as_str(), true)?;
        self.receiver = receiver(pen, source, true)?;
        self.provider = None;
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let claim = Asked::draw(&mut pen.random);
        let provider = match self.provider {
            Some(level) if !pen.random.once_in(10) => level,
            _ => {
                let level = pen.out.level(Some(self.receiver), "19", true)?;
                let who = Provider::draw(&mut pen.random);
                pen.provider("1P", &who)?;
                level
            }
        };
        self.provider = Some(provider);
        let members = pen.members;
        let family = Family::draw(&mut pen.random, members);
        let level = pen.out.next_level();
        pen.segment("HL").number(u64::from(level)).number(u64::from(provider)).text("PT").end()?;
        pen.demographics(family.patient())?;
        pen.member("QC", family.patient(), ("MI", &family.subscriber.id()))?;
        let request = numbered("RQ", index, 9);
        pen.segment("TRN").text("1").text(request.as_str()).end()?;
        let today = day(pen.today);
        let first = pen.random.below(DOCUMENTS.len() as u64) as usize;
        let second = DOCUMENTS[(first + 1) % DOCUMENTS.len()];
        let also: &[&str] = if pen.random.once_in(3) { &["R4", second, "", "LOI"] } else { &[] };
        pen.segment("STC")
            .composite(&["R4", DOCUMENTS[first], "", "LOI"])
            .text(today.as_str())
            .text("")
            .text(money(claim.charge).as_str())
            .skip_to(10)
            .composite(also)
            .end()?;
        pen.reference("1K", claim_number(index).as_str())?;
        pen.reference("EJ", account(index).as_str())?;
        if !claim.bill_type.is_empty() {
            pen.reference("BLT", claim.bill_type)?;
        }
        if pen.random.once_in(3) {
            pen.reference("EA", numbered("MR", index % 5_000, 6).as_str())?;
        }
        if pen.random.once_in(6) {
            pen.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        claim.dates(pen)?;
        pen.date("106", pen.ahead(30))?;
        if pen.random.once_in(2) {
            self.documents(pen, index)?;
        }
        if pen.random.once_in(3) {
            claim.service(pen, 0, None)?;
            pen.segment("STC").composite(&["R4", second, "", "LOI"]).text(today.as_str()).end()?;
            claim.line_facts(pen, index, 0)?;
            if pen.random.once_in(2) {
                pen.segment("PWK").text("LA").text("FX").end()?;
            }
        }
        Ok(())
    }
}

impl DocumentRequests {
    fn documents(&self, pen: &mut Pen, index: u64) -> Written {
        let kind = pen.random.pick(&["OB", "DS", "M1", "RR", "77"]);
        let way = pen.random.pick(&["EL", "BM", "FX"]);
        pen.attachment(kind, way, numbered("ACN", index, 7).as_str())?;
        if pen.random.once_in(2) {
            pen.segment("PER")
                .text("IC")
                .text("MEDICAL REVIEW")
                .text("FX")
                .text("6175550103")
                .end()?;
        }
        if pen.random.once_in(2) {
            pen.segment("N1").text("PR").text(PAYER.0).end()?;
            pen.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
        }
        Ok(())
    }
}
