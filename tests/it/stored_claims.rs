//! What `generate --store` writes about the claims of a store is taken and found by that store.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(args)
        .current_dir(folder)
        .env_remove("X12GATE_STORE")
        .env_remove("X12GATE_CONFIG")
        .output()
        .expect("run the built command")
}

fn succeed(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Writes about the claims of the store, has it answered, and gives what was written and the reply of a kind, as segments.
fn exchange(folder: &Path, control: &str, args: &[&str], kind: &str) -> (Vec<String>, Vec<String>) {
    let name = format!("in{control}.x12");
    let written = ["--store", "payer.db", "--control", control, "-o", &name];
    succeed(folder, &[&["generate"], args, &written].concat());
    succeed(folder, &["check", &name]);
    let process = ["process", &name, "-o", "out", "--store", "payer.db", "--config", "s.toml"];
    succeed(folder, &process);
    let reply = folder.join(format!("out/in{control}.{control:0>9}.{kind}"));
    succeed(folder, &["check", reply.to_str().unwrap()]);
    let segments = |text: String| text.split('~').map(str::to_owned).collect::<Vec<_>>();
    (
        segments(fs::read_to_string(folder.join(name)).unwrap()),
        segments(fs::read_to_string(reply).unwrap()),
    )
}

fn count(segments: &[String], begin: &str) -> usize {
    segments.iter().filter(|segment| segment.starts_with(begin)).count()
}

/// The statuses of the claims of a 277CA, each as category and code, without those of providers and batches.
fn statuses(reply: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    for pair in reply
        .windows(2)
        .filter(|pair| pair[0].starts_with("TRN*2*PT") || pair[0].starts_with("TRN*2*DEMO"))
    {
        found.push(pair[1].split('*').nth(1).unwrap());
    }
    found
}

#[test]
fn replacements_voids_and_status_requests_of_a_store_are_taken_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("s.toml"), "[claims]\naccepted = 'adjudication'\n").unwrap();
    succeed(folder, &["store", "load", "--demo", "--store", "payer.db"]);

    let (asked, answered) = exchange(folder, "11", &["276"], "277");
    let asked = count(&asked, "TRN*1*");
    assert!(asked >= 9, "{asked} of the claims of the demonstration");
    assert!(count(&answered, "TRN*2*") >= asked);
    assert_eq!(count(&answered, "STC*D0") + count(&answered, "STC*E"), 0, "all are found");

    let (sent, acknowledged) = exchange(folder, "12", &["837p", "--frequency", "7"], "277ca");
    let replaced = count(&sent, "CLM*");
    assert!(replaced >= 8, "{replaced}");
    assert!(sent.iter().filter(|s| s.starts_with("CLM*")).all(|clm| clm.contains(":B:7*")));
    let statuses_of = statuses(&acknowledged);
    assert_eq!(statuses_of.len(), replaced);
    assert!(statuses_of.iter().all(|status| *status == "A2:20:PR"), "{statuses_of:?}");

    // The same seed changes the same, and another seed something else.
    let again = |seed: &str| {
        let args = ["generate", "837p", "--frequency", "7", "--store", "payer.db", "--seed", seed];
        succeed(folder, &args)
    };
    assert_eq!(again("5"), again("5"));
    assert_ne!(again("5"), again("6"));

    let most = ["837p", "--frequency", "8", "--count", "3"];
    let (sent, acknowledged) = exchange(folder, "13", &most, "277ca");
    assert_eq!(count(&sent, "CLM*"), 3);
    assert_eq!(statuses(&acknowledged), ["A2:20:PR"; 3]);
    let (sent, acknowledged) = exchange(folder, "14", &["837P", "--frequency", "8"], "277ca");
    assert_eq!(count(&sent, "CLM*"), replaced - 3, "those that are left");
    assert!(statuses(&acknowledged).iter().all(|status| *status == "A2:20:PR"));

    for (args, why) in [
        (&["837p", "--frequency", "7"][..], "the store has no such claim"),
        (&["837d", "--frequency", "7"], "the store has no such claim"),
        (&["837p"], "--frequency 7 or 8"),
        (&["276", "--frequency", "7"], "a 276 has no --frequency"),
        (&["999"], "only 837p, 837i, 837d and 276"),
    ] {
        let output = run(folder, &[&["generate"], args, &["--store", "payer.db"]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(why), "{args:?}: {said}");
    }
    let output = run(folder, &["generate", "276", "--store", "none.db"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no store none.db"));
    assert!(!folder.join("none.db").exists());
}
