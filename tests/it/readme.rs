//! The README's tour: every command in a `console` block is run and its output compared.

use std::path::Path;
use std::process::Command;

use crate::golden;

const OPENING: &str = "```console\n";

/// Runs a line of shell with the built command on the path.
fn shell(line: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_x12gate"));
    let folder = binary.parent().expect("the binary is in a folder").display();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("PATH", format!("{folder}:{}", path.display()))
        .env_remove("X12GATE_STORE")
        .env_remove("X12GATE_CONFIG")
        .output()
        .expect("run a shell");
    String::from_utf8(output.stdout).expect("text")
}

/// Days as they were when the README was written do not count.
fn without_days(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let day = rest.get(..10).filter(|day| {
            let shape = |(at, c): (usize, char)| match at {
                4 | 7 => c == '-',
                _ => c.is_ascii_digit(),
            };
            day.char_indices().all(shape)
        });
        match day {
            Some(day) => {
                out.push_str("CCYY-MM-DD");
                rest = &rest[day.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

#[test]
fn the_tour_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README");
    let mut written = String::new();
    let mut rest = readme.as_str();
    let mut commands = 0;
    while let Some(at) = rest.find(OPENING) {
        let (before, block) = rest.split_at(at + OPENING.len());
        let end = block.find("```").expect("the end of the block");
        written.push_str(before);
        for line in block[..end].lines().filter_map(|line| line.strip_prefix("$ ")) {
            commands += 1;
            written.push_str(&format!("$ {line}\n{}", shell(line)));
        }
        rest = &block[end..];
    }
    written.push_str(rest);
    assert!(commands > 5, "the tour has been lost");
    if golden::is_on() {
        std::fs::write(&path, written).expect("write the README");
    } else {
        let (expected, found) = (without_days(&readme), without_days(&written));
        for (expected, found) in expected.lines().zip(found.lines()) {
            assert_eq!(expected, found, "BLESS=1 writes the README anew");
        }
        assert_eq!(expected.lines().count(), found.lines().count());
    }
}
