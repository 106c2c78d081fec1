//! Bytes in, bytes out: listeners with their protocols, and files. No EDI logic beyond where an interchange begins and
//! ends.

mod drop_folder;
pub mod files;
mod listener;
pub mod mailbox;
mod partner_files;
mod raw_tcp;
mod sftp;

use std::sync::Arc;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

pub use drop_folder::DropFolder;
pub use listener::{Acceptor, Connection, Ended, Handler, Listener, Plain};
pub use partner_files::{PartnerFiles, PartnerFilesError};
pub use raw_tcp::RawTcp;
pub use sftp::Sftp;

use crate::config::{Limits, Protocol};
use crate::gateway::Service;

/// Serves every real-time listener in the protocol its settings name, until `stop` is cancelled and what was accepted has
/// finished. Those for files are served by [`PartnerFiles`].
pub async fn serve<S: Service>(
    listeners: Vec<Listener>,
    service: Arc<S>,
    limits: &Limits,
    stop: CancellationToken,
) {
    let serving = listeners.into_iter().filter_map(|listener| {
        let handler = match listener.settings().protocol {
            Protocol::Raw => RawTcp::new(service.clone(), listener.settings(), limits),
            Protocol::Sftp => return None,
        };
        Some(listener.serve(Plain, handler, stop.clone()))
    });
    join_all(serving).await;
}
