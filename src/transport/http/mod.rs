//! HTTP/1.1: plain X12 (`POST /x12`), a JSON interface, CAQH CORE connectivity, and what operators watch.
//!
//! The listener accepts the connection and decrypts it; here its requests are read under deadlines, their callers are told by
//! password or certificate, and each becomes a delivery to the gateway. A request that is refused is told why, and logged.

mod admission;
mod body;
mod connectivity;
mod identify;
mod json;
mod openapi;
mod operator;
mod pace;
mod problem;
mod x12;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use self::admission::Admission;
use self::pace::{Pace, Paced};
use self::problem::Problem;
use super::listener::{Connection, Ended, Handler};
use super::metrics;
use crate::access::{Authenticator, Caller};
use crate::config::{Http as Settings, Listener};
use crate::gateway::Gateway;

/// What all requests share.
pub(super) struct Shared {
    gateway: Arc<Gateway>,
    access: Arc<Authenticator>,
    admission: Arc<Admission>,
    nonces: connectivity::Nonces,
    /// Tells that a batch was accepted.
    batches: Arc<Notify>,
}

impl Shared {
    fn settings(&self) -> &Settings {
        &self.gateway.config().http
    }

    /// The answer when we cannot do more at the moment.
    fn busy(&self, detail: &str) -> Problem {
        let seconds = self.settings().retry_after_seconds;
        Problem::again(StatusCode::SERVICE_UNAVAILABLE, detail, seconds)
    }
}

/// The connection a request came on.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The other end.
    address: SocketAddr,
    /// Who is calling, as far as the connection tells: by a certificate, or not at all.
    caller: Caller,
    /// The name of the listener.
    transport: Arc<str>,
    /// Whether the connection is encrypted.
    is_tls: bool,
    /// Cancelled when we are shutting down.
    stop: CancellationToken,
}

/// The requests of every HTTP listener. Clones share their limits.
#[derive(Clone)]
pub struct Web {
    router: Router,
    batches: Arc<Notify>,
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Web")
    }
}

impl Web {
    /// Answers requests from this gateway.
    pub fn new(gateway: Arc<Gateway>, access: Arc<Authenticator>) -> Web {
        metrics::describe();
        let batches = Arc::new(Notify::new());
        let admission = Arc::new(Admission::new(&gateway.config().http));
        let window = Duration::from_secs(gateway.config().core.token_window_seconds);
        let nonces = connectivity::Nonces::new(window);
        let shared = Shared { gateway, access, admission, nonces, batches: batches.clone() };
        Web { router: routes(Arc::new(shared)), batches }
    }
}

impl Web {
    /// Tells that a batch was accepted.
    pub(super) fn batches(&self) -> Arc<Notify> {
        self.batches.clone()
    }
}

/// Every path. `openapi` documents the same ones, which a test holds it to.
fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/x12", post(x12::exchange))
        .route("/eligibility", post(json::eligibility))
        .route("/claim-status", post(json::claim_status))
        .route("/referral", post(json::referral))
        .route("/authorization", post(json::authorization))
        .route("/notification", post(json::notification))
        .route("/psychotherapy", post(json::psychotherapy))
        .route("/review-status", post(json::review_status))
        .route("/core/mime", post(connectivity::mime))
        .route("/core/soap", post(connectivity::soap).get(connectivity::wsdl))
        .route("/core/rest/v4.0.0/realtime", post(connectivity::rest_realtime))
        .route("/core/rest/v4.0.0/batch", post(connectivity::rest_batch))
        .route("/core/rest/v4.0.0/batch/{payload_id}", get(connectivity::rest_results))
        .route("/health", get(operator::health))
        .route("/ready", get(operator::ready))
        .route("/metrics", get(operator::metrics))
        .route("/openapi.json", get(openapi::document))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .method_not_allowed_fallback(|| async {
            let words = "this path is not used with this method; see /openapi.json";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, words)
        })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            // What it says may hold data; the place is in the log of the process.
            tracing::error!("a request ended in a defect of ours");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "a defect of ours").into_response()
        }))
        .layer(from_fn_with_state(shared.clone(), observe))
        .with_state(shared)
}

/// Counts a request and logs one that was refused.
async fn observe(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request.extensions().get::<MatchedPath>();
    // A path that is none of ours may be anything.
    let route = path.map_or_else(|| Arc::from("other"), |path| Arc::<str>::from(path.as_str()));
    let peer = request.extensions().get::<Peer>().cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    metrics::request(&route, status.as_u16(), begun.elapsed());
    if status.is_client_error() || status.is_server_error() {
        let peer = peer.map(|peer| peer.address.to_string());
        tracing::warn!(route = &*route, status = status.as_u16(), peer, "a request was refused");
    }
    let headers = response.headers_mut();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // An envelope that was opened says so in its own form.
        let seconds = HeaderValue::from(shared.settings().retry_after_seconds);
        headers.entry(header::RETRY_AFTER).or_insert(seconds);
    }
    // Nothing that is said here may be kept by what lies between, or be taken for something else by a browser.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if shared.gateway.config().listeners.iter().any(|listener| listener.tls.is_on()) {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, a_year);
    }
    response
}

/// Speaks HTTP/1.1 on the connections of a listener.
#[derive(Debug)]
pub struct Http {
    web: Web,
    settings: Listener,
    transport: Arc<str>,
    header_bytes_max: usize,
}

impl Http {
    /// For the connections of a listener.
    pub fn new(web: Web, settings: &Listener, limits: &Settings) -> Http {
        Http {
            web,
            transport: settings.name.as_str().into(),
            settings: settings.clone(),
            header_bytes_max: limits.header_bytes_max,
        }
    }
}

impl Handler for Http {
    async fn handle<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        connection: Connection<I>,
    ) -> io::Result<Ended> {
        let Connection { io, caller, peer, stop } = connection;
        let pace = Pace::default();
        let io = TokioIo::new(Paced::new(io, pace.clone(), &self.settings));
        let transport = self.transport.clone();
        let is_tls = self.settings.tls.is_on();
        let peer = Peer { address: peer, caller, transport, is_tls, stop: stop.clone() };
        let router = TowerToHyperService::new(self.web.router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            pace.request();
            let (answer, pace) = (router.call(request), pace.clone());
            async move {
                let answer = answer.await;
                pace.answered();
                answer
            }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            // The deadlines are ours: those of the library begin with the first byte only, and end with the headers.
            .header_read_timeout(None::<Duration>)
            .max_buf_size(self.header_bytes_max)
            .serve_connection(io, service);
        tokio::pin!(serving);
        let mut stopping = false;
        let ended = loop {
            tokio::select! {
                ended = serving.as_mut() => break ended,
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        };
        match ended {
            Ok(()) => Ok(Ended::InOrder),
            Err(error) => why(&error),
        }
    }
}

/// Why a connection ended that did not end in order.
fn why(error: &hyper::Error) -> io::Result<Ended> {
    if error.is_parse_too_large() {
        return Ok(Ended::Because("the headers of a request exceed the limit"));
    }
    if error.is_parse() {
        return Ok(Ended::Because("the data was not an HTTP request"));
    }
    let cause =
        std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause {
        Some(cause) if cause.kind() == io::ErrorKind::TimedOut => {
            Ok(Ended::Because("the client was too slow"))
        }
        Some(cause) => Err(io::Error::new(cause.kind(), error.to_string())),
        None => Err(io::Error::other(error.to_string())),
    }
}

/// Seconds, rounded up, of a wait.
fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}
