//! Who may come in: logins with their secrets, and the check of what a caller presents.
//!
//! A transport takes a name and a password, an SSH public key or a TLS client certificate from its peer and asks the
//! [`Authenticator`], which gives the [`Caller`] that goes with every delivery. Nothing here reads X12.

mod administration;
mod attempts;
mod authenticator;
mod caller;
mod fingerprint;
mod login;
mod refusals;
mod registration;
mod role;
mod secret;
mod verified;

pub use administration::{AdminError, Administration, OPERATOR, logins_of};
pub use authenticator::{Authenticator, Refusal};
pub use caller::{Caller, Credential};
pub use fingerprint::{Fingerprint, KeyError};
pub use login::{Login, LoginError, Logins, demo_logins};
pub use registration::{
    Application, ClaimFacts, Level, Proof, Registered, Registrar, Registration, RegistrationState,
    Request as RegistrationRequest,
};
pub use role::{Action, Role};
pub use secret::{SecretError, SecretHash, new_secret};
