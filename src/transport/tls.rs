//! TLS of a listener: its certificate, the certificates of clients and which partner they tell, and changed files without a restart.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;

use super::listener::Acceptor;
use crate::access::{Authenticator, Caller, Fingerprint};
use crate::config::{Listener, Protocol, Tls};

/// Why a listener cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or does not hold what it should.
    #[error("cannot use {}: {why}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// Certificate and key do not go together, or cannot be used.
    #[error("the certificate and its key cannot be used: {0}")]
    Certificate(#[from] rustls::Error),
    /// The issuers of client certificates cannot be used.
    #[error("the issuers of client certificates cannot be used: {0}")]
    Issuers(String),
}

/// Prepares the connections of a listener: decrypts them where it speaks TLS, and tells the partner by the client's certificate.
pub struct Door {
    tls: Option<TlsDoor>,
    access: Arc<Authenticator>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

/// The certificate of the moment.
struct TlsDoor {
    settings: Tls,
    /// Application protocols that are agreed on.
    protocols: Vec<Vec<u8>>,
    config: RwLock<Arc<ServerConfig>>,
    patience: Duration,
}

impl Door {
    /// For the connections of a listener. Reads its certificate, so that a wrong one is seen at the start.
    ///
    /// # Errors
    ///
    /// When the files of the certificate cannot be used.
    pub fn open(listener: &Listener, access: Arc<Authenticator>) -> Result<Door, TlsError> {
        let settings = &listener.tls;
        if !settings.is_on() {
            return Ok(Door { tls: None, access });
        }
        let protocols = match listener.protocol {
            Protocol::Http => vec![b"http/1.1".to_vec()],
            Protocol::Tcp | Protocol::Sftp => Vec::new(),
        };
        let config = RwLock::new(Arc::new(server_config(settings, &protocols)?));
        let patience = Duration::from_millis(settings.handshake_timeout_ms);
        let tls = TlsDoor { settings: settings.clone(), protocols, config, patience };
        Ok(Door { tls: Some(tls), access })
    }

    /// Looks at the files now and then, until `stop` is cancelled. Changed ones are used for the connections that come after; when
    /// they cannot be used, those of before are.
    pub async fn keep_up(&self, stop: &CancellationToken) {
        let Some(tls) = &self.tls else { return };
        let mut seen = tls.stamps();
        let pause = Duration::from_millis(tls.settings.reload_check_ms);
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            let stamps = tls.stamps();
            if stamps == seen {
                continue;
            }
            let (settings, protocols) = (tls.settings.clone(), tls.protocols.clone());
            let read = spawn_blocking(move || server_config(&settings, &protocols)).await;
            match read {
                Ok(Ok(config)) => {
                    *tls.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                    tracing::info!(certificate = %tls.settings.certificate.display(), "certificate reloaded");
                    seen = stamps;
                }
                Ok(Err(error)) => {
                    // Certificate and key are two files: they may not both be there yet, so it is tried again.
                    tracing::error!(%error, "the changed certificate is not used");
                }
                Err(_) => return,
            }
        }
    }
}

impl TlsDoor {
    fn config(&self) -> Arc<ServerConfig> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the files were written last.
    fn stamps(&self) -> [Option<SystemTime>; 3] {
        let Tls { certificate, key, client_ca, .. } = &self.settings;
        [certificate, key, client_ca]
            .map(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok())
    }
}

impl Acceptor for Door {
    type Io = Either<TcpStream, TlsStream<TcpStream>>;

    async fn accept(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<(Self::Io, Caller)> {
        let Some(tls) = &self.tls else {
            return Ok((Either::Left(stream), Caller::Anonymous { peer }));
        };
        let handshake = TlsAcceptor::from(tls.config()).accept(stream);
        let too_slow =
            || io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took too long");
        let stream = timeout(tls.patience, handshake).await.map_err(|_| too_slow())??;
        let caller = match stream.get_ref().1.peer_certificates() {
            Some([certificate, ..]) => {
                let fingerprint = Fingerprint::of_certificate(certificate);
                self.access.by_certificate(&fingerprint, peer.ip()).map_err(|_| {
                    let why = format!("the client certificate {fingerprint} is no partner's");
                    io::Error::new(io::ErrorKind::PermissionDenied, why)
                })?
            }
            _ => Caller::Anonymous { peer },
        };
        Ok((Either::Right(stream), caller))
    }
}

/// Reads the files.
fn server_config(settings: &Tls, protocols: &[Vec<u8>]) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(&settings.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|error| unusable(&settings.key, &error))?;
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let builder = if settings.client_ca.as_os_str().is_empty() {
        builder.with_no_client_auth()
    } else {
        builder.with_client_cert_verifier(verifier(settings, provider)?)
    };
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = protocols.to_vec();
    Ok(config)
}

fn verifier(
    settings: &Tls,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let mut issuers = RootCertStore::empty();
    for certificate in certificates(&settings.client_ca)? {
        issuers.add(certificate)?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(issuers), provider);
    let builder = match settings.client_certificate_required {
        true => builder,
        false => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|error| TlsError::Issuers(error.to_string()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<_> = read.map_err(|error| unusable(path, &error))?;
    match found.is_empty() {
        true => Err(unusable(path, &"it holds no certificate")),
        false => Ok(found),
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> TlsError {
    TlsError::File { path: path.to_owned(), why: why.to_string() }
}
