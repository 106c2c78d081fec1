//! Work on a store by commands that need nothing else.

use super::failure::Result;
use super::store::{must_be_there, open, runtime};
use super::store_args::StoreArgs;
use x12gate::config::Config;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{Access, Stores};

/// Opens the store, which must be there, and does `work` with it.
pub(super) fn with<T>(
    args: &StoreArgs,
    access: Access,
    work: impl AsyncFnOnce(&Stores, &Config) -> Result<T>,
) -> Result<T> {
    let config = args.config()?;
    must_be_there(&config)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let stores = open(&config.store, access).await?;
        let done = work(&stores, &config).await;
        stores.close().await;
        done
    })
}

/// Now, in microseconds since 1970 UTC.
pub(super) fn micros_now() -> i64 {
    i64::try_from(SystemClock.now().unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
