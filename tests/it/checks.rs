//! The pages of `tests/checks`: one for each finding code; documentation, test and the text of `x12gate explain` in one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use x12gate::finding::render::ack_code;
use x12gate::finding::{Code, Detail, Finding, Locus};

use crate::golden;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks")
}

pub(crate) fn file_name(code: Code) -> String {
    let entry = code.entry();
    format!("{}-{}.md", entry.id.trim_start_matches("X12-"), entry.name)
}

#[test]
fn pages_and_codes_are_the_same_set() {
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| file_name(*code)).collect();
    let pages: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder of pages")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(pages, codes);
}

#[test]
fn pages_say_what_the_catalog_says() {
    for code in Code::ALL {
        let entry = code.entry();
        let page = code.page();
        let mut lines = page.lines();
        assert_eq!(lines.next(), Some(format!("# {} {}", entry.id, entry.name).as_str()));
        let finding = Finding::new(*code, Locus::default(), Detail::None);
        let ack = ack_code(&finding).unwrap_or_else(|| "no acknowledgment".to_owned());
        let (first, rest) = entry.title.split_at(1);
        let summary = format!(
            "{}{rest}. SNIP {}, {}, {ack}.",
            first.to_uppercase(),
            entry.snip,
            entry.severity.as_str()
        );
        assert_eq!(lines.nth(1), Some(summary.as_str()), "{}", entry.id);
        assert!(!code.advice().is_empty(), "{} says how to fix it", entry.id);
        let shown = page.contains("```x12 ") && page.contains("```findings\n");
        assert!(
            shown || page.contains("None here: "),
            "{} shows an example or says why not",
            entry.id
        );
    }
}

/// The text between a fence that begins with `opening` and its end, without the last line feed.
pub(crate) fn fence<'p>(page: &'p str, opening: &str) -> Option<(&'p str, &'p str)> {
    let begin = page.find(opening)? + opening.len();
    let (info, rest) = page[begin..].split_once('\n')?;
    let end = rest.find("```")?;
    Some((info, rest[..end].trim_end_matches('\n')))
}

/// The file an example stands for.
pub(crate) fn example(info: &str, text: &str) -> String {
    let set = match info {
        "file" => return text.to_owned(),
        set => set,
    };
    let functional = if set == "270" { "HS" } else { "HB" };
    let segments = text.lines().count() + 2;
    format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*000000101*0*T*:~\n\
         GS*{functional}*SUBMITTER1*PAYERGW*20260105*0930*101*X*005010X279A1~\n\
         ST*{set}*0001*005010X279A1~\n{text}\nSE*{segments}*0001~\nGE*1*101~\nIEA*1*000000101~"
    )
}

/// A finding as the pages write it: `error X12-2201 segment 8 TRN03 loop 2000C IK403 1`.
fn line(finding: &Value) -> String {
    let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let mut out = format!("{} {}", text("severity"), text("code"));
    if let Some(segment) = finding["segment"].as_u64() {
        out.push_str(&format!(" segment {segment}"));
    }
    if !finding["tag"].is_null() {
        out.push_str(&format!(" {}", text("tag")));
    }
    if let Some(element) = finding["element"].as_u64() {
        out.push_str(&format!("{element:02}"));
    }
    if let Some(component) = finding["component"].as_u64() {
        out.push_str(&format!("-{component}"));
    }
    if let Some(repetition) = finding["repetition"].as_u64() {
        out.push_str(&format!("^{repetition}"));
    }
    if !finding["loop"].is_null() {
        out.push_str(&format!(" loop {}", text("loop")));
    }
    if !finding["ack"].is_null() {
        out.push_str(&format!(" {}", text("ack")));
    }
    out
}

/// Runs the checker over an example.
fn findings(example: &str, code: Code) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("example.x12");
    std::fs::write(&file, example).expect("write the example");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(["check", "--format", "json", "--max-findings", "0"])
        .arg(&file)
        .output()
        .expect("run the checker");
    let text = String::from_utf8(output.stdout).expect("JSON is text");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line"));
    let (mut found, mut notes) = (String::new(), std::collections::BTreeSet::new());
    for value in lines {
        let value: Value = value;
        if !value["code"].is_null() {
            found.push_str(&(line(&value) + "\n"));
        }
        // What was not looked up is said in every example of a claim; one page is about it.
        if value["note"] == code.entry().id {
            notes.insert(format!("note {}\n", code.entry().id));
        }
    }
    found + &notes.into_iter().collect::<String>()
}

#[test]
fn examples_give_exactly_their_findings() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let path = folder().join(file_name(*code));
        let page = std::fs::read_to_string(&path).expect("the page is there");
        let Some((info, text)) = fence(&page, "```x12 ") else { continue };
        let (_, expected) = fence(&page, "```findings").expect("findings after the example");
        let found = findings(&example(info, text), *code);
        let found = found.trim_end();
        if golden::is_on() {
            let old = match expected {
                "" => "```findings\n```".to_owned(),
                expected => format!("```findings\n{expected}\n```"),
            };
            let new = page.replace(&old, &format!("```findings\n{found}\n```"));
            std::fs::write(&path, new).expect("write the page");
        } else if found != expected {
            wrong.push(format!("{}:\n  expected\n{expected}\n  found\n{found}", path.display()));
        }
        if !found.contains(code.entry().id) {
            wrong.push(format!("{}: the example does not show it:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
