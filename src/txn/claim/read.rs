//! Reads a claim from the text that is kept of it.

use super::{
    Attachment, Claim, Diagnosis, Form, Line, Note, OtherPayer, Party, Patient, Subscriber,
    Verbatim,
};
use crate::segments::text::text;
use crate::segments::{
    Amount, Contact, Dated, Demographics, Name, PostalAddress, Procedure, ProviderRole, Reference,
    read_pointers,
};
use crate::wire::value::{decimal_r, whole_number};
use crate::wire::{Code, Delimiters, Segment, Tag, Tape};

/// Qualifiers of diagnoses in HI; all other HI are kept as they came.
const DIAGNOSES: [&str; 10] = ["ABK", "BK", "ABF", "BF", "ABJ", "BJ", "APR", "PR", "ABN", "BN"];

/// Goes through the segments in order.
struct Reader<'t> {
    tape: &'t Tape,
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<Segment<'t>> {
        (self.at < self.tape.len()).then(|| self.tape.segment(self.text, self.at))
    }

    fn next(&mut self) -> Option<Segment<'t>> {
        let segment = self.peek()?;
        self.at += 1;
        Some(segment)
    }

    /// The next segment when it is one of these.
    fn next_of(&mut self, tags: &[&[u8]]) -> Option<Segment<'t>> {
        let segment = self.peek()?;
        let is_wanted = tags.iter().any(|tag| Tag::new(tag) == segment.tag());
        is_wanted.then(|| {
            self.at += 1;
            segment
        })
    }

    /// The next segment unless it is one of these.
    fn next_but(&mut self, tags: &[&[u8]]) -> Option<Segment<'t>> {
        let segment = self.peek()?;
        let ends = tags.iter().any(|tag| Tag::new(tag) == segment.tag());
        if ends { None } else { self.next() }
    }

    /// The segments after an NM1 that say more of its party.
    fn party(&mut self, nm1: Segment<'t>) -> Party {
        let mut party = Party { name: Name::read(nm1), ..Party::default() };
        let (mut street, mut city) = (None, None);
        while let Some(segment) =
            self.next_of(&[b"PRV", b"N3", b"N4", b"DMG", b"DTP", b"REF", b"PER"])
        {
            match segment.tag_bytes() {
                b"PRV" => party.specialty = Some(ProviderRole::read(segment)),
                b"N3" => street = Some(segment),
                b"N4" => city = Some(segment),
                b"DMG" => party.demographics = Some(Demographics::read(segment)),
                b"DTP" => party.dates.push(Dated::read(segment)),
                b"REF" if segment.value(4).is_empty() => {
                    party.references.push(Reference::read(segment));
                }
                b"REF" => party.rest.push(Verbatim::read(segment)),
                _ => party.contacts.push(Contact::read(segment)),
            }
        }
        party.address = PostalAddress::read(street, city);
        party
    }

    fn provider(&mut self, claim: &mut Claim) {
        let mut specialty = None;
        while let Some(segment) = self.next_of(&[b"PRV", b"CUR", b"NM1"]) {
            match segment.tag_bytes() {
                b"PRV" => specialty = Some(ProviderRole::read(segment)),
                b"CUR" => claim.currency = Some(Verbatim::read(segment)),
                _ => {
                    let party = self.party(segment);
                    match party.name.entity.as_str() {
                        "87" => claim.pay_to = Some(party),
                        "PE" => claim.pay_to_plan = Some(party),
                        _ => claim.provider = party,
                    }
                }
            }
        }
        claim.provider.specialty = specialty;
    }

    fn subscriber(&mut self, claim: &mut Claim) -> Option<()> {
        let sbr = self.next_of(&[b"SBR"])?;
        let code = |position| Code::from_bytes(sbr.value(position));
        claim.subscriber = Subscriber {
            order: code(1),
            relationship: code(2),
            group: text(sbr.value(3)),
            group_name: text(sbr.value(4)),
            insurance_type: code(5),
            filing: code(9),
            facts: self.next_of(&[b"PAT"]).map(Verbatim::read),
            person: Party::default(),
        };
        while let Some(nm1) = self.next_of(&[b"NM1"]) {
            let mut party = self.party(nm1);
            match party.name.entity.as_str() {
                "PR" => {
                    claim.payer = std::mem::take(&mut party.name);
                    claim.payer_details = party;
                }
                _ => claim.subscriber.person = party,
            }
        }
        Some(())
    }

    fn patient(&mut self) -> Option<Patient> {
        let pat = self.next_of(&[b"PAT"])?;
        let person = self.next_of(&[b"NM1"]).map(|nm1| self.party(nm1)).unwrap_or_default();
        Some(Patient {
            relationship: Code::from_bytes(pat.value(1)),
            facts: Verbatim::read(pat),
            person,
        })
    }

    fn claim(&mut self, claim: &mut Claim) -> Option<()> {
        let clm = self.next_of(&[b"CLM"])?;
        claim.account = text(clm.value(1));
        claim.charge = decimal_r(clm.value(2)).unwrap_or_default();
        claim.facility = text(clm.component(5, 1));
        claim.facility_qualifier = Code::from_bytes(clm.component(5, 2));
        claim.frequency = text(clm.component(5, 3));
        claim.head = Verbatim::read(clm);
        while let Some(segment) = self.next_but(&[b"NM1", b"SBR", b"LX"]) {
            match segment.tag_bytes() {
                b"DTP" if is_dated(segment) => claim.dates.push(Dated::read(segment)),
                b"PWK" => claim.attachments.push(attachment(segment)),
                b"AMT" => claim.amounts.push(Amount::read(segment)),
                b"REF" => claim.references.push(Reference::read(segment)),
                b"NTE" => claim.notes.push(note(segment)),
                b"HI" if is_of_diagnoses(segment) => claim.diagnoses.extend(diagnoses(segment)),
                _ => claim.rest.push(Verbatim::read(segment)),
            }
        }
        while let Some(nm1) = self.next_of(&[b"NM1"]) {
            let provider = self.party(nm1);
            claim.providers.push(provider);
        }
        while let Some(sbr) = self.next_of(&[b"SBR"]) {
            let other = self.other(sbr);
            claim.others.push(other);
        }
        while let Some(lx) = self.next_of(&[b"LX"]) {
            let line = self.line(lx);
            claim.lines.push(line);
        }
        Some(())
    }

    fn other(&mut self, sbr: Segment<'t>) -> OtherPayer {
        let mut other = OtherPayer {
            order: Code::from_bytes(sbr.value(1)),
            relationship: Code::from_bytes(sbr.value(2)),
            coverage: Verbatim::read(sbr),
            ..OtherPayer::default()
        };
        while let Some(segment) = self.next_but(&[b"SBR", b"LX"]) {
            match segment.tag_bytes() {
                b"CAS" => other.adjustments.push(Verbatim::read(segment)),
                b"AMT" => other.amounts.push(Amount::read(segment)),
                b"NM1" => {
                    let party = self.party(segment);
                    other.parties.push(party);
                }
                _ => other.rest.push(Verbatim::read(segment)),
            }
        }
        other
    }

    fn line(&mut self, lx: Segment<'t>) -> Line {
        let mut line =
            Line { number: whole_number(lx.value(1)).unwrap_or_default(), ..Line::default() };
        while let Some(segment) = self.next_but(&[b"LX", b"LIN", b"NM1", b"SVD", b"LQ"]) {
            match segment.tag_bytes() {
                b"SV1" | b"SV2" | b"SV3" => line.read_service(segment),
                b"DTP" if is_dated(segment) => line.dates.push(Dated::read(segment)),
                b"PWK" => line.attachments.push(attachment(segment)),
                b"AMT" => line.amounts.push(Amount::read(segment)),
                b"REF" if segment.value(1) == b"6R" => line.control = text(segment.value(2)),
                // A number of another payer's names that payer in REF04.
                b"REF" if segment.value(4).is_empty() => {
                    line.references.push(Reference::read(segment));
                }
                b"NTE" => line.notes.push(note(segment)),
                _ => line.rest.push(Verbatim::read(segment)),
            }
        }
        while let Some(segment) = self.next_but(&[b"LX", b"NM1", b"SVD", b"LQ"]) {
            line.drug.push(Verbatim::read(segment));
        }
        while let Some(nm1) = self.next_of(&[b"NM1"]) {
            let provider = self.party(nm1);
            line.providers.push(provider);
        }
        while let Some(segment) = self.next_but(&[b"LX"]) {
            line.decisions.push(Verbatim::read(segment));
        }
        line
    }
}

