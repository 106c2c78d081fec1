//! `partner`, `access` and `audit`: what they say, and what they change for a server that runs.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::server::{Server, inquiry, wait_for};
use crate::site::Site;

fn ask(address: &str, control: u32) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(inquiry(control).as_bytes()).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut reply = String::new();
    socket.read_to_string(&mut reply).unwrap();
    reply
}

#[test]
fn partners_are_added_changed_tested_and_disabled() {
    let site = Site::new(None);
    fs::write(site.path("acme.toml"), "isa = [{ qualifier = 'ZZ', id = 'ACME' }]\n").unwrap();
    assert_eq!(site.succeed(&["partner", "test", "acme.toml"]), "acme can be used\n");
    assert_eq!(site.succeed(&["partner", "add", "acme.toml"]), "added acme\n");
    assert!(site.refuse(&["partner", "add", "acme.toml"]).contains("acme already"));
    site.succeed(&["partner", "set", "acme", "usage=test", "ack.ta1=always", "sets=[\"270\"]"]);
    let shown = site.succeed(&["partner", "show", "acme"]);
    assert!(shown.contains("usage = \"test\"") && shown.contains("ta1 = \"always\""), "{shown}");
    assert!(site.refuse(&["partner", "set", "acme", "usage=never"]).contains("usage"));
    assert!(site.refuse(&["partner", "set", "acme", "id=other"]).contains("does not change"));
    let taken =
        site.refuse(&["partner", "set", "acme", "isa=[{qualifier=\"ZZ\",id=\"SUBMITTER1\"}]"]);
    assert!(taken.contains("both have ISA id ZZ:SUBMITTER1"), "{taken}");
    site.succeed(&["partner", "disable", "acme"]);
    let listed = site.json(&["partner", "list"]);
    let acme = listed.iter().find(|line| line["id"] == "acme").unwrap();
    assert_eq!((&acme["disabled"], &acme["source"]), (&true.into(), &"store".into()));
    assert_eq!(acme["isa"][0], "ZZ:ACME");
    let trail = site.json(&["audit", "list", "--subject", "acme"]);
    let actions: Vec<_> = trail.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["partner.add", "partner.set", "partner.disable", "audit.list"]);
}

#[test]
fn a_running_server_takes_up_what_changes() {
    let site = Site::new(None);
    let store = site.path("store.db");
    let server = Server::start(site.folder(), &["--store", store.to_str().unwrap()]);
    assert!(ask(&server.tcp, 31).contains("*271*"));
    site.succeed(&["partner", "disable", "submitter1"]);
    let mut control = 32;
    wait_for("the partner to be refused", || {
        control += 1;
        ask(&server.tcp, control).contains("*R*006~").then_some(())
    });
    site.succeed(&["partner", "enable", "submitter1"]);
    wait_for("the partner to be served", || {
        control += 1;
        ask(&server.tcp, control).contains("*271*").then_some(())
    });
    server.stop();
}

#[test]
fn logins_are_made_and_used_by_their_roles() {
    let site = Site::new(None);
    let add = |name: &str, role: &str, actor: &[&str]| {
        let args = ["access", "add", name, "--partner", "submitter2", "--role", role];
        site.run(&[&args[..], actor].concat())
    };
    assert!(add("sue", "senior", &[]).status.success());
    site.succeed(&["access", "grant", "sue", "--npi", "1234567893"]);
    assert!(add("ann", "administrator", &["--as", "sue"]).status.success());
    assert!(add("ulf", "user", &["--as", "ann"]).status.success());
    let refused = add("bob", "administrator", &["--as", "ann"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("ann may not do that"));
    let grant = ["access", "grant", "ulf", "--npi", "1234567893", "--sets", "270,276"];
    assert!(site.refuse(&[&grant[..], &["--as", "ann"]].concat()).contains("may not"));
    site.succeed(&[&grant[..], &["--as", "sue"]].concat());
    let password = site.succeed(&["access", "password", "ulf"]);
    assert_eq!(password.trim().len(), 35, "{password}");
    site.succeed(&["access", "lock", "ulf", "--as", "sue"]);
    let ulf = site.json(&["access", "list", "--npi", "1234567893"]);
    let ulf = ulf.iter().find(|line| line["login"] == "ulf").unwrap();
    assert_eq!((&ulf["locked"], &ulf["role"]), (&true.into(), &"user".into()));
    assert_eq!(ulf["grants"][1]["set"], "276");
    assert_eq!(ulf["credentials"][0]["kind"], "password");
    assert!(ulf["credentials"][0]["sha256"].is_null());
    assert!(site.refuse(&["access", "lock", "nobody"]).contains("no login nobody"));
    let why = site.refuse(&["access", "add", "x", "--partner", "nobody", "--role", "user"]);
    assert!(why.contains("no partner nobody"), "{why}");
}

#[test]
fn the_trail_is_verified_against_a_head_that_was_noted() {
    let site = Site::new(None);
    site.succeed(&["access", "add", "sue", "--partner", "submitter2", "--role", "senior"]);
    let noted = site.json(&["audit", "verify"]);
    let head = noted[0]["head"].as_str().unwrap().to_owned();
    assert_eq!(noted[0]["rows"], 1);
    site.succeed(&["access", "lock", "sue"]);
    site.succeed(&["audit", "verify", "--head", &head]);
    for (wrong, why) in [
        (format!("9:{}", "0".repeat(64)), "rows after 2 are missing; there were 9"),
        (format!("1:{}", "0".repeat(64)), "row 1 or one before it was changed"),
    ] {
        let output = site.run(&["audit", "verify", "--head", &wrong]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stdout).contains(why), "{wrong}");
    }
}
