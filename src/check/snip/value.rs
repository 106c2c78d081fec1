//! SNIP 1 on one value: its type and its length. Byte by byte, nothing allocated.

use crate::dict::DataType;
use crate::finding::{Code, DateFault, Detail};

/// What is wrong with a value: a code, and the length found and the limit for errors of length.
pub(in crate::check) type Fault = (Code, Option<(usize, usize)>);

/// Checks a value that is not empty. Code lists are not consulted here.
#[inline]
pub(in crate::check) fn check(
    kind: DataType,
    min: usize,
    max: usize,
    value: &[u8],
) -> Option<Fault> {
    match kind {
        DataType::An | DataType::Id => text(min, max, value),
        DataType::Dt => date_or_fault(min, max, value),
        DataType::Tm => time_or_fault(value),
        DataType::R => number(min, max, value, true),
        DataType::N(_) => number(min, max, value, false),
        DataType::B | DataType::Composite => None,
    }
}

#[inline]
fn text(min: usize, max: usize, value: &[u8]) -> Option<Fault> {
    let edge_blank = value[0] == b' ' || value[value.len() - 1] == b' ';
    if value.len() < min || value.len() > max || edge_blank {
        return text_fault(min, max, value);
    }
    None
}

#[cold]
fn text_fault(min: usize, max: usize, value: &[u8]) -> Option<Fault> {
    if value.iter().all(|b| *b == b' ') {
        return Some((Code::ElementBlank, None));
    }
    length(min, max, value.len()).or(Some((Code::PaddedValue, None)))
}

fn length(min: usize, max: usize, found: usize) -> Option<Fault> {
    if found < min {
        Some((Code::ElementTooShort, Some((found, min))))
    } else if found > max {
        Some((Code::ElementTooLong, Some((found, max))))
    } else {
        None
    }
}

/// A number: an optional minus, digits, and for type R one point with a digit on at least one side. Only digits count
/// towards the length. Leading zeros are allowed as far as the least length needs them, and a single one before the point.
#[inline]
fn number(min: usize, max: usize, value: &[u8], point_allowed: bool) -> Option<Fault> {
    let unsigned = value.strip_prefix(b"-").unwrap_or(value);
    let mut digits = 0;
    let mut points = 0;
    for byte in unsigned {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' if point_allowed => points += 1,
            _ => return Some((Code::ElementNumber, None)),
        }
    }
    if digits == 0 || points > 1 {
        return Some((Code::ElementNumber, None));
    }
    if let [b'0', b'0'..=b'9', ..] = unsigned
        && digits > min
    {
        return length(min, max, digits).or(Some((Code::LeadingZeros, None)));
    }
    length(min, max, digits)
}

/// The decimal places of a number when there are more than `most`.
#[inline]
pub(in crate::check) fn over_places(value: &[u8], most: usize) -> Option<Detail> {
    let point = value.iter().position(|b| *b == b'.')?;
    let found = value.len() - point - 1;
    (found > most).then_some(Detail::Count { found: found as u64, expected: most as u64 })
}

/// True for a number that is zero.
#[inline]
pub(in crate::check) fn is_zero(value: &[u8]) -> bool {
    value.iter().all(|b| matches!(b, b'0' | b'.' | b'-'))
}

/// A ZIP code as it is written without its hyphen: five or nine digits.
#[inline]
pub(in crate::check) fn is_zip(value: &[u8]) -> bool {
    matches!(value.len(), 5 | 9) && value.iter().all(u8::is_ascii_digit)
}

/// True for a telephone number: digits alone, for all but an extension with the area code.
#[inline]
pub(in crate::check) fn is_telephone(qualifier: &[u8], value: &[u8]) -> bool {
    match qualifier {
        b"TE" | b"FX" | b"HP" | b"WP" | b"CP" | b"AP" | b"BN" | b"NP" => {
            value.len() >= 10 && value.iter().all(u8::is_ascii_digit)
        }
        b"EX" => value.iter().all(u8::is_ascii_digit),
        _ => true,
    }
}

/// The digits of an amount when there are more than `most`, with two for the cents where they are left out.
#[inline]
pub(in crate::check) fn over_digits(value: &[u8], most: u64) -> Option<Detail> {
    // Without a sign, a point and the two digits of the cents.
    if value.len() as u64 + 2 <= most {
        return None;
    }
    let digits = |part: &[u8]| part.iter().filter(|b| b.is_ascii_digit()).count() as u64;
    let mut parts = value.splitn(2, |b| *b == b'.');
    let whole = digits(parts.next().unwrap_or(&[]));
    let found = whole + digits(parts.next().unwrap_or(&[])).max(2);
    (found > most).then_some(Detail::Count { found, expected: most })
}

