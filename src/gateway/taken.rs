//! What the answers of one interchange have taken for themselves: a batch is answered without knowing of the batches before it, so
//! that the assembler, which sees all of them in order, tells when two answers take the same.

use rustc_hash::FxHashSet;

use crate::answer::Clash;

/// The keys that are taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    keys: FxHashSet<u64>,
    /// Those of the batch at hand, whose answers know of each other.
    of_batch: Vec<u64>,
    /// Those of the group at hand.
    of_group: Vec<u64>,
}

impl Taken {
    /// The first of these of which a key is taken; otherwise they are taken now. An answer that was not given takes its keys
    /// all the same: those after it in its batch may rest on it.
    pub(super) fn clash(&mut self, clashes: &[Clash]) -> Option<usize> {
        let all = || clashes.iter().flat_map(|clash| clash.keys.iter().copied());
        let is_taken = |clash: &Clash| clash.keys.iter().any(|key| self.keys.contains(key));
        let clash = clashes.iter().position(is_taken);
        self.of_group.extend(all().filter(|key| !self.keys.contains(key)));
        match clash {
            Some(_) => self.keys.extend(all()),
            None => self.of_batch.extend(all()),
        }
        clash
    }

    /// The batch has ended.
    pub(super) fn end_batch(&mut self) {
        self.keys.extend(self.of_batch.drain(..));
    }

    /// A group begins.
    pub(super) fn begin_group(&mut self) {
        self.of_group.clear();
    }

    /// The group was rejected: nothing of it happens.
    pub(super) fn forget_group(&mut self) {
        for key in self.of_group.drain(..) {
            self.keys.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(trace: u64, claims: &[u64]) -> [Clash; 2] {
        [
            Clash { keys: vec![trace], text: Vec::new() },
            Clash { keys: claims.to_vec(), text: Vec::new() },
        ]
    }

    #[test]
    fn what_an_earlier_batch_took_is_not_taken_again() {
        let mut taken = Taken::default();
        taken.begin_group();
        assert_eq!(taken.clash(&clashes(1, &[10, 11])), None);
        // Answers of one batch know of each other.
        assert_eq!(taken.clash(&clashes(1, &[10])), None);
        taken.end_batch();
        assert_eq!(taken.clash(&clashes(1, &[12])), Some(0));
        assert_eq!(taken.clash(&clashes(2, &[13, 11])), Some(1));
        // What rests on an answer that was not given is not given either.
        assert_eq!(taken.clash(&clashes(3, &[13])), Some(1));
        assert_eq!(taken.clash(&clashes(4, &[14])), None);
    }

    #[test]
    fn a_rejected_group_has_taken_nothing() {
        let mut taken = Taken::default();
        taken.begin_group();
        assert_eq!(taken.clash(&clashes(1, &[10])), None);
        taken.end_batch();
        taken.begin_group();
        assert_eq!(taken.clash(&clashes(2, &[11])), None);
        assert_eq!(taken.clash(&clashes(5, &[10])), Some(1));
        taken.end_batch();
        taken.forget_group();
        assert_eq!(taken.clash(&clashes(2, &[11])), None);
        assert_eq!(taken.clash(&clashes(3, &[10])), Some(1));
    }
}
