//! What was decided about a claim: loops 2100 and 2110.

use rust_decimal::Decimal;
use time::Date;

use super::Dated;
use crate::phi::redacted;
use crate::segments::{Amount, Contact, Name, Procedure, Reference};
use crate::wire::Code;

/// Why less was paid than charged (a triplet of CAS).
#[derive(Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// `CO`, `PR`, `OA`, `PI`.
    pub group: Code,
    /// Claim adjustment reason code.
    pub reason: Code,
    /// Positive when less is paid.
    pub amount: Decimal,
    /// Units, where their number was changed.
    pub quantity: Option<Decimal>,
}

redacted!(Adjustment { group, reason });

impl Adjustment {
    /// An adjustment of an amount alone.
    pub fn new(group: &str, reason: &str, amount: Decimal) -> Adjustment {
        let (group, reason) = (Code::from(group), Code::from(reason));
        Adjustment { group, reason, amount, quantity: None }
    }

    /// The same taken back.
    #[must_use]
    pub fn reversed(&self) -> Adjustment {
        let quantity = self.quantity.map(|quantity| -quantity);
        Adjustment { amount: -self.amount, quantity, ..self.clone() }
    }
}

/// A number of something (QTY).
#[derive(Clone, PartialEq, Eq)]
pub struct Quantity {
    /// QTY01.
    pub qualifier: Code,
    /// QTY02.
    pub quantity: Decimal,
}

redacted!(Quantity { qualifier });

/// The decision about an institutional inpatient claim (MIA).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Inpatient {
    /// Amounts and quantities by position, 1 to 24.
    pub values: Vec<(u8, Decimal)>,
    /// MIA05, MIA20 to MIA23: remark codes.
    pub remarks: Vec<Code>,
}

redacted!(Inpatient { remarks });

/// The decision about any other claim (MOA).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Outpatient {
    /// Amounts and rates by position: 1, 2, 8 and 9.
    pub values: Vec<(u8, Decimal)>,
    /// MOA03 to MOA07: remark codes.
    pub remarks: Vec<Code>,
}

redacted!(Outpatient { remarks });

/// What was billed where something else was paid (SVC06).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct OriginalProcedure {
    /// The procedure.
    pub procedure: Procedure,
    /// SVC06-7.
    pub description: Box<str>,
}

redacted!(OriginalProcedure {});

/// A service line (loop 2110).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServicePayment {
    /// SVC01, what is paid.
    pub procedure: Procedure,
    /// SVC02.
    pub charge: Decimal,
    /// SVC03.
    pub paid: Decimal,
    /// SVC04.
    pub revenue: Box<str>,
    /// SVC05, units paid; see [`ServicePayment::units`].
    pub paid_units: Option<Decimal>,
    /// SVC06, where it was billed otherwise.
    pub original: Option<OriginalProcedure>,
    /// SVC07, units billed, where they are not those paid.
    pub billed_units: Option<Decimal>,
    /// DTM: `472`, or `150` and `151`.
    pub dates: Vec<Dated>,
    /// CAS.
    pub adjustments: Vec<Adjustment>,
    /// REF: `6R` line control number, `LU`, `HPI`, `0K`...
    pub references: Vec<Reference>,
    /// AMT: `B6` allowed...
    pub amounts: Vec<Amount>,
    /// QTY.
    pub quantities: Vec<Quantity>,
    /// LQ: `HE` remark codes, `RX` of pharmacies.
    pub remarks: Vec<(Code, Code)>,
}

redacted!(ServicePayment {});

impl ServicePayment {
    /// Units paid: one where SVC05 is absent, whatever was billed.
    pub fn units(&self) -> Decimal {
        self.paid_units.unwrap_or(Decimal::ONE)
    }

    /// REF*6R: the provider's number of the line; none where the claim had none.
    pub fn control(&self) -> Option<&str> {
        crate::segments::find(&self.references, "6R").filter(|control| !control.is_empty())
    }

