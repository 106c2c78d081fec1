//! The SOAP 1.2 form of an envelope: the payload in the envelope, or beside it as a part of its own (MTOM).

use std::collections::HashMap;
use std::path::Path;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::envelope::{Answer, Content, Raw};
use super::field::{EnvelopeError, ErrorForm, Field, Operation};
use super::mime::{ReadError, respond, unstored};
use super::multipart::{Piece, Splitter, parameter};
use super::reading::Reading;
use super::upload::Upload;
use super::xml::{self, Element};

/// The namespace of the envelope of SOAP 1.2, and that of SOAP 1.1, which is told apart to say so.
pub(super) const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The namespace of the envelopes of CORE.
pub(super) const CORE: &str = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd";

/// Parts of a message beside its envelope.
const ATTACHMENTS_MAX: usize = 4;

/// The elements of requests, each with what it asks for and the element of its answer.
pub(super) const ELEMENTS: [(&str, Operation, &str); 5] = [
    ("COREEnvelopeRealTimeRequest", Operation::RealTime, "COREEnvelopeRealTimeResponse"),
    ("COREEnvelopeBatchSubmission", Operation::Submit, "COREEnvelopeBatchSubmissionResponse"),
    (
        "COREEnvelopeBatchSubmissionAckRetrievalRequest",
        Operation::RetrieveAcknowledgment,
        "COREEnvelopeBatchSubmissionAckRetrievalResponse",
    ),
    (
        "COREEnvelopeBatchResultsRetrievalRequest",
        Operation::RetrieveResults,
        "COREEnvelopeBatchResultsRetrievalResponse",
    ),
    (
        "COREEnvelopeBatchResultsAckSubmission",
        Operation::Acknowledge,
        "COREEnvelopeBatchResultsAckSubmissionResponse",
    ),
];

/// A message that was read.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) raw: Raw,
    pub(super) credentials: Option<Credentials>,
}

/// What a UsernameToken says.
pub(super) struct Credentials {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) nonce: Option<String>,
    pub(super) created: Option<String>,
}

crate::phi::redacted!(Credentials {});

/// The parts of a message, before they are understood.
#[derive(Default)]
struct Parts {
    envelope: Vec<u8>,
    attachments: HashMap<String, Upload>,
}

/// Reads a message: an envelope alone, or one with parts. A long payload goes to a file in `folder`.
pub(super) async fn read(
    content_type: &str,
    reading: Reading,
    envelope_bytes_max: usize,
    folder: &Path,
) -> Result<Message, ReadError> {
    let is_related = content_type.trim_start().to_ascii_lowercase().starts_with("multipart/");
    let parts = match is_related {
        true => related(content_type, reading, envelope_bytes_max, folder).await?,
        false => Parts { envelope: alone(reading, envelope_bytes_max).await?, ..Parts::default() },
    };
    let text = std::str::from_utf8(&parts.envelope);
    let text = text.map_err(|_| EnvelopeError::sender("the envelope is not UTF-8"))?;
    understand(&xml::read(text.trim_start_matches('\u{feff}'))?, parts.attachments)
}

async fn alone(mut reading: Reading, bytes_max: usize) -> Result<Vec<u8>, ReadError> {
    let mut envelope = Vec::new();
    while let Some(bytes) = reading.next().await? {
        extend(&mut envelope, &bytes, bytes_max)?;
    }
    Ok(envelope)
}

fn extend(envelope: &mut Vec<u8>, bytes: &[u8], bytes_max: usize) -> Result<(), ReadError> {
    if envelope.len() + bytes.len() > bytes_max {
        return Err(super::super::body::too_large(bytes_max as u64).into());
    }
    envelope.extend_from_slice(bytes);
    Ok(())
}

