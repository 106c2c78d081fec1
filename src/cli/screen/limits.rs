//! Deductible and out-of-pocket maximum: the limit, what was met, what remains.
//!
//! A 271 says the limit and what remains of it in two benefits that differ in the period (EB06); what was met is the
//! difference.

use rust_decimal::Decimal;
use serde::Serialize;

use super::{date, day, money};
use crate::txn::eligibility::response::{Answer, Benefit};
use crate::wire::Code;

/// One limit.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Row {
    /// `Individual` or `Family`.
    pub(super) level: &'static str,
    /// `in network`, `out of network`, or both.
    pub(super) network: &'static str,
    /// What was used of it; unknown where the 271 does not say what remains.
    pub(super) met: Option<String>,
    /// The limit; `does not apply` where it is nothing.
    pub(super) limit: Option<String>,
    /// What remains.
    pub(super) remaining: Option<String>,
    /// Claims up to this day are counted.
    pub(super) as_of: Option<String>,
    /// True when the limit is nothing at all.
    pub(super) not_applicable: bool,
}

impl Row {
    /// What remains, in a few words.
    pub(in crate::cli) fn in_short(&self) -> Option<String> {
        match (&self.remaining, &self.limit) {
            _ if self.not_applicable => Some("does not apply".to_owned()),
            (Some(remaining), Some(limit)) => Some(format!("{remaining} of {limit} remaining")),
            _ => None,
        }
    }
}

/// The limits of this kind (EB01 `C` or `G`) for the plan as a whole.
pub(super) fn rows(answer: &Answer, kind: &str) -> Vec<Row> {
    let of_plan = |benefit: &&Benefit| {
        let general = benefit.service_types.is_empty();
        benefit.kind == kind && (general || benefit.service_types.iter().any(|s| *s == "30"))
    };
    let mut found: Vec<(Code, Code, Option<Decimal>, Option<Decimal>, Option<String>)> = Vec::new();
    for benefit in answer.benefits.iter().filter(of_plan) {
        let place = found
            .iter()
            .position(|(level, network, ..)| *level == benefit.level && *network == benefit.network)
            .unwrap_or_else(|| {
                found.push((benefit.level, benefit.network, None, None, None));
                found.len() - 1
            });
        let row = &mut found[place];
        if benefit.period == "29" {
            row.3 = benefit.amount.or(row.3);
        } else {
            row.2 = benefit.amount.or(row.2);
        }
        if let Some(as_of) = date(&benefit.dates, "636") {
            row.4 = Some(day(as_of.last()));
        }
    }
    found
        .into_iter()
        .map(|(level, network, limit, remaining, as_of)| Row {
            level: match level.as_str() {
                "FAM" => "Family",
                _ => "Individual",
            },
            network: network_words(network),
            met: limit.zip(remaining).map(|(limit, rest)| money((limit - rest).max(Decimal::ZERO))),
            not_applicable: limit.is_some_and(|limit| limit.is_zero()),
            limit: limit.map(money),
            remaining: remaining.map(money),
            as_of,
        })
        .collect()
}

/// EB12 in words.
pub(super) fn network_words(network: Code) -> &'static str {
    match network.as_str() {
        "Y" => "in network",
        "N" => "out of network",
        "W" => "in and out of network",
        _ => "any network",
    }
}
