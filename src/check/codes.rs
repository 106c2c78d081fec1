//! The form of codes whose lists belong to others and are rarely loaded: a diagnosis with its point, or a
//! procedure of four characters, is none, whatever the list says.

/// True when the code has the form that this qualifier gives it, or the qualifier is none of these.
pub(super) fn has_form(qualifier: &[u8], code: &[u8]) -> bool {
    match qualifier {
        b"ABK" | b"ABF" | b"ABJ" | b"APR" | b"ABN" => is_icd10_diagnosis(code),
        b"BK" | b"BF" | b"BJ" | b"PR" | b"BN" => is_icd9_diagnosis(code),
        b"BBR" | b"BBQ" => code.len() == 7 && code.iter().all(is_upper_alphanumeric),
        b"BR" | b"BQ" => (2..=4).contains(&code.len()) && code.iter().all(u8::is_ascii_digit),
        b"HC" | b"BP" | b"BO" => is_procedure(code),
        b"AD" => code.len() == 5 && code[0] == b'D' && code[1..].iter().all(u8::is_ascii_digit),
        b"N4" => code.len() == 11 && code.iter().all(u8::is_ascii_digit),
        _ => true,
    }
}

/// A letter, a digit, and one to five letters or digits; no point.
fn is_icd10_diagnosis(code: &[u8]) -> bool {
    (3..=7).contains(&code.len())
        && code[0].is_ascii_uppercase()
        && code[1].is_ascii_digit()
        && code[2..].iter().all(is_upper_alphanumeric)
}

/// Three to five digits, the first of which may be V or E instead; no point.
fn is_icd9_diagnosis(code: &[u8]) -> bool {
    (3..=5).contains(&code.len())
        && (code[0].is_ascii_digit() || matches!(code[0], b'V' | b'E'))
        && code[1..].iter().all(u8::is_ascii_digit)
}

/// HCPCS and CPT: three digits between two letters or digits.
fn is_procedure(code: &[u8]) -> bool {
    code.len() == 5
        && is_upper_alphanumeric(&code[0])
        && code[1..4].iter().all(u8::is_ascii_digit)
        && is_upper_alphanumeric(&code[4])
}

fn is_upper_alphanumeric(byte: &u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_form_of_their_list() {
        let forms: [(&str, &[&str], &[&str]); 9] = [
            (
                "ABK",
                &["A09", "J069", "S72001A", "Z3A40"],
                &["J06.9", "A0", "069", "J06912345", "j069"],
            ),
            ("BF", &["250", "25000", "V700", "E8498"], &["250.0", "A10", "25", "250001"]),
            ("BBR", &["0SR90J9"], &["0SR90J", "0sr90j9"]),
            ("BQ", &["8151"], &["81.51", "ABCD"]),
            ("HC", &["99213", "G0101", "0042T", "0001F"], &["9921", "992133", "G01O1", "g0101"]),
            ("AD", &["D0120"], &["0120", "D012", "X0120"]),
            ("N4", &["00002143380"], &["0002-1433-80", "0000214338"]),
            ("ER", &["anything at all"], &[]),
            ("", &["x"], &[]),
        ];
        for (qualifier, good, bad) in forms {
            for code in good {
                assert!(has_form(qualifier.as_bytes(), code.as_bytes()), "{qualifier} {code}");
            }
            for code in bad {
                assert!(!has_form(qualifier.as_bytes(), code.as_bytes()), "{qualifier} {code}");
            }
        }
    }
}
