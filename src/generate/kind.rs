//! The kinds of set that can be written.

use super::SetSource;
use super::acknowledgment::Acknowledgments;
use super::advice::Advices;
use super::attachment::Attachments;
use super::benefit::Responses;
use super::claim::{Claims, Flavour};
use super::enrollment::Enrollments;
use super::inquiry::Inquiries;
use super::payment::Payments;
use super::premium::Premiums;
use super::review::{Reviews, Side};
use super::status::{Answers, DocumentRequests, Receipts, Requests};

/// A kind of set, by the name it has on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GenerateKind {
    /// Eligibility inquiries.
    Inquiry,
    /// Eligibility responses.
    Response,
    /// Documents about claims.
    Attachment,
    /// Requests for the status of claims.
    StatusRequest,
    /// The status of claims.
    Status,
    /// Acknowledgments of claims.
    ClaimReceipt,
    /// Requests for documents about claims.
    DocumentRequest,
    /// Requests for a review of services.
    ReviewRequest,
    /// Decisions of reviews.
    ReviewResponse,
    /// Inquiries about reviews.
    ReviewInquiry,
    /// What such an inquiry found.
    ReviewFound,
    /// Notices of events.
    Notification,
    /// That a notice was heard.
    NotificationReceipt,
    /// Professional claims.
    Professional,
    /// Institutional claims.
    Institutional,
    /// Dental claims.
    Dental,
    /// Payments of claims.
    Payment,
    /// Enrollment.
    Enrollment,
    /// Premium payments.
    Premium,
    /// Application advice.
    Advice,
    /// Acknowledgments of sets.
    Acknowledgment,
    /// Acknowledgments of interchanges, each an interchange of its own.
    InterchangeAcknowledgment,
}

/// What a kind is called and how its sets are grouped.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Its name, such as `837p`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// ST01.
    pub set: &'static str,
    /// GS01.
    pub functional: &'static str,
    /// GS08.
    pub guide: &'static str,
    /// What is counted: `claim`, `patient`.
    pub item: &'static str,
    /// Items in a set unless something else is asked for.
    pub per_set: u32,
    /// Most items in a set.
    pub per_set_max: u32,
    /// True where payers send it.
    pub from_payer: bool,
}

/// As many in a set as anybody may ask for.
const MANY: u32 = 100_000_000;

