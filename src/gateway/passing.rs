//! Claims that wait, put into files for the payer's core system: each claim once.
//!
//! docs/core-system.md describes the files. A claim that was passed on has a state that says so (`[claims] passed_on`).

use std::sync::Arc;

use serde::Serialize;

use super::error::ServiceError;
use super::gateway::Gateway;
use super::remittances::RemittanceError;
use crate::answer::payer_contacts;
use crate::partner::Partner;
use crate::phi::redacted;
use crate::segments::{Contact, Name, Reference};
use crate::store::{
    Actor, ClaimForm, ClaimProvider, ClaimState, ClaimVersion, LedgerEntry, StateChange, StoreError,
};
use crate::txn::claim::{Claim, Form, Party, SetHeader};
use crate::txn::claim_ack::Status;
use crate::txn::envelope::{GroupForm, Party as Mailbox, write_ge, write_iea};
use crate::wire::value::decimal_text;
use crate::wire::{Code, Delimiters, Emitter};

/// Claims in one file.
const CLAIMS_MAX: u32 = 1_000;

/// The series of the numbers of files.
const SERIES: &str = "claims/passed";

/// The form of the files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PassedForm {
    /// 837 interchanges.
    X12,
    /// JSON, a line for each claim.
    JsonLines,
}

/// Claims in one file, not entered as passed on yet.
pub struct PassedClaims {
    /// The name of the file without its ending, which no other has.
    pub name: Box<str>,
    /// The first claim in it.
    pub first: Box<str>,
    /// How many.
    pub claims: usize,
    /// The file.
    pub bytes: Vec<u8>,
    /// Claims that cannot be read.
    pub left: usize,
    /// The last claim that was looked at.
    pub after: Box<str>,
    entries: Vec<LedgerEntry>,
}

redacted!(PassedClaims { name, claims, left });

/// A claim as a line of JSON.
#[derive(Serialize)]
struct Line<'c> {
    number: &'c str,
    original: &'c str,
    version: u32,
    replaces: Option<&'c str>,
    form: &'static str,
    predetermination: bool,
    frequency: &'c str,
    account: &'c str,
    subscriber: Option<&'c str>,
    suffix: Option<&'c str>,
    billing: Provider<'c>,
    payee: Provider<'c>,
    rendering: Provider<'c>,
    facility: &'c str,
    charge: String,
    from: String,
    to: String,
    received: String,
    referral: &'c str,
    authorization: &'c str,
    partner: &'c str,
    diagnoses: Vec<&'c str>,
    lines: Vec<ServiceLine<'c>>,
    segments: String,
}

/// A provider as JSON.
#[derive(Serialize)]
struct Provider<'c> {
    npi: &'c str,
    tin: &'c str,
    last: &'c str,
    first: &'c str,
}

/// A line as JSON.
#[derive(Serialize)]
struct ServiceLine<'c> {
    number: u32,
    control: &'c str,
    qualifier: &'c str,
    procedure: &'c str,
    modifiers: Vec<&'c str>,
    revenue: &'c str,
    charge: String,
    units: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

impl Gateway {
    /// The next claims to pass on, those after the one with the number `after`; none when there are no more. They are addressed to
    /// this partner, or to nobody in particular. Nothing is entered before [`Gateway::enter_passed`].
    ///
    /// # Errors
    /// The store failed, or a claim cannot be written.
    pub async fn pass_on(
        &self,
        form: PassedForm,
        partner: Option<&str>,
        after: Option<&str>,
    ) -> Result<Option<PassedClaims>, RemittanceError> {
        let status = self.passed_on();
        let mut after: Option<Box<str>> = after.map(Box::from);
        let mut left = 0;
        loop {
            let page = self.stores().claims.waiting(after.as_deref(), CLAIMS_MAX).await?;
            let Some(last) = page.last().map(|version| version.number.clone()) else {
                return Ok(None);
            };
            let waiting = page.into_iter().filter(|version| is_due(&version.state, &status));
            let read = waiting.map(|version| (Claim::read(&version.text), version));
            let mut claims = Vec::new();
            for (claim, version) in read {
                match claim {
                    Some(claim) => claims.push((version, claim)),
                    None => left += 1,
                }
            }
            if let Some(first) = claims.first().map(|(version, _)| version.number.clone()) {
                let number = self.stores().journal.take_control_numbers(SERIES, 1).await?;
                let name: Box<str> = format!("claims-{number:09}").into();
                let bytes = match form {
                    PassedForm::X12 => self.claims_as_x12(&claims, partner).await?,
                    PassedForm::JsonLines => lines(&claims)?,
                };
                let entries = self.passed_entries(&claims, &status, &name);
                let claims = claims.len();
                return Ok(Some(PassedClaims {
                    name,
                    first,
                    claims,
                    bytes,
                    left,
                    after: last,
                    entries,
                }));
            }
            after = Some(last);
        }
    }