impl Line {
    fn read_service(&mut self, service: Segment<'_>) {
        let (first, unit, units, place, pointers) = match service.tag_bytes() {
            b"SV1" => (1, 3, 4, 5, 7),
            b"SV2" => (2, 4, 5, 0, 0),
            _ => (1, 0, 6, 3, 11),
        };
        let code = |position: usize| match position {
            0 => Code::NONE,
            position => Code::from_bytes(service.value(position)),
        };
        self.procedure = Procedure::read(service, first);
        if first == 2 {
            self.revenue = text(service.value(1));
        }
        self.charge = decimal_r(service.value(first + 1)).unwrap_or_default();
        self.unit = code(unit);
        self.units = decimal_r(service.value(units));
        self.place = code(place);
        if pointers > 0 {
            self.pointers = read_pointers(service, pointers);
        }
        self.service = Verbatim::read(service);
    }
}

fn is_dated(dtp: Segment<'_>) -> bool {
    matches!(dtp.value(2), b"D8" | b"RD8") && Dated::read(dtp).when.value().is_some()
}

fn attachment(pwk: Segment<'_>) -> Attachment {
    Attachment {
        report: Code::from_bytes(pwk.value(1)),
        transmission: Code::from_bytes(pwk.value(2)),
        control: text(pwk.value(6)),
    }
}

