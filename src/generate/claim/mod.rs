//! Claims (837): professional, institutional and dental. A set has a submitter, billing providers, their patients and the
//! patients' claims; a patient may have several, and their subscriber may be another person.

mod coordination;
mod dental;
mod institutional;
mod professional;
mod repricing;
mod scenario;

use super::SetSource;
use super::people::{Family, Organization, PAYER, Provider, name};
use super::set_writer::{Result, SetWriter};
use super::text::{day, numbered};

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

impl SetSource for Claims {
    fn open(
        &mut self,
        writer: &mut SetWriter,
        number: u64,
        _items: std::ops::Range<u64>,
    ) -> Result {
        self.billing = None;
        self.subrogation = writer.random.once_in(40);
        let kind = match writer.random.below(12) {
            _ if self.subrogation => "31",
            0 => "RP",
            _ => "CH",
        };
        let purpose = if writer.random.once_in(20) { "18" } else { "00" };
        writer.beginning(("0019", purpose), numbered("B", number, 9).as_str(), kind)?;
        if writer.random.once_in(10) {
            writer.person("41", ("SUBMITTER", "SALLY"), ("46", "SUBMITTER1"))?;
        } else {
            writer.organization("41", "SUBMITTER ONE", ("46", "SUBMITTER1"))?;
        }
        writer
            .segment("PER")
            .text("IC")
            .text("EDI DESK")
            .text("TE")
            .text("6175550100")
            .text("EM")
            .text("EDI@EXAMPLE.ORG")
            .end()?;
        writer.organization("40", PAYER.0, ("46", PAYER.1))
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        if self.billing.is_none() || writer.random.once_in(30) {
            self.billing = Some(billing(writer, self.flavour, self.subrogation)?);
            self.coverage = None;
        }
        let Some(billing) = &self.billing else { return Ok(()) };
        let coverage = match self.coverage.take() {
            // Another claim of the same patient.
            Some(coverage) if writer.random.once_in(8) => coverage,
            _ => coverage(writer, self.flavour, billing)?,
        };
        match self.flavour {
            Flavour::Professional => professional::claim(writer, &coverage, index),
            Flavour::Institutional => institutional::claim(writer, &coverage, index),
            Flavour::Dental => dental::claim(writer, &coverage, index),
        }?;
        self.coverage = Some(coverage);
        Ok(())
    }
}

/// Loops 2000A, 2010AA, 2010AB and 2010AC.
fn billing(writer: &mut SetWriter, flavour: Flavour, subrogation: bool) -> Result<Billing> {
    let level = writer.emitter.level(None, "20", true)?;
    let (kind, taxonomy) = match flavour {
        Flavour::Professional => ("CLINIC", "261QM1300X"),
        Flavour::Institutional => ("HOSPITAL", "282N00000X"),
        Flavour::Dental => ("DENTAL", "1223G0001X"),
    };
    if writer.random.once_in(2) {
        writer.specialty("BI", taxonomy)?;
    }
    if writer.random.once_in(50) {
        writer.segment("CUR").text("85").text("USD").end()?;
    }
    let site = Organization::draw(&mut writer.random, kind);
    let alone = flavour != Flavour::Institutional && writer.random.once_in(6);
    let has_npi = flavour == Flavour::Institutional || !writer.random.once_in(40);
    if alone {
        let who = Provider::draw(&mut writer.random);
        let id = if has_npi { ("XX", who.npi.as_str()) } else { ("", "") };
        writer.person("85", (who.last, who.first), id)?;
    } else {
        let id = if has_npi { ("XX", site.npi.as_str()) } else { ("", "") };
        writer.organization("85", site.name.as_str(), id)?;
    }
    writer.site(&site)?;
    match alone && writer.random.once_in(4) {
        true => writer.reference("SY", "900123456")?,
        false => writer.reference("EI", site.tax.as_str())?,
    }
    if flavour != Flavour::Institutional && writer.random.once_in(10) {
        writer.reference("0B", "MD12345")?;
    }
    if writer.random.once_in(3) {
        writer.contact("IC", "BILLING DESK")?;
    }
    if writer.random.once_in(5) {
        writer.segment("NM1").text("87").text(if alone { "1" } else { "2" }).end()?;
        writer.address("PO BOX 7", site.city, "MA", site.zip)?;
    }
    if subrogation {
        writer.payer("PE", ("STATE MEDICAID", "44444"))?;
        writer.address("1 CAPITOL SQ", "BOSTON", "MA", "021330000")?;
        writer.reference("EI", "991234567")?;
    }
    Ok(Billing { level, has_npi })
}

