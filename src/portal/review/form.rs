//! The forms, filled in, and the 278s they become.

use time::{Date, PrimitiveDateTime};

use crate::phi::redacted;
use crate::segments::{
    Contact, Dated, Delivery, Demographics, Header, Insured, Name, Procedure, ProviderRole,
    Reference, Sent, Trace,
};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::txn::review::{
    Category, Event, Party, Person, Purpose, Review, ReviewDiagnosis, Service, ServiceDetail,
    ServiceForm, Side,
};
use crate::wire::{Code, EmitError};

/// TRN03 of the requests: who numbered them.
const TRACE_ORIGINATOR: &str = "9X12GATE00";

/// The visits that a referral may ask for (F-06).
const VISITS: std::ops::RangeInclusive<u32> = 1..=99;

/// Which form is filled in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReviewFormKind {
    /// A referral to a specialist.
    Referral,
    /// An authorization of services or of an admission.
    Authorization,
    /// A notification of an admission or discharge.
    Notification,
    /// Outpatient psychotherapy.
    Psychotherapy,
    /// The status of what was submitted.
    Status,
}

impl ReviewFormKind {
    /// The guide of its 278.
    pub fn purpose(self) -> Purpose {
        match self {
            ReviewFormKind::Notification => Purpose::Notification,
            ReviewFormKind::Status => Purpose::Inquiry,
            _ => Purpose::Request,
        }
    }
}

/// One of the nine services that a referral can be for (portal map 9.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReferralService {
    /// Its name as an argument.
    pub name: &'static str,
    /// UM03.
    pub service_type: &'static str,
    /// Where it is for so many visits and no more.
    pub visits: Option<u32>,
    /// The taxonomy that the provider must have.
    pub taxonomy: &'static str,
    /// What tells it from others of the same service type.
    pub message: &'static str,
}

const fn service(name: &'static str, service_type: &'static str) -> ReferralService {
    ReferralService { name, service_type, visits: None, taxonomy: "", message: "" }
}

/// The nine services.
pub const REFERRAL_SERVICES: [ReferralService; 9] = [
    ReferralService { visits: Some(1), ..service("consultation", "3") },
    ReferralService {
        visits: Some(1),
        message: "SECOND OPINION",
        ..service("second-opinion", "3")
    },
    service("consultation-diagnostic", "73"),
    service("medical-care", "1"),
    ReferralService { taxonomy: "252Y00000X", ..service("early-intervention", "3") },
    service("physical-therapy", "AE"),
    service("occupational-therapy", "AD"),
    service("speech-therapy", "AF"),
    service("maternity", "69"),
];

/// The form, filled in. A field that is left empty is not sent.
#[derive(Clone, PartialEq)]
pub struct ReviewForm {
    /// Which form.
    pub kind: ReviewFormKind,
    /// The NPI of the requesting provider; of a notification the facility (F-03, H-06, N-04).
    pub provider: String,
    /// The telephone of the requesting provider and its extension (H-06).
    pub telephone: (String, String),
    /// The payer, by its id.
    pub payer: String,
    /// Member id with its suffix (F-03, H-01).
    pub member_id: String,
    /// Last name.
    pub last: String,
    /// First name.
    pub first: String,
    /// Date of birth of the subscriber (F-03).
    pub birth: Option<Date>,
    /// The patient, where they have no id of their own.
    pub dependent: Option<DependentFields>,
    /// What is done: `I` initial, `S` change, `3` cancel, `4` extension, `1` `2` `N` appeals, `R` renewal (F-08).
    pub certification: Code,
    /// The authorization number of an earlier review.
    pub number: String,
    /// The receipt number of an earlier review that has no authorization number.
    pub receipt: String,
    /// UM03 (F-07).
    pub service_type: Code,
    /// Place of service; 11 for an office, 21 for an admission.
    pub place: Code,
    /// UM06: `U` urgent, `03` emergency, `E` elective.
    pub urgency: Code,
    /// First and last day of service.
    pub period: Option<(Date, Date)>,
    /// Day of the admission (N-04).
    pub admission: Option<Date>,
    /// Day of the discharge (N-03).
    pub discharge: Option<Date>,
    /// Diagnoses, the principal one first, with or without points (F-05).
    pub diagnoses: Vec<String>,
    /// Number of visits (F-06).
    pub visits: Option<u32>,
    /// Number of days of an admission.
    pub days: Option<u32>,
    /// The NPI of the servicing provider (F-04, H-07).
    pub servicing: String,
    /// The taxonomy of the servicing provider.
    pub taxonomy: String,
    /// What the payer calls the location of the requesting provider (H-06).
    pub location: String,
    /// What the payer calls the location of the servicing provider (H-07).
    pub servicing_location: String,
    /// UM01 of what is asked about; referrals where it is empty.
    pub category: Code,
    /// The NPI of the facility.
    pub facility: String,
    /// The NPI of the attending physician (N-04).
    pub attending: String,
    /// The services, where they are named one by one.
    pub services: Vec<ServiceField>,
    /// Free text.
    pub message: String,
}

