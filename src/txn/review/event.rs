//! The patient's event: what is to be reviewed and what was decided.

use smallvec::SmallVec;
use time::Date;

use super::{Party, Service};
use crate::phi::redacted;
use crate::segments::text::{fit, text, upper};
use crate::segments::{Dated, Delivery, Reference, Rejection, Sent, Trace, When, find};
use crate::txn::claim::Verbatim;
use crate::wire::value::{d8_text, date_d8};
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Most diagnoses of one HI.
const DIAGNOSES_MAX: usize = 12;

/// Most reasons of a decision.
const REASONS_MAX: usize = 5;

/// An event: loop 2000E with the loops of its providers, places and services.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// TRN: two of a question, three of an answer.
    pub traces: Vec<Trace>,
    /// AAA; only in an answer, and never beside a decision.
    pub rejections: Vec<Rejection>,
    /// UM.
    pub um: Category,
    /// HCR; in an answer, and in a notification of what another party decided.
    pub decision: Option<Decision>,
    /// REF: `BB` authorization number, `NT` administrative reference number.
    pub references: Vec<Reference>,
    /// DTP: `AAH` event, `435` admission, `096` discharge, `439` accident, `431` onset, `484`, `ABC`; in an answer also `102`
    /// issued, `036` expires, `007` effective; in an inquiry also `472`.
    pub dates: Vec<Dated>,
    /// HI, up to twelve.
    pub diagnoses: Vec<ReviewDiagnosis>,
    /// HSD.
    pub delivery: Option<Delivery>,
    /// CRC, one of a category; only in a request.
    pub conditions: Vec<Condition>,
    /// CL1.
    pub admission: Option<Admission>,
    /// CR1, CR2, CR5 and CR6 as they came. An answer repeats fewer of their elements.
    pub certifications: Vec<Verbatim>,
    /// PWK, up to ten: documents announced, or in an answer asked for.
    pub attachments: Vec<AttachmentNotice>,
    /// MSG.
    pub message: Box<str>,
    /// Loops 2010EA, up to 14.
    pub providers: Vec<Party>,
    /// Places of a transport, up to five.
    pub places: Vec<Party>,
    /// Other review organizations and what they denied, up to three; only in a request.
    pub organizations: Vec<Party>,
    /// Whom to ask for more; only in an answer.
    pub contact: Option<Party>,
    /// Loops 2000F.
    pub services: Vec<Service>,
}

redacted!(Event { um });

impl Event {
    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// The first DTP with this qualifier; none where it is absent or malformed.
    pub fn date(&self, qualifier: &str) -> Option<When> {
        date(&self.dates, qualifier)
    }

    /// The first provider of this role (NM101).
    pub fn provider(&self, role: &str) -> Option<&Party> {
        self.providers.iter().find(|party| party.name.entity == role)
    }

    /// The rejections of the event, its providers and its services.
    pub fn all_rejections(&self) -> impl Iterator<Item = &Rejection> {
        let parties = self.providers.iter().chain(&self.places);
        self.rejections
            .iter()
            .chain(parties.flat_map(|party| &party.rejections))
            .chain(self.services.iter().flat_map(Service::all_rejections))
    }
}

/// The first of the dates with this qualifier.
pub(super) fn date(dates: &[Dated], qualifier: &str) -> Option<When> {
    dates.iter().find(|dated| dated.qualifier == qualifier).and_then(|dated| dated.when.value())
}

/// UM: what is to be reviewed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Category {
    /// UM01: `AR` admission, `HS` health services, `IN` initial medical services reservation, `SC` specialty care.
    pub request: Code,
    /// UM02: `I` initial, `3` cancel, `4` extension, `S` revised, `R` renewal, `1` `2` `N` appeals.
    pub certification: Code,
    /// UM03.
    pub service_type: Code,
    /// UM04-1.
    pub facility: Code,
    /// UM04-2: `A` type of bill, `B` place of service.
    pub facility_qualifier: Code,
    /// UM05-1 to 3: `AA` auto, `AP` another party, `EM` employment, `OA` other accident. Only of an event.
    pub causes: SmallVec<[Code; 3]>,
    /// UM05-4, the state of the accident.
    pub state: Code,
    /// UM05-5, its country.
    pub country: Code,
    /// UM06: `03` emergency, `U` urgent, `E` elective.
    pub urgency: Code,
    /// UM07, the patient's condition; UM07 to UM10 are only in requests and notifications.
    pub condition: Code,
    /// UM08.
    pub prognosis: Code,
    /// UM09.
    pub release: Code,
    /// UM10.
    pub delay: Code,
}

redacted!(Category { request, certification, service_type, urgency });

