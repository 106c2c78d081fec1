//! The dental claim (837D): loops 2300 and 2400.

use smallvec::SmallVec;
use time::Date;

use super::coordination::others;
use super::known_as;
use super::repricing::Repriced;
use super::{Coverage, Flavour};
use crate::generate::people::{Organization, Provider};
use crate::generate::set_writer::{Result, SetWriter, days_before};
use crate::generate::text::{money, numbered};

/// What is done to the teeth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Preventive,
    Filling,
    Extraction,
    Crown,
    Bridge,
    Periodontal,
    Orthodontic,
    Accident,
    /// What it would cost is asked before it is done.
    Predetermination,
}

const CASES: [Case; 12] = [
    Case::Preventive,
    Case::Preventive,
    Case::Preventive,
    Case::Filling,
    Case::Filling,
    Case::Extraction,
    Case::Crown,
    Case::Bridge,
    Case::Periodontal,
    Case::Orthodontic,
    Case::Accident,
    Case::Predetermination,
];

/// What a line says besides its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Mouth,
    /// One tooth.
    Tooth,
    /// A tooth with surfaces.
    Surfaces,
    /// Quadrants or arches.
    Area(&'static str),
}

type Service = (&'static str, i64, Where);

impl Case {
    fn services(self) -> &'static [Service] {
        use Where::{Area, Mouth, Surfaces, Tooth};
        match self {
            Case::Preventive => &[
                ("D0120", 5_500, Mouth),
                ("D1110", 9_800, Mouth),
                ("D0274", 7_150, Mouth),
                ("D1206", 4_275, Mouth),
                ("D1351", 5_800, Tooth),
            ],
            Case::Filling => &[("D2391", 18_500, Surfaces), ("D2150", 16_250, Surfaces)],
            Case::Extraction => &[("D7140", 20_000, Tooth), ("D7210", 31_500, Tooth)],
            Case::Crown | Case::Predetermination => {
                &[("D2740", 121_500, Tooth), ("D2950", 27_500, Tooth)]
            }
            Case::Bridge => &[("D6240", 115_000, Tooth), ("D5213", 165_000, Area("01"))],
            Case::Periodontal => &[
                ("D4341", 26_500, Area("10")),
                ("D4341", 26_500, Area("20")),
                ("D4910", 14_000, Mouth),
            ],
            Case::Orthodontic => &[("D8080", 300_000, Mouth)],
            Case::Accident => &[("D0140", 9_000, Mouth), ("D3310", 81_000, Tooth)],
        }
    }

    /// True for what is made and set in: SV305.
    fn is_prosthetic(self) -> bool {
        matches!(self, Case::Crown | Case::Bridge)
    }
}

struct Line {
    service: Service,
    cents: i64,
}

struct Claim {
    index: u64,
    case: Case,
    lines: SmallVec<[Line; 8]>,
    service: Date,
    frequency: &'static str,
    /// Diagnoses, which dentists rarely give.
    diagnoses: &'static [&'static str],
    repriced: Option<Repriced>,
    /// True when the date of service stands in the claim and not in its lines.
    dated_once: bool,
}

/// Writes a claim with its lines.
pub(super) fn claim(writer: &mut SetWriter, coverage: &Coverage, index: u64) -> Result {
    let claim = draw(writer, coverage, index);
    let charges: SmallVec<[i64; 8]> = claim.lines.iter().map(|line| line.cents).collect();
    let total = charges.iter().sum();
    let others = others(&mut writer.random, coverage.sequence, &charges);
    claim.header(writer, total)?;
    claim.facts(writer)?;
    if let Some(repriced) = claim.repriced {
        repriced.price(writer, total)?;
    }
    claim.parties(writer)?;
    for other in &others {
        other.write(writer, Flavour::Dental, &coverage.family, false, total)?;
    }
    for (place, line) in claim.lines.iter().enumerate() {
        claim.line(writer, place, line)?;
        for other in &others {
            other.line(writer, place, &["AD", line.service.0], "", 1)?;
        }
    }
    Ok(())
}

