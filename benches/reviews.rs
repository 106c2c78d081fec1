//! The whole way of a services review, 278 in and 278 out, over a store of synthetic authorizations.
//!
//! Half of the questions in real time are new requests (005010X217), half are inquiries by number (005010X215). Files: one request
//! a set, answered, stored and written to disk. Real time: raw TCP on loopback, the client on the same cores; first at a fixed rate
//! for the latency, then as much as goes.
//!
//! `cargo bench --bench reviews`, or `cargo bench --bench reviews -- 100000` for so many authorizations.

mod drive;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use drive::{Failure, Questions, measure, peak_mib};
use rust_decimal::Decimal;
use time::Date;
use time::macros::date;
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway};
use x12gate::guide::Registry;
use x12gate::store::{
    Access, Actor, Durability, Member, Quantity, Relationship, ReviewEntry, ReviewKey, ReviewKind,
    ReviewProvider, ReviewQuery, ReviewRecord, ReviewState, StoreOptions, Stores, demo, synthetic,
};
use x12gate::transport::files::{Input, files};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TODAY: Date = date!(2026 - 01 - 05);
/// Authorizations for each member, a third.
const REVIEWS_PER_MEMBER: u64 = 3;
/// Requests in the file.
const REQUESTS: u32 = 200_000;
/// Look-ups in one call, to compare with; and authorizations that are entered together.
const TOGETHER: u64 = 1000;
/// The specialist of all of them, and the provider who refers.
const DERM: &str = "1000000053";
const ROE: &str = "1245319599";

fn main() -> Result<(), Failure> {
    let reviews: u64 = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = config(folder.path());
        load(&config.store, reviews).await?;
        let gateway = gateway(&config).await?;
        bare(&gateway, reviews).await?;
        for (name, rate, pipelined) in [("steady", Some(1000), 1), ("most", None, 8)] {
            let first = u64::from(pipelined) * 1_000_000;
            let ask = move |connection: u32, control: u32| {
                let index = first + u64::from(connection) * 7919 + u64::from(control);
                let sender = format!("BENCH{pipelined}C{connection}");
                match control % 2 {
                    0 => {
                        interchange(&sender, control, "005010X215", &inquiry(1, index % reviews), 1)
                    }
                    _ => {
                        let reference = format!("{pipelined}C{connection}N{control}");
                        let set = request(1, &reference, index, members(reviews));
                        interchange(&sender, control, "005010X217", &set, 1)
                    }
                }
            };
            let questions = Questions { ask: Arc::new(ask), expected: b"~HCR*" };
            measure(&gateway, name, rate, pipelined, questions).await?;
        }
        batch(&gateway, folder.path(), reviews).await?;
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

fn members(reviews: u64) -> u64 {
    (reviews / REVIEWS_PER_MEMBER).max(100)
}

/// A subscriber near this place among so many members, who has coverage.
fn subscriber(index: u64, members: u64) -> Member {
    let is_covered = |place: &u64| {
        let spans = synthetic::coverage(*place, TODAY);
        spans.iter().any(|span| span.begin <= TODAY && span.end.is_none() && !span.pending)
    };
    let places = (0..members).map(|step| (index + step) % members);
    let mut found = places.filter(is_covered).map(synthetic::member);
    let is_subscriber = |member: &Member| member.relationship == Relationship::Myself;
    found.find(is_subscriber).unwrap_or_else(|| synthetic::member(0))
}

/// The authorization of this number, as it is in the store.
fn review(index: u64, members: u64) -> ReviewRecord {
    let member = subscriber(index * 13, members);
    let (receipt, number) = (format!("SR{index:08}"), format!("SA{index:08}"));
    let back = time::Duration::days((index % 700).cast_signed());
    let from = TODAY - back;
    let provider = |role: &str, id: &str, last: &str| ReviewProvider {
        role: role.into(),
        id: id.into(),
        last: last.into(),
        first: Box::default(),
    };
    let visits = Some(Quantity { unit: "VS".into(), count: Decimal::from(3) });
    let hash = index.wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1);
    let text = format!(
        "ST*278*0001*005010X217~BHT*0007*11*S{index}*20260105*0930*18~HL*1**20*1~NM1*X3*2*SAMPLE HEALTH PLAN*****PI*99999~\
         HL*2*1*21*1~NM1*1P*1*ROE*RICHARD****XX*{ROE}~HL*3*2*22*1~NM1*IL*1*{}*{}****MI*{}{}{}~HL*4*3*EV*0~\
         UM*SC*I*1*11:B~HCR*A1*{number}~HSD*VS*3~NM1*SJ*1*DERM*DORA****XX*{DERM}~SE*14*0001~",
        member.last, member.first, member.prefix, member.subscriber, member.suffix
    );
    ReviewRecord {
        first: receipt.as_str().into(),
        receipt: receipt.into(),
        number: Some(number.into()),
        follows: None,
        successor: None,
        kind: ReviewKind::Referral,
        certification: "I".into(),
        service_type: "1".into(),
        place: "11".into(),
        level: Box::default(),
        subscriber: member.subscriber,
        suffix: member.suffix,
        last: member.last,
        first_name: member.first,
        plan: "HMO-1".into(),
        requester: provider("1P", ROE, "ROE"),
        providers: vec![provider("SJ", DERM, "DERM")],
        from,
        to: from + time::Duration::days(90),
        asked: visits.clone(),
        granted: visits,
        services: Vec::new(),
        state: ReviewState::Approved,
        action: "A1".into(),
        reasons: Vec::new(),
        message: Box::default(),
        rule: "referrals-in-network".into(),
        received_micros: 0,
        decided_micros: Some(0),
        due_micros: None,
        closes_micros: None,
        extended: false,
        traces: vec![format!("T{index}").into()],
        reference: format!("S{index}").into(),
        request_key: hash,
        service_key: 0,
        documents: Vec::new(),
        partner: "bench".into(),
        interchange: 0,
        text: text.into(),
    }
}

