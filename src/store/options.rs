//! Where the store lies and how it is opened.

use std::path::PathBuf;

/// What the caller is about to do with the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Answer partners: the only process that may do so, held by a lock file beside the database.
    Serve,
    /// Load or change rows; takes its turn with a serving process.
    Write,
    /// Read only; always possible.
    Read,
}

/// What a power failure may cost. Nothing is lost when only the process dies, and what changes claims, members or reviews is on
/// the disk before it is acknowledged in any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Inquiries of the last moments before a power failure may be forgotten, their control numbers are not given again.
    #[default]
    Normal,
    /// Every commit is on the disk before it is acknowledged.
    Full,
}

/// Whether members are kept in memory as well, where look-ups are several times as fast.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotMode {
    /// Never.
    Off,
    /// From the start: opening waits for it.
    On,
    /// Once so many look-ups were asked that reading all members would have been cheaper.
    #[default]
    Auto,
}

/// The `[store]` section of the settings.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreOptions {
    /// The database file.
    pub path: PathBuf,
    /// What a power failure may cost.
    pub durability: Durability,
    /// Connections that read; 0 is one for each core.
    pub read_connections: u32,
    /// How long a writer waits for another process to finish, milliseconds.
    pub busy_timeout_ms: u64,
    /// How much of the file is mapped into memory, MiB.
    pub mapped_mib_max: u32,
    /// Whether members are kept in memory as well.
    pub snapshot: SnapshotMode,
    /// How old the knowledge of another process's loads may be, milliseconds.
    pub snapshot_check_ms: u64,
    /// With more members than this no snapshot is kept; each takes about 300 bytes.
    pub snapshot_members_max: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            path: PathBuf::from("x12gate.db"),
            durability: Durability::Normal,
            read_connections: 0,
            busy_timeout_ms: 60_000,
            mapped_mib_max: 16_384,
            snapshot: SnapshotMode::Auto,
            snapshot_check_ms: 100,
            snapshot_members_max: 10_000_000,
        }
    }
}

impl StoreOptions {
    /// The defaults for this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}