/// A message of parts: the one that `start` names, or the first, is the envelope.
async fn related(
    content_type: &str,
    mut reading: Reading,
    bytes_max: usize,
    folder: &Path,
) -> Result<Parts, ReadError> {
    let malformed = |why: &str| ReadError::from(EnvelopeError::sender(why));
    let mut splitter = Splitter::of(content_type).map_err(|error| malformed(error.0))?;
    let start = parameter(content_type, "start").map(|start| bare(&start).to_owned());
    let mut parts = Parts::default();
    let mut current: Option<(Option<String>, bool)> = None;
    let mut first = true;
    while let Some(bytes) = reading.next().await? {
        splitter.push(&bytes);
        while let Some(piece) = splitter.next().map_err(|error| malformed(error.0))? {
            match piece {
                Piece::Part(head) => {
                    if !head.is_plain() {
                        return Err(malformed(
                            "send parts as they are, without Content-Transfer-Encoding",
                        ));
                    }
                    let id = head.content_id().map(str::to_owned);
                    let is_root = match &start {
                        Some(start) => id.as_deref() == Some(start),
                        None => first,
                    };
                    first = false;
                    if !is_root {
                        let id = id.clone().unwrap_or_default();
                        let new = parts.attachments.insert(id, Upload::new(folder)).is_none();
                        if !new || parts.attachments.len() > ATTACHMENTS_MAX {
                            return Err(malformed("too many parts, or two with one Content-ID"));
                        }
                    }
                    current = Some((id, is_root));
                }
                Piece::Data(data) => match &current {
                    Some((_, true)) => extend(&mut parts.envelope, &data, bytes_max)?,
                    Some((id, false)) => {
                        let id = id.as_deref().unwrap_or_default();
                        if let Some(part) = parts.attachments.get_mut(id) {
                            crate::gateway::blocking(|| part.write(&data))
                                .map_err(|e| unstored(&e))?;
                        }
                    }
                    None => {}
                },
                Piece::PartEnd => current = None,
            }
        }
    }
    match splitter.is_done() {
        true => Ok(parts),
        false => Err(malformed("the last boundary is missing")),
    }
}

/// A content id without angle brackets.
fn bare(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
}

/// Takes a message apart.
fn understand(
    root: &Element,
    mut attachments: HashMap<String, Upload>,
) -> Result<Message, ReadError> {
    if root.name != "Envelope" {
        return Err(EnvelopeError::sender("the document is no SOAP envelope").into());
    }
    match root.namespace_of(&root.prefix) {
        Some(SOAP) => {}
        Some(SOAP_1_1) => return Err(EnvelopeError::soap_version().into()),
        _ => return Err(EnvelopeError::sender("the document is no SOAP 1.2 envelope").into()),
    }
    let headers = root.child("Header").map_or(&[][..], |header| &header.children);
    let credentials = credentials(headers)?;
    let body = root.child("Body").and_then(|body| body.children.first());
    let element = body.ok_or_else(|| EnvelopeError::sender("the body of the envelope is empty"))?;
    let known = ELEMENTS.iter().find(|(name, ..)| *name == element.name);
    let (_, operation, _) =
        known.ok_or_else(|| EnvelopeError::sender("the body has no operation of this service"))?;
    let mut raw = Raw { operation: Some(*operation), ..Raw::default() };
    for child in &element.children {
        match Field::named(&child.name) {
            None | Some(Field::UserName | Field::Password) => {
                raw.unknown.get_or_insert(child.name.clone());
            }
            Some(Field::Payload) if raw.payload.is_some() => {
                raw.twice.get_or_insert(Field::Payload);
            }
            Some(Field::Payload) => {
                raw.payload = payload(child, *operation, &mut attachments)?;
            }
            Some(field) => raw.put(field, child.text.clone()),
        }
    }
    Ok(Message { raw, credentials })
}