    /// AMT*B6: the amount allowed.
    pub fn allowed(&self) -> Option<Decimal> {
        amount(&self.amounts, "B6")
    }

    /// First and last day of service, where the line has its own.
    pub fn service_dates(&self) -> Option<(Date, Date)> {
        let day = |qualifier| Dated::find(&self.dates, qualifier);
        let first = day("472").or_else(|| day("150"));
        let first = first.or_else(|| day("151"))?;
        Some((first, day("151").unwrap_or(first)))
    }
}

/// A claim (loop 2100).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimPayment {
    /// CLP01, the provider's number.
    pub account: Box<str>,
    /// CLP02: `1` primary, `2` secondary, `3` tertiary, `4` denied, `22` reversal...
    pub status: Code,
    /// CLP03.
    pub charge: Decimal,
    /// CLP04.
    pub paid: Decimal,
    /// CLP05, the patient's share.
    pub patient: Option<Decimal>,
    /// CLP06: `12` PPO, `HM` HMO...
    pub filing: Code,
    /// CLP07, the payer's number.
    pub number: Box<str>,
    /// CLP08.
    pub facility: Box<str>,
    /// CLP09.
    pub frequency: Code,
    /// CLP11, diagnosis related group.
    pub drg: Box<str>,
    /// CLP12, its weight.
    pub drg_weight: Option<Decimal>,
    /// CLP13.
    pub discharge_fraction: Option<Decimal>,
    /// CAS.
    pub adjustments: Vec<Adjustment>,
    /// NM1 in their order: `QC` patient, `IL`, `74`, `82`, `TT`, `PR`, `GB`.
    pub names: Vec<Name>,
    /// MIA.
    pub inpatient: Option<Inpatient>,
    /// MOA.
    pub outpatient: Option<Outpatient>,
    /// REF.
    pub references: Vec<Reference>,
    /// DTM: `232` and `233` statement period, `036`, `050` received.
    pub dates: Vec<Dated>,
    /// PER.
    pub contacts: Vec<Contact>,
    /// AMT: `I` interest, `AU` coverage amount...
    pub amounts: Vec<Amount>,
    /// QTY.
    pub quantities: Vec<Quantity>,
    /// Service lines.
    pub lines: Vec<ServicePayment>,
}

redacted!(ClaimPayment { status });

impl ClaimPayment {
    /// True when an earlier decision is taken back.
    pub fn is_reversal(&self) -> bool {
        self.status == "22"
    }

    /// Interest, AMT*I.
    pub fn interest(&self) -> Decimal {
        amount(&self.amounts, "I").unwrap_or_default()
    }

    /// The person in this role.
    pub fn name(&self, entity: &str) -> Option<&Name> {
        self.names.iter().find(|name| name.entity == entity)
    }

    /// First and last day of the claim. A first day without a last one is the only day.
    pub fn statement_period(&self) -> Option<(Date, Date)> {
        let day = |qualifier| Dated::find(&self.dates, qualifier);
        let first = day("232").or_else(|| day("233"))?;
        Some((first, day("233").unwrap_or(first)))
    }

    /// All adjustments, those of the lines included.
    pub fn all_adjustments(&self) -> impl Iterator<Item = &Adjustment> {
        self.adjustments.iter().chain(self.lines.iter().flat_map(|line| &line.adjustments))
    }

    /// Remark codes of the claim as a whole.
    pub fn remarks(&self) -> impl Iterator<Item = Code> {
        let inpatient = self.inpatient.iter().flat_map(|mia| &mia.remarks);
        inpatient.chain(self.outpatient.iter().flat_map(|moa| &moa.remarks)).copied()
    }
}

fn amount(amounts: &[Amount], qualifier: &str) -> Option<Decimal> {
    amounts.iter().find(|amount| amount.qualifier == qualifier).and_then(|amount| amount.amount)
}
