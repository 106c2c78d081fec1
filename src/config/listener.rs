//! `[[listener]]`: an address that is listened on, and the protocol used there.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The error for settings that still have the section that `[[listener]]` replaced.
pub(super) const TCP_SECTION_ADVICE: &str = "[tcp] is now [[listener]], because there may be several: write \
     [[listener]] in place of [tcp], and address in place of listen; the other keys stay as they are";

/// One `[[listener]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listener {
    /// Its name in the log and the journal.
    pub name: String,
    /// The protocol of its connections.
    pub protocol: Protocol,
    /// Address and port.
    pub address: SocketAddr,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections at once from one address.
    pub connections_per_address_max: usize,
    /// Interchanges of one connection answered at once.
    pub frames_in_flight_max: usize,
    /// A connection on which nothing arrives for this long is closed.
    pub idle_timeout_ms: u64,
    /// An interchange must be complete this long after its first byte.
    pub frame_timeout_ms: u64,
    /// A peer that does not read its replies for this long is disconnected.
    pub write_timeout_ms: u64,
    /// At shutdown, accepted interchanges have this long to finish.
    pub shutdown_grace_ms: u64,
    /// Silence after which the operating system probes the peer; 0 for never.
    pub keepalive_ms: u64,
    /// TLS; without a certificate the connections are plain.
    pub tls: Tls,
}

/// `[listener.tls]`: the certificate of a listener, and what it asks of its clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file: our certificate, then those that lead to its issuer. Empty for a listener without TLS.
    pub certificate: PathBuf,
    /// PEM file: the key of the certificate.
    pub key: PathBuf,
    /// PEM file: the issuers of the certificates that clients may show. Empty for none: no certificate is asked for.
    pub client_ca: PathBuf,
    /// Whether a client without a certificate is turned away.
    pub client_certificate_required: bool,
    /// The handshake must be done in this time.
    pub handshake_timeout_ms: u64,
    /// How often the files are looked at; changed ones are used for the connections that come after.
    pub reload_check_ms: u64,
}

impl Default for Tls {
    fn default() -> Self {
        Tls {
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            client_ca: PathBuf::new(),
            client_certificate_required: false,
            handshake_timeout_ms: 10_000,
            reload_check_ms: 60_000,
        }
    }
}

impl Tls {
    /// True for a listener with TLS.
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    /// The paths, to be anchored at the folder of the settings.
    pub(super) fn paths(&mut self) -> [&mut PathBuf; 3] {
        [&mut self.certificate, &mut self.key, &mut self.client_ca]
    }

    fn check(&self, name: &str, protocol: Protocol) -> Result<(), String> {
        let empty = |path: &PathBuf| path.as_os_str().is_empty();
        if empty(&self.certificate) != empty(&self.key) {
            return Err(format!("listener {name}: tls.certificate and tls.key go together"));
        }
        if !self.is_on() && !empty(&self.client_ca) {
            return Err(format!("listener {name}: tls.client_ca needs tls.certificate"));
        }
        if self.client_certificate_required && empty(&self.client_ca) {
            return Err(format!(
                "listener {name}: tls.client_certificate_required needs tls.client_ca"
            ));
        }
        if self.is_on() && protocol == Protocol::Sftp {
            return Err(format!("listener {name}: SFTP has keys of its own, not tls"));
        }
        if self.handshake_timeout_ms == 0 || self.reload_check_ms == 0 {
            return Err(format!("listener {name}: no time of tls may be 0"));
        }
        Ok(())
    }
}

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Interchanges over TCP: ISA to IEA alone, or in one of the frames that are told apart by their first byte.
    #[serde(alias = "raw")]
    Tcp,
    /// HTTP/1.1: `POST /x12`, CAQH CORE, JSON, health and metrics.
    Http,
    /// SSH, with nothing but SFTP on it.
    Sftp,
}

impl Default for Listener {
    fn default() -> Self {
        Listener {
            name: "raw".to_owned(),
            protocol: Protocol::Tcp,
            address: SocketAddr::from(([127, 0, 0, 1], 6270)),
            connections_max: 1024,
            connections_per_address_max: 256,
            frames_in_flight_max: 16,
            idle_timeout_ms: 300_000,
            frame_timeout_ms: 30_000,
            write_timeout_ms: 30_000,
            shutdown_grace_ms: 10_000,
            keepalive_ms: 60_000,
            tls: Tls::default(),
        }
    }
}

