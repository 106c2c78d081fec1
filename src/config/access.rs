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
    /// Rows about refused callers that the audit trail takes in an hour; further ones are only counted.
    pub refusals_per_hour_max: u32,
    /// Registrations.
    pub registration: Registration,
}

/// `[access.registration]`: how somebody registers for access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// Proofs that are judged, for one NPI and of one registrant; further ones are refused until the lock ends.
    pub attempts_max: u32,
    /// How long that lock lasts.
    pub lock_hours: u32,
    /// How long the provider may approve or reject a registration on its behalf.
    pub token_hours: u32,
    /// Claims that prove who registers were received at most so many days ago.
    pub recent_claim_days: u16,
    /// How long judging a proof takes at least, right or wrong.
    pub answer_ms: u64,
}

impl Default for Registration {
    fn default() -> Self {
        Registration {
            attempts_max: 5,
            lock_hours: 24,
            token_hours: 72,
            recent_claim_days: 365,
            answer_ms: 500,
        }
    }
}

impl Registration {
    fn check(&self) -> Result<(), String> {
        let counts = [
            ("attempts_max", self.attempts_max, 100),
            ("lock_hours", self.lock_hours, 8760),
            ("token_hours", self.token_hours, 8760),
            ("recent_claim_days", u32::from(self.recent_claim_days), 3660),
        ];
        for (key, value, most) in counts {
            if !(1..=most).contains(&value) {
                return Err(format!("access.registration.{key} must be 1 to {most}"));
            }
        }
        match self.answer_ms {
            0..=10_000 => Ok(()),
            _ => Err("access.registration.answer_ms must be at most 10000".to_owned()),
        }
    }
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
            refusals_per_hour_max: 1000,
            registration: Registration::default(),
        }
    }
}

impl Access {
    pub(super) fn check(&self) -> Result<(), String> {
        self.registration.check()?;
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
