//! The payer's local time: a zone of the IANA time zone database, or a fixed difference to UTC.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// The database of the build, not the machine's: an answer is the same wherever it is given.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Tells local time, with daylight saving where the zone has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime(TimeZone);

impl LocalTime {
    /// The time of a zone, such as `America/New_York`; none for a name that the database does not have.
    pub fn of_zone(name: &str) -> Option<LocalTime> {
        ZONES.get(name).ok().map(LocalTime)
    }

    /// The time that is always so many minutes east of UTC; UTC for more than a day.
    pub fn fixed(minutes: i32) -> LocalTime {
        let offset = Offset::from_seconds(minutes.saturating_mul(60));
        LocalTime(TimeZone::fixed(offset.unwrap_or(Offset::UTC)))
    }

    /// The local time of an instant.
    pub fn at(&self, instant: OffsetDateTime) -> OffsetDateTime {
        let offset = |at| self.0.to_offset(at).seconds();
        let seconds = Timestamp::from_second(instant.unix_timestamp()).map_or(0, offset);
        instant.to_offset(UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC))
    }

    /// The instant of a local time. What the clocks show twice is the first of the two; what they skip is as much later as they
    /// were put forward.
    pub fn instant(&self, local: PrimitiveDateTime) -> OffsetDateTime {
        let (date, time) = (local.date(), local.time());
        let part = |number: u8| i8::try_from(number).unwrap_or(i8::MAX);
        let civil = i16::try_from(date.year()).ok().and_then(|year| {
            let (month, day) = (part(u8::from(date.month())), part(date.day()));
            let (hour, minute, second) =
                (part(time.hour()), part(time.minute()), part(time.second()));
            DateTime::new(year, month, day, hour, minute, second, 0).ok()
        });
        let second = civil
            .and_then(|civil| self.0.to_ambiguous_timestamp(civil).compatible().ok())
            .and_then(|at| OffsetDateTime::from_unix_timestamp(at.as_second()).ok());
        let exact = second.unwrap_or_else(|| local.assume_utc());
        self.at(exact.replace_nanosecond(time.nanosecond()).unwrap_or(exact))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn boston() -> LocalTime {
        LocalTime::of_zone("America/New_York").unwrap()
    }

    #[test]
    fn the_clocks_are_changed_twice_a_year() {
        for (instant, local) in [
            // Midnight of the payer is five hours behind that of UTC in winter, four in summer.
            (datetime!(2026-01-15 04:59 UTC), datetime!(2026-01-14 23:59)),
            (datetime!(2026-07-15 04:00 UTC), datetime!(2026-07-15 00:00)),
            // 8 March: from 1:59 to 3:00. 1 November: from 1:59 to 1:00.
            (datetime!(2026-03-08 06:59 UTC), datetime!(2026-03-08 01:59)),
            (datetime!(2026-03-08 07:00 UTC), datetime!(2026-03-08 03:00)),
            (datetime!(2026-11-01 05:59 UTC), datetime!(2026-11-01 01:59)),
            (datetime!(2026-11-01 07:00:00.5 UTC), datetime!(2026-11-01 02:00:00.5)),
        ] {
            let here = boston().at(instant);
            assert_eq!(PrimitiveDateTime::new(here.date(), here.time()), local);
            assert_eq!(boston().instant(local), instant);
        }
        // Skipped, and shown twice.
        assert_eq!(boston().instant(datetime!(2026-03-08 02:30)), datetime!(2026-03-08 07:30 UTC));
        assert_eq!(boston().instant(datetime!(2026-11-01 01:30)), datetime!(2026-11-01 05:30 UTC));
    }

    #[test]
    fn a_fixed_difference_knows_no_summer() {
        let fixed = LocalTime::fixed(-300);
        for instant in [datetime!(2026-01-15 04:59 UTC), datetime!(2026-07-15 04:59 UTC)] {
            assert_eq!(fixed.at(instant).hour(), 23);
        }
        assert_eq!(LocalTime::of_zone("America/Nowhere"), None);
    }
}
