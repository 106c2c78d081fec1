//! When a batch has to be answered, which the CORE operating rules count in the time of the eastern United States.

use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

use crate::config::LocalTime;

/// Whose clocks count.
const ZONE: &str = "America/New_York";
/// A batch received before this hour belongs to that day.
const CUT_OFF_HOUR: u8 = 21;
/// Its answers are due at this hour of the next business day.
const DUE_HOUR: u8 = 7;

/// When the answers to a batch are due that was received at this instant: at seven in the morning of the next business day; what comes
/// after nine in the evening counts as of the day after.
pub(super) fn due(
    received: OffsetDateTime,
    is_business_day: impl Fn(Date) -> bool,
) -> OffsetDateTime {
    let eastern = LocalTime::of_zone(ZONE).unwrap_or_else(|| LocalTime::fixed(-300));
    let local = eastern.at(received);
    let mut day = local.date();
    if local.hour() >= CUT_OFF_HOUR {
        day = day.saturating_add(Duration::DAY);
    }
    // A year without a business day ends the search.
    for _ in 0..366 {
        day = day.saturating_add(Duration::DAY);
        if is_business_day(day) {
            break;
        }
    }
    eastern.instant(PrimitiveDateTime::new(day, Time::MIDNIGHT) + Duration::hours(DUE_HOUR.into()))
}

#[cfg(test)]
mod tests {
    use time::Weekday;
    use time::macros::{date, datetime};

    use super::*;

    fn is_weekday(day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    #[test]
    fn answers_are_due_at_seven_of_the_next_business_day() {
        for (received, expected) in [
            // Monday before nine in the evening, and after.
            (datetime!(2026-01-05 20:59 -5), datetime!(2026-01-06 07:00 -5)),
            (datetime!(2026-01-05 21:00 -5), datetime!(2026-01-07 07:00 -5)),
            // Friday; Friday night and Saturday.
            (datetime!(2026-01-09 12:00 -5), datetime!(2026-01-12 07:00 -5)),
            (datetime!(2026-01-09 23:00 -5), datetime!(2026-01-12 07:00 -5)),
            (datetime!(2026-01-11 12:00 -5), datetime!(2026-01-12 07:00 -5)),
            // Sunday night.
            (datetime!(2026-01-11 22:00 -5), datetime!(2026-01-13 07:00 -5)),
            // Over the change of the clocks, on 8 March and 1 November.
            (datetime!(2026-03-06 12:00 -5), datetime!(2026-03-09 07:00 -4)),
            (datetime!(2026-07-01 20:30 -4), datetime!(2026-07-02 07:00 -4)),
            (datetime!(2026-10-30 12:00 -4), datetime!(2026-11-02 07:00 -5)),
            // Told in another zone.
            (datetime!(2026-07-02 00:30 UTC), datetime!(2026-07-02 07:00 -4)),
            (datetime!(2026-07-02 01:00 UTC), datetime!(2026-07-03 07:00 -4)),
        ] {
            assert_eq!(due(received, is_weekday), expected, "{received}");
        }
        let holiday = |day| is_weekday(day) && day != date!(2026 - 01 - 06);
        let received = datetime!(2026-01-05 12:00 -5);
        assert_eq!(due(received, holiday), datetime!(2026-01-07 07:00 -5));
    }
}
