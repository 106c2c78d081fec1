//! The forms of values that no list of codes defines.

/// True for an address line that is a post office box: `PO BOX 1`, `P.O. Box 1`, `POST OFFICE BOX 1`.
pub(super) fn is_post_office_box(line: &[u8]) -> bool {
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
    use super::is_post_office_box;

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
