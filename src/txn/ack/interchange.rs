//! The TA1: what became of an interchange.

use crate::check::InterchangeHeader;
use crate::wire::{EmitError, Emitter};

/// The contents of a TA1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InterchangeAck {
    /// `A`, note code `000`.
    Accepted,
    /// `R`, with TA105.
    Rejected(&'static str),
}

/// Writes the TA1 that answers this interchange. Elements of the ISA that were malformed are replaced by zeros, so
/// that the TA1 itself is well formed.
pub fn write_ta1(
    out: &mut Emitter,
    header: &InterchangeHeader,
    ack: InterchangeAck,
) -> Result<(), EmitError> {
    let digits = |text: &str, width: usize| {
        let good = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
        if good { text.to_owned() } else { "0".repeat(width) }
    };
    let (code, note) = match ack {
        InterchangeAck::Accepted => ("A", "000"),
        InterchangeAck::Rejected(note) => ("R", note),
    };
    out.segment("TA1")
        .text(&digits(header.control.as_str(), 9))
        .text(&digits(header.date.as_str(), 6))
        .text(&digits(header.time.as_str(), 4))
        .text(code)
        .text(note)
        .end()
}
