//! Deductible and out-of-pocket maximum: the limit, what was met, what remains.
//!
//! A 271 says the limit and what remains of it in two benefits that differ in the period (EB06); what was met is the
//! difference.
//!
//! Serves of the portal map: the tabs Deductible and Out of Pocket Max.

use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::eligibility::EligibilityView;
use super::words::{date_with, iso_date, money};
use crate::txn::eligibility::When;
use crate::txn::eligibility::response::{Answer, Benefit};
use crate::wire::Code;

/// Which limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitKind {
    /// EB01 `C`.
    Deductible,
    /// EB01 `G`.
    OutOfPocket,
}

impl LimitKind {
    /// What the tab is called.
    pub fn title(self) -> &'static str {
        match self {
            LimitKind::Deductible => "Deductible",
            LimitKind::OutOfPocket => "Out-of-pocket maximum",
        }
    }

    fn benefit_kind(self) -> &'static str {
        match self {
            LimitKind::Deductible => "C",
            LimitKind::OutOfPocket => "G",
        }
    }
}

/// What the tab of a limit shows of one person.
#[derive(Clone, PartialEq, Eq)]
pub enum LimitTab<'v> {
    /// The answer does not mention this limit; the words say so.
    NotMentioned(String),
    /// There is no such limit; the words say so.
    DoesNotApply(&'static str),
    /// The limits.
    Table {
        /// A row for each level and network.
        rows: &'v [LimitRow],
        /// How much of the member's own limit remains, as a sentence.
        remaining: Option<String>,
    },
}

/// Shows which of them it is, never the sentence: it names the member.
impl fmt::Debug for LimitTab<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitTab::NotMentioned(words) => f.debug_tuple("NotMentioned").field(words).finish(),
            LimitTab::DoesNotApply(words) => f.debug_tuple("DoesNotApply").field(words).finish(),
            LimitTab::Table { rows, .. } => {
                f.debug_struct("Table").field("rows", &rows.len()).finish_non_exhaustive()
            }
        }
    }
}

impl EligibilityView {
    /// The limits of this kind.
    pub fn limits(&self, kind: LimitKind) -> &[LimitRow] {
        match kind {
            LimitKind::Deductible => &self.deductible,
            LimitKind::OutOfPocket => &self.out_of_pocket,
        }
    }

    /// What the tab of this limit shows.
    pub fn limit_tab(&self, kind: LimitKind) -> LimitTab<'_> {
        let rows = self.limits(kind);
        if rows.is_empty() {
            let what = kind.title().to_lowercase();
            return LimitTab::NotMentioned(format!("The reply contains no {what}."));
        }
        if rows.iter().all(|row| row.not_applicable) {
            return LimitTab::DoesNotApply(match kind {
                LimitKind::Deductible => "Deductibles do not apply.",
                LimitKind::OutOfPocket => "An out-of-pocket maximum does not apply.",
            });
        }
        LimitTab::Table { rows, remaining: self.remaining_in_words(kind, rows) }
    }

    fn remaining_in_words(&self, kind: LimitKind, rows: &[LimitRow]) -> Option<String> {
        let own =
            rows.iter().find(|row| row.level == "Individual" && row.network != "out of network")?;
        let (member, remaining) = (self.member.as_ref()?, own.remaining.as_ref()?);
        Some(format!(
            "{} has {remaining} remaining toward the individual {} {}.",
            member.name,
            own.network,
            kind.title().to_lowercase()
        ))
    }
}

/// One limit: what was met of it and what remains.
#[derive(Serialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// The plan, where the answer is about several; else empty.
    pub plan: String,
    /// `Individual` or `Family`.
    pub level: &'static str,
    /// `in network`, `out of network`, or both.
    pub network: &'static str,
    /// What was met of it; unknown where the 271 does not say what remains.
    pub met: Option<String>,
    /// The limit.
    pub limit: Option<String>,
    /// What remains.
    pub remaining: Option<String>,
    /// Claims up to this day are counted.
    pub as_of: Option<String>,
    /// True where the limit is zero: it does not apply.
    pub not_applicable: bool,
}

impl LimitRow {
    /// What remains, in a few words.
    pub fn in_short(&self) -> Option<String> {
        match (&self.remaining, &self.limit) {
            _ if self.not_applicable => Some("does not apply".to_owned()),
            (Some(remaining), Some(limit)) => Some(format!("{remaining} of {limit} remaining")),
            _ => None,
        }
    }
}

/// The limits of this kind for the plan as a whole.
pub(super) fn limit_rows(answer: &Answer, kind: LimitKind) -> Vec<LimitRow> {
    let of_plan = |benefit: &&Benefit| {
        let general = benefit.service_types.is_empty();
        benefit.kind == kind.benefit_kind()
            && (general || benefit.service_types.iter().any(|s| *s == "30"))
    };
    let mut found: Vec<Gathered> = Vec::new();
    for benefit in answer.benefits.iter().filter(of_plan) {
        let year = date_with(&benefit.dates, "472");
        let same = |row: &Gathered| {
            row.level == benefit.level
                && row.network == benefit.network
                && *row.plan == *benefit.plan
                && row.days == year
        };
        let place = found.iter().position(same).unwrap_or_else(|| {
            let (level, network) = (benefit.level, benefit.network);
            let plan = benefit.plan.to_string();
            found.push(Gathered { plan, level, network, days: year, ..Gathered::default() });
            found.len() - 1
        });
        let row = &mut found[place];
        if benefit.period == "29" {
            row.remaining = benefit.amount.or(row.remaining);
        } else {
            row.limit = benefit.amount.or(row.limit);
        }
        if let Some(as_of) = date_with(&benefit.dates, "636") {
            row.as_of = Some(iso_date(as_of.last()));
        }
    }
    found.into_iter().map(Gathered::row).collect()
}

/// The benefits of one level in one network, taken together.
#[derive(Default)]
struct Gathered {
    plan: String,
    /// The days it is about, where the answer has several parts.
    days: Option<When>,
    level: Code,
    network: Code,
    limit: Option<Decimal>,
    remaining: Option<Decimal>,
    as_of: Option<String>,
}

impl Gathered {
    fn row(self) -> LimitRow {
        let met = self.limit.zip(self.remaining);
        LimitRow {
            plan: self.plan,
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
