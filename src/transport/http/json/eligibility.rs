//! `POST /eligibility`: the eligibility form, as a 270, and the 271 as the portal's screens.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::problem::Problem;
use super::fields::{Day, Patient};
use super::{Ask, Exchange, Options};
use crate::portal::{EligibilityQuestion, EligibilityView, Screen};
use crate::wire::Code;

/// Which screen is asked for: it says which service types go into the question.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum ScreenName {
    /// Who the member is and whether they are covered.
    #[default]
    Eligibility,
    /// Copays, coinsurance and limits by category.
    Benefits,
    /// Deductibles.
    Deductible,
    /// Out-of-pocket maxima.
    OutOfPocket,
    /// All of these.
    All,
}

impl From<ScreenName> for Screen {
    fn from(name: ScreenName) -> Screen {
        match name {
            ScreenName::Eligibility => Screen::Eligibility,
            ScreenName::Benefits => Screen::Benefits,
            ScreenName::Deductible => Screen::Deductible,
            ScreenName::OutOfPocket => Screen::OutOfPocket,
            ScreenName::All => Screen::All,
        }
    }
}

/// A question about a member. Give the member id, or names and date of birth.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct EligibilityAsk {
    /// The NPI of the provider who asks.
    #[schema(example = "1234567893")]
    provider: String,
    /// The payer, by its id.
    #[schema(example = "99999")]
    payer: String,
    /// The member.
    #[schema(inline)]
    member: Patient,
    /// Date of service; today unless it is given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    date: Option<Day>,
    /// Which screen.
    #[serde(default)]
    #[schema(inline)]
    screen: ScreenName,
    /// Service type codes, instead of those of the screen.
    #[serde(default)]
    service_types: Vec<String>,
}

/// What is known of the member.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct EligibilityAnswer {
    /// One for each person, or with the reasons why there is none.
    members: Vec<EligibilityView>,
    /// What a TA1 or a 999 says, when the question was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<String>,
    /// The X12, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    x12: Option<Exchange>,
}

/// Asks about a member.
#[utoipa::path(
    post, path = "/eligibility", tag = "JSON",
    description = "Who the member is, whether they are covered, and what is paid for: the form as a 270, the 271 as the portal shows it.",
    params(Options),
    request_body = EligibilityAsk,
    responses(
        (status = 200, description = "The answer, also when it is a rejection", body = EligibilityAnswer),
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
pub(in super::super) async fn eligibility(
    ask: Ask<EligibilityAsk>,
) -> Result<Json<EligibilityAnswer>, Problem> {
    let given = &ask.question;
    let member = &given.member;
    let service_types = match given.service_types.is_empty() {
        true => Screen::from(given.screen).service_types(),
        false => given.service_types.iter().map(|code| Code::from(&**code)).collect(),
    };
    let date = given.date.map_or_else(|| ask.today(), |day| day.0);
    let question = EligibilityQuestion {
        member_id: member.member_id.clone(),
        suffix: member.suffix.clone(),
        last: member.last.clone(),
        first: member.first.clone(),
        birth: member.birth_date.map(|day| day.0),
        service_types,
        ..EligibilityQuestion::new(&given.provider, &given.payer, date)
    };
    let asked = ask.send(|envelope, control| question.interchange(envelope, control)).await?;
    let members = asked.received.views();
    let rejection = asked.rejection(!members.is_empty());
    Ok(Json(EligibilityAnswer { members, rejection, x12: ask.x12(&[&asked]) }))
}
