//! A claim (837 professional, institutional, dental) as a type: read from the text that the claim ledger keeps of it, and
//! written as a set of its own, so that it can be replaced or voided.
//!
//! What a payer decides by has a field. All other segments are kept as they came ([`Verbatim`]) and written again in their
//! place, so that a replacement loses nothing.

mod read;
#[cfg(test)]
mod tests;
mod verbatim;
mod write;

use rust_decimal::Decimal;

pub use verbatim::Verbatim;
pub use write::SetHeader;

use crate::phi::redacted;
use crate::segments::{
    Amount, Contact, Dated, Demographics, Name, PostalAddress, Procedure, ProviderRole, Reference,
    find,
};
use crate::wire::Code;

/// The kind of claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Form {
    /// 837P
    #[default]
    Professional,
    /// 837I
    Institutional,
    /// 837D
    Dental,
}

impl Form {
    /// Its guide.
    pub const fn guide(self) -> &'static str {
        match self {
            Form::Professional => "005010X222A1",
            Form::Institutional => "005010X223A2",
            Form::Dental => "005010X224A2",
        }
    }
}

/// A party and what is said of it: NM1 and the segments after it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// NM1.
    pub name: Name,
    /// PRV; of the billing provider the one of its level.
    pub specialty: Option<ProviderRole>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// DMG.
    pub demographics: Option<Demographics>,
    /// DTP.
    pub dates: Vec<Dated>,
    /// REF.
    pub references: Vec<Reference>,
    /// REF that name the payer whose number it is (REF04).
    pub rest: Vec<Verbatim>,
    /// PER.
    pub contacts: Vec<Contact>,
}

redacted!(Party { name });

impl Party {
    /// The value of the first reference with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// The NPI, empty where it has none.
    pub fn npi(&self) -> &str {
        if self.name.id_qualifier == "XX" { &self.name.id } else { "" }
    }

    /// The tax id (REF*EI, or REF*SY of a person), empty where it has none.
    pub fn tax_id(&self) -> &str {
        self.reference("EI").or_else(|| self.reference("SY")).unwrap_or("")
    }
}

/// A provider in a role of a claim or line; its role is NM101: `82` rendering, `71` attending, `DN` referring, `77` facility.
pub type ClaimProviderRole = Party;

/// The coverage a claim is sent for (SBR), and whom it covers.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Subscriber {
    /// SBR01: `P` primary, `S` secondary, `T` tertiary...
    pub order: Code,
    /// SBR02: `18` when the subscriber is the patient.
    pub relationship: Code,
    /// SBR03.
    pub group: Box<str>,
    /// SBR04.
    pub group_name: Box<str>,
    /// SBR05.
    pub insurance_type: Code,
    /// SBR09: `CI`, `HM`, `MB`...
    pub filing: Code,
    /// PAT, where the subscriber is the patient.
    pub facts: Option<Verbatim>,
    /// Loop 2010BA.
    pub person: Party,
}

redacted!(Subscriber { order, relationship });

/// A patient who is not the subscriber.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// PAT01: `01` spouse, `19` child...
    pub relationship: Code,
    /// PAT.
    pub facts: Verbatim,
    /// Loop 2010CA.
    pub person: Party,
}

redacted!(Patient { relationship });

/// A diagnosis (HI).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// `ABK` principal, `ABF` other, `ABJ` admitting, `APR` reason for the visit, `ABN` external cause, and their ICD-9 forms.
    pub qualifier: Code,
    /// The code, without a point.
    pub code: Box<str>,
    /// Whether it was present on admission; only in an institutional claim.
    pub present_on_admission: Code,
}

redacted!(Diagnosis { qualifier });

/// An attachment that a claim or line announces (PWK).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attachment {
    /// PWK01, the kind of report.
    pub report: Code,
    /// PWK02, how it comes.
    pub transmission: Code,
    /// PWK06, its control number.
    pub control: Box<str>,
}

/// A note (NTE).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// NTE01.
    pub kind: Code,
    /// NTE02.
    pub text: Box<str>,
}

redacted!(Note { kind });

/// Other coverage of the patient (2320), and what it decided.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct OtherPayer {
    /// SBR01.
    pub order: Code,
    /// SBR02.
    pub relationship: Code,
    /// SBR.
    pub coverage: Verbatim,
    /// CAS.
    pub adjustments: Vec<Verbatim>,
    /// AMT: `D` paid by it, `EAF` left to the patient, `A8` not covered.
    pub amounts: Vec<Amount>,
    /// OI, MIA and MOA.
    pub rest: Vec<Verbatim>,
    /// Its subscriber (2330A), itself (2330B) and the providers as it knows them.
    pub parties: Vec<Party>,
}

redacted!(OtherPayer { order });

impl OtherPayer {
    /// What it paid.
    pub fn paid(&self) -> Option<Decimal> {
        self.amounts.iter().find(|amount| amount.qualifier == "D").and_then(|amount| amount.amount)
    }

    /// Itself (NM1*PR).
    pub fn payer(&self) -> Option<&Party> {
        self.parties.iter().find(|party| party.name.entity == "PR")
    }
}

