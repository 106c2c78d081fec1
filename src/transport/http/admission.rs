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

/// What a partner's profile says of its requests; the settings of the server where it says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Limits {
    /// Requests worked on at once.
    pub(super) at_once_max: Option<usize>,
    /// Requests in a minute; 0 for no limit.
    pub(super) per_minute_max: Option<u32>,
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

    /// A place for a request of a partner, held until the turn is dropped. The profile may have limits of its own.
    pub(super) fn partner(
        self: &Arc<Self>,
        partner: &Arc<str>,
        own: Limits,
        now: Instant,
    ) -> Result<Turn, Refused> {
        let at_once_max = own.at_once_max.unwrap_or(self.per_partner_max);
        let per_minute_max = own.per_minute_max.unwrap_or(self.per_minute_max);
        let most = f64::from(per_minute_max);
        let mut partners = self.partners.lock().unwrap_or_else(PoisonError::into_inner);
        let load = partners.entry(partner.clone()).or_insert(Load {
            running: 0,
            credit: most,
            counted: now,
        });
        if load.running >= at_once_max {
            return Err(Refused::TooMany);
        }
        if per_minute_max > 0 {
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

    const NONE: Limits = Limits { at_once_max: None, per_minute_max: None };

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
        let turn = admission.partner(&one, NONE, now).unwrap();
        assert_eq!(admission.partner(&one, NONE, now).unwrap_err(), Refused::TooMany);
        assert!(admission.partner(&other, NONE, now).is_ok());
        drop(turn);
        assert!(admission.partner(&one, NONE, now).is_ok());
    }

    #[test]
    fn who_asks_too_often_is_told_how_long_to_wait() {
        let admission = admission(10, 2);
        let (one, now) = ("one".into(), Instant::now());
        assert!(
            admission.partner(&one, NONE, now).is_ok()
                && admission.partner(&one, NONE, now).is_ok()
        );
        let Err(Refused::TooOften(wait)) = admission.partner(&one, NONE, now) else { panic!() };
        assert_eq!(wait.as_secs(), 30);
        assert!(admission.partner(&one, NONE, now + Duration::from_secs(31)).is_ok());
    }

    #[test]
    fn the_limits_of_a_profile_come_before_those_of_the_server() {
        let admission = admission(1, 1);
        let (one, now) = ("one".into(), Instant::now());
        let own = Limits { at_once_max: Some(2), per_minute_max: Some(0) };
        let turns = [admission.partner(&one, own, now), admission.partner(&one, own, now)];
        assert!(turns.iter().all(Result::is_ok));
        assert_eq!(admission.partner(&one, own, now).unwrap_err(), Refused::TooMany);
        let narrow = Limits { at_once_max: None, per_minute_max: Some(3) };
        let other = "other".into();
        for _ in 0..3 {
            admission.partner(&other, narrow, now).unwrap();
        }
        assert!(matches!(admission.partner(&other, narrow, now), Err(Refused::TooOften(_))));
    }
}
