//! Claims on their whole way: an 837 is checked, its claims are matched and judged, stored in the ledger, and acknowledged
//! with a 999 and a 277CA; beside it how fast the ledger alone takes the same rows, and the same file without a ledger.
//!
//! Claims are for synthetic members, each once or a few times with charges of their own, so that all are accepted.
//! `cargo bench --bench claims`, or `cargo bench --bench claims -- 400000` for so many claims.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use x12gate::config::{Config, Intake, RuleTreatment};
use x12gate::gateway::{FixedClock, Gateway, InterchangeSummary};
use x12gate::guide::Registry;
use x12gate::store::{
    Access, Batch, ClaimKey, ClaimScope, Completed, InterchangeEnd, InterchangeKey, LedgerEntry,
    NewInterchange, Original, SnapshotMode, StoreOptions, Stores, demo, synthetic,
};
use x12gate::transport::files::{Input, files};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MEMBERS: u64 = 100_000;
/// Claims of a long set, which comes in parts.
const LONG: u32 = 100_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let claims: u32 = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let gateway = gateway(folder.path(), Intake::Ledger).await?;
        load(gateway.stores()).await?;
        gateway.stores().close().await;
        for (control, per_set, count) in
            [(1, 100, claims), (2, LONG, claims), (3, LONG, claims * 4)]
        {
            let sets = format!("sets of {per_set}");
            for intake in [Intake::Acknowledge, Intake::Ledger] {
                let gateway = self::gateway(folder.path(), intake).await?;
                let control = control * 10 + u32::from(intake == Intake::Ledger);
                let rate = take(&gateway, folder.path(), control, per_set, count).await?;
                let what = if intake == Intake::Ledger { "ledger" } else { "acknowledged only" };
                println!("  {count:>8} claims, {sets:<14} {what:<18} {rate}");
                gateway.stores().close().await;
            }
        }
        bare(folder.path(), claims).await
    })
}

fn config(folder: &Path, intake: Intake) -> Config {
    let store = StoreOptions {
        path: folder.join("x12gate.db"),
        snapshot: SnapshotMode::On,
        ..StoreOptions::default()
    };
    let mut config = Config { store, ..Config::default() };
    config.archive.path = folder.join("archive");
    config.claims.intake = intake;
    // Some synthetic members left their plan; it is looked at all the same.
    config.claims.rules.not_covered = RuleTreatment::Accept;
    config
}

async fn gateway(folder: &Path, intake: Intake) -> Result<Arc<Gateway>, Failure> {
    let config = config(folder, intake);
    let store = Stores::open(&config.store, Access::Serve).await?;
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
    Ok(Arc::new(Gateway::open(store, config, Arc::new(Registry::new()), clock).await?))
}

async fn load(store: &Stores) -> Result<(), Failure> {
    let today = time::macros::date!(2026 - 01 - 05);
    demo::load(store, today).await?;
    synthetic::generate(store, MEMBERS, today, &mut |_| {}).await?;
    Ok(())
}

/// Takes a file of claims in, and says how fast.
async fn take(
    gateway: &Arc<Gateway>,
    folder: &Path,
    control: u32,
    per_set: u32,
    count: u32,
) -> Result<String, Failure> {
    let path = folder.join(format!("claims-{control}.x12"));
    write_file(&path, control, per_set, count)?;
    let megabytes = std::fs::metadata(&path)?.len() as f64 / 1e6;
    let begun = Instant::now();
    let watch = Watch::start();
    let done = files(gateway, &[Input::File(path.clone())], &folder.join("out"), &|_| {}).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let summary: &InterchangeSummary = &done[0].interchanges[0];
    assert_eq!((summary.claims, summary.claims_rejected), (u64::from(count), 0));
    assert_eq!(summary.replies.len(), 2);
    std::fs::remove_file(path)?;
    let rate = f64::from(count) / seconds;
    let (speed, peak) = (megabytes / seconds, watch.peak_mib()?);
    Ok(format!("{rate:>9.0} claims/s, {speed:>5.1} MB/s, {seconds:.1} s, peak {peak} MiB"))
}

/// Writes one interchange with so many claims, without holding it in memory.
fn write_file(path: &Path, control: u32, per_set: u32, count: u32) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    write!(
        file,
        "ISA*00*          *00*          *ZZ*BENCHFILE      *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~\
         GS*HC*BENCHFILE*PAYERGW*20260105*0930*1*X*005010X222A1~"
    )?;
    let subscribers = (0..MEMBERS).cycle().filter(|index| synthetic::person(*index).own_id);
    let mut people = subscribers;
    let (mut written, mut sets) = (0, 0);
    while written < count {
        sets += 1;
        let of_set = per_set.min(count - written);
        write_head(&mut file, sets)?;
        let mut segments = 11;
        for level in 2..of_set + 2 {
            let person = synthetic::person(people.next().unwrap_or_default());
            written += 1;
            segments += write_claim(&mut file, level, &person, control * 10_000_000 + written)?;
        }
        write!(file, "SE*{}*{sets:09}~", segments)?;
    }
    write!(file, "GE*{sets}*1~IEA*1*{control:09}~")?;
    Ok(file.flush()?)
}

