//! Lists of codes at the command line: loaded, missing, and judged by the day of use.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::checks::fence;

fn lists() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/codes")
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(args)
        .env_remove("X12GATE_CONFIG")
        .env_remove("X12GATE_STORE")
        .output()
        .expect("run the built command")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text on standard output")
}

fn json(output: &Output) -> Vec<Value> {
    let lines = text(output);
    lines.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// The claim of a page, with some of its text changed.
fn claim(changes: &[(&str, &str)]) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks/5103-code-set-absent.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let (_, text) = fence(&page, "```x12 ").expect("an example");
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

struct Sample {
    folder: tempfile::TempDir,
}

impl Sample {
    fn new(files: &[(&str, &str)]) -> Sample {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("write the sample");
        }
        Sample { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// Codes and places of what is found in a claim while the lists of the fixtures are loaded, and the lists missed.
fn found(changes: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let sample = Sample::new(&[("a.x12", &claim(changes))]);
    let lists = lists().display().to_string();
    let output = run(&["check", "--format", "json", "--codes", &lists, &sample.path("a.x12")]);
    let lines = json(&output);
    let findings = lines.iter().filter(|line| !line["code"].is_null()).map(|line| {
        let place = ["severity", "code", "tag"].map(|key| line[key].as_str().unwrap_or_default());
        format!(
            "{} {} {}{:02}",
            place[0],
            place[1],
            place[2],
            line["element"].as_u64().unwrap_or(0)
        )
    });
    let notes = lines.iter().filter(|line| line["note"] == "X12-5103");
    (
        findings.collect(),
        notes.filter_map(|note| note["list"].as_str().map(str::to_owned)).collect(),
    )
}

#[test]
fn codes_are_judged_by_the_day_of_their_use() {
    let one = |changes: &[(&str, &str)]| found(changes).0;
    assert!(one(&[]).is_empty());
    // Not in the list, whatever the day.
    assert_eq!(one(&[("ABK:Z01419", "ABK:Z9999")]), ["error X12-5101 HI01"]);
    assert_eq!(one(&[("HC:G0101", "HC:G9999")]), ["error X12-5101 SV101"]);
    assert_eq!(one(&[("HC:G0101", "HC:G0101:XX")]), ["error X12-5101 SV101"]);
    assert_eq!(one(&[("PXC*207R00000X", "PXC*207R0000XX")]), ["error X12-5101 PRV03"]);
    // In one yearly edition and not in the other.
    assert!(one(&[("ABK:Z01419", "ABK:J069")]).is_empty());
    assert_eq!(
        one(&[("ABK:Z01419", "ABK:J069"), ("20251201", "20250915")]),
        ["error X12-5105 HI01"]
    );
    assert!(one(&[("ABK:Z01419", "ABK:Z0000"), ("20251201", "20250915")]).is_empty());
    assert_eq!(one(&[("ABK:Z01419", "ABK:Z0000")]), ["error X12-5105 HI01"]);
    // The last day is November 30; one day of a range is enough.
    assert_eq!(one(&[("HC:G0101", "HC:G0404")]), ["error X12-5105 SV101"]);
    let range = ("D8*20251201", "RD8*20251129-20251202");
    assert!(one(&[("HC:G0101", "HC:G0404"), range]).is_empty());
    // A heading is no code.
    assert_eq!(one(&[("ABK:Z01419", "ABK:A00")]), ["error X12-5101 HI01"]);
    // The code set itself, said once for the claim.
    let old = ("HI*ABK:Z01419", "HI*BK:V7231*BF:2500*BF:2501");
    assert_eq!(one(&[old]), ["error X12-5106 HI01"]);
    assert!(one(&[old, ("20251201", "20150930")]).iter().all(|line| !line.contains("X12-51")));
    let new = [("20251201", "20150930")];
    assert_eq!(one(&new), ["error X12-5106 HI01"]);
}

#[test]
fn days_of_which_no_edition_is_loaded_are_not_judged() {
    let (findings, missed) = found(&[("20251201", "20231201"), ("ABK:Z01419", "ABK:Z9999")]);
    assert!(findings.is_empty(), "{findings:?}");
    assert!(missed.contains(&"icd-10-cm".to_owned()), "{missed:?}");
    let (_, missed) = found(&[]);
    assert!(!missed.contains(&"icd-10-cm".to_owned()), "{missed:?}");
}

#[test]
fn a_missing_list_is_said_once_for_a_run() {
    let sample = Sample::new(&[("a.x12", &claim(&[])), ("b.x12", &claim(&[]))]);
    let folder = sample.folder.path().display().to_string();
    let plain = text(&run(&["check", &folder]));
    assert_eq!(plain.matches("X12-5103").count(), 1, "{plain}");
    assert_eq!(plain.matches("icd-10-cm").count(), 1, "{plain}");
    let lines = json(&run(&["check", "--format", "json", &folder]));
    let notes: Vec<&Value> = lines.iter().filter(|line| line["list"] == "icd-10-cm").collect();
    assert_eq!(
        (notes.len(), &notes[0]["sets"], &notes[0]["severity"]),
        (1, &2.into(), &"note".into())
    );
    let page = text(&run(&["check", "--format", "html", &folder]));
    assert_eq!(page.matches("X12-5103").count(), 1, "{page}");
    let ack = run(&["check", "--format", "999", &sample.path("a.x12")]);
    assert!(text(&ack).contains("IK5*A~") && !text(&ack).contains("5103"));
    // Who does not want external lists checked need not hear of them.
    let off = text(&run(&["check", "--snip", "5=off", &folder]));
    assert!(!off.contains("X12-5103"), "{off}");
}

#[test]
fn settings_name_the_folder_of_lists() {
    let settings = format!("[codes]\ndirectory = {:?}\n", lists().display().to_string());
    let wrong = claim(&[("HC:G0101", "HC:G9999")]);
    let sample = Sample::new(&[("server.toml", &settings), ("a.x12", &wrong)]);
    let (config, file) = (sample.path("server.toml"), sample.path("a.x12"));
    let found = text(&run(&["check", "--config", &config, &file]));
    assert!(found.contains("X12-5101"), "{found}");
    let shown = text(&run(&["codes", "show", "hcpcs", "G0404", "--config", &config]));
    assert!(shown.contains("2009-01-01   2025-11-30"), "{shown}");
}

#[test]
fn lists_are_named_shown_and_checked() {
    let lists = lists().display().to_string();
    let all = json(&run(&["codes", "list", "--format", "json", "--codes", &lists]));
    let list = |name: &str| all.iter().find(|line| line["list"] == name).expect("a known list");
    let icd = list("icd-10-cm");
    assert_eq!((&icd["edition"], &icd["codes"]), (&"FY 2025, FY 2026".into(), &4.into()));
    assert_eq!(icd["covers"][0], serde_json::json!([20241001, 20260930]));
    assert_eq!(icd["files"].as_array().map(Vec::len), Some(2));
    let cpt = list("cpt");
    assert_eq!((&cpt["loaded"], &cpt["supply"]), (&false.into(), &"licensed".into()));
    assert!(
        cpt["asked_by"]
            .as_array()
            .is_some_and(|guides| guides.contains(&"005010X222A1 837".into()))
    );
    assert_eq!(list("adjustment-reasons")["codes"], 407);

    let rows = json(&run(&[
        "codes",
        "show",
        "revenue-codes",
        "0450",
        "--codes",
        &lists,
        "--format",
        "json",
    ]));
    assert_eq!((&rows[0]["until"], &rows[1]["from"]), (&20051231.into(), &20100101.into()));
    assert_eq!(run(&["codes", "show", "states", "ZZ"]).status.code(), Some(1));
    let absent = run(&["codes", "show", "cpt"]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&absent.stderr).contains("licensed"));
    let checked = text(&run(&["codes", "check", &lists]));
    assert!(
        checked.contains("drgs, edition 43 of CMS, 2025-10-01 to 2026-09-30: 2 codes"),
        "{checked}"
    );
}

#[test]
fn a_broken_list_names_its_line() {
    let sample = Sample::new(&[("a.csv", "list=drgs\ncode,from\n470,soon\n")]);
    let folder = sample.folder.path().display().to_string();
    for args in [["codes", "check", &folder], ["check", "--codes", &folder]] {
        let mut args = args.to_vec();
        if args[0] == "check" {
            args.push("-");
        }
        let output = run(&args);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("a.csv:3: expected a date like 20251001, found xxxx"), "{said}");
    }
    let empty = Sample::new(&[("notes.pdf", "")]);
    let said = run(&["codes", "check", &empty.folder.path().display().to_string()]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("contains no code list"));
}

#[test]
fn explain_spells_out_what_loaded_lists_describe() {
    let sample = Sample::new(&[("a.x12", &claim(&[]))]);
    let lists = lists().display().to_string();
    let told = text(&run(&["explain", "--codes", &lists, &sample.path("a.x12")]));
    for words in ["internal medicine", "Gynecological examination", "cancer screening"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!text(&run(&["explain", &sample.path("a.x12")])).contains("cancer screening"));
}
