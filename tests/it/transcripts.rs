//! Conversations over TCP as text: `>` is sent, `<` comes back, a blank line begins the next exchange. Every exchange has a
//! connection of its own; all exchanges of a transcript talk to one gateway over the sandbox payer, on 5 January 2026.
//!
//! One segment stands on a line, and a line that is not X12 is sent as it is. What a 271 says between its ST and SE is
//! tested elsewhere, and left out here as `...`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway};
use x12gate::guide::Registry;
use x12gate::store::{Stores, demo};
use x12gate::transport::{self, Listener};

use crate::golden;

/// Plays a transcript and gives it back with what came in place of its `<` lines.
async fn play(text: &str) -> String {
    let store = Stores::in_memory().await.unwrap();
    demo::load(&store, time::macros::date!(2026 - 01 - 05)).await.unwrap();
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:31 UTC)));
    let registry = Arc::new(Registry::new());
    let mut config = Config::default();
    // One after the other, so that control numbers are given in the order of the questions.
    config.listeners[0].frames_in_flight_max = 1;
    config.listeners[0].address.set_port(0);
    let gateway = Gateway::open(store, config, registry, clock).await.unwrap();
    let gateway = Arc::new(gateway);
    let listener = Listener::bind(&gateway.config().listeners[0]).unwrap();
    let address = listener.address();
    let stop = CancellationToken::new();
    let server = {
        let (gateway, stop) = (gateway.clone(), stop.clone());
        tokio::spawn(async move {
            let limits = &gateway.config().limits;
            transport::serve(vec![listener], gateway.clone(), limits, stop).await;
        })
    };
    let mut played = String::new();
    let mut sent = String::new();
    for line in text.lines().chain([""]) {
        match line.strip_prefix("> ") {
            Some(segment) => sent.push_str(&segment.replace("\\n", "\n")),
            None if line.starts_with('<') => continue,
            None if !sent.is_empty() => {
                exchange(address, &std::mem::take(&mut sent), &mut played).await;
            }
            None => {}
        }
        played.push_str(line);
        played.push('\n');
    }
    played.pop();
    stop.cancel();
    server.await.unwrap();
    played
}

async fn exchange(address: SocketAddr, sent: &str, played: &mut String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let mut is_answer = false;
    for segment in reply.split_inclusive('~') {
        if is_answer && segment.starts_with("SE*") {
            played.push_str("< ...\n");
            is_answer = false;
        } else if !is_answer {
            played.push_str(&format!("< {segment}\n"));
            is_answer = segment.starts_with("ST*271*");
        }
    }
    if reply.is_empty() {
        played.push_str("< \n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transcript_plays_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        golden::compare(&path, &play(&text).await);
        count += 1;
    }
    assert!(count >= 4, "transcripts are missing");
}
