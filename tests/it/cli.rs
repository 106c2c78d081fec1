//! The built command: help texts, exit codes, output contracts.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::golden;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn x12gate(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
    command
        .args(args)
        .current_dir(root())
        .env_remove("COLUMNS")
        .env_remove("X12GATE_STORE")
        .env_remove("X12GATE_CONFIG");
    command
}

fn run(args: &[&str]) -> Output {
    x12gate(args).output().expect("run the built command")
}

/// Runs with this standard input.
fn run_with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = x12gate(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start the built command");
    child.stdin.take().expect("piped").write_all(input).expect("hand over the input");
    child.wait_with_output().expect("wait for the command")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text on standard output")
}

fn snapshot(name: &str) -> PathBuf {
    root().join("tests/it/snapshots").join(name)
}

/// Every command named by the help of the one above it.
fn subcommands(path: &[&str]) -> Vec<String> {
    let mut args = path.to_vec();
    args.push("--help");
    let help = stdout(&run(&args));
    let Some((_, listed)) = help.split_once("Commands:\n") else { return Vec::new() };
    listed
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn help_texts() {
    let mut all = String::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let mut args = words.clone();
        args.push("--help");
        let output = run(&args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        all.push_str(&format!("$ x12gate {}\n{}\n", args.join(" "), stdout(&output)));
        let mut below: Vec<Vec<String>> = subcommands(&words)
            .into_iter()
            .map(|name| path.iter().cloned().chain([name]).collect())
            .collect();
        below.reverse();
        open.append(&mut below);
    }
    golden::compare(&snapshot("help.txt"), &all);
}

#[test]
fn wrong_arguments_could_not_run() {
    assert_eq!(run(&["no-such-command"]).status.code(), Some(2));
    assert_eq!(run(&["explain", "X12-0000"]).status.code(), Some(2));
}

#[test]
fn a_code_is_explained_by_its_page_under_any_name() {
    let page = std::fs::read_to_string(root().join("tests/checks/2201-element-missing.md"))
        .expect("the page is there");
    for name in ["X12-2201", "2201", "element-missing"] {
        let output = run(&["explain", name]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stdout(&output), page);
    }
}

#[test]
fn a_reader_that_leaves_is_success() {
    let mut child = x12gate(&["man"]).stdout(Stdio::piped()).spawn().expect("start");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("wait").code(), Some(0));
}

#[test]
fn completions_and_man_are_made() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&run(&["completions", shell])).contains("x12gate"), "{shell}");
    }
    assert!(stdout(&run(&["man"])).contains(".TH x12gate"));
}

fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("JSON a line")).collect()
}

const SOUND: &str = "fixtures/demo/requests/01-plain.x12";
const UNSOUND: &str = "fixtures/demo/requests/20-trace-without-company.x12";

#[test]
fn check_tells_sound_from_unsound_by_its_exit_code() {
    assert_eq!(run(&["check", SOUND]).status.code(), Some(0));
    assert_eq!(run(&["check", UNSOUND]).status.code(), Some(1));
    assert_eq!(run(&["check", "no-such-file.x12"]).status.code(), Some(2));
    assert_eq!(run(&["check", "--snip", "1", UNSOUND]).status.code(), Some(0));
}

#[test]
fn check_shows_the_segment_masked_unless_asked_otherwise() {
    let masked = stdout(&run(&["check", UNSOUND]));
    golden::compare(&snapshot("check.txt"), &masked);
    assert!(!masked.contains("TRACE0020"));
    assert!(stdout(&run(&["check", "--show-values", UNSOUND])).contains("TRN*1*TRACE0020~"));
}

#[test]
fn check_as_html_is_one_masked_page() {
    let page = stdout(&run(&["check", "--format", "html", UNSOUND, SOUND]));
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(
        page.contains("<p class=\"summary\">2 interchanges, 2 sets, 1 error, 0 warnings</p>"),
        "{page}"
    );
    assert!(page.contains("<mark>~</mark>") && !page.contains("TRACE0020"), "{page}");
}

