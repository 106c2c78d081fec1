//! The journal as an operator meets it: what came is listed, shown, given again, purged, backed up and restored; a run that is
//! killed leaves it whole.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::gateway::{bad_inquiry, good, group, inquiry, interchange};

/// A folder with a store of the demonstration payer, and the built command in it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.ok(&["store", "load", "--demo"]);
        desk
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
        command
            .args(args)
            .args(["--store", "x12gate.db"])
            .current_dir(self.path())
            .env_remove("COLUMNS")
            .env_remove("X12GATE_STORE")
            .env_remove("X12GATE_CONFIG");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Standard output of a command that must go well.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Vec<Value> {
        let mut args = args.to_vec();
        args.extend(["--format", "json"]);
        self.ok(&args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }
}

#[test]
fn what_came_is_listed_and_given_again() {
    let desk = Desk::new();
    let (sound, broken) = (good(101), interchange(102, &[group(1, &[bad_inquiry("0001")])]));
    let many: Vec<String> = (1..=700).map(|n| inquiry(&format!("{n:04}"))).collect();
    let large = interchange(103, &[group(1, &many)]);
    let garbled = good(104).replace("IEA*1*", "IEA*9*");
    desk.write("day.edi", &format!("{sound}\r\n{broken}\n{large}{garbled}"));
    // Some sets are rejected, so that the exit code is 1.
    assert_eq!(desk.run(&["process", "day.edi"]).status.code(), Some(1));

    let listed = desk.json(&["interchanges", "list"]);
    let said = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text("control"), text("outcome"), row["sets"].as_u64().unwrap())
    };
    let expected = [
        ("000000104", "refused", 1),
        ("000000103", "accepted", 700),
        ("000000102", "rejected", 1),
        ("000000101", "accepted", 1),
    ];
    let expected = expected.map(|(control, outcome, sets)| (control.into(), outcome.into(), sets));
    assert_eq!(listed.iter().map(said).collect::<Vec<_>>(), expected);
    assert_eq!(listed[3]["sender"], "ZZ:SUBMITTER1");
    assert_eq!(listed[0]["sender"], "ZZ:SUBMITTER1");
    assert_eq!((&listed[3]["lane"], &listed[3]["transport"]), (&"batch".into(), &"command".into()));
    let some = |args: &[&str]| {
        let rows = desk.json(&[&["interchanges", "list"], args].concat());
        rows.iter().map(|row| row["control"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(some(&["--outcome", "rejected"]), ["000000102"]);
    assert_eq!(some(&["--control", "103", "--lane", "batch"]), ["000000103"]);
    assert_eq!(some(&["--limit", "1"]), ["000000104"]);
    assert_eq!(some(&["--since", "2999-01-01"]), [""; 0]);
    assert_eq!(some(&["--until", "2999-01-01", "--partner", "submitter1"]).len(), 4);

    let id = |control: &str| {
        let row = listed.iter().find(|row| row["control"] == control).unwrap();
        row["id"].to_string()
    };
    for (control, text) in [
        ("000000101", &sound),
        ("000000102", &broken),
        ("000000103", &large),
        ("000000104", &garbled),
    ] {
        assert!(desk.ok(&["interchanges", "export", &id(control)]) == *text, "{control}");
    }
    desk.ok(&["interchanges", "export", &id("000000103"), "-o", "again.edi"]);
    assert!(desk.read("again.edi") == large);
    let replies =
        ["999", "271"].map(|kind| desk.read(&format!("replies/day.000000103.{kind}"))).concat();
    assert!(desk.ok(&["interchanges", "replay", &id("000000103")]) == replies);
    assert!(desk.ok(&["interchanges", "export", "--replies", &id("000000103")]) == replies);

    let shown = &desk.json(&["interchanges", "show", &id("000000103"), "--sets", "1000"])[0];
    let sets = shown["sets_shown"].as_array().unwrap();
    let controls: Vec<&str> = sets.iter().map(|set| set["control"].as_str().unwrap()).collect();
    let expected: Vec<String> = (1..=700).map(|n| format!("{n:04}")).collect();
    assert_eq!(controls, expected);
    let rejected = &desk.json(&["interchanges", "show", &id("000000102")])[0]["sets_shown"][0];
    assert_eq!((&rejected["outcome"], &rejected["set"]), (&"rejected".into(), &"270".into()));
    assert_eq!(rejected["guide"], "005010X279A1");
    assert!(rejected["errors"].as_u64().unwrap() > 0);
    // Nothing of it is about the patient.
    for format in ["text", "json"] {
        let all = desk.ok(&["interchanges", "show", &id("000000102"), "--format", format]);
        assert!(!all.contains("DOE") && !all.contains("S1230000"), "{all}");
    }
    let unknown = desk.run(&["interchanges", "show", "999"]);
    assert_eq!(unknown.status.code(), Some(2));

    // What was changed in the archive does not pass for what came.
    let archived = walk(&desk.path().join("x12gate.db.replies"));
    let original = archived.iter().find(|path| path.ends_with(".zst")).unwrap();
    std::fs::write(original, zstd_of(b"ISA*changed")).unwrap();
    assert_eq!(desk.run(&["interchanges", "export", &id("000000103")]).status.code(), Some(2));
}

fn zstd_of(text: &[u8]) -> Vec<u8> {
    x12gate::store::compress(text).unwrap()
}

/// Every file below a folder.
fn walk(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files.extend(walk(&path)),
            path => files.push(path.to_string_lossy().into_owned()),
        }
    }
    files
}

