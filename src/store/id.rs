//! Member ids in the forms people write them: with or without the product prefix and the person suffix.
//!
//! Only takes ids apart; whether a person with that id exists is the store's answer.

use crate::phi::redacted;

/// Upper case, without blanks, hyphens and other marks: the form in which ids are stored and looked for.
pub fn normalise_id(id: &str) -> String {
    id.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// One way to read an id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdForm<'a> {
    /// The product prefix that was named; a member with another prefix is another person.
    pub prefix: Option<&'a str>,
    /// Subscriber number, followed by the person suffix when [`IdForm::person`].
    pub key: &'a str,
    /// True when the last two characters are the person suffix: then no other member of the family may match.
    pub person: bool,
}

redacted!(IdForm<'_> {});

/// Letters a product prefix may have at most.
const PREFIX_LETTERS_MAX: usize = 3;

/// All ways to read `id`: the letters in front are a prefix or belong to the number, the two digits at the end are a
/// suffix or belong to the number. At most four.
pub(crate) fn id_forms(id: &str) -> impl Iterator<Item = IdForm<'_>> {
    let letters = id.bytes().take_while(u8::is_ascii_alphabetic).count();
    let stripped = (1..=PREFIX_LETTERS_MAX)
        .contains(&letters)
        .then(|| id.split_at(letters))
        .filter(|(_, number)| !number.is_empty());
    let whole = (!id.is_empty()).then_some((None, id));
    whole.into_iter().chain(stripped.map(|(prefix, key)| (Some(prefix), key))).flat_map(
        |(prefix, key)| {
            let bytes = key.as_bytes();
            let suffixed =
                bytes.len() > 2 && bytes[bytes.len() - 2..].iter().all(u8::is_ascii_digit);
            let family = IdForm { prefix, key, person: false };
            std::iter::once(family).chain(suffixed.then_some(IdForm { person: true, ..family }))
        },
    )
}

/// Digits of a person suffix at the end of a member id.
const SUFFIX_DIGITS: usize = 2;

/// True when two member ids may be the same person's: with or without the product prefix and the person suffix.
pub(crate) fn may_be_same_member(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(normalise_id);
    let bare = |id: &str| id.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
    let same = |one: &str, other: &str| {
        let [short, long] = if one.len() <= other.len() { [one, other] } else { [other, one] };
        match long.strip_prefix(short) {
            Some("") => true,
            Some(rest) => {
                rest.len() == SUFFIX_DIGITS && rest.bytes().all(|byte| byte.is_ascii_digit())
            }
            None => false,
        }
    };
    !one.is_empty()
        && !other.is_empty()
        && (same(&one, &other)
            // A prefix says something only where both have one.
            || (starts_bare(&one) != starts_bare(&other) && same(&bare(&one), &bare(&other))))
}

fn starts_bare(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(id: &str) -> Vec<(Option<&str>, &str, bool)> {
        id_forms(id).map(|form| (form.prefix, form.key, form.person)).collect()
    }

    #[test]
    fn blanks_hyphens_and_case_do_not_matter() {
        assert_eq!(normalise_id(" s 123-000-001 01 "), "S12300000101");
    }

    #[test]
    fn an_id_of_digits_is_a_family_or_a_person() {
        assert_eq!(forms("12301"), [(None, "12301", false), (None, "12301", true)]);
        assert_eq!(forms("12"), [(None, "12", false)]);
        assert_eq!(forms(""), []);
    }

    #[test]
    fn letters_in_front_may_be_a_prefix() {
        let expected = [
            (None, "S12301", false),
            (None, "S12301", true),
            (Some("S"), "12301", false),
            (Some("S"), "12301", true),
        ];
        assert_eq!(forms("S12301"), expected);
        // Four letters are no prefix, and a prefix alone is no number.
        assert_eq!(forms("ABCD12X"), [(None, "ABCD12X", false)]);
        assert_eq!(forms("S"), [(None, "S", false)]);
    }

    #[test]
    fn prefix_and_suffix_may_be_left_out_but_not_changed() {
        for (one, other, same) in [
            ("S12300000101", "s123-000-001 01", true),
            ("S12300000101", "12300000101", true),
            ("S12300000101", "S123000001", true),
            ("S12300000101", "S12300000102", false),
            ("S12300000101", "N12300000101", false),
            ("S12300000101", "", false),
            ("", "", false),
            ("S123000001", "S123000001011", false),
            ("S123", "S123AB", false),
        ] {
            assert_eq!(may_be_same_member(one, other), same, "{one} {other}");
            assert_eq!(may_be_same_member(other, one), same, "{other} {one}");
        }
    }
}
