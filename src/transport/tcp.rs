//! The TCP listener: raw interchanges in, replies out on the same connection.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{self, Closed};
use crate::config::{Config, Tcp};
use crate::gateway::{Caller, Service};

/// How many connections the operating system may keep waiting for us.
const BACKLOG: i32 = 1024;

/// How long to wait when the operating system has no room for one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Opens the listener. Must be called inside a tokio runtime.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of the process before us may still be closing.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves connections until `stop` is cancelled, then finishes what was accepted and returns.
pub async fn serve<S: Service>(
    listener: TcpListener,
    service: Arc<S>,
    config: &Config,
    stop: CancellationToken,
) -> io::Result<()> {
    let settings = Arc::new(config.tcp.clone());
    let bytes_max = config.limits.real_time_bytes_max;
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening for interchanges");
    let places = Arc::new(Semaphore::new(settings.connections_max));
    let guests = Guests::default();
    let tasks = TaskTracker::new();
    // Cancelled when the grace is over.
    let kill = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, peer, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(guest) = guests.admit(peer.ip(), settings.connections_per_address_max) else {
            tracing::warn!(%peer, "closed: too many connections from this address");
            continue;
        };
        if let Err(error) = tune(&stream, &settings) {
            tracing::debug!(%peer, %error, "a socket option could not be set");
        }
        let (service, settings) = (service.clone(), settings.clone());
        let (caller, transport) = (Caller::Anonymous { peer }, Arc::from("tcp"));
        let (stop, kill) = (stop.clone(), kill.clone());
        tasks.spawn(async move {
            let _held = (place, guest);
            tracing::debug!(%peer, "connected");
            let serving = connection::serve(
                stream, &service, &caller, &transport, &settings, bytes_max, &stop,
            );
            tokio::select! {
                ended = serving => match ended {
                    Ok(Closed::ByPeer | Closed::Shutdown | Closed::Idle) => {
                        tracing::debug!(%peer, "closed");
                    }
                    Ok(reason) => tracing::warn!(%peer, reason = reason.as_str(), "closed"),
                    Err(error) => tracing::debug!(%peer, %error, "lost"),
                },
                () = kill.cancelled() => tracing::warn!(%peer, "dropped at the end of the grace"),
            }
        });
    }
    drop(listener);
    tasks.close();
    tracing::info!(%address, connections = tasks.len(), "shutting down");
    let grace = Duration::from_millis(config.tcp.shutdown_grace_ms);
    if timeout(grace, tasks.wait()).await.is_err() {
        kill.cancel();
        tasks.wait().await;
    }
    Ok(())
}

/// Waits for a place, then for a connection to take it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

fn tune(stream: &TcpStream, settings: &Tcp) -> io::Result<()> {
    // A reply is one write; waiting for more to send with it would only delay it.
    stream.set_nodelay(true)?;
    if settings.keepalive_ms > 0 {
        let keepalive = TcpKeepalive::new().with_time(Duration::from_millis(settings.keepalive_ms));
        SockRef::from(stream).set_tcp_keepalive(&keepalive)?;
    }
    Ok(())
}

/// How many connections each address has.
#[derive(Clone, Debug, Default)]
struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's entry in [`Guests`]; leaving it counts down.
#[derive(Debug)]
struct Guest {
    guests: Guests,
    address: IpAddr,
}

impl Guests {
    fn admit(&self, address: IpAddr, most: usize) -> Option<Guest> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Guest { guests: self.clone(), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