/// Loops 2000B to 2010CA: the subscriber, the payer, and the patient where that is another person.
fn coverage(writer: &mut SetWriter, flavour: Flavour, billing: &Billing) -> Result<Coverage> {
    let members = writer.members;
    let family = Family::draw(&mut writer.random, members);
    let sequence = match writer.random.below(10) {
        0 => "S",
        1 if writer.random.once_in(3) => "T",
        _ => "P",
    };
    let filing = match writer.random.below(24) {
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
    let level =
        writer.emitter.level(Some(billing.level), "22", coverage.family.dependent.is_some())?;
    let group = match writer.random.below(3) {
        0 => ("", ""),
        1 => ("", "EMPLOYER GROUP"),
        _ => ("GRP1042", ""),
    };
    let secondary_medicare = filing == "MB" && sequence != "P";
    writer
        .segment("SBR")
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
        patient_facts(writer, "", &coverage)?;
    }
    let own = subscriber.id();
    writer.member("IL", subscriber, ("MI", &own))?;
    if coverage.family.dependent.is_none() {
        writer.home(subscriber)?;
        writer.demographics(subscriber)?;
    }
    if writer.random.once_in(12) {
        writer.reference("SY", "900654321")?;
    }
    let liability = matches!(filing, "WC" | "AM");
    if liability && coverage.family.dependent.is_none() {
        writer.reference("Y4", "PC2026001")?;
        if professional {
            writer.contact("IC", &subscriber.last)?;
        }
    }
    writer.payer("PR", PAYER)?;
    if writer.random.once_in(6) {
        writer.address("9 PLAN WAY", "BOSTON", "MA", "02111")?;
    }
    if writer.random.once_in(12) {
        writer.reference("FY", "OFFICE1")?;
    }
    if !billing.has_npi {
        writer.reference("G2", "PROV123")?;
    }
    if coverage.family.dependent.is_some() {
        dependent(writer, professional, liability, level, &coverage)?;
    }
    Ok(coverage)
}

/// Loops 2000C and 2010CA.
fn dependent(
    writer: &mut SetWriter,
    professional: bool,
    liability: bool,
    parent: u32,
    coverage: &Coverage,
) -> Result {
    let patient = coverage.family.patient();
    writer.emitter.level(Some(parent), "23", false)?;
    let relationship = coverage.family.relationship();
    if professional {
        patient_facts(writer, relationship, coverage)?;
    } else {
        writer.segment("PAT").text(relationship).end()?;
    }
    writer.member("QC", patient, ("", ""))?;
    if writer.random.once_in(50) {
        writer.segment("N3").text("AV REFORMA 22").end()?;
        writer.segment("N4").text("TIJUANA").text("").text("22000").text("MX").end()?;
    } else {
        writer.home(patient)?;
    }
    writer.demographics(patient)?;
    if liability {
        writer.reference("Y4", "PC2026001")?;
        if writer.random.once_in(2) {
            writer.reference("1W", "MEMBER77")?;
        }
        if professional {
            let (last, _) = name(&mut writer.random);
            writer.contact("IC", last)?;
        }
    }
    Ok(())
}

/// REF with the id by which the payer knows who was named last; few need one beside an NPI.
fn known_as(writer: &mut SetWriter) -> Result {
    if writer.random.once_in(15) { writer.reference("G2", "P1") } else { Ok(()) }
}

/// PAT of a professional claim: who died, who weighs how much, who is pregnant. The subscriber's is left out when it says
/// nothing.
fn patient_facts(writer: &mut SetWriter, relationship: &str, coverage: &Coverage) -> Result {
    let fertile = scenario::may_be_pregnant(coverage.family.patient(), writer.today);
    let (death, weight, pregnant) = match writer.random.below(40) {
        0 => (day(writer.ago(1)).as_str().to_owned(), "", ""),
        1 => (String::new(), "155", ""),
        2 | 3 if fertile => (String::new(), "", "Y"),
        _ => (String::new(), "", ""),
    };
    if relationship.is_empty() && death.is_empty() && weight.is_empty() && pregnant.is_empty() {
        return Ok(());
    }
    writer
        .segment("PAT")
        .text(relationship)
        .skip_to(5)
        .text(if death.is_empty() { "" } else { "D8" })
        .text(&death)
        .text(if weight.is_empty() { "" } else { "01" })
        .text(weight)
        .text(pregnant)
        .end()
}
