//! How fast claims come in, beside plain inserts in the same run, and how fast they are found.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sqlx::{Connection, Executor, SqliteConnection};
use x12gate::store::synthetic::{claim, decided, generate_claims};
use x12gate::store::{
    Access, Batch, ClaimKey, ClaimOrder, ClaimQuery, ClaimScope, Durability, LedgerEntry, Owner,
    SnapshotMode, StoreOptions, Stores,
};

use super::{Done, TODAY, Watch, interchange};

/// Members that the claims are of.
const MEMBERS: u64 = 300_000;
/// Claims handed to an intake at once.
const BATCH: u64 = 100;
/// How often each search is made.
const SEARCHES: usize = 15;

pub(super) async fn all(folder: &Path, count: u64) -> Done {
    bare(folder, count).await?;
    let options = StoreOptions {
        snapshot: SnapshotMode::Off,
        durability: Durability::Full,
        ..StoreOptions::at(folder.join("claims.db"))
    };
    let store = Stores::open(&options, Access::Serve).await?;
    // Every run has claims of its own.
    let mut first = 1 << 40;
    for (callers, each) in [(1, count), (16, 100), (256, 1)] {
        intake(&store, callers, each, count, first).await?;
        first += 2 * count;
    }
    let watch = Watch::start();
    generate_claims(&store, count, MEMBERS, TODAY, &mut |_| {}).await?;
    watch.report("enter claims", count);
    let watch = Watch::start();
    store.claims.search(&ClaimQuery::default()).await?;
    let total = store.counts().await?.claims;
    watch.report("index all of them for the search", total);
    let bytes = std::fs::metadata(&options.path)?.len();
    println!("{:<44} {:>12} MB for {total} claims", "database", bytes / 1_000_000);
    find(&store, "find claims, by number", count, |index| {
        ClaimKey::Number(claim(index, MEMBERS, TODAY).number)
    })
    .await?;
    find(&store, "find claims, by member and year", count, |index| {
        let owner = claim(index, MEMBERS, TODAY).member;
        let owner = owner.unwrap_or(Owner { subscriber: "".into(), suffix: "".into() });
        let from = TODAY.replace_year(2020).unwrap_or(TODAY);
        ClaimKey::Member { owner, from, to: TODAY }
    })
    .await?;
    searches(&store).await?;
    store.close().await;
    Ok(())
}