/// The payload: text, base64, or a part that is referred to.
fn payload(
    element: &Element,
    operation: Operation,
    attachments: &mut HashMap<String, Upload>,
) -> Result<Option<Upload>, ReadError> {
    if let Some(include) = element.child("Include") {
        let href = include.attribute("href").unwrap_or_default();
        let part = href.strip_prefix("cid:").and_then(|id| {
            let decoded = percent_decoded(id);
            attachments.remove(id).or_else(|| attachments.remove(&decoded))
        });
        let words = "it refers to no part of this message";
        return Ok(Some(part.ok_or_else(|| EnvelopeError::illegal(Field::Payload, words))?));
    }
    let text = element.text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // X12 holds separators that base64 does not.
    let decoded = match operation {
        Operation::RealTime => None,
        _ => {
            let compact: String = text.split_ascii_whitespace().collect();
            STANDARD.decode(compact).ok()
        }
    };
    let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
    Ok(Some(Upload::of(bytes).map_err(|error| unstored(&error))?))
}

/// `%40` as the character it stands for.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The UsernameToken of the headers. Another header that must be understood is not.
fn credentials(headers: &[Element]) -> Result<Option<Credentials>, ReadError> {
    let mut found = None;
    for header in headers {
        if header.name == "Security" {
            found = token(header)?;
        } else if matches!(header.attribute("mustUnderstand"), Some("1" | "true")) {
            return Err(EnvelopeError::not_understood(&header.name).into());
        }
    }
    Ok(found)
}

