//! Which store a command works on, as arguments that several commands have.

use std::path::PathBuf;

use clap::Args;

use super::failure::Result;
use super::store::configured;
use x12gate::config::Config;

/// The store, and the settings for it.
#[derive(Args, Debug)]
pub(super) struct StoreArgs {
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

impl StoreArgs {
    /// The settings, with this store instead of the one they name.
    pub(super) fn config(&self) -> Result<Config> {
        configured(self.config.as_deref(), self.store.as_deref())
    }
}
