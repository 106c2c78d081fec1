//! A drop folder, for sites where something else delivers files: their own SSH server, a file transfer product, a mount.
//!
//! `DIR/PARTNER/inbound` is looked at every second or so. A file is taken once it did not change from one look to the next and
//! ends with the IEA that fits its ISA. It is taken by renaming it into `work`, which happens or does not, and is never read
//! where others can write to it. The one who sends is the partner whose folder it is.

use std::collections::HashMap;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::mailbox::{INBOUND, Mailbox, Mailboxes, Wholeness, wholeness};
use crate::access::Credential;
use crate::config::{Batch, DropFolder as Settings};
use crate::gateway::Service;

/// Files of one folder that are looked at in one scan.
const FILES_PER_SCAN_MAX: usize = 10_000;

/// A file as it was at a look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Look {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Look {
    fn at(metadata: &Metadata) -> Look {
        Look { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// What was seen of the files of one folder: each as it was, and since when it is so.
type Seen = HashMap<String, (Look, Instant)>;

/// Takes files from a drop folder.
#[derive(Debug)]
pub struct DropFolder {
    mailboxes: Arc<Mailboxes>,
    settings: Settings,
    seen: HashMap<Arc<str>, Seen>,
}

impl DropFolder {
    /// Over these mailboxes, which lie in the drop folder.
    pub fn new(mailboxes: Arc<Mailboxes>, settings: &Settings) -> DropFolder {
        DropFolder { mailboxes, settings: settings.clone(), seen: HashMap::new() }
    }

    /// Looks again and again until `stop` is cancelled.
    pub async fn serve(mut self, stop: CancellationToken) {
        let pause = Duration::from_millis(self.settings.scan_ms);
        tracing::info!(folder = %self.settings.folder.display(), "looking for files");
        while !stop.is_cancelled() {
            let scan = spawn_blocking(move || {
                self.scan(Instant::now());
                self
            });
            match scan.await {
                Ok(same) => self = same,
                Err(_) => return tracing::error!("the scan of the drop folder has failed"),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Looks at every partner's folder once.
    fn scan(&mut self, now: Instant) {
        let mailboxes = match self.mailboxes.open_all() {
            Ok(mailboxes) => mailboxes,
            Err(error) => return tracing::error!(%error, "the drop folder cannot be used"),
        };
        self.seen.retain(|partner, _| mailboxes.iter().any(|it| it.partner() == partner));
        for mailbox in mailboxes {
            let seen = self.seen.remove(mailbox.partner()).unwrap_or_default();
            let scan = Scan {
                mailbox: &mailbox,
                batch: &self.mailboxes.gateway().config().batch,
                incomplete: Duration::from_secs(self.settings.incomplete_minutes * 60),
                now,
                clock: Service::now(&**self.mailboxes.gateway()),
            };
            match scan.folder(&seen) {
                Ok(seen) => {
                    self.seen.insert(mailbox.partner().clone(), seen);
                }
                Err(error) => {
                    let partner = &**mailbox.partner();
                    tracing::error!(partner, %error, "a drop folder cannot be read");
                }
            }
        }
    }
}

/// One look at one partner's folder.
struct Scan<'s> {
    mailbox: &'s Mailbox,
    batch: &'s Batch,
    incomplete: Duration,
    now: Instant,
    clock: time::OffsetDateTime,
}

impl Scan<'_> {
    /// Gives what is there now, so that the next look can tell what has changed.
    fn folder(&self, seen: &Seen) -> io::Result<Seen> {
        let mut entries: Vec<DirEntry> = fs::read_dir(self.mailbox.folder(INBOUND))?
            .take(FILES_PER_SCAN_MAX)
            .collect::<io::Result<_>>()?;
        entries.sort_by_key(DirEntry::file_name);
        let mut there = Seen::new();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // Of the entry itself: a link is not followed.
            let Ok(metadata) = entry.metadata() else { continue };
            if !metadata.is_file() || self.batch.is_temporary(&name) {
                continue;
            }
            let look = Look::at(&metadata);
            let since = match seen.get(&name) {
                Some((before, since)) if *before == look => Some(*since),
                _ => None,
            };
            let taken = match since {
                Some(since) if !self.mailbox.is_full() => {
                    self.settled(&entry.path(), &name, self.now.duration_since(since))
                }
                _ => Ok(false),
            };
            match taken {
                Ok(true) => {}
                Ok(false) => {
                    there.insert(name, (look, since.unwrap_or(self.now)));
                }
                Err(error) => {
                    let partner = &**self.mailbox.partner();
                    tracing::error!(partner, name = name.escape_default().to_string(), %error, "a file could not be taken");
                    there.insert(name, (look, since.unwrap_or(self.now)));
                }
            }
        }
        Ok(there)
    }

    /// A file that did not change since the last look. True when it was taken away.
    fn settled(&self, path: &Path, name: &str, since: Duration) -> io::Result<bool> {
        match wholeness(path)? {
            Wholeness::Whole => {
                let partner = self.mailbox.partner();
                self.mailbox.take(path, name, partner, Credential::Folder, self.clock)?;
                tracing::info!(partner = &**partner, "received from the drop folder");
                Ok(true)
            }
            what @ (Wholeness::Empty | Wholeness::Incomplete) if since >= self.incomplete => {
                let minutes = self.incomplete.as_secs() / 60;
                let why = format!("{what}, and did not change for {minutes} minutes");
                self.mailbox.quarantine(path, name, &why, self.clock)?;
                Ok(true)
            }
            Wholeness::Empty | Wholeness::Incomplete => Ok(false),
            what @ Wholeness::NotX12 => {
                self.mailbox.quarantine(path, name, &what.to_string(), self.clock)?;
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*\
                         000000101*0*T*:~GS*HS*A*B~GE*0*1~IEA*0*000000101~";

    struct Folder {
        root: tempfile::TempDir,
        mailbox: Mailbox,
        batch: Batch,
        begun: Instant,
        seen: Seen,
    }

    impl Folder {
        fn new() -> Folder {
            let root = tempfile::tempdir().unwrap();
            let seen_for = Duration::from_secs(1);
            let mailbox =
                Mailbox::open(&"clinic".into(), root.path(), &"drop".into(), 2, seen_for).unwrap();
            let (batch, begun) = (Batch::default(), Instant::now());
            Folder { root, mailbox, batch, begun, seen: Seen::new() }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.mailbox.folder(INBOUND).join(name), text).unwrap();
        }

        /// Looks so many seconds after the beginning; gives what is still there.
        fn look(&mut self, seconds: u64) -> Vec<String> {
            let scan = Scan {
                mailbox: &self.mailbox,
                batch: &self.batch,
                incomplete: Duration::from_secs(600),
                now: self.begun + Duration::from_secs(seconds),
                clock: time::OffsetDateTime::UNIX_EPOCH,
            };
            self.seen = scan.folder(&self.seen).unwrap();
            self.list(INBOUND)
        }

        fn list(&self, folder: &str) -> Vec<String> {
            let entries = fs::read_dir(self.root.path().join(folder)).unwrap();
            let mut names: Vec<_> =
                entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_whole_file_is_taken_once_it_holds_still() {
        let mut folder = Folder::new();
        folder.write("a.x12", &WHOLE[..120]);
        folder.look(0);
        folder.write("a.x12", WHOLE);
        assert_eq!(folder.look(1), ["a.x12"], "it has just changed");
        assert!(folder.look(2).is_empty());
        assert_eq!(folder.list("work").len(), 2);
    }

    #[test]
    fn a_file_that_is_still_to_be_renamed_is_left_alone() {
        let mut folder = Folder::new();
        for name in [".a.x12", "a.x12.filepart", "a.x12.TMP"] {
            folder.write(name, WHOLE);
        }
        for seconds in [0, 1, 1000] {
            assert_eq!(folder.look(seconds).len(), 3);
        }
    }

    #[test]
    fn what_stays_incomplete_is_put_away_with_the_reason() {
        let mut folder = Folder::new();
        folder.write("half.x12", &WHOLE[..120]);
        folder.write("empty.x12", "");
        for seconds in [0, 1, 599] {
            assert_eq!(folder.look(seconds).len(), 2, "{seconds}");
        }
        assert!(folder.look(600).is_empty());
        let kept = folder.list("quarantine");
        assert_eq!(kept.len(), 4);
        let reason = folder.root.path().join("quarantine").join(&kept[3]);
        let reason = fs::read_to_string(reason).unwrap();
        assert!(reason.contains("did not change for 10 minutes"), "{reason}");
    }

    #[test]
    fn what_is_not_x12_is_put_away_at_once() {
        let mut folder = Folder::new();
        folder.write("photo.jpg", "\u{fffd}JFIF");
        folder.look(0);
        assert!(folder.look(1).is_empty());
        assert_eq!(folder.list("quarantine").len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_folders_are_not_followed() {
        let mut folder = Folder::new();
        let outside = folder.root.path().join("outside");
        fs::write(&outside, WHOLE).unwrap();
        let inbound = folder.mailbox.folder(INBOUND);
        std::os::unix::fs::symlink(&outside, inbound.join("link.x12")).unwrap();
        fs::create_dir(inbound.join("folder.x12")).unwrap();
        for seconds in [0, 1, 1000] {
            assert_eq!(folder.look(seconds), ["folder.x12", "link.x12"]);
        }
    }

    #[test]
    fn no_more_files_are_taken_than_may_wait() {
        let mut folder = Folder::new();
        for name in ["a.x12", "b.x12", "c.x12"] {
            folder.write(name, WHOLE);
        }
        folder.look(0);
        assert_eq!(folder.look(1), ["c.x12"]);
    }
}
