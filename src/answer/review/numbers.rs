//! Running numbers of reviews, taken from the journal in blocks.

use std::sync::{Mutex, PoisonError};

use crate::store::{Journal, Result};

/// The series of the journal.
const SERIES: &str = "review";

/// Numbers taken at once: few at first, so that a short run wastes few, and then more, because taking some waits for the disk.
const BLOCK_MIN: u32 = 8;
const BLOCK_MAX: u32 = 4096;

/// Gives running numbers. What is left of a block when the program ends is a gap, never a number used twice.
#[derive(Debug, Default)]
pub(super) struct ReviewNumbers {
    block: Mutex<Block>,
}

#[derive(Debug, Default)]
struct Block {
    next: u32,
    left: u32,
    size: u32,
}

impl ReviewNumbers {
    /// The next `count` numbers.
    pub(super) async fn take(&self, journal: &dyn Journal, count: u32) -> Result<Vec<u32>> {
        let mut numbers = Vec::with_capacity(count as usize);
        let size = {
            let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
            while block.left > 0 && (numbers.len() as u32) < count {
                numbers.push(block.next);
                block.next += 1;
                block.left -= 1;
            }
            block.size = (block.size * 4).clamp(BLOCK_MIN, BLOCK_MAX);
            block.size
        };
        let wanted = count - numbers.len() as u32;
        if wanted > 0 {
            let size = size.max(wanted);
            let first = journal.take_control_numbers(SERIES, size).await?;
            numbers.extend(first..first + wanted);
            let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
            // Another caller may have taken a block meanwhile; of two the larger rest is kept.
            if size - wanted > block.left {
                (block.next, block.left) = (first + wanted, size - wanted);
            }
        }
        Ok(numbers)
    }
}
