//! `POST /referral`, `/authorization`, `/notification`, `/psychotherapy` and `/review-status`: the portal's forms, as a 278, and
//! the 278 that comes back as its screen.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::ToSchema;

use super::super::problem::Problem;
use super::fields::{Day, Patient};
use super::{Ask, Exchange, Options};
use crate::portal::review::{
    DependentFields, REFERRAL_SERVICES, ReviewForm, ReviewFormKind, ReviewView, ServiceField,
};
use crate::wire::Code;

/// A form. Which fields it needs depends on what it is for; the answer 422 names one that is missing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReviewAsk {
    /// The NPI of the provider who asks; of a notification the facility.
    #[schema(example = "1234567893")]
    provider: String,
    /// The payer, by its id.
    #[schema(example = "99999")]
    payer: String,
    /// The member.
    #[schema(inline)]
    member: Patient,
    /// The rest of the form.
    #[serde(default)]
    #[schema(inline)]
    form: FormFields,
}

/// What the form says beside who it is about.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct FormFields {
    /// The patient, where they have no id of their own.
    dependent: Option<ReviewDependent>,
    /// `I` submit, `S` change, `3` cancel, `4` extend, `R` renew, `1` and `2` appeal, `N` reconsider; `I` unless it is given.
    certification: String,
    /// The authorization number of an earlier review.
    number: String,
    /// The receipt number of an earlier review that has no authorization number.
    receipt: String,
    /// Service of a referral: `consultation`, `physical-therapy` ...
    service: String,
    /// Service type code.
    service_type: String,
    /// Place of service code.
    place: String,
    /// `U` urgent, `03` emergency, `E` elective.
    urgency: String,
    /// First day of service; today for a new request.
    #[schema(value_type = Option<String>)]
    from: Option<Day>,
    /// Last day of service.
    #[schema(value_type = Option<String>)]
    to: Option<Day>,
    /// Day of the admission.
    #[schema(value_type = Option<String>)]
    admission: Option<Day>,
    /// Day of the discharge.
    #[schema(value_type = Option<String>)]
    discharge: Option<Day>,
    /// Diagnosis codes, the principal one first.
    diagnoses: Vec<String>,
    /// Number of visits.
    visits: Option<u32>,
    /// Number of days.
    days: Option<u32>,
    /// NPI of the servicing provider.
    servicing: String,
    /// NPI of the facility.
    facility: String,
    /// NPI of the attending physician.
    attending: String,
    /// Telephone of the requesting provider.
    telephone: String,
    /// Extension of the telephone.
    extension: String,
    /// The services, where they are named one by one.
    services: Vec<ReviewService>,
    /// Message to the reviewer.
    message: String,
}

/// A patient without an id of their own.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReviewDependent {
    /// Last name.
    last: String,
    /// First name.
    first: String,
    /// Date of birth.
    #[schema(value_type = String)]
    birth_date: Day,
    /// `01` spouse, `19` child, `G8` other.
    relationship: String,
}

/// A service.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReviewService {
    /// The procedure, or the revenue code where it has four digits.
    code: String,
    /// Units or days.
    quantity: u32,
}

/// What the payer decided.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ReviewAnswer {
    /// The reviews, or why there is none.
    reviews: Vec<ReviewView>,
    /// What a TA1 or a 999 says, when the form was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<String>,
    /// The X12, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    x12: Option<Exchange>,
}

/// A handler for a form, with its documentation.
macro_rules! form {
    ($handler:ident, $path:literal, $kind:ident, $what:literal) => {
        #[doc = $what]
        #[utoipa::path(
            post, path = $path, tag = "JSON",
            description = $what,
            params(Options),
            request_body = ReviewAsk,
            responses(
                (status = 200, description = "The answer, also when it is a rejection", body = ReviewAnswer),
                (status = 400, description = "The form cannot be read", body = Problem, content_type = "application/problem+json"),
                (status = 401, description = "The name or the password is wrong, or locked", body = Problem, content_type = "application/problem+json"),
                (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
                (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
                (status = 415, description = "Not application/json, or compressed", body = Problem, content_type = "application/problem+json"),
                (status = 422, description = "The form is not whole", body = Problem, content_type = "application/problem+json"),
                (status = 429, description = "Requests come too often", body = Problem, content_type = "application/problem+json"),
                (status = 503, description = "Come again after Retry-After", body = Problem, content_type = "application/problem+json"),
            ),
            security(("password" = []), ("certificate" = [])),
        )]
        pub(in super::super) async fn $handler(
            ask: Ask<ReviewAsk>,
        ) -> Result<Json<ReviewAnswer>, Problem> {
            submit(ask, ReviewFormKind::$kind).await
        }
    };
}

