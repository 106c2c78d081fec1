//! What the sandbox payer answers, reply by reply: beside each request of `fixtures/demo/requests` lies what comes back, in
//! `fixtures/demo/replies`, so that a changed answer is a changed line in a review.
//!
//! A reply has the name of its request and its kind as the ending: `01-plain.271`, `22-cut-off.ta1`. Each request is
//! answered by a payer of its own on 5 January 2026, so that dates and control numbers stay and do not depend on the
//! other requests. One segment stands on a line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use x12gate::config::Config;
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::portal::claims::read_claim_replies;
use x12gate::portal::read_replies;
use x12gate::store::{Stores, demo};

use crate::golden;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo").join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The replies to one request by a payer that has answered nothing before, by their kind.
async fn replies(request: Vec<u8>, registry: Arc<Registry>) -> BTreeMap<&'static str, String> {
    let stores = Stores::in_memory().await.unwrap();
    let now = time::macros::datetime!(2026-01-05 09:31 UTC);
    demo::load(&stores, now.date()).await.unwrap();
    let at_micros = (now.unix_timestamp_nanos() / 1000) as i64;
    demo::load_claims(&stores, now.date(), at_micros).await.unwrap();
    let clock = Arc::new(FixedClock(now));
    let gateway = Gateway::open(stores, Config::default(), registry, clock).await.unwrap();
    let delivery = Delivery::operator(Bytes::from(request), Lane::RealTime, now);
    let (replies, _) = gateway.respond_to(&delivery).await.unwrap();
    let mut texts = BTreeMap::new();
    for reply in &replies.replies {
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        let text = text.replace('~', "~\n");
        assert_eq!(texts.insert(reply.kind.name, text), None, "one reply of each kind");
    }
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_the_demonstration_is_answered_as_before() {
    let registry = Arc::new(Registry::new());
    let mut expected = Vec::new();
    for request in files("requests") {
        let text = std::fs::read(&request).unwrap();
        let replies = replies(text, registry.clone()).await;
        assert!(!replies.is_empty(), "{} is answered", request.display());
        for (kind, text) in replies {
            let name = request.with_extension(kind);
            let path = request.parent().unwrap().with_file_name("replies");
            let path = path.join(name.file_name().unwrap());
            golden::compare(&path, &text);
            expected.push(path);
        }
    }
    assert_eq!(files("replies"), expected, "a reply for each request, and no other");
}

#[test]
fn the_replies_in_the_folder_can_be_read() {
    let replies = files("replies");
    assert!(replies.len() >= 22);
    for path in replies {
        let bytes = std::fs::read(&path).unwrap();
        let received = read_replies(&bytes);
        let is = |kind: &str| path.extension().is_some_and(|ending| ending == kind);
        let of_claims = read_claim_replies(&bytes);
        if is("277ca") || is("999") && received.rejection.is_none() {
            assert!(!of_claims.has_rejections(), "{}", path.display());
            assert_eq!(of_claims.claims.len(), usize::from(is("277ca")), "{}", path.display());
            continue;
        }
        let (eligibility, claims) = (usize::from(is("271")), usize::from(is("277")));
        assert_eq!(received.responses.len(), eligibility, "{}", path.display());
        assert_eq!(received.claims.len(), claims, "{}", path.display());
        assert_eq!(received.rejection.is_some(), eligibility + claims == 0, "{}", path.display());
    }
}
