//! The whole way of an inquiry, 270 in and 271 out, over a store of synthetic members.
//!
//! Files: one patient a set, answered and written to disk. Real time: raw TCP on loopback, the client in a thread of its own
//! on the same cores; first at a fixed rate for the latency, then as much as goes. Every reply is counted and must be a
//! 271 that says what coverage there is.
//!
//! `cargo bench --bench gateway`, or `cargo bench --bench gateway -- 300000` for so many inquiries in the file.

mod drive;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use drive::{Failure, Questions, measure, peak_mib};
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway};
use x12gate::guide::Registry;
use x12gate::store::{Access, Durability, SnapshotMode, StoreOptions, Stores, demo, synthetic};
use x12gate::transport::files::{Input, files};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MEMBERS: u64 = 100_000;
/// How many of a connection's questions are under way at once when as much as goes is sent.
const PIPELINED: u32 = 8;

fn main() -> Result<(), Failure> {
    let inquiries: u32 = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(200_000);
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(load(folder.path()))?;
    for mode in [SnapshotMode::On, SnapshotMode::Off] {
        for durability in [Durability::Normal, Durability::Full] {
            println!("members in memory: {mode:?}, durability: {durability:?}");
            let config = config(folder.path(), mode, durability);
            runtime.block_on(async {
                let gateway = gateway(&config).await?;
                batch(&gateway, folder.path(), inquiries).await?;
                real_time(&gateway).await?;
                gateway.stores().close().await;
                Ok::<_, Failure>(())
            })?;
            std::fs::remove_dir_all(folder.path().join("out"))?;
        }
    }
    Ok(())
}

fn config(folder: &Path, snapshot: SnapshotMode, durability: Durability) -> Config {
    let path = folder.join("x12gate.db");
    let store = StoreOptions { path, snapshot, durability, ..StoreOptions::default() };
    let mut config = Config { store, ..Config::default() };
    config.archive.path = folder.join("archive");
    config
}

async fn load(folder: &Path) -> Result<(), Failure> {
    let begun = Instant::now();
    let options = config(folder, SnapshotMode::Off, Durability::Normal).store;
    let store = Stores::open(&options, Access::Write).await?;
    let today = time::macros::date!(2026 - 01 - 05);
    // The provider who asks is one of the sandbox payer's.
    demo::load(&store, today).await?;
    let count = synthetic::generate(&store, MEMBERS, today, &mut |_| {}).await?;
    store.close().await;
    let took = begun.elapsed().as_secs_f64();
    println!("{count} members loaded in {took:.1} s, peak {} MiB", peak_mib());
    Ok(())
}

async fn gateway(config: &Config) -> Result<Arc<Gateway>, Failure> {
    let store = Stores::open(&config.store, Access::Serve).await?;
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
    let registry = Arc::new(Registry::new());
    Ok(Arc::new(Gateway::open(store, config.clone(), registry, clock).await?))
}

/// The inquiry about member `index`, as set `control`.
fn set(out: &mut String, control: u32, index: u64) {
    let person = synthetic::person(index);
    let birth = person.birth;
    let (year, month, day) = (birth.year(), u8::from(birth.month()), birth.day());
    let _ = write!(
        out,
        "ST*270*{control:09}*005010X279A1~BHT*0022*13*T{control}*20260105*0930~HL*1**20*1~\
         NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~\
         NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*3*2*22*0~TRN*1*{control}*9SUBMITTER~\
         NM1*IL*1*{}*{}****MI*{}~DMG*D8*{year:04}{month:02}{day:02}~DTP*291*D8*20260105~EQ*30~\
         SE*13*{control:09}~",
        person.last, person.first, person.id
    );
}

/// Members who have an id of their own, so that each inquiry is about a subscriber.
fn subscribers() -> impl Iterator<Item = u64> + Clone {
    (0..MEMBERS).cycle().filter(|index| synthetic::person(*index).own_id)
}

