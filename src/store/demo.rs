//! The sandbox payer: SAMPLE HEALTH PLAN with its plans, members, providers and partners, all invented.
//!
//! The rows are those of `fixtures/demo`, embedded, so that a demonstration needs no files; its README says which member
//! is for what. Dates are counted from the day of the load, so that the demonstration never grows old.

mod claims;

use time::Date;

pub use claims::load_claims;

use super::load::{Format, Kind, LoadError, load_text_into};
use super::{LoadRows, Stores};

/// The files, in the order in which they refer to each other.
const FILES: [(Kind, &str, &str); 9] = [
    (Kind::Plans, "plans.toml", include_str!("../../fixtures/demo/plans.toml")),
    (Kind::Providers, "providers.jsonl", include_str!("../../fixtures/demo/providers.jsonl")),
    (Kind::Members, "members.jsonl", include_str!("../../fixtures/demo/members.jsonl")),
    (
        Kind::Accumulators,
        "accumulators.jsonl",
        include_str!("../../fixtures/demo/accumulators.jsonl"),
    ),
    (
        Kind::OtherCoverage,
        "other-coverage.jsonl",
        include_str!("../../fixtures/demo/other-coverage.jsonl"),
    ),
    (
        Kind::Partners,
        "submitter1.toml",
        include_str!("../../fixtures/demo/partners/submitter1.toml"),
    ),
    (
        Kind::Partners,
        "submitter2.toml",
        include_str!("../../fixtures/demo/partners/submitter2.toml"),
    ),
    (
        Kind::Partners,
        "submitter3.toml",
        include_str!("../../fixtures/demo/partners/submitter3.toml"),
    ),
    (Kind::Partners, "reviewer.toml", include_str!("../../fixtures/demo/partners/reviewer.toml")),
];

/// What makes a store a sandbox: the rules by which it pays claims.
const SANDBOX: (&str, &str) =
    ("sandbox-rules", include_str!("../../fixtures/demo/adjudication.toml"));

/// Loads the sandbox payer as of `today`, in one transaction. What it names is replaced, everything else stays.
pub async fn load(store: &Stores, today: Date) -> Result<(), LoadError> {
    let mut load = store.begin_load().await?;
    for (kind, name, text) in FILES {
        load_text_into(&mut *load, text, name, Format::JsonLines, kind, today, &mut |_| {}).await?;
    }
    let (name, rules) = SANDBOX;
    load.put(LoadRows::Properties(&[(name.into(), rules.into())])).await?;
    Ok(load.commit().await?)
}

/// Only the sandbox payer's plans, for tests and benchmarks that bring their own members.
pub async fn load_plans(store: &Stores, today: Date) -> Result<(), LoadError> {
    let mut load = store.begin_load().await?;
    let (kind, name, text) = FILES[0];
    load_text_into(&mut *load, text, name, Format::JsonLines, kind, today, &mut |_| {}).await?;
    Ok(load.commit().await?)
}
