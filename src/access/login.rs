//! Logins: a name, the partner it belongs to, and what it is recognised by.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::fingerprint::Fingerprint;
use super::secret::{SecretError, SecretHash};

/// The longest name of a login, in characters.
pub(super) const LOGIN_NAME_MAX: usize = 64;

/// One login.
#[derive(Clone, Debug)]
pub struct Login {
    /// Its name: the partner's id for the partner itself.
    pub name: Arc<str>,
    /// The partner it belongs to.
    pub partner: Arc<str>,
    /// Passwords it may use; two while one is replaced.
    pub passwords: Vec<SecretHash>,
    /// SSH public keys it may use.
    pub keys: Vec<Fingerprint>,
    /// TLS client certificates it may use.
    pub certificates: Vec<Fingerprint>,
    /// Nothing that it presents is accepted.
    pub disabled: bool,
}

/// Why a login cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoginError {
    /// The name is not allowed.
    #[error(
        "a login has a name of 1 to 64 letters, digits, periods, hyphens, underscores or @, not {name:?}"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The name belongs to another login.
    #[error("the login {name} belongs to the partner {partner}")]
    Taken {
        /// The name.
        name: Arc<str>,
        /// Whose it is.
        partner: Arc<str>,
    },
    /// A certificate belongs to two logins.
    #[error("the logins {first} and {second} have the same certificate")]
    SharedCertificate {
        /// One login.
        first: Arc<str>,
        /// The other.
        second: Arc<str>,
    },
}

impl Login {
    /// A login without anything to be recognised by; that of a partner itself when `name` is its id.
    pub fn new(name: impl Into<Arc<str>>, partner: impl Into<Arc<str>>) -> Login {
        Login {
            name: name.into(),
            partner: partner.into(),
            passwords: Vec::new(),
            keys: Vec::new(),
            certificates: Vec::new(),
            disabled: false,
        }
    }
}

/// All logins.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    by_name: HashMap<Arc<str>, Arc<Login>>,
    by_certificate: HashMap<Fingerprint, Arc<str>>,
    passwords_most: usize,
}

impl Logins {
    /// Adds a login. What a login of the same name and partner is recognised by stays valid beside it, and one that is
    /// disabled stays so.
    ///
    /// # Errors
    ///
    /// When the name is not allowed or belongs to another partner, or a certificate to another login.
    pub fn add(&mut self, login: Login) -> Result<(), LoginError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
        let name = login.name.clone();
        if name.is_empty() || name.len() > LOGIN_NAME_MAX || !name.chars().all(plain) {
            return Err(LoginError::Name { name: name.to_string() });
        }
        for certificate in &login.certificates {
            if let Some(first) = self.by_certificate.get(certificate)
                && *first != name
            {
                return Err(LoginError::SharedCertificate { first: first.clone(), second: name });
            }
        }
        let certificates = login.certificates.clone();
        let passwords = login.passwords.len();
        let passwords = match self.by_name.entry(name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(Arc::new(login));
                passwords
            }
            Entry::Occupied(entry) if entry.get().partner != login.partner => {
                let partner = entry.get().partner.clone();
                return Err(LoginError::Taken { name, partner });
            }
            Entry::Occupied(mut entry) => {
                let known = Arc::make_mut(entry.get_mut());
                known.passwords.extend(login.passwords);
                known.keys.extend(login.keys);
                known.certificates.extend(login.certificates);
                known.disabled |= login.disabled;
                known.passwords.len()
            }
        };
        self.passwords_most = self.passwords_most.max(passwords);
        let owned = certificates.into_iter().map(|certificate| (certificate, name.clone()));
        self.by_certificate.extend(owned);
        Ok(())
    }

    /// Nothing that a login of this partner presents is accepted.
    pub fn disable_all_of(&mut self, partner: &str) {
        for login in self.by_name.values_mut().filter(|login| *login.partner == *partner) {
            Arc::make_mut(login).disabled = true;
        }
    }

    /// The login of this name.
    pub fn named(&self, name: &str) -> Option<&Arc<Login>> {
        self.by_name.get(name)
    }

    /// The most passwords that one login has.
    pub(super) fn passwords_most(&self) -> usize {
        self.passwords_most
    }

    /// The login that has this certificate.
    pub fn with_certificate(&self, certificate: &Fingerprint) -> Option<&Arc<Login>> {
        self.named(self.by_certificate.get(certificate)?)
    }
}

/// The logins of the demonstration payer's partners. They are made here and kept nowhere, so that nothing but a demonstration
/// knows them: `submitter1` with the password `sandbox`.
///
/// # Errors
///
/// When the operating system gives no salt.
pub fn demo_logins() -> Result<Vec<Login>, SecretError> {
    let mut login = Login::new("submitter1", "submitter1");
    login.passwords.push(SecretHash::of(b"sandbox")?);
    Ok(vec![login])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_one_partner() {
        let mut logins = Logins::default();
        logins.add(Login::new("front-desk", "clinic")).unwrap();
        let error = logins.add(Login::new("front-desk", "hospital")).unwrap_err();
        assert_eq!(error.to_string(), "the login front-desk belongs to the partner clinic");
        for wrong in ["", "a b", "a/b", "å", &"x".repeat(65)] {
            assert!(logins.add(Login::new(wrong, "clinic")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_added_to_a_login_is_valid_beside_what_it_has() {
        let (one, two) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
        let mut logins = Logins::default();
        for key in [one, two] {
            logins.add(Login { keys: vec![key], ..Login::new("clinic", "clinic") }).unwrap();
        }
        assert_eq!(logins.named("clinic").unwrap().keys, [one, two]);
        let off = Login { disabled: true, ..Login::new("clinic", "clinic") };
        logins.add(off).unwrap();
        logins.add(Login::new("clinic", "clinic")).unwrap();
        assert!(logins.named("clinic").unwrap().disabled);
    }

    #[test]
    fn a_certificate_belongs_to_one_login() {
        let certificates = vec![Fingerprint([7; 32])];
        let mut logins = Logins::default();
        logins
            .add(Login { certificates: certificates.clone(), ..Login::new("clinic", "clinic") })
            .unwrap();
        let found = logins.with_certificate(&certificates[0]).unwrap();
        assert_eq!(&*found.name, "clinic");
        let again = Login { certificates, ..Login::new("other", "other") };
        let error = logins.add(again).unwrap_err();
        assert_eq!(error.to_string(), "the logins clinic and other have the same certificate");
        assert!(logins.named("other").is_none());
    }
}
