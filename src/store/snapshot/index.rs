//! A table from hashes to members: eight bytes a slot, a third of the slots free, several members for one key.
//!
//! Holds no keys: the caller compares the key of each member it is given.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::store::probe::KeyKind;

/// Members by the hash of a key.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The low half of the hash above the member's number plus one; zero is free.
    slots: Vec<u64>,
}

/// The hash of a key, well mixed in all its bits.
pub(super) fn key_hash(kind: KeyKind, key: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u8(kind as u8);
    hasher.write(key.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Index {
    /// A table of these hashes, each with its member's number. Numbers end below `u32::MAX`.
    pub(super) fn of(entries: impl ExactSizeIterator<Item = (u64, u32)>) -> Self {
        let mut index = Self { slots: vec![0; entries.len() + entries.len() / 2 + 1] };
        for (hash, number) in entries {
            let mut at = index.start(hash);
            while index.slots[at] != 0 {
                at = index.after(at);
            }
            index.slots[at] = hash << 32 | u64::from(number + 1);
        }
        index
    }

    /// The members that may have a key of this hash.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = u32> {
        let mut at = self.start(hash);
        std::iter::from_fn(move || {
            loop {
                let slot = *self.slots.get(at)?;
                if slot == 0 {
                    return None;
                }
                at = self.after(at);
                if slot >> 32 == hash & LOW {
                    return Some((slot & LOW) as u32 - 1);
                }
            }
        })
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }

    /// Where a hash begins to look. The high bits choose, the low ones are compared.
    fn start(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize
    }

    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }
}

const LOW: u64 = 0xffff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_put_in_is_found_and_nothing_else() {
        let hash = |number: u32| key_hash(KeyKind::Card, &format!("C{}", number / 3));
        let index = Index::of((0..3000).map(|number| (hash(number), number)));
        for number in (0..3000).step_by(3) {
            let found: Vec<u32> = index.find(hash(number)).collect();
            assert_eq!(found, [number, number + 1, number + 2]);
        }
        assert_eq!(index.find(key_hash(KeyKind::Ssn, "C1")).count(), 0);
        assert_eq!(Index::default().find(7).count(), 0);
        assert_eq!(Index::of(std::iter::empty()).find(7).count(), 0);
    }
}
