//! Acknowledgments of interchanges (TA1): received, received with errors, refused.

use super::set_writer::{Result, SetWriter};
use super::text::numbered;
use crate::wire::value::d6_text;

/// TA104 and TA105.
const VERDICTS: [(&str, &str); 9] = [
    ("A", "000"),
    ("A", "000"),
    ("A", "000"),
    ("A", "000"),
    ("R", "025"),
    ("R", "018"),
    ("R", "023"),
    ("E", "001"),
    ("R", "006"),
];

/// TA1 about an interchange of this number.
pub(super) fn acknowledge(writer: &mut SetWriter, index: u64) -> Result {
    let (verdict, why) = writer.random.pick(&VERDICTS);
    let sent = writer.ago(writer.random.clone().below(3));
    let date = d6_text(sent);
    writer
        .segment("TA1")
        .text(numbered("", index % 999_999_999 + 1, 9).as_str())
        .text(date.as_str())
        .text(super::TIME)
        .text(verdict)
        .text(why)
        .end()
}
