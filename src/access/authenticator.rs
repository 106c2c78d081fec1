//! Checks what a caller presents.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::attempts::Attempts;
use super::caller::{Caller, Credential};
use super::fingerprint::Fingerprint;
use super::login::{LOGIN_NAME_MAX, Login, Logins};
use super::refusals::Refusals;
use super::secret::{PASSWORD_BYTES_MAX, SecretHash};
use super::verified::Verified;
use crate::config;
use crate::store::AuditEvent;

/// Why a caller is not let in. Which part was wrong is not said, here or by the time it takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No such login, a wrong secret, or one that is locked or disabled.
    #[error("the name or the secret is wrong, or the login is locked")]
    Refused,
    /// Too many passwords wait to be checked. The same may be tried again.
    #[error("too many logins at once")]
    Busy,
}

/// Knows all logins, and checks what a caller presents. Shared by every transport.
#[derive(Debug)]
pub struct Authenticator {
    logins: RwLock<Arc<Logins>>,
    attempts: Attempts,
    refusals: Refusals,
    verified: Verified,
    /// Passwords that are hashed at once.
    hashing: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Authenticator {
    /// With these logins.
    pub fn new(logins: Logins, settings: &config::Access) -> Authenticator {
        Authenticator {
            logins: RwLock::new(Arc::new(logins)),
            attempts: Attempts::new(settings),
            refusals: Refusals::new(settings.refusals_per_hour_max),
            verified: Verified::new(Duration::from_secs(settings.verified_minutes * 60)),
            hashing: Arc::new(Semaphore::new(settings.hashes_at_once)),
            waiting: AtomicUsize::new(0),
            waiting_max: settings.hashes_waiting_max,
        }
    }

    /// Knows these logins from now on, and no other. Connections that are let in stay, and wrong passwords are forgotten: whoever
    /// unlocks a login or renews its password means to let it in.
    pub fn replace(&self, logins: Logins) {
        *self.logins.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(logins);
        self.verified.clear();
        self.attempts.forget_logins();
    }

    /// Notes for the audit trail that a caller is refused who gives the name of a login, or none; `what` says in a word or two what was
    /// refused.
    pub fn refuse(&self, name: Option<&str>, address: IpAddr, what: &'static str) {
        let logins = self.logins();
        // Only the name of a login that there is: any other may be a password in the wrong place.
        let known = name.filter(|name| name.len() <= LOGIN_NAME_MAX);
        let login = known.and_then(|name| logins.named(name)).map(|login| &login.name);
        self.refusals.note(login, address, what, Instant::now());
    }

    /// Rows for the audit trail about callers that were refused: those that have waited for others like them, or `all`.
    pub fn refusals(&self, now_micros: i64, all: bool) -> Vec<AuditEvent> {
        self.refusals.take(Instant::now(), now_micros, all)
    }

    /// Takes rows back that the audit trail did not take.
    pub fn keep_refusals(&self, events: Vec<AuditEvent>) {
        self.refusals.put_back(events);
    }

    fn logins(&self) -> Arc<Logins> {
        self.logins.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets in who knows the password of the login `name`, calling from `address`. A name that there is not takes as long as
    /// a wrong password. Must be called on a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the caller is not let in.
    pub async fn by_password(
        &self,
        name: &str,
        password: &[u8],
        address: IpAddr,
    ) -> Result<Caller, Refusal> {
        let logins = self.logins();
        let login = logins.named(name).filter(|login| !login.disabled).cloned();
        let begun = Instant::now();
        let locked = self.attempts.is_locked(login.as_ref().map(|l| &l.name), address, begun);
        if let Some(login) = &login
            && !locked
            && self.verified.knows(login, password, begun)
        {
            return Ok(caller(login, Credential::Password));
        }
        let agreed = self.hash(login.clone(), &logins, password).await?;
        let now = Instant::now();
        match (login, agreed) {
            (Some(login), Some(hash)) if !locked => {
                self.attempts.succeeded(&login.name);
                self.verified.remember(&login, password, &hash, now);
                Ok(caller(&login, Credential::Password))
            }
            (login, _) => {
                // A name that there is not may be a password that was typed in the wrong place: it is not logged.
                let known = login.as_ref().map(|login| &login.name);
                let locks = !locked && self.attempts.failed(known, address, now);
                let what = match (locked, locks) {
                    (true, _) => "password of a locked login or address",
                    (false, true) => "password, which locks the login",
                    (false, false) => "password",
                };
                self.refusals.note(known, address, what, now);
                let login = known.map(|name| &**name);
                tracing::warn!(login, %address, locked = locked || locks, "a password was refused");
                Err(Refusal::Refused)
            }
        }
    }

    /// The hash that the password agrees with. Always hashes as often.
    async fn hash(
        &self,
        login: Option<Arc<Login>>,
        logins: &Logins,
        password: &[u8],
    ) -> Result<Option<SecretHash>, Refusal> {
        let permit = self.permit().await?;
        let times = logins.passwords_most().max(1);
        // A longer one is never right.
        let usable = password.len() <= PASSWORD_BYTES_MAX;
        let password = if usable { password.to_vec() } else { Vec::new() };
        let hashing = spawn_blocking(move || {
            let _held = permit;
            let known = login.as_ref().map_or(&[][..], |login| &login.passwords[..]);
            let mut agreed = None;
            for turn in 0..times {
                match known.get(turn) {
                    Some(hash) if hash.is_of(&password) => agreed = Some(hash.clone()),
                    Some(_) => {}
                    None => {
                        // For the time it takes.
                        let _ = SecretHash::of_nobody().is_some_and(|hash| hash.is_of(&password));
                    }
                }
            }
            agreed.filter(|_| usable)
        });
        hashing.await.map_err(|_| Refusal::Busy)
    }

    /// Waits for a turn to hash, unless too many do.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        struct Waiting<'w>(&'w AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= self.waiting_max {
            return Err(Refusal::Busy);
        }
        self.hashing.clone().acquire_owned().await.map_err(|_| Refusal::Busy)
    }

