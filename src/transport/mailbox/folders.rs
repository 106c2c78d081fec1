//! The folders of one partner: what it sends, what it is sent, and what nobody but the gateway looks into.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::Notify;

use super::whole::{Wholeness, wholeness};
use super::work::{About, WorkFolder, plain};
use crate::access::Credential;
use crate::gateway::{FileSpool, ReplyFiles};
use crate::transport::files::Outbox;

/// Names of accepted files that are remembered at once.
const ACCEPTED_MAX: usize = 10_000;

/// What the partner sees.
pub const INBOUND: &str = "inbound";
/// Where replies are for the partner.
pub const OUTBOUND: &str = "outbound";
/// Where reports are for the partner.
pub const REPORTS: &str = "reports";
const WORK: &str = "work";
/// What was not answered, each with the reason beside it.
pub(super) const QUARANTINE: &str = "quarantine";
const INCOMING: &str = "incoming";

/// What became of a file that was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It will be answered.
    Accepted,
    /// It is in quarantine, with the reason beside it and in the partner's reports.
    Quarantined(String),
}

/// A file that was accepted, as its sender still sees it for a while.
#[derive(Clone, Copy, Debug)]
pub struct AcceptedFile {
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was accepted, seconds since 1970 UTC.
    pub seconds: u32,
    seen_until: Instant,
}

/// The file that is being answered, and the replies of it that are in `outbound`.
#[derive(Debug, Default)]
pub(super) struct Current {
    pub(super) id: String,
    /// Position of each reply, by its file name.
    pub(super) delivered: HashMap<String, usize>,
}

/// The folders of one partner.
#[derive(Debug)]
pub struct Mailbox {
    partner: Arc<str>,
    root: PathBuf,
    transport: Arc<str>,
    work: WorkFolder,
    outbox: Outbox,
    /// Files that wait to be answered.
    queue: Mutex<VecDeque<String>>,
    waiting_max: usize,
    pub(super) wake: Notify,
    parts: AtomicU64,
    accepted: Mutex<HashMap<String, AcceptedFile>>,
    seen_for: Duration,
    current: Mutex<Option<Current>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mailbox {
    /// Makes the folders of a partner under `root` that are not there yet, and takes up what a process before us left.
    /// `transport` is what files are received by, for the log and the journal.
    ///
    /// # Errors
    ///
    /// When a folder cannot be made, read or locked.
    pub fn open(
        partner: &Arc<str>,
        root: &Path,
        transport: &Arc<str>,
        waiting_max: usize,
        seen_for: Duration,
    ) -> io::Result<Mailbox> {
        for folder in [INBOUND, OUTBOUND, REPORTS, WORK, QUARANTINE, INCOMING] {
            fs::create_dir_all(root.join(folder))?;
        }
        let outbox = Outbox::open(&root.join(OUTBOUND))?;
        for entry in fs::read_dir(root.join(INCOMING))? {
            // An upload whose connection ended with us.
            fs::remove_file(entry?.path())?;
        }
        let work = WorkFolder::new(root.join(WORK));
        let queue = Mutex::new(work.waiting()?.into());
        Ok(Mailbox {
            partner: partner.clone(),
            root: root.to_owned(),
            transport: transport.clone(),
            work,
            outbox,
            queue,
            waiting_max,
            wake: Notify::new(),
            parts: AtomicU64::new(0),
            accepted: Mutex::default(),
            seen_for,
            current: Mutex::default(),
        })
    }

    /// Whose it is.
    pub fn partner(&self) -> &Arc<str> {
        &self.partner
    }

    /// One of the folders that the partner sees.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn transport(&self) -> &Arc<str> {
        &self.transport
    }

    pub(super) fn work(&self) -> &WorkFolder {
        &self.work
    }

    pub(super) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// A file is being answered, or none.
    pub(super) fn set_current(&self, current: Option<Current>) {
        *held(&self.current) = current;
    }

    /// Puts a reply of the file that is being answered where the partner finds it.
    pub(super) fn deliver(
        &self,
        reply: &mut FileSpool,
        name: &str,
        position: usize,
    ) -> io::Result<PathBuf> {
        // Nobody picks it up before it is known whose reply it is.
        let mut current = held(&self.current);
        let path = self.outbox.deliver(reply, name)?;
        if let (Some(current), Some(name)) = (&mut *current, path.file_name()) {
            current.delivered.insert(name.to_string_lossy().into_owned(), position);
        }
        Ok(path)
    }

