//! The MIME form of an envelope: each field a part of `multipart/form-data`.

use std::io::{self, Read};
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::super::problem::Problem;
use super::envelope::{Answer, Content, Raw};
use super::field::{EnvelopeError, Field};
use super::multipart::{PartHead, Piece, Splitter};
use super::reading::Reading;
use super::upload::Upload;

/// Bytes of a result that are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// Bytes of a field that is no payload.
const FIELD_BYTES_MAX: usize = 4 << 10;

/// What can go wrong while an envelope is read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It is told over HTTP: size, time.
    Http(Problem),
    /// It is told in an envelope.
    Envelope(EnvelopeError),
}

impl From<Problem> for ReadError {
    fn from(problem: Problem) -> Self {
        ReadError::Http(problem)
    }
}

impl From<EnvelopeError> for ReadError {
    fn from(error: EnvelopeError) -> Self {
        ReadError::Envelope(error)
    }
}

/// Our disk fails, not the client.
pub(super) fn unstored(error: &std::io::Error) -> ReadError {
    tracing::error!(%error, "a payload could not be kept");
    EnvelopeError::receiver("we cannot take this at the moment; come again").into()
}

/// Which field a part is.
enum Part {
    Field(Field, Vec<u8>),
    Payload,
    /// No field of ours: passed over, and told of.
    Other,
}

/// Reads an envelope. A long payload goes to a file in `folder`.
pub(super) async fn read(
    content_type: &str,
    mut reading: Reading,
    folder: &Path,
) -> Result<Raw, ReadError> {
    let malformed = |why: &str| ReadError::from(EnvelopeError::sender(why));
    let mut splitter = Splitter::of(content_type).map_err(|error| malformed(error.0))?;
    let mut raw = Raw::default();
    let mut part = Part::Other;
    while let Some(bytes) = reading.next().await? {
        splitter.push(&bytes);
        while let Some(piece) = splitter.next().map_err(|error| malformed(error.0))? {
            match piece {
                Piece::Part(head) => part = begin(&head, &mut raw, folder)?,
                Piece::Data(data) => take(&mut part, &mut raw, &data)?,
                Piece::PartEnd => {
                    if let Part::Field(field, value) = std::mem::replace(&mut part, Part::Other) {
                        let text = String::from_utf8(value);
                        raw.put(field, text.map_err(|_| malformed("a field is not UTF-8"))?);
                    }
                }
            }
        }
    }
    match splitter.is_done() {
        true => Ok(raw),
        false => Err(malformed("the last boundary is missing")),
    }
}

fn begin(head: &PartHead, raw: &mut Raw, folder: &Path) -> Result<Part, ReadError> {
    let name = head.name().unwrap_or_default();
    let Some(field) = Field::named(&name) else {
        raw.unknown.get_or_insert(name);
        return Ok(Part::Other);
    };
    if !head.is_plain() {
        let words = "send it as it is, without Content-Transfer-Encoding";
        return Err(EnvelopeError::illegal(field, words).into());
    }
    if field != Field::Payload {
        return Ok(Part::Field(field, Vec::new()));
    }
    if raw.payload.is_some() {
        raw.twice.get_or_insert(field);
        return Ok(Part::Other);
    }
    raw.payload = Some(Upload::new(folder));
    Ok(Part::Payload)
}

fn take(part: &mut Part, raw: &mut Raw, data: &[u8]) -> Result<(), ReadError> {
    match part {
        Part::Field(field, value) => {
            if value.len() + data.len() > FIELD_BYTES_MAX {
                return Err(EnvelopeError::illegal(*field, "it is too long").into());
            }
            value.extend_from_slice(data);
        }
        Part::Payload => {
            if let Some(payload) = &mut raw.payload {
                crate::gateway::blocking(|| payload.write(data)).map_err(|e| unstored(&e))?;
            }
        }
        Part::Other => {}
    }
    Ok(())
}

/// Writes an answer: the fields in their order, nothing but the name in their headers, the payload in one piece.
pub(super) fn write(answer: Answer, boundary: &str) -> Response {
    let Answer { fields, payload, code, message, status, .. } = answer;
    let mut head = String::new();
    for (field, value) in &fields {
        part(&mut head, boundary, field.name(), value);
    }
    let mut tail = String::new();
    if payload.is_some() {
        head.push_str(&opening(boundary, Field::Payload.name()));
        tail.push_str("\r\n");
    }
    part(&mut tail, boundary, "ErrorCode", &code);
    part(&mut tail, boundary, "ErrorMessage", &message);
    tail.push_str(&format!("--{boundary}--\r\n"));
    let kind = format!("multipart/form-data; boundary={boundary}");
    respond(status, &kind, head, payload, tail)
}

fn opening(boundary: &str, name: &str) -> String {
    format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
}

fn part(out: &mut String, boundary: &str, name: &str, value: &str) {
    out.push_str(&opening(boundary, name));
    out.push_str(value);
    out.push_str("\r\n");
}

/// What a reader gives, read by a thread that waits for the client.
fn pieces(mut reader: Box<dyn Read + Send>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE_BYTES];
            let read = match reader.read(&mut piece) {
                Ok(0) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let failed = read.is_err();
            let read = read.map(|count| {
                piece.truncate(count);
                Bytes::from(piece)
            });
            if sender.blocking_send(read).is_err() || failed {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}

/// A response of a beginning, a content and an end, with its length: clients cannot do without.
pub(super) fn respond(
    status: axum::http::StatusCode,
    kind: &str,
    head: String,
    content: Option<Content>,
    tail: String,
) -> Response {
    let length = head.len() as u64 + content.as_ref().map_or(0, Content::bytes) + tail.len() as u64;
    let body = match content {
        None => Body::from(head + &tail),
        Some(Content::Memory(bytes)) => {
            let mut whole = head.into_bytes();
            whole.extend_from_slice(&bytes);
            whole.extend_from_slice(tail.as_bytes());
            Body::from(whole)
        }
        Some(Content::Reader(reader, _)) => {
            let piece = |text: String| stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
            Body::from_stream(piece(head).chain(pieces(reader)).chain(piece(tail)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}