    /// Lets in who holds this public key of the login `name`. That the caller holds the private key, the transport has
    /// checked or will check before anything else happens.
    ///
    /// # Errors
    ///
    /// When the login does not have the key.
    pub fn by_key(&self, name: &str, key: &Fingerprint) -> Result<Caller, Refusal> {
        if name.len() > LOGIN_NAME_MAX {
            return Err(Refusal::Refused);
        }
        let logins = self.logins();
        let login = logins.named(name).filter(|login| !login.disabled);
        let login = login.filter(|login| login.keys.contains(key));
        login.map(|login| caller(login, Credential::PublicKey)).ok_or(Refusal::Refused)
    }

    /// Lets in who holds this client certificate, which TLS has checked, calling from `address`.
    ///
    /// # Errors
    ///
    /// When no login has the certificate.
    pub fn by_certificate(
        &self,
        certificate: &Fingerprint,
        address: IpAddr,
    ) -> Result<Caller, Refusal> {
        let logins = self.logins();
        match logins.with_certificate(certificate) {
            Some(login) if !login.disabled => Ok(caller(login, Credential::Certificate)),
            known => {
                let known = known.map(|login| &login.name);
                self.refusals.note(known, address, "certificate", Instant::now());
                Err(Refusal::Refused)
            }
        }
    }
}

