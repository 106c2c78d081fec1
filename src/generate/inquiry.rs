//! Eligibility inquiries (270): each about a member of the synthetic store.

use std::ops::Range;

use super::SetSource;
use super::people::{Family, PAYER, Provider, gender};
use super::set_writer::{Result, SetWriter};
use super::text::{day, numbered};
use crate::store::{Gender, Member};

/// Writes inquiries.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    receiver: u32,
}

impl SetSource for Inquiries {
    fn open(&mut self, writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        writer.beginning(("0022", "13"), numbered("G", number, 9).as_str(), "")?;
        let source = writer.emitter.level(None, "20", true)?;
        writer.payer("PR", PAYER)?;
        self.receiver = writer.emitter.level(Some(source), "21", true)?;
        writer.requester("1P")?;
        if writer.random.once_in(40) {
            writer.reference("EO", "SUB1")?;
            writer.address("1 MAIN ST", "BOSTON", "MA", "02111")?;
            writer.specialty("PE", "207R00000X")?;
        }
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        let subscriber = &family.subscriber;
        let level = writer.emitter.level(Some(self.receiver), "22", family.dependent.is_some())?;
        if family.dependent.is_none() {
            trace(writer, index)?;
        }
        let id = subscriber.id();
        writer.person("IL", (&subscriber.last, &subscriber.first), ("MI", &id))?;
        if let Some(dependent) = &family.dependent {
            writer.emitter.level(Some(level), "23", false)?;
            trace(writer, index)?;
            writer.person("03", (&dependent.last, &dependent.first), ("", ""))?;
        }
        patient(writer, &family, index)
    }
}

fn trace(writer: &mut SetWriter, index: u64) -> Result {
    let number = numbered("T", index + 1, 9);
    writer.segment("TRN").text("1").text(number.as_str()).text("9X12GATE00").end()
}

/// What follows the patient's name, and what is asked.
fn patient(writer: &mut SetWriter, family: &Family, index: u64) -> Result {
    let patient = family.patient();
    if writer.random.once_in(20) {
        writer.reference("EJ", numbered("PT", index, 6).as_str())?;
    }
    if writer.random.once_in(40) {
        writer.home(patient)?;
    }
    if writer.random.once_in(40) {
        let who = Provider::draw(&mut writer.random);
        writer.specialty("PE", who.taxonomy)?;
    }
    birth(writer, patient)?;
    if family.dependent.is_some() {
        writer.segment("INS").text("N").text(family.relationship()).end()?;
    }
    let diagnosed = writer.random.once_in(40);
    if diagnosed {
        writer.segment("HI").composite(&["ABK", "Z01419"]).composite(&["ABF", "E119"]).end()?;
    }
    writer.date("291", writer.today)?;
    if diagnosed {
        let procedure = ["HC", "G0101"];
        let eq = writer.segment("EQ").text("").composite(&procedure).skip_to(5);
        return eq.composite(&["1", "2"]).end();
    }
    let services: &[&str] = match writer.random.below(10) {
        0..6 => &["30"],
        6 => &["98"],
        7 => &["48", "47"],
        8 => &["33", "AE"],
        _ => &["88", "UC", "MH"],
    };
    let more = writer.random.below(40);
    let eq = writer.segment("EQ").repeat(services.iter().copied());
    match more {
        0 if family.dependent.is_none() => eq.text("").text("FAM").end(),
        1 => {
            eq.end()?;
            writer.segment("III").text("ZZ").text("11").end()?;
            writer.reference("9F", numbered("REF", index, 7).as_str())?;
            writer.date("291", writer.today)
        }
        _ => eq.end(),
    }
}

/// DMG; the inquiry has no code for a sex that is not known.
fn birth(writer: &mut SetWriter, patient: &Member) -> Result {
    let known = if patient.gender == Gender::Unknown { "" } else { gender(patient) };
    let birth = day(patient.birth);
    writer.segment("DMG").text("D8").text(birth.as_str()).text(known).end()
}