async fn load(options: &StoreOptions, reviews: u64) -> Result<(), Failure> {
    let begun = Instant::now();
    let store = Stores::open(options, Access::Write).await?;
    let members = members(reviews);
    synthetic::generate(&store, members, TODAY, &mut |_| {}).await?;
    demo::load(&store, TODAY).await?;
    let by = Actor { who: "bench".into(), at_micros: 0 };
    let mut entered = 0;
    while entered < reviews {
        let last = (entered + TOGETHER).min(reviews);
        let entries = (entered..last).map(|index| ReviewEntry::from(review(index, members)));
        store.reviews.enter(entries.collect(), &by).await?;
        entered = last;
    }
    store.close().await;
    let took = begun.elapsed().as_secs_f64();
    println!("{reviews} authorizations of {members} members loaded in {took:.0} s");
    Ok(())
}

async fn gateway(config: &Config) -> Result<Arc<Gateway>, Failure> {
    let store = Stores::open(&config.store, Access::Serve).await?;
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
    let registry = Arc::new(Registry::new());
    Ok(Arc::new(Gateway::open(store, config.clone(), registry, clock).await?))
}

/// What the store alone can do: the same look-ups without anything around them, and a list and a search.
async fn bare(gateway: &Arc<Gateway>, reviews: u64) -> Result<(), Failure> {
    let ledger = &gateway.stores().reviews;
    for (name, by_number) in [("number", true), ("request", false)] {
        let (begun, mut looked_up) = (Instant::now(), 0);
        while looked_up < 50 * TOGETHER {
            let indexes = (looked_up..looked_up + TOGETHER).map(|index| index * 13 % reviews);
            let key = |index: u64| match by_number {
                true => ReviewKey::Number(format!("SA{index:08}").into()),
                false => ReviewKey::Request(index.wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1)),
            };
            let keys: Vec<ReviewKey> = indexes.map(key).collect();
            let found = ledger.find(&keys, 1).await?;
            assert!(found.iter().all(|found| !found.is_empty()));
            looked_up += TOGETHER;
        }
        let rate = looked_up as f64 / begun.elapsed().as_secs_f64();
        println!("  look-ups {rate:>9.0} /s by {name}, {TOGETHER} at once, nothing around them");
    }
    let page = |words: &[&str]| ReviewQuery {
        words: words.iter().map(|word| Box::from(*word)).collect(),
        limit: 50,
        ..ReviewQuery::default()
    };
    for (name, query) in [("list", page(&[])), ("search", page(&["SR0000001"]))] {
        let begun = Instant::now();
        let found = ledger.search(&query).await?;
        let took = begun.elapsed().as_secs_f64() * 1e3;
        println!("  {name:8} {took:>9.1} ms, {} of {} shown", found.reviews.len(), found.total);
    }
    Ok(())
}

