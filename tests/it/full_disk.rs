//! A disk that is full, under every transport of the real process: what comes is refused or waits, and once there is room again
//! everything is answered exactly once, without a restart.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::core_kill::{RESULTS, envelope};
use crate::kill::{Site, answered, ask, drop_in, put};
use crate::server::{Server, inquiry, names, wait_for};
use crate::web::{FIRST, Response};

const BATCH: &str = "X12_270_Request_005010X279A1";

/// Control numbers of each way begin here.
const TCP: u32 = 500_000;
const HTTP: u32 = 510_000;
const CORE: u32 = 520_000;
const SFTP: u32 = 530_000;
const DROP: u32 = 540_000;

fn post(server: &Server, control: u32) -> Response {
    let headers = format!("{FIRST}Content-Type: application/edi-x12\r\n");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let socket = tokio::net::TcpStream::connect(&server.http).await.unwrap();
        let request = crate::web::posted("/x12", &headers, inquiry(control).as_bytes());
        crate::web::exchange(socket, request).await
    })
}

fn submit(server: &Server, control: u32) -> bool {
    let answer =
        envelope(&server.http, BATCH, control, Some(&inquiry(control))).expect("an answer");
    let accepted = answer.contains("X12_BatchReceiptConfirmation");
    assert!(accepted || answer.contains("\r\n\r\nReceiver\r\n"), "{answer}");
    accepted
}

/// True for an answer; what says that there can be none now is no answer.
fn is_answer(text: &str, control: u32) -> bool {
    text.contains(&format!("TRN*2*TRACE{control}*"))
        && text.contains("~EB*")
        && !text.contains("~AAA*")
}

fn says_later(text: &str) -> bool {
    text.contains("~AAA*Y**42*R~") && !text.contains("~EB*")
}

/// Everything that was handed in as a file has left, and nothing was put away.
fn wait_until_done(own: &Path) {
    wait_for("everything to be answered", || {
        (names(&own.join("work")).is_empty() && names(&own.join("inbound")).is_empty())
            .then_some(())
    });
    for folder in ["quarantine", "incoming"] {
        assert!(names(&own.join(folder)).is_empty(), "{folder}: {:?}", names(&own.join(folder)));
    }
    let left: Vec<String> =
        names(&own.join("outbound")).into_iter().filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn a_full_disk(inline_bytes_max: u32) {
    let settings =
        format!("[drop]\nscan_ms = 20\n[archive]\ninline_bytes_max = {inline_bytes_max}\n");
    let site = Site::new(&settings);
    let mut args = site.args();
    args.extend(["--http", "127.0.0.1:0"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let server = Server::start_on_a_small_disk(site.folder.path(), &args);
    let (mailbox, dropped) =
        (site.path("store.db.mailboxes/submitter1"), site.path("drop/submitter1"));
    let first = ask(&server.tcp, TCP).expect("an answer");
    assert!(is_answer(&first, TCP), "{first}");
    assert_eq!(put(&site, server.sftp, SFTP..SFTP + 3), [SFTP, SFTP + 1, SFTP + 2]);

    // Some are accepted and perhaps not answered when the disk fills up.
    for control in 0..5 {
        assert!(submit(&server, CORE + control));
        drop_in(&dropped.join("inbound"), DROP + control);
    }
    server.fill_disk();
    drop_in(&dropped.join("inbound"), DROP + 5);
    // Told to ask again, or cut off without an answer: nothing was taken.
    if let Some(told) = ask(&server.tcp, TCP + 1) {
        assert!(says_later(&told), "{told}");
    }
    let told = post(&server, HTTP);
    match told.status {
        200 => assert!(says_later(&told.body), "{}", told.body),
        status => assert_eq!(status, 503, "{}", told.body),
    }
    assert!(!submit(&server, CORE + 5));
    assert!(put(&site, server.sftp, SFTP + 3..SFTP + 4).is_empty());
    // What was answered is answered again, from what is on the disk.
    assert_eq!(ask(&server.tcp, TCP).as_ref(), Some(&first));
    std::thread::sleep(Duration::from_secs(2));

    server.empty_disk();
    let again = ask(&server.tcp, TCP + 1).expect("an answer");
    assert!(is_answer(&again, TCP + 1), "{again}");
    let answer = post(&server, HTTP);
    assert!(answer.status == 200 && is_answer(&answer.body, HTTP), "{}", answer.body);
    assert!(submit(&server, CORE + 5));
    assert_eq!(put(&site, server.sftp, SFTP + 3..SFTP + 4), [SFTP + 3]);
    wait_until_done(&mailbox);
    wait_until_done(&dropped);
    for ending in [".271", ".999"] {
        let once = |controls: std::ops::Range<u32>| -> BTreeMap<u32, u32> {
            controls.map(|control| (control, 1)).collect()
        };
        assert_eq!(answered(&mailbox.join("outbound"), 's', ending), once(SFTP..SFTP + 4));
        assert_eq!(answered(&dropped.join("outbound"), 'd', ending), once(DROP..DROP + 6));
    }
    for control in CORE..CORE + 6 {
        let payload = wait_for("the result of a batch", || {
            let answer = envelope(&server.http, RESULTS, control, None)?;
            let (_, rest) = answer.split_once("name=\"Payload\"\r\n\r\n")?;
            Some(rest.split("\r\n--").next().unwrap().to_owned())
        });
        assert!(is_answer(&payload, control), "{payload}");
        assert_eq!(payload.matches("ST*271*").count(), 1, "{payload}");
    }
    assert_eq!(ask(&server.tcp, TCP), Some(first));
    server.stop();
}

#[test]
fn a_full_disk_loses_nothing_where_the_store_keeps_everything() {
    a_full_disk(65_536);
}

#[test]
fn a_full_disk_loses_nothing_where_the_archive_keeps_everything() {
    a_full_disk(0);
}
