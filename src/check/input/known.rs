//! The interchanges of one input that have ended, so that a control number used again for other content is found.

use std::collections::hash_map::Entry;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use super::super::envelope::InterchangeHeader;

/// Interchanges that are remembered; later ones are not compared.
const INTERCHANGES_MAX: usize = 100_000;

/// The interchanges that have ended: the hash of parties and control number, with that of the content.
#[derive(Debug, Default)]
pub(super) struct KnownInterchanges {
    contents: FxHashMap<u64, u64>,
}

impl KnownInterchanges {
    /// Remembers an interchange; true when the same parties used its control number for other content before.
    pub(super) fn contradicts(&mut self, header: &InterchangeHeader, content: u64) -> bool {
        let mut key = FxHasher::default();
        for part in [
            header.sender_qualifier.as_bytes(),
            header.sender.as_bytes(),
            header.receiver_qualifier.as_bytes(),
            header.receiver.as_bytes(),
            header.control.as_bytes(),
        ] {
            key.write(part);
            key.write_u8(0xff);
        }
        let is_full = self.contents.len() >= INTERCHANGES_MAX;
        match self.contents.entry(key.finish()) {
            Entry::Occupied(known) => *known.get() != content,
            Entry::Vacant(place) => {
                if !is_full {
                    place.insert(content);
                }
                false
            }
        }
    }
}

/// The hash of a text.
pub(super) fn hash_of(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    hasher.finish()
}
