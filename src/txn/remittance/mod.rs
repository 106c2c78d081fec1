//! Remittance advice (835) as a type: read from a walked set, and written so that it balances.
//!
//! All segments of the guide 005010X221A1 have a field, and what is read is written again in the guide's order. Adjustments are
//! kept one by one and joined into CAS and PLB segments when they are written. An 835 has no ST03.

mod balance;
mod claim;
mod read;
#[cfg(test)]
pub(crate) mod tests;
mod write;

use rust_decimal::Decimal;
use time::Date;

pub use balance::Imbalance;
pub use claim::{
    Adjustment, ClaimPayment, Inpatient, OriginalProcedure, Outpatient, Quantity, ServicePayment,
};

use crate::phi::redacted;
use crate::segments::{Contact, PostalAddress, Reference, Trace};
use crate::txn::claim::Verbatim;
use crate::wire::Code;

/// The implementation guide.
pub const GUIDE: &str = "005010X221A1";

/// A day with its meaning (DTM).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// DTM01: `232` and `233` statement period, `472` service, `150` and `151` its first and last day, `050` received.
    pub qualifier: Code,
    /// DTM02.
    pub day: Date,
}

redacted!(Dated { qualifier });

impl Dated {
    /// A day.
    pub fn new(qualifier: &str, day: Date) -> Dated {
        Dated { qualifier: Code::from(qualifier), day }
    }

    /// The day with this meaning.
    pub fn find(dates: &[Dated], qualifier: &str) -> Option<Date> {
        dates.iter().find(|dated| dated.qualifier == qualifier).map(|dated| dated.day)
    }
}

/// A bank account (BPR06 to BPR09, BPR12 to BPR15).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// `01` routing number, `04` Canadian bank.
    pub bank_qualifier: Code,
    /// The bank.
    pub bank: Box<str>,
    /// `DA` checking, `SG` savings.
    pub kind: Code,
    /// The account.
    pub number: Box<str>,
}

redacted!(Account { kind });

/// How much is paid, and how (BPR).
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// BPR01: `I` payment and advice together, `H` notification only...
    pub handling: Code,
    /// BPR02, never negative.
    pub amount: Decimal,
    /// BPR03: `C` credit, `D` debit.
    pub credit: Code,
    /// BPR04: `CHK`, `ACH`, `NON`...
    pub method: Code,
    /// BPR05: `CCP` or `CTX` of a payment through the clearing house.
    pub format: Code,
    /// From which account.
    pub from: Option<Account>,
    /// BPR10, the originating company.
    pub company: Box<str>,
    /// BPR11.
    pub supplement: Box<str>,
    /// To which account.
    pub to: Option<Account>,
    /// BPR16, the date of the check or transfer.
    pub date: Date,
}

redacted!(PaymentOrder { handling, method, date });

/// The payer (loop 1000A).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Payer {
    /// N102.
    pub name: Box<str>,
    /// N104, its plan id (N103 `XV`); mostly empty.
    pub id: Box<str>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// REF: `2U` payer id, `EO` submitter, `HI`, `NF`.
    pub references: Vec<Reference>,
    /// PER, with PER01: `CX` business, `BL` technical, `IC` web site.
    pub contacts: Vec<(Code, Contact)>,
}

redacted!(Payer {});

/// The payee (loop 1000B).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Payee {
    /// N102.
    pub name: Box<str>,
    /// N103: `XX` NPI, `FI` tax id, `XV` plan id.
    pub id_qualifier: Code,
    /// N104.
    pub id: Box<str>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// REF: `TJ` tax id, `PQ`, `D3`, `0B`.
    pub references: Vec<Reference>,
    /// RDM, how the advice is delivered.
    pub delivery: Option<Verbatim>,
}

redacted!(Payee { id_qualifier });

impl Payee {
    /// NPI, empty where it is not said.
    pub fn npi(&self) -> &str {
        if self.id_qualifier == "XX" { &self.id } else { "" }
    }

    /// Tax id, empty where it is not said.
    pub fn tax_id(&self) -> &str {
        let other = crate::segments::find(&self.references, "TJ").unwrap_or("");
        if self.id_qualifier == "FI" { &self.id } else { other }
    }
}

/// Claims under one number (loop 2000).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimGroup {
    /// LX01.
    pub number: Box<str>,
    /// TS3.
    pub summary: Option<Verbatim>,
    /// TS2.
    pub supplement: Option<Verbatim>,
    /// The claims.
    pub claims: Vec<ClaimPayment>,
}

redacted!(ClaimGroup {});

/// A payment or recovery that belongs to no claim of the advice (a triplet of PLB).
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderAdjustment {
    /// PLB01, the provider.
    pub provider: Box<str>,
    /// PLB02, the last day of its fiscal year.
    pub year_end: Date,
    /// PLB03-1: `WO` overpayment recovery, `FB` forwarding balance, `72` authorized return, `L6` interest...
    pub reason: Code,
    /// PLB03-2, what it refers to.
    pub reference: Box<str>,
    /// PLB04; positive when it lowers the payment, never zero.
    pub amount: Decimal,
}

redacted!(ProviderAdjustment { reason });

/// One 835 set.
#[derive(Clone, PartialEq, Eq)]
pub struct RemittanceAdvice {
    /// ST02.
    pub control: Box<str>,
    /// BPR.
    pub payment: PaymentOrder,
    /// TRN: the number of the check or transfer, and the payer's id.
    pub trace: Trace,
    /// CUR02; mostly empty.
    pub currency: Box<str>,
    /// REF*EV, the receiver's id; may be empty.
    pub receiver: Box<str>,
    /// REF*F2, the version of the payer's system; may be empty.
    pub version: Box<str>,
    /// DTM*405, the day of the decisions.
    pub produced: Option<Date>,
    /// The payer.
    pub payer: Payer,
    /// The payee.
    pub payee: Payee,
    /// The claims.
    pub groups: Vec<ClaimGroup>,
    /// PLB.
    pub adjustments: Vec<ProviderAdjustment>,
}

redacted!(RemittanceAdvice { control });

impl RemittanceAdvice {
    /// All claims, in order.
    pub fn claims(&self) -> impl Iterator<Item = &ClaimPayment> {
        self.groups.iter().flat_map(|group| &group.claims)
    }

    /// The day of the decisions: DTM*405, or the date of the payment.
    pub fn decided(&self) -> Date {
        self.produced.unwrap_or(self.payment.date)
    }
}
