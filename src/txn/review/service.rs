//! A service of an event: what is to be done, and what was decided about it alone.

use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::event::date;
use super::{AttachmentNotice, Category, Decision, Party, ReviewDiagnosis};
use crate::phi::redacted;
use crate::segments::text::{fit, text, upper};
use crate::segments::{
    Dated, Delivery, Procedure, Reference, Rejection, Trace, When, find, pointer_texts,
    read_pointers,
};
use crate::wire::value::{decimal_r, decimal_text};
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Most teeth of one service.
const TEETH_MAX: usize = 32;

/// A service: loop 2000F.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// TRN: two of a question, three of an answer.
    pub traces: Vec<Trace>,
    /// AAA; only in an answer, and never beside a decision.
    pub rejections: Vec<Rejection>,
    /// UM, where it differs from that of the event; else absent.
    pub um: Category,
    /// HCR, where the services are decided one by one.
    pub decision: Option<Decision>,
    /// REF: `BB` authorization number, `NT` administrative reference number.
    pub references: Vec<Reference>,
    /// DTP: `472` service; in an answer also `102` issued, `036` expires, `007` effective.
    pub dates: Vec<Dated>,
    /// HI of the response to a request: documents that are wanted, by LOINC code.
    pub wanted: Vec<ReviewDiagnosis>,
    /// SV1, SV2 or SV3, and TOO.
    pub detail: Option<ServiceDetail>,
    /// HSD.
    pub delivery: Option<Delivery>,
    /// PWK, up to ten.
    pub attachments: Vec<AttachmentNotice>,
    /// MSG.
    pub message: Box<str>,
    /// Loops 2010F, up to twelve.
    pub providers: Vec<Party>,
    /// Whom to ask for more; only in an answer.
    pub contact: Option<Party>,
}

redacted!(Service {});

impl Service {
    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// The first DTP with this qualifier; none where it is absent or malformed.
    pub fn date(&self, qualifier: &str) -> Option<When> {
        date(&self.dates, qualifier)
    }

    /// The rejections of the service and its providers.
    pub fn all_rejections(&self) -> impl Iterator<Item = &Rejection> {
        self.rejections.iter().chain(self.providers.iter().flat_map(|party| &party.rejections))
    }
}

/// Which segment describes a service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ServiceForm {
    /// SV1
    #[default]
    Professional,
    /// SV2
    Institutional,
    /// SV3
    Dental,
}

/// SV1, SV2 or SV3, and TOO.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServiceDetail {
    /// Which of the three.
    pub form: ServiceForm,
    /// SV201, the revenue code.
    pub revenue: Box<str>,
    /// SV101, SV202 or SV301.
    pub procedure: Option<Procedure>,
    /// SV102, SV203 or SV302; none where it is not an amount.
    pub charge: Option<Decimal>,
    /// SV103 or SV204: `UN` units, `MJ` minutes, `DA` days, `F2` international units.
    pub unit: Code,
    /// SV104, SV205 or SV306.
    pub quantity: Option<Decimal>,
    /// SV206.
    pub rate: Option<Decimal>,
    /// SV107: positions in HI, from 1.
    pub pointers: Vec<u8>,
    /// SV111.
    pub epsdt: Code,
    /// SV209, the status in a nursing home.
    pub nursing_status: Code,
    /// SV120 or SV210, the level of nursing care.
    pub nursing_level: Code,
    /// SV304.
    pub cavities: SmallVec<[Code; 5]>,
    /// SV305: `I` initial, `R` replacement.
    pub prosthesis: Code,
    /// SV307.
    pub description: Box<str>,
    /// TOO.
    pub teeth: Vec<Tooth>,
}

redacted!(ServiceDetail { form });

/// TOO: a tooth.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tooth {
    /// TOO02.
    pub number: Code,
    /// TOO03.
    pub surfaces: SmallVec<[Code; 5]>,
}

redacted!(Tooth {});

/// Codes of a composite, up to five.
fn codes(segment: Segment<'_>, position: usize) -> SmallVec<[Code; 5]> {
    let code = |component| Code::from_bytes(segment.component(position, component));
    (1..=5).map(code).take_while(|code| !code.is_empty()).collect()
}

