//! `bench` against a real server: every question is answered, counted by its kind, and has its time.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::server::Server;

const QUESTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/valid/270_subscriber.edi");

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_x12gate")).arg("bench").args(args).output().unwrap()
}

fn measured(args: &[&str]) -> (Option<i32>, Value) {
    let output = bench(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    (output.status.code(), json)
}

fn serve(folder: &Path) -> Server {
    Server::start(folder, &["--demo"])
}

#[test]
fn questions_at_a_rate_are_all_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let to = server.tcp.to_string();
    let args = ["real-time", QUESTIONS, "--to", &to, "--rate", "40", "--seconds", "1"];
    let (code, json) = measured(&[&args[..], &["--connections", "4", "--format", "json"]].concat());
    assert_eq!(
        (code, &json["sent"], &json["answered"]),
        (Some(0), &40.into(), &40.into()),
        "{json}"
    );
    assert_eq!(json["answers"], serde_json::json!({ "271": 40 }));
    let [p50, p99, longest] =
        ["p50_ms", "p99_ms", "max_ms"].map(|name| json[name].as_f64().unwrap());
    assert!(0.0 < p50 && p50 <= p99 && p99 <= longest, "{json}");
    // The same control numbers again are answered from the records.
    let text = bench(&[&args[..], &["--connections", "4"]].concat());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("40 sent, 40 answered in "), "{text}");
    server.stop();
}

#[test]
fn a_batch_comes_back_as_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let to = server.tcp.to_string();
    let args = ["batch", QUESTIONS, "--to", &to, "--sets", "20", "--control", "77"];
    let (code, json) = measured(&[&args[..], &["--format", "json"]].concat());
    assert_eq!((code, &json["sent"], &json["answered"]), (Some(0), &1.into(), &1.into()), "{json}");
    let csv = bench(&[&args[..], &["--format", "csv"]].concat());
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.starts_with("sent,answered,") && csv.lines().count() == 2, "{csv}");
    server.stop();
}

#[test]
fn a_server_that_says_nothing_has_answered_nothing() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = silent.local_addr().unwrap().to_string();
    let args = ["real-time", QUESTIONS, "--to", &to, "--rate", "5", "--seconds", "1"];
    let (code, json) = measured(&[&args[..], &["--patience", "1", "--format", "json"]].concat());
    assert_eq!((code, &json["sent"], &json["answered"]), (Some(1), &5.into(), &0.into()), "{json}");
}

#[test]
fn a_file_without_questions_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.x12");
    fs::write(&file, "no X12").unwrap();
    let output = bench(&["real-time", file.to_str().unwrap(), "--to", "127.0.0.1:1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no transaction set within an interchange was found"), "{said}");
}
