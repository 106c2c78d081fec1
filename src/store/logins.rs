//! Who may come in, as it is kept. What the rows mean is [`crate::access`]'s business.

use std::fmt;

/// A login.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginRow {
    /// Its name.
    pub name: Box<str>,
    /// The id of the partner it belongs to.
    pub partner: Box<str>,
    /// What it may do: `partner`, `senior`, `administrator` or `user`.
    pub role: Box<str>,
    /// Where its holder is written to; may be empty.
    pub email: Box<str>,
    /// Nothing that it presents is accepted.
    pub disabled: bool,
    /// When it was made, microseconds since 1970 UTC.
    pub created_micros: i64,
}

/// What a login is recognised by.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialRow {
    /// Its number; 0 for one that is not kept yet.
    pub id: u64,
    /// Whose it is.
    pub login: Box<str>,
    /// `password`, `public_key` or `certificate`.
    pub kind: Box<str>,
    /// An Argon2 hash, or SHA-256 in hexadecimal digits.
    pub value: Box<str>,
    /// When it was added, microseconds since 1970 UTC.
    pub created_micros: i64,
    /// When it stops being accepted, microseconds since 1970 UTC.
    pub expires_micros: Option<i64>,
}

impl fmt::Debug for CredentialRow {
    // The hash of a password is the password's affair.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialRow({} of {})", self.kind, self.login)
    }
}

/// One thing that a user may do: use a transaction set for a provider.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantRow {
    /// Whose it is.
    pub login: Box<str>,
    /// For which NPI.
    pub npi: Box<str>,
    /// Which set (ST01), or `*` for all.
    pub set: Box<str>,
}

/// All logins, with all that belongs to them.
#[derive(Clone, Debug, Default)]
pub struct LoginRows {
    /// By name.
    pub logins: Vec<LoginRow>,
    /// In the order they were added.
    pub credentials: Vec<CredentialRow>,
    /// By login, NPI and set.
    pub grants: Vec<GrantRow>,
}

/// A change of logins.
#[derive(Clone, Debug)]
pub enum LoginChange {
    /// A login is there from now on, or is like this.
    Put(LoginRow),
    /// A login with all that belongs to it is gone.
    Remove(Box<str>),
    /// A login has this credential too.
    AddCredential(CredentialRow),
    /// A credential stops being accepted at this instant, microseconds since 1970 UTC.
    ExpireCredential {
        /// Which one.
        id: u64,
        /// When.
        at_micros: i64,
    },
    /// A credential is gone.
    RemoveCredential(u64),
    /// A user may do this too.
    Grant(GrantRow),
    /// A user may not do this any more.
    Revoke(GrantRow),
}
