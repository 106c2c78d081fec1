//! The store as everything above sees it: a value that holds a trait object for each subject.

use std::path::Path;
use std::sync::Arc;

use super::coalesce::Coalescing;
use super::remember::RememberedProviders;
use super::snapshot::MemberSnapshot;
use super::sqlite::SqliteStore;
use super::{
    Access, Backend, Claims, Generations, Journal, LoadTransaction, Logins, Members, Partners,
    Plans, Providers, Result, Reviews, SnapshotMode, StoreCounts, StoreError, StoreOptions,
};

/// A store. Clones share it.
#[derive(Clone)]
pub struct Stores {
    /// Members with all that an eligibility answer needs.
    pub members: Arc<dyn Members>,
    /// Providers of care.
    pub providers: Arc<dyn Providers>,
    /// Plans with their benefits.
    pub plans: Arc<dyn Plans>,
    /// Trading partners.
    pub partners: Arc<dyn Partners>,
    /// The claim ledger.
    pub claims: Arc<dyn Claims>,
    /// The review ledger.
    pub reviews: Arc<dyn Reviews>,
    /// Who may come in, and the audit trail.
    pub logins: Arc<dyn Logins>,
    /// The interchanges that were answered.
    pub journal: Arc<dyn Journal>,
    /// What concerns all of them.
    pub backend: Arc<dyn Backend>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

impl Stores {
    /// Opens the store at `options.path`, with the backend that its address names. Serving and writing create and migrate
    /// it; serving takes the lock beside it. Must be called on a tokio runtime.
    ///
    /// # Errors
    ///
    /// When there is no such backend, another process serves the store, or the database cannot be opened or migrated.
    pub async fn open(options: &StoreOptions, access: Access) -> Result<Stores> {
        Ok(Stores::of(Arc::new(SqliteStore::open(&sqlite_options(options)?, access).await?)))
    }

    /// An empty store that lives in memory and goes with its last clone.
    ///
    /// # Errors
    ///
    /// When the database cannot be set up.
    pub async fn in_memory() -> Result<Stores> {
        Ok(Stores::of(Arc::new(SqliteStore::in_memory().await?)))
    }

    /// A store in which one value does everything.
    pub fn of<S>(store: Arc<S>) -> Stores
    where
        S: Members
            + Providers
            + Plans
            + Partners
            + Claims
            + Reviews
            + Logins
            + Journal
            + Backend
            + 'static,
    {
        Stores {
            members: store.clone(),
            providers: store.clone(),
            plans: store.clone(),
            partners: store.clone(),
            claims: store.clone(),
            reviews: store.clone(),
            logins: store.clone(),
            journal: store.clone(),
            backend: store,
        }
    }

    /// The same store for many callers at once: look-ups of members that come together are put into one statement (at most
    /// `together_max` callers), members are kept in memory as the options say, and providers are remembered.
    ///
    /// # Errors
    ///
    /// When the members cannot be read into memory.
    pub async fn shared(self, options: &StoreOptions, together_max: usize) -> Result<Stores> {
        // Members in memory are found at once, so that only what goes to the database is put together.
        let mut members: Arc<dyn Members> = Arc::new(Coalescing::new(self.members, together_max));
        if let Some(pages) = self.backend.member_pages()
            && options.snapshot != SnapshotMode::Off
        {
            members = Arc::new(MemberSnapshot::start(members, pages, options).await?);
        }
        let providers = Arc::new(RememberedProviders::new(self.providers));
        Ok(Stores { members, providers, ..self })
    }

    /// Starts a load: its rows become visible together when it is committed, and never when it is dropped.
    ///
    /// # Errors
    ///
    /// When the store is open for reading only or cannot be written to.
    pub async fn begin_load(&self) -> Result<Box<dyn LoadTransaction>> {
        self.backend.begin_load().await
    }

    /// How often each kind of rows was loaded.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub async fn generations(&self) -> Result<Generations> {
        self.backend.generations().await
    }

    /// How many rows of each kind there are.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub async fn counts(&self) -> Result<StoreCounts> {
        self.backend.counts().await
    }

    /// Puts a backup in the place of the store at `options.path`, which is only replaced when `replace` says so. The backup is
    /// read through first.
    ///
    /// # Errors
    ///
    /// When the backup is not a whole store of this version, a process serves the store, or there is one already.
    pub async fn restore(options: &StoreOptions, backup: &Path, replace: bool) -> Result<()> {
        SqliteStore::restore(&sqlite_options(options)?, backup, replace).await
    }

    /// Waits for everything begun, and closes the connections. Clones can do nothing any more.
    pub async fn close(&self) {
        self.backend.close().await;
    }
}

/// The options for the SQLite backend, which takes a plain path and `sqlite:PATH`.
fn sqlite_options(options: &StoreOptions) -> Result<StoreOptions> {
    let mut options = options.clone();
    let Some((scheme, rest)) = options.path.to_str().and_then(|address| address.split_once(':'))
    else {
        return Ok(options);
    };
    // One letter is a drive, and a folder may have a colon in its name.
    if scheme.len() < 2 || !scheme.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(options);
    }
    match scheme {
        "sqlite" => {
            options.path = rest.strip_prefix("//").unwrap_or(rest).into();
            Ok(options)
        }
        _ if rest.starts_with("//") => Err(StoreError::Backend { scheme: scheme.into() }),
        _ => Ok(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_backend() {
        let path =
            |address: &str| sqlite_options(&StoreOptions::at(address)).map(|options| options.path);
        for (address, expected) in [
            ("x12gate.db", "x12gate.db"),
            ("sqlite:x12gate.db", "x12gate.db"),
            ("sqlite:///var/x12gate.db", "/var/x12gate.db"),
            ("C:/x12gate.db", "C:/x12gate.db"),
            ("odd:name.db", "odd:name.db"),
        ] {
            assert_eq!(path(address).expect(address), Path::new(expected), "{address}");
        }
        let error = path("postgres://host/db").expect_err("no such backend");
        assert_eq!(error.to_string(), "unsupported store postgres; a store is a SQLite file");
    }
}
