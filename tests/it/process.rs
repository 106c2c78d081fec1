//! Whole files through the gateway and a store on the disk: what is written, under which names, and that giving a file again
//! neither loses nor doubles anything.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use x12gate::answer::eligibility::ANSWER_271;
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway, Outcome, ReplyKind};
use x12gate::guide::Registry;
use x12gate::store::{Access, StoreOptions, Stores, demo};
use x12gate::transport::files::{FileSummary, Input, files};

use crate::gateway::{bad_inquiry, good, group, inquiry, interchange};

/// A gateway over the sandbox payer, a folder for inputs and one for replies.
struct Bench {
    folder: TempDir,
    config: Config,
}

impl Bench {
    async fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreOptions::at(folder.path().join("x12gate.db"));
        let mut config = Config { store, ..Config::default() };
        config.archive.path = folder.path().join("archive");
        let bench = Bench { folder, config };
        let store = bench.store().await;
        demo::load(&store, time::macros::date!(2026 - 01 - 05)).await.unwrap();
        store.close().await;
        bench
    }

    async fn store(&self) -> Stores {
        Stores::open(&self.config.store, Access::Serve).await.unwrap()
    }

    fn input(&self, name: &str, text: &str) -> Input {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Input::File(path)
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Answers the inputs as a process of its own would: the store is opened and closed.
    async fn run(&self, inputs: &[Input]) -> Vec<FileSummary> {
        let store = self.store().await;
        let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
        let registry = Arc::new(Registry::new());
        let gateway =
            Gateway::open(store.clone(), self.config.clone(), registry, clock).await.unwrap();
        let gateway = Arc::new(gateway);
        let summaries = files(&gateway, inputs, &self.out(), &|_| {}).await.unwrap();
        store.close().await;
        for summary in &summaries {
            assert!(summary.failure.is_none(), "{:?}", summary.failure);
        }
        summaries
    }

    /// Every reply by its name.
    fn replies(&self) -> BTreeMap<String, String> {
        replies(&self.out())
    }
}

