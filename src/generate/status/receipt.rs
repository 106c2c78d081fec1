//! Acknowledgments of the receipt of claims (277CA): accepted and rejected claims with totals that count them, providers and
//! batches rejected as a whole.

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin_receipt, claim_number};
use crate::generate::Writer;
use crate::generate::cast::{Family, Organization};
use crate::generate::pen::{Pen, Written};
use crate::generate::random::Random;
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
    fn of(pen: &Pen, items: Range<u64>) -> Self {
        let mut totals = Totals::default();
        for index in items {
            let received = Received::draw(&mut pen.numbers_of(index));
            let side = if received.rejected { &mut totals.rejected } else { &mut totals.accepted };
            side.0 += 1;
            side.1 += received.claim.charge;
        }
        totals
    }

    /// QTY and AMT, under these qualifiers of what was accepted and rejected.
    fn write(&self, pen: &mut Pen, accepted: &str, rejected: &str) -> Written {
        for (qualifier, (count, _)) in [(accepted, self.accepted), (rejected, self.rejected)] {
            if count > 0 {
                pen.quantity(qualifier, count)?;
            }
        }
        for (qualifier, (count, cents)) in [("YU", self.accepted), ("YY", self.rejected)] {
            if count > 0 {
                pen.amount(qualifier, cents)?;
            }
        }
        Ok(())
    }

    fn cents(&self) -> i64 {
        self.accepted.1 + self.rejected.1
    }
}

impl Writer for Receipts {
    fn counts_ahead(&self) -> bool {
        true
    }

    fn room(&mut self, pen: &mut Pen) -> u64 {
        self.shape = match pen.random.below(25) {
            0 => Shape::BatchRejected,
            1 => Shape::ProviderRejected,
            _ => Shape::Claims,
        };
        if self.shape == Shape::Claims { u64::MAX } else { 1 }
    }

    fn open(&mut self, pen: &mut Pen, number: u64, items: Range<u64>) -> Written {
        self.items = items;
        self.transaction = numbered("CA", number, 9);
        let source = begin_receipt(pen, self.transaction.as_str())?;
        let has_child = self.shape != Shape::BatchRejected;
        self.receiver = super::receiver(pen, source, has_child)?;
        let batch = numbered("B", number, 9);
        pen.segment("TRN").text("2").text(batch.as_str()).end()?;
        if self.shape == Shape::Claims {
            let totals = Totals::of(pen, self.items.clone());
            status(pen, &["A1", "19", "PR"], "WQ", totals.cents())?;
            return totals.write(pen, "90", "AA");
        }
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        match self.shape {
            Shape::BatchRejected => {
                let charge = Asked::draw(&mut pen.random).charge;
                status(pen, &["A3", "24", "41"], "U", charge)?;
                pen.quantity("AA", 1)?;
                pen.amount("YY", charge)
            }
            Shape::ProviderRejected => {
                let charge = Asked::draw(&mut pen.random).charge;
                status(pen, &["A1", "19", "PR"], "WQ", charge)?;
                pen.amount("YY", charge)?;
                self.provider(pen, false)?;
                pen.segment("TRN").text("1").text("0").end()?;
                let charge_text = money(charge);
                pen.segment("STC")
                    .composite(&["A8", "562", "85"])
                    .text("")
                    .text("U")
                    .text(charge_text.as_str())
                    .end()?;
                pen.quantity("QC", 1)?;
                pen.amount("YY", charge)
            }
            Shape::Claims => {
                let place = index - self.items.start;
                if place.is_multiple_of(PROVIDER_CLAIMS) {
                    let last = (index + PROVIDER_CLAIMS).min(self.items.end);
                    let random = pen.random.clone();
                    self.provider(pen, true)?;
                    let totals = Totals::of(pen, index..last);
                    let charge = money(totals.cents());
                    pen.segment("TRN").text("1").text("0").end()?;
                    pen.segment("STC")
                        .composite(&["A1", "19", "PR"])
                        .text("")
                        .text("WQ")
                        .text(charge.as_str())
                        .end()?;
                    totals.write(pen, "QA", "QC")?;
                    pen.random = random;
                }
                self.claim(pen, index)
            }
        }
    }
}

impl Receipts {
    fn provider(&mut self, pen: &mut Pen, has_child: bool) -> Written {
        self.provider = pen.out.level(Some(self.receiver), "19", has_child)?;
        let site = Organization::draw(&mut pen.random, "CLINIC");
        pen.organization("85", site.name.as_str(), ("XX", site.npi.as_str()))
    }

    fn claim(&self, pen: &mut Pen, index: u64) -> Written {
        let received = Received::draw(&mut pen.random);
        let members = pen.members;
        let family = Family::draw(&mut pen.random, members);
        let level = pen.out.next_level();
        pen.segment("HL")
            .number(u64::from(level))
            .number(u64::from(self.provider))
            .text("PT")
            .end()?;
        pen.member("QC", family.patient(), ("MI", &family.subscriber.id()))?;
        pen.segment("TRN").text("2").text(account(index).as_str()).end()?;
        let charge = received.claim.charge;
        if received.rejected {
            let why = pen.random.pick(&[
                ["A7", "164", "IL"],
                ["A7", "562", "85"],
                ["A6", "495", ""],
                ["A8", "254", ""],
                ["A3", "116", ""],
            ]);
            status(pen, &why, "U", charge)?;
        } else {
            let why = pen.random.pick(&[["A2", "20", "PR"], ["A1", "19", "PR"]]);
            status(pen, &why, "WQ", charge)?;
        }
        if !received.rejected {
            pen.reference("1K", claim_number(index).as_str())?;
        }
        if pen.random.once_in(4) {
            pen.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        if !received.claim.bill_type.is_empty() {
            pen.reference("BLT", received.claim.bill_type)?;
        }
        received.claim.dates(pen)?;
        if received.rejected && pen.random.once_in(3) {
            received.claim.service(pen, 0, None)?;
            let today = day(pen.today);
            pen.segment("STC").composite(&["A7", "454"]).text(today.as_str()).text("U").end()?;
            received.claim.line_facts(pen, index, 0)?;
        }
        Ok(())
    }
}

/// STC of a batch or a claim, dated today.
fn status(pen: &mut Pen, codes: &[&str; 3], action: &str, cents: i64) -> Written {
    let (today, charge) = (day(pen.today), money(cents));
    pen.segment("STC")
        .composite(codes)
        .text(today.as_str())
        .text(action)
        .text(charge.as_str())
        .end()
}