#[test]
fn a_store_is_backed_up_restored_and_purged() {
    let desk = Desk::new();
    let many: Vec<String> = (1..=700).map(|n| inquiry(&format!("{n:04}"))).collect();
    let large = interchange(103, &[group(1, &many)]);
    desk.write("day.edi", &large);
    desk.ok(&["process", "day.edi"]);
    let id = desk.json(&["interchanges", "list"])[0]["id"].to_string();
    let replies = desk.ok(&["interchanges", "replay", &id]);
    desk.ok(&["store", "backup", "backup.db", "--archive", "backup.files"]);
    assert_eq!(desk.run(&["store", "backup", "backup.db"]).status.code(), Some(2), "there already");

    desk.ok(&["store", "purge"]);
    assert_eq!(desk.json(&["interchanges", "list"]).len(), 1, "ten years are not over");
    let would = &desk.json(&["store", "purge", "--before", "2999-01-01", "--dry-run"])[0];
    assert_eq!(would["interchanges"], 1);
    assert_eq!(desk.json(&["interchanges", "list"]).len(), 1);
    let purged = &desk.json(&["store", "purge", "--before", "2999-01-01"])[0];
    // The files of the archive are too young to be deleted yet.
    assert_eq!((&purged["interchanges"], &purged["files"]), (&1.into(), &0.into()));
    assert!(desk.json(&["interchanges", "list"]).is_empty());

    assert_eq!(
        desk.run(&["store", "restore", "backup.db"]).status.code(),
        Some(2),
        "a store is there"
    );
    std::fs::remove_dir_all(desk.path().join("x12gate.db.replies")).unwrap();
    desk.ok(&["store", "restore", "backup.db", "--archive", "backup.files", "--replace"]);
    assert!(desk.ok(&["interchanges", "export", &id]) == large);
    assert!(desk.ok(&["interchanges", "replay", &id]) == replies);
    assert_eq!(desk.ok(&["store", "purge", "--days", "1"]).lines().count(), 1);
    assert_eq!(desk.json(&["interchanges", "list"]).len(), 1, "it is of today");
}

/// Killed at whatever moment, a large interchange is there once and whole after the next run, or not at all before it.
#[test]
fn a_killed_run_leaves_an_interchange_whole_or_not_at_all() {
    const SETS: usize = 4000;
    let desk = Desk::new();
    let many: Vec<String> = (1..=SETS).map(|n| inquiry(&format!("{n:04}"))).collect();
    desk.write("day.edi", &interchange(7, &[group(1, &many)]));
    let mut kills = 0;
    for round in 0..8 {
        let mut process = desk.command(&["process", "day.edi"]);
        let mut child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let is_part = |name: &str| name.contains(".part-");
        while child.try_wait().unwrap().is_none()
            && !walk(&desk.path().join("replies")).iter().any(|name| is_part(name))
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(40 * round));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += u32::from(!child.wait().unwrap().success());
        }
        for row in desk.json(&["interchanges", "list"]) {
            let shown =
                &desk.json(&["interchanges", "show", &row["id"].to_string(), "--sets", "9999"])[0];
            assert_eq!(shown["sets_shown"].as_array().unwrap().len(), SETS, "{round}");
        }
    }
    assert!(kills >= 2, "the command was too fast to be killed: {kills}");
    desk.ok(&["process", "day.edi"]);
    let listed = desk.json(&["interchanges", "list"]);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["sets"], SETS);
    let export = desk.ok(&["interchanges", "export", &listed[0]["id"].to_string()]);
    assert!(export == desk.read("day.edi"));
}
