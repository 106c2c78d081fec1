//! What is paid for one line, and why not more.

use rust_decimal::{Decimal, RoundingStrategy};

use super::rules::{Denial, Fee, Rule};
use crate::txn::remittance::Adjustment;

/// What remains of limits before the member pays less, or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Remaining {
    /// Deductible that is still to be paid.
    pub(super) deductible: Decimal,
    /// What the member may still be asked for; none for no limit.
    pub(super) out_of_pocket: Option<Decimal>,
    /// The member pays nothing at all.
    pub(super) no_share: bool,
}

impl Remaining {
    /// Takes what a line took.
    pub(super) fn take(&mut self, priced: &Priced) {
        self.deductible = (self.deductible - priced.deductible).max(Decimal::ZERO);
        let share = priced.deductible + priced.coinsurance + priced.copay;
        self.out_of_pocket = self.out_of_pocket.map(|left| (left - share).max(Decimal::ZERO));
    }
}

/// A line to be priced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) charge: Decimal,
    pub(super) units: Decimal,
    /// What other payers have paid.
    pub(super) other_paid: Option<Decimal>,
}

/// A line that is paid for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Priced {
    pub(super) paid: Decimal,
    pub(super) allowed: Decimal,
    /// The member's share.
    pub(super) deductible: Decimal,
    pub(super) coinsurance: Decimal,
    pub(super) copay: Decimal,
    /// All of it, in the order of the 835.
    pub(super) adjustments: Vec<Adjustment>,
}

impl Asked {
    /// Prices the line by a rule over the fee of all lines.
    pub(super) fn priced(&self, fee: &Fee, rule: Option<&Rule>, remaining: Remaining) -> Priced {
        let allowed = match rule.and_then(|rule| rule.allowed_amount) {
            Some(amount) => cents(amount.0 * self.units).min(self.charge),
            None => {
                let share = rule.and_then(|rule| rule.allowed).unwrap_or(fee.allowed);
                cents(self.charge * share.0)
            }
        };
        let reduced = rule.and_then(|rule| rule.reduce.as_ref());
        let reduction = reduced.map_or(Decimal::ZERO, |reduce| cents(allowed * reduce.share.0));
        let base = allowed - reduction;
        let (mut deductible, mut copay, mut coinsurance) = self.share(base, fee, rule, remaining);
        let due = base - deductible - copay - coinsurance;
        let mut other = Decimal::ZERO;
        let mut paid = due;
        if let Some(other_paid) = self.other_paid {
            // Never more than is left of what is allowed, and the member never owes more than then remains.
            let left = (base - other_paid).max(Decimal::ZERO);
            paid = due.min(left);
            let mut owed = left - paid;
            for share in [&mut deductible, &mut coinsurance, &mut copay] {
                *share = (*share).min(owed);
                owed -= *share;
            }
            other = base - paid - deductible - coinsurance - copay;
        }
        let withheld =
            rule.and_then(|rule| rule.withhold).map_or(Decimal::ZERO, |w| cents(paid * w.0));
        let reduced =
            reduced.map(|reduce| (reduce.group.as_str(), reduce.reason.as_str(), reduction));
        let reasons = [
            Some(("CO", "45", self.charge - allowed)),
            reduced.filter(|(group, ..)| *group == "CO"),
            Some(("CO", "104", withheld)),
            reduced.filter(|(group, ..)| *group == "PI"),
            reduced.filter(|(group, ..)| *group == "OA"),
            Some(("OA", "23", other)),
            Some(("PR", "1", deductible)),
            Some(("PR", "2", coinsurance)),
            Some(("PR", "3", copay)),
            reduced.filter(|(group, ..)| *group == "PR"),
        ];
        let reasons = reasons.into_iter().flatten().filter(|(.., amount)| !amount.is_zero());
        let adjustments =
            reasons.map(|(group, reason, amount)| Adjustment::new(group, reason, amount));
        let adjustments = adjustments.collect();
        Priced { paid: paid - withheld, allowed, deductible, coinsurance, copay, adjustments }
    }