#[test]
fn check_as_json_has_every_field_and_a_summary() {
    let lines = json_lines(&run(&["check", "--format", "json", UNSOUND]));
    let [finding, summary] = &lines[..] else { panic!("{lines:?}") };
    let names: Vec<&str> = finding.as_object().expect("an object").keys().map(|k| &**k).collect();
    let mut expected = [
        "file",
        "code",
        "severity",
        "snip",
        "set",
        "segment",
        "tag",
        "loop",
        "element",
        "component",
        "repetition",
        "offset",
        "message",
        "ack",
        "reason",
        "because",
    ];
    expected.sort_unstable();
    let mut found = names;
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(finding["ack"], "1");
    assert_eq!(
        summary.to_string(),
        serde_json::json!({
            "file": UNSOUND, "interchanges": 1, "sets": 1, "errors": 1, "warnings": 0
        })
        .to_string()
    );
}

#[test]
fn standard_input_is_a_dash_and_gives_the_same_findings() {
    let text = std::fs::read(root().join(UNSOUND)).expect("the fixture");
    let piped = run_with_input(&["check", "--format", "json", "-"], &text);
    let named = run(&["check", "--format", "json", UNSOUND]);
    assert_eq!(stdout(&piped).replace("\"-\"", &format!("\"{UNSOUND}\"")), stdout(&named));
}

#[test]
fn a_pipe_with_a_path_is_read_like_standard_input() {
    let text = std::fs::read(root().join("fixtures/valid/270_subscriber.edi")).unwrap();
    for broken in [text.clone(), text[..text.len() / 2].to_vec()] {
        let named = run_with_input(&["check", "--format", "json", "/dev/stdin"], &broken);
        let dashed = run_with_input(&["check", "--format", "json", "-"], &broken);
        assert_eq!(named.status.code(), dashed.status.code());
        assert_eq!(stdout(&named).replace("/dev/stdin", "-"), stdout(&dashed));
    }
}

#[test]
fn a_link_that_leads_back_does_not_hold_up_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.edi");
    std::fs::copy(root().join("fixtures/valid/270_subscriber.edi"), &file).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    let checked = run(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
}

#[test]
fn the_999_is_itself_sound() {
    let ack = run(&["check", "--format", "999", UNSOUND]);
    assert_eq!(ack.status.code(), Some(1));
    assert!(stdout(&ack).contains("IK4*3*509*1~"), "{}", stdout(&ack));
    let checked = run_with_input(&["check", "-"], stdout(&ack).as_bytes());
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
}

#[test]
fn a_cut_off_interchange_is_answered_by_a_ta1_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let to = folder.path().to_str().expect("a plain path");
    let ack = run(&["ack", "fixtures/demo/requests/22-cut-off.x12", "-o", to, "--format", "json"]);
    assert_eq!(ack.status.code(), Some(1));
    let lines = json_lines(&ack);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["kind"], "ta1");
    let file = lines[0]["file"].as_str().expect("a path");
    let text = std::fs::read_to_string(file).expect("the TA1");
    assert!(text.contains("TA1*000000022*260105*0930*R*023~"), "{text}");
}

