//! The claim status screen: the form that becomes a 276, and the list and the lines that a 277 fills.
//!
//! Serves C-04 to C-10 and C-12 of the portal map, and J-04, as far as the transaction says it: payee, receipt date and
//! whether a claim may be adjusted are not in a 277.

mod question;
#[cfg(test)]
mod tests;
mod view;

pub use question::{ClaimStatusQuestion, LineQuestion, PatientQuestion, describe_status_request};
pub use view::{ClaimStatusView, LineStatusView};
