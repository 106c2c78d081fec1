//! Time in the east of the United States, which the CORE operating rules count batches by.

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// A batch received before this hour belongs to that day.
const CUT_OFF_HOUR: u8 = 21;
/// Its answers are due at this hour of the next business day.
const DUE_HOUR: u8 = 7;

/// The first or a later Sunday of a month.
fn sunday(year: i32, month: Month, number: u8) -> Date {
    let first = Date::from_calendar_date(year, month, 1).unwrap_or(Date::MIN);
    let ahead = (7 - first.weekday().number_days_from_sunday()) % 7;
    first.saturating_add(Duration::days(i64::from(ahead) + 7 * (i64::from(number) - 1)))
}

fn hours(hours: i8) -> UtcOffset {
    UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC)
}

/// Daylight saving time runs from the second Sunday of March to the first of November, each at two o'clock.
fn offset_at(instant: OffsetDateTime) -> UtcOffset {
    let (standard, daylight) = (hours(-5), hours(-4));
    let year = instant.to_offset(standard).year();
    let at_two = |day: Date| PrimitiveDateTime::new(day, Time::MIDNIGHT) + Duration::hours(2);
    let begins = at_two(sunday(year, Month::March, 2)).assume_offset(standard);
    let ends = at_two(sunday(year, Month::November, 1)).assume_offset(daylight);
    if (begins..ends).contains(&instant) { daylight } else { standard }
}

/// When the answers to a batch are due that was received at this instant: at seven in the morning of the next business day; what comes
/// after nine in the evening counts as of the day after.
pub(super) fn due(
    received: OffsetDateTime,
    is_business_day: impl Fn(Date) -> bool,
) -> OffsetDateTime {
    let local = received.to_offset(offset_at(received));
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
    let due = PrimitiveDateTime::new(day, Time::MIDNIGHT) + Duration::hours(DUE_HOUR.into());
    // The clocks are changed in the night to a Sunday, hours before.
    due.assume_offset(offset_at(due.assume_offset(hours(-5))))
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