fn interchange(sender: &str, control: u32, sets: &str, count: u32) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*PAYERGW        *260105*0930*^*00501*\
         {control:09}*0*T*:~GS*HS*{sender}*PAYERGW*20260105*0930*1*X*005010X279A1~{sets}\
         GE*{count}*1~IEA*1*{control:09}~"
    )
}

async fn batch(gateway: &Arc<Gateway>, folder: &Path, count: u32) -> Result<(), Failure> {
    // Each round is a file of its own, because a file that came before would only be given again.
    let round =
        gateway.config().store.snapshot as u32 * 2 + gateway.config().store.durability as u32 + 1;
    let path = folder.join(format!("round-{round}.270"));
    write_file(&path, round, count)?;
    let bytes = std::fs::metadata(&path)?.len();
    let before = peak_mib();
    let begun = Instant::now();
    let inputs = [Input::File(path.clone())];
    let done = files(gateway, &inputs, &folder.join("out"), &|_| {}).await?;
    let took = begun.elapsed().as_secs_f64();
    let peak = peak_mib();
    let summary = &done[0].interchanges[0];
    assert_eq!((summary.sets, summary.accepted), (count, count));
    let answer = summary.replies.last().and_then(|reply| reply.path.clone()).ok_or("no answer")?;
    let out = std::fs::metadata(&answer)?.len();
    let (answers, said) = count_answers(&answer)?;
    assert_eq!(answers, count);
    assert!(said >= count, "only {said} of {count} answers say what coverage there is");
    println!(
        "  file     {:>9.0} inquiries/s, {:.0} MB in, {:.0} MB out, {took:.1} s, peak {before} MiB before and {peak} after",
        f64::from(count) / took,
        bytes as f64 / 1e6,
        out as f64 / 1e6,
    );
    std::fs::remove_file(path)?;
    Ok(())
}

/// Writes one interchange with so many sets, without holding it in memory.
fn write_file(path: &Path, control: u32, count: u32) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let envelope = interchange("BENCHFILE", control, "|", count);
    let (head, tail) = envelope.split_once('|').ok_or("no place for sets")?;
    file.write_all(head.as_bytes())?;
    let mut text = String::new();
    for (control, index) in (1..=count).zip(subscribers()) {
        text.clear();
        set(&mut text, control, index);
        file.write_all(text.as_bytes())?;
    }
    file.write_all(tail.as_bytes())?;
    Ok(file.flush()?)
}

/// Answers in a reply, and how often they say what coverage there is; read segment by segment.
fn count_answers(path: &Path) -> Result<(u32, u32), Failure> {
    let (mut answers, mut said) = (0, 0);
    for segment in BufReader::new(File::open(path)?).split(b'~') {
        let segment = segment?;
        answers += u32::from(segment.starts_with(b"ST*271*"));
        said += u32::from([b"EB*1", b"EB*5", b"EB*6"].iter().any(|eb| segment.starts_with(*eb)));
    }
    Ok((answers, said))
}

/// Questions over TCP, at a fixed rate and as many as go.
async fn real_time(gateway: &Arc<Gateway>) -> Result<(), Failure> {
    let store = &gateway.config().store;
    let round = store.snapshot as u32 * 2 + store.durability as u32;
    for (name, rate, pipelined) in [("steady", Some(2000), 1), ("most", None, PIPELINED)] {
        let first = round * 2 + u32::from(rate.is_none());
        let subscribers: Vec<u64> = subscribers().take(MEMBERS as usize / 2).collect();
        let ask = move |connection: u32, control: u32| {
            let index = (connection as usize * 100 + control as usize) % subscribers.len();
            let mut text = String::new();
            set(&mut text, 1, subscribers[index]);
            interchange(&format!("BENCH{first}C{connection}"), control, &text, 1)
        };
        let questions = Questions { ask: Arc::new(ask), expected: b"~EB*" };
        measure(gateway, name, rate, pipelined, questions).await?;
    }
    Ok(())
}
