//! Writes a claim, and a set of one claim.

use time::PrimitiveDateTime;

use super::{
    Attachment, Claim, Diagnosis, Form, Line, Note, OtherPayer, Party, Patient, Subscriber,
    Verbatim,
};
use crate::segments::text::fit;
use crate::segments::{
    Dated, Header, PostalAddress, ProviderRole, Reference, Sent, pointer_texts, write_amount,
    write_reference,
};
use crate::wire::value::decimal_text;
use crate::wire::{Code, EmitError, Emitter, Tag};

type Written = Result<(), EmitError>;

/// Most diagnoses of one HI.
const DIAGNOSES_MAX: usize = 12;

/// The segments of a claim itself after CLM, in the order they are written.
const CLAIM_ORDER: [&str; 15] = [
    "DTP", "CL1", "DN1", "DN2", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC", "HI",
    "HCP",
];

/// The segments of a line itself after its service.
const LINE_ORDER: [&str; 16] = [
    "SV5", "TOO", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF", "AMT", "K3",
    "NTE", "PS1", "HCP",
];

/// What a set of claims says before its first provider.
#[derive(Clone, Debug)]
pub struct SetHeader {
    /// ST02.
    pub control: Box<str>,
    /// BHT03.
    pub reference: Box<str>,
    /// BHT04 and BHT05.
    pub at: PrimitiveDateTime,
    /// Loop 1000A, with a contact.
    pub submitter: Party,
    /// Loop 1000B.
    pub receiver: Party,
}

impl Claim {
    /// Writes a whole set with this claim alone, ST to SE.
    ///
    /// # Errors
    /// Text that cannot be written in the separators in use.
    pub fn write_set(&self, header: &SetHeader, out: &mut Emitter) -> Written {
        out.begin_set("837", &header.control, Some(self.form.guide()))?;
        let bht = Header {
            purpose: Code::new("00"),
            reference: header.reference.clone(),
            date: Sent::Value(header.at.date()),
            time: Sent::Value(header.at.time()),
            kind: Code::new("CH"),
        };
        bht.write("0019", out)?;
        out.enter("1000A");
        header.submitter.write(out)?;
        out.enter("1000B");
        header.receiver.write(out)?;
        self.write(out)?;
        out.end_set(&header.control)
    }

    /// Writes the levels of the claim, with the next HL numbers.
    ///
    /// # Errors
    /// Text that cannot be written in the separators in use.
    pub fn write(&self, out: &mut Emitter) -> Written {
        out.enter("2000A");
        let provider = out.level(None, "20", true)?;
        if let Some(specialty) = &self.provider.specialty {
            specialty.write(out)?;
        }
        write_all(&self.currency, out)?;
        out.enter("2010AA");
        self.provider.write_after_specialty(None, out)?;
        for party in self.pay_to.iter().chain(&self.pay_to_plan) {
            party.write(out)?;
        }
        out.enter("2000B");
        let subscriber = out.level(Some(provider), "22", self.patient.is_some())?;
        self.subscriber.write(out)?;
        out.enter("2010BB");
        self.payer.write(out)?;
        self.payer_details.write_rest(out)?;
        if let Some(patient) = &self.patient {
            out.enter("2000C");
            out.level(Some(subscriber), "23", false)?;
            patient.write(out)?;
        }
        out.enter("2300");
        self.write_claim(out)?;
        for provider in &self.providers {
            out.enter("2310");
            provider.write(out)?;
        }
        for other in &self.others {
            out.enter("2320");
            other.write(out)?;
        }
        for line in &self.lines {
            out.enter("2400");
            line.write(self.form, out)?;
        }
        Ok(())
    }

    /// Its text as the ledger keeps it.
    ///
    /// # Errors
    /// Text that cannot be written in the separators of `out`, which must be empty.
    pub fn kept_text(&self, mut out: Emitter) -> Result<Vec<u8>, EmitError> {
        let separators = out.delimiters();
        self.write(&mut out)?;
        let mut kept = separators.to_bytes().to_vec();
        for segment in out.bytes().split_inclusive(|byte| *byte == separators.terminator) {
            if !segment.starts_with(b"HL") {
                kept.extend_from_slice(segment.trim_ascii_start());
            }
        }
        Ok(kept)
    }