    /// A path for an upload that is not finished, which nobody else has.
    pub fn part(&self) -> PathBuf {
        let number = self.parts.fetch_add(1, Ordering::Relaxed);
        self.root.join(INCOMING).join(number.to_string())
    }

    /// True when no more files are taken until some are answered.
    pub fn is_full(&self) -> bool {
        held(&self.queue).len() >= self.waiting_max
    }

    /// The next file to be answered.
    pub(super) fn next(&self) -> Option<String> {
        held(&self.queue).pop_front()
    }

    /// Puts a file back that could not be answered.
    pub(super) fn again(&self, id: String) {
        held(&self.queue).push_front(id);
    }

    /// Takes a file over that its sender has finished. When this returns, the file is on the disk: in the work folder, or in
    /// quarantine.
    ///
    /// # Errors
    ///
    /// When it cannot be moved. It may be handed over again.
    pub fn take(
        &self,
        file: &Path,
        name: &str,
        user: &str,
        how: Credential,
        now: OffsetDateTime,
    ) -> io::Result<Taken> {
        let opened = File::open(file)?;
        opened.sync_all()?;
        let bytes = opened.metadata()?.len();
        let seconds = u32::try_from(now.unix_timestamp()).unwrap_or_default();
        let taken = match wholeness(file)? {
            Wholeness::Whole => {
                let about = About {
                    name: name.to_owned(),
                    user: user.to_owned(),
                    how,
                    received_micros: i64::try_from(now.unix_timestamp_nanos() / 1000).unwrap_or(0),
                };
                let id = self.work.take(file, &about)?;
                held(&self.queue).push_back(id);
                self.wake.notify_one();
                Taken::Accepted
            }
            other => {
                let why = other.to_string();
                self.quarantine(file, name, &why, now)?;
                Taken::Quarantined(why)
            }
        };
        self.remember(name, bytes, seconds);
        Ok(taken)
    }

    fn remember(&self, name: &str, bytes: u64, seconds: u32) {
        let now = Instant::now();
        let mut accepted = held(&self.accepted);
        accepted.retain(|_, file| now < file.seen_until);
        if accepted.len() < ACCEPTED_MAX {
            let seen_until = now + self.seen_for;
            accepted.insert(name.to_owned(), AcceptedFile { bytes, seconds, seen_until });
        }
    }

    /// A file of this name that was accepted a short while ago.
    pub fn accepted(&self, name: &str) -> Option<AcceptedFile> {
        let now = Instant::now();
        held(&self.accepted).get(name).copied().filter(|file| now < file.seen_until)
    }

    /// All files that were accepted a short while ago.
    pub fn all_accepted(&self) -> Vec<(String, AcceptedFile)> {
        let now = Instant::now();
        let accepted = held(&self.accepted);
        let seen = accepted.iter().filter(|(_, file)| now < file.seen_until);
        seen.map(|(name, file)| (name.clone(), *file)).collect()
    }

    /// Puts a file away that is not answered: the reason is written beside it, and into the partner's reports.
    ///
    /// # Errors
    ///
    /// When it cannot be moved, or the reason not written.
    pub fn quarantine(
        &self,
        file: &Path,
        name: &str,
        why: &str,
        now: OffsetDateTime,
    ) -> io::Result<()> {
        let micros = now.unix_timestamp_nanos() / 1000;
        let name = plain(name);
        let place = self.root.join(QUARANTINE).join(format!("{micros:020}-{name}"));
        let reason = format!("{name} was not answered: {why}.\n");
        let beside = place.with_file_name(format!("{micros:020}-{name}.reason"));
        let report = self.folder(REPORTS).join(format!("{name}.{micros}.rej"));
        // The words come first, so that a full disk leaves the file where it was, to be put away later.
        let moved = self
            .write_whole(&beside, reason.as_bytes())
            .and_then(|()| self.write_whole(&report, reason.as_bytes()))
            .and_then(|()| fs::rename(file, &place));
        if let Err(error) = moved {
            for words in [&beside, &report] {
                let _ = fs::remove_file(words);
            }
            return Err(error);
        }
        File::open(self.root.join(QUARANTINE))?.sync_all()?;
        tracing::warn!(partner = &*self.partner, file = %place.display(), why, "quarantined");
        Ok(())
    }