fn caller(login: &Login, how: Credential) -> Caller {
    Caller::Authenticated { partner: login.partner.clone(), user: login.name.clone(), how }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn login(name: &str, password: &[u8]) -> Login {
        let passwords = vec![SecretHash::of(password).unwrap()];
        Login { passwords, ..Login::new(name, "clinic") }
    }

    fn authenticator(logins: Vec<Login>) -> Authenticator {
        let settings = config::Access { failures_max: 2, ..config::Access::default() };
        let mut all = Logins::default();
        logins.into_iter().for_each(|login| all.add(login).unwrap());
        Authenticator::new(all, &settings)
    }

    #[tokio::test]
    async fn the_right_password_lets_the_login_in_for_its_partner() {
        let access = authenticator(vec![login("desk", b"right")]);
        let caller = access.by_password("desk", b"right", HERE).await.unwrap();
        assert_eq!(caller.partner().map(|partner| &**partner), Some("clinic"));
        assert_eq!(caller.to_string(), "desk of clinic by password");
        for (name, password) in [("desk", "wrong"), ("other", "right"), ("", ""), ("desk", "")] {
            let refused = access.by_password(name, password.as_bytes(), HERE).await;
            assert_eq!(refused, Err(Refusal::Refused), "{name} {password}");
            access.attempts.succeeded(&"desk".into());
        }
        let long = [b'x'; PASSWORD_BYTES_MAX + 1];
        assert_eq!(access.by_password("desk", &long, HERE).await, Err(Refusal::Refused));
    }

    #[tokio::test]
    async fn a_login_without_a_password_is_not_let_in_by_none() {
        let access = authenticator(vec![Login::new("clinic", "clinic")]);
        assert_eq!(access.by_password("clinic", b"", HERE).await, Err(Refusal::Refused));
    }

    #[tokio::test]
    async fn a_locked_login_is_not_let_in_by_password_but_by_key() {
        let key = Fingerprint([1; 32]);
        let access = authenticator(vec![Login { keys: vec![key], ..login("desk", b"right") }]);
        for _ in 0..2 {
            access.by_password("desk", b"wrong", HERE).await.unwrap_err();
        }
        assert_eq!(access.by_password("desk", b"right", HERE).await, Err(Refusal::Refused));
        assert!(access.by_key("desk", &key).is_ok());
        assert_eq!(access.by_key("desk", &Fingerprint([2; 32])), Err(Refusal::Refused));
        assert_eq!(access.by_key("other", &key), Err(Refusal::Refused));
    }

    #[tokio::test]
    async fn a_replaced_or_disabled_login_is_no_longer_let_in() {
        let certificate = Fingerprint([3; 32]);
        let known = Login { certificates: vec![certificate], ..login("desk", b"right") };
        let access = authenticator(vec![known.clone()]);
        access.by_password("desk", b"right", HERE).await.unwrap();
        access.by_certificate(&certificate, HERE).unwrap();
        let mut logins = Logins::default();
        logins.add(Login { disabled: true, ..known }).unwrap();
        access.replace(logins);
        assert_eq!(access.by_password("desk", b"right", HERE).await, Err(Refusal::Refused));
        assert_eq!(access.by_certificate(&certificate, HERE), Err(Refusal::Refused));
    }

    #[tokio::test]
    async fn who_is_refused_is_told_to_the_audit_trail_without_what_was_given() {
        let access = authenticator(vec![login("desk", b"right")]);
        for _ in 0..3 {
            access.by_password("desk", b"wrong", HERE).await.unwrap_err();
        }
        access.by_password("my-password", b"desk", HERE).await.unwrap_err();
        access.by_certificate(&Fingerprint([9; 32]), HERE).unwrap_err();
        access.refuse(Some("desk"), HERE, "public keys");
        access.by_password("desk", b"right", IpAddr::from([192, 0, 2, 2])).await.unwrap_err();
        let events = access.refusals(5, true);
        let mut told: Vec<String> =
            events.iter().map(|it| format!("{} {} {}", it.actor, it.subject, it.detail)).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "desk 192.0.2.1 password",
                "desk 192.0.2.1 password of a locked login or address",
                "desk 192.0.2.1 password, which locks the login",
                "desk 192.0.2.1 public keys",
                "desk 192.0.2.2 password of a locked login or address",
                "unknown 192.0.2.1 certificate",
                "unknown 192.0.2.1 password",
            ]
        );
    }

    #[tokio::test]
    async fn both_passwords_are_right_while_one_is_replaced() {
        let mut both = login("desk", b"old");
        both.passwords.extend(login("desk", b"new").passwords);
        let access = authenticator(vec![both]);
        for password in [b"old", b"new", b"old"] {
            assert!(access.by_password("desk", password, HERE).await.is_ok());
        }
    }

    #[tokio::test]
    async fn no_more_than_so_many_wait_for_their_turn() {
        let settings = config::Access {
            hashes_at_once: 1,
            hashes_waiting_max: 1,
            ..config::Access::default()
        };
        let access = Authenticator::new(Logins::default(), &settings);
        let held = access.hashing.clone().acquire_owned().await.unwrap();
        let (first, second) = tokio::join!(
            async {
                let waits = access.by_password("a", b"", HERE);
                tokio::time::timeout(Duration::from_millis(50), waits).await
            },
            async {
                tokio::task::yield_now().await;
                access.by_password("b", b"", HERE).await
            },
        );
        assert!(first.is_err(), "it waits");
        assert_eq!(second, Err(Refusal::Busy));
        drop(held);
        assert_eq!(access.by_password("c", b"", HERE).await, Err(Refusal::Refused));
    }
}
