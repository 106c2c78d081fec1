//! The whole way of a request for the status of a claim, 276 in and 277 out, over a store of synthetic claims.
//!
//! Half of the requests name the claim by its number, half the patient and the day of service; every answer must name a claim.
//! Files: one request a set, answered and written to disk. Real time: raw TCP on loopback, the client on the same cores; first at
//! a fixed rate for the latency, then as much as goes.
//!
//! `cargo bench --bench claim_status`, or `cargo bench --bench claim_status -- 100000` for so many claims.

mod drive;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use drive::{Failure, Questions, measure, peak_mib};
use time::Date;
use time::macros::date;
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway};
use x12gate::guide::Registry;
use x12gate::store::{
    Access, ClaimKey, ClaimScope, ClaimVersion, Durability, LoadRows, Provider, StoreOptions,
    Stores, demo, synthetic,
};
use x12gate::transport::files::{Input, files};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TODAY: Date = date!(2026 - 01 - 05);
/// Members for each claim, a third.
const CLAIMS_PER_MEMBER: u64 = 3;
/// Requests in the file.
const REQUESTS: u32 = 200_000;
/// Look-ups in one call, to compare with.
const TOGETHER: u64 = 1000;

fn main() -> Result<(), Failure> {
    let claims: u64 = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = config(folder.path());
        load(&config.store, claims).await?;
        let gateway = gateway(&config).await?;
        bare(&gateway, claims).await?;
        batch(&gateway, folder.path(), claims).await?;
        for (name, rate, pipelined) in [("steady", Some(1000), 1), ("most", None, 8)] {
            let first = u64::from(pipelined) * 1_000_000;
            let ask = move |connection: u32, control: u32| {
                let index = (first + u64::from(connection) * 7919 + u64::from(control)) % claims;
                let text = set(1, index, claims);
                interchange(&format!("BENCH{pipelined}C{connection}"), control, &text, 1)
            };
            let questions = Questions { ask: Arc::new(ask), expected: b"~REF*1K*SYN" };
            measure(&gateway, name, rate, pipelined, questions).await?;
        }
        gateway.stores().close().await;
        Ok(())
    })
}

fn config(folder: &Path) -> Config {
    let path = folder.join("x12gate.db");
    let durability = Durability::Full;
    let store = StoreOptions { path, durability, ..StoreOptions::default() };
    let mut config = Config { store, ..Config::default() };
    config.archive.path = folder.join("archive");
    config
}

fn members(claims: u64) -> u64 {
    (claims / CLAIMS_PER_MEMBER).max(1)
}

/// The claim of this number, as it is in the store.
fn claim(index: u64, claims: u64) -> ClaimVersion {
    synthetic::claim(index, members(claims), TODAY)
}

async fn load(options: &StoreOptions, claims: u64) -> Result<(), Failure> {
    let begun = Instant::now();
    let store = Stores::open(options, Access::Write).await?;
    demo::load(&store, TODAY).await?;
    synthetic::generate(&store, members(claims), TODAY, &mut |_| {}).await?;
    synthetic::generate_claims(&store, claims, members(claims), TODAY, &mut |_| {}).await?;
    // Those who send claims are known to the payer.
    let mut clinics: Vec<Provider> = (0..claims.min(100_000))
        .map(|index| claim(index, claims).billing)
        .map(|billing| Provider {
            npi: billing.npi,
            payer_id: None,
            last: billing.last,
            first: None,
            tin: Some(billing.tin),
            ssn_last_four: None,
            may_inquire: true,
            enrolled: (None, None),
            locations: Vec::new(),
            taxonomies: Vec::new(),
            networks: Vec::new(),
        })
        .collect();
    clinics.sort_unstable_by(|a, b| a.npi.cmp(&b.npi));
    clinics.dedup_by(|a, b| a.npi == b.npi);
    let mut load = store.begin_load().await?;
    load.put(LoadRows::Providers(&clinics)).await?;
    load.commit().await?;
    store.close().await;
    let took = begun.elapsed().as_secs_f64();
    println!("{claims} claims of {} members loaded in {took:.0} s", members(claims));
    Ok(())
}

async fn gateway(config: &Config) -> Result<Arc<Gateway>, Failure> {
    let store = Stores::open(&config.store, Access::Serve).await?;
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
    let registry = Arc::new(Registry::new());
    Ok(Arc::new(Gateway::open(store, config.clone(), registry, clock).await?))
}

