//! Questions over plain HTTP, with the real process killed at many points: what was answered is answered alike ever after, and what
//! was not is answered once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::server::{Server, inquiry};
use crate::web::FIRST;

/// How often the process is killed.
const KILLS: u64 = 10;

/// One `POST /x12`; gives the answer, or nothing when the connection is lost before it is whole.
fn ask(address: &str, control: u32) -> Option<String> {
    let body = inquiry(control);
    let length = body.len();
    let head = format!(
        "POST /x12 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{FIRST}\
         Content-Type: application/edi-x12\r\n\r\n"
    );
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    socket.write_all((head + &body).as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let is_whole = body.contains("IEA*") && body.ends_with('~');
    (head.starts_with("HTTP/1.1 200 ") && is_whole).then(|| body.to_owned())
}

#[test]
fn a_question_is_answered_once_however_often_the_process_dies() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    // A fast machine asks more often in a minute than is taken by default.
    let settings = folder.path().join("server.toml");
    std::fs::write(&settings, "[http]\nrequests_per_minute_max = 0\n").unwrap();
    let (store, settings) = (store.to_str().unwrap(), settings.to_str().unwrap());
    let args = ["--demo", "--store", store, "--http", "127.0.0.1:0", "--config", settings];
    let next = AtomicU32::new(500_000);
    let mut answered = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for round in 0..KILLS {
        let server = Server::start(folder.path(), &args);
        let (killed, address) = (AtomicBool::new(false), server.http.clone());
        std::thread::scope(|scope| {
            let asking: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut said = Vec::new();
                        while !killed.load(Ordering::Relaxed) {
                            let control = next.fetch_add(1, Ordering::Relaxed);
                            said.push((control, ask(&address, control)));
                        }
                        said
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(60 + 67 * round));
            server.kill();
            killed.store(true, Ordering::Relaxed);
            for (control, answer) in asking.into_iter().flat_map(|it| it.join().unwrap()) {
                asked.insert(control);
                if let Some(answer) = answer {
                    answered.insert(control, answer);
                }
            }
        });
    }
    assert!(answered.len() > 20 && answered.len() < asked.len(), "{}", answered.len());
    let server = Server::start(folder.path(), &args);
    let mut numbers = BTreeMap::new();
    for control in asked {
        let answer = ask(&server.http, control).expect("an answer");
        assert!(answer.contains(&format!("TRN*2*TRACE{control}*")), "{answer}");
        assert_eq!(answer.matches("ST*271*").count(), 1, "{answer}");
        if let Some(before) = answered.get(&control) {
            assert_eq!(&answer, before, "{control} was answered otherwise before");
        }
        // A number of ours that was given twice would be two answers.
        let own = answer[90..99].to_owned();
        assert_eq!(numbers.insert(own, control), None);
    }
    server.stop();
}
