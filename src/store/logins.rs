//! Who may come in, as it is kept. What the rows mean is [`crate::access`]'s business.

use std::fmt;

use super::PartnerRow;

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
    /// A partner is there from now on, or has this profile.
    PutPartner(PartnerRow),
    /// Somebody registers; its number is chosen here.
    Register(RegistrationRow),
    /// A registration that is pending gets this state. Nothing is changed when it is not pending any more.
    Settle {
        /// Which one.
        id: u64,
        /// `approved`, `rejected` or `cancelled`.
        state: &'static str,
        /// When, microseconds since 1970 UTC.
        at_micros: i64,
    },
    /// Somebody tries to prove who registers.
    CountAttempt(ProofAttempt),
    /// The attempts for this are forgotten.
    ForgetAttempts(Box<str>),
}

impl LoginChange {
    /// True when logins are others from now on, and not only what is known of registrations.
    pub fn concerns_logins(&self) -> bool {
        match self {
            LoginChange::Put(_)
            | LoginChange::Remove(_)
            | LoginChange::AddCredential(_)
            | LoginChange::ExpireCredential { .. }
            | LoginChange::RemoveCredential(_)
            | LoginChange::Grant(_)
            | LoginChange::Revoke(_) => true,
            LoginChange::PutPartner(_)
            | LoginChange::Register(_)
            | LoginChange::Settle { .. }
            | LoginChange::CountAttempt(_)
            | LoginChange::ForgetAttempts(_) => false,
        }
    }
}

/// A registration for access.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistrationRow {
    /// Its number; 0 for one that is not kept yet.
    pub id: u64,
    /// `pending`, `approved`, `rejected` or `cancelled`.
    pub state: Box<str>,
    /// SHA-256 of the token that approves or rejects it; none where nobody has to.
    pub token: Option<[u8; 32]>,
    /// When it was made, microseconds since 1970 UTC.
    pub created_micros: i64,
    /// When it can no longer be approved, microseconds since 1970 UTC.
    pub expires_micros: i64,
    /// When it was approved, rejected or cancelled, microseconds since 1970 UTC.
    pub settled_micros: Option<i64>,
    /// What was asked for, JSON.
    pub request: String,
}

impl fmt::Debug for RegistrationRow {
    // The request has the hash of a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistrationRow({} {})", self.id, self.state)
    }
}

/// An attempt to prove who registers. It is counted before it is judged, so that attempts at the same time are not judged more often
/// than one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProofAttempt {
    /// What it is counted for: an NPI, or who makes it.
    pub subject: Box<str>,
    /// When, microseconds since 1970 UTC.
    pub at_micros: i64,
    /// Attempts before this instant are forgotten.
    pub since_micros: i64,
    /// Attempts that are judged. Further ones do not put off the instant at which they are forgotten.
    pub judged_max: u32,
}
