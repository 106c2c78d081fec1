//! `serve`: takes interchanges over TCP and answers them, until it is asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::local_gateway::{LocalGateway, Settings, at};
use super::output::Output;
use super::telemetry;
use x12gate::gateway::Gateway;
use x12gate::store::Access;
use x12gate::transport::{self, Listener};

/// Receive interchanges over TCP and answer them
///
/// Runs until SIGINT or SIGTERM, then finishes the interchanges it has accepted. The log goes to standard error.
#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    settings: Settings,
    /// The store, instead of the one in the settings
    #[arg(long, value_name = "PATH", env = "X12GATE_STORE", hide_env_values = true)]
    store: Option<PathBuf>,
    /// Serve the demonstration payer, in memory unless --store is given
    #[arg(long)]
    demo: bool,
    /// Address to listen on, instead of the one in the settings
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
        // One listener there, with the settings of the first.
        config.listeners.truncate(1);
        config.listeners.resize_with(1, Default::default);
        config.listeners[0].address = address;
    }
    telemetry::start(&config.log);
    let registry = args.settings.registry(&config)?;
    let local = match args.demo {
        true => LocalGateway::demo(config, registry, args.store.is_none(), Access::Serve)?,
        false => LocalGateway::open(config, registry, Access::Serve)?,
    };
    let served = local.runtime.block_on(serve(&local.gateway, out));
    local.close();
    served.map(|()| Exit::Clean)
}

/// Opens every listener before the first connection is taken, then serves them all until asked to stop.
async fn serve(gateway: &Arc<Gateway>, out: &mut Output) -> Result<()> {
    let config = gateway.config();
    if config.listeners.is_empty() {
        return Err(Failure::Refused("the settings name no [[listener]]".to_owned()));
    }
    let mut listeners = Vec::with_capacity(config.listeners.len());
    for settings in &config.listeners {
        let bound = Listener::bind(settings);
        let fail = |e| Failure::new(format!("listen on {}", settings.address), e);
        listeners.push(bound.map_err(fail)?);
    }
    for listener in &listeners {
        out.line(&format!("listening on {}", listener.address()))?;
    }
    out.flush()?;
    let stop = CancellationToken::new();
    tokio::spawn(cancel_when_asked(stop.clone()));
    transport::serve(listeners, Arc::clone(gateway), &config.limits, stop).await;
    Ok(())
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
