//! What the screens show of a 278: of a request before it is sent, and of its answer.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::eligibility::{RejectionView, rejected};
use super::super::words::{code_words, element, iso_date, iso_dates, list_words, name};
use crate::phi::redacted;
use crate::segments::{Contact, Dated, Delivery, Name};
use crate::txn::review::{Decision, Event, Party, PatientEvents, Review, Service, ServiceDetail};
use crate::wire::Code;
use crate::wire::value::decimal_text;

/// A 278 as a screen.
#[derive(Serialize, ToSchema, Clone, PartialEq, Eq)]
pub struct ReviewView {
    /// The provider who asked.
    pub requester: String,
    /// The patient.
    pub patient: String,
    /// The member id; of a dependent that of the subscriber.
    pub member_id: String,
    /// The patient's date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// Whom to call at the payer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Why something was not reviewed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejections: Vec<RejectionView>,
    /// The reviews.
    pub reviews: Vec<ReviewRow>,
}

redacted!(ReviewView {});

/// One review.
#[derive(Serialize, ToSchema, Clone, PartialEq, Eq, Default)]
pub struct ReviewRow {
    /// UM01 in words.
    pub category: String,
    /// UM02 in words.
    pub certification: String,
    /// UM03 in words.
    pub service_type: String,
    /// UM06 in words.
    pub urgency: String,
    /// HCR01; none where nothing is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// HCR01 in words.
    pub status_words: String,
    /// The referral or authorization number (F-13).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The number of a receipt (N-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// The number of an earlier review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// Why it was decided so.
    pub reasons: Vec<String>,
    /// Dates with what they are.
    pub dates: Vec<DatedRow>,
    /// Diagnoses.
    pub diagnoses: Vec<String>,
    /// How much: `3 visits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// Providers with their roles.
    pub providers: Vec<String>,
    /// Whom to call about it (F-12).
    pub contacts: Vec<String>,
    /// Documents announced or asked for.
    pub documents: Vec<String>,
    /// Free text.
    pub message: String,
    /// The services.
    pub services: Vec<ServiceRow>,
}

redacted!(ReviewRow { status });

/// A date with what it is.
#[derive(Serialize, ToSchema, Clone, PartialEq, Eq)]
pub struct DatedRow {
    /// DTP01 in words.
    pub what: String,
    /// The day or days.
    pub when: String,
}

redacted!(DatedRow { what });

/// A service of a review.
#[derive(Serialize, ToSchema, Clone, PartialEq, Eq, Default)]
pub struct ServiceRow {
    /// The procedure or revenue code.
    pub service: String,
    /// When.
    pub dates: Vec<DatedRow>,
    /// How much.
    pub quantity: String,
    /// HCR01; none where the review as a whole is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// HCR01 in words.
    pub status_words: String,
    /// The authorization number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Why it was decided so.
    pub reasons: Vec<String>,
}

redacted!(ServiceRow { status });

impl ReviewView {
    /// The view of a 278.
    pub fn of(review: &Review) -> ReviewView {
        let patient = review.patient();
        ReviewView {
            requester: party(&review.requester.name),
            patient: name(&patient.name),
            member_id: review.subscriber.name.id.to_string(),
            birth_date: patient.birth().map(iso_date),
            contacts: review.payer.contacts.iter().map(contact).collect(),
            rejections: rejections(review),
            reviews: review.events.iter().map(row).collect(),
        }
    }

    /// The views of a 278: one for each patient.
    pub fn all_of(review: &Review) -> Vec<ReviewView> {
        let first = ReviewView::of(review);
        let other = |other: &PatientEvents| {
            let patient = other.dependent.as_ref().unwrap_or(&other.subscriber);
            ReviewView {
                patient: name(&patient.name),
                member_id: other.subscriber.name.id.to_string(),
                birth_date: patient.birth().map(iso_date),
                rejections: Vec::new(),
                reviews: other.events.iter().map(row).collect(),
                ..first.clone()
            }
        };
        let others: Vec<_> = review.others.iter().map(other).collect();
        std::iter::once(first).chain(others).collect()
    }

    /// True where something of it was rejected.
    pub fn has_rejections(&self) -> bool {
        !self.rejections.is_empty()
    }

    /// All of it in a few words, in one line.
    pub fn in_short(&self) -> String {
        let rejected = self.rejections.iter().map(|r| format!("AAA {}: {}", r.reason, r.meaning));
        let decided = self.reviews.iter().filter_map(|row| {
            let number = row.number.as_ref().or(row.receipt.as_ref());
            let words = match row.status_words.as_str() {
                "" => "received",
                words => words,
            };
            let number = number.map(|number| format!(", {number}")).unwrap_or_default();
            let is_said = row.status.is_some() || !number.is_empty();
            is_said.then(|| format!("{words}{number}"))
        });
        rejected.chain(decided).collect::<Vec<_>>().join("; ")
    }
}

/// `DERM, DORA (1000000053)`.
fn party(of: &Name) -> String {
    match of.id.is_empty() {
        true => name(of),
        false => format!("{} ({})", name(of), of.id),
    }
}

/// `REVIEW DESK, telephone 6175550100`.
fn contact(of: &Contact) -> String {
    let numbers = of
        .numbers
        .iter()
        .map(|(kind, number)| format!("{} {number}", code_words(element::CONTACT, *kind)));
    let name = Some(of.name.to_string()).filter(|name| !name.is_empty());
    name.into_iter().chain(numbers).collect::<Vec<_>>().join(", ")
}