/// Four plain rows a claim, a thousand claims a commit: what the machine can do.
async fn bare(folder: &Path, count: u64) -> Done {
    let address = format!("sqlite:{}?mode=rwc", folder.join("bare.db").display());
    let mut connection = SqliteConnection::connect(&address).await?;
    for statement in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE bare (id INTEGER PRIMARY KEY, owner TEXT, place INTEGER, words TEXT)",
        "CREATE INDEX bare_by_owner ON bare (owner, place)",
    ] {
        connection.execute(statement).await?;
    }
    let marks = vec!["(?,?,?)"; 500].join(",");
    let text = format!("INSERT INTO bare (owner, place, words) VALUES {marks}");
    let watch = Watch::start();
    for batch in 0..count.div_ceil(1000) {
        let mut transaction = connection.begin().await?;
        for part in 0..8_u64 {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
            for row in 0..500_u64 {
                let number = batch * 4000 + part * 500 + row;
                let owner = format!("{:012}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24);
                query = query
                    .bind(owner)
                    .bind(number.cast_signed())
                    .bind("A ROW OF A CLAIM, AS LONG AS THIS");
            }
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    watch.report("bare inserts of four rows, for each four", count.div_ceil(1000) * 1000);
    connection.close().await?;
    Ok(())
}

/// Callers that each bring interchanges of so many claims, one after the other.
async fn intake(store: &Stores, callers: u64, each: u64, count: u64, first: u64) -> Done {
    let interchanges = (count / callers / each).max(1);
    // The claims are made beforehand, so that only the store is measured.
    let mut work = Vec::new();
    for caller in 0..callers {
        let mine = interchanges * each;
        let start = first + caller * mine;
        let entry = |index| LedgerEntry::Claim(Arc::new(claim(index, MEMBERS, TODAY)));
        let all: Vec<LedgerEntry> = (start..start + mine).map(entry).collect();
        work.push((caller, all));
    }
    let watch = Watch::start();
    let tasks = work.into_iter().map(|(caller, all)| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut all = all.into_iter();
            for number in 0..interchanges {
                let control = u32::try_from(caller * 1_000_000 + number).unwrap_or(0);
                let series = u32::try_from(callers + 1000).unwrap_or(0);
                let (opening, completed) = interchange(series, control);
                let mut intake = store.journal.begin(opening).await?;
                let mut rest = each;
                while rest > 0 {
                    let now = rest.min(BATCH);
                    intake.put(Batch::Ledger(all.by_ref().take(now as usize).collect())).await?;
                    rest -= now;
                }
                intake.commit(completed).await?;
            }
            Ok::<(), x12gate::store::StoreError>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    let what = format!("claims, {callers} callers, {each} an interchange");
    watch.report(&what, interchanges * each * callers);
    Ok(())
}

/// Look-ups all over the store, a thousand keys a call.
async fn find(store: &Stores, what: &str, claims: u64, key: fn(u64) -> ClaimKey) -> Done {
    let count = claims.min(100_000) / 1000 * 1000;
    let keys: Vec<ClaimKey> = (0..count).map(|at| key((at * 7_368_787) % claims)).collect();
    let watch = Watch::start();
    let mut found = 0;
    for keys in keys.chunks(1000) {
        for claims in store.claims.find(keys, ClaimScope::default()).await? {
            found += u64::from(!claims.is_empty());
        }
    }
    watch.report(what, count);
    if found == count { Ok(()) } else { Err(format!("{what}: {found} of {count} found").into()) }
}

/// Searches as people make them: the first of each with what it takes to read, then the middle one of the others.
async fn searches(store: &Stores) -> Done {
    let one = decided(77, MEMBERS, TODAY);
    let (last, month) = (one.patient.last.to_lowercase(), one.from.month().to_string());
    let words = |words: String| ClaimQuery { words: vec![words.into()], ..ClaimQuery::default() };
    let period = TODAY.replace_year(2025).ok().map(|from| (from, TODAY));
    let cases = [
        words(format!("{month} {last} 99213")),
        words(one.number.to_string()),
        words(one.patient.member_id.to_string()),
        words(last.clone()),
        words(last[..3].to_owned()),
        words("denied".to_owned()),
        words("paid".to_owned()),
        words("office visit paid july".to_owned()),
        words(format!("${} {month}", one.charge)),
        ClaimQuery { period, ..words(last.clone()) },
        ClaimQuery { period, order: ClaimOrder::Oldest, ..ClaimQuery::default() },
        ClaimQuery { provider: Some(one.billing.npi.clone()), period, ..ClaimQuery::default() },
        ClaimQuery { payees: Some(vec![one.payee.npi.clone()]), ..words("paid".to_owned()) },
        ClaimQuery { procedures: Some(("99200".into(), "99215".into())), period, ..words(last) },
        ClaimQuery::default(),
    ];
    for query in cases {
        let query = ClaimQuery { limit: 10, ..query };
        let mut times = Vec::with_capacity(SEARCHES);
        let mut total = 0;
        for _ in 0..SEARCHES {
            let begun = Instant::now();
            total = store.claims.search(&query).await?.total;
            times.push(begun.elapsed());
        }
        let first = times.remove(0);
        times.sort_unstable();
        let what = format!("search {:?}", query.words.join(" "));
        let (first, middle) =
            (first.as_secs_f64() * 1e3, times[times.len() / 2].as_secs_f64() * 1e3);
        println!("{what:<44} {total:>9} found    first {first:>7.2} ms  then {middle:>7.2} ms");
    }
    Ok(())
}
