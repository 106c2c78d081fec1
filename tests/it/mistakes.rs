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

/// The codes of what follows from no other finding, with segment id and element.
fn roots(outcome: &Outcome) -> Vec<(Code, &str, u8)> {
    let own = outcome.found.iter().filter(|f| f.because.is_none());
    own.map(|f| (f.code, &*f.tag, f.element)).collect()
}

#[test]
fn a_shift_is_one_root_and_what_follows_is_in_the_999() {
    let member = "NM1*IL*1*DOE*JANE****MI*S12300000101~";
    for (new, code, element) in [
        ("NM1*IL*DOE*JANE****MI*S12300000101~", Code::SeparatorMissing, 2),
        ("NM1*IL*1*DOE*SMITH*JANE****MI*S12300000101~", Code::SeparatorExtra, 3),
        ("NM1*IL*1*DOE*JANE****MI*S12300000101", Code::TerminatorMissing, 9),
        ("NM1*IL*1*DOE*JANE****MI*S12300000101*", Code::TerminatorMissing, 10),
    ] {
        let outcome = changed("270_subscriber.edi", member, new);
        assert_eq!(roots(&outcome), [(code, "NM1", element)], "{new}");
        let errors = &outcome.reports[0].errors;
        let own = errors.iter().find(|e| e.tag.to_string() == "NM1").unwrap();
        assert!(own.code == "8" && !own.elements.is_empty(), "{new}: {errors:?}");
    }
}

#[test]
fn one_too_many_is_told_once() {
    let category = "LS*2700~LX*1~N1*75*CATEGORY~REF*17*V1~LE*2700~";
    let twice = format!("{category}{}", category.replace("LX*1", "LX*2"));
    for (fixture, old, new, wanted) in [
        ("834_addition.edi", "SE*", format!("{twice}SE*"), (Code::SegmentRepeats, "LS", 0)),
        (
            "834_addition.edi",
            "SE*",
            "LX*1~N1*75*CATEGORY~REF*17*V1~SE*".to_owned(),
            (Code::SituationalSegmentMissing, "LS", 0),
        ),
    ] {
        let outcome = changed(fixture, old, &new);
        let roots = roots(&outcome).into_iter().filter(|(code, ..)| *code != Code::SetSegmentCount);
        assert_eq!(roots.collect::<Vec<_>>(), [wanted], "{new}");
    }
}

#[test]
fn adjustments_out_of_order_are_read_alike_however_many_there_are() {
    let patient = "NM1*QC*1*DOE*JANE****MI*S12300000101~\nDTM*232*20251201~\nSVC*HC:G0101*275*";
    for adjustments in
        ["CAS*CO*45*5~", "CAS*CO*45*5~CAS*PR*3*5~", "CAS*CO*45*5~CAS*PR*3*5~CAS*OA*23*5~"]
    {
        let new = patient.replacen("~\n", &format!("~{adjustments}"), 1);
        let outcome = changed("835_reversal.edi", patient, &new);
        let codes: Vec<Code> = outcome.found.iter().map(|f| f.code).collect();
        assert!(codes.contains(&Code::SegmentSequence), "{codes:?}");
        assert!(
            !codes.contains(&Code::SegmentMissing) && !codes.contains(&Code::LoopMissing),
            "{codes:?}"
        );
    }
}

#[test]
fn a_stray_segment_without_amounts_hides_no_imbalance() {
    for stray in ["PER*CX*DESK*TE*6175550100~", "NTE*ADD*TEXT~", "DTM*999*20260101~", "REF*ZZ*1~"] {
        let old = "SVC*HC:G0101*275*200**1~";
        let outcome =
            changed("835_reversal.edi", old, &format!("{}{stray}", old.replace("275", "276")));
        let codes: Vec<Code> = outcome.found.iter().map(|f| f.code).collect();
        assert!(codes.contains(&Code::Unbalanced), "{stray}: {codes:?}");
    }
}

#[test]
fn an_adjustment_group_is_used_up_before_it_repeats() {
    let old = "CAS*CO*45*55~";
    let split = changed("835_reversal.edi", old, "CAS*CO*45*50~CAS*CO*253*5~");
    assert_eq!(roots(&split)[0], (Code::AdjustmentGroupRepeated, "CAS", 1));
    let full = "CAS*CO*45*10**1*10**2*10**3*10**4*10**5*4~CAS*CO*253*1~";
    let outcome = changed("835_reversal.edi", old, full);
    assert!(!outcome.found.iter().any(|f| f.code == Code::AdjustmentGroupRepeated));
}

#[test]
fn remittance_information_has_claims_or_adjustments() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid/835_reversal.edi");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once("LX*1~").unwrap();
    let tail = &rest[rest.find("SE*").unwrap()..];
    let bare = format!("{head}{tail}").replace("BPR*I*20*", "BPR*I*0*").replace("SE*29*", "SE*11*");
    let codes: Vec<Code> = check(bare.as_bytes()).found.iter().map(|f| f.code).collect();
    assert_eq!(codes, [Code::SituationalSegmentMissing]);
}

