//! Batches that came by CAQH CORE, as an operator meets them: which of the replies were picked up, and that they can be read when the
//! key they were sealed with is gone.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::core_kill::{RESULTS, envelope};
use crate::server::{Server, inquiry, wait_for};

const BATCH: &str = "X12_270_Request_005010X279A1";
const ACKNOWLEDGMENT: &str = "X12_999_RetrievalRequest_005010X231A1";

struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Site {
        Site { folder: tempfile::tempdir().unwrap() }
    }

    fn text(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The names of the keys that the archive has, the first of which seals.
    fn keys(&self, names: &str, inline_bytes_max: u32) {
        let line = |name: char| format!("{name} {}\n", format!("{:02x}", name as u32).repeat(32));
        fs::write(self.text("keys"), names.chars().map(line).collect::<String>()).unwrap();
        let settings =
            format!("[archive]\nkey_file = \"keys\"\ninline_bytes_max = {inline_bytes_max}\n");
        fs::write(self.text("server.toml"), settings).unwrap();
    }

    fn serve(&self) -> Server {
        let [store, config] = ["store.db", "server.toml"].map(|name| self.text(name));
        let args = ["--demo", "--store", &store, "--config", &config, "--http", "127.0.0.1:0"];
        Server::start(self.folder.path(), &args)
    }

    fn run(&self, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_x12gate"))
            .args(args)
            .args(["--store", &self.text("store.db"), "--config", &self.text("server.toml")])
            .env_remove("COLUMNS")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn batches(&self, args: &[&str]) -> Vec<Value> {
        let all = [&["interchanges", "batches", "--format", "json"], args].concat();
        self.run(&all).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Hands a batch in, and waits until it is answered.
    fn submit(&self, server: &Server, control: u32) {
        let answer = envelope(&server.http, BATCH, control, Some(&inquiry(control))).unwrap();
        assert!(answer.contains("X12_BatchReceiptConfirmation"), "{answer}");
        wait_for("the batch", || self.batches(&["--state", "waiting"]).is_empty().then_some(()));
    }
}

/// The payload that is picked up.
fn picked_up(server: &Server, kind: &str, control: u32) -> String {
    let answer = envelope(&server.http, kind, control, None).unwrap();
    let (_, rest) =
        answer.split_once("name=\"Payload\"\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    rest.split("\r\n--").next().unwrap().to_owned()
}

#[test]
fn what_is_kept_is_read_when_the_key_it_was_sealed_with_is_gone() {
    // In the store itself, and in the archive.
    for inline_bytes_max in [65_536, 100] {
        let site = Site::new();
        site.keys("a", inline_bytes_max);
        let server = site.serve();
        site.submit(&server, 600_001);
        let before = picked_up(&server, RESULTS, 600_001);
        server.stop();
        site.keys("ba", inline_bytes_max);
        let said = site.run(&["store", "reseal"]);
        let again = site.run(&["store", "reseal"]);
        assert!(again.contains("exchanged the key of 0 files; "), "{again}");
        match inline_bytes_max {
            100 => assert!(!said.contains("in the store"), "{said}"),
            _ => {
                assert!(
                    said.contains("in the store: encrypted 0 texts, exchanged the key of 2 texts")
                );
                assert!(
                    again.contains("exchanged the key of 0 texts; 2 had it already"),
                    "{again}"
                );
            }
        }
        site.keys("b", inline_bytes_max);
        let server = site.serve();
        assert_eq!(picked_up(&server, RESULTS, 600_001), before);
        assert!(picked_up(&server, ACKNOWLEDGMENT, 600_001).contains("~AK9*A*1*1*1~"));
        server.stop();
        let listed = site.run(&["interchanges", "list", "--format", "json"]);
        let row: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
        let id = row["id"].to_string();
        assert_eq!(site.run(&["interchanges", "export", &id]), inquiry(600_001).trim_end());
        assert!(site.run(&["interchanges", "export", &id, "--replies"]).contains(&*before));
    }
}

#[test]
fn what_was_picked_up_and_what_never_was_is_listed() {
    let site = Site::new();
    site.keys("a", 65_536);
    let server = site.serve();
    for control in [600_002, 600_003] {
        site.submit(&server, control);
    }
    picked_up(&server, RESULTS, 600_002);
    let answer = picked_up(&server, ACKNOWLEDGMENT, 600_002);
    assert!(answer.contains("AK1*HS"), "{answer}");
    let reply = |state: &str| {
        let rows = site.batches(&["--state", state, "--partner", "submitter1"]);
        let said = |row: &Value| {
            let control = row["payload_id"].as_str().unwrap()[30..].to_owned();
            (control, row["reply"].as_str().unwrap().to_owned(), row["picked_up"].is_string())
        };
        rows.iter().map(said).collect::<Vec<_>>()
    };
    let row = |control: &str, kind: &str, picked: bool| (control.into(), kind.into(), picked);
    assert_eq!(reply("picked-up"), [row("600002", "271", true), row("600002", "999", true)]);
    assert_eq!(reply("not-picked-up"), [row("600003", "271", false), row("600003", "999", false)]);
    assert!(reply("confirmed").is_empty());
    assert_eq!(site.batches(&["--partner", "submitter2"]).len(), 0);
    assert_eq!(site.batches(&["--limit", "3"]).len(), 3);
    assert_eq!(site.batches(&["--until", "2000-01-01"]).len(), 0);
    let table = site.run(&["interchanges", "batches"]);
    assert!(table.contains("not picked up") && table.contains("picked up"), "{table}");
    let csv = site.run(&["interchanges", "batches", "--format", "csv"]);
    assert!(
        csv.starts_with("batch,partner,received,payload_type,payload_id,bytes,state,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 5);
    let report = site.run(&["reports", "acknowledgments"]);
    let ends: Vec<&str> = report.lines().map(|line| line.splitn(16, ',').last().unwrap()).collect();
    assert_eq!(ends, ["missing,picked_up,confirmed,not_picked_up", ",271 999,,", ",,,271 999"]);
    server.stop();
}
