//! CAQH CORE connectivity: vC2.2.0 as MIME multipart and as SOAP, and the REST form of vC4.0.0.
//!
//! - `multipart`, `mime`, `xml`, `soap`: from bytes to an envelope and back. `wsdl`: what describes it.
//! - `field`, `envelope`: what an envelope has, the checks of the rule in their order, and the errors with their names.
//! - `exchange`: what a checked envelope asks for. `upload`: a payload on its way.
//! - `rest`: the same envelope as JSON.
//!
//! An envelope error opens no X12 and leaves nothing in the ledger.

mod envelope;
mod exchange;
mod field;
mod mime;
mod multipart;
mod nonces;
mod reading;
mod rest;
mod soap;
mod upload;
mod wsdl;
mod xml;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use self::envelope::Raw;
use self::exchange::{Exchanged, Form};
use self::field::{EnvelopeError, Field};
use self::mime::ReadError;
use self::reading::Reading;
use self::soap::Message;
use super::identify::Admitted;
use super::problem::Problem;
use super::{Peer, Shared, body};
use crate::gateway::Service;

pub(super) use nonces::Nonces;
pub(super) use rest::*;

/// What the parts around a payload may take.
const AROUND_BYTES: u64 = 64 << 10;

/// Takes an envelope of MIME multipart.
#[utoipa::path(
    post, path = "/core/mime", tag = "CORE",
    description = "An envelope of CAQH CORE vC2.2.0 as MIME multipart: real time, batch submission, pickup of acknowledgments and results, and \
                   receipt confirmation. Errors of the envelope are in its ErrorCode, with status 200.",
    request_body(content = String, content_type = "multipart/form-data", description = "PayloadType, ProcessingMode, PayloadID, PayloadLength, \
                 TimeStamp, UserName, Password, SenderID, ReceiverID, CORERuleVersion, CheckSum and Payload, each a part"),
    responses(
        (status = 200, description = "The envelope that goes back", content_type = "multipart/form-data", body = String),
        (status = 202, description = "The receipt of a batch, where core.batch_status says so", content_type = "multipart/form-data", body = String),
        (status = 400, description = "No envelope", content_type = "multipart/form-data", body = String),
        (status = 403, description = "The caller is not let in, or not for this SenderID", content_type = "multipart/form-data", body = String),
        (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not multipart/form-data, or compressed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Requests come too often; Retry-After", content_type = "multipart/form-data", body = String),
        (status = 503, description = "Come again; Retry-After", content_type = "multipart/form-data", body = String),
    ),
    security((), ("password" = []), ("certificate" = [])),
)]
pub(super) async fn mime(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    match of_mime(&shared, &peer, request).await {
        Err(problem) => {
            let again = shared.come_again(problem, Form::Mime, &peer)?;
            Ok(again.respond(|exchanged| mime::write(exchanged.answer, &boundary())))
        }
        answered => answered,
    }
}

async fn of_mime(shared: &Shared, peer: &Peer, request: Request) -> Result<Response, Problem> {
    let _place = shared.enter()?;
    let (parts, stream) = request.into_parts();
    if body::media_type(&parts.headers) != "multipart/form-data" {
        let words = "send the envelope as Content-Type: multipart/form-data";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    let reading = shared.reading(&parts.headers, stream)?;
    let folder = shared.folder()?;
    let boundary = boundary();
    let form = Form::Mime;
    let raw = match mime::read(&content_type(&parts.headers), reading, &folder).await {
        Ok(raw) => raw,
        Err(ReadError::Http(problem)) => return Err(problem),
        Err(ReadError::Envelope(error)) => {
            let refused = shared.refused(&Raw::default(), error, form, peer);
            return Ok(mime::write(refused.answer, &boundary));
        }
    };
    let named = raw.fields.get(&Field::UserName).cloned();
    let password = raw.fields.get(&Field::Password).cloned().unwrap_or_default();
    let told = named.map(|name| (name, password));
    let exchanged = match shared.let_in(peer, &parts.headers, told).await? {
        Some(admitted) => shared.exchange(raw, form, &admitted, peer).await,
        None => shared.refused(&raw, EnvelopeError::unauthorized(), form, peer),
    };
    Ok(mime::write(exchanged.answer, &boundary))
}

/// Takes a SOAP envelope.
#[utoipa::path(
    post, path = "/core/soap", tag = "CORE",
    description = "An envelope of CAQH CORE vC2.2.0 as SOAP 1.2; a batch beside it (MTOM) or in it as base64. The WSDL is at /core/soap?wsdl.",
    request_body(content = String, content_type = "application/soap+xml", description = "A SOAP 1.2 envelope with a UsernameToken"),
    responses(
        (status = 200, description = "The envelope that goes back", content_type = "application/soap+xml", body = String),
        (status = 202, description = "The receipt of a batch, where core.batch_status says so", content_type = "application/soap+xml", body = String),
        (status = 400, description = "A fault: no envelope, or no operation", content_type = "application/soap+xml", body = String),
        (status = 408, description = "The body was not complete in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is over the limit", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not SOAP, or compressed", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "A fault: a header or a field is not understood", content_type = "application/soap+xml", body = String),
        (status = 429, description = "A fault: requests come too often; Retry-After", content_type = "application/soap+xml", body = String),
        (status = 503, description = "A fault: come again; Retry-After", content_type = "application/soap+xml", body = String),
    ),
    security((), ("password" = []), ("certificate" = [])),
)]
pub(super) async fn soap(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    match soap_message(&shared, &peer, request).await {
        Err(problem) => {
            let again = shared.come_again(problem, Form::Soap, &peer)?;
            Ok(again.respond(|Exchanged { answer, error }| {
                soap::write(answer, error.as_ref(), &boundary())
            }))
        }
        answered => answered,
    }
}

