//! The professional claim (837P): loop 2300, and in `line` loop 2400.

mod line;

use smallvec::SmallVec;
use time::Date;

use super::coordination::others;
use super::known_as;
use super::repricing::Repriced;
use super::scenario::{CASES, Case, Facts, Service, may_be_pregnant};
use super::{Coverage, Flavour};
use crate::generate::people::{Organization, Provider};
use crate::generate::set_writer::{Result, SetWriter, days_before};
use crate::generate::text::{money, numbered};

/// A line of the claim.
struct Line {
    service: Service,
    units: u64,
    cents: i64,
}

/// What the segments of a claim are chosen by.
struct Claim<'a> {
    coverage: &'a Coverage,
    index: u64,
    case: Case,
    facts: Facts,
    lines: SmallVec<[Line; 8]>,
    /// First day of service.
    service: Date,
    /// CLM05-3.
    frequency: &'static str,
    /// Diagnoses used of those of the case.
    diagnoses: usize,
    repriced: Option<Repriced>,
}

/// Writes a claim with its lines.
pub(super) fn claim(writer: &mut SetWriter, coverage: &Coverage, index: u64) -> Result {
    let claim = draw(writer, coverage, index);
    let charges: SmallVec<[i64; 8]> = claim.lines.iter().map(|line| line.cents).collect();
    let total = charges.iter().sum();
    let others = others(&mut writer.random, coverage.sequence, &charges);
    claim.header(writer, total)?;
    claim.dates(writer)?;
    claim.amounts_and_references(writer)?;
    claim.conditions(writer)?;
    claim.codes(writer)?;
    if let Some(repriced) = claim.repriced {
        repriced.price(writer, total)?;
    }
    claim.parties(writer)?;
    for other in &others {
        other.write(writer, Flavour::Professional, &coverage.family, false, total)?;
    }
    for (place, line) in claim.lines.iter().enumerate() {
        claim.line(writer, place, line)?;
        let mut procedure: SmallVec<[&str; 6]> = SmallVec::from_slice(&["HC", line.service.0]);
        procedure.extend_from_slice(line.service.1);
        for other in &others {
            other.line(writer, place, &procedure, "", line.units)?;
        }
        if claim.case == Case::Oxygen {
            writer.segment("LQ").text("UT").text("484.03").end()?;
            writer.segment("FRM").text("1A").skip_to(3).text("56").end()?;
            writer.segment("FRM").text("5").text("Y").end()?;
        }
    }
    Ok(())
}

fn draw<'a>(writer: &mut SetWriter, coverage: &'a Coverage, index: u64) -> Claim<'a> {
    let patient = coverage.family.patient();
    let today = writer.today;
    let random = &mut writer.random;
    let case = match random.pick(&CASES) {
        Case::Office if may_be_pregnant(patient, today) && random.once_in(4) => Case::Maternity,
        Case::WellChild if today.year() - patient.birth.year() > 20 => Case::Office,
        case => case,
    };
    let facts = case.facts();
    let count = match (case, random.below(40)) {
        (Case::Oxygen, _) => 1,
        (_, 0) => random.between(5, 12),
        _ => random.between(1, 4),
    };
    let first = random.below(facts.services.len() as u64);
    let lines = (0..count)
        .map(|at| {
            let service = facts.services[((first + at) % facts.services.len() as u64) as usize];
            let units = match case.in_minutes(service.0) {
                true => random.between(15, service.3),
                false => random.between(1, service.3),
            };
            let unit_cents = service.2 + random.below(8).cast_signed() * 25;
            let cents = match case.in_minutes(service.0) {
                true => unit_cents * units.cast_signed() / 15,
                false => unit_cents * units.cast_signed(),
            };
            Line { service, units, cents }
        })
        .collect();
    let diagnoses = random.between(1, facts.diagnoses.len() as u64) as usize;
    let back = random.between(3, 60);
    let frequency = match random.below(20) {
        0 => "7",
        1 => "8",
        _ => "1",
    };
    let repriced = Repriced::draw(random, index);
    let service = writer.ago(back);
    Claim { coverage, index, case, facts, lines, service, frequency, diagnoses, repriced }
}

