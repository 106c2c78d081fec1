//! The functional group that is being answered.

use super::policy::NEVER_ACKNOWLEDGED;
use crate::check::{GroupHeader, SetReport};
use crate::txn::ack::FunctionalAck;

/// The functional group that is being answered.
#[derive(Debug)]
pub(super) struct OpenGroup {
    pub(super) header: GroupHeader,
    /// There may be a 999 for it.
    pub(super) is_acknowledged: bool,
    /// Its GS alone rejects it.
    pub(super) is_refused: bool,
    /// Its 999, once it was begun.
    pub(super) ack: Option<FunctionalAck>,
    /// What a 999 that is begun at the end has to say.
    pub(super) reports: Vec<SetReport>,
    /// Sets that came.
    pub(super) sets: u32,
    /// Sets that were answered.
    pub(super) answers: u32,
    /// Sets of claims that were acknowledged claim by claim, and their claims accepted and rejected.
    pub(super) claim_sets: u32,
    pub(super) claims: (u32, u32),
}

impl OpenGroup {
    /// Nothing came of it yet.
    pub(super) fn new(header: GroupHeader, is_acknowledged: bool, is_refused: bool) -> Self {
        OpenGroup {
            header,
            is_acknowledged,
            is_refused,
            ack: None,
            reports: Vec::new(),
            sets: 0,
            answers: 0,
            claim_sets: 0,
            claims: (0, 0),
        }
    }

    /// True for acknowledgments, which are answered by nothing.
    pub(super) fn is_acknowledgment(&self) -> bool {
        self.header.functional.as_str() == NEVER_ACKNOWLEDGED
    }
}