fn write_head(file: &mut impl Write, control: u32) -> std::io::Result<()> {
    write!(
        file,
        "ST*837*{control:09}*005010X222A1~BHT*0019*00*B{control}*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
         PER*IC*EDI DESK*TE*6175550100~NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~\
         NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~REF*EI*123456789~"
    )
}

/// A claim of two lines; gives how many segments it has.
fn write_claim(
    file: &mut impl Write,
    level: u32,
    person: &synthetic::Person,
    number: u32,
) -> std::io::Result<u32> {
    let birth = person.birth;
    let (year, month, day) = (birth.year(), u8::from(birth.month()), birth.day());
    let (dollars, cents) = (number / 100, number % 100);
    write!(
        file,
        "HL*{level}*1*22*0~SBR*P*18*******HM~NM1*IL*1*{}*{}****MI*{}~N3*1 MAIN ST~N4*BOSTON*MA*02111~\
         DMG*D8*{year:04}{month:02}{day:02}*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         CLM*PT{number}*{dollars}.{cents:02}***11:B:1*Y*A*Y*Y~REF*D9*CH{number}~HI*ABK:J069~\
         NM1*82*1*ROE*RICHARD****XX*1245319599~PRV*PE*PXC*207Q00000X~\
         LX*1~SV1*HC:99213*{dollars}*UN*1***1~DTP*472*D8*20260105~LX*2~SV1*HC:85025*0.{cents:02}*UN*1***1~DTP*472*D8*20260105~",
        person.last, person.first, person.id
    )?;
    Ok(18)
}

/// How fast the ledger alone takes rows: copies of one that came in, in runs of a thousand, in one interchange.
async fn bare(folder: &Path, count: u32) -> Result<(), Failure> {
    let gateway = gateway(folder, Intake::Ledger).await?;
    let store = gateway.stores();
    let key = ClaimKey::Account { npi: "1234567893".into(), account: "PT110000001".into() };
    let scope = ClaimScope { with_text: true, ..ClaimScope::default() };
    let found = store.claims.find(&[key], scope).await?;
    let row = found[0].first().ok_or("no claim came in")?.clone();
    let opening = NewInterchange {
        key: InterchangeKey {
            sender: "ZZ:BARE".into(),
            receiver: "ZZ:PAYERGW".into(),
            control: 1,
            test: true,
        },
        partner: "stranger".into(),
        lane: "batch".into(),
        transport: "command".into(),
        received_micros: 0,
    };
    let begun = Instant::now();
    let mut intake = store.journal.begin(opening).await?;
    let mut rows = Vec::new();
    for number in 0..count {
        let mut copy = row.clone();
        copy.number = format!("BARE{number:09}").into();
        copy.original = copy.number.clone();
        copy.account = copy.number.clone();
        copy.service_key = row.service_key.wrapping_add(u64::from(number) << 20);
        rows.push(LedgerEntry::Claim(Arc::new(copy)));
        if rows.len() == 1000 {
            intake.put(Batch::Ledger(std::mem::take(&mut rows))).await?;
        }
    }
    intake.put(Batch::Ledger(rows)).await?;
    let end = InterchangeEnd {
        hash: [0; 32],
        bytes: 0,
        answered_micros: 0,
        outcome: "accepted".into(),
        groups: 1,
        sets: 1,
        accepted: 1,
        findings: 0,
        declined: 0,
    };
    intake
        .commit(Completed { end, original: Original::NotKept, replies: Vec::new(), until: None })
        .await?;
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    println!("  {count:>8} rows, the ledger alone {rate:>24.0} claims/s");
    Ok(())
}

/// Looks at the memory of this process that is no file's, again and again: the database is mapped, and its pages are the system's.
struct Watch {
    stop: Arc<AtomicBool>,
    looking: std::thread::JoinHandle<u64>,
}

impl Watch {
    fn start() -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let looking = {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let mut peak = 0;
                while !stop.load(Ordering::Relaxed) {
                    peak = peak.max(anonymous_mib());
                    std::thread::sleep(Duration::from_millis(20));
                }
                peak
            })
        };
        Watch { stop, looking }
    }

    fn peak_mib(self) -> Result<u64, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.looking.join().map_err(|_| "the watch panicked")?)
    }
}

fn anonymous_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
