//! Acknowledgments of the receipt of claims (277CA): accepted and rejected claims with totals that count them, providers and
//! batches rejected as a whole.

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin_receipt, claim_number};
use crate::generate::SetSource;
use crate::generate::people::{Family, Organization};
use crate::generate::random::Random;
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{Short, day, money, numbered};

/// Claims of one billing provider.
const PROVIDER_CLAIMS: u64 = 25;

/// How far a set was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shape {
    #[default]
    Claims,
    ProviderRejected,
    BatchRejected,
}

/// Writes acknowledgments.
#[derive(Debug, Default)]
pub(in crate::generate) struct Receipts {
    shape: Shape,
    receiver: u32,
    items: Range<u64>,
    provider: u32,
    transaction: Short,
}

/// A claim and whether it was taken.
struct Received {
    claim: Asked,
    rejected: bool,
}

impl Received {
    fn draw(random: &mut Random) -> Self {
        Received { claim: Asked::draw(random), rejected: random.once_in(6) }
    }
}

/// What was accepted and rejected among some claims: how many, and how many cents.
#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    accepted: (u64, i64),
    rejected: (u64, i64),
}

impl Totals {
    fn of(writer: &SetWriter, items: Range<u64>) -> Self {
        let mut totals = Totals::default();
        for index in items {
            let received = Received::draw(&mut writer.numbers_of(index));
            let side = if received.rejected { &mut totals.rejected } else { &mut totals.accepted };
            side.0 += 1;
            side.1 += received.claim.charge;
        }
        totals
    }

    /// QTY and AMT, under these qualifiers of what was accepted and rejected.
    fn write(&self, writer: &mut SetWriter, accepted: &str, rejected: &str) -> Result {
        for (qualifier, (count, _)) in [(accepted, self.accepted), (rejected, self.rejected)] {
            if count > 0 {
                writer.quantity(qualifier, count)?;
            }
        }
        for (qualifier, (count, cents)) in [("YU", self.accepted), ("YY", self.rejected)] {
            if count > 0 {
                writer.amount(qualifier, cents)?;
            }
        }
        Ok(())
    }

    fn cents(&self) -> i64 {
        self.accepted.1 + self.rejected.1
    }
}

impl SetSource for Receipts {
    fn counts_ahead(&self) -> bool {
        true
    }

    fn room(&mut self, writer: &mut SetWriter) -> u64 {
        self.shape = match writer.random.below(25) {
            0 => Shape::BatchRejected,
            1 => Shape::ProviderRejected,
            _ => Shape::Claims,
        };
        if self.shape == Shape::Claims { u64::MAX } else { 1 }
    }

    fn open(&mut self, writer: &mut SetWriter, number: u64, items: Range<u64>) -> Result {
        self.items = items;
        self.transaction = numbered("CA", number, 9);
        let source = begin_receipt(writer, self.transaction.as_str())?;
        let has_child = self.shape != Shape::BatchRejected;
        self.receiver = super::receiver(writer, source, has_child)?;
        let batch = numbered("B", number, 9);
        writer.segment("TRN").text("2").text(batch.as_str()).end()?;
        if self.shape == Shape::Claims {
            let totals = Totals::of(writer, self.items.clone());
            status(writer, &["A1", "19", "PR"], "WQ", totals.cents())?;
            return totals.write(writer, "90", "AA");
        }
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        match self.shape {
            Shape::BatchRejected => {
                let charge = Asked::draw(&mut writer.random).charge;
                status(writer, &["A3", "24", "41"], "U", charge)?;
                writer.quantity("AA", 1)?;
                writer.amount("YY", charge)
            }
            Shape::ProviderRejected => {
                let charge = Asked::draw(&mut writer.random).charge;
                status(writer, &["A1", "19", "PR"], "WQ", charge)?;
                writer.amount("YY", charge)?;
                self.provider(writer, false)?;
                writer.segment("TRN").text("1").text("0").end()?;
                let charge_text = money(charge);
                writer
                    .segment("STC")
                    .composite(&["A8", "562", "85"])
                    .text("")
                    .text("U")
                    .text(charge_text.as_str())
                    .end()?;
                writer.quantity("QC", 1)?;
                writer.amount("YY", charge)
            }
            Shape::Claims => {
                let place = index - self.items.start;
                if place.is_multiple_of(PROVIDER_CLAIMS) {
                    let last = (index + PROVIDER_CLAIMS).min(self.items.end);
                    let random = writer.random.clone();
                    self.provider(writer, true)?;
                    let totals = Totals::of(writer, index..last);
                    let charge = money(totals.cents());
                    writer.segment("TRN").text("1").text("0").end()?;
                    writer
                        .segment("STC")
                        .composite(&["A1", "19", "PR"])
                        .text("")
                        .text("WQ")
                        .text(charge.as_str())
                        .end()?;
                    totals.write(writer, "QA", "QC")?;
                    writer.random = random;
                }
                self.claim(writer, index)
            }
        }
    }
}

impl Receipts {
    fn provider(&mut self, writer: &mut SetWriter, has_child: bool) -> Result {
        self.provider = writer.emitter.level(Some(self.receiver), "19", has_child)?;
        let site = Organization::draw(&mut writer.random, "CLINIC");
        writer.organization("85", site.name.as_str(), ("XX", site.npi.as_str()))
    }

    fn claim(&self, writer: &mut SetWriter, index: u64) -> Result {
        let received = Received::draw(&mut writer.random);
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        let level = writer.emitter.next_level();
        writer
            .segment("HL")
            .number(u64::from(level))
            .number(u64::from(self.provider))
            .text("PT")
            .end()?;
        writer.member("QC", family.patient(), ("MI", &family.subscriber.id()))?;
        writer.segment("TRN").text("2").text(account(index).as_str()).end()?;
        let charge = received.claim.charge;
        if received.rejected {
            let why = writer.random.pick(&[
                ["A7", "164", "IL"],
                ["A7", "562", "85"],
                ["A6", "495", ""],
                ["A8", "254", ""],
                ["A3", "116", ""],
            ]);
            status(writer, &why, "U", charge)?;
        } else {
            let why = writer.random.pick(&[["A2", "20", "PR"], ["A1", "19", "PR"]]);
            status(writer, &why, "WQ", charge)?;
        }
        if !received.rejected {
            writer.reference("1K", claim_number(index).as_str())?;
        }
        if writer.random.once_in(4) {
            writer.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        if !received.claim.bill_type.is_empty() {
            writer.reference("BLT", received.claim.bill_type)?;
        }
        received.claim.dates(writer)?;
        if received.rejected && writer.random.once_in(3) {
            received.claim.service(writer, 0, None)?;
            let today = day(writer.today);
            writer.segment("STC").composite(&["A7", "454"]).text(today.as_str()).text("U").end()?;
            received.claim.line_facts(writer, index, 0)?;
        }
        Ok(())
    }
}

/// STC of a batch or a claim, dated today.
fn status(writer: &mut SetWriter, codes: &[&str; 3], action: &str, cents: i64) -> Result {
    let (today, charge) = (day(writer.today), money(cents));
    writer
        .segment("STC")
        .composite(codes)
        .text(today.as_str())
        .text(action)
        .text(charge.as_str())
        .end()
}