/// A service line (2400).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// LX01, from 1.
    pub number: u32,
    /// The procedure; an institutional line may have none.
    pub procedure: Option<Procedure>,
    /// The revenue code of an institutional line.
    pub revenue: Box<str>,
    /// The charge.
    pub charge: Decimal,
    /// `UN` units, `MJ` minutes, `DA` days; a dental line has none.
    pub unit: Code,
    /// How many; none where it is not said, which is one.
    pub units: Option<Decimal>,
    /// Place of service, where it is not that of the claim.
    pub place: Code,
    /// Positions in the diagnoses of the claim.
    pub pointers: Vec<u8>,
    /// The service segment as it came; the fields above take precedence.
    pub service: Verbatim,
    /// DTP: `472` service.
    pub dates: Vec<Dated>,
    /// REF*6R, the provider's number of the line; empty where it sent none.
    pub control: Box<str>,
    /// The other REF.
    pub references: Vec<Reference>,
    /// AMT.
    pub amounts: Vec<Amount>,
    /// PWK.
    pub attachments: Vec<Attachment>,
    /// NTE.
    pub notes: Vec<Note>,
    /// All other segments of the line itself.
    pub rest: Vec<Verbatim>,
    /// The drug (2410): LIN, CTP, REF.
    pub drug: Vec<Verbatim>,
    /// Providers of the line (2420).
    pub providers: Vec<ClaimProviderRole>,
    /// What other payers decided (2430), and forms (2440).
    pub decisions: Vec<Verbatim>,
}

redacted!(Line { number });

impl Line {
    /// First and last day of service; none where the line has none of its own.
    pub fn service_dates(&self) -> Option<(time::Date, time::Date)> {
        let dated = self.dates.iter().find(|dated| dated.qualifier == "472")?;
        dated.when.value().map(|when| (when.first(), when.last()))
    }
}

/// A claim with its parties.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Claim {
    /// Professional, institutional or dental.
    pub form: Form,
    /// Billing provider (2010AA).
    pub provider: Party,
    /// CUR.
    pub currency: Option<Verbatim>,
    /// Pay-to address (2010AB), mostly without a name.
    pub pay_to: Option<Party>,
    /// Pay-to plan (2010AC).
    pub pay_to_plan: Option<Party>,
    /// Subscriber.
    pub subscriber: Subscriber,
    /// The payer's name.
    pub payer: Name,
    /// The payer's address and other ids (2010BB).
    pub payer_details: Party,
    /// The patient, where the subscriber is not.
    pub patient: Option<Patient>,
    /// CLM01.
    pub account: Box<str>,
    /// CLM02.
    pub charge: Decimal,
    /// CLM05-1: place of service, or the first two digits of the type of bill.
    pub facility: Box<str>,
    /// CLM05-2: `B` place of service, `A` type of bill.
    pub facility_qualifier: Code,
    /// CLM05-3: `1` original, `7` replacement, `8` void...
    pub frequency: Box<str>,
    /// CLM as it came; the fields above take precedence.
    pub head: Verbatim,
    /// DTP.
    pub dates: Vec<Dated>,
    /// PWK.
    pub attachments: Vec<Attachment>,
    /// AMT.
    pub amounts: Vec<Amount>,
    /// REF.
    pub references: Vec<Reference>,
    /// NTE.
    pub notes: Vec<Note>,
    /// Diagnoses, in order: pointers of lines count from 1.
    pub diagnoses: Vec<Diagnosis>,
    /// All other segments of the claim itself: CL1, CN1, K3, CRC, other HI...
    pub rest: Vec<Verbatim>,
    /// Providers (2310).
    pub providers: Vec<ClaimProviderRole>,
    /// Other coverage (2320).
    pub others: Vec<OtherPayer>,
    /// Service lines (2400).
    pub lines: Vec<Line>,
}

redacted!(Claim { form, frequency });

impl Claim {
    /// The value of the first reference of the claim with this qualifier: `F8` original, `9F` referral, `G1` authorization.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier).filter(|value| !value.is_empty())
    }

    /// True when a price is asked for before the service (CLM19 `PB`): it is no claim for payment.
    pub fn is_predetermination(&self) -> bool {
        self.head.part(19, 1) == "PB"
    }

    /// The person who was treated.
    pub fn treated(&self) -> &Party {
        self.patient.as_ref().map_or(&self.subscriber.person, |patient| &patient.person)
    }

    /// The provider of the claim in this role.
    pub fn provider_as(&self, role: &str) -> Option<&ClaimProviderRole> {
        self.providers.iter().find(|provider| provider.name.entity == role)
    }

    /// First and last day of service: the statement period, the days of the lines, or the day of the claim.
    pub fn service_dates(&self) -> Option<(time::Date, time::Date)> {
        let of = |wanted: &str| {
            let dated = self.dates.iter().find(|dated| dated.qualifier == wanted)?;
            dated.when.value().map(|when| (when.first(), when.last()))
        };
        let lines = self.lines.iter().filter_map(Line::service_dates);
        of("434")
            .or_else(|| lines.reduce(|(from, to), line| (from.min(line.0), to.max(line.1))))
            .or_else(|| of("472"))
    }
}
