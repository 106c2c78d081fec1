//! The public corpus, walked when `X12GATE_CORPUS` names it: no panic, whole and in chunks alike, and for the guides we
//! have no finding that its source would call wrong without our saying so here.

use std::path::{Path, PathBuf};

use crate::found::{check, check_in_chunks};

fn root() -> Option<PathBuf> {
    std::env::var_os("X12GATE_CORPUS").map(PathBuf::from)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
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
        let codes = |o: &crate::found::Outcome| {
            o.found.iter().map(|f| (f.code, f.segment, f.element)).collect::<Vec<_>>()
        };
        assert_eq!(codes(&chunked), codes(&whole), "{}", file.display());
    }
}
