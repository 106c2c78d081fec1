//! What was decided about a claim, as remittance advice (835) says it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::json;
use crate::phi::redacted;

/// What a payment does to a claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum PaymentKind {
    /// A decision: paid, denied, or nothing to pay. Also the new decision after a reversal.
    Decision,
    /// It takes an earlier decision back (CLP02 22).
    Reversal,
}

/// An adjustment: why less was paid than charged (a triplet of CAS).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Adjustment {
    /// Group: `CO`, `PR`, `OA`, `PI`.
    pub group: Box<str>,
    /// Claim adjustment reason code.
    pub reason: Box<str>,
    /// Amount; positive when less is paid.
    #[serde(with = "json::decimal")]
    pub amount: Decimal,
    /// Units, where the number of them was changed.
    #[serde(with = "json::maybe_decimal")]
    pub quantity: Option<Decimal>,
}

/// A service line as it was decided. Lines of an 835 are not one to one lines of the claim: lines may be split, joined, added.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PaidLine {
    /// The number of the claim's line, from 1; none when it is not known which.
    pub line: Option<u32>,
    /// REF*6R; empty when there is none.
    pub control: Box<str>,
    /// Qualifier, code and modifiers (`HC:99213:25` with colons whatever the separators), as it was paid.
    pub procedure: Box<str>,
    /// The revenue code of an institutional line.
    pub revenue: Box<str>,
    /// Days of service.
    #[serde(with = "json::maybe_days")]
    pub dates: Option<(Date, Date)>,
    /// Charged.
    #[serde(with = "json::decimal")]
    pub charge: Decimal,
    /// Paid.
    #[serde(with = "json::decimal")]
    pub paid: Decimal,
    /// Allowed, AMT*B6.
    #[serde(with = "json::maybe_decimal")]
    pub allowed: Option<Decimal>,
    /// Units that were paid (SVC05).
    #[serde(with = "json::maybe_decimal")]
    pub units: Option<Decimal>,
    /// Adjustments of the line.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes (LQ*HE).
    pub remarks: Vec<Box<str>>,
}

redacted!(PaidLine { line });

/// What makes it the same remittance advice.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct RemittanceKey {
    /// TRN03, the payer's id.
    pub payer: Box<str>,
    /// TRN02: the number of the check or transfer, or of the advice where nothing is paid.
    pub trace: Box<str>,
}

/// What was decided about one claim (CLP).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Number of the claim version.
    pub claim: Box<str>,
    /// A decision or a reversal.
    pub kind: PaymentKind,
    /// The remittance advice that says it.
    pub remittance: RemittanceKey,
    /// CLP02.
    pub status: Box<str>,
    /// CLP03; negative in a reversal.
    #[serde(with = "json::decimal")]
    pub charge: Decimal,
    /// CLP04; negative in a reversal.
    #[serde(with = "json::decimal")]
    pub paid: Decimal,
    /// CLP05.
    #[serde(with = "json::decimal")]
    pub patient: Decimal,
    /// Interest, AMT*I.
    #[serde(with = "json::decimal")]
    pub interest: Decimal,
    /// Adjustments of the claim as a whole.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes of the claim as a whole (MIA, MOA).
    pub remarks: Vec<Box<str>>,
    /// Its lines; none when it was decided as a whole.
    pub lines: Vec<PaidLine>,
    /// The date of the decision (DTM*405 of the advice).
    #[serde(with = "json::day")]
    pub finalized: Date,
    /// The date of the check or transfer (BPR16).
    #[serde(with = "json::day")]
    pub remitted: Date,
}

redacted!(Payment { kind, status });

/// A payment or recovery that belongs to no claim of the advice (PLB).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProviderAdjustment {
    /// PLB01, the provider.
    pub provider: Box<str>,
    /// `WO` overpayment recovery, `FB` forwarding balance, `72` authorized return, `L6` interest...
    pub reason: Box<str>,
    /// What it refers to.
    pub reference: Box<str>,
    /// Positive when it lowers the payment.
    #[serde(with = "json::decimal")]
    pub amount: Decimal,
}

/// A remittance advice.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remittance {
    /// What makes it the same one.
    pub key: RemittanceKey,
    /// BPR16.
    #[serde(with = "json::day")]
    pub date: Date,
    /// BPR04: `CHK`, `ACH`, `NON`...
    pub method: Box<str>,
    /// BPR02, never negative.
    #[serde(with = "json::decimal")]
    pub amount: Decimal,
    /// NPI of the payee.
    pub payee_npi: Box<str>,
    /// Tax id of the payee.
    pub payee_tin: Box<str>,
    /// Its provider adjustments.
    pub adjustments: Vec<ProviderAdjustment>,
    /// The set, ST to SE, when it is ours: so that it can be given again. Empty when it came from elsewhere.
    #[serde(skip)]
    pub text: Vec<u8>,
}

redacted!(Remittance { key, date, method });

impl Remittance {
    /// NPI of the payee, or the tax id of one without.
    pub fn payee(&self) -> &str {
        if self.payee_npi.is_empty() { &self.payee_tin } else { &self.payee_npi }
    }
}
