//! docs/portal.md: every row of its tables is run on a demonstration store, and shows what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Rows that each table must have: how many of each letter.
const ROWS: [(char, usize); 10] = [
    ('E', 21),
    ('B', 12),
    ('A', 9),
    ('C', 18),
    ('J', 8),
    ('F', 16),
    ('U', 7),
    ('N', 5),
    ('H', 10),
    ('R', 20),
];

/// What a row shows where it is a matter of documents or of a sponsor, not of a screen.
const NOTHING: &str = "-";

/// A row of the page.
struct Row {
    id: String,
    command: Vec<String>,
    shows: Vec<String>,
}

/// The texts in backticks of a cell.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The day so many days ahead, as the commands take it.
fn day(ahead: i64) -> String {
    let today = x12gate::gateway::Clock::now(&x12gate::gateway::SystemClock).date();
    let day = today + time::Duration::days(ahead);
    format!("{:04}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

fn last_year() -> String {
    let today = x12gate::gateway::Clock::now(&x12gate::gateway::SystemClock).date();
    (today.year() - 1).to_string()
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/portal.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, _, _, command, shows] = cells[..] else { panic!("five cells: {line}") };
        if id == "ID" {
            continue;
        }
        let command = quoted(command).pop().unwrap_or_else(|| panic!("a command: {line}"));
        let last_year = last_year();
        let command = command.replace("{today}", &day(0)).replace("{soon}", &day(14));
        let command = command.replace("{last_year}", &last_year);
        let command = command.split(' ').map(str::to_owned).collect();
        let shows = shows.replace("{last_year}", &last_year);
        let shows = if shows == NOTHING { Vec::new() } else { quoted(&shows) };
        assert!(!shows.is_empty() || ["E-18", "C-17"].contains(&id), "{id} shows something");
        rows.push(Row { id: id.to_owned(), command, shows });
    }
    rows
}

/// Runs a command of the page in this folder; gives what it wrote.
fn run(folder: &Path, command: &[String]) -> String {
    assert_eq!(command[0], "x12gate");
    let output = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(&command[1..])
        .current_dir(folder)
        .env_remove("X12GATE_STORE")
        .env_remove("X12GATE_CONFIG")
        .output()
        .expect("run the command");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() < Some(2), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_row_shows_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("note.txt"), "Seen; the note ends here.\n").expect("written");
    let load = ["x12gate", "store", "load", "--demo", "--store", "demo.db"].map(str::to_owned);
    run(folder.path(), &load);
    let mut outputs: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let (mut seen, mut asked) = (BTreeSet::new(), BTreeSet::new());
    for row in rows() {
        // A function may have several rows, each with a command of its own.
        assert!(asked.insert((row.id.clone(), row.command.clone())), "{} stands twice", row.id);
        seen.insert(row.id.clone());
        let output =
            outputs.entry(row.command.clone()).or_insert_with(|| run(folder.path(), &row.command));
        for text in &row.shows {
            assert!(output.contains(text), "{} does not show `{text}`:\n{output}", row.id);
        }
    }
    for (letter, count) in ROWS {
        let expected: BTreeSet<String> = (1..=count).map(|n| format!("{letter}-{n:02}")).collect();
        let found = seen.iter().filter(|id| id.starts_with(letter)).cloned().collect();
        assert_eq!(expected, found);
    }
}