    /// Deductible, copay and coinsurance.
    fn share(
        &self,
        base: Decimal,
        fee: &Fee,
        rule: Option<&Rule>,
        remaining: Remaining,
    ) -> (Decimal, Decimal, Decimal) {
        if remaining.no_share {
            return (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        }
        let applies = rule.and_then(|rule| rule.deductible).unwrap_or(fee.deductible);
        let deductible = if applies { remaining.deductible.min(base) } else { Decimal::ZERO };
        let copay = rule.and_then(|rule| rule.copay).unwrap_or(fee.copay).0.min(base - deductible);
        let rate = rule.and_then(|rule| rule.coinsurance).unwrap_or(fee.coinsurance).0;
        let coinsurance = cents((base - deductible - copay) * rate);
        // Of the member's share no more is asked for than the limit leaves.
        let mut left = remaining.out_of_pocket.unwrap_or(base);
        let [deductible, copay, coinsurance] = [deductible, copay, coinsurance].map(|part| {
            let part = part.min(left);
            left -= part;
            part
        });
        (deductible, copay, coinsurance)
    }

    /// The line when nothing is paid for it.
    pub(super) fn denied(&self, denial: &Denial) -> Vec<Adjustment> {
        let adjustment = Adjustment::new(denial.group.as_str(), &denial.reason, self.charge);
        let adjustment = Adjustment { quantity: Some(self.units), ..adjustment };
        Some(adjustment).filter(|adjustment| !adjustment.amount.is_zero()).into_iter().collect()
    }
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::sandbox::rules::Rules;

    const HEAD: &str = "[payer]\nname = 'PLAN'\ncompany = '1999999999'\nstreet = '9 PLAN WAY'\ncity = 'BOSTON'\nstate = 'MA'\n\
        zip = '02111'\ncontact = 'CLAIMS'\ntelephone = '6175550133'\n[fee]\nallowed = '80%'\n";

    fn rules(rule: &str) -> Rules {
        Rules::parse(&format!("{HEAD}[[rule]]\nname = 'r'\n{rule}")).unwrap()
    }

    fn priced(rule: &str, charge: i64, other: Option<i64>, remaining: Remaining) -> String {
        let rules = rules(rule);
        let asked = Asked {
            charge: Decimal::from(charge),
            units: Decimal::ONE,
            other_paid: other.map(Decimal::from),
        };
        let priced = asked.priced(&rules.fee, rules.rules.first(), remaining);
        let why = |a: &Adjustment| format!("{} {} {}", a.group, a.reason, a.amount.normalize());
        let why: Vec<String> = priced.adjustments.iter().map(why).collect();
        format!("{}; {}", priced.paid.normalize(), why.join(", "))
    }

    #[test]
    fn a_line_is_priced_by_the_rule_and_what_the_member_has_used() {
        let none = Remaining::default();
        let some = Remaining { deductible: Decimal::from(30), ..none };
        let little = Remaining { out_of_pocket: Some(Decimal::from(25)), ..some };
        let nothing = Remaining { no_share: true, ..some };
        for (rule, other, remaining, expected) in [
            ("copay = '0.00'", None, none, "80; CO 45 20"),
            ("copay = '15.00'", None, some, "35; CO 45 20, PR 1 30, PR 3 15"),
            ("copay = '15.00'", None, little, "55; CO 45 20, PR 1 25"),
            ("copay = '15.00'", None, nothing, "80; CO 45 20"),
            ("copay = '15.00'\ndeductible = false", None, some, "65; CO 45 20, PR 3 15"),
            ("coinsurance = '20%'", None, some, "40; CO 45 20, PR 1 30, PR 2 10"),
            ("allowed_amount = '60.00'", None, none, "60; CO 45 40"),
            ("allowed_amount = '600.00'", None, none, "100; "),
            ("allowed = '50%'\nwithhold = '10%'", None, none, "45; CO 45 50, CO 104 5"),
            (
                "reduce = { share = '50%', group = 'CO', reason = '59' }",
                None,
                none,
                "40; CO 45 20, CO 59 40",
            ),
            ("copay = '15.00'", Some(50), none, "30; CO 45 20, OA 23 50"),
            ("copay = '15.00'", Some(5), none, "65; CO 45 20, OA 23 5, PR 3 10"),
            ("copay = '15.00'", Some(90), none, "0; CO 45 20, OA 23 80"),
            ("copay = '15.00'", Some(0), none, "65; CO 45 20, PR 3 15"),
        ] {
            assert_eq!(priced(rule, 100, other, remaining), expected, "{rule} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn every_line_balances(
            charge in 0_i64..1_000_000,
            units in 1_i64..9,
            other in proptest::option::of(0_i64..1_000_000),
            deductible in 0_i64..200_000,
            pocket in proptest::option::of(0_i64..200_000),
            rule in proptest::sample::select(vec![
                "copay = '25.00'",
                "allowed_amount = '33.33'\ncoinsurance = '17%'",
                "allowed = '77%'\nwithhold = '3%'\ncopay = '10.00'",
                "reduce = { share = '33%', group = 'PR', reason = '96' }\ncoinsurance = '20%'",
            ]),
        ) {
            let money = |cents| Decimal::new(cents, 2);
            let rules = rules(rule);
            let asked = Asked {
                charge: money(charge),
                units: Decimal::from(units),
                other_paid: other.map(money),
            };
            let remaining = Remaining {
                deductible: money(deductible),
                out_of_pocket: pocket.map(money),
                no_share: false,
            };
            let priced = asked.priced(&rules.fee, rules.rules.first(), remaining);
            let adjusted: Decimal = priced.adjustments.iter().map(|a| a.amount).sum();
            prop_assert_eq!(asked.charge - priced.paid, adjusted);
            prop_assert!(priced.adjustments.iter().all(|a| a.amount > Decimal::ZERO));
            prop_assert!(priced.paid >= Decimal::ZERO && priced.paid.scale() <= 2);
            let share = priced.deductible + priced.coinsurance + priced.copay;
            prop_assert!(remaining.out_of_pocket.is_none_or(|most| share <= most));
            prop_assert!(priced.deductible <= remaining.deductible);
            if let Some(other) = asked.other_paid {
                prop_assert!(priced.paid + other <= priced.allowed.max(other));
            }
        }
    }
}
