//! The built command as a server under load: what it holds, how fast it answers beside a large batch, whether it grows.
//!
//! `cargo bench --bench serve -- idle|batch|soak|sftp [SIZE]`: connections for `idle`, megabytes for `batch` and `sftp`, seconds for
//! `soak`. `X12GATE_BINARY` names another binary than the one of this build. Needs as many file handles as there are connections
//! (`ulimit -n`), and for `sftp` the client of OpenSSH.

mod site;

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use site::{Failure, Site, partner_file};

/// Questions in real time that are asked at once beside a batch.
const CONNECTIONS: u32 = 16;
/// Questions a second beside a batch.
const RATE: u32 = 500;
/// Interchanges of a busy site in a day.
const PER_DAY: u32 = 100_000;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let size = |default: u32| match args.get(1) {
        Some(size) => size.parse().map_err(|_| format!("{size} is no number")),
        None => Ok(default),
    };
    match args.first().map(String::as_str) {
        Some("idle") => idle(size(10_000)?),
        Some("batch") => batch(size(1000)?),
        Some("soak") => soak(size(180)?),
        Some("sftp") => sftp(size(500)?),
        // All of `cargo bench`: in small.
        _ => idle(500).and_then(|()| soak(10)),
    }
}

/// Connections that do nothing.
fn idle(count: u32) -> Result<(), Failure> {
    let site = Site::start(&[])?;
    let (before, handles) = (site.memory_kib(), site.handles());
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(TcpStream::connect(&site.tcp)?);
    }
    // Every other one has asked something before it falls silent.
    for (connection, control) in connections.iter_mut().zip(1..).step_by(2) {
        site::ask(connection, control)?;
    }
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "idle: {count} connections: {} MiB (before them {} MiB), {} handles (before {handles})",
        site.memory_kib() / 1024,
        before / 1024,
        site.handles()
    );
    for (connection, control) in connections.iter_mut().zip(count + 1..).step_by(97) {
        site::ask(connection, control)?;
    }
    Ok(())
}

/// Answers in real time, alone and while a file is worked on.
fn batch(megabytes: u32) -> Result<(), Failure> {
    let site = Site::start(&["--drop"])?;
    print_times("alone", &mut steady(&site, 100_000_000, |begun| begun.elapsed().as_secs() < 10)?);
    let path = site.folder().join("batch.x12");
    let sets = partner_file(&path, u64::from(megabytes) * 1_000_000)?;
    fs::rename(&path, site.inbound().join("batch.x12"))?;
    let work = site.inbound().with_file_name("work");
    while fs::read_dir(&work)?.next().is_none() {
        std::thread::sleep(Duration::from_millis(50));
    }
    let begun = Instant::now();
    let is_working = |_| fs::read_dir(&work).is_ok_and(|mut files| files.next().is_some());
    let mut micros = steady(&site, 300_000_000, is_working)?;
    let seconds = begun.elapsed().as_secs_f64();
    print_times(&format!("beside {megabytes} MB, {sets} sets"), &mut micros);
    println!(
        "  the file took {seconds:.1} s, {:.0} sets/s; {} MiB at most",
        f64::from(sets) / seconds,
        site.peak_kib() / 1024
    );
    Ok(())
}

/// Asks at a fixed rate as long as it is told to; gives how long each answer took, in microseconds.
fn steady(
    site: &Site,
    first: u32,
    goes_on: impl Fn(Instant) -> bool + Sync,
) -> Result<Vec<u32>, Failure> {
    let begun = Instant::now();
    let pause = Duration::from_secs(1) * CONNECTIONS / RATE;
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let ended = &ended;
                scope.spawn(move || {
                    let mut connection = TcpStream::connect(&site.tcp)?;
                    connection.set_nodelay(true)?;
                    let mut micros = Vec::new();
                    // Connections take turns, so that questions come evenly.
                    let mut due = begun + pause * number / CONNECTIONS;
                    let mut control = first + number * 1_000_000;
                    while !ended.load(Ordering::Relaxed) {
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        // From when it was due: a wait for the answer before is a wait too.
                        let asked = due;
                        due += pause;
                        control += 1;
                        site::ask(&mut connection, control)?;
                        micros.push(asked.elapsed().as_micros() as u32);
                    }
                    Ok::<_, Failure>(micros)
                })
            })
            .collect();
        while goes_on(begun) && !asking.iter().any(|thread| thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(100));
        }
        ended.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for thread in asking {
            all.extend(thread.join().map_err(|_| "a client panicked")??);
        }
        Ok(all)
    })
}

