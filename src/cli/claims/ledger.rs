//! The claim ledger as the actions use it: opened over the store, with the settings that rule it.

use time::Date;
use tokio::runtime::Runtime;

use super::super::ack::now;
use super::super::failure::{Failure, Result};
use super::super::rules::registry;
use super::super::store::{must_be_there, open, runtime};
use super::Claims;
use x12gate::answer::claims::adjustable;
use x12gate::config::Config;
use x12gate::guide::Registry;
use x12gate::store::{
    Access, Actor, ClaimHistory, ClaimKey, ClaimScope, ClaimVersion, LedgerEntry, Remittance,
    RemittanceKey, StoreError, Stores,
};

/// The ledger of a store that is there.
pub(super) struct Ledger {
    pub(super) runtime: Runtime,
    pub(super) stores: Stores,
    pub(super) config: Config,
}

impl Ledger {
    /// Opens it.
    pub(super) fn open(args: &Claims, access: Access) -> Result<Ledger> {
        let config = args.at.config()?;
        must_be_there(&config)?;
        let runtime = runtime()?;
        let stores = runtime.block_on(open(&config.store, access))?;
        Ok(Ledger { runtime, stores, config })
    }

    /// Waits for the store.
    pub(super) fn run<T>(
        &self,
        doing: &str,
        future: impl Future<Output = std::result::Result<T, StoreError>>,
    ) -> Result<T> {
        self.runtime.block_on(future).map_err(|e| Failure::new(doing, e))
    }

    /// Ends everything in order.
    pub(super) fn close(self) {
        self.runtime.block_on(self.stores.close());
    }

    /// All that is known of the claim with this number.
    pub(super) fn history(&self, number: &str) -> Result<ClaimHistory> {
        let numbers = [number.into()];
        let found = self.run("read the claim", self.stores.claims.histories(&numbers))?;
        let unknown = || Failure::Refused(format!("no claim has the number {number}"));
        found.into_iter().next().flatten().ok_or_else(unknown)
    }

    /// The remittance advice that the payments of the claim name.
    pub(super) fn remittances(&self, history: &ClaimHistory) -> Result<Vec<Remittance>> {
        let mut keys: Vec<RemittanceKey> = Vec::new();
        for payment in &history.payments {
            if !payment.remittance.trace.is_empty() && !keys.contains(&payment.remittance) {
                keys.push(payment.remittance.clone());
            }
        }
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found =
            self.run("read the remittance advice", self.stores.claims.remittances(&keys))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Why a version may not be adjusted; none when it may. `first` is the first version of the claim.
    pub(super) fn why_not(
        &self,
        version: &ClaimVersion,
        first: Option<&ClaimVersion>,
    ) -> Option<String> {
        let rules = &self.config.claims.rules;
        adjustable(version, first, today(), rules)
            .err()
            .map(|refusal| refusal.words().to_lowercase())
    }

    /// The first versions of these claims, of which each is at most once in the answer.
    pub(super) fn firsts(&self, versions: &[ClaimVersion]) -> Result<Vec<ClaimVersion>> {
        let mut keys: Vec<ClaimKey> = Vec::new();
        for version in versions.iter().filter(|version| version.number != version.original) {
            let key = ClaimKey::Number(version.original.clone());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let scope = ClaimScope::default();
        let found = self.run("read first versions", self.stores.claims.find(&keys, scope))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Enters what an operator says.
    pub(super) fn enter(&self, entries: Vec<LedgerEntry>) -> Result<()> {
        self.run("enter it into the ledger", self.stores.claims.enter(entries, &self.actor()))
    }

    /// Who enters what a command does.
    pub(super) fn actor(&self) -> Actor {
        let at_micros = (now().assume_utc().unix_timestamp_nanos() / 1000) as i64;
        Actor { who: "operator".into(), at_micros }
    }

    /// The guides and code lists that the settings name.
    pub(super) fn registry(&self) -> Result<Registry> {
        registry(None, self.config.codes_directory().map(std::path::PathBuf::as_path))
    }
}

/// The version with this number; the history of it is known to have one.
pub(super) fn version<'h>(history: &'h ClaimHistory, number: &str) -> Result<&'h ClaimVersion> {
    let found = history.versions.iter().find(|version| &*version.number == number);
    found.ok_or_else(|| Failure::Refused(format!("no claim has the number {number}")))
}

/// The payer's day.
pub(super) fn today() -> Date {
    now().date()
}
