//! A version of a claim: an original, a replacement or a void, as it came and as it stands.

use rust_decimal::Decimal;
use time::Date;

use crate::phi::redacted;
use crate::store::Owner;

/// The kind of claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClaimForm {
    /// 837P
    Professional,
    /// 837I
    Institutional,
    /// 837D
    Dental,
}

/// The status of a claim: STC01 and STC02 of the 277 that reports it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClaimState {
    /// Category, list 507: `P1` in process, `F1` paid, `F2` denied...
    pub category: Box<str>,
    /// Status, list 508.
    pub code: Box<str>,
    /// The entity it is about, `PR`; mostly empty.
    pub entity: Box<str>,
    /// When it took effect.
    pub effective: Date,
}

impl ClaimState {
    /// True when the claim waits for a decision.
    pub fn is_pending(&self) -> bool {
        self.category.starts_with('P')
    }

    /// True when it was decided.
    pub fn is_final(&self) -> bool {
        self.category.starts_with('F')
    }
}

/// A provider in a role of a claim. Absent parts are empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClaimProvider {
    /// NPI.
    pub npi: Box<str>,
    /// Tax id.
    pub tin: Box<str>,
    /// Last name, or name of an organization.
    pub last: Box<str>,
    /// First name of a person.
    pub first: Box<str>,
}

/// The patient as the claim says it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Member id as it was sent: the patient's own, or else the subscriber's.
    pub member_id: Box<str>,
    /// Last name.
    pub last: Box<str>,
    /// First name.
    pub first: Box<str>,
    /// Birth date.
    pub birth: Option<Date>,
}

redacted!(Patient {});

/// An attachment that the claim announces (PWK).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announced {
    /// PWK06, the control number.
    pub control: Box<str>,
    /// PWK01, the kind of report.
    pub report: Box<str>,
    /// PWK02, how it comes.
    pub transmission: Box<str>,
}

/// What was decided and paid; what stands now, not what was.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimOutcome {
    /// Paid; zero after a refund.
    pub paid: Decimal,
    /// The date of the decision (STC06).
    pub finalized: Option<Date>,
    /// The date of the check or transfer the claim was on, a denied claim's too (STC08).
    pub remitted: Option<Date>,
    /// Its number (STC09, TRN02 of the 835); empty before it was on one.
    pub trace: Box<str>,
    /// The payer's own reason code (`DCONT`); may be empty.
    pub reason: Box<str>,
}

redacted!(ClaimOutcome { finalized, remitted });

/// A version of a claim.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimVersion {
    /// The payer claim control number of this version: REF*1K, CLP07.
    pub number: Box<str>,
    /// The number of the first version; its own for an original.
    pub original: Box<str>,
    /// Its place among the versions, from 1.
    pub version: u32,
    /// REF*F8: the version that it replaces or voids.
    pub replaces: Option<Box<str>>,
    /// The version that replaced or voided it.
    pub successor: Option<Box<str>>,
    /// Professional, institutional or dental.
    pub form: ClaimForm,
    /// CLM05-3: `1` original, `7` replacement, `8` void...
    pub frequency: Box<str>,
    /// CLM05-1: place of service, or the first two digits of the type of bill.
    pub facility: Box<str>,
    /// CLM01, the provider's number of the claim.
    pub account: Box<str>,
    /// The member that it was matched to; none when it was not.
    pub member: Option<Owner>,
    /// The patient as the claim says it.
    pub patient: Patient,
    /// Billing provider.
    pub billing: ClaimProvider,
    /// Who is paid: the pay-to provider, mostly the billing provider. The claim is visible to those who may ask for this NPI.
    pub payee: ClaimProvider,
    /// Rendering provider; the attending provider of an institutional claim; the billing provider where none is named.
    pub rendering: ClaimProvider,
    /// CLM02.
    pub charge: Decimal,
    /// First day of service.
    pub from: Date,
    /// Last day of service.
    pub to: Date,
    /// When it was received.
    pub received: Date,
    /// How it stands.
    pub state: ClaimState,
    /// What was decided and paid.
    pub outcome: ClaimOutcome,
    /// Risk category, a code of the payer's own; may be empty.
    pub risk: Box<str>,
    /// The referral it names (REF*9F); may be empty.
    pub referral: Box<str>,
    /// The prior authorization it names (REF*G1); may be empty.
    pub authorization: Box<str>,
    /// Attachments that it announces.
    pub announced: Vec<Announced>,
    /// Procedure codes of its lines, without modifiers, for the search; in order, each once.
    pub procedures: Vec<Box<str>>,
    /// A hash of what makes two claims the same service: member, dates, provider, place and lines. Claims with equal keys
    /// are compared before they are called duplicates.
    pub service_key: u64,
    /// Key of the partner who sent it.
    pub partner: Box<str>,
    /// The interchange that brought it; 0 when it was loaded otherwise. Set by the store.
    pub interchange: u64,
    /// The claim as it was sent: its four separators (element, component, repetition or a blank where there
    /// is none, terminator), then the segments of the
    /// billing provider (from PRV or NM1*85 on), the subscriber, the patient and the claim (from SBR, PAT and CLM on), each with
    /// its terminator. HL segments are left out. Empty where it was not asked for. [`crate::txn`] reads it.
    pub text: Vec<u8>,
}

redacted!(ClaimVersion { version, form, state });

impl ClaimVersion {
    /// True while no other version has taken its place.
    pub fn is_latest(&self) -> bool {
        self.successor.is_none()
    }
}
