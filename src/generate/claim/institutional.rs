//! The institutional claim (837I): loops 2300 and 2400.

use smallvec::SmallVec;
use time::Date;

use super::coordination::others;
use super::known_as;
use super::repricing::Repriced;
use super::{Coverage, Flavour};
use crate::generate::people::{Organization, Provider};
use crate::generate::set_writer::{Result, SetWriter, days_before};
use crate::generate::text::{day, days, money, numbered, short};

/// A kind of stay or visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Inpatient,
    Surgery,
    Outpatient,
    Emergency,
    SkilledNursing,
    HomeHealth,
    Hospice,
    Dialysis,
}

const CASES: [Case; 12] = [
    Case::Inpatient,
    Case::Inpatient,
    Case::Surgery,
    Case::Outpatient,
    Case::Outpatient,
    Case::Outpatient,
    Case::Outpatient,
    Case::Emergency,
    Case::SkilledNursing,
    Case::HomeHealth,
    Case::Hospice,
    Case::Dialysis,
];

/// Revenue code, procedure (empty where a stay has none), cents for one, most units, in days.
type Service = (&'static str, &'static str, i64, u64, bool);

impl Case {
    /// CLM05-1: facility and kind of care.
    fn bill_type(self) -> &'static str {
        match self {
            Case::Inpatient | Case::Surgery => "11",
            Case::Outpatient | Case::Emergency => "13",
            Case::SkilledNursing => "21",
            Case::HomeHealth => "32",
            Case::Hospice => "81",
            Case::Dialysis => "72",
        }
    }

    /// True for those who stay overnight.
    fn stays(self) -> bool {
        matches!(self, Case::Inpatient | Case::Surgery | Case::SkilledNursing)
    }

    /// True for a hospital's own beds, which are paid by diagnosis.
    fn is_hospital_stay(self) -> bool {
        matches!(self, Case::Inpatient | Case::Surgery)
    }

    fn diagnoses(self) -> &'static [&'static str] {
        match self {
            Case::Inpatient => &["I214", "I10", "E119", "N179", "J9601"],
            Case::Surgery => &["S72001A", "I10", "E119", "D62"],
            Case::Outpatient => &["R0789", "E785", "K219", "Z7901"],
            Case::Emergency => &["S93401A", "R55"],
            Case::SkilledNursing => &["I6930", "R1310"],
            Case::HomeHealth => &["L89152", "E1140"],
            Case::Hospice => &["C3490", "R64"],
            Case::Dialysis => &["N186", "D631"],
        }
    }

    fn services(self) -> &'static [Service] {
        match self {
            Case::Inpatient => &[
                ("0120", "", 160_000, 5, true),
                ("0250", "", 4_500, 20, false),
                ("0300", "", 9_900, 6, false),
                ("0730", "", 31_500, 2, false),
            ],
            Case::Surgery => &[
                ("0120", "", 160_000, 4, true),
                ("0360", "", 892_500, 1, false),
                ("0278", "", 410_000, 2, false),
                ("0710", "", 88_050, 1, false),
            ],
            Case::Outpatient => &[
                ("0510", "G0463", 18_900, 1, false),
                ("0300", "80053", 5_500, 1, false),
                ("0320", "71046", 21_075, 1, false),
                ("0636", "J1745", 8_840, 40, false),
            ],
            Case::Emergency => &[
                ("0450", "99284", 98_500, 1, false),
                ("0270", "A6449", 365, 4, false),
                ("0730", "93005", 31_500, 1, false),
            ],
            Case::SkilledNursing => {
                &[("0191", "", 62_500, 20, true), ("0420", "97110", 8_500, 12, false)]
            }
            Case::HomeHealth => {
                &[("0550", "G0299", 19_500, 4, false), ("0420", "G0151", 20_500, 3, false)]
            }
            Case::Hospice => &[("0651", "Q5001", 22_900, 14, false)],
            Case::Dialysis => {
                &[("0821", "90999", 110_000, 12, false), ("0634", "J0885", 1_225, 20, false)]
            }
        }
    }
}

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
    lines: SmallVec<[Line; 8]>,
    from: Date,
    to: Date,
    /// CLM05-3.
    frequency: &'static str,
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
    claim.codes(writer)?;
    if let Some(repriced) = claim.repriced {
        repriced.price(writer, total)?;
    }
    claim.parties(writer)?;
    let inpatient = claim.case.stays();
    for other in &others {
        other.write(writer, Flavour::Institutional, &coverage.family, inpatient, total)?;
    }
    for (place, line) in claim.lines.iter().enumerate() {
        claim.line(writer, place, line)?;
        let (revenue, code, ..) = line.service;
        let procedure: &[&str] = if code.is_empty() { &[] } else { &["HC", code] };
        for other in &others {
            other.line(writer, place, procedure, revenue, line.units)?;
        }
    }
    Ok(())
}

