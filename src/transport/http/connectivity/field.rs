//! The fields of a CORE envelope (vC2.2.0), in the order of the rule, and what is said when one is wrong.

use axum::http::StatusCode;

/// A field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Field {
    PayloadType,
    ProcessingMode,
    PayloadId,
    PayloadLength,
    TimeStamp,
    UserName,
    Password,
    SenderId,
    ReceiverId,
    RuleVersion,
    CheckSum,
    Payload,
}

impl Field {
    /// All of them.
    pub(super) const ALL: [Field; 12] = [
        Field::PayloadType,
        Field::ProcessingMode,
        Field::PayloadId,
        Field::PayloadLength,
        Field::TimeStamp,
        Field::UserName,
        Field::Password,
        Field::SenderId,
        Field::ReceiverId,
        Field::RuleVersion,
        Field::CheckSum,
        Field::Payload,
    ];

    /// Its name in envelopes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::PayloadType => "PayloadType",
            Field::ProcessingMode => "ProcessingMode",
            Field::PayloadId => "PayloadID",
            Field::PayloadLength => "PayloadLength",
            Field::TimeStamp => "TimeStamp",
            Field::UserName => "UserName",
            Field::Password => "Password",
            Field::SenderId => "SenderID",
            Field::ReceiverId => "ReceiverID",
            Field::RuleVersion => "CORERuleVersion",
            Field::CheckSum => "CheckSum",
            Field::Payload => "Payload",
        }
    }

    /// The field of this name. Clients write `PayloadId` and `SenderId` too.
    pub(super) fn named(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }

    /// The most characters of its value.
    pub(super) fn characters_max(self) -> usize {
        match self {
            Field::PayloadType | Field::TimeStamp | Field::PayloadId => 100,
            Field::CheckSum => 64,
            _ => 50,
        }
    }
}

/// What an envelope asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    /// A question in real time.
    RealTime,
    /// A batch is handed in.
    Submit,
    /// Acknowledgments of a batch are picked up.
    RetrieveAcknowledgment,
    /// Results of a batch are picked up.
    RetrieveResults,
    /// An acknowledgment of what was picked up is handed in.
    Acknowledge,
}

impl Operation {
    /// The ProcessingMode that it has.
    pub(super) fn mode(self) -> &'static str {
        match self {
            Operation::RealTime => "RealTime",
            _ => "Batch",
        }
    }

    /// Whether an envelope of it must have this field.
    pub(super) fn requires(self, field: Field) -> bool {
        let hands_in = matches!(self, Operation::Submit | Operation::Acknowledge);
        match field {
            Field::PayloadLength | Field::CheckSum => hands_in,
            Field::Payload => hands_in || self == Operation::RealTime,
            Field::UserName | Field::Password => false,
            _ => true,
        }
    }
}

/// What is wrong with an envelope, or that nothing is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct EnvelopeError {
    /// ErrorCode.
    pub(super) code: String,
    /// ErrorMessage: what is wrong, without anything of what was sent.
    pub(super) message: String,
    /// How it is said.
    pub(super) form: ErrorForm,
}

/// How an error is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ErrorForm {
    /// In an envelope, with status 200.
    Envelope,
    /// In an envelope of the MIME form with 403, of the SOAP form with 200.
    Credentials,
    /// A SOAP fault; of the MIME form an envelope with this status.
    Fault(Fault, StatusCode),
}

/// The code of a SOAP fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    Sender,
    Receiver,
    MustUnderstand,
    VersionMismatch,
}

impl Fault {
    /// Its name, without the prefix.
    pub(super) fn name(self) -> &'static str {
        match self {
            Fault::Sender => "Sender",
            Fault::Receiver => "Receiver",
            Fault::MustUnderstand => "MustUnderstand",
            Fault::VersionMismatch => "VersionMismatch",
        }
    }
}

