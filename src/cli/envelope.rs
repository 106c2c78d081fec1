//! Envelopes of what commands write themselves, as arguments: who sends to whom, and under which number.

use clap::Args;
use time::{Date, PrimitiveDateTime};

use x12gate::txn::envelope::{EnvelopeWriter, Party};

/// The mailboxes of the sandbox: a provider's and the payer's.
const PROVIDER: &str = "SUBMITTER1";
const PAYER: &str = "PAYERGW";

/// Who sends to whom, as arguments.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Envelope")]
pub(super) struct Mailboxes {
    /// Sender ID (ISA06, GS02)
    #[arg(long, value_name = "ID", default_value = PROVIDER)]
    sender: String,
    /// Receiver ID (ISA08, GS03)
    #[arg(long, value_name = "ID", default_value = PAYER)]
    receiver: String,
    /// Interchange control number (ISA13)
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control: Option<u32>,
    /// Mark the interchange as production (ISA15 P) instead of test
    #[arg(long)]
    production: bool,
}

impl Mailboxes {
    /// The envelope of an interchange that payers send: where no party is named, the payer sends it.
    pub(super) fn envelope_of_payer(&self, at: PrimitiveDateTime) -> EnvelopeWriter {
        match self.sender == PROVIDER && self.receiver == PAYER {
            true => self.between(PAYER, PROVIDER, at),
            false => self.envelope(at),
        }
    }

    /// The envelope of an interchange made at this time.
    pub(super) fn envelope(&self, at: PrimitiveDateTime) -> EnvelopeWriter {
        self.between(&self.sender, &self.receiver, at)
    }

    /// The interchange control number; `otherwise` where the arguments name none.
    pub(super) fn control(&self, otherwise: u32) -> u32 {
        self.control.unwrap_or(otherwise)
    }

    fn between(&self, sender: &str, receiver: &str, at: PrimitiveDateTime) -> EnvelopeWriter {
        let [sender, receiver] = [sender, receiver].map(Party::mutually_defined);
        EnvelopeWriter::new(sender, receiver, self.production, at)
    }
}

/// Reads `CCYYMMDD` or `CCYY-MM-DD`, for arguments.
pub(super) fn parse_date(text: &str) -> Result<Date, String> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    x12gate::wire::value::date_d8(digits.as_bytes())
        .ok_or_else(|| format!("`{text}` is not a date in the form CCYYMMDD"))
}
