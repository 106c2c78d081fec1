//! The pages of `tests/checks`: one for each finding code; documentation, test and the text of `x12gate explain` in one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use x12gate::finding::Code;
use x12gate::finding::render::ack_code;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks")
}

fn file_name(code: Code) -> String {
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
        let finding = x12gate::finding::Finding {
            code: *code,
            severity: entry.severity,
            at: x12gate::finding::Locus::default(),
            detail: x12gate::finding::Detail::None,
        };
        let ack = ack_code(&finding).unwrap_or_else(|| "no acknowledgment".to_owned());
        let (first, rest) = entry.title.split_at(1);
        let summary = format!(
            "{}{rest}. SNIP {}, {}, {ack}.",
            first.to_uppercase(),
            entry.snip,
            entry.severity.as_str()
        );
        assert_eq!(lines.nth(1), Some(summary.as_str()), "{}", entry.id);
        assert!(!code.advice().is_empty(), "{} says how to mend it", entry.id);
        let shown = page.contains("```x12 ") && page.contains("```findings\n");
        assert!(
            shown || page.contains("None here: "),
            "{} shows an example or says why not",
            entry.id
        );
    }
}
