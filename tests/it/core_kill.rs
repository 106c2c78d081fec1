//! Batches over HTTP, with the real process killed at many points: what has a receipt is answered exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::server::{Server, inquiry};

/// How often the process is killed.
const KILLS: u64 = 10;

pub(crate) const RESULTS: &str = "X12_005010_Request_Batch_Results_271";

fn id(control: u32) -> String {
    format!("00000000-0000-4000-8000-{control:012}")
}

/// One envelope; gives the answer, or nothing when the connection is lost.
pub(crate) fn envelope(
    address: &str,
    payload_type: &str,
    control: u32,
    payload: Option<&str>,
) -> Option<String> {
    use sha1::Digest;
    let mut body = String::new();
    let mut part = |name: &str, value: &str| {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    };
    for (name, value) in [
        ("PayloadType", payload_type),
        ("ProcessingMode", "Batch"),
        ("PayloadID", &*id(control)),
        ("TimeStamp", "2026-01-05T09:30:00Z"),
        ("UserName", "submitter1"),
        ("Password", "sandbox"),
        ("SenderID", "SUBMITTER1"),
        ("ReceiverID", "PAYERGW"),
        ("CORERuleVersion", "2.2.0"),
    ] {
        part(name, value);
    }
    if let Some(payload) = payload {
        let sum = sha1::Sha1::digest(payload.as_bytes());
        part("PayloadLength", &payload.len().to_string());
        part("CheckSum", &sum.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        part("Payload", payload);
    }
    body.push_str("--b--\r\n");
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let length = body.len();
    let head = format!(
        "POST /core/mime HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    );
    socket.write_all((head + &body).as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    answer.contains("name=\"ErrorMessage\"").then_some(answer)
}

#[test]
fn a_batch_with_a_receipt_is_answered_exactly_once_however_often_the_process_dies() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let args = ["--demo", "--store", store.to_str().unwrap(), "--http", "127.0.0.1:0"];
    let next = AtomicU32::new(400_000);
    let mut receipts = BTreeSet::new();
    for round in 0..KILLS {
        let server = Server::start(folder.path(), &args);
        let (killed, address) = (AtomicBool::new(false), server.http.clone());
        std::thread::scope(|scope| {
            let submitting: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let mut accepted = Vec::new();
                        while !killed.load(Ordering::Relaxed) {
                            let control = next.fetch_add(1, Ordering::Relaxed);
                            let payload = inquiry(control);
                            let kind = "X12_270_Request_005010X279A1";
                            let answer = envelope(&address, kind, control, Some(&payload));
                            let Some(answer) = answer else { continue };
                            if answer.contains("X12_BatchReceiptConfirmation") {
                                accepted.push(control);
                            } else {
                                // So many wait that no more are taken.
                                assert!(answer.contains("come again"), "{answer}");
                            }
                        }
                        accepted
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(60 + 83 * round));
            server.kill();
            killed.store(true, Ordering::Relaxed);
            for thread in submitting {
                receipts.extend(thread.join().unwrap());
            }
        });
    }
    assert!(receipts.len() > 20, "{}", receipts.len());
    let server = Server::start(folder.path(), &args);
    let begun = Instant::now();
    let mut numbers = BTreeMap::new();
    for control in receipts {
        let payload = loop {
            let answer = envelope(&server.http, RESULTS, control, None).expect("an answer");
            if let Some((_, rest)) = answer.split_once("name=\"Payload\"\r\n\r\n") {
                break rest.split("\r\n--").next().unwrap().to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{control} is not answered");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(payload.contains(&format!("TRN*2*TRACE{control}*")), "{payload}");
        assert_eq!(payload.matches("ST*271*").count(), 1, "{payload}");
        // A number of ours that was given twice would be two answers.
        let own = payload[90..99].to_owned();
        assert_eq!(numbers.insert(own, control), None);
    }
    server.stop();
}
