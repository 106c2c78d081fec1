//! An envelope as it came, the checks of the rule in their order, and the envelope that goes back.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use bytes::Bytes;

use super::field::{EnvelopeError, Field, Operation};
use super::upload::Upload;
use crate::config::{Core, PayloadUse};
use crate::partner::Partner;

/// What came, before it is checked.
#[derive(Default)]
pub(super) struct Raw {
    /// What it asks for, where its form says so; a form of MIME says it by its fields alone.
    pub(super) operation: Option<Operation>,
    /// The fields but the payload.
    pub(super) fields: BTreeMap<Field, String>,
    /// The first field that came twice.
    pub(super) twice: Option<Field>,
    /// The first name that is no field.
    pub(super) unknown: Option<String>,
    /// The payload.
    pub(super) payload: Option<Upload>,
}

crate::phi::redacted!(Raw { operation, twice });

/// An envelope that was checked.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) operation: Operation,
    pub(super) payload_type: String,
    /// `270`, `271` ...: what the payload type is about.
    pub(super) kind: String,
    pub(super) payload_id: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) version: String,
    pub(super) payload: Option<Upload>,
}

/// The content of an envelope that goes back.
pub(super) enum Content {
    /// In memory.
    Memory(Bytes),
    /// To be read, with its length.
    Reader(Box<dyn std::io::Read + Send>, u64),
}

impl std::fmt::Debug for Content {
    // What is in it may not be logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({} bytes)", self.bytes())
    }
}

impl Content {
    /// Its length.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::Reader(_, length) => *length,
        }
    }
}

/// The envelope that goes back.
#[derive(Debug)]
pub(super) struct Answer {
    /// What was asked for, as far as it was understood.
    pub(super) operation: Operation,
    /// The fields in their order, without payload and errors.
    pub(super) fields: Vec<(Field, String)>,
    /// The payload.
    pub(super) payload: Option<Content>,
    /// ErrorCode.
    pub(super) code: String,
    /// ErrorMessage.
    pub(super) message: String,
    /// HTTP status.
    pub(super) status: StatusCode,
}

