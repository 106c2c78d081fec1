//! A server of the demonstration payer in a process of its own, and what is sent to it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Sets of one interchange of a large file.
const SETS: u32 = 100_000;

const SETTINGS: &str = "[[listener]]\nconnections_max = 30000\nconnections_per_address_max = 30000\nidle_timeout_ms = 3600000\n\
                        [drop]\nscan_ms = 50\n[http]\nrequests_per_minute_max = 0\n[log]\nlevel = 'error'\n";

/// The server, ended with its value, in a folder that goes with it.
pub(crate) struct Site {
    child: Child,
    folder: PathBuf,
    pub(crate) tcp: String,
    http: String,
    pub(crate) sftp: String,
}

impl Site {
    /// Starts a server with TCP and these transports: `--http`, `--sftp`, `--drop`.
    pub(crate) fn start(transports: &[&str]) -> Result<Site, Failure> {
        let folder = std::env::temp_dir().join(format!("x12gate-serve-{}", std::process::id()));
        // What a run before with this number left.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("server.toml"), SETTINGS)?;
        let binary = std::env::var_os("X12GATE_BINARY");
        let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_x12gate").into());
        let mut command = Command::new(binary);
        command.args(["serve", "--demo", "--store", "store.db", "--config", "server.toml"]);
        command.args(["--listen", "127.0.0.1:0"]);
        for transport in transports {
            command.arg(transport).arg(if *transport == "--drop" { "drop" } else { "127.0.0.1:0" });
        }
        if transports.contains(&"--sftp") {
            let mut made = Command::new("ssh-keygen");
            made.args(["-q", "-t", "ed25519", "-N", "", "-f", "key"]).current_dir(&folder);
            if !made.status()?.success() {
                return Err("no key could be made".into());
            }
            command.args(["--sftp-key", "submitter1=key.pub"]);
        }
        let log = File::create(folder.join("log"))?;
        let mut child = command.current_dir(&folder).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let (tcp, http, sftp) = (String::new(), String::new(), String::new());
        let mut site = Site { child, folder, tcp, http, sftp };
        for _ in 0..=transports.len() {
            let line = lines.next().ok_or("it does not listen")??;
            let Some(address) = line.strip_prefix("listening on ") else { continue };
            match address.split_once(" for ") {
                None => site.tcp = address.to_owned(),
                Some((address, "HTTP")) => site.http = address.to_owned(),
                Some((address, _)) => {
                    site.sftp = address.rsplit(':').next().unwrap_or_default().to_owned();
                }
            }
        }
        Ok(site)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn inbound(&self) -> PathBuf {
        self.folder.join("drop/submitter1/inbound")
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most there was.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// Open file handles.
    pub(crate) fn handles(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// A question over HTTP, on a connection of its own.
    pub(crate) fn post(&self, control: u32) -> Result<(), Failure> {
        let body = inquiry(control);
        let mut connection = TcpStream::connect(&self.http)?;
        // submitter1:sandbox
        let head = format!(
            "POST /x12 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/edi-x12\r\n\
             Authorization: Basic c3VibWl0dGVyMTpzYW5kYm94\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all((head + &body).as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        expect(&answer)
    }

    /// A file, renamed into the drop folder.
    pub(crate) fn drop_in(&self, control: u32) -> Result<(), Failure> {
        let hidden = self.inbound().join(format!(".{control}.x12"));
        fs::write(&hidden, inquiry(control))?;
        Ok(fs::rename(hidden, self.inbound().join(format!("{control}.x12")))?)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// An inquiry of the demonstration's first partner.
fn inquiry(control: u32) -> String {
    include_str!("../../fixtures/demo/requests/01-plain.x12")
        .replace("000000001", &format!("{control:09}"))
}

fn expect(answer: &str) -> Result<(), Failure> {
    match answer.contains("~EB*1*") {
        true => Ok(()),
        false => Err(format!("no answer: {answer}").into()),
    }
}

/// A question over TCP and its answer.
pub(crate) fn ask(connection: &mut TcpStream, control: u32) -> Result<(), Failure> {
    connection.write_all(inquiry(control).as_bytes())?;
    let (mut answer, mut piece) = (Vec::new(), [0; 8192]);
    while !ends_with_iea(&answer) {
        match connection.read(&mut piece)? {
            0 => return Err("the connection was closed".into()),
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    expect(&String::from_utf8_lossy(&answer))
}

fn ends_with_iea(text: &[u8]) -> bool {
    let end = "IEA*1*000000001~".len();
    text.len() >= end && text[text.len() - end..].starts_with(b"IEA*") && text.ends_with(b"~")
}

/// A file of interchanges with many inquiries each, of at least so many bytes; gives the number of sets.
pub(crate) fn partner_file(path: &Path, bytes: u64) -> Result<u32, Failure> {
    let one = inquiry(1);
    let (start, end) = (one.find("ST*").ok_or("no ST")?, one.find("GE*").ok_or("no GE")?);
    let (head, set, tail) = (&one[..start], &one[start..end], &one[end..]);
    let mut file = BufWriter::new(File::create(path)?);
    let (mut written, mut sets) = (0, 0);
    for control in 900_000_000.. {
        if written >= bytes {
            break;
        }
        let number = |text: &str| text.replace("000000001", &format!("{control:09}"));
        file.write_all(number(head).as_bytes())?;
        for number in 1..=SETS {
            let set = set.replace("*0001*", &format!("*{number:04}*"));
            let set = set.replace("*0001~", &format!("*{number:04}~"));
            file.write_all(set.as_bytes())?;
            written += set.len() as u64;
            sets += 1;
        }
        file.write_all(number(tail).replace("GE*1*", &format!("GE*{SETS}*")).as_bytes())?;
    }
    file.flush()?;
    Ok(sets)
}
