//! How many requests are worked on at once, and how often a partner may ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Http;

/// Lets requests in, as many as the settings allow.
#[derive(Debug)]
pub(super) struct Admission {
    all: Arc<Semaphore>,
    partners: Mutex<HashMap<Arc<str>, Load>>,
    per_partner_max: usize,
    per_minute_max: u32,
}

/// The requests of a partner.
#[derive(Debug)]
struct Load {
    running: usize,
    /// Requests that may come at once; grows with time.
    credit: f64,
    counted: Instant,
}

/// Why a request of a partner is not let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// So many of its requests are worked on.
    TooMany,
    /// It asks too often; the next request is let in after this time.
    TooOften(Duration),
}

impl Admission {
    pub(super) fn new(settings: &Http) -> Admission {
        Admission {
            all: Arc::new(Semaphore::new(settings.requests_max)),
            partners: Mutex::default(),
            per_partner_max: settings.requests_per_partner_max,
            per_minute_max: settings.requests_per_minute_max,
        }
    }

    /// A place for a request of whomever; none when all are taken.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.all.clone().try_acquire_owned().ok()
    }

    /// A place for a request of a partner, held until the turn is dropped.
    pub(super) fn partner(
        self: &Arc<Self>,
        partner: &Arc<str>,
        now: Instant,
    ) -> Result<Turn, Refused> {
        let most = f64::from(self.per_minute_max);
        let mut partners = self.partners.lock().unwrap_or_else(PoisonError::into_inner);
        let load = partners.entry(partner.clone()).or_insert(Load {
            running: 0,
            credit: most,
            counted: now,
        });
        if load.running >= self.per_partner_max {
            return Err(Refused::TooMany);
        }
        if self.per_minute_max > 0 {
            let since = now.saturating_duration_since(load.counted).as_secs_f64();
            load.credit = (load.credit + since * most / 60.0).min(most);
            load.counted = now;
            if load.credit < 1.0 {
                let wait = (1.0 - load.credit) * 60.0 / most;
                return Err(Refused::TooOften(Duration::from_secs_f64(wait)));
            }
            load.credit -= 1.0;
        }
        load.running += 1;
        Ok(Turn { admission: self.clone(), partner: partner.clone() })
    }
}

/// A place of a partner.
#[derive(Debug)]
pub(super) struct Turn {
    admission: Arc<Admission>,
    partner: Arc<str>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut partners = self.admission.partners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(load) = partners.get_mut(&self.partner) {
            load.running -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(per_partner_max: usize, per_minute_max: u32) -> Arc<Admission> {
        let settings = Http {
            requests_max: 2,
            requests_per_partner_max: per_partner_max,
            requests_per_minute_max: per_minute_max,
            ..Http::default()
        };
        Arc::new(Admission::new(&settings))
    }

    #[test]
    fn so_many_requests_at_once_and_no_more() {
        let admission = admission(1, 0);
        let held = [admission.enter(), admission.enter()];
        assert!(held.iter().all(Option::is_some) && admission.enter().is_none());
        drop(held);
        assert!(admission.enter().is_some());
        let (one, other, now) = ("one".into(), "other".into(), Instant::now());
        let turn = admission.partner(&one, now).unwrap();
        assert_eq!(admission.partner(&one, now).unwrap_err(), Refused::TooMany);
        assert!(admission.partner(&other, now).is_ok());
        drop(turn);
        assert!(admission.partner(&one, now).is_ok());
    }

    #[test]
    fn who_asks_too_often_is_told_how_long_to_wait() {
        let admission = admission(10, 2);
        let (one, now) = ("one".into(), Instant::now());
        assert!(admission.partner(&one, now).is_ok() && admission.partner(&one, now).is_ok());
        let Err(Refused::TooOften(wait)) = admission.partner(&one, now) else { panic!() };
        assert_eq!(wait.as_secs(), 30);
        assert!(admission.partner(&one, now + Duration::from_secs(31)).is_ok());
    }
}
