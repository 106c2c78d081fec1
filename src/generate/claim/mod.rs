//! Claims (837): professional, institutional and dental. A set has a submitter, billing providers, their patients and the
//! patients' claims; a patient may have several, and their subscriber may be somebody else.

mod coordination;
mod dental;
mod institutional;
mod professional;
mod repricing;
mod scenario;

use super::Writer;
use super::cast::{Family, Organization, PAYER, Provider, name};
use super::pen::{Pen, Written};
use super::text::{day, numbered};
use crate::wire::EmitError;

/// Which of the three claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// 837P
    Professional,
    /// 837I
    Institutional,
    /// 837D
    Dental,
}

/// Who bills: what later segments repeat of it.
#[derive(Debug)]
struct Billing {
    level: u32,
    /// False for one without an NPI, whom the payer knows by an id of its own.
    has_npi: bool,
}

/// Whose claims are written.
#[derive(Debug)]
struct Coverage {
    family: Family,
    /// SBR01: our place among the payers.
    sequence: &'static str,
    /// SBR09.
    filing: &'static str,
}

/// Writes claims.
#[derive(Debug)]
pub(super) struct Claims {
    flavour: Flavour,
    /// True for a set whose claims ask another plan to pay back (BHT06 31).
    subrogation: bool,
    billing: Option<Billing>,
    coverage: Option<Coverage>,
}

impl Claims {
    /// A writer of this kind of claim.
    pub(super) fn new(flavour: Flavour) -> Self {
        Claims { flavour, subrogation: false, billing: None, coverage: None }
    }
}

impl Writer for Claims {
    fn open(&mut self, pen: &mut Pen, number: u64, _items: std::ops::Range<u64>) -> Written {
        self.billing = None;
        self.subrogation = pen.random.once_in(40);
        let kind = match pen.random.below(12) {
            _ if self.subrogation => "31",
            0 => "RP",
            _ => "CH",
        };
        let purpose = if pen.random.once_in(20) { "18" } else { "00" };
        pen.beginning(("0019", purpose), numbered("B", number, 9).as_str(), kind)?;
        if pen.random.once_in(10) {
            pen.person("41", ("SUBMITTER", "SALLY"), ("46", "SUBMITTER1"))?;
        } else {
            pen.organization("41", "SUBMITTER ONE", ("46", "SUBMITTER1"))?;
        }
        pen.segment("PER")
            .text("IC")
            .text("EDI DESK")
            .text("TE")
            .text("6175550100")
            .text("EM")
            .text("EDI@EXAMPLE.ORG")
            .end()?;
        pen.organization("40", PAYER.0, ("46", PAYER.1))
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        if self.billing.is_none() || pen.random.once_in(30) {
            self.billing = Some(billing(pen, self.flavour, self.subrogation)?);
            self.coverage = None;
        }
        let Some(billing) = &self.billing else { return Ok(()) };
        let coverage = match self.coverage.take() {
            // Another claim of the same patient.
            Some(coverage) if pen.random.once_in(8) => coverage,
            _ => coverage(pen, self.flavour, billing)?,
        };
        match self.flavour {
            Flavour::Professional => professional::claim(pen, &coverage, index),
            Flavour::Institutional => institutional::claim(pen, &coverage, index),
            Flavour::Dental => dental::claim(pen, &coverage, index),
        }?;
        self.coverage = Some(coverage);
        Ok(())
    }
}

/// Loops 2000A, 2010AA, 2010AB and 2010AC.
fn billing(pen: &mut Pen, flavour: Flavour, subrogation: bool) -> Result<Billing, EmitError> {
    let level = pen.out.level(None, "20", true)?;
    let (kind, taxonomy) = match flavour {
        Flavour::Professional => ("CLINIC", "261QM1300X"),
        Flavour::Institutional => ("HOSPITAL", "282N00000X"),
        Flavour::Dental => ("DENTAL", "1223G0001X"),
    };
    if pen.random.once_in(2) {
        pen.specialty("BI", taxonomy)?;
    }
    if pen.random.once_in(50) {
        pen.segment("CUR").text("85").text("USD").end()?;
    }
    let site = Organization::draw(&mut pen.random, kind);
    let alone = flavour != Flavour::Institutional && pen.random.once_in(6);
    let has_npi = flavour == Flavour::Institutional || !pen.random.once_in(40);
    if alone {
        let who = Provider::draw(&mut pen.random);
        let id = if has_npi { ("XX", who.npi.as_str()) } else { ("", "") };
        pen.person("85", (who.last, who.first), id)?;
    } else {
        let id = if has_npi { ("XX", site.npi.as_str()) } else { ("", "") };
        pen.organization("85", site.name.as_str(), id)?;
    }
    pen.site(&site)?;
    match alone && pen.random.once_in(4) {
        true => pen.reference("SY", "900123456")?,
        false => pen.reference("EI", site.tax.as_str())?,
    }
    if flavour != Flavour::Institutional && pen.random.once_in(10) {
        pen.reference("0B", "MD12345")?;
    }
    if pen.random.once_in(3) {
        pen.contact("IC", "BILLING DESK")?;
    }
    if pen.random.once_in(5) {
        pen.segment("NM1").text("87").text(if alone { "1" } else { "2" }).end()?;
        pen.address("PO BOX 7", site.city, "MA", site.zip)?;
    }
    if subrogation {
        pen.payer("PE", ("STATE MEDICAID", "44444"))?;
        pen.address("1 CAPITOL SQ", "BOSTON", "MA", "021330000")?;
        pen.reference("EI", "991234567")?;
    }
    Ok(Billing { level, has_npi })
}

