//! SHA-256 of a public key or certificate: what a login keeps of it.

use std::fmt;

use russh::keys::{HashAlg, PublicKey};
use sha2::{Digest, Sha256};

/// SHA-256 of a public key (as SSH sends it) or of a certificate (DER). It is no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(pub [u8; 32]);

/// Why a text is no public key.
#[derive(Debug, thiserror::Error)]
#[error("not an OpenSSH public key: {why}")]
pub struct KeyError {
    why: String,
}

impl Fingerprint {
    /// Of a certificate, from its DER.
    pub fn of_certificate(der: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(der).into())
    }

    /// Of a public key that an SSH client showed.
    pub fn of_key(key: &PublicKey) -> Fingerprint {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(key.fingerprint(HashAlg::Sha256).as_bytes());
        Fingerprint(bytes)
    }

    /// Of one line of a `.pub` file.
    ///
    /// # Errors
    ///
    /// When the line is no public key.
    pub fn of_openssh(line: &str) -> Result<Fingerprint, KeyError> {
        let key = PublicKey::from_openssh(line.trim())
            .map_err(|error| KeyError { why: error.to_string() })?;
        Ok(Fingerprint::of_key(&key))
    }

    /// Reads 64 hexadecimal digits, with or without colons between the bytes.
    pub fn from_hex(text: &str) -> Option<Fingerprint> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            *byte = (digit(0)? * 16 + digit(1)?) as u8;
        }
        Some(Fingerprint(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_read_as_they_are_written() {
        let mark = Fingerprint::of_certificate(b"certificate");
        assert_eq!(Fingerprint::from_hex(&mark.to_string()), Some(mark));
        let digits = mark.to_string().to_uppercase();
        let pairs: Vec<&str> = (0..32).map(|at| &digits[2 * at..2 * at + 2]).collect();
        assert_eq!(Fingerprint::from_hex(&pairs.join(":")), Some(mark));
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(65)] {
            assert_eq!(Fingerprint::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_has_the_fingerprint_that_ssh_keygen_shows() {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f somebody";
        let mark = Fingerprint::of_openssh(line).unwrap();
        let mut blob = Vec::new();
        for part in [b"ssh-ed25519".as_slice(), &(0..32).collect::<Vec<u8>>()] {
            blob.extend((part.len() as u32).to_be_bytes());
            blob.extend(part);
        }
        assert_eq!(mark, Fingerprint::of_certificate(&blob));
        let error = Fingerprint::of_openssh("ssh-ed25519 AAAA").unwrap_err();
        assert!(error.to_string().starts_with("not an OpenSSH public key: "), "{error}");
    }
}
