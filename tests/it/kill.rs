//! The real process, killed at many points under load: whatever was accepted is answered exactly once after the last restart.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::server::{Server, inquiry, names, replies, wait_for};

/// How often the process is killed.
const KILLS: u64 = 12;

/// Control numbers of each way begin here, so that none is used twice.
const TCP: u32 = 100_000;
const SFTP: u32 = 200_000;
const DROP: u32 = 300_000;

/// A folder with what a site has that every transport is served at.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
}

impl Site {
    /// With these settings, and a key for SFTP.
    pub(crate) fn new(settings: &str) -> Site {
        let site = Site { folder: tempfile::tempdir().unwrap() };
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(site.path("key"))
            .status();
        assert!(made.expect("ssh-keygen of openssh-client").success());
        fs::write(site.path("server.toml"), settings).unwrap();
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self) -> Server {
        let args = self.args();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Server::start(self.folder.path(), &args)
    }

    /// What `serve` is started with.
    pub(crate) fn args(&self) -> Vec<String> {
        let text = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let key = format!("submitter1={}", text("key.pub"));
        let (config, store, drop) = (text("server.toml"), text("store.db"), text("drop"));
        let mut args = vec!["--demo", "--config", &config, "--store", &store];
        args.extend(["--sftp", "127.0.0.1:0", "--sftp-key", &key, "--drop", &drop]);
        args.into_iter().map(str::to_owned).collect()
    }
}

/// Sends an inquiry and gives its reply; none when the connection is lost.
pub(crate) fn ask(address: &str, control: u32) -> Option<String> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    socket.write_all(inquiry(control).as_bytes()).ok()?;
    let mut reply = Vec::new();
    let mut piece = [0; 4096];
    while !reply.windows(4).any(|four| four == b"IEA*") || !reply.trim_ascii_end().ends_with(b"~") {
        match socket.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => reply.extend_from_slice(&piece[..count]),
        }
    }
    String::from_utf8(reply).ok()
}

/// Puts files one after the other until it fails; gives those whose transfer the client was told is done.
pub(crate) fn put(site: &Site, port: u16, controls: Range<u32>) -> Vec<u32> {
    let mut batch = String::new();
    for control in controls {
        fs::write(site.path(&format!("s{control}.x12")), inquiry(control)).unwrap();
        batch.push_str(&format!(
            "put s{control}.x12 inbound/s{control}.x12\n!echo done {control}\n"
        ));
    }
    let mut client = Command::new("sftp")
        .args(["-q", "-P", &port.to_string(), "-F", "/dev/null", "-i", "key"])
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-o", "IdentitiesOnly=yes", "-b", "-", "submitter1@127.0.0.1"])
        .current_dir(site.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("sftp of openssh-client");
    // The client may be gone before it has read everything.
    let _ = client.stdin.take().unwrap().write_all(batch.as_bytes());
    let output = client.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().filter_map(|line| line.strip_prefix("done ")?.trim().parse().ok()).collect()
}

/// Renames a file into the drop folder, as a program that delivers files does.
pub(crate) fn drop_in(folder: &Path, control: u32) {
    let hidden = folder.join(format!(".d{control}.x12"));
    fs::write(&hidden, inquiry(control)).unwrap();
    fs::rename(hidden, folder.join(format!("d{control}.x12"))).unwrap();
}

/// How often each of these control numbers is answered by a file that has this ending.
pub(crate) fn answered(folder: &Path, prefix: char, ending: &str) -> BTreeMap<u32, u32> {
    let mut counts = BTreeMap::new();
    for name in names(folder) {
        if let Some(stem) = name.strip_prefix(prefix).filter(|_| name.ends_with(ending)) {
            let control = stem.split('.').next().unwrap().parse().unwrap();
            *counts.entry(control).or_default() += 1;
        }
    }
    counts
}

#[test]
fn what_was_accepted_is_answered_exactly_once_however_often_the_process_dies() {
    let site = Site::new("[drop]\nscan_ms = 20\n");
    let inbound = site.path("drop/submitter1/inbound");
    let (next_tcp, next_drop) = (AtomicU32::new(TCP), AtomicU32::new(DROP));
    let (mut asked, mut sent) = (BTreeMap::new(), Vec::new());
    for round in 0..KILLS {
        let server = site.start();
        let (tcp, sftp) = (server.tcp.clone(), server.sftp);
        let killed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut asked = Vec::new();
                while !killed.load(Ordering::Relaxed) {
                    let control = next_tcp.fetch_add(1, Ordering::Relaxed);
                    asked.push((control, ask(&tcp, control)));
                }
                asked
            });
            let putting = scope.spawn(|| {
                let first = SFTP + round as u32 * 1000;
                put(&site, sftp, first..first + 200)
            });
            let dropping = scope.spawn(|| {
                while !killed.load(Ordering::Relaxed) {
                    drop_in(&inbound, next_drop.fetch_add(1, Ordering::Relaxed));
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            // Odd steps, so that each round ends in the middle of something else.
            std::thread::sleep(Duration::from_millis(30 + 97 * round));
            server.kill();
            killed.store(true, Ordering::Relaxed);
            asked.extend(asking.join().unwrap());
            sent.extend(putting.join().unwrap());
            dropping.join().unwrap();
        });
    }
    assert!(asked.values().filter(|reply| reply.is_some()).count() > 20, "{}", asked.len());
    assert!(sent.len() > 20, "{}", sent.len());

    let server = site.start();
    let mailbox = site.path("store.db.mailboxes/submitter1");
    for own in [&mailbox, &site.path("drop/submitter1")] {
        wait_for("everything to be answered", || {
            (names(&own.join("work")).is_empty() && names(&own.join("inbound")).is_empty())
                .then_some(())
        });
        assert!(names(&own.join("quarantine")).is_empty(), "{}", own.display());
        assert!(names(&own.join("incoming")).is_empty(), "{}", own.display());
    }
    for ending in [".271", ".999"] {
        let by_sftp = answered(&mailbox.join("outbound"), 's', ending);
        for control in &sent {
            assert_eq!(by_sftp.get(control), Some(&1), "{control}{ending}, which was accepted");
        }
        assert!(by_sftp.values().all(|count| *count == 1), "{ending}: {by_sftp:?}");
        let dropped = answered(&site.path("drop/submitter1/outbound"), 'd', ending);
        let expected = (DROP..next_drop.load(Ordering::Relaxed)).map(|control| (control, 1));
        assert_eq!(dropped, expected.collect(), "{ending}");
    }
    for (name, text) in replies(&mailbox.join("outbound")) {
        assert!(text.trim_end().ends_with('~') && text.contains("IEA*1*"), "{name} is whole");
    }
    // Who was answered gets the same answer again, byte for byte, and who was not gets one now.
    for (control, before) in asked {
        let now = ask(&server.tcp, control).expect("an answer");
        assert!(now.contains(&format!("TRN*2*TRACE{control}*")), "{now}");
        if let Some(before) = before {
            assert_eq!(now, before, "{control}");
        }
    }
    server.stop();
    let verified = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(["audit", "verify", "--store"])
        .arg(site.path("store.db"))
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
