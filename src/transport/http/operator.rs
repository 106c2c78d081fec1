//! What operators and their machines ask: whether we live, whether we can work, and what we have done.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::problem::Problem;
use super::{Peer, Shared};
use crate::transport::metrics as numbers;

/// How long the store may take to say that it is there.
const STORE_PATIENCE: Duration = Duration::from_secs(3);

/// We live.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
    /// Which version this is.
    version: &'static str,
}

/// Whether we can work.
#[derive(Serialize, ToSchema)]
pub(super) struct Readiness {
    /// All of the others.
    ready: bool,
    /// The store can be reached.
    store: bool,
    /// There is room on the disk.
    disk: bool,
    /// We are not shutting down.
    accepting: bool,
}

/// Says that the process lives.
#[utoipa::path(
    get, path = "/health", tag = "Operation", security(()),
    responses((status = 200, description = "The process lives", body = Health)),
)]
pub(super) async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Says whether questions can be answered.
#[utoipa::path(
    get, path = "/ready", tag = "Operation", security(()),
    responses(
        (status = 200, description = "Questions can be answered", body = Readiness),
        (status = 503, description = "They cannot, and why", body = Readiness),
    ),
)]
pub(super) async fn ready(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
) -> Response {
    let store = timeout(STORE_PATIENCE, shared.gateway.stores().generations()).await;
    let store = matches!(store, Ok(Ok(_)));
    let disk = has_room(&shared).await;
    let accepting = !peer.stop.is_cancelled();
    let ready = store && disk && accepting;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, store, disk, accepting })).into_response()
}

/// Whether there is as much free space where the store is as the settings want.
async fn has_room(shared: &Shared) -> bool {
    let config = shared.gateway.config();
    let least = config.http.disk_free_mib_min << 20;
    let folder = config.store.path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(std::path::Path::new(".")).to_owned();
    let asked = tokio::task::spawn_blocking(move || free_space(&folder)).await;
    match asked {
        // Where the system does not tell, the disk is not what keeps us from working.
        Ok(free) => free.is_none_or(|free| free >= least),
        Err(_) => false,
    }
}

#[cfg(unix)]
fn free_space(folder: &std::path::Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_: &std::path::Path) -> Option<u64> {
    None
}

/// The numbers, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "Operation", security(()),
    description = "The numbers for Prometheus. Asked from this machine, or from an address of http.metrics_from.",
    responses(
        (status = 200, description = "The numbers, in the text format of Prometheus", body = String, content_type = "text/plain"),
        (status = 403, description = "Not from this address", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn metrics(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
) -> Result<Response, Problem> {
    let from = peer.address.ip().to_canonical();
    if !from.is_loopback() && !shared.settings().metrics_from.contains(&from) {
        let words = "the numbers are not given to this address";
        return Err(Problem::new(StatusCode::FORBIDDEN, words));
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, numbers::render()).into_response())
}
