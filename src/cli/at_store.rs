//! The store that a command works on.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, Result};
use super::local_gateway::{at, settings};
use super::store::{open, runtime};
use x12gate::config::Config;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{Access, Stores};

/// Where the store is.
#[derive(Args, Debug)]
pub(super) struct AtStore {
    /// The store, instead of the one the settings name (x12gate.db without settings)
    #[arg(long, value_name = "PATH", env = "X12GATE_STORE", hide_env_values = true, global = true)]
    store: Option<PathBuf>,
    /// Settings; the defaults of config/server.toml without it
    #[arg(
        long,
        value_name = "FILE",
        env = "X12GATE_CONFIG",
        hide_env_values = true,
        global = true
    )]
    config: Option<PathBuf>,
}

impl AtStore {
    /// The settings for it.
    pub(super) fn settings(&self) -> Result<Config> {
        let config = settings(self.config.as_deref())?;
        Ok(match &self.store {
            Some(path) => at(config, path),
            None => config,
        })
    }

    /// Opens the store, which must be there, and does `work` with it.
    pub(super) fn with<T>(
        &self,
        access: Access,
        work: impl AsyncFnOnce(&Stores, &Config) -> Result<T>,
    ) -> Result<T> {
        let config = self.settings()?;
        let path = &config.store.path;
        if !path.is_file() {
            let path = path.display();
            return Err(Failure::Refused(format!("store {path} does not exist")));
        }
        let runtime = runtime()?;
        runtime.block_on(async {
            let stores = open(&config.store, access).await?;
            let done = work(&stores, &config).await;
            stores.close().await;
            done
        })
    }
}

/// Now, in microseconds since 1970 UTC.
pub(super) fn micros_now() -> i64 {
    i64::try_from(SystemClock.now().unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
