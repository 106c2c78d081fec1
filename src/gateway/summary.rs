//! What became of an interchange, in numbers and names: for the log, the command line and tests. Nothing about patients.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::access::Caller;
use crate::acknowledge::ReplyKind;
use crate::partner::Lane;

/// Counts interchanges, by transport, lane, partner and outcome.
pub const INTERCHANGES_METRIC: &str = "x12gate_interchanges_total";

/// How long interchanges took, by lane, in seconds.
pub const INTERCHANGE_SECONDS_METRIC: &str = "x12gate_interchange_seconds";

/// What became of an interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Every set was accepted.
    Accepted,
    /// Some sets were rejected.
    Partial,
    /// Every set was rejected.
    Rejected,
    /// The interchange itself was rejected by a TA1; nothing in it was looked at.
    Refused,
    /// It had come before, and its stored replies were given again.
    Replayed,
}

impl Outcome {
    /// As the store and the log have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Partial => "partial",
            Outcome::Rejected => "rejected",
            Outcome::Refused => "refused",
            Outcome::Replayed => "replayed",
        }
    }
}

/// One interchange and what became of it.
#[derive(Clone, Debug)]
pub struct InterchangeSummary {
    /// How it came.
    pub lane: Lane,
    /// Who sent it, as far as the transport knows.
    pub caller: Caller,
    /// By which way it came.
    pub transport: Arc<str>,
    /// ISA05 and ISA06.
    pub sender: String,
    /// ISA07 and ISA08.
    pub receiver: String,
    /// ISA13, as it stands.
    pub control: String,
    /// ISA15 is `T`.
    pub test: bool,
    /// The partner's key, or `stranger`.
    pub partner: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What became of it when it came first (`accepted`, `partial`, `rejected`, `refused`), where it is replayed.
    pub earlier: Option<Box<str>>,
    /// Claims rejected and members left out when it came first, where it is replayed.
    pub earlier_declined: u64,
    /// TA105, when a TA1 rejects it.
    pub ta105: Option<&'static str>,
    /// Bytes, ISA to IEA.
    pub bytes: u64,
    /// Functional groups.
    pub groups: u32,
    /// Transaction sets that came.
    pub sets: u32,
    /// Transaction sets accepted.
    pub accepted: u32,
    /// Patients asked about, and members enrolled, in accepted sets.
    pub patients: u64,
    /// Members who were left out of an enrollment.
    pub left_out: u64,
    /// Claims that came, where they are acknowledged one by one.
    pub claims: u64,
    /// Those of them that were rejected.
    pub claims_rejected: u64,
    /// Errors and warnings.
    pub findings: usize,
    /// The replies, in the order they leave.
    pub replies: Vec<ReplySummary>,
    /// From its ISA to its replies.
    pub took: Duration,
}

/// One reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplySummary {
    /// What it is.
    pub kind: ReplyKind,
    /// Its ISA13.
    pub control: u32,
    /// Its length.
    pub bytes: u64,
    /// Where it was written, for a file.
    pub path: Option<PathBuf>,
}

impl InterchangeSummary {
    /// Writes the one line of the log that an interchange gets, and counts it.
    pub(super) fn log(&self) {
        metrics::counter!(
            INTERCHANGES_METRIC,
            "transport" => self.transport.to_string(),
            "lane" => self.lane.as_str(),
            // The partner's key, never what an ISA says.
            "partner" => self.partner.clone(),
            "outcome" => self.outcome.as_str()
        )
        .increment(1);
        metrics::histogram!(INTERCHANGE_SECONDS_METRIC, "lane" => self.lane.as_str())
            .record(self.took.as_secs_f64());
        tracing::info!(
            lane = self.lane.as_str(),
            transport = &*self.transport,
            caller = %self.caller,
            partner = self.partner,
            sender = self.sender,
            receiver = self.receiver,
            control = self.control,
            test = self.test,
            outcome = self.outcome.as_str(),
            ta105 = self.ta105,
            bytes = self.bytes,
            groups = self.groups,
            sets = self.sets,
            accepted = self.accepted,
            patients = self.patients,
            left_out = self.left_out,
            claims = self.claims,
            claims_rejected = self.claims_rejected,
            findings = self.findings,
            replies = %Left(&self.replies),
            micros = self.took.as_micros() as u64,
            "interchange"
        );
    }
}

/// Kinds and control numbers of replies, written only when they are read.
struct Left<'r>(&'r [ReplySummary]);

impl fmt::Display for Left<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reply) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{}:{:09}", reply.kind, reply.control)?;
        }
        Ok(())
    }
}
