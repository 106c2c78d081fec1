//! Whole files: replies are written to a folder, each an interchange of its own.
//!
//! # Names
//!
//! A reply is named `{stem}.{control}.{kind}`: the name of the input without its extension, ISA13 of the interchange it
//! answers, and `ta1`, `999` or `271`. So `morning.edi` with interchange 000000101 gives `morning.000000101.999` and
//! `morning.000000101.271`. Settings may choose another form. A name that is taken by another file gets a counter
//! (`morning.000000101.2.271`); nothing is ever overwritten.
//!
//! # Crashes
//!
//! An interchange is answered when its row is committed. A run that dies before leaves nothing but `.part-*` files, which
//! the next run removes; one that dies after leaves a row, from which the next run writes the same replies again. So a file
//! can be processed again as often as needed: it is answered once, and no control number of ours is used twice.

mod outbox;
mod whole_file;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;

pub(super) use self::outbox::Outbox;
pub use self::whole_file::WholeFile;
use crate::gateway::{
    ByteSource, FileSpool, Gateway, InterchangeSummary, Lane, Origin, ReplyKind, Service,
    ServiceError, StreamSink,
};

/// Where an input comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, which is read as it comes.
    Stdin,
}

impl Input {
    /// The first part of the names of its replies.
    fn stem(&self) -> String {
        let stem = match self {
            Input::File(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            Input::Stdin => None,
        };
        stem.unwrap_or_else(|| "stdin".to_owned())
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => path.display().fmt(f),
            Input::Stdin => f.write_str("-"),
        }
    }
}

/// The progress of a run.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    /// The current input.
    pub input: &'p Input,
    /// Bytes of it that are answered.
    pub done: u64,
    /// Its length, where that is known.
    pub total: Option<u64>,
}

/// The result of an input.
#[derive(Debug)]
pub struct FileSummary {
    /// The input.
    pub input: Input,
    /// The results of its interchanges, in order, up to the failure if there was one.
    pub interchanges: Vec<InterchangeSummary>,
    /// Bytes outside any interchange that are not blank.
    pub garbage_bytes: u64,
    /// Why it was not read to its end. What was answered before stays answered; giving the file again answers the rest.
    pub failure: Option<ServiceError>,
}

/// Answers files one after the other and writes the replies to `folder`. Fails only when that folder cannot be used; a
/// failure of one input is in its summary. Must be called on a multi-threaded runtime.
///
/// # Errors
///
/// When the folder cannot be used.
pub async fn files(
    gateway: &Arc<Gateway>,
    inputs: &[Input],
    folder: &Path,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<Vec<FileSummary>, ServiceError> {
    let outbox = Outbox::open(folder)?;
    let mut summaries = Vec::with_capacity(inputs.len());
    for input in inputs {
        let mut summary = FileSummary {
            input: input.clone(),
            interchanges: Vec::new(),
            garbage_bytes: 0,
            failure: None,
        };
        let answered = file(gateway, &outbox, &mut summary, progress).await;
        summary.failure = answered.and_then(|()| Ok(outbox.sync()?)).err();
        if let Some(failure) = &summary.failure {
            failure.log("an input could not be read completely");
        }
        summaries.push(summary);
    }
    Ok(summaries)
}

/// Puts a finished reply where it belongs, under this name.
pub(super) type Deliver<'d> =
    dyn FnMut(&mut FileSpool, &str) -> io::Result<Option<PathBuf>> + Send + 'd;

/// Names replies and hands them over, and tracks the progress of the input.
struct Named<'f> {
    deliver: &'f mut Deliver<'f>,
    names: ReplyNames<'f>,
    summary: &'f mut FileSummary,
    total: Option<u64>,
    progress: &'f (dyn Fn(Progress<'_>) + Send + Sync),
}

impl StreamSink for Named<'_> {
    fn reply(
        &mut self,
        question: &str,
        kind: ReplyKind,
        reply: &mut FileSpool,
    ) -> io::Result<Option<PathBuf>> {
        let name = self.names.name(question, kind);
        (self.deliver)(reply, &name)
    }

    fn interchange(&mut self, summary: InterchangeSummary) {
        self.summary.interchanges.push(summary);
    }

    fn garbage(&mut self, bytes: usize) {
        self.summary.garbage_bytes += bytes as u64;
    }

    fn reached(&mut self, offset: u64) {
        let (input, total) = (&self.summary.input, self.total);
        (self.progress)(Progress { input, done: offset, total });
    }
}

