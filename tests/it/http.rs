//! HTTP as clients in the field and hostile ones speak it: what is answered, what is refused, and who is cut.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use x12gate::store::InterchangeFilter;

use crate::gateway::{bad_inquiry, good, group, interchange};
use crate::web::{FIRST, Response, SECOND, Server, posted, read};

const X12: &str = "Content-Type: application/edi-x12\r\n";

async fn ask(server: &Server, who: &str, text: &str) -> Response {
    server.post("/x12", &format!("{who}{X12}"), text.as_bytes()).await
}

fn refused(response: &Response, status: u16, words: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    let problem = response.json();
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_and_the_same_again_with_the_same_bytes() {
    let server = Server::start(|_| {}).await;
    let first = ask(&server, FIRST, &good(101)).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.header("content-type"), Some("application/edi-x12"));
    assert!(first.body.starts_with("ISA*") && first.body.contains("ST*271*"), "{}", first.body);
    assert_eq!(ask(&server, FIRST, &good(101)).await.body, first.body);
    // What is wrong is told in X12, and what says nothing back is told without a body.
    let bad = interchange(102, &[group(1, &[bad_inquiry("0001")])]);
    let rejected = ask(&server, FIRST, &bad).await;
    assert!(rejected.status == 200 && rejected.body.contains("ST*999*"), "{rejected:?}");
    let ack = rejected
        .body
        .replace("*PAYERGW        *ZZ*SUBMITTER1     *", "*SUBMITTER1     *ZZ*PAYERGW        *");
    assert_eq!(ask(&server, FIRST, &ack).await.status, 204);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_who_they_are_is_not_answered() {
    let server = Server::start(|_| {}).await;
    let wrong = "Authorization: Basic c3VibWl0dGVyMTp3cm9uZw==\r\n";
    for who in ["", wrong, "Authorization: Bearer x\r\n", "Authorization: Basic !\r\n"] {
        let response = ask(&server, who, &good(101)).await;
        refused(&response, 401, "");
        assert!(response.header("www-authenticate").unwrap().starts_with("Basic "));
    }
    let filter = InterchangeFilter { limit: 10, ..InterchangeFilter::default() };
    let journal = &server.gateway.stores().journal;
    assert!(journal.list(&filter).await.unwrap().is_empty());
    // A partner sends under its own ids only, and is not given what another was answered.
    let first = ask(&server, FIRST, &good(101)).await;
    let forged = ask(&server, SECOND, &good(101)).await;
    assert!(forged.body.contains("*R*006~") && !forged.body.contains("ST*271"), "{forged:?}");
    assert_eq!(ask(&server, FIRST, &good(101)).await.body, first.body);
    assert_eq!(&*journal.list(&filter).await.unwrap()[0].opening.transport, "http");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_what_is_wanted_is_refused_in_clear_words() {
    let server = Server::start(|config| config.limits.real_time_bytes_max = 4096).await;
    let form = server.post("/x12", FIRST, good(101).as_bytes()).await;
    refused(&form, 415, "application/edi-x12");
    let zipped = format!("{FIRST}{X12}Content-Encoding: gzip\r\n");
    refused(&server.post("/x12", &zipped, b"\x1f\x8b\x08").await, 415, "uncompressed");
    refused(&ask(&server, FIRST, &"x".repeat(5000)).await, 413, "4096");
    refused(&ask(&server, FIRST, "GET / HTTP/1.1").await, 400, "ISA");
    refused(&ask(&server, FIRST, "").await, 400, "ISA");
    // Longer than it says at first: in chunks.
    let chunk = format!("1000\r\n{}\r\n", "y".repeat(0x1000));
    let chunked = format!(
        "POST /x12 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{FIRST}{X12}\r\n{chunk}{chunk}0\r\n\r\n"
    );
    refused(&server.send(chunked).await, 413, "4096");
    refused(&server.get("/x12", FIRST).await, 405, "method");
    refused(&server.get("/etc/passwd", FIRST).await, 404, "nothing");
    assert_eq!(ask(&server, FIRST, &good(101)).await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_cut() {
    let server = Server::start(|config| {
        config.listeners[0].idle_timeout_ms = 400;
        config.listeners[0].frame_timeout_ms = 400;
        config.http.body_timeout_ms = 400;
    })
    .await;
    let begun = Instant::now();
    // Nothing, headers byte by byte, and a body that does not come.
    let mut silent = server.connect().await;
    assert!(read(&mut silent).await.is_none());
    let mut drip = server.connect().await;
    let dripping = async {
        for byte in b"POST /x12 HTTP/1.1\r\nHost: x\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" {
            if drip.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), dripping).await.unwrap();
    assert!(read(&mut drip).await.is_none());
    let mut request = posted("/x12", &format!("{FIRST}{X12}"), good(101).as_bytes());
    request.truncate(request.len() - 1);
    refused(&server.send(request).await, 408, "in time");
    assert!(begun.elapsed() < Duration::from_secs(10));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_and_too_often_is_told_with_the_time_to_wait() {
    let server = Server::start(|config| {
        config.http.requests_max = 1;
        config.http.requests_per_minute_max = 2;
        config.http.retry_after_seconds = 7;
    })
    .await;
    // A request whose body is awaited holds the only place.
    let mut held = server.connect().await;
    let mut request = posted("/x12", &format!("{FIRST}{X12}"), good(101).as_bytes());
    let last = request.pop().unwrap();
    held.write_all(&request).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let busy = ask(&server, SECOND, &good(102)).await;
    refused(&busy, 503, "too many");
    assert_eq!(busy.header("retry-after"), Some("7"));
    held.write_all(&[last]).await.unwrap();
    assert_eq!(read(&mut held).await.unwrap().status, 200);
    assert_eq!(ask(&server, FIRST, &good(102)).await.status, 200);
    let often = ask(&server, FIRST, &good(103)).await;
    refused(&often, 429, "too often");
    let wait: u32 = often.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    // Another partner's requests are its own.
    assert_eq!(ask(&server, SECOND, &good(104)).await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_over_the_limit_and_other_protocols_end_the_connection() {
    let server = Server::start(|config| config.http.header_bytes_max = 8192).await;
    let long = server.get("/health", &format!("X: {}\r\n", "y".repeat(20_000))).await;
    assert_eq!(long.status, 431);
    let many: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    assert_eq!(server.get("/health", &many).await.status, 431);
    assert_eq!(server.send(good(101)).await.status, 400);
    // HTTP/2 is not spoken.
    let mut second = server.connect().await;
    second.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    assert!(read(&mut second).await.is_none_or(|response| response.status >= 400));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_answered_at_the_end_is_answered() {
    let server = Server::start(|_| {}).await;
    let mut kept = server.connect().await;
    kept.write_all(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut chunk = [0; 4096];
    let count = kept.read(&mut chunk).await.unwrap();
    assert!(String::from_utf8_lossy(&chunk[..count]).contains("\"accepting\":true"));
    let mut open = server.connect().await;
    let mut request = posted("/x12", &format!("{FIRST}{X12}"), good(101).as_bytes());
    let last = request.pop().unwrap();
    open.write_all(&request).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.begin_to_stop();
    // A connection that waits is closed, one with a request is not.
    assert_eq!(kept.read(&mut chunk).await.unwrap_or(0), 0);
    open.write_all(&[last]).await.unwrap();
    assert_eq!(read(&mut open).await.unwrap().status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_health_readiness_and_numbers_without_a_value_that_came_in() {
    let server = Server::start(|_| {}).await;
    assert_eq!(ask(&server, FIRST, &good(101)).await.status, 200);
    assert_eq!(ask(&server, "", &good(102)).await.status, 401);
    assert_eq!(server.get("/nowhere-DOE", "").await.status, 404);
    let health = server.get("/health", "").await;
    assert_eq!((health.status, &health.json()["status"]), (200, &"ok".into()));
    let ready = server.get("/ready", "").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (200, &true.into()));
    let numbers = server.get("/metrics", "").await;
    assert_eq!(numbers.status, 200);
    for line in [
        "# TYPE x12gate_interchanges_total counter",
        "x12gate_http_requests_total{path=\"/x12\",status=\"200\"}",
        "x12gate_http_requests_total{path=\"/x12\",status=\"401\"}",
        "x12gate_http_requests_total{path=\"other\",status=\"404\"}",
        "partner=\"submitter1\"",
        "x12gate_http_request_seconds_bucket{path=\"/x12\",le=\"20\"}",
    ] {
        assert!(numbers.body.contains(line), "{line} in\n{}", numbers.body);
    }
    for value in ["DOE", "S12300000101", "SUBMITTER1"] {
        assert!(!numbers.body.contains(value), "{value} in\n{}", numbers.body);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_and_a_closed_store_are_not_ready() {
    let server = Server::start(|config| config.http.disk_free_mib_min = u64::MAX >> 20).await;
    let full = server.get("/ready", "").await;
    assert_eq!((full.status, &full.json()["disk"]), (503, &false.into()));
    server.gateway.stores().close().await;
    let closed = server.get("/ready", "").await;
    assert_eq!((closed.status, &closed.json()["store"]), (503, &false.into()));
    assert_eq!(server.get("/health", "").await.status, 200);
    server.stop().await;
}

/// Every path of the document is there, and no other; and what is not authenticated is what says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_openapi_document_is_what_the_server_does() {
    let server = Server::start(|_| {}).await;
    let document = server.get("/openapi.json", "").await.json();
    assert_eq!(document["info"]["title"], "x12gate");
    let paths = document["paths"].as_object().unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/transport/http/mod.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let routes: Vec<&str> =
        source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut documented: Vec<&str> = paths.keys().map(String::as_str).collect();
    let mut served = routes.clone();
    documented.sort_unstable();
    served.sort_unstable();
    assert_eq!(documented, served);
    for (path, methods) in paths {
        let real = path.replace("{payload_id}", "x");
        for (method, operation) in methods.as_object().unwrap() {
            let status = match method.as_str() {
                "get" => server.get(&real, "").await.status,
                "post" => {
                    server.post(&real, "Content-Type: application/json\r\n", b"{}").await.status
                }
                other => panic!("{other}"),
            };
            let known = operation["responses"].as_object().unwrap();
            assert!(known.contains_key(&status.to_string()), "{method} {path}: {status}");
            // A security of `{}` alone, or beside others, needs no credentials.
            let open = operation["security"]
                .as_array()
                .unwrap()
                .iter()
                .any(|s| *s == serde_json::json!({}));
            assert_eq!(open, status != 401, "{method} {path}: {status}");
            assert!(
                operation["description"].is_string() || operation["summary"].is_string(),
                "{path}"
            );
        }
        // Nothing else is done with it.
        assert_eq!(
            server
                .send(format!("DELETE {real} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .await
                .status,
            405
        );
    }
    server.stop().await;
}
