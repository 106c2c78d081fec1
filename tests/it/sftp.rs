//! SFTP, as OpenSSH's own client uses it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::server::{Server, inquiry, names, wait_for};

/// A folder with a key pair, a store and whatever a test puts there, and the server on it.
struct Site {
    folder: tempfile::TempDir,
    server: Server,
}

fn key(folder: &Path, name: &str) {
    let file = folder.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(&file)
        .status();
    assert!(made.expect("ssh-keygen of openssh-client").success());
}

impl Site {
    fn new() -> Site {
        Site::with("")
    }

    /// With these settings.
    fn with(settings: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        key(folder.path(), "key");
        fs::write(folder.path().join("server.toml"), settings).unwrap();
        let server = Site::serve(folder.path());
        Site { folder, server }
    }

    fn serve(folder: &Path) -> Server {
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let key = format!("submitter1={}", path("key.pub"));
        Server::start(
            folder,
            &[
                "--demo",
                "--config",
                &path("server.toml"),
                "--store",
                &path("store.db"),
                "--sftp",
                "127.0.0.1:0",
                "--sftp-key",
                &key,
            ],
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mailbox(&self, folder: &str) -> PathBuf {
        self.path("store.db.mailboxes").join("submitter1").join(folder)
    }

    fn client(&self, user: &str, key: &str) -> Command {
        let mut client = Command::new("sftp");
        client
            .args(["-q", "-P", &self.server.sftp.to_string(), "-i"])
            .arg(self.path(key))
            .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"])
            .args(["-F", "/dev/null"])
            .current_dir(self.folder.path())
            .env_remove("SSH_ASKPASS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        client.args(["-b", "-"]).arg(format!("{user}@127.0.0.1"));
        client
    }

    /// Gives a client a batch of commands, of which the first that fails ends it.
    fn run_as(&self, user: &str, key: &str, batch: &str) -> Output {
        let mut client = self.client(user, key).spawn().expect("sftp of openssh-client");
        client.stdin.take().unwrap().write_all(batch.as_bytes()).unwrap();
        client.wait_with_output().unwrap()
    }

    fn run(&self, batch: &str) -> Output {
        self.run_as("submitter1", "key", batch)
    }

    /// A batch in which nothing fails; gives what was printed.
    fn succeed(&self, batch: &str) -> String {
        let output = self.run(batch);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{batch}: {stderr}\n{}", self.server.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// A command that fails; gives what the client says of it.
    fn fail(&self, command: &str) -> String {
        let output = self.run(command);
        assert!(!output.status.success(), "{command}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Waits until a file is acknowledged and answered, and gives the names of its replies.
    fn replies(&self, stem: &str) -> Vec<String> {
        let outbound = self.mailbox("outbound");
        wait_for("the replies", || {
            let found = names(&outbound).into_iter().filter(|name| name.starts_with(stem));
            Some(found.collect::<Vec<_>>()).filter(|found| found.len() == 2)
        })
    }
}

#[test]
fn a_file_is_answered_and_its_reply_fetched_and_removed() {
    let site = Site::new();
    fs::write(site.path("in.x12"), inquiry(7)).unwrap();
    let listed = site.succeed("put in.x12 inbound/in.x12\nls -1 inbound\nls -l inbound/in.x12\n");
    assert!(listed.contains("inbound/in.x12"), "still seen by its sender: {listed}");
    assert_eq!(site.replies("in."), ["in.000000007.271", "in.000000007.999"]);
    site.succeed("ls outbound\nget outbound/* .\n");
    let text = fs::read_to_string(site.path("in.000000007.271")).unwrap();
    assert!(text.contains("TRN*2*TRACE7"), "{text}");
    site.succeed("rm outbound/*\n");
    assert!(names(&site.mailbox("outbound")).is_empty());
    let shown = site.succeed("pwd\ncd ..\ncd ..\npwd\nls -1\n");
    assert!(shown.contains("/inbound") || shown.contains("inbound"), "{shown}");
    wait_for("the work to be done", || names(&site.mailbox("work")).is_empty().then_some(()));
    site.server.stop();
}

#[test]
fn a_temporary_name_waits_for_its_rename() {
    let site = Site::new();
    fs::write(site.path("in.x12"), inquiry(8)).unwrap();
    site.succeed("put in.x12 inbound/in.x12.filepart\n");
    assert_eq!(names(&site.mailbox("inbound")), ["in.x12.filepart"]);
    assert!(names(&site.mailbox("work")).is_empty());
    site.succeed("rename inbound/in.x12.filepart inbound/in.x12\nls inbound/in.x12\n");
    assert_eq!(site.replies("in."), ["in.000000008.271", "in.000000008.999"]);
    assert!(names(&site.mailbox("inbound")).is_empty());
    site.fail("rename inbound/in.x12 inbound/other.x12");
}

#[test]
fn half_a_file_is_not_answered() {
    let site = Site::new();
    fs::write(site.path("half.x12"), &inquiry(9)[..200]).unwrap();
    site.succeed("put half.x12 inbound/half.x12\n");
    let report = wait_for("the report", || names(&site.mailbox("reports")).pop());
    site.succeed(&format!("get reports/{report} report\n"));
    let text = fs::read_to_string(site.path("report")).unwrap();
    assert!(text.starts_with("half.x12 was not answered: "), "{text}");
    assert!(names(&site.mailbox("outbound")).is_empty());
    assert_eq!(names(&site.mailbox("quarantine")).len(), 2);
}

#[test]
fn what_a_killed_client_was_sending_is_gone() {
    let site = Site::new();
    fs::write(site.path("large.x12"), inquiry(10).repeat(4000)).unwrap();
    let mut slow = Command::new("sftp");
    slow.args(["-q", "-l", "4000", "-P", &site.server.sftp.to_string(), "-i"])
        .arg(site.path("key"))
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-o", "IdentitiesOnly=yes", "-F", "/dev/null", "-b", "-", "submitter1@127.0.0.1"])
        .current_dir(site.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut slow = slow.spawn().unwrap();
    slow.stdin.as_mut().unwrap().write_all(b"put large.x12 inbound/large.x12\n").unwrap();
    wait_for("the upload to begin", || {
        let parts = names(&site.mailbox("incoming"));
        let first = site.mailbox("incoming").join(parts.first()?);
        (fs::metadata(first).ok()?.len() > 100_000).then_some(())
    });
    slow.kill().unwrap();
    slow.wait().unwrap();
    wait_for("the part to be removed", || {
        names(&site.mailbox("incoming")).is_empty().then_some(())
    });
    for folder in ["work", "quarantine", "outbound", "inbound"] {
        assert!(names(&site.mailbox(folder)).is_empty(), "{folder}");
    }
}

#[test]
fn nobody_else_is_let_in() {
    let site = Site::new();
    key(site.folder.path(), "other");
    for (user, key) in [("submitter1", "other"), ("submitter2", "key"), ("nobody", "key")] {
        let output = site.run_as(user, key, "ls\n");
        assert!(!output.status.success(), "{user} {key}");
    }
    assert!(!site.server.log().contains("let in"), "{}", site.server.log());
    site.succeed("ls\n");
    assert!(site.server.log().contains("let in"));
    let Site { folder, server } = site;
    server.stop();
    let trail = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(["audit", "list", "--action", "login.refused", "--format", "json", "--store"])
        .arg(folder.path().join("store.db"))
        .env_remove("X12GATE_CONFIG")
        .output()
        .unwrap();
    let trail = String::from_utf8(trail.stdout).unwrap();
    assert_eq!(trail.matches("\"detail\":\"public keys").count(), trail.lines().count(), "{trail}");
    assert!(trail.contains("\"actor\":\"submitter1\"") && !trail.contains("nobody"), "{trail}");
}

#[test]
fn a_password_lets_in_and_only_the_right_one() {
    let site = Site::new();
    let ask = site.path("ask");
    for (password, lets_in) in [("sandbox", true), ("wrong", false)] {
        fs::write(&ask, format!("#!/bin/sh\necho {password}\n")).unwrap();
        Command::new("chmod").arg("700").arg(&ask).status().unwrap();
        let mut client = Command::new("sftp");
        client
            .args(["-q", "-P", &site.server.sftp.to_string(), "-F", "/dev/null"])
            .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"])
            .arg("submitter1@127.0.0.1")
            .env("SSH_ASKPASS", &ask)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("DISPLAY", ":0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut client = client.spawn().unwrap();
        let _ = client.stdin.take().unwrap().write_all(b"ls\n");
        let output = client.wait_with_output().unwrap();
        assert_eq!(output.status.success(), lets_in, "{password}: {}", site.server.log());
    }
}

#[test]
fn there_is_no_way_out_of_the_folders() {
    let site = Site::new();
    fs::write(site.path("in.x12"), inquiry(11)).unwrap();
    let outside = site.path("store.db.mailboxes").join("submitter1").join("secret");
    fs::write(&outside, "secret").unwrap();
    for command in [
        "get ../../../../../../etc/passwd passwd",
        "get secret got",
        "get work got",
        "ls work",
        "cd ../submitter2",
        "put in.x12 outbound/in.x12",
        "put in.x12 reports/in.x12",
        "put in.x12 in.x12",
        "put in.x12 work/in.x12",
        "put in.x12 inbound/../../in.x12",
        "put in.x12 \"inbound/a b.x12\"",
        "symlink /etc/passwd inbound/link",
        "ln /etc/passwd inbound/link",
        "mkdir inbound/more",
        "mkdir more",
        "rmdir inbound",
        "reput in.x12 inbound/in.x12",
    ] {
        site.fail(command);
    }
    assert!(names(&site.mailbox("inbound")).is_empty());
    assert!(!site.path("passwd").exists() && !site.path("got").exists());
    let mut shell = Command::new("ssh");
    shell
        .args(["-p", &site.server.sftp.to_string(), "-F", "/dev/null", "-i"])
        .arg(site.path("key"))
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-o", "IdentitiesOnly=yes", "submitter1@127.0.0.1", "cat /etc/passwd"])
        .stdin(Stdio::null());
    let output = shell.output().expect("ssh of openssh-client");
    assert!(!output.status.success() && output.stdout.is_empty());
}

#[test]
fn a_large_reply_is_fetched_also_when_keys_are_exchanged_often() {
    let site = Site::with("[sftp]\nrekey_bytes = 4194304\nafter_download = \"delete\"\n");
    let text: Vec<u8> =
        (0..64_u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::create_dir_all(site.mailbox("outbound")).unwrap();
    fs::write(site.mailbox("outbound").join("large.271"), &text).unwrap();
    let begun = Instant::now();
    site.succeed("get outbound/large.271 got\n");
    assert!(begun.elapsed() < Duration::from_secs(120));
    assert!(fs::read(site.path("got")).unwrap() == text, "every byte came");
    assert!(names(&site.mailbox("outbound")).is_empty(), "removed after its download");
    // And the other way: it is no interchange, and is put away.
    site.succeed("put got inbound/got.bin\n");
    assert_eq!(names(&site.mailbox("quarantine")).len(), 2);
}

#[test]
fn a_connection_on_which_nobody_logs_in_is_closed() {
    use std::io::Read;
    let site = Site::with("[sftp]\nlogin_timeout_ms = 300\n");
    let mut silent = std::net::TcpStream::connect(("127.0.0.1", site.server.sftp)).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut said = Vec::new();
    let _ = silent.read_to_end(&mut said);
    assert!(said.starts_with(b"SSH-2.0-x12gate\r\n"), "{said:?}");
    wait_for("the reason in the log", || {
        site.server.log().contains("nobody logged in in time").then_some(())
    });
}

#[test]
fn what_was_taken_before_a_restart_is_answered_after_it() {
    let site = Site::new();
    let folder = site.folder;
    site.server.stop();
    // As a process leaves it that dies right after it has told the client that the file was closed.
    let work = folder.path().join("store.db.mailboxes/submitter1/work");
    let id = "00001767605400000000-in.x12";
    let about = r#"{"name":"in.x12","user":"submitter1","how":"public_key","received_micros":1767605400000000}"#;
    fs::write(work.join(format!("{id}.about")), about).unwrap();
    fs::write(work.join(id), inquiry(12)).unwrap();
    let site = Site { server: Site::serve(folder.path()), folder };
    assert_eq!(site.replies("in."), ["in.000000012.271", "in.000000012.999"]);
}
