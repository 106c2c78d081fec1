//! `[access]`: how callers are let in.

use serde::{Deserialize, Serialize};

/// `[access]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Wrong passwords in a row that lock a login.
    pub failures_max: u32,
    /// Wrong passwords from one address, whatever the names, that lock the address.
    pub failures_per_address_max: u32,
    /// How long a lock lasts.
    pub lock_minutes: u64,
    /// How long a password that was right is not hashed again; 0 hashes it every time.
    pub verified_minutes: u64,
    /// Passwords hashed at once. Each takes 19 MiB and tens of milliseconds of a core.
    pub hashes_at_once: usize,
    /// Callers that wait for that; further ones are refused.
    pub hashes_waiting_max: usize,
}

impl Default for Access {
    fn default() -> Self {
        Access {
            failures_max: 10,
            failures_per_address_max: 100,
            lock_minutes: 15,
            verified_minutes: 5,
            hashes_at_once: 2,
            hashes_waiting_max: 64,
        }
    }
}

impl Access {
    pub(super) fn check(&self) -> Result<(), String> {
        let counts = [
            ("failures_max", u64::from(self.failures_max)),
            ("failures_per_address_max", u64::from(self.failures_per_address_max)),
            ("lock_minutes", self.lock_minutes),
            ("hashes_at_once", self.hashes_at_once as u64),
            ("hashes_waiting_max", self.hashes_waiting_max as u64),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, value)| *value == 0) {
            return Err(format!("access.{key} must not be 0"));
        }
        if self.hashes_at_once > 64 {
            return Err("access.hashes_at_once must be at most 64".to_owned());
        }
        let week = 7 * 24 * 60;
        if self.lock_minutes > week || self.verified_minutes > 60 {
            return Err(
                "access.lock_minutes must be at most a week, access.verified_minutes an hour"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
