//! What was answered, and how long it took.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart, microseconds: an hour.
const MICROS_MAX: u64 = 3_600_000_000;
/// Digits of a time that are kept.
const DIGITS: u8 = 3;

/// What was answered, and how long it took.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Questions that were sent.
    pub sent: u64,
    /// Answers by what they begin with: `271`, `277`, `278`, `999`, or `TA1` for an interchange without a set.
    pub answers: BTreeMap<Box<str>, u64>,
    /// Answers that say AAA 42: the payer cannot answer now.
    pub unavailable: u64,
    /// From the time the first question was due to the last answer.
    pub elapsed: Duration,
    times: Histogram<u64>,
}

impl Figures {
    pub(super) fn new() -> Option<Figures> {
        let mut times = Histogram::new_with_bounds(1, MICROS_MAX, DIGITS).ok()?;
        times.auto(true);
        Some(Figures {
            sent: 0,
            answers: BTreeMap::new(),
            unavailable: 0,
            elapsed: Duration::ZERO,
            times,
        })
    }

    /// Adds an answer that took so long.
    pub(super) fn add(&mut self, kind: &str, is_unavailable: bool, took: Duration) {
        match self.answers.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.answers.insert(kind.into(), 1)),
        }
        self.unavailable += u64::from(is_unavailable);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.times.saturating_record(micros.clamp(1, MICROS_MAX));
    }

    /// Adds what another connection counted.
    pub(super) fn merge(&mut self, other: &Figures) {
        self.sent += other.sent;
        for (kind, count) in &other.answers {
            *self.answers.entry(kind.clone()).or_default() += count;
        }
        self.unavailable += other.unavailable;
        // Both have the same bounds.
        let _ = self.times.add(&other.times);
    }

    /// Answers in all.
    pub fn answered(&self) -> u64 {
        self.times.len()
    }

    /// Answers in a second.
    pub fn per_second(&self) -> f64 {
        self.answered() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The time that this share of the answers took at most, milliseconds; `share` is between 0 and 1.
    pub fn millis(&self, share: f64) -> f64 {
        self.times.value_at_quantile(share) as f64 / 1000.0
    }

    /// The share of the questions that were answered within this time.
    pub fn share_within(&self, time: Duration) -> f64 {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(MICROS_MAX);
        let within = self.times.count_between(0, micros).min(self.sent);
        if self.sent == 0 { 0.0 } else { within as f64 / self.sent as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_answered_is_not_within_any_time() {
        let mut figures = Figures::new().expect("figures");
        figures.sent = 4;
        for millis in [1, 10, 30_000] {
            figures.add("271", millis == 10, Duration::from_millis(millis));
        }
        assert_eq!((figures.answered(), figures.unavailable), (3, 1));
        assert_eq!(figures.share_within(Duration::from_secs(20)), 0.5);
        assert!((figures.millis(0.5) - 10.0).abs() < 0.1, "{}", figures.millis(0.5));
        let mut all = Figures::new().expect("figures");
        all.merge(&figures);
        all.merge(&figures);
        assert_eq!((all.sent, all.answered(), all.answers["271"]), (8, 6, 6));
    }
}
