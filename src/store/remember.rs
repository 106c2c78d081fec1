//! Providers that were looked up, kept in memory: few ask, but each for every patient.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::traits::Reply;
use super::{Provider, Providers};

/// Providers remembered; over it all are forgotten.
const PROVIDERS_MAX: usize = 50_000;

/// Remembers the providers of another store, and the ids that no provider has, until it is told to forget them.
pub(super) struct RememberedProviders {
    providers: Arc<dyn Providers>,
    remembered: RwLock<Epoch>,
}

/// What was remembered since the last time it was forgotten.
#[derive(Default)]
struct Epoch {
    number: u64,
    providers: FxHashMap<Box<str>, Option<Provider>>,
}

impl RememberedProviders {
    pub(super) fn new(providers: Arc<dyn Providers>) -> Self {
        Self { providers, remembered: RwLock::default() }
    }

    /// The providers, when all of them are known; and the epoch, to remember others in.
    fn known(&self, ids: &[Box<str>]) -> (Option<Vec<Option<Provider>>>, u64) {
        let epoch = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        (ids.iter().map(|id| epoch.providers.get(id).cloned()).collect(), epoch.number)
    }

    /// Keeps what was found, unless it was to be forgotten meanwhile.
    fn remember(&self, ids: &[Box<str>], found: &[Option<Provider>], number: u64) {
        let mut epoch = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if epoch.number != number {
            return;
        }
        if epoch.providers.len() + ids.len() > PROVIDERS_MAX {
            epoch.providers.clear();
        }
        epoch.providers.extend(ids.iter().cloned().zip(found.iter().cloned()));
    }
}

impl Providers for RememberedProviders {
    fn find<'a>(&'a self, ids: &'a [Box<str>]) -> Reply<'a, Vec<Option<Provider>>> {
        let (known, epoch) = self.known(ids);
        Box::pin(async move {
            if let Some(known) = known {
                return Ok(known);
            }
            let found = self.providers.find(ids).await?;
            self.remember(ids, &found, epoch);
            Ok(found)
        })
    }

    fn of_tax_ids<'a>(&'a self, tax_ids: &'a [Box<str>]) -> Reply<'a, Vec<Vec<Provider>>> {
        self.providers.of_tax_ids(tax_ids)
    }

    fn forget(&self) {
        let mut epoch = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        epoch.number += 1;
        epoch.providers.clear();
    }
}
