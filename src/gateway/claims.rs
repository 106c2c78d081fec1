//! Claims that come to the gateway: the 277CA of each 837 that is accepted. The claims themselves are not kept here; what
//! happens to them is up to whoever else reads them, and a partner's 837s are refused unless its settings say that somebody
//! does.

use super::error::ServiceError;
use crate::check::SetReport;
use crate::txn::claim_ack::{ClaimAck, ClaimAckError, ClaimAckOptions};
use crate::txn::envelope::EnvelopeWriter;

/// The set that acknowledges the claims.
pub(super) const CLAIMS: &str = "837";

/// How a 277CA and what it answers are called.
pub(super) struct Names<'n> {
    /// ST02.
    pub(super) control: &'n str,
    /// BHT03, our own reference of it.
    pub(super) reference: &'n str,
    /// The trace of the receipt (2200A).
    pub(super) receipt: &'n str,
}

/// Writes the 277CA of a set whose claims were told of, when it is accepted. A set is held in memory whole here, and so is
/// its acknowledgment.
pub(super) fn claim_ack(
    report: &mut SetReport,
    options: &ClaimAckOptions,
    envelope: &EnvelopeWriter,
    names: &Names<'_>,
) -> Result<Option<Vec<u8>>, ServiceError> {
    let is_accepted = report.is_accepted();
    let (Some(tally), Some(guide)) = (&mut report.claims, &report.guide) else { return Ok(None) };
    let events = std::mem::take(&mut tally.events);
    if !is_accepted {
        return Ok(None);
    }
    let emitter = envelope.emitter();
    let mut ack = ClaimAck::new(options.clone(), emitter, [Vec::new(), Vec::new()]);
    let mut text = Vec::new();
    let mut write = || {
        ack.take(guide, &events)?;
        ack.finish(tally, names.control, names.reference, names.receipt, &mut |bytes| {
            text.extend_from_slice(bytes);
            Ok(())
        })
    };
    match write() {
        Ok(()) => Ok(Some(text)),
        Err(ClaimAckError::Emit(error)) => Err(error.into()),
        Err(ClaimAckError::Io(error)) => Err(error.into()),
    }
}