fn draw(writer: &mut SetWriter, coverage: &Coverage, index: u64) -> Claim {
    let random = &mut writer.random;
    let case = match random.pick(&CASES) {
        // A service that has not been rendered yet has not been decided.
        Case::Predetermination if coverage.sequence != "P" => Case::Preventive,
        case => case,
    };
    let services = case.services();
    let count = random.between(1, services.len() as u64 + 1);
    let lines = (0..count)
        .map(|at| {
            let service = services[(at % services.len() as u64) as usize];
            Line { service, cents: service.1 + random.below(10).cast_signed() * 125 }
        })
        .collect();
    let back = random.between(3, 60);
    let frequency = match random.below(20) {
        _ if case == Case::Predetermination => "1",
        0 => "7",
        1 => "8",
        _ => "1",
    };
    let diagnoses: &[&str] = match random.below(4) {
        0 => &["K011"],
        1 => &["K011", "K029"],
        _ => &[],
    };
    let dated_once = case == Case::Preventive && random.once_in(2);
    let repriced = Repriced::draw(random, index);
    let service = writer.ago(back);
    Claim { index, case, lines, service, frequency, diagnoses, repriced, dated_once }
}

impl Claim {
    fn header(&self, writer: &mut SetWriter, total: i64) -> Result {
        let cause: &[&str] = if self.case == Case::Accident { &["OA"] } else { &[] };
        let planned = if self.case == Case::Predetermination { "PB" } else { "" };
        let assigned = writer.random.pick(&["A", "A", "A", "C"]);
        writer
            .segment("CLM")
            .text(numbered("PD", self.index + 1, 8).as_str())
            .text(money(total).as_str())
            .skip_to(5)
            .composite(&["11", "B", self.frequency])
            .text("Y")
            .text(assigned)
            .text("Y")
            .text("Y")
            .text("")
            .composite(cause)
            .skip_to(19)
            .text(planned)
            .end()
    }

    fn before(&self, days: i64) -> Date {
        days_before(self.service, days)
    }