/// The request for a referral of a member, as set `control`.
fn request(control: u32, reference: &str, index: u64, members: u64) -> String {
    let member = subscriber(index, members);
    let day =
        |date: Date| format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day());
    format!(
        "ST*278*{control:04}*005010X217~BHT*0007*13*{reference}*20260105*0930~HL*1**20*1~\
         NM1*X3*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*1P*1*ROE*RICHARD****XX*{ROE}~HL*3*2*22*1~\
         NM1*IL*1*{}*{}****MI*{}{}{}~DMG*D8*{}~HL*4*3*EV*0~TRN*1*{reference}*9BENCHMARK~UM*SC*I*1*11:B~\
         DTP*AAH*RD8*20260110-20260310~HI*ABK:L700~HSD*VS*3~NM1*SJ*1*DERM*DORA****XX*{DERM}~SE*17*{control:04}~",
        member.last,
        member.first,
        member.prefix,
        member.subscriber,
        member.suffix,
        day(member.birth)
    )
}

/// The inquiry about authorization `index` by its number, as set `control`.
fn inquiry(control: u32, index: u64) -> String {
    format!(
        "ST*278*{control:04}*005010X215~BHT*0007*28*Q{index}*20260105*0930~HL*1**20*1~\
         NM1*X3*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*1P*1*ROE*RICHARD****XX*{ROE}~HL*3*2*EV*0~\
         UM*SC~REF*BB*SA{index:08}~SE*10*{control:04}~"
    )
}

fn interchange(sender: &str, control: u32, guide: &str, sets: &str, count: u32) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*PAYERGW        *260105*0930*^*00501*\
         {control:09}*0*T*:~GS*HI*{sender}*PAYERGW*20260105*0930*1*X*{guide}~{sets}\
         GE*{count}*1~IEA*1*{control:09}~"
    )
}

async fn batch(gateway: &Arc<Gateway>, folder: &Path, reviews: u64) -> Result<(), Failure> {
    let path = folder.join("requests.278");
    write_file(&path, members(reviews))?;
    let bytes = std::fs::metadata(&path)?.len();
    let (before, begun) = (peak_mib(), Instant::now());
    let done = files(gateway, &[Input::File(path)], &folder.join("out"), &|_| {}).await?;
    let took = begun.elapsed().as_secs_f64();
    let summary = &done[0].interchanges[0];
    assert_eq!((summary.sets, summary.accepted), (REQUESTS, REQUESTS));
    let answer = summary.replies.last().and_then(|reply| reply.path.clone()).ok_or("no answer")?;
    let decided = count_decided(&answer)?;
    assert!(decided >= REQUESTS, "only {decided} of {REQUESTS} requests were decided");
    println!(
        "  file     {:>9.0} requests/s, {:.0} MB in, {:.0} MB out, {took:.1} s, peak {before} MiB before and {} after",
        f64::from(REQUESTS) / took,
        bytes as f64 / 1e6,
        std::fs::metadata(&answer)?.len() as f64 / 1e6,
        peak_mib(),
    );
    Ok(())
}

/// Writes one interchange of requests for members all over the store, without holding it in memory.
fn write_file(path: &Path, members: u64) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let envelope = interchange("BENCHFILE", 1, "005010X217", "|", REQUESTS);
    let (head, tail) = envelope.split_once('|').ok_or("no place for sets")?;
    file.write_all(head.as_bytes())?;
    for control in 1..=REQUESTS {
        let reference = format!("F{control}");
        file.write_all(
            request(control, &reference, u64::from(control) * 7919, members).as_bytes(),
        )?;
    }
    file.write_all(tail.as_bytes())?;
    Ok(file.flush()?)
}

/// How many events of a reply are decided.
fn count_decided(path: &Path) -> Result<u32, Failure> {
    let mut decided = 0;
    for segment in BufReader::new(File::open(path)?).split(b'~') {
        decided += u32::from(segment?.starts_with(b"HCR*"));
    }
    Ok(decided)
}
