//! Every AAA we send, one row each: the condition, AAA03, and the AAA01 and AAA04 that go with it.
//!
//! Each condition has one combination and each combination one condition, as the error reporting rule of
//! CORE requires.

use crate::txn::eligibility::response::Rejection;
use crate::wire::Code;

/// Why something is not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::answer) enum Reason {
    /// More patients in a set than are allowed.
    TooManyPatients,
    /// The partner may not ask for this provider.
    OutOfScope,
    /// We cannot answer now, but may later.
    Unavailable,
    /// We do not answer this at all.
    NotDone,
    /// The provider's id is missing or invalid.
    ProviderId,
    /// The provider may not inquire.
    ProviderMayNotAsk,
    /// The provider is not known.
    ProviderUnknown,
    /// The service lies outside the provider's enrollment.
    OutsideEnrollment,
    /// The date of service cannot be read.
    ServiceDate,
    /// The birth date is missing or cannot be read.
    BirthDate,
    /// The date of service lies before birth.
    BornLater,
    /// The date of service lies after death.
    DiedEarlier,
    /// The date of service is too far back.
    DateTooEarly,
    /// The span of days is too long.
    SpanTooLong,
    /// The date of service is too far ahead.
    DateTooLate,
    /// A dependent's id is missing or malformed.
    DependentId,
    /// A dependent's name is missing or differs from the one on file.
    DependentName,
    /// A dependent's gender is malformed.
    DependentGender,
    /// No dependent has this id.
    DependentNotFound,
    /// Several dependents match.
    DependentsMatch,
    /// The birth date differs from the one on file.
    BirthDateDiffers,
    /// The member id is missing or malformed.
    MemberId,
    /// The name is missing or differs from the one on file.
    MemberName,
    /// The gender is malformed.
    MemberGender,
    /// No member is found.
    MemberNotFound,
    /// Several members match.
    MembersMatch,
    /// The subscriber is found, the dependent is not.
    DependentNotInFamily,
    /// The member is not in the group that was named.
    NotInGroup,
    /// The payer id is not ours.
    PayerUnknown,
    /// The payer's name or id is missing.
    PayerMissing,
    /// The member is not covered on the days asked for.
    NotEligible,
    /// What is asked for is not done here, or cannot follow from how it stands.
    ReviewNotDone,
    /// The admission date is missing or cannot be read.
    AdmissionDate,
    /// The discharge date is before the admission, or cannot be read.
    DischargeDate,
    /// An authorization number is needed.
    NumberMissing,
    /// The authorization number is not on file.
    NumberUnknown,
    /// The authorization number belongs to another patient.
    NumberOfOther,
    /// Nothing is found.
    NothingFound,
    /// Something that is needed is missing.
    Incomplete,
    /// The provider has several locations, and none of them is said.
    Location,
    /// This kind of transaction is not taken from this partner.
    NotAgreed,
}

impl Reason {
    /// AAA01, AAA03 and AAA04.
    pub(in crate::answer) const fn rejection(self) -> Rejection {
        let (valid, reason, follow_up) = match self {
            Reason::TooManyPatients => (true, "04", "C"),
            Reason::OutOfScope => (true, "41", "N"),
            Reason::Unavailable => (true, "42", "R"),
            Reason::NotDone => (true, "42", "N"),
            Reason::ProviderId => (false, "43", "C"),
            Reason::ProviderMayNotAsk => (true, "50", "N"),
            Reason::ProviderUnknown => (false, "51", "C"),
            Reason::OutsideEnrollment => (true, "52", "C"),
            Reason::ServiceDate => (false, "57", "C"),
            Reason::BirthDate => (false, "58", "C"),
            Reason::SpanTooLong => (false, "56", "C"),
            Reason::BornLater => (false, "60", "C"),
            Reason::DiedEarlier => (false, "61", "C"),
            Reason::DateTooEarly => (false, "62", "C"),
            Reason::DateTooLate => (false, "63", "C"),
            Reason::DependentId => (false, "64", "C"),
            Reason::DependentName => (false, "65", "C"),
            Reason::DependentGender => (false, "66", "C"),
            Reason::DependentNotFound => (false, "67", "C"),
            Reason::DependentsMatch => (false, "68", "C"),
            Reason::BirthDateDiffers => (false, "71", "C"),
            Reason::MemberId => (false, "72", "C"),
            Reason::MemberName => (false, "73", "C"),
            Reason::MemberGender => (false, "74", "C"),
            Reason::MemberNotFound => (false, "75", "C"),
            Reason::MembersMatch => (false, "76", "C"),
            Reason::DependentNotInFamily => (false, "77", "C"),
            Reason::NotInGroup => (false, "78", "C"),
            Reason::PayerUnknown => (false, "79", "C"),
            Reason::PayerMissing => (false, "T4", "C"),
            Reason::NotEligible => (false, "95", "N"),
            Reason::ReviewNotDone => (false, "33", "N"),
            Reason::AdmissionDate => (false, "AM", "C"),
            Reason::DischargeDate => (false, "AN", "C"),
            Reason::NumberMissing => (false, "MA", "C"),
            Reason::NumberUnknown => (false, "AA", "C"),
            Reason::NumberOfOther => (false, "CI", "C"),
            Reason::NothingFound => (false, "NC", "C"),
            Reason::Incomplete => (false, "15", "C"),
            Reason::Location => (false, "97", "C"),
            Reason::NotAgreed => (true, "41", "P"),
        };
        Rejection { valid, reason: Code::new(reason), follow_up: Code::new(follow_up) }
    }
}

/// The reasons found in one loop, each once, in the order of their codes when written.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(in crate::answer) struct Reasons(Vec<Reason>);

impl Reasons {
    /// Adds a reason that is not there yet.
    pub(in crate::answer) fn add(&mut self, reason: Reason) {
        if !self.0.contains(&reason) {
            self.0.push(reason);
        }
    }

    /// True when this is one of them.
    pub(in crate::answer) fn has(&self, reason: Reason) -> bool {
        self.0.contains(&reason)
    }

    /// Adds a reason when `holds`.
    pub(in crate::answer) fn add_if(&mut self, holds: bool, reason: Reason) {
        if holds {
            self.add(reason);
        }
    }

    /// Adds all of `others`.
    pub(in crate::answer) fn extend(&mut self, others: &Reasons) {
        others.0.iter().for_each(|reason| self.add(*reason));
    }

    /// True when there is no reason.
    pub(in crate::answer) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The AAA of the loop, by AAA03.
    pub(in crate::answer) fn rejections(&self) -> Vec<Rejection> {
        let mut rejections: Vec<_> = self.0.iter().map(|reason| reason.rejection()).collect();
        rejections.sort_by_key(|rejection| rejection.reason);
        rejections
    }
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Reasons {
        Reasons(vec![reason])
    }
}
