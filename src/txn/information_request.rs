//! Requests for additional information about claims (277, 005010X213), written.

use rust_decimal::Decimal;
use time::Date;

use super::attachment::Wanted;
use crate::phi::redacted;
use crate::segments::{Contact, Dated, Header, Name, Reference, Trace, write_level};
use crate::wire::{EmitError, Emitter};

/// The guide of the request.
pub const GUIDE_277_REQUEST: &str = "005010X213";

/// The references of a claim in the order of the guide.
const REFERENCES: [&str; 7] = ["1K", "EJ", "BLT", "EA", "D9", "XZ", "G1"];

/// One 277 set that asks for information.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RequestSet {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// Loop 2100A.
    pub payer: Name,
    /// Whom to ask at the payer.
    pub contact: Option<Contact>,
    /// Loop 2100B, who sent the claims.
    pub receiver: Name,
    /// The claims.
    pub claims: Vec<RequestedClaim>,
}

redacted!(RequestSet { control });

/// A claim about which something is asked: loops 2000C to 2200D.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RequestedClaim {
    /// Loop 2100C, the billing provider.
    pub provider: Name,
    /// Loop 2100D.
    pub patient: Name,
    /// TRN: the payer's number of the request, which the answer returns.
    pub trace: Trace,
    /// What is asked for.
    pub wanted: Vec<Wanted>,
    /// STC02, the day of the request.
    pub asked: Option<Date>,
    /// STC04, the total charge.
    pub charge: Option<Decimal>,
    /// REF: `1K` the payer's number of the claim, `EJ` the provider's, `BLT`, `EA`, `D9`.
    pub references: Vec<Reference>,
    /// DTP*472, the days of service.
    pub service: Option<Dated>,
    /// DTP*106, until when the answer is waited for.
    pub due: Option<Dated>,
}

redacted!(RequestedClaim {});

impl RequestSet {
    /// Writes the set, ST to SE.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.begin_set("277", &self.control, Some(GUIDE_277_REQUEST))?;
        self.header.write("0010", out)?;
        out.enter("2000A");
        let source = out.level(None, "20", true)?;
        out.enter("2100A");
        self.payer.write(out)?;
        if let Some(contact) = &self.contact {
            contact.write(out)?;
        }
        out.enter("2000B");
        let receiver = out.level(Some(source), "21", true)?;
        out.enter("2100B");
        Name { middle: "".into(), suffix: "".into(), ..self.receiver.clone() }.write(out)?;
        for claim in &self.claims {
            out.enter("2000C");
            let provider = out.level(Some(receiver), "19", true)?;
            out.enter("2100C");
            claim.provider.write(out)?;
            out.enter("2000D");
            // This level has no HL04 of 1, and mostly none at all.
            let patient = out.next_level();
            write_level(out, patient, Some(provider), "PT", None)?;
            out.enter("2100D");
            claim.patient.write(out)?;
            out.enter("2200D");
            claim.write(out)?;
        }
        out.end_set(&self.control)
    }
}

impl RequestedClaim {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.trace.write(out)?;
        let date = self.asked.map(crate::wire::value::d8_text);
        for wanted in &self.wanted {
            let stc = out
                .segment("STC")
                .composite(&wanted.components())
                .maybe(date.as_ref().map(|date| date.as_str()));
            match self.charge {
                Some(charge) => stc.text("").decimal(charge).end()?,
                None => stc.end()?,
            }
        }
        for qualifier in REFERENCES {
            if let Some(found) = self.references.iter().find(|r| r.qualifier == qualifier) {
                found.write_bare(out)?;
            }
        }
        for dated in [&self.service, &self.due].into_iter().flatten() {
            dated.write(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, time};

    use super::*;
    use crate::check::{GroupHeader, SetChecker, SetPlace};
    use crate::finding::Policy;
    use crate::guide::Registry;
    use crate::segments::Sent;
    use crate::wire::{Code, Delimiters};

    const EXPECTED: &str = "ST*277*0001*005010X213~BHT*0010*13*RF0001*20260105*0930*RQ~HL*1**20*1~\
        NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
        HL*3*2*19*1~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~HL*4*3*PT~\
        NM1*QC*1*DOE*JANE****MI*S12300000101~TRN*1*12345678-1~STC*R4:18594-2::LOI*20260105**250~\
        STC*R4:11503-0::LOI*20260105**250~REF*1K*12345678~REF*EJ*PT0001~DTP*472*D8*20251201~\
        DTP*106*D8*20260204~SE*18*0001~";

    fn request() -> RequestSet {
        RequestSet {
            control: "0001".into(),
            header: Header {
                purpose: Code::from("13"),
                reference: "RF0001".into(),
                date: Sent::Value(date!(2026 - 01 - 05)),
                time: Sent::Value(time!(9:30)),
                kind: Code::from("RQ"),
            },
            payer: Name::organization("PR", "SAMPLE HEALTH PLAN", "PI", "99999"),
            contact: None,
            receiver: Name::organization("41", "SUBMITTER ONE", "46", "SUBMITTER1"),
            claims: vec![RequestedClaim {
                provider: Name::organization("85", "SAMPLE CLINIC", "XX", "1234567893"),
                patient: Name {
                    kind: Code::from("1"),
                    first: "JANE".into(),
                    ..Name::organization("QC", "DOE", "MI", "S12300000101")
                },
                trace: Trace {
                    kind: Code::from("1"),
                    number: "12345678-1".into(),
                    ..Trace::default()
                },
                wanted: ["18594-2", "11503-0"].map(|code| Wanted::loinc("R4", code)).into(),
                asked: Some(date!(2026 - 01 - 05)),
                charge: Some(Decimal::from(250)),
                references: [("EJ", "PT0001"), ("1K", "12345678")]
                    .map(|(qualifier, value)| Reference {
                        qualifier: Code::from(qualifier),
                        value: value.into(),
                        description: "".into(),
                    })
                    .into(),
                service: Some(Dated::day("472", date!(2025 - 12 - 01))),
                due: Some(Dated::day("106", date!(2026 - 02 - 04))),
            }],
        }
    }

    #[test]
    fn a_request_is_written_in_the_order_of_the_guide_and_passes_our_checker() {
        let mut out = Emitter::new(Delimiters::STANDARD);
        request().write(&mut out).unwrap();
        let text = out.into_bytes();
        assert_eq!(String::from_utf8_lossy(&text), EXPECTED);
        let group = GroupHeader {
            functional: "HN".into(),
            version: GUIDE_277_REQUEST.into(),
            ..GroupHeader::default()
        };
        let mut checker = SetChecker::new(Registry::embedded(), &Policy::default());
        let place =
            SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
        let report = checker.check(&text, place);
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
    }
}
