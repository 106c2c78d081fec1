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
    let mut found: Vec<Gathered> = Vec::new();
    for benefit in answer.benefits.iter().filter(of_plan) {
        let same = |row: &Gathered| row.level == benefit.level && row.network == benefit.network;
        let place = found.iter().position(same).unwrap_or_else(|| {
            let (level, network) = (benefit.level, benefit.network);
            found.push(Gathered { level, network, ..Gathered::default() });
            found.len() - 1
        });
        let row = &mut found[place];
        if benefit.period == "29" {
            row.remaining = benefit.amount.or(row.remaining);
        } else {
            row.limit = benefit.amount.or(row.limit);
        }
        if let Some(as_of) = date(&benefit.dates, "636") {
            row.as_of = Some(day(as_of.last()));
        }
    }
    found.into_iter().map(Gathered::row).collect()
}

/// The benefits of one level in one network, taken together.
#[derive(Default)]
struct Gathered {
    level: Code,
    network: Code,
    limit: Option<Decimal>,
    remaining: Option<Decimal>,
    as_of: Option<String>,
}

impl Gathered {
    fn row(self) -> Row {
        let met = self.limit.zip(self.remaining);
        Row {
            level: match self.level.as_str() {
                "FAM" => "Family",
                _ => "Individual",
            },
            network: network_words(self.network),
            met: met.map(|(limit, rest)| money((limit - rest).max(Decimal::ZERO))),
            not_applicable: self.limit.is_some_and(|limit| limit.is_zero()),
            limit: self.limit.map(money),
            remaining: self.remaining.map(money),
            as_of: self.as_of,
        }
    }
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
