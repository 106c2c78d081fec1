//! What is asked for by a registration, and how it stands.

use serde::{Deserialize, Serialize};

use super::Proof;
use crate::access::administration::{AdminError, Result};
use crate::access::{Role, SecretHash};
use crate::dict::is_npi;
use crate::store::LoginRow;

/// NPIs of one registration.
pub(super) const NPIS_MAX: usize = 1000;
/// Characters of an e-mail address.
const EMAIL_CHARS_MAX: usize = 254;

/// For whom somebody registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One provider.
    Npi,
    /// A group: providers with one tax id.
    Group,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Application {
    /// The partner that the login belongs to.
    pub partner: Box<str>,
    /// The profile of the partner, TOML, when it is new.
    pub profile: Option<String>,
    /// The login: a new one, or one of the partner that is to have access for further NPIs.
    pub login: Box<str>,
    /// Where its holder is written to.
    pub email: Box<str>,
    /// What the login may do.
    pub role: Role,
    /// One provider or a group.
    pub level: Level,
    /// The NPI; of a group one of its NPIs, for all that it has, or those that are wanted.
    pub npis: Vec<Box<str>>,
    /// The sets that a user may use; all when there are none.
    pub sets: Vec<Box<str>>,
    /// The login replaces the senior access administrators that the NPIs have.
    pub replaces: bool,
    /// Where the provider is written to on whose behalf somebody registers; none when the provider registers.
    pub provider_email: Option<Box<str>>,
}

/// What became of a registration.
#[derive(Clone, Debug)]
pub enum Registered {
    /// The access is there.
    Approved {
        /// For these NPIs.
        npis: Vec<Box<str>>,
        /// Logins that are senior access administrators of them no longer; they are to be told.
        replaced: Vec<LoginRow>,
        /// The password of a new login, to be shown once.
        password: Option<String>,
    },
    /// The provider has to approve it.
    Pending {
        /// Its number.
        number: u64,
        /// What the provider is sent, to be shown once.
        token: String,
        /// Until when it is valid, microseconds since 1970 UTC.
        expires_micros: i64,
        /// The password of a new login, which works once the provider has approved; to be shown once.
        password: Option<String>,
    },
}

/// How a registration stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistrationState {
    /// It waits for the provider.
    Pending,
    /// The provider did not approve it in time.
    Expired,
    /// The access was granted.
    Approved,
    /// The provider rejected it.
    Rejected,
    /// It was taken back.
    Cancelled,
}

impl RegistrationState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            RegistrationState::Pending => "pending",
            RegistrationState::Expired => "expired",
            RegistrationState::Approved => "approved",
            RegistrationState::Rejected => "rejected",
            RegistrationState::Cancelled => "cancelled",
        }
    }
}

/// A registration as it is on file.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its number.
    pub number: u64,
    /// How it stands.
    pub state: RegistrationState,
    /// When it was made, microseconds since 1970 UTC.
    pub created_micros: i64,
    /// Until when the provider can approve it, microseconds since 1970 UTC.
    pub expires_micros: i64,
    /// What was asked for.
    pub request: Request,
}

/// What was asked for, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The partner.
    pub partner: Box<str>,
    /// The profile of a new partner.
    pub(super) profile: Option<String>,
    /// The login.
    pub login: Box<str>,
    /// Where its holder is written to.
    pub email: Box<str>,
    /// Its role.
    pub role: Box<str>,
    /// One provider or a group.
    pub level: Level,
    /// The NPIs that were named.
    pub(super) named: Vec<Box<str>>,
    /// The NPIs that are granted.
    pub npis: Vec<Box<str>>,
    /// The sets of a user.
    pub sets: Vec<Box<str>>,
    pub(super) replaces: bool,
    /// Where the provider is written to.
    pub provider_email: Option<Box<str>>,
    /// What proved who registers.
    pub proof: Box<str>,
    /// The hash of the password of a new login.
    pub(super) password: Option<SecretHash>,
}

pub(super) fn too_many() -> AdminError {
    AdminError::Unfit(format!("at most {NPIS_MAX} NPIs are registered at once"))
}

/// Fails when the application does not fit together.
pub(super) fn check(asked: &Application, proof: &Proof) -> Result<()> {
    let unfit = |why: &str| Err(AdminError::Unfit(why.to_owned()));
    let is_email = |text: &str| {
        let parts =
            text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
        text.len() <= EMAIL_CHARS_MAX
            && parts.is_some()
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    };
    if asked.role == Role::Partner {
        return unfit("the login of a partner itself is not registered; see access add");
    }
    if asked.role != Role::User && !asked.sets.is_empty() {
        return unfit("sets are for users; administrators administer an NPI");
    }
    if !is_email(&asked.email) || asked.provider_email.as_deref().is_some_and(|it| !is_email(it)) {
        return unfit("an e-mail address has a name, @ and a host");
    }
    if asked.provider_email.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(&asked.email)) {
        return unfit("the provider who approves has an e-mail address of its own");
    }
    if asked.npis.is_empty() || asked.level == Level::Npi && asked.npis.len() > 1 {
        return unfit("an NPI is registered alone; several NPIs with one tax id are a group");
    }
    if asked.npis.len() > NPIS_MAX {
        return Err(too_many());
    }
    if let Some(wrong) = asked.npis.iter().find(|npi| !is_npi(npi.as_bytes())) {
        return Err(AdminError::NotAnNpi(wrong.clone()));
    }
    fitting(asked.level, proof)
}

pub(super) fn fitting(level: Level, proof: &Proof) -> Result<()> {
    match (level, proof) {
        (Level::Group, Proof::SsnLastFour(_)) => {
            Err(AdminError::Unfit("a group is proven by its tax id or by claims".to_owned()))
        }
        _ => Ok(()),
    }
}
