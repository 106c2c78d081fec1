//! The date of service: which one an inquiry means, whether we answer for it, and in which benefit year it
//! lies.

use super::rejections::{Reason, Reasons};
use crate::answer::calendar::{day_in, months_back};
use crate::config::eligibility::DatePolicy;
use crate::txn::eligibility::{Sent, When};
use time::{Date, Duration, Month};

/// The day or span an inquiry is about; today where it says nothing. Reasons when we do not answer for it.
pub(super) fn service_dates(
    sent: Sent<When>,
    policy: &DatePolicy,
    today: Date,
) -> Result<When, Reasons> {
    let when = match sent {
        Sent::Absent => return Ok(When::Day(today)),
        Sent::Malformed => return Err(Reason::ServiceDate.into()),
        Sent::Value(when) => when,
    };
    let mut reasons = Reasons::default();
    let too_long = (when.last() - when.first()).whole_days() > i64::from(policy.range_days_max);
    reasons.add_if(when.first() < earliest(policy, today), Reason::DateTooEarly);
    reasons.add_if(when.last() > latest(policy, today), Reason::DateTooLate);
    reasons.add_if(reasons.is_empty() && too_long, Reason::SpanTooLong);
    if reasons.is_empty() { Ok(when) } else { Err(reasons) }
}

/// The first day we answer for: as many months back as the policy allows, and never fewer than twelve.
fn earliest(policy: &DatePolicy, today: Date) -> Date {
    months_back(today, policy.past_months.max(12))
}

/// The last day we answer for: the end of this month, or later where the policy allows; tomorrow where it says nothing, so that a
/// visit of the next day can be prepared on the last of a month.
fn latest(policy: &DatePolicy, today: Date) -> Date {
    let month_end = day_in(today.year(), today.month(), 31);
    let ahead = today.saturating_add(Duration::days(i64::from(policy.future_days.unwrap_or(1))));
    month_end.max(ahead)
}

/// First and last day of the benefit year that holds `day`, when years begin on this month and day.
pub(in crate::answer) fn benefit_year((month, first): (u8, u8), day: Date) -> (Date, Date) {
    let month = Month::try_from(month).unwrap_or(Month::January);
    let begin = day_in(day.year(), month, first);
    let year = if begin <= day { day.year() } else { day.year() - 1 };
    let next = day_in(year + 1, month, first);
    (day_in(year, month, first), next.previous_day().unwrap_or(next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 01 - 15);

    fn asked(when: When) -> Vec<String> {
        let policy = DatePolicy::default();
        let reasons = service_dates(Sent::Value(when), &policy, TODAY).err().unwrap_or_default();
        reasons.rejections().iter().map(|r| r.reason.to_string()).collect()
    }

    #[test]
    fn e_04_no_date_is_today() {
        let policy = DatePolicy::default();
        assert_eq!(service_dates(Sent::Absent, &policy, TODAY), Ok(When::Day(TODAY)));
        let malformed = service_dates(Sent::Malformed, &policy, TODAY).unwrap_err();
        assert_eq!(malformed, Reason::ServiceDate.into());
    }

    #[test]
    fn r_20_the_window_runs_from_two_years_back_to_the_end_of_the_month() {
        assert!(asked(When::Day(date!(2024 - 01 - 15))).is_empty());
        assert_eq!(asked(When::Day(date!(2024 - 01 - 14))), ["62"]);
        assert!(asked(When::Day(date!(2026 - 01 - 31))).is_empty());
        assert_eq!(asked(When::Day(date!(2026 - 02 - 01))), ["63"]);
        assert_eq!(asked(When::Span(date!(2020 - 01 - 01), date!(2030 - 01 - 01))), ["62", "63"]);
        assert!(asked(When::Span(date!(2025 - 01 - 01), date!(2025 - 12 - 31))).is_empty());
        assert_eq!(asked(When::Span(date!(2024 - 06 - 01), date!(2025 - 12 - 31))), ["56"]);
    }

    #[test]
    fn tomorrow_is_answered_on_the_last_day_of_a_month() {
        let last = date!(2026 - 01 - 31);
        let asked = |day, policy: &DatePolicy| {
            service_dates(Sent::Value(When::Day(day)), policy, last).is_ok()
        };
        assert!(asked(date!(2026 - 02 - 01), &DatePolicy::default()));
        assert!(!asked(date!(2026 - 02 - 02), &DatePolicy::default()));
        let none = DatePolicy { future_days: Some(0), ..DatePolicy::default() };
        assert!(!asked(date!(2026 - 02 - 01), &none));
    }

    #[test]
    fn the_window_is_never_narrower_than_the_operating_rules_ask() {
        let narrow = DatePolicy { past_months: 1, future_days: Some(0), range_days_max: 31 };
        for day in [date!(2025 - 01 - 15), date!(2026 - 01 - 31)] {
            assert!(service_dates(Sent::Value(When::Day(day)), &narrow, TODAY).is_ok());
        }
        let wide = DatePolicy { future_days: Some(120), ..narrow };
        assert!(service_dates(Sent::Value(When::Day(date!(2026 - 05 - 15))), &wide, TODAY).is_ok());
    }

    #[test]
    fn a_08_e_13_benefit_years_begin_where_the_plan_says() {
        let calendar = (date!(2026 - 01 - 01), date!(2026 - 12 - 31));
        assert_eq!(benefit_year((1, 1), TODAY), calendar);
        let july = (date!(2025 - 07 - 01), date!(2026 - 06 - 30));
        assert_eq!(benefit_year((7, 1), TODAY), july);
        let leap = (date!(2024 - 02 - 29), date!(2025 - 02 - 27));
        assert_eq!(benefit_year((2, 29), date!(2024 - 03 - 01)), leap);
    }
}
