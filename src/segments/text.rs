//! Text of elements: as it is read, and made to fit when it is written: in the basic character set, free of the separators
//! in use, not longer than its element.
//!
//! X12 has no escapes, so what cannot be written is replaced: accents are removed, foreign characters and separators become
//! blanks. Names and notes are upper-cased as well; identifiers and trace numbers keep their case, because their owner
//! compares them.

use std::borrow::Cow;

use crate::wire::{Delimiters, is_suspect};

/// The text of an element, with anything that is not UTF-8 replaced.
pub fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}

/// Fits an identifier to `chars_max`, or leaves it out when fewer than `chars_min` remain.
pub fn fit(
    value: &str,
    chars_min: usize,
    chars_max: usize,
    delimiters: Delimiters,
) -> Cow<'_, str> {
    let fitted = exact(value, chars_max, delimiters);
    if fitted.len() < chars_min { Cow::Borrowed("") } else { fitted }
}

/// A name, address or note: upper case, basic character set, at most `chars_max` characters.
pub fn upper(text: &str, chars_max: usize, delimiters: Delimiters) -> Cow<'_, str> {
    // Upper-case letters, digits and blanks, which most text consists of, are never separators.
    let plain_bytes =
        text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
    let fits = plain_bytes || text.bytes().all(|b| is_basic(b) && !delimiters.contains(b));
    if fits && text.len() <= chars_max && !text.starts_with(' ') && !text.ends_with(' ') {
        return Cow::Borrowed(text);
    }
    let letters = text.chars().flat_map(char::to_uppercase);
    clean(
        letters.map(|c| if c.is_ascii() && is_basic(c as u8) { c } else { plain(c) }),
        chars_max,
        delimiters,
    )
}

/// An identifier or trace number: its case stays, as do the characters of the extended set.
pub fn exact(text: &str, chars_max: usize, delimiters: Delimiters) -> Cow<'_, str> {
    let fits = text.bytes().all(|b| !is_suspect(b) && !delimiters.contains(b));
    if fits && text.len() <= chars_max && !text.starts_with(' ') && !text.ends_with(' ') {
        return Cow::Borrowed(text);
    }
    clean(
        text.chars().map(|c| if c.is_ascii() && !is_suspect(c as u8) { c } else { plain(c) }),
        chars_max,
        delimiters,
    )
}

/// Joins what is left: separators become blanks, runs of blanks become one, the ends are trimmed.
fn clean(
    characters: impl Iterator<Item = char>,
    chars_max: usize,
    delimiters: Delimiters,
) -> Cow<'static, str> {
    let mut out = String::new();
    for character in characters {
        let byte = if delimiters.contains(character as u8) { ' ' } else { character };
        let blank_again = byte == ' ' && (out.is_empty() || out.ends_with(' '));
        if !blank_again && out.len() < chars_max {
            out.push(byte);
        }
    }
    out.truncate(out.trim_end().len());
    Cow::Owned(out)
}

/// True for the basic character set of the standard.
fn is_basic(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'!' | b'"' | b'&'..=b'/' | b':' | b';' | b'=' | b'?')
}

/// The nearest plain upper-case letter, or a blank.
fn plain(character: char) -> char {
    match plain_letter(character) {
        plain if plain != character => plain,
        _ => ' ',
    }
}

/// The plain form of an accented letter, a curly quote or a long dash; any other character as it is.
pub fn plain_letter(character: char) -> char {
    match character {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' | 'à'..='å' => 'A',
        'Ç' | 'Ć' | 'Č' | 'ç' | 'ć' | 'č' => 'C',
        'È'..='Ë' | 'Ē' | 'Ę' | 'Ě' | 'è'..='ë' => 'E',
        'Ì'..='Ï' | 'Ī' | 'ì'..='ï' => 'I',
        'Ñ' | 'Ń' | 'ñ' | 'ń' => 'N',
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' | 'ò'..='ö' | 'ø' => 'O',
        'Ś' | 'Š' | 'ś' | 'š' => 'S',
        'Ù'..='Ü' | 'Ū' | 'Ű' | 'ù'..='ü' => 'U',
        'Ý' | 'ý' | 'ÿ' | 'Ÿ' => 'Y',
        'Ź' | 'Ż' | 'Ž' | 'ź' | 'ż' | 'ž' => 'Z',
        'Ł' | 'ł' => 'L',
        '‘' | '’' => '\'',
        '‐'..='―' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STANDARD: Delimiters = Delimiters::STANDARD;

    #[test]
    fn names_are_upper_cased_and_freed_of_what_x12_cannot_say() {
        assert_eq!(upper("O'Donnell-Griswold", 60, STANDARD), "O'DONNELL-GRISWOLD");
        assert_eq!(upper("Núñez  Peña", 60, STANDARD), "NUNEZ PENA");
        assert_eq!(upper("A*B~C:D^E", 60, STANDARD), "A B C D E");
        assert_eq!(upper("  MARY\tANN ", 60, STANDARD), "MARY ANN");
        assert_eq!(upper("李", 60, STANDARD), "");
        assert_eq!(upper("ABCDEF", 3, STANDARD), "ABC");
        assert!(matches!(upper("DOE", 60, STANDARD), Cow::Borrowed(_)));
    }

    #[test]
    fn identifiers_keep_their_case() {
        assert_eq!(exact("abC-12_x", 50, STANDARD), "abC-12_x");
        assert_eq!(exact("ab*12", 50, STANDARD), "ab 12");
        assert_eq!((&*fit("9", 2, 80, STANDARD), &*fit("99", 2, 80, STANDARD)), ("", "99"));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_can_be_written(text in ".{0,80}", max in 1_usize..40) {
            for out in [upper(&text, max, STANDARD), exact(&text, max, STANDARD)] {
                prop_assert!(out.len() <= max);
                prop_assert!(out.bytes().all(|b| !is_suspect(b) && !STANDARD.contains(b)));
                prop_assert_eq!(out.trim(), &*out);
            }
        }
    }
}
