//! Stands in for the registry until `registry.rs` lands; the shape is what the checker calls.
#![allow(missing_docs)]
use std::sync::Arc;

use super::Guide;
use crate::finding::Severity;

#[derive(Debug, Default)]
pub struct Registry;

/// The answer to "which guide is this set to be checked against?".
#[derive(Debug)]
pub enum Lookup {
    /// This one; `edition` is the severity of naming it by another edition.
    Guide { guide: Arc<Guide>, edition: Option<Severity> },
    /// The set is known, a guide of this name is not.
    UnknownGuide,
    /// No guide is known for the set.
    UnknownSet,
}

impl Registry {
    /// By ST01 and ST03 (or GS08).
    pub fn lookup(&self, _set: &[u8], _named: &[u8]) -> Lookup {
        Lookup::UnknownSet
    }

    /// True when some guide belongs in groups of this GS01.
    pub fn knows_functional(&self, _functional: &[u8]) -> bool {
        true
    }
}
