//! What a partner may do: in which lane it sends, and for which providers it may inquire.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How an interchange arrived, which decides what is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Real time: the sender waits for the answer.
    RealTime,
    /// A file.
    Batch,
}

impl Lane {
    /// As the log has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Lane::RealTime => "real_time",
            Lane::Batch => "batch",
        }
    }
}

/// For which providers a partner may inquire.
#[derive(Clone, Debug)]
pub enum ProviderScope {
    /// For all.
    All,
    /// For these ids (NPI or payer-assigned).
    Only(Arc<HashSet<Box<str>>>),
}