    fn facts(&self, writer: &mut SetWriter) -> Result {
        if self.case == Case::Accident {
            writer.date("439", self.before(2))?;
        }
        if self.case == Case::Orthodontic {
            writer.date("452", self.before(30))?;
        }
        if self.dated_once {
            writer.date("472", self.service)?;
        }
        if let Some(repriced) = self.repriced {
            repriced.date(writer)?;
        }
        if self.case == Case::Orthodontic {
            writer.segment("DN1").text("24").text("20").end()?;
        }
        if matches!(self.case, Case::Bridge | Case::Extraction) {
            writer.segment("DN2").text("8").text("E").skip_to(6).text("JP").end()?;
            writer.segment("DN2").text("9").text("M").skip_to(6).text("JP").end()?;
        }
        if matches!(self.case, Case::Crown | Case::Predetermination) || writer.random.once_in(15) {
            let way = writer.random.pick(&["BM", "EL", "EM", "FX", "FT"]);
            let kind = writer.random.pick(&["RB", "DA", "P6"]);
            writer.attachment(kind, way, numbered("ACN", self.index, 6).as_str())?;
        }
        if writer.random.once_in(40) {
            writer.segment("CN1").text("04").text("100").end()?;
        }
        if writer.random.once_in(12) {
            writer.amount("F5", 5_000)?;
        }
        if self.case == Case::Crown && writer.random.once_in(2) {
            writer.reference("G3", numbered("PRE", self.index, 7).as_str())?;
        }
        if matches!(self.frequency, "7" | "8") {
            writer.reference("F8", numbered("2026", self.index, 9).as_str())?;
        }
        if writer.random.once_in(15) {
            writer.reference("9F", numbered("REF", self.index, 7).as_str())?;
        }
        if writer.random.once_in(15) {
            writer.reference("G1", numbered("AUTH", self.index, 7).as_str())?;
        }
        if writer.random.once_in(8) {
            writer.reference("D9", numbered("CH", self.index, 12).as_str())?;
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
        if self.diagnoses.is_empty() {
            return Ok(());
        }
        let mut hi = writer.segment("HI");
        for (place, code) in self.diagnoses.iter().enumerate() {
            hi = hi.composite(&[if place == 0 { "ABK" } else { "ABF" }, code]);
        }
        hi.end()
    }

    fn parties(&self, writer: &mut SetWriter) -> Result {
        if writer.random.once_in(15) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DN", &who)?;
            if writer.random.once_in(4) {
                writer.specialty("RF", "1223G0001X")?;
            }
            known_as(writer)?;
        }
        if writer.random.once_in(2) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("82", &who)?;
            if writer.random.once_in(2) {
                writer.specialty("PE", "122300000X")?;
            }
            known_as(writer)?;
        }
        if writer.random.once_in(15) {
            let site = Organization::draw(&mut writer.random, "DENTAL");
            writer.organization("77", site.name.as_str(), ("XX", site.npi.as_str()))?;
            writer.site(&site)?;
            known_as(writer)?;
        }
        if self.case == Case::Extraction && writer.random.once_in(6) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DD", &who)?;
            writer.specialty("AS", "1223S0112X")?;
            known_as(writer)?;
        } else if writer.random.once_in(25) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DQ", &who)?;
            known_as(writer)?;
        }
        Ok(())
    }

    fn line(&self, writer: &mut SetWriter, place: usize, line: &Line) -> Result {
        let (code, _, at) = line.service;
        writer.segment("LX").number(place as u64 + 1).end()?;
        let area = if let Where::Area(area) = at { area } else { "" };
        let replaced = self.case.is_prosthetic() && writer.random.once_in(3);
        let prosthesis = match (self.case.is_prosthetic(), replaced) {
            (true, true) => "R",
            (true, false) => "I",
            _ => "",
        };
        let pointers: &[&str] = match self.diagnoses.len() {
            0 => &[],
            1 => &["1"],
            _ => &["1", "2"],
        };
        writer
            .segment("SV3")
            .composite(&["AD", code])
            .text(money(line.cents).as_str())
            .text("")
            .text(area)
            .text(prosthesis)
            .text("1")
            .skip_to(11)
            .composite(pointers)
            .end()?;
        if matches!(at, Where::Tooth | Where::Surfaces) {
            let tooth = numbered("", writer.random.between(1, 32), 1);
            let surfaces: &[&str] = match (at, writer.random.below(3)) {
                (Where::Surfaces, 0) => &["O"],
                (Where::Surfaces, 1) => &["M", "O"],
                (Where::Surfaces, _) => &["M", "O", "D"],
                _ => &[],
            };
            writer.segment("TOO").text("JP").text(tooth.as_str()).composite(surfaces).end()?;
        }
        if !self.dated_once && self.case != Case::Predetermination {
            writer.date("472", self.service)?;
        }
        if replaced {
            writer.date("441", self.before(2_000))?;
        }
        if self.case == Case::Orthodontic {
            writer.date("452", self.before(30))?;
        }
        if replaced && writer.random.once_in(2) {
            writer.date("196", self.before(40))?;
            writer.date("198", self.service)?;
        }
        if let Some(repriced) = self.repriced {
            repriced.line_references(writer, place)?;
        }
        if !writer.random.once_in(4) {
            let number = self.index * 100 + place as u64;
            writer.reference("6R", numbered("L", number, 10).as_str())?;
        }
        if writer.random.once_in(40) {
            writer.amount("T", 375)?;
        }
        if let Some(repriced) = self.repriced {
            repriced.price(writer, line.cents)?;
        }
        if writer.random.once_in(30) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("82", &who)?;
            writer.specialty("PE", "122300000X")?;
        }
        Ok(())
    }
}
