//! Eligibility inquiries (270): each about a member of the synthetic store.

use std::ops::Range;

use super::Writer;
use super::cast::{Family, PAYER, Provider, gender};
use super::pen::{Pen, Written};
use super::text::{day, numbered};
use crate::store::{Gender, Member};

/// Writes inquiries.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    receiver: u32,
}

impl Writer for Inquiries {
    fn open(&mut self, pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        pen.beginning(("0022", "13"), numbered("G", number, 9).as_str(), "")?;
        let source = pen.out.level(None, "20", true)?;
        pen.payer("PR", PAYER)?;
        self.receiver = pen.out.level(Some(source), "21", true)?;
        pen.requester("1P")?;
        if pen.random.once_in(40) {
            pen.reference("EO", "SUB1")?;
            pen.address("1 MAIN ST", "BOSTON", "MA", "02111")?;
            pen.specialty("PE", "207R00000X")?;
        }
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let members = pen.members;
        let family = Family::draw(&mut pen.random, members);
        let subscriber = &family.subscriber;
        let level = pen.out.level(Some(self.receiver), "22", family.dependent.is_some())?;
        if family.dependent.is_none() {
            trace(pen, index)?;
        }
        let id = subscriber.id();
        pen.person("IL", (&subscriber.last, &subscriber.first), ("MI", &id))?;
        if let Some(dependent) = &family.dependent {
            pen.out.level(Some(level), "23", false)?;
            trace(pen, index)?;
            pen.person("03", (&dependent.last, &dependent.first), ("", ""))?;
        }
        patient(pen, &family, index)
    }
}

fn trace(pen: &mut Pen, index: u64) -> Written {
    let number = numbered("T", index + 1, 9);
    pen.segment("TRN").text("1").text(number.as_str()).text("9X12GATE00").end()
}

/// What follows the patient's name, and what is asked.
fn patient(pen: &mut Pen, family: &Family, index: u64) -> Written {
    let patient = family.patient();
    if pen.random.once_in(20) {
        pen.reference("EJ", numbered("PT", index, 6).as_str())?;
    }
    if pen.random.once_in(40) {
        pen.home(patient)?;
    }
    if pen.random.once_in(40) {
        let who = Provider::draw(&mut pen.random);
        pen.specialty("PE", who.taxonomy)?;
    }
    birth(pen, patient)?;
    if family.dependent.is_some() {
        pen.segment("INS").text("N").text(family.relationship()).end()?;
    }
    let diagnosed = pen.random.once_in(40);
    if diagnosed {
        pen.segment("HI").composite(&["ABK", "Z01419"]).composite(&["ABF", "E119"]).end()?;
    }
    pen.date("291", pen.today)?;
    if diagnosed {
        let procedure = ["HC", "G0101"];
        let eq = pen.segment("EQ").text("").composite(&procedure).skip_to(5);
        return eq.composite(&["1", "2"]).end();
    }
    let services: &[&str] = match pen.random.below(10) {
        0..6 => &["30"],
        6 => &["98"],
        7 => &["48", "47"],
        8 => &["33", "AE"],
        _ => &["88", "UC", "MH"],
    };
    let more = pen.random.below(40);
    let eq = pen.segment("EQ").repeat(services.iter().copied());
    match more {
        0 if family.dependent.is_none() => eq.text("").text("FAM").end(),
        1 => {
            eq.end()?;
            pen.segment("III").text("ZZ").text("11").end()?;
            pen.reference("9F", numbered("REF", index, 7).as_str())?;
            pen.date("291", pen.today)
        }
        _ => eq.end(),
    }
}

/// DMG; the inquiry has no code for a sex that is not known.
fn birth(pen: &mut Pen, patient: &Member) -> Written {
    let known = if patient.gender == Gender::Unknown { "" } else { gender(patient) };
    let birth = day(patient.birth);
    pen.segment("DMG").text("D8").text(birth.as_str()).text(known).end()
}
