//! Claims counted and their charges added up.

use rust_decimal::Decimal;

use crate::segments::write_amount;
use crate::wire::{EmitError, Emitter};

/// The claims accepted and rejected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Totals {
    pub(super) accepted: u32,
    pub(super) rejected: u32,
    accepted_charge: Decimal,
    rejected_charge: Decimal,
}

impl Totals {
    /// Counts a claim. Charges too large for a sum are left out of it; such a claim is in error by itself.
    pub(super) fn count(&mut self, is_accepted: bool, charge: Decimal) {
        let (claims, sum) = match is_accepted {
            true => (&mut self.accepted, &mut self.accepted_charge),
            false => (&mut self.rejected, &mut self.rejected_charge),
        };
        *claims += 1;
        *sum = sum.checked_add(charge).unwrap_or(*sum);
    }

    /// Adds the claims of a provider.
    pub(super) fn add(&mut self, other: Totals) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        let add = |a: Decimal, b: Decimal| a.checked_add(b).unwrap_or(a);
        self.accepted_charge = add(self.accepted_charge, other.accepted_charge);
        self.rejected_charge = add(self.rejected_charge, other.rejected_charge);
    }

    /// The same claims, all rejected.
    pub(super) fn all_rejected(self) -> Totals {
        Totals {
            accepted: 0,
            rejected: self.claims(),
            accepted_charge: Decimal::ZERO,
            rejected_charge: self.charge(),
        }
    }

    pub(super) fn claims(&self) -> u32 {
        self.accepted + self.rejected
    }

    /// All charges.
    pub(super) fn charge(&self) -> Decimal {
        self.accepted_charge.checked_add(self.rejected_charge).unwrap_or(self.accepted_charge)
    }

    /// Writes QTY and AMT; `accepted` and `rejected` are QTY01.
    pub(super) fn write(
        &self,
        out: &mut Emitter,
        accepted: &str,
        rejected: &str,
    ) -> Result<(), EmitError> {
        for (qualifier, claims) in [(accepted, self.accepted), (rejected, self.rejected)] {
            if claims > 0 {
                out.segment("QTY").text(qualifier).number(u64::from(claims)).end()?;
            }
        }
        let accepted = ("YU", self.accepted, self.accepted_charge);
        let rejected = ("YY", self.rejected, self.rejected_charge);
        for (qualifier, claims, charge) in [accepted, rejected] {
            if claims > 0 {
                write_amount(out, qualifier, charge)?;
            }
        }
        Ok(())
    }
}
