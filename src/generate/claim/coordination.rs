//! Coverage by other payers (2320, 2330A, 2330B) and what they decided, by claim or by line (2430).

use smallvec::SmallVec;

use super::Flavour;
use crate::generate::decision::Decision;
use crate::generate::people::{Family, OTHER_PAYERS, Payer, name};
use crate::generate::random::Random;
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{money, numbered};

/// What another payer said about a claim.
#[derive(Debug)]
enum Said {
    /// It has not been asked yet.
    Nothing,
    /// It never covers this.
    NotCovered,
    /// It decided the claim as a whole.
    Whole(Decision),
    /// It decided line by line.
    Lines(Vec<Decision>),
}

/// Coverage of the patient by another payer.
#[derive(Debug)]
pub(super) struct Other {
    payer: Payer,
    /// SBR01.
    sequence: &'static str,
    said: Said,
}

/// The other payers of a claim on which we are in this place (`P`, `S`, `T`), with lines that cost so much.
pub(super) fn others(random: &mut Random, sequence: &str, charges: &[i64]) -> SmallVec<[Other; 2]> {
    let mut others = SmallVec::new();
    let first = random.below(OTHER_PAYERS.len() as u64) as usize;
    if sequence == "P" {
        if random.once_in(6) {
            let said = if random.once_in(4) { Said::NotCovered } else { Said::Nothing };
            others.push(Other { payer: OTHER_PAYERS[first], sequence: "S", said });
        }
        return others;
    }
    let by_line = random.once_in(2);
    let decisions: Vec<Decision> = match by_line {
        true => charges.iter().map(|charge| Decision::draw(random, *charge)).collect(),
        false => [Decision::draw(random, charges.iter().sum())].into_iter().collect(),
    };
    let next: Vec<Decision> = decisions.iter().map(|d| d.next_payer(random)).collect();
    let said = |mut all: Vec<Decision>| match (by_line, all.pop()) {
        (false, Some(whole)) => Said::Whole(whole),
        (_, last) => {
            all.extend(last);
            Said::Lines(all)
        }
    };
    let primary = Other { payer: OTHER_PAYERS[first], sequence: "P", said: said(decisions) };
    others.push(primary);
    if sequence == "T" {
        let payer = OTHER_PAYERS[(first + 1) % OTHER_PAYERS.len()];
        others.push(Other { payer, sequence: "S", said: said(next) });
    }
    others
}

impl Flavour {
    /// Whom other payers may know by ids of their own: role, and person or organization.
    fn roles(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Flavour::Professional => {
                &[("DN", "1"), ("82", "1"), ("77", "2"), ("DQ", "1"), ("85", "2")]
            }
            Flavour::Institutional => {
                &[("71", "1"), ("72", "1"), ("77", "2"), ("82", "1"), ("DN", "1"), ("85", "2")]
            }
            Flavour::Dental => {
                &[("DN", "1"), ("82", "1"), ("DQ", "1"), ("85", "2"), ("77", "2"), ("DD", "1")]
            }
        }
    }
}

impl Other {
    /// Loops 2320, 2330A and 2330B.
    pub(super) fn write(
        &self,
        writer: &mut SetWriter,
        flavour: Flavour,
        family: &Family,
        inpatient: bool,
        total: i64,
    ) -> Result {
        let own = writer.random.once_in(2);
        let filing = writer.random.pick(&["CI", "HM", "BL"]);
        writer
            .segment("SBR")
            .text(self.sequence)
            .text(if own { family.relationship() } else { "G8" })
            .text("GRP900")
            .skip_to(9)
            .text(filing)
            .end()?;
        let (paid, share) = match &self.said {
            Said::Nothing | Said::NotCovered => (None, 0),
            Said::Whole(decision) => {
                decision.write(writer)?;
                (Some(decision.paid), decision.patient_share())
            }
            Said::Lines(lines) => (Some(lines.iter().map(|line| line.paid).sum()), 0),
        };
        if let Some(paid) = paid {
            writer.amount("D", paid)?;
        }
        if share > 0 {
            writer.amount("EAF", share)?;
        }
        if matches!(self.said, Said::NotCovered) {
            writer.amount("A8", total)?;
        }
        let signature =
            if flavour == Flavour::Professional && writer.random.once_in(3) { "P" } else { "" };
        writer.segment("OI").skip_to(3).text("Y").text(signature).text("").text("Y").end()?;
        if paid.is_some() {
            match (inpatient, writer.random.below(3)) {
                (true, 0) => {
                    writer
                        .segment("MIA")
                        .text("0")
                        .skip_to(4)
                        .text(money(total / 2).as_str())
                        .end()?;
                }
                (false, 0) => writer.segment("MOA").skip_to(3).text("MA01").end()?,
                _ => {}
            }
        }
        self.parties(writer, flavour, family, own)
    }

    fn parties(
        &self,
        writer: &mut SetWriter,
        flavour: Flavour,
        family: &Family,
        own: bool,
    ) -> Result {
        let id = numbered("X", writer.random.below(1_000_000_000), 9);
        let (last, first) = name(&mut writer.random);
        if own {
            writer.member("IL", &family.subscriber, ("MI", id.as_str()))?;
        } else {
            writer.person("IL", (last, first), ("MI", id.as_str()))?;
        }
        if writer.random.once_in(2) {
            writer.home(&family.subscriber)?;
        }
        if writer.random.once_in(12) {
            writer.reference("SY", "900654321")?;
        }
        writer.payer("PR", self.payer)?;
        if writer.random.once_in(4) {
            writer.address("8 SIDE ST", "BOSTON", "MA", "02112")?;
        }
        if matches!(self.said, Said::Whole(_)) {
            writer.date("573", writer.ago(5))?;
        }
        if matches!(self.said, Said::Whole(_) | Said::Lines(_)) {
            let claim = numbered("OPC", writer.random.below(10_000_000), 8);
            writer.reference("F8", claim.as_str())?;
            if writer.random.once_in(12) {
                writer.reference("T4", "Y")?;
            }
        }
        if writer.random.once_in(12) {
            writer.reference("2U", self.payer.1)?;
        }
        if writer.random.once_in(4) {
            // A person whom the other payer knows by an id of its own.
            let (role, kind) = writer.random.pick(flavour.roles());
            writer.segment("NM1").text(role).text(kind).end()?;
            writer.reference("G2", "OTHERPROV1")?;
        }
        Ok(())
    }

    /// Loop 2430 of the line at this index, if this payer decided it. `procedure` has qualifier, code and modifiers.
    pub(super) fn line(
        &self,
        writer: &mut SetWriter,
        index: usize,
        procedure: &[&str],
        revenue: &str,
        units: u64,
    ) -> Result {
        let Said::Lines(lines) = &self.said else { return Ok(()) };
        let Some(decision) = lines.get(index) else { return Ok(()) };
        writer
            .segment("SVD")
            .text(self.payer.1)
            .text(money(decision.paid).as_str())
            .composite(procedure)
            .text(revenue)
            .number(units)
            .end()?;
        decision.write(writer)?;
        writer.date("573", writer.ago(5))?;
        match decision.patient_share() {
            share if share > 0 => writer.amount("EAF", share),
            _ => Ok(()),
        }
    }
}
