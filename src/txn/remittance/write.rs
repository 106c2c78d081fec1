//! Writes an 835.

use rust_decimal::Decimal;

use super::read::{MIA_REMARKS, MOA_REMARKS, TRIPLETS};
use super::{
    Account, Adjustment, ClaimGroup, ClaimPayment, Dated, Imbalance, Payee, Payer, PaymentOrder,
    ProviderAdjustment, Quantity, RemittanceAdvice, ServicePayment,
};
use crate::segments::text::{exact, fit, upper};
use crate::segments::{Amount, PostalAddress, Reference, write_amount, write_reference};
use crate::wire::value::d8_text;
use crate::wire::{Code, EmitError, Emitter, Tag};

impl RemittanceAdvice {
    /// Writes the set, ST to SE, when its amounts add up. Text is made to fit the guide's lengths and character set.
    ///
    /// # Errors
    /// Amounts that do not add up, or a code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.balance().map_err(unbalanced)?;
        out.begin_set("835", &self.control, None)?;
        self.payment.write(out)?;
        self.trace.write(out)?;
        if !self.currency.is_empty() {
            out.segment("CUR").text("PR").text(&self.currency).end()?;
        }
        for (qualifier, value) in [("EV", &self.receiver), ("F2", &self.version)] {
            let value = fit(value, 1, 50, out.delimiters());
            if !value.is_empty() {
                write_reference(out, qualifier, &value)?;
            }
        }
        if let Some(produced) = self.produced {
            Dated::new("405", produced).write(out)?;
        }
        self.payer.write(out)?;
        self.payee.write(out)?;
        for group in &self.groups {
            group.write(out)?;
        }
        out.enter("835");
        write_provider_adjustments(&self.adjustments, out)?;
        out.end_set(&self.control)
    }
}

/// Where the imbalance is, as an error of writing.
fn unbalanced(imbalance: Imbalance) -> EmitError {
    let (loop_id, tag, element) = match imbalance {
        Imbalance::Payment | Imbalance::Negative => ("835", "BPR", 2),
        Imbalance::NoAmount => ("835", "PLB", 4),
        Imbalance::Claim(_) => ("2100", "CLP", 4),
        Imbalance::Line(..) => ("2110", "SVC", 3),
    };
    let (loop_id, tag) = (loop_id.to_owned(), Tag::from(tag));
    EmitError { loop_id, tag, element, why: imbalance.why() }
}

impl Dated {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let day = d8_text(self.day);
        out.segment("DTM").text(self.qualifier.as_str()).text(day.as_str()).end()
    }
}

impl PaymentOrder {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("835");
        let delimiters = out.delimiters();
        let account = |account: &Option<Account>| {
            let Account { bank_qualifier, bank, kind, number } =
                account.clone().unwrap_or_default();
            let bank = fit(&bank, 3, 12, delimiters).into_owned();
            let number = fit(&number, 1, 35, delimiters).into_owned();
            [bank_qualifier.as_str().to_owned(), bank, kind.as_str().to_owned(), number]
        };
        let mut bpr = out
            .segment("BPR")
            .text(self.handling.as_str())
            .decimal(self.amount)
            .text(self.credit.as_str())
            .text(self.method.as_str())
            .text(self.format.as_str());
        for element in account(&self.from) {
            bpr = bpr.text(&element);
        }
        bpr = bpr.text(&fit(&self.company, 10, 10, delimiters)).text(&fit(
            &self.supplement,
            9,
            9,
            delimiters,
        ));
        for element in account(&self.to) {
            bpr = bpr.text(&element);
        }
        bpr.text(d8_text(self.date).as_str()).end()
    }
}

impl Payer {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("1000A");
        let delimiters = out.delimiters();
        let id = fit(&self.id, 2, 80, delimiters);
        let qualifier = if id.is_empty() { "" } else { "XV" };
        let name = upper(&self.name, 60, delimiters);
        out.segment("N1").text("PR").text(&name).text(qualifier).text(&id).end()?;
        write_address(self.address.as_ref(), out)?;
        write_references(&self.references, out)?;
        for (function, contact) in &self.contacts {
            contact.write_as(function.as_str(), out)?;
        }
        Ok(())
    }
}

impl Payee {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("1000B");
        let delimiters = out.delimiters();
        out.segment("N1")
            .text("PE")
            .text(&upper(&self.name, 60, delimiters))
            .text(self.id_qualifier.as_str())
            .text(&fit(&self.id, 2, 80, delimiters))
            .end()?;
        write_address(self.address.as_ref(), out)?;
        write_references(&self.references, out)?;
        match &self.delivery {
            Some(delivery) => delivery.write(out),
            None => Ok(()),
        }
    }
}

impl ClaimGroup {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000");
        let number = fit(&self.number, 1, 6, out.delimiters());
        out.segment("LX").text(if number.is_empty() { "1" } else { &number }).end()?;
        for summary in [&self.summary, &self.supplement].into_iter().flatten() {
            summary.write(out)?;
        }
        self.claims.iter().try_for_each(|claim| claim.write(out))
    }
}

