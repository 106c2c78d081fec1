//! The grammar of element values: dates, times and numbers, read into typed values and written back.
//!
//! Reading gives `None` for text that is not such a value; the checker reports what is wrong with
//! it, with its own byte-level rules. Nothing here depends on a guide.

use nom::bytes::complete::{tag, take_while, take_while_m_n};
use nom::combinator::{all_consuming, map_opt, opt};
use nom::sequence::{preceded, separated_pair};
use nom::{IResult, Parser};
use rust_decimal::Decimal;
use time::{Date, Month, Time};

/// Most digits a number may have: the R and N types stop at 18, and 19 still fit the arithmetic.
const DIGITS_MAX: usize = 18;

/// A date in the form `D8`, CCYYMMDD.
pub fn date_d8(text: &[u8]) -> Option<Date> {
    whole(text, d8)
}

/// A range of dates in the form `RD8`, CCYYMMDD-CCYYMMDD; the first may not be later than the second.
pub fn period_rd8(text: &[u8]) -> Option<(Date, Date)> {
    whole(text, separated_pair(d8, tag("-"), d8)).filter(|(from, to)| from <= to)
}

/// A date of six digits, YYMMDD, as ISA09 has it; years 00 to 79 are of this century.
pub fn date_d6(text: &[u8]) -> Option<Date> {
    let short = map_opt((digits(2), digits(2), digits(2)), |(year, month, day)| {
        calendar(if year < 80 { 2000 + year } else { 1900 + year }, month, day)
    });
    whole(text, short)
}

/// A time in the form `TM`: HHMM, HHMMSS, HHMMSSD or HHMMSSDD.
pub fn time_tm(text: &[u8]) -> Option<Time> {
    let second = opt((digits(2), take_while_m_n(0, 2, is_digit)));
    let clock = map_opt((digits(2), digits(2), second), |(hour, minute, rest): (u32, u32, _)| {
        let (second, fraction): (u32, &[u8]) = rest.unwrap_or((0, b""));
        let hundredths = match *fraction {
            [tenths] => u32::from(tenths - b'0') * 10,
            [tenths, hundredths] => u32::from(tenths - b'0') * 10 + u32::from(hundredths - b'0'),
            _ => 0,
        };
        let milli = (hundredths * 10) as u16;
        Time::from_hms_milli(hour as u8, minute as u8, second as u8, milli).ok()
    });
    whole(text, clock)
}

/// A decimal of the R type: a sign, digits, a point; no exponent, no blanks, at most 18 digits.
pub fn decimal_r(text: &[u8]) -> Option<Decimal> {
    let point = preceded(tag(&b"."[..]), take_while(is_digit));
    let number = (opt(tag(&b"-"[..])), take_while(is_digit), opt(point));
    let (sign, units, fraction) = whole(text, number)?;
    let fraction: &[u8] = fraction.unwrap_or_default();
    let count = units.len() + fraction.len();
    if count == 0 || count > DIGITS_MAX {
        return None;
    }
    let mantissa =
        units.iter().chain(fraction).fold(0_i64, |sum, d| sum * 10 + i64::from(d - b'0'));
    let signed = if sign.is_some() { -mantissa } else { mantissa };
    Some(Decimal::new(signed, fraction.len() as u32))
}

/// A number of the N type with `places` implied decimals: N0 `12` is 12, N2 `1234` is 12.34.
pub fn decimal_n(text: &[u8], places: u32) -> Option<Decimal> {
    if text.contains(&b'.') || places > 9 {
        return None;
    }
    let mut number = decimal_r(text)?;
    number.set_scale(places).ok()?;
    Some(number)
}

/// An unsigned whole number of at most nine digits.
pub fn whole_number(text: &[u8]) -> Option<u32> {
    whole(text, digits_between(1, 9))
}

/// Text of a value on the stack, ready for [`super::Emitter`].
#[derive(Clone, Copy)]
pub struct ValueText {
    bytes: [u8; 32],
    len: u8,
}

