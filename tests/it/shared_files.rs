//! What people do with files: sets without an ISA, `format`, `repair` and `redact` as commands, files that change while they
//! are read, and no value in any output that was not asked for.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::fixtures::files;

const SET: &str = "ST*270*0001*005010X279A1~BHT*0022*13*TX0001*20260105*0930~HL*1**20*1~\
                   NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~\
                   NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*3*2*22*0~TRN*1*TRACE0001*9SUBMITTER~\
                   NM1*IL*1*DOE*JANE****MI*S12300000101~DMG*D8*19800115*F~DTP*291*D8*20260105~\
                   EQ*30~SE*13*0001~";

fn x12gate(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("X12GATE_REDACT_SEED")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start the built command");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // A command that ends early does not read to the end.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("wait for the command");
    writer.join().expect("the writer");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The findings and the summary, as JSON.
fn checked(input: &str) -> (Vec<Value>, Value) {
    let output =
        x12gate(&["check", "-", "--format", "json", "--max-findings", "0"], input.as_bytes());
    let mut lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect();
    let summary = lines.pop().expect("a summary");
    lines.retain(|line| !line["code"].is_null());
    (lines, summary)
}

#[test]
fn a_bare_set_is_checked_and_what_is_assumed_is_said() {
    let (found, summary) = checked(SET);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["code"], "X12-1030");
    assert_eq!(found[0]["severity"], "note");
    let assumed = &found[0]["assumed"];
    assert_eq!((&assumed["element"], &assumed["component"]), (&"*".into(), &":".into()));
    assert_eq!((&assumed["repetition"], &assumed["segment"]), (&"^".into(), &"~".into()));
    assert_eq!(assumed["guide"], "005010X279A1");
    assert_eq!(assumed["guide_is_named"], true);
    assert_eq!((&summary["sets"], &summary["errors"]), (&1.into(), &0.into()));

    let shown = text(&x12gate(&["check", "-"], SET.as_bytes()).stdout);
    assert!(shown.contains("note[X12-1030]") && shown.contains("element `*`"), "{shown}");
    assert!(shown.contains("270 of 005010X279A1"), "{shown}");
}

