//! Passwords that were right a short while ago, so that a caller who sends one with every request is not hashed every time.
//!
//! What is kept is a keyed hash with a key that this process made, beside the kept hash that the password agreed with: a
//! password that was replaced is forgotten by that alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;
use ring::rand::SystemRandom;

use super::login::Login;
use super::secret::SecretHash;

/// Logins whose password is remembered at once.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Debug)]
pub(super) struct Verified {
    /// None when the operating system gave no random key: then nothing is remembered.
    key: Option<hmac::Key>,
    lasts: Duration,
    of: Mutex<HashMap<Arc<str>, Entry>>,
}

#[derive(Debug)]
struct Entry {
    tag: hmac::Tag,
    hash: SecretHash,
    until: Instant,
}

impl Verified {
    pub(super) fn new(lasts: Duration) -> Verified {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok();
        Verified { key, lasts, of: Mutex::default() }
    }

    /// True when this password of this login was right a short while ago and the login still has it.
    pub(super) fn knows(&self, login: &Login, password: &[u8], now: Instant) -> bool {
        let Some(key) = &self.key else { return false };
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.get(&login.name).is_some_and(|entry| {
            now < entry.until
                && login.passwords.contains(&entry.hash)
                && hmac::verify(key, password, entry.tag.as_ref()).is_ok()
        })
    }

    /// This password was right: it agrees with `hash`.
    pub(super) fn remember(&self, login: &Login, password: &[u8], hash: &SecretHash, now: Instant) {
        let Some(key) = self.key.as_ref().filter(|_| !self.lasts.is_zero()) else { return };
        let tag = hmac::sign(key, password);
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= REMEMBERED_MAX {
            of.retain(|_, entry| now < entry.until);
        }
        if of.len() < REMEMBERED_MAX {
            let entry = Entry { tag, hash: hash.clone(), until: now + self.lasts };
            of.insert(login.name.clone(), entry);
        }
    }

    /// Forgets all of them.
    pub(super) fn clear(&self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_for_a_while_and_while_the_login_has_it() {
        let verified = Verified::new(Duration::from_secs(60));
        let hash = SecretHash::of(b"sandbox").unwrap();
        let mut login = Login { passwords: vec![hash.clone()], ..Login::new("a", "a") };
        let now = Instant::now();
        assert!(!verified.knows(&login, b"sandbox", now));
        verified.remember(&login, b"sandbox", &hash, now);
        assert!(verified.knows(&login, b"sandbox", now + Duration::from_secs(59)));
        assert!(!verified.knows(&login, b"sandbox", now + Duration::from_secs(60)));
        assert!(!verified.knows(&login, b"sandbox2", now));
        assert!(!verified.knows(&Login { name: "b".into(), ..login.clone() }, b"sandbox", now));
        login.passwords = vec![SecretHash::of(b"sandbox").unwrap()];
        assert!(!verified.knows(&login, b"sandbox", now), "another hash was kept since");
    }
}
