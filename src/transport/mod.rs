//! Bytes in, bytes out: listeners with their protocols, and files. No EDI logic beyond where an interchange begins and
//! ends.

mod batches;
mod drop_folder;
pub mod files;
mod http;
mod listener;
pub mod mailbox;
mod metrics;
mod partner_files;
mod sftp;
mod tcp;
mod timetable;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio_util::sync::CancellationToken;

pub use drop_folder::DropFolder;
pub use http::{Http, Web};
pub use listener::{Acceptor, Connection, Ended, Handler, Listener, Plain};
pub use partner_files::{PartnerFiles, PartnerFilesError};
pub use sftp::Sftp;
pub use tcp::Tcp;
pub use tls::{Door, TlsError};

use crate::access::Authenticator;
use crate::config::{Limits, Protocol};
use crate::gateway::{Gateway, Service};

/// Serves every listener as plain TCP for a service of one's own, until `stop` is cancelled and what was accepted has finished.
pub async fn serve<S: Service>(
    listeners: Vec<Listener>,
    service: Arc<S>,
    limits: &Limits,
    stop: CancellationToken,
) {
    let serving = listeners.into_iter().map(|listener| {
        let handler = Tcp::new(service.clone(), listener.settings(), limits);
        listener.serve(Plain, handler, stop.clone())
    });
    join_all(serving).await;
}

/// How often what was measured is sorted.
const SORT_PAUSE: Duration = Duration::from_secs(5);

/// Serves every real-time listener in the protocol its settings name, and the batches that come over them, until `stop` is cancelled
/// and what was accepted has finished. Those for files are served by [`PartnerFiles`].
///
/// # Errors
///
/// When the certificate of a listener cannot be used; then nothing is served.
pub async fn serve_all(
    listeners: Vec<Listener>,
    gateway: Arc<Gateway>,
    access: Arc<Authenticator>,
    stop: CancellationToken,
) -> Result<(), TlsError> {
    let open = |listener: &Listener| Door::open(listener.settings(), access.clone());
    let doors = listeners.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let web = Web::new(gateway.clone(), access.clone());
    let mut serving: Vec<BoxFuture<'_, ()>> = vec![
        Box::pin(sort_numbers(stop.clone())),
        Box::pin(batches::work(gateway.clone(), web.batches(), stop.clone())),
    ];
    for (listener, door) in listeners.into_iter().zip(doors) {
        let (door, stop) = (Arc::new(door), stop.clone());
        let renewing = (door.clone(), stop.clone());
        serving.push(Box::pin(async move { renewing.0.keep_up(&renewing.1).await }));
        let (settings, config) = (listener.settings(), gateway.config());
        match settings.protocol {
            Protocol::Tcp => {
                let handler = Tcp::new(gateway.clone(), settings, &config.limits);
                serving.push(Box::pin(listener.serve(door, handler, stop)));
            }
            // Files are served by `PartnerFiles`, which takes these listeners out.
            Protocol::Sftp => {}
            Protocol::Http => {
                let handler = Http::new(web.clone(), settings, &config.http);
                serving.push(Box::pin(listener.serve(door, handler, stop)));
            }
        }
    }
    join_all(serving).await;
    Ok(())
}

async fn sort_numbers(stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SORT_PAUSE)).await.is_some() {
        metrics::sort();
    }
}
