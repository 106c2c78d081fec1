//! Every reason why a claim is not taken in: one row each, with the setting that has its status and the words that go with it.

use crate::config::{ClaimRules, RefusalStatuses};
use crate::txn::claim_ack::{ClaimDecision, Status};

/// Why a claim is not taken in, or not corrected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// It could not be read, or is too long to be kept.
    Unreadable,
    /// Another payer is named.
    OtherPayer,
    /// The billing provider is not known, or the partner may not send for it.
    UnknownProvider,
    /// A day of service lies outside the billing provider's enrollment.
    NotEnrolled,
    /// The member id cannot be one.
    MemberId,
    /// The subscriber is not known.
    UnknownMember,
    /// The patient is not known in the subscriber's family.
    UnknownPatient,
    /// The name is not the one on file.
    NameDiffers,
    /// The birth date is not the one on file.
    BirthDiffers,
    /// There was no coverage on a day of service.
    NotCovered,
    /// A date of service is in the future.
    FutureService,
    /// The statement of an institution ends in the future.
    FutureStatement,
    /// It is a predetermination, and none are taken.
    Predetermination,
    /// A claim for the same services was decided.
    Duplicate,
    /// A claim for the same services is in process.
    DuplicateInProcess,
    /// It was filed too late.
    Late,
    /// The frequency is not taken.
    Frequency,
    /// A replacement or void does not say of which claim.
    NumberMissing,
    /// No such claim, or that of another patient or provider.
    UnknownNumber,
    /// The claim was replaced already: the replacement is to be corrected.
    Superseded,
    /// The claim was voided already.
    Voided,
    /// The claim is not decided yet.
    Pending,
    /// The claim was denied.
    Denied,
    /// The claim may not be corrected any more.
    CorrectionLate,
    /// A void of another charge than that of the claim.
    VoidTotal,
    /// A replacement that changes nothing.
    EqualReplacement,
    /// The store could not be reached.
    Unavailable,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Refusal; 27] = [
        Refusal::Unreadable,
        Refusal::OtherPayer,
        Refusal::UnknownProvider,
        Refusal::NotEnrolled,
        Refusal::MemberId,
        Refusal::UnknownMember,
        Refusal::UnknownPatient,
        Refusal::NameDiffers,
        Refusal::BirthDiffers,
        Refusal::NotCovered,
        Refusal::FutureService,
        Refusal::FutureStatement,
        Refusal::Predetermination,
        Refusal::Duplicate,
        Refusal::DuplicateInProcess,
        Refusal::Late,
        Refusal::Frequency,
        Refusal::NumberMissing,
        Refusal::UnknownNumber,
        Refusal::Superseded,
        Refusal::Voided,
        Refusal::Pending,
        Refusal::Denied,
        Refusal::CorrectionLate,
        Refusal::VoidTotal,
        Refusal::EqualReplacement,
        Refusal::Unavailable,
    ];

    /// The text of its status in the settings, and the words for people, which never hold a value.
    fn row(self, statuses: &RefusalStatuses) -> (&str, &'static str) {
        match self {
            Refusal::Unreadable => (&statuses.unreadable, "THE CLAIM COULD NOT BE READ"),
            Refusal::OtherPayer => (&statuses.other_payer, "THE PAYER IN 2010BB IS ANOTHER ONE"),
            Refusal::UnknownProvider => {
                (&statuses.unknown_provider, "THE BILLING PROVIDER IS NOT KNOWN")
            }
            Refusal::NotEnrolled => (
                &statuses.unknown_provider,
                "THE BILLING PROVIDER WAS NOT ENROLLED ON A DAY OF SERVICE",
            ),
            Refusal::MemberId => (&statuses.member_id, "THE MEMBER ID IS MALFORMED"),
            Refusal::UnknownMember => (&statuses.unknown_member, "THE MEMBER IS NOT KNOWN"),
            Refusal::UnknownPatient => {
                (&statuses.unknown_patient, "THE PATIENT IS NOT KNOWN IN THE FAMILY")
            }
            Refusal::NameDiffers => (&statuses.name_differs, "THE NAME IS NOT THE ONE ON FILE"),
            Refusal::BirthDiffers => {
                (&statuses.birth_differs, "THE BIRTH DATE IS NOT THE ONE ON FILE")
            }
            Refusal::NotCovered => (&statuses.not_covered, "NO COVERAGE ON A DAY OF SERVICE"),
            Refusal::FutureService => {
                (&statuses.future_service, "A DATE OF SERVICE IS IN THE FUTURE")
            }
            Refusal::FutureStatement => {
                (&statuses.future_statement, "THE STATEMENT ENDS IN THE FUTURE")
            }
            Refusal::Predetermination => {
                (&statuses.predetermination, "PREDETERMINATIONS ARE NOT TAKEN, CLM19 IS PB")
            }
            Refusal::Duplicate => (&statuses.duplicate, "DUPLICATE OF A CLAIM THAT WAS DECIDED"),
            Refusal::DuplicateInProcess => {
                (&statuses.duplicate_in_process, "DUPLICATE OF A CLAIM IN PROCESS")
            }
            Refusal::Late => (&statuses.late, "FILED AFTER THE FILING LIMIT"),
            Refusal::Frequency => (&statuses.frequency, "THE FREQUENCY IN CLM05-3 IS NOT TAKEN"),
            Refusal::NumberMissing => {
                (&statuses.number_missing, "REF F8 WITH THE NUMBER OF THE CLAIM IS MISSING")
            }
            Refusal::UnknownNumber => (
                &statuses.unknown_number,
                "NO CLAIM OF THIS PATIENT AND PROVIDER HAS THE NUMBER IN REF F8",
            ),
            Refusal::Superseded => {
                (&statuses.superseded, "THE CLAIM WAS REPLACED, CORRECT ITS LATEST VERSION")
            }
            Refusal::Voided => (&statuses.voided, "THE CLAIM WAS VOIDED"),
            Refusal::Pending => (&statuses.pending, "THE CLAIM IS NOT DECIDED YET"),
            Refusal::Denied => (&statuses.denied, "A DENIED CLAIM IS NOT CORRECTED BUT SENT ANEW"),
            Refusal::CorrectionLate => {
                (&statuses.correction_late, "THE CLAIM MAY NOT BE CORRECTED ANY MORE")
            }
            Refusal::VoidTotal => {
                (&statuses.void_total, "THE TOTAL CHARGE DIFFERS FROM THAT OF THE CLAIM")
            }
            Refusal::EqualReplacement => {
                (&statuses.equal_replacement, "THE REPLACEMENT CHANGES NOTHING")
            }
            Refusal::Unavailable => {
                (&statuses.unavailable, "NOT POSSIBLE AT THIS TIME, SEND IT AGAIN")
            }
        }
    }

    /// Its status as the settings have it.
    pub fn status(self, rules: &ClaimRules) -> Status {
        let (status, _) = self.row(&rules.statuses);
        // The settings were checked when they were read.
        Status::parse(status).unwrap_or_else(|| Status::new("A7", "21", ""))
    }

    /// Why, in upper-case words as they are sent.
    pub fn words(self) -> &'static str {
        self.row(&RefusalStatuses::default()).1
    }

    /// As the 277CA says it.
    pub(super) fn decision(self, rules: &ClaimRules) -> ClaimDecision {
        ClaimDecision::Refused { status: self.status(rules), words: self.words() }
    }
}