impl ServiceDetail {
    /// Reads SV1, SV2 or SV3; none of another segment.
    pub(super) fn read(sv: Segment<'_>) -> Option<ServiceDetail> {
        let code = |position| Code::from_bytes(sv.value(position));
        let number = |position| decimal_r(sv.value(position));
        Some(match sv.tag_bytes() {
            b"SV1" => ServiceDetail {
                form: ServiceForm::Professional,
                procedure: Procedure::read(sv, 1),
                charge: number(2),
                unit: code(3),
                quantity: number(4),
                pointers: read_pointers(sv, 7),
                epsdt: code(11),
                nursing_level: code(20),
                ..ServiceDetail::default()
            },
            b"SV2" => ServiceDetail {
                form: ServiceForm::Institutional,
                revenue: text(sv.value(1)),
                procedure: Procedure::read(sv, 2),
                charge: number(3),
                unit: code(4),
                quantity: number(5),
                rate: number(6),
                nursing_status: code(9),
                nursing_level: code(10),
                ..ServiceDetail::default()
            },
            b"SV3" => ServiceDetail {
                form: ServiceForm::Dental,
                procedure: Procedure::read(sv, 1),
                charge: number(2),
                cavities: codes(sv, 4),
                prosthesis: code(5),
                quantity: number(6),
                description: text(sv.value(7)),
                ..ServiceDetail::default()
            },
            _ => return None,
        })
    }

    /// Reads TOO, of which a tooth without a number is left out.
    pub(super) fn read_tooth(&mut self, too: Segment<'_>) {
        let number = Code::from_bytes(too.value(2));
        if !number.is_empty() {
            self.teeth.push(Tooth { number, surfaces: codes(too, 3) });
        }
    }

    /// Writes SV1, SV2 or SV3, and TOO.
    pub(super) fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let parts = self.procedure.as_ref().map(|p| p.components(delimiters)).unwrap_or_default();
        let procedure = parts.each_ref().map(String::as_str);
        let [charge, quantity, rate] =
            [self.charge, self.quantity, self.rate].map(|number| number.map(decimal_text));
        let [charge, quantity, rate] =
            [&charge, &quantity, &rate].map(|number| number.as_ref().map(|text| text.as_str()));
        match self.form {
            ServiceForm::Professional => {
                let pointers = pointer_texts(&self.pointers);
                out.segment("SV1")
                    .composite(&procedure)
                    .maybe(charge)
                    .text(if quantity.is_some() { self.unit.as_str() } else { "" })
                    .maybe(quantity)
                    .skip_to(7)
                    .composite(&pointers.each_ref().map(String::as_str))
                    .skip_to(11)
                    .text(self.epsdt.as_str())
                    .skip_to(20)
                    .text(self.nursing_level.as_str())
                    .end()?;
            }
            ServiceForm::Institutional => out
                .segment("SV2")
                .text(&fit(&self.revenue, 1, 48, delimiters))
                .composite(&procedure)
                .maybe(charge)
                .text(if quantity.is_some() { self.unit.as_str() } else { "" })
                .maybe(quantity)
                .maybe(rate)
                .skip_to(9)
                .text(self.nursing_status.as_str())
                .text(self.nursing_level.as_str())
                .end()?,
            ServiceForm::Dental => out
                .segment("SV3")
                .composite(&procedure)
                .maybe(charge)
                .skip_to(4)
                .composite(&self.cavities.iter().map(Code::as_str).collect::<Vec<_>>())
                .text(self.prosthesis.as_str())
                .maybe(quantity)
                .text(&upper(&self.description, 80, delimiters))
                .end()?,
        }
        for tooth in self.teeth.iter().take(TEETH_MAX) {
            let surfaces: Vec<_> = tooth.surfaces.iter().map(Code::as_str).collect();
            out.segment("TOO").text("JP").text(tooth.number.as_str()).composite(&surfaces).end()?;
        }
        Ok(())
    }
}
