//! What a client does in the partner's folders: SFTP version 3, as OpenSSH and its kin speak it.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use russh_sftp::de::from_bytes;
use russh_sftp::extensions::{FSYNC, FsyncExtension, HardlinkExtension, LIMITS, LimitsExtension};
use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File as Listed, FileAttributes, Handle, Name, OpenFlags, Packet,
    Status, StatusCode, Version,
};
use russh_sftp::ser::to_bytes;
use russh_sftp::server::{Handler, StatusReply};

use super::listing::{self, folder_attributes};
use super::place::{Folder, Place, is_allowed};
use super::pump::REQUEST_BYTES_MAX;
use super::upload::{Covered, Upload, WriteError};
use crate::access::Credential;
use crate::config::{AfterDownload, Config};
use crate::gateway::{Gateway, Service, blocking, is_of_the_disk};
use crate::transport::mailbox::{Mailbox, Taken};

/// The most that is read or written in one request.
const READ_BYTES_MAX: u32 = REQUEST_BYTES_MAX - 1024;

/// Names in one reply to a listing.
const NAMES_AT_ONCE: usize = 100;

const POSIX_RENAME: &str = "posix-rename@openssh.com";

type Outcome<T> = Result<T, StatusReply>;

/// What a client has open.
enum Open {
    Upload(Upload),
    Download(Download),
    Listing(std::vec::IntoIter<Listed>),
}

struct Download {
    file: File,
    folder: Folder,
    name: String,
    bytes: u64,
    read: Covered,
}

/// One client in one partner's folders. When it goes, what it was sending goes too.
pub(super) struct Files {
    mailbox: Arc<Mailbox>,
    gateway: Arc<Gateway>,
    user: Arc<str>,
    how: Credential,
    open: HashMap<String, Open>,
    last_handle: u64,
}

fn refused(code: StatusCode, why: &str) -> StatusReply {
    code.with_message(why)
}

/// A failure of ours or of the disk. What the operating system says may hold paths that are not the client's business.
fn failed(error: &io::Error, doing: &'static str) -> StatusReply {
    match error.kind() {
        io::ErrorKind::NotFound => StatusCode::NoSuchFile.into(),
        kind => {
            tracing::warn!(%kind, doing, "a request over SFTP failed");
            match is_of_the_disk(error) {
                true => refused(
                    StatusCode::Failure,
                    "we cannot take files at the moment; send it again later",
                ),
                false => StatusCode::Failure.into(),
            }
        }
    }
}

fn done(id: u32) -> Status {
    let (status_code, language_tag) = (StatusCode::Ok, "en-US".to_owned());
    Status { id, status_code, error_message: "Ok".to_owned(), language_tag }
}

fn not_there() -> StatusReply {
    StatusCode::NoSuchFile.into()
}

fn write_refused(error: WriteError) -> StatusReply {
    match error {
        WriteError::Resumed => refused(
            StatusCode::OpUnsupported,
            "going on with a file is not supported; send it again from its beginning",
        ),
        WriteError::TooLong => refused(StatusCode::Failure, "the file is too large"),
        WriteError::TooManyParts => refused(StatusCode::Failure, "the file has too many holes"),
        WriteError::Io(error) => failed(&error, "writing"),
    }
}

impl Files {
    pub(super) fn new(
        mailbox: Arc<Mailbox>,
        gateway: Arc<Gateway>,
        user: Arc<str>,
        how: Credential,
    ) -> Files {
        Files { mailbox, gateway, user, how, open: HashMap::new(), last_handle: 0 }
    }

    fn config(&self) -> &Config {
        self.gateway.config()
    }

    fn keep(&mut self, id: u32, open: Open) -> Outcome<Handle> {
        if self.open.len() >= self.config().sftp.handles_max {
            return Err(refused(StatusCode::Failure, "too many files are open"));
        }
        self.last_handle += 1;
        let handle = self.last_handle.to_string();
        self.open.insert(handle.clone(), open);
        Ok(Handle { id, handle })
    }

    fn of(&mut self, handle: &str) -> Outcome<&mut Open> {
        self.open.get_mut(handle).ok_or_else(|| refused(StatusCode::Failure, "no such handle"))
    }

