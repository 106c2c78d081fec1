//! The REST form of CORE vC4.0.0. The rule leaves paths to the server and names to a document of its own; the names here are those of
//! the other forms, all in one place.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::problem::Problem;
use super::super::{Peer, Shared, body};
use super::envelope::{Answer, Content, Raw, time_stamp};
use super::exchange::{Exchanged, Form};
use super::field::{EnvelopeError, Field, Operation};
use super::upload::{Upload, hex};
use crate::gateway::Service;

/// CORERuleVersion of this form.
const VERSION: &str = "4.0.0";

/// An envelope as JSON.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase", default)]
pub(in super::super) struct RestEnvelope {
    /// The payload type.
    #[schema(example = "X12_270_Request_005010X279A1")]
    payload_type: String,
    /// A UUID; one is made where it is missing.
    #[serde(rename = "PayloadID")]
    payload_id: Option<String>,
    /// When it was made.
    time_stamp: Option<String>,
    /// From whom.
    #[serde(rename = "SenderID")]
    sender_id: String,
    /// For whom.
    #[serde(rename = "ReceiverID")]
    receiver_id: String,
    /// `4.0.0`.
    #[serde(rename = "CORERuleVersion")]
    rule_version: String,
    /// SHA-256 of the payload, or SHA-1, in hexadecimal; checked where it is there.
    check_sum: Option<String>,
    /// In real time the X12; of a batch the X12 as base64.
    payload: String,
}

/// The envelope that goes back, as JSON.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct RestAnswer {
    payload_type: String,
    processing_mode: String,
    #[serde(rename = "PayloadID")]
    payload_id: String,
    time_stamp: String,
    #[serde(rename = "SenderID")]
    sender_id: String,
    #[serde(rename = "ReceiverID")]
    receiver_id: String,
    #[serde(rename = "CORERuleVersion")]
    rule_version: String,
    /// SHA-256 of the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    check_sum: Option<String>,
    /// In real time the X12; of a batch the X12 as base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    error_code: String,
    error_message: String,
}

/// Who picks up what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct RestPickup {
    /// `X12_005010_Request_Batch_Results_271`, `X12_999_RetrievalRequest_005010X231A1` ...
    payload_type: String,
    /// From whom.
    #[serde(rename = "SenderID")]
    #[param(rename = "SenderID")]
    sender_id: String,
    /// For whom.
    #[serde(rename = "ReceiverID")]
    #[param(rename = "ReceiverID")]
    receiver_id: String,
}

/// Asks in real time.
#[utoipa::path(
    post, path = "/core/rest/v4.0.0/realtime", tag = "CORE",
    description = "A question in real time, in an envelope of JSON.",
    request_body = RestEnvelope,
    responses(
        (status = 200, description = "The envelope that goes back, also with an ErrorCode", body = RestAnswer),
        (status = 400, description = "No envelope", body = RestAnswer),
        (status = 401, description = "The name or the password is wrong, or locked", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not for this SenderID", body = RestAnswer),
        (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json, or compressed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Requests come too often", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Come again after Retry-After", content((RestAnswer = "application/json"), (Problem = "application/problem+json"))),
    ),
    security(("password" = []), ("certificate" = [])),
)]
pub(in super::super) async fn rest_realtime(
    state: State<Arc<Shared>>,
    peer: Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    post(&state, &peer, request, Operation::RealTime).await
}

/// Hands in a batch.
#[utoipa::path(
    post, path = "/core/rest/v4.0.0/batch", tag = "CORE",
    description = "A batch, in an envelope of JSON. Its receipt says that it is on our disk; its results are picked up by its PayloadID.",
    request_body = RestEnvelope,
    responses(
        (status = 200, description = "The receipt, or an ErrorCode", body = RestAnswer),
        (status = 202, description = "The receipt, where core.batch_status says so", body = RestAnswer),
        (status = 400, description = "No envelope", body = RestAnswer),
        (status = 401, description = "The name or the password is wrong, or locked", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not for this SenderID", body = RestAnswer),
        (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json, or compressed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Requests come too often", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Come again after Retry-After", content((RestAnswer = "application/json"), (Problem = "application/problem+json"))),
    ),
    security(("password" = []), ("certificate" = [])),
)]
pub(in super::super) async fn rest_batch(
    state: State<Arc<Shared>>,
    peer: Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    post(&state, &peer, request, Operation::Submit).await
}