#[test]
fn what_is_wrong_in_a_bare_set_is_found() {
    let (found, _) = checked(&SET.replace("SE*13", "SE*12").replace("*9SUBMITTER~", "~"));
    let codes: Vec<_> = found.iter().map(|line| line["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["X12-1030", "X12-2201", "X12-1204"]);
}

#[test]
fn odd_separators_and_line_ends_are_worked_out() {
    for (element, component, terminator) in [
        ("|", ">", "!"),
        ("*", ":", "\n"),
        ("*", ":", "\r\n"),
        ("+", ":", "'\r\n"),
        ("^", "<", "~\n"),
    ] {
        let set = SET.replace("EQ*30~", "EQ**HC:99213~");
        let set = set.replace('*', "\u{1}").replace(':', component).replace('~', terminator);
        let set = set.replace('\u{1}', element);
        let (found, summary) = checked(&set);
        let codes: Vec<_> = found.iter().map(|line| line["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["X12-1030"], "{set}");
        assert_eq!(summary["errors"], 0);
        assert_eq!(found[0]["assumed"]["component"], component);
    }
}

#[test]
fn several_sets_groups_and_interchanges_in_one_input_are_read() {
    let whole = std::fs::read_to_string(files("valid")[2].clone()).expect("a fixture");
    let group = format!("GS*HS*SUBMITTER1*PAYERGW*20260105*0930*101*X*005010X279A1~{SET}GE*1*101~");
    let other = SET.replace('*', "|");
    let input =
        format!("Example 1\n{SET}\n\nExample 2, with pipes:\n{other}\n{group}\n{whole}\n{SET}");
    let (found, summary) = checked(&input);
    let errors: Vec<_> = found.iter().filter(|line| line["severity"] == "error").collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(summary["interchanges"], 1);
    assert!(summary["sets"].as_u64().unwrap() >= 5, "{summary}");
    let notes = found.iter().filter(|line| line["code"] == "X12-1030").count();
    assert_eq!(notes, 3, "once for each kind of assumption that changes: {found:?}");
    // A group that does not count right is told of, its missing interchange is not.
    let (found, _) = checked(&group.replace("GE*1", "GE*2"));
    let codes: Vec<_> = found.iter().map(|line| line["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["X12-1030", "X12-1106"]);
}

#[test]
fn where_nothing_names_the_guide_the_best_one_is_taken() {
    for (fixture, id) in [
        ("837i_everything.edi", "005010X223A2"),
        ("837d_everything.edi", "005010X224A2"),
        ("837p_everything.edi", "005010X222A1"),
        ("835_everything.edi", "005010X221A1"),
        ("277ca_partly.edi", "005010X214"),
        ("278_inquiry.edi", "005010X215"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid").join(fixture);
        let file = std::fs::read_to_string(path).expect("the fixture");
        let set = &file[file.find("ST*").unwrap()..file.find("GE*").unwrap()];
        let bare = set.replace(&format!("*{id}~"), "~");
        let (found, _) = checked(&bare);
        let assumed = &found[0]["assumed"];
        assert_eq!(assumed["guide"], id, "{fixture}: {found:?}");
        assert_eq!(assumed["guide_is_named"], false);
    }
}

#[test]
fn explain_and_convert_take_bare_sets() {
    let shown = text(&x12gate(&["explain", "-"], SET.as_bytes()).stdout);
    assert!(shown.starts_with("No ISA; assumed separators: element *, component :"), "{shown}");
    assert!(shown.contains("Set 270 of 005010X279A1"), "{shown}");
    let lines = text(&x12gate(&["explain", "-", "--format", "json"], SET.as_bytes()).stdout);
    assert!(lines.starts_with(r#"{"assumed":{"element":"*","component":":""#), "{lines}");

    let bare = SET.replace("*005010X279A1", "");
    let json = x12gate(&["convert", "-", "--to", "json"], bare.as_bytes()).stdout;
    let shown = text(&json);
    assert!(shown.starts_with(r#"{"fragment":true,"delimiters":{"element":"*""#), "{shown}");
    assert!(shown.contains(r#""assumed_guide":"005010X279A1""#), "{shown}");
    assert_eq!(text(&x12gate(&["convert", "-", "--to", "x12"], &json).stdout), bare);
}

#[test]
fn nobody_is_sent_an_acknowledgment_of_a_bare_set() {
    let output = x12gate(&["check", "-", "--format", "999"], SET.as_bytes());
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid").join(name)
}

#[test]
fn format_lays_out_and_refuses_separators_of_the_data() {
    let path = fixture("270_subscriber.edi");
    let path = path.to_str().expect("UTF-8");
    let shown = text(&x12gate(&["format", path], b"").stdout);
    assert!(shown.contains("\n  HL*1**20*1~\n    NM1*PR*2*"), "{shown}");
    let flat = text(&x12gate(&["format", path, "--layout", "flat"], b"").stdout);
    assert!(flat.lines().all(|line| !line.starts_with(' ')), "{flat}");
    let one = text(&x12gate(&["format", path, "--layout", "unwrapped"], b"").stdout);
    assert_eq!(one.lines().count(), 1);
    let refused = x12gate(&["format", path, "--element-separator", "0x2E"], b"");
    assert_eq!(
        refused.status.code(),
        Some(0),
        "no period is in the data: {}",
        text(&refused.stderr)
    );
    let bad = x12gate(
        &["format", "-", "--element-separator", "|"],
        SET.replace("SAMPLE CLINIC", "A|B").as_bytes(),
    );
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad.stderr).contains("`|` cannot be a separator"), "{}", text(&bad.stderr));
    let letter = x12gate(&["format", path, "--element-separator", "A"], b"");
    assert_eq!(letter.status.code(), Some(2));
}

#[test]
fn repair_says_each_change_and_leaves_a_whole_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = std::fs::read_to_string(fixture("270_subscriber.edi")).expect("the fixture");
    let damaged = sound.replace("SE*", "SE*9").replace("IEA*1*", "IEA*4*");
    let (from, to) = (folder.path().join("in.x12"), folder.path().join("out.x12"));
    std::fs::write(&from, damaged).expect("write");
    let (from, to) = (from.to_str().expect("UTF-8"), to.to_str().expect("UTF-8"));
    let told = x12gate(&["repair", from, "-o", to], b"");
    let told = text(&told.stdout);
    assert!(told.contains("SE01 9") && told.contains("IEA01 4 -> 1: count corrected"), "{told}");
    assert!(told.ends_with("in.x12: 2 changes\n"), "{told}");
    assert_eq!(std::fs::read_to_string(to).expect("the repaired file"), sound);
    let lines = text(&x12gate(&["repair", from, "-o", to, "--format", "json"], b"").stdout);
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        (&first["change"], &first["tag"], &first["element"]),
        (&"count".into(), &"SE".into(), &1.into())
    );
    assert!(first["offset"].as_u64().is_some_and(|offset| offset > 106));
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("the folder").count(),
        2,
        "nothing else is left"
    );
}

#[test]
fn redact_is_the_same_for_a_seed_and_still_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = fixture("837p_everything.edi");
    let (path, out) = (path.to_str().expect("UTF-8"), folder.path().join("out.x12"));
    let run = |seed: &str| x12gate(&["redact", path, "--seed", seed], b"");
    let (one, again, other) = (run("alpha"), run("alpha"), run("beta"));
    assert_eq!(one.stdout, again.stdout);
    assert_ne!(one.stdout, other.stdout);
    assert!(text(&one.stderr).contains("texts replaced"), "{}", text(&one.stderr));
    assert!(!text(&one.stdout).contains("DOE"));
    std::fs::write(&out, &one.stdout).expect("write");
    let checked = x12gate(&["check", out.to_str().expect("UTF-8")], b"");
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    let told =
        x12gate(&["redact", path, "--format", "json", "-o", out.to_str().expect("UTF-8")], b"");
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert!(told["texts"].as_u64().is_some_and(|texts| texts > 50), "{told}");
    assert_eq!(x12gate(&["redact", path, "--seed", ""], b"").status.code(), Some(2));
}

/// A value that is in no list of codes and no word of ours.
const MARKER: &str = "QZW7MARK";

#[test]
fn no_value_is_in_any_output_that_was_not_asked_for() {
    let mut outputs = 0;
    for file in files("valid") {
        let Ok(sound) = std::fs::read_to_string(&file) else { continue };
        if sound.contains("BIN*") {
            continue;
        }
        let (isa, rest) = sound.split_at(106);
        let count = rest.matches('*').count();
        for (kind, first) in (0..6).map(|kind| (kind, kind * 3 + 1)) {
            let mut number = 0;
            let mut mutated = isa.to_owned();
            for (index, segment) in rest.split('~').enumerate() {
                let mut elements: Vec<String> = segment.split('*').map(str::to_owned).collect();
                for element in elements.iter_mut().skip(1) {
                    number += 1;
                    if number % 11 == first % 11 {
                        *element = MARKER.to_owned();
                    }
                }
                let joined = elements.join("*");
                match (kind, index % 7 == 3) {
                    // A terminator lost, one too many, a separator lost, one too many, an element in front.
                    (1, true) => mutated.push_str(&joined),
                    (2, true) => mutated.push_str(&(joined.replacen('*', "~", 2) + "~")),
                    (3, true) => mutated.push_str(&(joined.replacen('*', "", 1) + "~")),
                    (4, true) => mutated.push_str(&(joined.replacen('*', "**", 1) + "~")),
                    (5, true) => mutated.push_str(&format!("{MARKER}*{joined}~")),
                    _ => mutated.push_str(&(joined + "~")),
                }
            }
            assert!(count < 12 || mutated.contains(MARKER));
            for args in [
                &["check", "-", "--max-findings", "0"][..],
                &["check", "-", "--format", "json", "--max-findings", "0"],
                &["check", "-", "--format", "html", "--max-findings", "0"],
                &["explain", "-"],
                &["explain", "-", "--format", "json"],
                &["repair", "-", "--format", "json"],
            ] {
                let output = x12gate(args, mutated.as_bytes());
                // What `repair` writes is the file itself; what it says is beside it.
                let shown = match args[0] {
                    "repair" => text(&output.stderr),
                    _ => text(&output.stdout) + &text(&output.stderr),
                };
                let at = shown
                    .find(MARKER)
                    .map(|at| &shown[at.saturating_sub(200)..shown.len().min(at + 40)]);
                assert_eq!(at, None, "{args:?} of {} mutated by {kind}", file.display());
                outputs += 1;
            }
        }
    }
    assert!(outputs > 500);
}

#[test]
fn a_file_that_is_none_of_ours_is_not_quoted() {
    let folder = tempfile::tempdir().expect("a folder");
    let guides = folder.path().join("guides");
    std::fs::create_dir(&guides).expect("a folder");
    for (name, content) in [
        ("a.guide", format!("{MARKER} {MARKER}\n")),
        ("a.guide", format!("guide {MARKER} 270 {MARKER}\n  {MARKER} R 1\n")),
        ("a.codes", format!("codes {MARKER}\n  {MARKER} {MARKER}\n")),
    ] {
        std::fs::write(guides.join(name), content).expect("write");
        let output =
            x12gate(&["check", "-", "--guides", guides.to_str().expect("UTF-8")], SET.as_bytes());
        assert!(!text(&output.stderr).contains(MARKER), "{}", text(&output.stderr));
        std::fs::remove_file(guides.join(name)).expect("remove");
    }
    let store = folder.path().join("payer.db");
    let store = store.to_str().expect("UTF-8");
    x12gate(&["store", "init", "--store", store], b"");
    for (name, content) in [
        ("members.jsonl", format!("{{\"last\":\"{MARKER}\"\n")),
        ("members.csv", format!("{MARKER},last\n{MARKER},x\n")),
        ("plans.toml", format!("[[plan]]\nid = \"{MARKER}\"\n{MARKER} = \"{MARKER}\"\n")),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("write");
        let output =
            x12gate(&["store", "load", path.to_str().expect("UTF-8"), "--store", store], b"");
        assert!(!output.status.success(), "{name}");
        let shown = text(&output.stdout) + &text(&output.stderr);
        assert!(!shown.contains(MARKER), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_cut_while_it_is_read_is_an_error_and_no_signal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.x12");
    let generated = x12gate(&["generate", "270", "--size", "24M", "--per-set", "50"], b"").stdout;
    std::fs::write(&path, &generated).expect("write");
    let mut child = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(["check", path.to_str().expect("UTF-8"), "--max-findings", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start");
    // Whether the cut comes in time or not: the command ends by itself.
    std::thread::sleep(std::time::Duration::from_millis(150));
    std::fs::File::options().write(true).open(&path).expect("open").set_len(4096).expect("cut");
    let status = child.wait().expect("wait");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut said)
        .expect("text");
    match status.code() {
        Some(0) => {}
        Some(2) => assert!(said.contains("was cut while it was read"), "{said}"),
        other => panic!("{other:?}: {said}"),
    }
}
