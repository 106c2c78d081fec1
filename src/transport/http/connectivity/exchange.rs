//! What a checked envelope asks for: a question is answered, a batch accepted, results are handed out, acknowledgments taken in.

use std::sync::Arc;

use axum::http::StatusCode;
use time::OffsetDateTime;

use super::super::identify::Admitted;
use super::super::problem::Problem;
use super::super::{Peer, Shared};
use super::envelope::{Answer, Content, Envelope, Raw};
use super::field::{EnvelopeError, ErrorForm, Field, Operation};
use super::upload::Upload;
use crate::access::Caller;
use crate::acknowledge::ReplyKind;
use crate::gateway::{Replies, Service};
use crate::partner::Partner;
use crate::store::{BatchResult, Mailbox, NewBatch, Pickup, Submitted};

/// In which form an envelope came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// MIME multipart.
    Mime,
    /// SOAP 1.2.
    Soap,
}

/// An envelope that was answered, with an error that is said by a fault in SOAP.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) answer: Answer,
    pub(super) error: Option<EnvelopeError>,
}

impl Shared {
    /// Answers an envelope of a caller that was told. What is wrong with it is in the answer.
    pub(super) async fn exchange(
        &self,
        raw: Raw,
        form: Form,
        admitted: &Admitted,
        peer: &Peer,
    ) -> Exchanged {
        let core = &self.gateway.config().core;
        let stamp =
            raw.value(Field::TimeStamp).map(|stamp| stamp.chars().take(40).collect::<String>());
        let payload_id = raw.value(Field::PayloadId).filter(|id| uuid::Uuid::try_parse(id).is_ok());
        let payload_id = payload_id.map(str::to_owned);
        let Some(partner) = self.gateway.partner(&admitted.partner) else {
            return self.refused(&raw, EnvelopeError::unauthorized(), form, peer);
        };
        let envelope = match raw.check(core, &partner) {
            Ok(envelope) => envelope,
            Err(refused) => {
                let (raw, error) = *refused;
                if error.form == ErrorForm::Credentials {
                    let user = admitted.caller.user().map(|user| &**user);
                    self.access.refuse(user, peer.address.ip(), "SenderID of another partner");
                }
                return self.refused(&raw, error, form, peer);
            }
        };
        let (operation, payload_type) = (envelope.operation, envelope.payload_type.clone());
        let known = Raw {
            operation: Some(operation),
            fields: [
                (Field::PayloadId, envelope.payload_id.clone()),
                (Field::SenderId, envelope.sender.clone()),
                (Field::ReceiverId, envelope.receiver.clone()),
            ]
            .into(),
            ..Raw::default()
        };
        match self.answer_envelope(envelope, admitted, peer, &partner).await {
            Ok(answer) => {
                tracing::info!(
                    caller = %admitted.caller,
                    ?operation,
                    payload_type,
                    payload_id,
                    sent = stamp,
                    answered_with = answer.fields.first().map(|(_, value)| value.as_str()),
                    answer_id = answer.fields.get(2).map(|(_, value)| value.as_str()),
                    "an envelope was answered"
                );
                Exchanged { answer, error: None }
            }
            Err(error) => self.refused(&known, error, form, peer),
        }
    }

    /// The answer to an envelope that is refused.
    pub(super) fn refused(
        &self,
        raw: &Raw,
        error: EnvelopeError,
        form: Form,
        peer: &Peer,
    ) -> Exchanged {
        tracing::warn!(peer = %peer.address, code = error.code, "an envelope was refused");
        let status = match (error.form, form) {
            (ErrorForm::Envelope, _) | (ErrorForm::Credentials, Form::Soap) => StatusCode::OK,
            (ErrorForm::Credentials, Form::Mime) => StatusCode::FORBIDDEN,
            (ErrorForm::Fault(_, status), _) => status,
        };
        let core = &self.gateway.config().core;
        let now = Service::now(&*self.gateway);
        Exchanged { answer: Answer::error(raw, core, &error, status, now), error: Some(error) }
    }

