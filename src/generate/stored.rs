//! Interchanges about the claims of a store: replacements and voids (837, frequency 7 and 8), and requests for their status (276).

use rust_decimal::Decimal;

use super::kind::GenerateKind;
use super::random::Random;
use crate::phi::redacted;
use crate::portal::claims::{Correction, CorrectionError, LineChange, claim_header};
use crate::segments::{Gender, Header, Name, Reference, Sent, When};
use crate::store::{ClaimForm, ClaimVersion};
use crate::txn::claim::{Claim, Party};
use crate::txn::claim_status::{ClaimRequest, StatusRequest, request};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::wire::{Code, EmitError, Emitter};

/// What is written about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutClaims {
    /// A claim that replaces it.
    Replacement,
    /// A claim that voids it.
    Void,
    /// A request for its status.
    StatusRequest,
}

/// What is to be written about the claims of a store.
#[derive(Debug, Clone)]
pub struct StoredOptions {
    /// The kind of set: a claim, or a status request.
    pub kind: GenerateKind,
    /// What it does.
    pub about: AboutClaims,
    /// What the changes of replacements follow from.
    pub seed: u64,
    /// Sets in a functional group; each is about one claim.
    pub sets_per_group: u32,
    /// Who sends to whom, when, and in which form.
    pub envelope: EnvelopeWriter,
    /// ISA13.
    pub control: u32,
    /// Telephone number of the sender.
    pub telephone: String,
    /// The payer that is asked: the one whose store it is, whatever payer a claim names.
    pub payer: Name,
}

/// The form of the claims that sets of this kind are about; none for every form.
///
/// # Errors
/// Nothing of this kind is about a claim of the store.
pub fn form_of(kind: GenerateKind) -> Result<Option<ClaimForm>, NotAboutClaims> {
    match kind {
        GenerateKind::Professional => Ok(Some(ClaimForm::Professional)),
        GenerateKind::Institutional => Ok(Some(ClaimForm::Institutional)),
        GenerateKind::Dental => Ok(Some(ClaimForm::Dental)),
        GenerateKind::StatusRequest => Ok(None),
        _ => Err(NotAboutClaims),
    }
}

/// Sets of this kind are about no claim of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only 837p, 837i, 837d and 276 can be written about the claims of a store")]
pub struct NotAboutClaims;

/// Writes an interchange about claims, one after the other.
pub struct StoredWriter<'o> {
    options: &'o StoredOptions,
    emitter: Emitter,
    /// Sets in all.
    sets: u32,
    groups: u32,
    /// Sets of the group that is open; 0 when none is.
    in_group: u32,
}

