//! Premium payments (820): a sponsor pays for an organization in one sum, or for each member.

use std::ops::Range;

use super::Writer;
use super::cast::{Organization, PAYER};
use super::pen::{Pen, Written, transfer};
use super::random::Random;
use super::text::{Short, day, days, money, numbered};
use crate::store::synthetic::member;

/// Writes premium payments.
#[derive(Debug, Default)]
pub(super) struct Premiums {
    /// True for a set that pays for all members in one sum.
    summary: bool,
    first: u64,
}

/// What is paid for a member: cents billed, adjusted now, and adjusted of an earlier payment.
#[derive(Debug, Clone, Copy)]
struct Premium {
    billed: i64,
    adjusted: i64,
    earlier: i64,
}

impl Premium {
    /// The premium with these numbers; that of an organization is for many members.
    fn draw(random: &mut Random, summary: bool) -> Self {
        let heads = if summary { random.between(20, 4000) } else { 1 };
        let billed = (random.between(15_000, 95_000) * heads).cast_signed();
        let mut some = |times: u64, sign: i64| match random.once_in(times) {
            true => sign * random.between(500, 5_000).cast_signed(),
            false => 0,
        };
        Premium { billed, adjusted: some(8, -1), earlier: some(12, 1) }
    }

    fn paid(self) -> i64 {
        self.billed + self.adjusted
    }
}

impl Writer for Premiums {
    fn counts_ahead(&self) -> bool {
        true
    }

    fn room(&mut self, pen: &mut Pen) -> u64 {
        self.summary = pen.random.once_in(5);
        if self.summary { 1 } else { u64::MAX }
    }

    fn open(&mut self, pen: &mut Pen, number: u64, items: Range<u64>) -> Written {
        self.first = items.start;
        let total: i64 = items
            .map(|index| Premium::draw(&mut pen.numbers_of(index), self.summary))
            .map(|premium| premium.paid() + premium.earlier)
            .sum();
        let amount = money(total);
        let on = day(pen.ahead(1));
        let by_check = pen.random.once_in(4);
        let bpr = pen.segment("BPR").text(if by_check { "C" } else { "I" }).text(amount.as_str());
        let bpr = match by_check {
            true => bpr.text("C").text("CHK").skip_to(10).text("1999999999").skip_to(16),
            false => transfer(bpr.text("C").text("ACH"), "CTX", "123456789"),
        };
        bpr.skip_to(16).text(on.as_str()).end()?;
        let trace = numbered("PREM", number, 10);
        pen.segment("TRN").text("1").text(trace.as_str()).end()?;
        if pen.random.once_in(2) {
            pen.reference("38", "MASTER1")?;
        }
        if pen.random.once_in(4) {
            pen.dtm("009", pen.ago(1))?;
        }
        if pen.random.once_in(4) {
            pen.dtm("035", pen.today)?;
        }
        if pen.random.once_in(2) {
            period(pen)?;
        }
        if pen.random.once_in(4) {
            pen.dtm("097", pen.ago(2))?;
        }
        pen.segment("N1").text("PE").text(PAYER.0).text("FI").text("991234567").end()?;
        if pen.random.once_in(6) {
            pen.segment("N2").text("PREMIUM BILLING").end()?;
        }
        if pen.random.once_in(2) {
            pen.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
        }
        if pen.random.once_in(6) {
            pen.segment("RDM").text("EM").text("").text("PREMIUMS AT EXAMPLE").end()?;
        }
        let sponsor = Organization::draw(&mut pen.random, "EMPLOYER");
        let (name, tax) = (sponsor.name, sponsor.tax);
        pen.segment("N1").text("PR").text(name.as_str()).text("FI").text(tax.as_str()).end()?;
        if pen.random.once_in(2) {
            pen.site(&sponsor)?;
        }
        if pen.random.once_in(2) {
            pen.contact("IC", "PAYROLL")?;
        }
        if pen.random.once_in(6) {
            pen.segment("N1").text("BK").text("SAMPLE BANK").text("31").text("12345").end()?;
        }
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let premium = Premium::draw(&mut pen.random, self.summary);
        let number = index - self.first + 1;
        if self.summary {
            return organization(pen, premium, index);
        }
        let member = member(index % pen.members);
        let employee = numbered("E", index % pen.members, 8);
        pen.segment("ENT").number(number).text("2J").text("EI").text(employee.as_str()).end()?;
        pen.member("IL", &member, ("N", &member.id()))?;
        adjustment(pen, premium.earlier, "53")?;
        remittance(pen, premium, "AZ", numbered("POL", index, 9), "")?;
        if pen.random.once_in(4) {
            pen.reference("38", "GRP1042")?;
        }
        if pen.random.once_in(2) {
            period(pen)?;
        }
        adjustment(pen, premium.adjusted, "53")
    }
}

/// Loops 2000A to 2320A.
fn organization(pen: &mut Pen, premium: Premium, index: u64) -> Written {
    pen.segment("ENT").text("1").text("2L").text("FI").text("991000007").end()?;
    adjustment(pen, premium.earlier, "52")?;
    remittance(pen, premium, "IK", numbered("INV", index, 9), "PI")?;
    if pen.random.once_in(2) {
        pen.reference("18", "PLAN1")?;
    }
    period(pen)?;
    if pen.random.once_in(2) {
        let heads = pen.random.between(20, 4000);
        pen.segment("IT1").text("1").end()?;
        if pen.random.once_in(2) {
            pen.segment("SAC").text("C").text("A172").skip_to(5).text("1500").end()?;
        }
        pen.segment("SLN").text("1").text("").text("O").number(heads).composite(&["IE"]).end()?;
    }
    adjustment(pen, premium.adjusted, "AX")
}

/// RMR: what is paid of what was billed.
fn remittance(pen: &mut Pen, premium: Premium, kind: &str, number: Short, way: &str) -> Written {
    let (paid, billed) = (money(premium.paid()), money(premium.billed));
    pen.segment("RMR")
        .text(kind)
        .text(number.as_str())
        .text(way)
        .text(paid.as_str())
        .text(billed.as_str())
        .end()
}

/// ADX, where something was adjusted.
fn adjustment(pen: &mut Pen, cents: i64, why: &str) -> Written {
    match cents {
        0 => Ok(()),
        cents => pen.segment("ADX").text(money(cents).as_str()).text(why).end(),
    }
}

/// DTM of the month that is paid for.
fn period(pen: &mut Pen) -> Written {
    let span = days(pen.ago(30), pen.today);
    pen.segment("DTM").text("582").skip_to(5).text("RD8").text(span.as_str()).end()
}
