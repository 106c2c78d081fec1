//! `POST /x12`: an interchange in real time, as it is. What comes back is what a TCP connection would give.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::problem::Problem;
use super::{Peer, Shared, body, whole_seconds};
use crate::access::Caller;
use crate::gateway::{Answered, Delivery, Lane, Origin, Replies, Service};

/// Media types of a body that is X12.
const MEDIA_TYPES: [&str; 3] =
    ["application/edi-x12", "application/x12", "application/edi-consent"];

/// Answers one interchange, or a few one after the other.
#[utoipa::path(
    post, path = "/x12", tag = "X12",
    description = "An X12 interchange (270, 276, 278, 837, ...) in real time. The answer is the business response (271, 277, 278), or \
                   the TA1 or 999 that says why there is none. The same interchange again gets the same answer.",
    request_body(content = String, content_type = "application/edi-x12", description = "ISA to IEA"),
    responses(
        (status = 200, description = "The replies, one after the other", content_type = "application/edi-x12", body = String),
        (status = 204, description = "Nothing is said to this (an acknowledgment came in)"),
        (status = 400, description = "The body is not an interchange", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The name or the password is wrong, or locked", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/edi-x12, or compressed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Requests come too often", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Come again after Retry-After", body = Problem, content_type = "application/problem+json"),
    ),
    security(("password" = []), ("certificate" = [])),
)]
pub(super) async fn exchange(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    let _place = shared.enter()?;
    let (parts, stream) = request.into_parts();
    let admitted = shared.admit(&peer, &parts.headers).await?;
    if !MEDIA_TYPES.contains(&&*body::media_type(&parts.headers)) {
        let words = "send X12 as Content-Type: application/edi-x12";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    let config = shared.gateway.config();
    let patience = Duration::from_millis(config.http.body_timeout_ms);
    let bytes_max = config.limits.real_time_bytes_max;
    let text = body::read(&parts.headers, stream, bytes_max, patience).await?;
    let replies = shared.answer(text, &admitted.caller, &peer).await?;
    if replies.replies.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let kind = [(header::CONTENT_TYPE, "application/edi-x12")];
    Ok((kind, replies.to_bytes()).into_response())
}

impl Shared {
    /// A place for a request.
    pub(super) fn enter(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
        self.admission.enter().ok_or_else(|| self.busy("too many requests are being worked on"))
    }

    /// Answers an interchange of this caller in real time.
    pub(super) async fn answer(
        &self,
        body: Bytes,
        caller: &Caller,
        peer: &Peer,
    ) -> Result<Replies, Problem> {
        let origin = Origin {
            lane: Lane::RealTime,
            caller: caller.clone(),
            transport: peer.transport.clone(),
            received: Service::now(&*self.gateway),
            // How long the client waits it does not say.
            deadline: None,
        };
        match Service::answer(&*self.gateway, Delivery { body, origin }).await {
            Answered::Replies(replies) => Ok(replies),
            Answered::NotX12 => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "the body is not an X12 interchange: it does not begin with an ISA that can be read",
            )),
            Answered::Unavailable { retry_after } => Err(Problem::again(
                StatusCode::SERVICE_UNAVAILABLE,
                "we cannot answer at the moment; nothing was recorded",
                whole_seconds(retry_after),
            )),
        }
    }
}
