//! Our claim numbers: a running number of the journal, taken in blocks, in the form that the settings say.

use std::sync::{Mutex, PoisonError};

use time::Date;

use crate::config::SEQUENCE_DIGITS;
use crate::store::{Journal, Result};

/// The series of the journal.
const SERIES: &str = "claim";

/// Numbers taken at once, at least: taking some waits for the disk.
const BLOCK_MIN: u32 = 64;
/// Numbers taken at once beyond what is needed, at most: what is left of them when the program ends is lost.
const BLOCK_MAX: u32 = 10_000;

/// Running numbers that follow one another.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    next: u32,
    left: u32,
}

/// Gives running numbers. What is left of a block when the program ends is a gap, never a number used twice.
#[derive(Debug, Default)]
pub struct ClaimNumbers {
    left: Mutex<Vec<Block>>,
    /// Blocks grow with what is needed at once.
    size: Mutex<u32>,
}

/// Running numbers set aside for some claims; those that are not used go back.
#[derive(Debug)]
pub(super) struct Reserved<'n> {
    from: &'n ClaimNumbers,
    blocks: Vec<Block>,
}

impl ClaimNumbers {
    /// Sets `count` numbers aside.
    pub(super) async fn reserve(&self, journal: &dyn Journal, count: u32) -> Result<Reserved<'_>> {
        let mut reserved = Reserved { from: self, blocks: Vec::new() };
        let mut wanted = count;
        {
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            while wanted > 0
                && let Some(mut block) = left.pop()
            {
                let taken = block.left.min(wanted);
                reserved.blocks.push(Block { next: block.next, left: taken });
                wanted -= taken;
                block.next += taken;
                block.left -= taken;
                if block.left > 0 {
                    left.push(block);
                }
            }
        }
        if wanted > 0 {
            let size = {
                let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
                // Whoever needs many soon needs more.
                *size = (*size * 2).clamp(BLOCK_MIN.min(wanted * 4), BLOCK_MAX).max(wanted);
                *size
            };
            let first = journal.take_control_numbers(SERIES, size).await?;
            reserved.blocks.push(Block { next: first, left: wanted });
            if size > wanted {
                let rest = Block { next: first + wanted, left: size - wanted };
                self.left.lock().unwrap_or_else(PoisonError::into_inner).push(rest);
            }
        }
        Ok(reserved)
    }
}

impl Reserved<'_> {
    /// The next number; none when more are asked for than were set aside.
    pub(super) fn next(&mut self) -> Option<u32> {
        let block = self.blocks.first_mut()?;
        let number = block.next;
        block.next += 1;
        block.left -= 1;
        if block.left == 0 {
            self.blocks.remove(0);
        }
        Some(number)
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut left = self.from.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.extend(self.blocks.drain(..).rev());
    }
}

/// The claim number of a running number on this day.
pub(super) fn claim_number(form: &str, day: Date, sequence: u32) -> Box<str> {
    let (year, month) = (day.year(), u8::from(day.month()));
    let digits = SEQUENCE_DIGITS;
    form.replace("{yyyy}", &format!("{year:04}"))
        .replace("{yy}", &format!("{:02}", year.rem_euclid(100)))
        .replace("{mm}", &format!("{month:02}"))
        .replace("{ddd}", &format!("{:03}", day.ordinal()))
        .replace("{dd}", &format!("{:02}", day.day()))
        .replace("{sequence}", &format!("{sequence:0digits$}"))
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use time::macros::date;

    use super::*;
    use crate::store::Stores;

    #[test]
    fn a_number_has_the_form_of_the_settings() {
        let day = date!(2026 - 02 - 03);
        assert_eq!(&*claim_number("{yyyy}{ddd}{sequence}", day, 42), "202603400000042");
        assert_eq!(&*claim_number("C{yy}-{mm}{dd}-{sequence}", day, 7), "C26-0203-00000007");
    }

    #[tokio::test]
    async fn no_number_is_given_twice_and_what_is_left_goes_back() {
        let journal = Stores::in_memory().await.unwrap().journal;
        let numbers = ClaimNumbers::default();
        let mut given = HashSet::new();
        for count in [1, 5, 200, 3, 64, 1000] {
            let mut reserved = numbers.reserve(&*journal, count).await.unwrap();
            // One of them is not used.
            for _ in 1..count {
                assert!(given.insert(reserved.next().unwrap()));
            }
        }
        let highest = given.iter().max().unwrap();
        assert!(usize::try_from(*highest).unwrap() < given.len() + 1100, "{highest}");
    }
}
