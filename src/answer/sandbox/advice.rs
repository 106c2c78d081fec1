//! The 835 for one payee: the claims, and what the payee owes from before.
//!
//! A payment is never below zero. What is missing is carried forward (PLB FB) with the number of this advice as its reference; the
//! next advice with money takes it back with the same reference. There is one open balance at most: a second shortfall takes
//! the first one in. An advice that comes to nothing leaves it alone.

use rust_decimal::Decimal;
use time::{Date, Month};

use super::rules::{Method, Rules};
use crate::segments::{Contact, PostalAddress, Reference, Trace};
use crate::store::{ClaimProvider, Remittance};
use crate::txn::remittance::{
    ClaimGroup, ClaimPayment, Payee, Payer, PaymentOrder, ProviderAdjustment, RemittanceAdvice,
};
use crate::wire::Code;

/// The prefix of advice numbers when nothing is paid.
const NO_PAYMENT: &str = "NON";

/// What a payee owes from before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct OpenBalance {
    /// The number of the advice that came below zero.
    pub(super) reference: Box<str>,
    /// More than zero.
    pub(super) amount: Decimal,
}

impl OpenBalance {
    /// What is open after the newest advice that speaks of balances.
    pub(super) fn after(remittance: &Remittance) -> Option<OpenBalance> {
        let opened = remittance
            .adjustments
            .iter()
            .find(|adjustment| &*adjustment.reason == "FB" && adjustment.amount < Decimal::ZERO)?;
        Some(OpenBalance { reference: opened.reference.clone(), amount: -opened.amount })
    }
}

/// Who is paid, and where that is.
#[derive(Clone, Debug)]
pub(super) struct PayeeFacts {
    pub(super) provider: ClaimProvider,
    pub(super) address: Option<PostalAddress>,
}

impl PayeeFacts {
    /// NPI, or tax id of one without.
    pub(super) fn key(&self) -> &str {
        match &*self.provider.npi {
            "" => &self.provider.tin,
            npi => npi,
        }
    }

    fn payee(&self) -> Payee {
        let ClaimProvider { npi, tin, last, first } = &self.provider;
        let name = if first.is_empty() { last.to_string() } else { format!("{first} {last}") };
        let tax =
            Reference { qualifier: Code::new("TJ"), value: tin.clone(), ..Reference::default() };
        let by_npi = !npi.is_empty();
        Payee {
            name: name.into(),
            id_qualifier: Code::new(if by_npi { "XX" } else { "FI" }),
            id: if by_npi { npi.clone() } else { tin.clone() },
            address: self.address.clone(),
            references: Some(tax)
                .filter(|tax| by_npi && !tax.value.is_empty())
                .into_iter()
                .collect(),
            delivery: None,
        }
    }
}

/// What an advice is made of.
pub(super) struct Parts<'p> {
    pub(super) payee: &'p PayeeFacts,
    /// Whose system receives it (REF*EV).
    pub(super) receiver: &'p str,
    pub(super) claims: Vec<ClaimPayment>,
    pub(super) open: Option<OpenBalance>,
    /// The running number of the advice.
    pub(super) number: u32,
    pub(super) today: Date,
}

impl Rules {
    /// The advice.
    pub(super) fn advice(&self, parts: Parts<'_>) -> RemittanceAdvice {
        let Parts { payee, receiver, claims, open, number, today } = parts;
        let total: Decimal = claims.iter().map(|claim| claim.paid).sum();
        let interest: Decimal = claims.iter().map(ClaimPayment::interest).sum();
        let due = total + interest;
        let owed = open.as_ref().map_or(Decimal::ZERO, |open| open.amount);
        let takes = !due.is_zero() && !owed.is_zero();
        let rest = due - if takes { owed } else { Decimal::ZERO };
        let amount = rest.max(Decimal::ZERO);
        let trace = match (amount.is_zero(), self.payment.method) {
            (true, _) => format!("{NO_PAYMENT}{number:09}"),
            (false, Method::Check) => format!("CHK{number:09}"),
            (false, Method::Transfer) => format!("EFT{number:09}"),
        };
        let year_end = Date::from_calendar_date(today.year(), Month::December, 31).unwrap_or(today);
        let adjustment = |reason: &str, reference: &str, amount: Decimal| ProviderAdjustment {
            provider: payee.key().into(),
            year_end,
            reason: Code::from(reason),
            reference: reference.into(),
            amount,
        };
        let mut adjustments = Vec::new();
        if !interest.is_zero() {
            adjustments.push(adjustment("L6", &trace, -interest));
        }
        if let Some(open) = open.filter(|_| takes) {
            adjustments.push(adjustment("FB", &open.reference, open.amount));
        }
        if rest < Decimal::ZERO {
            adjustments.push(adjustment("FB", &trace, rest));
        }
        RemittanceAdvice {
            control: "0001".into(),
            payment: self.order(amount, today),
            trace: Trace {
                kind: Code::new("1"),
                number: trace.into(),
                originator: self.payer.company.as_str().into(),
                secondary: Box::default(),
            },
            currency: Box::default(),
            receiver: receiver.into(),
            version: Box::default(),
            produced: Some(today),
            payer: self.payer(),
            payee: payee.payee(),
            groups: vec![ClaimGroup { number: "1".into(), claims, ..ClaimGroup::default() }],
            adjustments,
        }
    }

