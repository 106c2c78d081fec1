//! The programs of `examples/` do what they say.

use x12gate::portal::read_replies;

#[path = "../../examples/answer_from_your_store.rs"]
#[allow(dead_code, reason = "its main is not called")]
mod answer_from_your_store;
#[path = "../../examples/check_file.rs"]
#[allow(dead_code, reason = "its main is not called")]
mod check_file;
#[path = "../../examples/companion_guide.rs"]
#[allow(dead_code, reason = "its main is not called")]
mod companion_guide;
#[path = "../../examples/write_271.rs"]
#[allow(dead_code, reason = "its main is not called")]
mod write_271;

const SOUND: &str = include_str!("../../fixtures/valid/270_subscriber.edi");

#[test]
fn a_file_is_checked() {
    let unsound = include_bytes!("../../fixtures/demo/requests/20-trace-without-company.x12");
    let report = check_file::report(unsound);
    assert!(report.starts_with("X12-2201 ") && report.lines().count() == 1, "{report}");
    assert_eq!(check_file::report(SOUND.as_bytes()), "");
}

#[test]
fn a_271_is_written_that_passes_the_check() {
    let interchange = write_271::interchange().unwrap();
    assert_eq!(check_file::report(&interchange), "");
    let views = read_replies(&interchange).views();
    assert_eq!(views[0].coverage[0].plan, "SAMPLE HMO");
    assert_eq!(views[0].benefits[0].copay, ["$25.00 per visit"]);
}

#[test]
fn a_companion_guide_asks_for_more() {
    assert_eq!(companion_guide::compare(SOUND.as_bytes()).unwrap(), (0, Vec::new()));
    let short = SOUND.replace("S12300000101", "123000001");
    let (plain, strict) = companion_guide::compare(short.as_bytes()).unwrap();
    assert_eq!((plain, strict.len()), (0, 1), "{strict:?}");
    assert!(strict[0].contains("NM1"), "{strict:?}");
}

#[tokio::test]
async fn a_question_is_answered_from_a_store_of_ones_own() {
    let reply = answer_from_your_store::answer(SOUND.into()).await.unwrap();
    assert_eq!(check_file::report(&reply), "");
    let views = read_replies(&reply).views();
    assert!(views[0].coverage[0].active);
    let unknown = SOUND.replace("S12300000101", "S99999999901");
    let reply = answer_from_your_store::answer(unknown.into()).await.unwrap();
    assert_eq!(read_replies(&reply).views()[0].rejections[0].reason, "75");
}
