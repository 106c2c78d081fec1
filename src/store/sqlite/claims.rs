//! The claim ledger.

use crate::store::Claims;

use super::SqliteStore;

impl Claims for SqliteStore {}
