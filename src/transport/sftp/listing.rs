//! How folders and files look to a client.

use std::fs::{self, Metadata};
use std::io;
use std::time::UNIX_EPOCH;

use russh_sftp::protocol::{File as Listed, FileAttributes};

use super::place::{Folder, is_allowed};
use crate::transport::mailbox::{AcceptedFile, Mailbox};

/// Names in one listing, at most.
const NAMES_MAX: usize = 100_000;

const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

fn attributes(mode: u32, bytes: u64, seconds: u32) -> FileAttributes {
    FileAttributes {
        size: Some(bytes),
        uid: Some(0),
        gid: Some(0),
        permissions: Some(mode),
        atime: Some(seconds),
        mtime: Some(seconds),
        ..FileAttributes::default()
    }
}

/// The root, or one of the folders in it.
pub(super) fn folder_attributes(folder: Option<Folder>) -> FileAttributes {
    let mode = match folder {
        Some(Folder::Inbound) => 0o755,
        Some(Folder::Outbound | Folder::Reports) | None => 0o555,
    };
    attributes(FOLDER | mode, 0, 0)
}

/// A file on the disk.
pub(super) fn file_attributes(metadata: &Metadata) -> FileAttributes {
    let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let seconds = modified.and_then(|since| u32::try_from(since.as_secs()).ok());
    attributes(FILE | 0o644, metadata.len(), seconds.unwrap_or(0))
}

/// A file that was taken a short while ago.
pub(super) fn accepted_attributes(file: &AcceptedFile) -> FileAttributes {
    attributes(FILE | 0o444, file.bytes, file.seconds)
}

/// A file that is being written.
pub(super) fn upload_attributes(bytes: u64) -> FileAttributes {
    attributes(FILE | 0o644, bytes, 0)
}

fn dots() -> Vec<Listed> {
    [".", ".."].map(|name| Listed::new(name, folder_attributes(None))).into()
}

/// The three folders.
pub(super) fn root() -> Vec<Listed> {
    let folders = Folder::ALL.into_iter();
    let folders = folders.map(|it| Listed::new(it.name(), folder_attributes(Some(it))));
    dots().into_iter().chain(folders).collect()
}

/// The files of a folder, by name; in `inbound` also those that were taken a short while ago.
pub(super) fn folder(mailbox: &Mailbox, folder: Folder) -> io::Result<Vec<Listed>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(mailbox.folder(folder.name()))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let hidden = folder != Folder::Inbound && name.starts_with('.');
        let Ok(metadata) = entry.metadata() else { continue };
        if !hidden && is_allowed(&name) && metadata.is_file() && files.len() < NAMES_MAX {
            files.push(Listed::new(name, file_attributes(&metadata)));
        }
    }
    if folder == Folder::Inbound {
        for (name, file) in mailbox.all_accepted() {
            if files.iter().all(|listed| listed.filename != name) {
                files.push(Listed::new(name, accepted_attributes(&file)));
            }
        }
    }
    files.sort_by(|one, other| one.filename.cmp(&other.filename));
    Ok(dots().into_iter().chain(files).collect())
}