impl Raw {
    /// A field's value, without blanks around it; none when it is missing or empty.
    pub(super) fn value(&self, field: Field) -> Option<&str> {
        self.fields.get(&field).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Takes a field.
    pub(super) fn put(&mut self, field: Field, value: String) {
        if self.fields.insert(field, value).is_some() {
            self.twice.get_or_insert(field);
        }
    }

    /// What it asks for: what its form says, or what its mode and payload type say.
    pub(super) fn operation(&self, core: &Core) -> Operation {
        if let Some(operation) = self.operation {
            return operation;
        }
        if self.value(Field::ProcessingMode) != Some("Batch") {
            return Operation::RealTime;
        }
        let row = self.value(Field::PayloadType).and_then(|name| core.payload_type(name));
        match row.map(|row| (row.used_for, &*row.kind)) {
            Some((PayloadUse::Retrieve, "999" | "ta1")) => Operation::RetrieveAcknowledgment,
            Some((PayloadUse::Retrieve, _)) => Operation::RetrieveResults,
            Some((PayloadUse::Acknowledge, _)) => Operation::Acknowledge,
            _ => Operation::Submit,
        }
    }

    /// Checks the envelope of this partner, in the order of the rule.
    pub(super) fn check(
        mut self,
        core: &Core,
        partner: &Partner,
    ) -> Result<Envelope, Box<(Raw, EnvelopeError)>> {
        let operation = self.operation(core);
        match self.fault(operation, core, partner) {
            Some(error) => Err(Box::new((self, error))),
            None => {
                let own = |field| self.value(field).unwrap_or("").to_owned();
                let payload_type = own(Field::PayloadType);
                let kind = core.payload_type(&payload_type).map(|row| row.kind.clone());
                Ok(Envelope {
                    operation,
                    kind: kind.unwrap_or_default(),
                    payload_id: own(Field::PayloadId),
                    sender: own(Field::SenderId),
                    receiver: own(Field::ReceiverId),
                    version: own(Field::RuleVersion),
                    payload: self.payload.take(),
                    payload_type,
                })
            }
        }
    }

    /// The first thing that is wrong.
    fn fault(&self, operation: Operation, core: &Core, partner: &Partner) -> Option<EnvelopeError> {
        if let Some(name) = &self.unknown {
            return Some(EnvelopeError::not_understood(name));
        }
        if let Some(field) = self.twice {
            return Some(EnvelopeError::illegal(field, "it is there twice"));
        }
        let is_missing = |field: &Field| {
            operation.requires(*field)
                && match field {
                    Field::Payload => self.payload.as_ref().is_none_or(|load| load.bytes() == 0),
                    field => self.value(*field).is_none(),
                }
        };
        if let Some(field) = Field::ALL.iter().find(|field| is_missing(field)) {
            return Some(EnvelopeError::required(*field));
        }
        let version = self.value(Field::RuleVersion).unwrap_or("");
        if !core.rule_versions.iter().any(|served| served == version) {
            return Some(EnvelopeError::version(&core.rule_versions));
        }
        self.wrong_value(operation, core)
            .or_else(|| self.wrong_party(core, partner))
            .or_else(|| self.wrong_sum(operation))
    }

    /// A value that is not allowed.
    fn wrong_value(&self, operation: Operation, core: &Core) -> Option<EnvelopeError> {
        for (field, value) in &self.fields {
            let most = field.characters_max();
            if value.trim().chars().count() > most {
                let words = format!("at most {most} characters");
                return Some(EnvelopeError::illegal(*field, &words));
            }
        }
        let name = self.value(Field::PayloadType).unwrap_or("");
        let used_for = core.payload_type(name).map(|row| row.used_for);
        let fits = match operation {
            Operation::RealTime | Operation::Submit => used_for == Some(PayloadUse::Request),
            Operation::RetrieveAcknowledgment | Operation::RetrieveResults => {
                used_for == Some(PayloadUse::Retrieve)
            }
            Operation::Acknowledge => used_for == Some(PayloadUse::Acknowledge),
        };
        if !fits {
            let words = "not a payload type of this operation";
            return Some(EnvelopeError::illegal(Field::PayloadType, words));
        }
        if self.value(Field::ProcessingMode) != Some(operation.mode()) {
            let words = format!("this operation has {}", operation.mode());
            return Some(EnvelopeError::illegal(Field::ProcessingMode, &words));
        }
        let id = self.value(Field::PayloadId).unwrap_or("");
        if uuid::Uuid::try_parse(id).is_err() {
            return Some(EnvelopeError::illegal(Field::PayloadId, "not a UUID"));
        }
        let length = self.value(Field::PayloadLength);
        if length.is_some_and(|length| length.parse::<u64>().is_err()) {
            return Some(EnvelopeError::illegal(Field::PayloadLength, "not a number of bytes"));
        }
        None
    }

    /// A receiver that is not us, or a sender that the caller is not.
    fn wrong_party(&self, core: &Core, partner: &Partner) -> Option<EnvelopeError> {
        let receiver = self.value(Field::ReceiverId).unwrap_or("");
        let ours = &core.receiver_ids;
        if !ours.is_empty() && !ours.iter().any(|id| id == receiver) {
            return Some(EnvelopeError::illegal(Field::ReceiverId, "it does not name us"));
        }
        let sender = self.value(Field::SenderId).unwrap_or("");
        let is_own = *partner.id == *sender
            || partner.isa.iter().any(|isa| *isa.id == *sender)
            || partner.groups.iter().any(|group| **group == *sender);
        (!is_own).then(EnvelopeError::unauthorized)
    }

    /// A payload that is not what its checksum says. Some clients count characters: a length that differs is told in the log alone.
    fn wrong_sum(&self, operation: Operation) -> Option<EnvelopeError> {
        let payload = self.payload.as_ref().filter(|_| operation.requires(Field::CheckSum))?;
        let length = self.value(Field::PayloadLength).and_then(|length| length.parse().ok());
        if length != Some(payload.bytes()) {
            tracing::info!(said = length, came = payload.bytes(), "PayloadLength differs");
        }
        let sum = self.value(Field::CheckSum).unwrap_or("");
        (!sum.eq_ignore_ascii_case(&payload.sha1())).then(EnvelopeError::checksum)
    }
}

impl Envelope {
    /// An answer of this type; sender and receiver are changed over.
    pub(super) fn answer(
        &self,
        payload_type: &str,
        payload_id: &str,
        now: time::OffsetDateTime,
    ) -> Answer {
        Answer {
            operation: self.operation,
            fields: vec![
                (Field::PayloadType, payload_type.to_owned()),
                (Field::ProcessingMode, self.operation.mode().to_owned()),
                (Field::PayloadId, payload_id.to_owned()),
                (Field::TimeStamp, time_stamp(now)),
                (Field::SenderId, self.receiver.clone()),
                (Field::ReceiverId, self.sender.clone()),
                (Field::RuleVersion, self.version.clone()),
            ],
            payload: None,
            code: "Success".to_owned(),
            message: "None".to_owned(),
            status: StatusCode::OK,
        }
    }
}

impl Answer {
    /// The answer to an envelope that is wrong: what is known of it comes back.
    pub(super) fn error(
        raw: &Raw,
        core: &Core,
        error: &EnvelopeError,
        status: StatusCode,
        now: time::OffsetDateTime,
    ) -> Answer {
        let operation = raw.operation(core);
        let known = |field| raw.value(field).map(|value: &str| shortened(value, field));
        let version = core.rule_versions.first().cloned().unwrap_or_default();
        Answer {
            operation,
            fields: vec![
                (Field::PayloadType, core.error_type.clone()),
                (Field::ProcessingMode, operation.mode().to_owned()),
                (Field::PayloadId, known(Field::PayloadId).unwrap_or_default()),
                (Field::TimeStamp, time_stamp(now)),
                (Field::SenderId, known(Field::ReceiverId).unwrap_or_default()),
                (Field::ReceiverId, known(Field::SenderId).unwrap_or_default()),
                (Field::RuleVersion, version),
            ],
            payload: None,
            code: error.code.clone(),
            message: error.message.clone(),
            status,
        }
    }

    /// The answer with a payload. Of a batch it has a length and a checksum.
    pub(super) fn with_payload(mut self, payload: Content, sha1: Option<&[u8]>) -> Answer {
        if let Some(sha1) = sha1 {
            let length = (Field::PayloadLength, payload.bytes().to_string());
            self.fields.push(length);
            self.fields.push((Field::CheckSum, super::upload::hex(sha1)));
            self.fields.sort_by_key(|(field, _)| *field);
        }
        self.payload = Some(payload);
        self
    }
}

/// As much of a value as a field may have.
fn shortened(value: &str, field: Field) -> String {
    let plain = value.chars().filter(|c| (' '..='~').contains(c));
    plain.take(field.characters_max()).collect()
}

/// `2026-01-05T09:30:00Z`.
pub(super) fn time_stamp(now: time::OffsetDateTime) -> String {
    let now = now.to_offset(time::UtcOffset::UTC);
    let (date, time) = (now.date(), now.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
