//! SFTP: partners send files to `inbound` and find the replies in `outbound`.
//!
//! A file counts once its sender closes it, or renames it from a temporary name; one that is not whole by then, or whose sender
//! goes away before, is not answered. By the time a client is told that a file was closed or renamed, it is on the disk.

mod cut;
mod files;
mod host_key;
mod listing;
mod place;
mod pump;
mod session;
mod upload;

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::server::run_stream;
use russh::{Disconnect, MethodKind, MethodSet, Preferred, SshId, kex};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::cut::Cut;
use self::session::SshSession;
use super::listener::{Connection, Ended, Handler};
use super::mailbox::Mailboxes;
use crate::access::Authenticator;
use crate::config::{Listener, Sftp as Settings};
use crate::gateway::Caller;

/// How long a client may take to go once it was told.
const FAREWELL: Duration = Duration::from_secs(2);

/// Key exchanges, the best first. Some older clients know none but those on P-256 and with groups that are agreed on.
const KEY_EXCHANGES: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];

/// Keys of partners and our own, without SHA-1.
const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

/// Serves partners over SSH.
pub struct Sftp {
    access: Arc<Authenticator>,
    mailboxes: Arc<Mailboxes>,
    ssh: Arc<russh::server::Config>,
    login_grace: Duration,
}

impl std::fmt::Debug for Sftp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sftp").finish_non_exhaustive()
    }
}

impl Sftp {
    /// For the connections of a listener. Reads the host keys, or makes them.
    ///
    /// # Errors
    ///
    /// When the host keys cannot be read or made.
    pub fn new(
        access: Arc<Authenticator>,
        mailboxes: Arc<Mailboxes>,
        listener: &Listener,
        settings: &Settings,
    ) -> io::Result<Sftp> {
        let keepalive = Duration::from_millis(listener.keepalive_ms);
        let ssh = russh::server::Config {
            // Which version this is, is nobody's business.
            server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-x12gate")),
            methods: MethodSet::from(&[MethodKind::PublicKey, MethodKind::Password][..]),
            keys: host_key::host_keys(&settings.host_key)?,
            auth_rejection_time: Duration::from_millis(settings.rejection_ms),
            // Every OpenSSH client begins with an attempt that is only a question.
            auth_rejection_time_initial: Some(Duration::ZERO),
            max_auth_attempts: settings.attempts_max,
            limits: russh::Limits::new(
                settings.rekey_bytes,
                settings.rekey_bytes,
                Duration::from_secs(3600),
            ),
            inactivity_timeout: Some(Duration::from_millis(listener.idle_timeout_ms)),
            keepalive_interval: (listener.keepalive_ms > 0).then_some(keepalive),
            preferred: Preferred {
                kex: Cow::Borrowed(KEY_EXCHANGES),
                key: Cow::Borrowed(KEYS),
                ..Preferred::DEFAULT
            },
            nodelay: true,
            ..russh::server::Config::default()
        };
        let login_grace = Duration::from_millis(settings.login_timeout_ms);
        Ok(Sftp { access, mailboxes, ssh: Arc::new(ssh), login_grace })
    }
}

impl Handler for Sftp {
    async fn handle<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        connection: Connection<I>,
    ) -> io::Result<Ended> {
        let Connection { io, caller, stop, .. } = connection;
        let Caller::Anonymous { peer } = caller else {
            return Ok(Ended::Because("SSH in another protocol that knows the caller"));
        };
        let end = CancellationToken::new();
        // The library runs the session on a task of its own: it ends with the socket.
        let _ends_with_us = end.clone().drop_guard();
        let let_in = CancellationToken::new();
        let session =
            SshSession::new(self.access.clone(), self.mailboxes.clone(), peer, let_in.clone());
        let started = run_stream(self.ssh.clone(), Cut::new(io, &end), session);
        let grace = sleep(self.login_grace);
        tokio::pin!(grace);
        let mut running = tokio::select! {
            started = started => started.map_err(io::Error::other)?,
            () = &mut grace => return Ok(Ended::Because("nobody logged in in time")),
            () = stop.cancelled() => return Ok(Ended::InOrder),
        };
        let handle = running.handle();
        tokio::select! {
            () = let_in.cancelled() => {}
            outcome = &mut running => return outcome.map(|()| Ended::InOrder).map_err(io::Error::other),
            () = &mut grace => return Ok(Ended::Because("nobody logged in in time")),
            () = stop.cancelled() => return Ok(Ended::InOrder),
        }
        tokio::select! {
            outcome = &mut running => outcome.map(|()| Ended::InOrder).map_err(io::Error::other),
            () = stop.cancelled() => {
                let farewell = async {
                    let why = "the server is shutting down".to_owned();
                    let told = handle.disconnect(Disconnect::ByApplication, why, "en".to_owned());
                    if told.await.is_ok() {
                        let _ = (&mut running).await;
                    }
                };
                let _ = timeout(FAREWELL, farewell).await;
                Ok(Ended::InOrder)
            }
        }
    }
}
