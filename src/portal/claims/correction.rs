//! The form of a correction: a stored claim with changes, as the 837 that replaces or voids it (J-01, J-03).

use rust_decimal::Decimal;

use crate::phi::redacted;
use crate::segments::{Contact, Name, Reference};
use crate::store::ClaimVersion;
use crate::txn::claim::{Attachment, Claim, Diagnosis, Note, Party, SetHeader};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::wire::{Code, EmitError};

/// Frequencies (CLM05-3).
const REPLACEMENT: &str = "7";
const VOID: &str = "8";

/// Most characters of a note.
const NOTE_CHARS_MAX: usize = 80;

/// What is to change. What is left empty stays as it was sent.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Correction {
    /// Nothing changes: the claim is voided.
    pub void: bool,
    /// The charge of the claim; the sum of its lines where it is not said.
    pub charge: Option<Decimal>,
    /// Changes of lines.
    pub lines: Vec<LineChange>,
    /// Numbers of lines that are left out.
    pub dropped: Vec<u32>,
    /// Diagnoses in the place of those that were sent, the principal one first.
    pub diagnoses: Vec<String>,
    /// Why, NTE*ADD.
    pub note: String,
    /// Documents that it announces: control number and kind of report.
    pub attachments: Vec<(String, String)>,
}

redacted!(Correction { void });

/// A line and what changes of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineChange {
    /// Its number, from 1.
    pub line: u32,
    /// Units.
    pub units: Option<Decimal>,
    /// Charge.
    pub charge: Option<Decimal>,
    /// Procedure code.
    pub procedure: Option<String>,
    /// Modifiers in the place of those that were sent.
    pub modifiers: Option<Vec<String>>,
}

/// Why there is no such correction.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectionError {
    /// The claim has no such line.
    #[error("the claim has no line {0}")]
    NoLine(u32),
    /// Every line would be left out.
    #[error("no line would be left; void the claim instead")]
    NoLines,
    /// Nothing would change.
    #[error("nothing would change; a decision is disputed without a new claim")]
    Unchanged,
    /// A void changes nothing.
    #[error("a void is sent as the claim was; nothing can be changed with it")]
    VoidWithChanges,
    /// The line has no procedure that could be changed.
    #[error("line {0} has no procedure")]
    NoProcedure(u32),
    /// The charge is below zero.
    #[error("a charge or a number of units is never below zero")]
    Negative,
    /// The note is too long.
    #[error("a note has at most 80 characters")]
    Note,
}

impl Correction {
    /// The claim that replaces or voids the version, whose text `claim` is.
    ///
    /// # Errors
    /// Why there is no such correction.
    pub fn apply(&self, version: &ClaimVersion, claim: &Claim) -> Result<Claim, CorrectionError> {
        let mut changed = claim.clone();
        if self.void {
            if *self != (Correction { void: true, ..Correction::default() }) {
                return Err(CorrectionError::VoidWithChanges);
            }
        } else {
            self.change(&mut changed)?;
            if changed == *claim {
                return Err(CorrectionError::Unchanged);
            }
        }
        changed.frequency = if self.void { VOID } else { REPLACEMENT }.into();
        changed.references.retain(|reference| reference.qualifier != "F8");
        changed.references.push(Reference {
            qualifier: Code::from("F8"),
            value: version.number.clone(),
            description: "".into(),
        });
        Ok(changed)
    }

    fn change(&self, claim: &mut Claim) -> Result<(), CorrectionError> {
        let amounts = self.lines.iter().flat_map(|line| [line.units, line.charge]);
        if amounts.chain([self.charge]).flatten().any(|amount| amount.is_sign_negative()) {
            return Err(CorrectionError::Negative);
        }
        for change in &self.lines {
            change.apply(claim)?;
        }
        for number in &self.dropped {
            let before = claim.lines.len();
            claim.lines.retain(|line| line.number != *number);
            if claim.lines.len() == before {
                return Err(CorrectionError::NoLine(*number));
            }
        }
        if claim.lines.is_empty() && !self.dropped.is_empty() {
            return Err(CorrectionError::NoLines);
        }
        if !self.dropped.is_empty() {
            for (number, line) in (1..).zip(&mut claim.lines) {
                line.number = number;
            }
        }
        if let (Some(charge), [line]) = (self.charge, &mut claim.lines[..]) {
            line.charge = charge;
        }
        let sum: Decimal = claim.lines.iter().map(|line| line.charge).sum();
        let has_money = !self.dropped.is_empty() || self.lines.iter().any(|l| l.charge.is_some());
        claim.charge = match self.charge {
            Some(charge) => charge,
            None if has_money => sum,
            None => claim.charge,
        };
        self.diagnose(claim);
        if self.note.chars().count() > NOTE_CHARS_MAX {
            return Err(CorrectionError::Note);
        }
        if !self.note.is_empty() {
            claim.notes.retain(|note| note.kind != "ADD");
            let text = self.note.to_uppercase().into();
            claim.notes.push(Note { kind: Code::from("ADD"), text });
        }
        for (control, report) in &self.attachments {
            claim.attachments.push(Attachment {
                report: Code::from(report.as_str()),
                transmission: Code::from("EL"),
                control: control.as_str().into(),
            });
        }
        Ok(())
    }

