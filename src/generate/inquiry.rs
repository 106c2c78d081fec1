//! Eligibility inquiries (270): each about a member of the synthetic store.

use std::ops::Range;

use super::Writer;
use super::cast::{PAYER, Provider, gender};
use super::pen::{Pen, Written};
use super::text::{day, numbered};
use crate::store::Member;
use crate::store::synthetic::member;

/// Writes inquiries.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    receiver: u32,
}

impl Writer for Inquiries {
    fn open(&mut self, pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        let today = day(pen.today);
        pen.segment("BHT")
            .text("0022")
            .text("13")
            .text(numbered("G", number, 9).as_str())
            .text(today.as_str())
            .text(super::TIME)
            .end()?;
        let source = pen.out.level(None, "20", true)?;
        pen.payer("PR", PAYER)?;
        self.receiver = pen.out.level(Some(source), "21", true)?;
        pen.requester("1P")
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let member = own(pen);
        pen.out.level(Some(self.receiver), "22", false)?;
        let trace = numbered("T", index + 1, 9);
        pen.segment("TRN").text("1").text(trace.as_str()).text("9X12GATE00").end()?;
        let id = member.id();
        pen.person("IL", (&member.last, &member.first), ("MI", &id))?;
        if pen.random.once_in(20) {
            pen.reference("EJ", numbered("PT", index, 6).as_str())?;
        }
        if pen.random.once_in(40) {
            let who = Provider::draw(&mut pen.random);
            pen.specialty("PE", who.taxonomy)?;
        }
        let birth = day(member.birth);
        pen.segment("DMG").text("D8").text(birth.as_str()).text(gender(&member)).end()?;
        pen.date("291", pen.today)?;
        let services: &[&str] = match pen.random.below(10) {
            0..6 => &["30"],
            6 => &["98"],
            7 => &["48", "47"],
            8 => &["33", "AE"],
            _ => &["88", "UC", "MH"],
        };
        let mut eq = pen.segment("EQ");
        eq = eq.repeat(services.iter().copied());
        eq.end()
    }
}

/// Somebody with an id of their own, so that they are asked for as a subscriber.
fn own(pen: &mut Pen) -> Member {
    loop {
        let member = member(pen.random.below(pen.members.max(1)));
        if member.own_id {
            return member;
        }
    }
}
