//! What is done with a value: kept where it is known to identify nobody, else replaced by one that is as valid.

use time::{Date, Duration};

use super::Redacted;
use super::cipher::{Cipher, Secret};
use crate::dict::{CodeList, DataType, Supply};
use crate::finding::render::is_open;
use crate::guide::{ElementUse, Guide, Pattern};
use crate::wire::value::{date_d6, date_d8, time_tm};

/// Amounts become so many times what they were: sums stay sums.
const FACTOR: (i64, i64) = (2, 9);

/// Dates move back by so many weeks: days of the week, and the order and distance of days, stay.
const WEEKS: (i64, i64) = (1, 51);

/// The data elements of amounts of money, prices and rates.
const AMOUNTS: [u16; 3] = [782, 212, 118];

/// Texts that name a place in a message or a version of it, and no person: ST02, ST03, GS08, loop, segment and data element
/// ids, the names of values in a CTX, HL01 and HL02, facility types, and the names of filters.
const HARMLESS: [u16; 12] = [329, 1705, 480, 447, 721, 725, 719, 722, 628, 734, 1331, 799];

/// The data element of codes of an industry: as short as this it is a tooth or another part of a body.
const INDUSTRY_CODE: u16 = 1271;

/// Longest number that counts something and is no id, in digits.
const COUNT_DIGITS_MAX: usize = 6;

/// Longest code that is taken for one by its form.
const CODE_BYTES_MAX: usize = 15;

/// A code of this length has digits.
const LONG_CODE_BYTES: usize = 8;

/// The list of the ids of insurers, which are ids like any other.
const COMPANIES: &str = "insurers";

/// Replaces values.
pub(super) struct Values {
    cipher: Cipher,
    factor: u128,
    shift: Duration,
    pub(super) counts: Redacted,
}

/// The qualifier of a value, by its position.
pub(super) type QualifierAt<'q> = &'q dyn Fn(u8) -> &'q [u8];

impl Values {
    pub(super) fn new(secret: Secret) -> Self {
        let factor = secret.pick("factor", FACTOR.0, FACTOR.1);
        let weeks = secret.pick("weeks", WEEKS.0, WEEKS.1);
        Values {
            factor: factor.unsigned_abs().into(),
            shift: Duration::weeks(-weeks),
            cipher: Cipher::new(secret),
            counts: Redacted::default(),
        }
    }

    /// Writes what takes the place of a value of an element that the guide or the standard knows.
    pub(super) fn known(
        &mut self,
        guide: &Guide,
        used: &ElementUse,
        value: &[u8],
        qualifier: QualifierAt<'_>,
        out: &mut Vec<u8>,
    ) {
        if value.is_empty() || self.is_kept(guide, used, value, qualifier) {
            out.extend_from_slice(value);
            return;
        }
        let by = match used.pattern {
            Some(Pattern::DateBy(at)) => Some(qualifier(at)),
            Some(Pattern::D8) => Some(&b"D8"[..]),
            _ => None,
        };
        match used.kind {
            DataType::Dt => self.date(value, out),
            _ if by.is_some() => self.date(value, out),
            DataType::R | DataType::N(_) if AMOUNTS.contains(&used.data_element) => {
                self.amount(value, used, out);
            }
            DataType::B => {
                self.counts.binary += 1;
                out.extend(std::iter::repeat_n(b'x', value.len()));
            }
            _ => self.text(value, out),
        }
    }

    fn is_kept(
        &self,
        guide: &Guide,
        used: &ElementUse,
        value: &[u8],
        qualifier: QualifierAt<'_>,
    ) -> bool {
        let list = |list: Option<u16>| list.and_then(|list| guide.lists.get(usize::from(list)));
        let is_number = |most: usize| {
            let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
            let is_plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
            digits <= most && value.iter().all(is_plain)
        };
        if let Some(Pattern::CodeBy(at, table)) = used.pattern
            && let Some(named) = guide.qualified.get(usize::from(table))
            && let Some(named) = list(named.list(qualifier(at)))
            && is_code(named, value)
        {
            return true;
        }
        let is_listed = [used.list, used.standard_list]
            .into_iter()
            .filter_map(list)
            .any(|list| is_code(list, value));
        match used.kind {
            _ if is_listed => true,
            DataType::Id => is_open(guide, used, value),
            DataType::R | DataType::N(_) => {
                !AMOUNTS.contains(&used.data_element) && is_number(COUNT_DIGITS_MAX)
            }
            DataType::Tm => time_tm(value).is_some(),
            DataType::An if used.data_element == INDUSTRY_CODE && value.len() <= 2 => true,
            DataType::An => HARMLESS.contains(&used.data_element) && is_plain_id(value),
            _ => false,
        }
    }