async fn soap_message(shared: &Shared, peer: &Peer, request: Request) -> Result<Response, Problem> {
    const MEDIA_TYPES: [&str; 4] =
        ["application/soap+xml", "text/xml", "application/xop+xml", "multipart/related"];
    let _place = shared.enter()?;
    let (parts, stream) = request.into_parts();
    if !MEDIA_TYPES.contains(&&*body::media_type(&parts.headers)) {
        let words = "send the envelope as Content-Type: application/soap+xml or multipart/related";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    let reading = shared.reading(&parts.headers, stream)?;
    let folder = shared.folder()?;
    let core = &shared.gateway.config().core;
    let form = Form::Soap;
    let content_type = content_type(&parts.headers);
    let read = soap::read(&content_type, reading, core.envelope_bytes_max, &folder).await;
    let Exchanged { answer, error } = match read {
        Ok(message) => shared.of_soap(message, peer, &parts.headers).await?,
        Err(ReadError::Http(problem)) => return Err(problem),
        Err(ReadError::Envelope(error)) => shared.refused(&Raw::default(), error, form, peer),
    };
    Ok(soap::write(answer, error.as_ref(), &boundary()))
}

/// The WSDL.
#[utoipa::path(
    get, path = "/core/soap", tag = "CORE", security(()),
    description = "The WSDL of the SOAP envelopes, at /core/soap?wsdl.",
    responses((status = 200, description = "The WSDL", content_type = "text/xml", body = String)),
)]
pub(super) async fn wsdl(Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = if peer.is_tls { "https" } else { "http" };
    let text = wsdl::document(&format!("{scheme}://{host}/core/soap"));
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

/// An envelope that says to come again.
struct ComeAgain {
    exchanged: Exchanged,
    seconds: u32,
}

impl ComeAgain {
    fn respond(self, write: impl FnOnce(Exchanged) -> Response) -> Response {
        let mut response = write(self.exchanged);
        response.headers_mut().insert(header::RETRY_AFTER, self.seconds.into());
        response
    }
}

impl Shared {
    /// What a request that may be sent again is told in the form it came in; other problems stay as they are.
    fn come_again(&self, problem: Problem, form: Form, peer: &Peer) -> Result<ComeAgain, Problem> {
        let Some(seconds) = problem.retry_after() else { return Err(problem) };
        let error = EnvelopeError::again(problem.status(), problem.detail());
        let exchanged = self.refused(&Raw::default(), error, form, peer);
        Ok(ComeAgain { exchanged, seconds })
    }

    /// Answers a SOAP message.
    async fn of_soap(
        &self,
        message: Message,
        peer: &Peer,
        headers: &HeaderMap,
    ) -> Result<Exchanged, Problem> {
        let Message { raw, credentials } = message;
        let now = Service::now(&*self.gateway);
        let is_fresh = credentials.as_ref().is_none_or(|told| {
            let (nonce, created) = (told.nonce.as_deref(), told.created.as_deref());
            self.nonces.accept(&told.name, nonce, created, now)
        });
        let told = credentials.map(|told| (told.name, told.password));
        let admitted = match is_fresh {
            true => self.let_in(peer, headers, told).await?,
            false => {
                self.access.refuse(None, peer.address.ip(), "UsernameToken that is old or used");
                None
            }
        };
        Ok(match admitted {
            Some(admitted) => self.exchange(raw, Form::Soap, &admitted, peer).await,
            None => self.refused(&raw, EnvelopeError::unauthorized(), Form::Soap, peer),
        })
    }

    /// Tells the caller by the name and password of an envelope, or as other requests are; none when it is not let in.
    async fn let_in(
        &self,
        peer: &Peer,
        headers: &HeaderMap,
        told: Option<(String, String)>,
    ) -> Result<Option<Admitted>, Problem> {
        let admitted = match told {
            Some((name, password)) => {
                match self.by_password(peer, &name, password.as_bytes()).await {
                    Ok(caller) => self.turn(caller),
                    Err(problem) => Err(problem),
                }
            }
            None => self.admit(peer, headers).await,
        };
        match admitted {
            Ok(admitted) => Ok(Some(admitted)),
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// The body of an envelope, that may hold a batch.
    fn reading(&self, headers: &HeaderMap, stream: axum::body::Body) -> Result<Reading, Problem> {
        let config = self.gateway.config();
        let bytes_max =
            config.core.batch_bytes_max + config.core.envelope_bytes_max as u64 + AROUND_BYTES;
        body::uncompressed(headers)?;
        body::declared(headers, bytes_max)?;
        Ok(Reading::new(stream, bytes_max, &config.http))
    }

    /// Where long payloads grow.
    fn folder(&self) -> Result<PathBuf, Problem> {
        let folder = self.gateway.archive().folder().to_owned();
        std::fs::create_dir_all(&folder).map_err(|error| {
            tracing::error!(%error, folder = %folder.display(), "the archive cannot be written to");
            self.busy("we cannot take this at the moment")
        })?;
        Ok(folder)
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// A boundary that stands in no payload.
fn boundary() -> String {
    format!("x12gate-{}", uuid::Uuid::new_v4().simple())
}
