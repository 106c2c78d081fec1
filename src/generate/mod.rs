//! Synthetic interchanges of every set, from a seed: realistic and varied, valid by our own checker, or with known defects.
//!
//! Pure: seed, counts and dates in, bytes out piece by piece, in memory that does not grow. The same options give the same
//! bytes. Persons are those of [`crate::store::synthetic`], so that what is written is about members that a store may hold.
//! Codes are ids without their descriptions, and no identifier is anybody's.

mod acknowledgment;
mod advice;
mod attachment;
mod benefit;
mod claim;
mod decision;
mod defect;
mod enrollment;
mod inquiry;
mod interchange;
mod kind;
mod payment;
mod people;
mod premium;
mod random;
mod review;
mod run;
mod set_writer;
mod status;
mod stored;
#[cfg(test)]
mod tests;
mod text;

pub use defect::{DEFECTS, Defect};
pub use kind::{Facts, GenerateKind};
pub use run::{GenerateOptions, Progress, Sink, generate};
pub use stored::{AboutClaims, NotAboutClaims, StoredOptions, StoredWriter, form_of};

use std::ops::Range;

use set_writer::{Result, SetWriter};

/// BHT05 and its like: a fixed time of day, so that the bytes can be repeated.
const TIME: &str = "0930";

/// Gives the sets of a kind their segments, item by item.
trait SetSource {
    /// True when what comes before the items counts them, so that none may be left out.
    fn counts_ahead(&self) -> bool {
        false
    }

    /// How many items the next set may have, by its own numbers.
    fn room(&mut self, _writer: &mut SetWriter) -> u64 {
        u64::MAX
    }

    /// Writes what comes before the items: those of this range follow. `number` counts the sets of the interchange from 1.
    fn open(&mut self, writer: &mut SetWriter, number: u64, items: Range<u64>) -> Result;

    /// Writes an item. The writer's random numbers follow from the seed and `index` alone.
    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result;

    /// Writes what comes after the items.
    fn close(&mut self, _writer: &mut SetWriter) -> Result {
        Ok(())
    }
}
