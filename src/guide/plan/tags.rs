//! The tags of a guide as small integers.

use crate::wire::Tag;

/// Tags to small integers, by open addressing.
#[derive(Debug)]
pub(super) struct TagTable {
    slots: Vec<(u32, u16)>,
    /// How many tags there are.
    pub(super) count: usize,
}

impl Default for TagTable {
    fn default() -> Self {
        TagTable { slots: vec![(0, 0); 256], count: 0 }
    }
}

impl TagTable {
    /// Gives the tag the next number, unless it has one.
    pub(super) fn insert(&mut self, tag: Tag) {
        if self.find(tag).is_some() {
            return;
        }
        // A guide has a few dozen tags; the table never fills.
        let mut at = self.place(tag);
        while self.slots[at].0 != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = (tag.packed(), self.count as u16);
        self.count += 1;
    }

    /// The number of the tag, if it is known.
    #[inline]
    pub(super) fn find(&self, tag: Tag) -> Option<u16> {
        let mut at = self.place(tag);
        loop {
            match self.slots[at] {
                (0, _) => return None,
                (key, index) if key == tag.packed() => return Some(index),
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    #[inline]
    fn place(&self, tag: Tag) -> usize {
        (tag.packed().wrapping_mul(0x9e37_79b1) >> 20) as usize & (self.slots.len() - 1)
    }
}
