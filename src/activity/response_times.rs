//! Response times, as the CORE operating rules count them: for each partner, month and lane the share of answers that were in time.

use std::collections::BTreeMap;

use super::interchanges::Walk;
use super::{Desk, Result, Rows, due, instant, micros};

/// Partner, month and lane.
type Key = (Box<str>, String, Box<str>);

#[derive(Default)]
struct Sums {
    answered: u64,
    in_time: u64,
    all_micros: u128,
    longest_micros: i64,
}

impl Sums {
    fn add(&mut self, taken_micros: i64, is_in_time: bool) {
        self.answered += 1;
        self.in_time += u64::from(is_in_time);
        self.all_micros += u128::from(taken_micros.unsigned_abs());
        self.longest_micros = self.longest_micros.max(taken_micros);
    }

    /// In hundredths of a percent, rounded down, so that nothing conforms by rounding.
    fn share(&self) -> u64 {
        (self.in_time * 10_000).checked_div(self.answered).unwrap_or(10_000)
    }
}

pub(super) async fn write(desk: &Desk<'_>, out: &mut Rows<'_>) -> Result<()> {
    let settings = &desk.config.reports;
    let patience = i64::from(settings.real_time_seconds) * 1_000_000;
    let mut sums: BTreeMap<Key, Sums> = BTreeMap::new();
    let mut walk = Walk::new(desk);
    while let Some(page) = walk.page().await? {
        // What nothing is said to was not asked for an answer.
        for it in page.iter().filter(|it| !it.replies.is_empty()) {
            let (opening, end) = (&it.row.opening, &it.row.end);
            let received = instant(opening.received_micros);
            let taken = end.answered_micros.saturating_sub(opening.received_micros).max(0);
            let is_in_time = match &*opening.lane {
                "batch" => {
                    let due = due::due(received, |day| desk.config.reviews.is_business_day(day));
                    end.answered_micros <= micros(due)
                }
                _ => taken <= patience,
            };
            let local = desk.local(opening.received_micros);
            let month = format!("{:04}-{:02}", local.year(), u8::from(local.month()));
            let key = (opening.partner.clone(), month, opening.lane.clone());
            sums.entry(key).or_default().add(taken, is_in_time);
        }
    }
    out.write_record([
        "partner",
        "month",
        "lane",
        "answers",
        "in_time",
        "percent",
        "percent_min",
        "conforms",
        "average_ms",
        "longest_ms",
    ])?;
    for ((partner, month, lane), sums) in sums {
        let share = sums.share();
        let average = sums.all_micros / u128::from(sums.answered.max(1)) / 1000;
        let conforms = share >= u64::from(settings.percent_min) * 100;
        out.write_record([
            &*partner,
            &month,
            &lane,
            &sums.answered.to_string(),
            &sums.in_time.to_string(),
            &format!("{}.{:02}", share / 100, share % 100),
            &settings.percent_min.to_string(),
            if conforms { "yes" } else { "no" },
            &average.to_string(),
            &(sums.longest_micros / 1000).to_string(),
        ])?;
    }
    Ok(())
}