#[test]
fn ack_needs_an_interchange_and_check_needs_a_file() {
    let output = run_with_input(&["ack", "-"], b"PK\x03\x04 not X12 at all");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("contains no interchange"), "{said}");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["check", &folder.path().display().to_string()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("contains no files"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn every_set_is_explained_and_binary_data_never_shown() {
    for file in crate::fixtures::files("valid").into_iter().chain(crate::fixtures::files("quirks"))
    {
        let name = file.to_str().expect("a path in UTF-8");
        for mode in [&["explain", name][..], &["explain", "--show-values", name]] {
            let output = run(mode);
            assert_eq!(output.status.code(), Some(0), "{name}");
            let text = stdout(&output);
            assert!(!text.contains("no guide is known"), "{name}: {text}");
            assert!(!text.contains("left out above"), "{name}: {text}");
            assert!(!text.contains("Progress note") && !text.contains("the note ends"), "{name}");
        }
    }
    let text = stdout(&run(&["explain", "fixtures/quirks/275_binary.edi"]));
    assert!(text.contains("(520 bytes)") && text.contains("(1 byte)"), "{text}");
    let shown =
        ["explain", "--show-values", "--max-sets", "1", "fixtures/valid/820_everything.edi"];
    let text = stdout(&run(&shown));
    for words in ["2250  $2,250.00", "2026-01-05", "2026-01-01 to 2026-01-31", "(1 more set;"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_file_is_explained_without_its_values() {
    let masked = stdout(&run(&["explain", "fixtures/demo/requests/11-child.x12"]));
    golden::compare(&snapshot("explain.txt"), &masked);
    for value in ["GREEN", "CASEY", "20140401", "S12300001001"] {
        assert!(!masked.contains(value), "{value} is shown");
    }
    let open = stdout(&run(&["explain", "--show-values", "fixtures/demo/requests/11-child.x12"]));
    assert!(open.contains("CASEY"));
}

#[test]
fn a_file_is_converted_to_json_and_back_to_the_same_bytes() {
    let text = run(&["generate", "270", "--count", "40000", "--per-set", "99"]).stdout;
    assert!(text.len() > 4 << 20, "more than a window");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
    let (x12, json) = (path("some.x12"), path("some.json"));
    for text in [text, std::fs::read(root().join(UNSOUND)).expect("the fixture")] {
        std::fs::write(&x12, &text).expect("write the input");
        let there = run(&["convert", &x12, "--to", "json"]);
        let lines = json_lines(&there);
        assert_eq!(lines[0]["delimiters"]["terminator"], "~");
        assert_eq!(lines[2]["set"], "270");
        std::fs::write(&json, &there.stdout).expect("write the lines");
        let back = run(&["convert", &json, "--to", "x12"]);
        assert!(back.stdout == text, "not the same bytes");
    }
    let refused = run_with_input(&["convert", "-", "--to", "x12"], b"{\"segment\":5}");
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_file_is_split_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let to = folder.path().to_str().expect("a plain path");
    let split = ["split", SOUND, "--by", "set", "-o", to];
    let first = stdout(&run(&split));
    let second = stdout(&run(&split));
    assert_eq!(first.trim(), format!("{to}/01-plain.000000001.1.0001.x12"));
    assert_eq!(second.trim(), format!("{to}/01-plain.000000001.1.0001-2.x12"));
    assert_eq!(run(&["check", to]).status.code(), Some(0));
}

#[test]
fn what_is_generated_is_sound_and_can_be_repeated() {
    let args = ["generate", "270", "--count", "500", "--per-set", "7", "--sets-per-group", "10"];
    let (once, again) = (run(&args), run(&args));
    assert_eq!(stdout(&once), stdout(&again));
    let checked = run_with_input(&["check", "--format", "json", "-"], &once.stdout);
    let lines = json_lines(&checked);
    // Notes of code lists that are not loaded stand before the summary.
    let summary = lines.last().expect("a summary");
    assert!(lines[..lines.len() - 1].iter().all(|line| line["severity"] == "note"), "{lines:?}");
    assert_eq!(
        (&summary["sets"], &summary["errors"], &summary["warnings"]),
        (&72.into(), &0.into(), &0.into())
    );
}

#[test]
fn generated_defects_are_found() {
    let args = ["generate", "270", "--count", "200", "--errors", "100"];
    let checked = run_with_input(&["check", "--format", "json", "-"], &run(&args).stdout);
    let lines = json_lines(&checked);
    let summary = lines.last().expect("a summary");
    assert!(summary["errors"].as_u64() >= Some(200), "{summary}");
}

#[test]
fn the_demo_answers_every_request() {
    let demo = run(&["demo", "--format", "json"]);
    assert_eq!(demo.status.code(), Some(0), "{}", String::from_utf8_lossy(&demo.stderr));
    let lines = json_lines(&demo);
    assert_eq!(lines.len(), 31);
    for line in &lines {
        assert_eq!(line["kinds"].as_array().map(Vec::len), Some(1), "{line}");
        assert_ne!(line["answer"], "", "{line}");
    }
    assert!(stdout(&run(&["demo"])).contains("toward the individual in network deductible"));
}

#[test]
fn a_store_is_loaded_counted_and_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("payer.db");
    let store = store.to_str().expect("a plain path");
    let ask = ["ask", "deductible", "--member", "S12300001701", "--store", store];
    assert_eq!(run(&ask).status.code(), Some(2), "there is no store yet");
    assert_eq!(run(&["store", "load", "--demo", "--store", store]).status.code(), Some(0));
    let counts = json_lines(&run(&["store", "stat", "--store", store, "--format", "json"]));
    assert!(counts[0]["members"].as_u64() > Some(20), "{counts:?}");
    let screen = stdout(&run(&ask));
    assert!(screen.contains("$277.02") && screen.contains("$3,222.98"), "{screen}");
}

#[test]
fn the_status_of_claims_is_asked_for() {
    // A 270 comes first where the member is known by the id alone.
    let asked =
        run(&["ask", "claim-status", "--member", "S12300000101", "--demo", "--format", "json"]);
    assert_eq!(asked.status.code(), Some(1), "the demonstration payer has no claim of hers");
    let [line] = &*json_lines(&asked) else { panic!("{}", stdout(&asked)) };
    assert_eq!((&line["category"], &line["status"]), (&"D0".into(), &"35".into()));
    assert_eq!(line["patient"], "SAMPLE, MARY");
    let named =
        ["--member", "S12300000101", "--last", "SAMPLE", "--first", "MARY", "--dob", "19810115"];
    let claims =
        ["--number", "N1,N2", "--from", "20260101", "--line", "99213:150", "--amount", "150"];
    let args =
        [&["ask", "claim-status", "--demo", "--format", "x12"][..], &named, &claims].concat();
    let said = stdout(&run(&args));
    assert!(!said.contains("ST*270") && said.matches("STC*D0:97:PR*").count() == 2, "{said}");
    for segment in ["REF*1K*N1~", "REF*1K*N2~", "AMT*T3*150~", "SVC*HC:99213*150~"] {
        assert_eq!(said.matches(segment).count(), if segment.starts_with("REF") { 1 } else { 2 });
    }
    let screen = stdout(&run(&["ask", "claim-status", "--member", "S99999999901", "--demo"]));
    assert!(screen.contains("subscriber not found"), "{screen}");
}

#[test]
fn files_are_answered_once_and_the_same_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
    let (store, replies, again) = (path("payer.db"), path("replies"), path("again"));
    assert_eq!(run(&["store", "load", "--demo", "--store", &store]).status.code(), Some(0));
    let process = |to: &str| {
        run(&["process", "fixtures/demo/requests", "-o", to, "--store", &store, "--format", "json"])
    };
    let first = process(&replies);
    assert_eq!(first.status.code(), Some(1), "some are rejected");
    let lines = json_lines(&first);
    assert_eq!(lines.len(), 31);
    let of = |lines: &[Value], control: &str| {
        let line = lines.iter().find(|line| line["control"] == control).expect("its line");
        (line["outcome"].clone(), line["replies"][0]["control"].clone())
    };
    assert_eq!(of(&lines, "000000001").0, "accepted");
    assert_eq!(of(&lines, "000000020").0, "rejected");
    assert_eq!(of(&lines, "000000022").0, "refused");
    let second = json_lines(&process(&again));
    assert_eq!(of(&second, "000000001").0, "replayed");
    assert_eq!(of(&second, "000000001").1, of(&lines, "000000001").1, "the same control number");
}

#[test]
fn a_server_is_asked_over_tcp() {
    let mut server = x12gate(&["serve", "--demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("start the server");
    let mut said = String::new();
    let stdout_of = server.stdout.take().expect("piped");
    BufReader::new(stdout_of).read_line(&mut said).expect("it says where it listens");
    let address = said.trim().strip_prefix("listening on ").expect("an address").to_owned();
    let known = run(&["ask", "eligibility", "--member", "S12300000101", "--server", &address]);
    let unknown = run(&["ask", "eligibility", "--member", "S99999999901", "--server", &address]);
    let asked = Command::new("kill").arg(server.id().to_string()).status();
    assert!(asked.expect("ask the server to end").success());
    let ended = server.wait().expect("wait for the server");
    assert_eq!(ended.code(), Some(0), "a server that is asked to stop ends in order");
    assert_eq!(known.status.code(), Some(0), "{}", String::from_utf8_lossy(&known.stderr));
    assert!(stdout(&known).contains("SAMPLE, MARY A"), "{}", stdout(&known));
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stdout(&unknown).contains("75"), "{}", stdout(&unknown));
}

#[test]
fn settings_with_the_old_section_say_what_to_write_instead() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = folder.path().join("server.toml");
    std::fs::write(&settings, "[tcp]\nlisten = \"127.0.0.1:0\"\n").expect("write the settings");
    let settings = settings.to_str().expect("a plain path");
    let refused = run(&["serve", "--demo", "--config", settings]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("write [[listener]] in place of [tcp]"), "{said}");
}

#[test]
fn guides_are_listed_checked_and_in_canonical_form() {
    assert!(stdout(&run(&["specs", "list"])).contains("005010X279A1"));
    assert!(stdout(&run(&["specs", "show", "271"])).contains("loop 2110C"));
    assert_eq!(run(&["specs", "show", "999", "005010X999"]).status.code(), Some(2));
    assert_eq!(run(&["specs", "fmt", "--check", "specs"]).status.code(), Some(0));
    let same = run(&["specs", "diff", "005010X212", "005010X212"]);
    assert_eq!((same.status.code(), stdout(&same).lines().count()), (Some(0), 2));
    let differ = run(&["specs", "diff", "005010X279A1", "specs/overlays/sample.overlay"]);
    assert_eq!(differ.status.code(), Some(1));
    assert!(stdout(&differ).contains("loop 2110C"), "{}", stdout(&differ));
    let guides = ["--guides", "specs/overlays", "--format", "json"];
    let named =
        [&["specs", "diff", "270:005010X279A1", "005010X279A1+sample"], &guides[..]].concat();
    assert!(stdout(&run(&named)).lines().all(|line| line.starts_with(r#"{"set":"270","place":"#)));
    assert_eq!(run(&["specs", "diff", "005010X212", "837:005010X222A1"]).status.code(), Some(2));
}

#[test]
fn a_companion_guide_tightens_the_check() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let profile = folder.path().join("tight.toml");
    let text = "isa = [{ qualifier = \"ZZ\", id = \"SUBMITTER1\" }]\noverlays = [\"sample\"]\n";
    std::fs::write(&profile, text).expect("write the profile");
    let profile = profile.to_str().expect("a plain path");
    // The overlay takes no question for service type A4.
    let asked = String::from_utf8_lossy(&std::fs::read(root().join(SOUND)).expect("the fixture"))
        .replace("EQ*30~", "EQ*A4~");
    let plain = run_with_input(&["check", "-"], asked.as_bytes());
    assert_eq!(plain.status.code(), Some(0));
    let rules = ["--partner", profile, "--guides", "specs/overlays"];
    let tight = run_with_input(&[&["check", "-"], &rules[..]].concat(), asked.as_bytes());
    assert_eq!(tight.status.code(), Some(1), "{}", stdout(&tight));
    assert!(stdout(&tight).contains("`A4`"), "{}", stdout(&tight));
}
