//! The built command: help texts, exit codes, output contracts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::bless;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn x12gate(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
    command.args(args).current_dir(root()).env_remove("COLUMNS").env_remove("X12GATE_STORE");
    command
}

fn run(args: &[&str]) -> Output {
    x12gate(args).output().expect("run the built command")
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
    bless::compare(&snapshot("help.txt"), &all);
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
