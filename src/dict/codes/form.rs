//! The form of the codes of a list: a diagnosis with a decimal point, or a procedure of four characters, cannot be a code,
//! whatever the list contains.

/// True when a value has the form of the codes of a list.
pub type Form = fn(&[u8]) -> bool;

/// A letter, a digit, a letter or digit, and up to four more; no point.
pub(super) fn icd10_cm(code: &[u8]) -> bool {
    (3..=7).contains(&code.len())
        && code[0].is_ascii_uppercase()
        && code[1].is_ascii_digit()
        && code[2..].iter().all(is_upper_alphanumeric)
}

/// Three to five digits, the first of which may be V or E instead; no point.
pub(super) fn icd9_cm(code: &[u8]) -> bool {
    (3..=5).contains(&code.len())
        && (code[0].is_ascii_digit() || matches!(code[0], b'V' | b'E'))
        && digits(&code[1..])
}

/// Seven letters or digits.
pub(super) fn icd10_pcs(code: &[u8]) -> bool {
    code.len() == 7 && code.iter().all(is_upper_alphanumeric)
}

/// Two to four digits; no point.
pub(super) fn icd9_pcs(code: &[u8]) -> bool {
    (2..=4).contains(&code.len()) && digits(code)
}

/// HCPCS, both levels: three digits between two letters or digits.
pub(super) fn hcpcs(code: &[u8]) -> bool {
    code.len() == 5
        && is_upper_alphanumeric(&code[0])
        && digits(&code[1..4])
        && is_upper_alphanumeric(&code[4])
}

/// HCPCS level I: begins with a digit.
pub(super) fn cpt(code: &[u8]) -> bool {
    hcpcs(code) && code[0].is_ascii_digit()
}

/// Two letters or digits.
pub(super) fn modifier(code: &[u8]) -> bool {
    two_alphanumerics(code)
}

/// A modifier of HCPCS level I: begins with a digit, or is a physical status, P1 to P6.
pub(super) fn cpt_modifier(code: &[u8]) -> bool {
    modifier(code)
        && (code[0].is_ascii_digit() || (code[0] == b'P' && matches!(code[1], b'1'..=b'6')))
}

/// D and four digits.
pub(super) fn cdt(code: &[u8]) -> bool {
    code.len() == 5 && code[0] == b'D' && digits(&code[1..])
}

/// Five letters or digits.
pub(super) fn hipps(code: &[u8]) -> bool {
    code.len() == 5 && code.iter().all(is_upper_alphanumeric)
}

/// Eleven digits: five of the labeler, four of the product, two of the package, without hyphens.
pub(super) fn ndc(code: &[u8]) -> bool {
    code.len() == 11 && digits(code)
}

/// Five letters.
pub(super) fn abc(code: &[u8]) -> bool {
    code.len() == 5 && code.iter().all(u8::is_ascii_uppercase)
}

/// One to seven digits, a hyphen and a check digit.
pub(super) fn loinc(code: &[u8]) -> bool {
    match code {
        [number @ .., b'-', check] => {
            (1..=7).contains(&number.len()) && digits(number) && check.is_ascii_digit()
        }
        _ => false,
    }
}

/// Three digits; four where a payer's groups distinguish severities.
pub(super) fn drg(code: &[u8]) -> bool {
    (3..=4).contains(&code.len()) && digits(code)
}

/// Four digits; three where the leading zero is left out.
pub(super) fn revenue(code: &[u8]) -> bool {
    (3..=4).contains(&code.len()) && digits(code)
}

/// The first two digits of the type of bill.
pub(super) fn bill_type(code: &[u8]) -> bool {
    two_digits(code)
}

/// One letter or digit.
pub(super) fn frequency(code: &[u8]) -> bool {
    alphanumeric(code)
}

/// One digit.
pub(super) fn digit(code: &[u8]) -> bool {
    code.len() == 1 && digits(code)
}

/// One letter or digit.
pub(super) fn alphanumeric(code: &[u8]) -> bool {
    code.len() == 1 && is_upper_alphanumeric(&code[0])
}

/// One or two digits: the leading zero is often left out.
pub(super) fn status(code: &[u8]) -> bool {
    (1..=2).contains(&code.len()) && digits(code)
}

/// Two digits.
pub(super) fn two_digits(code: &[u8]) -> bool {
    code.len() == 2 && digits(code)
}

/// Two letters or digits.
pub(super) fn two_alphanumerics(code: &[u8]) -> bool {
    code.len() == 2 && code.iter().all(is_upper_alphanumeric)
}

/// Ten letters or digits; nowadays the last of them is an X, in codes of older releases an N or Y.
pub(super) fn taxonomy(code: &[u8]) -> bool {
    code.len() == 10 && code.iter().all(is_upper_alphanumeric)
}

/// Two different days of eight digits with a hyphen between them.
pub(super) fn several_days(value: &[u8]) -> bool {
    match value.split_at_checked(8) {
        Some((first, [b'-', last @ ..])) => {
            digits(first) && digits(last) && last.len() == 8 && first != last
        }
        _ => false,
    }
}