impl Category {
    /// Reads UM.
    pub fn read(um: Segment<'_>) -> Category {
        let code = |position| Code::from_bytes(um.value(position));
        let part = |position, component| Code::from_bytes(um.component(position, component));
        Category {
            request: code(1),
            certification: code(2),
            service_type: code(3),
            facility: part(4, 1),
            facility_qualifier: part(4, 2),
            causes: (1..=3).map(|at| part(5, at)).take_while(|cause| !cause.is_empty()).collect(),
            state: part(5, 4),
            country: part(5, 5),
            urgency: code(6),
            condition: code(7),
            prognosis: code(8),
            release: code(9),
            delay: code(10),
        }
    }

    /// True where nothing is said, as at a service whose event says it all.
    pub fn is_absent(&self) -> bool {
        self.request.is_empty()
    }

    /// Writes UM with these of its elements; nothing where there is no category.
    pub(super) fn write(&self, elements: &[usize], out: &mut Emitter) -> Result<(), EmitError> {
        if self.is_absent() {
            return Ok(());
        }
        let kept = |position: usize, code: &Code| match elements.contains(&position) {
            true => *code,
            false => Code::NONE,
        };
        let facility = [self.facility, self.facility_qualifier];
        let has_facility = facility.iter().all(|code| !code.is_empty());
        let facility = if has_facility { facility } else { [Code::NONE; 2] };
        let cause = |at: usize| self.causes.get(at).map_or(Code::NONE, |cause| kept(5, cause));
        let causes = [cause(0), cause(1), cause(2), kept(5, &self.state), kept(5, &self.country)];
        let has_causes = !causes[0].is_empty();
        let causes = if has_causes { causes } else { [Code::NONE; 5] };
        out.segment("UM")
            .text(self.request.as_str())
            .text(self.certification.as_str())
            .text(self.service_type.as_str())
            .composite(&facility.each_ref().map(Code::as_str))
            .composite(&causes.each_ref().map(Code::as_str))
            .text(kept(6, &self.urgency).as_str())
            .text(kept(7, &self.condition).as_str())
            .text(kept(8, &self.prognosis).as_str())
            .text(kept(9, &self.release).as_str())
            .text(kept(10, &self.delay).as_str())
            .end()
    }
}

/// HCR: what was decided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decision {
    /// HCR01: `A1` certified, `A2` in part, `A3` not, `A4` pended, `A6` modified, `C` cancelled, `CT` contact the payer, `NA`
    /// no action required.
    pub action: Code,
    /// HCR02, the authorization number.
    pub number: Box<str>,
    /// HCR03, up to five reasons of code source 886.
    pub reasons: SmallVec<[Code; 1]>,
    /// HCR04: `Y` where a second opinion is wanted.
    pub second: Code,
}

impl Decision {
    /// A decision with its number and reason, each of which may be empty.
    pub fn new(action: &str, number: &str, reason: &str) -> Decision {
        let reason = Some(Code::from(reason)).filter(|reason| !reason.is_empty());
        Decision {
            action: Code::from(action),
            number: number.into(),
            reasons: reason.into_iter().collect(),
            second: Code::NONE,
        }
    }

    /// Reads HCR.
    pub fn read(hcr: Segment<'_>) -> Decision {
        let reasons = hcr.element(3).into_iter();
        let reasons =
            reasons.flat_map(|element| element.repetitions().map(|r| Code::from_bytes(r.bytes)));
        Decision {
            action: Code::from_bytes(hcr.value(1)),
            number: text(hcr.value(2)),
            reasons: reasons.filter(|reason| !reason.is_empty()).collect(),
            second: Code::from_bytes(hcr.value(4)),
        }
    }

    /// Writes HCR.
    pub(super) fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let number = fit(&self.number, 1, 50, out.delimiters());
        out.segment("HCR")
            .text(self.action.as_str())
            .text(&number)
            .repeat(self.reasons.iter().take(REASONS_MAX).map(Code::as_str))
            .text(self.second.as_str())
            .end()
    }
}

/// A diagnosis of HI, with the day it was made; in an answer also a document that is wanted, by its LOINC code.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ReviewDiagnosis {
    /// `ABK` or `BK` principal, `ABJ` `BJ` admitting, `ABF` `BF` others, `APR` `PR` reason for visit, `DR` group, `LOI` a
    /// document that is wanted.
    pub qualifier: Code,
    /// The code, without a point.
    pub code: Box<str>,
    /// The day of the diagnosis.
    pub day: Sent<Date>,
}

redacted!(ReviewDiagnosis { qualifier });

/// The qualifier of a LOINC code in HI.
pub const LOINC: Code = Code::new("LOI");

