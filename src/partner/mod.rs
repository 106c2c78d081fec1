//! Trading partners: who they are, what they may ask, and how they are answered.
//!
//! A profile is a small TOML file. It names the ids a partner sends under, and overrides single keys of the server's
//! sections; what it does not name stays as the server has it. Credentials belong to the transports, not here.

mod directory;
mod profile;
mod scope;

pub use directory::{PartnerDirectory, PartnerError, Sender, profile_text};
pub use profile::{IsaId, Partner};
pub use scope::{EVERY_SET, Grants, Lane, ProviderScope};
