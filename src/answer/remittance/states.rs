//! How a claim stands after a remittance advice: the table `specs/005010X221A1/states.map`, read at first use.

use std::sync::LazyLock;

use time::Date;

use crate::store::ClaimState;
use crate::txn::claim_ack::Status;
use crate::txn::remittance::ClaimPayment;

const TABLE: &str = include_str!("../../../specs/005010X221A1/states.map");

/// What was done to a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// Something was paid.
    Paid,
    /// Nothing was paid.
    Denied,
    /// It was passed on to another payer.
    Forwarded,
    /// It was priced in advance.
    Predetermined,
    /// Its decision was taken back, and the new one follows.
    Reversed,
    /// Another version took its place.
    Replaced,
    /// It was voided.
    Voided,
}

/// Names of the fates in the table, in their order.
const FATES: [(&str, Fate); 7] = [
    ("paid", Fate::Paid),
    ("denied", Fate::Denied),
    ("forwarded", Fate::Forwarded),
    ("predetermined", Fate::Predetermined),
    ("reversed", Fate::Reversed),
    ("replaced", Fate::Replaced),
    ("voided", Fate::Voided),
];

/// A reason for which nothing is paid.
#[derive(Debug)]
struct Reason {
    /// Empty for every group.
    group: &'static str,
    reason: &'static str,
    status: Status,
}

#[derive(Debug, Default)]
struct Table {
    fates: Vec<(Fate, Status)>,
    reasons: Vec<Reason>,
}

static STATES: LazyLock<Table> = LazyLock::new(|| {
    let read = Table::parse(TABLE);
    debug_assert!(read.is_some(), "the table of states cannot be read");
    read.unwrap_or_default()
});

impl Table {
    fn parse(text: &'static str) -> Option<Table> {
        let mut table = Table::default();
        for line in text.lines() {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["state", name, status] => {
                    let (_, fate) = FATES.iter().find(|(known, _)| *known == name)?;
                    table.fates.push((*fate, Status::parse(status)?));
                }
                ["zero", group, reason, status] => {
                    let group = if group == "*" { "" } else { group };
                    table.reasons.push(Reason { group, reason, status: Status::parse(status)? });
                }
                _ => return None,
            }
        }
        FATES.iter().all(|(_, fate)| table.fates.iter().any(|row| row.0 == *fate)).then_some(table)
    }
}

/// The state of a claim to which this was done.
pub(crate) fn after(fate: Fate, effective: Date) -> ClaimState {
    let status = STATES.fates.iter().find(|(known, _)| *known == fate).map(|(_, status)| status);
    let fallback = Status::new("F0", "0", "");
    state(status.unwrap_or(&fallback), effective)
}

/// The state of a claim after this decision, which is no reversal.
pub(crate) fn decided(claim: &ClaimPayment, effective: Date) -> ClaimState {
    match claim.status.as_str() {
        "19" | "20" | "21" | "23" => after(Fate::Forwarded, effective),
        "25" => after(Fate::Predetermined, effective),
        _ if !claim.paid.is_zero() => after(Fate::Paid, effective),
        _ => {
            let fits = |row: &&Reason| {
                let mut adjustments = claim.all_adjustments();
                adjustments.any(|adjustment| {
                    adjustment.reason == row.reason
                        && (row.group.is_empty() || adjustment.group == row.group)
                        && !adjustment.amount.is_zero()
                })
            };
            match STATES.reasons.iter().find(fits) {
                Some(reason) => state(&reason.status, effective),
                None => after(Fate::Denied, effective),
            }
        }
    }
}

fn state(status: &Status, effective: Date) -> ClaimState {
    ClaimState {
        category: status.category.clone(),
        code: status.code.clone(),
        entity: status.entity.clone(),
        effective,
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use time::macros::date;

    use super::*;
    use crate::txn::remittance::Adjustment;
    use crate::wire::Code;

    const DAY: Date = date!(2026 - 01 - 05);

    fn stands(status: &str, paid: i64, adjustments: &[(&str, &str)]) -> String {
        let adjustment =
            |(group, reason): &(&str, &str)| Adjustment::new(group, reason, Decimal::TEN);
        let claim = ClaimPayment {
            status: Code::from(status),
            paid: Decimal::from(paid),
            adjustments: adjustments.iter().map(adjustment).collect(),
            ..ClaimPayment::default()
        };
        let ClaimState { category, code, entity, .. } = decided(&claim, DAY);
        [&*category, &*code, &*entity].join(":").trim_end_matches(':').to_owned()
    }

    #[test]
    fn the_decision_says_how_a_claim_stands() {
        for (status, paid, adjustments, expected) in [
            ("1", 50, &[("CO", "45")][..], "F1:65"),
            // A denial is said by its adjustments, whatever CLP02 says.
            ("1", 0, &[("CO", "29")], "F2:718"),
            ("4", 0, &[("CO", "29")], "F2:718"),
            ("2", 0, &[("CO", "45"), ("OA", "23")], "F1:104"),
            ("1", 0, &[("CO", "45"), ("PR", "1")], "F1:98"),
            ("1", 0, &[("CO", "1")], "F2:0"),
            ("3", 0, &[("CO", "45")], "F2:0"),
            ("1", 0, &[("PR", "1"), ("CO", "50")], "F2:104"),
            ("4", 0, &[("PR", "31")], "F2:97:IL"),
            ("19", 50, &[], "F3F:16:PR"),
            ("23", 0, &[("OA", "109")], "F3F:16:PR"),
            ("25", 0, &[], "F4:0"),
        ] {
            assert_eq!(
                stands(status, paid, adjustments),
                expected,
                "{status} {paid} {adjustments:?}"
            );
        }
    }

    #[test]
    fn the_codes_of_the_table_are_in_the_lists() {
        let lists = [
            include_str!("../../../specs/codes/claim-status-categories.codes"),
            include_str!("../../../specs/codes/claim-statuses.codes"),
        ];
        let is_listed = |list: &str, code: &str| {
            list.lines().any(|line| line.split_whitespace().next() == Some(code))
        };
        let all = STATES.fates.iter().map(|(_, status)| status);
        for status in all.chain(STATES.reasons.iter().map(|reason| &reason.status)) {
            assert!(is_listed(lists[0], &status.category), "{status:?}");
            assert!(is_listed(lists[1], &status.code), "{status:?}");
        }
        assert!(Table::parse("state paid F1:65").is_none(), "the others are missing");
    }
}
