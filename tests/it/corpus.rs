//! The public corpus, walked when `X12GATE_CORPUS` names it: no panic, whole and in chunks alike, and for the guides we
//! have no finding that its source would call wrong without our saying so here.

use std::path::{Path, PathBuf};

use crate::findings::{check, check_in_chunks};

fn root() -> Option<PathBuf> {
    std::env::var_os("X12GATE_CORPUS").map(PathBuf::from)
}

pub(crate) fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn every_file_is_checked_without_a_panic() {
    let Some(root) = root() else { return };
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    assert!(files.len() > 100, "the corpus is not where X12GATE_CORPUS says");
    for file in files {
        let text = std::fs::read(&file).unwrap();
        let whole = check(&text);
        let chunked = check_in_chunks(&text, 61);
        let codes = |o: &crate::findings::Outcome| {
            o.found.iter().map(|f| (f.code, f.segment, f.element)).collect::<Vec<_>>()
        };
        assert_eq!(codes(&chunked), codes(&whole), "{}", file.display());
    }
}

/// How we and the source of a file agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Agreement {
    ValidAndClean,
    ValidButObjected,
    InvalidAndFound,
    InvalidButMissed,
    NotSaid,
}

/// `tests/CORPUS.md` says for every public file what its source claims and what we say; this keeps it current.
#[test]
fn agreement_with_the_sources_is_as_written_down() {
    let Some(root) = root() else { return };
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    let mut rows = Vec::new();
    for line in index.lines().skip(1) {
        let field: Vec<_> = line.split('\t').collect();
        let (path, set, validity, defect, role) =
            (field[0], field[1], field[5], field[6], field[7]);
        if role != "input" {
            continue;
        }
        let text = std::fs::read(root.join(path.trim_start_matches("corpus/"))).unwrap();
        let outcome = check(&text);
        let errors: Vec<_> = outcome
            .found
            .iter()
            .filter(|f| f.severity == x12gate::finding::Severity::Error)
            .collect();
        let agreement = match (validity, errors.is_empty()) {
            ("valid", true) => Agreement::ValidAndClean,
            ("valid", false) => Agreement::ValidButObjected,
            ("invalid", false) => Agreement::InvalidAndFound,
            ("invalid", true) => Agreement::InvalidButMissed,
            _ => Agreement::NotSaid,
        };
        *counts.entry(agreement).or_insert(0) += 1;
        let mut why: Vec<String> = Vec::new();
        for error in errors {
            let entry = error.code.entry();
            let at = if error.element > 0 {
                format!(" {}{:02}", error.tag, error.element)
            } else {
                format!(" {}", error.tag)
            };
            let words = format!("{} ({}{at})", entry.title, entry.id);
            if !why.contains(&words) && why.len() < 3 {
                why.push(words);
            }
        }
        let said = if defect.is_empty() { String::new() } else { format!(": {defect}") };
        if matches!(agreement, Agreement::ValidButObjected | Agreement::InvalidButMissed) {
            rows.push((
                agreement,
                format!(
                    "| {} | {set} | {validity}{} | {} |",
                    path.trim_start_matches("corpus/"),
                    said.replace('|', "\\|"),
                    why.join("; ")
                ),
            ));
        }
    }
    rows.sort();
    let mut page = String::from(
        "# The public corpus: differences from its sources\n\n\
         Public files from other projects; what a source claims about a file is in its tests or file names. A file claimed to be valid often\n\
         is not: a wrong SE01 is an error, whoever sent it. Written by `tests/it/corpus.rs`.\n\n\
         | what | files |\n|---|---|\n",
    );
    for (agreement, count) in &counts {
        let words = match agreement {
            Agreement::ValidAndClean => "called valid, and clean",
            Agreement::ValidButObjected => "called valid, and we object",
            Agreement::InvalidAndFound => "called invalid, and found",
            Agreement::InvalidButMissed => "called invalid, and nothing found",
            Agreement::NotSaid => "the source does not say",
        };
        page.push_str(&format!("| {words} | {count} |\n"));
    }
    page.push_str("\n| file | set | its source says | we say |\n|---|---|---|---|\n");
    for (_, row) in rows {
        page.push_str(&row);
        page.push('\n');
    }
    crate::golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/CORPUS.md"), &page);
}