impl Listener {
    /// A listener for SFTP at this address.
    pub fn sftp(address: SocketAddr) -> Listener {
        let (name, protocol) = ("sftp".to_owned(), Protocol::Sftp);
        Listener { name, protocol, address, ..Listener::default() }
    }

    /// A listener for HTTP on this address, with defaults for the rest.
    pub fn http(address: SocketAddr) -> Listener {
        let name = "http".to_owned();
        Listener { name, protocol: Protocol::Http, address, ..Listener::default() }
    }

    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(plain) {
            return Err(
                "listener.name must be 1 to 40 letters, digits, hyphens or underscores".to_owned()
            );
        }
        let counts = [
            ("connections_max", self.connections_max as u64),
            ("connections_per_address_max", self.connections_per_address_max as u64),
            ("frames_in_flight_max", self.frames_in_flight_max as u64),
            ("idle_timeout_ms", self.idle_timeout_ms),
            ("frame_timeout_ms", self.frame_timeout_ms),
            ("write_timeout_ms", self.write_timeout_ms),
        ];
        match counts.into_iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(format!("listener.{key} of {} must not be 0", self.name)),
            None => self.tls.check(&self.name, self.protocol),
        }
    }
}

/// What is wrong with the listeners, alone or together.
pub(super) fn check(listeners: &[Listener]) -> Result<(), String> {
    for (index, listener) in listeners.iter().enumerate() {
        listener.check()?;
        for earlier in &listeners[..index] {
            if earlier.name == listener.name {
                return Err(format!("two listeners are named {}", listener.name));
            }
            // Port 0 is a new port each time.
            if earlier.address == listener.address && listener.address.port() != 0 {
                let (first, second) = (&earlier.name, &listener.name);
                return Err(format!("listeners {first} and {second} have the same address"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    fn refusal(text: &str) -> String {
        Config::parse(text, Path::new("a.toml")).unwrap_err().to_string()
    }

    #[test]
    fn listeners_in_the_file_take_the_place_of_the_default() {
        let text = "[[listener]]\nname = 'a'\naddress = '127.0.0.1:1'\n\
                    [[listener]]\nname = 'b'\naddress = '127.0.0.1:2'\nidle_timeout_ms = 5\n";
        let listeners = Config::parse(text, Path::new("a.toml")).unwrap().listeners;
        let names: Vec<_> = listeners.iter().map(|listener| &*listener.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(listeners[0].idle_timeout_ms, 300_000);
        assert_eq!(listeners[1].idle_timeout_ms, 5);
    }

    #[test]
    fn the_old_section_is_refused_with_advice() {
        for text in [
            "[log]\nlevel = 'info'\n\n[tcp]\nlisten = '127.0.0.1:1'\n",
            "tcp.listen = '127.0.0.1:1'\n",
        ] {
            let shown = refusal(text);
            let line = text.lines().position(|line| line.contains("tcp")).unwrap() + 1;
            assert!(shown.starts_with(&format!("a.toml:{line}:")), "{shown}");
            assert!(shown.contains("[[listener]] in place of [tcp]"), "{shown}");
            assert!(shown.contains("address in place of listen"), "{shown}");
        }
    }

    #[test]
    fn listeners_must_be_told_apart() {
        let twice =
            "[[listener]]\naddress = '127.0.0.1:1'\n[[listener]]\naddress = '127.0.0.1:2'\n";
        assert!(refusal(twice).contains("two listeners are named raw"));
        let same = "[[listener]]\nname = 'a'\n[[listener]]\nname = 'b'\n";
        assert!(refusal(same).contains("listeners a and b have the same address"));
    }

    #[test]
    fn a_listener_needs_a_plain_name_and_room_for_a_connection() {
        assert!(refusal("[[listener]]\nname = 'a b'\n").contains("listener.name"));
        let shown = refusal("[[listener]]\nconnections_max = 0\n");
        assert!(shown.contains("listener.connections_max of raw must not be 0"), "{shown}");
    }

    #[test]
    fn an_unknown_protocol_is_refused_with_those_there_are() {
        let shown = refusal("[[listener]]\nprotocol = 'gopher'\n");
        assert!(shown.starts_with("a.toml:2:12: ") && shown.contains("`raw`"), "{shown}");
    }
}
