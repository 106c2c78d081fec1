//! The professional claim (837P): loop 2300, and in `line` loop 2400.

mod line;

use smallvec::SmallVec;
use time::Date;

use super::coordination::others;
use super::known_as;
use super::repricing::Repriced;
use super::scenario::{CASES, Case, Facts, Service, may_be_pregnant};
use super::{Coverage, Flavour};
use crate::generate::cast::{Organization, Provider};
use crate::generate::pen::{Pen, Written, days_before};
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
pub(super) fn claim(pen: &mut Pen, coverage: &Coverage, index: u64) -> Written {
    let claim = draw(pen, coverage, index);
    let charges: SmallVec<[i64; 8]> = claim.lines.iter().map(|line| line.cents).collect();
    let total = charges.iter().sum();
    let others = others(&mut pen.random, coverage.sequence, &charges);
    claim.header(pen, total)?;
    claim.dates(pen)?;
    claim.amounts_and_references(pen)?;
    claim.conditions(pen)?;
    claim.codes(pen)?;
    if let Some(repriced) = claim.repriced {
        repriced.price(pen, total)?;
    }
    claim.parties(pen)?;
    for other in &others {
        other.write(pen, Flavour::Professional, &coverage.family, false, total)?;
    }
    for (place, line) in claim.lines.iter().enumerate() {
        claim.line(pen, place, line)?;
        let mut procedure: SmallVec<[&str; 6]> = SmallVec::from_slice(&["HC", line.service.0]);
        procedure.extend_from_slice(line.service.1);
        for other in &others {
            other.line(pen, place, &procedure, "", line.units)?;
        }
        if claim.case == Case::Oxygen {
            pen.segment("LQ").text("UT").text("484.03").end()?;
            pen.segment("FRM").text("1A").skip_to(3).text("56").end()?;
            pen.segment("FRM").text("5").text("Y").end()?;
        }
    }
    Ok(())
}

fn draw<'a>(pen: &mut Pen, coverage: &'a Coverage, index: u64) -> Claim<'a> {
    let patient = coverage.family.patient();
    let today = pen.today;
    let random = &mut pen.random;
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
    let service = pen.ago(back);
    Claim { coverage, index, case, facts, lines, service, frequency, diagnoses, repriced }
}