    /// Another text of the same shape.
    pub(super) fn text(&mut self, value: &[u8], out: &mut Vec<u8>) {
        if !value.is_empty() {
            self.counts.texts += 1;
            self.cipher.replace(value, out);
        }
    }

    /// The days in a value, moved; a value that is none of the forms of a date becomes another text.
    pub(super) fn date(&mut self, value: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let mut rest = value;
        while !rest.is_empty() {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (run, more) = rest.split_at(digits.max(1));
            let written = match digits {
                0 => matches!(run, b"-").then(|| run.to_vec()),
                // A year, or hours and minutes.
                4 => Some(run.to_vec()),
                6 if self.month(run).is_some() => self.month(run),
                6 => date_d6(run).and_then(|day| self.moved(day)).map(|day| day[2..].to_vec()),
                8 | 12 | 14 => {
                    let day = date_d8(&run[..8]).and_then(|day| self.moved(day));
                    day.map(|mut day| {
                        day.extend_from_slice(&run[8..]);
                        day
                    })
                }
                _ => None,
            };
            let Some(written) = written else {
                out.truncate(start);
                return self.text(value, out);
            };
            out.extend_from_slice(&written);
            rest = more;
        }
        self.counts.dates += 1;
    }

    /// CCYYMM, of this century or the one before.
    fn month(&self, run: &[u8]) -> Option<Vec<u8>> {
        let is_year = matches!(run.get(..2), Some(b"19" | b"20"));
        // A day of six digits that could be a month is read as a day where it is one of the last decades.
        if !is_year || date_d6(run).is_some() {
            return None;
        }
        let day = date_d8(&[run, b"15"].concat())?;
        self.moved(day).map(|day| day[..6].to_vec())
    }

    /// The day that takes the place of this one, as CCYYMMDD.
    fn moved(&self, day: Date) -> Option<Vec<u8>> {
        let day = day.checked_add(self.shift)?;
        (day.year() > 0).then(|| {
            format!("{:04}{:02}{:02}", day.year(), u8::from(day.month()), day.day()).into_bytes()
        })
    }

    /// A multiple of an amount, with as many decimal places; what is no number becomes another text.
    fn amount(&mut self, value: &[u8], used: &ElementUse, out: &mut Vec<u8>) {
        let (sign, number) = match value {
            [b'-', number @ ..] => (&b"-"[..], number),
            number => (&b""[..], number),
        };
        let (whole, fraction) = match number.iter().position(|byte| *byte == b'.') {
            Some(at) => (&number[..at], Some(&number[at + 1..])),
            None => (number, None),
        };
        let places = fraction.unwrap_or_default();
        let digits = [whole, places].concat();
        if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
            return self.text(value, out);
        }
        let number = digits.iter().fold(0, |n, byte| n * 10 + u128::from(byte - b'0'));
        let new = format!("{:0width$}", number * self.factor, width = digits.len());
        let (new_whole, new_places) = new.split_at(new.len() - places.len());
        out.extend_from_slice(sign);
        out.extend_from_slice(new_whole.as_bytes());
        if fraction.is_some() {
            out.push(b'.');
            out.extend_from_slice(new_places.as_bytes());
        }
        self.counts.amounts += 1;
        let digits_max = match used.pattern {
            Some(Pattern::Amount { digits, .. }) => usize::from(digits),
            _ => usize::from(used.length_max),
        };
        if new.len() > digits_max && new.len() > digits.len() {
            self.counts.amounts_too_long += 1;
        }
    }
}

/// True for a code of a list; of a list that is not loaded, for what has the form of its codes. The numbers of persons and
/// companies, which are not published, are no codes.
fn is_code(list: &CodeList, value: &[u8]) -> bool {
    if list.listing.is_some_and(|known| known.supply == Supply::Unlisted || COMPANIES == known.name)
    {
        return false;
    }
    let form = list.listing.and_then(|listing| listing.form);
    // A word may have the form of a long code, which has at least three digits.
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_word = value.len() > CODE_BYTES_MAX || value.len() >= LONG_CODE_BYTES && digits < 3;
    let has_form = || form.is_some_and(|form| form(value)) && !is_word;
    list.contains(value) || list.absent && has_form()
}

/// A short id of upper-case letters and digits that begins with a digit or is no longer than a segment id.
fn is_plain_id(value: &[u8]) -> bool {
    let is_upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_short = value.len() <= 3 || value[0].is_ascii_digit() && value.len() <= 12;
    is_short && value.iter().all(is_upper)
}