    /// Enters that claims were passed on.
    ///
    /// # Errors
    /// The store failed.
    pub async fn enter_passed(&self, passed: PassedClaims) -> Result<(), StoreError> {
        let at_micros = (self.now().0.unix_timestamp_nanos() / 1000) as i64;
        let by = Actor { who: "operator".into(), at_micros };
        self.stores().claims.enter(passed.entries, &by).await
    }

    /// Whether the claims of a file were entered as passed on; `first` is the first of them.
    ///
    /// # Errors
    /// The store failed.
    pub async fn is_passed(&self, name: &str, first: &str) -> Result<bool, StoreError> {
        let found = self.stores().claims.histories(&[first.into()]).await?;
        let why = why(name);
        let mut events = found.iter().flatten().flat_map(|history| &history.events);
        Ok(events.any(|event| *event.claim == *first && *event.detail == *why))
    }

    fn passed_on(&self) -> Status {
        // The settings were checked.
        Status::parse(&self.config().claims.passed_on)
            .unwrap_or_else(|| Status::new("P1", "38", ""))
    }

    fn passed_entries(
        &self,
        claims: &[(ClaimVersion, Claim)],
        status: &Status,
        name: &str,
    ) -> Vec<LedgerEntry> {
        let effective = self.now().1.date();
        let entry = |(version, _): &(ClaimVersion, Claim)| {
            LedgerEntry::State(StateChange {
                claim: version.number.clone(),
                state: ClaimState {
                    category: status.category.clone(),
                    code: status.code.clone(),
                    entity: status.entity.clone(),
                    effective,
                },
                why: why(name).into(),
            })
        };
        claims.iter().map(entry).collect()
    }

    /// One interchange: a group for each form, a set for each claim.
    async fn claims_as_x12(
        &self,
        claims: &[(ClaimVersion, Claim)],
        partner: Option<&str>,
    ) -> Result<Vec<u8>, RemittanceError> {
        let reference = self.reference();
        let known = reference.partners.partners().iter();
        let partner = partner.and_then(|id| known.clone().find(|known| &*known.id == id)).cloned();
        let partner = partner.unwrap_or_else(|| Arc::new(Partner::stranger(self.config())));
        let to = partner.isa.first().map_or_else(
            || Mailbox::mutually_defined("CORE"),
            |isa| Mailbox { qualifier: isa.qualifier.clone(), id: isa.id.clone() },
        );
        let ours = Mailbox::mutually_defined("");
        let envelope = self.envelope_back(&to, &ours, false, &partner);
        let isa = self.next_control(&envelope.receiver, "isa", None).await?;
        let mut out = envelope.emitter();
        envelope.isa(&mut out, isa)?;
        let mut groups = 0;
        for form in [Form::Professional, Form::Institutional, Form::Dental] {
            let of_form: Vec<_> = claims.iter().filter(|(_, claim)| claim.form == form).collect();
            if of_form.is_empty() {
                continue;
            }
            let gs = self.next_control(&envelope.receiver, "gs", None).await?;
            let group = GroupForm { functional: "HC", version: form.guide() };
            envelope.reply_gs(&mut out, group, ("", ""), gs)?;
            for (place, (version, claim)) in of_form.iter().enumerate() {
                self.write_claim(version, claim, place + 1, &to.id, &mut out)?;
            }
            write_ge(&mut out, of_form.len() as u32, gs)?;
            groups += 1;
        }
        write_iea(&mut out, groups, isa)?;
        Ok(out.into_bytes())
    }