redacted!(ReviewForm { kind, certification, service_type });

/// A patient without an id of their own.
#[derive(Clone, PartialEq, Eq)]
pub struct DependentFields {
    /// Last name.
    pub last: String,
    /// First name.
    pub first: String,
    /// Date of birth.
    pub birth: Date,
    /// INS02: `01` spouse, `19` child, `G8` other.
    pub relationship: Code,
}

redacted!(DependentFields {});

/// A service that is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceField {
    /// The procedure, or the revenue code where it has four digits.
    pub code: String,
    /// Units or days.
    pub quantity: u32,
}

/// Why a form cannot be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewFormError {
    /// A required field is empty.
    #[error("the form needs the {0}")]
    Missing(&'static str),
    /// The visits are not 1 to 99.
    #[error("a referral is for 1 to 99 visits")]
    Visits,
    /// The service type is no code.
    #[error("a service type code has one or two characters")]
    ServiceType,
    /// The interchange cannot be written.
    #[error("the form cannot be written: {0}")]
    Write(#[from] EmitError),
}

impl ReviewForm {
    /// An empty form of a provider to a payer.
    pub fn new(kind: ReviewFormKind, provider: &str, payer: &str) -> ReviewForm {
        ReviewForm {
            kind,
            provider: provider.to_owned(),
            telephone: (String::new(), String::new()),
            payer: payer.to_owned(),
            member_id: String::new(),
            last: String::new(),
            first: String::new(),
            birth: None,
            dependent: None,
            certification: Code::new("I"),
            number: String::new(),
            receipt: String::new(),
            service_type: Code::NONE,
            place: Code::NONE,
            urgency: Code::NONE,
            period: None,
            admission: None,
            discharge: None,
            diagnoses: Vec::new(),
            visits: None,
            days: None,
            servicing: String::new(),
            taxonomy: String::new(),
            location: String::new(),
            servicing_location: String::new(),
            category: Code::NONE,
            facility: String::new(),
            attending: String::new(),
            services: Vec::new(),
            message: String::new(),
        }
    }

    /// Fills in what one of the nine services of a referral says.
    pub fn choose(&mut self, service: &ReferralService) {
        self.service_type = Code::from(service.service_type);
        self.visits = service.visits.or(self.visits);
        service.taxonomy.clone_into(&mut self.taxonomy);
        service.message.clone_into(&mut self.message);
    }

    /// Step 1, what was entered: the fields that are not empty.
    pub fn entered(&self) -> Vec<(&'static str, String)> {
        let day = |date: Option<Date>| date.map(super::super::words::iso_date).unwrap_or_default();
        let count = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
        let dependent = self.dependent.as_ref().map(|one| {
            let born = day(Some(one.birth));
            format!("{}, {}, born {born}", one.last, one.first)
        });
        let dependent = dependent.unwrap_or_default();
        let (from, to) = self.period.map_or((None, None), |(from, to)| (Some(from), Some(to)));
        let fields = [
            ("Requesting provider", self.provider.clone()),
            ("Location", self.location.clone()),
            ("Member ID", self.member_id.clone()),
            ("Last name", self.last.clone()),
            ("First name", self.first.clone()),
            ("Date of birth", day(self.birth)),
            ("Dependent", dependent),
            ("Authorization number", self.number.clone()),
            ("Receipt number", self.receipt.clone()),
            ("First day", day(from)),
            ("Last day", day(to)),
            ("Admission", day(self.admission)),
            ("Discharge", day(self.discharge)),
            ("Servicing provider", self.servicing.clone()),
            ("Servicing location", self.servicing_location.clone()),
            ("Facility", self.facility.clone()),
            ("Attending physician", self.attending.clone()),
            ("Service type", self.service_type.to_string()),
            ("Diagnoses", self.diagnoses.join(", ")),
            ("Visits", count(self.visits)),
            ("Days", count(self.days)),
            ("Message", self.message.clone()),
        ];
        fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The 278, made at this time. The number is that of its trace and of the transaction (BHT03).
    ///
    /// # Errors
    /// A field that the form requires and that is empty, or visits out of range.
    pub fn review(&self, number: u32, at: PrimitiveDateTime) -> Result<Review, ReviewFormError> {
        self.check()?;
        let number = format!("{number:09}");
        let is_notice = self.kind == ReviewFormKind::Notification;
        let provider = match (is_notice, self.is_admission()) {
            (false, false) => "1P",
            _ => "FA",
        };
        let purpose = match self.kind.purpose() {
            Purpose::Request => "13",
            Purpose::Inquiry => "28",
            Purpose::Notification => "CN",
        };
        let mut requester =
            Party::named(Name::organization(provider, "PROVIDER", "XX", &self.provider));
        requester.contacts = self.contact().into_iter().collect();
        requester.references = site(&self.location).into_iter().collect();
        let payer = if is_notice { "PR" } else { "X3" };
        Ok(Review {
            control: "0001".into(),
            header: Header {
                purpose: Code::from(purpose),
                reference: number.clone().into(),
                date: Sent::Value(at.date()),
                time: Sent::Value(at.time()),
                kind: Code::NONE,
            },
            payer: Party::named(Name::organization(payer, "HEALTH PLAN", "PI", &self.payer)),
            requester,
            subscriber: match self.names_patient() {
                false => Person::default(),
                true => self.subscriber(),
            },
            dependent: self.dependent.as_ref().map(|dependent| Person {
                name: person("QC", &dependent.last, &dependent.first, ""),
                demographics: Demographics {
                    birth: Sent::Value(dependent.birth),
                    gender: Sent::Absent,
                },
                insured: Some(Insured {
                    subscriber: Code::new("N"),
                    relationship: dependent.relationship,
                    ..Insured::default()
                }),
                ..Person::default()
            }),
            events: vec![self.event(&number)],
            ..Review::default()
        })
    }

    /// Whether the form says who the patient is; the status by number or provider and date can do without.
    fn names_patient(&self) -> bool {
        self.kind != ReviewFormKind::Status || !self.member_id.is_empty() || !self.last.is_empty()
    }

    fn subscriber(&self) -> Person {
        Person {
            name: person("IL", &self.last, &self.first, &self.member_id),
            demographics: Demographics { birth: self.birth.into(), gender: Sent::Absent },
            ..Person::default()
        }
    }

    /// The interchange that asks: the 278 in this envelope, all of it under this control number.
    ///
    /// # Errors
    /// As [`ReviewForm::review`], or an id that cannot be written.
    pub fn interchange(
        &self,
        envelope: &EnvelopeWriter,
        control: u32,
    ) -> Result<Vec<u8>, ReviewFormError> {
        let review = self.review(control, envelope.at)?;
        let purpose = self.kind.purpose();
        let mut out = envelope.emitter();
        envelope.isa(&mut out, control)?;
        let group = GroupForm { functional: "HI", version: purpose.guide() };
        envelope.gs(&mut out, group, control)?;
        review.write(purpose, Side::Question, &review.control, &mut out)?;
        write_ge(&mut out, 1, control)?;
        write_iea(&mut out, 1, control)?;
        Ok(out.into_bytes())
    }

    /// True for what is about a stay in an institution.
    fn is_admission(&self) -> bool {
        self.kind == ReviewFormKind::Notification || self.admission.is_some()
    }

    /// The fields with an asterisk.
    fn check(&self) -> Result<(), ReviewFormError> {
        use ReviewFormKind as Kind;
        let new = self.certification == "I";
        let by_number = !self.number.is_empty() || !self.receipt.is_empty();
        let has_days = self.period.is_some() || self.admission.is_some();
        let (referral, care) = (
            self.kind == Kind::Referral,
            matches!(self.kind, Kind::Referral | Kind::Psychotherapy | Kind::Authorization),
        );
        let required = [
            (
                self.names_patient() && self.member_id.is_empty() && self.last.is_empty(),
                "member ID",
            ),
            (!self.names_patient() && !by_number && !has_days, "member ID, a number, or days"),
            (self.birth.is_none() && self.kind != Kind::Status, "date of birth"),
            (referral && new && self.servicing.is_empty(), "servicing provider"),
            (referral && new && self.visits.is_none(), "number of visits"),
            (care && new && !has_days, "date of service"),
            (self.kind == Kind::Notification && new && self.admission.is_none(), "admission date"),
            (!new && !by_number, "authorization or receipt number"),
        ];
        if let Some((_, field)) = required.into_iter().find(|(missing, _)| *missing) {
            return Err(ReviewFormError::Missing(field));
        }
        if referral && self.visits.is_some_and(|visits| !VISITS.contains(&visits)) {
            return Err(ReviewFormError::Visits);
        }
        if self.service_type.as_str().len() > 2 {
            return Err(ReviewFormError::ServiceType);
        }
        Ok(())
    }

    fn contact(&self) -> Option<Contact> {
        let (telephone, extension) = &self.telephone;
        let number = |kind, number: &str| (Code::new(kind), number.into());
        let mut numbers = vec![number("TE", telephone)];
        if !extension.is_empty() {
            numbers.push(number("EX", extension));
        }
        (!telephone.is_empty()).then(|| Contact { name: Box::default(), numbers })
    }

    fn category(&self) -> Category {
        use ReviewFormKind as Kind;
        let (request, service_type, place) = match self.kind {
            Kind::Referral => ("SC", "3", "11"),
            Kind::Psychotherapy => ("HS", "A6", "11"),
            Kind::Notification => ("AR", "2", "21"),
            Kind::Authorization if self.is_admission() => ("AR", "2", "21"),
            Kind::Authorization => ("HS", "", ""),
            Kind::Status if !self.category.is_empty() => (self.category.as_str(), "", ""),
            Kind::Status if self.is_admission() => ("AR", "", ""),
            Kind::Status => ("SC", "", ""),
        };
        let or =
            |given: Code, usual: &str| if given.is_empty() { Code::from(usual) } else { given };
        let place = or(self.place, place);
        let is_status = self.kind == Kind::Status;
        Category {
            request: Code::new(request),
            certification: if is_status { Code::NONE } else { self.certification },
            service_type: or(self.service_type, service_type),
            facility: place,
            facility_qualifier: if place.is_empty() { Code::NONE } else { Code::new("B") },
            urgency: self.urgency,
            ..Category::default()
        }
    }

    fn event(&self, number: &str) -> Event {
        let period = self.period.map(|(from, to)| Dated::between("AAH", from, to));
        let day = |qualifier, day: Option<Date>| day.map(|day| Dated::day(qualifier, day));
        let dates = [period, day("435", self.admission), day("096", self.discharge)];
        let reference = |qualifier, value: &String| Reference {
            qualifier: Code::new(qualifier),
            value: value.as_str().into(),
            ..Reference::default()
        };
        let references = [reference("BB", &self.number), reference("NT", &self.receipt)];
        let counted = self.visits.map(|n| ("VS", n)).or(self.days.map(|n| ("DY", n)));
        let traces = match self.kind {
            ReviewFormKind::Status => Vec::new(),
            _ => vec![Trace {
                kind: Code::new("1"),
                number: number.into(),
                originator: TRACE_ORIGINATOR.into(),
                ..Trace::default()
            }],
        };
        Event {
            traces,
            um: self.category(),
            references: references.into_iter().filter(|r| !r.value.is_empty()).collect(),
            dates: dates.into_iter().flatten().collect(),
            diagnoses: self.diagnoses.iter().enumerate().map(diagnosis).collect(),
            delivery: counted.map(|(unit, count)| Delivery {
                unit: Code::new(unit),
                quantity: Some(count.into()),
                ..Delivery::default()
            }),
            message: self.message.as_str().into(),
            providers: self.providers(),
            services: self.services.iter().map(|field| self.service(field)).collect(),
            ..Event::default()
        }
    }

    fn providers(&self) -> Vec<Party> {
        let party = |entity, name, npi: &str| {
            (!npi.is_empty()).then(|| Party::named(Name::organization(entity, name, "XX", npi)))
        };
        let servicing = party("SJ", "PROVIDER", &self.servicing).map(|mut party| {
            party.role = (!self.taxonomy.is_empty()).then(|| ProviderRole {
                role: Code::new("PE"),
                qualifier: Code::new("PXC"),
                value: self.taxonomy.as_str().into(),
            });
            party.references = site(&self.servicing_location).into_iter().collect();
            party
        });
        let attending = party("71", "PROVIDER", &self.attending);
        let facility = party("FA", "FACILITY", &self.facility);
        [servicing, attending, facility].into_iter().flatten().collect()
    }

    fn service(&self, field: &ServiceField) -> Service {
        let is_revenue = field.code.len() == 4 && field.code.bytes().all(|b| b.is_ascii_digit());
        let quantity = Some(field.quantity.into());
        let detail = match is_revenue {
            true => ServiceDetail {
                form: ServiceForm::Institutional,
                revenue: field.code.as_str().into(),
                unit: Code::new("DA"),
                quantity,
                ..ServiceDetail::default()
            },
            false => ServiceDetail {
                procedure: Some(Procedure {
                    qualifier: Code::new("HC"),
                    code: field.code.to_uppercase().into(),
                    ..Procedure::default()
                }),
                unit: Code::new("UN"),
                quantity,
                ..ServiceDetail::default()
            },
        };
        let dates = self.period.map(|(from, to)| Dated::between("472", from, to));
        Service { dates: dates.into_iter().collect(), detail: Some(detail), ..Service::default() }
    }
}

/// REF of what the payer calls a location.
fn site(location: &str) -> Option<Reference> {
    (!location.is_empty()).then(|| Reference {
        qualifier: Code::new("G5"),
        value: location.to_uppercase().into(),
        ..Reference::default()
    })
}

fn person(entity: &str, last: &str, first: &str, id: &str) -> Name {
    Name {
        entity: Code::from(entity),
        kind: Code::new("1"),
        last: last.to_uppercase().into(),
        first: first.to_uppercase().into(),
        id_qualifier: if id.is_empty() { Code::NONE } else { Code::new("MI") },
        id: id.to_uppercase().into(),
        ..Name::default()
    }
}

fn diagnosis((place, code): (usize, &String)) -> ReviewDiagnosis {
    let qualifier = if place == 0 { "ABK" } else { "ABF" };
    ReviewDiagnosis::new(qualifier, &code.replace('.', "").to_uppercase())
}
