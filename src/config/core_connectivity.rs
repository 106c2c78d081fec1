//! `[core]`: CAQH CORE connectivity, vC2.2.0 (MIME multipart and SOAP) and vC4.0.0 (REST).

use serde::{Deserialize, Serialize};

/// What a payload type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadUse {
    /// A question or a file for us; `kind` is its transaction set.
    Request,
    /// What we answer with; `kind` is the kind of reply.
    Response,
    /// Asks for replies of a kind to a batch.
    Retrieve,
    /// Hands in an acknowledgment of what was retrieved; `kind` is its transaction set.
    Acknowledge,
}

/// A payload type and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayloadTypeOf {
    /// The identifier, as it stands in PayloadType.
    pub name: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub used_for: PayloadUse,
    /// `270`, `837`, `271`, `999`, `ta1` ...
    pub kind: String,
}

/// How envelopes are judged and batches kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Core {
    /// ReceiverID values that mean us; with none, any does.
    pub receiver_ids: Vec<String>,
    /// CORERuleVersion values that are served on MIME and SOAP.
    pub rule_versions: Vec<String>,
    /// The HTTP status of an accepted batch: 200, or 202.
    pub batch_status: u16,
    /// Bytes of the payload of a batch.
    pub batch_bytes_max: u64,
    /// Bytes of an envelope without a payload that comes as a part of its own.
    pub envelope_bytes_max: usize,
    /// Batches of one partner that wait to be worked on; further ones are told to come again.
    pub batches_waiting_max: u32,
    /// Batches worked on at once.
    pub workers: usize,
    /// How often a batch is tried that we fail to work on.
    pub attempts_max: u32,
    /// A UsernameToken that says when it was made is good so long before and after.
    pub token_window_seconds: u64,
    /// Days that results can be picked up.
    pub keep_days: u32,
    /// The payload types we know.
    pub payload_types: Vec<PayloadTypeOf>,
    /// The payload type of the receipt of a batch.
    pub receipt_type: String,
    /// The payload type of an envelope error.
    pub error_type: String,
    /// The payload type of "there is no acknowledgment".
    pub no_acknowledgment_type: String,
    /// The payload type of "there are no results".
    pub no_results_type: String,
    /// The payload type that confirms an acknowledgment of the submitter's own.
    pub confirmation_type: String,
}

/// The built-in table: name, use, kind.
const PAYLOAD_TYPES: [(&str, PayloadUse, &str); 27] = [
    ("X12_270_Request_005010X279A1", PayloadUse::Request, "270"),
    ("X12_276_Request_005010X212", PayloadUse::Request, "276"),
    ("X12_278_Request_005010X217E1_2", PayloadUse::Request, "278"),
    ("X12_834_Request_005010X220A1", PayloadUse::Request, "834"),
    ("X12_837_Request_005010X222A1", PayloadUse::Request, "837"),
    ("X12_837_Request_005010X223A1_2", PayloadUse::Request, "837"),
    ("X12_837_Request_005010X224A1_2", PayloadUse::Request, "837"),
    ("X12_271_Response_005010X279A1", PayloadUse::Response, "271"),
    ("X12_277_Response_005010X212", PayloadUse::Response, "277"),
    ("X12_278_Response_005010X217E1_2", PayloadUse::Response, "278"),
    ("X12_999_Response_005010X231A1", PayloadUse::Response, "999"),
    ("X12_TA1_Response_00501X231A1", PayloadUse::Response, "ta1"),
    ("X12_277CA_Response_005010X214", PayloadUse::Response, "277ca"),
    ("X12_824_Response_005010X186A1", PayloadUse::Response, "824"),
    ("X12_835_Response_005010X221A1", PayloadUse::Response, "835"),
    ("X12_005010_Request_Batch_Results_271", PayloadUse::Retrieve, "271"),
    ("X12_005010_Request_Batch_Results_277", PayloadUse::Retrieve, "277"),
    ("X12_005010_Request_Batch_Results_278", PayloadUse::Retrieve, "278"),
    ("X12_005010_Request_Batch_Results_277CA", PayloadUse::Retrieve, "277ca"),
    ("X12_005010_Request_Batch_Results_824", PayloadUse::Retrieve, "824"),
    ("X12_271_RetrievalRequest_005010X279A1", PayloadUse::Retrieve, "271"),
    ("X12_277_RetrievalRequest_005010X212", PayloadUse::Retrieve, "277"),
    ("X12_277CA_RetrievalRequest_005010X214", PayloadUse::Retrieve, "277ca"),
    ("X12_999_RetrievalRequest_005010X231A1", PayloadUse::Retrieve, "999"),
    ("X12_TA1_RetrievalRequest_00501X231A1", PayloadUse::Retrieve, "ta1"),
    ("X12_999_SubmissionRequest_005010X231A1", PayloadUse::Acknowledge, "999"),
    ("X12_TA1_SubmissionRequest_00501X231A1", PayloadUse::Acknowledge, "ta1"),
];

