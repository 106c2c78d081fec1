//! The form of a question about claims, and the 276 it becomes.

use rust_decimal::Decimal;
use time::{Date, PrimitiveDateTime};

use super::super::words::name as person_name;
use crate::phi::redacted;
use crate::segments::{
    Demographics, Gender, Header, Name, Procedure, Reference, Sent, ServiceLine, When,
};
use crate::txn::claim_status::request::{
    ClaimRequest, Dependent, LineRequest, Provider, Receiver, Source, Subscriber,
};
use crate::txn::claim_status::{GUIDE, StatusRequest};
use crate::txn::eligibility::{Person, Response};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::wire::{Code, EmitError};

/// Groups of requests for claim status.
const GROUP: GroupForm = GroupForm { functional: "HR", version: GUIDE };

/// The form, filled in. A field that is left empty is not asked with.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimStatusQuestion {
    /// The NPI of the provider who asks (C-06).
    pub provider: String,
    /// The payer asked, by its id.
    pub payer: String,
    /// The submitter, who receives the answer.
    pub submitter: String,
    /// The subscriber, who is the patient where there is no dependent (C-05).
    pub subscriber: PatientQuestion,
    /// The patient, where they have no id of their own.
    pub dependent: Option<PatientQuestion>,
    /// Claim numbers, each asked for by itself (C-04).
    pub numbers: Vec<String>,
    /// First day of service (C-06).
    pub from: Date,
    /// Last day of service (C-06).
    pub to: Date,
    /// The provider's own number of the claim.
    pub account: String,
    /// Total charge.
    pub charge: Option<Decimal>,
    /// Service lines.
    pub lines: Vec<LineQuestion>,
}

/// Who the patient is, or the subscriber.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PatientQuestion {
    /// Member id, with the suffix where there is one; none for a dependent.
    pub member_id: String,
    /// Last name.
    pub last: String,
    /// First name.
    pub first: String,
    /// Date of birth.
    pub birth: Option<Date>,
}

/// A service line (C-06).
#[derive(Clone, PartialEq, Eq)]
pub struct LineQuestion {
    /// The procedure code.
    pub procedure: String,
    /// What was charged.
    pub charge: Decimal,
    /// The day of service; the days of the question without one.
    pub day: Option<Date>,
}

redacted!(ClaimStatusQuestion { lines });
redacted!(PatientQuestion {});
redacted!(LineQuestion {});

impl ClaimStatusQuestion {
    /// A question of this provider to this payer about claims with service in these days; whom it is about is for the caller
    /// to fill in.
    pub fn new(provider: &str, payer: &str, (from, to): (Date, Date)) -> ClaimStatusQuestion {
        ClaimStatusQuestion {
            provider: provider.to_owned(),
            payer: payer.to_owned(),
            submitter: "SUBMITTER1".to_owned(),
            subscriber: PatientQuestion::default(),
            dependent: None,
            numbers: Vec::new(),
            from,
            to,
            account: String::new(),
            charge: None,
            lines: Vec::new(),
        }
    }

    /// True when the form has all of the patient that a 276 requires.
    pub fn is_complete(&self) -> bool {
        let named = !self.subscriber.member_id.is_empty() && !self.subscriber.last.is_empty();
        let born = self.dependent.as_ref().map_or(self.subscriber.birth, |patient| patient.birth);
        named && born.is_some()
    }

    /// Takes the patient from an eligibility answer, for a form without the id, name or birth date that a 276 requires. False
    /// when it tells of nobody.
    pub fn take_patient(&mut self, response: &Response) -> bool {
        let receivers = response.sources.iter().flat_map(|source| &source.receivers);
        for subscriber in receivers.flat_map(|receiver| &receiver.subscribers) {
            let own = &subscriber.answer;
            if let Some(dependent) = subscriber.dependents.iter().find(|d| d.rejections.is_empty())
            {
                self.subscriber = patient(&own.person);
                self.dependent = Some(patient(&dependent.person));
                return true;
            }
            let is_patient = subscriber.dependents.is_empty() && own.rejections.is_empty();
            if is_patient && !own.person.name.id.is_empty() {
                self.subscriber = patient(&own.person);
                return true;
            }
        }
        false
    }