pub(crate) fn replies(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn names(replies: &BTreeMap<String, String>) -> Vec<&str> {
    replies.keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_named_after_their_questions() {
    let bench = Bench::new().await;
    let mixed = interchange(102, &[group(1, &[bad_inquiry("0001")])]);
    let broken = good(103).replace("IEA*1*", "IEA*9*");
    let text = format!("{}\n{mixed}\r\n{broken}", good(101).replace("*0*T*:~", "*1*T*:~"));
    let summaries = bench.run(&[bench.input("morning.edi", &text)]).await;
    let expected = [
        "morning.000000101.271",
        "morning.000000101.999",
        "morning.000000101.ta1",
        "morning.000000102.999",
        "morning.000000103.ta1",
    ];
    assert_eq!(names(&bench.replies()), expected);
    let outcomes: Vec<Outcome> = summaries[0].interchanges.iter().map(|i| i.outcome).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Rejected, Outcome::Refused]);
    let kinds: Vec<ReplyKind> =
        summaries[0].interchanges[0].replies.iter().map(|reply| reply.kind).collect();
    assert_eq!(kinds, [ReplyKind::TA1, ReplyKind::ACK_999, ANSWER_271]);
    let path = summaries[0].interchanges[2].replies[0].path.as_ref().unwrap();
    assert!(std::fs::read_to_string(path).unwrap().contains("*R*021~"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_given_again_changes_nothing() {
    let bench = Bench::new().await;
    let text =
        good(101) + &good(102).replace("GE*1*", "GE*5*") + &good(103).replace("IEA*1", "IEA*3");
    let input = [bench.input("a.edi", &text)];
    bench.run(&input).await;
    let first = bench.replies();
    let summaries = bench.run(&input).await;
    assert_eq!(bench.replies(), first);
    assert!(summaries[0].interchanges.iter().all(|i| i.outcome == Outcome::Replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_comes_back_from_the_store_or_the_archive() {
    for inline_bytes_max in [64 << 10, 0] {
        let mut bench = Bench::new().await;
        bench.config.archive.inline_bytes_max = inline_bytes_max;
        let input = [bench.input("a.edi", &good(101))];
        bench.run(&input).await;
        let first = bench.replies();
        std::fs::remove_dir_all(bench.out()).unwrap();
        bench.run(&input).await;
        assert_eq!(bench.replies(), first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_under_the_same_number_is_a_duplicate_and_overwrites_nothing() {
    let bench = Bench::new().await;
    bench.run(&[bench.input("a.edi", &good(101))]).await;
    let first = bench.replies();
    let other = good(101).replace("TRACE0001", "TRACE0002");
    let summaries = bench.run(&[bench.input("a.edi", &other)]).await;
    assert_eq!(summaries[0].interchanges[0].ta105, Some("025"));
    let replies = bench.replies();
    assert_eq!(names(&replies).len(), first.len() + 1);
    assert!(replies["a.000000101.ta1"].contains("*R*025~"));
    assert!(first.iter().all(|(name, text)| replies[name] == *text));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_name_do_not_overwrite_each_other() {
    let bench = Bench::new().await;
    std::fs::create_dir(bench.folder.path().join("b")).unwrap();
    let one = bench.input("a.edi", &good(101));
    let two = bench.input("b/a.edi", &good(101).replace("*0*T*:~", "*0*P*:~"));
    bench.run(&[one, two]).await;
    let expected = ["a.000000101.2.271", "a.000000101.2.999", "a.000000101.271", "a.000000101.999"];
    assert_eq!(names(&bench.replies()), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_interchange_is_counted_and_answers_nothing() {
    let bench = Bench::new().await;
    let inputs = [bench.input("a.txt", "hello, world"), bench.input("empty", "")];
    let summaries = bench.run(&inputs).await;
    assert_eq!(summaries[0].garbage_bytes, 12);
    assert!(summaries.iter().all(|summary| summary.interchanges.is_empty()));
    assert!(bench.replies().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_input_does_not_stop_the_others() {
    let bench = Bench::new().await;
    let store = bench.store().await;
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
    let registry = Arc::new(Registry::new());
    let gateway = Gateway::open(store, bench.config.clone(), registry, clock).await.unwrap();
    let inputs = [Input::File("/nonexistent/file".into()), bench.input("a.edi", &good(101))];
    let summaries = files(&Arc::new(gateway), &inputs, &bench.out(), &|_| {}).await.unwrap();
    assert!(summaries[0].failure.is_some());
    assert_eq!(names(&bench.replies()), ["a.000000101.271", "a.000000101.999"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sets_are_answered_in_their_order_whatever_the_bundles() {
    let sets: Vec<String> = (1..=500)
        .map(|n| match n % 7 {
            0 => bad_inquiry(&format!("{n:04}")),
            _ => inquiry(&format!("{n:04}")).replace("TRACE0001", &format!("TRACE{n:04}")),
        })
        .collect();
    let text = interchange(7, &[group(1, &sets[..200]), group(2, &sets[200..])]);
    let mut answers = HashSet::new();
    for (piece_bytes, threads) in [(1, 1), (5000, 3), (1 << 20, 2)] {
        let mut bench = Bench::new().await;
        bench.config.batch.piece_bytes = piece_bytes;
        bench.config.batch.threads = threads;
        let summaries = bench.run(&[bench.input("many.edi", &text)]).await;
        let summary = &summaries[0].interchanges[0];
        assert_eq!((summary.sets, summary.accepted), (500, 429));
        assert_eq!(summary.outcome, Outcome::Partial);
        let replies = bench.replies();
        let answer = &replies["many.000000007.271"];
        assert_eq!(answer.matches("~ST*271*").count(), 429);
        let traces: Vec<&str> =
            answer.split("TRN*2*TRACE").skip(1).map(|rest| &rest[..4]).collect();
        let expected: Vec<String> =
            (1..=500).filter(|n| n % 7 != 0).map(|n| format!("{n:04}")).collect();
        assert_eq!(traces, expected);
        let ack = &replies["many.000000007.999"];
        assert_eq!(ack.matches("~AK2*270*").count(), 500);
        assert!(ack.contains("~AK9*P*200*200*172~") && ack.contains("~AK9*P*300*300*257~"));
        answers.insert(answer.clone());
    }
    assert_eq!(answers.len(), 1, "the answer depends on how the work was cut");
}

/// Starts the built command on an input, as an operator would.
fn spawn(bench: &Bench, settings: &Path, input: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(["process", "--config"])
        .arg(settings)
        .arg("--output")
        .arg(bench.out())
        .arg(input)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until `seen` is true of the names in the reply folder, then kills the command. False when it had ended by then.
fn kill_when(child: &mut Child, folder: &Path, seen: impl Fn(&[String]) -> bool) -> bool {
    loop {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if seen(&names) {
            child.kill().unwrap();
            return !child.wait().unwrap().success();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_given_again_answers_everything_once() {
    const INTERCHANGES: u32 = 6;
    const SETS: usize = 300;
    let bench = Bench::new().await;
    let sets: Vec<String> = (1..=SETS).map(|n| inquiry(&format!("{n:04}"))).collect();
    let text: String = (1..=INTERCHANGES).map(|n| interchange(n, &[group(1, &sets)])).collect();
    let input = bench.folder.path().join("day.edi");
    std::fs::write(&input, text).unwrap();
    let settings = bench.folder.path().join("server.toml");
    // Large replies go to the archive, small ones to the store; both ways are taken.
    let lines =
        "[store]\npath = 'x12gate.db'\n[archive]\npath = 'archive'\ninline_bytes_max = 40000\n";
    std::fs::write(&settings, lines).unwrap();

    let is_part = |name: &String| name.starts_with(".part-");
    let answers = |names: &[String], least: usize| {
        names.iter().filter(|name| name.ends_with(".271")).count() >= least
    };
    let mut kills = 0;
    let mut child = spawn(&bench, &settings, &input);
    kills += u32::from(kill_when(&mut child, &bench.out(), |names| names.iter().any(is_part)));
    for least in 1..INTERCHANGES as usize {
        let mut child = spawn(&bench, &settings, &input);
        let seen = |names: &[String]| answers(names, least) && names.iter().any(is_part);
        kills += u32::from(kill_when(&mut child, &bench.out(), seen));
    }
    assert!(kills >= 2, "the command was too fast to be killed: {kills}");
    // The last reply may be lost after its commit and before its name: the ledger knows it.
    let _ = std::fs::remove_file(bench.out().join("day.000000001.271"));
    let ended = spawn(&bench, &settings, &input).wait().unwrap();
    assert!(ended.success(), "{ended}");

    let replies = bench.replies();
    let expected: Vec<String> = (1..=INTERCHANGES)
        .flat_map(|n| [format!("day.{n:09}.271"), format!("day.{n:09}.999")])
        .collect();
    assert_eq!(names(&replies), expected);
    let mut controls = HashSet::new();
    for (name, text) in &replies {
        assert!(controls.insert(text[90..99].to_owned()), "{name} has a number used before");
        assert!(text.ends_with(&format!("{}~", &text[90..99])), "{name} is not whole");
        let count = if name.ends_with("271") { "~ST*271*" } else { "~AK2*270*" };
        assert_eq!(text.matches(count).count(), SETS, "{name}");
    }
    // Control numbers of groups are their own too.
    let groups: Vec<&str> = replies
        .values()
        .flat_map(|text| text.split('~').filter(|segment| segment.starts_with("GS*")))
        .filter_map(|gs| gs.split('*').nth(6))
        .collect();
    assert_eq!(groups.iter().collect::<HashSet<_>>().len(), groups.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interchange_whose_control_number_is_none_gets_the_same_ta1_again() {
    let bench = Bench::new().await;
    let text = good(101).replace("000000101", "00000A101");
    let input = bench.input("odd.x12", &text);
    bench.run(std::slice::from_ref(&input)).await;
    let first = bench.replies();
    assert_eq!(names(&first), ["odd.00000A101.ta1"]);
    let again = bench.run(&[input]).await;
    assert_eq!(bench.replies(), first);
    assert_eq!(again[0].interchanges[0].outcome, Outcome::Replayed);
    assert_eq!(again[0].interchanges[0].earlier.as_deref(), Some("refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_says_what_became_of_it_first() {
    let bench = Bench::new().await;
    let rejected = interchange(102, &[group(1, &[bad_inquiry("0001")])]);
    let input = bench.input("in.x12", &format!("{}{rejected}", good(101)));
    bench.run(std::slice::from_ref(&input)).await;
    let again = bench.run(&[input]).await;
    let earlier: Vec<_> =
        again[0].interchanges.iter().map(|interchange| interchange.earlier.as_deref()).collect();
    assert_eq!(earlier, [Some("accepted"), Some("rejected")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_every_kind_get_their_replies() {
    let bench = Bench::new().await;
    let long = format!("{}.x12", "n".repeat(250));
    let inputs = [bench.input(&long, &good(101)), bench.input(".part-x.x12", &good(102))];
    bench.run(&inputs).await;
    let before = bench.replies();
    assert_eq!(before.len(), 4, "{:?}", names(&before));
    // What looks like the rest of a run that died is not taken for one.
    bench.run(&inputs).await;
    assert_eq!(bench.replies(), before);
}
