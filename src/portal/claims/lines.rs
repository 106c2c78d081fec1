//! The lines of a claim as they were billed and as they were decided (C-12 to C-15).

use rust_decimal::Decimal;
use serde::Serialize;

use super::super::words::iso_date;
use super::{Procedures, plain, reason_words};
use crate::phi::redacted;
use crate::segments::Procedure;
use crate::store::{Adjustment, ClaimVersion, PaidLine, Payment, PaymentKind};
use crate::txn::claim::{Claim, Line};

/// The line number of what was decided about a claim as a whole.
pub const SERVICE_WHOLE: &str = "000";

/// Shown as the number of the check of a line that was denied.
const DENIED: &str = "DENIED";

/// Shown where there is no number.
const NONE: &str = "--";

/// A line as it is shown: billed, decided, or taken back.
#[derive(Serialize, Clone, PartialEq, Eq, Default)]
pub struct LineRow {
    /// `001`; `001R` when an earlier decision is taken back; `000` for the claim as a whole.
    pub line: String,
    /// First day of service, or both.
    pub service_date: String,
    /// Place of service.
    pub place: String,
    /// Units; negative in a reversal.
    pub units: String,
    /// Procedure with its modifiers, or the revenue code.
    pub procedure: String,
    /// What the procedure is, where a list of procedures is loaded.
    pub procedure_words: String,
    /// Charged; negative in a reversal.
    pub billed: String,
    /// Withheld: CO 104.
    pub withheld: String,
    /// Deductible: PR 1.
    pub deductible: String,
    /// Paid.
    pub paid: String,
    /// Allowed.
    pub allowed: String,
    /// Paid by another carrier: OA 23, CO 22.
    pub other_carrier: String,
    /// Copayment: PR 3.
    pub copay: String,
    /// Coinsurance: PR 2.
    pub coinsurance: String,
    /// Risk category, a code of the payer's own.
    pub risk: String,
    /// Number of the check; `DENIED` for a line that was denied, `--` where there is none.
    pub check: String,
    /// Number of the electronic transfer, `--` where there is none.
    pub eft: String,
    /// The payer's own reason code, or else the first adjustment of the line.
    pub reason: String,
    /// When it was decided.
    pub finalized: String,
    /// Every adjustment of the line.
    pub adjustments: Vec<AdjustmentRow>,
    /// Remark codes.
    pub remarks: Vec<String>,
}

redacted!(LineRow { line });

/// Why less was paid than charged.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct AdjustmentRow {
    /// `CO`, `PR`, `OA`, `PI`.
    pub group: String,
    /// Claim adjustment reason code.
    pub code: String,
    /// The reason in words.
    pub words: String,
    /// Amount.
    pub amount: String,
}

/// A payment and how its money moved: `CHK`, `ACH`, `NON`.
pub(super) struct Decided<'a> {
    pub payment: &'a Payment,
    pub method: &'a str,
}

/// What all lines of a version have in common.
pub(super) struct LineContext<'a> {
    pub version: &'a ClaimVersion,
    pub claim: Option<&'a Claim>,
    pub procedures: &'a Procedures<'a>,
}