fn token(security: &Element) -> Result<Option<Credentials>, ReadError> {
    let Some(token) = security.child("UsernameToken") else { return Ok(None) };
    let password = token.child("Password");
    let kind = password.and_then(|password| password.attribute("Type")).unwrap_or("#PasswordText");
    if !kind.ends_with("#PasswordText") {
        let words =
            "send the password as PasswordText: a digest cannot be checked against a kept hash";
        return Err(EnvelopeError::sender(words).into());
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let of_timestamp = security.child("Timestamp").and_then(|stamp| stamp.text_of("Created"));
    Ok(Some(Credentials {
        name: owned(token.text_of("Username")).unwrap_or_default(),
        password: password.map(|password| password.text.clone()).unwrap_or_default(),
        nonce: owned(token.text_of("Nonce")),
        created: owned(token.text_of("Created").or(of_timestamp)),
    }))
}

/// Writes an answer, or the fault that an error is.
pub(super) fn write(answer: Answer, error: Option<&EnvelopeError>, boundary: &str) -> Response {
    let status = answer.status;
    if let Some(error) = error
        && let ErrorForm::Fault(fault, _) = error.form
    {
        let text = format!(
            "<env:Fault><env:Code><env:Value>env:{}</env:Value></env:Code><env:Reason>\
             <env:Text xml:lang=\"en\">{}</env:Text></env:Reason></env:Fault>",
            fault.name(),
            xml::escaped(&format!("{}: {}", error.code, error.message))
        );
        return respond(
            status,
            "application/soap+xml; charset=utf-8",
            document(&text),
            None,
            String::new(),
        );
    }
    let Answer { operation, fields, payload, code, message, .. } = answer;
    let name = ELEMENTS.iter().find(|(_, of, _)| *of == operation).map_or("", |(.., name)| name);
    let mut text = format!("<core:{name} xmlns:core=\"{CORE}\">");
    for (field, value) in &fields {
        let (field, value) = (field.name(), xml::escaped(value));
        text.push_str(&format!("<{field}>{value}</{field}>"));
    }
    let (inline, beside) = match payload {
        Some(Content::Memory(bytes)) if operation == Operation::RealTime => {
            (Some(xml::cdata(&String::from_utf8_lossy(&bytes))), None)
        }
        Some(content) => {
            let include = "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:payload@x12gate\"/>";
            (Some(include.to_owned()), Some(content))
        }
        None => (None, None),
    };
    if let Some(inline) = inline {
        text.push_str(&format!("<Payload>{inline}</Payload>"));
    }
    let (code, message) = (xml::escaped(&code), xml::escaped(&message));
    text.push_str(&format!(
        "<ErrorCode>{code}</ErrorCode><ErrorMessage>{message}</ErrorMessage></core:{name}>"
    ));
    let envelope = document(&text);
    let Some(content) = beside else {
        let kind = "application/soap+xml; charset=utf-8";
        return respond(status, kind, envelope, None, String::new());
    };
    let kind = format!(
        "multipart/related; boundary=\"{boundary}\"; type=\"application/xop+xml\"; start=\"<envelope@x12gate>\"; \
         start-info=\"application/soap+xml\""
    );
    let head = format!(
        "--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
         Content-Transfer-Encoding: 8bit\r\nContent-ID: <envelope@x12gate>\r\n\r\n{envelope}\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\
         Content-ID: <payload@x12gate>\r\n\r\n"
    );
    respond(status, &kind, head, Some(content), format!("\r\n--{boundary}--\r\n"))
}

fn document(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><env:Envelope xmlns:env=\"{SOAP}\"><env:Body>{body}</env:Body></env:Envelope>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &str, body: &str) -> Result<Message, ReadError> {
        let text = format!(
            "<s:Envelope xmlns:s=\"{SOAP}\"><s:Header>{headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        );
        understand(&xml::read(&text).unwrap(), HashMap::new())
    }

    fn code(outcome: Result<Message, ReadError>) -> String {
        match outcome {
            Err(ReadError::Envelope(error)) => error.code,
            other => panic!("{other:?}"),
        }
    }

    const REQUEST: &str = "<c:COREEnvelopeRealTimeRequest xmlns:c=\"urn:any\"><PayloadType>T</PayloadType>\
                           <PayloadId>I</PayloadId><Payload>\n<![CDATA[ISA*]]]]><![CDATA[>~]]>\n</Payload></c:COREEnvelopeRealTimeRequest>";

    #[test]
    fn fields_are_read_by_their_local_names() {
        let token = "<w:Security s:mustUnderstand=\"1\" xmlns:w=\"urn:w\"><w:UsernameToken><w:Username>clinic</w:Username>\
                     <w:Password>a b</w:Password></w:UsernameToken></w:Security>";
        let Message { mut raw, credentials } = message(token, REQUEST).unwrap();
        assert_eq!(raw.operation, Some(Operation::RealTime));
        assert_eq!(raw.value(Field::PayloadId), Some("I"));
        let payload = raw.payload.take().unwrap().into_bytes().unwrap();
        assert_eq!(payload, "ISA*]]>~");
        let credentials = credentials.unwrap();
        assert_eq!((&*credentials.name, &*credentials.password), ("clinic", "a b"));
    }

    #[test]
    fn what_is_not_understood_is_a_fault() {
        assert_eq!(code(message("<Odd s:mustUnderstand=\"1\"/>", REQUEST)), "OddNotUnderstood");
        assert_eq!(code(message("", "<Other/>")), "Sender");
        assert_eq!(code(message("", "")), "Sender");
        let digest = "<Security><UsernameToken><Username>a</Username><Password Type=\"x#PasswordDigest\">b</Password>\
                      </UsernameToken></Security>";
        assert_eq!(code(message(digest, REQUEST)), "Sender");
        let old = format!("<s:Envelope xmlns:s=\"{SOAP_1_1}\"><s:Body/></s:Envelope>");
        let old = understand(&xml::read(&old).unwrap(), HashMap::new());
        assert_eq!(code(old), "VersionMismatch");
    }

    #[test]
    fn a_reference_goes_to_a_part_of_the_same_message_only() {
        let batch = "<COREEnvelopeBatchSubmission><Payload><Include href=\"cid:a%40b\"/></Payload></COREEnvelopeBatchSubmission>";
        assert_eq!(code(message("", batch)), "PayloadIllegal");
        let text = format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body>{batch}</s:Body></s:Envelope>");
        let part = HashMap::from([("a@b".to_owned(), Upload::of(b"ISA").unwrap())]);
        let message = understand(&xml::read(&text).unwrap(), part).unwrap();
        assert_eq!(message.raw.payload.unwrap().bytes(), 3);
        let outside = batch.replace("cid:a%40b", "file:///etc/passwd");
        assert_eq!(code(self::message("", &outside)), "PayloadIllegal");
    }
}
