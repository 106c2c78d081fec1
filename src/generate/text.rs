//! Values as text without an allocation: amounts, dates, numbers with a prefix.

use std::fmt::{self, Write};

use time::Date;

use crate::wire::Inline;

/// The text of a value; longer ones are cut.
pub(super) type Short = Inline<60>;

/// Gathers what is formatted.
struct Room {
    bytes: [u8; 60],
    len: usize,
}

impl Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// What is formatted, up to 60 bytes.
pub(super) fn short(args: fmt::Arguments<'_>) -> Short {
    let mut room = Room { bytes: [0; 60], len: 0 };
    // What does not fit is left out; no value of ours is that long.
    let _ = room.write_fmt(args);
    Short::new(&room.bytes[..room.len])
}

/// Words with a blank between them.
pub(super) fn words(words: &[&str]) -> Short {
    let mut room = Room { bytes: [0; 60], len: 0 };
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            let _ = room.write_str(" ");
        }
        let _ = room.write_str(word);
    }
    Short::new(&room.bytes[..room.len])
}

/// An amount in cents as the R type writes it: `0`, `12`, `12.5`, `-3.07`.
pub(super) fn money(cents: i64) -> Short {
    let mut out = [0; 24];
    let mut at = out.len();
    let mut push = |byte: u8| {
        at -= 1;
        out[at] = byte;
    };
    let (whole, part) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    if part > 0 {
        if !part.is_multiple_of(10) {
            push(b'0' + (part % 10) as u8);
        }
        push(b'0' + (part / 10) as u8);
        push(b'.');
    }
    let mut rest = whole;
    while rest > 0 || part == 0 && whole == 0 {
        push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if whole == 0 {
            break;
        }
    }
    if cents < 0 {
        push(b'-');
    }
    Short::new(&out[at..])
}

/// A prefix and a number of at least so many digits.
pub(super) fn numbered(prefix: &str, number: u64, digits: usize) -> Short {
    let mut out = [b'0'; 60];
    let begin = prefix.len().min(30);
    out[..begin].copy_from_slice(&prefix.as_bytes()[..begin]);
    let used = number.checked_ilog10().map_or(1, |log| log as usize + 1).max(digits).min(20);
    let mut rest = number;
    for byte in out[begin..begin + used].iter_mut().rev() {
        *byte = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    Short::new(&out[..begin + used])
}

/// `CCYYMMDD`.
pub(super) fn day(date: Date) -> Short {
    let year = date.year().unsigned_abs();
    let number = year * 10_000 + u32::from(u8::from(date.month())) * 100 + u32::from(date.day());
    numbered("", u64::from(number), 8)
}

/// `CCYYMMDD-CCYYMMDD`.
pub(super) fn days(from: Date, to: Date) -> Short {
    short(format_args!("{}-{}", day(from), day(to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn values_are_written_as_their_type_asks() {
        let cents = [0, 5, 10, 99, 100, 1205, 123_450, -5, -100, -1_234_567];
        let texts = cents.map(|c| money(c).as_str().to_owned());
        assert_eq!(
            texts,
            ["0", ".05", ".1", ".99", "1", "12.05", "1234.5", "-.05", "-1", "-12345.67"]
        );
        assert_eq!(words(&["SALEM", "CLINIC", "7"]).as_str(), "SALEM CLINIC 7");
        assert_eq!(numbered("PT", 42, 6).as_str(), "PT000042");
        assert_eq!(numbered("", 1_234_567, 4).as_str(), "1234567");
        assert_eq!(day(date!(2026 - 01 - 05)).as_str(), "20260105");
        assert_eq!(
            days(date!(2026 - 01 - 05), date!(2026 - 12 - 31)).as_str(),
            "20260105-20261231"
        );
    }
}
