//! When a review has to be decided.

use time::{Duration, PrimitiveDateTime, Weekday};

use crate::config::reviews::{Clock, ClockUnit};

/// The instant at which a clock that starts now has run down. Days end where they began; Saturdays and Sundays are no business
/// days.
pub(super) fn due(clock: &Clock, now: PrimitiveDateTime) -> PrimitiveDateTime {
    match clock.unit {
        ClockUnit::Hours => now.saturating_add(Duration::hours(i64::from(clock.amount))),
        ClockUnit::Days => now.saturating_add(Duration::days(i64::from(clock.amount))),
        ClockUnit::BusinessDays => {
            let mut at = now;
            let mut left = clock.amount.min(3660);
            while left > 0 {
                at = at.saturating_add(Duration::DAY);
                left -= u32::from(!matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday));
            }
            at
        }
    }
}

/// Microseconds since 1970, taking the payer's time for UTC.
pub(super) fn micros(at: PrimitiveDateTime) -> i64 {
    let nanos = at.assume_utc().unix_timestamp_nanos();
    i64::try_from(nanos / 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn each_unit_counts_its_own() {
        let friday = datetime!(2026-01-09 16:00);
        for (amount, unit, expected) in [
            (72, ClockUnit::Hours, datetime!(2026-01-12 16:00)),
            (7, ClockUnit::Days, datetime!(2026-01-16 16:00)),
            (1, ClockUnit::BusinessDays, datetime!(2026-01-12 16:00)),
            (2, ClockUnit::BusinessDays, datetime!(2026-01-13 16:00)),
        ] {
            let clock = Clock { products: Vec::new(), urgent: false, amount, unit };
            assert_eq!(due(&clock, friday), expected, "{amount} {unit:?}");
        }
    }
}
