//! The entry for inputs of any length, with a transport of the test's own: nothing is written to a folder.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use x12gate::gateway::{
    ByteSource, Caller, Credential, FileSpool, InterchangeSummary, Lane, Origin, Outcome,
    ReplyFiles, ReplyKind, StreamSink,
};
use x12gate::store::PartnerRow;

use crate::gateway::{good, operator, over};
use crate::notebook::Notebook;

/// Replies grow in memory.
#[derive(Debug)]
struct InMemory;

impl ReplyFiles for InMemory {
    fn reply(&self) -> io::Result<FileSpool> {
        Ok(FileSpool::in_memory())
    }

    fn scratch(&self) -> FileSpool {
        FileSpool::in_memory()
    }
}

/// What was given to the sink, in order.
#[derive(Default)]
struct Collected {
    replies: Vec<(String, &'static str, Vec<u8>)>,
    summaries: Vec<InterchangeSummary>,
    garbage_bytes: usize,
    reached: u64,
}

impl StreamSink for Collected {
    fn reply(
        &mut self,
        question: &str,
        kind: ReplyKind,
        reply: &mut FileSpool,
    ) -> io::Result<Option<PathBuf>> {
        self.replies.push((question.to_owned(), kind.name, reply.to_vec()?));
        Ok(None)
    }

    fn interchange(&mut self, summary: InterchangeSummary) {
        self.summaries.push(summary);
    }

    fn garbage(&mut self, bytes: usize) {
        self.garbage_bytes += bytes;
    }

    fn reached(&mut self, offset: u64) {
        self.reached = offset;
    }
}

fn origin(partner: &str) -> Origin {
    let mut origin = operator("", Lane::Batch).origin;
    let how = Credential::PublicKey;
    origin.caller = Caller::partner_itself(partner, how);
    origin.transport = "sftp".into();
    origin
}

fn partners() -> Notebook {
    let row = |id: &str, isa: &str| PartnerRow {
        id: id.into(),
        profile: format!("isa = [{{ qualifier = 'ZZ', id = '{isa}' }}]"),
    };
    Notebook::with_partners(vec![row("clinic", "SUBMITTER1"), row("other", "OTHER")])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_answered_interchange_by_interchange_and_replayed_when_it_comes_again() {
    let observed = over(partners(), |_| {}).await;
    let gateway = Arc::new(observed.into_gateway());
    let text = format!("junk\n{}\n{}\n", good(201), good(202));
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut sink = Collected::default();
        let source = ByteSource::Reader(Box::new(io::Cursor::new(text.clone().into_bytes())));
        gateway.answer_stream(&origin("clinic"), source, &InMemory, &mut sink).await.unwrap();
        assert!(sink.garbage_bytes >= 4 && sink.reached > 0);
        runs.push(sink);
    }
    let heads: Vec<_> = runs[0].replies.iter().map(|(q, kind, _)| (q.as_str(), *kind)).collect();
    let both = |n| [(n, "999"), (n, "271")];
    assert_eq!(heads, [both("000000201"), both("000000202")].concat());
    assert_eq!(runs[0].replies, runs[1].replies);
    let summary = &runs[0].summaries[0];
    assert_eq!((&*summary.transport, &*summary.partner), ("sftp", "clinic"));
    assert_eq!(summary.outcome, Outcome::Accepted);
    assert!(runs[1].summaries.iter().all(|summary| summary.outcome == Outcome::Replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_the_name_of_another_is_refused_and_nothing_is_looked_up() {
    let observed = over(partners(), |_| {}).await;
    let store = observed.shared_store();
    let gateway = Arc::new(observed.into_gateway());
    let mut sink = Collected::default();
    let source = ByteSource::Whole(good(203).into());
    gateway.answer_stream(&origin("other"), source, &InMemory, &mut sink).await.unwrap();
    let [(_, "ta1", ta1)] = &sink.replies[..] else { panic!("{:?}", sink.summaries) };
    assert!(String::from_utf8_lossy(ta1).contains("*R*006~"));
    assert_eq!(store.lookups.load(Ordering::SeqCst), 0);
}