    fn write_claim(&self, out: &mut Emitter) -> Written {
        let mut clm = self.head.clone();
        clm.tag = Tag::new(b"CLM");
        clm.set(1, &[&fit(&self.account, 1, 38, out.delimiters())]);
        clm.set(2, &[decimal_text(self.charge).as_str()]);
        clm.set(5, &[&self.facility, self.facility_qualifier.as_str(), &self.frequency]);
        clm.write(out)?;
        for tag in CLAIM_ORDER {
            match tag {
                "DTP" => write_dates(&self.dates, out)?,
                "PWK" => write_attachments(&self.attachments, out)?,
                "AMT" => {
                    for amount in &self.amounts {
                        let value = amount.amount.unwrap_or_default();
                        write_amount(out, amount.qualifier.as_str(), value)?;
                    }
                }
                "REF" => write_references(&self.references, out)?,
                "NTE" => write_notes(&self.notes, out)?,
                "HI" => self.write_diagnoses(out)?,
                _ => {}
            }
            write_all(self.rest.iter().filter(|kept| kept.tag == Tag::from(tag)), out)?;
        }
        Ok(())
    }

    /// Writes HI: all diagnoses together, those of an institutional claim by their kind.
    fn write_diagnoses(&self, out: &mut Emitter) -> Written {
        let is_together = |one: &Diagnosis, next: &Diagnosis| {
            self.form != Form::Institutional || one.qualifier == next.qualifier
        };
        for kind in self.diagnoses.chunk_by(is_together) {
            for diagnoses in kind.chunks(DIAGNOSES_MAX) {
                write_hi(diagnoses, out)?;
            }
        }
        Ok(())
    }
}

fn write_hi(diagnoses: &[Diagnosis], out: &mut Emitter) -> Written {
    let separators = out.delimiters();
    let hi = diagnoses.iter().fold(out.segment("HI"), |hi, diagnosis| {
        let code = fit(&diagnosis.code, 1, 30, separators);
        let present = diagnosis.present_on_admission.as_str();
        hi.composite(&[diagnosis.qualifier.as_str(), &code, "", "", "", "", "", "", present])
    });
    hi.end()
}

impl Party {
    /// Writes NM1 and what follows it.
    fn write(&self, out: &mut Emitter) -> Written {
        self.write_after_specialty(self.specialty.as_ref(), out)
    }

    fn write_after_specialty(
        &self,
        specialty: Option<&ProviderRole>,
        out: &mut Emitter,
    ) -> Written {
        self.name.write(out)?;
        if let Some(specialty) = specialty {
            specialty.write(out)?;
        }
        self.write_rest(out)
    }

    fn write_rest(&self, out: &mut Emitter) -> Written {
        self.address.as_ref().map_or(Ok(()), |address: &PostalAddress| address.write(out))?;
        if let Some(demographics) = &self.demographics {
            demographics.write(out)?;
        }
        write_dates(&self.dates, out)?;
        write_references(&self.references, out)?;
        write_all(&self.rest, out)?;
        self.contacts.iter().try_for_each(|contact| contact.write(out))
    }
}

impl Subscriber {
    fn write(&self, out: &mut Emitter) -> Written {
        let separators = out.delimiters();
        out.segment("SBR")
            .text(self.order.as_str())
            .text(self.relationship.as_str())
            .text(&fit(&self.group, 1, 50, separators))
            .text(&fit(&self.group_name, 1, 60, separators))
            .text(self.insurance_type.as_str())
            .skip_to(9)
            .text(self.filing.as_str())
            .end()?;
        write_all(&self.facts, out)?;
        out.enter("2010BA");
        self.person.write(out)
    }
}

impl Patient {
    fn write(&self, out: &mut Emitter) -> Written {
        let mut pat = self.facts.clone();
        pat.tag = Tag::new(b"PAT");
        pat.set(1, &[self.relationship.as_str()]);
        pat.write(out)?;
        out.enter("2010CA");
        self.person.write(out)
    }
}

impl OtherPayer {
    fn write(&self, out: &mut Emitter) -> Written {
        let mut sbr = self.coverage.clone();
        sbr.tag = Tag::new(b"SBR");
        sbr.set(1, &[self.order.as_str()]);
        sbr.set(2, &[self.relationship.as_str()]);
        sbr.write(out)?;
        write_all(&self.adjustments, out)?;
        for amount in &self.amounts {
            write_amount(out, amount.qualifier.as_str(), amount.amount.unwrap_or_default())?;
        }
        write_all(&self.rest, out)?;
        self.parties.iter().try_for_each(|party| party.write(out))
    }
}

