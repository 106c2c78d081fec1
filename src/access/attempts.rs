//! Failed passwords: after too many of them, a login or an address is locked for a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config;

/// Logins and addresses that are remembered at once, each.
const REMEMBERED_MAX: usize = 10_000;

/// Counts failed passwords of logins that there are, and of addresses.
#[derive(Debug)]
pub(super) struct Attempts {
    logins: Mutex<Counts<Arc<str>>>,
    addresses: Mutex<Counts<IpAddr>>,
}

impl Attempts {
    pub(super) fn new(settings: &config::Access) -> Attempts {
        let lock = Duration::from_secs(settings.lock_minutes * 60);
        Attempts {
            logins: Mutex::new(Counts::new(settings.failures_max, lock)),
            addresses: Mutex::new(Counts::new(settings.failures_per_address_max, lock)),
        }
    }

    /// True while neither this login nor this address may be let in by password.
    pub(super) fn is_locked(
        &self,
        login: Option<&Arc<str>>,
        address: IpAddr,
        now: Instant,
    ) -> bool {
        let of_login = login.is_some_and(|login| held(&self.logins).is_locked(login, now));
        of_login || held(&self.addresses).is_locked(&network(address), now)
    }

    /// A password was wrong. Gives true when that locks the login.
    pub(super) fn failed(&self, login: Option<&Arc<str>>, address: IpAddr, now: Instant) -> bool {
        held(&self.addresses).count(network(address), now);
        login.is_some_and(|login| held(&self.logins).count(login.clone(), now))
    }

    /// All wrong passwords of logins are forgotten; those of addresses are not.
    pub(super) fn forget_logins(&self) {
        held(&self.logins).of.clear();
    }

    /// A password was right.
    pub(super) fn succeeded(&self, login: &Arc<str>) {
        held(&self.logins).of.remove(login);
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody with one IPv6 address has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[derive(Debug)]
struct Counts<K> {
    of: HashMap<K, Count>,
    most: u32,
    lock: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: Instant,
}

impl<K: Hash + Eq + Clone> Counts<K> {
    fn new(most: u32, lock: Duration) -> Counts<K> {
        Counts { of: HashMap::new(), most, lock }
    }

    fn is_locked(&self, key: &K, now: Instant) -> bool {
        self.of
            .get(key)
            .is_some_and(|count| count.failures >= self.most && self.is_live(count, now))
    }

    fn is_live(&self, count: &Count, now: Instant) -> bool {
        now.saturating_duration_since(count.last) < self.lock
    }

    /// Counts one more; true when that is the one that locks.
    fn count(&mut self, key: K, now: Instant) -> bool {
        if self.of.len() >= REMEMBERED_MAX && !self.of.contains_key(&key) {
            self.make_room(now);
        }
        let lock = self.lock;
        let count = self.of.entry(key).or_insert(Count { failures: 0, last: now });
        if now.saturating_duration_since(count.last) >= lock {
            count.failures = 0;
        }
        // What fails while it is locked does not lock it for longer.
        if count.failures >= self.most {
            return false;
        }
        *count = Count { failures: count.failures + 1, last: now };
        count.failures == self.most
    }

    fn make_room(&mut self, now: Instant) {
        let lock = self.lock;
        self.of.retain(|_, count| now.saturating_duration_since(count.last) < lock);
        if self.of.len() >= REMEMBERED_MAX {
            let oldest = self.of.iter().min_by_key(|(_, count)| count.last);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.of.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> (Attempts, Arc<str>, IpAddr, Instant) {
        let settings = config::Access {
            failures_max: 3,
            failures_per_address_max: 5,
            lock_minutes: 1,
            ..config::Access::default()
        };
        let address = IpAddr::from([192, 0, 2, 1]);
        (Attempts::new(&settings), "clinic".into(), address, Instant::now())
    }

    #[test]
    fn too_many_wrong_passwords_lock_a_login_for_a_while() {
        let (attempts, login, address, now) = attempts();
        let fail = || attempts.failed(Some(&login), address, now);
        assert_eq!([fail(), fail()], [false, false]);
        assert!(!attempts.is_locked(Some(&login), address, now));
        assert!(fail());
        assert!(attempts.is_locked(Some(&login), address, now));
        assert!(!attempts.is_locked(Some(&"other".into()), address, now));
        // What is tried meanwhile does not lock it for longer.
        assert!(!attempts.failed(Some(&login), address, now + Duration::from_secs(59)));
        assert!(!attempts.is_locked(Some(&login), address, now + Duration::from_secs(60)));
    }

    #[test]
    fn a_right_password_makes_the_wrong_ones_forgotten() {
        let (attempts, login, address, now) = attempts();
        for _ in 0..2 {
            attempts.failed(Some(&login), address, now);
        }
        attempts.succeeded(&login);
        assert!(!attempts.failed(Some(&login), address, now));
        assert!(!attempts.is_locked(Some(&login), address, now));
    }

    #[test]
    fn an_address_is_locked_whatever_names_it_tries() {
        let (attempts, login, address, now) = attempts();
        for _ in 0..5 {
            attempts.failed(None, address, now);
        }
        assert!(attempts.is_locked(Some(&login), address, now));
        assert!(!attempts.is_locked(Some(&login), IpAddr::from([192, 0, 2, 2]), now));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let mut counts: Counts<u32> = Counts::new(1, Duration::from_secs(60));
        let now = Instant::now();
        for key in 0..REMEMBERED_MAX as u32 + 5 {
            counts.count(key, now + Duration::from_millis(u64::from(key)));
        }
        assert_eq!(counts.of.len(), REMEMBERED_MAX);
        assert!(!counts.of.contains_key(&0) && counts.of.contains_key(&(REMEMBERED_MAX as u32)));
    }
}