fn note(nte: Segment<'_>) -> Note {
    Note { kind: Code::from_bytes(nte.value(1)), text: text(nte.value(2)) }
}

fn is_of_diagnoses(hi: Segment<'_>) -> bool {
    DIAGNOSES.iter().any(|qualifier| hi.component(1, 1) == qualifier.as_bytes())
}

fn diagnoses(hi: Segment<'_>) -> impl Iterator<Item = Diagnosis> {
    (1..=hi.count()).map(move |position| Diagnosis {
        qualifier: Code::from_bytes(hi.component(position, 1)),
        code: text(hi.component(position, 2)),
        present_on_admission: Code::from_bytes(hi.component(position, 9)),
    })
}

impl Claim {
    /// Reads the text that is kept of a claim: its four separators, then the segments of the billing provider, the subscriber,
    /// the patient and the claim, each with its terminator and without HL. None where it is no such text.
    pub fn read(kept: &[u8]) -> Option<Claim> {
        Claim::read_with(&mut Tape::default(), kept)
    }

    /// As [`Claim::read`], with a tape that serves one claim after the other.
    pub fn read_with(tape: &mut Tape, kept: &[u8]) -> Option<Claim> {
        let (separators, text) = kept.split_first_chunk()?;
        tape.fill(text, Delimiters::from_bytes(*separators)?);
        let mut reader = Reader { tape, text, at: 0 };
        let mut claim = Claim::default();
        reader.provider(&mut claim);
        reader.subscriber(&mut claim)?;
        claim.patient = reader.patient();
        reader.claim(&mut claim)?;
        let service = claim.lines.first().map(|line| line.service.tag);
        claim.form = if service == Some(Tag::new(b"SV2")) || claim.facility_qualifier == "A" {
            Form::Institutional
        } else if service == Some(Tag::new(b"SV3")) {
            Form::Dental
        } else {
            Form::Professional
        };
        Some(claim)
    }
}
