//! What a client is told when a request is refused: a status, and words that say what to do, as `application/problem+json`
//! (RFC 9457). Never anything of what was sent.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The HTTP status.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16, example = 401)]
    status: StatusCode,
    /// The status in words.
    title: &'static str,
    /// What is wrong, and what can be done about it.
    detail: String,
    /// Seconds to wait before the request is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_u16(status.as_u16())
}

impl Problem {
    /// A refusal with this status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        let title = status.canonical_reason().unwrap_or("Refused");
        Problem { status, title, detail: detail.into(), retry_after: None }
    }

    /// The same may be asked again after so many seconds.
    pub(super) fn again(status: StatusCode, detail: impl Into<String>, seconds: u32) -> Problem {
        Problem { retry_after: Some(seconds), ..Problem::new(status, detail) }
    }

    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Seconds to wait before the request is sent again.
    pub(super) fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// The words.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"x12gate\", charset=\"UTF-8\""),
            );
        }
        response
    }
}