    /// Puts a file of ours into `outbound`, where no other is replaced by it, or into `reports`. It appears complete or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn put(&self, folder: &str, name: &str, text: &[u8]) -> io::Result<()> {
        if folder == OUTBOUND {
            let mut reply = self.outbox.reply()?;
            reply.write_all(text)?;
            reply.sync()?;
            self.outbox.deliver(&mut reply, name)?;
            return self.outbox.sync();
        }
        self.write_whole(&self.folder(folder).join(name), text)?;
        File::open(self.folder(folder))?.sync_all()
    }

    /// Writes a file that appears complete or not at all.
    fn write_whole(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        let part = self.part();
        let write = || {
            let mut file = File::create_new(&part)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&part, path)
        };
        write().inspect_err(|_| {
            let _ = fs::remove_file(&part);
        })
    }

    /// Removes a reply or report that the partner has picked up.
    ///
    /// # Errors
    ///
    /// When it is not there or cannot be removed.
    pub fn pick_up(&self, folder: &str, name: &str) -> io::Result<()> {
        let path = self.folder(folder).join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let current = held(&self.current);
        if let Some(current) = current.as_ref().filter(|_| folder == OUTBOUND)
            && let Some(position) = current.delivered.get(name)
        {
            self.work.pick(&current.id, *position)?;
        }
        fs::remove_file(path)?;
        tracing::info!(partner = &*self.partner, folder, name, "picked up");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*\
                         000000101*0*T*:~GS*HS*A*B~GE*0*1~IEA*0*000000101~";

    fn open(root: &Path) -> Mailbox {
        let seen = Duration::from_secs(60);
        Mailbox::open(&"clinic".into(), root, &"sftp".into(), 2, seen).unwrap()
    }

    fn send(mailbox: &Mailbox, name: &str, text: &str) -> Taken {
        let part = mailbox.part();
        fs::write(&part, text).unwrap();
        let now = OffsetDateTime::UNIX_EPOCH;
        mailbox.take(&part, name, "clinic", Credential::PublicKey, now).unwrap()
    }

    #[test]
    fn what_was_taken_is_there_for_the_next_process() {
        let root = tempfile::tempdir().unwrap();
        let mailbox = open(root.path());
        assert_eq!(send(&mailbox, "a.x12", WHOLE), Taken::Accepted);
        assert_eq!(mailbox.accepted("a.x12").unwrap().bytes, WHOLE.len() as u64);
        assert!(!mailbox.is_full());
        send(&mailbox, "b.x12", WHOLE);
        assert!(mailbox.is_full());
        fs::write(mailbox.part(), "half").unwrap();
        drop(mailbox);
        let mailbox = open(root.path());
        let first = mailbox.next().unwrap();
        assert_eq!(mailbox.work().about(&first).unwrap().name, "a.x12");
        assert!(mailbox.next().unwrap().ends_with("-b.x12") && mailbox.next().is_none());
        assert_eq!(fs::read_dir(root.path().join(INCOMING)).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_whole_is_put_away_with_the_reason() {
        let root = tempfile::tempdir().unwrap();
        let mailbox = open(root.path());
        let taken = send(&mailbox, "half.x12", &WHOLE[..120]);
        assert!(
            matches!(taken, Taken::Quarantined(why) if why.contains("does not end with an IEA"))
        );
        assert!(mailbox.next().is_none());
        let kept = root.path().join(QUARANTINE).join("00000000000000000000-half.x12");
        assert_eq!(fs::read_to_string(&kept).unwrap(), WHOLE[..120]);
        let reports: Vec<_> = fs::read_dir(root.path().join(REPORTS)).unwrap().collect();
        let report = fs::read_to_string(reports[0].as_ref().unwrap().path()).unwrap();
        assert!(report.starts_with("half.x12 was not answered: "), "{report}");
    }

    #[test]
    fn a_reply_that_is_picked_up_too_early_is_noted() {
        let root = tempfile::tempdir().unwrap();
        let mailbox = open(root.path());
        send(&mailbox, "a.x12", WHOLE);
        let id = mailbox.next().unwrap();
        mailbox.set_current(Some(Current { id: id.clone(), ..Current::default() }));
        let mut reply = mailbox.outbox().reply().unwrap();
        mailbox.deliver(&mut reply, "a.271", 0).unwrap();
        mailbox.pick_up(OUTBOUND, "a.271").unwrap();
        assert!(mailbox.work().picked(&id).unwrap().contains(&0));
        assert!(mailbox.pick_up(OUTBOUND, "a.271").is_err());
    }
}
