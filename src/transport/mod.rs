//! Bytes in, bytes out: listeners with their protocols, and files. No EDI logic beyond where an interchange begins and
//! ends.

pub mod files;
mod listener;
mod raw_tcp;

use std::sync::Arc;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

pub use listener::{Acceptor, Connection, Ended, Handler, Listener, Plain};
pub use raw_tcp::RawTcp;

use crate::config::{Limits, Protocol};
use crate::gateway::Service;

/// Serves every listener in the protocol its settings name, until `stop` is cancelled and what was accepted has finished.
pub async fn serve<S: Service>(
    listeners: Vec<Listener>,
    service: Arc<S>,
    limits: &Limits,
    stop: CancellationToken,
) {
    let serving = listeners.into_iter().map(|listener| {
        let handler = match listener.settings().protocol {
            Protocol::Raw => RawTcp::new(service.clone(), listener.settings(), limits),
        };
        listener.serve(Plain, handler, stop.clone())
    });
    join_all(serving).await;
}
