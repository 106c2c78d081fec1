//! Why an acknowledgment could not be written: errors of ours, never of the message.

use std::io;

use super::ReplyKind;
use crate::txn::claim_ack::ClaimAckError;
use crate::wire::EmitError;

/// Why an acknowledgment could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcknowledgeError {
    /// A value cannot be written as X12.
    #[error("an acknowledgment could not be written")]
    Emit(#[from] EmitError),
    /// A spool failed.
    #[error("an acknowledgment could not be kept")]
    Spool(#[from] io::Error),
    /// It was given something that belongs to a group, and none is open.
    #[error("no group is open to acknowledge")]
    NoGroup,
    /// It was given something that is written to a reply that was not begun.
    #[error("the {0} was not begun")]
    NotBegun(ReplyKind),
}

impl From<ClaimAckError> for AcknowledgeError {
    fn from(error: ClaimAckError) -> Self {
        match error {
            ClaimAckError::Emit(error) => AcknowledgeError::Emit(error),
            ClaimAckError::Io(error) => AcknowledgeError::Spool(error),
        }
    }
}
