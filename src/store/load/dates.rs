//! Dates in files that are loaded: fixed ones, and ones that move with the day of the load so that a demo never grows old.

use time::{Date, Duration, Month};

/// A date: `2026-01-31`, `20260131`, or one counted from the day of the load: `today`, `month-begin`, `month-end`,
/// `year-begin`, `year-end`, the last two also with `last-` or `next-` before them; then any number of steps `+40d`,
/// `-3m`, `-41y`. None when it is none of these or no such day exists.
pub(crate) fn parse_date(text: &str, today: Date) -> Option<Date> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return fixed(text);
    }
    let (anchor, mut steps) = split_steps(text);
    let mut date = self::anchor(anchor, today)?;
    while !steps.is_empty() {
        let next = steps[1..].find(['+', '-']).map_or(steps.len(), |at| at + 1);
        date = step(date, &steps[..next])?;
        steps = &steps[next..];
    }
    Some(date)
}

/// `2026-01-31` or `20260131`.
fn fixed(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten()
    };
    let (year, month, day) = match bytes.len() {
        8 => (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?),
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?)
        }
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
}

/// Cuts the steps off: a sign followed by a digit begins them, for anchors hold hyphens too.
fn split_steps(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let is_step = |at: &usize| {
        matches!(bytes[*at], b'+' | b'-') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    };
    text.split_at((0..bytes.len()).find(is_step).unwrap_or(bytes.len()))
}

fn anchor(name: &str, today: Date) -> Option<Date> {
    let first = |year: i32| Date::from_calendar_date(year, Month::January, 1).ok();
    let last = |year: i32| Date::from_calendar_date(year, Month::December, 31).ok();
    let year = today.year();
    match name {
        "today" => Some(today),
        "month-begin" => today.replace_day(1).ok(),
        "month-end" => today.replace_day(today.month().length(year)).ok(),
        "year-begin" => first(year),
        "year-end" => last(year),
        "last-year-begin" => first(year - 1),
        "last-year-end" => last(year - 1),
        "next-year-begin" => first(year + 1),
        "next-year-end" => last(year + 1),
        _ => None,
    }
}

/// One step: a sign, digits, and `d`, `m` or `y`. A day that its month lacks becomes the month's last.
fn step(date: Date, step: &str) -> Option<Date> {
    let (sign, rest) = step.split_at_checked(1)?;
    let (digits, unit) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let count: u16 = digits.parse().ok()?;
    let count = if sign == "-" { -i32::from(count) } else { i32::from(count) };
    match unit {
        "d" => date.checked_add(Duration::days(i64::from(count))),
        "m" => add_months(date, count),
        "y" => add_months(date, count * 12),
        _ => None,
    }
}

fn add_months(date: Date, count: i32) -> Option<Date> {
    let months = date.year() * 12 + i32::from(u8::from(date.month())) - 1 + count;
    let year = months.div_euclid(12);
    let month = Month::try_from(u8::try_from(months.rem_euclid(12) + 1).ok()?).ok()?;
    Date::from_calendar_date(year, month, date.day().min(month.length(year))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn dates_are_fixed_or_counted_from_the_day_of_the_load() {
        let today = date!(2026 - 11 - 30);
        let cases = [
            ("2026-01-31", Some(date!(2026 - 01 - 31))),
            ("20260131", Some(date!(2026 - 01 - 31))),
            ("today", Some(today)),
            ("today-40d", Some(date!(2026 - 10 - 21))),
            ("month-begin", Some(date!(2026 - 11 - 01))),
            ("month-end+1d", Some(date!(2026 - 12 - 01))),
            ("year-begin", Some(date!(2026 - 01 - 01))),
            ("next-year-begin", Some(date!(2027 - 01 - 01))),
            ("last-year-end", Some(date!(2025 - 12 - 31))),
            ("today-9m", Some(date!(2026 - 02 - 28))),
            ("today-41y+3d", Some(date!(1985 - 12 - 03))),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_date(text, today), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_date() {
        let today = date!(2026 - 11 - 30);
        for text in [
            "",
            "2026-02-30",
            "2026-1-1",
            "2026-01-011",
            "0x260131",
            "tomorrow",
            "today+",
            "today-4",
            "today-1w",
            "today--1d",
            "today+99999y",
            "+1d",
            "ä",
            "2026€0-1",
        ] {
            assert_eq!(parse_date(text, today), None, "{text}");
        }
    }
}