    fn order(&self, amount: Decimal, today: Date) -> PaymentOrder {
        let pays = !amount.is_zero();
        let transfers = pays && self.payment.method == Method::Transfer;
        let account = |account: &Option<super::rules::AccountRules>| {
            account.as_ref().filter(|_| transfers).map(super::rules::AccountRules::account)
        };
        PaymentOrder {
            handling: Code::new(if pays { "I" } else { "H" }),
            amount,
            credit: Code::new("C"),
            method: Code::new(match (pays, transfers) {
                (false, _) => "NON",
                (true, false) => "CHK",
                (true, true) => "ACH",
            }),
            format: if transfers { Code::new("CCP") } else { Code::NONE },
            from: account(&self.payment.from),
            company: self.payer.company.as_str().into(),
            supplement: Box::default(),
            to: account(&self.payment.to),
            date: today,
        }
    }

    fn payer(&self) -> Payer {
        let payer = &self.payer;
        let telephone = vec![(Code::new("TE"), payer.telephone.as_str().into())];
        let contact = Contact { name: payer.contact.as_str().into(), numbers: telephone };
        Payer {
            name: payer.name.as_str().into(),
            id: Box::default(),
            address: Some(PostalAddress {
                line1: payer.street.as_str().into(),
                city: payer.city.as_str().into(),
                state: payer.state.as_str().into(),
                zip: payer.zip.as_str().into(),
                ..PostalAddress::default()
            }),
            references: Vec::new(),
            contacts: vec![(Code::new("CX"), contact.clone()), (Code::new("BL"), contact)],
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn said(due: i64, open: Option<i64>) -> (String, String) {
        let text = include_str!("../../../fixtures/demo/adjudication.toml");
        let rules = Rules::parse(text).unwrap();
        let claim = ClaimPayment {
            charge: Decimal::from(due),
            paid: Decimal::from(due),
            ..ClaimPayment::default()
        };
        let open = open.map(|amount| OpenBalance {
            reference: "NON000000001".into(),
            amount: Decimal::from(amount),
        });
        let provider = ClaimProvider { npi: "1234567893".into(), ..ClaimProvider::default() };
        let advice = rules.advice(Parts {
            payee: &PayeeFacts { provider, address: None },
            receiver: "SUBMITTER1",
            claims: vec![claim],
            open,
            number: 2,
            today: date!(2026 - 01 - 05),
        });
        assert_eq!(advice.balance(), Ok(()));
        let order = &advice.payment;
        let plb = |a: &ProviderAdjustment| format!("{}:{} {}", a.reason, a.reference, a.amount);
        let plbs: Vec<String> = advice.adjustments.iter().map(plb).collect();
        (format!("{} {} {}", order.handling, order.amount, order.method), plbs.join(", "))
    }

    #[test]
    fn what_is_missing_is_carried_forward_under_one_reference() {
        for (due, open, order, plb) in [
            (100, None, "I 100 CHK", ""),
            (0, None, "H 0 NON", ""),
            (-40, None, "H 0 NON", "FB:NON000000002 -40"),
            (100, Some(40), "I 60 CHK", "FB:NON000000001 40"),
            (40, Some(40), "H 0 NON", "FB:NON000000001 40"),
            // Less money than is owed, and a second shortfall: the old balance is closed, the sum carried.
            (30, Some(40), "H 0 NON", "FB:NON000000001 40, FB:NON000000002 -10"),
            (-30, Some(40), "H 0 NON", "FB:NON000000001 40, FB:NON000000002 -70"),
            // An advice that comes to nothing leaves the balance alone.
            (0, Some(40), "H 0 NON", ""),
        ] {
            let expected = (order.to_owned(), plb.to_owned());
            assert_eq!(said(due, open), expected, "{due} {open:?}");
        }
    }
}
