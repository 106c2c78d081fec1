//! A gateway on this machine, for commands that answer without a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use time::Date;
use tokio::runtime::Runtime;

use super::failure::{Failure, Result};
use super::rules::registry;
use super::store::{open, runtime};
use x12gate::config::Config;
use x12gate::gateway::{
    Clock, Delivery, Gateway, InterchangeSummary, Lane, Replies, Service, SystemClock,
};
use x12gate::guide::Registry;
use x12gate::store::{Access, ArchiveKeys, Stores, demo};

/// Variable that holds the keys of the archive, in place of a file.
const ARCHIVE_KEYS: &str = "X12GATE_ARCHIVE_KEYS";

/// Where settings come from.
#[derive(Args, Debug)]
pub(super) struct Settings {
    /// Settings file; without it, the defaults in config/server.toml apply
    #[arg(long, value_name = "FILE", env = "X12GATE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Folder of your own guides, overlays and code lists, in addition to the built-in ones
    #[arg(long, value_name = "DIR")]
    guides: Option<PathBuf>,
    /// Folder of your own code lists, instead of the one in the settings
    #[arg(long, value_name = "DIR")]
    codes: Option<PathBuf>,
}

impl Settings {
    /// Reads them.
    pub(super) fn load(&self) -> Result<Config> {
        settings(self.config.as_deref())
    }

    /// The guides to check with.
    pub(super) fn registry(&self, config: &Config) -> Result<Registry> {
        let codes = self.codes.as_ref().or(config.codes_directory());
        registry(self.guides.as_deref(), codes.map(PathBuf::as_path))
    }
}

/// The settings of a file; the defaults without one.
pub(super) fn settings(file: Option<&Path>) -> Result<Config> {
    let mut config = match file {
        Some(path) => Config::load(path).map_err(|e| Failure::new("use the settings", e))?,
        None => Config::default(),
    };
    if let Some(keys) = archive_keys(&config)? {
        config.archive.keys = keys;
    }
    Ok(config)
}

/// The keys of the archive, out of the environment or else of the file that the settings name.
fn archive_keys(config: &Config) -> Result<Option<ArchiveKeys>> {
    #[expect(clippy::disallowed_methods, reason = "a secret has no place in the settings")]
    let given = std::env::var(ARCHIVE_KEYS).ok();
    let file = &config.archive.key_file;
    let (text, named) = match given {
        Some(text) => (text, ARCHIVE_KEYS.to_owned()),
        None if file.as_os_str().is_empty() => return Ok(None),
        None => {
            let named = file.display().to_string();
            let text = std::fs::read_to_string(file)
                .map_err(|e| Failure::new(format!("read the keys of the archive, {named}"), e))?;
            (text, named)
        }
    };
    let keys = ArchiveKeys::parse(&text)
        .map_err(|e| Failure::new(format!("use the keys of the archive, {named}"), e))?;
    Ok(Some(keys))
}

/// A gateway with the runtime it lives on.
pub(super) struct LocalGateway {
    pub(super) runtime: Runtime,
    pub(super) gateway: Arc<Gateway>,
}

impl LocalGateway {
    /// Over the store that the settings name, which must be there.
    pub(super) fn open(config: Config, registry: Registry, access: Access) -> Result<LocalGateway> {
        let path = &config.store.path;
        if !path.is_file() {
            let words = "create one with `x12gate store init` or `x12gate store load`";
            return Err(Failure::Refused(format!(
                "store {} does not exist; {words}",
                path.display()
            )));
        }
        if access != Access::Read {
            let archive = config.archive.open();
            archive.remove_leftovers().map_err(|e| {
                Failure::new(format!("clear the archive {}", archive.folder().display()), e)
            })?;
        }
        let runtime = runtime()?;
        let stores = runtime.block_on(open(&config.store, access))?;
        LocalGateway::with(runtime, stores, config, registry)
    }

    /// The demonstration payer, in the store that the settings name or in memory when `in_memory`.
    pub(super) fn demo(
        config: Config,
        registry: Registry,
        in_memory: bool,
        access: Access,
    ) -> Result<LocalGateway> {
        let runtime = runtime()?;
        let stores = runtime.block_on(async {
            let stores = match in_memory {
                true => Stores::in_memory()
                    .await
                    .map_err(|e| Failure::new("create a store in memory", e))?,
                false => open(&config.store, access).await?,
            };
            demo::load(&stores, today())
                .await
                .map_err(|e| Failure::new("load the demonstration payer", e))?;
            let at_micros = (SystemClock.now().unix_timestamp_nanos() / 1000) as i64;
            demo::load_claims(&stores, today(), at_micros)
                .await
                .map_err(|e| Failure::new("load the claims", e))?;
            Ok::<_, Failure>(stores)
        })?;
        LocalGateway::with(runtime, stores, config, registry)
    }

    fn with(
        runtime: Runtime,
        stores: Stores,
        config: Config,
        registry: Registry,
    ) -> Result<LocalGateway> {
        let opened = Gateway::open(stores, config, Arc::new(registry), Arc::new(SystemClock));
        let gateway =
            runtime.block_on(opened).map_err(|e| Failure::new("set up the gateway", e))?;
        Ok(LocalGateway { runtime, gateway: Arc::new(gateway) })
    }

    /// Answers what is in memory in the real-time lane.
    pub(super) fn answer(&self, text: &[u8]) -> Result<(Replies, Vec<InterchangeSummary>)> {
        let body = Bytes::copy_from_slice(text);
        let delivery = Delivery::operator(body, Lane::RealTime, Service::now(&*self.gateway));
        self.runtime
            .block_on(self.gateway.respond_to(&delivery))
            .map_err(|e| Failure::new("answer", e))
    }

    /// Ends everything in order.
    pub(super) fn close(self) {
        let LocalGateway { runtime, gateway } = self;
        runtime.block_on(gateway.stores().close());
    }
}

/// Settings for this store: large replies, and the folders of partners with the key that they know us by, are kept beside it.
pub(super) fn at(mut config: Config, store: &Path) -> Config {
    let beside = |ending: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    config.store.path = store.to_owned();
    config.archive.path = beside(".replies");
    config.sftp.folder = beside(".mailboxes");
    config.sftp.host_key = beside(".host-key");
    config
}

fn today() -> Date {
    SystemClock.now().date()
}
