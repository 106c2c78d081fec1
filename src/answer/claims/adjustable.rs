//! Whether a version of a claim may be replaced or voided: one function for the portal, the command line and the 277CA.

use time::{Date, Duration};

use super::Refusal;
use crate::config::{ClaimRules, CorrectionDay};
use crate::store::ClaimVersion;

/// The frequency of a void.
pub(super) const VOID: &str = "8";

/// Whether a version may be replaced or voided today, or why not. `first` is the first version of the claim; none where it is
/// this one, or is not at hand: then this one's own remittance is what the limit counts from.
///
/// Of a version that was superseded it cannot tell whether its successor is a void; [`Refusal::Superseded`] is given then.
///
/// # Errors
/// Why it may not be.
pub fn adjustable(
    version: &ClaimVersion,
    first: Option<&ClaimVersion>,
    today: Date,
    rules: &ClaimRules,
) -> Result<(), Refusal> {
    if &*version.frequency == VOID || is_voided(version) {
        return Err(Refusal::Voided);
    }
    if !version.is_latest() || is_lost(version) {
        return Err(Refusal::Superseded);
    }
    if version.state.is_pending() && !rules.correct_pending {
        return Err(Refusal::Pending);
    }
    if &*version.state.category == "F2" && !rules.correct_denied {
        return Err(Refusal::Denied);
    }
    let begins = match rules.correction_from {
        CorrectionDay::FirstRemittance => first.unwrap_or(version).outcome.remitted,
        CorrectionDay::LastRemittance => version.outcome.remitted,
        CorrectionDay::LastService => Some(version.to),
    };
    match begins {
        Some(begins) if is_over(begins, rules.correction_days, today) => {
            Err(Refusal::CorrectionLate)
        }
        _ => Ok(()),
    }
}

/// True when so many days have passed since `begins`; 0 is no limit.
pub(super) fn is_over(begins: Date, days: u32, today: Date) -> bool {
    days > 0 && today - begins > Duration::days(i64::from(days))
}

/// It was voided: by the state that a void gives it.
fn is_voided(version: &ClaimVersion) -> bool {
    &*version.state.category == "F4" && &*version.state.code == "686"
}

/// Another version of the same moment took its place, so that it never counted.
fn is_lost(version: &ClaimVersion) -> bool {
    &*version.state.category == "F2"
        && matches!(&*version.state.code, "54" | "495")
        && version.replaces.is_some()
}
