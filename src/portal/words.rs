//! Values as people read them: codes spelt out, days, names, money.

use rust_decimal::Decimal;
use time::Date;

use crate::dict::{CodeBook, label};
use crate::txn::eligibility::{Dated, Name, Sent, When};
use crate::wire::Code;

/// Data element numbers whose codes are spelt out.
pub(super) mod element {
    pub(in crate::portal) const BENEFIT: u16 = 1390;
    pub(in crate::portal) const CERTIFICATION: u16 = 1322;
    pub(in crate::portal) const CONTACT: u16 = 365;
    pub(in crate::portal) const DATE: u16 = 374;
    pub(in crate::portal) const DECISION: u16 = 306;
    pub(in crate::portal) const DOCUMENT: u16 = 755;
    pub(in crate::portal) const ELEMENT_ERROR: u16 = 621;
    pub(in crate::portal) const ENTITY: u16 = 98;
    pub(in crate::portal) const FOLLOW_UP: u16 = 889;
    pub(in crate::portal) const GROUP_ERROR: u16 = 716;
    pub(in crate::portal) const INSURANCE_TYPE: u16 = 1336;
    pub(in crate::portal) const INTERCHANGE_NOTE: u16 = 20_018;
    pub(in crate::portal) const MEASURE: u16 = 355;
    pub(in crate::portal) const PERIOD: u16 = 615;
    pub(in crate::portal) const REASON: u16 = 901;
    pub(in crate::portal) const REQUEST: u16 = 1525;
    pub(in crate::portal) const SEGMENT_ERROR: u16 = 620;
    pub(in crate::portal) const SERVICE_TYPE: u16 = 1365;
    pub(in crate::portal) const SET_ERROR: u16 = 618;
    pub(in crate::portal) const TRANSMISSION: u16 = 756;
    pub(in crate::portal) const UNIT: u16 = 673;
    pub(in crate::portal) const URGENCY: u16 = 1338;
}

/// `DOE, JANE Q`, or the name of an organization.
pub fn name(name: &Name) -> String {
    let rest = [&*name.first, &name.middle, &name.suffix];
    let rest: Vec<&str> = rest.into_iter().filter(|part| !part.is_empty()).collect();
    match rest.is_empty() {
        true => name.last.to_string(),
        false => format!("{}, {}", name.last, rest.join(" ")),
    }
}

/// A code in words; the code itself where there are none.
pub(super) fn code_words(element: u16, code: Code) -> String {
    label(element, code.as_str().as_bytes()).map_or_else(|| code.to_string(), str::to_owned)
}

/// A code of a list that is kept outside the guides, with its words: `0V, needs medical review`.
pub(super) fn list_words(list: &str, code: Code) -> String {
    let book = CodeBook::default();
    let row = book.set(list).and_then(|set| set.rows_of(code.as_str().as_bytes()).last());
    row.map_or_else(|| code.to_string(), |row| format!("{code}, {}", row.label))
}

/// A code and its words: `023, premature end of file`.
pub(super) fn code_and_words(element: u16, code: &[u8]) -> String {
    let shown = String::from_utf8_lossy(code);
    match label(element, code) {
        Some(words) => format!("{shown}, {words}"),
        None => shown.into_owned(),
    }
}

/// The date with this qualifier.
pub(super) fn date_with(dates: &[Dated], qualifier: &str) -> Option<When> {
    dates.iter().find(|d| d.qualifier == qualifier).map(|d| d.when).and_then(Sent::value)
}

/// `CCYY-MM-DD`.
pub(super) fn iso_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// A day, perhaps with a time, or the first and the last of several days.
pub(super) fn iso_dates(when: When) -> String {
    match when {
        When::Day(date) => iso_date(date),
        When::Moment(date, time) => {
            format!("{} {:02}:{:02}", iso_date(date), time.hour(), time.minute())
        }
        When::Span(from, to) => format!("{} to {}", iso_date(from), iso_date(to)),
    }
}

/// Dollars with two decimal places and groups of thousands: `$1,234.50`.
pub fn money(amount: Decimal) -> String {
    let text = format!("{:.2}", amount.round_dp(2));
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{cents}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_places_and_groups_of_thousands() {
        let shown =
            ["0", "12.5", "-1234567.891", "999"].map(|text| money(text.parse().expect("a number")));
        assert_eq!(shown, ["$0.00", "$12.50", "-$1,234,567.89", "$999.00"]);
    }

    #[test]
    fn a_code_without_words_stands_for_itself() {
        assert_eq!(code_words(element::REASON, Code::from("75")), "subscriber not found");
        assert_eq!(code_words(element::REASON, Code::from("ZQ")), "ZQ");
        assert_eq!(code_and_words(element::REASON, b"ZQ"), "ZQ");
    }
}
