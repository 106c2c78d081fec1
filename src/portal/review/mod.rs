//! Referrals, authorizations, notifications, psychotherapy and the status of reviews: the forms, and what comes back.
//!
//! Serves F-01 to F-14, U-02, U-03, U-06, N-01 to N-04, H-01 to H-09 of the portal map. The portal has three steps: what was
//! entered ([`ReviewForm::entered`]), what will be sent ([`ReviewView`] of the request), and what came of it ([`ReviewView`]
//! of the answer).

mod form;
#[cfg(test)]
mod tests;
mod view;

pub use form::{
    DependentFields, REFERRAL_SERVICES, ReferralService, ReviewForm, ReviewFormError,
    ReviewFormKind, ServiceField,
};
pub use view::{DatedRow, ReviewRow, ReviewView, ServiceRow};