impl EnvelopeError {
    fn of(code: impl Into<String>, message: impl Into<String>, form: ErrorForm) -> EnvelopeError {
        EnvelopeError { code: code.into(), message: message.into(), form }
    }

    /// A field is missing or empty.
    pub(super) fn required(field: Field) -> EnvelopeError {
        let name = field.name();
        let words = format!("{name} is missing or empty");
        EnvelopeError::of(format!("{name}Required"), words, ErrorForm::Envelope)
    }

    /// A field has a value that is not allowed.
    pub(super) fn illegal(field: Field, why: &str) -> EnvelopeError {
        let name = field.name();
        EnvelopeError::of(format!("{name}Illegal"), format!("{name}: {why}"), ErrorForm::Envelope)
    }

    /// A field that there is not.
    pub(super) fn not_understood(name: &str) -> EnvelopeError {
        let plain = name.chars().filter(char::is_ascii_alphanumeric).take(50);
        let name: String = plain.collect();
        let form = ErrorForm::Fault(Fault::MustUnderstand, StatusCode::INTERNAL_SERVER_ERROR);
        let words = format!("{name} is no field of the envelope");
        EnvelopeError::of(format!("{name}NotUnderstood"), words, form)
    }

    /// A version that is not served.
    pub(super) fn version(served: &[String]) -> EnvelopeError {
        let words = format!("CORERuleVersion must be {}", served.join(" or "));
        EnvelopeError::of("VersionMismatch", words, ErrorForm::Envelope)
    }

    /// SOAP of another version.
    pub(super) fn soap_version() -> EnvelopeError {
        let form = ErrorForm::Fault(Fault::VersionMismatch, StatusCode::INTERNAL_SERVER_ERROR);
        EnvelopeError::of("VersionMismatch", "the envelope must be SOAP 1.2", form)
    }

    /// The caller is not let in, or not for this sender. Which it is, is not said.
    pub(super) fn unauthorized() -> EnvelopeError {
        let words = "the name, the password or the SenderID is wrong, or locked";
        EnvelopeError::of("UnAuthorized", words, ErrorForm::Credentials)
    }

    /// The content is not what CheckSum says.
    pub(super) fn checksum() -> EnvelopeError {
        let words = "CheckSum is not the SHA-1 of the payload";
        EnvelopeError::of("ChecksumMismatched", words, ErrorForm::Envelope)
    }

    /// What was sent is no envelope.
    pub(super) fn sender(why: &str) -> EnvelopeError {
        EnvelopeError::of("Sender", why, ErrorForm::Fault(Fault::Sender, StatusCode::BAD_REQUEST))
    }

    /// We cannot answer, and the same may be sent again.
    pub(super) fn receiver(why: &str) -> EnvelopeError {
        EnvelopeError::again(StatusCode::SERVICE_UNAVAILABLE, why)
    }

    /// We cannot answer at the moment, and the same may be sent again.
    pub(super) fn again(status: StatusCode, why: &str) -> EnvelopeError {
        EnvelopeError::of("Receiver", why, ErrorForm::Fault(Fault::Receiver, status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_in_any_case_and_errors_are_named_after_them() {
        assert_eq!(Field::named("PayloadId"), Some(Field::PayloadId));
        assert_eq!(Field::named("corerruleversion"), None);
        assert_eq!(EnvelopeError::required(Field::SenderId).code, "SenderIDRequired");
        assert_eq!(EnvelopeError::illegal(Field::RuleVersion, "x").code, "CORERuleVersionIllegal");
        assert_eq!(EnvelopeError::not_understood("Foo<&>").code, "FooNotUnderstood");
    }

    #[test]
    fn a_question_needs_no_checksum_and_a_retrieval_no_payload() {
        assert!(!Operation::RealTime.requires(Field::CheckSum));
        assert!(Operation::RealTime.requires(Field::Payload));
        assert!(Operation::Submit.requires(Field::CheckSum));
        assert!(!Operation::RetrieveResults.requires(Field::Payload));
    }
}