#[inline]
fn date_or_fault(min: usize, max: usize, value: &[u8]) -> Option<Fault> {
    // Six digits are right only where the element has six: in the ISA, in a TA1, and in a few old ones.
    let is_good = (min..=max).contains(&value.len())
        && if value.len() == 6 { short_date(value) } else { date(value).is_some() };
    (!is_good).then_some((Code::ElementDate, None))
}

/// YYMMDD, in the century of the years from 2000.
fn short_date(value: &[u8]) -> bool {
    value.len() == 6
        && value.iter().all(u8::is_ascii_digit)
        && day_exists(2000 + two(&value[..2]), two(&value[2..4]), two(&value[4..]))
}

/// Why eight digits are not a date; none for what does not have the form of one.
#[cold]
pub(in crate::check) fn date_fault(value: &[u8]) -> Option<DateFault> {
    if value.len() != 8 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let year = two(&value[..2]) * 100 + two(&value[2..4]);
    let exists = day_exists(year, two(&value[4..6]), two(&value[6..]));
    Some(if exists { DateFault::TooEarly } else { DateFault::NoSuchDay })
}

#[inline]
fn time_or_fault(value: &[u8]) -> Option<Fault> {
    (!time(value)).then_some((Code::ElementTime, None))
}

/// CCYYMMDD as a number, when it is a day that exists.
#[inline]
pub(in crate::check) fn date(value: &[u8]) -> Option<u32> {
    if value.len() != 8 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (century, year, month, day) =
        (two(&value[..2]), two(&value[2..4]), two(&value[4..6]), two(&value[6..]));
    let year = century * 100 + year;
    (year >= 1800 && day_exists(year, month, day)).then_some(year * 10_000 + month * 100 + day)
}

/// HHMM, HHMMSS, HHMMSSd or HHMMSSdd.
#[inline]
pub(in crate::check) fn time(value: &[u8]) -> bool {
    matches!(value.len(), 4 | 6 | 7 | 8)
        && value.iter().all(u8::is_ascii_digit)
        && two(&value[..2]) < 24
        && two(&value[2..4]) < 60
        && (value.len() < 6 || two(&value[4..6]) < 60)
}

/// The two ends of CCYYMMDD-CCYYMMDD.
pub(in crate::check) fn range(value: &[u8]) -> Option<(u32, u32)> {
    if value.len() != 17 || value[8] != b'-' {
        return None;
    }
    Some((date(&value[..8])?, date(&value[9..])?))
}

/// True for a date-time period in the form its qualifier names; `None` for a qualifier that is not one of these.
pub(in crate::check) fn period(qualifier: &[u8], value: &[u8]) -> Option<Result<(), Code>> {
    let form = |good: bool| Some(if good { Ok(()) } else { Err(Code::ElementDateFormat) });
    match qualifier {
        b"D8" => form(date(value).is_some()),
        b"RD8" => match range(value) {
            None => form(false),
            Some((from, to)) if from > to => Some(Err(Code::DateOrder)),
            Some(_) => form(true),
        },
        b"TM" => form(time(value)),
        b"DT" => form(value.len() > 8 && date(&value[..8]).is_some() && time(&value[8..])),
        b"D6" => form(short_date(value)),
        _ => None,
    }
}

#[inline]
fn two(digits: &[u8]) -> u32 {
    u32::from(digits[0] - b'0') * 10 + u32::from(digits[1] - b'0')
}

