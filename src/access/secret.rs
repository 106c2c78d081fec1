//! Passwords, kept as Argon2id hashes only.

use std::fmt;
use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// The longest password that is looked at, in bytes.
pub(super) const PASSWORD_BYTES_MAX: usize = 256;

/// A password as it is kept: Argon2id in the PHC form, with its salt and costs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(Box<str>);

/// Why a password or its hash cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The hash is not one.
    #[error("not an Argon2 hash in the PHC form")]
    NotAHash,
    /// The password could not be hashed.
    #[error("a password could not be hashed: {why}")]
    Hashing {
        /// What the library says.
        why: String,
    },
}

impl SecretHash {
    /// Hashes a password with a new salt. Takes tens of milliseconds of a core.
    ///
    /// # Errors
    ///
    /// When the operating system gives no salt.
    pub fn of(password: &[u8]) -> Result<SecretHash, SecretError> {
        let hash = Argon2::default()
            .hash_password(password)
            .map_err(|error| SecretError::Hashing { why: error.to_string() })?;
        Ok(SecretHash(hash.to_string().into()))
    }

    /// Takes a hash as it was kept.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &str) -> Result<SecretHash, SecretError> {
        PasswordHash::new(text).map_err(|_| SecretError::NotAHash)?;
        Ok(SecretHash(text.into()))
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the password it was made of. Takes as long for any other.
    pub fn is_of(&self, password: &[u8]) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
    }

    /// The hash of no password: what is verified for a name without one, so that it takes as long.
    pub(super) fn of_nobody() -> Option<&'static SecretHash> {
        static NOBODY: OnceLock<Option<SecretHash>> = OnceLock::new();
        NOBODY.get_or_init(|| SecretHash::of(b"").ok()).as_ref()
    }
}

/// Letters and digits that nobody takes for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new secret of 160 random bits, to be shown once: 32 letters and digits in groups of eight.
///
/// # Errors
///
/// When the operating system gives no random numbers.
pub fn new_secret() -> Result<String, SecretError> {
    let mut random = [0; 32];
    let failed = |_| SecretError::Hashing { why: "no random numbers".to_owned() };
    SystemRandom::new().fill(&mut random).map_err(failed)?;
    let mut secret = String::with_capacity(35);
    for (place, byte) in random.into_iter().enumerate() {
        if place > 0 && place % 8 == 0 {
            secret.push('-');
        }
        secret.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(secret)
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_new_each_time() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one, other);
        let groups: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 8, 8, 8], "{one}");
    }

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let hash = SecretHash::of(b"sandbox").unwrap();
        assert!(hash.is_of(b"sandbox"));
        assert!(!hash.is_of(b"Sandbox") && !hash.is_of(b"") && !hash.is_of(b"sandbox "));
        assert!(hash.as_str().starts_with("$argon2id$"));
        assert_ne!(hash, SecretHash::of(b"sandbox").unwrap(), "each has a salt of its own");
        assert_eq!(SecretHash::parse(hash.as_str()).unwrap(), hash);
        assert!(SecretHash::parse("sandbox").is_err());
        assert_eq!(format!("{hash:?}"), "SecretHash(***)");
    }
}
