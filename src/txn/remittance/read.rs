//! Reads a walked 835.

use rust_decimal::Decimal;
use time::Date;

use super::{
    Account, Adjustment, ClaimGroup, ClaimPayment, Dated, GUIDE, Inpatient, OriginalProcedure,
    Outpatient, Payee, Payer, PaymentOrder, ProviderAdjustment, Quantity, RemittanceAdvice,
    ServicePayment,
};
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::segments::text::text;
use crate::segments::{Amount, Contact, Name, PostalAddress, Procedure, Reference, Trace, find};
use crate::tree::LoopRef;
use crate::txn::claim::Verbatim;
use crate::wire::value::{date_d8, decimal_r};
use crate::wire::{Code, Delimiters, Inline, Segment};

/// Adjustments in one CAS, and in one PLB.
pub(super) const TRIPLETS: usize = 6;

/// Positions of remark codes.
pub(super) const MIA_REMARKS: [usize; 5] = [5, 20, 21, 22, 23];
pub(super) const MOA_REMARKS: [usize; 5] = [3, 4, 5, 6, 7];

impl RemittanceAdvice {
    /// Reads a set, ST to SE, in the standard separators; none when it is no 835.
    pub fn read_text(text: &[u8], registry: &Registry) -> Option<RemittanceAdvice> {
        let group = GroupHeader {
            functional: Inline::from("HP"),
            version: Inline::from(GUIDE),
            ..GroupHeader::default()
        };
        let policy = Policy::default();
        let mut checker = SetChecker::new(registry, &policy).with_tree();
        let delimiters = Delimiters::STANDARD;
        let place = SetPlace { group: &group, delimiters, offset: 0, ordinal: 1 };
        let (_, walked) = checker.walk(text, place);
        walked.map(|walked| RemittanceAdvice::read(walked.root()))
    }

    /// Reads a walked 835. `set` is the outermost loop, which contains ST and BPR. Never fails: what cannot be read is left
    /// out, and an amount that cannot be read is zero.
    pub fn read(set: LoopRef<'_>) -> RemittanceAdvice {
        let value =
            |tag, position| set.first(tag).map_or_else(Box::default, |s| text(s.value(position)));
        let references: Vec<Reference> = set.all("REF").map(Reference::read).collect();
        let reference = |qualifier| find(&references, qualifier).unwrap_or("").into();
        RemittanceAdvice {
            control: value("ST", 2),
            payment: set.first("BPR").map_or_else(PaymentOrder::none, PaymentOrder::read),
            trace: set.first("TRN").map_or_else(Trace::default, Trace::read),
            currency: value("CUR", 2),
            receiver: reference("EV"),
            version: reference("F2"),
            produced: Dated::find(&dates(set), "405"),
            payer: set.child("1000A").map_or_else(Payer::default, Payer::read),
            payee: set.child("1000B").map_or_else(Payee::default, Payee::read),
            groups: set.loops("2000").map(ClaimGroup::read).collect(),
            adjustments: set.all("PLB").flat_map(ProviderAdjustment::read_all).collect(),
        }
    }
}

impl PaymentOrder {
    fn none() -> PaymentOrder {
        PaymentOrder {
            handling: Code::NONE,
            amount: Decimal::ZERO,
            credit: Code::NONE,
            method: Code::NONE,
            format: Code::NONE,
            from: None,
            company: Box::default(),
            supplement: Box::default(),
            to: None,
            date: Date::MIN,
        }
    }

    fn read(bpr: Segment<'_>) -> PaymentOrder {
        let code = |position| Code::from_bytes(bpr.value(position));
        PaymentOrder {
            handling: code(1),
            amount: decimal(bpr, 2),
            credit: code(3),
            method: code(4),
            format: code(5),
            from: Account::read(bpr, 6),
            company: text(bpr.value(10)),
            supplement: text(bpr.value(11)),
            to: Account::read(bpr, 12),
            date: date_d8(bpr.value(16)).unwrap_or(Date::MIN),
        }
    }
}

impl Account {
    fn read(bpr: Segment<'_>, first: usize) -> Option<Account> {
        let account = Account {
            bank_qualifier: Code::from_bytes(bpr.value(first)),
            bank: text(bpr.value(first + 1)),
            kind: Code::from_bytes(bpr.value(first + 2)),
            number: text(bpr.value(first + 3)),
        };
        (account != Account::default()).then_some(account)
    }
}

impl Payer {
    fn read(here: LoopRef<'_>) -> Payer {
        let n1 =
            |position| here.first("N1").map_or_else(Box::default, |n1| text(n1.value(position)));
        let contact = |per: Segment<'_>| (Code::from_bytes(per.value(1)), Contact::read(per));
        Payer {
            name: n1(2),
            id: n1(4),
            address: PostalAddress::read(here.first("N3"), here.first("N4")),
            references: references(here),
            contacts: here.all("PER").map(contact).collect(),
        }
    }
}

impl Payee {
    fn read(here: LoopRef<'_>) -> Payee {
        let n1 =
            |position| here.first("N1").map_or_else(Box::default, |n1| text(n1.value(position)));
        Payee {
            name: n1(2),
            id_qualifier: Code::from(&*n1(3)),
            id: n1(4),
            address: PostalAddress::read(here.first("N3"), here.first("N4")),
            references: references(here),
            delivery: here.first("RDM").map(Verbatim::read),
        }
    }
}

impl ClaimGroup {
    fn read(here: LoopRef<'_>) -> ClaimGroup {
        ClaimGroup {
            number: here.first("LX").map_or_else(Box::default, |lx| text(lx.value(1))),
            summary: here.first("TS3").map(Verbatim::read),
            supplement: here.first("TS2").map(Verbatim::read),
            claims: here.loops("2100").map(ClaimPayment::read).collect(),
        }
    }
}