    /// The 276, made at this time. The number is that of its traces and of the transaction (BHT03).
    pub fn request(&self, number: u32, at: PrimitiveDateTime) -> StatusRequest {
        let claims = self.claims(number);
        let subscriber = &self.subscriber;
        let level = match &self.dependent {
            None => Subscriber {
                name: name("IL", subscriber),
                demographics: demographics(subscriber),
                claims,
                dependents: Vec::new(),
            },
            Some(patient) => Subscriber {
                name: name("IL", subscriber),
                dependents: vec![Dependent {
                    name: name("QC", patient),
                    demographics: demographics(patient),
                    claims,
                }],
                ..Subscriber::default()
            },
        };
        let provider = Provider {
            names: vec![Name::organization("1P", "PROVIDER", "XX", &self.provider)],
            subscribers: vec![level],
            ..Provider::default()
        };
        let receiver = Receiver {
            name: Name::organization("41", "SUBMITTER", "46", &self.submitter),
            providers: vec![provider],
            ..Receiver::default()
        };
        StatusRequest {
            control: "0001".into(),
            header: Header {
                purpose: Code::from("13"),
                reference: format!("{number:09}").into(),
                date: Sent::Value(at.date()),
                time: Sent::Value(at.time()),
                kind: Code::NONE,
            },
            sources: vec![Source {
                name: Name::organization("PR", "HEALTH PLAN", "PI", &self.payer),
                receivers: vec![receiver],
                ..Source::default()
            }],
        }
    }

    /// The interchange that asks: the 276 in this envelope, all of it under this control number.
    ///
    /// # Errors
    /// An id that cannot be written.
    pub fn interchange(
        &self,
        envelope: &EnvelopeWriter,
        control: u32,
    ) -> Result<Vec<u8>, EmitError> {
        let mut out = envelope.emitter();
        envelope.isa(&mut out, control)?;
        envelope.gs(&mut out, GROUP, control)?;
        self.request(control, envelope.at).write(&mut out)?;
        write_ge(&mut out, 1, control)?;
        write_iea(&mut out, 1, control)?;
        Ok(out.into_bytes())
    }

    /// One TRN for each claim number, or one for all that fits.
    fn claims(&self, number: u32) -> Vec<ClaimRequest> {
        let one = |index: usize, claim: &str| {
            let references = [("1K", claim), ("EJ", self.account.as_str())];
            ClaimRequest {
                trace: format!("{number:09}-{}", index + 1).into(),
                references: references.into_iter().filter_map(reference).collect(),
                charge: self.charge.into(),
                service: Sent::Value(When::Span(self.from, self.to)),
                lines: self.lines.iter().map(|line| self.line(line)).collect(),
            }
        };
        match self.numbers.is_empty() {
            true => vec![one(0, "")],
            false => self.numbers.iter().enumerate().map(|(i, claim)| one(i, claim)).collect(),
        }
    }

    fn line(&self, line: &LineQuestion) -> LineRequest {
        LineRequest {
            service: ServiceLine {
                procedure: Procedure {
                    qualifier: Code::from("HC"),
                    code: line.procedure.to_uppercase().into(),
                    ..Procedure::default()
                },
                charge: Some(line.charge),
                ..ServiceLine::default()
            },
            control: Box::default(),
            when: Sent::Value(match line.day {
                Some(day) => When::Day(day),
                None => When::Span(self.from, self.to),
            }),
        }
    }
}

/// Whom and which claims a request asks about, in a few words; of several patients the last.
pub fn describe_status_request(request: &StatusRequest) -> String {
    let receivers = request.sources.iter().flat_map(|source| &source.receivers);
    let providers = receivers.flat_map(|receiver| &receiver.providers);
    let subscribers = providers.flat_map(|provider| &provider.subscribers);
    let Some(subscriber) = subscribers.last() else { return String::new() };
    let (patient, claims) = match subscriber.dependents.last() {
        Some(dependent) => (&dependent.name, &dependent.claims),
        None => (&subscriber.name, &subscriber.claims),
    };
    let mut words = format!("{} {}, claims", person_name(patient), subscriber.name.id);
    for number in claims.iter().filter_map(|claim| claim.reference("1K")) {
        words.push_str(&format!(" {number}"));
    }
    words
}

fn patient(person: &Person) -> PatientQuestion {
    PatientQuestion {
        member_id: person.name.id.to_string(),
        last: person.name.last.to_string(),
        first: person.name.first.to_string(),
        birth: person.birth.value(),
    }
}

fn name(entity: &str, patient: &PatientQuestion) -> Name {
    let id = patient.member_id.to_uppercase();
    let has_id = entity == "IL" && !id.is_empty();
    Name {
        entity: Code::from(entity),
        kind: Code::from("1"),
        last: patient.last.to_uppercase().into(),
        first: patient.first.to_uppercase().into(),
        id_qualifier: if has_id { Code::from("MI") } else { Code::NONE },
        id: if has_id { id.into() } else { Box::default() },
        ..Name::default()
    }
}

fn demographics(patient: &PatientQuestion) -> Demographics {
    Demographics { birth: patient.birth.into(), gender: Sent::<Gender>::Absent }
}

fn reference((qualifier, value): (&str, &str)) -> Option<Reference> {
    (!value.is_empty()).then(|| Reference {
        qualifier: Code::from(qualifier),
        value: value.into(),
        description: Box::default(),
    })
}
