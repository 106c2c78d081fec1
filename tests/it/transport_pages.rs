//! docs/transports.md: every command in a `console` block is run against the sandbox, and gives what stands below it. `...` stands for
//! anything.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use x12gate::config::Config;

/// The address of the page.
const ADDRESS: &str = "127.0.0.1:6280";

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The sandbox, and where it listens for HTTP.
fn serve() -> (Server, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"])
        .env_remove("X12GATE_STORE")
        .env_remove("X12GATE_CONFIG")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let server = Server(child);
    for line in lines {
        let line = line.unwrap();
        let address =
            line.strip_prefix("listening on ").and_then(|it| it.strip_suffix(" for HTTP"));
        if let Some(address) = address {
            return (server, address.to_owned());
        }
    }
    panic!("it does not listen");
}

/// True when a text is what a line of the page says.
fn fits(line: &str, text: &str) -> bool {
    let mut parts = line.split("...");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = first;
    for part in parts {
        last = part;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || (line.contains("...") && last.is_empty())
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/transports.md")).unwrap();
    let (_server, address) = serve();
    let mut commands = 0;
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for case in block.split("$ ").skip(1) {
            let (command, expected) = case.split_once('\n').unwrap();
            let output = Command::new("sh")
                .args(["-c", &command.replace(ADDRESS, &address)])
                .current_dir(root)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let lines: Vec<&str> = said.lines().collect();
            let wanted: Vec<&str> = expected.lines().collect();
            assert_eq!(lines.len(), wanted.len(), "{command}\n{said}");
            for (wanted, line) in wanted.iter().zip(&lines) {
                assert!(fits(wanted, line), "{command}\nwanted: {wanted}\ncame:   {line}");
            }
            commands += 1;
        }
    }
    assert!(commands >= 10, "{commands} commands");
}

#[test]
fn the_example_of_the_settings_can_be_used() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/x12gate.toml");
    let config = Config::load(&path).unwrap();
    assert_eq!(config.listeners.len(), 3);
    let tls = &config.listeners[0].tls;
    assert!(tls.is_on() && tls.certificate.is_absolute(), "paths are meant from the file");
}

#[test]
fn anything_may_stand_for_dots() {
    assert!(
        fits("a...c...", "abc and more")
            && fits("...", "x")
            && fits("abc", "abc")
            && fits("a...c", "abc")
    );
    assert!(!fits("abc", "abcd") && !fits("a...d", "abc") && !fits("b...", "abc"));
}
