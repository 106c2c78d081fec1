//! How fast the store loads, finds and records: `cargo bench --bench store -- [MEMBERS] [CLAIMS]`, a hundred thousand of each by
//! default.
//!
//! A plain program, because what it measures takes seconds and changes the store. Look-ups are spread over all members, and
//! what is found is counted and checked.

mod claims;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::macros::date;
use x12gate::store::load::{Kind, load_path};
use x12gate::store::normalise_name;
use x12gate::store::synthetic::{self, person};
use x12gate::store::{
    Access, Batch, Completed, InterchangeEnd, InterchangeKey, MemberSearch, MemberSnapshot,
    Members, NewInterchange, Original, ReplyRow, SetRow, SnapshotMode, StoreOptions, Stores,
};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TODAY: time::Date = date!(2026 - 11 - 21);
const BATCH: u64 = 2000;

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Done {
    let mut counts = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let members: u64 = counts.next().unwrap_or(100_000);
    let claims: u64 = counts.next().unwrap_or(100_000);
    let folder = std::env::temp_dir().join(format!("x12gate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        all(&folder, members).await?;
        claims::all(&folder, claims).await
    });
    std::fs::remove_dir_all(&folder)?;
    done
}

async fn all(folder: &Path, count: u64) -> Done {
    let options =
        StoreOptions { snapshot: SnapshotMode::Off, ..StoreOptions::at(folder.join("x12gate.db")) };
    let store = Stores::open(&options, Access::Serve).await?;
    let watch = Watch::start();
    let count = synthetic::generate(&store, count, TODAY, &mut |_| {}).await?;
    watch.report("generate members", count);
    let bytes = std::fs::metadata(&options.path)?.len();
    println!("{:<44} {:>12} MB", "database", bytes / 1_000_000);

    load_lines(folder, count.min(200_000)).await?;

    let sql = snapshot(&store, &options).await?;
    lookups("SQL, by id", &sql, count, 200_000, by_id).await?;
    lookups("SQL, by name and birth date", &sql, count, 200_000, by_name).await?;

    let watch = Watch::start();
    let memory = StoreOptions { snapshot: SnapshotMode::On, ..options };
    let memory = snapshot(&store, &memory).await?;
    watch.report("snapshot, read members", count);
    let size = memory.size().ok_or("no snapshot")?;
    println!("{:<44} {:>12} bytes a member", "snapshot", size.bytes / size.members);
    lookups("snapshot, by id", &memory, count, 1_000_000, by_id).await?;
    lookups("snapshot, by name and birth date", &memory, count, 1_000_000, by_name).await?;

    for callers in [1, 16, 256] {
        record(&store, callers, 20_000).await?;
    }
    store.close().await;
    Ok(())
}

/// The members of the store, in memory when the options say so.
async fn snapshot(
    store: &Stores,
    options: &StoreOptions,
) -> Result<MemberSnapshot, x12gate::store::StoreError> {
    let pages = store.backend.member_pages().ok_or(x12gate::store::StoreError::Gone)?;
    MemberSnapshot::start(store.members.clone(), pages, options).await
}

/// A stopwatch of the wall and of all cores together, for machines that are busy with other things too.
struct Watch {
    wall: Instant,
    cpu: Duration,
}

impl Watch {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }

    fn report(&self, what: &str, count: u64) {
        let (wall, cpu) = (self.wall.elapsed(), cpu_time().saturating_sub(self.cpu));
        let rate = count as f64 / wall.as_secs_f64();
        let each = cpu.as_secs_f64() * 1e6 / count as f64;
        let wall = wall.as_secs_f64();
        println!(
            "{what:<44} {count:>9} in {wall:>7.3} s {rate:>10.0} /s {each:>8.2} us of CPU each"
        );
    }
}

/// What this process has used of all cores; nothing where the system does not say.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn by_id(index: u64) -> MemberSearch {
    MemberSearch::Id(person(index).id.into())
}

fn by_name(index: u64) -> MemberSearch {
    let person = person(index);
    MemberSearch::Name {
        last: normalise_name(person.last).into(),
        first: normalise_name(person.first).into(),
        birth: person.birth,
    }
}

