//! Mistakes in real files: each made in a valid fixture, with the one finding it must give and no other.

use std::path::Path;

use x12gate::finding::Code;

use crate::findings::{Outcome, check};

/// The fixture with one change.
fn changed(fixture: &str, old: &str, new: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid").join(fixture);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{fixture} has no {old}");
    check(text.replacen(old, new, 1).as_bytes())
}

/// The codes found, with segment id and element.
fn found(outcome: &Outcome) -> Vec<(Code, &str, u8)> {
    outcome.found.iter().map(|f| (f.code, &*f.tag, f.element)).collect()
}

#[test]
fn each_mistake_is_one_finding() {
    let first_zip = ("837p_replacement.edi", "N4*BOSTON*MA*021110000~");
    let of_member = ("837p_replacement.edi", "N4*BOSTON*MA*02111~");
    let claim = ("835_reversal.edi", "CLP*PT0001*1*275*200*20*");
    let line = ("835_reversal.edi", "SVC*HC:G0101*275*200**1~");
    let contact = ("835_reversal.edi", "PER*BL*EDI DESK*TE*6175550100~");
    for ((fixture, old), new, code, tag, element) in [
        (first_zip, "N4*BOSTON*MA*02111~", Code::PostalCodeShort, "N4", 3),
        (first_zip, "N4*BOSTON*MA*02111000~", Code::PostalCode, "N4", 3),
        (of_member, "N4*BOSTON*MA*2111~", Code::PostalCode, "N4", 3),
        (of_member, "N4*BOSTON*MA*02111-0000~", Code::PostalCode, "N4", 3),
        (claim, "CLP*PT0001*1*0275*200*20*", Code::LeadingZeros, "CLP", 3),
        (claim, "CLP*PT0001*1*275.000*200*20*", Code::DecimalPlaces, "CLP", 3),
        (line, "SVC*HC:G0101*275*200**1.0000~", Code::DecimalPlaces, "SVC", 5),
        (
            ("837p_replacement.edi", "NM1*85*2*SAMPLE CLINIC*****"),
            "NM1*85*2*SAMPLE CLINIC*JANE****",
            Code::PersonName,
            "NM1",
            4,
        ),
        (contact, "PER*BL*EDI DESK*TE*617555O100~", Code::TelephoneNumber, "PER", 4),
        (
            ("835_reversal.edi", "CAS*CO*45*55~"),
            "CAS*CO*45*55**96*0~",
            Code::AdjustmentZero,
            "CAS",
            6,
        ),
        (("835_reversal.edi", "DTM*405*20260105~"), "DTM*405*260105~", Code::ElementDate, "DTM", 2),
        (("835_reversal.edi", "654321*20260105~"), "654321*260105~", Code::ElementDate, "BPR", 16),
        (
            ("837p_replacement.edi", "*X*005010X222A1~"),
            "*X*005010X223A2~",
            Code::GuideMismatch,
            "ST",
            3,
        ),
        (("837p_replacement.edi", "*^*00501*"), "***00501*", Code::DelimitersIndistinct, "ISA", 11),
        (("837p_replacement.edi", "*^*00501*"), "*:*00501*", Code::DelimitersIndistinct, "ISA", 11),
        (("837p_replacement.edi", "*:~"), "*: ~", Code::SegmentTerminator, "ISA", 0),
        (("837p_replacement.edi", "*:~\nGS"), "*: GS", Code::SegmentTerminator, "ISA", 0),
        (
            ("837p_replacement.edi", "GE*"),
            "TA1*000000101*260105*0930*A*000~GE*",
            Code::GroupStraySegment,
            "TA1",
            0,
        ),
    ] {
        assert_eq!(found(&changed(fixture, old, new)), [(code, tag, element)], "{new}");
    }
}

#[test]
fn postal_codes_of_other_countries_are_not_zip_codes() {
    let abroad = changed("837p_replacement.edi", "N4*BOSTON*MA*02111~", "N4*TORONTO*ON*M5V2T6*CA~");
    assert_eq!(found(&abroad), []);
}

#[test]
fn two_editions_of_one_guide_are_a_warning() {
    let older = changed("837p_replacement.edi", "*X*005010X222A1~", "*X*005010X222~");
    assert_eq!(found(&older), [(Code::GuideDisagrees, "ST", 3)]);
}

#[test]
fn a_control_number_is_used_for_one_content() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid/270_subscriber.edi");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(found(&check(format!("{text}{text}").as_bytes())), [], "sent twice");
    let other = text.replacen("*DOE*", "*ROE*", 1);
    assert_ne!(other, text);
    let both = check(format!("{text}{other}").as_bytes());
    assert_eq!(found(&both), [(Code::InterchangeDuplicate, "ISA", 13)]);
    assert_eq!(both.rejections, [None, Some("025")]);
}
