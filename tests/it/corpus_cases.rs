//! What files that nobody here wrote taught us: each case is a fixture of ours with the one thing that such a file had, and
//! the errors that are right for it, mostly none.

use std::path::Path;

use x12gate::finding::Severity;

use crate::findings::{check, wire};

/// The errors of a valid fixture after one replacement, its set counted anew: acknowledgment code and place.
fn errors_of(fixture: &str, from: &str, to: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid");
    let text = std::fs::read_to_string(folder.join(fixture)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} stands once in {fixture}");
    let outcome = check(counted(&text.replacen(from, to, 1)).as_bytes());
    let errors = outcome.found.iter().filter(|found| found.severity == Severity::Error);
    let place = |at: u8| if at == 0 { String::new() } else { format!("{at:02}") };
    errors
        .map(|e| format!("{} {}{} at {}", wire(e.code), e.tag, place(e.element), e.segment))
        .collect()
}

/// The text with SE01 as many as the segments from ST to SE.
fn counted(text: &str) -> String {
    let mut count = 0;
    let segments = text.split_inclusive('~').map(|segment| {
        let bare = segment.trim_start();
        count = if bare.starts_with("ST*") { 1 } else { count + 1 };
        match bare.strip_prefix("SE*").and_then(|rest| rest.split_once('*')) {
            Some((_, control)) => format!("\nSE*{count}*{control}"),
            None => segment.to_owned(),
        }
    });
    segments.collect()
}

#[test]
fn nothing_changed_is_nothing_wrong() {
    assert_eq!(errors_of("277ca_partly.edi", "RX1234", "RX1235"), [""; 0]);
}

#[test]
fn a_claim_acknowledgment_need_not_return_a_date_that_was_the_fault() {
    assert_eq!(errors_of("277ca_partly.edi", "DTP*472*D8*20251201~", ""), [""; 0]);
}

#[test]
fn an_acknowledged_notification_may_repeat_the_decision_it_told_of() {
    let (from, to) = ("UM*AR*I*2*21:B**03~", "UM*AR*I*2*21:B**03~\nHCR*A1*AUTH0001~");
    assert_eq!(errors_of("278_notification_received.edi", from, to), [""; 0]);
}

#[test]
fn home_health_care_may_say_that_the_question_does_not_apply() {
    assert_eq!(errors_of("278_admission.edi", "**Y*N*I~", "**Y*W*I~"), [""; 0]);
}

#[test]
fn adjustment_groups_have_two_characters_at_most() {
    assert_eq!(errors_of("835_reversal.edi", "CAS*CO*45*55~", "CAS*COX*45*55~"), ["5 CAS01 at 25"]);
}

#[test]
fn a_level_with_a_wrong_code_is_still_the_parent_of_what_hangs_off_it() {
    // Left out: HL02, so that what follows stands one element to the left.
    let found = errors_of("278_referral.edi", "HL*3*2*22*1~", "HL*3*22*1~");
    assert_eq!(found, ["8 HL02 at 8", "I6 HL03 at 8", "1 HL04 at 8"]);
}

#[test]
fn a_level_number_is_a_number() {
    assert_eq!(errors_of("278_referral.edi", "HL*2*1*21*1~", "HL*B*1*21*1~"), ["7 HL01 at 5"]);
}

#[test]
fn an_empty_segment_lacks_its_first_required_element() {
    assert_eq!(errors_of("278_referral.edi", "DMG*D8*19800115*F~", "DMG~"), ["1 DMG01 at 10"]);
}

#[test]
fn an_element_too_many_is_found_behind_empty_ones() {
    let (from, to) = ("DMG*D8*19800115*F~", "DMG*D8*19800115*F***********************X~");
    assert_eq!(errors_of("278_referral.edi", from, to), ["3 DMG26 at 10"]);
}

#[test]
fn a_segment_twice_in_a_row_is_one_too_many_and_no_other_loop() {
    let (from, to) = ("N3*1 MAIN ST~", "N3*1 MAIN ST~\nN3*1 MAIN ST~");
    assert_eq!(errors_of("837i_outpatient.edi", from, to), ["5 N3 at 10"]);
}

#[test]
fn a_name_without_its_code_is_not_taken_for_one_three_loops_away() {
    let found = errors_of("834_everything.edi", "NM1*70*1*", "NM1**1*");
    assert!(found.iter().all(|found| found.starts_with("1 NM101")), "{found:?}");
}

#[test]
fn a_required_element_missing_is_not_also_a_syntax_note() {
    assert_eq!(errors_of("278_referral.edi", "DMG*D8*", "DMG**"), ["1 DMG01 at 10"]);
}

#[test]
fn a_context_may_name_a_composite_and_a_component() {
    let (from, to) = ("CTX*TRN02:TRACE0001~", "CTX*SITUATIONAL TRIGGER*CLM*43**5:3*C023:1325~");
    assert_eq!(errors_of("999_partial.edi", from, to), [""; 0]);
}

#[test]
fn a_reference_of_the_claim_on_a_line_is_a_wrong_code_and_no_new_claim() {
    // Repriced claims have 9A, repriced lines 9B.
    let found = errors_of("837d_everything.edi", "REF*6R*L1~", "REF*9A*L1~");
    assert_eq!(found, ["I6 REF01 at 51"]);
}

#[test]
fn the_head_of_a_loop_twice_is_a_loop_too_many() {
    let (from, to) = ("NM1*40*", "NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~\nNM1*40*");
    assert_eq!(errors_of("837i_outpatient.edi", from, to), ["4 NM1 at 6"]);
}
