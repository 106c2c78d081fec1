//! What a repricer adds to a claim: when it came, its numbers, what it allows.

use crate::generate::random::Random;
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{money, numbered};

/// A claim that a repricer has seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repriced {
    index: u64,
    /// True when it priced the claim a second time.
    again: bool,
}

impl Repriced {
    /// One claim in twenty-five is repriced.
    pub(super) fn draw(random: &mut Random, index: u64) -> Option<Self> {
        random.once_in(25).then(|| Repriced { index, again: random.once_in(2) })
    }

    /// DTP 050.
    pub(super) fn date(self, writer: &mut SetWriter) -> Result {
        writer.date("050", writer.ago(2))
    }

    /// REF 9A and 9C of the claim.
    pub(super) fn references(self, writer: &mut SetWriter) -> Result {
        writer.reference("9A", numbered("RP", self.index, 9).as_str())?;
        match self.again {
            true => writer.reference("9C", numbered("RA", self.index, 9).as_str()),
            false => Ok(()),
        }
    }

    /// REF 9B and 9D of a line.
    pub(super) fn line_references(self, writer: &mut SetWriter, place: usize) -> Result {
        let number = self.index * 100 + place as u64;
        writer.reference("9B", numbered("RP", number, 11).as_str())?;
        match self.again {
            true => writer.reference("9D", numbered("RA", number, 11).as_str()),
            false => Ok(()),
        }
    }

    /// HCP: four fifths of the charge are allowed.
    pub(super) fn price(self, writer: &mut SetWriter, cents: i64) -> Result {
        let allowed = cents * 4 / 5;
        writer
            .segment("HCP")
            .text("03")
            .text(money(allowed).as_str())
            .text(money(cents - allowed).as_str())
            .text("REPRICER1")
            .end()
    }
}