impl Line {
    fn write(&self, form: Form, out: &mut Emitter) -> Written {
        out.segment("LX").number(u64::from(self.number)).end()?;
        self.service(form, out).write(out)?;
        for tag in LINE_ORDER {
            match tag {
                "DTP" => write_dates(&self.dates, out)?,
                "PWK" => write_attachments(&self.attachments, out)?,
                "AMT" => {
                    for amount in &self.amounts {
                        let value = amount.amount.unwrap_or_default();
                        write_amount(out, amount.qualifier.as_str(), value)?;
                    }
                }
                "REF" => {
                    let control = fit(&self.control, 1, 50, out.delimiters());
                    if !control.is_empty() {
                        write_reference(out, "6R", &control)?;
                    }
                    write_references(&self.references, out)?;
                }
                "NTE" => write_notes(&self.notes, out)?,
                _ => {}
            }
            write_all(self.rest.iter().filter(|kept| kept.tag == Tag::from(tag)), out)?;
        }
        write_all(&self.drug, out)?;
        self.providers.iter().try_for_each(|provider| provider.write(out))?;
        write_all(&self.decisions, out)
    }

    /// SV1, SV2 or SV3 of what the line says.
    fn service(&self, form: Form, out: &Emitter) -> Verbatim {
        let (tag, first, unit, units, place, pointers) = match form {
            Form::Professional => ("SV1", 1, 3, 4, 5, 7),
            Form::Institutional => ("SV2", 2, 4, 5, 0, 0),
            Form::Dental => ("SV3", 1, 0, 6, 3, 11),
        };
        let mut service = self.service.clone();
        service.tag = Tag::from(tag);
        if let Some(procedure) = &self.procedure {
            let mut parts = procedure.components(out.delimiters());
            // The description of a procedure stays while the procedure does.
            if service.part(first, 2) == &*procedure.code {
                service.part(first, 7).clone_into(&mut parts[6]);
            }
            service.set(first, &parts.each_ref().map(String::as_str));
        } else {
            service.set(first, &[]);
        }
        if form == Form::Institutional {
            service.set(1, &[&self.revenue]);
        }
        service.set(first + 1, &[decimal_text(self.charge).as_str()]);
        match self.units.map(decimal_text) {
            Some(text) => service.set(units, &[text.as_str()]),
            None => service.set(units, &[]),
        }
        for (position, code) in [(unit, self.unit), (place, self.place)] {
            if position > 0 {
                service.set(position, &[code.as_str()]);
            }
        }
        if pointers > 0 {
            let texts = pointer_texts(&self.pointers);
            service.set(pointers, &texts.each_ref().map(String::as_str));
        }
        service
    }
}

fn write_all<'v>(segments: impl IntoIterator<Item = &'v Verbatim>, out: &mut Emitter) -> Written {
    segments.into_iter().try_for_each(|segment| segment.write(out))
}

fn write_dates(dates: &[Dated], out: &mut Emitter) -> Written {
    dates.iter().try_for_each(|dated| dated.write(out))
}

fn write_references(references: &[Reference], out: &mut Emitter) -> Written {
    references.iter().try_for_each(|reference| reference.write(out))
}

fn write_notes(notes: &[Note], out: &mut Emitter) -> Written {
    let separators = out.delimiters();
    for note in notes {
        let text = fit(&note.text, 1, 80, separators);
        out.segment("NTE").text(note.kind.as_str()).text(&text).end()?;
    }
    Ok(())
}

fn write_attachments(attachments: &[Attachment], out: &mut Emitter) -> Written {
    let separators = out.delimiters();
    for attachment in attachments {
        let control = fit(&attachment.control, 2, 80, separators);
        let pwk = out.segment("PWK").text(attachment.report.as_str());
        let pwk = pwk.text(attachment.transmission.as_str());
        match &*control {
            "" => pwk.end()?,
            control => pwk.skip_to(5).text("AC").text(control).end()?,
        }
    }
    Ok(())
}