fn draw<'a>(writer: &mut SetWriter, coverage: &'a Coverage, index: u64) -> Claim<'a> {
    let random = &mut writer.random;
    let case = random.pick(&CASES);
    let services = case.services();
    let count = match random.below(20) {
        0 => random.between(5, 30),
        _ => random.between(1, services.len() as u64),
    };
    let lines: SmallVec<[Line; 8]> = (0..count)
        .map(|at| {
            let service = services[(at % services.len() as u64) as usize];
            let units = random.between(1, service.3);
            let cents = (service.2 + random.below(20).cast_signed() * 5) * units.cast_signed();
            Line { service, units, cents }
        })
        .collect();
    let length = match case.stays() {
        true => lines.iter().map(|line| if line.service.4 { line.units } else { 0 }).sum(),
        false if matches!(case, Case::Outpatient | Case::Emergency) => 0,
        false => 27,
    };
    let back = random.between(3, 60);
    let frequency = match (case, random.below(24)) {
        (_, 0) => "7",
        (_, 1) => "8",
        (Case::Inpatient | Case::SkilledNursing | Case::Hospice | Case::Dialysis, n @ 2..5) => {
            ["2", "3", "4"][n as usize - 2]
        }
        _ => "1",
    };
    let repriced = Repriced::draw(random, index);
    let (from, to) = (writer.ago(back + length), writer.ago(back));
    Claim { coverage, index, case, lines, from, to, frequency, repriced }
}

