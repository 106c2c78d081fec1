//! The form of an eligibility question, and the 270 it becomes.
//!
//! Serves E-01 to E-06 of the portal map, and B and A through the service types that their tabs ask about.

use time::{Date, Month, PrimitiveDateTime};

use super::benefits::CATEGORIES;
use super::words::name;
use crate::phi::redacted;
use crate::txn::eligibility::inquiry::{Receiver, Request, Source, Subscriber};
use crate::txn::eligibility::{Dated, GUIDE, Header, Inquiry, Name, Person, Sent, Trace};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::wire::{Code, EmitError};

/// The plan as a whole, where no single service is asked about.
const WHOLE_PLAN: &str = "30";

/// Groups of eligibility inquiries.
const GROUP: GroupForm = GroupForm { functional: "HS", version: GUIDE };

/// TRN03 of the questions: who numbered them.
const TRACE_ORIGINATOR: &str = "9X12GATE00";

/// The tabs of the eligibility screen (E-20).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Screen {
    /// Who the member is and whether they are covered.
    Eligibility,
    /// Copays, coinsurance and limits in twelve categories.
    Benefits,
    /// Deductibles: met, limit, remaining.
    Deductible,
    /// Out-of-pocket maxima: met, limit, remaining.
    OutOfPocket,
    /// All of these.
    All,
}

impl Screen {
    /// The service types to ask about: the plan as a whole, or with it every one of every category.
    pub fn service_types(self) -> Vec<Code> {
        let single = match self {
            Screen::Benefits | Screen::All => &CATEGORIES[..],
            Screen::Eligibility | Screen::Deductible | Screen::OutOfPocket => &[],
        };
        let single = single.iter().flat_map(|(_, codes)| codes.iter().copied());
        std::iter::once(WHOLE_PLAN).chain(single).map(Code::from).collect()
    }
}

/// A day in the benefit year that begins in this calendar year, whatever its first day is, for the list of years beside the limits
/// the last of December, or today while that is still to come.
pub fn day_in_benefit_year(year: i32, today: Date) -> Date {
    Date::from_calendar_date(year, Month::December, 31).map_or(today, |last| last.min(today))
}

/// The form, filled in. A field that is left empty is not asked with.
#[derive(Clone, PartialEq, Eq)]
pub struct EligibilityQuestion {
    /// The NPI of the provider who asks (E-01).
    pub provider: String,
    /// The payer asked, by its id.
    pub payer: String,
    /// Member id, with or without the person suffix (E-02).
    pub member_id: String,
    /// Person suffix; it follows the member id in NM109, because a 270 has no element of its own for it (E-03).
    pub suffix: String,
    /// Last name (E-06).
    pub last: String,
    /// First name (E-06).
    pub first: String,
    /// Date of birth (E-06).
    pub birth: Option<Date>,
    /// Date of service (E-04).
    pub date: Date,
    /// Service types, one or two characters each.
    pub service_types: Vec<Code>,
}

redacted!(EligibilityQuestion { date, service_types });

/// Why a question cannot be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// A service type that cannot be one.
    #[error("a service type code has one or two characters")]
    ServiceType,
    /// The interchange cannot be written.
    #[error("the inquiry cannot be written: {0}")]
    Write(#[from] EmitError),
}

impl EligibilityQuestion {
    /// A question of this provider to this payer about the plan as a whole on this day; whom it is about is for the caller
    /// to fill in.
    pub fn new(provider: &str, payer: &str, date: Date) -> EligibilityQuestion {
        EligibilityQuestion {
            provider: provider.to_owned(),
            payer: payer.to_owned(),
            member_id: String::new(),
            suffix: String::new(),
            last: String::new(),
            first: String::new(),
            birth: None,
            date,
            service_types: Screen::Eligibility.service_types(),
        }
    }

    /// The 270, made at this time. The number is that of its trace and of the transaction (BHT03).
    ///
    /// # Errors
    /// [`QuestionError::ServiceType`] where a service type is empty, which is what a text that is no code becomes.
    pub fn inquiry(&self, number: u32, at: PrimitiveDateTime) -> Result<Inquiry, QuestionError> {
        if self.service_types.iter().any(Code::is_empty) {
            return Err(QuestionError::ServiceType);
        }
        let number = format!("{number:09}");
        let service_types = self.service_types.clone();
        let subscriber = Subscriber {
            traces: vec![Trace {
                kind: Code::from("1"),
                number: number.clone().into(),
                originator: TRACE_ORIGINATOR.into(),
                ..Trace::default()
            }],
            person: Person {
                name: self.patient(),
                birth: self.birth.into(),
                dates: vec![Dated::day("291", self.date)],
                ..Person::default()
            },
            requests: vec![Request { service_types, ..Request::default() }],
            dependents: Vec::new(),
        };
        let receiver = Receiver {
            name: Name::organization("1P", "PROVIDER", "XX", &self.provider),
            subscribers: vec![subscriber],
            ..Receiver::default()
        };
        Ok(Inquiry {
            control: "0001".into(),
            header: Header {
                purpose: Code::from("13"),
                reference: number.into(),
                date: Sent::Value(at.date()),
                time: Sent::Value(at.time()),
                kind: Code::NONE,
            },
            sources: vec![Source {
                name: Name::organization("PR", "HEALTH PLAN", "PI", &self.payer),
                receivers: vec![receiver],
                ..Source::default()
            }],
        })
    }

    /// The interchange that asks: the 270 in this envelope, all of it under this control number.
    ///
    /// # Errors
    /// A service type that is no code, or an id that cannot be written.
    pub fn interchange(
        &self,
        envelope: &EnvelopeWriter,
        control: u32,
    ) -> Result<Vec<u8>, QuestionError> {
        let inquiry = self.inquiry(control, envelope.at)?;
        let mut out = envelope.emitter();
        envelope.isa(&mut out, control)?;
        envelope.gs(&mut out, GROUP, control)?;
        inquiry.write(&mut out)?;
        write_ge(&mut out, 1, control)?;
        write_iea(&mut out, 1, control)?;
        Ok(out.into_bytes())
    }

    fn patient(&self) -> Name {
        let id = format!("{}{}", self.member_id, self.suffix).to_uppercase();
        Name {
            entity: Code::from("IL"),
            kind: Code::from("1"),
            last: self.last.to_uppercase().into(),
            first: self.first.to_uppercase().into(),
            id_qualifier: if id.is_empty() { Code::NONE } else { Code::from("MI") },
            id: id.into(),
            ..Name::default()
        }
    }
}

/// Whom and what an inquiry asks about, in a few words; of several patients the last.
pub fn describe_inquiry(inquiry: &Inquiry) -> String {
    let receivers = inquiry.sources.iter().flat_map(|source| &source.receivers);
    let Some(subscriber) = receivers.flat_map(|receiver| &receiver.subscribers).last() else {
        return String::new();
    };
    let (person, requests) = match subscriber.dependents.first() {
        Some(dependent) => (&dependent.person, &dependent.requests),
        None => (&subscriber.person, &subscriber.requests),
    };
    let services = requests.iter().flat_map(|request| &request.service_types);
    let services: Vec<&str> = services.map(|code| code.as_str()).collect();
    let mut words = format!("{} {}", name(&person.name), subscriber.person.name.id);
    if services != [WHOLE_PLAN] && !services.is_empty() {
        words.push_str(&format!(", service {}", services.join(" ")));
    }
    words
}