impl ClaimPayment {
    fn read(here: LoopRef<'_>) -> ClaimPayment {
        let mut claim = ClaimPayment {
            adjustments: adjustments(here),
            names: here.all("NM1").map(Name::read).collect(),
            inpatient: here.first("MIA").map(|mia| {
                let (values, remarks) = decision(mia, 24, MIA_REMARKS);
                Inpatient { values, remarks }
            }),
            outpatient: here.first("MOA").map(|moa| {
                let (values, remarks) = decision(moa, 9, MOA_REMARKS);
                Outpatient { values, remarks }
            }),
            references: references(here),
            dates: dates(here),
            contacts: here.all("PER").map(Contact::read).collect(),
            amounts: here.all("AMT").map(Amount::read).collect(),
            quantities: quantities(here),
            lines: here.loops("2110").map(ServicePayment::read).collect(),
            ..ClaimPayment::default()
        };
        if let Some(clp) = here.first("CLP") {
            claim.read_head(clp);
        }
        claim
    }

    fn read_head(&mut self, clp: Segment<'_>) {
        self.account = text(clp.value(1));
        self.status = Code::from_bytes(clp.value(2));
        self.charge = decimal(clp, 3);
        self.paid = decimal(clp, 4);
        self.patient = decimal_r(clp.value(5));
        self.filing = Code::from_bytes(clp.value(6));
        self.number = text(clp.value(7));
        self.facility = text(clp.value(8));
        self.frequency = Code::from_bytes(clp.value(9));
        self.drg = text(clp.value(11));
        self.drg_weight = decimal_r(clp.value(12));
        self.discharge_fraction = decimal_r(clp.value(13));
    }
}

impl ServicePayment {
    fn read(here: LoopRef<'_>) -> ServicePayment {
        let mut line = ServicePayment {
            dates: dates(here),
            adjustments: adjustments(here),
            references: references(here),
            amounts: here.all("AMT").map(Amount::read).collect(),
            quantities: quantities(here),
            remarks: here
                .all("LQ")
                .map(|lq| (Code::from_bytes(lq.value(1)), Code::from_bytes(lq.value(2))))
                .collect(),
            ..ServicePayment::default()
        };
        if let Some(svc) = here.first("SVC") {
            line.procedure = Procedure::read(svc, 1).unwrap_or_default();
            line.charge = decimal(svc, 2);
            line.paid = decimal(svc, 3);
            line.revenue = text(svc.value(4));
            line.paid_units = decimal_r(svc.value(5));
            line.original = Procedure::read(svc, 6).map(|procedure| OriginalProcedure {
                procedure,
                description: text(svc.component(6, 7)),
            });
            line.billed_units = decimal_r(svc.value(7));
        }
        line
    }
}

impl ProviderAdjustment {
    fn read_all(plb: Segment<'_>) -> impl Iterator<Item = ProviderAdjustment> {
        let provider = text(plb.value(1));
        let year_end = date_d8(plb.value(2)).unwrap_or(Date::MIN);
        (0..TRIPLETS).map(|place| 3 + 2 * place).filter_map(move |at| {
            let reason = Code::from_bytes(plb.component(at, 1));
            (!reason.is_empty()).then(|| ProviderAdjustment {
                provider: provider.clone(),
                year_end,
                reason,
                reference: text(plb.component(at, 2)),
                amount: decimal(plb, at + 1),
            })
        })
    }
}

fn decimal(segment: Segment<'_>, position: usize) -> Decimal {
    decimal_r(segment.value(position)).unwrap_or_default()
}

fn references(here: LoopRef<'_>) -> Vec<Reference> {
    here.all("REF").map(Reference::read).collect()
}

fn dates(here: LoopRef<'_>) -> Vec<Dated> {
    let dated = |dtm: Segment<'_>| {
        let qualifier = Code::from_bytes(dtm.value(1));
        date_d8(dtm.value(2)).map(|day| Dated { qualifier, day })
    };
    here.all("DTM").filter_map(dated).collect()
}

fn quantities(here: LoopRef<'_>) -> Vec<Quantity> {
    let quantity = |qty: Segment<'_>| {
        let qualifier = Code::from_bytes(qty.value(1));
        decimal_r(qty.value(2)).map(|quantity| Quantity { qualifier, quantity })
    };
    here.all("QTY").filter_map(quantity).collect()
}

fn adjustments(here: LoopRef<'_>) -> Vec<Adjustment> {
    let triplets = |cas: Segment<'_>| {
        let group = Code::from_bytes(cas.value(1));
        let places: Vec<Adjustment> = (0..TRIPLETS)
            .map(|place| 2 + 3 * place)
            .filter(|at| !cas.value(*at).is_empty())
            .map(|at| Adjustment {
                group,
                reason: Code::from_bytes(cas.value(at)),
                amount: decimal(cas, at + 1),
                quantity: decimal_r(cas.value(at + 2)),
            })
            .collect();
        places
    };
    here.all("CAS").flat_map(triplets).collect()
}

/// The values and the remark codes of MIA or MOA.
fn decision(
    segment: Segment<'_>,
    last: usize,
    remarks: [usize; 5],
) -> (Vec<(u8, Decimal)>, Vec<Code>) {
    let values = (1..=last)
        .filter(|at| !remarks.contains(at))
        .filter_map(|at| decimal_r(segment.value(at)).map(|value| (at as u8, value)))
        .collect();
    let codes = remarks.map(|at| Code::from_bytes(segment.value(at)));
    (values, codes.into_iter().filter(|code| !code.is_empty()).collect())
}
