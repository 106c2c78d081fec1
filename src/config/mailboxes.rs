//! `[sftp]` and `[drop]`: the folders in which partners leave files and find replies.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The most bytes between two exchanges of keys that are safe with every cipher.
const REKEY_BYTES_MAX: usize = 1 << 30;

/// `[sftp]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sftp {
    /// Folder that holds the folders of each partner.
    pub folder: PathBuf,
    /// File of the host key, made when it is not there.
    pub host_key: PathBuf,
    /// A connection must have logged in by then.
    pub login_timeout_ms: u64,
    /// Attempts to log in on one connection.
    pub attempts_max: usize,
    /// How long a refusal takes at least.
    pub rejection_ms: u64,
    /// Bytes in one direction after which keys are exchanged again.
    pub rekey_bytes: usize,
    /// Files and folders that one client has open at once.
    pub handles_max: usize,
    /// What becomes of a reply after it was downloaded whole.
    pub after_download: AfterDownload,
}

/// What becomes of a reply after it was downloaded whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterDownload {
    /// It stays until the partner removes it.
    Keep,
    /// It is removed.
    Delete,
}

impl Default for Sftp {
    fn default() -> Self {
        Sftp {
            folder: "mailboxes".into(),
            host_key: "x12gate-host-key".into(),
            login_timeout_ms: 30_000,
            attempts_max: 6,
            rejection_ms: 1_000,
            rekey_bytes: REKEY_BYTES_MAX,
            handles_max: 64,
            after_download: AfterDownload::Keep,
        }
    }
}

impl Sftp {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.folder.as_os_str().is_empty() || self.host_key.as_os_str().is_empty() {
            return Err("sftp.folder and sftp.host_key must not be empty".to_owned());
        }
        if self.login_timeout_ms == 0 || self.attempts_max == 0 || self.handles_max == 0 {
            return Err(
                "sftp.login_timeout_ms, sftp.attempts_max and sftp.handles_max must not be 0"
                    .to_owned(),
            );
        }
        if self.rejection_ms > 60_000 {
            return Err("sftp.rejection_ms must be at most a minute".to_owned());
        }
        if !(1 << 16..=REKEY_BYTES_MAX).contains(&self.rekey_bytes) {
            return Err("sftp.rekey_bytes must be 65536 to 1073741824".to_owned());
        }
        Ok(())
    }
}

/// `[drop]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DropFolder {
    /// Folder that holds the folders of each partner; empty for none.
    pub folder: PathBuf,
    /// How often it is looked at.
    pub scan_ms: u64,
    /// A file that is incomplete and did not change for so long goes into quarantine.
    pub incomplete_minutes: u64,
}

impl Default for DropFolder {
    fn default() -> Self {
        DropFolder { folder: PathBuf::new(), scan_ms: 1_000, incomplete_minutes: 10 }
    }
}

impl DropFolder {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.scan_ms == 0 || self.incomplete_minutes == 0 {
            return Err("drop.scan_ms and drop.incomplete_minutes must not be 0".to_owned());
        }
        Ok(())
    }

    /// The folder, if there is one.
    pub fn folder(&self) -> Option<&PathBuf> {
        Some(&self.folder).filter(|folder| !folder.as_os_str().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    fn refusal(text: &str) -> String {
        Config::parse(text, Path::new("a.toml")).unwrap_err().to_string()
    }

    #[test]
    fn values_that_would_not_work_are_refused() {
        for (text, named) in [
            ("[sftp]\nfolder = ''", "sftp.folder"),
            ("[sftp]\nhandles_max = 0", "sftp.handles_max"),
            ("[sftp]\nrejection_ms = 60001", "sftp.rejection_ms"),
            ("[sftp]\nrekey_bytes = 1", "sftp.rekey_bytes"),
            ("[sftp]\nrekey_bytes = 2000000000", "sftp.rekey_bytes"),
            ("[drop]\nscan_ms = 0", "drop.scan_ms"),
            ("[drop]\nfolder = 'x'\n[sftp]\nfolder = 'x'", "must be two folders"),
        ] {
            assert!(refusal(text).contains(named), "{text}");
        }
    }
}