/// Loops 2000B to 2010CA: the subscriber, the payer, and the patient where that is somebody else.
fn coverage(pen: &mut Pen, flavour: Flavour, billing: &Billing) -> Result<Coverage, EmitError> {
    let members = pen.members;
    let family = Family::draw(&mut pen.random, members);
    let sequence = match pen.random.below(10) {
        0 => "S",
        1 if pen.random.once_in(3) => "T",
        _ => "P",
    };
    let filing = match pen.random.below(24) {
        0 if flavour == Flavour::Professional => "MB",
        1 => "WC",
        2 if flavour == Flavour::Professional => "AM",
        3 | 4 => "CI",
        5 | 6 => "BL",
        7 => "MC",
        _ => "HM",
    };
    let coverage = Coverage { family, sequence, filing };
    let subscriber = &coverage.family.subscriber;
    let level = pen.out.level(Some(billing.level), "22", coverage.family.dependent.is_some())?;
    let group = match pen.random.below(3) {
        0 => ("", ""),
        1 => ("", "EMPLOYER GROUP"),
        _ => ("GRP1042", ""),
    };
    let secondary_medicare = filing == "MB" && sequence != "P";
    pen.segment("SBR")
        .text(sequence)
        .text(if coverage.family.dependent.is_none() { "18" } else { "" })
        .text(group.0)
        .text(group.1)
        .text(if secondary_medicare { "12" } else { "" })
        .skip_to(9)
        .text(filing)
        .end()?;
    let professional = flavour == Flavour::Professional;
    if professional && coverage.family.dependent.is_none() {
        patient_facts(pen, "", &coverage)?;
    }
    let own = subscriber.id();
    pen.member("IL", subscriber, ("MI", &own))?;
    if coverage.family.dependent.is_none() {
        pen.home(subscriber)?;
        pen.demographics(subscriber)?;
    }
    if pen.random.once_in(12) {
        pen.reference("SY", "900654321")?;
    }
    let liability = matches!(filing, "WC" | "AM");
    if liability && coverage.family.dependent.is_none() {
        pen.reference("Y4", "PC2026001")?;
        if professional {
            pen.contact("IC", &subscriber.last)?;
        }
    }
    pen.payer("PR", PAYER)?;
    if pen.random.once_in(6) {
        pen.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
    }
    if pen.random.once_in(12) {
        pen.reference("FY", "OFFICE1")?;
    }
    if !billing.has_npi {
        pen.reference("G2", "PROV123")?;
    }
    if coverage.family.dependent.is_some() {
        dependent(pen, professional, liability, level, &coverage)?;
    }
    Ok(coverage)
}

/// Loops 2000C and 2010CA.
fn dependent(
    pen: &mut Pen,
    professional: bool,
    liability: bool,
    parent: u32,
    coverage: &Coverage,
) -> Written {
    let patient = coverage.family.patient();
    pen.out.level(Some(parent), "23", false)?;
    let relationship = coverage.family.relationship();
    if professional {
        patient_facts(pen, relationship, coverage)?;
    } else {
        pen.segment("PAT").text(relationship).end()?;
    }
    pen.member("QC", patient, ("", ""))?;
    if pen.random.once_in(50) {
        pen.segment("N3").text("AV REFORMA 22").end()?;
        pen.segment("N4").text("TIJUANA").text("").text("22000").text("MX").end()?;
    } else {
        pen.home(patient)?;
    }
    pen.demographics(patient)?;
    if liability {
        pen.reference("Y4", "PC2026001")?;
        if pen.random.once_in(2) {
            pen.reference("1W", "MEMBER77")?;
        }
        if professional {
            let (last, _) = name(&mut pen.random);
            pen.contact("IC", last)?;
        }
    }
    Ok(())
}

/// REF with the id by which the payer knows who was named last; few need one beside an NPI.
fn known_as(pen: &mut Pen) -> Written {
    if pen.random.once_in(15) { pen.reference("G2", "P1") } else { Ok(()) }
}

/// PAT of a professional claim: who died, who weighs how much, who is pregnant. The subscriber's is left out when it says
/// nothing.
fn patient_facts(pen: &mut Pen, relationship: &str, coverage: &Coverage) -> Written {
    let fertile = scenario::may_be_pregnant(coverage.family.patient(), pen.today);
    let (death, weight, pregnant) = match pen.random.below(40) {
        0 => (day(pen.ago(1)).as_str().to_owned(), "", ""),
        1 => (String::new(), "155", ""),
        2 | 3 if fertile => (String::new(), "", "Y"),
        _ => (String::new(), "", ""),
    };
    if relationship.is_empty() && death.is_empty() && weight.is_empty() && pregnant.is_empty() {
        return Ok(());
    }
    pen.segment("PAT")
        .text(relationship)
        .skip_to(5)
        .text(if death.is_empty() { "" } else { "D8" })
        .text(&death)
        .text(if weight.is_empty() { "" } else { "01" })
        .text(weight)
        .text(pregnant)
        .end()
}
