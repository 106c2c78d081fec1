//! Whether the amounts of a remittance advice add up.

use std::fmt;

use rust_decimal::Decimal;

use super::{Adjustment, ClaimPayment, RemittanceAdvice, ServicePayment};

/// What does not add up; places count from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Imbalance {
    /// BPR02 is not the sum of the claims less the provider adjustments.
    Payment,
    /// BPR02 is negative.
    Negative,
    /// A provider adjustment of nothing.
    NoAmount,
    /// Charge less payment of a claim is not the sum of its adjustments.
    Claim(usize),
    /// Charge less payment of a line is not the sum of its adjustments.
    Line(usize, usize),
}

impl Imbalance {
    /// What is wrong, in words.
    pub fn why(self) -> &'static str {
        match self {
            Imbalance::Payment => {
                "the payment is not the sum of the claim payments less the provider adjustments"
            }
            Imbalance::Negative => "the payment is negative",
            Imbalance::NoAmount => "a provider adjustment is zero",
            Imbalance::Claim(_) => {
                "the charge of a claim less its payment is not the sum of its adjustments"
            }
            Imbalance::Line(..) => {
                "the charge of a line less its payment is not the sum of its adjustments"
            }
        }
    }
}

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl RemittanceAdvice {
    /// What is paid: the claims less the provider adjustments. May be negative, which a payment cannot.
    pub fn total(&self) -> Decimal {
        let paid: Decimal = self.claims().map(|claim| claim.paid).sum();
        paid - self.adjustments.iter().map(|adjustment| adjustment.amount).sum::<Decimal>()
    }

    /// The first thing that does not add up.
    ///
    /// # Errors
    /// There is one.
    pub fn balance(&self) -> Result<(), Imbalance> {
        for (place, claim) in self.claims().enumerate() {
            let off = claim.lines.iter().position(|line| !line.is_balanced());
            if let Some(line) = off {
                return Err(Imbalance::Line(place, line));
            }
            if !claim.is_balanced() {
                return Err(Imbalance::Claim(place));
            }
        }
        if self.adjustments.iter().any(|adjustment| adjustment.amount.is_zero()) {
            return Err(Imbalance::NoAmount);
        }
        let amount = self.payment.amount;
        if amount < Decimal::ZERO {
            return Err(Imbalance::Negative);
        }
        if amount == self.total() { Ok(()) } else { Err(Imbalance::Payment) }
    }
}

impl ClaimPayment {
    /// Whether charge less payment is the sum of the adjustments of the claim and its lines.
    pub fn is_balanced(&self) -> bool {
        self.charge - self.paid == sum(self.all_adjustments())
    }
}

impl ServicePayment {
    /// Whether charge less payment is the sum of the adjustments.
    pub fn is_balanced(&self) -> bool {
        self.charge - self.paid == sum(&self.adjustments)
    }
}

fn sum<'a>(adjustments: impl IntoIterator<Item = &'a Adjustment>) -> Decimal {
    adjustments.into_iter().map(|adjustment| adjustment.amount).sum()
}