impl Claim<'_> {
    /// True when the patient is still there at the end of the statement.
    fn goes_on(&self) -> bool {
        matches!(self.frequency, "2" | "3")
    }

    fn header(&self, writer: &mut SetWriter, total: i64) -> Result {
        let assigned = writer.random.pick(&["A", "A", "A", "B", "C"]);
        let delay =
            if writer.random.once_in(30) { writer.random.pick(&["1", "7", "11"]) } else { "" };
        writer
            .segment("CLM")
            .text(numbered("PI", self.index + 1, 8).as_str())
            .text(money(total).as_str())
            .skip_to(5)
            .composite(&[self.case.bill_type(), "A", self.frequency])
            .skip_to(7)
            .text(assigned)
            .text("Y")
            .text("Y")
            .skip_to(20)
            .text(delay)
            .end()
    }

    fn dates(&self, writer: &mut SetWriter) -> Result {
        if self.case.stays() && !self.goes_on() {
            writer.segment("DTP").text("096").text("TM").text("1130").end()?;
        }
        writer.dates("434", self.from, self.to)?;
        if self.case.stays() || matches!(self.case, Case::HomeHealth | Case::Hospice) {
            // A stay that was billed before began before this statement.
            let before = if matches!(self.frequency, "3" | "4") { 30 } else { 0 };
            let admitted = days_before(self.from, before);
            match self.case.stays() {
                true => {
                    let when = short(format_args!("{}{}", day(admitted), "1015"));
                    writer.segment("DTP").text("435").text("DT").text(when.as_str()).end()?;
                }
                false => writer.date("435", admitted)?,
            }
        }
        if let Some(repriced) = self.repriced {
            repriced.date(writer)?;
        }
        let kind = if self.case == Case::Emergency { "1" } else { "3" };
        let source = writer.random.pick(&["1", "2"]);
        let status = match writer.random.below(8) {
            _ if self.goes_on() => "30",
            0 if self.case.stays() => "03",
            1 if self.case == Case::Hospice => "40",
            2 if self.case.stays() => "06",
            _ => "01",
        };
        writer.segment("CL1").text(kind).text(source).text(status).end()
    }

    fn amounts_and_references(&self, writer: &mut SetWriter) -> Result {
        if writer.random.once_in(15) {
            let way = writer.random.pick(&["BM", "EL", "EM", "FX", "FT"]);
            writer.attachment("DS", way, numbered("ACN", self.index, 6).as_str())?;
        }
        if writer.random.once_in(40) {
            writer.segment("CN1").text("04").text("100").end()?;
        }
        if writer.random.once_in(12) {
            writer.amount("F3", 25_000)?;
        }
        if self.coverage.filing == "MC" && writer.random.once_in(6) {
            writer.reference("4N", "1")?;
        }
        if writer.random.once_in(12) {
            writer.reference("9F", numbered("REF", self.index, 7).as_str())?;
        }
        if self.case.stays() || writer.random.once_in(12) {
            writer.reference("G1", numbered("AUTH", self.index, 7).as_str())?;
        }
        if matches!(self.frequency, "7" | "8") {
            writer.reference("F8", numbered("2026", self.index, 9).as_str())?;
        }
        if writer.random.once_in(8) {
            writer.reference("D9", numbered("CH", self.index, 12).as_str())?;
        }
        if writer.random.once_in(3) {
            writer.reference("EA", numbered("MR", self.index % 5_000, 6).as_str())?;
        }
        if let Some(repriced) = self.repriced {
            repriced.references(writer)?;
        }
        if writer.random.once_in(60) {
            let (kind, number) =
                writer.random.pick(&[("LX", "G960001"), ("P4", "30"), ("G4", "PRO1")]);
            writer.reference(kind, number)?;
        }
        if writer.random.once_in(80) {
            writer.segment("K3").text("STATE NOTE 1").end()?;
        }
        if self.case == Case::HomeHealth {
            writer.note("DGN", "WOUND CARE")?;
        }
        if writer.random.once_in(10) {
            writer.note("ADD", "SYNTHETIC CLAIM FOR TESTS")?;
        }
        Ok(())
    }

    fn codes(&self, writer: &mut SetWriter) -> Result {
        let diagnoses = self.case.diagnoses();
        let present = if self.case.is_hospital_stay() { "Y" } else { "" };
        let diagnosis = |qualifier, code| [qualifier, code, "", "", "", "", "", "", present];
        writer.segment("HI").composite(&diagnosis("ABK", diagnoses[0])).end()?;
        if self.case.stays() {
            writer.segment("HI").composite(&["ABJ", diagnoses[0]]).end()?;
        }
        if self.case == Case::Emergency {
            writer.segment("HI").composite(&["APR", "R079"]).composite(&["APR", "R42"]).end()?;
        }
        if matches!(self.case, Case::Emergency | Case::Surgery) {
            writer.segment("HI").composite(&diagnosis("ABN", "W010XXA")).end()?;
        }
        if self.case.is_hospital_stay() {
            let group = if self.case == Case::Surgery { "481" } else { "280" };
            writer.segment("HI").composite(&["DR", group]).end()?;
        }
        let more = writer.random.below(diagnoses.len() as u64) as usize;
        if more > 0 {
            let mut hi = writer.segment("HI");
            for code in &diagnoses[1..=more] {
                hi = hi.composite(&diagnosis("ABF", code));
            }
            hi.end()?;
        }
        if self.case == Case::Surgery {
            let on = day(self.from);
            writer.segment("HI").composite(&["BBR", "0SR90J9", "D8", on.as_str()]).end()?;
            if writer.random.once_in(2) {
                writer.segment("HI").composite(&["BBQ", "3E0T3CZ", "D8", on.as_str()]).end()?;
            }
        }
        self.occurrences(writer)
    }

    fn occurrences(&self, writer: &mut SetWriter) -> Result {
        if self.case == Case::SkilledNursing {
            let from = days_before(self.from, 10);
            let stay = days(from, self.from);
            writer.segment("HI").composite(&["BI", "70", "RD8", stay.as_str()]).end()?;
        }
        match self.case {
            Case::Emergency | Case::Surgery if writer.random.once_in(2) => {
                let on = day(self.from);
                writer.segment("HI").composite(&["BH", "05", "D8", on.as_str()]).end()?;
            }
            Case::HomeHealth | Case::Hospice => {
                let on = day(self.from);
                writer.segment("HI").composite(&["BH", "27", "D8", on.as_str()]).end()?;
            }
            _ => {}
        }
        let bed_days: u64 = self.lines.iter().filter(|l| l.service.4).map(|l| l.units).sum();
        match self.case {
            _ if bed_days > 0 => {
                let bed_days = numbered("", bed_days, 1);
                writer
                    .segment("HI")
                    .composite(&["BE", "80", "", "", bed_days.as_str()])
                    .composite(&["BE", "A1", "", "", "100"])
                    .end()?;
            }
            Case::HomeHealth => {
                writer.segment("HI").composite(&["BE", "61", "", "", "14460"]).end()?;
            }
            Case::Dialysis => {
                writer
                    .segment("HI")
                    .composite(&["BE", "A8", "", "", "72.5"])
                    .composite(&["BE", "A9", "", "", "170"])
                    .end()?;
            }
            _ => {}
        }
        match self.case {
            Case::Dialysis => writer.segment("HI").composite(&["BG", "71"]).end()?,
            _ if writer.random.once_in(8) => writer.segment("HI").composite(&["BG", "09"]).end()?,
            _ => {}
        }
        if self.case == Case::HomeHealth && writer.random.once_in(2) {
            writer.segment("HI").composite(&["TC", "A01"]).end()?;
        }
        Ok(())
    }

    fn parties(&self, writer: &mut SetWriter) -> Result {
        let who = Provider::draw(&mut writer.random);
        writer.provider("71", &who)?;
        if writer.random.once_in(2) {
            writer.specialty("AT", who.taxonomy)?;
        }
        known_as(writer)?;
        if self.case == Case::Surgery {
            let who = Provider::draw(&mut writer.random);
            writer.provider("72", &who)?;
            known_as(writer)?;
            if writer.random.once_in(4) {
                let who = Provider::draw(&mut writer.random);
                writer.provider("ZZ", &who)?;
                known_as(writer)?;
            }
        }
        if self.case == Case::Outpatient && writer.random.once_in(6) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("82", &who)?;
            known_as(writer)?;
        }
        if writer.random.once_in(12) {
            let site = Organization::draw(&mut writer.random, "ANNEX");
            writer.organization("77", site.name.as_str(), ("XX", site.npi.as_str()))?;
            writer.site(&site)?;
            known_as(writer)?;
        }
        if matches!(self.case, Case::Outpatient | Case::HomeHealth) && writer.random.once_in(6) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("DN", &who)?;
            known_as(writer)?;
        }
        Ok(())
    }

    fn line(&self, writer: &mut SetWriter, place: usize, line: &Line) -> Result {
        let (revenue, code, _, _, in_days) = line.service;
        writer.segment("LX").number(place as u64 + 1).end()?;
        let not_covered = if writer.random.once_in(20) { line.cents / 10 } else { 0 };
        let not_covered = (not_covered > 0).then(|| money(not_covered));
        let mut procedure: SmallVec<[&str; 3]> = SmallVec::new();
        if !code.is_empty() {
            procedure.extend_from_slice(&["HC", code]);
            if writer.random.once_in(8) {
                procedure.push("59");
            }
        }
        writer
            .segment("SV2")
            .text(revenue)
            .composite(&procedure)
            .text(money(line.cents).as_str())
            .text(if in_days { "DA" } else { "UN" })
            .number(line.units)
            .text("")
            .maybe(not_covered.as_ref().map(|cents| cents.as_str()))
            .end()?;
        if !self.case.stays() {
            match line.units > 1 && self.from < self.to {
                true => writer.dates("472", self.from, self.to)?,
                false => writer.date("472", self.from)?,
            }
        }
        if !writer.random.once_in(4) {
            let number = self.index * 1000 + place as u64;
            writer.reference("6R", numbered("L", number, 11).as_str())?;
        }
        if let Some(repriced) = self.repriced {
            repriced.line_references(writer, place)?;
        }
        if writer.random.once_in(40) {
            writer.amount("GT", 150)?;
            writer.amount("N8", 300)?;
        }
        if writer.random.once_in(60) {
            writer.note("TPO", "SEEN BY THE REPRICER")?;
        }
        if let Some(repriced) = self.repriced {
            repriced.price(writer, line.cents)?;
        }
        if revenue == "0636" {
            writer.segment("LIN").skip_to(2).text("N4").text("00002143380").end()?;
            let units = numbered("", line.units, 1);
            writer.segment("CTP").skip_to(4).text(units.as_str()).composite(&["ML"]).end()?;
            if writer.random.once_in(2) {
                writer.reference("XZ", numbered("RX", self.index, 7).as_str())?;
            }
        }
        if revenue == "0360" && writer.random.once_in(3) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("72", &who)?;
        }
        Ok(())
    }
}
