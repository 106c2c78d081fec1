//! Expected texts kept in files.

use std::path::Path;

/// True when expected results are to be written anew.
pub(crate) fn is_on() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// Compares `found` with the file, or writes the file when blessing. A missing file fails.
pub(crate) fn compare(path: &Path, found: &str) {
    if is_on() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("make the folder of expected texts");
        }
        std::fs::write(path, found).expect("write the expected text");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != found {
        let line = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "{} differs from line {}:\n  expected {:?}\n  found    {:?}\nBLESS=1 writes it anew",
            path.display(),
            line + 1,
            expected.lines().nth(line).unwrap_or("the end"),
            found.lines().nth(line).unwrap_or("the end"),
        );
    }
}