impl ClaimPayment {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2100");
        self.write_head(out)?;
        write_adjustments(&self.adjustments, out)?;
        self.names.iter().try_for_each(|name| name.write(out))?;
        if let Some(mia) = &self.inpatient {
            write_decision("MIA", &mia.values, &mia.remarks, MIA_REMARKS, out)?;
        }
        if let Some(moa) = &self.outpatient {
            write_decision("MOA", &moa.values, &moa.remarks, MOA_REMARKS, out)?;
        }
        write_references(&self.references, out)?;
        self.dates.iter().try_for_each(|dated| dated.write(out))?;
        self.contacts.iter().try_for_each(|contact| contact.write_as("CX", out))?;
        write_amounts(&self.amounts, out)?;
        write_quantities(&self.quantities, out)?;
        self.lines.iter().try_for_each(|line| line.write(out))
    }

    fn write_head(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let account = exact(&self.account, 38, delimiters);
        let mut clp = out
            .segment("CLP")
            .text(if account.is_empty() { "0" } else { &account })
            .text(self.status.as_str())
            .decimal(self.charge)
            .decimal(self.paid);
        clp = match self.patient {
            Some(patient) => clp.decimal(patient),
            None => clp.text(""),
        };
        clp = clp
            .text(self.filing.as_str())
            .text(&fit(&self.number, 1, 50, delimiters))
            .text(&fit(&self.facility, 1, 2, delimiters))
            .text(self.frequency.as_str())
            .text("")
            .text(&fit(&self.drg, 1, 4, delimiters));
        for number in [self.drg_weight, self.discharge_fraction] {
            clp = match number {
                Some(number) => clp.decimal(number),
                None => clp.text(""),
            };
        }
        clp.end()
    }
}

impl ServicePayment {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2110");
        let delimiters = out.delimiters();
        let procedure = self.procedure.components(delimiters);
        let number = |value: Option<Decimal>| value.map(crate::wire::value::decimal_text);
        let (paid_units, billed_units) = (number(self.paid_units), number(self.billed_units));
        let mut svc = out
            .segment("SVC")
            .composite(&procedure.each_ref().map(String::as_str))
            .decimal(self.charge)
            .decimal(self.paid)
            .text(&fit(&self.revenue, 1, 48, delimiters))
            .maybe(paid_units.as_ref().map(|units| units.as_str()));
        svc = match &self.original {
            Some(original) => {
                let mut parts = original.procedure.components(delimiters);
                parts[6] = upper(&original.description, 80, delimiters).into_owned();
                svc.composite(&parts.each_ref().map(String::as_str))
            }
            None => svc.text(""),
        };
        svc.maybe(billed_units.as_ref().map(|units| units.as_str())).end()?;
        self.dates.iter().try_for_each(|dated| dated.write(out))?;
        write_adjustments(&self.adjustments, out)?;
        write_references(&self.references, out)?;
        write_amounts(&self.amounts, out)?;
        write_quantities(&self.quantities, out)?;
        for (list, remark) in &self.remarks {
            out.segment("LQ").text(list.as_str()).text(remark.as_str()).end()?;
        }
        Ok(())
    }
}

fn write_address(address: Option<&PostalAddress>, out: &mut Emitter) -> Result<(), EmitError> {
    address.map_or(Ok(()), |address| address.write(out))
}

fn write_references(references: &[Reference], out: &mut Emitter) -> Result<(), EmitError> {
    references.iter().try_for_each(|reference| reference.write_bare(out))
}

fn write_amounts(amounts: &[Amount], out: &mut Emitter) -> Result<(), EmitError> {
    amounts.iter().try_for_each(|amount| match amount.amount {
        Some(value) => write_amount(out, amount.qualifier.as_str(), value),
        None => Ok(()),
    })
}

fn write_quantities(quantities: &[Quantity], out: &mut Emitter) -> Result<(), EmitError> {
    quantities.iter().try_for_each(|Quantity { qualifier, quantity }| {
        out.segment("QTY").text(qualifier.as_str()).decimal(*quantity).end()
    })
}

/// Writes CAS: adjustments of one group after each other share a segment.
fn write_adjustments(adjustments: &[Adjustment], out: &mut Emitter) -> Result<(), EmitError> {
    for group in adjustments.chunk_by(|one, next| one.group == next.group) {
        for some in group.chunks(TRIPLETS) {
            let mut cas = out.segment("CAS").text(some[0].group.as_str());
            for adjustment in some {
                cas = cas.text(adjustment.reason.as_str()).decimal(adjustment.amount);
                cas = match adjustment.quantity {
                    Some(quantity) => cas.decimal(quantity),
                    None => cas.text(""),
                };
            }
            cas.end()?;
        }
    }
    Ok(())
}

/// Writes PLB: adjustments of one provider and year after each other share a segment.
fn write_provider_adjustments(
    adjustments: &[ProviderAdjustment],
    out: &mut Emitter,
) -> Result<(), EmitError> {
    let delimiters = out.delimiters();
    let together = |one: &ProviderAdjustment, next: &ProviderAdjustment| {
        one.provider == next.provider && one.year_end == next.year_end
    };
    for group in adjustments.chunk_by(together) {
        for some in group.chunks(TRIPLETS) {
            let year_end = d8_text(some[0].year_end);
            let provider = fit(&some[0].provider, 1, 50, delimiters);
            let mut plb = out.segment("PLB").text(&provider).text(year_end.as_str());
            for adjustment in some {
                let reference = fit(&adjustment.reference, 1, 50, delimiters);
                plb = plb
                    .composite(&[adjustment.reason.as_str(), &reference])
                    .decimal(adjustment.amount);
            }
            plb.end()?;
        }
    }
    Ok(())
}

/// Writes MIA or MOA.
fn write_decision(
    tag: &str,
    values: &[(u8, Decimal)],
    remarks: &[Code],
    places: [usize; 5],
    out: &mut Emitter,
) -> Result<(), EmitError> {
    let mut remarks = remarks.iter();
    let mut segment = out.segment(tag);
    for position in 1..=24 {
        let value = values.iter().find(|(at, _)| usize::from(*at) == position);
        segment = match (places.contains(&position), value) {
            (true, _) => segment.text(remarks.next().map_or("", Code::as_str)),
            (false, Some((_, value))) => segment.decimal(*value),
            (false, None) => segment.text(""),
        };
    }
    segment.end()
}