redacted!(StoredWriter<'_> { sets, groups });

impl<'o> StoredWriter<'o> {
    /// Begins the interchange.
    ///
    /// # Errors
    /// An id that cannot be written.
    pub fn new(options: &'o StoredOptions) -> Result<Self, EmitError> {
        let mut emitter = options.envelope.emitter();
        options.envelope.isa(&mut emitter, options.control)?;
        Ok(StoredWriter { options, emitter, sets: 0, groups: 0, in_group: 0 })
    }

    /// Writes a set about a claim, whose text must have been read with it; gives false when there can be none: its text
    /// cannot be read, or names no member.
    ///
    /// # Errors
    /// Text that cannot be written in the separators in use.
    pub fn write(&mut self, version: &ClaimVersion) -> Result<bool, EmitError> {
        let Some(claim) = Claim::read(&version.text) else { return Ok(false) };
        let options = self.options;
        let number = self.sets + 1;
        match options.about {
            AboutClaims::StatusRequest => {
                let Some(request) = status_request(version, &claim, number, options) else {
                    return Ok(false);
                };
                self.begin()?;
                let request = StatusRequest { control: self.control(), ..request };
                request.write(&mut self.emitter)?;
            }
            AboutClaims::Replacement | AboutClaims::Void => {
                let mut random = Random::of(options.seed, u64::from(number));
                let Ok(corrected) = corrected(version, &claim, options.about, &mut random) else {
                    return Ok(false);
                };
                self.begin()?;
                let mut header = claim_header(&corrected, &options.envelope, &options.telephone);
                header.control = self.control();
                header.reference = format!("C{:09}{number:07}", options.control).into();
                corrected.write_set(&header, &mut self.emitter)?;
            }
        }
        self.sets += 1;
        self.in_group += 1;
        if self.in_group == options.sets_per_group {
            self.end_group()?;
        }
        Ok(true)
    }

    /// Begins a group where none is open.
    fn begin(&mut self) -> Result<(), EmitError> {
        if self.in_group > 0 {
            return Ok(());
        }
        self.groups += 1;
        let facts = self.options.kind.facts();
        let form = GroupForm { functional: facts.functional, version: facts.guide };
        self.options.envelope.gs(&mut self.emitter, form, self.groups)
    }

    /// ST02 of the next set.
    fn control(&self) -> Box<str> {
        format!("{:04}", self.in_group + 1).into()
    }

    fn end_group(&mut self) -> Result<(), EmitError> {
        if self.in_group > 0 {
            write_ge(&mut self.emitter, self.in_group, self.groups)?;
        }
        self.in_group = 0;
        Ok(())
    }

    /// How many sets there are.
    pub fn sets(&self) -> u32 {
        self.sets
    }

    /// What was written and not taken yet.
    pub fn take(&mut self) -> Vec<u8> {
        self.emitter.take()
    }

    /// Ends the interchange; gives what was not taken yet.
    ///
    /// # Errors
    /// None that the beginning had not.
    pub fn finish(mut self) -> Result<Vec<u8>, EmitError> {
        self.end_group()?;
        write_iea(&mut self.emitter, self.groups, self.options.control)?;
        Ok(self.emitter.take())
    }
}

/// The claim that replaces or voids a version. A replacement charges less for one line; where another payer has decided,
/// whose amounts would no longer add up, it says why it comes instead.
fn corrected(
    version: &ClaimVersion,
    claim: &Claim,
    about: AboutClaims,
    random: &mut Random,
) -> Result<Claim, CorrectionError> {
    if about == AboutClaims::Void {
        return Correction { void: true, ..Correction::default() }.apply(version, claim);
    }
    let charged: Vec<&crate::txn::claim::Line> =
        claim.lines.iter().filter(|line| line.charge >= Decimal::TWO).collect();
    if charged.is_empty() || !claim.others.is_empty() {
        let note = format!("CORRECTED CLAIM {}", random.between(1, 999));
        return Correction { note, ..Correction::default() }.apply(version, claim);
    }
    let line = charged[random.below(charged.len() as u64) as usize];
    let percent = Decimal::from(random.between(50, 95));
    let charge = (line.charge * percent / Decimal::ONE_HUNDRED).round_dp(2);
    let change = LineChange { line: line.number, charge: Some(charge), ..LineChange::default() };
    Correction { lines: vec![change], ..Correction::default() }.apply(version, claim)
}

/// The request for the status of a claim; without its control number.
fn status_request(
    version: &ClaimVersion,
    claim: &Claim,
    number: u32,
    options: &StoredOptions,
) -> Option<StatusRequest> {
    let member = &claim.subscriber.person.name;
    if member.id.is_empty() || member.last.is_empty() {
        return None;
    }
    let mut random = Random::of(options.seed, u64::from(number));
    let reference = |qualifier: &str, value: &str| Reference {
        qualifier: Code::from(qualifier),
        value: value.into(),
        ..Reference::default()
    };
    // By the payer's number, by the provider's, or by charge and days alone.
    let (references, charge) = match random.below(3) {
        0 => (vec![reference("1K", &version.number)], Sent::Absent),
        1 => (vec![reference("EJ", &version.account)], Sent::Absent),
        _ => (Vec::new(), Sent::Value(version.charge)),
    };
    let asked = ClaimRequest {
        trace: format!("S{:09}{number:07}", options.control).into(),
        references,
        charge,
        service: Sent::Value(When::Span(version.from, version.to)),
        lines: Vec::new(),
    };
    let demographics = |party: &Party| {
        let mut known = party.demographics.unwrap_or_default();
        // A 276 knows two genders, and may leave them out.
        if known.gender.value() == Some(Gender::Unknown) {
            known.gender = Sent::Absent;
        }
        known
    };
    let mut subscriber = request::Subscriber { name: member.clone(), ..Default::default() };
    match &claim.patient {
        None => {
            subscriber.demographics = demographics(&claim.subscriber.person);
            subscriber.claims.push(asked);
        }
        Some(patient) => subscriber.dependents.push(request::Dependent {
            // A dependent has no id of their own here.
            name: Name {
                entity: Code::from("QC"),
                id_qualifier: Code::NONE,
                id: Box::default(),
                ..patient.person.name.clone()
            },
            demographics: demographics(&patient.person),
            claims: vec![asked],
        }),
    }
    let provider = request::Provider {
        names: vec![provider(claim)],
        subscribers: vec![subscriber],
        ..Default::default()
    };
    let receiver = request::Receiver {
        name: Name::organization(
            "41",
            &claim.provider.name.last,
            "46",
            &options.envelope.sender.id,
        ),
        providers: vec![provider],
        ..Default::default()
    };
    let source = request::Source {
        name: options.payer.clone(),
        receivers: vec![receiver],
        ..Default::default()
    };
    Some(StatusRequest {
        control: Box::default(),
        header: Header {
            purpose: Code::from("13"),
            reference: format!("S{:09}{number:07}", options.control).into(),
            date: Sent::Value(options.envelope.at.date()),
            time: Sent::Value(options.envelope.at.time()),
            ..Header::default()
        },
        sources: vec![source],
    })
}

/// The billing provider as the one who asks: by its NPI, or by its tax id where it has none.
fn provider(claim: &Claim) -> Name {
    let mut name = Name { entity: Code::from("1P"), ..claim.provider.name.clone() };
    if claim.provider.npi().is_empty() {
        name.id_qualifier = Code::from("FI");
        name.id = claim.provider.tax_id().into();
    }
    name
}
