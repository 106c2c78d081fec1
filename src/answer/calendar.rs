//! Days counted in months.

use time::{Date, Month};

/// The same day of the month so many months before, or the last one of that month.
pub(super) fn months_back(day: Date, months: u32) -> Date {
    let count = day.year() * 12 + i32::from(u8::from(day.month())) - 1 - months as i32;
    let month = Month::try_from((count.rem_euclid(12) + 1) as u8).unwrap_or(Month::January);
    day_in(count.div_euclid(12), month, day.day())
}

/// The same day of the month so many months after, or the last one of that month.
pub(super) fn months_ahead(day: Date, months: u32) -> Date {
    let count = day.year() * 12 + i32::from(u8::from(day.month())) - 1 + months as i32;
    let month = Month::try_from((count.rem_euclid(12) + 1) as u8).unwrap_or(Month::January);
    day_in(count.div_euclid(12), month, day.day())
}

/// The day of a month, or its last day when the month is shorter.
pub(super) fn day_in(year: i32, month: Month, day: u8) -> Date {
    let day = day.clamp(1, month.length(year));
    Date::from_calendar_date(year, month, day).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn months_are_counted_back_over_years_and_short_months() {
        for (day, months, expected) in [
            (date!(2026 - 01 - 15), 24, date!(2024 - 01 - 15)),
            (date!(2026 - 03 - 31), 1, date!(2026 - 02 - 28)),
            (date!(2024 - 02 - 29), 12, date!(2023 - 02 - 28)),
            (date!(2026 - 01 - 01), 1, date!(2025 - 12 - 01)),
        ] {
            assert_eq!(months_back(day, months), expected, "{day} {months}");
        }
    }
}