    /// A name that something may be sent under.
    fn inbound<'n>(&self, folder: Folder, name: &'n str) -> Outcome<&'n str> {
        if folder != Folder::Inbound {
            return Err(refused(StatusCode::PermissionDenied, "only inbound can be written to"));
        }
        if !is_allowed(name) {
            return Err(refused(
                StatusCode::Failure,
                "a file name has at most 128 letters, digits, periods, hyphens and underscores",
            ));
        }
        Ok(name)
    }

    /// What is on the disk under a name in one of the folders: a file, never a link.
    fn metadata(&self, folder: Folder, name: &str) -> io::Result<Metadata> {
        if !is_allowed(name) || (folder != Folder::Inbound && name.starts_with('.')) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let metadata = fs::symlink_metadata(self.mailbox.folder(folder.name()).join(name))?;
        match metadata.is_file() {
            true => Ok(metadata),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn attributes(&self, path: &str) -> Outcome<FileAttributes> {
        match Place::of(path) {
            Place::Root => Ok(folder_attributes(None)),
            Place::Folder(folder) => Ok(folder_attributes(Some(folder))),
            Place::Nowhere => Err(not_there()),
            Place::File(folder, name) => match self.metadata(folder, &name) {
                Ok(metadata) => Ok(listing::file_attributes(&metadata)),
                Err(error) => match self.mailbox.accepted(&name) {
                    Some(file) if folder == Folder::Inbound => {
                        Ok(listing::accepted_attributes(&file))
                    }
                    _ => Err(failed(&error, "looking")),
                },
            },
        }
    }

    fn begin_upload(&mut self, id: u32, name: &str, flags: OpenFlags) -> Outcome<Handle> {
        if flags.contains(OpenFlags::APPEND) {
            return Err(write_refused(WriteError::Resumed));
        }
        let is_there = self.metadata(Folder::Inbound, name).is_ok();
        if is_there && flags.contains(OpenFlags::EXCLUDE) {
            return Err(refused(StatusCode::Failure, "the file is there already"));
        }
        if !is_there && !flags.contains(OpenFlags::CREATE) {
            return Err(not_there());
        }
        if self.mailbox.is_full() {
            return Err(refused(
                StatusCode::Failure,
                "too many files wait to be answered; send more later",
            ));
        }
        let bytes_max = self.config().limits.file_bytes_max;
        let truncated = flags.contains(OpenFlags::TRUNCATE);
        let created = Upload::create(self.mailbox.part(), name, truncated, bytes_max);
        let upload = created.map_err(|error| failed(&error, "beginning an upload"))?;
        self.keep(id, Open::Upload(upload))
    }

    fn begin_download(&mut self, id: u32, folder: Folder, name: String) -> Outcome<Handle> {
        if folder == Folder::Inbound {
            return Err(refused(StatusCode::PermissionDenied, "inbound is for sending only"));
        }
        self.metadata(folder, &name).map_err(|error| failed(&error, "looking"))?;
        let path = self.mailbox.folder(folder.name()).join(&name);
        let file = File::open(path).map_err(|error| failed(&error, "opening"))?;
        let bytes = file.metadata().map_err(|error| failed(&error, "looking"))?.len();
        let read = Covered::default();
        self.keep(id, Open::Download(Download { file, folder, name, bytes, read }))
    }

    /// The client has finished a file.
    fn finish(&mut self, upload: Upload) -> Outcome<()> {
        if !upload.is_complete() {
            return Err(refused(StatusCode::Failure, "bytes of the file are missing"));
        }
        let name = upload.name().to_owned();
        let finished = match self.config().batch.is_temporary(&name) {
            true => self.set_aside(&upload, &name),
            false => self.take(upload.path(), &name),
        };
        finished?;
        upload.finish();
        Ok(())
    }

    /// A file that is still to be renamed stays in `inbound`.
    fn set_aside(&self, upload: &Upload, name: &str) -> Outcome<()> {
        let inbound = self.mailbox.folder(Folder::Inbound.name());
        let aside = || -> io::Result<()> {
            upload.sync()?;
            fs::rename(upload.path(), inbound.join(name))?;
            File::open(&inbound)?.sync_all()
        };
        aside().map_err(|error| failed(&error, "closing"))
    }

    fn take(&self, path: &std::path::Path, name: &str) -> Outcome<()> {
        let now = Service::now(&*self.gateway);
        let taken = self.mailbox.take(path, name, &self.user, self.how, now);
        match taken.map_err(|error| failed(&error, "closing"))? {
            Taken::Accepted => {
                let (partner, user) = (&**self.mailbox.partner(), &*self.user);
                tracing::info!(partner, user, name, "received");
                Ok(())
            }
            // The client did its part; what is wrong with the file stands in the reports.
            Taken::Quarantined(_) => Ok(()),
        }
    }

    fn downloaded(&self, download: &Download) {
        let whole = download.read.reaches(download.bytes);
        let deletes = self.config().sftp.after_download == AfterDownload::Delete;
        if whole && deletes && download.folder == Folder::Outbound {
            let picked = self.mailbox.pick_up(download.folder.name(), &download.name);
            if let Err(error) = picked {
                tracing::warn!(%error, "a reply could not be removed after its download");
            }
        }
    }

    fn rename_to(&self, from: &str, to: &str, replaces: bool) -> Outcome<()> {
        let (Place::File(Folder::Inbound, from), Place::File(folder, to)) =
            (Place::of(from), Place::of(to))
        else {
            return Err(refused(
                StatusCode::PermissionDenied,
                "only a file in inbound can be renamed",
            ));
        };
        let to = self.inbound(folder, &to)?;
        if let Err(error) = self.metadata(Folder::Inbound, &from) {
            return Err(match self.mailbox.accepted(&from) {
                Some(_) => refused(StatusCode::PermissionDenied, "the file was taken already"),
                None => failed(&error, "renaming"),
            });
        }
        if !replaces && self.metadata(Folder::Inbound, to).is_ok() {
            return Err(refused(StatusCode::Failure, "the file is there already"));
        }
        let inbound = self.mailbox.folder(Folder::Inbound.name());
        match self.config().batch.is_temporary(to) {
            true => fs::rename(inbound.join(&from), inbound.join(to))
                .map_err(|error| failed(&error, "renaming")),
            false if self.mailbox.is_full() => Err(refused(
                StatusCode::Failure,
                "too many files wait to be answered; send more later",
            )),
            false => self.take(&inbound.join(&from), to),
        }
    }
}

impl Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Outcome<Version> {
        let mut version = Version::new();
        for extension in [POSIX_RENAME, FSYNC, LIMITS] {
            version.extensions.insert(extension.to_owned(), "1".to_owned());
        }
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        flags: OpenFlags,
        _: FileAttributes,
    ) -> Outcome<Handle> {
        blocking(|| match Place::of(&filename) {
            Place::File(folder, name) if flags.contains(OpenFlags::WRITE) => {
                let name = self.inbound(folder, &name)?.to_owned();
                self.begin_upload(id, &name, flags)
            }
            Place::File(folder, name) => self.begin_download(id, folder, name),
            Place::Root | Place::Folder(_) => Err(refused(StatusCode::Failure, "that is a folder")),
            Place::Nowhere if flags.contains(OpenFlags::WRITE) => {
                Err(refused(StatusCode::PermissionDenied, "only inbound can be written to"))
            }
            Place::Nowhere => Err(not_there()),
        })
    }

    async fn close(&mut self, id: u32, handle: String) -> Outcome<Status> {
        let open = self.open.remove(&handle);
        blocking(|| match open {
            None => Err(refused(StatusCode::Failure, "no such handle")),
            Some(Open::Upload(upload)) => self.finish(upload).map(|()| done(id)),
            Some(Open::Download(download)) => {
                self.downloaded(&download);
                Ok(done(id))
            }
            Some(Open::Listing(_)) => Ok(done(id)),
        })
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Outcome<Data> {
        let Open::Download(download) = self.of(&handle)? else {
            return Err(refused(StatusCode::PermissionDenied, "the file is open for writing"));
        };
        let mut data = vec![0; len.min(READ_BYTES_MAX) as usize];
        let count = blocking(|| read_at(&download.file, &mut data, offset))
            .map_err(|error| failed(&error, "reading"))?;
        if count == 0 {
            return Err(StatusCode::Eof.into());
        }
        download.read.add(offset, offset + count as u64);
        data.truncate(count);
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Outcome<Status> {
        let Open::Upload(upload) = self.of(&handle)? else {
            return Err(refused(StatusCode::PermissionDenied, "the file is open for reading"));
        };
        blocking(|| upload.write(offset, &data)).map_err(write_refused)?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Outcome<Attrs> {
        blocking(|| self.attributes(&path)).map(|attrs| Attrs { id, attrs })
    }

    async fn stat(&mut self, id: u32, path: String) -> Outcome<Attrs> {
        blocking(|| self.attributes(&path)).map(|attrs| Attrs { id, attrs })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Outcome<Attrs> {
        let attrs = match self.of(&handle)? {
            Open::Upload(upload) => listing::upload_attributes(upload.bytes()),
            Open::Download(download) => {
                let metadata = download.file.metadata();
                listing::file_attributes(&metadata.map_err(|error| failed(&error, "looking"))?)
            }
            Open::Listing(_) => folder_attributes(None),
        };
        Ok(Attrs { id, attrs })
    }

    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Outcome<Status> {
        blocking(|| self.attributes(&path))?;
        match attrs.size {
            Some(_) => {
                Err(refused(StatusCode::PermissionDenied, "the length of a file stays as it is"))
            }
            // Times, owner and permissions are the client's own affair: it is told yes, and nothing changes.
            None => Ok(done(id)),
        }
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Outcome<Status> {
        if let (Open::Upload(upload), Some(length)) = (self.of(&handle)?, attrs.size) {
            blocking(|| upload.set_length(length)).map_err(write_refused)?;
        }
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Outcome<Handle> {
        let listed = blocking(|| match Place::of(&path) {
            Place::Root => Ok(listing::root()),
            Place::Folder(folder) => {
                listing::folder(&self.mailbox, folder).map_err(|error| failed(&error, "listing"))
            }
            Place::File(..) | Place::Nowhere => Err(not_there()),
        })?;
        self.keep(id, Open::Listing(listed.into_iter()))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Outcome<Name> {
        let Open::Listing(listed) = self.of(&handle)? else {
            return Err(refused(StatusCode::Failure, "that is no folder"));
        };
        let files: Vec<Listed> = listed.take(NAMES_AT_ONCE).collect();
        match files.is_empty() {
            true => Err(StatusCode::Eof.into()),
            false => Ok(Name { id, files }),
        }
    }

    async fn remove(&mut self, id: u32, filename: String) -> Outcome<Status> {
        let Place::File(folder, name) = Place::of(&filename) else {
            return Err(not_there());
        };
        blocking(|| match self.metadata(folder, &name) {
            Err(_) if folder == Folder::Inbound && self.mailbox.accepted(&name).is_some() => {
                Err(refused(StatusCode::PermissionDenied, "the file was taken already"))
            }
            Err(error) => Err(failed(&error, "removing")),
            Ok(_) => {
                let removed = match folder {
                    Folder::Inbound => {
                        fs::remove_file(self.mailbox.folder(folder.name()).join(&name))
                    }
                    Folder::Outbound | Folder::Reports => {
                        self.mailbox.pick_up(folder.name(), &name)
                    }
                };
                removed.map(|()| done(id)).map_err(|error| failed(&error, "removing"))
            }
        })
    }

    async fn mkdir(&mut self, _: u32, path: String, _: FileAttributes) -> Outcome<Status> {
        Err(match Place::of(&path) {
            Place::Root | Place::Folder(_) => refused(StatusCode::Failure, "it is there already"),
            _ => refused(StatusCode::PermissionDenied, "folders cannot be made"),
        })
    }

    async fn rmdir(&mut self, _: u32, _: String) -> Outcome<Status> {
        Err(refused(StatusCode::PermissionDenied, "folders cannot be removed"))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Outcome<Name> {
        let path = Place::canonical(&path).ok_or_else(not_there)?;
        Ok(Name { id, files: vec![Listed::dummy(path)] })
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Outcome<Status> {
        blocking(|| self.rename_to(&from, &to, false)).map(|()| done(id))
    }

    async fn readlink(&mut self, _: u32, _: String) -> Outcome<Name> {
        Err(refused(StatusCode::Failure, "there are no links here"))
    }

    async fn symlink(&mut self, _: u32, _: String, _: String) -> Outcome<Status> {
        Err(refused(StatusCode::PermissionDenied, "links cannot be made"))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Outcome<Packet> {
        let mut data = Bytes::from(data);
        let unreadable = |_| StatusReply::from(StatusCode::BadMessage);
        match &*request {
            POSIX_RENAME => {
                // Two paths, as for a hard link.
                let HardlinkExtension { oldpath, newpath } =
                    from_bytes(&mut data).map_err(unreadable)?;
                blocking(|| self.rename_to(&oldpath, &newpath, true))?;
                Ok(Packet::Status(done(id)))
            }
            FSYNC => {
                let FsyncExtension { handle } = from_bytes(&mut data).map_err(unreadable)?;
                if let Open::Upload(upload) = self.of(&handle)? {
                    blocking(|| upload.sync()).map_err(|error| failed(&error, "syncing"))?;
                }
                Ok(Packet::Status(done(id)))
            }
            LIMITS => {
                let limits = LimitsExtension {
                    max_packet_len: u64::from(REQUEST_BYTES_MAX),
                    max_read_len: u64::from(READ_BYTES_MAX),
                    max_write_len: u64::from(READ_BYTES_MAX),
                    max_open_handles: self.config().sftp.handles_max as u64,
                };
                let data = to_bytes(&limits).map_err(|_| StatusReply::from(StatusCode::Failure))?;
                Ok(Packet::ExtendedReply(ExtendedReply { id, data: data.to_vec() }))
            }
            _ => Err(StatusCode::OpUnsupported.into()),
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read(into)
}
