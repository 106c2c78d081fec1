//! Files that were taken and are not answered yet: their names in the work folder, and what is kept beside each.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::access::{Caller, Credential};

/// The longest file name that is taken, in characters.
pub const NAME_CHARS_MAX: usize = 128;

/// Ending of the description beside a file.
const ABOUT: &str = ".about";

/// Ending of the list of replies that were picked up while the rest of the file was being answered.
const PICKED: &str = ".picked";

/// What is known of a file besides its bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// Its name, as its sender gave it.
    pub(super) name: String,
    /// The login that sent it.
    pub(super) user: String,
    /// How the login was recognised.
    pub(super) how: Credential,
    /// When it was received, microseconds since 1970 UTC.
    pub(super) received_micros: i64,
}

impl About {
    pub(super) fn caller(&self, partner: &Arc<str>) -> Caller {
        Caller::Authenticated {
            partner: partner.clone(),
            user: self.user.as_str().into(),
            how: self.how,
        }
    }

    pub(super) fn received(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.received_micros) * 1000).ok()
    }
}

/// The folder of files that wait to be answered.
#[derive(Clone, Debug)]
pub(super) struct WorkFolder(PathBuf);

impl WorkFolder {
    pub(super) fn new(folder: PathBuf) -> WorkFolder {
        WorkFolder(folder)
    }

    /// Moves a file that is on the disk in here. Once this returns it is not lost, whatever happens.
    pub(super) fn take(&self, file: &Path, about: &About) -> io::Result<String> {
        let stem = format!("{:020}-{}", about.received_micros.max(0), plain(&about.name));
        let text = serde_json::to_string(about).map_err(io::Error::other)?;
        for counter in 1..u32::MAX {
            let id = if counter == 1 { stem.clone() } else { format!("{stem}.{counter}") };
            // The description comes first: a file in here always has one.
            let mut beside = match File::create_new(self.beside(&id, ABOUT)) {
                Ok(beside) => beside,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let moved = beside
                .write_all(text.as_bytes())
                .and_then(|()| beside.sync_all())
                .and_then(|()| fs::rename(file, self.path(&id)))
                .and_then(|()| File::open(&self.0)?.sync_all());
            if let Err(error) = moved {
                let _ = fs::remove_file(self.beside(&id, ABOUT));
                return Err(error);
            }
            return Ok(id);
        }
        Err(io::Error::other("there is no free name in the work folder"))
    }

    /// The files in here, oldest first. Descriptions without a file are what a process that died left: they are removed.
    pub(super) fn waiting(&self) -> io::Result<Vec<String>> {
        let mut names = HashSet::new();
        for entry in fs::read_dir(&self.0)? {
            names.extend(entry?.file_name().into_string());
        }
        let mut found = Vec::new();
        for name in &names {
            match name.strip_suffix(ABOUT).or(name.strip_suffix(PICKED)) {
                Some(of) if names.contains(of) => {}
                Some(_) => fs::remove_file(self.path(name))?,
                None => found.push(name.clone()),
            }
        }
        found.sort();
        Ok(found)
    }

    /// Where a file is.
    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.0.join(id)
    }

    fn beside(&self, id: &str, ending: &str) -> PathBuf {
        self.0.join(format!("{id}{ending}"))
    }

    /// What is known of a file.
    pub(super) fn about(&self, id: &str) -> io::Result<About> {
        let text = fs::read_to_string(self.beside(id, ABOUT))?;
        serde_json::from_str(&text).map_err(io::Error::other)
    }

    /// The replies of a file that were picked up already, by their position.
    pub(super) fn picked(&self, id: &str) -> io::Result<HashSet<usize>> {
        match fs::read_to_string(self.beside(id, PICKED)) {
            Ok(text) => Ok(text.lines().filter_map(|line| line.parse().ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(error),
        }
    }

    /// Notes that a reply of a file is about to be picked up, so that it is not delivered again should the file be answered
    /// once more.
    pub(super) fn pick(&self, id: &str, position: usize) -> io::Result<()> {
        let mut beside = File::options().append(true).create(true).open(self.beside(id, PICKED))?;
        beside.write_all(format!("{position}\n").as_bytes())?;
        beside.sync_all()
    }

    /// Forgets a file that was answered. What is left beside it is removed at the next start.
    pub(super) fn done(&self, id: &str) -> io::Result<()> {
        fs::remove_file(self.path(id))?;
        if let Err(error) = self.forget(id) {
            tracing::warn!(%error, "the description of a file could not be removed");
        }
        Ok(())
    }

    /// Removes what is beside a file that is not here any more.
    pub(super) fn forget(&self, id: &str) -> io::Result<()> {
        for ending in [PICKED, ABOUT] {
            match fs::remove_file(self.beside(id, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A name with nothing in it that a file system or a terminal could take for something else.
pub(super) fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    name.chars().take(NAME_CHARS_MAX).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(name: &str) -> About {
        About {
            name: name.to_owned(),
            user: "clinic".to_owned(),
            how: Credential::PublicKey,
            received_micros: 7,
        }
    }

    fn folder() -> (tempfile::TempDir, WorkFolder) {
        let folder = tempfile::tempdir().unwrap();
        let work = WorkFolder::new(folder.path().join("work"));
        fs::create_dir(folder.path().join("work")).unwrap();
        (folder, work)
    }

    #[test]
    fn files_of_one_name_are_told_apart() {
        let (folder, work) = folder();
        for text in ["one", "two"] {
            fs::write(folder.path().join("part"), text).unwrap();
            work.take(&folder.path().join("part"), &about("a b.x12")).unwrap();
        }
        let waiting = work.waiting().unwrap();
        assert_eq!(waiting, ["00000000000000000007-a_b.x12", "00000000000000000007-a_b.x12.2"]);
        assert_eq!(fs::read_to_string(work.path(&waiting[1])).unwrap(), "two");
        assert_eq!(work.about(&waiting[0]).unwrap(), about("a b.x12"));
        work.done(&waiting[0]).unwrap();
        assert_eq!(work.waiting().unwrap(), waiting[1..]);
    }

    #[test]
    fn a_description_without_a_file_is_removed() {
        let (folder, work) = folder();
        let missing = folder.path().join("missing");
        assert!(work.take(&missing, &about("x")).is_err());
        assert_eq!(fs::read_dir(&work.0).unwrap().count(), 0);
        fs::write(work.beside("left", ABOUT), "{}").unwrap();
        assert!(work.waiting().unwrap().is_empty());
        assert_eq!(fs::read_dir(&work.0).unwrap().count(), 0);
    }

    #[test]
    fn what_was_picked_up_is_remembered() {
        let (folder, work) = folder();
        fs::write(folder.path().join("part"), "text").unwrap();
        let id = work.take(&folder.path().join("part"), &about("x")).unwrap();
        assert!(work.picked(&id).unwrap().is_empty());
        work.pick(&id, 2).unwrap();
        work.pick(&id, 0).unwrap();
        assert_eq!(work.picked(&id).unwrap(), HashSet::from([0, 2]));
        assert_eq!(work.waiting().unwrap(), [id]);
    }
}