impl LineContext<'_> {
    /// The lines as they were decided, in the order of the decisions; as they were billed where there is none.
    pub(super) fn rows(&self, decided: &[Decided<'_>]) -> Vec<LineRow> {
        if decided.is_empty() {
            return self.billed_lines().map(|line| self.billed(line)).collect();
        }
        decided.iter().flat_map(|decision| self.decision(decision)).collect()
    }

    fn billed_lines(&self) -> impl Iterator<Item = &Line> {
        self.claim.into_iter().flat_map(|claim| &claim.lines)
    }

    fn decision(&self, decided: &Decided<'_>) -> Vec<LineRow> {
        let payment = decided.payment;
        let mut rows = Vec::new();
        if payment.lines.is_empty() || !payment.adjustments.is_empty() {
            rows.push(self.whole(decided));
        }
        for (index, paid) in payment.lines.iter().enumerate() {
            rows.push(self.decided(paid, self.billed_as(paid, index, payment), index, decided));
        }
        rows
    }

    /// The line of the claim that a decided line is about: by its number, its control number, or its place where there are as
    /// many of them.
    fn billed_as(&self, paid: &PaidLine, index: usize, payment: &Payment) -> Option<&Line> {
        let mut lines = self.billed_lines();
        if let Some(number) = paid.line {
            return lines.find(|line| line.number == number);
        }
        if !paid.control.is_empty() {
            return lines.find(|line| line.control == paid.control);
        }
        let claim = self.claim?;
        (claim.lines.len() == payment.lines.len()).then(|| claim.lines.get(index)).flatten()
    }

    fn billed(&self, line: &Line) -> LineRow {
        let procedure = line.procedure.as_ref().map(procedure_text).unwrap_or_default();
        LineRow {
            line: format!("{:03}", line.number),
            service_date: self.service_date(Some(line), None),
            place: self.place(Some(line)),
            units: quantity(line.units.unwrap_or(Decimal::ONE)),
            procedure_words: self.words(&procedure),
            procedure: if procedure.is_empty() { line.revenue.to_string() } else { procedure },
            billed: plain(line.charge),
            risk: self.version.risk.to_string(),
            check: NONE.to_owned(),
            eft: NONE.to_owned(),
            ..LineRow::default()
        }
    }

    fn decided(
        &self,
        paid: &PaidLine,
        line: Option<&Line>,
        index: usize,
        decided: &Decided<'_>,
    ) -> LineRow {
        let is_reversal = decided.payment.kind == PaymentKind::Reversal;
        let number = line.map(|line| line.number).or(paid.line).unwrap_or(index as u32 + 1);
        let units = paid.units.or_else(|| line.map(|line| line.units.unwrap_or(Decimal::ONE)));
        let procedure = match paid.procedure.split_once(':') {
            Some((_, code)) => code.to_owned(),
            None => paid.procedure.to_string(),
        };
        let mut row = LineRow {
            line: format!("{number:03}{}", if is_reversal { "R" } else { "" }),
            service_date: self.service_date(line, Some(paid)),
            place: self.place(line),
            units: quantity(signed(units.unwrap_or(Decimal::ONE), is_reversal)),
            procedure_words: self.words(&procedure),
            procedure: if procedure.is_empty() { paid.revenue.to_string() } else { procedure },
            allowed: paid
                .allowed
                .map(|amount| signed(amount, is_reversal))
                .map(plain)
                .unwrap_or_default(),
            remarks: paid.remarks.iter().map(|remark| remark.to_string()).collect(),
            ..LineRow::default()
        };
        self.money(&mut row, paid.charge, paid.paid, &paid.adjustments, decided);
        row
    }

    /// What was decided about the claim as a whole.
    fn whole(&self, decided: &Decided<'_>) -> LineRow {
        let payment = decided.payment;
        let is_reversal = payment.kind == PaymentKind::Reversal;
        let mut row = LineRow {
            line: format!("{SERVICE_WHOLE}{}", if is_reversal { "R" } else { "" }),
            service_date: self.service_date(None, None),
            place: self.place(None),
            remarks: payment.remarks.iter().map(|remark| remark.to_string()).collect(),
            ..LineRow::default()
        };
        self.money(&mut row, payment.charge, payment.paid, &payment.adjustments, decided);
        row
    }

    fn money(
        &self,
        row: &mut LineRow,
        charge: Decimal,
        paid: Decimal,
        adjustments: &[Adjustment],
        decided: &Decided<'_>,
    ) {
        let total = |wanted: &[(&str, &str)]| -> Decimal {
            let of = |adjustment: &&Adjustment| {
                wanted.iter().any(|(group, reason)| {
                    *adjustment.group == **group && *adjustment.reason == **reason
                })
            };
            adjustments.iter().filter(of).map(|adjustment| adjustment.amount).sum()
        };
        let owed = total(&[("PR", "1"), ("PR", "2"), ("PR", "3")]);
        let elsewhere = total(&[("OA", "23"), ("CO", "22")]);
        let is_denied =
            paid.is_zero() && owed.is_zero() && elsewhere.is_zero() && !charge.is_zero();
        row.billed = plain(charge);
        row.paid = plain(paid);
        row.withheld = plain(total(&[("CO", "104")]));
        row.deductible = plain(total(&[("PR", "1")]));
        row.coinsurance = plain(total(&[("PR", "2")]));
        row.copay = plain(total(&[("PR", "3")]));
        row.other_carrier = plain(elsewhere);
        row.risk = self.version.risk.to_string();
        let trace = &*decided.payment.remittance.trace;
        let is_transfer = matches!(decided.method, "ACH" | "FWT" | "BOP");
        let number = |is: bool| if is && !trace.is_empty() { trace } else { NONE }.to_owned();
        row.check = if is_denied { DENIED.to_owned() } else { number(!is_transfer) };
        row.eft = number(is_transfer && !is_denied);
        row.finalized = iso_date(decided.payment.finalized);
        row.adjustments = adjustments.iter().map(AdjustmentRow::new).collect();
        row.reason = match (&*self.version.outcome.reason, adjustments.first()) {
            ("", Some(first)) => format!("{} {}", first.group, first.reason),
            (own, _) => own.to_owned(),
        };
    }

    fn service_date(&self, line: Option<&Line>, paid: Option<&PaidLine>) -> String {
        let own = paid.and_then(|paid| paid.dates).or_else(|| line.and_then(Line::service_dates));
        let (from, to) = own.unwrap_or((self.version.from, self.version.to));
        match from == to {
            true => iso_date(from),
            false => format!("{} to {}", iso_date(from), iso_date(to)),
        }
    }

    fn place(&self, line: Option<&Line>) -> String {
        match line {
            Some(line) if !line.place.is_empty() => line.place.to_string(),
            _ => self.version.facility.to_string(),
        }
    }

    fn words(&self, procedure: &str) -> String {
        let code = procedure.split(':').next().unwrap_or(procedure);
        if code.is_empty() { String::new() } else { (self.procedures)(code).unwrap_or_default() }
    }
}

impl AdjustmentRow {
    pub(super) fn new(adjustment: &Adjustment) -> AdjustmentRow {
        AdjustmentRow {
            group: adjustment.group.to_string(),
            code: adjustment.reason.to_string(),
            words: reason_words(&adjustment.reason),
            amount: plain(adjustment.amount),
        }
    }
}

/// `99213:25`.
fn procedure_text(procedure: &Procedure) -> String {
    let mut text = procedure.code.to_string();
    for modifier in &procedure.modifiers {
        text.push(':');
        text.push_str(modifier.as_str());
    }
    text
}

/// The same amount, never above zero in a reversal: both signs are sent.
fn signed(amount: Decimal, is_reversal: bool) -> Decimal {
    if is_reversal { -amount.abs() } else { amount }
}

fn quantity(units: Decimal) -> String {
    units.normalize().to_string()
}
