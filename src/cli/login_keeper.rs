//! The logins of a server: read at its start, and again when the store or the partners have changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::at_store::micros_now;
use super::failure::{Failure, Result};
use x12gate::access::{Authenticator, Login, Logins, logins_of};
use x12gate::gateway::Gateway;
use x12gate::store::LoginRows;

/// How often the store is asked.
const LOOK: Duration = Duration::from_secs(1);

/// How often the head of the audit trail is logged.
const HEAD: Duration = Duration::from_secs(3600);

/// Keeps an authenticator up to date.
pub(super) struct LoginKeeper {
    gateway: Arc<Gateway>,
    /// Logins that the command line has added.
    given: Vec<Login>,
    /// Counts of logins and partners that were loaded last.
    seen: (u64, u64),
    /// Caught from the start: the signal would end us otherwise.
    hangups: Hangups,
    /// When the first of the credentials that are in use expires.
    expires_micros: i64,
}

impl LoginKeeper {
    /// Must be called on a tokio runtime.
    pub(super) fn new(gateway: &Arc<Gateway>, given: Vec<Login>) -> LoginKeeper {
        let (gateway, seen) = (gateway.clone(), (0, 0));
        LoginKeeper { gateway, given, seen, hangups: Hangups::new(), expires_micros: i64::MAX }
    }

    /// An authenticator with the logins of now.
    pub(super) async fn authenticator(&mut self) -> Result<Arc<Authenticator>> {
        let failed = |e| Failure::new("read the logins", e);
        let generations = self.gateway.stores().generations().await.map_err(failed)?;
        self.seen = (generations.logins, generations.partners);
        let rows = self.gateway.stores().logins.all().await.map_err(failed)?;
        let logins = self.put_together(&rows).map_err(|e| Failure::new("use the logins", e))?;
        Ok(Arc::new(Authenticator::new(logins, &self.gateway.config().access)))
    }

    /// Looks again and again.
    pub(super) async fn keep(mut self, access: Arc<Authenticator>) {
        let mut head_logged = None;
        loop {
            if head_logged.is_none_or(|at: Instant| at.elapsed() >= HEAD) {
                head_logged = Some(Instant::now());
                if let Ok(head) = self.gateway.stores().logins.audit_head().await {
                    tracing::info!(%head, "audit trail");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => self.gateway.refresh().await,
                () = self.hangups.next() => {
                    // What was asked for by hand is read whatever the store counts.
                    self.seen = (u64::MAX, u64::MAX);
                    if let Err(error) = self.gateway.reload().await {
                        let error: &dyn std::error::Error = &error;
                        tracing::error!(error, "the partners could not be reloaded");
                    }
                }
            }
            self.look(&access).await;
            note_refusals(&self.gateway, &access, false).await;
        }
    }

    async fn look(&mut self, access: &Authenticator) {
        let generations = match self.gateway.stores().generations().await {
            Ok(generations) => generations,
            Err(error) => return tracing::warn!(%error, "the logins could not be looked at"),
        };
        let now = (generations.logins, generations.partners);
        if now == self.seen && micros_now() < self.expires_micros {
            return;
        }
        match self.gateway.stores().logins.all().await {
            Ok(rows) => match self.put_together(&rows) {
                Ok(logins) => {
                    self.seen = now;
                    access.replace(logins);
                    tracing::info!("logins reloaded");
                }
                Err(error) => tracing::error!(%error, "the logins cannot be used"),
            },
            Err(error) => tracing::warn!(%error, "the logins could not be read"),
        }
    }

    /// What is in the store and on the command line; those of disabled partners are disabled.
    fn put_together(
        &mut self,
        rows: &LoginRows,
    ) -> std::result::Result<Logins, x12gate::access::LoginError> {
        let now = micros_now();
        let ends = rows.credentials.iter().filter_map(|it| it.expires_micros);
        self.expires_micros = ends.filter(|at| *at > now).min().unwrap_or(i64::MAX);
        let mut logins = logins_of(rows, now);
        for login in &self.given {
            logins.add(login.clone())?;
        }
        for partner in self.gateway.partners().iter().filter(|partner| partner.disabled) {
            logins.disable_all_of(&partner.id);
        }
        Ok(logins)
    }
}

/// Puts the callers that were refused into the audit trail; at the end `all` of them.
pub(super) async fn note_refusals(gateway: &Gateway, access: &Authenticator, all: bool) {
    let events = access.refusals(micros_now(), all);
    if events.is_empty() {
        return;
    }
    let told = gateway.stores().logins.change(Vec::new(), events.clone()).await;
    if let Err(error) = told {
        tracing::warn!(%error, "refused callers could not be put into the audit trail");
        access.keep_refusals(events);
    }
}

/// SIGHUP, with which an operator asks that files are read again.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    fn new() -> Hangups {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Hangups { signal: signal(SignalKind::hangup()).ok() }
        }
        #[cfg(not(unix))]
        Hangups {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    }
}
