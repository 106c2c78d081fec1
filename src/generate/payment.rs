//! Payments of claims (835): the payment with its bank details, the claims with their lines, and the provider's adjustments.
//!
//! The total stands at the beginning, so each claim's amounts follow from its numbers alone and are worked out twice.

use std::ops::Range;

use smallvec::SmallVec;
use time::Date;

use super::SetSource;
use super::decision::Decision;
use super::people::{Family, OTHER_PAYERS, Organization, PAYER, Provider};
use super::random::Random;
use super::set_writer::{Result, SetWriter, transfer};
use super::text::{Short, day, money, numbered};

/// Claims under one LX where there is no summary.
const GROUP_CLAIMS: u64 = 50;

/// Writes payments.
#[derive(Debug, Default)]
pub(super) struct Payments {
    payee: Short,
    /// PLB: reason, reference and cents.
    adjustments: SmallVec<[(&'static str, Short, i64); 3]>,
    first: u64,
    summarized: bool,
}

/// How a claim was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Paid line by line.
    Lines,
    /// A hospital stay, paid as a whole.
    Stay,
    /// Refused as a whole.
    Denied,
    /// An earlier payment is taken back and the claim paid anew.
    Corrected,
}

/// What decides the amounts of a claim.
#[derive(Debug)]
struct Paid {
    course: Course,
    /// Services and what became of them; one without a service for a claim decided as a whole.
    lines: Vec<(Service, Decision)>,
    /// What is taken back first.
    before: Option<Decision>,
}

/// Qualifier, code, modifier, revenue code, price.
type Service = (&'static str, &'static str, &'static str, i64);

const SERVICES: [Service; 10] = [
    ("HC", "99213", "25", 14_500),
    ("HC", "G0101", "", 8_800),
    ("HC", "80053", "", 3_250),
    ("HC", "J1745", "", 88_400),
    ("HC", "E0143", "NU", 13_500),
    ("HC", "71046", "", 9_900),
    ("HC", "A0428", "RH", 70_000),
    ("AD", "D2391", "", 18_500),
    ("HC", "G0463", "", 18_900),
    ("HC", "97110", "GP", 8_500),
];

impl Paid {
    /// The amounts of the claim with these numbers.
    fn draw(random: &mut Random) -> Self {
        let course = match random.below(20) {
            0 | 1 => Course::Stay,
            2 | 3 => Course::Denied,
            4 => Course::Corrected,
            _ => Course::Lines,
        };
        let count = match (course, random.below(20)) {
            (Course::Stay, _) => 1,
            (_, 0) => random.between(5, 20),
            _ => random.between(1, 4),
        };
        let lines: Vec<(Service, Decision)> = (0..count)
            .map(|_| {
                let service = random.pick(&SERVICES);
                let charge = service.3 + random.below(40).cast_signed() * 25;
                let decision = match course {
                    Course::Denied => Decision::denial(random, charge),
                    Course::Stay => Decision::draw(random, charge * 30),
                    _ => Decision::draw(random, charge),
                };
                (service, decision)
            })
            .collect();
        let charge = lines.iter().map(|line| line.1.charge).sum();
        let before =
            (course == Course::Corrected).then(|| Decision::draw(random, charge).reversed());
        Paid { course, lines, before }
    }

    fn charge(&self) -> i64 {
        self.lines.iter().map(|line| line.1.charge).sum()
    }

    fn paid(&self) -> i64 {
        self.lines.iter().map(|line| line.1.paid).sum()
    }

    fn patient_share(&self) -> i64 {
        self.lines.iter().map(|line| line.1.patient_share()).sum()
    }
}

impl SetSource for Payments {
    fn counts_ahead(&self) -> bool {
        true
    }

    fn open(&mut self, writer: &mut SetWriter, number: u64, items: Range<u64>) -> Result {
        let (mut total, mut claims, mut charges) = (0, 0, 0);
        for index in items.clone() {
            let paid = Paid::draw(&mut writer.numbers_of(index));
            total += paid.paid();
            charges += paid.charge();
            claims += 1;
            if let Some(before) = &paid.before {
                total += before.paid;
                charges += before.charge;
                claims += 1;
            }
        }
        self.first = items.start;
        self.draw_adjustments(writer, total);
        total -= self.adjustments.iter().map(|a| a.2).sum::<i64>();
        self.header(writer, number, total)?;
        self.summarized = writer.random.once_in(4);
        writer.segment("LX").text("1").end()?;
        if self.summarized {
            let end = fiscal_year_end(writer.today);
            writer
                .segment("TS3")
                .text(self.payee.as_str())
                .text("11")
                .text(end.as_str())
                .number(claims)
                .text(money(charges).as_str())
                .end()?;
            if writer.random.once_in(2) {
                writer.segment("TS2").text(money(charges / 2).as_str()).end()?;
            }
        }
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let place = index - self.first;
        if !self.summarized && place > 0 && place.is_multiple_of(GROUP_CLAIMS) {
            writer.segment("LX").number(place / GROUP_CLAIMS + 1).end()?;
        }
        let paid = Paid::draw(&mut writer.random);
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        let back = writer.random.between(10, 60);
        let claim = Claim { family, paid, index, service: writer.ago(back) };
        if let Some(before) = &claim.paid.before {
            claim.reversal(writer, before)?;
        }
        claim.write(writer)
    }

    fn close(&mut self, writer: &mut SetWriter) -> Result {
        if self.adjustments.is_empty() {
            return Ok(());
        }
        let end = fiscal_year_end(writer.today);
        let mut plb = writer.segment("PLB").text(self.payee.as_str()).text(end.as_str());
        for (reason, reference, cents) in &self.adjustments {
            plb = plb.composite(&[reason, reference.as_str()]).text(money(*cents).as_str());
        }
        plb.end()
    }
}

impl Payments {
    /// Interest, recoveries, and what is carried over where more is taken back than paid.
    fn draw_adjustments(&mut self, writer: &mut SetWriter, paid: i64) {
        self.adjustments.clear();
        let random = &mut writer.random;
        let reference = numbered("2025", random.below(1_000_000_000), 9);
        if random.once_in(4) {
            self.adjustments.push(("L6", reference, -random.between(100, 9_000).cast_signed()));
        }
        if random.once_in(5) && paid > 100_000 {
            let reason = random.pick(&["WO", "72", "CS", "50", "IR"]);
            self.adjustments.push((reason, reference, random.between(500, 90_000).cast_signed()));
        }
        let rest = paid - self.adjustments.iter().map(|a| a.2).sum::<i64>();
        if rest < 0 {
            self.adjustments.push(("FB", reference, rest));
        }
    }

    fn header(&mut self, writer: &mut SetWriter, number: u64, total: i64) -> Result {
        let on = day(writer.ahead(1));
        let amount = money(total);
        let payee = Organization::draw(&mut writer.random, "CLINIC");
        self.payee = payee.npi;
        let way = match writer.random.below(10) {
            _ if total == 0 => "NON",
            0..7 => "ACH",
            7 => "FWT",
            _ => "CHK",
        };
        let kind = if total == 0 { "H" } else { "I" };
        let bpr = writer.segment("BPR").text(kind).text(amount.as_str()).text("C").text(way);
        let bpr = match way {
            "ACH" => transfer(bpr, "CCP", "123456"),
            "FWT" => transfer(bpr, "", "123456"),
            _ => bpr.skip_to(16),
        };
        bpr.skip_to(16).text(on.as_str()).end()?;
        let prefix = if way == "CHK" { "CHK" } else { "EFT" };
        let trace = numbered(prefix, number, 10);
        writer.segment("TRN").text("1").text(trace.as_str()).text("1999999999").end()?;
        if writer.random.once_in(40) {
            writer.segment("CUR").text("PR").text("USD").end()?;
        }
        if writer.random.once_in(6) {
            writer.reference("EV", "SUBMITTER1")?;
        }
        if writer.random.once_in(12) {
            writer.reference("F2", "V1")?;
        }
        writer.dtm("405", writer.today)?;
        writer.segment("N1").text("PR").text(PAYER.0).end()?;
        writer.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
        if writer.random.once_in(2) {
            writer.reference("2U", PAYER.1)?;
        }
        if writer.random.once_in(2) {
            writer.contact("CX", "CLAIMS")?;
        }
        writer.contact("BL", "EDI DESK")?;
        if writer.random.once_in(3) {
            let url = "WWW.EXAMPLE.ORG/POLICY";
            writer.segment("PER").text("IC").skip_to(3).text("UR").text(url).end()?;
        }
        let name = payee.name;
        writer
            .segment("N1")
            .text("PE")
            .text(name.as_str())
            .text("XX")
            .text(payee.npi.as_str())
            .end()?;
        if writer.random.once_in(2) {
            writer.site(&payee)?;
        }
        writer.reference("TJ", payee.tax.as_str())?;
        match writer.random.below(12) {
            0 => writer.segment("RDM").text("EM").text("").text("EDI AT EXAMPLE").end(),
            1 => writer.segment("RDM").text("FT").text("").text("FTP.EXAMPLE.ORG").end(),
            _ => Ok(()),
        }
    }
}

/// A claim being written.
struct Claim {
    family: Family,
    paid: Paid,
    index: u64,
    service: Date,
}

impl Claim {
    fn numbers(&self) -> (Short, Short) {
        (numbered("PT", self.index + 1, 8), numbered("2026", self.index, 9))
    }

    /// The payment made before, taken back as a whole.
    fn reversal(&self, writer: &mut SetWriter, before: &Decision) -> Result {
        let (patient, payer) = self.numbers();
        writer
            .segment("CLP")
            .text(patient.as_str())
            .text("22")
            .text(money(before.charge).as_str())
            .text(money(before.paid).as_str())
            .text("")
            .text("HM")
            .text(payer.as_str())
            .end()?;
        before.write(writer)?;
        self.patient(writer)?;
        writer.dtm("232", self.service)
    }

    fn write(&self, writer: &mut SetWriter) -> Result {
        let status = match self.paid.course {
            Course::Denied => "4",
            _ => writer.random.pick(&["1", "1", "1", "1", "1", "2", "3", "19"]),
        };
        let stay = self.paid.course == Course::Stay;
        let share = self.paid.patient_share();
        let share = (share > 0).then(|| money(share));
        let (patient, payer) = self.numbers();
        let place = if stay { "11" } else { writer.random.pick(&["11", "22", "12"]) };
        let frequency = if self.paid.before.is_some() { "7" } else { "1" };
        writer
            .segment("CLP")
            .text(patient.as_str())
            .text(status)
            .text(money(self.paid.charge()).as_str())
            .text(money(self.paid.paid()).as_str())
            .maybe(share.as_ref().map(Short::as_str))
            .text("HM")
            .text(payer.as_str())
            .text(place)
            .text(frequency)
            .text("")
            .text(if stay { "470" } else { "" })
            .end()?;
        let whole = stay.then(|| self.paid.lines.first()).flatten();
        if let Some((_, decision)) = whole {
            decision.write(writer)?;
        }
        self.patient(writer)?;
        self.parties(writer, status)?;
        self.facts(writer, stay)?;
        if whole.is_some() {
            return Ok(());
        }
        for (place, (service, decision)) in self.paid.lines.iter().enumerate() {
            self.line(writer, place, service, decision)?;
        }
        Ok(())
    }

    /// The patient, and the insured where that is another person.
    fn patient(&self, writer: &mut SetWriter) -> Result {
        let id = self.family.subscriber.id();
        match &self.family.dependent {
            None => writer.member("QC", &self.family.subscriber, ("MI", &id)),
            Some(patient) => {
                writer.member("QC", patient, ("", ""))?;
                writer.member("IL", &self.family.subscriber, ("MI", &id))
            }
        }
    }

    fn parties(&self, writer: &mut SetWriter, status: &str) -> Result {
        if writer.random.once_in(15) {
            let first = &self.family.patient().first;
            writer.segment("NM1").text("74").text("1").text("").text(first).end()?;
        }
        if writer.random.once_in(3) {
            let who = Provider::draw(&mut writer.random);
            writer.provider("82", &who)?;
        }
        match status {
            "19" => writer.payer("TT", OTHER_PAYERS[1]),
            "2" | "3" if writer.random.once_in(3) => {
                writer.payer("PR", OTHER_PAYERS[0])?;
                let id = numbered("X", self.index, 9);
                writer.person("GB", ("ROE", "MARY"), ("MI", id.as_str()))
            }
            _ => Ok(()),
        }
    }

    fn facts(&self, writer: &mut SetWriter, stay: bool) -> Result {
        if stay {
            writer
                .segment("MIA")
                .text("0")
                .skip_to(4)
                .text(money(self.paid.charge()).as_str())
                .end()?;
        } else if writer.random.once_in(6) {
            writer.segment("MOA").skip_to(3).text("MA01").end()?;
        }
        if writer.random.once_in(4) {
            writer.reference("1L", "GRP1042")?;
        }
        if writer.random.once_in(5) {
            writer.reference("EA", numbered("MR", self.index % 5_000, 6).as_str())?;
        }
        if writer.random.once_in(12) {
            writer.reference("G2", "P1")?;
        }
        if stay || writer.random.once_in(2) {
            writer.dtm("232", self.service)?;
            writer.dtm("233", self.service)?;
        }
        if writer.random.once_in(25) {
            writer.dtm("036", writer.ago(40))?;
        }
        if writer.random.once_in(2) {
            writer.dtm("050", writer.ago(4))?;
        }
        if writer.random.once_in(10) {
            writer.contact("CX", "CLAIMS")?;
        }
        if writer.random.once_in(4) {
            writer.amount("AU", self.paid.paid() + self.paid.patient_share())?;
        }
        if stay {
            writer.quantity("CA", 3)?;
        }
        Ok(())
    }

    fn line(
        &self,
        writer: &mut SetWriter,
        place: usize,
        service: &Service,
        decision: &Decision,
    ) -> Result {
        let (qualifier, code, modifier, _) = *service;
        let procedure = [qualifier, code, modifier];
        let bundled = writer.random.once_in(20) && qualifier == "HC";
        let submitted: &[&str] = if bundled { &["HC", "G0008"] } else { &[] };
        writer
            .segment("SVC")
            .composite(&procedure)
            .text(money(decision.charge).as_str())
            .text(money(decision.paid).as_str())
            .text("")
            .text("1")
            .composite(submitted)
            .end()?;
        writer.dtm("472", self.service)?;
        decision.write(writer)?;
        if !writer.random.once_in(4) {
            let number = self.index * 100 + place as u64;
            writer.reference("6R", numbered("L", number, 10).as_str())?;
        }
        if writer.random.once_in(12) {
            writer.reference("LU", "11")?;
        }
        if writer.random.once_in(12) {
            let who = Provider::draw(&mut writer.random);
            writer.reference("HPI", who.npi.as_str())?;
        }
        if decision.denied && writer.random.once_in(4) {
            writer.reference("0K", "POLICY7")?;
        }
        let allowed = decision.paid + decision.patient_share();
        if allowed > 0 && !decision.denied {
            writer.amount("B6", allowed)?;
        }
        match decision.denied {
            true => writer.segment("LQ").text("HE").text("N130").end(),
            false => Ok(()),
        }
    }
}

/// The last day of the year, `CCYYMMDD`.
fn fiscal_year_end(today: Date) -> Short {
    numbered("", today.year().unsigned_abs() as u64 * 10_000 + 1231, 8)
}
