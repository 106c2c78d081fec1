//! Premium payments (820): a sponsor pays for an organization in one sum, or for each member.

use std::ops::Range;

use super::SetSource;
use super::people::{Organization, PAYER};
use super::random::Random;
use super::set_writer::{Result, SetWriter, transfer};
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

impl SetSource for Premiums {
    fn counts_ahead(&self) -> bool {
        true
    }

    fn room(&mut self, writer: &mut SetWriter) -> u64 {
        self.summary = writer.random.once_in(5);
        if self.summary { 1 } else { u64::MAX }
    }

    fn open(&mut self, writer: &mut SetWriter, number: u64, items: Range<u64>) -> Result {
        self.first = items.start;
        let total: i64 = items
            .map(|index| Premium::draw(&mut writer.numbers_of(index), self.summary))
            .map(|premium| premium.paid() + premium.earlier)
            .sum();
        let amount = money(total);
        let on = day(writer.ahead(1));
        let by_check = writer.random.once_in(4);
        let bpr =
            writer.segment("BPR").text(if by_check { "C" } else { "I" }).text(amount.as_str());
        let bpr = match by_check {
            true => bpr.text("C").text("CHK").skip_to(10).text("1999999999").skip_to(16),
            false => transfer(bpr.text("C").text("ACH"), "CTX", "123456789"),
        };
        bpr.skip_to(16).text(on.as_str()).end()?;
        let trace = numbered("PREM", number, 10);
        writer.segment("TRN").text("1").text(trace.as_str()).end()?;
        if writer.random.once_in(2) {
            writer.reference("38", "MASTER1")?;
        }
        if writer.random.once_in(4) {
            writer.dtm("009", writer.ago(1))?;
        }
        if writer.random.once_in(4) {
            writer.dtm("035", writer.today)?;
        }
        if writer.random.once_in(2) {
            period(writer)?;
        }
        if writer.random.once_in(4) {
            writer.dtm("097", writer.ago(2))?;
        }
        writer.segment("N1").text("PE").text(PAYER.0).text("FI").text("991234567").end()?;
        if writer.random.once_in(6) {
            writer.segment("N2").text("PREMIUM BILLING").end()?;
        }
        if writer.random.once_in(2) {
            writer.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
        }
        if writer.random.once_in(6) {
            writer.segment("RDM").text("EM").text("").text("PREMIUMS AT EXAMPLE").end()?;
        }
        let sponsor = Organization::draw(&mut writer.random, "EMPLOYER");
        let (name, tax) = (sponsor.name, sponsor.tax);
        writer.segment("N1").text("PR").text(name.as_str()).text("FI").text(tax.as_str()).end()?;
        if writer.random.once_in(2) {
            writer.site(&sponsor)?;
        }
        if writer.random.once_in(2) {
            writer.contact("IC", "PAYROLL")?;
        }
        if writer.random.once_in(6) {
            writer.segment("N1").text("BK").text("SAMPLE BANK").text("31").text("12345").end()?;
        }
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let premium = Premium::draw(&mut writer.random, self.summary);
        let number = index - self.first + 1;
        if self.summary {
            return organization(writer, premium, index);
        }
        let member = member(index % writer.members);
        let employee = numbered("E", index % writer.members, 8);
        writer.segment("ENT").number(number).text("2J").text("EI").text(employee.as_str()).end()?;
        writer.member("IL", &member, ("N", &member.id()))?;
        adjustment(writer, premium.earlier, "53")?;
        remittance(writer, premium, "AZ", numbered("POL", index, 9), "")?;
        if writer.random.once_in(4) {
            writer.reference("38", "GRP1042")?;
        }
        if writer.random.once_in(2) {
            period(writer)?;
        }
        adjustment(writer, premium.adjusted, "53")
    }
}

/// Loops 2000A to 2320A.
fn organization(writer: &mut SetWriter, premium: Premium, index: u64) -> Result {
    writer.segment("ENT").text("1").text("2L").text("FI").text("991000007").end()?;
    adjustment(writer, premium.earlier, "52")?;
    remittance(writer, premium, "IK", numbered("INV", index, 9), "PI")?;
    if writer.random.once_in(2) {
        writer.reference("18", "PLAN1")?;
    }
    period(writer)?;
    if writer.random.once_in(2) {
        let heads = writer.random.between(20, 4000);
        writer.segment("IT1").text("1").end()?;
        if writer.random.once_in(2) {
            writer.segment("SAC").text("C").text("A172").skip_to(5).text("1500").end()?;
        }
        writer
            .segment("SLN")
            .text("1")
            .text("")
            .text("O")
            .number(heads)
            .composite(&["IE"])
            .end()?;
    }
    adjustment(writer, premium.adjusted, "AX")
}

/// RMR: what is paid of what was billed.
fn remittance(
    writer: &mut SetWriter,
    premium: Premium,
    kind: &str,
    number: Short,
    way: &str,
) -> Result {
    let (paid, billed) = (money(premium.paid()), money(premium.billed));
    writer
        .segment("RMR")
        .text(kind)
        .text(number.as_str())
        .text(way)
        .text(paid.as_str())
        .text(billed.as_str())
        .end()
}

/// ADX, where something was adjusted.
fn adjustment(writer: &mut SetWriter, cents: i64, why: &str) -> Result {
    match cents {
        0 => Ok(()),
        cents => writer.segment("ADX").text(money(cents).as_str()).text(why).end(),
    }
}

/// DTM of the month that is paid for.
fn period(writer: &mut SetWriter) -> Result {
    let span = days(writer.ago(30), writer.today);
    writer.segment("DTM").text("582").skip_to(5).text("RD8").text(span.as_str()).end()
}