/// Answers an input for the operator.
async fn file(
    gateway: &Arc<Gateway>,
    outbox: &Outbox,
    summary: &mut FileSummary,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<(), ServiceError> {
    let origin = Origin::operator(Lane::Batch, Service::now(&**gateway));
    let stem = summary.input.stem();
    let template = &gateway.config().batch.reply_name;
    let names = ReplyNames { template, stem: &stem, received: origin.received };
    let mut deliver = |reply: &mut FileSpool, name: &str| outbox.deliver(reply, name).map(Some);
    answer(gateway, &origin, outbox, names, summary, &mut deliver, progress).await
}

/// Answers an input. Its replies grow in `outbox` and are handed to `deliver` in order, each once its interchange is recorded.
pub(super) async fn answer(
    gateway: &Arc<Gateway>,
    origin: &Origin,
    outbox: &Outbox,
    names: ReplyNames<'_>,
    summary: &mut FileSummary,
    deliver: &mut Deliver<'_>,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<(), ServiceError> {
    let (source, total): (Box<dyn io::Read + Send>, _) = match &summary.input {
        Input::File(path) => {
            let file = WholeFile::open(path)?;
            let total = file.length();
            (Box::new(file), Some(total))
        }
        Input::Stdin => (Box::new(io::stdin()), None),
    };
    let source = ByteSource::Reader(source);
    let mut deliver = |reply: &mut FileSpool, name: &str| deliver(reply, name);
    let mut sink = Named { deliver: &mut deliver, names, summary, total, progress };
    gateway.answer_stream(origin, source, outbox, &mut sink).await
}

/// How the replies to one input are named.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplyNames<'n> {
    /// Their form.
    pub(super) template: &'n str,
    /// `{stem}`: the name of the input without its extension.
    pub(super) stem: &'n str,
    /// `{date}` and `{time}`: when the input was received, in UTC.
    pub(super) received: OffsetDateTime,
}

impl ReplyNames<'_> {
    /// The name of a reply. Text from the message is sanitized first.
    fn name(&self, control: &str, kind: ReplyKind) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let control: String = control.chars().map(plain).collect();
        let (date, time) = (self.received.date(), self.received.time());
        let date = format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day());
        let time = format!("{:02}{:02}{:02}", time.hour(), time.minute(), time.second());
        // The stem comes last: what it holds is not filled in.
        let named = self
            .template
            .replace("{control}", &control)
            .replace("{kind}", kind.name)
            .replace("{date}", &date)
            .replace("{time}", &time);
        let stems = named.matches("{stem}").count();
        let room = (NAME_BYTES_MAX + "{stem}".len() * stems).saturating_sub(named.len());
        named.replace("{stem}", shortened(self.stem, room / stems.max(1)))
    }
}

/// Longest name of a reply; a file system takes 255 bytes, and a counter may come into it.
const NAME_BYTES_MAX: usize = 240;

/// The front of a text in at most so many bytes, of whole characters.
fn shortened(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_named_after_its_question() {
        let stem = Input::File("in/morning.batch.edi".into()).stem();
        let received = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(3661);
        let named = |template: &str, stem: &str, control: &str, kind| {
            ReplyNames { template, stem, received }.name(control, kind)
        };
        let name = named(
            "{stem}.{control}.{kind}",
            &stem,
            "000000101",
            crate::answer::eligibility::ANSWER_271,
        );
        assert_eq!(name, "morning.batch.000000101.271");
        assert_eq!(named("{control}.{kind}", "x", "../1", ReplyKind::TA1), "___1.ta1");
        let dated = named("{stem}.{date}.{time}.{control}.{kind}", "{kind}", "1", ReplyKind::TA1);
        assert_eq!(dated, "{kind}.19700101.010101.1.ta1");
        let long = named("{stem}.{control}.{kind}", &"\u{e9}".repeat(126), "1", ReplyKind::TA1);
        assert!(long.len() <= NAME_BYTES_MAX && long.ends_with("\u{e9}.1.ta1"), "{long}");
    }
}