    async fn answer_envelope(
        &self,
        envelope: Envelope,
        admitted: &Admitted,
        peer: &Peer,
        partner: &Partner,
    ) -> Result<Answer, EnvelopeError> {
        match envelope.operation {
            Operation::RealTime => self.real_time(envelope, &admitted.caller, peer).await,
            Operation::Submit => self.submit(envelope, &admitted.caller, peer, partner).await,
            Operation::RetrieveAcknowledgment | Operation::RetrieveResults => {
                self.retrieve(&envelope, partner).await
            }
            Operation::Acknowledge => {
                self.acknowledge(envelope, &admitted.caller, peer, partner).await
            }
        }
    }

    async fn real_time(
        &self,
        mut envelope: Envelope,
        caller: &Caller,
        peer: &Peer,
    ) -> Result<Answer, EnvelopeError> {
        let bytes_max = self.gateway.config().limits.real_time_bytes_max;
        let text = text(&mut envelope, bytes_max as u64)?;
        let replies =
            self.answer(text, caller, peer).await.map_err(|problem| of_problem(&problem))?;
        let core = &self.gateway.config().core;
        // The reply itself: the last, after a TA1 that was asked for.
        let kind = replies.replies.last().map(|reply| reply.kind.name);
        let payload_type = kind.and_then(|kind| core.response_type(kind));
        let Some(payload_type) = payload_type else {
            let words = "nothing is said to this in real time";
            return Err(EnvelopeError::illegal(Field::Payload, words));
        };
        let now = Service::now(&*self.gateway);
        let answer = envelope.answer(payload_type, &envelope.payload_id, now);
        Ok(answer.with_payload(Content::Memory(business(&replies)), None))
    }

    async fn submit(
        &self,
        mut envelope: Envelope,
        caller: &Caller,
        peer: &Peer,
        partner: &Partner,
    ) -> Result<Answer, EnvelopeError> {
        let core = &self.gateway.config().core;
        let mailbox = self.mailbox()?;
        let Some(mut payload) = envelope.payload.take() else {
            return Err(EnvelopeError::required(Field::Payload));
        };
        if !payload.begins_with_isa() {
            return Err(EnvelopeError::illegal(Field::Payload, "it does not begin with an ISA"));
        }
        let now = Service::now(&*self.gateway);
        let kept = keep(self, &mut payload).map_err(|error| failed(&error))?;
        let batch = NewBatch {
            partner: (&*partner.id).into(),
            login: caller.user().map_or("", |user| &**user).into(),
            credential: credential(caller).into(),
            transport: (&*peer.transport).into(),
            sender: envelope.sender.as_str().into(),
            receiver: envelope.receiver.as_str().into(),
            payload_type: envelope.payload_type.as_str().into(),
            payload_id: envelope.payload_id.as_str().into(),
            hash: kept.hash,
            bytes: payload.bytes(),
            received_micros: micros(now),
            body: kept.body,
        };
        let submitted = mailbox.submit(batch, core.batches_waiting_max).await;
        match submitted.map_err(|error| failed(&error))? {
            Submitted::Fresh(_) => self.batches.notify_one(),
            // The receipt may have been lost: it is given again.
            Submitted::Earlier(_) => {}
            Submitted::Full => {
                return Err(EnvelopeError::receiver("too many of your batches wait; come again"));
            }
        }
        let mut answer = envelope.answer(&core.receipt_type, &envelope.payload_id, now);
        answer.status = StatusCode::from_u16(core.batch_status).unwrap_or(StatusCode::OK);
        Ok(answer)
    }

    async fn retrieve(
        &self,
        envelope: &Envelope,
        partner: &Partner,
    ) -> Result<Answer, EnvelopeError> {
        let core = &self.gateway.config().core;
        let now = Service::now(&*self.gateway);
        let pickup = Pickup {
            partner: &partner.id,
            kind: &envelope.kind,
            payload_id: &envelope.payload_id,
            now_micros: micros(now),
        };
        let picked = self.mailbox()?.pick_up(pickup).await.map_err(|error| failed(&error))?;
        let Some(result) = picked else {
            let nothing = match envelope.operation {
                Operation::RetrieveAcknowledgment => &core.no_acknowledgment_type,
                _ => &core.no_results_type,
            };
            return Ok(envelope.answer(nothing, &envelope.payload_id, now));
        };
        let payload_type = core.response_type(&result.kind).unwrap_or(&envelope.payload_type);
        let answer = envelope.answer(payload_type, &result.payload_id, now);
        let content = self.content(&result).map_err(|error| failed(&error))?;
        Ok(answer.with_payload(content, Some(&result.sha1)))
    }