impl Default for Core {
    fn default() -> Self {
        let row = |(name, used_for, kind): (&str, PayloadUse, &str)| PayloadTypeOf {
            name: name.to_owned(),
            used_for,
            kind: kind.to_owned(),
        };
        Core {
            receiver_ids: Vec::new(),
            rule_versions: vec!["2.2.0".to_owned()],
            batch_status: 200,
            batch_bytes_max: 1 << 30,
            envelope_bytes_max: 16 << 20,
            batches_waiting_max: 1000,
            workers: 1,
            attempts_max: 5,
            token_window_seconds: 300,
            keep_days: 30,
            payload_types: PAYLOAD_TYPES.into_iter().map(row).collect(),
            receipt_type: "X12_BatchReceiptConfirmation".to_owned(),
            error_type: "CoreEnvelopeError".to_owned(),
            no_acknowledgment_type: "X12_Response_NoBatchAckFile".to_owned(),
            no_results_type: "X12_Response_NoBatchResultsFile".to_owned(),
            confirmation_type: "X12_Response_ConfirmReceiptReceived".to_owned(),
        }
    }
}

impl Core {
    pub(super) fn check(&self) -> Result<(), String> {
        let counts = [
            ("batch_bytes_max", self.batch_bytes_max, 1024),
            ("envelope_bytes_max", self.envelope_bytes_max as u64, 4096),
            ("batches_waiting_max", u64::from(self.batches_waiting_max), 1),
            ("workers", self.workers as u64, 1),
            ("attempts_max", u64::from(self.attempts_max), 1),
            ("token_window_seconds", self.token_window_seconds, 1),
            ("keep_days", u64::from(self.keep_days), 1),
        ];
        for (key, value, least) in counts {
            if value < least {
                return Err(format!("core.{key} is {value}; it must be at least {least}"));
            }
        }
        if !matches!(self.batch_status, 200 | 202) {
            return Err("core.batch_status must be 200 or 202".to_owned());
        }
        if self.rule_versions.is_empty() {
            return Err("core.rule_versions must name a version".to_owned());
        }
        for (index, row) in self.payload_types.iter().enumerate() {
            if row.name.is_empty() || row.kind.is_empty() {
                return Err("core.payload_types: name and kind must not be empty".to_owned());
            }
            if self.payload_types[..index].iter().any(|earlier| earlier.name == row.name) {
                return Err(format!("core.payload_types names {} twice", row.name));
            }
        }
        Ok(())
    }

    /// What this payload type is for.
    pub fn payload_type(&self, name: &str) -> Option<&PayloadTypeOf> {
        self.payload_types.iter().find(|row| row.name == name)
    }

    /// The payload type of a reply of this kind.
    pub fn response_type(&self, kind: &str) -> Option<&str> {
        let is_it = |row: &&PayloadTypeOf| row.used_for == PayloadUse::Response && row.kind == kind;
        self.payload_types.iter().find(is_it).map(|row| row.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for text in [
            "[core]\nbatch_status = 500",
            "[core]\nworkers = 0",
            "[core]\nrule_versions = []",
            "[core]\npayload_types = [{ name = 'A', use = 'request', kind = '270' }, { name = 'A', use = 'request', kind = '276' }]",
        ] {
            let shown = Config::parse(text, Path::new("a.toml")).unwrap_err().to_string();
            assert!(shown.contains("core."), "{shown}");
        }
    }

    #[test]
    fn every_kind_that_can_be_retrieved_has_a_type_of_its_answer() {
        let core = Core::default();
        let retrieved = core.payload_types.iter().filter(|r| r.used_for == PayloadUse::Retrieve);
        for row in retrieved {
            assert!(core.response_type(&row.kind).is_some(), "{}", row.name);
        }
    }
}
