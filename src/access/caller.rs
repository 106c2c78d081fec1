//! Who is calling, as far as a transport knows.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Who is calling, as far as the transport knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// Anybody who can reach the port. Who it is, is what the ISA says.
    Anonymous {
        /// The other end of the connection.
        peer: SocketAddr,
    },
    /// The transport knows the partner. It may send only under its own ids.
    Authenticated {
        /// The partner's id, as its profile has it.
        partner: Arc<str>,
        /// The login: the partner's own, which has the partner's id as its name, or that of one of its users.
        user: Arc<str>,
        /// How it showed who it is.
        how: Credential,
    },
    /// The operator of this machine, at the command line.
    Operator,
}

/// How a caller showed who it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// A client certificate.
    Certificate,
    /// A public key.
    PublicKey,
    /// A name and a password.
    Password,
    /// A bearer token.
    Token,
    /// It could write to the partner's folder.
    Folder,
}

impl Credential {
    /// For the log and the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Credential::Certificate => "certificate",
            Credential::PublicKey => "public_key",
            Credential::Password => "password",
            Credential::Token => "token",
            Credential::Folder => "folder",
        }
    }
}

impl Caller {
    /// The partner itself, by its own login.
    pub fn partner_itself(partner: impl Into<Arc<str>>, how: Credential) -> Caller {
        let partner = partner.into();
        Caller::Authenticated { user: partner.clone(), partner, how }
    }

    /// The partner that the transport has recognised.
    pub fn partner(&self) -> Option<&Arc<str>> {
        match self {
            Caller::Authenticated { partner, .. } => Some(partner),
            Caller::Anonymous { .. } | Caller::Operator => None,
        }
    }

    /// The login that was used.
    pub fn user(&self) -> Option<&Arc<str>> {
        match self {
            Caller::Authenticated { user, .. } => Some(user),
            Caller::Anonymous { .. } | Caller::Operator => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Anonymous { peer } => peer.fmt(f),
            Caller::Authenticated { partner, user, how } if partner == user => {
                write!(f, "{partner} by {}", how.as_str())
            }
            Caller::Authenticated { partner, user, how } => {
                write!(f, "{user} of {partner} by {}", how.as_str())
            }
            Caller::Operator => f.write_str("operator"),
        }
    }
}