/// Picks up results.
#[utoipa::path(
    get, path = "/core/rest/v4.0.0/batch/{payload_id}", tag = "CORE",
    description = "The results of a batch, or the acknowledgments of it, by its PayloadID.",
    params(("payload_id" = String, Path, description = "The PayloadID of the batch, or of the result"), RestPickup),
    responses(
        (status = 200, description = "The envelope with the results, or that there are none", body = RestAnswer),
        (status = 400, description = "A parameter is missing", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The name or the password is wrong, or locked", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not for this SenderID", body = RestAnswer),
        (status = 429, description = "Requests come too often", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Come again after Retry-After", content((RestAnswer = "application/json"), (Problem = "application/problem+json"))),
    ),
    security(("password" = []), ("certificate" = [])),
)]
pub(in super::super) async fn rest_results(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    Path(payload_id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _place = shared.enter()?;
    let admitted = shared.admit(&peer, &headers).await?;
    let Query(pickup) = Query::<RestPickup>::try_from_uri(&uri)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let kind = shared.gateway.config().core.payload_type(&pickup.payload_type);
    let operation = match kind.map(|row| &*row.kind) {
        Some("999" | "ta1") => Operation::RetrieveAcknowledgment,
        _ => Operation::RetrieveResults,
    };
    let envelope = RestEnvelope {
        payload_type: pickup.payload_type,
        payload_id: Some(payload_id),
        sender_id: pickup.sender_id,
        receiver_id: pickup.receiver_id,
        rule_version: VERSION.to_owned(),
        ..RestEnvelope::default()
    };
    let raw = shared.raw(envelope, operation, None)?;
    let exchanged = shared.exchange(raw, Form::Mime, &admitted, &peer).await;
    respond(&shared, exchanged).await
}

async fn post(
    shared: &Arc<Shared>,
    peer: &Peer,
    request: Request,
    operation: Operation,
) -> Result<Response, Problem> {
    let _place = shared.enter()?;
    let (parts, stream) = request.into_parts();
    let admitted = shared.admit(peer, &parts.headers).await?;
    if body::media_type(&parts.headers) != "application/json" {
        let words = "send the envelope as Content-Type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    let config = shared.gateway.config();
    let patience = Duration::from_millis(config.http.body_timeout_ms);
    let bytes_max = config.core.envelope_bytes_max;
    let text = body::read(&parts.headers, stream, bytes_max, patience).await?;
    let refuse = |error: EnvelopeError| shared.refused(&Raw::default(), error, Form::Mime, peer);
    let exchanged = match serde_json::from_slice::<RestEnvelope>(&text) {
        Err(error) => refuse(EnvelopeError::sender(&format!("the envelope is no JSON: {error}"))),
        Ok(mut envelope) => match payload(&mut envelope, operation) {
            Err(error) => refuse(error),
            Ok(_) if envelope.rule_version != VERSION => {
                refuse(EnvelopeError::version(&[VERSION.to_owned()]))
            }
            Ok(payload) => {
                let raw = shared.raw(envelope, operation, payload)?;
                shared.exchange(raw, Form::Mime, &admitted, peer).await
            }
        },
    };
    respond(shared, exchanged).await
}

/// The payload of an envelope, when it is what its checksum says.
fn payload(
    envelope: &mut RestEnvelope,
    operation: Operation,
) -> Result<Option<Vec<u8>>, EnvelopeError> {
    let text = std::mem::take(&mut envelope.payload);
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = match operation {
        Operation::RealTime => text.into_bytes(),
        _ => {
            let wrong = |_| EnvelopeError::illegal(Field::Payload, "not base64");
            STANDARD.decode(text.trim()).map_err(wrong)?
        }
    };
    if let Some(sum) = &envelope.check_sum {
        use sha2::Digest;
        let of_sha2 = hex(&sha2::Sha256::digest(&bytes));
        let of_sha1 = hex(&sha1::Sha1::digest(&bytes));
        if !sum.eq_ignore_ascii_case(&of_sha2) && !sum.eq_ignore_ascii_case(&of_sha1) {
            return Err(EnvelopeError::checksum());
        }
    }
    Ok(Some(bytes))
}

impl Shared {
    /// The envelope as the other forms have it. What this form does not require is filled in.
    fn raw(
        &self,
        envelope: RestEnvelope,
        operation: Operation,
        payload: Option<Vec<u8>>,
    ) -> Result<Raw, Problem> {
        let mut raw = Raw { operation: Some(operation), ..Raw::default() };
        let now = Service::now(&*self.gateway);
        let made = || uuid::Uuid::new_v4().to_string();
        let version = self.gateway.config().core.rule_versions.first().cloned();
        for (field, value) in [
            (Field::PayloadType, envelope.payload_type),
            (Field::ProcessingMode, operation.mode().to_owned()),
            (Field::PayloadId, envelope.payload_id.unwrap_or_else(made)),
            (Field::TimeStamp, envelope.time_stamp.unwrap_or_else(|| time_stamp(now))),
            (Field::SenderId, envelope.sender_id),
            (Field::ReceiverId, envelope.receiver_id),
            // The version of this form was checked; the checks that follow are those of all forms.
            (Field::RuleVersion, version.unwrap_or_default()),
        ] {
            raw.put(field, value);
        }
        if let Some(payload) = payload {
            let upload = Upload::of(&payload).map_err(|error| {
                tracing::error!(%error, "a payload could not be kept");
                self.busy("we cannot take this at the moment")
            })?;
            if operation != Operation::RealTime {
                raw.put(Field::PayloadLength, upload.bytes().to_string());
                raw.put(Field::CheckSum, upload.sha1());
            }
            raw.payload = Some(upload);
        }
        Ok(raw)
    }
}

/// Writes an answer as JSON.
async fn respond(shared: &Arc<Shared>, exchanged: Exchanged) -> Result<Response, Problem> {
    use sha2::Digest;
    let Answer { operation, fields, payload, code, message, status } = exchanged.answer;
    let mut out = RestAnswer { error_code: code, error_message: message, ..RestAnswer::default() };
    for (field, value) in fields {
        match field {
            Field::PayloadType => out.payload_type = value,
            Field::ProcessingMode => out.processing_mode = value,
            Field::PayloadId => out.payload_id = value,
            Field::TimeStamp => out.time_stamp = value,
            Field::SenderId => out.sender_id = value,
            Field::ReceiverId => out.receiver_id = value,
            Field::RuleVersion => VERSION.clone_into(&mut out.rule_version),
            _ => {}
        }
    }
    let bytes = match payload {
        None => None,
        Some(Content::Memory(bytes)) => Some(bytes.to_vec()),
        Some(Content::Reader(mut reader, length)) => {
            let most = shared.gateway.config().core.envelope_bytes_max as u64;
            if length > most {
                let words = "the result is too long for this form; pick it up as MIME or SOAP";
                return Err(Problem::new(StatusCode::CONFLICT, words));
            }
            let read = move || {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map(|_| bytes)
            };
            let read = tokio::task::spawn_blocking(read).await;
            match read {
                Ok(Ok(bytes)) => Some(bytes),
                _ => return Err(shared.busy("the result cannot be read at the moment")),
            }
        }
    };
    out.check_sum = bytes.as_ref().map(|bytes| hex(&sha2::Sha256::digest(bytes)));
    out.payload = bytes.map(|bytes| match operation {
        Operation::RealTime => String::from_utf8_lossy(&bytes).into_owned(),
        _ => STANDARD.encode(bytes),
    });
    Ok((status, Json(out)).into_response())
}
