//! The sandbox pays: for vendors who have no core system at hand, a small adjudicator by rules that people can read. It decides the
//! claims that wait and says so in 835s, which it loads into the ledger as it loads those of a core system.
//!
//! Only a store whose property `sandbox-rules` holds the rules is a sandbox; `store load --demo` puts it there.
//!
//! ```text
//! waiting claims -> decide (rules, price) -> advice for each payee -> the loader of remittance advice -> entries
//! ```

mod advice;
mod claims;
mod decide;
mod price;
mod rules;
mod run;
#[cfg(test)]
mod tests;

pub use rules::Rules;
pub use run::{Destination, SandboxError, SandboxPayment, SandboxRun, run};

use rustc_hash::FxHashMap;

use crate::config::ConfigError;
use crate::store::{InterchangeFilter, StoreError, Stores};
use crate::txn::remittance::RemittanceAdvice;
use crate::wire::{Delimiters, EmitError, Emitter};

/// The property of a store that holds the rules.
pub const PROPERTY: &str = "sandbox-rules";

/// Who enters what the sandbox decides.
pub const WHO: &str = "sandbox";

/// The rules of a store; none when it is no sandbox.
///
/// # Errors
/// The store could not be read, or its rules are wrong.
pub async fn rules(stores: &Stores) -> Result<Option<Rules>, SandboxError> {
    match stores.backend.property(PROPERTY).await? {
        Some(text) => Ok(Some(Rules::parse(&text)?)),
        None => Ok(None),
    }
}

impl From<StoreError> for SandboxError {
    fn from(error: StoreError) -> Self {
        SandboxError::Store(error)
    }
}

impl From<EmitError> for SandboxError {
    fn from(error: EmitError) -> Self {
        SandboxError::Emit(error)
    }
}

impl From<ConfigError> for SandboxError {
    fn from(error: ConfigError) -> Self {
        SandboxError::Rules(Box::new(error))
    }
}

/// The set as the ledger keeps it: in the standard separators.
fn text(advice: &RemittanceAdvice) -> Result<Vec<u8>, EmitError> {
    let mut out = Emitter::new(Delimiters::STANDARD);
    advice.write(&mut out)?;
    Ok(out.into_bytes())
}

/// The payer's numbers of the claims in a set that the ledger keeps.
pub fn claim_numbers(text: &[u8]) -> Vec<Box<str>> {
    let mut tape = crate::wire::Tape::default();
    tape.fill(text, Delimiters::STANDARD);
    let segments = (0..tape.len()).map(|at| tape.segment(text, at));
    let claims = segments.filter(|segment| segment.tag_bytes() == b"CLP");
    claims.map(|clp| crate::segments::text::text(clp.value(7))).collect()
}

/// Where the advice about claims goes that these interchanges brought.
async fn destinations(
    stores: &Stores,
    interchanges: impl IntoIterator<Item = u64>,
) -> Result<FxHashMap<u64, Destination>, StoreError> {
    let mut found = FxHashMap::default();
    for id in interchanges {
        if id == 0 || found.contains_key(&id) {
            continue;
        }
        let filter = InterchangeFilter { id: Some(id), limit: 1, ..InterchangeFilter::default() };
        if let Some(row) = stores.journal.list(&filter).await?.into_iter().next() {
            let key = row.opening.key;
            let destination = Destination {
                partner: row.opening.partner,
                sender: key.sender,
                receiver: key.receiver,
                test: key.test,
            };
            found.insert(id, destination);
        }
    }
    Ok(found)
}

/// Where the advice about a claim goes: to who sent it, or to the partner where that is not known any more.
///
/// # Errors
/// The store could not be read.
pub async fn destination(
    stores: &Stores,
    version: &crate::store::ClaimVersion,
) -> Result<Destination, StoreError> {
    let mut found = destinations(stores, [version.interchange]).await?;
    let sent = found.remove(&version.interchange);
    Ok(sent.unwrap_or_else(|| Destination::of_partner(&version.partner)))
}