#[test]
fn a_situation_may_name_several_contexts() {
    let context = "CTX*SITUATIONAL TRIGGER^SITUATIONAL TRIGGER*NM1*6*2100*9~\nCTX*TRN02:TRACE0001~";
    let old = "CTX*TRN02:TRACE0001~";
    let outcome = changed("999_partial.edi", old, context);
    assert_eq!(found(&outcome), [(Code::SetSegmentCount, "SE", 1)]);
}

#[test]
fn a_level_that_is_rejected_may_claim_a_child() {
    let outcome = changed("271_source_rejected.edi", "HL*1**20*0~", "HL*1**20*1~");
    assert_eq!(found(&outcome), [(Code::LevelChildClaimed, "HL", 4)]);
    assert_eq!(outcome.found[0].severity, x12gate::finding::Severity::Warning);
}

#[test]
fn the_parties_of_a_premium_payment_are_numbered_freely() {
    let (old, new) =
        ("N1*PE*SAMPLE HEALTH PLAN*FI*999999999~", "N1*PE*SAMPLE HEALTH PLAN*FI*9999999990~");
    assert_eq!(found(&changed("820_everything.edi", old, new)), []);
}

#[test]
fn an_adjustment_without_its_reason_is_told_by_what_it_requires() {
    use x12gate::finding::Policy;
    use x12gate::guide::Registry;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid/835_reversal.edi");
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("CAS*CO*45*55~", "CAS*CO*45*54***1~");
    let found = x12gate::check::findings(text.as_bytes(), Registry::embedded(), &Policy::default());
    let words: Vec<String> = found.iter().map(|f| f.message()).collect();
    assert!(words.iter().any(|w| w.contains("CAS06 requires CAS05")), "{words:?}");
}

#[test]
fn a_code_that_the_guide_does_not_use_is_acknowledged_as_the_partner_expects() {
    use x12gate::check::GroupHeader;
    use x12gate::txn::ack::{AckOptions, FunctionalAck};
    use x12gate::wire::{Delimiters, Emitter};

    let outcome = changed("270_subscriber.edi", "DTP*291*", "DTP*472*");
    for (unused_codes_as_invalid, element, set) in
        [(false, "IK4*1*374*I6*472~", "IK5*R*I5~"), (true, "IK4*1*374*7*472~", "IK5*R*5~")]
    {
        let mut out = Emitter::new(Delimiters::STANDARD);
        let options = AckOptions { unused_codes_as_invalid, ..AckOptions::default() };
        let group = GroupHeader::default();
        let ack = FunctionalAck::begin(&mut out, "0001", &group, options).unwrap();
        ack.set(&mut out, &outcome.reports[0]).unwrap();
        let text = String::from_utf8(out.into_bytes()).unwrap();
        assert!(text.contains(element) && text.contains(set), "{text}");
    }
}

#[test]
fn adjustment_reasons_are_judged_by_the_day_of_payment_or_claim_before_that_of_the_group() {
    // Reason 25 ended on 2008-04-01; GS04 is in 2026.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid/835_reversal.edi");
    let sound = std::fs::read_to_string(path).unwrap();
    let out_of_date = |edits: &[(&str, &str)]| {
        let old = [("CAS*CO*45*55~", "CAS*CO*25*55~"), ("654321*20260105~", "654321~")];
        let text = old.iter().chain(edits).fold(sound.clone(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let outcome = check(text.as_bytes());
        outcome.found.iter().filter(|f| f.code == Code::CodeOutOfDate).count()
    };
    let payment = ("DTM*405*20260105~", "DTM*405*20080101~");
    let no_payment = ("DTM*405*20260105~\n", "");
    let claim = ("DTM*232*20251201~", "DTM*232*20080101~");
    let no_claim = ("DTM*232*20251201~\n", "");
    let line = ("DTM*472*20251201~", "DTM*472*20080101~");
    assert_eq!(out_of_date(&[]), 1, "the payment is of 2026");
    assert_eq!(out_of_date(&[payment]), 0, "the payment is of 2008");
    assert_eq!(out_of_date(&[claim]), 1, "the day of the payment comes before that of the claim");
    assert_eq!(out_of_date(&[no_payment, claim]), 0, "the claim is of 2008");
    assert_eq!(out_of_date(&[no_payment]), 1, "the claim is of 2025");
    assert_eq!(out_of_date(&[no_payment, no_claim, line]), 0, "the line is of 2008");
}

#[test]
fn the_loop_around_related_names_twice_is_one_loop_too_many() {
    let (old, more) = ("LE*2120~\nEB*R", "LE*2120~\nLS*2120~\nNM1*P3*1*ROE*MARY~\nLE*2120~\nEB*R");
    let outcome = changed("271_benefits.edi", old, more);
    let own: Vec<_> =
        roots(&outcome).into_iter().filter(|f| f.0 != Code::SetSegmentCount).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!((own[0].1, crate::findings::wire(own[0].0)), ("LS", "5"));
}

#[test]
fn an_address_behind_the_demographics_is_one_finding() {
    let (old, new) = ("DMG*D8*19800115*F*M*C*1~", "DMG*D8*19800115*F*M*C*1~\nN3*9 ELM ST~");
    let outcome = changed("834_everything.edi", old, new);
    let own: Vec<_> =
        roots(&outcome).into_iter().filter(|f| f.0 != Code::SetSegmentCount).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0].1, "N3");
}
