//! One SSH connection: who is calling, and the one thing it may ask for, SFTP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use russh::keys::Algorithm;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tokio_util::sync::CancellationToken;

use super::files::Files;
use super::pump::{WAITING_BYTES_MAX, pump};
use crate::access::{Authenticator, Caller, Fingerprint};
use crate::transport::mailbox::{Mailbox, Mailboxes};

/// Channels of one connection at once.
const CHANNELS_MAX: usize = 4;

/// What one connection is about.
pub(super) struct SshSession {
    pub(super) access: Arc<Authenticator>,
    pub(super) mailboxes: Arc<Mailboxes>,
    pub(super) peer: SocketAddr,
    /// Cancelled when the caller is let in.
    pub(super) let_in: CancellationToken,
    caller: Option<(Caller, Arc<Mailbox>)>,
    /// The login whose keys were refused, if nobody was let in since. Clients offer all keys they have.
    refused_keys: Option<String>,
    /// Channels on which nothing was asked for yet.
    channels: HashMap<ChannelId, Channel<Msg>>,
    opened: usize,
}

/// SHA-1 signatures can be forged.
fn is_weak(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { hash: None } | Algorithm::Dsa)
}

impl SshSession {
    pub(super) fn new(
        access: Arc<Authenticator>,
        mailboxes: Arc<Mailboxes>,
        peer: SocketAddr,
        let_in: CancellationToken,
    ) -> SshSession {
        SshSession {
            access,
            mailboxes,
            peer,
            let_in,
            caller: None,
            refused_keys: None,
            channels: HashMap::new(),
            opened: 0,
        }
    }

    /// A caller who has shown who it is, and whose partner has a mailbox.
    fn let_in(&mut self, caller: Caller) -> Auth {
        let mailbox = caller.partner().map(|partner| self.mailboxes.of(partner));
        match mailbox {
            Some(Ok(Some(mailbox))) => {
                tracing::info!(peer = %self.peer, %caller, "let in");
                self.refused_keys = None;
                self.caller = Some((caller, mailbox));
                Auth::Accept
            }
            Some(Err(error)) => {
                tracing::error!(%caller, %error, "the folders of a partner cannot be used");
                Auth::reject()
            }
            Some(Ok(None)) | None => {
                tracing::warn!(peer = %self.peer, %caller, "refused: the partner has no profile");
                let user = caller.user().map(|user| &**user);
                self.access.refuse(user, self.peer.ip(), "login of a partner without a profile");
                Auth::reject()
            }
        }
    }

    fn serve(&mut self, channel: Channel<Msg>) {
        let Some((Caller::Authenticated { user, how, .. }, mailbox)) = &self.caller else { return };
        let gateway = self.mailboxes.gateway().clone();
        let files = Files::new(mailbox.clone(), gateway, user.clone(), *how);
        let (reader, writer) = tokio::io::split(channel.into_stream());
        let (requests, waiting) = tokio::io::simplex(WAITING_BYTES_MAX);
        let peer = self.peer;
        tokio::spawn(async move {
            if let Err(error) = pump(reader, waiting).await {
                tracing::warn!(%peer, %error, "an SFTP channel was closed");
            }
        });
        tokio::spawn(russh_sftp::server::run(tokio::io::join(requests, writer), files));
    }

    fn deny(session: &mut Session, channel: ChannelId) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }
}

impl Drop for SshSession {
    fn drop(&mut self) {
        if let Some(user) = &self.refused_keys {
            self.access.refuse(Some(user), self.peer.ip(), "public keys");
        }
    }
}

impl Handler for SshSession {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let access = self.access.clone();
        match access.by_password(user, password.as_bytes(), self.peer.ip()).await {
            Ok(caller) => Ok(self.let_in(caller)),
            Err(_) => Ok(Auth::reject()),
        }
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        let key = Fingerprint::of_key(offer.public_key);
        let known = !is_weak(offer.algorithm) && self.access.by_key(user, &key).is_ok();
        if !known {
            self.refused_keys = Some(user.to_owned());
        }
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        if is_weak(key.algorithm) {
            return Ok(Auth::reject());
        }
        match self.access.by_key(user, &Fingerprint::of_key(key.public_key)) {
            Ok(caller) => Ok(self.let_in(caller)),
            Err(_) => Ok(Auth::reject()),
        }
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> Result<(), russh::Error> {
        self.let_in.cancel();
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        if self.opened >= CHANNELS_MAX {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        self.opened += 1;
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.remove(&channel);
        self.opened = self.opened.saturating_sub(1);
        Ok(())
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        // The client has nothing more to ask for.
        session.close(channel)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id) {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                self.serve(channel);
                Ok(())
            }
            _ => SshSession::deny(session, id),
        }
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        SshSession::deny(session, channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        SshSession::deny(session, channel)
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        SshSession::deny(session, channel)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        SshSession::deny(session, channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        SshSession::deny(session, channel)
    }
}
