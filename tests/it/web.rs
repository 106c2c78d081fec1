//! A server over the sandbox payer, and a client that says exactly what it is told to: raw bytes go out, an HTTP response is read.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use x12gate::access::{Authenticator, Login, Logins, SecretHash};
use x12gate::config::{Config, Listener as Settings};
use x12gate::gateway::{FixedClock, Gateway};
use x12gate::guide::Registry;
use x12gate::store::{Stores, demo};
use x12gate::transport::{self, Listener};

/// `submitter1:sandbox` and `submitter2:sandbox`, as Basic has them.
pub(crate) const FIRST: &str = "Authorization: Basic c3VibWl0dGVyMTpzYW5kYm94\r\n";
pub(crate) const SECOND: &str = "Authorization: Basic c3VibWl0dGVyMjpzYW5kYm94\r\n";

/// A server; its first listener is HTTP, its second TCP.
pub(crate) struct Server {
    pub(crate) http: SocketAddr,
    pub(crate) tcp: SocketAddr,
    pub(crate) gateway: Arc<Gateway>,
    stop: CancellationToken,
    task: JoinHandle<()>,
    folder: tempfile::TempDir,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Server {
    /// On 5 January 2026, with the settings changed by `change`.
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Server {
        Server::with(change, Vec::new()).await
    }

    /// The same, with more logins.
    pub(crate) async fn with(change: impl FnOnce(&mut Config), more: Vec<Login>) -> Server {
        let store = Stores::in_memory().await.unwrap();
        demo::load(&store, time::macros::date!(2026 - 01 - 05)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = Config::default();
        config.archive.path = folder.path().join("archive");
        config.listeners =
            vec![Settings::http(anywhere), Settings { address: anywhere, ..Settings::default() }];
        change(&mut config);
        let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
        let opened = Gateway::open(store, config, Arc::new(Registry::new()), clock).await;
        let gateway = Arc::new(opened.unwrap());
        let mut logins = Logins::default();
        for name in ["submitter1", "submitter2", "submitter3"] {
            let passwords = vec![SecretHash::of(b"sandbox").unwrap()];
            logins.add(Login { passwords, ..Login::new(name, name) }).unwrap();
        }
        more.into_iter().for_each(|login| logins.add(login).unwrap());
        let access = Arc::new(Authenticator::new(logins, &gateway.config().access));
        let bound = gateway.config().listeners.iter().map(|it| Listener::bind(it).unwrap());
        let listeners: Vec<Listener> = bound.collect();
        let [http, tcp] = [0, 1].map(|index| listeners[index].address());
        let stop = CancellationToken::new();
        let task = {
            let (gateway, stop) = (gateway.clone(), stop.clone());
            tokio::spawn(async move {
                transport::serve_all(listeners, gateway, access, stop).await.unwrap();
            })
        };
        Server { http, tcp, gateway, stop, task, folder }
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Stops it, and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(20), self.task).await.unwrap().unwrap();
    }

    /// Asks it to stop, while it is still used.
    pub(crate) fn begin_to_stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.http).await.unwrap()
    }

    /// One request on a connection of its own.
    pub(crate) async fn send(&self, request: impl AsRef<[u8]>) -> Response {
        exchange(self.connect().await, request).await
    }

    pub(crate) async fn get(&self, path: &str, headers: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"))
            .await
    }

    /// A POST with these headers, each with its line end.
    pub(crate) async fn post(&self, path: &str, headers: &str, body: &[u8]) -> Response {
        self.send(posted(path, headers, body)).await
    }
}

/// The bytes of a POST.
pub(crate) fn posted(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Sends a request and reads what comes back until the other side closes.
pub(crate) async fn exchange<I: AsyncRead + AsyncWrite + Unpin>(
    mut stream: I,
    request: impl AsRef<[u8]>,
) -> Response {
    // A server that refuses early may have stopped reading.
    let _ = stream.write_all(request.as_ref()).await;
    read(&mut stream).await.expect("a response")
}

/// Reads a response; none when the connection is closed without one.
pub(crate) async fn read<I: AsyncRead + Unpin>(stream: &mut I) -> Option<Response> {
    let mut all = Vec::new();
    let reading = async {
        let mut chunk = [0; 8192];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            all.extend_from_slice(&chunk[..count]);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it takes too long");
    let text = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Response { status, head: head.to_owned(), body: body.to_owned() })
}

impl Response {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}
