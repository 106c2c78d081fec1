//! Questions and answers in JSON: the portal's forms go in, its screens come out, and between them the X12 that any partner would
//! send and get. The interchange is the caller's own, under its ISA id, with a control number of ours.

mod claim_status;
mod eligibility;
mod fields;
mod review;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Query, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;
use utoipa::{IntoParams, ToSchema};

pub(super) use claim_status::*;
pub(super) use eligibility::*;
pub(super) use review::*;

use super::identify::Admitted;
use super::problem::Problem;
use super::{Peer, Shared, body};
use crate::config::UsagePolicy;
use crate::partner::Partner;
use crate::portal::{Received, read_replies};
use crate::store::control_series;
use crate::txn::envelope::{EnvelopeWriter, Party};

/// Bytes of a question.
const QUESTION_BYTES_MAX: usize = 64 << 10;

/// What is asked beside the question.
#[derive(Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Options {
    /// Whether the answer holds the X12 that was sent and that came back.
    #[param(required = false)]
    x12: bool,
    /// Whether the question is a test (ISA15 `T`). Without it, it is what the partner may send, production where it may send both.
    #[param(required = false)]
    test: Option<bool>,
}

/// The X12 of an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Exchange {
    /// What was sent.
    request: String,
    /// What came back.
    response: String,
}

/// A question, with what it needs to be sent.
pub(super) struct Ask<Q> {
    pub(super) question: Q,
    options: Options,
    shared: Arc<Shared>,
    peer: Peer,
    admitted: Admitted,
    partner: Arc<Partner>,
    _place: OwnedSemaphorePermit,
}

/// What came back to a question.
pub(super) struct Asked {
    pub(super) received: Received,
    request: Vec<u8>,
    response: Bytes,
}

impl<Q: DeserializeOwned> FromRequest<Arc<Shared>> for Ask<Q> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let options = Query::<Options>::try_from_uri(request.uri());
        let (parts, stream) = request.into_parts();
        let peer = parts.extensions.get::<Peer>().cloned();
        let peer = peer.ok_or_else(|| shared.busy("the connection is gone"))?;
        let place = shared.enter()?;
        let admitted = shared.admit(&peer, &parts.headers).await?;
        let wrong =
            |error: QueryRejection| Problem::new(StatusCode::BAD_REQUEST, error.body_text());
        let Query(options) = options.map_err(wrong)?;
        if body::media_type(&parts.headers) != "application/json" {
            let words = "send the question as Content-Type: application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
        }
        let patience = Duration::from_millis(shared.settings().body_timeout_ms);
        let text = body::read(&parts.headers, stream, QUESTION_BYTES_MAX, patience).await?;
        let question = serde_json::from_slice(&text).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, format!("the question cannot be read: {error}"))
        })?;
        let no_profile = || {
            let words = "there is no profile of your partner, and so no ISA id to ask under";
            Problem::new(StatusCode::FORBIDDEN, words)
        };
        let partner = shared.gateway.partner(&admitted.partner).ok_or_else(no_profile)?;
        Ok(Ask {
            question,
            options,
            shared: shared.clone(),
            peer,
            admitted,
            partner,
            _place: place,
        })
    }
}

impl<Q> Ask<Q> {
    /// Today, by our clock.
    pub(super) fn today(&self) -> time::Date {
        self.shared.gateway.local_now().date()
    }

    /// Whom the answer to a 276 goes to: the partner, by its first ISA id.
    pub(super) fn submitter(&self) -> &str {
        self.partner.isa.first().map_or("", |isa| &isa.id)
    }

    /// Sends what `write` puts into an envelope under a control number, and reads what comes back.
    pub(super) async fn send<E: std::fmt::Display>(
        &self,
        write: impl FnOnce(&EnvelopeWriter, u32) -> Result<Vec<u8>, E>,
    ) -> Result<Asked, Problem> {
        let control = self.control().await?;
        let request = write(&self.envelope(), control).map_err(|error| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("the question is not whole: {error}"),
            )
        })?;
        let body = Bytes::from(request.clone());
        let replies = self.shared.answer(body, &self.admitted.caller, &self.peer).await?;
        let response = replies.to_bytes();
        let received = read_replies(&response);
        Ok(Asked { received, request, response })
    }

    /// The X12 of answers, where it is wanted.
    pub(super) fn x12(&self, asked: &[&Asked]) -> Option<Exchange> {
        let text = |part: fn(&Asked) -> &[u8]| {
            asked.iter().map(|one| String::from_utf8_lossy(part(one))).collect::<String>()
        };
        self.options.x12.then(|| Exchange {
            request: text(|one| &one.request),
            response: text(|one| &one.response),
        })
    }

    fn envelope(&self) -> EnvelopeWriter {
        let config = self.shared.gateway.config();
        let party =
            |qualifier: &str, id: &str| Party { qualifier: qualifier.into(), id: id.into() };
        let sender = self.partner.isa.first();
        let sender = sender.map_or_else(|| party("ZZ", ""), |isa| party(&isa.qualifier, &isa.id));
        let receiver = party(&config.identity.qualifier, &config.http.json_receiver);
        let test = self.options.test.unwrap_or(self.partner.usage == UsagePolicy::Test);
        let now = self.shared.gateway.local_now();
        let envelope = EnvelopeWriter::new(sender, receiver, !test, now);
        match self.partner.groups.first() {
            Some(group) => envelope.with_group_id(group),
            None => envelope,
        }
    }

    /// The next control number of the questions we write under this partner's id.
    async fn control(&self) -> Result<u32, Problem> {
        let sender = self.envelope().sender;
        let series = control_series(&sender.qualifier, &sender.id, "json");
        let taken = self.shared.gateway.stores().journal.take_control_numbers(&series, 1).await;
        taken.map_err(|error| {
            tracing::error!(%error, "no control number for a question");
            self.shared.busy("the store cannot be reached")
        })
    }
}

impl Asked {
    /// Why there is no answer of the kind that was asked for.
    pub(super) fn rejection(&self, is_answered: bool) -> Option<String> {
        let received = &self.received;
        let silent = || (!is_answered).then(|| "there was no answer to the question".to_owned());
        received.rejection.clone().or_else(silent)
    }
}