    /// Puts the diagnoses in the place of the principal and the other ones.
    fn diagnose(&self, claim: &mut Claim) {
        if self.diagnoses.is_empty() {
            return;
        }
        let is_replaced = |found: &Diagnosis| matches!(found.qualifier.as_str(), "ABK" | "ABF");
        let mut diagnoses: Vec<Diagnosis> = Vec::new();
        for (index, code) in self.diagnoses.iter().enumerate() {
            let code: String = code.chars().filter(|c| *c != '.').collect();
            let old = claim.diagnoses.iter().find(|found| *found.code == *code);
            diagnoses.push(Diagnosis {
                qualifier: Code::from(if index == 0 { "ABK" } else { "ABF" }),
                code: code.into(),
                present_on_admission: old.map_or(Code::NONE, |old| old.present_on_admission),
            });
        }
        let count = diagnoses.len();
        diagnoses.extend(claim.diagnoses.iter().filter(|found| !is_replaced(found)).cloned());
        claim.diagnoses = diagnoses;
        // A pointer to a diagnosis that is gone points to the principal one.
        for line in claim.lines.iter_mut().filter(|line| !line.pointers.is_empty()) {
            line.pointers.retain(|pointer| usize::from(*pointer) <= count);
            if line.pointers.is_empty() {
                line.pointers.push(1);
            }
        }
    }
}

impl LineChange {
    fn apply(&self, claim: &mut Claim) -> Result<(), CorrectionError> {
        let line = claim.lines.iter_mut().find(|line| line.number == self.line);
        let line = line.ok_or(CorrectionError::NoLine(self.line))?;
        line.units = self.units.or(line.units);
        line.charge = self.charge.unwrap_or(line.charge);
        if self.procedure.is_none() && self.modifiers.is_none() {
            return Ok(());
        }
        let procedure = line.procedure.as_mut().ok_or(CorrectionError::NoProcedure(self.line))?;
        if let Some(code) = &self.procedure {
            procedure.code = code.as_str().into();
        }
        if let Some(modifiers) = &self.modifiers {
            procedure.modifiers = modifiers.iter().map(|code| Code::from(code.as_str())).collect();
        }
        Ok(())
    }
}

/// What a set with a claim says before its provider: the billing provider sends it. ST02 is 0001, and BHT03 is empty. `telephone`
/// is that of whoever sends it.
pub fn claim_header(claim: &Claim, envelope: &EnvelopeWriter, telephone: &str) -> SetHeader {
    let party = |entity: &str, name: &str, id: &str| Party {
        name: Name::organization(entity, name, "46", id),
        ..Party::default()
    };
    let mut submitter = party("41", &claim.provider.name.last, &envelope.sender.id);
    submitter.contacts = vec![Contact {
        name: "CLAIMS".into(),
        numbers: vec![(Code::from("TE"), telephone.into())],
    }];
    SetHeader {
        control: "0001".into(),
        reference: Box::default(),
        at: envelope.at,
        submitter,
        receiver: party("40", &claim.payer.last, &envelope.receiver.id),
    }
}

/// The interchange that brings one claim: an 837 in this envelope, all of it under this control number. `telephone` is that of
/// whoever sends it.
///
/// # Errors
/// Text that cannot be written.
pub fn claim_interchange(
    claim: &Claim,
    envelope: &EnvelopeWriter,
    control: u32,
    telephone: &str,
) -> Result<Vec<u8>, EmitError> {
    let header = SetHeader {
        reference: format!("C{control:09}").into(),
        ..claim_header(claim, envelope, telephone)
    };
    let group = GroupForm { functional: "HC", version: claim.form.guide() };
    let mut out = envelope.emitter();
    envelope.isa(&mut out, control)?;
    envelope.gs(&mut out, group, control)?;
    claim.write_set(&header, &mut out)?;
    write_ge(&mut out, 1, control)?;
    write_iea(&mut out, 1, control)?;
    Ok(out.into_bytes())
}
