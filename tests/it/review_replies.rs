//! What the sandbox payer answers to each 278 of `fixtures/demo/reviews`: beside it, in `fixtures/demo/review-replies`, lies what
//! comes back, so that a changed answer is a changed line in a review.
//!
//! Each file is answered by a payer of its own on 5 January 2026, whose numbers begin with 1. Where a file is about an earlier
//! review (`AUTH00000001`, `RCPT00000001`), that one is asked for first.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use x12gate::config::Config;
use x12gate::finding::{Policy, Severity};
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{Stores, demo};

use crate::golden;

const FARAWAY: &str = "NM1*SJ*1*FARAWAY*FRITZ****XX*1000000061";
const DERM: &str = "NM1*SJ*1*DERM*DORA****XX*1000000053";
const ROE: &str = "NM1*1P*1*ROE*RICHARD****XX*1245319599";
const POE: &str = "NM1*1P*1*POE*PAULA****XX*1000000012";

/// A review that a file builds on: the file it is made from, and what is changed in it.
type Base = (&'static str, &'static [(&'static str, &'static str)]);

/// The earlier review of a file, by the number the file begins with.
fn base(number: &str) -> Option<Base> {
    Some(match number {
        "27" => (
            "27-extension",
            &[
                ("UM*AR*4*2*21:B", "UM*AR*I*2*21:B**03"),
                ("DTP*435*D8*20260102", "DTP*435*D8*20251230"),
            ],
        ),
        "28" => ("28-change", &[("UM*SC*S*3", "UM*SC*I*3")]),
        "29" | "41" | "43" | "44" | "47" | "48" | "49" => ("01-specialty-referral", &[]),
        "30" => ("12-several-services", &[("UM*HS*I*62*22:B", "UM*HS*I*1*22:B")]),
        "31" => ("01-specialty-referral", &[(DERM, FARAWAY)]),
        "32" => ("32-appeal-immediate", &[("UM*AR*1*2*21:B**U", "UM*AR*I*2*21:B**03")]),
        "33" | "34" => ("01-specialty-referral", &[(ROE, POE)]),
        "35" => (
            "35-renewal",
            &[("UM*SC*R*AE", "UM*SC*I*AE"), ("20260112-20260331", "20251001-20260110")],
        ),
        "42" => ("17-admission", &[]),
        "45" => ("12-several-services", &[]),
        "46" => ("08-dependent-referral", &[]),
        "52" | "53" | "54" => ("51-notice-of-admission", &[]),
        _ => return None,
    })
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo").join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder(name)) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The request for an earlier review: under numbers of its own, and without a number of ours.
fn earlier((file, changes): Base) -> String {
    let path = folder("reviews").join(file).with_extension("x12");
    let mut text = std::fs::read_to_string(&path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{file} has {from}");
        text = text.replace(from, to);
    }
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("REF*BB*AUTH") && !line.starts_with("REF*NT*RCPT"))
        .collect();
    let place = |tag: &str| kept.iter().position(|line| line.starts_with(tag)).unwrap();
    let count = place("SE*") - place("ST*") + 1;
    let mut lines: Vec<String> = kept.iter().map(|line| (*line).to_owned()).collect();
    lines[place("SE*")] = format!("SE*{count}*0001~");
    for line in &mut lines {
        for begin in ["RV00", "NT00"] {
            *line = line.replace(begin, "BASE");
        }
    }
    let text = lines.join("\n") + "\n";
    text.replace("*000000", "*000009")
}

/// What is wrong with a text.
fn errors(text: &[u8]) -> Vec<String> {
    let found = x12gate::check::findings(text, Registry::embedded(), &Policy::default());
    let errors = found.iter().filter(|found| found.finding.severity == Severity::Error);
    errors.map(|found| format!("{:?}", found.finding)).collect()
}

async fn answer(gateway: &Gateway, text: String) -> String {
    let now = time::macros::datetime!(2026-01-05 09:31 UTC);
    let delivery = Delivery::operator(Bytes::from(text), Lane::RealTime, now);
    let (replies, _) = gateway.respond_to(&delivery).await.unwrap();
    let [reply] = &replies.replies[..] else { panic!("one reply, not {:?}", replies.replies) };
    assert_eq!(reply.kind.name, "278");
    assert_eq!(errors(&reply.body), [""; 0]);
    String::from_utf8(reply.body.to_vec()).unwrap().replace('~', "~\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_review_of_the_demonstration_is_answered_as_before() {
    let registry = Arc::new(Registry::new());
    let mut expected = Vec::new();
    for file in files("reviews") {
        let stores = Stores::in_memory().await.unwrap();
        demo::load(&stores, time::macros::date!(2026 - 01 - 05)).await.unwrap();
        let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:31 UTC)));
        let mut config = Config::default();
        config.reviews.number = "AUTH{sequence}".to_owned();
        config.reviews.receipt = "RCPT{sequence}".to_owned();
        let gateway = Gateway::open(stores, config, registry.clone(), clock).await.unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        if let Some(base) = base(&name[..2]) {
            let first = answer(&gateway, earlier(base)).await;
            for number in ["AUTH00000001", "RCPT00000001"] {
                assert!(!text.contains(number) || first.contains(number), "{name}: {first}");
            }
        }
        let path = folder("review-replies").join(name).with_extension("278");
        golden::compare(&path, &answer(&gateway, text).await);
        expected.push(path);
    }
    assert!(expected.len() >= 60);
    assert_eq!(files("review-replies"), expected, "a reply for each file, and no other");
}
