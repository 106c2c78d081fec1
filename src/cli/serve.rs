//! `serve`: takes interchanges over every transport of the settings and answers them, until it is asked to stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::local_gateway::{LocalGateway, Settings, at};
use super::login_keeper::{self, LoginKeeper};
use super::output::Output;
use super::telemetry;
use x12gate::access::{Authenticator, Fingerprint, Login, demo_logins};
use x12gate::config::{self, Config, Protocol};
use x12gate::gateway::Gateway;
use x12gate::store::Access;
use x12gate::transport::{self, Listener, PartnerFiles};

/// Receive interchanges over TCP, HTTP, SFTP and a drop folder, and answer them
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
    /// Address to listen on for HTTP, instead of the one in the settings
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<SocketAddr>,
    /// Certificate for TLS on TCP and HTTP, PEM; with those that lead to its issuer
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Issuers of the certificates that clients may show, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// Address to listen on for SFTP, instead of the one in the settings
    #[arg(long, value_name = "ADDR:PORT")]
    sftp: Option<SocketAddr>,
    /// A public key that a partner logs in with, in addition to those on file; may be repeated
    #[arg(long, value_name = "USER=FILE.pub")]
    sftp_key: Vec<String>,
    /// Drop folder, instead of the one in the settings
    #[arg(long, value_name = "DIR")]
    drop: Option<PathBuf>,
}

/// Runs `serve`.
pub(super) fn run(args: &Serve, out: &mut Output) -> Result<Exit> {
    let mut config = args.settings.load()?;
    if let Some(path) = &args.store {
        config = at(config, path);
    }
    if let Some(address) = args.listen {
        listen(&mut config, config::Listener { address, ..config::Listener::default() });
    }
    if let Some(address) = args.http {
        listen(&mut config, config::Listener::http(address));
    }
    for listener in &mut config.listeners {
        encrypt(listener, args);
    }
    if let Some(address) = args.sftp {
        listen(&mut config, config::Listener::sftp(address));
    }
    if let Some(folder) = &args.drop {
        config.drop.folder.clone_from(folder);
    }
    let in_memory = args.demo && args.store.is_none();
    let scratch = if in_memory { Some(Scratch::new()?) } else { None };
    if let Some(scratch) = &scratch {
        config.archive.path = scratch.0.join("archive");
        config.sftp.folder = scratch.0.join("mailboxes");
        config.sftp.host_key = scratch.0.join("host-key");
    }
    telemetry::start(&config.log);
    let registry = args.settings.registry(&config)?;
    let local = match args.demo {
        true => LocalGateway::demo(config, registry, args.store.is_none(), Access::Serve)?,
        false => LocalGateway::open(config, registry, Access::Serve)?,
    };
    let given = given_logins(args, &local.gateway)?;
    let served = local.runtime.block_on(async {
        let mut keeper = LoginKeeper::new(&local.gateway, given);
        let access = keeper.authenticator().await?;
        let keeping = tokio::spawn(keeper.keep(access.clone()));
        let served = serve(&local.gateway, access.clone(), out).await;
        keeping.abort();
        login_keeper::note_refusals(&local.gateway, &access, true).await;
        served
    });
    local.close();
    served.map(|()| Exit::Clean)
}

