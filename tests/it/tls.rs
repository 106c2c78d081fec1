//! TLS with certificates made for the test: who is told by one, who is turned away, and a new certificate without a restart.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x12gate::access::{Fingerprint, Login};
use x12gate::config::Config;

use crate::gateway::good;
use crate::web::{FIRST, SECOND, Server, exchange, posted};

/// An issuer, and what it has issued, as files.
struct Issuer {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// A certificate with its key.
struct Issued {
    der: Vec<u8>,
    key: KeyPair,
}

impl Issuer {
    fn new(folder: &Path, name: &str) -> Issuer {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), issuer.as_ref().pem()).unwrap();
        Issuer { issuer, folder: folder.to_owned() }
    }

    /// Issues a certificate, and writes it with its key under this name.
    fn issue(&self, name: &str) -> Issued {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        Issued { der: certificate.der().to_vec(), key }
    }
}

/// A login that is told by this certificate.
fn login(partner: &str, certificate: &Issued) -> Login {
    let certificates = vec![Fingerprint::of_certificate(&certificate.der)];
    Login { certificates, ..Login::new(partner, partner) }
}

fn encrypt(config: &mut Config, folder: &Path, required: bool) {
    for listener in &mut config.listeners {
        listener.tls.certificate = folder.join("server.pem");
        listener.tls.key = folder.join("server.key");
        listener.tls.client_ca = folder.join("clients.pem");
        listener.tls.client_certificate_required = required;
        listener.tls.reload_check_ms = 50;
        listener.tls.handshake_timeout_ms = 500;
    }
}

fn client(issuer: &Issuer, own: Option<&Issued>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(issuer.issuer.as_ref().der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let key = own.key.serialize_der().try_into().unwrap();
            builder.with_client_auth_cert(vec![own.der.clone().into()], key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

async fn connect(
    connector: &TlsConnector,
    to: std::net::SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(to).await?;
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// What comes back to a question over TCP.
async fn tcp(connector: &TlsConnector, server: &Server, question: &str) -> std::io::Result<String> {
    let mut stream = connect(connector, server.tcp).await?;
    stream.write_all(question.as_bytes()).await?;
    stream.shutdown().await?;
    let mut text = String::new();
    let read =
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut text)).await;
    read.expect("it takes too long")?;
    Ok(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_tells_the_partner_and_a_wrong_one_is_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(folder.path(), "clients");
    issuer.issue("server");
    let (first, stranger) = (issuer.issue("first"), issuer.issue("stranger"));
    let other = Issuer::new(folder.path(), "other").issue("forged");
    let logins = vec![login("submitter1", &first)];
    let server = Server::with(|config| encrypt(config, folder.path(), false), logins).await;
    let known = client(&issuer, Some(&first));
    let answer = tcp(&known, &server, &good(101)).await.unwrap();
    assert!(answer.contains("ST*271*"), "{answer}");
    // Under its own ids only.
    let forged = good(102).replace("SUBMITTER1     ", "SUBMITTER2     ");
    assert!(tcp(&known, &server, &forged).await.unwrap().contains("*R*006~"));
    let headers = "Content-Type: application/edi-x12\r\n";
    let post =
        |who: &str, control| posted("/x12", &format!("{who}{headers}"), good(control).as_bytes());
    let over = async |connector: &TlsConnector, request: Vec<u8>| {
        exchange(connect(connector, server.http).await.unwrap(), request).await
    };
    let told = over(&known, post("", 103)).await;
    assert_eq!(told.status, 200, "{told:?}");
    assert!(told.header("strict-transport-security").is_some());
    // Its own password goes with it, another partner's does not.
    assert_eq!(over(&known, post(FIRST, 104)).await.status, 200);
    assert_eq!(over(&known, post(SECOND, 105)).await.status, 401);
    // Without a certificate, by password.
    let nobody = client(&issuer, None);
    assert_eq!(over(&nobody, post("", 106)).await.status, 401);
    assert_eq!(over(&nobody, post(FIRST, 106)).await.status, 200);
    // One that is nobody's, and one of another issuer.
    for wrong in [&stranger, &other] {
        let connector = client(&issuer, Some(wrong));
        let outcome = tcp(&connector, &server, &good(107)).await;
        assert!(!outcome.is_ok_and(|answer| answer.contains("ST*")));
    }
    // No TLS at all, and a client that says nothing.
    let mut plain = server.connect().await;
    plain.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(crate::web::read(&mut plain).await.is_none());
    let mut silent = server.connect().await;
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), silent.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "a client that says nothing is cut");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_certificate_is_required_nobody_comes_in_without() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(folder.path(), "clients");
    issuer.issue("server");
    let first = issuer.issue("first");
    let logins = vec![login("submitter1", &first)];
    let server = Server::with(|config| encrypt(config, folder.path(), true), logins).await;
    let without = tcp(&client(&issuer, None), &server, &good(101)).await;
    assert!(!without.is_ok_and(|answer| answer.contains("ST*")));
    let with = tcp(&client(&issuer, Some(&first)), &server, &good(101)).await.unwrap();
    assert!(with.contains("ST*271*"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_used_without_dropping_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(folder.path(), "clients");
    let before = issuer.issue("server");
    let server = Server::start(|config| encrypt(config, folder.path(), false)).await;
    let connector = client(&issuer, None);
    let shown =
        |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let mut kept = connect(&connector, server.tcp).await.unwrap();
    assert_eq!(shown(&kept), before.der);
    // One that cannot be used changes nothing.
    std::fs::write(folder.path().join("server.pem"), "no certificate").unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(shown(&connect(&connector, server.tcp).await.unwrap()), before.der);
    let after = issuer.issue("server");
    let mut last = Vec::new();
    for _ in 0..100 {
        last = shown(&connect(&connector, server.tcp).await.unwrap());
        if last == after.der {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(last, after.der);
    kept.write_all(good(101).as_bytes()).await.unwrap();
    let mut chunk = [0; 4096];
    let count = kept.read(&mut chunk).await.unwrap();
    assert!(chunk[..count].starts_with(b"ISA*"));
    server.stop().await;
}

/// The program that everybody tries a port with.
#[tokio::test(flavor = "multi_thread")]
async fn openssl_sees_the_certificate_and_no_old_version_of_tls() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(folder.path(), "clients");
    issuer.issue("server");
    let server = Server::start(|config| encrypt(config, folder.path(), false)).await;
    let address = server.tcp.to_string();
    let ask = async |version: &str| {
        let arguments =
            ["s_client", "-connect", &address, "-servername", "localhost", version, "-CAfile"];
        let mut command = Command::new("openssl");
        command.args(arguments).arg(folder.path().join("clients.pem")).arg("-verify_return_error");
        command.stdin(std::process::Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    for version in ["-tls1_2", "-tls1_3"] {
        let (success, said) = ask(version).await;
        assert!(success && said.contains("Verify return code: 0 (ok)"), "{version}: {said}");
    }
    let (success, said) = ask("-tls1_1").await;
    assert!(!success, "{said}");
    server.stop().await;
}