impl Claim<'_> {
    fn header(&self, pen: &mut Pen, total: i64) -> Written {
        let random = &mut pen.random;
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
        pen.segment("CLM")
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

    fn dates(&self, pen: &mut Pen) -> Written {
        if let Some(repriced) = self.repriced {
            repriced.date(pen)?;
        }
        match self.case {
            Case::Office if pen.random.once_in(5) => pen.date("431", self.before(2)),
            Case::Chiropractic => {
                pen.date("454", self.before(30))?;
                pen.date("304", self.before(9))?;
                pen.date("453", self.before(31))?;
                pen.date("455", self.before(29))
            }
            Case::Accident | Case::AutoAccident => {
                pen.date("431", self.before(1))?;
                pen.date("439", self.before(1))?;
                if pen.random.once_in(3) {
                    pen.dates("314", self.before(1), self.service)?;
                    pen.date("297", self.before(2))?;
                    pen.date("296", self.service)?;
                }
                Ok(())
            }
            Case::Maternity => pen.date("484", self.before(120)),
            Case::Vision => pen.date("471", self.before(3)),
            Case::Inpatient => {
                pen.date("435", self.before(1))?;
                match pen.random.below(3) {
                    0 => pen.date("096", self.service),
                    1 => pen.date("090", self.service),
                    _ => Ok(()),
                }
            }
            _ if self.coverage.filing == "AM" => pen.date("444", self.before(20)),
            _ => Ok(()),
        }
    }

    fn amounts_and_references(&self, pen: &mut Pen) -> Written {
        if pen.random.once_in(15) {
            let kind = pen.random.pick(&["OZ", "B4", "M1", "P5", "PN"]);
            let way = pen.random.pick(&["BM", "EL", "EM", "FX", "FT"]);
            pen.attachment(kind, way, numbered("ACN", self.index, 6).as_str())?;
        } else if pen.random.once_in(30) {
            pen.segment("PWK").text("OZ").text("AA").end()?;
        }
        if pen.random.once_in(40) {
            pen.segment("CN1").text("04").text("100").end()?;
        }
        if pen.random.once_in(10) {
            pen.amount("F5", 1_500)?;
        }
        if self.coverage.filing == "MC" && pen.random.once_in(6) {
            pen.reference("4N", "1")?;
        }
        if self.coverage.filing == "MB" && pen.random.once_in(6) {
            pen.reference("F5", "N")?;
        }
        if self.case == Case::Imaging {
            pen.reference("EW", "T554")?;
        }
        if pen.random.once_in(12) {
            pen.reference("9F", numbered("REF", self.index, 7).as_str())?;
        }
        if pen.random.once_in(12) {
            pen.reference("G1", numbered("AUTH", self.index, 7).as_str())?;
        }
        if matches!(self.frequency, "7" | "8") {
            pen.reference("F8", numbered("2026", self.index, 9).as_str())?;
        }
        if self.case == Case::Laboratory {
            pen.reference("X4", "22D0000001")?;
        }
        if pen.random.once_in(60) {
            pen.reference("LX", "G960001")?;
        }
        if pen.random.once_in(8) {
            pen.reference("D9", numbered("CH", self.index, 12).as_str())?;
        }
        if pen.random.once_in(6) {
            pen.reference("EA", numbered("MR", self.index % 5_000, 6).as_str())?;
        }
        if pen.random.once_in(100) {
            pen.reference("P4", "30")?;
        }
        if let Some(repriced) = self.repriced {
            repriced.references(pen)?;
        }
        if pen.random.once_in(80) {
            pen.segment("K3").text("STATE NOTE 1").end()?;
        }
        if pen.random.once_in(10) {
            pen.note("ADD", "SYNTHETIC CLAIM FOR TESTS")?;
        }
        Ok(())
    }

    fn conditions(&self, pen: &mut Pen) -> Written {
        match self.case {
            Case::Ambulance => {
                pen.segment("CR1")
                    .text("LB")
                    .text("150")
                    .text("")
                    .text("A")
                    .text("DH")
                    .number(self.lines.last().map_or(1, |line| line.units))
                    .skip_to(10)
                    .text("STRETCHER")
                    .end()?;
                pen.segment("CRC").text("07").text("Y").text("04").text("06").end()
            }
            Case::Chiropractic => pen.segment("CR2").skip_to(8).text("A").end(),
            Case::Vision => pen.segment("CRC").text("E1").text("Y").text("L1").end(),
            Case::Homebound => pen.segment("CRC").text("75").text("Y").text("IH").end(),
            Case::WellChild => {
                let referred = pen.random.once_in(2);
                let (applies, which) = if referred { ("Y", "ST") } else { ("N", "NU") };
                pen.segment("CRC").text("ZZ").text(applies).text(which).end()
            }
            _ => Ok(()),
        }
    }

    fn codes(&self, pen: &mut Pen) -> Written {
        let mut hi = pen.segment("HI");
        for (place, code) in self.facts.diagnoses[..self.diagnoses].iter().enumerate() {
            hi = hi.composite(&[if place == 0 { "ABK" } else { "ABF" }, code]);
        }
        hi.end()?;
        if self.case == Case::Anesthesia {
            pen.segment("HI").composite(&["BP", "49505"]).end()?;
        }
        if self.case == Case::Accident && pen.random.once_in(2) {
            pen.segment("HI").composite(&["BG", "02"]).end()?;
        }
        Ok(())
    }

    fn parties(&self, pen: &mut Pen) -> Written {
        let ordered = matches!(self.case, Case::Laboratory | Case::Imaging);
        if ordered || pen.random.once_in(12) {
            let who = Provider::draw(&mut pen.random);
            pen.provider("DN", &who)?;
            known_as(pen)?;
            if pen.random.once_in(4) {
                let who = Provider::draw(&mut pen.random);
                pen.provider("P3", &who)?;
            }
        }
        if pen.random.once_in(2) {
            let who = Provider::draw(&mut pen.random);
            pen.provider("82", &who)?;
            if pen.random.once_in(2) {
                pen.specialty("PE", who.taxonomy)?;
            }
            known_as(pen)?;
        }
        if self.case == Case::Inpatient || pen.random.once_in(6) {
            let site = Organization::draw(&mut pen.random, "HOSPITAL");
            pen.organization("77", site.name.as_str(), ("XX", site.npi.as_str()))?;
            pen.site(&site)?;
            known_as(pen)?;
            if pen.random.once_in(6) {
                pen.contact("IC", "FACILITY DESK")?;
            }
        }
        if pen.random.once_in(12) {
            let who = Provider::draw(&mut pen.random);
            pen.provider("DQ", &who)?;
            known_as(pen)?;
        }
        if self.case == Case::Ambulance {
            pen.segment("NM1").text("PW").text("2").end()?;
            pen.address("1 HILL RD", "BOSTON", "MA", "02116")?;
            pen.segment("NM1").text("45").text("2").text("SAMPLE HOSPITAL").end()?;
            pen.address("2 HILL RD", "BOSTON", "MA", "02116")?;
        }
        Ok(())
    }
}