impl GenerateKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [GenerateKind; 22] = [
        GenerateKind::Inquiry,
        GenerateKind::Response,
        GenerateKind::Attachment,
        GenerateKind::StatusRequest,
        GenerateKind::Status,
        GenerateKind::ClaimReceipt,
        GenerateKind::DocumentRequest,
        GenerateKind::ReviewRequest,
        GenerateKind::ReviewResponse,
        GenerateKind::ReviewInquiry,
        GenerateKind::ReviewFound,
        GenerateKind::Notification,
        GenerateKind::NotificationReceipt,
        GenerateKind::Premium,
        GenerateKind::Professional,
        GenerateKind::Institutional,
        GenerateKind::Dental,
        GenerateKind::Payment,
        GenerateKind::Enrollment,
        GenerateKind::Advice,
        GenerateKind::Acknowledgment,
        GenerateKind::InterchangeAcknowledgment,
    ];

    /// The kind of this name, in any case.
    pub fn named(name: &str) -> Option<GenerateKind> {
        GenerateKind::ALL.into_iter().find(|kind| kind.facts().name.eq_ignore_ascii_case(name))
    }

    /// What it is called and how it is grouped.
    #[rustfmt::skip]
    pub const fn facts(self) -> Facts {
        use GenerateKind as K;
        let (name, about, set, functional, guide, item, per_set, per_set_max, from_payer) = match self {
            K::Inquiry => ("270", "eligibility inquiries", "270", "HS", "005010X279A1", "patient", 1, 99, false),
            K::Response => ("271", "eligibility responses", "271", "HB", "005010X279A1", "patient", 1, 99, true),
            K::Attachment => ("275", "claim attachments", "275", "PI", "005010X210", "claim", 1, 1, false),
            K::StatusRequest => ("276", "claim status requests", "276", "HR", "005010X212", "claim", 20, MANY, false),
            K::Status => ("277", "claim status", "277", "HN", "005010X212", "claim", 20, MANY, true),
            K::ClaimReceipt => ("277ca", "claim acknowledgments", "277", "HN", "005010X214", "claim", 100, MANY, true),
            K::DocumentRequest => ("277rfai", "requests for additional information", "277", "HN", "005010X213", "claim", 20, MANY, true),
            K::ReviewRequest => ("278-request", "services review requests", "278", "HI", "005010X217", "review", 1, 1, false),
            K::ReviewResponse => ("278-response", "services review responses", "278", "HI", "005010X217", "review", 1, 1, true),
            K::ReviewInquiry => ("278-inquiry", "services review inquiries", "278", "HI", "005010X215", "review", 1, 1, false),
            K::ReviewFound => ("278-found", "responses to services review inquiries", "278", "HI", "005010X215", "review", 1, 1, true),
            K::Notification => ("278-notification", "services review notifications", "278", "HI", "005010X216", "notice", 1, 1, false),
            K::NotificationReceipt => ("278-acknowledgment", "acknowledgments of notifications", "278", "HI", "005010X216", "notice", 1, 1, true),
            K::Premium => ("820", "premium payments", "820", "RA", "005010X218", "member", 50, MANY, false),
            K::Professional => ("837p", "professional claims", "837", "HC", "005010X222A1", "claim", 100, MANY, false),
            K::Institutional => ("837i", "institutional claims", "837", "HC", "005010X223A2", "claim", 100, MANY, false),
            K::Dental => ("837d", "dental claims", "837", "HC", "005010X224A2", "claim", 100, MANY, false),
            K::Payment => ("835", "claim payments", "835", "HP", "005010X221A1", "claim", 100, MANY, true),
            K::Enrollment => ("834", "enrollment, full files and changes", "834", "BE", "005010X220A1", "member", 100, MANY, false),
            K::Advice => ("824", "application advice", "824", "AG", "005010X186A1", "transaction", 10, MANY, true),
            K::Acknowledgment => ("999", "implementation acknowledgments", "999", "FA", "005010X231A1", "set", 20, MANY, true),
            K::InterchangeAcknowledgment => ("ta1", "interchange acknowledgments", "TA1", "", "", "interchange", 1, 1, true),
        };
        Facts { name, about, set, functional, guide, item, per_set, per_set_max, from_payer }
    }

    /// The notices, requests and answers of services review.
    pub(super) const REVIEWS: &[GenerateKind] = &[
        GenerateKind::ReviewRequest,
        GenerateKind::ReviewResponse,
        GenerateKind::ReviewInquiry,
        GenerateKind::ReviewFound,
        GenerateKind::Notification,
        GenerateKind::NotificationReceipt,
    ];

    /// True where ST03 repeats the guide; an 835 names it in GS08 alone.
    pub(super) fn names_guide_in_set(self) -> bool {
        self != GenerateKind::Payment
    }

    /// What writes its sets; an interchange acknowledgment has none.
    pub(super) fn source(self) -> Option<Box<dyn SetSource>> {
        Some(match self {
            GenerateKind::Inquiry => Box::new(Inquiries::default()),
            GenerateKind::Response => Box::new(Responses::default()),
            GenerateKind::Attachment => Box::new(Attachments::default()),
            GenerateKind::StatusRequest => Box::new(Requests::default()),
            GenerateKind::Status => Box::new(Answers::default()),
            GenerateKind::ClaimReceipt => Box::new(Receipts::default()),
            GenerateKind::DocumentRequest => Box::new(DocumentRequests::default()),
            GenerateKind::ReviewRequest => Box::new(Reviews::new(Side::Request)),
            GenerateKind::ReviewResponse => Box::new(Reviews::new(Side::Response)),
            GenerateKind::ReviewInquiry => Box::new(Reviews::new(Side::Inquiry)),
            GenerateKind::ReviewFound => Box::new(Reviews::new(Side::Found)),
            GenerateKind::Notification => Box::new(Reviews::new(Side::Notification)),
            GenerateKind::NotificationReceipt => Box::new(Reviews::new(Side::Receipt)),
            GenerateKind::Premium => Box::new(Premiums::default()),
            GenerateKind::Professional => Box::new(Claims::new(Flavour::Professional)),
            GenerateKind::Institutional => Box::new(Claims::new(Flavour::Institutional)),
            GenerateKind::Dental => Box::new(Claims::new(Flavour::Dental)),
            GenerateKind::Payment => Box::new(Payments::default()),
            GenerateKind::Enrollment => Box::new(Enrollments::default()),
            GenerateKind::Advice => Box::new(Advices),
            GenerateKind::Acknowledgment => Box::new(Acknowledgments::default()),
            GenerateKind::InterchangeAcknowledgment => return None,
        })
    }
}