/// Two tasks look up batches of members that lie all over the store.
async fn lookups(
    what: &str,
    store: &MemberSnapshot,
    members: u64,
    count: u64,
    search: fn(u64) -> MemberSearch,
) -> Done {
    let batches: Vec<Vec<MemberSearch>> = (0..count / BATCH)
        .map(|batch| {
            let far_apart = |at: u64| ((batch * BATCH + at) * 7_368_787) % members;
            (0..BATCH).map(|at| search(far_apart(at))).collect()
        })
        .collect();
    let batches = Arc::new(batches);
    let watch = Watch::start();
    let tasks = (0..2).map(|task| {
        let (store, batches) = (store.clone(), batches.clone());
        tokio::spawn(async move {
            let mut found = 0;
            for batch in batches.iter().skip(task).step_by(2) {
                for files in store.find(batch).await? {
                    found += u64::from(files.iter().any(|file| !file.coverage.is_empty()));
                }
            }
            Ok::<u64, x12gate::store::StoreError>(found)
        })
    });
    let mut found = 0;
    for task in tasks.collect::<Vec<_>>() {
        found += task.await??;
    }
    watch.report(what, count);
    if found != count { Err(format!("{what}: {found} of {count} found").into()) } else { Ok(()) }
}

/// Members from a file of JSON lines, into a store of their own.
async fn load_lines(folder: &Path, count: u64) -> Done {
    let path = folder.join("members.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    for index in 0..count {
        let member = synthetic::member(index);
        let relationship = if member.suffix.as_ref() == "01" { "self" } else { "child" };
        writeln!(
            file,
            "{{\"prefix\":\"S\",\"subscriber\":\"{}\",\"suffix\":\"{}\",\"relationship\":\"{relationship}\",\
             \"last\":\"{}\",\"first\":\"{}\",\"birth\":\"{}\",\"gender\":\"F\",\"line1\":\"1 MAPLE ST\",\
             \"city\":\"BOSTON\",\"state\":\"MA\",\"zip\":\"02111\",\"coverage\":[{{\"plan\":\"PPO-1\",\
             \"begin\":\"2020-01-01\",\"group\":\"G1\",\"group_name\":\"EMPLOYER\"}}]}}",
            member.subscriber, member.suffix, member.last, member.first, member.birth
        )?;
    }
    file.flush()?;
    let options = StoreOptions::at(folder.join("lines.db"));
    let store = Stores::open(&options, Access::Write).await?;
    x12gate::store::demo::load_plans(&store, TODAY).await?;
    let watch = Watch::start();
    let summary = load_path(&store, &path, Kind::Members, TODAY, &mut |_| {}).await?;
    watch.report("load members from JSON lines (2 rows each)", summary.rows);
    store.close().await;
    Ok(())
}

/// Callers that each record one interchange after the other and wait for the commit.
async fn record(store: &Stores, callers: u32, count: u32) -> Done {
    let watch = Watch::start();
    let tasks = (0..callers).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            for at in 0..count / callers {
                let (opening, completed) = interchange(callers, caller * 1_000_000 + at);
                let mut intake = store.journal.begin(opening).await?;
                intake.put(Batch::Sets(vec![set()])).await?;
                intake.commit(completed).await?;
            }
            Ok::<(), x12gate::store::StoreError>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    watch.report(&format!("record interchanges, {callers} callers"), u64::from(count));
    Ok(())
}

fn interchange(series: u32, control: u32) -> (NewInterchange, Completed) {
    let opening = NewInterchange {
        key: InterchangeKey {
            sender: format!("ZZ:SENDER{series}").into(),
            receiver: "ZZ:PAYERGW".into(),
            control,
            test: false,
        },
        partner: "submitter1".into(),
        lane: "real_time".into(),
        transport: "tcp".into(),
        received_micros: 1_795_000_000_000_000,
    };
    let end = InterchangeEnd {
        hash: [7; 32],
        bytes: 600,
        answered_micros: 1_795_000_000_000_000,
        outcome: "accepted".into(),
        groups: 1,
        sets: 1,
        accepted: 1,
        findings: 0,
        declined: 0,
    };
    let body = Some(vec![b'x'; 1500]);
    let replies = vec![ReplyRow { kind: "271".into(), control, body, hash: [8; 32] }];
    (opening, Completed { end, original: Original::Inline(vec![b'y'; 400]), replies, until: None })
}

fn set() -> SetRow {
    SetRow {
        group_control: "1".into(),
        set_id: "270".into(),
        control: "0001".into(),
        guide: "005010X279A1".into(),
        outcome: "accepted".into(),
        errors: 0,
        warnings: 0,
    }
}
