//! Outbound control numbers: taken from the store in blocks, so that one is given without waiting, and none twice.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::store::{Journal, Result, StoreError};

/// The greatest control number; after it comes 1.
const LAST: u32 = 999_999_999;

/// The first block of a series is small, so that a short run wastes few numbers; each next one is four times as large,
/// because taking one waits for the disk.
const BLOCK_MIN: u32 = 8;
const BLOCK_MAX: u32 = 1 << 14;

/// Gives the next number of any series. What is left of a block when the program ends is a gap, never a number used twice.
pub(super) struct ControlNumbers {
    journal: Arc<dyn Journal>,
    series: std::sync::Mutex<HashMap<Box<str>, Arc<Mutex<Block>>>>,
}

#[derive(Debug, Default)]
struct Block {
    next: u32,
    left: u32,
    size: u32,
}

impl Block {
    /// The next number; there must be one left.
    fn next(&mut self) -> u32 {
        let number = self.next;
        self.next = if number >= LAST { 1 } else { number + 1 };
        self.left -= 1;
        number
    }
}

impl ControlNumbers {
    pub(super) fn new(journal: Arc<dyn Journal>) -> Self {
        ControlNumbers { journal, series: Default::default() }
    }

    /// The next number of `series`. Series are named after the ids of partner profiles, so there are never many more.
    pub(super) async fn take(&self, series: &str) -> Result<u32> {
        let block = self.block(series);
        let mut held = block.clone().lock_owned().await;
        if held.left > 0 {
            return Ok(held.next());
        }
        let (journal, series) = (self.journal.clone(), series.to_owned());
        // A task of its own: a caller who stops waiting leaves the numbers to the next one.
        let filling = tokio::spawn(async move {
            let size = (held.size * 4).clamp(BLOCK_MIN, BLOCK_MAX);
            let first = journal.take_control_numbers(&series, size).await?;
            *held = Block { next: first, left: size, size };
            Ok(held.next())
        });
        filling.await.map_err(|_| StoreError::Gone)?
    }

    /// Forgets the blocks of shared series. To be called when partners may have changed: who had a series of its own may have to
    /// share one now, and its next numbers must come after those it was given.
    pub(super) fn forget_shared(&self) {
        let mut all = self.series.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.retain(|series, _| !series.starts_with('*'));
    }

    fn block(&self, series: &str) -> Arc<Mutex<Block>> {
        let mut all = self.series.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match all.get(series) {
            Some(block) => block.clone(),
            None => all.entry(series.into()).or_default().clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::store::{Stores, control_series, shared_control_series};

    #[tokio::test]
    async fn a_number_is_given_once_however_many_ask() {
        let journal = Stores::in_memory().await.unwrap().journal;
        // Two gateways over one store, as two processes have it.
        let gateways = [ControlNumbers::new(journal.clone()), ControlNumbers::new(journal)];
        let takes = (0..200).map(|n| gateways[n % 2].take("a/isa"));
        let numbers = futures_util::future::join_all(takes).await;
        let distinct: HashSet<u32> = numbers.into_iter().map(|number| number.unwrap()).collect();
        assert_eq!(distinct.len(), 200);
    }

    #[tokio::test]
    async fn a_receiver_that_gets_a_series_of_its_own_or_loses_it_is_sent_no_number_twice() {
        let numbers = ControlNumbers::new(Stores::in_memory().await.unwrap().journal);
        let (shared, own) = (shared_control_series("isa"), control_series("ZZ", "NEW", "isa"));
        let mut given = HashSet::new();
        for series in [&shared, &own, &own, &shared, &own] {
            numbers.forget_shared();
            for _ in 0..20 {
                let number = numbers.take(series).await.unwrap();
                assert!(given.insert(number), "{number} of {series}");
            }
        }
    }

    #[tokio::test]
    async fn series_do_not_share_numbers() {
        let journal = Stores::in_memory().await.unwrap().journal;
        let numbers = ControlNumbers::new(journal);
        assert_eq!(numbers.take("a/isa").await.unwrap(), 1);
        assert_eq!(numbers.take("a/gs").await.unwrap(), 1);
        assert_eq!(numbers.take("a/isa").await.unwrap(), 2);
    }

    #[tokio::test]
    async fn after_the_last_number_comes_the_first() {
        let journal = Stores::in_memory().await.unwrap().journal;
        journal.take_control_numbers("a/isa", LAST - 9).await.unwrap();
        let numbers = ControlNumbers::new(journal);
        let mut given = HashSet::new();
        for _ in 0..100 {
            let number = numbers.take("a/isa").await.unwrap();
            assert!((1..=LAST).contains(&number) && given.insert(number), "{number}");
        }
        assert!(given.contains(&1));
    }
}
