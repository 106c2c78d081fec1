//! The provider portal's screens without a portal: what each form asks and what each screen shows.
//!
//! [`EligibilityQuestion`] turns a filled-in form into a 270, [`read_replies`] reads what came back, and
//! [`EligibilityView`] holds what the screens show of it. The command line prints these models as text and as JSON; a web
//! page would show the same ones. There is no I/O here, no clock and no policy: a view is made from a typed response alone,
//! so that it can hold nothing that the transaction does not say.
//!
//! Ids such as E-09 are those of the map from portal functions to transactions: E is eligibility, B benefits by category,
//! A accumulators (deductible and out-of-pocket maximum), C claims, J corrections of claims.
//!
//! ```
//! use time::macros::{date, datetime};
//! use x12gate::portal::{EligibilityQuestion, Screen, read_replies};
//! use x12gate::txn::envelope::{EnvelopeWriter, Party};
//!
//! let question = EligibilityQuestion {
//!     member_id: "S12300000101".to_owned(),
//!     service_types: Screen::Eligibility.service_types(),
//!     ..EligibilityQuestion::new("1234567893", "99999", date!(2026 - 01 - 05))
//! };
//! let [sender, receiver] = ["SUBMITTER1", "PAYERGW"].map(Party::mutually_defined);
//! let envelope = EnvelopeWriter::new(sender, receiver, false, datetime!(2026-01-05 09:30));
//! let interchange = question.interchange(&envelope, 1)?;
//! // To be sent; what comes back is read the same way, whatever it is.
//! assert!(read_replies(&interchange).responses.is_empty());
//! # Ok::<(), x12gate::portal::QuestionError>(())
//! ```

mod benefits;
pub mod claim_status;
pub mod claims;
mod eligibility;
mod limits;
mod question;
mod reply;
pub mod review;
#[cfg(test)]
mod tests;
mod words;

pub use benefits::{BenefitGroup, BenefitRow, BenefitTerms, CATEGORIES, group_benefits};
pub use eligibility::{
    Coverage, EligibilityView, MemberHeader, OtherCarrier, ProviderView, RejectionView,
};
pub use limits::{LimitKind, LimitRow, LimitTab};
pub use question::{
    EligibilityQuestion, QuestionError, Screen, day_in_benefit_year, describe_inquiry,
};
pub use reply::{Received, read_replies};
pub use words::{money, name};