/// Nine digits without separators.
pub(super) fn tax_id(code: &[u8]) -> bool {
    code.len() == 9 && digits(code)
}

/// Five digits.
pub(super) fn insurer(code: &[u8]) -> bool {
    code.len() == 5 && digits(code)
}

/// One to three letters or digits.
pub(super) fn pharmacy_rejection(code: &[u8]) -> bool {
    (1..=3).contains(&code.len()) && code.iter().all(is_upper_alphanumeric)
}

/// Two or three letters.
pub(super) fn language(code: &[u8]) -> bool {
    (2..=3).contains(&code.len()) && code.iter().all(u8::is_ascii_alphabetic)
}

/// Up to three digits, or a letter and up to two digits.
pub(super) fn adjustment_reason(code: &[u8]) -> bool {
    let number = if code.first().is_some_and(u8::is_ascii_uppercase) { &code[1..] } else { code };
    (1..=3).contains(&code.len()) && !number.is_empty() && digits(number)
}

/// M, MA or N and up to three digits.
pub(super) fn remark(code: &[u8]) -> bool {
    let number = code
        .strip_prefix(b"MA")
        .or_else(|| code.strip_prefix(b"M"))
        .or_else(|| code.strip_prefix(b"N"))
        .unwrap_or_default();
    (1..=3).contains(&number.len()) && digits(number)
}

/// Three letters.
pub(super) fn currency(code: &[u8]) -> bool {
    code.len() == 3 && code.iter().all(u8::is_ascii_uppercase)
}

fn digits(code: &[u8]) -> bool {
    code.iter().all(u8::is_ascii_digit)
}

fn is_upper_alphanumeric(byte: &u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use crate::dict::codes::listing_of;

    #[test]
    fn codes_have_the_form_of_their_list() {
        let forms: [(&str, &[&str], &[&str]); 22] = [
            ("tax-ids", &["123456789"], &["12-3456789", "12345678", "12345678A"]),
            (
                "icd-10-cm",
                &["A09", "J069", "S72001A", "Z3A40"],
                &["J06.9", "A0", "069", "J06912345", "j069"],
            ),
            ("icd-9-cm", &["250", "25000", "V700", "E8498"], &["250.0", "A10", "25", "250001", ""]),
            ("icd-10-pcs", &["0SR90J9"], &["0SR90J", "0sr90j9"]),
            ("icd-9-pcs", &["8151"], &["81.51", "ABCD"]),
            (
                "hcpcs",
                &["99213", "G0101", "0042T", "0001F"],
                &["9921", "992133", "G01O1", "g0101", ""],
            ),
            ("cdt", &["D0120"], &["0120", "D012", "X0120", ""]),
            ("ndc", &["00002143380"], &["0002-1433-80", "0000214338"]),
            ("hcpcs-modifiers", &["25", "LT", "P1"], &["2", "lt", "250"]),
            ("hipps", &["1AFKS", "AAA00"], &["1AFK", "1afks"]),
            ("loinc", &["8480-6", "18842-5"], &["84806", "8480-", "-6", "8480-66"]),
            ("drgs", &["470", "0470"], &["47", "47A"]),
            ("revenue-codes", &["0450", "450"], &["45", "045A"]),
            ("bill-types", &["11", "83"], &["1", "111", "1A"]),
            ("patient-statuses", &["01", "30", "1"], &["A1", "001"]),
            ("condition-codes", &["44", "A1", "D9"], &["4", "444"]),
            (
                "taxonomies",
                &["207R00000X", "261QU0200X"],
                &["207R00000", "207R00000XX", "207r00000X"],
            ),
            ("insurers", &["12345"], &["1234", "1234A"]),
            ("adjustment-reasons", &["1", "45", "253", "A1", "B22"], &["", "A", "1234", "CO45"]),
            ("remark-codes", &["M1", "MA130", "N30", "N870"], &["30", "M", "MA", "N1234", "X1"]),
            ("currencies", &["USD"], &["US", "usd"]),
            ("languages", &["en", "ENG"], &["e", "e1"]),
        ];
        for (list, good, bad) in forms {
            let form = listing_of(list).and_then(|known| known.form).expect(list);
            for code in good {
                assert!(form(code.as_bytes()), "{list} {code}");
            }
            for code in bad {
                assert!(!form(code.as_bytes()), "{list} {code}");
            }
        }
    }

    #[test]
    fn levels_of_procedures_are_told_apart() {
        let (_, is_cpt) = listing_of("hcpcs").and_then(|l| l.other).expect("two levels");
        assert!(is_cpt(b"99213") && is_cpt(b"0042T") && !is_cpt(b"G0101"));
        let (_, is_cpt) = listing_of("hcpcs-modifiers").and_then(|l| l.other).expect("two levels");
        assert!(
            is_cpt(b"25") && is_cpt(b"P3") && is_cpt(b"8P") && !is_cpt(b"LT") && !is_cpt(b"PA")
        );
    }
}