#[inline]
fn day_exists(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// True for an address line that is a post office box: `PO BOX 1`, `P.O. Box 1`, `POST OFFICE BOX 1`.
pub(in crate::check) fn is_post_office_box(line: &[u8]) -> bool {
    // Nearly every street begins with a digit or another letter.
    if !line.first().is_some_and(|b| b.eq_ignore_ascii_case(&b'P')) {
        return false;
    }
    let letters: Vec<u8> =
        line.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_uppercase).collect();
    ["POBOX", "POSTOFFICEBOX", "POSTBOX"].iter().any(|form| letters.starts_with(form.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(kind: DataType, min: usize, max: usize, value: &str) -> Option<Code> {
        check(kind, min, max, value.as_bytes()).map(|(code, _)| code)
    }

    #[test]
    fn amounts_count_their_cents() {
        let over = |text: &str| over_digits(text.as_bytes(), 10).is_some();
        for good in
            ["99999999.99", "99999999", "-99999999.99", "9999999.999", "0", ".5", "12345678."]
        {
            assert!(!over(good), "{good}");
        }
        for bad in ["999999999", "100000000.5", "99999999.999", "-123456789.01"] {
            assert!(over(bad), "{bad}");
        }
    }

    #[test]
    fn numbers() {
        for good in ["1", "-1", ".5", "1.", "0", "0.5", "-0.50", "123456789012345678", "-12.50"] {
            assert_eq!(code(DataType::R, 1, 18, good), None, "{good}");
        }
        for bad in ["", "-", ".", "1.2.3", "1E5", "1,000", "+1", " 1", "--1"] {
            if !bad.is_empty() {
                assert_eq!(code(DataType::R, 1, 18, bad), Some(Code::ElementNumber), "{bad}");
            }
        }
        assert_eq!(code(DataType::R, 1, 4, "-12.345"), Some(Code::ElementTooLong));
        assert_eq!(code(DataType::R, 1, 4, "-12.34"), None, "sign and point do not count");
        assert_eq!(code(DataType::N(0), 1, 9, "1.0"), Some(Code::ElementNumber));
        for bad in ["0123", "00", "-01", "00.5"] {
            assert_eq!(code(DataType::R, 1, 18, bad), Some(Code::LeadingZeros), "{bad}");
        }
        assert_eq!(code(DataType::N(0), 9, 9, "000000101"), None, "the least length needs them");
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(code(DataType::Dt, 6, 6, "260105"), None);
        assert_eq!(code(DataType::Dt, 8, 8, "260105"), Some(Code::ElementDate), "of eight digits");
        assert_eq!(date_fault(b"17001231"), Some(DateFault::TooEarly));
        assert_eq!(date_fault(b"20230229"), Some(DateFault::NoSuchDay));
        assert_eq!(date_fault(b"2023-2-2"), None);
        for good in ["20240229", "19991231"] {
            assert_eq!(code(DataType::Dt, 8, 8, good), None, "{good}");
        }
        for bad in ["20230229", "20241301", "20240100", "2024010", "2024-1-1", "00000000"] {
            assert_eq!(code(DataType::Dt, 8, 8, bad), Some(Code::ElementDate), "{bad}");
        }
        for (value, good) in [
            ("0930", true),
            ("093059", true),
            ("2400", false),
            ("0960", false),
            ("093", false),
            ("09305999", true),
        ] {
            assert_eq!(code(DataType::Tm, 4, 8, value).is_none(), good, "{value}");
        }
    }

    #[test]
    fn periods() {
        assert_eq!(period(b"RD8", b"20260101-20261231"), Some(Ok(())));
        assert_eq!(period(b"RD8", b"20261231-20260101"), Some(Err(Code::DateOrder)));
        assert_eq!(period(b"RD8", b"20260101"), Some(Err(Code::ElementDateFormat)));
        assert_eq!(period(b"D8", b"20260101-20261231"), Some(Err(Code::ElementDateFormat)));
        assert_eq!(period(b"ZZ", b"anything"), None);
    }

    #[test]
    fn text_lengths_and_blanks() {
        assert_eq!(code(DataType::An, 2, 4, "A"), Some(Code::ElementTooShort));
        assert_eq!(code(DataType::An, 2, 4, "ABCDE"), Some(Code::ElementTooLong));
        assert_eq!(code(DataType::An, 1, 4, "  "), Some(Code::ElementBlank));
        assert_eq!(code(DataType::An, 1, 4, " A"), Some(Code::PaddedValue));
        assert_eq!(code(DataType::An, 1, 4, "A B"), None);
    }

    #[test]
    fn decimal_places_and_zeros() {
        assert_eq!(over_places(b"1.000", 3), None);
        assert!(over_places(b"1.0000", 3).is_some());
        assert!(over_places(b"-.125", 2).is_some());
        assert!(is_zero(b"0.00") && is_zero(b"-0") && !is_zero(b"0.01"));
    }

    #[test]
    fn zip_codes_and_telephone_numbers() {
        for (zip, good) in
            [("02111", true), ("021110000", true), ("0211", false), ("02111-0000", false)]
        {
            assert_eq!(is_zip(zip.as_bytes()), good, "{zip}");
        }
        for (qualifier, number, good) in [
            ("TE", "6175550100", true),
            ("TE", "617-555-0100", false),
            ("TE", "61755501A0", false),
            ("FX", "5550100", false),
            ("EX", "12", true),
            ("EX", "X12", false),
            ("EM", "a@example.com", true),
        ] {
            assert_eq!(is_telephone(qualifier.as_bytes(), number.as_bytes()), good, "{number}");
        }
    }

    #[test]
    fn boxes() {
        for (line, is_box) in [
            ("PO BOX 12", true),
            ("P.O. Box 12", true),
            ("POST OFFICE BOX 1", true),
            ("POBOX1", true),
            ("1 POND ST", false),
            ("POLE ST 4", false),
            ("", false),
        ] {
            assert_eq!(is_post_office_box(line.as_bytes()), is_box, "{line}");
        }
    }
}