impl ValueText {
    const EMPTY: ValueText = ValueText { bytes: [0; 32], len: 0 };

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever pushed, so the fallback is never taken.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
    }

    /// Pushes the last `width` digits of `value`.
    fn pad(&mut self, value: u32, width: u32) {
        for place in (0..width).rev() {
            self.push(b'0' + (value / 10_u32.pow(place) % 10) as u8);
        }
    }

    fn day(&mut self, date: Date) {
        self.pad(date.year().unsigned_abs(), 4);
        self.pad(u32::from(u8::from(date.month())), 2);
        self.pad(u32::from(date.day()), 2);
    }
}

/// Writes a date as `D8`.
pub fn d8_text(date: Date) -> ValueText {
    let mut text = ValueText::EMPTY;
    text.day(date);
    text
}

/// Writes a date in six digits, YYMMDD, as ISA09 has it.
pub fn d6_text(date: Date) -> ValueText {
    let mut text = ValueText::EMPTY;
    text.pad(date.year().unsigned_abs() % 100, 2);
    text.pad(u32::from(u8::from(date.month())), 2);
    text.pad(u32::from(date.day()), 2);
    text
}

/// Writes a range of dates as `RD8`.
pub fn rd8_text(from: Date, to: Date) -> ValueText {
    let mut text = ValueText::EMPTY;
    text.day(from);
    text.push(b'-');
    text.day(to);
    text
}

/// Writes a time as HHMM, to the minute, as ISA10 and GS05 have it.
pub fn hhmm_text(time: Time) -> ValueText {
    let mut text = ValueText::EMPTY;
    text.pad(u32::from(time.hour()), 2);
    text.pad(u32::from(time.minute()), 2);
    text
}

/// Writes a time as HHMM, or HHMMSS where there are seconds; anything finer is left out.
pub fn tm_text(time: Time) -> ValueText {
    let mut text = hhmm_text(time);
    if time.second() > 0 {
        text.pad(u32::from(time.second()), 2);
    }
    text
}

/// Writes a decimal in the form of the R type: no leading zeros, no trailing zeros after the point, `0` for
/// zero.
pub fn decimal_text(value: Decimal) -> ValueText {
    let mut text = ValueText::EMPTY;
    let mut mantissa = value.mantissa().unsigned_abs();
    let mut scale = value.scale() as usize;
    while scale > 0 && mantissa.is_multiple_of(10) {
        mantissa /= 10;
        scale -= 1;
    }
    let mut digits = [0_u8; 32];
    let mut at = digits.len();
    while (mantissa > 0 || digits.len() - at < scale) && at > 0 {
        at -= 1;
        digits[at] = b'0' + (mantissa % 10) as u8;
        mantissa /= 10;
    }
    let digits = &digits[at..];
    if digits.is_empty() {
        text.push(b'0');
        return text;
    }
    if value.is_sign_negative() {
        text.push(b'-');
    }
    let point = digits.len() - scale;
    for (index, digit) in digits.iter().enumerate() {
        if index == point {
            text.push(b'.');
        }
        text.push(*digit);
    }
    text
}

fn whole<'t, T>(
    text: &'t [u8],
    grammar: impl Parser<&'t [u8], Output = T, Error = Fault<'t>>,
) -> Option<T> {
    all_consuming(grammar).parse(text).ok().map(|(_, value)| value)
}

type Fault<'t> = nom::error::Error<&'t [u8]>;

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn digits_between<'t>(
    least: usize,
    most: usize,
) -> impl Parser<&'t [u8], Output = u32, Error = Fault<'t>> {
    take_while_m_n(least, most, is_digit)
        .map(|digits: &[u8]| digits.iter().fold(0, |sum, d| sum * 10 + u32::from(d - b'0')))
}

fn digits<'t>(count: usize) -> impl Parser<&'t [u8], Output = u32, Error = Fault<'t>> {
    digits_between(count, count)
}