    fn write_claim(
        &self,
        version: &ClaimVersion,
        claim: &Claim,
        place: usize,
        receiver: &str,
        out: &mut Emitter,
    ) -> Result<(), ServiceError> {
        let payer = &self.config().eligibility.payer;
        let contact = payer_contacts(payer).into_iter().next();
        let contact = contact.or_else(|| claim.provider.contacts.first().cloned());
        let party = |entity: &str, name: &str, id: &str| Party {
            name: Name::organization(entity, name, "46", id),
            ..Party::default()
        };
        let mut submitter = party("41", &payer.name, &payer.id);
        submitter.contacts.push(contact.unwrap_or_else(|| Contact {
            name: payer.name.as_str().into(),
            numbers: vec![(Code::new("TE"), "0000000000".into())],
        }));
        let header = SetHeader {
            control: format!("{place:04}").into(),
            reference: version.number.clone(),
            at: self.now().1,
            submitter,
            receiver: party("40", &payer.name, receiver),
        };
        let mut claim = claim.clone();
        // Our number, which the core system returns as CLP07.
        claim.references.retain(|reference| reference.qualifier != "D9");
        claim.references.push(Reference {
            qualifier: Code::new("D9"),
            value: version.number.clone(),
            ..Reference::default()
        });
        Ok(claim.write_set(&header, out)?)
    }
}

/// The words in the history of a claim that was passed on in this file.
fn why(name: &str) -> String {
    format!("passed on in {name}")
}

/// Whether a claim is to be passed on: it waits in process, and was not passed on before.
fn is_due(state: &ClaimState, passed: &Status) -> bool {
    let was = (&state.category, &state.code) == (&passed.category, &passed.code);
    matches!(&*state.category, "P0" | "P1") && !was
}

fn lines(claims: &[(ClaimVersion, Claim)]) -> Result<Vec<u8>, ServiceError> {
    let mut out = Vec::new();
    for (version, claim) in claims {
        let mut segments = Emitter::new(Delimiters::STANDARD);
        claim.write(&mut segments)?;
        let segments = String::from_utf8_lossy(segments.bytes()).into_owned();
        serde_json::to_writer(&mut out, &line(version, claim, segments))
            .map_err(std::io::Error::other)?;
        out.push(b'\n');
    }
    Ok(out)
}

fn line<'c>(version: &'c ClaimVersion, claim: &'c Claim, segments: String) -> Line<'c> {
    let service = |line: &'c crate::txn::claim::Line| {
        let procedure = line.procedure.as_ref();
        let dates = line.service_dates();
        ServiceLine {
            number: line.number,
            control: &line.control,
            qualifier: procedure.map_or("", |procedure| procedure.qualifier.as_str()),
            procedure: procedure.map_or("", |procedure| &procedure.code),
            modifiers: procedure
                .map_or_else(Vec::new, |p| p.modifiers.iter().map(Code::as_str).collect()),
            revenue: &line.revenue,
            charge: decimal_text(line.charge).as_str().to_owned(),
            units: line.units.map(|units| decimal_text(units).as_str().to_owned()),
            from: dates.map(|(from, _)| from.to_string()),
            to: dates.map(|(_, to)| to.to_string()),
        }
    };
    Line {
        number: &version.number,
        original: &version.original,
        version: version.version,
        replaces: version.replaces.as_deref(),
        form: match version.form {
            ClaimForm::Professional => "professional",
            ClaimForm::Institutional => "institutional",
            ClaimForm::Dental => "dental",
        },
        predetermination: claim.is_predetermination(),
        frequency: &version.frequency,
        account: &version.account,
        subscriber: version.member.as_ref().map(|owner| &*owner.subscriber),
        suffix: version.member.as_ref().map(|owner| &*owner.suffix),
        billing: provider(&version.billing),
        payee: provider(&version.payee),
        rendering: provider(&version.rendering),
        facility: &version.facility,
        charge: decimal_text(version.charge).as_str().to_owned(),
        from: version.from.to_string(),
        to: version.to.to_string(),
        received: version.received.to_string(),
        referral: &version.referral,
        authorization: &version.authorization,
        partner: &version.partner,
        diagnoses: claim.diagnoses.iter().map(|diagnosis| &*diagnosis.code).collect(),
        lines: claim.lines.iter().map(service).collect(),
        segments,
    }
}

fn provider(provider: &ClaimProvider) -> Provider<'_> {
    let ClaimProvider { npi, tin, last, first } = provider;
    Provider { npi, tin, last, first }
}
