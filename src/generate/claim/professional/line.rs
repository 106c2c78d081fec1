//! A line of a professional claim: loop 2400.

use smallvec::SmallVec;

use super::{Claim, Line};
use crate::generate::claim::scenario::Case;
use crate::generate::people::{Organization, Provider};
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{money, numbered};

impl Claim<'_> {
    pub(super) fn line(&self, writer: &mut SetWriter, place: usize, line: &Line) -> Result {
        writer.segment("LX").number(place as u64 + 1).end()?;
        self.service(writer, line)?;
        self.line_facts(writer, line)?;
        let span = self.case == Case::Inpatient && line.units > 1 && !writer.random.once_in(4);
        match span {
            true => {
                let days = time::Duration::days(line.units.cast_signed() - 1);
                let last = self.service.checked_add(days).unwrap_or(self.service);
                writer.dates("472", self.service, last)?;
            }
            false => writer.date("472", self.service)?,
        }
        self.line_dates(writer)?;
        if self.case == Case::Ambulance && writer.random.once_in(6) {
            writer.quantity("PT", 2)?;
        }
        if line.service.0 == "01967" && writer.random.once_in(2) {
            writer.quantity("FL", 3)?;
        }
        self.results(writer)?;
        self.line_references(writer, place, line)?;
        if let Some(repriced) = self.repriced {
            repriced.price(writer, line.cents)?;
        }
        if line.service.0.starts_with('J') {
            writer.segment("LIN").skip_to(2).text("N4").text("00002143380").end()?;
            let units = numbered("", line.units, 1);
            writer.segment("CTP").skip_to(4).text(units.as_str()).composite(&["ML"]).end()?;
            if writer.random.once_in(2) {
                writer.reference("XZ", numbered("RX", self.index, 7).as_str())?;
            }
        }
        self.line_parties(writer, line)
    }

    fn service(&self, writer: &mut SetWriter, line: &Line) -> Result {
        let (code, modifiers, ..) = line.service;
        let mut procedure: SmallVec<[&str; 7]> = SmallVec::from_slice(&["HC", code]);
        procedure.extend_from_slice(modifiers);
        if writer.random.once_in(40) {
            procedure.resize(6, "");
            procedure.push("AS THE NOTE SAYS");
        }
        let pointers: &[&str] = match writer.random.below(self.diagnoses.min(4) as u64) {
            0 => &["1"],
            1 => &["1", "2"],
            2 => &["2", "1", "3"],
            _ => &["1", "2", "3", "4"],
        };
        let emergency = if self.case == Case::Accident { "Y" } else { "" };
        let child = if self.case == Case::WellChild { "Y" } else { "" };
        let unit = if self.case.in_minutes(code) { "MJ" } else { "UN" };
        let elsewhere =
            if writer.random.once_in(40) && self.facts.place == "11" { "22" } else { "" };
        writer
            .segment("SV1")
            .composite(&procedure)
            .text(money(line.cents).as_str())
            .text(unit)
            .number(line.units)
            .text(elsewhere)
            .text("")
            .composite(pointers)
            .text("")
            .text(emergency)
            .text("")
            .text(child)
            .end()
    }

    /// SV5 to CRC: what comes before the dates of a line.
    fn line_facts(&self, writer: &mut SetWriter, line: &Line) -> Result {
        if self.case == Case::Oxygen {
            let code = line.service.0;
            let price = money(line.cents);
            writer
                .segment("SV5")
                .composite(&["HC", code])
                .text("DA")
                .text("30")
                .text(price.as_str())
                .text(money(line.cents * 5).as_str())
                .text("4")
                .end()?;
            writer.segment("PWK").text("CT").text("AD").end()?;
            let kind = self.certification();
            writer.segment("CR3").text(kind).text("MO").text("12").end()?;
            return writer.segment("CRC").text("09").text("Y").text("ZV").end();
        }
        match self.case {
            Case::Hospice => writer.segment("CRC").text("70").text("N").text("65").end(),
            _ => Ok(()),
        }
    }

    /// Who did what was bought for the line.
    fn laboratory(&self) -> Organization {
        Organization::of(self.index % 200, "IMAGING")
    }

    /// CR301: initial, renewal or revision.
    fn certification(&self) -> &'static str {
        ["I", "R", "S"][(self.index % 3) as usize]
    }

    fn line_dates(&self, writer: &mut SetWriter) -> Result {
        match self.case {
            Case::Oxygen => {
                if self.certification() != "I" {
                    writer.date("607", self.before(4))?;
                }
                writer.date("463", self.before(300))?;
                writer.date("461", self.before(5))
            }
            Case::Dialysis => writer.date("738", self.before(6)),
            Case::Equipment if writer.random.once_in(4) => writer.date("011", self.before(1)),
            Case::Drug if writer.random.once_in(4) => writer.date("471", self.before(5)),
            _ => Ok(()),
        }
    }

    fn results(&self, writer: &mut SetWriter) -> Result {
        match self.case {
            Case::Dialysis => writer.segment("MEA").text("TR").text("R2").text("37").end(),
            Case::Oxygen => writer.segment("MEA").text("TR").text("R1").text("11.3").end(),
            _ => Ok(()),
        }
    }

    fn line_references(&self, writer: &mut SetWriter, place: usize, line: &Line) -> Result {
        if writer.random.once_in(30) {
            writer.reference("G1", numbered("AL", self.index, 7).as_str())?;
        }
        if !writer.random.once_in(4) {
            let number = self.index * 100 + place as u64;
            writer.reference("6R", numbered("L", number, 10).as_str())?;
        }
        if let Some(repriced) = self.repriced {
            repriced.line_references(writer, place)?;
        }
        if self.case == Case::Laboratory && line.service.1 == ["90"] {
            writer.reference("F4", "22D0000002")?;
        }
        if self.case == Case::Immunization && line.service.0.starts_with('9') {
            writer.reference("BT", "LOT4711")?;
        }
        if self.case == Case::Equipment && writer.random.once_in(4) {
            writer.amount("T", 550)?;
            writer.amount("F4", 895)?;
        }
        if writer.random.once_in(25) {
            writer.note("ADD", "AS ORDERED")?;
        } else if writer.random.once_in(60) {
            writer.note("TPO", "SEEN BY THE REPRICER")?;
        }
        if self.case == Case::Imaging && line.service.1 == ["TC"] {
            let lab = self.laboratory();
            let cost = money(line.cents / 2);
            writer.segment("PS1").text(lab.npi.as_str()).text(cost.as_str()).end()?;
        }
        Ok(())
    }

    fn line_parties(&self, writer: &mut SetWriter, line: &Line) -> Result {
        if writer.random.once_in(40) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("82", &who)?;
            writer.specialty("PE", who.taxonomy)?;
        }
        if self.case == Case::Imaging && line.service.1 == ["TC"] {
            writer.organization("QB", "", ("XX", self.laboratory().npi.as_str()))?;
        }
        if writer.random.once_in(60) {
            let site = Organization::draw(&mut writer.random, "CLINIC");
            writer.organization("77", site.name.as_str(), ("XX", site.npi.as_str()))?;
            writer.site(&site)?;
        }
        if matches!(self.case, Case::Oxygen | Case::Equipment) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DK", &who)?;
            writer.address("5 WEST ST", "BOSTON", "MA", "02115")?;
            writer.contact("IC", who.last)?;
        }
        Ok(())
    }
}