form!(referral, "/referral", Referral, "Submits a referral to a specialist, as a 278.");
form!(
    authorization,
    "/authorization",
    Authorization,
    "Submits a request to authorize services or an admission, as a 278."
);
form!(
    notification,
    "/notification",
    Notification,
    "Submits a notification of an admission or discharge, as a 278."
);
form!(
    psychotherapy,
    "/psychotherapy",
    Psychotherapy,
    "Submits outpatient psychotherapy, as a 278."
);
form!(
    review_status,
    "/review-status",
    Status,
    "Asks for the status of what was submitted, as a 278."
);

async fn submit(ask: Ask<ReviewAsk>, kind: ReviewFormKind) -> Result<Json<ReviewAnswer>, Problem> {
    let form = form(&ask.question, kind, ask.today())?;
    let asked = ask.send(|envelope, control| form.interchange(envelope, control)).await?;
    let reviews = asked.received.review_views();
    let rejection = asked.rejection(!reviews.is_empty());
    Ok(Json(ReviewAnswer { reviews, rejection, x12: ask.x12(&[&asked]) }))
}

fn form(given: &ReviewAsk, kind: ReviewFormKind, today: Date) -> Result<ReviewForm, Problem> {
    let fields = &given.form;
    let certification = if fields.certification.is_empty() { "I" } else { &*fields.certification };
    let is_new = certification == "I" && kind != ReviewFormKind::Status;
    let day = |day: Option<Day>| day.map(|day| day.0);
    // A new request has a date of service, today unless it is given.
    let from = day(fields.from).or_else(|| (is_new && fields.admission.is_none()).then_some(today));
    let period = from.map(|from| (from, day(fields.to).unwrap_or(from).max(from)));
    let code = |text: &str| if text.is_empty() { Code::NONE } else { Code::from(text) };
    let dependent = |patient: &ReviewDependent| DependentFields {
        last: patient.last.clone(),
        first: patient.first.clone(),
        birth: patient.birth_date.0,
        relationship: Code::from(&*patient.relationship),
    };
    let service = |service: &ReviewService| ServiceField {
        code: service.code.clone(),
        quantity: service.quantity,
    };
    let mut form = ReviewForm {
        telephone: (fields.telephone.clone(), fields.extension.clone()),
        member_id: given.member.id(),
        last: given.member.last.clone(),
        first: given.member.first.clone(),
        birth: day(given.member.birth_date),
        dependent: fields.dependent.as_ref().map(dependent),
        certification: Code::from(certification),
        number: fields.number.clone(),
        receipt: fields.receipt.clone(),
        service_type: code(&fields.service_type),
        place: code(&fields.place),
        urgency: code(&fields.urgency),
        period: period.filter(|_| kind != ReviewFormKind::Notification),
        admission: day(fields.admission),
        discharge: day(fields.discharge),
        diagnoses: fields.diagnoses.clone(),
        visits: fields.visits,
        days: fields.days,
        servicing: fields.servicing.clone(),
        facility: fields.facility.clone(),
        attending: fields.attending.clone(),
        services: fields.services.iter().map(service).collect(),
        message: fields.message.clone(),
        ..ReviewForm::new(kind, &given.provider, &given.payer)
    };
    if !fields.service.is_empty() {
        let known = REFERRAL_SERVICES.iter().find(|known| known.name == fields.service);
        let names = || REFERRAL_SERVICES.map(|known| known.name).join(", ");
        form.choose(known.ok_or_else(|| {
            let words = format!("form.service must be one of {}", names());
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, words)
        })?);
    }
    Ok(form)
}
