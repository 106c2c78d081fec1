//! Names as CORE rule 258 compares them: one pure function for the inquiry's name and the stored one.
//!
//! Not a fuzzy match: two names are the same person's only when both come out of here equal. The name as the plan
//! writes it is what an answer returns; this form is never written.

use crate::segments::text::plain_letter;

/// Suffixes and titles that do not identify a person. `DE`, `VAN` and their like are part of the name.
const TITLES: [&str; 26] = [
    "JR", "SR", "I", "II", "III", "IV", "V", "1ST", "2ND", "3RD", "4TH", "5TH", "MD", "DO", "PHD",
    "DDS", "RN", "ESQ", "DR", "MR", "MRS", "MS", "MISS", "REV", "HON", "CPA",
];

/// The form of a last or first name in which it is compared: upper case, without suffixes and titles, accents, blanks
/// and punctuation, so that what an answer writes is accepted back. `O'Donnell-Griswold` becomes `ODONNELLGRISWOLD`,
/// `de la Cruz, Jr.` becomes `DELACRUZ`.
///
/// A title is left out only after a blank, comma or slash and before a blank or the end, and never when it comes first: a
/// family may be called `Rev`.
pub fn normalise_name(name: &str) -> String {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return name.to_owned();
    }
    let upper: String = name.trim().chars().flat_map(char::to_uppercase).collect();
    let mut words = words(&upper);
    // From the right, so that a title counts as the last word once all behind it are gone: `SMITH JR, MD`.
    let mut at_end = true;
    for index in (1..words.len()).rev() {
        let (word, before_blank) = words[index];
        if is_title(word) && (at_end || before_blank) {
            words[index].0 = "";
        } else {
            at_end = false;
        }
    }
    let kept = words.iter().flat_map(|(word, _)| word.chars()).map(plain_letter);
    kept.filter(|c| c.is_alphanumeric()).collect()
}

/// The words between blanks, commas and slashes, each with whether a blank follows it.
fn words(text: &str) -> Vec<(&str, bool)> {
    text.split_inclusive([' ', ',', '/'])
        .map(|piece| (piece.trim_end_matches([' ', ',', '/']), piece.ends_with(' ')))
        .filter(|(word, _)| !word.is_empty())
        .collect()
}

/// True for a suffix or title, with or without full stops: `JR.`, `M.D.`
fn is_title(word: &str) -> bool {
    TITLES.iter().any(|title| word.chars().filter(|c| *c != '.').eq(title.chars()))
}

#[cfg(test)]
mod tests {
    use super::normalise_name;

    #[test]
    fn punctuation_blanks_and_case_do_not_matter() {
        assert_eq!(normalise_name("O'Donnell-Griswold"), "ODONNELLGRISWOLD");
        assert_eq!(normalise_name("DE LA CRUZ"), "DELACRUZ");
        assert_eq!(normalise_name("  van der Berg "), "VANDERBERG");
        assert_eq!(normalise_name("SAMPLE"), "SAMPLE");
        assert_eq!(normalise_name("muñoz"), "MUNOZ");
        assert_eq!(normalise_name("Łódź José-Ångström"), "LODZJOSEANGSTROM");
        assert_eq!(normalise_name("李"), "李");
        assert_eq!(normalise_name(""), "");
        assert_eq!(normalise_name(" .-' "), "");
    }

    #[test]
    fn suffixes_and_titles_go_only_where_they_stand_apart() {
        for name in [
            "SMITH JR",
            "Smith, Jr.",
            "SMITH/III",
            "SMITH JR, MD",
            "SMITH ESQ",
            "SMITH 2ND",
            "SMITH, M.D.",
        ] {
            assert_eq!(normalise_name(name), "SMITH", "{name}");
        }
        assert_eq!(normalise_name("SMITH JR JONES"), "SMITHJONES");
        // Part of a word, before a comma in the middle, and in first place they stay.
        assert_eq!(normalise_name("SMITHJR"), "SMITHJR");
        assert_eq!(normalise_name("SMITH-JR"), "SMITHJR");
        assert_eq!(normalise_name("SMITH JR,JONES"), "SMITHJRJONES");
        assert_eq!(normalise_name("REV"), "REV");
        assert_eq!(normalise_name(" V"), "V");
    }

    #[test]
    fn twice_is_once() {
        for name in ["O'Donnell-Griswold JR", "de la Cruz", "Rev I V", "A/V, X"] {
            let once = normalise_name(name);
            assert_eq!(normalise_name(&once), once);
        }
    }
}