    /// Takes an acknowledgment of the partner's own: recorded like any interchange, and noted at what it has the id of.
    async fn acknowledge(
        &self,
        mut envelope: Envelope,
        caller: &Caller,
        peer: &Peer,
        partner: &Partner,
    ) -> Result<Answer, EnvelopeError> {
        let bytes_max = self.gateway.config().limits.real_time_bytes_max;
        let text = text(&mut envelope, bytes_max as u64)?;
        self.answer(text, caller, peer).await.map_err(|problem| of_problem(&problem))?;
        let now = Service::now(&*self.gateway);
        let noted =
            self.mailbox()?.acknowledge(&partner.id, &envelope.payload_id, micros(now)).await;
        noted.map_err(|error| failed(&error))?;
        let core = &self.gateway.config().core;
        Ok(envelope.answer(&core.confirmation_type, &envelope.payload_id, now))
    }

    fn mailbox(&self) -> Result<Arc<dyn Mailbox>, EnvelopeError> {
        let none = || EnvelopeError::receiver("this store keeps no batches");
        self.gateway.stores().backend.mailbox().ok_or_else(none)
    }

    fn content(&self, result: &BatchResult) -> std::io::Result<Content> {
        match &result.body {
            Some(body) => {
                let text = self.gateway.archive().open_inline(&result.hash, body.clone())?;
                Ok(Content::Memory(text.into()))
            }
            None => {
                let reader = self.gateway.archive().read_reply(&result.hash)?;
                Ok(Content::Reader(reader, result.bytes))
            }
        }
    }
}

/// Content that was kept: its hash, and itself when it is small.
struct Kept {
    hash: [u8; 32],
    body: Option<Vec<u8>>,
}

/// Keeps a payload where it is found again after a crash.
fn keep(shared: &Shared, payload: &mut Upload) -> std::io::Result<Kept> {
    let inline_max = shared.gateway.config().archive.inline_bytes_max as u64;
    let hash = payload.sha256()?;
    let is_small = payload.bytes() <= inline_max;
    let spool = payload.spool();
    let body = if is_small {
        Some(shared.gateway.archive().seal_inline(&hash, spool.to_vec()?)?)
    } else {
        crate::gateway::blocking(|| {
            let archive = shared.gateway.archive();
            spool.sync()?;
            match spool.path()? {
                Some(path) => archive.keep_file(&hash, path),
                None => archive.keep_bytes(&hash, &spool.to_vec()?),
            }
        })?;
        None
    };
    Ok(Kept { hash, body })
}

/// The payload in memory.
fn text(envelope: &mut Envelope, bytes_max: u64) -> Result<bytes::Bytes, EnvelopeError> {
    let Some(payload) = envelope.payload.take() else {
        return Err(EnvelopeError::required(Field::Payload));
    };
    if payload.bytes() > bytes_max {
        let words = format!("at most {bytes_max} bytes in real time");
        return Err(EnvelopeError::illegal(Field::Payload, &words));
    }
    payload.into_bytes().map_err(|error| failed(&error))
}

/// One answer: the response, or what says that there is none. A TA1 that was only asked for is left out where there is more.
fn business(replies: &Replies) -> bytes::Bytes {
    let only = replies.replies.len() == 1;
    let wanted = replies.replies.iter().filter(|reply| only || reply.kind != ReplyKind::TA1);
    wanted.flat_map(|reply| reply.body.iter().copied()).collect()
}

/// What a refusal over HTTP is in an envelope.
fn of_problem(problem: &Problem) -> EnvelopeError {
    match problem.status() {
        StatusCode::BAD_REQUEST => EnvelopeError::illegal(Field::Payload, problem.detail()),
        _ => EnvelopeError::receiver(problem.detail()),
    }
}

/// We could not do it: the reason is for the log, not for the partner.
fn failed(error: &(dyn std::error::Error + 'static)) -> EnvelopeError {
    tracing::error!(error, "an envelope could not be worked on");
    EnvelopeError::receiver("we cannot work on this at the moment; come again")
}

/// How a caller showed who it is, for a batch that is worked on later.
fn credential(caller: &Caller) -> &'static str {
    match caller {
        Caller::Authenticated { how, .. } => how.as_str(),
        Caller::Anonymous { .. } | Caller::Operator => "",
    }
}

/// Microseconds since 1970 UTC.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
