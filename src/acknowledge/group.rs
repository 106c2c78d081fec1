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
    /// It is rejected by its GS alone.
    pub(super) is_refused: bool,
    /// Its 999, once it is begun.
    pub(super) ack: Option<FunctionalAck>,
    /// The contents of a 999 that is begun at the end.
    pub(super) reports: Vec<SetReport>,
    /// Sets received.
    pub(super) sets: u32,
    /// Sets that were answered.
    pub(super) answers: u32,
    /// Sets of claims that were acknowledged claim by claim, and their claims accepted and rejected.
    pub(super) claim_sets: u32,
    pub(super) claims: (u32, u32),
}

impl OpenGroup {
    /// Without replies yet.
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

    /// True for acknowledgments, which are never acknowledged.
    pub(super) fn is_acknowledgment(&self) -> bool {
        self.header.functional.as_str() == NEVER_ACKNOWLEDGED
    }
}