fn rejections(review: &Review) -> Vec<RejectionView> {
    let mut rows = Vec::new();
    let mut add = |about, of: &[crate::segments::Rejection]| {
        rows.extend(of.iter().map(|rejection| rejected(about, rejection)));
    };
    add("request", &review.rejections);
    add("payer", &review.payer.rejections);
    add("provider", &review.requester.rejections);
    for person in std::iter::once(&review.subscriber).chain(&review.dependent) {
        add("member", &person.level_rejections);
        add("member", &person.rejections);
    }
    for event in &review.events {
        add("review", &event.rejections);
        for party in event.providers.iter().chain(&event.places) {
            add("servicing provider", &party.rejections);
        }
        for service in &event.services {
            add("service", &service.rejections);
            for party in &service.providers {
                add("servicing provider", &party.rejections);
            }
        }
    }
    rows
}

fn row(event: &Event) -> ReviewRow {
    let um = &event.um;
    let number = |qualifier| event.reference(qualifier).map(str::to_owned);
    let documents = event.attachments.iter().map(|document| {
        let way = code_words(element::TRANSMISSION, document.transmission);
        let kind = code_words(element::DOCUMENT, document.report);
        match document.number.is_empty() {
            true => format!("{kind}, {way}"),
            false => format!("{kind}, {way}, {}", document.number),
        }
    });
    let (status, status_words, decided, reasons) = decision(event.decision.as_ref());
    ReviewRow {
        category: code_words(element::REQUEST, um.request),
        certification: code_words(element::CERTIFICATION, um.certification),
        service_type: code_words(element::SERVICE_TYPE, um.service_type),
        urgency: code_words(element::URGENCY, um.urgency),
        status,
        status_words,
        number: decided,
        receipt: number("NT"),
        earlier: number("BB"),
        reasons,
        dates: dates(&event.dates),
        diagnoses: event.diagnoses.iter().map(|d| d.code.to_string()).collect(),
        delivery: event.delivery.as_ref().map(delivery),
        providers: event.providers.iter().map(provider).collect(),
        contacts: event
            .contact
            .iter()
            .flat_map(|contact_of| {
                let who = party(&contact_of.name);
                contact_of.contacts.iter().map(move |per| format!("{who}, {}", contact(per)))
            })
            .collect(),
        documents: documents.collect(),
        message: event.message.to_string(),
        services: event.services.iter().map(service).collect(),
    }
}

/// `DERM, DORA (1000000053), service provider`.
fn provider(of: &Party) -> String {
    format!("{}, {}", party(&of.name), code_words(element::ENTITY, of.name.entity))
}

/// HCR01, its words, the number and the reasons.
fn decision(of: Option<&Decision>) -> (Option<String>, String, Option<String>, Vec<String>) {
    let Some(decision) = of else { return Default::default() };
    let reasons = decision.reasons.iter().map(|reason| list_words("review-decisions", *reason));
    let number = Some(decision.number.to_string()).filter(|number| !number.is_empty());
    let words = code_words(element::DECISION, decision.action);
    (Some(decision.action.to_string()), words, number, reasons.collect())
}

fn dates(of: &[Dated]) -> Vec<DatedRow> {
    let row = |dated: &Dated| {
        let when = dated.when.value().map(iso_dates)?;
        Some(DatedRow { what: code_words(element::DATE, dated.qualifier), when })
    };
    of.iter().filter_map(row).collect()
}

/// `3 visits`, `3 visits each 1 weeks for 6 weeks`.
fn delivery(of: &Delivery) -> String {
    let number = |n: rust_decimal::Decimal| decimal_text(n).as_str().to_owned();
    let mut words = match of.quantity {
        Some(quantity) => {
            let unit = code_words(element::UNIT, of.unit);
            let unit = match quantity == rust_decimal::Decimal::ONE {
                true => unit.strip_suffix('s').unwrap_or(&unit).to_owned(),
                false => unit,
            };
            format!("{} {unit}", number(quantity))
        }
        None => String::new(),
    };
    if !of.frequency.is_empty() {
        let modulus = of.modulus.map(number).unwrap_or_else(|| "1".to_owned());
        words.push_str(&format!(" each {modulus} {}", code_words(element::MEASURE, of.frequency)));
    }
    if let Some(periods) = of.periods {
        words.push_str(&format!(" for {periods} {}", code_words(element::PERIOD, of.period)));
    }
    words.trim().to_owned()
}

fn service(of: &Service) -> ServiceRow {
    let (status, status_words, number, reasons) = decision(of.decision.as_ref());
    let detail = of.detail.as_ref();
    ServiceRow {
        service: detail.map(code_of).unwrap_or_default(),
        dates: dates(&of.dates),
        quantity: detail
            .and_then(|detail| {
                let count = decimal_text(detail.quantity?);
                let unit = Some(detail.unit).filter(|unit| !unit.is_empty());
                let unit = unit.map(|unit: Code| code_words(element::MEASURE, unit));
                Some(format!("{} {}", count.as_str(), unit.unwrap_or_default()).trim().to_owned())
            })
            .unwrap_or_default(),
        status,
        status_words,
        number,
        reasons,
    }
}

/// `0120`, `99213`, `0120 99213`.
fn code_of(detail: &ServiceDetail) -> String {
    let procedure = detail.procedure.as_ref().map(|procedure| &*procedure.code);
    let codes = Some(&*detail.revenue).filter(|code| !code.is_empty()).into_iter().chain(procedure);
    codes.collect::<Vec<_>>().join(" ")
}
