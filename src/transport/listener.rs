//! A listening socket: accepts connections, limits their number, and ends them in order. It is independent of the protocol:
//! an [`Acceptor`] prepares each connection, a [`Handler`] serves it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::metrics;
use crate::config;
use crate::gateway::Caller;

/// How many connections the operating system may keep waiting for us.
const BACKLOG: i32 = 1024;

/// How long to wait when the operating system cannot open one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection that is ready to be served.
#[derive(Debug)]
pub struct Connection<I> {
    /// Its bytes, decrypted.
    pub io: I,
    /// Who is calling, as far as the connection itself tells.
    pub caller: Caller,
    /// The other end.
    pub peer: SocketAddr,
    /// Cancelled when the connection is to end; accepted interchanges are finished first.
    pub stop: CancellationToken,
}

/// Prepares connections before the protocol begins: TLS belongs here, and authentication of the caller.
pub trait Acceptor: Send + Sync + 'static {
    /// The prepared stream.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Prepares a connection. The acceptor decides how long this may take; the connection holds its slot meanwhile.
    ///
    /// # Errors
    ///
    /// When the connection cannot be served; it is closed then.
    fn accept(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = io::Result<(Self::Io, Caller)>> + Send;
}

impl<A: Acceptor> Acceptor for Arc<A> {
    type Io = A::Io;

    async fn accept(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<(A::Io, Caller)> {
        (**self).accept(stream, peer).await
    }
}

/// Accepts sockets as they are. Callers are not authenticated.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Acceptor for Plain {
    type Io = TcpStream;

    async fn accept(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<(TcpStream, Caller)> {
        Ok((stream, Caller::Anonymous { peer }))
    }
}

/// Speaks a protocol.
pub trait Handler: Send + Sync + 'static {
    /// Serves a connection until it ends, or soon after its `stop` is cancelled.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    fn handle<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        connection: Connection<I>,
    ) -> impl Future<Output = io::Result<Ended>> + Send;
}

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// Normally.
    InOrder,
    /// For a reason that an operator should look into.
    Because(&'static str),
}

/// A socket that listens, with its settings.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    settings: config::Listener,
}

impl Listener {
    /// Opens the socket that the settings describe. Must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub fn bind(settings: &config::Listener) -> io::Result<Listener> {
        let domain = Domain::for_address(settings.address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        // Connections of the process before us may still be closing.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&settings.address.into())?;
        socket.listen(BACKLOG)?;
        let socket = TcpListener::from_std(socket.into())?;
        let address = socket.local_addr()?;
        Ok(Listener { socket, address, settings: settings.clone() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its settings.
    pub fn settings(&self) -> &config::Listener {
        &self.settings
    }

    /// Serves connections until `stop` is cancelled, then finishes what was accepted and returns.
    pub async fn serve<A: Acceptor, H: Handler>(
        self,
        acceptor: A,
        handler: H,
        stop: CancellationToken,
    ) {
        let Listener { socket, address, settings } = self;
        tracing::info!(listener = settings.name, %address, "listening for interchanges");
        let permits = Arc::new(Semaphore::new(settings.connections_max));
        let slots = AddressSlots::default();
        let shared = Arc::new((acceptor, handler));
        let tasks = TaskTracker::new();
        // Cancelled when the grace period is over.
        let kill = CancellationToken::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&socket, &permits) => accepted,
            };
            let (stream, peer, permit) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(slot) = slots.take(peer.ip(), settings.connections_per_address_max) else {
                tracing::warn!(%peer, "closed: too many connections from this address");
                metrics::turned_away(&settings.name);
                continue;
            };
            if let Err(error) = tune(&stream, &settings) {
                tracing::debug!(%peer, %error, "a socket option could not be set");
            }
            let (shared, stop, kill) = (shared.clone(), stop.clone(), kill.clone());
            let open = metrics::OpenConnection::of(&settings.name);
            tasks.spawn(async move {
                let _held = (permit, slot, open);
                let (acceptor, handler) = &*shared;
                tokio::select! {
                    () = connection(acceptor, handler, stream, peer, stop) => {}
                    () = kill.cancelled() => tracing::warn!(%peer, "dropped at the end of the shutdown grace period"),
                }
            });
        }
        drop(socket);
        tasks.close();
        tracing::info!(%address, connections = tasks.len(), "shutting down");
        let grace = Duration::from_millis(settings.shutdown_grace_ms);
        if timeout(grace, tasks.wait()).await.is_err() {
            kill.cancel();
            tasks.wait().await;
        }
    }
}

/// Serves one connection, and logs how it ended.
async fn connection<A: Acceptor, H: Handler>(
    acceptor: &A,
    handler: &H,
    stream: TcpStream,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    let (io, caller) = match acceptor.accept(stream, peer).await {
        Ok(accepted) => accepted,
        Err(error) => return tracing::warn!(%peer, %error, "a connection could not be set up"),
    };
    tracing::debug!(%peer, %caller, "connected");
    match handler.handle(Connection { io, caller, peer, stop }).await {
        Ok(Ended::InOrder) => tracing::debug!(%peer, "closed"),
        Ok(Ended::Because(reason)) => tracing::warn!(%peer, reason, "closed"),
        Err(error) => tracing::debug!(%peer, %error, "lost"),
    }
}

/// Waits for a permit, then for a connection to use it.
async fn accept(
    socket: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = socket.accept().await?;
    Ok((stream, peer, permit))
}

fn tune(stream: &TcpStream, settings: &config::Listener) -> io::Result<()> {
    // A reply is one write; waiting for more to send with it would only delay it.
    stream.set_nodelay(true)?;
    if settings.keepalive_ms > 0 {
        let keepalive = TcpKeepalive::new().with_time(Duration::from_millis(settings.keepalive_ms));
        SockRef::from(stream).set_tcp_keepalive(&keepalive)?;
    }
    Ok(())
}

/// The number of connections of each address.
#[derive(Clone, Debug, Default)]
struct AddressSlots(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's share of its address's slots, released when it is dropped.
#[derive(Debug)]
struct ConnectionSlot {
    slots: AddressSlots,
    address: IpAddr,
}

impl AddressSlots {
    fn take(&self, address: IpAddr, most: usize) -> Option<ConnectionSlot> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(ConnectionSlot { slots: self.clone(), address })
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut counts = self.slots.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