impl Claim<'_> {
    fn header(&self, writer: &mut SetWriter, total: i64) -> Result {
        let random = &mut writer.random;
        let causes: &[&str] = match self.case {
            Case::Accident if random.once_in(2) => &["OA"],
            Case::Accident => &["EM", "OA"],
            Case::AutoAccident => &["AA", "", "", "MA"],
            _ => &[],
        };
        let signed = random.pick(&["Y", "Y", "Y", "N"]);
        let assigned = random.pick(&["A", "A", "A", "B", "C"]);
        let signature = if random.once_in(6) { "P" } else { "" };
        let program = match self.case {
            Case::WellChild => "09",
            _ => "",
        };
        let program = if program == "09" && random.once_in(2) { "" } else { program };
        let delay = if random.once_in(30) { random.pick(&["1", "7", "11"]) } else { "" };
        writer
            .segment("CLM")
            .text(numbered("PT", self.index + 1, 8).as_str())
            .text(money(total).as_str())
            .skip_to(5)
            .composite(&[self.facts.place, "B", self.frequency])
            .text(signed)
            .text(assigned)
            .text("Y")
            .text("Y")
            .text(signature)
            .composite(causes)
            .text(program)
            .skip_to(20)
            .text(delay)
            .end()
    }

    fn before(&self, days: i64) -> Date {
        days_before(self.service, days)
    }

    fn dates(&self, writer: &mut SetWriter) -> Result {
        if let Some(repriced) = self.repriced {
            repriced.date(writer)?;
        }
        match self.case {
            Case::Office if writer.random.once_in(5) => writer.date("431", self.before(2)),
            Case::Chiropractic => {
                writer.date("454", self.before(30))?;
                writer.date("304", self.before(9))?;
                writer.date("453", self.before(31))?;
                writer.date("455", self.before(29))
            }
            Case::Accident | Case::AutoAccident => {
                writer.date("431", self.before(1))?;
                writer.date("439", self.before(1))?;
                if writer.random.once_in(3) {
                    writer.dates("314", self.before(1), self.service)?;
                    writer.date("297", self.before(2))?;
                    writer.date("296", self.service)?;
                }
                Ok(())
            }
            Case::Maternity => writer.date("484", self.before(120)),
            Case::Vision => writer.date("471", self.before(3)),
            Case::Inpatient => {
                writer.date("435", self.before(1))?;
                match writer.random.below(3) {
                    0 => writer.date("096", self.service),
                    1 => writer.date("090", self.service),
                    _ => Ok(()),
                }
            }
            _ if self.coverage.filing == "AM" => writer.date("444", self.before(20)),
            _ => Ok(()),
        }
    }

    fn amounts_and_references(&self, writer: &mut SetWriter) -> Result {
        if writer.random.once_in(15) {
            let kind = writer.random.pick(&["OZ", "B4", "M1", "P5", "PN"]);
            let way = writer.random.pick(&["BM", "EL", "EM", "FX", "FT"]);
            writer.attachment(kind, way, numbered("ACN", self.index, 6).as_str())?;
        } else if writer.random.once_in(30) {
            writer.segment("PWK").text("OZ").text("AA").end()?;
        }
        if writer.random.once_in(40) {
            writer.segment("CN1").text("04").text("100").end()?;
        }
        if writer.random.once_in(10) {
            writer.amount("F5", 1_500)?;
        }
        if self.coverage.filing == "MC" && writer.random.once_in(6) {
            writer.reference("4N", "1")?;
        }
        if self.coverage.filing == "MB" && writer.random.once_in(6) {
            writer.reference("F5", "N")?;
        }
        if self.case == Case::Imaging {
            writer.reference("EW", "T554")?;
        }
        if writer.random.once_in(12) {
            writer.reference("9F", numbered("REF", self.index, 7).as_str())?;
        }
        if writer.random.once_in(12) {
            writer.reference("G1", numbered("AUTH", self.index, 7).as_str())?;
        }
        if matches!(self.frequency, "7" | "8") {
            writer.reference("F8", numbered("2026", self.index, 9).as_str())?;
        }
        if self.case == Case::Laboratory {
            writer.reference("X4", "22D0000001")?;
        }
        if writer.random.once_in(60) {
            writer.reference("LX", "G960001")?;
        }
        if writer.random.once_in(8) {
            writer.reference("D9", numbered("CH", self.index, 12).as_str())?;
        }
        if writer.random.once_in(6) {
            writer.reference("EA", numbered("MR", self.index % 5_000, 6).as_str())?;
        }
        if writer.random.once_in(100) {
            writer.reference("P4", "30")?;
        }
        if let Some(repriced) = self.repriced {
            repriced.references(writer)?;
        }
        if writer.random.once_in(80) {
            writer.segment("K3").text("STATE NOTE 1").end()?;
        }
        if writer.random.once_in(10) {
            writer.note("ADD", "SYNTHETIC CLAIM FOR TESTS")?;
        }
        Ok(())
    }

    fn conditions(&self, writer: &mut SetWriter) -> Result {
        match self.case {
            Case::Ambulance => {
                writer
                    .segment("CR1")
                    .text("LB")
                    .text("150")
                    .text("")
                    .text("A")
                    .text("DH")
                    .number(self.lines.last().map_or(1, |line| line.units))
                    .skip_to(10)
                    .text("STRETCHER")
                    .end()?;
                writer.segment("CRC").text("07").text("Y").text("04").text("06").end()
            }
            Case::Chiropractic => writer.segment("CR2").skip_to(8).text("A").end(),
            Case::Vision => writer.segment("CRC").text("E1").text("Y").text("L1").end(),
            Case::Homebound => writer.segment("CRC").text("75").text("Y").text("IH").end(),
            Case::WellChild => {
                let referred = writer.random.once_in(2);
                let (applies, which) = if referred { ("Y", "ST") } else { ("N", "NU") };
                writer.segment("CRC").text("ZZ").text(applies).text(which).end()
            }
            _ => Ok(()),
        }
    }

    fn codes(&self, writer: &mut SetWriter) -> Result {
        let mut hi = writer.segment("HI");
        for (place, code) in self.facts.diagnoses[..self.diagnoses].iter().enumerate() {
            hi = hi.composite(&[if place == 0 { "ABK" } else { "ABF" }, code]);
        }
        hi.end()?;
        if self.case == Case::Anesthesia {
            writer.segment("HI").composite(&["BP", "49505"]).end()?;
        }
        if self.case == Case::Accident && writer.random.once_in(2) {
            writer.segment("HI").composite(&["BG", "02"]).end()?;
        }
        Ok(())
    }

    fn parties(&self, writer: &mut SetWriter) -> Result {
        let ordered = matches!(self.case, Case::Laboratory | Case::Imaging);
        if ordered || writer.random.once_in(12) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DN", &who)?;
            known_as(writer)?;
            if writer.random.once_in(4) {
                let who = Provider::draw(&mut writer.random);
                writer.provider("P3", &who)?;
            }
        }
        if writer.random.once_in(2) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("82", &who)?;
            if writer.random.once_in(2) {
                writer.specialty("PE", who.taxonomy)?;
            }
            known_as(writer)?;
        }
        if self.case == Case::Inpatient || writer.random.once_in(6) {
            let site = Organization::draw(&mut writer.random, "HOSPITAL");
            writer.organization("77", site.name.as_str(), ("XX", site.npi.as_str()))?;
            writer.site(&site)?;
            known_as(writer)?;
            if writer.random.once_in(6) {
                writer.contact("IC", "FACILITY DESK")?;
            }
        }
        if writer.random.once_in(12) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DQ", &who)?;
            known_as(writer)?;
        }
        if self.case == Case::Ambulance {
            writer.segment("NM1").text("PW").text("2").end()?;
            writer.address("1 HILL RD", "BOSTON", "MA", "02116")?;
            writer.segment("NM1").text("45").text("2").text("SAMPLE HOSPITAL").end()?;
            writer.address("2 HILL RD", "BOSTON", "MA", "02116")?;
        }
        Ok(())
    }
}
