//! How a payer decides a charge: what it pays and the adjustments that explain the rest, which always balance.

use super::random::Random;
use super::set_writer::{Result, SetWriter};
use super::text::money;

/// One adjustment: group, reason and cents.
pub(super) type Adjustment = (&'static str, &'static str, i64);

/// A charge, what was paid of it, and why not all.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    /// What was charged, in cents.
    pub(super) charge: i64,
    /// What was paid, in cents.
    pub(super) paid: i64,
    /// What was not, in groups that follow one another; no amount is 0.
    adjustments: [Option<Adjustment>; 4],
    /// True when nothing is paid because the charge is refused.
    pub(super) denied: bool,
}

/// Reasons why a charge is refused.
const DENIALS: [(&str, &str); 5] =
    [("CO", "29"), ("CO", "97"), ("PR", "96"), ("OA", "18"), ("CO", "50")];

impl Decision {
    /// Some way to decide this charge.
    pub(super) fn draw(random: &mut Random, charge: i64) -> Self {
        if charge > 0 && random.once_in(12) {
            return Decision::denial(random, charge);
        }
        let contractual = charge * random.between(0, 50).cast_signed() / 100;
        let allowed = charge - contractual;
        let (deductible, coinsurance, copay) = match random.below(6) {
            0 => (allowed, 0, 0),
            1 => (allowed / 4, (allowed - allowed / 4) / 5, 0),
            2 | 3 => (0, allowed / 5, 0),
            4 => (0, 0, allowed.min(2_500)),
            _ => (0, 0, 0),
        };
        let paid = allowed - deductible - coinsurance - copay;
        let some = |group, reason, cents| (cents != 0).then_some((group, reason, cents));
        Decision {
            charge,
            paid,
            adjustments: [
                some("CO", "45", contractual),
                some("PR", "1", deductible),
                some("PR", "2", coinsurance),
                some("PR", "3", copay),
            ],
            denied: false,
        }
    }

    /// A refusal of this charge.
    pub(super) fn denial(random: &mut Random, charge: i64) -> Self {
        let (group, reason) = random.pick(&DENIALS);
        Decision {
            charge,
            paid: 0,
            adjustments: [(charge != 0).then_some((group, reason, charge)), None, None, None],
            denied: true,
        }
    }

    /// The decision of a payer after this one, which pays some of what was left to the patient.
    pub(super) fn next_payer(&self, random: &mut Random) -> Self {
        let left = self.patient_share();
        let paid = if random.once_in(2) { left } else { left / 2 };
        let some = |group, reason, cents| (cents != 0).then_some((group, reason, cents));
        Decision {
            charge: self.charge,
            paid,
            adjustments: [
                some("OA", "23", self.charge - left),
                some("PR", "2", left - paid),
                None,
                None,
            ],
            denied: false,
        }
    }

    /// The same with every amount turned round, as it is taken back.
    pub(super) fn reversed(&self) -> Self {
        Decision {
            charge: -self.charge,
            paid: -self.paid,
            adjustments: self
                .adjustments
                .map(|a| a.map(|(group, reason, cents)| (group, reason, -cents))),
            denied: self.denied,
        }
    }

    /// What is left to the patient, in cents.
    pub(super) fn patient_share(&self) -> i64 {
        self.adjustments().filter(|a| a.0 == "PR").map(|a| a.2).sum()
    }

    /// The adjustments.
    pub(super) fn adjustments(&self) -> impl Iterator<Item = Adjustment> {
        self.adjustments.iter().flatten().copied()
    }

    /// CAS segments, one for each group.
    pub(super) fn write(&self, writer: &mut SetWriter) -> Result {
        let mut all = self.adjustments().peekable();
        while let Some((group, reason, cents)) = all.next() {
            let mut cas =
                writer.segment("CAS").text(group).text(reason).text(money(cents).as_str());
            while let Some((_, reason, cents)) = all.next_if(|next| next.0 == group) {
                cas = cas.text("").text(reason).text(money(cents).as_str());
            }
            cas.end()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_paid_is_explained() {
        for place in 0..1000 {
            let mut random = Random::of(3, place);
            let first = Decision::draw(&mut random, 12_345);
            let second = first.next_payer(&mut random);
            for decision in [&first, &second, &first.reversed()] {
                let explained: i64 = decision.adjustments().map(|a| a.2).sum();
                assert_eq!(decision.charge - decision.paid, explained, "{decision:?}");
            }
        }
    }
}
