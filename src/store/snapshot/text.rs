//! The text of members in memory: packed as the database packs it, with what many members share written once.
//!
//! City, state and ZIP, an employer group and a primary care provider are replaced by a mark and a character that numbers
//! them. A member takes about 200 bytes so.

use rustc_hash::FxHashMap;

use crate::phi::redacted;
use crate::store::packed::{FIELD, ITEM, SECTION, Sections};

/// Before a character that stands for shared text. No field holds it, because the loaders refuse control characters.
const SHARED: char = '\u{1a}';
/// The first character that numbers shared text.
const FIRST: u32 = 0x80;
/// Surrogates are not characters, so numbers go round them.
const SURROGATES: std::ops::Range<u32> = 0xd800..0xe000;
/// Shared texts there may be; what comes later is written out.
const TEXTS_MAX: u32 = 1_000_000;

/// Fields of a person before city, state and ZIP, and after them.
const PERSON_PARTS: [(usize, bool); 3] = [(15, false), (3, true), (3, false)];
/// Fields of a coverage span: its own, the group's, the provider's.
const SPAN_PARTS: [(usize, bool); 3] = [(6, false), (2, true), (5, true)];

/// Texts that many members share, by number.
#[derive(Default)]
pub(super) struct SharedTexts {
    texts: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, u32>,
}

redacted!(SharedTexts {});

impl SharedTexts {
    /// Appends the sections of a member, but the key and the subscriber, to `out`.
    pub(super) fn shorten(&mut self, file: &Sections<'_>, out: &mut String) {
        self.shorten_fields(file.person, PERSON_PARTS, out);
        out.push(SECTION);
        for (position, span) in file.coverage.split(ITEM).enumerate() {
            if position > 0 {
                out.push(ITEM);
            }
            self.shorten_fields(span, SPAN_PARTS, out);
        }
        for section in [file.accumulators, file.other] {
            out.push(SECTION);
            out.push_str(section);
        }
    }

    /// Appends fields, the shared parts by their numbers.
    fn shorten_fields(&mut self, fields: &str, parts: [(usize, bool); 3], out: &mut String) {
        let mut rest = fields;
        for (count, shared) in parts {
            let end = end_of_fields(rest, count);
            let (part, after) = rest.split_at(end);
            match shared.then(|| self.number(part)).flatten() {
                Some(number) => out.extend([SHARED, number]),
                None => out.push_str(part),
            }
            if let Some(after) = after.strip_prefix(FIELD) {
                out.push(FIELD);
                rest = after;
            } else {
                rest = "";
            }
        }
        out.push_str(rest);
    }

    /// The character of a text; none when it is shorter itself or there are too many.
    fn number(&mut self, text: &str) -> Option<char> {
        if text.len() < 5 {
            return None;
        }
        if let Some(number) = self.numbers.get(text) {
            return character(*number);
        }
        let number = u32::try_from(self.texts.len()).ok().filter(|number| *number < TEXTS_MAX)?;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        character(number)
    }

    /// Appends the text of a member with everything shared written out.
    pub(super) fn write_out(&self, short: &str, out: &mut String) {
        let mut parts = short.split(SHARED);
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let mut rest = part.chars();
            let text = rest.next().and_then(|c| self.texts.get(number_of(c) as usize));
            out.push_str(text.map_or("", |text| text));
            out.push_str(rest.as_str());
        }
    }

    /// Forgets how to number further texts, which only the reading of members needs.
    pub(super) fn finish(&mut self) {
        self.numbers = FxHashMap::default();
        self.texts.shrink_to_fit();
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.texts.iter().map(|text| text.len() + size_of::<Box<str>>()).sum()
    }
}

/// Where `count` fields end: before the mark that follows them, or at the end of the text.
fn end_of_fields(fields: &str, count: usize) -> usize {
    fields.match_indices(FIELD).nth(count - 1).map_or(fields.len(), |(at, _)| at)
}

fn character(number: u32) -> Option<char> {
    let code = FIRST + number;
    let gap = SURROGATES.end - SURROGATES.start;
    char::from_u32(if code < SURROGATES.start { code } else { code + gap })
}

fn number_of(character: char) -> u32 {
    let code = u32::from(character);
    let gap = SURROGATES.end - SURROGATES.start;
    (if code < SURROGATES.start { code } else { code - gap }).saturating_sub(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_character_of_its_own() {
        for number in [0, 1, 0xd77f, 0xd780, 0xd781, TEXTS_MAX - 1] {
            assert_eq!(number_of(character(number).expect("a character")), number);
        }
    }

    #[test]
    fn what_is_shortened_comes_back() {
        let person = [
            "S", "1", "01", "1", "S", "L", "F", "", "", "19800101", "", "F", "", "1 MAIN", "",
            "BOSTON", "MA", "02111", "", "C1", "",
        ]
        .join("\u{1f}");
        let span =
            ["20200101", "P", "", "0", "", "", "G1", "ACME", "1245319599", "ROE", "R", "U", "UNIT"]
                .join("\u{1f}");
        let coverage = format!("{span}\u{1c}{span}");
        let file = Sections {
            key: "0",
            person: &person,
            subscriber: "",
            coverage: &coverage,
            accumulators: "a",
            other: "o",
        };
        let mut texts = SharedTexts::default();
        let mut short = String::new();
        texts.shorten(&file, &mut short);
        assert_eq!(texts.texts.len(), 3);
        let mut long = String::new();
        texts.write_out(&short, &mut long);
        assert_eq!(long, format!("{person}\u{1d}{coverage}\u{1d}a\u{1d}o"));
        assert!(short.len() < long.len());
        // A member without coverage.
        short.clear();
        long.clear();
        texts.shorten(&Sections { coverage: "", ..file }, &mut short);
        texts.write_out(&short, &mut long);
        assert_eq!(long, format!("{person}\u{1d}\u{1d}a\u{1d}o"));
    }
}
