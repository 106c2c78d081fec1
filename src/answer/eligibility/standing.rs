//! Where a member stands on the days asked about: which plans cover them, day by day where that changes.

use super::dates::benefit_year;
use crate::store::{Coverage, MemberFile};
use crate::txn::eligibility::When;
use std::collections::BTreeSet;
use time::{Date, Duration};

/// Coverage on a day, or on a run of days that all have the same.
#[derive(Debug)]
pub(super) struct Standing<'f> {
    /// The days: all that were asked about, or a part of them.
    pub(super) when: When,
    /// The day the answer is for: the first of them.
    pub(super) day: Date,
    /// Coverage that holds the day.
    pub(super) active: Vec<&'f Coverage>,
    /// The last coverage before the day, or else the first one after it; only when none holds it.
    pub(super) nearest: Option<&'f Coverage>,
}

impl<'f> Standing<'f> {
    /// The coverage of a member on the days asked about, cut wherever coverage begins or ends or a benefit year does.
    /// `year_begin` says on which month and day the years of a plan begin.
    pub(super) fn over(
        file: &'f MemberFile,
        when: When,
        year_begin: impl Fn(&Coverage) -> Option<(u8, u8)>,
    ) -> Vec<Standing<'f>> {
        let (first, last) = (when.first(), when.last());
        let mut begins = BTreeSet::from([first]);
        if first < last {
            for coverage in &file.coverage {
                begins.insert(coverage.begin);
                begins.extend(coverage.end.and_then(Date::next_day));
                begins.extend(years_within(coverage, (first, last), &year_begin));
            }
            begins.retain(|day| (first..=last).contains(day));
        }
        if begins.len() == 1 {
            return vec![Standing::on(file, first, when)];
        }
        let next = begins.iter().skip(1).map(|day| day.saturating_sub(Duration::DAY));
        let ends: Vec<Date> = next.chain([last]).collect();
        let part = |(from, to): (&Date, Date)| match *from == to {
            true => Standing::on(file, to, When::Day(to)),
            false => Standing::on(file, *from, When::Span(*from, to)),
        };
        begins.iter().zip(ends).map(part).collect()
    }

    fn on(file: &'f MemberFile, day: Date, when: When) -> Standing<'f> {
        let active: Vec<_> = file.coverage.iter().filter(|c| holds(c, day)).collect();
        let nearest = match active.is_empty() {
            true => {
                let before =
                    file.coverage.iter().filter(|c| c.begin <= day).max_by_key(|c| c.begin);
                before.or_else(|| file.coverage.iter().min_by_key(|c| c.begin))
            }
            false => None,
        };
        Standing { when, day, active, nearest }
    }
}

/// True when the coverage runs on this day.
pub(super) fn holds(coverage: &Coverage, day: Date) -> bool {
    coverage.begin <= day && coverage.end.is_none_or(|end| end >= day)
}

/// The days among those asked about on which a benefit year of the coverage begins, the first day left out.
fn years_within(
    coverage: &Coverage,
    (first, last): (Date, Date),
    year_begin: &impl Fn(&Coverage) -> Option<(u8, u8)>,
) -> Vec<Date> {
    let mut days = Vec::new();
    let Some(year_begin) = year_begin(coverage) else { return days };
    let (mut begin, _) = benefit_year(year_begin, last);
    while begin > first {
        if holds(coverage, begin) {
            days.push(begin);
        }
        (begin, _) = benefit_year(year_begin, begin.saturating_sub(Duration::DAY));
    }
    days
}
