//! The drop folder, as another program fills it.

use std::fs;

use crate::server::{Server, inquiry, names, replies, wait_for};

#[test]
fn a_file_that_is_dropped_is_answered_for_the_partner_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("server.toml"), "[drop]\nscan_ms = 50\n").unwrap();
    let (config, store, drop) = (path("server.toml"), path("store.db"), path("drop"));
    let args = ["--demo", "--config", &config, "--store", &store, "--drop", &drop];
    let server = Server::start(folder.path(), &args);
    let own = folder.path().join("drop/submitter1");
    // The folders of every partner are there.
    assert!(own.join("inbound").is_dir() && folder.path().join("drop/submitter3/reports").is_dir());
    fs::write(own.join("inbound/.a.x12"), inquiry(21)).unwrap();
    fs::rename(own.join("inbound/.a.x12"), own.join("inbound/a.x12")).unwrap();
    let found = wait_for("the replies", || {
        Some(replies(&own.join("outbound"))).filter(|replies| replies.len() == 2)
    });
    assert_eq!(found[0].0, "a.000000021.271");
    assert!(found[0].1.contains("TRN*2*TRACE21"), "{}", found[0].1);
    // Another partner may not send under the ids of the first.
    let other = folder.path().join("drop/submitter2");
    fs::write(other.join("inbound/b.x12"), inquiry(22)).unwrap();
    let found = wait_for("the refusal", || replies(&other.join("outbound")).pop());
    assert_eq!(found.0, "b.000000022.ta1");
    assert!(found.1.contains("*R*006~"), "{}", found.1);
    fs::write(other.join("inbound/photo.jpg"), "no interchange").unwrap();
    wait_for("the quarantine", || (names(&other.join("quarantine")).len() == 2).then_some(()));
    server.stop();
}
