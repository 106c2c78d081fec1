//! `serve`: takes interchanges over TCP and answers them, until it is asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, Settings, at};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use crate::store::Access;
use crate::telemetry;
use crate::transport::tcp;

/// Take interchanges over TCP and answer them
///
/// Runs until SIGINT or SIGTERM, then finishes what was accepted. The log goes to standard error.
#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    settings: Settings,
    /// The store, instead of the one the settings name
    #[arg(long, value_name = "PATH", env = "X12GATE_STORE", hide_env_values = true)]
    store: Option<PathBuf>,
    /// Serve the demonstration payer; in memory unless --store says where
    #[arg(long)]
    demo: bool,
    /// Where to listen, instead of where the settings say
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
}

/// Runs `serve`.
pub(super) fn run(args: &Serve, out: &mut Output) -> Result<Exit> {
    let mut config = args.settings.load()?;
    if let Some(path) = &args.store {
        config = at(config, path);
    }
    if let Some(address) = args.listen {
        config.tcp.listen = address;
    }
    telemetry::start(&config.log);
    let address = config.tcp.listen;
    let registry = args.settings.registry(&config)?;
    let desk = match args.demo {
        true => Desk::demo(config, registry, args.store.is_none(), Access::Serve)?,
        false => Desk::open(config, registry, Access::Serve)?,
    };
    let served = desk.runtime.block_on(async {
        let fail = |e| Failure::new(format!("listen on {address}"), e);
        let listener = tcp::bind(address).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        out.line(&format!("listening on {address}"))?;
        out.flush()?;
        let stop = CancellationToken::new();
        tokio::spawn(cancel_when_asked(stop.clone()));
        let gateway = Arc::clone(&desk.gateway);
        tcp::serve(listener, gateway, desk.gateway.config(), stop).await.map_err(fail)
    });
    desk.close();
    served.map(|()| Exit::Clean)
}

/// Waits for SIGINT or SIGTERM.
async fn cancel_when_asked(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    stop.cancel();
}
