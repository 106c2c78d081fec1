//! What callers are told while we cannot work: the archive cannot be written to, the store is locked or away, or too much is asked at
//! once. Nothing is lost by it, and what was asked is answered when it is asked again.

use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};

use crate::server::{Server as Process, inquiry};
use crate::web::{FIRST, Response, SECOND, Server};

const X12: &str = "Content-Type: application/edi-x12\r\n";
const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=b\r\n";
const SOAP: &str = "Content-Type: application/soap+xml\r\n";

fn retry_after(answer: &Response) -> Option<u32> {
    let head = answer.head.to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("retry-after:"));
    line.and_then(|value| value.trim().parse().ok())
}

/// An envelope of MIME multipart with a question or a batch.
fn envelope(mode: &str, control: u32) -> String {
    use sha1::Digest;
    let payload = inquiry(control);
    let sum = sha1::Sha1::digest(payload.as_bytes());
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    let (id, length) =
        (format!("00000000-0000-4000-8000-{control:012}"), payload.len().to_string());
    let mut parts = vec![
        ("PayloadType", "X12_270_Request_005010X279A1"),
        ("ProcessingMode", mode),
        ("PayloadID", &id),
        ("TimeStamp", "2026-01-05T09:30:00Z"),
        ("UserName", "submitter1"),
        ("Password", "sandbox"),
        ("SenderID", "SUBMITTER1"),
        ("ReceiverID", "PAYERGW"),
        ("CORERuleVersion", "2.2.0"),
    ];
    if mode == "Batch" {
        parts.extend([("PayloadLength", &*length), ("CheckSum", &*sum)]);
    }
    parts.push(("Payload", &payload));
    let part = |(name, value): (&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    parts.into_iter().map(part).chain(["--b--\r\n".to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_cannot_be_written_to_is_said_in_the_form_that_was_asked_in() {
    let server = Server::start(|config| {
        // No folder can be made below a file.
        let file = config.archive.path.with_file_name("a file");
        std::fs::write(&file, "").unwrap();
        config.archive.path = file.join("archive");
        config.archive.inline_bytes_max = 16;
        config.archive.originals = false;
    })
    .await;
    let mime = server.post("/core/mime", MULTIPART, envelope("Batch", 71).as_bytes()).await;
    assert_eq!((mime.status, retry_after(&mime)), (503, Some(5)), "{}", mime.body);
    assert!(mime.head.contains("multipart/form-data; boundary="), "{}", mime.head);
    assert!(mime.body.contains("\r\n\r\nReceiver\r\n"), "{}", mime.body);
    let soap = server.post("/core/soap", SOAP, b"<a/>").await;
    assert_eq!((soap.status, retry_after(&soap)), (503, Some(5)), "{}", soap.body);
    assert!(soap.body.contains("env:Fault") && soap.body.contains("env:Receiver"), "{}", soap.body);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_no_answer() {
    let server = Server::start(|_| {}).await;
    server.gateway.stores().close().await;
    let headers = format!("{FIRST}{X12}");
    let plain = server.post("/x12", &headers, inquiry(72).as_bytes()).await;
    assert_eq!((plain.status, retry_after(&plain)), (503, Some(5)), "{}", plain.body);
    let mime = server.post("/core/mime", MULTIPART, envelope("RealTime", 73).as_bytes()).await;
    assert_eq!((mime.status, retry_after(&mime)), (503, Some(5)), "{}", mime.body);
    assert!(mime.head.contains("multipart/form-data"), "{}", mime.head);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_has_limits_of_its_own() {
    let server = Server::start(|_| {}).await;
    let stores = server.gateway.stores();
    let mut rows = stores.partners.all().await.unwrap();
    let row = rows.iter_mut().find(|row| &*row.id == "submitter1").unwrap();
    row.profile = format!("requests_per_minute_max = 2\n{}", row.profile);
    let mut load = stores.begin_load().await.unwrap();
    load.put(x12gate::store::LoadRows::Partners(&rows)).await.unwrap();
    load.commit().await.unwrap();
    server.gateway.reload().await.unwrap();
    let ask = async |who: &str, control: u32| {
        let headers = format!("{who}{X12}");
        server.post("/x12", &headers, inquiry(control).as_bytes()).await
    };
    let first: Vec<u16> = [ask(FIRST, 81).await, ask(FIRST, 82).await].map(|it| it.status).into();
    assert_eq!(first, [200, 200]);
    let third = ask(FIRST, 83).await;
    assert_eq!(third.status, 429);
    assert!(
        retry_after(&third).is_some_and(|seconds| (1..=30).contains(&seconds)),
        "{}",
        third.head
    );
    let mime = server.post("/core/mime", MULTIPART, envelope("RealTime", 84).as_bytes()).await;
    assert_eq!(mime.status, 429, "{}", mime.body);
    assert!(retry_after(&mime).is_some() && mime.body.contains("Receiver"), "{}", mime.body);
    // Another partner has the limits of the server.
    for control in 85..90 {
        assert_ne!(ask(SECOND, control).await.status, 429);
    }
    server.stop().await;
}

/// One POST to a process.
async fn post(process: &Process, headers: &str, body: &[u8]) -> Response {
    let socket = tokio::net::TcpStream::connect(&process.http).await.unwrap();
    crate::web::exchange(socket, crate::web::posted("/x12", headers, body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_locked_nothing_is_acknowledged_and_afterwards_everything_is() {
    let folder = tempfile::tempdir().unwrap();
    let (store, config) = (folder.path().join("store.db"), folder.path().join("server.toml"));
    std::fs::write(&config, "[store]\nbusy_timeout_ms = 300\n").unwrap();
    let [store, config] = [&store, &config].map(|path| path.to_str().unwrap());
    let args = ["--demo", "--store", store, "--config", config, "--http", "127.0.0.1:0"];
    let process = Process::start(folder.path(), &args);
    let headers = format!("{FIRST}{X12}");
    assert_eq!(post(&process, &headers, inquiry(91).as_bytes()).await.status, 200);
    let mut other = SqliteConnection::connect(&format!("sqlite:{store}")).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let begun = Instant::now();
    // A question in real time is told to ask again in X12; nothing is recorded under its control number.
    let told = post(&process, &headers, inquiry(92).as_bytes()).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert!(told.body.contains("~AAA*Y**42*R~") && !told.body.contains("~EB*"), "{}", told.body);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    other.execute("ROLLBACK").await.unwrap();
    let answered = post(&process, &headers, inquiry(92).as_bytes()).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert!(answered.body.contains("TRN*2*TRACE92*"), "{}", answered.body);
    process.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_written_to_changes_no_answer_of_before_and_none_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let args = ["--demo", "--store", store.to_str().unwrap(), "--http", "127.0.0.1:0"];
    let process = Process::start_on_a_small_disk(folder.path(), &args);
    let headers = format!("{FIRST}{X12}");
    let ask = async |control: u32| {
        let answer = post(&process, &headers, inquiry(control).as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    let before = ask(101).await;
    assert!(before.contains("~EB*1*"), "{before}");
    for round in 0..2 {
        let control = 110 + round;
        process.fill_disk();
        // Told to ask again: in X12, or by HTTP where not even a control number for a reply can be had.
        let told = post(&process, &headers, inquiry(control).as_bytes()).await;
        match told.status {
            200 => assert!(told.body.contains("~AAA*Y**42*R~"), "{}", told.body),
            status => assert_eq!(status, 503, "{}", told.body),
        }
        assert!(!told.body.contains("~EB*"), "{}", told.body);
        assert_eq!(ask(101).await, before, "what was answered before is answered in the same way");
        process.empty_disk();
        let answered = ask(control).await;
        assert!(answered.contains("~EB*1*"), "{answered}");
        assert_eq!(ask(control).await, answered);
        assert_eq!(ask(101).await, before);
    }
    process.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_recorded_in_time_says_so_and_is_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (store, config) = (folder.path().join("store.db"), folder.path().join("server.toml"));
    std::fs::write(&config, "[real_time]\nanswer_timeout_ms = 500\n").unwrap();
    let [store, config] = [&store, &config].map(|path| path.to_str().unwrap());
    let args = ["--demo", "--store", store, "--config", config, "--http", "127.0.0.1:0"];
    let process = Process::start(folder.path(), &args);
    let headers = format!("{FIRST}{X12}");
    let ask = async |control: u32| {
        let answer = post(&process, &headers, inquiry(control).as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    // On a slow machine a right answer may be too late as well; then it is asked for again.
    let answered = async |control: u32| {
        for _ in 0..60 {
            if ask(control).await.contains("~EB*1*") {
                return;
            }
        }
        panic!("no answer to {control}");
    };
    answered(121).await;
    let mut other = SqliteConnection::connect(&format!("sqlite:{store}")).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    // The store itself would wait for a minute.
    for _ in 0..3 {
        let told = ask(122).await;
        assert!(told.contains("~AAA*Y**42*R~") && !told.contains("~EB*"), "{told}");
    }
    other.execute("ROLLBACK").await.unwrap();
    answered(123).await;
    let recorded: Vec<i64> = sqlx::query_scalar("SELECT control FROM interchange ORDER BY id")
        .fetch_all(&mut other)
        .await
        .unwrap();
    assert_eq!(recorded, [121, 123], "what nobody waited for was not recorded");
    answered(122).await;
    process.stop();
}
