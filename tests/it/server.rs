//! The built command as a server, and what is asked of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server on its own ports, ended with its value.
pub(crate) struct Server {
    child: Child,
    /// Where it takes interchanges over TCP.
    pub(crate) tcp: String,
    /// Where it takes requests over HTTP; empty without.
    pub(crate) http: String,
    /// Port of SFTP; 0 without.
    pub(crate) sftp: u16,
    log: PathBuf,
}

impl Server {
    /// Starts `serve` with these arguments, and waits until it listens. Its log goes to a file in `folder`.
    pub(crate) fn start(folder: &Path, args: &[&str]) -> Server {
        Server::of(Command::new(env!("CARGO_BIN_EXE_x12gate")), folder, args)
    }

    /// The same for a server whose disk can be [filled](Self::fill_disk).
    pub(crate) fn start_on_a_small_disk(folder: &Path, args: &[&str]) -> Server {
        let mut shell = Command::new("sh");
        // The signal about a file that may not grow would end the process.
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_x12gate")]);
        Server::of(shell, folder, args)
    }

    fn of(mut command: Command, folder: &Path, args: &[&str]) -> Server {
        let log = folder.join("log");
        let to_log = fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut child = command
            .arg("serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .env_remove("X12GATE_STORE")
            .env_remove("X12GATE_CONFIG")
            .stdout(Stdio::piped())
            .stderr(to_log)
            .spawn()
            .unwrap();
        let expected =
            1 + ["--http", "--sftp", "--drop"].iter().filter(|it| args.contains(it)).count();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Server { child, tcp: String::new(), http: String::new(), sftp: 0, log };
        for _ in 0..expected {
            let Some(Ok(line)) = lines.next() else {
                panic!("it does not listen: {}", server.log())
            };
            let Some(address) = line.strip_prefix("listening on ") else { continue };
            if let Some(address) = address.strip_suffix(" for HTTP") {
                server.http = address.to_owned();
                continue;
            }
            match address.strip_suffix(" for SFTP") {
                Some(address) => {
                    server.sftp = address.rsplit_once(':').unwrap().1.parse().unwrap();
                }
                None => server.tcp = address.to_owned(),
            }
        }
        server
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Makes every write to a file fail from now on, as on a disk that is full.
    pub(crate) fn fill_disk(&self) {
        self.limit_files("0:");
    }

    /// Makes room again.
    pub(crate) fn empty_disk(&self) {
        self.limit_files("unlimited:");
    }

    fn limit_files(&self, bytes: &str) {
        let mut command = Command::new("prlimit");
        command.arg(format!("--pid={}", self.child.id())).arg(format!("--fsize={bytes}"));
        assert!(command.status().expect("prlimit of util-linux").success());
    }

    /// Ends it as a power failure of the process would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(asked.unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for what `look` finds, for as long as a slow machine may need.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An eligibility inquiry of the demonstration's first partner with this control number, and a trace that has it.
pub(crate) fn inquiry(control: u32) -> String {
    let text = include_str!("../../fixtures/demo/requests/01-plain.x12");
    text.replace("000000001", &format!("{control:09}"))
        .replace("TRACE0001", &format!("TRACE{control}"))
}

/// The names in a folder, sorted; nothing when it is not there.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The replies in a folder, by name, without what is still being written.
pub(crate) fn replies(folder: &Path) -> Vec<(String, String)> {
    let whole = names(folder).into_iter().filter(|name| !name.starts_with('.'));
    whole.map(|name| (name.clone(), fs::read_to_string(folder.join(name)).unwrap())).collect()
}
