//! The body of a request, read under a limit and a deadline.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::problem::Problem;

/// The media type of the headers, in small letters and without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).unwrap_or("");
    kind.trim().to_ascii_lowercase()
}

/// Refuses a body that is compressed: how long it becomes is not known before.
pub(super) fn uncompressed(headers: &HeaderMap) -> Result<(), Problem> {
    let plain =
        |value: &axum::http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    match headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the body uncompressed, without Content-Encoding",
        )),
    }
}

/// Refuses a body that is longer than this by its own account.
pub(super) fn declared(headers: &HeaderMap, bytes_max: u64) -> Result<(), Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > bytes_max => Err(too_large(bytes_max)),
        _ => Ok(()),
    }
}

/// Reads a body into memory.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    patience: Duration,
) -> Result<Bytes, Problem> {
    uncompressed(headers)?;
    declared(headers, bytes_max as u64)?;
    let whole = timeout(patience, Limited::new(body, bytes_max).collect()).await;
    match whole.map_err(|_| too_slow())? {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(bytes_max as u64)),
        Err(_) => Err(broken_off()),
    }
}

/// The body did not come in time.
pub(super) fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "the body was not complete in time")
}

/// The body is over the limit.
pub(super) fn too_large(bytes_max: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body has more than {bytes_max} bytes, which is the limit here"),
    )
}

/// The body ended before its end.
pub(super) fn broken_off() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "the body could not be read to its end")
}
