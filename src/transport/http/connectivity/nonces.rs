//! Tokens that say when they were made: they are good for a while, and a nonce is good once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Nonces that are remembered at once; with more, a token with a nonce is refused until some are too old to be used again.
const REMEMBERED_MAX: usize = 100_000;

/// The nonces of a while.
#[derive(Debug)]
pub(in super::super) struct Nonces {
    window: Duration,
    seen: Mutex<HashMap<String, OffsetDateTime>>,
}

impl Nonces {
    /// A token may be older or newer than our clock by this much.
    pub(in super::super) fn new(window: Duration) -> Nonces {
        Nonces { window, seen: Mutex::default() }
    }

    /// True for a token that is good: what it does not say is not checked.
    pub(super) fn accept(
        &self,
        name: &str,
        nonce: Option<&str>,
        created: Option<&str>,
        now: OffsetDateTime,
    ) -> bool {
        if let Some(created) = created {
            let Ok(created) = OffsetDateTime::parse(created, &Rfc3339) else { return false };
            if (now - created).unsigned_abs() > self.window {
                return false;
            }
        }
        let Some(nonce) = nonce.filter(|nonce| !nonce.is_empty()) else { return true };
        if nonce.len() > 256 {
            return false;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED_MAX {
            // A token without a time is good as long as its nonce is remembered: twice the window for all.
            seen.retain(|_, at| (now - *at).unsigned_abs() <= self.window * 2);
        }
        if seen.len() >= REMEMBERED_MAX {
            return false;
        }
        seen.insert(format!("{name}\n{nonce}"), now).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_nonce_is_good_once_and_a_token_for_a_while() {
        let nonces = Nonces::new(Duration::from_secs(300));
        let now = datetime!(2026-01-05 09:30 UTC);
        let accept = |nonce, created| nonces.accept("clinic", nonce, created, now);
        assert!(accept(None, None));
        assert!(accept(Some("a"), Some("2026-01-05T09:34:00Z")));
        assert!(!accept(Some("a"), Some("2026-01-05T09:34:00Z")));
        assert!(nonces.accept("other", Some("a"), None, now));
        assert!(!accept(Some("b"), Some("2026-01-05T09:24:00Z")));
        assert!(!accept(Some("c"), Some("yesterday")));
    }
}