/// What the store alone can do: the same look-ups without anything around them.
async fn bare(gateway: &Arc<Gateway>, claims: u64) -> Result<(), Failure> {
    let claims_of = &gateway.stores().claims;
    for (name, by_number) in [("number", true), ("member and day", false)] {
        let (begun, mut looked_up) = (Instant::now(), 0);
        while looked_up < 50 * TOGETHER {
            let indexes = (looked_up..looked_up + TOGETHER).map(|index| index * 13 % claims);
            let key = |claim: ClaimVersion| match (claim.member, by_number) {
                (Some(owner), false) => ClaimKey::Member { owner, from: claim.from, to: claim.to },
                _ => ClaimKey::Latest(claim.number),
            };
            let keys: Vec<ClaimKey> = indexes.map(|index| key(claim(index, claims))).collect();
            let found = claims_of.find(&keys, ClaimScope::default()).await?;
            assert!(found.iter().all(|found| !found.is_empty()));
            looked_up += TOGETHER;
        }
        let rate = looked_up as f64 / begun.elapsed().as_secs_f64();
        println!("  look-ups {rate:>9.0} /s by {name}, {TOGETHER} at once, nothing around them");
    }
    Ok(())
}

/// The request about claim `index`, as set `control`: by its number, or by the patient and the day of service.
fn set(control: u32, index: u64, claims: u64) -> String {
    let claim = claim(index, claims);
    let (patient, npi) = (&claim.patient, &claim.billing.npi);
    let day =
        |date: Date| format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day());
    let birth = patient.birth.map(day).unwrap_or_default();
    let (from, to) = (day(claim.from), day(claim.to));
    let number = match index % 2 {
        0 => format!("REF*1K*{}~", claim.number),
        _ => String::new(),
    };
    let count = if number.is_empty() { 14 } else { 15 };
    format!(
        "ST*276*{control:09}*005010X212~BHT*0010*13*T{control}*20260105*0930~HL*1**20*1~\
         NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*41*2*CLINICS*****46*BENCH~\
         HL*3*2*19*1~NM1*1P*2*SAMPLE CLINIC*****XX*{npi}~HL*4*3*22*0~DMG*D8*{birth}~\
         NM1*IL*1*{}*{}****MI*{}~TRN*1*{control}~{number}DTP*472*RD8*{from}-{to}~\
         SE*{count}*{control:09}~",
        patient.last, patient.first, patient.member_id
    )
}

fn interchange(sender: &str, control: u32, sets: &str, count: u32) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*PAYERGW        *260105*0930*^*00501*\
         {control:09}*0*T*:~GS*HR*{sender}*PAYERGW*20260105*0930*1*X*005010X212~{sets}\
         GE*{count}*1~IEA*1*{control:09}~"
    )
}

async fn batch(gateway: &Arc<Gateway>, folder: &Path, claims: u64) -> Result<(), Failure> {
    let path = folder.join("requests.276");
    write_file(&path, claims)?;
    let bytes = std::fs::metadata(&path)?.len();
    let (before, begun) = (peak_mib(), Instant::now());
    let done = files(gateway, &[Input::File(path)], &folder.join("out"), &|_| {}).await?;
    let took = begun.elapsed().as_secs_f64();
    let summary = &done[0].interchanges[0];
    assert_eq!((summary.sets, summary.accepted), (REQUESTS, REQUESTS));
    let answer = summary.replies.last().and_then(|reply| reply.path.clone()).ok_or("no answer")?;
    let found = count_found(&answer)?;
    assert!(found >= REQUESTS, "only {found} of {REQUESTS} requests found a claim");
    println!(
        "  file     {:>9.0} requests/s, {:.0} MB in, {:.0} MB out, {took:.1} s, peak {before} MiB before and {} after",
        f64::from(REQUESTS) / took,
        bytes as f64 / 1e6,
        std::fs::metadata(&answer)?.len() as f64 / 1e6,
        peak_mib(),
    );
    Ok(())
}

/// Writes one interchange of requests about claims all over the store, without holding it in memory.
fn write_file(path: &Path, claims: u64) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let envelope = interchange("BENCHFILE", 1, "|", REQUESTS);
    let (head, tail) = envelope.split_once('|').ok_or("no place for sets")?;
    file.write_all(head.as_bytes())?;
    for control in 1..=REQUESTS {
        let index = u64::from(control) * 7919 % claims;
        file.write_all(set(control, index, claims).as_bytes())?;
    }
    file.write_all(tail.as_bytes())?;
    Ok(file.flush()?)
}

/// How often a reply names a claim.
fn count_found(path: &Path) -> Result<u32, Failure> {
    let mut found = 0;
    for segment in BufReader::new(File::open(path)?).split(b'~') {
        found += u32::from(segment?.starts_with(b"REF*1K*SYN"));
    }
    Ok(found)
}
