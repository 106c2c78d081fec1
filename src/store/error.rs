//! Why the store could not do what it was asked, whose fault it is and whether to try again.

use std::path::PathBuf;

/// What a backend gives as its reason. No type of a database driver leaves the store.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Who has to change something before the same call can succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The program: a defect of ours.
    Ours,
    /// The caller: it asked for something that cannot be done, or opened the store in the wrong way.
    Caller,
    /// The store: the database, its disk or what is in it.
    Store,
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused or failed.
    #[error("the store failed while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// True when the reason may pass by itself: the database is busy or cannot be reached.
        retry: bool,
        /// The driver's reason.
        source: Cause,
    },
    /// A column holds a value that this program does not write.
    #[error("the store contains an invalid {what}")]
    Corrupt {
        /// Of what kind.
        what: &'static str,
    },
    /// A statement that was put together from several calls failed for all of them.
    #[error(transparent)]
    Together(std::sync::Arc<StoreError>),
    /// The task that does the work has stopped.
    #[error("the store has been closed")]
    Gone,
    /// Another process serves this store.
    #[error("another process is serving the store {}; stop it first, or open the store for reading only", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The lock file beside the database cannot be had.
    #[error("cannot lock {}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file cannot be read or written, or is there already.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The tables could not be brought to this version.
    #[error("the store cannot be migrated")]
    Migration {
        /// The driver's reason.
        source: Cause,
    },
    /// Opened for reading, the store is empty or of another version.
    #[error("the store was created by a different version; open it once for writing")]
    OtherVersion,
    /// Opened for reading, the store was asked to write.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The store's address names a database that this program has no backend for.
    #[error("unsupported store {scheme}; a store is a SQLite file")]
    Backend {
        /// What stands before `:` in the address.
        scheme: Box<str>,
    },
    /// The backend cannot do this.
    #[error("this store does not support {what}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
    /// The rows of an interchange that was coming in were cleared away, because nothing had been written for an hour.
    #[error("an interchange took too long to come in")]
    Expired,
    /// It took longer than whoever asked can wait.
    #[error("the store took too long")]
    TooSlow,
    /// A count of control numbers that no series can give.
    #[error("the number of control numbers must be 1 to 999999999")]
    ControlCount,
    /// It is in the store already and must not be there twice: nothing of what came with it was stored.
    #[error("the {what} is known already")]
    Known {
        /// What.
        what: &'static str,
    },
    /// A value that no column can hold: money with fractions of a cent.
    #[error("a {what} cannot be stored")]
    Value {
        /// Of what kind.
        what: &'static str,
    },
}

/// The result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// True when the same call may succeed later without a change to anything.
    pub fn retry(&self) -> bool {
        match self {
            Self::Database { retry, .. } => *retry,
            Self::Together(error) => error.retry(),
            Self::InUse { .. } | Self::Expired | Self::TooSlow => true,
            _ => false,
        }
    }

    /// Who has to change something before the same call can succeed.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Together(error) => error.fault(),
            Self::Gone | Self::Expired => Fault::Ours,
            Self::InUse { .. }
            | Self::OtherVersion
            | Self::ReadOnly
            | Self::Backend { .. }
            | Self::Unsupported { .. }
            | Self::ControlCount
            | Self::File { .. }
            | Self::Known { .. }
            | Self::Value { .. } => Fault::Caller,
            Self::Database { .. }
            | Self::TooSlow
            | Self::Corrupt { .. }
            | Self::Lock { .. }
            | Self::Migration { .. } => Fault::Store,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_shared_error_says_what_the_first_one_says() {
        let busy = StoreError::Database {
            doing: "recording interchanges",
            retry: true,
            source: "database is locked".into(),
        };
        let shared = StoreError::Together(Arc::new(busy));
        assert_eq!(shared.to_string(), "the store failed while recording interchanges");
        assert_eq!(shared.source().map(ToString::to_string).as_deref(), Some("database is locked"));
        assert!(shared.retry());
        assert_eq!(shared.fault(), Fault::Store);
        assert_eq!(StoreError::ReadOnly.fault(), Fault::Caller);
        assert!(!StoreError::ReadOnly.retry());
        assert_eq!(StoreError::Gone.fault(), Fault::Ours);
    }
}