/// Opens every listener before the first connection is taken, then serves them all until asked to stop.
async fn serve(gateway: &Arc<Gateway>, access: Arc<Authenticator>, out: &mut Output) -> Result<()> {
    let config = gateway.config();
    if config.listeners.is_empty() && config.drop.folder().is_none() {
        let why = "the settings name no [[listener]] and no drop folder";
        return Err(Failure::Refused(why.to_owned()));
    }
    let mut listeners = Vec::with_capacity(config.listeners.len());
    for settings in &config.listeners {
        let bound = Listener::bind(settings);
        let fail = |e| Failure::new(format!("listen on {}", settings.address), e);
        listeners.push(bound.map_err(fail)?);
    }
    // Before anybody is told that we are there.
    let asked = asked_to_stop()?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        asked.await;
        stopped.cancel();
    });
    let mut said: Vec<String> = Vec::with_capacity(listeners.len() + 1);
    for listener in &listeners {
        let protocol = match listener.settings().protocol {
            Protocol::Tcp => "",
            Protocol::Http => " for HTTP",
            Protocol::Sftp => " for SFTP",
        };
        said.push(format!("listening on {}{protocol}", listener.address()));
    }
    said.extend(config.drop.folder().map(|it| format!("looking for files in {}", it.display())));
    let (files, listeners) = PartnerFiles::open(listeners, gateway, &access)
        .map_err(|e| Failure::new("open the folders of partners", e))?;
    for line in said {
        out.line(&line)?;
    }
    out.flush()?;
    let real_time = async {
        let (gateway, stop) = (Arc::clone(gateway), stop.clone());
        let served = transport::serve_all(listeners, gateway, access, stop.clone()).await;
        stop.cancel();
        served
    };
    let (served, ()) = tokio::join!(real_time, files.serve(stop.clone()));
    served.map_err(|e| Failure::new("use the certificate", e))
}

/// Sets the certificate of the command line.
fn encrypt(listener: &mut config::Listener, args: &Serve) {
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key)
        && matches!(listener.protocol, Protocol::Tcp | Protocol::Http)
    {
        listener.tls.certificate.clone_from(certificate);
        listener.tls.key.clone_from(key);
        listener.tls.client_ca = args.client_ca.clone().unwrap_or_default();
    }
}

/// One listener for its protocol at its address, with the settings of the first of that protocol if there is one.
fn listen(config: &mut Config, new: config::Listener) {
    let first = config.listeners.iter().find(|known| known.protocol == new.protocol);
    let listener = match first {
        Some(first) => config::Listener { address: new.address, ..first.clone() },
        None => new,
    };
    config.listeners.retain(|known| known.protocol != listener.protocol);
    config.listeners.push(listener);
}

/// The logins that the command line adds: those of the demonstration, and partners with their public keys.
fn given_logins(args: &Serve, gateway: &Gateway) -> Result<Vec<Login>> {
    let mut logins = Vec::new();
    if args.demo {
        let known =
            demo_logins().map_err(|e| Failure::new("make the demonstration's logins", e))?;
        logins.extend(known);
    }
    for given in &args.sftp_key {
        let Some((user, file)) = given.split_once('=') else {
            return Err(Failure::Refused("--sftp-key needs USER=FILE.pub".to_owned()));
        };
        if gateway.partner(user).is_none() {
            return Err(Failure::Refused(format!("--sftp-key: there is no partner {user}")));
        }
        let keys = public_keys(Path::new(file))?;
        logins.push(Login { keys, ..Login::new(user, user) });
    }
    Ok(logins)
}

/// The public keys in a file, one a line.
pub(super) fn public_keys(file: &Path) -> Result<Vec<Fingerprint>> {
    let named = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::new(format!("read the public key {named}"), e))?;
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys = lines.map(Fingerprint::of_openssh).collect::<std::result::Result<Vec<_>, _>>();
    let keys = keys.map_err(|e| Failure::new(format!("use the public key {named}"), e))?;
    match keys.is_empty() {
        true => Err(Failure::Refused(format!("there is no public key in {named}"))),
        false => Ok(keys),
    }
}

/// A folder that only we can read, removed with its value: a demonstration in memory leaves nothing behind.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch> {
        let folder =
            std::env::temp_dir().join(format!("x12gate-demo-{}", uuid::Uuid::new_v4().simple()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&folder)
            .map_err(|e| Failure::new(format!("make the folder {}", folder.display()), e))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It is in the folder for temporary files, which the system clears.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Waits for SIGINT or SIGTERM, which are caught from the moment this is called.
fn asked_to_stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |e| Failure::new("wait for signals", e);
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