impl ReviewDiagnosis {
    /// A diagnosis without its day.
    pub fn new(qualifier: &str, code: &str) -> ReviewDiagnosis {
        ReviewDiagnosis { qualifier: Code::from(qualifier), code: code.into(), day: Sent::Absent }
    }

    /// Reads HI.
    pub(super) fn read_all(hi: Segment<'_>) -> Vec<ReviewDiagnosis> {
        let one = |position| ReviewDiagnosis {
            qualifier: Code::from_bytes(hi.component(position, 1)),
            code: text(hi.component(position, 2)),
            day: Sent::from_element(hi.component(position, 4), date_d8),
        };
        (1..=hi.elements().count().min(DIAGNOSES_MAX)).map(one).collect()
    }

    /// Writes HI, or nothing where there is no code.
    pub(super) fn write_all<'d>(
        diagnoses: impl Iterator<Item = &'d ReviewDiagnosis>,
        out: &mut Emitter,
    ) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let mut diagnoses =
            diagnoses.filter(|one| !one.qualifier.is_empty() && !one.code.is_empty());
        let Some(first) = diagnoses.next() else { return Ok(()) };
        std::iter::once(first)
            .chain(diagnoses)
            .take(DIAGNOSES_MAX)
            .fold(out.segment("HI"), |hi, diagnosis| {
                let code = fit(&diagnosis.code, 1, 30, delimiters);
                let day = diagnosis.day.value().map(d8_text);
                let (form, day) = day.as_ref().map_or(("", ""), |day| ("D8", day.as_str()));
                hi.composite(&[diagnosis.qualifier.as_str(), &code, form, day])
            })
            .end()
    }
}

/// CRC: conditions of one category.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// CRC01: `07` ambulance, `08` chiropractic, `09` equipment, `11` oxygen, `75` limitations, `76` activities, `77` mind.
    pub category: Code,
    /// CRC02: `Y` where the conditions apply.
    pub applies: Code,
    /// CRC03 to CRC07.
    pub codes: SmallVec<[Code; 5]>,
}

redacted!(Condition { category });

impl Condition {
    /// Reads CRC.
    pub(super) fn read(crc: Segment<'_>) -> Condition {
        let code = |position| Code::from_bytes(crc.value(position));
        Condition {
            category: code(1),
            applies: code(2),
            codes: (3..=7).map(code).take_while(|code| !code.is_empty()).collect(),
        }
    }

    pub(super) fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let crc = out.segment("CRC").text(self.category.as_str()).text(self.applies.as_str());
        self.codes.iter().take(5).fold(crc, |crc, code| crc.text(code.as_str())).end()
    }
}

/// CL1: an admission to an institution.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Admission {
    /// CL101.
    pub kind: Code,
    /// CL102.
    pub source: Code,
    /// CL103, the patient's status.
    pub status: Code,
    /// CL104, the status in a nursing home.
    pub nursing: Code,
}

redacted!(Admission {});

impl Admission {
    /// Reads CL1.
    pub(super) fn read(cl1: Segment<'_>) -> Admission {
        let [kind, source, status, nursing] =
            [1, 2, 3, 4].map(|at| Code::from_bytes(cl1.value(at)));
        Admission { kind, source, status, nursing }
    }

    pub(super) fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let codes = [self.kind, self.source, self.status, self.nursing];
        if codes.iter().all(Code::is_empty) {
            return Ok(());
        }
        codes.iter().fold(out.segment("CL1"), |cl1, code| cl1.text(code.as_str())).end()
    }
}

/// PWK: a document that is announced, or in an answer asked for.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AttachmentNotice {
    /// PWK01, the kind of document.
    pub report: Code,
    /// PWK02, how it comes: `EL` `FX` `BM` `EM` `FT` `VO`, `AA` on request.
    pub transmission: Code,
    /// PWK06, the attachment control number.
    pub number: Box<str>,
    /// PWK07.
    pub description: Box<str>,
}

redacted!(AttachmentNotice { report, transmission });

impl AttachmentNotice {
    /// Reads PWK.
    pub(super) fn read(pwk: Segment<'_>) -> AttachmentNotice {
        AttachmentNotice {
            report: Code::from_bytes(pwk.value(1)),
            transmission: Code::from_bytes(pwk.value(2)),
            number: text(pwk.value(6)),
            description: text(pwk.value(7)),
        }
    }

    pub(super) fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let number = fit(&self.number, 2, 80, delimiters);
        out.segment("PWK")
            .text(self.report.as_str())
            .text(self.transmission.as_str())
            .skip_to(5)
            .text(if number.is_empty() { "" } else { "AC" })
            .text(&number)
            .text(&upper(&self.description, 80, delimiters))
            .end()
    }
}
