//! `POST /claim-status`: the claims form, as a 276, and the 277 as the portal's screen.

use axum::Json;
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;

use super::super::problem::Problem;
use super::fields::{Amount, Day, Patient};
use super::{Ask, Asked, Exchange, Options};
use crate::portal::claim_status::{
    ClaimStatusQuestion, ClaimStatusView, LineQuestion, PatientQuestion,
};
use crate::portal::{EligibilityQuestion, EligibilityView};

/// Days of service that are asked for unless others are named: two years.
const DAYS_BACK: i64 = 730;

/// A question about claims. Where member id, last name and date of birth are not all given, the payer is asked for them first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ClaimStatusAsk {
    /// The NPI of the provider who asks.
    #[schema(example = "1234567893")]
    provider: String,
    /// The payer, by its id.
    #[schema(example = "99999")]
    payer: String,
    /// The member.
    #[schema(inline)]
    member: Patient,
    /// The patient, where they have no id of their own.
    #[serde(default)]
    dependent: Option<DependentAsk>,
    /// Claim numbers of the payer.
    #[serde(default)]
    numbers: Vec<String>,
    /// First day of service; two years ago unless it is given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<Day>,
    /// Last day of service; today unless it is given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    to: Option<Day>,
    /// The provider's own number of the claim.
    #[serde(default)]
    account: String,
    /// Total charge.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    charge: Option<Amount>,
    /// Service lines.
    #[serde(default)]
    lines: Vec<LineAsk>,
}

/// A patient without an id of their own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DependentAsk {
    /// Last name.
    last: String,
    /// First name.
    first: String,
    /// Date of birth.
    #[schema(value_type = String)]
    birth_date: Day,
}

/// A service line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct LineAsk {
    /// The procedure code.
    procedure: String,
    /// What was charged.
    #[schema(value_type = String)]
    charge: Amount,
    /// The day of service.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    date: Option<Day>,
}

/// What is known of the claims.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ClaimStatusAnswer {
    /// The claims, and what was not found.
    claims: Vec<ClaimStatusView>,
    /// Why the member was not found, where the payer was asked for them first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<EligibilityView>,
    /// What a TA1 or a 999 says, when the question was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<String>,
    /// The X12, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    x12: Option<Exchange>,
}

/// Asks about claims.
#[utoipa::path(
    post, path = "/claim-status", tag = "JSON",
    description = "The status of claims: the form as a 276, the 277 as the portal shows it.",
    params(Options),
    request_body = ClaimStatusAsk,
    responses(
        (status = 200, description = "The answer, also when nothing was found", body = ClaimStatusAnswer),
        (status = 400, description = "The question cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The name or the password is wrong, or locked", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json, or compressed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The question is not whole", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Requests come too often", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Come again after Retry-After", body = Problem, content_type = "application/problem+json"),
    ),
    security(("password" = []), ("certificate" = [])),
)]
pub(in super::super) async fn claim_status(
    ask: Ask<ClaimStatusAsk>,
) -> Result<Json<ClaimStatusAnswer>, Problem> {
    let mut question = question(&ask);
    let mut first: Option<Asked> = None;
    if !question.is_complete() {
        // A 276 must have the member id, the last name and the birth date.
        let given = &ask.question;
        let inquiry = EligibilityQuestion {
            member_id: given.member.member_id.clone(),
            suffix: given.member.suffix.clone(),
            last: given.member.last.clone(),
            first: given.member.first.clone(),
            birth: given.member.birth_date.map(|day| day.0),
            ..EligibilityQuestion::new(&given.provider, &given.payer, ask.today())
        };
        let asked = ask.send(|envelope, control| inquiry.interchange(envelope, control)).await?;
        if !asked.received.responses.iter().any(|answer| question.take_patient(answer)) {
            let members = asked.received.views();
            let rejection = asked.rejection(!members.is_empty());
            let x12 = ask.x12(&[&asked]);
            let claims = Vec::new();
            return Ok(Json(ClaimStatusAnswer { claims, members, rejection, x12 }));
        }
        first = Some(asked);
    }
    let asked = ask.send(|envelope, control| question.interchange(envelope, control)).await?;
    let claims = asked.received.claim_views();
    let rejection = asked.rejection(!claims.is_empty());
    let exchanges: Vec<&Asked> = first.iter().chain([&asked]).collect();
    let x12 = ask.x12(&exchanges);
    Ok(Json(ClaimStatusAnswer { claims, members: Vec::new(), rejection, x12 }))
}

fn question(ask: &Ask<ClaimStatusAsk>) -> ClaimStatusQuestion {
    let given = &ask.question;
    let day = |day: Option<Day>| day.map(|day| day.0);
    let to = day(given.to).unwrap_or_else(|| ask.today());
    let from = day(given.from).unwrap_or_else(|| to.saturating_sub(Duration::days(DAYS_BACK)));
    let line = |line: &LineAsk| LineQuestion {
        procedure: line.procedure.clone(),
        charge: line.charge.0,
        day: day(line.date),
    };
    let dependent = |patient: &DependentAsk| PatientQuestion {
        member_id: String::new(),
        last: patient.last.clone(),
        first: patient.first.clone(),
        birth: Some(patient.birth_date.0),
    };
    ClaimStatusQuestion {
        submitter: ask.submitter().to_owned(),
        subscriber: PatientQuestion {
            member_id: given.member.id(),
            last: given.member.last.clone(),
            first: given.member.first.clone(),
            birth: day(given.member.birth_date),
        },
        dependent: given.dependent.as_ref().map(dependent),
        numbers: given.numbers.clone(),
        account: given.account.clone(),
        charge: given.charge.map(|charge| charge.0),
        lines: given.lines.iter().map(line).collect(),
        ..ClaimStatusQuestion::new(&given.provider, &given.payer, (from, to.max(from)))
    }
}
