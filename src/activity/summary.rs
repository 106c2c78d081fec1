//! Activity: for each day, partner, lane and transport how much came, and what became of it.

use std::collections::BTreeMap;

use time::Date;

use super::interchanges::Walk;
use super::{Desk, Result, Rows};
use crate::store::InterchangeRow;

/// What is counted apart.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: Date,
    partner: Box<str>,
    lane: Box<str>,
    transport: Box<str>,
    usage: char,
}

#[derive(Default)]
struct Sums {
    interchanges: u64,
    outcomes: [u64; 4],
    bytes: u64,
    sets: u64,
    accepted: u64,
    findings: u64,
    /// Interchanges of each kind of set.
    kinds: BTreeMap<Box<str>, u64>,
}

/// The outcomes that are counted, as the journal names them.
const OUTCOMES: [&str; 4] = ["accepted", "partial", "rejected", "refused"];

impl Sums {
    fn add(&mut self, row: &InterchangeRow, kinds: &[Box<str>]) {
        self.interchanges += 1;
        let outcome = OUTCOMES.iter().position(|outcome| *outcome == &*row.end.outcome);
        if let Some(outcome) = outcome {
            self.outcomes[outcome] += 1;
        }
        self.bytes += row.end.bytes;
        self.sets += u64::from(row.end.sets);
        self.accepted += u64::from(row.end.accepted);
        self.findings += row.end.findings;
        for kind in kinds {
            *self.kinds.entry(kind.clone()).or_default() += 1;
        }
    }
}

pub(super) async fn write(desk: &Desk<'_>, out: &mut Rows<'_>) -> Result<()> {
    let mut sums: BTreeMap<Key, Sums> = BTreeMap::new();
    let mut walk = Walk::new(desk);
    while let Some(page) = walk.page().await? {
        for it in page {
            let opening = &it.row.opening;
            let key = Key {
                day: desk.local(opening.received_micros).date(),
                partner: opening.partner.clone(),
                lane: opening.lane.clone(),
                transport: opening.transport.clone(),
                usage: if opening.key.test { 'T' } else { 'P' },
            };
            sums.entry(key).or_default().add(&it.row, &it.sets);
        }
    }
    out.write_record([
        "day",
        "partner",
        "lane",
        "transport",
        "usage",
        "interchanges",
        "accepted",
        "partial",
        "rejected",
        "refused",
        "sets",
        "sets_accepted",
        "findings",
        "bytes",
        "kinds",
    ])?;
    for (key, sums) in sums {
        let kinds: Vec<String> =
            sums.kinds.iter().map(|(kind, count)| format!("{kind}:{count}")).collect();
        let [accepted, partial, rejected, refused] = sums.outcomes.map(|count| count.to_string());
        out.write_record([
            key.day.to_string(),
            key.partner.into(),
            key.lane.into(),
            key.transport.into(),
            key.usage.to_string(),
            sums.interchanges.to_string(),
            accepted,
            partial,
            rejected,
            refused,
            sums.sets.to_string(),
            sums.accepted.to_string(),
            sums.findings.to_string(),
            sums.bytes.to_string(),
            kinds.join(" "),
        ])?;
    }
    Ok(())
}
