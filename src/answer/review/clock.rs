//! When a review has to be decided, and until when it waits for what was asked for: in the payer's local time.

use std::sync::Arc;

use time::{Date, Duration, PrimitiveDateTime};

use crate::config::reviews::{Clock, ClockStart, ClockUnit};
use crate::config::{LocalTime, ReviewPolicy};

/// What counts the time of reviews.
#[derive(Clone, Debug)]
pub struct ReviewClock {
    policy: Arc<ReviewPolicy>,
    local_time: LocalTime,
}

impl ReviewClock {
    /// With these settings, in this local time.
    pub fn new(policy: Arc<ReviewPolicy>, local_time: LocalTime) -> ReviewClock {
        ReviewClock { policy, local_time }
    }

    /// Microseconds since 1970 UTC of a local time.
    pub fn micros(&self, at: PrimitiveDateTime) -> i64 {
        let nanos = self.local_time.instant(at).unix_timestamp_nanos();
        i64::try_from(nanos / 1000).unwrap_or(i64::MAX)
    }

    /// The local time of an instant.
    pub fn local(&self, micros: i64) -> PrimitiveDateTime {
        let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000);
        let at = self.local_time.at(at.unwrap_or(time::OffsetDateTime::UNIX_EPOCH));
        PrimitiveDateTime::new(at.date(), at.time())
    }

    /// When a review of this product has to be decided that is received now; none while its clock does not run, because
    /// something is still to come.
    pub fn due(&self, of: Reviewed<'_>, lacks: bool, now: PrimitiveDateTime) -> Option<i64> {
        let clock = self.policy.clock_of(of.product, of.urgent)?;
        let waits = lacks && clock.start == ClockStart::Complete;
        (!waits).then(|| self.micros(self.end(clock, now)))
    }

    /// When a review has to be decided once a document has come now, where it was to be by `due`.
    pub fn due_after_document(
        &self,
        of: Reviewed<'_>,
        due: Option<i64>,
        now: PrimitiveDateTime,
    ) -> Option<i64> {
        match self.policy.clock_of(of.product, of.urgent) {
            Some(clock) if clock.start == ClockStart::Complete => {
                Some(self.micros(self.end(clock, now)))
            }
            _ => due,
        }
    }

    /// When a review that lacks what was asked for is closed.
    pub fn closes(&self, now: PrimitiveDateTime) -> Option<i64> {
        let days = self.policy.close_out_business_days;
        (days > 0).then(|| self.micros(self.business_days_ahead(days, now)))
    }

    /// By how many calendar days the time for a review may be extended.
    pub fn extension_days(&self, of: Reviewed<'_>) -> u32 {
        self.policy.clock_of(of.product, of.urgent).map_or(0, |clock| clock.extension_days)
    }

    /// The instant at which a clock that starts now has run down. Days end where they began.
    fn end(&self, clock: &Clock, now: PrimitiveDateTime) -> PrimitiveDateTime {
        match clock.unit {
            ClockUnit::Hours => now.saturating_add(Duration::hours(i64::from(clock.amount))),
            ClockUnit::Days => now.saturating_add(Duration::days(i64::from(clock.amount))),
            ClockUnit::BusinessDays => self.business_days_ahead(clock.amount, now),
        }
    }

    fn business_days_ahead(&self, days: u32, now: PrimitiveDateTime) -> PrimitiveDateTime {
        let mut at = now;
        let mut left = days;
        while left > 0 && at.date() < Date::MAX {
            at = at.saturating_add(Duration::DAY);
            left -= u32::from(self.policy.is_business_day(at.date()));
        }
        at
    }
}

/// What a clock is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reviewed<'r> {
    /// The product of the patient's plan.
    pub product: &'r str,
    /// Whether it is urgent.
    pub urgent: bool,
}

impl<'r> Reviewed<'r> {
    /// A review of this product, with this UM06.
    pub fn new(product: &'r str, level: &str) -> Reviewed<'r> {
        Reviewed { product, urgent: matches!(level, "U" | "03") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn clock(amount: u32, unit: ClockUnit, start: ClockStart) -> ReviewClock {
        let clock =
            Clock { products: Vec::new(), urgent: false, amount, unit, start, extension_days: 3 };
        let policy = ReviewPolicy {
            clock: vec![clock],
            holidays: vec!["2026-01-12".to_owned()],
            ..ReviewPolicy::default()
        };
        ReviewClock::new(policy.into(), LocalTime::fixed(-300))
    }

    const PLAIN: Reviewed<'_> = Reviewed { product: "any", urgent: false };

    #[test]
    fn each_unit_counts_its_own_in_local_time() {
        let friday = datetime!(2026-01-09 22:00);
        for (amount, unit, expected) in [
            (72, ClockUnit::Hours, datetime!(2026-01-12 22:00)),
            (7, ClockUnit::Days, datetime!(2026-01-16 22:00)),
            (1, ClockUnit::BusinessDays, datetime!(2026-01-13 22:00)),
            (2, ClockUnit::BusinessDays, datetime!(2026-01-14 22:00)),
        ] {
            let clock = clock(amount, unit, ClockStart::Received);
            let due = clock.due(PLAIN, true, friday).unwrap();
            assert_eq!(clock.local(due), expected, "{amount} {unit:?}");
            // Ten at night in the east of the United States is three in the morning of the next day in UTC.
            let utc = (expected + Duration::hours(5)).assume_utc().unix_timestamp();
            assert_eq!(due, utc * 1_000_000);
        }
    }

    #[test]
    fn a_clock_that_begins_when_all_is_there_waits_for_it() {
        let monday = datetime!(2026-02-02 10:00);
        let later = datetime!(2026-02-05 11:00);
        let complete = clock(2, ClockUnit::BusinessDays, ClockStart::Complete);
        assert_eq!(complete.due(PLAIN, true, monday), None);
        let due = complete.due(PLAIN, false, monday);
        assert_eq!(due.map(|due| complete.local(due)), Some(datetime!(2026-02-04 10:00)));
        let due = complete.due_after_document(PLAIN, None, later);
        assert_eq!(due.map(|due| complete.local(due)), Some(datetime!(2026-02-09 11:00)));
        let received = clock(2, ClockUnit::BusinessDays, ClockStart::Received);
        let due = received.due(PLAIN, true, monday);
        assert_eq!(received.due_after_document(PLAIN, due, later), due, "it ran already");
        assert_eq!(received.extension_days(PLAIN), 3);
    }

    #[test]
    fn days_are_counted_over_a_change_of_the_clocks() {
        let policy = clock(2, ClockUnit::Days, ClockStart::Received).policy;
        let boston = LocalTime::of_zone("America/New_York").unwrap();
        let clock = ReviewClock::new(policy, boston);
        let due = clock.due(PLAIN, true, datetime!(2026-03-07 10:00)).unwrap();
        assert_eq!(clock.local(due), datetime!(2026-03-09 10:00));
        assert_eq!(due, datetime!(2026-03-09 14:00 UTC).unix_timestamp() * 1_000_000);
    }

    #[test]
    fn closing_counts_business_days_and_may_be_off() {
        let clock = clock(1, ClockUnit::Hours, ClockStart::Received);
        let closes = clock.closes(datetime!(2026-01-09 16:00)).unwrap();
        assert_eq!(clock.local(closes), datetime!(2026-02-02 16:00));
        let policy = ReviewPolicy { close_out_business_days: 0, ..ReviewPolicy::default() };
        let never = ReviewClock::new(policy.into(), LocalTime::fixed(0));
        assert_eq!(never.closes(datetime!(2026-01-09 16:00)), None);
    }
}