fn print_times(what: &str, micros: &mut [u32]) {
    micros.sort_unstable();
    let at = |share: f64| {
        let index = (micros.len().saturating_sub(1)) as f64 * share;
        micros.get(index as usize).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    };
    println!(
        "{what}: {} answers at {RATE}/s, p50 {:.2} ms, p90 {:.2}, p99 {:.2}, p99.9 {:.2}, longest {:.2}",
        micros.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// As much as goes over TCP, with connections that come and go, over HTTP and as files, and whether the server grows.
fn soak(seconds: u32) -> Result<(), Failure> {
    let site = Site::start(&["--http", "--drop"])?;
    let (begun, ended) = (Instant::now(), AtomicBool::new(false));
    let counts = [const { AtomicU32::new(0) }; 3];
    std::thread::scope(|scope| {
        let (ended, counts, site) = (&ended, &counts, &site);
        let mut working = Vec::new();
        for number in 0..4 {
            working.push(scope.spawn(move || {
                let mut control = number * 100_000_000;
                while !ended.load(Ordering::Relaxed) {
                    let mut connection = TcpStream::connect(&site.tcp)?;
                    for _ in 0..20 {
                        control += 1;
                        site::ask(&mut connection, control)?;
                        counts[0].fetch_add(1, Ordering::Relaxed);
                    }
                }
                Ok::<_, Failure>(())
            }));
        }
        working.push(scope.spawn(move || {
            for control in 500_000_000.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                site.post(control)?;
                counts[1].fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }));
        working.push(scope.spawn(move || {
            for control in 600_000_000.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                site.drop_in(control)?;
                counts[2].fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }));
        for step in 1..=10 {
            let until = begun + Duration::from_secs(seconds.into()) * step / 10;
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
            let [tcp, http, files] = counts.each_ref().map(|it| it.load(Ordering::Relaxed));
            println!(
                "soak: {:>4} s, {tcp} over TCP, {http} over HTTP, {files} files: {} MiB, {} handles",
                begun.elapsed().as_secs(),
                site.memory_kib() / 1024,
                site.handles()
            );
        }
        ended.store(true, Ordering::Relaxed);
        for thread in working {
            thread.join().map_err(|_| "a client panicked")??;
        }
        let all: u32 = counts.iter().map(|it| it.load(Ordering::Relaxed)).sum();
        let hours = f64::from(all) * 24.0 / f64::from(PER_DAY);
        println!("  {all} interchanges: {hours:.0} hours of a site with {PER_DAY} a day");
        Ok(())
    })
}

/// A file by the client of OpenSSH, and the same bytes written to the disk.
fn sftp(megabytes: u32) -> Result<(), Failure> {
    let site = Site::start(&["--sftp"])?;
    let path = site.folder().join("large.x12");
    partner_file(&path, u64::from(megabytes) * 1_000_000)?;
    let bytes = fs::metadata(&path)?.len() as f64 / 1e6;
    let begun = Instant::now();
    let mut client = Command::new("sftp")
        .args(["-q", "-P", &site.sftp.to_string(), "-F", "/dev/null", "-i", "key"])
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-o", "IdentitiesOnly=yes", "-b", "-", "submitter1@127.0.0.1"])
        .current_dir(site.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    client.stdin.take().ok_or("no input")?.write_all(b"put large.x12 inbound/large.x12\n")?;
    if !client.wait()?.success() {
        return Err("the file was not taken".into());
    }
    let by_sftp = begun.elapsed().as_secs_f64();
    let (mut from, mut buffer) = (File::open(&path)?, vec![0; 256 << 10]);
    let begun = Instant::now();
    let mut to = BufWriter::new(File::create(site.folder().join("copy"))?);
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        to.write_all(&buffer[..count])?;
    }
    to.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    let by_disk = begun.elapsed().as_secs_f64();
    println!(
        "sftp: {bytes:.0} MB taken in {by_sftp:.1} s, {:.0} MB/s; written and synced in {by_disk:.1} s, {:.0} MB/s",
        bytes / by_sftp,
        bytes / by_disk
    );
    Ok(())
}
