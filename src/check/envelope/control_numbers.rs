//! Control numbers already used, stored compactly: a file contains millions, and nearly always they are consecutive.

use std::collections::BTreeMap;

/// A set of control numbers as runs of consecutive numbers.
#[derive(Debug, Default)]
pub(super) struct ControlNumberSet {
    /// First of each run to its last.
    runs: BTreeMap<u128, u128>,
}

impl ControlNumberSet {
    /// Adds a number; false when it was there.
    pub(super) fn insert(&mut self, control: &[u8]) -> bool {
        let key = key(control);
        let before = self.runs.range(..=key).next_back().map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| key <= last) {
            return false;
        }
        let joins_before = before.filter(|(_, last)| last + 1 == key);
        let after = self.runs.remove(&(key + 1));
        let first = joins_before.map_or(key, |(first, _)| first);
        self.runs.insert(first, after.unwrap_or(key));
        true
    }

    /// Clears everything.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }
}

/// Numbers of one width are compared as integers; leading zeros are significant, so the width is part of the key.
fn key(control: &[u8]) -> u128 {
    let width = (control.len() as u128) << 100;
    let number = control
        .iter()
        .try_fold(0_u128, |n, b| b.is_ascii_digit().then(|| n * 10 + u128::from(b - b'0')));
    match number {
        Some(number) if control.len() <= 20 => width | number,
        _ => control.iter().take(15).fold(1_u128 << 120 | width, |n, b| {
            (n & (1 << 120 | width)) | ((n << 7 | u128::from(*b)) & ((1 << 98) - 1))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(numbers in proptest::collection::vec("[0-2]{1,3}|[A-C0]{1,3}", 0..200)) {
            let (mut seen, mut plain) = (ControlNumberSet::default(), HashSet::new());
            for number in numbers {
                prop_assert_eq!(seen.insert(number.as_bytes()), plain.insert(number));
            }
        }
    }

    #[test]
    fn a_million_in_a_row_are_one_run() {
        let mut seen = ControlNumberSet::default();
        for n in 0..10_000 {
            assert!(seen.insert(format!("{n:09}").as_bytes()));
        }
        assert_eq!(seen.runs.len(), 1);
    }
}