fn d8(text: &[u8]) -> IResult<&[u8], Date> {
    map_opt((digits(4), digits(2), digits(2)), |(year, month, day)| calendar(year, month, day))
        .parse(text)
}

fn calendar(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(month as u8).ok()?;
    Date::from_calendar_date(year as i32, month, day as u8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::{date, time};

    #[test]
    fn dates_are_read_strictly() {
        assert_eq!(date_d8(b"20240229"), Some(date!(2024 - 02 - 29)));
        for bad in [&b"20230229"[..], b"2024022", b"202402291", b"2024 229", b"20241301", b""] {
            assert_eq!(date_d8(bad), None);
        }
        assert_eq!(date_d6(b"260105"), Some(date!(2026 - 01 - 05)));
        assert_eq!(date_d6(b"991231"), Some(date!(1999 - 12 - 31)));
        assert_eq!(d6_text(date!(2009 - 12 - 31)).as_str(), "091231");
        let year = (date!(2026 - 01 - 01), date!(2026 - 12 - 31));
        assert_eq!(period_rd8(b"20260101-20261231"), Some(year));
        assert_eq!(period_rd8(b"20261231-20260101"), None);
        assert_eq!(rd8_text(year.0, year.1).as_str(), "20260101-20261231");
    }

    #[test]
    fn times_have_four_to_eight_digits() {
        assert_eq!(time_tm(b"0930"), Some(time!(09:30)));
        assert_eq!(time_tm(b"093015"), Some(time!(09:30:15)));
        assert_eq!(time_tm(b"0930152"), Some(time!(09:30:15.2)));
        assert_eq!(time_tm(b"09301525"), Some(time!(09:30:15.25)));
        for bad in [&b"093"[..], b"2460", b"2400", b"09301", b"093015255"] {
            assert_eq!(time_tm(bad), None, "{bad:?}");
        }
        assert_eq!(tm_text(time!(09:30)).as_str(), "0930");
        assert_eq!(tm_text(time!(09:30:05)).as_str(), "093005");
        assert_eq!(hhmm_text(time!(09:30:05)).as_str(), "0930");
    }

    #[test]
    fn numbers_take_the_forms_the_standard_allows() {
        let two_tenths = Decimal::new(2, 1);
        assert_eq!(decimal_r(b".2"), Some(two_tenths));
        assert_eq!(decimal_r(b"-0.20"), Some(-two_tenths));
        assert_eq!(decimal_r(b"5."), Some(Decimal::from(5)));
        for bad in [&b""[..], b".", b"-", b"1e3", b"+1", b"1,000", b" 1", b"1234567890123456789"] {
            assert_eq!(decimal_r(bad), None, "{bad:?}");
        }
        assert_eq!(decimal_n(b"1234", 2), Some(Decimal::new(1234, 2)));
        assert_eq!(decimal_n(b"1.2", 2), None);
        assert_eq!(whole_number(b"007"), Some(7));
        assert_eq!(whole_number(b"1234567890"), None);
    }

    #[test]
    fn numbers_are_written_short() {
        let written =
            |mantissa, scale| decimal_text(Decimal::new(mantissa, scale)).as_str().to_owned();
        assert_eq!(written(27_702, 2), "277.02");
        assert_eq!(written(350_000, 2), "3500");
        assert_eq!(written(20, 2), ".2");
        assert_eq!(written(-5, 2), "-.05");
        assert_eq!(written(0, 2), "0");
        assert_eq!(decimal_text(Decimal::MIN).as_str().len(), 30);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(mantissa in -10_i64.pow(17)..10_i64.pow(17), scale in 0_u32..8) {
            let value = Decimal::new(mantissa, scale);
            prop_assert_eq!(decimal_r(decimal_text(value).as_str().as_bytes()), Some(value));
        }

        #[test]
        fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            let _ = (date_d8(&bytes), date_d6(&bytes), period_rd8(&bytes), time_tm(&bytes));
            let _ = (decimal_r(&bytes), decimal_n(&bytes, 2), whole_number(&bytes));
        }
    }
}
